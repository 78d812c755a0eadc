//! The config of LSTM and GRU networks.

use super::super::families::refuse;
use super::super::knob::MAX_KNOBS;
use super::super::limits::{is_one, one, within};
use crate::file::ModelError;
use crate::nn::CellKind;
use serde::{Deserialize, Serialize};

/// LSTM or GRU layers and a dense output, the knobs as constant inputs of the first layer behind
/// the signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecurrentConfig {
    /// The kind of the cells.
    pub cell: CellKind,
    /// Units of each layer, 1 to 512.
    pub hidden: usize,
    /// Layers, 1 to 8.
    pub layers: usize,
    /// Knobs, 0 to [`MAX_KNOBS`].
    pub knobs: usize,
    /// Whether the input is added to the output.
    pub skip: bool,
    /// Whether the state before the first sample is part of the weights; it is zeros otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub initial: bool,
    /// Signals in; 1 but for networks inside networks.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub inputs: usize,
    /// Signals out; 1 but for networks inside networks.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub outputs: usize,
}

impl RecurrentConfig {
    /// One signal in, one out, zeros at the beginning.
    pub fn new(cell: CellKind, hidden: usize, layers: usize, knobs: usize, skip: bool) -> Self {
        Self { cell, hidden, layers, knobs, skip, initial: false, inputs: 1, outputs: 1 }
    }

    /// What comes into a layer: the signals and knobs, or the layer before.
    pub fn layer_inputs(&self, layer: usize) -> usize {
        if layer == 0 { self.inputs.saturating_add(self.knobs) } else { self.hidden }
    }

    pub(super) fn validate(&self) -> Result<(), ModelError> {
        within("a number of units in a layer", self.hidden, 1..=512)?;
        within("a number of recurrent layers", self.layers, 1..=8)?;
        within("a number of knobs", self.knobs, 0..=MAX_KNOBS)?;
        within("a number of signals in", self.inputs, 1..=64)?;
        within("a number of signals out", self.outputs, 1..=64)?;
        if self.skip && self.inputs != self.outputs {
            return refuse(format!(
                "expected as many signals in as out where the input is added to the output, found {} and {}",
                self.inputs, self.outputs
            ));
        }
        Ok(())
    }

    /// `layers.{i}.input.weight` `[inputs, gates * hidden]` (in layer 0 the knobs' rows behind the signals'),
    /// `layers.{i}.hidden.weight` `[hidden, gates * hidden]`, `layers.{i}.bias` `[gates * hidden]` (the sum of both biases
    /// where a framework has two), for a GRU `layers.{i}.hidden.bias` `[hidden]` (the bias inside the reset gate's product: its
    /// new gate's part of `layers.{i}.bias` is the one outside), `layers.{i}.initial` `[hidden]` for a GRU and `[2, hidden]` (output, cell) for
    /// an LSTM where the config says so, `head.weight` `[hidden, outputs]` and `head.bias` `[outputs]`.
    ///
    /// Gates stand in PyTorch's order: input, forget, cell, output; reset, update, new.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let wide = self.cell.gates() * self.hidden;
        let mut shapes = Vec::with_capacity(5 * self.layers + 2);
        for i in 0..self.layers {
            shapes.push((format!("layers.{i}.input.weight"), vec![self.layer_inputs(i), wide]));
            shapes.push((format!("layers.{i}.hidden.weight"), vec![self.hidden, wide]));
            shapes.push((format!("layers.{i}.bias"), vec![wide]));
            if self.cell == CellKind::Gru {
                shapes.push((format!("layers.{i}.hidden.bias"), vec![self.hidden]));
            }
            if self.initial {
                let shape = if self.cell == CellKind::Lstm {
                    vec![2, self.hidden]
                } else {
                    vec![self.hidden]
                };
                shapes.push((format!("layers.{i}.initial"), shape));
            }
        }
        shapes.push(("head.weight".to_owned(), vec![self.hidden, self.outputs]));
        shapes.push(("head.bias".to_owned(), vec![self.outputs]));
        shapes
    }
}
