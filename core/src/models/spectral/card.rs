//! What the card of a spectral model says.

use super::{Architecture, Direction, Features, InstrumentInfo, LatentInfo, LatentPlane};
use crate::file::{Card, ModelError};
use crate::signal::stft::StftConfig;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// The gains that an instrument's card may ask for, in dB.
const GAINS_DB: RangeInclusive<f32> = -40.0..=40.0;

/// The card of a model that is known to be spectral.
pub type SpectralCard = Card<Spectral>;

/// A spectral model without its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spectral {
    /// The transform whose magnitudes it was trained on.
    pub stft: StftConfig,
    /// The network.
    pub architecture: Architecture,
    /// One entry for each latent, or none at all.
    #[serde(default)]
    pub latents: Vec<LatentInfo>,
    /// What the encoder sees beside the magnitudes.
    #[serde(default, skip_serializing_if = "Features::is_plain")]
    pub features: Features,
    /// Which notes the condition stands for; `None` without a condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<InstrumentInfo>,
    /// What an instrument's notes are raised by, in dB: with it a note of velocity 100, played by a
    /// fresh instance, peaks at about -12 dBFS. 0 in files that do not say it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub gain_db: f32,
    /// A map of the sounds that the model was trained on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plane: Option<LatentPlane>,
    /// Named directions in the latent space: the macros, then those that were discovered. Empty
    /// where nobody looked for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directions: Vec<Direction>,
}

/// serde asks for a reference.
fn is_zero(gain_db: &f32) -> bool {
    *gain_db == 0.0
}

impl Spectral {
    /// A model about which nothing else is known.
    pub fn new(architecture: impl Into<Architecture>, stft: StftConfig) -> Self {
        Self {
            stft,
            architecture: architecture.into(),
            latents: Vec::new(),
            features: Features::default(),
            instrument: None,
            gain_db: 0.0,
            plane: None,
            directions: Vec::new(),
        }
    }

    /// Whether this can be a model.
    ///
    /// # Errors
    /// [`ModelError::Config`] or [`ModelError::Stft`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        self.stft.validate()?;
        self.architecture.validate()?;
        let (latents, described) = (self.architecture.latents(), self.latents.len());
        if described != 0 && described != latents {
            return Err(ModelError::Config(format!(
                "expected a description of all {latents} latents or of none, found {described}"
            )));
        }
        // JSON has no word for these numbers: a card that held one could be written, but not read
        // again.
        for (index, latent) in self.latents.iter().enumerate() {
            let values = [latent.centroid_hz, latent.p05, latent.p50, latent.p95];
            if let Some(value) = values.iter().find(|value| !value.is_finite()) {
                return Err(ModelError::Config(format!(
                    "expected finite numbers in the description of latent {index}, found {value}"
                )));
            }
        }
        if let Some(instrument) = &self.instrument {
            instrument.validate(self.architecture.condition())?;
        }
        if !GAINS_DB.contains(&self.gain_db) {
            return Err(ModelError::Config(format!(
                "expected a gain of {} to {} dB, found {}",
                GAINS_DB.start(),
                GAINS_DB.end(),
                self.gain_db
            )));
        }
        Direction::validate(&self.directions, latents)?;
        match &self.plane {
            Some(plane) => plane.validate(latents),
            None => Ok(()),
        }
    }
}
