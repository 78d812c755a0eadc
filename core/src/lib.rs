//! The sound of the suite: windows, the short-time Fourier transform, layers, models and engines.
//!
//! This crate knows no host, no editor, no files, no threads and no clock. Everything that can fail or allocate happens
//! while a thing is built; everything called `process` (or documented as *real-time safe*) does neither. The units stand in
//! the names (`_hz`, `_ms`, `_db`, `_samples`), the shapes in the docs (`[channel][frame]`).
//!
//! The modules are floors; each uses only those above it in this table (`cargo xtask test` checks
//! it):
//!
//! | floor | what it holds |
//! |---|---|
//! | [`signal`] | windows, STFT, phase reconstruction, resampling, levels, random numbers |
//! | [`nn`] | allocation-free layers |
//! | [`mod@file`] | the model file: container, checksum, versions |
//! | [`models`] | one folder a kind of model: configs, cards and the playable forms |
//! | [`hear`] | what an ear would say of a sound, in figures |
//! | [`foreign`] | files of other software: `.nam`, AIDA-X, Proteus, Scala |
//! | [`engine`] | plain controls in real units to samples, one effect each |
//!
//! # ANNe offline
//!
//! ```
//! use nfx_core::engine::anne::{AnneControls, AnneEngine};
//! use nfx_core::engine::render;
//! use nfx_core::models::spectral::{AnneModel, AutoencoderConfig};
//! use nfx_core::models::ModelFile;
//! use nfx_core::signal::stft::StftConfig;
//! use nfx_core::signal::window::Window;
//!
//! // A network with random weights; `ModelFile::from_bytes` reads a trained one.
//! let stft = StftConfig::new(512, 128, Window::Hann)?;
//! let file = ModelFile::random(AutoencoderConfig::hybrid(stft.bins(), &[48, 16, 48]), stft, 44_100.0, 1);
//! let model = AnneModel::from_file(&file)?;
//!
//! let mut controls = AnneControls::default();
//! controls.latent_gains[..4].fill(1.5);
//! let sound: Vec<f32> = (0..44_100).map(|i| (i as f32 * 0.05).sin() * 0.3).collect();
//! let mut engine = AnneEngine::with_channels(model, 48_000.0, 1)?;
//! let played = render(&mut engine, |_| controls.clone(), &[sound.clone()], &[])?;
//! assert_eq!(played[0].len(), sound.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A `.nam` file
//!
//! ```
//! use nfx_core::engine::profiler::{ProfilerControls, ProfilerEngine};
//! use nfx_core::engine::render;
//! use nfx_core::models::effect::ProfileModel;
//!
//! // An LSTM of one unit, as a file of the `.nam` world holds it: gates, their biases, first state, and the head with its bias.
//! let weights = [0.5; 4 * 2 + 4 + 1 + 1 + 1 + 1].map(|weight: f64| weight.to_string()).join(",");
//! let nam = format!(
//!     r#"{{"version":"0.5.4","architecture":"LSTM","sample_rate":48000,
//!         "config":{{"num_layers":1,"input_size":1,"hidden_size":1}},"weights":[{weights}]}}"#
//! );
//! let capture = ProfileModel::from_bytes(nam.as_bytes())?;
//!
//! let guitar: Vec<f32> = (0..4_800).map(|i| (i as f32 * 0.02).sin() * 0.5).collect();
//! let mut engine = ProfilerEngine::new(capture, 48_000.0, 1)?;
//! assert_eq!(engine.latency_samples(), 0, "at its own rate a capture adds no latency");
//! let played = render(&mut engine, |_| ProfilerControls::default(), &[guitar.clone()], &[])?;
//! assert!(played[0] != guitar && played[0].iter().all(|sample| sample.is_finite()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(unsafe_code)]

pub mod engine;
pub mod file;
pub mod foreign;
pub mod hear;
pub mod models;
pub mod nn;
pub mod signal;

pub use realfft::num_complex::Complex32;
