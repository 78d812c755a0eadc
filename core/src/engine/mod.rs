//! Engines: plain controls in real units go in with samples, samples come out.
//!
//! An engine is built off the audio thread, where it may fail and allocate; after that `process`
//! and `reset` never fail, allocate, lock or panic. Everything in here works at fixed positions in
//! model-rate samples, never "per callback", so that the host's block size cannot be heard.

pub mod anne;
mod bridge;
pub mod canne;
mod interface;
mod offline;
pub mod profiler;
mod timeline;

pub use interface::{Engine, Io, NoEvent, Timed, pass_dry};
pub use offline::{normalise_whole, render};

use crate::signal::resample::RateError;
use crate::signal::stft::StftError;

/// Why an engine could not be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The host asks for a rate that no sound has.
    #[error(
        "expected a sample rate between 1 kHz and 768 kHz, found {found_hz} Hz; nothing was changed"
    )]
    SampleRate {
        /// The rate asked for.
        found_hz: f64,
    },
    /// Another channel count than the engine has.
    #[error("expected 1 or 2 channels, found {found}; nothing was changed")]
    Channels {
        /// The count asked for.
        found: usize,
    },
    /// What was given cannot be played as an impulse response.
    #[error(
        "expected an impulse response of 1 or 2 channels, at most 10 s long, with sound in it, found {found}; nothing was changed"
    )]
    Impulse {
        /// What was given instead.
        found: String,
    },
    /// The model's STFT is not valid.
    #[error(transparent)]
    Stft(#[from] StftError),
}

impl From<RateError> for EngineError {
    fn from(RateError { found_hz }: RateError) -> Self {
        EngineError::SampleRate { found_hz }
    }
}
