//! What a model file says to an instrument: the notes and times that its decoder is conditioned on,
//! and a map of its sounds.

use crate::file::ModelError;
use serde::{Deserialize, Serialize};

/// Most points of a map.
pub const MAX_MAP_POINTS: usize = 400;

/// Fewest and most knots of a [`Course`].
const KNOTS: std::ops::RangeInclusive<u8> = 2..=32;

/// Decibels that one unit of a decoder's level output stands for.
pub const LEVEL_UNIT_DB: f32 = 20.0;

/// How a decoder is conditioned on the time since a note's onset. Such a decoder also says how loud
/// the note is then: its output has one number more than the frame has magnitudes, the level in
/// units of [`LEVEL_UNIT_DB`], relative to the note's loudest moment.
///
/// The condition for the time is `knots` numbers behind those of the notes: all 0 but the two whose
/// knots the time lies between, which share 1 in proportion to its nearness. Knots lie evenly on
/// the axis
/// `ln(1 + t / onset_s)`, the first at the onset, the last at `end_s`; a later time counts as the
/// last. The axis is fine where a note's sound changes fast.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// Numbers of the condition that stand for times, 2 to 32.
    pub knots: u8,
    /// Seconds over which the axis is about straight, 0.001 to 1.
    pub onset_s: f32,
    /// Seconds at the last knot, above `onset_s`, at most 60.
    pub end_s: f32,
}

impl Course {
    /// The axis of the suite's own models: eight knots, 0 to 3.5 s, fine in the first 30 ms.
    pub const NOTE: Course = Course { knots: 8, onset_s: 0.03, end_s: 3.5 };

    /// Where a time lies on the axis, 0 to `knots - 1`. NaN counts as 0. Real-time
    /// safe.
    pub fn place(&self, age_s: f32) -> f32 {
        let age_s = if age_s > 0.0 { age_s.min(self.end_s) } else { 0.0 };
        f32::from(self.knots - 1) * (age_s / self.onset_s).ln_1p()
            / (self.end_s / self.onset_s).ln_1p()
    }

    /// The time at a place of the axis, seconds. Real-time safe.
    pub fn time_s(&self, place: f32) -> f32 {
        let share = place / f32::from(self.knots - 1);
        self.onset_s * (share * (self.end_s / self.onset_s).ln_1p()).exp_m1()
    }

    /// Writes the condition that stands for a time, `[knots]`. Real-time safe.
    pub fn write(&self, age_s: f32, out: &mut [f32]) {
        out.fill(0.0);
        let place = self.place(age_s);
        let below = (place as usize).min(usize::from(self.knots) - 2);
        let between = place - below as f32;
        if let Some([low, high]) = out.get_mut(below..below + 2) {
            (*low, *high) = (1.0 - between, between);
        }
    }

    fn validate(&self) -> Result<(), ModelError> {
        let Self { knots, onset_s, end_s } = *self;
        if KNOTS.contains(&knots)
            && (0.001..=1.0).contains(&onset_s)
            && end_s > onset_s
            && end_s <= 60.0
        {
            return Ok(());
        }
        Err(ModelError::Config(format!(
            "expected the times of a note on {} to {} knots up to 60 s, found {knots} knots, {onset_s} s and {end_s} s",
            KNOTS.start(),
            KNOTS.end()
        )))
    }
}

/// What stands in a network's frames for a magnitude.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// The magnitude itself.
    #[default]
    Linear,
    /// Its square root: a partial 40 dB below the loudest is then a tenth of it, and worth
    /// learning.
    Root,
}

impl Scale {
    /// Whether magnitudes stand as they are.
    pub fn is_linear(&self) -> bool {
        *self == Scale::Linear
    }

    /// What the network sees of a magnitude. Real-time safe.
    pub fn code(self, magnitude: f32) -> f32 {
        match self {
            Scale::Linear => magnitude,
            Scale::Root => magnitude.max(0.0).sqrt(),
        }
    }

    /// The magnitude that an output of the network stands for; what is below 0 counts as 0.
    /// Real-time safe.
    pub fn magnitude(self, output: f32) -> f32 {
        let output = output.max(0.0);
        match self {
            Scale::Linear => output,
            Scale::Root => output * output,
        }
    }
}

/// What a condition stands for, and how frames are written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstrumentInfo {
    /// The MIDI note (69 is A at 440 Hz) that the first number of the condition stands for.
    pub note_low: u8,
    /// The note of the last number.
    pub note_high: u8,
    /// How the decoder is conditioned on the time since the onset; `None` for a decoder whose notes
    /// stand still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<Course>,
    /// What the network sees and gives for a magnitude.
    #[serde(default, skip_serializing_if = "Scale::is_linear")]
    pub scale: Scale,
}

impl InstrumentInfo {
    /// Notes that stand still, of plain magnitudes.
    pub fn standing(note_low: u8, note_high: u8) -> Self {
        Self { note_low, note_high, course: None, scale: Scale::Linear }
    }

    /// How many notes there are.
    pub fn notes(&self) -> usize {
        usize::from(self.note_high.saturating_sub(self.note_low)) + 1
    }

    /// How many numbers the decoder is conditioned on: the notes, then the knots of the course.
    pub fn condition(&self) -> usize {
        self.notes() + self.course.map_or(0, |course| usize::from(course.knots))
    }

    /// How many numbers the decoder gives for a frame of `bins` magnitudes: with a course one more,
    /// the level.
    pub fn outputs(&self, bins: usize) -> usize {
        bins + usize::from(self.course.is_some())
    }

    /// Whether this is what a condition of that many numbers stands for.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self, condition: usize) -> Result<(), ModelError> {
        let Self { note_low, note_high, course, .. } = *self;
        if let Some(course) = course {
            course.validate()?;
        }
        if note_low > note_high || note_high > 127 {
            return Err(ModelError::Config(format!(
                "expected a range of notes within 0 to 127, found {note_low} to {note_high}"
            )));
        }
        if self.condition() != condition {
            let times = course.map_or(String::new(), |c| format!(" and {} knots of time", c.knots));
            return Err(ModelError::Config(format!(
                "expected as many notes as the decoder has conditions, {condition}, found {} ({note_low} to {note_high}){times}",
                self.notes()
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

/// The plane on which the latents of the training sounds lie farthest apart: their first two
/// principal components.
///
/// A latent code `z` lies at `x = axes[0] · (z − mean)`, `y = axes[1] · (z − mean)`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LatentPlane {
    /// Mean of the latents over the training frames, one for each latent.
    pub mean: Vec<f32>,
    /// Two directions, one number for each latent. Of unit length and perpendicular to each other
    /// when every latent is counted in units of its own range; as they stand here the units are
    /// undone, so that `place` and `latents` agree.
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
            axis.iter()
                .zip(latents.iter().zip(&self.mean))
                .map(|(a, (z, mean))| a * (z - mean))
                .sum::<f32>()
        };
        [along(&self.axes[0]), along(&self.axes[1])]
    }

    /// Moves a latent code to another place on the plane; what it is beside the plane stays as it
    /// is.
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
                return Err(ModelError::Config(format!(
                    "expected finite numbers in the map, found {value}"
                )));
            }
        }
        if self.points.len() > MAX_MAP_POINTS {
            return Err(ModelError::Config(format!(
                "expected at most {MAX_MAP_POINTS} sounds on the map, found {}",
                self.points.len()
            )));
        }
        match self
            .points
            .iter()
            .flat_map(|point| [point.x, point.y])
            .find(|value| !value.is_finite())
        {
            Some(value) => {
                Err(ModelError::Config(format!("expected finite places on the map, found {value}")))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_by_its_two_nearest_knots_and_comes_back() {
        let course = Course::NOTE;
        let mut told = [9.0; 8];
        for age in [0.0, 0.01, 0.1, 0.5, 3.5, 60.0, f32::NAN, -1.0] {
            course.write(age, &mut told);
            assert!(
                (told.iter().sum::<f32>() - 1.0).abs() < 1e-6
                    && told.iter().filter(|t| **t > 0.0).count() <= 2
            );
            let place: f32 = told.iter().enumerate().map(|(k, t)| k as f32 * t).sum();
            let known = if age > 0.0 { age.min(3.5) } else { 0.0 };
            assert!((course.time_s(place) - known).abs() < 1e-3 * (1.0 + known), "{age}");
        }
        course.write(0.0, &mut told);
        assert_eq!(told, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        course.write(9.0, &mut told);
        assert_eq!(told[7], 1.0);
    }

    #[test]
    fn a_card_of_before_is_read_as_notes_that_stand() {
        let old: InstrumentInfo =
            serde_json::from_str(r#"{"note_low":36,"note_high":96}"#).expect("an old card");
        assert_eq!(old, InstrumentInfo::standing(36, 96));
        assert_eq!((old.condition(), old.outputs(5)), (61, 5));
        assert_eq!(serde_json::to_string(&old).expect("text"), r#"{"note_low":36,"note_high":96}"#);
        let live = InstrumentInfo { course: Some(Course::NOTE), scale: Scale::Root, ..old };
        assert_eq!((live.condition(), live.outputs(5)), (69, 6));
        assert!(live.validate(69).is_ok() && live.validate(61).is_err());
        assert_eq!(Scale::Root.magnitude(Scale::Root.code(0.25)), 0.25);
        assert_eq!(Scale::Root.magnitude(-1.0), 0.0);
    }
}
