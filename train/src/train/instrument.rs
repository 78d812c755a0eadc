//! From the weights of a training to the model file of an instrument.

use anyhow::Result;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::SpectralCard;
use nfx_learn::Tensors;
use nfx_learn::spectral::instrument::{Look, instrument_file};

use super::seen::Seen;
use crate::corpus::{Corpus, NO_NOTE};
use crate::frames::FrameSet;

/// Frames that the sliders are described by.
const LOOKED_AT: usize = 3_000;

/// Makes the file: sliders described over the ranges that the training frames use, and a map of
/// them.
///
/// # Errors
/// When network and frames do not fit together, or the real-time form disagrees.
pub fn model_file(
    card: SpectralCard,
    tensors: &Tensors,
    set: &FrameSet,
    corpus: &Corpus,
    seen: &Seen,
) -> Result<ModelFile> {
    let count = set.len().min(LOOKED_AT);
    let rows: Vec<usize> = (0..count).map(|i| i * set.len() / count).collect();
    let target: Vec<f32> = rows.iter().flat_map(|&i| set.frame(i).iter().copied()).collect();
    let notes: Vec<u8> =
        rows.iter().map(|&i| set.note_of.get(i).copied().unwrap_or(NO_NOTE)).collect();
    let mut condition = Vec::new();
    seen.told(rows.iter().map(|&i| told(set, i, seen)), &mut condition);
    let bin_hz = card.sample_rate_hz / card.kind.stft.fft_size as f64;
    let bin_of = |note: u8| (440.0 * ((f64::from(note) - 69.0) / 12.0).exp2() / bin_hz) as f32;
    let fundamental: Vec<f32> =
        notes.iter().map(|&n| if n == NO_NOTE { 0.0 } else { bin_of(n) }).collect();
    let labels: Vec<String> =
        rows.iter().zip(&notes).map(|(&i, &note)| label(set, corpus, i, note)).collect();
    let input = seen.input(&target);
    let look = Look {
        input: &input,
        target: &target,
        condition: &condition,
        fundamental: &fundamental,
        labels: &labels,
        bin_hz,
    };
    Ok(instrument_file(card, tensors, &look)?)
}

/// The note and the time that a frame is looked at with: one that may be of any time gets one of
/// each in turn.
fn told(set: &FrameSet, index: usize, seen: &Seen) -> (u8, f32) {
    let (note, age_s) = set.told(index);
    let share = (index as f32 * 0.618_034).fract();
    (note, if seen.lives() && age_s.is_nan() { seen.time_at(share) } else { age_s })
}

/// What a frame is, for the map.
fn label(set: &FrameSet, corpus: &Corpus, index: usize, note: u8) -> String {
    let clip = set.clip_of.get(index).and_then(|&c| corpus.clips.get(c as usize));
    let Some(clip) = clip else {
        return corpus.sources.get(usize::from(set.source_of[index])).cloned().unwrap_or_default();
    };
    let group = clip.group.rsplit('/').next().unwrap_or_default();
    // "patch 17: lead (subtractive)" becomes "lead 17".
    let name = group
        .strip_prefix("patch ")
        .and_then(|rest| rest.split_once(": "))
        .map(|(number, what)| format!("{} {number}", what.split(' ').next().unwrap_or(what)))
        .unwrap_or_else(|| group.to_owned());
    if note == NO_NOTE { name } else { format!("{name}, {}", note_name(note)) }
}

/// The name of a MIDI note, 60 being C4.
pub fn note_name(note: u8) -> String {
    const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
    format!("{}{}", NAMES[usize::from(note % 12)], i32::from(note / 12) - 1)
}
