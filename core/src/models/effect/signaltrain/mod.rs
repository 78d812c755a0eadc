//! SignalTrain (Hawley, Colburn and Mimilakis 2019): transforms that are learned, and two small
//! networks along time between them.
//!
//! A chunk of 8,192 samples becomes 25 frames of a learned transform of 1,024 samples (hop 384).
//! For each bin, magnitudes and phases over these frames pass a network of their own with a
//! bottleneck, where the knobs enter; nine frames come out. The magnitudes' network filters the
//! last nine frames, the phases' adds to theirs. The learned inverse makes 2,048 samples, the
//! chunk's last quarter, to which the input is added:
//!
//! ```text
//! x/2 ─> analysis ─> |X|, ∠X ─> networks with knobs ─> ELU(m) · |X|, p + ∠X ─> synthesis ─> · 2 ─> + x
//! ```
//!
//! ELU follows every layer. The form here works in real time: a chunk's work is spread over the
//! following 2,048 samples, so no callback has to do it all, and the sound comes 4,096 samples
//! late.

mod config;
mod state;

#[cfg(test)]
mod tests;

pub use config::{FRAMES, FRAMES_OUT, SignalTrainConfig};
pub use state::SignalTrainState;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::families::{Family, Shapes};
use super::network::{Network, Tensors, Voice};
use crate::file::tensor::{check_finite, named};
use crate::file::{ModelError, Tensor};
use state::SignalTrainVoice;

/// What is added to a real part before the angle is taken, and to a power before the root.
pub const TINY: f32 = 1e-7;

impl Family for SignalTrainConfig {
    fn name(&self) -> &'static str {
        "SignalTrain"
    }

    fn knobs(&self) -> usize {
        self.knobs
    }

    fn check(&self, _depth: usize) -> Result<(), ModelError> {
        self.validate()
    }

    fn tensor_shapes(&self) -> Shapes {
        self.tensor_shapes()
    }

    fn network(&self, tensors: Tensors<'_>, _rate_hz: f64) -> Result<Arc<dyn Network>, ModelError> {
        Ok(SignalTrainModel::new(self, tensors.all)?)
    }

    fn is_plain(&self) -> bool {
        false
    }
}

impl Network for SignalTrainModel {
    fn latency_samples(&self) -> usize {
        SignalTrainModel::latency_samples(self)
    }

    fn voice(self: Arc<Self>, channels: usize, _knobs: &[f32]) -> Box<dyn Voice> {
        Box::new(SignalTrainVoice::new(&self, channels))
    }
}

/// One fully connected layer.
#[derive(Clone, Debug)]
struct Layer {
    inputs: usize,
    /// `[input][output]`
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// Weights of a SignalTrain network, ready to be played. Immutable; shared by all its states.
#[derive(Clone, Debug)]
pub struct SignalTrainModel {
    config: SignalTrainConfig,
    analysis: Vec<f32>,
    synthesis: Vec<f32>,
    magnitude: Vec<Layer>,
    phase: Vec<Layer>,
}

impl SignalTrainModel {
    /// From a config and the tensors that [`SignalTrainConfig::tensor_shapes`] names.
    ///
    /// # Errors
    /// [`ModelError`] when the config cannot be used or a tensor is missing, misshapen or not
    /// finite.
    pub fn new(
        config: &SignalTrainConfig,
        tensors: &BTreeMap<String, Tensor>,
    ) -> Result<Arc<Self>, ModelError> {
        config.validate()?;
        let take = |name: &str, shape: &[usize]| -> Result<Vec<f32>, ModelError> {
            let data = named(tensors, name, shape)?;
            check_finite(name, data)?;
            Ok(data.to_vec())
        };
        let layers = |part: &str| -> Result<Vec<Layer>, ModelError> {
            let each = config.layers().into_iter().enumerate();
            each.map(|(i, [inputs, outputs])| {
                Ok(Layer {
                    inputs,
                    weight: take(&format!("{part}.{i}.weight"), &[inputs, outputs])?,
                    bias: take(&format!("{part}.{i}.bias"), &[outputs])?,
                })
            })
            .collect()
        };
        let both = 2 * config.bins();
        Ok(Arc::new(SignalTrainModel {
            config: *config,
            analysis: take("analysis.weight", &[config.transform, both])?,
            synthesis: take("synthesis.weight", &[both, config.transform])?,
            magnitude: layers("magnitude")?,
            phase: layers("phase")?,
        }))
    }

    /// The config.
    pub fn config(&self) -> &SignalTrainConfig {
        &self.config
    }

    /// How late the sound comes, in samples: a chunk's output has to be there before its first
    /// sample is played, and the work on it takes as long again.
    pub fn latency_samples(&self) -> usize {
        2 * self.config.output()
    }
}

impl Layer {
    /// `ELU(x W + b)`.
    fn apply(&self, x: &[f32], y: &mut [f32]) {
        let outputs = self.bias.len();
        let y = &mut y[..outputs];
        y.copy_from_slice(&self.bias);
        for (x, row) in x.iter().take(self.inputs).zip(self.weight.chunks_exact(outputs)) {
            y.iter_mut().zip(row).for_each(|(y, w)| *y += x * w);
        }
        for y in y {
            if *y < 0.0 {
                *y = y.exp_m1();
            }
        }
    }
}
