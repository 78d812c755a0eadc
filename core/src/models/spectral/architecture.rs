//! Which network a spectral model is.

use super::{AutoencoderConfig, DecoderConfig};
use crate::file::ModelError;
use serde::{Deserialize, Serialize};

/// The kind of a network and its config. In JSON the config's fields stand beside `"kind"`.
///
/// A new architecture is a new variant with its own config; every `match` below then asks for its
/// arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Architecture {
    /// A fully connected autoencoder of magnitude spectra.
    Autoencoder(AutoencoderConfig),
    /// The decoder of such an autoencoder, without its encoder.
    Decoder(DecoderConfig),
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
    /// Those that this version can load, as they stand in a file.
    pub const NAMES: [&'static str; 2] = ["autoencoder", "decoder"];

    /// The config of an autoencoder.
    ///
    /// # Errors
    /// [`ModelError::Config`] when it is only a decoder.
    pub fn autoencoder(&self) -> Result<&AutoencoderConfig, ModelError> {
        match self {
            Architecture::Autoencoder(config) => Ok(config),
            Architecture::Decoder(_) => Err(ModelError::Config(
                "expected a whole autoencoder, found a decoder without its encoder".to_owned(),
            )),
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
        }
    }

    /// The name and the shape of every tensor.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        match self {
            Architecture::Autoencoder(config) => config.tensor_shapes(),
            Architecture::Decoder(config) => config.tensor_shapes(),
        }
    }

    /// The number of latents.
    pub fn latents(&self) -> usize {
        match self {
            Architecture::Autoencoder(config) => config.latents(),
            Architecture::Decoder(config) => config.latents,
        }
    }

    /// The width of a frame that comes out.
    pub fn outputs(&self) -> usize {
        match self {
            Architecture::Autoencoder(config) => config.outputs(),
            Architecture::Decoder(config) => config.outputs(),
        }
    }

    /// How many numbers the decoder is conditioned on beside the latents; 0 for none.
    pub fn condition(&self) -> usize {
        match self {
            Architecture::Autoencoder(config) => config.condition,
            Architecture::Decoder(config) => config.condition,
        }
    }

    /// The widths from the input to the output.
    pub fn widths(&self) -> Vec<usize> {
        let (first, layers) = match self {
            Architecture::Autoencoder(config) => (config.inputs, &config.layers),
            Architecture::Decoder(config) => (config.code(), &config.layers),
        };
        std::iter::once(first).chain(layers.iter().map(|layer| layer.outputs)).collect()
    }
}
