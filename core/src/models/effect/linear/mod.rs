//! Impulse responses in real time.

mod config;

pub use config::LinearConfig;

use super::families::{Family, Shapes};
use super::network::{Network, Tensors, Voice};
use super::state::Piece;
use super::wavenet::Weights;
use crate::file::ModelError;
use crate::nn::convolver::Convolver;
use crate::nn::rows::BLOCK;
use std::sync::Arc;

impl Family for LinearConfig {
    fn name(&self) -> &'static str {
        "Linear"
    }

    fn words(&self) -> &'static str {
        "impulse response"
    }

    fn check(&self, _depth: usize) -> Result<(), ModelError> {
        self.validate()
    }

    fn tensor_shapes(&self) -> Shapes {
        vec![("weights".to_owned(), vec![self.weights()])]
    }

    fn network(&self, tensors: Tensors<'_>, _rate_hz: f64) -> Result<Arc<dyn Network>, ModelError> {
        Ok(Arc::new(Linear::new(self, tensors)?))
    }
}

/// An impulse response that is played.
#[derive(Debug)]
struct Linear {
    fresh: Box<Convolver>,
    offset: f32,
}

impl Linear {
    fn new(config: &LinearConfig, tensors: Tensors<'_>) -> Result<Self, ModelError> {
        let mut weights = Weights::new(tensors.get("weights")?);
        let fresh = Convolver::new(weights.take(config.receptive_field)?)
            .map(Box::new)
            .map_err(|error| ModelError::Config(error.to_string()))?;
        let offset = weights.take(usize::from(config.bias))?.first().copied().unwrap_or(0.0);
        weights.end()?;
        Ok(Self { fresh, offset })
    }
}

impl Network for Linear {
    fn warm_up(&self) -> usize {
        self.fresh.memory()
    }

    fn voice(self: Arc<Self>, channels: usize, _knobs: &[f32]) -> Box<dyn Voice> {
        Box::new(LinearVoice { channels: vec![*self.fresh.clone(); channels], net: self })
    }
}

#[derive(Debug)]
struct LinearVoice {
    net: Arc<Linear>,
    channels: Vec<Convolver>,
}

impl Voice for LinearVoice {
    /// `input` and `output` `[channel][BLOCK]`.
    fn run(&mut self, piece: &mut Piece<'_>) {
        for (c, convolver) in self.channels.iter_mut().enumerate() {
            let output = &mut piece.output[c * BLOCK..][..piece.frames];
            convolver.process(&piece.input[c * BLOCK..][..piece.frames], output);
            output.iter_mut().for_each(|y| *y += self.net.offset);
        }
    }

    /// Silence leaves nothing in an impulse response: there is nothing to be kept.
    fn keep(&mut self) {}

    fn reset(&mut self) {
        self.channels.iter_mut().for_each(Convolver::reset);
    }
}
