//! Whether a recording runs at another speed than its sound, as one does whose rate is labelled
//! wrong.

use super::likeness::{FAR, LOOK_S, SURE, compare};
use crate::audio::resample;

/// Rates that are taken for each other: what a label says, and what it should say.
const CONFUSED: [(f64, f64); 4] =
    [(44_100.0, 48_000.0), (48_000.0, 44_100.0), (48_000.0, 96_000.0), (96_000.0, 48_000.0)];

/// Two rates of which one was taken for the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    /// What the label says.
    pub labelled: f64,
    /// What it should say.
    pub is: f64,
}

/// Looks for a speed at which a recording answers far better than at its own, where it has a score.
pub(super) fn other_speed(
    input: &[f32],
    target: &[f32],
    rate_hz: f64,
    score: f64,
) -> Option<Speed> {
    let look = (LOOK_S * rate_hz) as usize;
    let (x, y) = (&input[..look.min(input.len())], &target[..look.min(target.len())]);
    let at = |(labelled, is): (f64, f64)| {
        let stretched = resample(x, labelled, is).ok()?;
        let found = compare(&stretched[..look.min(stretched.len())], y, rate_hz, false);
        Some((found.score, Speed { labelled, is }))
    };
    let best = CONFUSED.into_iter().filter_map(at).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= SURE && best.0 >= FAR * score).then_some(best.1)
}
