//! What a model of an effect is worth: ESR beside the best static gain, the gain curve, attack and
//! release times.

use anyhow::Result;

use super::Device;
use super::learner::LabLearner;

/// A sound before and after a device at one setting.
#[derive(Clone, Debug)]
pub struct Example {
    /// Before.
    pub input: Vec<f32>,
    /// After.
    pub target: Vec<f32>,
    /// Normalised.
    pub knobs: Vec<f32>,
}

/// Errors of examples, each an ESR (error's energy over the target's).
#[derive(Clone, Debug, Default)]
pub struct Relative {
    /// Of the model.
    pub model: Vec<f64>,
    /// Of the best static gain.
    pub fixed: Vec<f64>,
    /// Mean of the first over mean of the second.
    pub mean: f64,
}

impl Relative {
    /// The model's by the static gain's, of one example. An example that a static gain gets right
    /// to -40 dB (ESR 1e-4) is judged as if it were left that much.
    pub fn ratio(&self, i: usize) -> f64 {
        self.model[i] / self.fixed[i].max(1e-4)
    }
}

/// The ESR of an output.
pub fn esr(output: &[f32], target: &[f32]) -> f64 {
    let energy: f64 = target.iter().map(|y| f64::from(*y).powi(2)).sum();
    output.iter().zip(target).map(|(y, t)| f64::from(y - t).powi(2)).sum::<f64>() / energy.max(1e-9)
}

/// The ESR of the input times the best constant.
pub fn static_esr(input: &[f32], target: &[f32]) -> f64 {
    let (mut xx, mut xy, mut yy) = (1e-12, 0.0, 0.0);
    for (x, y) in input.iter().zip(target).map(|(x, y)| (f64::from(*x), f64::from(*y))) {
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    (yy - xy * xy / xx).max(0.0) / yy.max(1e-9)
}

/// Plays examples through a model.
///
/// # Errors
/// When the model refuses one.
pub fn relative(learning: &mut dyn LabLearner, examples: &[Example]) -> Result<Relative> {
    let mut found = Relative::default();
    for example in examples {
        let output = learning.play(&example.input, &example.knobs)?;
        found.model.push(esr(&output, &example.target));
        found.fixed.push(static_esr(&example.input, &example.target));
    }
    found.mean = found.model.iter().sum::<f64>() / found.fixed.iter().sum::<f64>().max(1e-12);
    Ok(found)
}

/// The gain in dB of the last quarter of a sound.
fn late_gain_db(input: &[f32], output: &[f32]) -> f64 {
    let from = input.len() * 3 / 4;
    let energy =
        |x: &[f32]| x[from..].iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().max(1e-20);
    10.0 * (energy(output) / energy(input)).log10()
}

/// Levels at which curves are measured, dB.
pub const LEVELS_DB: [f32; 12] =
    [-60.0, -50.0, -45.0, -40.0, -35.0, -30.0, -25.0, -20.0, -15.0, -10.0, -5.0, 0.0];

/// Gain over level: a 1 kHz sine of `seconds` at each of [`LEVELS_DB`] through `play`.
///
/// # Errors
/// What `play` says.
pub fn gain_curve(
    rate_hz: f64,
    seconds: f64,
    play: &mut dyn FnMut(&[f32]) -> Result<Vec<f32>>,
) -> Result<Vec<f64>> {
    LEVELS_DB
        .iter()
        .map(|level| {
            let input = sine(rate_hz, (seconds * rate_hz) as usize, |_| 10f32.powf(level / 20.0));
            Ok(late_gain_db(&input, &play(&input)?))
        })
        .collect()
}

fn sine(rate_hz: f64, samples: usize, level: impl Fn(usize) -> f32) -> Vec<f32> {
    let step = std::f64::consts::TAU * 1000.0 / rate_hz;
    (0..samples).map(|n| level(n) * (step * n as f64).sin() as f32).collect()
}

/// Attack and release in ms, read off a step: the time in which the gain goes nine tenths of its
/// way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// After the level has risen.
    pub attack_ms: f64,
    /// After it has fallen again.
    pub release_ms: f64,
}

/// The times of a device: a level of -60 dB, then 0 dB for `seconds`, then -60 dB for as long.
/// Quiet and loud are constant (1 or its sign changing every sample would be no difference to a
/// gain), so the gain can be read off every sample.
///
/// # Errors
/// What `play` says.
pub fn times(
    rate_hz: f64,
    seconds: f64,
    play: &mut dyn FnMut(&[f32]) -> Result<Vec<f32>>,
) -> Result<Times> {
    let length = (seconds * rate_hz) as usize;
    let rest = (0.05 * rate_hz) as usize;
    let (quiet, loud) = (1e-3f32, 1.0f32);
    let input: Vec<f32> = (0..rest + 2 * length)
        .map(|n| if (rest..rest + length).contains(&n) { loud } else { quiet })
        .collect();
    let output = play(&input)?;
    let gain: Vec<f64> = input
        .iter()
        .zip(&output)
        .map(|(x, y)| 20.0 * (f64::from(*y).abs().max(1e-12) / f64::from(*x)).log10())
        .collect();
    let time = |from: usize| {
        let (start, end) = (gain[from.saturating_sub(1)], gain[from + length - 1]);
        let there = gain[from..from + length]
            .iter()
            .position(|g| (g - start).abs() >= 0.9 * (end - start).abs());
        there.unwrap_or(length) as f64 * 1000.0 / rate_hz
    };
    Ok(Times { attack_ms: time(rest), release_ms: time(rest + length) })
}

/// A device as something to measure.
pub fn player<'a>(
    device: &'a mut dyn Device,
    rate_hz: f64,
    values: &'a [f32],
) -> impl FnMut(&[f32]) -> Result<Vec<f32>> + 'a {
    move |input| device.render(input, rate_hz, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::compressor::Compressor;

    #[test]
    fn times_and_curve_of_the_compressor_are_those_of_its_definition() {
        let mut device = Compressor::comp_large();
        let setting = [-30.0, 4.0, 20.0, 200.0];
        let found = times(44_100.0, 2.0, &mut player(&mut device, 44_100.0, &setting)).unwrap();
        // exp(-t ln 9 / time) = 0.1
        let ninety = 10f64.ln() / 9f64.ln();
        assert!((found.attack_ms / (20.0 * ninety) - 1.0).abs() < 0.01, "{found:?}");
        assert!((found.release_ms / (200.0 * ninety) - 1.0).abs() < 0.01, "{found:?}");
        let curve = gain_curve(
            44_100.0,
            0.5,
            &mut player(&mut device, 44_100.0, &[-30.0, 4.0, 1.0, 1000.0]),
        )
        .unwrap();
        let at = LEVELS_DB.iter().position(|l| *l == -10.0).unwrap();
        assert!((curve[at] + 15.0).abs() < 0.7, "{curve:?}");
        assert!(curve[0].abs() < 1e-6);
    }

    #[test]
    fn the_best_static_gain_is_the_best() {
        let x = [1.0f32, -1.0, 0.5, 0.25];
        let y = [0.5f32, -0.4, 0.3, 0.1];
        let best = static_esr(&x, &y);
        for gain in [0.3f32, 0.4, 0.45, 0.5, 0.6] {
            let scaled: Vec<f32> = x.iter().map(|x| gain * x).collect();
            assert!(esr(&scaled, &y) >= best - 1e-9);
        }
    }
}
