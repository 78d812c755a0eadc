//! Models: what they are made of, and the forms that the engines play. One folder a kind.
//!
//! A model is defined once, by its config in its kind's folder. `nfx-learn` builds the trainable form from it, [`ModelFile`] stores it
//! with its weights, and the engines play the allocation-free form of the same weights.
//!
//! | kind | what it is |
//! |---|---|
//! | [`spectral`] | autoencoders and decoders of magnitude spectra |
//! | [`effect`] | profiles: learned audio effects, with knobs |

mod architecture;
mod card;
pub mod effect;
mod file;
pub mod spectral;

pub use architecture::Architecture;
pub use card::ModelCard;
pub use file::ModelFile;
