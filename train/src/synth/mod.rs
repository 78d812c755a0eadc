//! A virtual-analogue synthesizer and a player that improvises on it: the stand-in for the thesis's
//! hour of MicroKORG.
//!
//! Everything follows from a seed, bit for bit on the same machine. Nothing here is meant for an
//! audio thread.

pub mod drums;
pub mod dsp;
mod effects;
pub mod factory;
pub mod improvise;
mod music;
pub mod patch;
pub mod pluck;
pub mod scales;
mod voice;

pub use patch::{Family, Patch};
pub use voice::{Note, render, render_note};
