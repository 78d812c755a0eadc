//! What ANNe plays, and where: all that an engine is built from.

use std::sync::Arc;

use nfx_core::engine::EngineError;
use nfx_core::engine::anne::{AnneEngine, Player};
use nfx_core::models::spectral::AnneModel;
use nfx_frame::handoff::{self, Place, Playing, Wish, is_same_model};

/// The way of models to the audio thread.
pub type Handoff = handoff::Handoff<Chosen>;

/// See the module's documentation.
#[derive(Clone)]
pub struct Chosen {
    /// Where.
    pub place: Place,
    /// The model; without one the sound passes dry.
    pub model: Option<Arc<AnneModel>>,
}

impl Wish for Chosen {
    type Engine = AnneEngine;

    fn rate_hz(&self) -> f64 {
        self.place.rate_hz
    }

    fn is_same(&self, other: &Self) -> bool {
        self.place == other.place && is_same_model(&self.model, &other.model)
    }

    fn is_swap_to(&self, other: &Self) -> bool {
        let key = |model: &AnneModel| (model.card().kind.stft, model.card().sample_rate_hz);
        matches!((&self.model, &other.model), (Some(old), Some(new)) if key(old) == key(new))
    }

    fn engine(&self) -> Result<Playing<Self>, EngineError> {
        let Place { rate_hz, channels } = self.place;
        let built = |model: &Arc<AnneModel>| {
            AnneEngine::with_channels(model.clone(), rate_hz, channels).map(Box::new)
        };
        self.model.as_ref().map(built).transpose()
    }

    fn player(&self) -> Option<Box<Player>> {
        self.model.clone().map(Player::new)
    }
}
