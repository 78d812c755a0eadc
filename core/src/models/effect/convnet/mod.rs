//! Plain stacks of dilated convolutions in real time.

mod config;

pub use config::ConvNetConfig;

use super::families::{Family, Shapes};
use super::network::{Network, Tensors, Voice};
use super::state::Piece;
use super::wavenet::Weights;
use crate::file::ModelError;
use crate::nn::PointActivation;
use crate::nn::conv::{Conv, Kernel};
use crate::nn::rows::{BLOCK, History, Rows, RowsMut};
use crate::signal::simd::Isa;
use std::sync::Arc;

impl Family for ConvNetConfig {
    fn name(&self) -> &'static str {
        "ConvNet"
    }

    fn signals(&self) -> (usize, usize) {
        (self.inputs, self.outputs)
    }

    fn check(&self, _depth: usize) -> Result<(), ModelError> {
        self.validate()
    }

    fn tensor_shapes(&self) -> Shapes {
        vec![("weights".to_owned(), vec![self.weights()])]
    }

    fn network(&self, tensors: Tensors<'_>, _rate_hz: f64) -> Result<Arc<dyn Network>, ModelError> {
        Ok(Arc::new(ConvNet::new(self, tensors)?))
    }
}

/// A network that is played.
#[derive(Debug)]
struct ConvNet {
    blocks: Vec<(Kernel, Conv)>,
    head: Conv,
    activation: PointActivation,
    inputs: usize,
    channels: usize,
    warm_up: usize,
    isa: Isa,
}

impl ConvNet {
    fn new(config: &ConvNetConfig, tensors: Tensors<'_>) -> Result<Self, ModelError> {
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
}

impl Network for ConvNet {
    fn warm_up(&self) -> usize {
        self.warm_up
    }

    fn voice(self: Arc<Self>, channels: usize, _knobs: &[f32]) -> Box<dyn Voice> {
        let one: Vec<History> =
            self.blocks.iter().map(|(k, _)| History::new(k.inputs, k.lookback())).collect();
        let (histories, rows) = (vec![one; channels], vec![0.0; self.channels * BLOCK]);
        Box::new(ConvNetVoice { fresh: histories.clone(), histories, rows, net: self })
    }
}

#[derive(Debug)]
struct ConvNetVoice {
    net: Arc<ConvNet>,
    /// `[channel][block]`
    histories: Vec<Vec<History>>,
    fresh: Vec<Vec<History>>,
    /// Of one block.
    rows: Vec<f32>,
}

impl Voice for ConvNetVoice {
    /// `input` and `output` `[channel][signal][BLOCK]`.
    fn run(&mut self, piece: &mut Piece<'_>) {
        let Self { net, histories, rows, .. } = self;
        let frames = piece.frames;
        for (c, histories) in histories.iter_mut().enumerate() {
            let sound = &piece.input[c * net.inputs * BLOCK..][..net.inputs * BLOCK];
            for (index, ((_, conv), history)) in net.blocks.iter().zip(histories).enumerate() {
                history.write(if index == 0 { Rows::block(sound) } else { Rows::block(rows) });
                conv.run(&[history.rows()], None, RowsMut::block(rows), frames);
                net.activation.apply(net.isa, rows, BLOCK, frames);
                history.advance(frames);
            }
            let outputs = net.head.outputs() * BLOCK;
            let output = &mut piece.output[c * outputs..][..outputs];
            net.head.run(&[Rows::block(rows)], None, RowsMut::block(output), frames);
        }
    }

    fn keep(&mut self) {
        self.fresh.clone_from(&self.histories);
    }

    fn reset(&mut self) {
        let pairs = self.histories.iter_mut().flatten().zip(self.fresh.iter().flatten());
        pairs.for_each(|(to, from)| to.copy_from(from));
    }
}

/// The normalisation behind a convolution, taken into its weights; gives its bias.
fn fold(
    dense: &mut [f32],
    channels: usize,
    weights: &mut Weights<'_>,
) -> Result<Vec<f32>, ModelError> {
    let (mean, variance) = (weights.take(channels)?, weights.take(channels)?);
    let (weight, bias) = (weights.take(channels)?, weights.take(channels)?);
    let epsilon = weights.take(1)?[0];
    let scale = |c: usize| weight[c] / (epsilon + variance[c]).sqrt();
    for (c, row) in dense.chunks_exact_mut(dense.len() / channels).enumerate() {
        row.iter_mut().for_each(|w| *w *= scale(c));
    }
    let folded: Vec<f32> = (0..channels).map(|c| bias[c] - scale(c) * mean[c]).collect();
    match folded.iter().chain(&*dense).find(|w| !w.is_finite()) {
        Some(w) => Err(ModelError::Config(format!(
            "expected a normalisation of positive variances, found one that gives {w}"
        ))),
        None => Ok(folded),
    }
}
