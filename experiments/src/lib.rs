//! The experiments behind `docs/results`, and what made the shipped models: what the authors of the
//! suite run, and no musician.
//!
//! The thesis is Colonel, *Autoencoding Neural Networks as Musical Audio Synthesizers* (2018).
//! Everything that trains, reads or plays is the trainer's ([`nfx_train`]); in here is only what
//! asks it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`anne`] | the thesis's chapter 3: tables and claims, and the midpoints of the shipped models |
//! | [`canne`] | the thesis's chapter 4, and what goes beyond it |
//! | [`phase`] | phase reconstruction beside its peers |
//! | [`samples`] | recorded notes as instruments |
//! | [`checks`] | the checks of recordings, judged |
//! | [`profiler`] | profiles beside NAM's trainer, the compressor and its rivals |
//! | [`trainings`] | trainings beside those of another program, and pairs that are made to break them |
//! | [`effects`] | devices that are at hand, and models of them: as the shipped compressor was made |
//! | [`cli`] | the command line |
//!
//! An experiment is a list of cells: one training each, stored as a JSON file when it is done and
//! as a checkpoint while it runs, so that a run that was killed goes on where it was. The document
//! is written from whatever cells are stored.

#![forbid(unsafe_code)]

pub mod anne;
mod between;
pub mod canne;
mod cells;
pub mod checks;
mod claims;
pub mod cli;
pub mod effects;
mod measure;
pub mod phase;
pub mod profiler;
pub mod samples;
mod tables;
pub mod trainings;
mod write;
