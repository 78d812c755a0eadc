//! What the builder asks of a source: a list of clips, and the sound of each.

use anyhow::Result;

use super::akwf::Akwf;
use super::folder::Folder;
use super::notes::Notes;
use super::recorded::Recorded;
use super::{Part, SourceSpec};
use crate::synth::improvise::{self, Kind};

/// One clip before it is rendered.
pub(super) struct ClipInfo {
    /// Seconds, as far as known without decoding.
    pub seconds: f64,
    /// Name of its source in reports.
    pub label: String,
    /// Clips of one group (the notes of one patch, of one instrument) lie in the same set.
    pub group: Option<String>,
    /// The MIDI note that the clip is, where it is one note. Of such a clip only frames are taken
    /// that lie in it whole.
    pub note: Option<u8>,
    /// The set that the source wants it in; `None` leaves that to the split.
    pub part: Option<Part>,
}

impl ClipInfo {
    /// A clip that stands for itself.
    pub fn new(seconds: f64, label: &str) -> Self {
        ClipInfo { seconds, label: label.to_owned(), group: None, note: None, part: None }
    }
}

/// An opened source.
pub(super) trait Source: Sync {
    /// All clips, in a fixed order.
    fn clips(&self) -> &[ClipInfo];
    /// The mono sound of clip `i` at `rate` Hz. Called from several threads. A clip that fails is
    /// left out of the corpus, by [`Source::drop_lost`].
    fn render(&self, i: usize, rate: f64) -> Result<Vec<f32>>;
    /// For the description of the corpus.
    fn describe(&self) -> String;
    /// Licence of its sounds.
    fn licence(&self) -> String;
    /// Notice that the licence asks for.
    fn notice(&self) -> Option<String> {
        None
    }
    /// Sentences about files left out.
    fn skipped(&self) -> Vec<String> {
        Vec::new()
    }
    /// Whether a clip that cannot be rendered is left out; of other sources a failure is one of the
    /// whole.
    fn leaves_out(&self) -> bool {
        false
    }
    /// Takes the clips that could not be rendered out of the list, so that the others can be
    /// divided without them; [`Source::skipped`] names them from then on. Whether there were any.
    fn drop_lost(&mut self) -> bool {
        false
    }
    /// Whether the same fingerprint will give the same clips again; not when a file changed or
    /// vanished under way.
    fn is_settled(&self) -> bool {
        true
    }
    /// Whether its clips are notes whose course is to be learned: their frames know the time since
    /// the onset and their level.
    fn lives(&self) -> bool {
        false
    }
    /// Whatever beyond the specification decides what the clips hold (files, sizes, times): part of
    /// the cache's key.
    fn fingerprint(&self) -> String;
}

/// Opens a source.
pub(super) fn open(spec: &SourceSpec) -> Result<Box<dyn Source>> {
    Ok(match spec {
        SourceSpec::Synth { seed, minutes, clip_seconds, kind } => {
            Box::new(Synth::new(*seed, *minutes, *clip_seconds, *kind))
        }
        SourceSpec::Folder { path, kind, label, licence, part_seconds, notes } => {
            let mut folder = Folder::open(
                path,
                kind.as_deref(),
                label.as_deref(),
                licence.clone(),
                *part_seconds,
            )?;
            if *notes {
                folder.find_notes()?;
            }
            Box::new(folder)
        }
        SourceSpec::Notes { seed, patches, scale, seconds, harmonic } => {
            Box::new(Notes::new(*seed, *patches, *scale, *seconds, *harmonic))
        }
        SourceSpec::Recorded { path, transpose } => Box::new(Recorded::open(path, *transpose)?),
        SourceSpec::Akwf { path, seed, seconds } => Box::new(Akwf::open(path, *seed, *seconds)?),
    })
}

struct Synth {
    seed: u64,
    minutes: f64,
    kind: Kind,
    clips: Vec<ClipInfo>,
}

impl Synth {
    fn new(seed: u64, minutes: f64, clip_seconds: f64, kind: Kind) -> Self {
        let count = (minutes * 60.0 / clip_seconds).ceil().max(3.0) as usize;
        let clips = (0..count).map(|_| ClipInfo::new(clip_seconds, "synth")).collect();
        Synth { seed, minutes, kind, clips }
    }
}

impl Source for Synth {
    fn clips(&self) -> &[ClipInfo] {
        &self.clips
    }

    fn render(&self, i: usize, rate: f64) -> Result<Vec<f32>> {
        let seconds = self.clips[i].seconds;
        Ok(improvise::improvise(self.seed, i as u64, self.kind, seconds, rate))
    }

    fn describe(&self) -> String {
        format!(
            "{} minutes of the built-in synthesizer ({}, seed {})",
            self.minutes, self.kind, self.seed
        )
    }

    fn licence(&self) -> String {
        "built-in synthesizer: no rights reserved (CC0)".into()
    }

    fn fingerprint(&self) -> String {
        format!("synthesizer version {}", improvise::VERSION)
    }
}
