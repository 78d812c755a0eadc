//! Autoencoders of spectra that learn: as a burn module ([`autoencoder::Autoencoder`], any device,
//! gradients by burn's autodiff) and as a pass written by hand for the CPU ([`cpu::CpuLearner`],
//! the same gradients without a graph). [`export`] turns what was learned into a model file, and
//! refuses to do so when the real-time form of `nfx-core` disagrees with it.
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
//! | [`latents`] | what each latent does, in numbers |
//! | [`words`] | and in words |
//! | [`instrument`] | model files of instruments: sliders in words, the map, the decoder alone |
//! | [`export`] | to and from model files, with the parity check |

pub mod autoencoder;
pub mod between;
pub mod cpu;
pub mod export;
pub mod init;
pub mod instrument;
pub mod latents;
pub mod learner;
pub mod loss;
pub mod stft;
pub mod words;
