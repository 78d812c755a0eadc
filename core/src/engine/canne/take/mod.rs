//! A take: how one recorded note went, in numbers that the instrument plays.
//!
//! | file | what it does |
//! |---|---|
//! | `mod` | the numbers, and what they are at a time |
//! | `store` | the same as bytes, for projects and presets |
//! | `colour` | what they do to a decoded frame |
//! | `listen` | a recording to pitch, level, partials and noise |
//! | `fit` | these to takes, through a model |
//! | `vary` | a take to others like it |
//! | `likeness` | how far what is played is from a recording |

mod colour;
mod fit;
mod likeness;
mod listen;
mod store;
mod vary;

pub(super) use colour::Places;
pub use fit::{Candidate, Kind, candidates};
pub use likeness::log_spectral_distance;
pub use listen::{ListenError, Recording};
pub use store::TakeError;
pub use vary::mutate;

use super::SLIDERS;
use super::life;

/// Groups of partials that have a level of their own: each of the first sixteen, then four in an
/// octave.
pub(crate) const TONES: usize = 36;
/// Bands of noise.
pub(crate) const NOISES: usize = 16;
/// Seconds between two values of level and pitch.
pub(crate) const STEP_S: f32 = 0.012;
/// Most steps of a take: eight seconds.
pub(crate) const MOST_STEPS: usize = 667;
/// Most knots.
pub(crate) const MOST_KNOTS: usize = 128;

/// The timbre at one time of a take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Knot {
    /// Seconds since the onset.
    pub at_s: f32,
    /// How far each slider is from where the player puts it, in learned ranges.
    pub sliders: [f32; SLIDERS],
    /// What the decoder's partials lack, in dB, by group.
    pub tones_db: [f32; TONES],
    /// Power of the noise in each band over the loudness of the whole, in dB.
    pub noises_db: [f32; NOISES],
}

impl Knot {
    const STILL: Self = Self {
        at_s: 0.0,
        sliders: [0.0; SLIDERS],
        tones_db: [0.0; TONES],
        noises_db: [-96.0; NOISES],
    };

    /// The way from `self` to `other`, 0 to 1.
    fn towards(&self, other: &Self, way: f32) -> Self {
        let mut out = *self;
        let pairs = out.sliders.iter_mut().zip(&other.sliders);
        let pairs = pairs.chain(out.tones_db.iter_mut().zip(&other.tones_db));
        pairs
            .chain(out.noises_db.iter_mut().zip(&other.noises_db))
            .for_each(|(a, b)| *a += (b - *a) * way);
        out.at_s += (other.at_s - self.at_s) * way;
        out
    }
}

/// A part of a take that goes on forth and back while the key is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sustain {
    /// Its beginning, seconds since the onset.
    pub from_s: f32,
    /// Its end, behind the beginning.
    pub to_s: f32,
}

/// See the module's documentation. Made by [`candidates`], [`mutate`] and [`Take::from_bytes`].
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// The recording's pitch, as MIDI counts notes. On that key the note sounds as recorded.
    root: f32,
    /// How much of tones and noise is heard, 0 to 1: with 0 the palette's own colours move along
    /// the take's course.
    colour: f32,
    sustain: Option<Sustain>,
    /// Loudness every [`STEP_S`], in dB below the loudest moment.
    level_db: Vec<f32>,
    /// Distance from the root every [`STEP_S`], in cents.
    cents: Vec<f32>,
    /// At least one, ascending in time, the first at 0.
    knots: Vec<Knot>,
    /// What the level falls by in a second behind its end, in dB; 0 stays.
    fall_db: f32,
}

impl Take {
    /// The recording's pitch, as MIDI counts notes. Real-time safe.
    pub fn root(&self) -> f32 {
        self.root
    }

    /// The part that goes on while the key is held; `None` for a note that dies away. Real-time
    /// safe.
    pub fn sustain(&self) -> Option<Sustain> {
        self.sustain
    }

    /// Seconds from the onset to the end of what was recorded. Real-time safe.
    pub fn seconds(&self) -> f32 {
        (self.level_db.len() - 1) as f32 * STEP_S
    }

    /// How much of tones and noise is heard.
    pub(super) fn colour(&self) -> f32 {
        self.colour
    }

    /// The take's time for a note's age: in its sustained part it goes forth and back.
    pub(super) fn time_s(&self, age_s: f32) -> f32 {
        match self.sustain {
            Some(Sustain { from_s, to_s }) if age_s > to_s => {
                let way = (age_s - from_s) % (2.0 * (to_s - from_s));
                from_s + way.min(2.0 * (to_s - from_s) - way)
            }
            _ => age_s,
        }
    }

    /// Gain of the level at a time of the take, 0 to 1.
    pub(super) fn gain(&self, time_s: f32) -> f32 {
        let db = at(&self.level_db, time_s) - self.fall_db * (time_s - self.seconds()).max(0.0);
        if self.fall_db > 0.0 {
            life::dying(db)
        } else {
            (db * (std::f32::consts::LN_10 / 20.0)).exp()
        }
    }

    /// Cents from the root at a time of the take.
    pub(super) fn cents(&self, time_s: f32) -> f32 {
        at(&self.cents, time_s)
    }

    /// The timbre at a time of the take.
    pub(super) fn knot(&self, time_s: f32) -> Knot {
        let after = self.knots.partition_point(|knot| knot.at_s <= time_s);
        match (
            after.checked_sub(1).and_then(|before| self.knots.get(before)),
            self.knots.get(after),
        ) {
            (Some(a), Some(b)) => {
                a.towards(b, ((time_s - a.at_s) / (b.at_s - a.at_s).max(1e-6)).clamp(0.0, 1.0))
            }
            (Some(knot), None) | (None, Some(knot)) => *knot,
            (None, None) => Knot::STILL,
        }
    }
}

/// A curve of [`STEP_S`] at a time; its ends beyond them.
fn at(curve: &[f32], time_s: f32) -> f32 {
    let place = (time_s / STEP_S).clamp(0.0, (curve.len().max(1) - 1) as f32);
    let below = place as usize;
    let here = curve.get(below).copied().unwrap_or(0.0);
    let next = curve.get(below + 1).copied().unwrap_or(here);
    here + (next - here) * (place - below as f32)
}

/// The take of a note in a voice: how much of it is heard, and which of its times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Playing<'a> {
    pub take: &'a Take,
    /// 0 to 1, above 0.
    pub amount: f32,
    /// Time of the take.
    pub time_s: f32,
    /// The note stands: its level is full.
    pub stands: bool,
}

impl<'a> Playing<'a> {
    /// A take in a note of this age; `None` where it is not heard.
    pub fn new(take: Option<&'a Take>, amount: f32, age_s: f32, stands: bool) -> Option<Self> {
        let take = take.filter(|_| amount > 0.0)?;
        Some(Self { take, amount, time_s: take.time_s(age_s), stands })
    }

    /// Semitones from the key.
    pub fn semitones(&self) -> f32 {
        0.01 * self.amount * self.take.cents(self.time_s)
    }

    /// Gain of the note's level.
    pub fn gain(&self) -> f32 {
        if self.stands { 1.0 } else { self.take.gain(self.time_s).powf(self.amount) }
    }
}
