//! Models: what they are made of, and the forms that the engines play. One folder a kind.
//!
//! A model is defined once, by its config in its kind's folder. `nfx-learn` builds the trainable
//! form from it, [`ModelFile`] stores it with its weights, and the engines play the allocation-free
//! form of the same weights.
//!
//! | kind | what it is |
//! |---|---|
//! | [`spectral`] | autoencoders and decoders of magnitude spectra |
//! | [`effect`] | profiles: learned audio effects, with knobs |

pub mod effect;
mod file;
mod kind;
pub mod spectral;

pub use file::ModelFile;
pub use kind::{Kind, ModelCard, NetworkConfig};

/// The numbers in all tensors; `usize::MAX` when they do not fit.
fn count(shapes: &[(String, Vec<usize>)]) -> usize {
    let product =
        |shape: &[usize]| shape.iter().fold(1usize, |product, &size| product.saturating_mul(size));
    shapes.iter().fold(0, |sum, (_, shape)| sum.saturating_add(product(shape)))
}
