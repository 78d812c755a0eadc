//! ANNe's engine: each short-time spectrum passes an autoencoder, whose latents the controls
//! multiply.
//!
//! | file | what it holds |
//! |---|---|
//! | `engine` | the whole effect at the host's rate |
//! | `spectral` | what happens to one frame after another, at the model's rate |
//! | `player` | a model with the memory of one sound |
//! | `controls`, `glide`, [`split`] | what can be turned, how it is approached, and which latents a knob moves |
//! | `transfer`, `mending` | from latents to magnitudes, and phases where the input has none |
//! | `held` | the frozen frame |

mod controls;
mod engine;
mod glide;
mod held;
mod mending;
mod player;
mod spectral;
pub mod split;
mod transfer;

pub use controls::{AnneControls, GainPosition, StereoMode};
pub use engine::AnneEngine;
pub use held::HeldFrame;
pub use player::Player;
pub use split::{KNOBS, Split};
pub use transfer::ratio as transfer_ratio;

/// The last frame of an engine, for an editor to draw.
#[derive(Clone, Copy, Debug)]
pub struct FrameView<'a> {
    /// Frames played so far: changes when there is something new.
    pub index: u64,
    /// Latents after gains, morph and slew, mean over the channels: `[latents]`.
    pub latents: &'a [f32],
    /// Latents of the main sound before gains, mean over the channels: `[latents]`.
    pub raw_latents: &'a [f32],
    /// Magnitudes of the input's spectrum, the larger of the channels: `[bins]`; a full-scale sine
    /// is `fft_size / 4`.
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
