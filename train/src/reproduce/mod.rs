//! The thesis's experiments, remade: Colonel, *Autoencoding Neural Networks as Musical Audio Synthesizers* (2018), chapter 3.
//!
//! An experiment is a list of cells: one training each, stored as a JSON file when it is done and as a checkpoint while it
//! runs, so that a run that was killed goes on where it was. The document is written from whatever cells are stored.

pub mod anne;
mod between;
pub mod canne;
mod cells;
pub mod checks;
mod claims;
mod measure;
pub mod phase;
pub mod profiler;
pub mod samples;
mod tables;
pub mod trainings;
mod write;

pub use anne::{AnneArgs, anne};
pub use canne::{CanneArgs, canne};
pub use checks::{ChecksArgs, checks};
pub use phase::{PhaseResultArgs, phase};
pub use profiler::{ProfilerArgs, profiler};
pub use samples::{SamplesArgs, samples};
pub use trainings::{TrainingsArgs, trainings};
