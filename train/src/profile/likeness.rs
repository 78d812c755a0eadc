//! Whether a recording is one of a sound at all, and how late it comes to within a millisecond.
//!
//! Both sounds are whitened and correlated over every lag there is. What chance makes of such a
//! pair is measured with the sound played backwards: it has the same spectrum and the same rhythm,
//! and no recording is one of it. Three pairs are looked at, for devices answer in three ways:
//! sound with sound, the sound's size with sound (full-wave rectifiers, octave fuzz), and size with
//! size (ring modulators, what wanders in phase). Two halves of the sound, interleaved, must point
//! at the same lag.
//!
//! The first 40 seconds of both files are compared first. Where they do not answer, the liveliest
//! 40 seconds of each are looked for in all of the other, piece by piece: so any delay is found,
//! and no file is too long for memory.

use std::ops::Range;

use super::correlate::{Curve, Low, Spectra};
use super::edge::{both, lively};

/// Seconds that are looked at at once.
pub(super) const LOOK_S: f64 = 40.0;
/// Seconds that are looked at where a delay is given and the first look does not suffice.
const LONGER_S: f64 = 160.0;
/// A score of a pair from which on no other is looked at.
pub(super) const PLAIN: f64 = 30.0;
/// A score that is sure, and how many times as much another kind of answer must score then.
pub(super) const SURE: f64 = 2.0;
pub(super) const FAR: f64 = 3.0;
/// Lags of the sound's own answer that are kept.
const LEADS: usize = 6;
/// Seconds that those are apart at least.
const LEADS_APART_S: f64 = 0.002;
/// Below this a sound is silent.
const SILENT: f32 = 1e-3;
/// Seconds before the strongest answer in which an earlier one is looked for.
const EARLIER_S: f64 = 1.0;
/// How far a sound must stand out against itself played backwards for a recording of it to be told
/// from another.
const TELLING: f64 = 20.0;
/// What the score of one that hardly can is multiplied by.
const MILD: f64 = 1.6;

/// Which of the device's answers was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum By {
    /// The recording follows the sound.
    #[default]
    Sound,
    /// The recording follows the sound's size: a rectifier.
    Size,
    /// The recording's size follows the sound's.
    Sizes,
}

impl By {
    /// All three.
    pub const ALL: [By; 3] = [By::Sound, By::Size, By::Sizes];

    /// What chance gives at most in windows of the three widths, by pairs of another sound, of
    /// another take, and of a wrong rate.
    pub(super) fn chance(self, width: usize) -> f64 {
        match self {
            By::Sound => [3.3, 3.3, 2.0][width],
            By::Size => [5.0, 5.0, 2.5][width],
            By::Sizes => [2.5, 2.5, 2.0][width],
        }
    }

    /// What of the sound answers, and what of the recording: itself, or its size.
    pub(super) fn parts(self) -> (usize, usize) {
        match self {
            By::Sound => (0, 0),
            By::Size => (1, 0),
            By::Sizes => (1, 1),
        }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Likeness {
    /// Strength of the answer over what chance gives: above 1, the recording is one of this sound.
    pub score: f64,
    /// What answers.
    pub by: By,
    /// Lag in samples of the first answer, to within a millisecond.
    pub first: i64,
    /// Lag of the strongest.
    pub strongest: i64,
    /// Lags of sharp answers of all three kinds, where they are no chance.
    pub sharp: [Option<i64>; 3],
    /// Lags at which the sound itself answers most, whether by chance or not: of a steady sound
    /// that is no more certain.
    pub leads: [i64; LEADS],
    /// Whether the sound could tell at all: a single hit or a steady tone hardly can.
    pub telling: bool,
}

impl Likeness {
    /// The same, each lag that much later.
    fn later(mut self, by: i64) -> Self {
        self.first += by;
        self.strongest += by;
        self.leads.iter_mut().for_each(|l| *l += by);
        self.sharp.iter_mut().flatten().for_each(|l| *l += by);
        self
    }
}

/// Compares both sounds.
pub fn likeness(input: &[f32], target: &[f32], rate_hz: f64) -> Likeness {
    let found = beginnings(input, target, rate_hz);
    let found =
        if found.score < 1.0 { anywhere(input, target, rate_hz).unwrap_or(found) } else { found };
    judged(found, begin(input, rate_hz), rate_hz)
}

/// Compares both where a delay in samples is known.
pub fn likeness_at(input: &[f32], target: &[f32], rate_hz: f64, delay: i64) -> Likeness {
    let all = both(input, target, delay);
    let of = |seconds: f64| {
        let part = lively(input, all.clone(), (seconds * rate_hz) as usize);
        (compared_at(input, target, rate_hz, part.clone(), delay), part)
    };
    let (mut found, part) = of(LOOK_S);
    if found.score < 1.0 && all.len() > part.len() {
        let (again, _) = of(LONGER_S);
        found = if again.score > found.score { again } else { found };
    }
    judged(found, &input[part], rate_hz)
}

fn begin(sound: &[f32], rate_hz: f64) -> &[f32] {
    &sound[..sound.len().min((LOOK_S * rate_hz) as usize)]
}

/// Compares what both begin with.
pub(super) fn beginnings(input: &[f32], target: &[f32], rate_hz: f64) -> Likeness {
    compare(begin(input, rate_hz), begin(target, rate_hz), rate_hz, false)
}

/// Looks for the liveliest part of each sound in all of the other. `None`: all was seen with the
/// beginnings.
pub(super) fn anywhere(input: &[f32], target: &[f32], rate_hz: f64) -> Option<Likeness> {
    let look = (LOOK_S * rate_hz) as usize;
    if input.len().max(target.len()) <= look {
        return None;
    }
    // Pieces of two lengths, one begun in the middle of the last, hold each part of one length
    // whole.
    let pieces =
        |n: usize| (0..n.max(1)).step_by(look).map(move |from| from..(from + 2 * look).min(n));
    let (x, y) = (lively(input, 0..input.len(), look), lively(target, 0..target.len(), look));
    let in_target = pieces(target.len()).map(|there| (x.clone(), there));
    let in_input = pieces(input.len()).map(|there| (there, y.clone()));
    let mut best = Likeness::default();
    for (x, y) in in_target.chain(in_input) {
        let apart = y.start as i64 - x.start as i64;
        let found = compare(&input[x], &target[y], rate_hz, false).later(apart);
        if found.score > best.score {
            best = found;
        }
        if best.score >= PLAIN {
            break;
        }
    }
    best.score = best.score.min(confirmed(input, target, rate_hz, best.strongest));
    Some(best)
}

/// The lower score of the two halves that both sounds have in common at a delay: of many places
/// that are looked at some are alike by chance, or are the same passage.
fn confirmed(input: &[f32], target: &[f32], rate_hz: f64, delay: i64) -> f64 {
    let all = both(input, target, delay);
    let middle = (all.start + all.end) / 2;
    let sounding = |part: &[f32]| part.iter().any(|x| x.abs() > SILENT);
    [all.start..middle, middle..all.end]
        .into_iter()
        .filter(|half| sounding(&input[half.clone()]))
        .map(|half| {
            compared_at(
                input,
                target,
                rate_hz,
                lively(input, half, (LOOK_S * rate_hz) as usize),
                delay,
            )
            .score
        })
        .fold(f64::MAX, f64::min)
}

/// Compares a part of a sound with what was recorded of it at a delay.
fn compared_at(
    input: &[f32],
    target: &[f32],
    rate_hz: f64,
    part: Range<usize>,
    delay: i64,
) -> Likeness {
    let at = |i: usize| usize::try_from(i as i64 + delay).unwrap_or(0).min(target.len());
    compare(&input[part.clone()], &target[at(part.start)..at(part.end)], rate_hz, true).later(delay)
}

/// A sound that tells little is judged the milder.
pub(super) fn judged(mut found: Likeness, input: &[f32], rate_hz: f64) -> Likeness {
    found.telling = found.score >= 1.0 || telling(input, rate_hz);
    found.score *= if found.telling { 1.0 } else { MILD };
    found
}

/// Compares two sounds that are short; where they are `in_time`, only there.
pub(super) fn compare(input: &[f32], target: &[f32], rate_hz: f64, in_time: bool) -> Likeness {
    let (x, y) = (Low::new(input, rate_hz), Low::new(target, rate_hz));
    if x.parts[0].len() < 64 || y.parts[0].len() < 64 {
        return Likeness::default();
    }
    let spectra = Spectra::new(&x, &y, rate_hz);
    let by = x.by as i64;
    let mut best: Option<Curve> = None;
    let mut found = Likeness::default();
    for kind in By::ALL {
        for mut curve in spectra.curves(kind) {
            if in_time {
                curve.best = spectra.best_near(&curve);
            }
            if curve.width == 0 && curve.score() >= 1.0 {
                found.sharp[kind as usize] = Some(by * spectra.lag(curve.best));
            }
            if curve.width == 0 && kind == By::Sound && !in_time {
                let apart = (LEADS_APART_S * rate_hz) as i64 / by;
                found.leads = spectra.tops(&curve, apart).map(|l| by * l);
            }
            // Where the sound itself answers, another kind must say far more: a recording that
            // jumps is none of a rectifier.
            let more = |b: &Curve| if b.by != kind && b.score() >= SURE { FAR } else { 1.0 };
            if best.as_ref().is_none_or(|b| curve.score() > more(b) * b.score()) {
                best = Some(curve);
            }
        }
        if kind == By::Sound && best.as_ref().is_some_and(|b| b.score() >= PLAIN) {
            break;
        }
    }
    let Some(curve) = best else { return found };
    let earlier = (EARLIER_S * rate_hz) as i64 / by;
    found.score = curve.score();
    found.by = curve.by;
    found.strongest = by * spectra.lag(curve.best);
    found.first = if in_time { found.strongest } else { by * spectra.first(&curve, earlier) };
    found
}

/// Whether a sound can be told from itself played backwards.
fn telling(x: &[f32], rate_hz: f64) -> bool {
    let low = Low::new(x, rate_hz);
    if low.parts[0].len() < 64 {
        return false;
    }
    let [own, _, _] = Spectra::new(&low, &low, rate_hz).curves(By::Sound);
    own.energy[own.best] > TELLING * own.chance
}
