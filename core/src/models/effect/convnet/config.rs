//! The config of plain stacks of dilated convolutions.

use super::super::families::refuse;
use super::super::limits::{MAX_RECEPTIVE_FIELD, is_one, one, product, total, within};
use crate::file::ModelError;
use crate::nn::PointActivation;
use serde::{Deserialize, Serialize};

/// Dilated causal convolutions of two taps, one after the other, and a dense output (the `ConvNet`
/// of `.nam` files).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvNetConfig {
    /// Channels of every block.
    pub channels: usize,
    /// The dilation of each block, in samples.
    pub dilations: Vec<usize>,
    /// Whether a normalisation with fixed statistics follows each convolution, which then has no
    /// bias.
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
            let rest = if self.batchnorm {
                product(&[4, self.channels]).saturating_add(1)
            } else {
                self.channels
            };
            conv.saturating_add(rest)
        });
        total(blocks)
            .saturating_add(product(&[self.outputs, self.channels]))
            .saturating_add(self.outputs)
    }

    /// The samples that an output depends on.
    pub fn receptive_field(&self) -> usize {
        total(self.dilations.iter().copied()).saturating_add(1)
    }

    pub(super) fn validate(&self) -> Result<(), ModelError> {
        within("a number of channels", self.channels, 1..=4096)?;
        within("a number of blocks", self.dilations.len(), 1..=256)?;
        within("a number of signals in", self.inputs, 1..=64)?;
        within("a number of signals out", self.outputs, 1..=64)?;
        within("a receptive field", self.receptive_field(), 1..=MAX_RECEPTIVE_FIELD)?;
        if self.dilations.contains(&0) {
            return refuse("expected dilations of at least 1, found 0".to_owned());
        }
        if self.groups == 0
            || !self.channels.is_multiple_of(self.groups)
            || !self.inputs.is_multiple_of(self.groups)
        {
            return refuse(format!(
                "expected groups that divide {} inputs and {} channels, found {}",
                self.inputs, self.channels, self.groups
            ));
        }
        Ok(self.activation.check(self.channels)?)
    }
}
