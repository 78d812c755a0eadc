//! Impulse responses in real time.

use super::config::LinearConfig;
use super::net::Tensors;
use super::state::Piece;
use super::wavenet::Weights;
use crate::file::ModelError;
use crate::nn::convolver::Convolver;
use crate::nn::rows::BLOCK;

/// An impulse response that is played.
#[derive(Debug)]
pub(super) struct Linear {
    fresh: Box<Convolver>,
    offset: f32,
}

/// The memory of a sound, by channel.
#[derive(Clone, Debug)]
pub(super) struct LinearState {
    channels: Vec<Convolver>,
}

impl Linear {
    pub fn new(config: &LinearConfig, tensors: Tensors<'_>) -> Result<Self, ModelError> {
        let mut weights = Weights::new(tensors.get("weights")?);
        let fresh = Convolver::new(weights.take(config.receptive_field)?).map(Box::new).map_err(ModelError::Config)?;
        let offset = weights.take(usize::from(config.bias))?.first().copied().unwrap_or(0.0);
        weights.end()?;
        Ok(Self { fresh, offset })
    }

    pub fn warm_up(&self) -> usize {
        self.fresh.memory()
    }

    /// The memory before the first sample. Allocates.
    pub fn state(&self, channels: usize) -> LinearState {
        LinearState { channels: vec![*self.fresh.clone(); channels] }
    }

    /// Plays a piece: `input` `[channel][BLOCK]`, `output` likewise. Real-time safe.
    pub fn run(&self, state: &mut LinearState, piece: &mut Piece<'_>) {
        for (c, convolver) in state.channels.iter_mut().enumerate() {
            let output = &mut piece.output[c * BLOCK..][..piece.frames];
            convolver.process(&piece.input[c * BLOCK..][..piece.frames], output);
            output.iter_mut().for_each(|y| *y += self.offset);
        }
    }
}

impl LinearState {
    /// As freshly made. Real-time safe.
    pub fn reset(&mut self) {
        self.channels.iter_mut().for_each(Convolver::reset);
    }
}
