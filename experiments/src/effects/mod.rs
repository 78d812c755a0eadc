//! Effects to learn from: devices that turn sound into sound with knobs, and the music that is
//! played through them.
//!
//! | module | what it holds |
//! |---|---|
//! | [`compressor`] | SignalTrain's four-knob compressor as a device |
//! | [`python`] | the effects of PyPI's `pedalboard`, in a process of their own |
//! | [`music`] | clips to play through a device, split into training, validation and test |
//! | [`train`], [`drawn`], [`learner`] | a profile trained on a device that plays along, what is played, and what learns |
//! | [`measure`] | ESR beside the best static gain, curves, attack and release times |
//!
//! What is in here is a *target*: no learner sees more of it than its output.

pub mod command;
pub mod compressor;
pub mod drawn;
pub mod learner;
pub mod measure;
pub mod music;
pub mod python;
pub mod train;

pub use nfx_train::hosting::{Device, values_of};
