//! Spectral models: autoencoders of magnitude spectra, and their decoders alone.
//!
//! `config` says what a network looks like; `autoencoder` and `decoder` are its real-time forms;
//! `canne` is a decoder as an instrument plays it; the rest is what a card says of the latents.

mod architecture;
mod autoencoder;
mod canne;
mod card;
mod config;
mod decoder;
mod direction;
mod features;
mod instrument;
mod latent;

pub use architecture::Architecture;
pub use autoencoder::*;
pub use canne::{CanneModel, CanneScratch, LatentRange, MAX_INSTRUMENT_LATENTS, SETTLED_S, Told};
pub use card::{Spectral, SpectralCard};
pub use config::{
    AutoencoderConfig, DecoderConfig, LayerConfig, MAX_CONDITION, MAX_LAYERS, MAX_PARAMETERS,
    MAX_WIDTH,
};
pub use decoder::{Decoder, Part};
pub use direction::{DIRECTION_IDS, Direction, MACRO_NAMES, MACROS, MAX_DIRECTIONS};
pub use features::{FeatureBank, Features};
pub use instrument::{
    Course, InstrumentInfo, LEVEL_UNIT_DB, LatentPlane, MAX_MAP_POINTS, MapPoint, Scale,
};
pub use latent::LatentInfo;
