//! What is measured of an instrument's presets.

use super::effect::{dc_db, neighbours, peak_db};
use super::materials::{LEVEL_NOTES, MIDDLE, NOTES, RATE_HZ, note_hz};
use super::spectra::{narrow_centres, narrow_shares, print, shape, shape_distance};
use super::{Figures, Heard, INSTRUMENT};
use crate::measure::gated_loudness;

/// How far a band stands out of those around it when something whistles in it; breath fills them
/// all.
const PROMINENT_DB: f64 = 10.0;
/// So many bands to either side are those around it: half an octave.
const AROUND: usize = 12;
/// Partials up to this one can be told apart in bands of 1/24 octave.
const TOLD_APART: f64 = 16.0;
/// Half the width in octaves that a partial takes.
const PARTIAL: f64 = 1.5 / 24.0;
/// Of so many notes a band must be free of partials, or nothing can be said of it.
const FREE_NOTES: usize = 2;

/// The figures of all presets, whose takes are those of [`super::materials::played`].
pub fn measure(heard: &[Heard]) -> Vec<Figures> {
    let chords: Vec<f64> = heard.iter().map(|one| gated_loudness(&one.takes[0], RATE_HZ)).collect();
    let middle = median(&chords);
    let nearest =
        neighbours(heard, |one| one.takes[..=NOTES.len()].iter().map(|take| print(take)).collect());
    heard
        .iter()
        .zip(nearest)
        .zip(chords)
        .map(|((one, nearest), chord)| {
            let (whistle_hz, whistle_db) = whistle(one);
            let note_peaks = one.takes[1..=LEVEL_NOTES].iter().map(|take| peak_db(take.iter()));
            let off = |peak: f64| (peak - INSTRUMENT.note_peak_db.0).abs();
            Figures {
                name: one.name.clone(),
                tags: one.tags.clone(),
                loudness_lu: chord - middle,
                peak_db: peak_db(one.takes.iter().flatten()),
                dc_db: dc_db(one.takes.iter().flatten()),
                whistle_db,
                whistle_hz,
                jump_db: 0.0,
                nearest,
                moving_db: moving(one),
                note_peak_db: note_peaks.max_by(|a, b| off(*a).total_cmp(&off(*b))),
            }
        })
        .collect()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// The narrow band that stands out in every note without being a partial of it: frequency, and
/// level where it is quietest.
fn whistle(one: &Heard) -> (f64, f64) {
    let centres = narrow_centres();
    let notes = &one.takes[1..=NOTES.len()];
    let shares: Vec<Vec<f64>> = notes.iter().map(|take| narrow_shares(take, RATE_HZ)).collect();
    let mut loudest = (0.0, -300.0);
    for (band, hz) in centres.iter().enumerate() {
        let free = NOTES.iter().zip(&shares).filter(|(note, _)| is_free(*hz, note_hz(**note)));
        let levels: Vec<f64> = free
            .map(|(_, share)| {
                let around =
                    &share[band.saturating_sub(AROUND)..(band + AROUND + 1).min(share.len())];
                if share[band] - median(around) >= PROMINENT_DB { share[band] } else { -300.0 }
            })
            .collect();
        let quietest = levels.iter().copied().fold(f64::INFINITY, f64::min);
        if levels.len() >= FREE_NOTES && quietest > loudest.1 {
            loudest = (*hz, quietest);
        }
    }
    loudest
}

/// Whether no partial of a note can be in a band.
fn is_free(hz: f64, note_hz: f64) -> bool {
    let partial = (hz / note_hz).round().max(1.0);
    partial <= TOLD_APART && (hz / (note_hz * partial)).log2().abs() > PARTIAL
}

/// The most that a held note's shape changes by itself, with the touch, or with wheel, pressure and
/// slide, in decibels.
fn moving(one: &Heard) -> f64 {
    let middle = 1 + NOTES.iter().position(|note| *note == MIDDLE).unwrap_or(0);
    let (soft, hands) = (NOTES.len() + 1, NOTES.len() + 2);
    let at = |take: usize, from: f64| shape(&one.takes[take], RATE_HZ, from..from + 0.4);
    let early = at(middle, 0.15);
    let changes = [at(middle, 1.0), at(soft, 0.15), at(hands, 0.15)];
    changes.iter().map(|shape| shape_distance(&early, shape)).fold(0.0, f64::max)
}
