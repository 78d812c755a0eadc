//! What a model file says to an instrument: the notes that its decoder was told, and a map of its sounds.

use super::ModelError;
use serde::{Deserialize, Serialize};

/// Most points of a map.
pub const MAX_MAP_POINTS: usize = 400;

/// The notes of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentInfo {
    /// The MIDI note (69 is A at 440 Hz) that the first number of the condition stands for.
    pub note_low: u8,
    /// The note of the last number.
    pub note_high: u8,
}

impl InstrumentInfo {
    /// Whether these are the notes of a condition of that many numbers.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self, condition: usize) -> Result<(), ModelError> {
        let Self { note_low, note_high } = *self;
        if note_low > note_high || note_high > 127 {
            return Err(ModelError::Config(format!(
                "expected a range of notes within 0 to 127, found {note_low} to {note_high}"
            )));
        }
        let notes = usize::from(note_high - note_low) + 1;
        if notes != condition {
            return Err(ModelError::Config(format!(
                "expected as many notes as the decoder has conditions, {condition}, found {notes} ({note_low} to {note_high})"
            )));
        }
        Ok(())
    }
}

/// One sound on a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapPoint {
    /// Place on the plane, first axis.
    pub x: f32,
    /// Place on the plane, second axis.
    pub y: f32,
    /// What sounds there ("Brass 3, C4").
    pub label: String,
    /// The latents of that sound, one each.
    pub latents: Vec<f32>,
}

/// The plane on which the latents of the training sounds lie farthest apart: their first two principal components.
///
/// A latent code `z` lies at `x = axes[0] · (z − mean)`, `y = axes[1] · (z − mean)`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LatentPlane {
    /// Mean of the latents over the training frames, one for each latent.
    pub mean: Vec<f32>,
    /// Two directions, one number for each latent. Of unit length and perpendicular to each other when every latent is
    /// counted in units of its own range; as they stand here the units are undone, so that `place` and `latents` agree.
    pub axes: [Vec<f32>; 2],
    /// The way back: what one step along each axis adds to the latents.
    pub back: [Vec<f32>; 2],
    /// Sounds to draw, at most [`MAX_MAP_POINTS`].
    pub points: Vec<MapPoint>,
}

impl LatentPlane {
    /// Where a latent code lies. Missing latents count as the mean.
    pub fn place(&self, latents: &[f32]) -> [f32; 2] {
        let along = |axis: &[f32]| {
            axis.iter().zip(latents.iter().zip(&self.mean)).map(|(a, (z, mean))| a * (z - mean)).sum::<f32>()
        };
        [along(&self.axes[0]), along(&self.axes[1])]
    }

    /// Moves a latent code to another place on the plane; what it is beside the plane stays as it is.
    pub fn moved(&self, latents: &[f32], to: [f32; 2]) -> Vec<f32> {
        let from = self.place(latents);
        let mut out = latents.to_vec();
        for (axis, (to, from)) in self.back.iter().zip(to.iter().zip(from)) {
            out.iter_mut().zip(axis).for_each(|(z, a)| *z += a * (to - from));
        }
        out
    }

    /// Whether the map fits a number of latents and holds only finite numbers.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self, latents: usize) -> Result<(), ModelError> {
        let rows = [&self.mean, &self.axes[0], &self.axes[1], &self.back[0], &self.back[1]];
        for row in rows.into_iter().chain(self.points.iter().map(|point| &point.latents)) {
            if row.len() != latents {
                return Err(ModelError::Config(format!(
                    "expected a map of {latents} latents, found {} numbers for them",
                    row.len()
                )));
            }
            if let Some(value) = row.iter().find(|value| !value.is_finite()) {
                return Err(ModelError::Config(format!("expected finite numbers in the map, found {value}")));
            }
        }
        if self.points.len() > MAX_MAP_POINTS {
            return Err(ModelError::Config(format!(
                "expected at most {MAX_MAP_POINTS} sounds on the map, found {}",
                self.points.len()
            )));
        }
        match self.points.iter().flat_map(|point| [point.x, point.y]).find(|value| !value.is_finite()) {
            Some(value) => Err(ModelError::Config(format!("expected finite places on the map, found {value}"))),
            None => Ok(()),
        }
    }
}
