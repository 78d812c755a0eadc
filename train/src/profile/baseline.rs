//! What gives a figure its meaning: the best gain, the best straight line, the best linear filter.
//! Each is fitted on the part to learn from and judged on the part that nothing has seen, setting
//! by setting.

use nfx_learn::effect::linear::{best_response, convolve};
use nfx_learn::effect::loss::esr;
use serde::{Deserialize, Serialize};

use super::data::{Dataset, Stretch};

/// Taps of the linear response.
pub const TAPS: usize = 1024;
/// Taps of it before the present, for what the alignment may have missed.
const AHEAD: usize = 0;
/// Seconds of each recording that the linear response is fitted on, at most.
const FIT_S: f64 = 60.0;

/// ESR of the simple answers on the test part, the mean over recordings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Baselines {
    /// The input as it is.
    pub identity: f64,
    /// The best static gain.
    pub gain: f64,
    /// The best `a·x + b`.
    pub affine: f64,
    /// The best finite impulse response of [`TAPS`] taps.
    pub linear: f64,
}

/// The simple answers for one recording.
#[derive(Clone, Debug, Default)]
pub struct Simple {
    /// Gain.
    pub gain: f64,
    /// Factor and offset.
    pub affine: (f64, f64),
    /// Impulse response.
    pub response: Vec<f64>,
}

impl Simple {
    /// Fitted on sounds that belong together.
    pub fn fit(input: &[f32], target: &[f32]) -> Simple {
        let n = input.len().max(1) as f64;
        let (mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0);
        for (a, b) in input.iter().zip(target) {
            let (a, b) = (f64::from(*a), f64::from(*b));
            x += a;
            y += b;
            xx += a * a;
            xy += a * b;
        }
        let gain = if xx > 0.0 { xy / xx } else { 0.0 };
        let spread = xx - x * x / n;
        let slope = if spread > 0.0 { (xy - x * y / n) / spread } else { 0.0 };
        Simple {
            gain,
            affine: (slope, (y - slope * x) / n),
            response: best_response(input, target, AHEAD, TAPS),
        }
    }
}

/// The simple answers on the test part.
pub fn baselines(data: &Dataset) -> Baselines {
    let mut sum = Baselines::default();
    let mut count = 0.0f64;
    let most = (FIT_S * data.rate_hz) as usize;
    for (i, r) in data.recordings.iter().enumerate() {
        let of = |list: &[Stretch]| {
            list.iter().filter(|s| s.recording == i).copied().collect::<Vec<Stretch>>()
        };
        let (train, test) = (of(&data.train), of(&data.test));
        if test.is_empty() {
            continue;
        }
        // A setting that is only tested on is fitted on itself: the baseline may not look worse
        // than it is.
        let from = if train.is_empty() { &test } else { &train };
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for s in from {
            if x.len() < most {
                x.extend_from_slice(&r.input[s.from..s.until]);
                y.extend_from_slice(&r.target[s.from..s.until]);
            }
        }
        let simple = Simple::fit(&x, &y);
        let (mut inputs, mut targets, mut linear) = (Vec::new(), Vec::new(), Vec::new());
        for s in &test {
            let lead = s.from.saturating_sub(TAPS).max(s.start);
            let y = convolve(&r.input[lead..s.until], &simple.response, AHEAD);
            linear.extend_from_slice(&y[s.from - lead..]);
            inputs.extend_from_slice(&r.input[s.from..s.until]);
            targets.extend_from_slice(&r.target[s.from..s.until]);
        }
        let line = |a: f64, b: f64| {
            inputs.iter().map(|x| (a * f64::from(*x) + b) as f32).collect::<Vec<f32>>()
        };
        sum.identity += esr(&inputs, &targets);
        sum.gain += esr(&line(simple.gain, 0.0), &targets);
        sum.affine += esr(&line(simple.affine.0, simple.affine.1), &targets);
        sum.linear += esr(&linear, &targets);
        count += 1.0;
    }
    let n = count.max(1.0);
    Baselines {
        identity: sum.identity / n,
        gain: sum.gain / n,
        affine: sum.affine / n,
        linear: sum.linear / n,
    }
}

/// Whether the device seems to be a gain that moves: over windows of 5 ms it follows its input by a
/// factor, but the factor changes.
pub fn is_dynamic(data: &Dataset) -> bool {
    let window = (0.005 * data.rate_hz) as usize;
    let (mut left, mut still, mut whole) = (0.0f64, 0.0f64, 0.0f64);
    for r in &data.recordings {
        let gain = {
            let (mut xx, mut xy) = (0.0f64, 0.0f64);
            for (x, y) in r.input.iter().zip(&r.target) {
                xx += f64::from(x * x);
                xy += f64::from(x * y);
            }
            if xx > 0.0 { xy / xx } else { 0.0 }
        };
        for (x, y) in r.input.chunks(window.max(8)).zip(r.target.chunks(window.max(8))) {
            let (mut xx, mut xy, mut yy, mut apart) = (0.0f64, 0.0f64, 0.0f64, 0.0f64);
            for (x, y) in x.iter().zip(y) {
                let (x, y) = (f64::from(*x), f64::from(*y));
                xx += x * x;
                xy += x * y;
                yy += y * y;
                apart += (y - gain * x).powi(2);
            }
            whole += yy;
            still += apart;
            left += if xx > 0.0 { (yy - xy * xy / xx).max(0.0) } else { yy };
        }
    }
    let (left, still) = (left / whole.max(1e-20), still / whole.max(1e-20));
    still > 1e-3 && left < 0.02 && left < 0.2 * still
}
