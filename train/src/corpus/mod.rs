//! Corpora: sounds from the synthesizer, from folders and from single-cycle waves, cut into frames
//! and split by clip.
//!
//! A clip (one file, one improvisation, one group of neighbouring waves) lies in exactly one of the
//! three sets, so a network is never tested on the neighbours of frames that it has learned.

mod akwf;
mod build;
mod cache;
mod course;
mod folder;
mod notes;
mod recorded;
mod source;
mod spec;
mod split;

pub use recorded::{RecordedNote, recorded_notes};
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
    /// Names of the sources, indexed by [`FrameSet::source_of`]: `synth`, `loops`, `notes`,
    /// `waves`, or a folder's name.
    pub sources: Vec<String>,
    /// One line for a model card: what the sounds are, how many clips and frames.
    pub description: String,
    /// Licence of the data.
    pub licence: String,
    /// Notices that a licence asks to be carried wherever a model made from the data goes.
    pub notices: Vec<String>,
    /// Sentences about files that were left out, and why.
    pub skipped: Vec<String>,
    /// What is known of each clip, indexed by [`FrameSet::clip_of`]; empty when no clip is a single
    /// note.
    pub clips: Vec<Clip>,
}

/// A clip that is one note.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Clip {
    /// The patch or instrument.
    pub group: String,
    /// Its MIDI note, or [`NO_NOTE`].
    pub note: u8,
}

/// Stands for the note of a frame that is not of a single note.
pub const NO_NOTE: u8 = 255;

/// Up to three reasons why nothing is left, for the end of a sentence.
fn reasons(skipped: &[String]) -> String {
    let more = if skipped.len() > 3 {
        format!(" (and {} more)", skipped.len() - 3)
    } else {
        String::new()
    };
    let first: Vec<&str> = skipped.iter().take(3).map(String::as_str).collect();
    if first.is_empty() { String::new() } else { format!(". {}{more}", first.join(" ")) }
}

impl Corpus {
    /// Leaves out every frame that is not of a single note in a range.
    ///
    /// # Errors
    /// When a set is empty then.
    pub fn keep_notes(&mut self, low: u8, high: u8) -> anyhow::Result<()> {
        for set in [&mut self.train, &mut self.validation, &mut self.test] {
            let keep: Vec<usize> = (0..set.note_of.len())
                .filter(|&i| (low..=high).contains(&set.note_of[i]))
                .collect();
            anyhow::ensure!(
                !keep.is_empty(),
                "expected single notes between MIDI {low} and {high} in every set, found none in one of them; \
                 sources with notes are notes:... and folder:PATH,notes=true"
            );
            if keep.len() < set.len() {
                *set = set.select(&keep);
            }
        }
        Ok(())
    }

    /// Writes the note of each frame into the sets, from what is known of the clips.
    fn label_notes(&mut self) {
        let mut groups: std::collections::BTreeMap<&str, u32> = std::collections::BTreeMap::new();
        let mut numbers = Vec::with_capacity(self.clips.len());
        for clip in &self.clips {
            let next = groups.len() as u32;
            numbers.push(*groups.entry(clip.group.as_str()).or_insert(next));
        }
        for set in [&mut self.train, &mut self.validation, &mut self.test] {
            set.group_of = if self.clips.is_empty() {
                Vec::new()
            } else {
                set.clip_of
                    .iter()
                    .map(|&c| numbers.get(c as usize).copied().unwrap_or(u32::MAX))
                    .collect()
            };
            set.note_of = if self.clips.is_empty() {
                Vec::new()
            } else {
                set.clip_of
                    .iter()
                    .map(|&c| self.clips.get(c as usize).map_or(NO_NOTE, |c| c.note))
                    .collect()
            };
        }
    }
}
