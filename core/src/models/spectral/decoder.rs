//! The decoder's real-time form: [`DecoderConfig`](super::DecoderConfig) played without allocation.

use std::collections::BTreeMap;

use super::autoencoder::Scratch;
use super::{DecoderConfig, LayerConfig};
use crate::file::tensor::named;
use crate::file::{ModelError, Tensor};
use crate::nn::{Activation, Dense, dense::DenseScratch};

/// From a latent code, and what else the decoder is conditioned on, to a frame. Immutable.
#[derive(Debug)]
pub struct Decoder {
    layers: Vec<Layer>,
    shortcut: Option<Dense>,
    code: usize,
    widest: usize,
}

/// A share of the work of one pass, for whoever has to spread it over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which part, from 0 on.
    pub index: usize,
    /// How many parts there are.
    pub count: usize,
}

impl Part {
    /// Everything in one go.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// Whether the pass ends with it.
    pub(super) fn is_last(self) -> bool {
        self.index + 1 >= self.count
    }
}

/// A layer and what its sums pass.
#[derive(Debug)]
pub(super) struct Layer {
    pub dense: Dense,
    pub activation: Activation,
}

impl Decoder {
    /// Packs the weights of a decoder's own file. Allocates.
    ///
    /// # Errors
    /// When the configuration is not valid or a tensor is missing or has another shape.
    pub fn new(
        config: &DecoderConfig,
        tensors: &BTreeMap<String, Tensor>,
    ) -> Result<Self, ModelError> {
        Self::read(config, tensors, 0)
    }

    /// Packs the weights of a decoder whose first layer is named `layers.{first}`.
    pub(super) fn read(
        config: &DecoderConfig,
        tensors: &BTreeMap<String, Tensor>,
        first: usize,
    ) -> Result<Self, ModelError> {
        config.validate()?;
        let (code, outputs) = (config.code(), config.outputs());
        let shortcut = if config.shortcut {
            Some(dense(
                code,
                outputs,
                named(tensors, "decoder_shortcut.weight", &[code, outputs])?,
                &[],
            )?)
        } else {
            None
        };
        let layers = stack(tensors, first, code, &config.layers)?;
        let widest = config.layers.iter().map(|l| l.outputs).max().unwrap_or(0).max(code);
        Ok(Self { layers, shortcut, code, widest })
    }

    /// Width of the input: the latents, then the condition.
    pub fn code(&self) -> usize {
        self.code
    }

    /// Width of the output.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |l| l.dense.outputs())
    }

    /// Bytes of weights that one pass reads, whatever its number of columns.
    pub fn weight_bytes(&self) -> usize {
        self.layers.iter().map(|l| &l.dense).chain(&self.shortcut).map(Dense::weight_bytes).sum()
    }

    /// Buffers for up to `columns` columns in one pass. Allocates.
    pub fn scratch(&self, columns: usize) -> Scratch {
        Scratch::new(self.widest, columns)
    }

    /// From codes to frames. Real-time safe.
    ///
    /// # Shapes
    /// `code` `[column][code]`, `y` `[column][outputs]`; no more columns than the scratch was made
    /// for.
    pub fn decode(&self, scratch: &mut Scratch, columns: usize, code: &[f32], y: &mut [f32]) {
        self.decode_part(scratch, columns, code, y, Part::WHOLE);
    }

    /// One part of [`Decoder::decode`]. The parts are of about the same cost. Real-time safe.
    ///
    /// The parts have to come in their order, with the same columns and code, and nothing else with
    /// this scratch in between; `y` is whole after the last. The sums are those of one go, to the
    /// bit.
    pub fn decode_part(
        &self,
        scratch: &mut Scratch,
        columns: usize,
        code: &[f32],
        y: &mut [f32],
        part: Part,
    ) {
        let Scratch { dense: rows, a, b } = scratch;
        let steps = self
            .layers
            .iter()
            .map(|layer| (&layer.dense, false))
            .chain(self.shortcut.iter().map(|d| (d, true)));
        let total: usize = steps.clone().map(|(dense, _)| dense.blocks() * dense.inputs()).sum();
        let (from, to) = (total * part.index / part.count, total * (part.index + 1) / part.count);
        let mut before = 0;
        for (i, (dense, is_shortcut)) in steps.enumerate() {
            // A block belongs to the part in which its share of the whole begins.
            let place = |share: usize| {
                share.saturating_sub(before).div_ceil(dense.inputs()).min(dense.blocks())
            };
            let blocks = place(from)..place(to);
            before += dense.blocks() * dense.inputs();
            if blocks.is_empty() {
                continue;
            }
            // Layers read and write the two buffers in turn; the last one writes the frame.
            let (input, output) = if i % 2 == 0 { (&*b, &mut *a) } else { (&*a, &mut *b) };
            let input = if i == 0 || is_shortcut { code } else { &input[..] };
            let is_hidden = i + 1 < self.layers.len();
            let output = if is_hidden { &mut output[..columns * dense.outputs()] } else { &mut *y };
            if blocks.start == 0 {
                dense.gather(rows, columns, input);
            }
            let done = blocks.end == dense.blocks();
            dense.forward_blocks(rows, columns, blocks, output, is_shortcut);
            if let Some(layer) = self.layers.get(i).filter(|_| done && is_hidden) {
                layer.activation.apply(output);
            }
        }
        if let Some(last) = self.layers.last().filter(|_| part.is_last()) {
            last.activation.apply(&mut y[..columns * last.dense.outputs()]);
        }
    }
}

/// Packs layers named from `layers.{first}` on.
pub(super) fn stack(
    tensors: &BTreeMap<String, Tensor>,
    first: usize,
    mut inputs: usize,
    layers: &[LayerConfig],
) -> Result<Vec<Layer>, ModelError> {
    let mut out = Vec::with_capacity(layers.len());
    for (i, layer) in (first..).zip(layers) {
        let weight = named(tensors, &format!("layers.{i}.weight"), &[inputs, layer.outputs])?;
        let bias = if layer.bias {
            named(tensors, &format!("layers.{i}.bias"), &[layer.outputs])?
        } else {
            &[]
        };
        out.push(Layer {
            dense: dense(inputs, layer.outputs, weight, bias)?,
            activation: layer.activation,
        });
        inputs = layer.outputs;
    }
    Ok(out)
}

/// Runs a stack of layers, all activated but the last, whose sums a shortcut may still add to.
pub(super) fn run(
    layers: &[Layer],
    dense: &mut DenseScratch,
    columns: usize,
    x: &[f32],
    scratch: (&mut Vec<f32>, &mut Vec<f32>),
    y: &mut [f32],
) {
    let (mut from, mut to) = scratch;
    for (i, layer) in layers.iter().enumerate() {
        let input = if i == 0 { x } else { &from[..columns * layer.dense.inputs()] };
        if i + 1 == layers.len() {
            layer.dense.forward(dense, columns, input, y, false);
        } else {
            let out = &mut to[..columns * layer.dense.outputs()];
            layer.dense.forward(dense, columns, input, out, false);
            layer.activation.apply(out);
            std::mem::swap(&mut from, &mut to);
        }
    }
}

pub(super) fn dense(
    inputs: usize,
    outputs: usize,
    weight: &[f32],
    bias: &[f32],
) -> Result<Dense, ModelError> {
    Dense::new(inputs, outputs, weight, bias).ok_or_else(|| {
        ModelError::Config(format!(
            "expected a layer of {inputs} inputs and {outputs} outputs, found {} weights",
            weight.len()
        ))
    })
}
