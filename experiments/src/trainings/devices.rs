//! Devices by formula that trainings are tried on, beside those of the checks.

use super::super::checks::devices::{less, one_pole};

/// How fast a mean over so many seconds follows, sample by sample.
fn share(seconds: f64, rate: f64) -> f32 {
    (1.0 - (-1.0 / (seconds * rate)).exp()) as f32
}

/// Decibels of a level, −120 at least.
fn db(level: f32) -> f32 {
    20.0 * level.max(1e-6).log10()
}

/// An optical compressor that takes 2 dB at most, with a sound of its own: it lets go quickly at
/// first and slowly then. It listens to its input, or feeds back: to its output.
pub fn optical(x: &[f32], rate: f64, feeds_back: bool) -> Vec<f32> {
    let (rise, fall, charge, leak) =
        (share(0.01, rate), share(0.06, rate), share(0.2, rate), share(1.0, rate));
    let body = share(0.0024, rate);
    let (mut quick, mut slow, mut gain, mut low) = (0.0f32, 0.0f32, 1.0f32, 0.0f32);
    x.iter()
        .map(|x| {
            let level = if feeds_back { x * gain } else { *x }.abs();
            quick += if level > quick { rise } else { fall } * (level - quick);
            slow += if quick > slow { charge } else { leak } * (quick - slow);
            let over = db(0.5 * (quick + slow)) + 22.0;
            gain = 10f32.powf(-(0.25 * over).clamp(0.0, 2.0) / 20.0);
            let y = (0.5 * gain * x).tanh() / 0.5;
            low += body * (y - low);
            y - 0.15 * low
        })
        .collect()
}

/// A compressor that takes much and lets go within four seconds.
pub(super) fn slow_release(x: &[f32], rate: f64) -> Vec<f32> {
    let (rise, fall) = (share(0.01, rate), share(4.0, rate));
    let mut level = 0.0f32;
    x.iter()
        .map(|x| {
            level += if x.abs() > level { rise } else { fall } * (x.abs() - level);
            x * 10f32.powf(-(0.75 * (db(level) + 40.0).max(0.0)) / 20.0)
        })
        .collect()
}

/// Opens at −40 dB within 2 ms and closes within 80 ms.
pub(super) fn gate(x: &[f32], rate: f64) -> Vec<f32> {
    let (rise, fall, open, close) =
        (share(0.001, rate), share(0.02, rate), share(0.002, rate), share(0.08, rate));
    let (mut level, mut gain) = (0.0f32, 0.0f32);
    x.iter()
        .map(|x| {
            level += if x.abs() > level { rise } else { fall } * (x.abs() - level);
            let wanted = if db(level) > -40.0 { 1.0 } else { 0.0 };
            gain += if wanted > gain { open } else { close } * (wanted - gain);
            gain * x
        })
        .collect()
}

/// Nothing above −12 dB, 6 dB of gain after it, a release of 100 ms.
pub(super) fn limiter(x: &[f32], rate: f64) -> Vec<f32> {
    let fall = share(0.1, rate);
    let mut level = 0.0f32;
    x.iter()
        .map(|x| {
            level = x.abs().max(level - fall * level);
            2.0 * x * (0.25 / level.max(0.25))
        })
        .collect()
}

/// Bass up, middle down, treble up.
pub(super) fn tone_stack(x: &[f32], rate: f64) -> Vec<f32> {
    let low = one_pole(x, 250.0, rate);
    let high = less(x, &one_pole(x, 3_000.0, rate));
    x.iter()
        .zip(low.iter().zip(&high))
        .map(|(x, (low, high))| 1.8 * low + 0.4 * (x - low - high) + 1.5 * high)
        .collect()
}

/// 30 ms, fed back.
pub(super) fn delay(x: &[f32], rate: f64) -> Vec<f32> {
    let late = (0.03 * rate) as usize;
    let mut echo = vec![0.0f32; x.len()];
    for i in late..x.len() {
        echo[i] = x[i - late] + 0.4 * echo[i - late];
    }
    x.iter().zip(&echo).map(|(x, echo)| 0.7 * x + 0.5 * echo).collect()
}
