//! The kinds of models: the one place where they are told apart.

use super::effect::{Effect, ProfileConfig, ProfileInfo};
use super::spectral::{Architecture, AutoencoderConfig, DecoderConfig, Spectral, SpectralCard};
use crate::file::{Card, ModelError, container, migrate, short};
use crate::signal::stft::StftConfig;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a model is. In JSON the kind's name is `"kind"`, and what the kind says is `"model"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "model", rename_all = "snake_case")]
pub enum Kind {
    /// An autoencoder of magnitude spectra, or its decoder alone.
    Spectral(Spectral),
    /// The profile of an effect.
    Effect(Effect),
}

/// The card of any model.
pub type ModelCard = Card<Kind>;

impl From<SpectralCard> for ModelCard {
    fn from(card: SpectralCard) -> Self {
        let head = card.with(());
        head.with(Kind::Spectral(card.kind))
    }
}

impl Kind {
    /// The kinds that this version can load, as they stand in a file.
    pub const NAMES: [&'static str; 2] = ["spectral", "effect"];

    /// Whether this can be a model.
    ///
    /// # Errors
    /// [`ModelError::Config`] or [`ModelError::Stft`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        match self {
            Kind::Spectral(spectral) => spectral.validate(),
            Kind::Effect(effect) => effect.validate(),
        }
    }

    /// The name and the shape of every tensor.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        match self {
            Kind::Spectral(spectral) => spectral.architecture.tensor_shapes(),
            Kind::Effect(effect) => effect.network.tensor_shapes(),
        }
    }

    /// The number of weights and biases; `usize::MAX` when it does not fit.
    pub fn parameters(&self) -> usize {
        super::count(&self.tensor_shapes())
    }
}

impl ModelCard {
    /// The card of a profile, without words and history.
    pub fn for_profile(
        name: &str,
        sample_rate_hz: f64,
        network: ProfileConfig,
        info: ProfileInfo,
    ) -> Self {
        Card::new(name, sample_rate_hz, Kind::Effect(Effect { network, info }))
    }

    /// What it says as a spectral model.
    ///
    /// # Errors
    /// [`ModelError::Config`] when it is of another kind.
    pub fn spectral(&self) -> Result<&Spectral, ModelError> {
        match &self.kind {
            Kind::Spectral(spectral) => Ok(spectral),
            Kind::Effect(_) => Err(another("an autoencoder", "the profile of an effect")),
        }
    }

    /// As [`ModelCard::spectral`], to be changed.
    ///
    /// # Errors
    /// As [`ModelCard::spectral`].
    pub fn spectral_mut(&mut self) -> Result<&mut Spectral, ModelError> {
        match &mut self.kind {
            Kind::Spectral(spectral) => Ok(spectral),
            Kind::Effect(_) => Err(another("an autoencoder", "the profile of an effect")),
        }
    }

    /// What it says as the profile of an effect.
    ///
    /// # Errors
    /// [`ModelError::Config`] when it is of another kind.
    pub fn effect(&self) -> Result<&Effect, ModelError> {
        match &self.kind {
            Kind::Effect(effect) => Ok(effect),
            Kind::Spectral(_) => {
                Err(another("the profile of an effect", "an autoencoder or a decoder"))
            }
        }
    }

    /// As [`ModelCard::effect`], to be changed.
    ///
    /// # Errors
    /// As [`ModelCard::effect`].
    pub fn effect_mut(&mut self) -> Result<&mut Effect, ModelError> {
        match &mut self.kind {
            Kind::Effect(effect) => Ok(effect),
            Kind::Spectral(_) => {
                Err(another("the profile of an effect", "an autoencoder or a decoder"))
            }
        }
    }

    /// What the bytes of a model file say of it, for a list of many files: neither the card nor the
    /// weights are checked. `bytes` may end with the header.
    ///
    /// # Errors
    /// [`ModelError`] when there is no card of a version and kind that can be read.
    pub fn peek(bytes: &[u8]) -> Result<Self, ModelError> {
        let (version, config) = container::card(bytes)?;
        Self::read(&config, version)
    }

    /// The card in a file of any version that can be read.
    pub(super) fn read(config: &str, version: u64) -> Result<Self, ModelError> {
        let value = migrate::card(config, version)?;
        // Said here, for serde's own words would not tell that a newer release may know the kind.
        let said = |place: &str, known: &[&str]| match value.pointer(place).and_then(Value::as_str)
        {
            Some(found) if !known.contains(&found) => {
                Err(ModelError::UnknownKind { found: short(found), known: known.join(", ") })
            }
            _ => Ok(()),
        };
        said("/kind", &Kind::NAMES)?;
        said("/model/architecture/kind", &Architecture::NAMES)?;
        said("/model/network/family", &ProfileConfig::NAMES)?;
        serde_json::from_value(value).map_err(|error| ModelError::Card { reason: short(error) })
    }

    /// Whether this card can belong to a model.
    ///
    /// # Errors
    /// [`ModelError::Config`] or [`ModelError::Stft`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        self.validate_head()?;
        self.kind.validate()
    }
}

fn another(expected: &str, found: &str) -> ModelError {
    ModelError::Config(format!("expected {expected}, found {found}"))
}

/// The config of a network, which with a transform (where its kind has one) makes a model of its
/// kind.
pub trait NetworkConfig {
    /// A model of this network, about which nothing else is known.
    fn into_kind(self, stft: StftConfig) -> Kind;
}

impl NetworkConfig for Architecture {
    fn into_kind(self, stft: StftConfig) -> Kind {
        Kind::Spectral(Spectral::new(self, stft))
    }
}

impl NetworkConfig for AutoencoderConfig {
    fn into_kind(self, stft: StftConfig) -> Kind {
        Architecture::from(self).into_kind(stft)
    }
}

impl NetworkConfig for DecoderConfig {
    fn into_kind(self, stft: StftConfig) -> Kind {
        Architecture::from(self).into_kind(stft)
    }
}

impl NetworkConfig for ProfileConfig {
    fn into_kind(self, _stft: StftConfig) -> Kind {
        Kind::Effect(Effect { network: self, info: ProfileInfo::default() })
    }
}
