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
    total(shapes.iter().map(|(_, shape)| product(shape)))
}

/// The product of sizes, `usize::MAX` when it does not fit.
fn product(sizes: &[usize]) -> usize {
    sizes.iter().fold(1, |product, &size| product.saturating_mul(size))
}

/// The sum of sizes, `usize::MAX` when it does not fit.
fn total(sizes: impl IntoIterator<Item = usize>) -> usize {
    sizes.into_iter().fold(0, usize::saturating_add)
}
