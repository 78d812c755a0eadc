//! Adam and SGD in one pass over the weights.

use nfx_core::signal::simd::vectorised;
use rayon::prelude::*;

use crate::spectral::learner::{BETA_1, BETA_2, EPSILON, Optimiser};

/// Weights that one thread takes at a time: four slices of it stay in its cache.
const PART: usize = 16 * 1024;

/// One step of an optimiser.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Adam with its bias corrections folded in, as burn computes them.
    Adam {
        /// `rate · sqrt(1 - β₂ᵗ) / (1 - β₁ᵗ)`
        rate: f32,
        /// `ε · sqrt(1 - β₂ᵗ)`
        epsilon: f32,
    },
    /// Momentum SGD.
    Sgd {
        /// Learning rate.
        rate: f32,
        /// μ, 0 at the first step so that the velocity begins as the gradient.
        momentum: f32,
    },
}

impl Rule {
    /// The rule of step number `step` (the first is 1) at a learning rate.
    pub fn new(optimiser: Optimiser, rate: f64, step: u64) -> Self {
        match optimiser {
            Optimiser::Adam => {
                let time = step.min(i32::MAX as u64) as i32;
                let second = (1.0 - f64::from(BETA_2).powi(time)).sqrt();
                let first = 1.0 - f64::from(BETA_1).powi(time);
                Rule::Adam {
                    rate: (rate * second / first) as f32,
                    epsilon: (f64::from(EPSILON) * second) as f32,
                }
            }
            Optimiser::Sgd { momentum } => Rule::Sgd { rate: rate as f32, momentum },
        }
    }

    /// Moves the weights. `decay` times the weight is added to each gradient. All slices have the
    /// same length, but the second moments may be empty for SGD.
    pub fn apply(
        self,
        weights: &mut [f32],
        gradients: &[f32],
        moments: (&mut [f32], &mut [f32]),
        decay: f32,
    ) {
        let (first, second) = moments;
        match self {
            Rule::Adam { rate, epsilon } => weights
                .par_chunks_mut(PART)
                .zip(gradients.par_chunks(PART))
                .zip(first.par_chunks_mut(PART).zip(second.par_chunks_mut(PART)))
                .for_each(|((w, g), (m, v))| adam_part(w, g, (m, v), (rate, epsilon, decay))),
            Rule::Sgd { rate, momentum } => weights
                .par_chunks_mut(PART)
                .zip(gradients.par_chunks(PART))
                .zip(first.par_chunks_mut(PART))
                .for_each(|((w, g), m)| {
                    for ((w, g), m) in w.iter_mut().zip(g).zip(m) {
                        *m = momentum * *m + (g + decay * *w);
                        *w -= rate * *m;
                    }
                }),
        }
    }
}

/// Adam with the widest vectors of the CPU.
fn adam_part(
    w: &mut [f32],
    g: &[f32],
    moments: (&mut [f32], &mut [f32]),
    numbers: (f32, f32, f32),
) {
    vectorised!(avx2: adam_loop(
        w: &mut [f32] = w,
        g: &[f32] = g,
        moments: (&mut [f32], &mut [f32]) = moments,
        numbers: (f32, f32, f32) = numbers,
    ));
}

#[inline(always)]
fn adam_loop(
    w: &mut [f32],
    g: &[f32],
    (m, v): (&mut [f32], &mut [f32]),
    (rate, epsilon, decay): (f32, f32, f32),
) {
    for (((w, g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
        let g = g + decay * *w;
        *m = normal(BETA_1 * *m + (1.0 - BETA_1) * g);
        *v = normal(BETA_2 * *v + (1.0 - BETA_2) * g * g);
        *w -= rate * *m / (v.sqrt() + epsilon);
    }
}

/// Zero for what is subnormal: the second moment of a dead unit would stay so for 16,000 steps,
/// each ten times as slow.
#[inline(always)]
fn normal(x: f32) -> f32 {
    if x.abs() < f32::MIN_POSITIVE { 0.0 } else { x }
}
