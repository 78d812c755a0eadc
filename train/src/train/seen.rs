//! What a network is given beside the frames it is to give back: features for the encoder, notes for the decoder.

use std::borrow::Cow;

use anyhow::{Result, ensure};
use nfx_core::model::{FeatureBank, Features, InstrumentInfo, ModelCard};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Features and notes, as a configuration says them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SeenConfig {
    /// What is appended to a frame before it is encoded.
    #[serde(default)]
    pub features: Features,
    /// The notes that the decoder is told, one number for each; `None`: it is told nothing.
    #[serde(default)]
    pub notes: Option<InstrumentInfo>,
    /// The sample rate that the mel bands of MFCCs are laid out for, in Hz.
    #[serde(default)]
    pub sample_rate_hz: f64,
}

impl SeenConfig {
    /// Whether the network sees frames and nothing else.
    pub fn is_plain(&self) -> bool {
        self.features.is_plain() && self.notes.is_none()
    }

    /// What a model's card says.
    pub fn of_card(card: &ModelCard) -> Self {
        SeenConfig { features: card.features, notes: card.instrument, sample_rate_hz: card.sample_rate_hz }
    }

    /// How many numbers the decoder is told.
    pub fn condition(&self) -> usize {
        self.notes.map_or(0, |n| usize::from(n.note_high.saturating_sub(n.note_low)) + 1)
    }

    /// Checks every value.
    ///
    /// # Errors
    /// A sentence about the first that cannot be.
    pub fn validate(&self) -> Result<()> {
        if let Some(n) = self.notes {
            ensure!(
                n.note_low <= n.note_high && n.note_high <= 127,
                "expected a range of notes within 0 to 127, found {} to {}",
                n.note_low,
                n.note_high
            );
        }
        ensure!(
            self.features != Features::Mfcc || self.sample_rate_hz > 0.0,
            "expected a sample rate above 0 Hz for MFCCs, found {}",
            self.sample_rate_hz
        );
        Ok(())
    }
}

/// Makes what the network is given.
#[derive(Clone, Debug)]
pub struct Seen {
    bank: FeatureBank,
    config: SeenConfig,
    bins: usize,
}

impl Seen {
    /// For frames of `bins` magnitudes.
    pub fn new(config: &SeenConfig, bins: usize) -> Self {
        Seen { bank: FeatureBank::new(config.features, bins, config.sample_rate_hz), config: *config, bins }
    }

    /// Width of the encoder's input.
    pub fn width(&self) -> usize {
        self.bank.width()
    }

    /// How many numbers the decoder is told.
    pub fn condition(&self) -> usize {
        self.config.condition()
    }

    /// Whether the encoder sees more than the frames.
    pub fn widens(&self) -> bool {
        !self.config.features.is_plain()
    }

    /// Writes one frame as the encoder sees it, `[width]`.
    pub fn write(&self, frame: &[f32], out: &mut [f32]) {
        self.bank.write(frame, out);
    }

    /// Frames `[frame][bin]` as the encoder sees them, `[frame][width]`.
    pub fn input<'a>(&self, frames: &'a [f32]) -> Cow<'a, [f32]> {
        if !self.widens() {
            return Cow::Borrowed(frames);
        }
        let width = self.width();
        let mut out = vec![0.0; frames.len() / self.bins.max(1) * width];
        out.par_chunks_mut(width).zip(frames.par_chunks(self.bins)).for_each(|(o, f)| self.bank.write(f, o));
        Cow::Owned(out)
    }

    /// What the decoder is told of notes, `[frame][condition]`: a 1 at the note, nothing for a note outside the range.
    pub fn told(&self, notes: impl Iterator<Item = u8>, out: &mut Vec<f32>) {
        out.clear();
        let (Some(range), condition) = (self.config.notes, self.condition()) else { return };
        for note in notes {
            let from = out.len();
            out.resize(from + condition, 0.0);
            if (range.note_low..=range.note_high).contains(&note) {
                out[from + usize::from(note - range.note_low)] = 1.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_become_one_hot_rows() {
        let notes = Some(InstrumentInfo { note_low: 60, note_high: 62 });
        let seen = Seen::new(&SeenConfig { notes, ..SeenConfig::default() }, 4);
        let mut told = vec![9.0];
        seen.told([61, 60, 255, 62].into_iter(), &mut told);
        assert_eq!(told, [0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!((seen.width(), seen.condition(), seen.widens()), (4, 3, false));
    }
}
