//! How a note lives: the time since its onset, as fast as the player wants it, and the level that
//! goes with it.

use crate::models::spectral::{CanneModel, SETTLED_S};

/// Below this pace a note that begins stands.
const STANDS: f32 = 0.005;
/// Time goes on counting to here behind the last time that a model knows; a note that dies away is
/// silent long before.
const LONGEST_S: f64 = 600.0;
/// A level that falls by less than this in a second stays where it is at the last time that the
/// model knows.
const DIES_DB_PER_S: f32 = 1.0;
/// From here to the second, in dB, a level fades to silence: what a decoder gives for a note that
/// has died away is not exact.
const GONE_DB: (f32, f32) = (-54.0, -62.0);

/// The time of one voice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Life {
    /// Seconds of the recording's time since the onset.
    age_s: f64,
    /// It began without a pace: it stands at full level.
    stands: bool,
    /// Time and level that were heard first behind the middle of what the model knows; the time 0
    /// before.
    middle: (f32, f32),
    /// What the level falls by in a second behind the last time that the model knows, in dB.
    fall_db: f32,
}

impl Life {
    /// A note that stands.
    pub const STANDING: Self =
        Self { age_s: SETTLED_S as f64, stands: true, middle: (0.0, 0.0), fall_db: 0.0 };

    /// A note that begins, with a pace of 0 (stands) to 4. Real-time safe.
    pub fn begin(pace: f32) -> Self {
        if pace < STANDS {
            Self::STANDING
        } else {
            Self { age_s: 0.0, stands: false, ..Self::STANDING }
        }
    }

    /// Time goes on. A note that began without a pace goes on standing; with a pace of 0 any note
    /// does. Real-time safe.
    pub fn step(&mut self, pace: f32, seconds: f64) {
        if !self.stands {
            self.age_s = (self.age_s + f64::from(pace) * seconds).min(LONGEST_S);
        }
    }

    /// What the decoder is conditioned on. Real-time safe.
    pub fn age_s(&self) -> f32 {
        self.age_s as f32
    }

    /// The gain of a note of a model at this time, 0 to about 1, from the level that was decoded
    /// with it. Real-time safe.
    ///
    /// Behind the last time that the model knows the level goes on falling as it fell before.
    pub fn gain(&mut self, model: &CanneModel, level_db: f32) -> f32 {
        let Some(course) = model.course().filter(|_| !self.stands) else { return 1.0 };
        let age_s = self.age_s();
        let beyond_s = age_s - course.end_s;
        if beyond_s < 0.0 {
            if age_s < 0.5 * course.end_s || self.middle.0 == 0.0 {
                self.middle =
                    if age_s < 0.5 * course.end_s { (0.0, 0.0) } else { (age_s, level_db) };
            }
            let (since_s, then_db) = self.middle;
            let fall_db = (then_db - level_db) / (age_s - since_s).max(1e-3);
            self.fall_db = if since_s > 0.0 && fall_db > DIES_DB_PER_S { fall_db } else { 0.0 };
        }
        let db = level_db - self.fall_db * beyond_s.max(0.0);
        dying(db)
    }

    /// Whether it began without a pace. Real-time safe.
    pub fn stands(&self) -> bool {
        self.stands
    }
}

/// The gain of a level that dies away, in dB: near its end it fades to silence. Real-time safe.
pub(super) fn dying(db: f32) -> f32 {
    let fade = ((db - GONE_DB.1) / (GONE_DB.0 - GONE_DB.1)).clamp(0.0, 1.0);
    (db * (std::f32::consts::LN_10 / 20.0)).exp() * fade
}
