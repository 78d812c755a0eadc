//! The architectures of `nfx-core` as burn modules: training, losses, parity and export.
//!
//! A model is described once, by the configuration in `nfx_core::models::spectral`. Here it becomes something that learns: as a
//! burn module ([`autoencoder::Autoencoder`], any device, gradients by burn's autodiff) and as a hand-written pass for
//! the CPU ([`cpu::CpuLearner`], the same gradients without a graph). [`export`] turns what was learned into a model
//! file and refuses to do so when the real-time form of `nfx-core` disagrees with it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`autoencoder`] | the burn module |
//! | [`between`] | what the decoder learns of the midpoints between two sounds |
//! | [`init`] | starting weights: truncated normal, Xavier, He, PCA |
//! | [`learner`] | what one training step is: loss, L2, dropout, optimiser; the burn learner |
//! | [`cpu`] | the same step written by hand for the CPU |
//! | [`loss`] | mean squared error, mean absolute error, spectral convergence |
//! | [`stft`] | the STFT of `nfx_core::signal::stft` as differentiable burn operations |
//! | [`latents`] | what each latent does, in numbers and in words |
//! | [`instrument`] | model files of instruments: sliders in words, the map, the decoder alone |
//! | [`profile`] | models of effects: recurrent, convolutional; their losses |
//! | [`export`] | to and from model files, with the parity check |
//!
//! # A tiny network, trained
//!
//! ```
//! use nfx_core::models::spectral::AutoencoderConfig;
//! use nfx_core::nn::Activation;
//! use nfx_learn::cpu::CpuLearner;
//! use nfx_learn::init::{Init, weights};
//! use nfx_learn::learner::{Batch, Learner, Optimiser, StepConfig};
//! use nfx_learn::loss::Loss;
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

pub mod autoencoder;
pub mod between;
pub mod cpu;
pub mod export;
pub mod init;
pub mod instrument;
pub mod latents;
pub mod learner;
pub mod loss;
pub mod profile;
pub mod stft;
pub mod words;

use std::collections::BTreeMap;

/// Named tensors of a network, named and shaped as `AutoencoderConfig::tensor_shapes` says.
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

/// Deterministic random numbers for one purpose: the same `seed`, `stream` and `index` give the same numbers on every
/// machine, which is what makes a resumed training equal to one that was never stopped.
pub fn rng(seed: u64, stream: u64, index: u64) -> rand::rngs::StdRng {
    use rand::SeedableRng;
    let mut bytes = [0u8; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&stream.to_le_bytes());
    bytes[16..24].copy_from_slice(&index.to_le_bytes());
    rand::rngs::StdRng::from_seed(bytes)
}
