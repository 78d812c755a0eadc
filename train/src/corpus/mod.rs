//! Corpora: sounds from the synthesizer, from folders and from single-cycle waves, cut into frames and split by clip.
//!
//! A clip (one file, one improvisation, one group of neighbouring waves) lies in exactly one of the three sets, so a network is
//! never tested on the neighbours of frames that it has learned.

mod akwf;
mod build;
mod cache;
mod folder;
mod source;
mod spec;
mod split;

pub use spec::{CorpusSpec, Limits, SourceSpec};
pub use split::{Part, assign, quotas};

use crate::frames::FrameSet;

/// Three sets of frames and what is to be said about them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Corpus {
    /// Frames to train on.
    pub train: FrameSet,
    /// Frames that decide when to stop and which weights to keep.
    pub validation: FrameSet,
    /// Frames for reported figures only.
    pub test: FrameSet,
    /// Names of the sources, indexed by [`FrameSet::source_of`]: `synth`, `loops`, `notes`, `waves`, or a folder's name.
    pub sources: Vec<String>,
    /// One line for a model card: what the sounds are, how many clips and frames.
    pub description: String,
    /// Licence of the data.
    pub licence: String,
    /// Notices that a licence asks to be carried wherever a model made from the data goes.
    pub notices: Vec<String>,
    /// Sentences about files that were left out, and why.
    pub skipped: Vec<String>,
}
