//! The presets' output levels: a note peaks where it should, and chords are about as loud as each
//! other. What is played and measured is what the gates of the tests play and measure.

use std::sync::Arc;

use canne_synth::models::LIBRARY;
use canne_synth::params::CanneParams;
use nfx_core::Complex32;
use nfx_core::engine::canne::{CanneEngine, Event, EventKind, k_weight};
use nfx_core::signal::stft::{StftConfig, Transform};
use nfx_core::signal::window::Window;
use nfx_frame::Sentence;
use nfx_frame::params::Kept;
use nfx_frame::presets::Preset;
use nfx_frame::snapshot::Value;
use nfx_frame::table::{Direct, ParamTable};

/// The rate at which presets are measured.
const RATE: f64 = 44_100.0;
/// Where a note at velocity 100 peaks, dBFS, and how far from there loudness may move it, dB.
const PEAK_DB: (f32, f32) = (-12.0, 2.6);
/// How far presets may be from their middle, LU.
const LOUDNESS_LU: f32 = 2.6;
/// Where nothing peaks above, dBFS.
const HIGHEST_DB: f32 = -0.5;
/// The single notes whose peaks count.
const NOTES: [u8; 3] = [48, 60, 72];
/// Others that must not peak too high.
const HIGH_NOTES: [u8; 3] = [77, 89, 97];
/// The chord whose loudness is compared.
const CHORD: [u8; 4] = [48, 52, 55, 60];
/// Velocity 100 of 127.
const VELOCITY: f32 = 100.0 / 127.0;

/// What was measured of one preset with its output at 0 dB.
#[derive(Clone, Copy, Debug)]
struct Measured {
    /// The quietest and the loudest peak of the notes, dBFS.
    peaks_db: (f32, f32),
    /// The highest peak of all that is played.
    highest_db: f32,
    loudness_db: f32,
}

impl Measured {
    /// The output that brings the chord to this loudness, as near as the peaks allow.
    fn output_db(&self, loudness_db: f32) -> f32 {
        let (low, high) =
            (PEAK_DB.0 - PEAK_DB.1 - self.peaks_db.0, PEAK_DB.0 + PEAK_DB.1 - self.peaks_db.1);
        let middle = 0.5 * (low + high);
        let (low, high) = (low.min(middle), high.max(middle).min(HIGHEST_DB - self.highest_db));
        let wanted = (loudness_db - self.loudness_db).max(low).min(high).clamp(-24.0, 24.0);
        (wanted * 10.0).round() / 10.0
    }
}

/// Sets every preset's output but the first one's, which plays as a fresh instance does.
pub fn level(presets: &mut [Preset]) -> Result<(), Sentence> {
    let measured = presets.iter().map(measure).collect::<Result<Vec<_>, _>>()?;
    let outputs = |target: f32| -> Vec<f32> {
        let all = measured.iter().enumerate();
        all.map(|(index, found)| if index == 0 { 0.0 } else { found.output_db(target) }).collect()
    };
    let off = |outputs: &[f32]| -> Vec<f32> {
        let loud: Vec<f32> =
            measured.iter().zip(outputs).map(|(found, out)| found.loudness_db + out).collect();
        let mut sorted = loud.clone();
        sorted.sort_by(f32::total_cmp);
        let middle = sorted[sorted.len() / 2];
        loud.iter().map(|loudness| loudness - middle).collect()
    };
    let cost = |target: &f32| -> f32 {
        off(&outputs(*target))
            .iter()
            .map(|off| (off.abs() - LOUDNESS_LU).max(0.0) + 0.01 * off.abs())
            .sum()
    };
    let targets: Vec<f32> = (0..250).map(|step| -30.0 + 0.1 * step as f32).collect();
    let target = targets.into_iter().min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(-16.0);
    let outputs = outputs(target);
    for (((preset, found), out), off) in
        presets.iter_mut().zip(&measured).zip(&outputs).zip(off(&outputs))
    {
        if preset.snapshot.params.is_empty() && *out == 0.0 {
            eprintln!(
                "{:<22} as it is: peaks {:.1} to {:.1}",
                preset.name, found.peaks_db.0, found.peaks_db.1
            );
            continue;
        }
        preset.snapshot.params.insert("out".to_owned(), Value::Number(*out));
        let bad = off.abs() > 3.0
            || [found.peaks_db.0, found.peaks_db.1].iter().any(|p| (p + out + 12.0).abs() > 3.0);
        eprintln!(
            "{:<22} out {out:>5.1} dB: notes peak at {:.1} to {:.1} dBFS, the highest {:.1}, the chord {off:+.1} LU{}",
            preset.name,
            found.peaks_db.0 + out,
            found.peaks_db.1 + out,
            found.highest_db + out,
            if bad { "  <<<" } else { "" }
        );
    }
    Ok(())
}

fn measure(preset: &Preset) -> Result<Measured, Sentence> {
    let single = |note: u8| play(preset, &[note], 1.5, &[]).map(|sound| peak_db(&sound));
    let peaks = NOTES.into_iter().map(single).collect::<Result<Vec<_>, _>>()?;
    let ends = peaks
        .iter()
        .fold((f32::MAX, f32::MIN), |(low, high), peak| (low.min(*peak), high.max(*peak)));
    let others = HIGH_NOTES.into_iter().map(single).collect::<Result<Vec<_>, _>>()?;
    let cc = |number: u8| EventKind::Controller { channel: 0, number, value: 1.0 };
    let hands = [cc(1), EventKind::ChannelPressure { channel: 0, value: 1.0 }, cc(74)];
    let both = peak_db(&play(preset, &[60], 1.5, &hands)?);
    let chord = play(preset, &CHORD, 2.5, &[])?;
    let highest = others.into_iter().chain([both, peak_db(&chord)]).fold(ends.1, f32::max);
    Ok(Measured { peaks_db: ends, highest_db: highest, loudness_db: loudness_db(&chord)? })
}

fn peak_db(sound: &[Vec<f32>; 2]) -> f32 {
    20.0 * sound.iter().flatten().fold(1e-6f32, |most, x| most.max(x.abs())).log10()
}

/// Keys that are held for so many seconds, and a rest, with the preset's output at 0 dB, both
/// channels.
fn play(
    preset: &Preset,
    keys: &[u8],
    held_s: f64,
    before: &[EventKind],
) -> Result<[Vec<f32>; 2], String> {
    let params = Arc::new(CanneParams::default());
    ParamTable::new(params.clone()).apply(&preset.snapshot.params, Kept::Preset, &Direct);
    let corners = preset
        .snapshot
        .extra
        .get("positions")
        .and_then(|json| serde_json::from_value(json.clone()).ok());
    if let Some(corners) = corners {
        let corners: [[f32; 8]; 4] = corners;
        corners
            .into_iter()
            .enumerate()
            .for_each(|(corner, position)| params.session.set_position(corner, position));
    }
    let stored = preset.snapshot.model.as_ref().ok_or("A preset names no model.")?;
    let entry = LIBRARY
        .embedded()
        .iter()
        .find(|entry| entry.name == stored.name)
        .ok_or_else(|| format!("There is no model {}.", stored.name))?;
    let mut engine =
        CanneEngine::new(LIBRARY.embedded_model(entry)?, RATE).map_err(|e| e.to_string())?;
    let mut controls = params.controls(None);
    controls.output_gain = 1.0;
    let mut events: Vec<Event> = before.iter().map(|&kind| Event { at: 0, kind }).collect();
    events.extend(keys.iter().map(|&note| {
        let kind = EventKind::NoteOn { channel: 0, note, velocity: VELOCITY, id: -1 };
        Event { at: 0, kind }
    }));
    let at = (held_s * RATE) as usize;
    events.extend(keys.iter().map(|&note| {
        let kind = EventKind::NoteOff { channel: 0, note, velocity: 0.0, id: -1 };
        Event { at, kind }
    }));
    let length = at + if keys.len() > 1 { 22_050 } else { 8_820 };
    let (mut left, mut right) = (vec![0.0; length], vec![0.0; length]);
    engine.process(&controls, &events, &mut left, &mut right);
    Ok([left, right])
}

/// The loudness with BS.1770's gates, over blocks of 0.37 s, in LUFS.
fn loudness_db(sound: &[Vec<f32>; 2]) -> Result<f32, Sentence> {
    let config = StftConfig::new(16_384, 4096, Window::Hann).map_err(|e| e.to_string())?;
    let mut transform = Transform::new(config).map_err(|e| e.to_string())?;
    let mut spectrum = vec![Complex32::default(); config.bins()];
    let squares: f32 = Window::Hann.periodic(config.fft_size).iter().map(|w| w * w).sum();
    let mut powers = Vec::new();
    for start in (0..sound[0].len() - config.fft_size).step_by(config.hop) {
        let mut power = 0.0;
        for channel in sound {
            transform.analyse(&channel[start..start + config.fft_size], &mut spectrum);
            let bin_hz = RATE as f32 / config.fft_size as f32;
            let each = spectrum
                .iter()
                .enumerate()
                .map(|(k, x)| k_weight(k as f32 * bin_hz) * x.norm_sqr());
            power += 2.0 * each.sum::<f32>() / (squares * config.fft_size as f32);
        }
        powers.push(power.max(1e-12));
    }
    let mean_above = |db: f32| {
        let kept: Vec<f32> =
            powers.iter().copied().filter(|power| 10.0 * power.log10() - 0.691 > db).collect();
        10.0 * (kept.iter().sum::<f32>() / kept.len().max(1) as f32).max(1e-12).log10() - 0.691
    };
    Ok(mean_above(mean_above(-70.0) - 10.0))
}
