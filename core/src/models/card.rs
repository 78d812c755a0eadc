//! What a model file says about its model.

use super::Architecture;
use super::spectral::{Direction, Features, InstrumentInfo, LatentInfo, LatentPlane};
use crate::file::{ModelError, Provenance, migrate, short};
use crate::models::effect::{ProfileConfig, ProfileInfo};
use crate::signal::stft::StftConfig;
use crate::signal::window::Window;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::ops::RangeInclusive;

/// The sample rates that a model may have, in Hz.
const SAMPLE_RATES_HZ: RangeInclusive<f64> = 1_000.0..=768_000.0;
/// The gains that an instrument's card may ask for, in dB.
const GAINS_DB: RangeInclusive<f32> = -40.0..=40.0;

/// Everything in a model file but the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// The name that a menu shows.
    pub name: String,
    /// One or two sentences for the person who chooses it.
    #[serde(default)]
    pub description: String,
    /// The sample rate that the model was trained at, in Hz, 1,000 to 768,000. A host's rate is resampled to it.
    pub sample_rate_hz: f64,
    /// The transform whose magnitudes it was trained on. A profile has none and says the default.
    pub stft: StftConfig,
    /// The network.
    pub architecture: Architecture,
    /// Where it comes from.
    #[serde(default)]
    pub provenance: Provenance,
    /// One entry for each latent, or none at all.
    #[serde(default)]
    pub latents: Vec<LatentInfo>,
    /// What the encoder sees beside the magnitudes.
    #[serde(default, skip_serializing_if = "Features::is_plain")]
    pub features: Features,
    /// Which notes the condition stands for; `None` without a condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<InstrumentInfo>,
    /// What an instrument's notes are raised by, in dB: with it a note of velocity 100, played by a fresh instance, peaks at about
    /// -12 dBFS. 0 in files that do not say it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub gain_db: f32,
    /// A map of the sounds that the model was trained on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plane: Option<LatentPlane>,
    /// Named directions in the latent space: the macros, then those that were discovered. Empty where nobody looked for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directions: Vec<Direction>,
    /// What a profile says about its device; `None` in other models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileInfo>,
}

fn is_zero(gain_db: &f32) -> bool {
    *gain_db == 0.0
}

impl ModelCard {
    /// The card of a profile, without words and history.
    pub fn for_profile(name: &str, sample_rate_hz: f64, network: ProfileConfig, profile: ProfileInfo) -> Self {
        Self {
            name: name.to_owned(),
            description: String::new(),
            sample_rate_hz,
            stft: StftConfig { fft_size: 2048, hop: 512, window: Window::Hann },
            architecture: Architecture::Profile(network),
            provenance: Provenance::default(),
            latents: Vec::new(),
            features: Features::default(),
            instrument: None,
            gain_db: 0.0,
            plane: None,
            directions: Vec::new(),
            profile: Some(profile),
        }
    }

    /// The card in a file of any version that can be read.
    pub(super) fn read(config: &str, version: u64) -> Result<Self, ModelError> {
        let value = migrate::card(config, version)?;
        // Said here, for serde's own words would not tell that a newer release may know the kind.
        if let Some(kind) = value.pointer("/architecture/kind").and_then(Value::as_str)
            && !Architecture::KINDS.contains(&kind)
        {
            return Err(ModelError::UnknownArchitecture { found: short(kind), known: Architecture::KINDS.join(", ") });
        }
        serde_json::from_value(value).map_err(|error| ModelError::Card { reason: short(error) })
    }

    /// Whether this card can belong to a model.
    ///
    /// # Errors
    /// [`ModelError::Config`] or [`ModelError::Stft`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        if !SAMPLE_RATES_HZ.contains(&self.sample_rate_hz) {
            return Err(ModelError::Config(format!(
                "expected a sample rate of {} to {} Hz, found {}",
                SAMPLE_RATES_HZ.start(),
                SAMPLE_RATES_HZ.end(),
                self.sample_rate_hz
            )));
        }
        self.stft.validate()?;
        self.architecture.validate()?;
        let (latents, described) = (self.architecture.latents(), self.latents.len());
        if described != 0 && described != latents {
            return Err(ModelError::Config(format!(
                "expected a description of all {latents} latents or of none, found {described}"
            )));
        }
        // JSON has no word for these numbers: a card that held one could be written, but not read again.
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
        if let Some(plane) = &self.plane {
            plane.validate(latents)?;
        }
        match (&self.architecture, &self.profile) {
            (Architecture::Profile(network), profile) => {
                profile.as_ref().unwrap_or(&ProfileInfo::default()).validate(network.knobs())?;
            }
            (_, Some(_)) => {
                let sentence = "expected a device only in the profile of an effect, found one in another model";
                return Err(ModelError::Config(sentence.to_owned()));
            }
            (_, None) => {}
        }
        for (name, value) in &self.provenance.metrics {
            if !value.is_finite() {
                return Err(ModelError::Config(format!("expected a finite number as metric {name:?}, found {value}")));
            }
        }
        Ok(())
    }
}
