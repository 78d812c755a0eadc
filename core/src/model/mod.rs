//! Models: what they are made of, the file that holds them, and the forms that the engines play.
//!
//! A model is defined once, by its config in this module. `nfx-learn` builds the trainable form from it, [`ModelFile`] stores it
//! with its weights, and the engines play the allocation-free form of the same weights.
//!
//! To add an architecture: one file here with its config (serde, `validate`, `tensor_shapes`) and its real-time form, and
//! one variant of [`Architecture`]; the compiler then names every `match` that needs an arm.

mod autoencoder;
mod canne;
mod card;
mod config;
mod container;
mod decoder;
mod direction;
mod error;
mod features;
mod file;
mod instrument;
mod migrate;

pub use autoencoder::*;
pub use canne::{CanneModel, CanneScratch, LatentRange, MAX_INSTRUMENT_LATENTS, SETTLED_S, Told};
pub use card::{LatentInfo, ModelCard, Provenance};
pub use config::{
    Architecture, AutoencoderConfig, DecoderConfig, LayerConfig, MAX_CONDITION, MAX_LAYERS, MAX_PARAMETERS, MAX_WIDTH,
};
pub use decoder::Decoder;
pub use direction::{DIRECTION_IDS, Direction, MACRO_NAMES, MACROS, MAX_DIRECTIONS};
pub use error::ModelError;
pub use features::{FeatureBank, Features};
pub use file::{FORMAT_VERSION, MAX_HEADER_BYTES, ModelFile, Precision, Tensor, file_hash};
pub use instrument::{Course, InstrumentInfo, LEVEL_UNIT_DB, LatentPlane, MAX_MAP_POINTS, MapPoint, Scale};
