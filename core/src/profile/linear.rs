//! Impulse responses in real time, by direct convolution.

use super::config::LinearConfig;
use super::net::Tensors;
use super::state::Piece;
use super::wavenet::Weights;
use crate::model::ModelError;
use crate::nn::conv::{Conv, Kernel};
use crate::nn::rows::{BLOCK, History, Rows, RowsMut};

/// An impulse response that is played.
#[derive(Debug)]
pub(super) struct Linear {
    conv: Conv,
    kernel: Kernel,
}

/// The memory of a sound, by channel.
#[derive(Clone, Debug)]
pub(super) struct LinearState {
    histories: Vec<History>,
}

impl Linear {
    pub fn new(config: &LinearConfig, tensors: Tensors<'_>) -> Result<Self, ModelError> {
        let mut weights = Weights::new(tensors.get("weights")?);
        let kernel = Kernel { inputs: 1, taps: config.receptive_field, dilation: 1 };
        // The file has the newest sample's tap first, a convolution the oldest's.
        let taps: Vec<f32> = weights.take(config.receptive_field)?.iter().rev().copied().collect();
        let conv = Conv::new(1, &[(kernel, taps)], weights.take(usize::from(config.bias))?);
        weights.end()?;
        Ok(Self { conv, kernel })
    }

    pub fn warm_up(&self) -> usize {
        self.kernel.taps
    }

    /// The memory before the first sample. Allocates.
    pub fn state(&self, channels: usize) -> LinearState {
        LinearState { histories: vec![History::new(1, self.kernel.lookback()); channels] }
    }

    /// Plays a piece: `input` `[channel][BLOCK]`, `output` likewise. Real-time safe.
    pub fn run(&self, state: &mut LinearState, piece: &mut Piece<'_>) {
        for (c, history) in state.histories.iter_mut().enumerate() {
            history.write(Rows::block(&piece.input[c * BLOCK..]));
            let output = &mut piece.output[c * BLOCK..][..BLOCK];
            self.conv.run(&[history.rows()], None, RowsMut::block(output), piece.frames);
            history.advance(piece.frames);
        }
    }
}

impl LinearState {
    /// Takes what another state of the same network holds. Real-time safe.
    pub fn copy_from(&mut self, fresh: &LinearState) {
        self.histories.iter_mut().zip(&fresh.histories).for_each(|(to, from)| to.copy_from(from));
    }
}
