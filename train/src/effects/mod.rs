//! Effects to learn from: devices that turn sound into sound with knobs, and the music that is played through them.
//!
//! | module | what it holds |
//! |---|---|
//! | [`compressor`] | SignalTrain's four-knob compressor as a device |
//! | [`python`] | the effects of PyPI's `pedalboard`, in a process of their own |
//! | [`music`] | clips to play through a device, split into training, validation and test |
//! | [`train`] | a profile trained on a device that plays along |
//! | [`measure`] | ESR beside the best static gain, curves, attack and release times |
//!
//! What is in here is a *target*: no learner sees more of it than its output.

pub mod command;
pub mod compressor;
pub mod measure;
pub mod music;
pub mod python;
pub mod train;

use anyhow::Result;
use nfx_core::profile::KnobInfo;

/// Something that can be profiled while it is at hand: sound and a setting of its knobs in, sound out.
pub trait Device {
    /// For people.
    fn name(&self) -> String;

    /// Its knobs, 0 to 8.
    fn knobs(&self) -> Vec<KnobInfo>;

    /// What it makes of `input` at `rate_hz`, from rest, its knobs at `values` (in their own units). As long as the input.
    ///
    /// # Errors
    /// When the device does not answer.
    fn render(&mut self, input: &[f32], rate_hz: f64, values: &[f32]) -> Result<Vec<f32>>;
}

/// Values in the knobs' own units of normalised ones (-1 to 1).
pub fn values_of(knobs: &[KnobInfo], normalised: &[f32]) -> Vec<f32> {
    knobs.iter().zip(normalised).map(|(knob, n)| knob.value(*n)).collect()
}
