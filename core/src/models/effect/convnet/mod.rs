//! Plain stacks of dilated convolutions in real time.

use super::config::{ConvNetConfig, PointActivation};
use super::net::Tensors;
use super::state::Piece;
use super::wavenet::Weights;
use crate::file::ModelError;
use crate::nn::conv::{Conv, Kernel};
use crate::nn::rows::{BLOCK, History, Rows, RowsMut};
use crate::signal::simd::Isa;

/// A network that is played.
#[derive(Debug)]
pub(super) struct ConvNet {
    blocks: Vec<(Kernel, Conv)>,
    head: Conv,
    activation: PointActivation,
    inputs: usize,
    channels: usize,
    warm_up: usize,
    isa: Isa,
}

/// The memory of a sound: `[channel][block]` and the rows of one block.
#[derive(Clone, Debug)]
pub(super) struct ConvNetState {
    histories: Vec<Vec<History>>,
    rows: Vec<f32>,
}

impl ConvNet {
    pub fn new(config: &ConvNetConfig, tensors: Tensors<'_>) -> Result<Self, ModelError> {
        let mut weights = Weights::new(tensors.get("weights")?);
        let channels = config.channels;
        let mut blocks = Vec::with_capacity(config.dilations.len());
        for (index, &dilation) in config.dilations.iter().enumerate() {
            let inputs = if index == 0 { config.inputs } else { channels };
            let kernel = Kernel { inputs, taps: 2, dilation };
            let mut dense = weights.dense(kernel, channels, config.groups)?;
            let bias = if config.batchnorm {
                fold(&mut dense, channels, &mut weights)?
            } else {
                weights.take(channels)?.to_vec()
            };
            blocks.push((kernel, Conv::new(channels, &[(kernel, dense)], &bias)));
        }
        let point = Kernel::point(channels);
        let dense = weights.dense(point, config.outputs, 1)?;
        let head = Conv::new(config.outputs, &[(point, dense)], weights.take(config.outputs)?);
        weights.end()?;
        Ok(Self {
            blocks,
            head,
            activation: config.activation.clone(),
            inputs: config.inputs,
            channels,
            warm_up: config.receptive_field(),
            isa: Isa::detect(),
        })
    }

    pub fn warm_up(&self) -> usize {
        self.warm_up
    }

    /// The memory before the first sample. Allocates.
    pub fn state(&self, channels: usize) -> ConvNetState {
        let one: Vec<History> = self.blocks.iter().map(|(k, _)| History::new(k.inputs, k.lookback())).collect();
        ConvNetState { histories: vec![one; channels], rows: vec![0.0; self.channels * BLOCK] }
    }

    /// Plays a piece: `input` `[channel][signal][BLOCK]`, `output` likewise. Real-time safe.
    pub fn run(&self, state: &mut ConvNetState, piece: &mut Piece<'_>) {
        let (frames, rows) = (piece.frames, &mut state.rows);
        for (c, histories) in state.histories.iter_mut().enumerate() {
            let sound = &piece.input[c * self.inputs * BLOCK..][..self.inputs * BLOCK];
            for (index, ((_, conv), history)) in self.blocks.iter().zip(histories).enumerate() {
                history.write(if index == 0 { Rows::block(sound) } else { Rows::block(rows) });
                conv.run(&[history.rows()], None, RowsMut::block(rows), frames);
                self.activation.apply(self.isa, rows, BLOCK, frames);
                history.advance(frames);
            }
            let outputs = self.head.outputs() * BLOCK;
            let output = &mut piece.output[c * outputs..][..outputs];
            self.head.run(&[Rows::block(rows)], None, RowsMut::block(output), frames);
        }
    }
}

impl ConvNetState {
    /// Takes what another state of the same network holds. Real-time safe.
    pub fn copy_from(&mut self, fresh: &ConvNetState) {
        let pairs = self.histories.iter_mut().flatten().zip(fresh.histories.iter().flatten());
        pairs.for_each(|(to, from)| to.copy_from(from));
    }
}

/// The normalisation behind a convolution, taken into its weights; gives its bias.
fn fold(dense: &mut [f32], channels: usize, weights: &mut Weights<'_>) -> Result<Vec<f32>, ModelError> {
    let (mean, variance) = (weights.take(channels)?, weights.take(channels)?);
    let (weight, bias) = (weights.take(channels)?, weights.take(channels)?);
    let epsilon = weights.take(1)?[0];
    let scale = |c: usize| weight[c] / (epsilon + variance[c]).sqrt();
    for (c, row) in dense.chunks_exact_mut(dense.len() / channels).enumerate() {
        row.iter_mut().for_each(|w| *w *= scale(c));
    }
    let folded: Vec<f32> = (0..channels).map(|c| bias[c] - scale(c) * mean[c]).collect();
    match folded.iter().chain(&*dense).find(|w| !w.is_finite()) {
        Some(w) => {
            Err(ModelError::Config(format!("expected a normalisation of positive variances, found one that gives {w}")))
        }
        None => Ok(folded),
    }
}
