//! Phases for magnitudes that have none: phase reconstruction.
//!
//! A magnitude spectrogram says almost everything about a sound, but a sound can only be made from it with phases. The forms
//! here read them from the magnitudes themselves.

mod gradient;
mod heap;
mod integrate;
mod random;
mod relax;
mod rtpghi;

pub use rtpghi::Rtpghi;
