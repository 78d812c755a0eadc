//! A decoder whose sound is known exactly, and the means to play it and to listen.
//!
//! The decoder is told the note. Its frame is a comb of that note's partials as a Hann window shows
//! them: a falling series that is always there, and for each latent a group of partials that it
//! alone brings.

#![allow(dead_code)] // each test binary uses its own part of this module

use std::f64::consts::{PI, TAU};
use std::sync::Arc;

use nfx_core::engine::canne::{CanneControls, CanneEngine, Event, EventKind};
use nfx_core::file::Tensor;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{
    CanneModel, Course, DecoderConfig, InstrumentInfo, LEVEL_UNIT_DB, LatentInfo, LayerConfig,
};
use nfx_core::nn::Activation;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;

pub const LATENTS: usize = 8;
pub const NOTES: (u8, u8) = (36, 96);
const RATE: f64 = 44_100.0;
const FFT: usize = 4096;

pub fn hz(note: f64) -> f64 {
    440.0 * ((note - 69.0) / 12.0).exp2()
}

/// The transform of a Hann window `x` bins from its middle, 1 there.
fn hann(x: f64) -> f64 {
    let sinc = |x: f64| if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) };
    sinc(x) + 0.5 * (sinc(x - 1.0) + sinc(x + 1.0))
}

/// Magnitudes of a comb, `[bin]`.
pub fn comb(note: f64, amplitude: impl Fn(usize) -> f64) -> Vec<f32> {
    let mut frame = vec![0.0; FFT / 2 + 1];
    let spacing = hz(note) * FFT as f64 / RATE;
    for partial in 1..=((FFT / 2) as f64 / spacing) as usize {
        let place = spacing * partial as f64;
        let from = (place - 6.0).max(0.0) as usize;
        for (k, m) in frame.iter_mut().enumerate().skip(from).take(13) {
            *m += (amplitude(partial) * hann(k as f64 - place).abs()) as f32;
        }
    }
    frame
}

/// What latent `latent` brings: partials around number 2^(latent/1.6).
fn group(latent: usize, partial: usize) -> f64 {
    let away = (partial as f64).log2() - latent as f64 / 1.6;
    0.7 * (-6.0 * away * away).exp()
}

/// The amplitude of a partial at these latents.
pub fn amplitude(latents: &[f32], partial: usize) -> f64 {
    let own = 0.3 / (partial as f64).powf(1.5);
    own + latents.iter().enumerate().map(|(j, z)| f64::from(*z) * group(j, partial)).sum::<f64>()
}

fn decoder(conditions: usize, hidden: usize) -> DecoderConfig {
    let layer = |outputs, bias| LayerConfig { outputs, activation: Activation::Relu, bias };
    DecoderConfig {
        latents: LATENTS,
        layers: vec![layer(hidden, true), layer(FFT / 2 + 1, false)],
        shortcut: false,
        condition: conditions,
    }
}

fn file(config: DecoderConfig, first: Vec<f32>, bias: Vec<f32>, second: Vec<f32>) -> ModelFile {
    let stft = StftConfig::new(FFT, FFT / 4, Window::Hann).unwrap();
    let mut file = ModelFile::random(config, stft, RATE, 1);
    for info in &mut file.card.spectral_mut().unwrap().latents {
        *info = LatentInfo {
            label: "test".into(),
            centroid_hz: 0.0,
            live: true,
            p05: 0.0,
            p50: 0.3,
            p95: 1.0,
        };
    }
    let names: Vec<String> = file.tensors.keys().cloned().collect();
    let mut weights = names.iter().filter(|n| n.ends_with("weight"));
    let mut put = |name: &str, data: Vec<f32>| {
        let tensor = file.tensors.get_mut(name).unwrap();
        assert_eq!(tensor.data.len(), data.len(), "{name}");
        *tensor = Tensor { shape: tensor.shape.clone(), data };
    };
    put(weights.next().unwrap(), first);
    put(weights.next().unwrap(), second);
    put(names.iter().find(|n| n.ends_with("bias")).unwrap(), bias);
    file
}

/// 1.2 million weights: 61 notes times nine groups of partials.
pub fn keys_file() -> ModelFile {
    breathy_file(0.0)
}

/// The same with a floor of noise of this magnitude in every bin.
pub fn breathy_file(floor: f32) -> ModelFile {
    let notes = usize::from(NOTES.1 - NOTES.0) + 1;
    let (groups, bins) = (LATENTS + 1, FFT / 2 + 1);
    let hidden = notes * groups;
    let mut first = vec![0.0; (LATENTS + notes) * hidden];
    let mut bias = vec![0.0; hidden];
    let mut second = Vec::with_capacity(hidden * bins);
    for note in 0..notes {
        for g in 0..groups {
            let unit = note * groups + g;
            // A latent's unit passes it only where the note is on.
            first[(LATENTS + note) * hidden + unit] = if g < LATENTS { 16.0 } else { 1.0 };
            if g < LATENTS {
                first[g * hidden + unit] = 1.0;
                bias[unit] = -16.0;
            }
            let midi = f64::from(NOTES.0) + note as f64;
            let own =
                comb(midi, |h| if g < LATENTS { group(g, h) } else { 0.3 / (h as f64).powf(1.5) });
            second.extend(own.iter().map(|m| m.hypot(if g < LATENTS { 0.0 } else { floor })));
        }
    }
    file(decoder(notes, hidden), first, bias, second)
}

/// The times of [`living`]: at two knots, up to 2 s.
pub const COURSE: Course = Course { knots: 2, onset_s: 1.0, end_s: 2.0 };
/// How far the level of [`living`] falls until its last time.
pub const FALL_DB: f32 = 24.0;

/// As [`keys`], but notes live: the level falls by [`FALL_DB`] evenly along the course's axis, and
/// at note 60 the fifth partial grows from nothing to half of the sliders' range.
pub fn living() -> Arc<CanneModel> {
    let still = keys_file();
    let (notes, bins) = (usize::from(NOTES.1 - NOTES.0) + 1, FFT / 2 + 1);
    let hidden = notes * (LATENTS + 1);
    let wide = hidden + 2;
    let tensor =
        |part: &str| &still.tensors.iter().find(|(name, _)| name.contains(part)).unwrap().1.data;
    let mut first: Vec<f32> =
        tensor("0.weight").chunks(hidden).flat_map(|row| [row, &[0.0, 0.0]].concat()).collect();
    // The first knot does nothing; the second lowers the level and raises the partial.
    first.extend(vec![0.0; wide]);
    first.extend((0..wide).map(|unit| if unit < hidden { 0.0 } else { 1.0 }));
    let mut bias = tensor("0.bias").clone();
    bias.extend([0.0; 2]);
    let mut second: Vec<f32> =
        tensor("1.weight").chunks(bins).flat_map(|row| [row, &[0.0]].concat()).collect();
    second.extend((0..bins).map(|_| 0.0).chain([-FALL_DB / LEVEL_UNIT_DB]));
    second.extend(comb(60.0, |h| if h == 5 { 0.5 } else { 0.0 }).into_iter().chain([0.0]));
    let layer = |outputs, activation, bias| LayerConfig { outputs, activation, bias };
    let config = DecoderConfig {
        latents: LATENTS,
        layers: vec![
            layer(wide, Activation::Relu, true),
            layer(bins + 1, Activation::Linear, false),
        ],
        shortcut: false,
        condition: notes + 2,
    };
    let mut file = file(config, first, bias, second);
    file.card.spectral_mut().unwrap().instrument =
        Some(InstrumentInfo { course: Some(COURSE), ..InstrumentInfo::standing(NOTES.0, NOTES.1) });
    CanneModel::from_file(&file).unwrap()
}

pub fn keys() -> Arc<CanneModel> {
    CanneModel::from_file(&keys_file()).unwrap()
}

/// A decoder that is told no note: its own pitch is that of `note`.
pub fn palette(note: f64) -> Arc<CanneModel> {
    let groups = LATENTS + 1;
    let mut first = vec![0.0; LATENTS * groups];
    let mut bias = vec![0.0; groups];
    let mut second = Vec::new();
    for g in 0..groups {
        if g < LATENTS {
            first[g * groups + g] = 1.0;
        } else {
            bias[g] = 1.0;
        }
        second.extend(comb(note, |h| {
            if g < LATENTS { group(g, h) } else { 0.3 / (h as f64).powf(1.5) }
        }));
    }
    CanneModel::from_file(&file(decoder(0, groups), first, bias, second)).unwrap()
}

/// Random weights, for what has to hold for any model.
pub fn random(seed: u64, condition: usize) -> Arc<CanneModel> {
    let layer = |outputs| LayerConfig { outputs, activation: Activation::Relu, bias: true };
    let layers = vec![layer(24), layer(48), layer(FFT / 2 + 1)];
    let config = DecoderConfig { latents: LATENTS, layers, shortcut: false, condition };
    let stft = StftConfig::new(FFT, FFT / 4, Window::Hann).unwrap();
    CanneModel::from_file(&ModelFile::random(config, stft, RATE, seed)).unwrap()
}

pub fn on(note: u8) -> EventKind {
    EventKind::NoteOn { channel: 0, note, velocity: 1.0, id: -1 }
}

pub fn off(note: u8) -> EventKind {
    EventKind::NoteOff { channel: 0, note, velocity: 0.0, id: -1 }
}

/// Plays events at absolute samples, in blocks of these lengths, again and again.
pub fn play(
    engine: &mut CanneEngine,
    controls: &CanneControls,
    events: &[(usize, EventKind)],
    samples: usize,
    blocks: &[usize],
) -> [Vec<f32>; 2] {
    let mut out = [vec![9.0f32; samples], vec![9.0f32; samples]];
    let mut blocks = blocks.iter().cycle();
    let mut from = 0;
    while from < samples {
        let to = (from + blocks.next().unwrap()).min(samples);
        let now: Vec<Event> = events
            .iter()
            .filter(|(at, _)| (from..to).contains(at))
            .map(|&(at, kind)| Event { at: at - from, kind })
            .collect();
        let [left, right] = &mut out;
        engine.process(controls, &now, &mut left[from..to], &mut right[from..to]);
        from = to;
    }
    out
}

/// Plain, dry, steady: for measurements.
pub fn steady() -> CanneControls {
    let mut controls =
        CanneControls { noise: 0.0, width: 0.0, sliders: [0.3; 8], ..CanneControls::default() };
    controls.amp.sustain = 1.0;
    controls
}

pub fn rms(x: &[f32]) -> f64 {
    (x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / x.len().max(1) as f64).sqrt()
}

pub fn db(ratio: f64) -> f64 {
    20.0 * ratio.max(1e-30).log10()
}

/// The amplitude and phase of the part of `x` at a frequency, with a Blackman-Harris window.
pub fn part(x: &[f32], hz: f64, rate: f64) -> (f64, f64) {
    let n = x.len() as f64;
    let (mut re, mut im, mut sum) = (0.0, 0.0, 0.0);
    for (i, &x) in x.iter().enumerate() {
        let t = TAU * i as f64 / n;
        let w =
            0.358_75 - 0.488_29 * t.cos() + 0.141_28 * (2.0 * t).cos() - 0.011_68 * (3.0 * t).cos();
        let angle = TAU * hz * i as f64 / rate;
        re += w * f64::from(x) * angle.cos();
        im -= w * f64::from(x) * angle.sin();
        sum += w;
    }
    (2.0 * re.hypot(im) / sum, im.atan2(re))
}

/// The exact frequency of a partial near `hz`, from how its phase goes on between the two halves of
/// `x`.
pub fn frequency(x: &[f32], hz: f64, rate: f64) -> f64 {
    let half = x.len() / 2;
    let (_, first) = part(&x[..half], hz, rate);
    let (_, second) = part(&x[half..2 * half], hz, rate);
    let turn = (second - first - TAU * (hz * half as f64 / rate).fract()) / TAU;
    hz + (turn - turn.round()) * rate / half as f64
}

pub fn cents(found: f64, wanted: f64) -> f64 {
    1200.0 * (found / wanted).log2()
}
