//! The sample at which a device's answer begins, from any sound.
//!
//! A short causal model of the device is fitted at every delay near the one that is roughly known.
//! As long as the model hears the sound early enough its error stays what it is; one sample later
//! it misses the beginning of the answer and the error rises. Where it rises first is the delay. A
//! cross-correlation's peak would be the middle of the answer.

use std::ops::Range;

use super::causal::{AFTER, BEFORE, Causal};
use super::curve::StaticCurve;

/// Seconds that are looked at: the liveliest ones.
const LOOK_S: f64 = 8.0;
/// Fewest samples that tell anything.
const FEWEST: usize = 4_000;
/// Order of the predictor that whitens.
const ORDER: usize = 16;
/// The first rise of the error's logarithm of this share of the steepest one is the beginning.
const SHARE: f64 = 0.4;
/// A static curve that leaves no more than this is the device itself; one that leaves this much is
/// where it is far better than two samples beside it and the model is in doubt.
const EXACT: f64 = 1e-4;
const NEARLY: f64 = 2e-3;
const SHARPER: f64 = 1.5;
const DOUBT: f64 = 1.0;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The delay in samples at which the answer begins.
    pub delay: i64,
    /// The delay at which the best static curve explains most.
    pub by_curve: i64,
    /// What that curve leaves, as a share of the recording's energy.
    pub left: f64,
    /// How steeply the error rises at the beginning: the logarithm's step.
    pub rise: f64,
    /// What the model leaves there, as a share of the whitened recording's energy.
    pub error: f64,
}

impl Default for Edge {
    fn default() -> Self {
        Edge::none(0)
    }
}

impl Edge {
    /// Nothing was found.
    fn none(roughly: i64) -> Self {
        Edge { delay: roughly, by_curve: roughly, left: 1.0, rise: 0.0, error: 1.0 }
    }
}

/// Where the answer begins, near a delay that is roughly known.
pub fn edge(input: &[f32], target: &[f32], rate_hz: f64, roughly: i64) -> Edge {
    let part = lively(input, both(input, target, roughly), (LOOK_S * rate_hz) as usize);
    let x = centred(samples(input, part.start as i64, part.len()));
    let y = centred(samples(target, part.start as i64 + roughly, part.len()));
    if part.len() < FEWEST || energy(&x) <= 0.0 || energy(&y) <= 0.0 {
        return Edge::none(roughly);
    }
    let curve = StaticCurve::new(&x);
    let lefts: Vec<f64> = (-BEFORE..=AFTER).map(|d| curve.left(&x, &y, d)).collect();
    let best = (0..lefts.len()).min_by(|a, b| lefts[*a].total_cmp(&lefts[*b])).unwrap_or(0);
    let (at, left) = (best as i64 - BEFORE, lefts[best]);
    let model = Causal::new(&x, curve.played(&x, &y, at));
    let errors = model.errors(&model.heard(&y));
    let (first, rise) = begins(&errors);
    let beside =
        |i: Option<usize>| i.and_then(|i| lefts.get(i)).is_none_or(|l| *l > SHARPER * left);
    let sharp = beside(best.checked_sub(2)) && beside(Some(best + 2));
    let curve_only = left < EXACT || left < NEARLY && sharp && rise < DOUBT;
    let first = if curve_only { best } else { first };
    Edge {
        delay: roughly - BEFORE + first as i64,
        by_curve: roughly + at,
        left,
        rise,
        error: errors[first],
    }
}

/// An answer before one that was found: in what the model leaves there. A sound that resembles
/// itself answers early, too, but nothing of that is left.
pub fn before(sounds: (&[f32], &[f32], f64), later: &Edge, roughly: i64) -> Edge {
    let (input, target, rate_hz) = sounds;
    let part = lively(input, both(input, target, later.delay), (LOOK_S * rate_hz) as usize);
    let x = centred(samples(input, part.start as i64, part.len()));
    let y = centred(samples(target, part.start as i64 + later.delay, part.len()));
    let apart = usize::try_from(later.delay - roughly).unwrap_or(0);
    if part.len() < FEWEST + apart || energy(&x) <= 0.0 || energy(&y) <= 0.0 {
        return Edge::none(roughly);
    }
    let curve = StaticCurve::new(&x);
    let model = Causal::new(&x, curve.played(&x, &y, later.by_curve - later.delay));
    let mut left = vec![0.0; apart];
    left.extend(model.residual(&model.heard(&y), 0));
    left.truncate(part.len());
    let errors = model.errors(&left);
    let (first, rise) = begins(&errors);
    let delay = roughly - BEFORE + first as i64;
    Edge { delay, by_curve: delay, left: 1.0, rise, error: errors[first] }
}

/// The first of the errors behind which they rise, and how steeply.
fn begins(errors: &[f64]) -> (usize, f64) {
    let rises: Vec<f64> =
        errors.windows(2).map(|e| e[1].max(1e-9).ln() - e[0].max(1e-9).ln()).collect();
    let steepest = rises.iter().fold(0.0, |m: f64, r| m.max(*r));
    (rises.iter().position(|r| *r >= SHARE * steepest).unwrap_or(BEFORE as usize), steepest)
}

/// The samples of a sound that a recording has at a delay.
pub(super) fn both(input: &[f32], target: &[f32], delay: i64) -> Range<usize> {
    let until = usize::try_from(target.len() as i64 - delay).unwrap_or(0).min(input.len());
    usize::try_from(-delay).unwrap_or(0).min(until)..until
}

/// The part of a length, within a part, in which the sound changes most.
pub(super) fn lively(x: &[f32], within: Range<usize>, length: usize) -> Range<usize> {
    if within.len() <= length {
        return within;
    }
    let step = (length / 8).max(1);
    let changes: Vec<f64> = x[within.clone()]
        .chunks(step)
        .map(|c| c.windows(2).map(|w| f64::from(w[1] - w[0]).powi(2)).sum::<f64>().sqrt())
        .collect();
    let most = (within.len() - length) / step;
    let sum = |from: usize| changes[from..(from + 8).min(changes.len())].iter().sum::<f64>();
    let best = (0..=most).max_by(|a, b| sum(*a).total_cmp(&sum(*b))).unwrap_or(0);
    let from = within.start + best * step;
    from..from + length
}

/// So many samples of a sound from a place on; zeros where there are none.
pub(super) fn samples(sound: &[f32], from: i64, length: usize) -> Vec<f64> {
    (0..length as i64)
        .map(|i| {
            usize::try_from(from + i)
                .ok()
                .and_then(|at| sound.get(at))
                .map_or(0.0, |y| f64::from(*y))
        })
        .collect()
}

/// The liveliest part of a length of both sounds, the recording moved by a delay, behind the filter
/// that whitens the first.
pub(super) fn whitened(
    input: &[f32],
    target: &[f32],
    length: usize,
    delay: i64,
) -> (Vec<f64>, Vec<f64>) {
    let part = lively(input, both(input, target, delay), length);
    let x = centred(samples(input, part.start as i64, part.len()));
    let y = centred(samples(target, part.start as i64 + delay, part.len()));
    let filter = predictor(&x);
    (settled(&x, &filter), settled(&y, &filter))
}

/// The liveliest part of a length of both sounds, the recording moved by a delay.
pub(super) fn lively_part(
    input: &[f32],
    target: &[f32],
    length: usize,
    delay: i64,
) -> (Vec<f32>, Vec<f32>) {
    let part = lively(input, both(input, target, delay), length);
    let y = samples(target, part.start as i64 + delay, part.len())
        .into_iter()
        .map(|y| y as f32)
        .collect();
    (input[part].to_vec(), y)
}

pub(super) fn centred(mut x: Vec<f64>) -> Vec<f64> {
    let mean = x.iter().sum::<f64>() / x.len().max(1) as f64;
    x.iter_mut().for_each(|x| *x -= mean);
    x
}

pub(super) fn energy(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}

/// The filter that predicts each sample from the ones before it and leaves the rest (Levinson and
/// Durbin).
pub(super) fn predictor(x: &[f64]) -> Vec<f64> {
    let mut r: Vec<f64> = (0..=ORDER)
        .map(|lag| x.iter().zip(&x[lag.min(x.len())..]).map(|(a, b)| a * b).sum())
        .collect();
    r[0] = r[0] * (1.0 + 1e-9) + 1e-20;
    let mut a = vec![1.0];
    let mut error = r[0];
    for i in 1..=ORDER {
        let gain = -a.iter().enumerate().map(|(j, a)| a * r[i - j]).sum::<f64>() / error;
        a.push(0.0);
        let turned: Vec<f64> = a.iter().rev().copied().collect();
        a.iter_mut().zip(turned).for_each(|(a, t)| *a += gain * t);
        error *= 1.0 - gain * gain;
    }
    a
}

/// What a filter makes of a sound, without its first samples, for which it does not know what came
/// before.
pub(super) fn settled(x: &[f64], filter: &[f64]) -> Vec<f64> {
    filtered(x, filter).split_off((filter.len() - 1).min(x.len()))
}

fn filtered(x: &[f64], filter: &[f64]) -> Vec<f64> {
    (0..x.len())
        .map(|i| {
            filter[..=i.min(filter.len() - 1)].iter().enumerate().map(|(j, f)| f * x[i - j]).sum()
        })
        .collect()
}
