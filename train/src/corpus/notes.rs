//! Single notes of the built-in synthesizer as a source: one clip for each note of each patch.

use anyhow::Result;

use super::source::{ClipInfo, Source};
use crate::synth::patch::Patch;
use crate::synth::scales::{self, Scale};

/// The notes of a seed's patches.
pub(super) struct Notes {
    seed: u64,
    patches: Vec<u32>,
    notes: Vec<u8>,
    scale: Scale,
    seconds: f64,
    harmonic: bool,
    clips: Vec<ClipInfo>,
}

impl Notes {
    pub(super) fn new(seed: u64, count: usize, scale: Scale, seconds: f64, harmonic: bool) -> Self {
        let patches = scales::patches(seed, count, harmonic);
        let notes = scale.notes();
        let mut clips = Vec::with_capacity(patches.len() * notes.len());
        for &number in &patches {
            let group = Patch::numbered(number).label();
            clips.extend(notes.iter().map(|&note| ClipInfo {
                seconds,
                label: "notes".into(),
                group: Some(group.clone()),
                note: Some(note),
                part: None,
            }));
        }
        Notes { seed, patches, notes, scale, seconds, harmonic, clips }
    }
}

impl Source for Notes {
    fn clips(&self) -> &[ClipInfo] {
        &self.clips
    }

    fn render(&self, i: usize, rate: f64) -> Result<Vec<f32>> {
        let (patch, note) = (self.patches[i / self.notes.len()], self.notes[i % self.notes.len()]);
        Ok(scales::note(&Patch::numbered(patch), note, self.seconds, rate))
    }

    fn describe(&self) -> String {
        let what = match self.scale {
            Scale::FiveOctaves => "C major scales over five octaves",
            Scale::OneOctave => "C major scales over one octave",
            Scale::Chromatic => "chromatic notes from C2 to C7",
            Scale::Wide => "chromatic notes from E1 to C7",
        };
        let kind = if self.harmonic { "harmonic patches" } else { "patches" };
        format!(
            "{what} on {} {kind} of the built-in synthesizer (seed {})",
            self.patches.len(),
            self.seed
        )
    }

    fn licence(&self) -> String {
        "built-in synthesizer: no rights reserved (CC0)".into()
    }

    fn fingerprint(&self) -> String {
        format!("synthesizer notes version {}", scales::VERSION)
    }
}
