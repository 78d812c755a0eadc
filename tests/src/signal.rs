//! Test sounds, made from numbers so that every machine hears the same.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::f64::consts::TAU;

/// A tone of eight harmonics falling by 1/k, at an amplitude below 0.5.
pub fn tone(frequency_hz: f64, rate_hz: f64, length: usize) -> Vec<f32> {
    let harmonics = (1..=8)
        .filter(|k| f64::from(*k) * frequency_hz < 0.45 * rate_hz)
        .map(f64::from)
        .collect::<Vec<_>>();
    (0..length)
        .map(|n| {
            let phase = TAU * frequency_hz * n as f64 / rate_hz;
            (0.2 * harmonics.iter().map(|k| (k * phase).sin() / k).sum::<f64>()) as f32
        })
        .collect()
}

/// A pure sine of amplitude 0.5.
pub fn sine(frequency_hz: f64, rate_hz: f64, length: usize) -> Vec<f32> {
    (0..length).map(|n| (0.5 * (TAU * frequency_hz * n as f64 / rate_hz).sin()) as f32).collect()
}

/// White noise between -0.5 and 0.5.
pub fn noise(seed: u64, length: usize) -> Vec<f32> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..length).map(|_| random.random_range(-0.5..0.5)).collect()
}

/// One sample of 1 in silence.
pub fn impulse(at: usize, length: usize) -> Vec<f32> {
    (0..length).map(|n| if n == at { 1.0 } else { 0.0 }).collect()
}

/// Plucked notes of changing pitch over soft noise: something of everything, never twice the same.
pub fn music(seed: u64, rate_hz: f64, length: usize) -> Vec<f32> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut out: Vec<f32> = (0..length).map(|_| random.random_range(-0.002..0.002)).collect();
    let step = (rate_hz * 0.17) as usize;
    for start in (0..length).step_by(step.max(1)) {
        let frequency = 110.0 * 2f64.powf(f64::from(random.random_range(0..36)) / 12.0);
        let note = tone(frequency, rate_hz, (length - start).min((rate_hz * 0.6) as usize));
        for (index, sample) in note.iter().enumerate() {
            let time = index as f64 / rate_hz;
            out[start + index] +=
                sample * ((1.0 - (-time * 400.0).exp()) * (-time * 6.0).exp()) as f32;
        }
    }
    out
}

/// The same sound on so many channels, each a little different so that no channel stands for
/// another.
pub fn spread(mono: &[f32], channels: usize) -> Vec<Vec<f32>> {
    (0..channels)
        .map(|channel| {
            let mut delayed = vec![0.0; channel * 7];
            delayed.extend(mono.iter().map(|sample| sample * (1.0 - 0.2 * channel as f32)));
            delayed.truncate(mono.len());
            delayed
        })
        .collect()
}
