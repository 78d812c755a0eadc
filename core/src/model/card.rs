//! What a model file says about its model.

use super::{Architecture, Direction, Features, InstrumentInfo, LatentPlane, ModelError};
use crate::profile::{ProfileConfig, ProfileInfo};
use crate::stft::StftConfig;
use crate::window::Window;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The sample rates that a model may have, in Hz.
const SAMPLE_RATES_HZ: RangeInclusive<f64> = 1_000.0..=768_000.0;
/// The gains that an instrument's card may ask for, in dB.
const GAINS_DB: RangeInclusive<f32> = -40.0..=40.0;

/// Where a model comes from: enough to make it again, and to know whether it may be passed on.
///
/// Every field may be absent in a file, for a model made by hand has no history; it is then empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// The command that made it.
    pub command: String,
    /// The seed of that run.
    pub seed: u64,
    /// The sound it was trained on, in words.
    pub corpus: String,
    /// The licence of that sound, as an SPDX expression or in words.
    pub data_licence: String,
    /// The notices that the licences ask to be passed on, one each.
    pub notices: Vec<String>,
    /// The software and its version.
    pub trained_by: String,
    /// The figures of the run, by name (for example `test_mse`). All are finite.
    pub metrics: BTreeMap<String, f64>,
}

/// What is known of one latent: what it does, and where its values lie on the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatentInfo {
    /// What it does, in words ("brighter, noisier").
    pub label: String,
    /// The centroid of what it adds to the spectrum, in Hz; 0 when it is not known.
    pub centroid_hz: f32,
    /// Whether it matters: taking it away costs at least 1 % of the loss.
    pub live: bool,
    /// The value (after the activation) below which 5 % of the training frames lie.
    pub p05: f32,
    /// The median over the training frames.
    pub p50: f32,
    /// The value below which 95 % of the training frames lie.
    pub p95: f32,
}

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
