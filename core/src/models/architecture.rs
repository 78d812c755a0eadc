//! What kind of network a file holds.

use super::effect::ProfileConfig;
use super::spectral::{AutoencoderConfig, DecoderConfig, count};
use crate::file::ModelError;
use serde::{Deserialize, Serialize};

/// The kind of a network and its config. In JSON the config's fields stand beside `"kind"`.
///
/// A new architecture is a new variant with its own config; every `match` below then asks for its arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Architecture {
    /// A fully connected autoencoder of magnitude spectra.
    Autoencoder(AutoencoderConfig),
    /// The decoder of such an autoencoder, without its encoder.
    Decoder(DecoderConfig),
    /// The profile of an effect.
    Profile(ProfileConfig),
}

impl From<ProfileConfig> for Architecture {
    fn from(config: ProfileConfig) -> Self {
        Architecture::Profile(config)
    }
}

impl From<AutoencoderConfig> for Architecture {
    fn from(config: AutoencoderConfig) -> Self {
        Architecture::Autoencoder(config)
    }
}

impl From<DecoderConfig> for Architecture {
    fn from(config: DecoderConfig) -> Self {
        Architecture::Decoder(config)
    }
}

impl Architecture {
    /// The kinds that this version can load, as they stand in a file.
    pub const KINDS: [&'static str; 3] = ["autoencoder", "decoder", "profile"];

    /// The kind as it stands in a file.
    pub fn kind(&self) -> &'static str {
        match self {
            Architecture::Autoencoder(_) => Self::KINDS[0],
            Architecture::Decoder(_) => Self::KINDS[1],
            Architecture::Profile(_) => Self::KINDS[2],
        }
    }

    /// The config of an autoencoder.
    ///
    /// # Errors
    /// [`ModelError::Config`] when it is only a decoder.
    pub fn autoencoder(&self) -> Result<&AutoencoderConfig, ModelError> {
        match self {
            Architecture::Autoencoder(config) => Ok(config),
            Architecture::Decoder(_) => {
                Err(ModelError::Config("expected a whole autoencoder, found a decoder without its encoder".to_owned()))
            }
            Architecture::Profile(_) => {
                Err(ModelError::Config("expected an autoencoder, found the profile of an effect".to_owned()))
            }
        }
    }

    /// Whether a network of this form can be made.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        match self {
            Architecture::Autoencoder(config) => config.validate(),
            Architecture::Decoder(config) => config.validate(),
            Architecture::Profile(config) => config.validate(),
        }
    }

    /// The name and the shape of every tensor.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        match self {
            Architecture::Autoencoder(config) => config.tensor_shapes(),
            Architecture::Decoder(config) => config.tensor_shapes(),
            Architecture::Profile(config) => config.tensor_shapes(),
        }
    }

    /// The number of weights and biases; `usize::MAX` when it does not fit.
    pub fn parameters(&self) -> usize {
        count(&self.tensor_shapes())
    }

    /// The number of latents; 0 for a profile.
    pub fn latents(&self) -> usize {
        match self {
            Architecture::Autoencoder(config) => config.latents(),
            Architecture::Decoder(config) => config.latents,
            Architecture::Profile(_) => 0,
        }
    }

    /// The width of a frame that comes out; 1 for a profile, whose frames are samples.
    pub fn outputs(&self) -> usize {
        match self {
            Architecture::Autoencoder(config) => config.outputs(),
            Architecture::Decoder(config) => config.outputs(),
            Architecture::Profile(_) => 1,
        }
    }

    /// How many numbers the decoder is told beside the latents; 0 without conditioning.
    pub fn condition(&self) -> usize {
        match self {
            Architecture::Autoencoder(config) => config.condition,
            Architecture::Decoder(config) => config.condition,
            Architecture::Profile(_) => 0,
        }
    }

    /// The widths from the input to the output; of a profile the signals in and out.
    pub fn widths(&self) -> Vec<usize> {
        let (first, layers) = match self {
            Architecture::Autoencoder(config) => (config.inputs, &config.layers),
            Architecture::Decoder(config) => (config.code(), &config.layers),
            Architecture::Profile(config) => return vec![config.signals().0, config.signals().1],
        };
        std::iter::once(first).chain(layers.iter().map(|layer| layer.outputs)).collect()
    }
}
