//! What CANNe plays, and at which rate: all that an engine is built from.
//!
//! The instrument works at the host's rate whatever its model's is, so any model goes over as a
//! player that the engine fades in. A whole engine goes over only where there was none, or where a
//! model goes away.

use std::sync::Arc;

use nfx_core::engine::EngineError;
use nfx_core::engine::canne::{CanneEngine, CannePlayer};
use nfx_core::models::spectral::CanneModel;
use nfx_frame::handoff::{self, Playing, Wish, is_same_model};

/// The way of models to the audio thread.
pub type Handoff = handoff::Handoff<Chosen>;

/// See the module's documentation.
#[derive(Clone)]
pub struct Chosen {
    /// The host's sample rate.
    pub rate_hz: f64,
    /// The model; without one the instrument is silent.
    pub model: Option<Arc<CanneModel>>,
}

impl Wish for Chosen {
    type Engine = CanneEngine;

    fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    fn is_same(&self, other: &Self) -> bool {
        self.rate_hz == other.rate_hz && is_same_model(&self.model, &other.model)
    }

    fn is_swap_to(&self, other: &Self) -> bool {
        self.model.is_some() && other.model.is_some()
    }

    fn engine(&self) -> Result<Playing<Self>, EngineError> {
        self.model
            .as_ref()
            .map(|model| CanneEngine::new(model.clone(), self.rate_hz).map(Box::new))
            .transpose()
    }

    fn player(&self) -> Option<Box<CannePlayer>> {
        self.model.as_ref().and_then(|model| CannePlayer::new(model.clone(), self.rate_hz).ok())
    }
}
