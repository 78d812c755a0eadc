//! Adam (Kingma & Ba 2015): one step over an array of weights, for every learner that is written by
//! hand.

use nfx_core::signal::simd::vectorised;

/// Adam's β₁.
pub const BETA_1: f32 = 0.9;
/// Adam's β₂.
pub const BETA_2: f32 = 0.999;
/// Adam's ε.
pub const EPSILON: f32 = 1e-8;

/// What divides the moments of a step, so that their beginning at 0 does not count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Correction {
    /// `1 - β₁ᵗ`
    pub(crate) first: f64,
    /// `sqrt(1 - β₂ᵗ)`
    pub(crate) second: f64,
}

impl Correction {
    /// Of step number `step`; the first is 1.
    pub(crate) fn at(step: u64) -> Self {
        let time = step.min(i32::MAX as u64) as i32;
        Correction {
            first: 1.0 - f64::from(BETA_1).powi(time),
            second: (1.0 - f64::from(BETA_2).powi(time)).sqrt(),
        }
    }

    /// A learning rate with the corrections folded in.
    pub(crate) fn rate(self, rate: f64) -> f32 {
        (rate * self.second / self.first) as f32
    }
}

/// One step, its corrections folded in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep {
    /// `rate · sqrt(1 - β₂ᵗ) / (1 - β₁ᵗ)`
    pub(crate) rate: f32,
    /// `ε · sqrt(1 - β₂ᵗ)`
    pub(crate) epsilon: f32,
    /// What each gradient is multiplied with.
    pub(crate) scale: f32,
    /// So much of its weight is added to each gradient.
    pub(crate) decay: f32,
    /// Whether subnormal moments become zero. Those of a dead unit would stay subnormal for 16,000
    /// steps, each ten times as slow.
    pub(crate) flushes: bool,
}

impl AdamStep {
    /// Moves weights with the widest vectors of the CPU. All slices have the same length.
    pub(crate) fn apply(self, w: &mut [f32], g: &[f32], first: &mut [f32], second: &mut [f32]) {
        vectorised!(avx2: walk(
            step: AdamStep = self,
            w: &mut [f32] = w,
            g: &[f32] = g,
            first: &mut [f32] = first,
            second: &mut [f32] = second,
        ));
    }
}

#[inline(always)]
fn walk(step: AdamStep, w: &mut [f32], g: &[f32], first: &mut [f32], second: &mut [f32]) {
    let AdamStep { rate, epsilon, scale, decay, flushes } = step;
    let kept = |x: f32| if flushes && x.abs() < f32::MIN_POSITIVE { 0.0 } else { x };
    for (((w, g), m), v) in w.iter_mut().zip(g).zip(first).zip(second) {
        let g = g * scale + decay * *w;
        *m = kept(BETA_1 * *m + (1.0 - BETA_1) * g);
        *v = kept(BETA_2 * *v + (1.0 - BETA_2) * g * g);
        *w -= rate * *m / (v.sqrt() + epsilon);
    }
}
