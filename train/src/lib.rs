//! The trainer: corpora, training, evaluation, reports and offline rendering for the suite's
//! models.
//!
//! | module | what it holds |
//! |---|---|
//! | [`audio`], [`synth`], [`frames`], [`corpus`] | sound, and the frames that networks learn from |
//! | [`pitch`] | the note of a sound, heard or read in its file's name |
//! | [`baseline`] | zero output, mean frame and PCA: what gives a figure its meaning |
//! | [`training_loop`] | the loop that every training goes through |
//! | [`train`] | autoencoders: configuration, epochs, checkpoints, the run folder |
//! | [`directions`] | macros: directions in a latent space that do what their names say |
//! | [`words`] | what tells the latents of an effect apart |
//! | [`report`] | figures of a run and its HTML page |
//! | [`eval`], [`inspect`], [`render`] | what is done with a finished model |
//! | [`profile`] | profiles of effects: recordings, training, reports |
//! | [`phase`] | the phase of a sound thrown away and made again |
//! | [`hosting`] | CLAP effects as devices to profile |
//! | [`device`], [`cli`] | where it computes, and the command line |

#![deny(unsafe_code)]

pub mod audio;
pub mod baseline;
pub mod cli;
pub mod corpus;
pub mod decays;
pub mod device;
pub mod directions;
pub mod eval;
pub mod files;
pub mod frames;
pub mod hosting;
pub mod inspect;
pub mod level;
pub mod phase;
pub mod pitch;
pub mod profile;
pub mod render;
pub mod report;
pub mod synth;
pub mod train;
pub mod training_loop;
pub mod words;
