//! What a network is given beside the frames it is to give back: features for the encoder, notes
//! for the decoder.

use std::borrow::Cow;

use anyhow::{Result, ensure};
use nfx_core::models::spectral::{
    FeatureBank, Features, InstrumentInfo, LEVEL_UNIT_DB, SETTLED_S, Scale, Spectral,
};
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
    pub fn of_card(card: &Spectral, sample_rate_hz: f64) -> Self {
        SeenConfig { features: card.features, notes: card.instrument, sample_rate_hz }
    }

    /// How many numbers the decoder is told.
    pub fn condition(&self) -> usize {
        self.notes.map_or(0, |n| n.condition())
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
            n.validate(n.condition())?;
            ensure!(
                (n.scale.is_linear() && n.course.is_none()) || self.features.is_plain(),
                "expected plain magnitudes of notes that live, or of which roots are seen, found {}",
                self.features.name()
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
        Seen {
            bank: FeatureBank::new(config.features, bins, config.sample_rate_hz),
            config: *config,
            bins,
        }
    }

    /// Width of the encoder's input.
    pub fn width(&self) -> usize {
        self.bank.width()
    }

    /// How many numbers the decoder is told.
    pub fn condition(&self) -> usize {
        self.config.condition()
    }

    /// How many numbers the network gives for a frame: its magnitudes, and behind them the level of
    /// a note that lives.
    pub fn outputs(&self) -> usize {
        self.config.notes.map_or(self.bins, |n| n.outputs(self.bins))
    }

    /// Whether the network gives the magnitudes as they are, and nothing else.
    pub fn is_direct(&self) -> bool {
        self.scale().is_linear() && self.outputs() == self.bins
    }

    /// Whether the decoder is told times.
    pub fn lives(&self) -> bool {
        self.config.notes.is_some_and(|n| n.course.is_some())
    }

    fn scale(&self) -> Scale {
        self.config.notes.map_or(Scale::Linear, |n| n.scale)
    }

    /// Whether the encoder sees something else than the frames.
    pub fn widens(&self) -> bool {
        !self.config.features.is_plain() || !self.scale().is_linear()
    }

    /// Writes one frame as the encoder sees it, `[width]`.
    pub fn write(&self, frame: &[f32], out: &mut [f32]) {
        self.bank.write(frame, out);
        if !self.scale().is_linear() {
            out.iter_mut().for_each(|m| *m = self.scale().code(*m));
        }
    }

    /// Frames `[frame][bin]` as the encoder sees them, `[frame][width]`.
    pub fn input<'a>(&self, frames: &'a [f32]) -> Cow<'a, [f32]> {
        if !self.widens() {
            return Cow::Borrowed(frames);
        }
        let width = self.width();
        let mut out = vec![0.0; frames.len() / self.bins.max(1) * width];
        out.par_chunks_mut(width)
            .zip(frames.par_chunks(self.bins))
            .for_each(|(o, f)| self.write(f, o));
        Cow::Owned(out)
    }

    /// Writes what the network is to give for a frame of a level, `[outputs]`.
    pub fn row(&self, frame: &[f32], level_db: f32, out: &mut [f32]) {
        let scale = self.scale();
        out.iter_mut().zip(frame).for_each(|(o, m)| *o = scale.code(*m));
        if let Some(level) = out.get_mut(self.bins) {
            *level = level_db / LEVEL_UNIT_DB;
        }
    }

    /// The magnitudes `[frame][bin]` that outputs `[frame][outputs]` stand for.
    pub fn magnitudes<'a>(&self, outputs: &'a [f32]) -> Cow<'a, [f32]> {
        if self.is_direct() {
            return Cow::Borrowed(outputs);
        }
        let scale = self.scale();
        let rows = outputs.chunks_exact(self.outputs());
        Cow::Owned(
            rows.flat_map(|row| row[..self.bins].iter().map(|y| scale.magnitude(*y))).collect(),
        )
    }

    /// The levels in dB, `[frame]`, of outputs `[frame][outputs]`; none where the network gives
    /// none.
    pub fn levels_db(&self, outputs: &[f32]) -> Vec<f32> {
        let rows = outputs.chunks_exact(self.outputs());
        rows.filter_map(|row| row.get(self.bins)).map(|level| LEVEL_UNIT_DB * level).collect()
    }

    /// What the decoder is told of notes and of the seconds since their onset,
    /// `[frame][condition]`: a 1 at the note, nothing for a note outside the range; a time that is
    /// not a number counts as that of a note that has settled.
    pub fn told(&self, notes: impl Iterator<Item = (u8, f32)>, out: &mut Vec<f32>) {
        out.clear();
        let (Some(range), condition) = (self.config.notes, self.condition()) else { return };
        for (note, age_s) in notes {
            let from = out.len();
            out.resize(from + condition, 0.0);
            if (range.note_low..=range.note_high).contains(&note) {
                out[from + usize::from(note - range.note_low)] = 1.0;
            }
            if let Some(course) = range.course {
                let age_s = if age_s.is_nan() { SETTLED_S } else { age_s };
                course.write(age_s, &mut out[from + range.notes()..]);
            }
        }
    }

    /// A time for a frame that may be of any: the place of the course's axis at a share of it,
    /// seconds.
    pub fn time_at(&self, share: f32) -> f32 {
        self.config
            .notes
            .and_then(|n| n.course)
            .map_or(SETTLED_S, |c| c.time_s(share * f32::from(c.knots - 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nfx_core::models::spectral::Course;

    #[test]
    fn notes_become_one_hot_rows() {
        let notes = Some(InstrumentInfo::standing(60, 62));
        let seen = Seen::new(&SeenConfig { notes, ..SeenConfig::default() }, 4);
        let mut told = vec![9.0];
        seen.told([61, 60, 255, 62].into_iter().map(|note| (note, 0.0)), &mut told);
        assert_eq!(told, [0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!((seen.width(), seen.condition(), seen.widens()), (4, 3, false));
    }

    #[test]
    fn rows_of_notes_that_live_hold_roots_and_a_level_and_come_back() {
        let notes = InstrumentInfo {
            course: Some(Course::NOTE),
            scale: Scale::Root,
            ..InstrumentInfo::standing(60, 62)
        };
        let seen = Seen::new(&SeenConfig { notes: Some(notes), ..SeenConfig::default() }, 3);
        assert_eq!(
            (seen.width(), seen.condition(), seen.outputs(), seen.widens()),
            (3, 11, 4, true)
        );
        let frame = [0.25, 1.0, 0.0];
        assert_eq!(&*seen.input(&frame), [0.5, 1.0, 0.0]);
        let mut row = [9.0; 4];
        seen.row(&frame, -30.0, &mut row);
        assert_eq!(row, [0.5, 1.0, 0.0, -1.5]);
        assert_eq!(&*seen.magnitudes(&row), frame);
        assert_eq!(seen.levels_db(&row), [-30.0]);
        let mut told = Vec::new();
        seen.told([(61, 0.0), (62, 99.0)].into_iter(), &mut told);
        assert_eq!(told[..11], [0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!((told[13], told[21], told[14]), (1.0, 1.0, 0.0));
    }
}
