//! The sound of the suite: windows, the short-time Fourier transform, layers, models and engines.
//!
//! This crate knows no host, no editor, no files, no threads and no clock. Everything that can fail or allocate happens
//! while a thing is built; everything called `process` (or documented as *real-time safe*) does neither. The units stand in
//! the names (`_hz`, `_ms`, `_db`, `_samples`), the shapes in the docs (`[channel][frame]`).
//!
//! | module | what it holds |
//! |---|---|
//! | [`window`] | the analysis windows, each written once |
//! | [`random`] | the one generator of random numbers |
//! | [`stft`] | one STFT convention, streaming and offline |
//! | [`hear`] | what an ear would say of a sound, in figures |
//! | [`phase`] | phase reconstruction, in real time and offline |
//! | [`nn`] | allocation-free layers |
//! | [`model`] | configs, the model card, the model file and the playable forms |
//! | [`profile`] | learned models of audio effects, with knobs |
//! | [`nam`] | captures of other software: `.nam`, AIDA-X, Proteus |
//! | [`scala`] | scales and keyboard mappings of the Scala program |
//! | [`sniff`] | what a wrong file is, for a sentence about it |
//! | [`engine`] | plain controls in real units to samples, one effect each |

pub mod engine;
pub mod hear;
pub mod model;
pub mod nam;
pub mod nn;
pub mod phase;
pub mod profile;
pub mod random;
pub mod scala;
pub mod sniff;
pub mod stft;
pub mod window;

pub use realfft::num_complex::Complex32;
