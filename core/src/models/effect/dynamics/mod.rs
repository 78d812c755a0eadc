//! A learned dynamics processor: a level meter with a memory, a curve, and a memory of its gain.
//!
//! ```text
//! side chain ─> |s|^p ─> memory (rises and falls at two rates) ─> dB ─> curve ─> memory (down and up at two rates) ─> dB ─┐
//! input ────────────────────────────────────────────────────────────────────────────────────────────────────────────> × ─> output
//! ```
//!
//! What is in the brackets is learned: the exponent `p`, four rates, the bends of the curve and the
//! gain at rest. All but `p` are what a small network makes of the knobs, and nothing says which
//! knob means what. A compressor that smooths the level before its curve and one that smooths the
//! gain after it are two places in the same space: a memory that is not wanted learns to let
//! everything through. The recursion runs for every sample, so attacks of a millisecond are as
//! right as releases of a second.

mod config;
pub mod math;
pub mod setting;
mod state;

#[cfg(test)]
mod tests;

pub use config::{DynamicsConfig, MAX_HIDDEN};
pub use state::{DynamicsSound, DynamicsState};

use std::collections::BTreeMap;
use std::sync::Arc;

use super::families::{Family, Shapes};
use super::knob::MAX_KNOBS;
use super::network::{Network, Tensors, Voice};
use crate::file::tensor::{check_finite, named};
use crate::file::{ModelError, Tensor};
use setting::{MAX_HINGES, PER_HINGE, PLAIN, Setting};

impl Family for DynamicsConfig {
    fn name(&self) -> &'static str {
        "Dynamics"
    }

    fn words(&self) -> &'static str {
        "dynamics processor"
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
        Ok(DynamicsModel::new(self, tensors.all)?)
    }

    fn is_plain(&self) -> bool {
        false
    }
}

impl Network for DynamicsModel {
    fn uses_side_chain(&self) -> bool {
        true
    }

    fn voice(self: Arc<Self>, channels: usize, _knobs: &[f32]) -> Box<dyn Voice> {
        Box::new(DynamicsState::new(&self, channels))
    }
}

/// The most numbers that a setting is made of.
pub const MAX_RAW: usize = PLAIN + PER_HINGE * MAX_HINGES;

/// Weights of a dynamics processor, ready to be played. Immutable; shared by all its states.
#[derive(Clone, Debug)]
pub struct DynamicsModel {
    config: DynamicsConfig,
    skip: Vec<f32>,
    hidden_weight: Vec<f32>,
    hidden_bias: Vec<f32>,
    out_weight: Vec<f32>,
    out_bias: Vec<f32>,
    exponent: f32,
}

impl DynamicsModel {
    /// From a config and the tensors that [`DynamicsConfig::tensor_shapes`] names.
    ///
    /// # Errors
    /// [`ModelError`] when the config cannot be used or a tensor is missing, misshapen or not
    /// finite.
    pub fn new(
        config: &DynamicsConfig,
        tensors: &BTreeMap<String, Tensor>,
    ) -> Result<Arc<Self>, ModelError> {
        config.validate()?;
        let mut read = BTreeMap::new();
        for (name, shape) in config.tensor_shapes() {
            let data = named(tensors, &name, &shape)?;
            check_finite(&name, data)?;
            let data = data.to_vec();
            read.insert(name, data);
        }
        let mut take = |name: &str| read.remove(name).unwrap_or_default();
        let exponent = take("level.exponent").first().copied().unwrap_or(1.0);
        if !(config::EXPONENTS.contains(&exponent)) {
            return Err(ModelError::Config(format!(
                "expected an exponent of the level from {} to {}, found {exponent}",
                config::EXPONENTS.start(),
                config::EXPONENTS.end()
            )));
        }
        Ok(Arc::new(DynamicsModel {
            skip: take("knobs.skip.weight"),
            hidden_weight: take("knobs.hidden.weight"),
            hidden_bias: take("knobs.hidden.bias"),
            out_weight: take("knobs.out.weight"),
            out_bias: take("knobs.out.bias"),
            exponent,
            config: *config,
        }))
    }

    /// The config.
    pub fn config(&self) -> &DynamicsConfig {
        &self.config
    }

    /// The exponent of the level's measure: 1 for the mean of magnitudes, 2 for that of powers.
    pub fn exponent(&self) -> f32 {
        self.exponent
    }

    /// The setting at knobs normalised to -1..1; missing knobs count as 0. Real-time safe.
    pub fn setting(&self, knobs: &[f32]) -> Setting {
        let outputs = self.config.outputs();
        let mut raw = [0.0f32; MAX_RAW];
        let raw = &mut raw[..outputs.min(MAX_RAW)];
        raw.copy_from_slice(&self.out_bias[..raw.len()]);
        let knob = |k: usize| {
            knobs.get(k).copied().filter(|v| v.is_finite()).unwrap_or(0.0).clamp(-1.0, 1.0)
        };
        for (k, row) in self.skip.chunks_exact(outputs).enumerate() {
            let value = knob(k);
            raw.iter_mut().zip(row).for_each(|(o, w)| *o += value * w);
        }
        for (j, row) in self.out_weight.chunks_exact(outputs).enumerate() {
            let mut sum = self.hidden_bias[j];
            for k in 0..self.config.knobs {
                sum += knob(k) * self.hidden_weight[k * self.config.hidden + j];
            }
            let unit = sum.tanh();
            raw.iter_mut().zip(row).for_each(|(o, w)| *o += unit * w);
        }
        Setting::from_raw(raw)
    }

    /// The gain in dB that a steady level in dB comes to at normalised knobs: the curve that an
    /// editor draws. Real-time safe.
    pub fn curve_db(&self, knobs: &[f32], level_db: f32) -> f32 {
        self.setting(knobs).curve(level_db).clamp(-setting::MOST_DB, setting::MOST_DB)
    }
}
