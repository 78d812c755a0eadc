//! What one wants to know of a model before it is heard: how loud it is, and what it does to
//! levels. Not for the audio thread.

use std::sync::Arc;

use crate::models::effect::{CHUNK, ProfileBlock, ProfileModel};

/// What loudness normalising aims at, in dB: the number of the `.nam` world.
pub const TARGET_LOUDNESS_DB: f32 = -18.0;
/// Quieter than this is called this.
const SILENCE_DB: f32 = -120.0;
/// Chords of the measuring sound, in MIDI notes, and how often they are struck.
const CHORDS: [&[f64]; 4] =
    [&[40.0, 47.0, 52.0], &[45.0, 52.0, 57.0, 61.0], &[50.0, 57.0, 62.0, 66.0], &[40.0]];
const STROKE_S: f64 = 0.5;
/// Levels of a static curve: from, to and step, in dBFS of a sine's peak.
const LOWEST_DB: i32 = -60;
const STEP_DB: i32 = 2;
/// A level is held for so long; its last quarter is measured.
const HOLD_S: f64 = 0.3;
const TONE_HZ: f64 = 1_000.0;

/// The model's output to `input`, mono, largest size, with its knobs (in their own units) at rest
/// at `knobs`; those that are missing stand at their defaults. The model starts fresh; its delay is
/// not taken away. Allocates.
pub(super) fn play(model: &Arc<ProfileModel>, knobs: &[f32], input: &[f32]) -> Vec<f32> {
    let infos = &model.info().knobs;
    let values: Vec<f32> = infos
        .iter()
        .enumerate()
        .map(|(i, info)| knobs.get(i).copied().unwrap_or(info.default))
        .collect();
    let mut state = model.state(1, model.sizes().saturating_sub(1));
    let mut out = vec![0.0; input.len()];
    let mut block = |x: &[f32], y: &mut [f32]| {
        let frames = x.len();
        let mut none = [0.0f32; 0];
        let output = [y, &mut none];
        state.process(&mut ProfileBlock {
            knobs: &values,
            input: [x, &[]],
            side: None,
            output,
            frames,
            link: 1.0,
        });
    };
    // The knobs arrive where they are, and the model forgets where they were.
    let (silence, mut nothing) = ([0.0; CHUNK], [0.0; CHUNK]);
    for _ in 0..model.warm_up_samples().div_ceil(CHUNK) + 1 {
        block(&silence, &mut nothing);
    }
    for (x, y) in input.chunks(CHUNK).zip(out.chunks_mut(CHUNK)) {
        block(x, y);
    }
    out
}

/// The model's loudness, in dB: of its output to struck chords with peaks at -6 dBFS, 20 log10 of
/// the RMS. Allocates and plays two seconds.
///
/// The `.nam` world's measure with a sound of our own, for its own cannot be given away; use a
/// file's own number where it has one. The difference of two models' figures is what brings them to
/// one loudness. `knobs` as for [`static_curve`].
#[must_use]
pub fn measure_loudness(model: &Arc<ProfileModel>, knobs: &[f32]) -> f32 {
    let rate = model.sample_rate_hz();
    let out = play(model, knobs, &chords(rate));
    let late = model.latency_samples().min(out.len() / 2);
    let mean = out[late..].iter().map(|&x| f64::from(x)).sum::<f64>() / (out.len() - late) as f64;
    let power = out[late..].iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>()
        / (out.len() - late) as f64;
    let db = (10.0 * power.max(1e-30).log10()) as f32;
    if db.is_finite() { db.max(SILENCE_DB) } else { SILENCE_DB }
}

/// Chords of strings that decay, peaks at -6 dBFS.
fn chords(rate_hz: f64) -> Vec<f32> {
    let stroke = (STROKE_S * rate_hz) as usize;
    let mut sound = vec![0.0f64; stroke * CHORDS.len()];
    for (chord, out) in CHORDS.iter().zip(sound.chunks_mut(stroke)) {
        for note in *chord {
            let hz = 440.0 * ((note - 69.0) / 12.0).exp2();
            for partial in 1..=12 {
                let (hz, size) = (hz * f64::from(partial), 1.0 / f64::from(partial));
                if hz > 0.45 * rate_hz {
                    continue;
                }
                // A turning, shrinking pointer: its height is the partial.
                let shrink = (-(1.5 + hz / 500.0) / rate_hz).exp();
                let (turn_y, turn_x) = (std::f64::consts::TAU * hz / rate_hz).sin_cos();
                let (mut x, mut y) = (size, 0.0);
                for out in out.iter_mut() {
                    *out += y;
                    (x, y) =
                        (shrink * (x * turn_x - y * turn_y), shrink * (x * turn_y + y * turn_x));
                }
            }
        }
    }
    let peak = sound.iter().fold(1e-9f64, |a, x| a.max(x.abs()));
    sound.iter().map(|x| (x / peak * 0.5) as f32).collect()
}

/// The model's static curve: pairs (input, output) of levels in dBFS of a 1 kHz sine, -60 to 0 dBFS
/// in steps of 2 dB, which rise one after the other. Allocates and plays nine seconds.
///
/// `knobs` are in their own units; those that are missing stand at their defaults. A compressor's
/// curve does not depend on its times: ask with the shortest attack, so that every level settles.
#[must_use]
pub fn static_curve(model: &Arc<ProfileModel>, knobs: &[f32]) -> Vec<[f32; 2]> {
    let rate = model.sample_rate_hz();
    let hold = (HOLD_S * rate) as usize;
    let levels: Vec<f32> = (LOWEST_DB / STEP_DB..=0).map(|k| (k * STEP_DB) as f32).collect();
    let sine = |i: usize| (std::f64::consts::TAU * TONE_HZ * i as f64 / rate).sin() as f32;
    let input: Vec<f32> = levels
        .iter()
        .enumerate()
        .flat_map(|(k, db)| (k * hold..(k + 1) * hold).map(move |i| (i, *db)))
        .map(|(i, db)| 10.0f32.powf(db / 20.0) * sine(i))
        .collect();
    let late = model.latency_samples();
    let mut padded = input;
    padded.resize(padded.len() + late, 0.0);
    let out = play(model, knobs, &padded);
    let measured = out[late..].chunks(hold).map(|step| {
        let settled = &step[step.len() - step.len() / 4..];
        let mean = settled.iter().sum::<f32>() / settled.len() as f32;
        let power =
            settled.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / settled.len() as f32;
        // A sine's peak is 3 dB above its RMS.
        (10.0 * (2.0 * power).max(1e-12).log10()).clamp(SILENCE_DB, 60.0)
    });
    levels.iter().zip(measured).map(|(x, y)| [*x, y]).collect()
}
