//! The architectures of `nfx-core` as burn modules: training, losses, parity and export.
//!
//! A model is described once, by its configuration in `nfx_core::models`. Here it becomes something
//! that learns; what was learned becomes a model file only when the real-time form of `nfx-core`
//! plays the same. One module a kind, as in core:
//!
//! | module | what it holds |
//! |---|---|
//! | [`spectral`] | autoencoders: the burn module, the same step by hand for the CPU, losses, export |
//! | [`effect`] | profiles: one folder a family, their losses and optimiser, export |
//!
//! # A tiny network, trained
//!
//! ```
//! use nfx_core::models::spectral::AutoencoderConfig;
//! use nfx_core::nn::Activation;
//! use nfx_learn::spectral::cpu::CpuLearner;
//! use nfx_learn::spectral::init::{Init, weights};
//! use nfx_learn::spectral::learner::{Batch, Learner, Optimiser, StepConfig};
//! use nfx_learn::spectral::loss::Loss;
//!
//! // Eight frames of twelve bins, each a peak of its own, through three latents.
//! let frames: Vec<f32> = (0..8).flat_map(|f| (0..12).map(move |bin| if bin == f + 2 { 1.0 } else { 0.1 })).collect();
//! let config = AutoencoderConfig::uniform(&[12, 3, 12], Activation::Linear, true);
//! let step = StepConfig { loss: Loss::Mse, l2: 0.0, dropout: 0.0, optimiser: Optimiser::Adam, variational: None };
//! let mut learner = CpuLearner::new(&config, &weights(&config, Init::Xavier, 1)?, step)?;
//! let mut losses = Vec::new();
//! for number in 0..300 {
//!     let batch = Batch { input: &frames, target: &frames, condition: &[], between: None, draw: (1, number) };
//!     losses.push(learner.step(1e-2, batch)?);
//! }
//! assert!(losses[299] < 0.7 * losses[0], "{} to {}", losses[0], losses[299]);
//! # Ok::<(), nfx_learn::LearnError>(())
//! ```

#![deny(unsafe_code)]

#[allow(unsafe_code)]
mod adam;
mod checkpoint;
pub mod effect;
pub mod spectral;

use std::collections::BTreeMap;

/// Named tensors of a network, named and shaped as its config's `tensor_shapes` says.
pub type Tensors = BTreeMap<String, nfx_core::file::Tensor>;

/// Why something in this crate could not be done.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// The model or its tensors do not fit together.
    #[error(transparent)]
    Model(#[from] nfx_core::file::ModelError),
    /// The STFT's configuration is not valid.
    #[error(transparent)]
    Stft(#[from] nfx_core::signal::stft::StftError),
    /// An argument has the wrong size or value.
    #[error("{0}")]
    Argument(String),
    /// The trained form and the real-time form of a model give different results.
    #[error(
        "expected the real-time form of the model to agree with the trained form to {allowed:e} of the output's norm, \
         found a difference of {found:e}; no model file was made"
    )]
    Parity {
        /// Largest difference that is allowed, relative to the norm of the output frame.
        allowed: f32,
        /// Largest difference that was found.
        found: f32,
    },
    /// burn could not read or write a record or a tensor.
    #[error("burn could not convert its state: {0}")]
    Burn(String),
}

/// Deterministic random numbers for one purpose: the same `seed`, `stream` and `index` give the
/// same numbers on every machine, which is what makes a resumed training equal to one that was
/// never stopped.
pub fn rng(seed: u64, stream: u64, index: u64) -> rand::rngs::StdRng {
    use rand::SeedableRng;
    let mut bytes = [0u8; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&stream.to_le_bytes());
    bytes[16..24].copy_from_slice(&index.to_le_bytes());
    rand::rngs::StdRng::from_seed(bytes)
}

/// The values of a named tensor.
pub(crate) fn named<'a>(
    tensors: &'a Tensors,
    name: &str,
    shape: &[usize],
) -> Result<&'a [f32], LearnError> {
    let found = tensors.get(name).ok_or_else(|| {
        LearnError::Argument(format!("expected a tensor named {name}, found none"))
    })?;
    if found.shape != shape || found.data.len() != shape.iter().product::<usize>() {
        return Err(LearnError::Argument(format!(
            "expected the tensor {name} with shape {shape:?}, found {:?}",
            found.shape
        )));
    }
    Ok(&found.data)
}

/// White noise from -1 to 1 for the tests.
#[cfg(test)]
pub(crate) fn noise(n: usize, mut seed: u32) -> Vec<f32> {
    (0..n)
        .map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}
