//! Agreement of a frame's phases with all their neighbours, after the heap has given each bin the
//! word of one.
//!
//! The heap passes a phase on along a single path, and with it the errors of all its steps. A bin
//! has up to four neighbours, each of which predicts its phase; the sweeps here set each bin to the
//! mean of the predictions, weighted by the neighbours' magnitudes to some power, and so find the
//! phases that fit all the steps best, loud ones first. It is the weighted least-squares solution
//! of the same phase gradients, by relaxation.

use super::integrate::{Known, Wanted};
use crate::Complex32;
use crate::signal::window::Window;

/// How often a frame is swept in real time.
const SWEEPS: usize = 8;

/// The power of the magnitudes that weighs the predictions: the better a window resembles a
/// Gaussian, the more can a bin on the flank of a partial be trusted beside the one on its top.
pub(super) fn power(window: Window) -> f32 {
    match window {
        Window::Gauss => 1.5,
        Window::Hann | Window::RootHann => 3.0,
    }
}

/// `length * exp(i angle)`.
#[inline]
pub(super) fn polar(length: f32, angle: f32) -> Complex32 {
    let (sin, cos) = angle.sin_cos();
    Complex32::new(length * cos, length * sin)
}

/// The turns from each bin to the next one, from the changes along frequency; `turns` is `[bin]`,
/// the last is not used.
pub(super) fn turns(frequency: &[f32], turns: &mut [Complex32]) {
    for (turn, pair) in turns.iter_mut().zip(frequency.windows(2)) {
        *turn = polar(1.0, 0.5 * (pair[0] + pair[1]));
    }
}

/// One sweep over a frame: even bins, then odd ones. All `[bin]`.
///
/// `along_time` is the sum of what the frames beside it predict, `turns` as from [`turns`],
/// `weights` 0 where a bin is to stay as it is, `values` the bins' phases with their weights as
/// lengths.
pub(super) fn sweep(
    along_time: &[Complex32],
    turns: &[Complex32],
    weights: &[f32],
    values: &mut [Complex32],
) {
    let bins = values.len();
    for parity in 0..2 {
        for m in (parity..bins).step_by(2) {
            let mut sum = along_time[m];
            if m > 0 {
                sum += values[m - 1] * turns[m - 1];
            }
            if m + 1 < bins {
                sum += values[m + 1] * turns[m].conj();
            }
            let norm = sum.norm_sqr();
            if norm > f32::MIN_POSITIVE {
                values[m] = sum * (weights[m] / norm.sqrt());
            }
        }
    }
}

/// The sweeps of the real-time form, and the memory they need.
#[derive(Clone, Debug)]
pub(super) struct Relaxation {
    power: f32,
    along_time: Vec<Complex32>,
    turns: Vec<Complex32>,
    weights: Vec<f32>,
    values: Vec<Complex32>,
}

impl Relaxation {
    /// For frames of `bins` bins under a window. Allocates.
    pub(super) fn new(bins: usize, window: Window) -> Self {
        let zeros = || vec![Complex32::default(); bins];
        Self {
            power: power(window),
            along_time: zeros(),
            turns: zeros(),
            weights: vec![0.0; bins],
            values: zeros(),
        }
    }

    /// Improves the phases (relative to the centre) of the new frame; those of the frame before
    /// stay. `threshold` is the log below which a bin's phase is random and stays so. Real-time
    /// safe.
    pub(super) fn run(
        &mut self,
        known: Known<'_>,
        wanted: Wanted<'_>,
        threshold: f32,
        phases: &mut [f32],
    ) {
        let loudest = known.logs.iter().chain(wanted.logs).copied().fold(f32::MIN, f32::max);
        for (m, phase) in phases.iter().enumerate() {
            let level = wanted.logs[m];
            self.weights[m] =
                if level > threshold { (self.power * (level - loudest)).exp() } else { 0.0 };
            self.values[m] = polar(self.weights[m], *phase);
            let advance = 0.5 * (known.time[m] + wanted.time[m]);
            self.along_time[m] =
                polar((self.power * (known.logs[m] - loudest)).exp(), known.phases[m] + advance);
        }
        turns(wanted.frequency, &mut self.turns);
        for _ in 0..SWEEPS {
            sweep(&self.along_time, &self.turns, &self.weights, &mut self.values);
        }
        for ((phase, value), weight) in phases.iter_mut().zip(&self.values).zip(&self.weights) {
            if *weight > 0.0 {
                *phase = value.im.atan2(value.re);
            }
        }
    }
}
