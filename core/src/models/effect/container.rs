//! The configs of the plain convolutional networks and of the container of sizes.

use super::{MAX_RECEPTIVE_FIELD, PointActivation, ProfileConfig, is_one, one, product, refuse, total, within};
use crate::file::ModelError;
use serde::{Deserialize, Serialize};

/// Dilated causal convolutions of two taps, one after the other, and a dense output (the `ConvNet` of `.nam` files).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvNetConfig {
    /// Channels of every block.
    pub channels: usize,
    /// The dilation of each block, in samples.
    pub dilations: Vec<usize>,
    /// Whether a normalisation with fixed statistics follows each convolution, which then has no bias.
    pub batchnorm: bool,
    /// What each block's output passes.
    pub activation: PointActivation,
    /// Groups of the convolutions.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub groups: usize,
    /// Signals in; 1 but for networks inside networks.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub inputs: usize,
    /// Signals out; 1 but for networks inside networks.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub outputs: usize,
}

impl ConvNetConfig {
    /// The numbers in `weights`, in the order of a `.nam` file; `usize::MAX` when it does not fit.
    pub fn weights(&self) -> usize {
        let blocks = (0..self.dilations.len()).map(|i| {
            let inputs = if i == 0 { self.inputs } else { self.channels };
            let conv = product(&[self.channels, inputs / self.groups.max(1), 2]);
            // mean, variance, weight, bias and one epsilon
            let rest = if self.batchnorm { product(&[4, self.channels]).saturating_add(1) } else { self.channels };
            conv.saturating_add(rest)
        });
        total(blocks).saturating_add(product(&[self.outputs, self.channels])).saturating_add(self.outputs)
    }

    /// The samples that an output depends on.
    pub fn receptive_field(&self) -> usize {
        total(self.dilations.iter().copied()).saturating_add(1)
    }

    pub(super) fn check(&self) -> Result<(), ModelError> {
        within("a number of channels", self.channels, 1..=4096)?;
        within("a number of blocks", self.dilations.len(), 1..=256)?;
        within("a number of signals in", self.inputs, 1..=64)?;
        within("a number of signals out", self.outputs, 1..=64)?;
        within("a receptive field", self.receptive_field(), 1..=MAX_RECEPTIVE_FIELD)?;
        if self.dilations.contains(&0) {
            return refuse("expected dilations of at least 1, found 0".to_owned());
        }
        if self.groups == 0 || !self.channels.is_multiple_of(self.groups) || !self.inputs.is_multiple_of(self.groups) {
            return refuse(format!(
                "expected groups that divide {} inputs and {} channels, found {}",
                self.inputs, self.channels, self.groups
            ));
        }
        Ok(self.activation.check(self.channels)?)
    }
}

/// An impulse response and perhaps an offset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearConfig {
    /// The taps, 1 to 2^17.
    pub receptive_field: usize,
    /// Whether an offset is added.
    pub bias: bool,
}

impl LinearConfig {
    /// The numbers in `weights`: the taps, the newest sample's first, and the offset.
    pub fn weights(&self) -> usize {
        self.receptive_field.saturating_add(usize::from(self.bias))
    }

    pub(super) fn check(&self) -> Result<(), ModelError> {
        within("an impulse response", self.receptive_field, 1..=1 << 17)
    }
}

/// One of the sizes of a container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeConfig {
    /// This one is played while the wanted size, 0 to 1, is below this.
    pub max_value: f64,
    /// The network.
    pub network: ProfileConfig,
}

/// The same sound in several sizes, the smallest first (`SlimmableContainer` of `.nam` files).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerConfig {
    /// The sizes, by ascending `max_value`; the last one's is at least 1.
    pub sizes: Vec<SizeConfig>,
}

impl ContainerConfig {
    /// The tensors of size `i` with `sizes.{i}.` before their names.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let sizes = self.sizes.iter().enumerate();
        sizes
            .flat_map(|(i, size)| {
                let shapes = size.network.tensor_shapes();
                shapes.into_iter().map(move |(name, shape)| (format!("sizes.{i}.{name}"), shape))
            })
            .collect()
    }

    pub(super) fn check(&self, depth: usize) -> Result<(), ModelError> {
        within("a number of sizes", self.sizes.len(), 1..=16)?;
        let ascending = self.sizes.windows(2).all(|pair| pair[0].max_value < pair[1].max_value);
        if !ascending || self.sizes.last().is_none_or(|size| size.max_value.is_nan() || size.max_value < 1.0) {
            let found: Vec<f64> = self.sizes.iter().map(|size| size.max_value).collect();
            return refuse(format!("expected sizes that ascend to 1, found {found:?}"));
        }
        for size in &self.sizes {
            if matches!(size.network, ProfileConfig::Container(_)) || size.network.knobs() > 0 {
                return refuse(
                    "expected plain networks as sizes, found a container or a network with knobs in one".to_owned(),
                );
            }
            size.network.check(depth + 1)?;
            if size.network.signals() != (1, 1) {
                return refuse("expected sizes of one signal in and one out, found others".to_owned());
            }
        }
        Ok(())
    }
}
