//! Adam and SGD in one pass over the weights.

use rayon::prelude::*;

use crate::adam::{AdamStep, Correction, EPSILON};
use crate::spectral::learner::Optimiser;

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
                let correction = Correction::at(step);
                Rule::Adam {
                    rate: correction.rate(rate),
                    epsilon: (f64::from(EPSILON) * correction.second) as f32,
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
            Rule::Adam { rate, epsilon } => {
                let step = AdamStep { rate, epsilon, scale: 1.0, decay, flushes: true };
                weights
                    .par_chunks_mut(PART)
                    .zip(gradients.par_chunks(PART))
                    .zip(first.par_chunks_mut(PART).zip(second.par_chunks_mut(PART)))
                    .for_each(|((w, g), (m, v))| step.apply(w, g, m, v));
            }
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
