//! Engines: plain controls in real units go in with samples, samples come out.
//!
//! An engine is built off the audio thread, where it may fail and allocate; after that `process` and `reset` never
//! fail, allocate, lock or panic. Everything in here works at fixed positions in model-rate samples, never "per
//! callback", so that the host's block size cannot be heard.

mod anne;
mod bridge;
pub mod canne;
mod controls;
mod convert;
mod dc_blocker;
mod glide;
mod held;
mod interface;
mod level;
mod loudness;
mod mending;
mod offline;
mod player;
pub mod profiler;
mod spectral;
pub mod split;
mod timeline;
mod transfer;

pub use anne::AnneEngine;
pub use controls::{AnneControls, GainPosition, StereoMode};
pub use held::HeldFrame;
pub use interface::{Engine, Io, NoEvent, Timed, pass_dry};
pub use level::{CEILING, CEILING_KNEE};
pub use offline::{normalise_whole, render};
pub use player::Player;
pub use split::{KNOBS, Split};
pub use transfer::ratio as transfer_ratio;

pub use crate::model::MAX_LATENTS;
use crate::stft::StftError;

/// Why an engine could not be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The host asks for a rate that no sound has.
    #[error("expected a sample rate between 1 kHz and 768 kHz, found {found_hz} Hz; nothing was changed")]
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
    /// What was given as an impulse response is none.
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

/// The last frame of an engine, for an editor to draw.
#[derive(Clone, Copy, Debug)]
pub struct FrameView<'a> {
    /// Frames played so far: changes when there is something new.
    pub index: u64,
    /// Latents after gains, morph and slew, mean over the channels: `[latents]`.
    pub latents: &'a [f32],
    /// Latents of the main sound before gains, mean over the channels: `[latents]`.
    pub raw_latents: &'a [f32],
    /// Magnitudes of the input's spectrum, the larger of the channels: `[bins]`; a full-scale sine is `fft_size / 4`.
    pub before: &'a [f32],
    /// Magnitudes after the model, likewise.
    pub after: &'a [f32],
    /// The rate at which the bins are spaced.
    pub sample_rate_hz: f64,
    /// Largest input sample of the last block after the input gain, linear.
    pub input_peak: f32,
    /// Largest output sample of the last block, linear.
    pub output_peak: f32,
}
