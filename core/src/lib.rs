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
//!
//! # ANNe offline
//!
//! ```
//! use nfx_core::engine::{AnneControls, AnneEngine, render};
//! use nfx_core::model::{AnneModel, AutoencoderConfig, ModelFile};
//! use nfx_core::stft::StftConfig;
//! use nfx_core::window::Window;
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
//! use nfx_core::profile::ProfileModel;
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
