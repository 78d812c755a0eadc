//! From a listened-to recording to takes that an instrument plays. Not real-time safe.

use std::sync::Arc;

use super::super::controls::{Adsr, CanneControls};
use super::super::engine::CanneEngine;
use super::super::event::{Event, EventKind};
use super::super::pitch::Found;
use super::super::random::Random;
use super::super::reading::{Reader, Reading};
use super::super::work::hz;
use super::colour::{MOST_DB, Places};
use super::listen::{Heard, Lens, slope};
use super::{Knot, Recording, SLIDERS, STEP_S, Sustain, TONES, Take, log_spectral_distance};
use crate::file::ModelError;
use crate::models::spectral::{CanneModel, Part, Told};
use crate::nn::MAX_WIDE_COLUMNS;

/// Knots within this of the loudest moment say where the sliders are, dB.
const LOUD_DB: f32 = -24.0;
/// A take's sliders are at most this far from the player's, in learned ranges.
const MOST_AWAY: f32 = 1.0;
/// Where a note that dies away is held: as soon as it has fallen by so much, dB, and for so long,
/// seconds.
const HELD: (f32, f32) = (-4.0, 0.5);
/// What a held note falls by when it is plucked, dB a second.
const PLUCKED_DB: f32 = 24.0;
/// Release of notes that were held, and of those that die away, ms.
const RELEASE_MS: (f32, f32) = (180.0, 350.0);
/// Longest part of a recording that candidates are compared by, seconds.
const MOST_COMPARED_S: f64 = 3.0;

/// Seed of the search, and places in each of its rounds.
const SEARCH: (u64, usize) = (0xf1ad, 64);
/// How far from the best place the rounds look.
const SEARCH_REACH: [f32; 5] = [0.5, 0.5, 0.25, 0.12, 0.06];

/// Which way a recording was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// With all that was heard of it.
    Recorded,
    /// The palette's own colours on the recording's course.
    Palette,
    /// A note that dies away, held; or a held one, plucked.
    Turned,
    /// The sliders alone, as still as the palette has them.
    Still,
    /// Chance has changed it.
    Mutant,
}

/// A way to play a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Which.
    pub kind: Kind,
    /// What moves; `None` for sliders alone.
    pub take: Option<Take>,
    /// Where the sliders stand, 0 to 1 over the learned range.
    pub sliders: [f32; SLIDERS],
    /// The amplitude's envelope that leaves the level to the take.
    pub amp: Adsr,
    /// How fast the note lives.
    pub pace: f32,
    /// How far what it plays is from the recording, in dB of the log spectrum.
    pub distance_db: f32,
}

impl Candidate {
    /// The controls that it is played with; the rest is neutral.
    pub fn controls(&self) -> CanneControls {
        CanneControls {
            sliders: self.sliders,
            amp: self.amp,
            pace: self.pace,
            ..CanneControls::default()
        }
    }

    /// Plays the recording's own note and says how far the sound is from it. Allocates.
    pub(super) fn measure(&mut self, model: &Arc<CanneModel>, recording: &Recording) {
        let rate_hz = recording.rate_hz();
        let length = recording.sound().len().min((MOST_COMPARED_S * rate_hz) as usize);
        let played = self.play(model, recording, length);
        self.distance_db = log_spectral_distance(&recording.sound()[..length], &played, rate_hz);
    }

    /// The recording's own note as this candidate plays it, `length` samples at the recording's
    /// rate, in mono. Allocates.
    pub fn play(&self, model: &Arc<CanneModel>, recording: &Recording, length: usize) -> Vec<f32> {
        let Ok(mut engine) = CanneEngine::new(model.clone(), recording.rate_hz()) else {
            return Vec::new();
        };
        engine.set_take(self.take.clone().map(Arc::new));
        let controls = CanneControls { velocity_amount: 0.0, width: 0.0, ..self.controls() };
        let key = recording.root().round();
        let (note, semitones) = (key as u8, recording.root() - key);
        let events = [
            Event { at: 0, kind: EventKind::NoteOn { channel: 0, note, velocity: 1.0, id: 1 } },
            Event { at: 0, kind: EventKind::NoteTuning { channel: 0, note, id: 1, semitones } },
        ];
        let (mut left, mut right) = (vec![0.0; length], vec![0.0; length]);
        engine.process(&controls, &events, &mut left, &mut right);
        left.iter().zip(&right).map(|(l, r)| 0.5 * (l + r)).collect()
    }
}

/// Four ways to play a recording with a model, in the order of [`Kind`]. A model without its
/// encoder is searched for the place of its sliders that is nearest. Allocates, and takes some
/// tenths of a second.
///
/// # Errors
/// [`ModelError`] when the model's encoder refuses a frame of the recording, because it is of
/// another width.
pub fn candidates(
    model: &Arc<CanneModel>,
    recording: &Recording,
) -> Result<Vec<Candidate>, ModelError> {
    let places = if model.can_encode() {
        encoded(model, recording)?
    } else {
        vec![searched(model, recording); recording.heard.len()]
    };
    let sliders = middle(&places, recording).map(|place| place.clamp(0.0, 1.0));
    let mut knots: Vec<Knot> = recording
        .heard
        .iter()
        .zip(&places)
        .map(|(heard, place)| Knot {
            at_s: heard.at_s,
            sliders: std::array::from_fn(|i| (place[i] - sliders[i]).clamp(-MOST_AWAY, MOST_AWAY)),
            tones_db: [0.0; TONES],
            noises_db: heard.noises_db,
        })
        .collect();
    calm(&mut knots);
    let decoded = decoded(model, recording, &sliders, &knots);
    for ((knot, heard), powers) in knots.iter_mut().zip(&recording.heard).zip(&decoded) {
        knot.tones_db = lacking(&heard.powers, powers);
    }
    let recorded = Take {
        root: recording.root(),
        colour: 1.0,
        sustain: recording.sustain,
        level_db: level(&recording.level_db, recording.sustain),
        cents: recording.cents.clone(),
        knots,
        fall_db: recording.fall_db,
    };
    let palette = Take { colour: 0.0, ..recorded.clone() };
    let turned = turned(&recorded);
    let release_ms = |take: &Take| if take.sustain.is_some() { RELEASE_MS.0 } else { RELEASE_MS.1 };
    let open = |take: &Take| Adsr {
        attack_ms: 2.0,
        decay_ms: 400.0,
        sustain: 1.0,
        release_ms: release_ms(take),
    };
    let mut out = Vec::new();
    for (kind, take) in
        [(Kind::Recorded, recorded), (Kind::Palette, palette), (Kind::Turned, turned)]
    {
        let amp = open(&take);
        // What was made here is within the ranges of a take's bytes.
        let take = take.rounded().ok();
        out.push(Candidate { kind, take, sliders, amp, pace: 1.0, distance_db: 0.0 });
    }
    let still = Candidate { kind: Kind::Still, take: None, amp: Adsr::default(), ..out[0].clone() };
    out.push(still);
    out.iter_mut().for_each(|candidate| candidate.measure(model, recording));
    Ok(out)
}

/// Where the model's encoder has the recording at its knots, 0 to 1 over the learned ranges.
fn encoded(model: &CanneModel, recording: &Recording) -> Result<Vec<[f32; SLIDERS]>, ModelError> {
    let stft = model.card().kind.stft;
    let mut lens = Lens::new(stft.fft_size, recording.rate_hz(), stft.window);
    let code = |at_s: f32| {
        let frame = lens.look(recording.sound(), (f64::from(at_s) * recording.rate_hz()) as usize);
        let code = model.encode(frame)?;
        let place = |i: usize, z: f32| {
            (z - model.range(i).low) / (model.range(i).high - model.range(i).low)
        };
        Ok(std::array::from_fn(|i| code.get(i).map_or(0.5, |z| place(i, *z))))
    };
    recording.heard.iter().map(|heard| heard.at_s).map(code).collect()
}

/// The still place of the sliders whose partials are nearest to the recording's at three of its
/// times: the best of some places by chance, and of others ever nearer to the best.
fn searched(model: &CanneModel, recording: &Recording) -> [f32; SLIDERS] {
    let loud: Vec<&Heard> = recording
        .heard
        .iter()
        .filter(|heard| super::at(&recording.level_db, heard.at_s) > LOUD_DB)
        .collect();
    let times: Vec<&Heard> =
        [1, 3, 6].iter().filter_map(|tenths| loud.get(loud.len() * tenths / 10).copied()).collect();
    let mut random = Random::new(SEARCH.0);
    let mut best = ([0.5; SLIDERS], f32::INFINITY);
    for reach in SEARCH_REACH {
        let near = best.0;
        let tries: Vec<[f32; SLIDERS]> = (0..SEARCH.1)
            .map(|_| near.map(|place| (place + reach * random.bipolar()).clamp(0.0, 1.0)))
            .collect();
        let knots: Vec<Knot> = tries
            .iter()
            .flat_map(|&sliders| {
                times.iter().map(move |heard| Knot { at_s: heard.at_s, sliders, ..Knot::STILL })
            })
            .collect();
        let decoded = decoded(model, recording, &[0.0; SLIDERS], &knots);
        for (sliders, powers) in tries.iter().zip(decoded.chunks(times.len().max(1))) {
            let one = |(heard, powers): (&&Heard, &[f32; TONES])| {
                let most = heard.powers.iter().copied().fold(1e-20f32, f32::max);
                let lacks = lacking(&heard.powers, powers);
                let counts =
                    lacks.iter().zip(&heard.powers).filter(|(_, power)| **power > 1e-5 * most);
                counts.map(|(db, _)| db * db).sum::<f32>()
            };
            let cost: f32 = times.iter().zip(powers).map(one).sum();
            if cost < best.1 {
                best = (*sliders, cost);
            }
        }
    }
    best.0
}

/// The median of each slider over the loud knots.
fn middle(places: &[[f32; SLIDERS]], recording: &Recording) -> [f32; SLIDERS] {
    let loud = |at_s: f32| super::at(&recording.level_db, at_s) > LOUD_DB;
    std::array::from_fn(|i| {
        let both = places.iter().zip(&recording.heard);
        let mut all: Vec<f32> =
            both.filter(|(_, heard)| loud(heard.at_s)).map(|(place, _)| place[i]).collect();
        all.sort_by(f32::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(0.5)
    })
}

/// Smooths what the sliders do: an encoder's jumps from frame to frame are not the note's.
fn calm(knots: &mut [Knot]) {
    let raw: Vec<[f32; SLIDERS]> = knots.iter().map(|knot| knot.sliders).collect();
    for (k, knot) in knots.iter_mut().enumerate() {
        let (before, after) = (raw[k.saturating_sub(1)], raw[(k + 1).min(raw.len() - 1)]);
        knot.sliders =
            std::array::from_fn(|i| 0.25 * before[i] + 0.5 * raw[k][i] + 0.25 * after[i]);
    }
}

/// What the model gives for the partials at the knots, by groups.
fn decoded(
    model: &CanneModel,
    recording: &Recording,
    sliders: &[f32; SLIDERS],
    knots: &[Knot],
) -> Vec<[f32; TONES]> {
    let (bins, latents) = (model.bins(), model.latents());
    let bin_hz = (model.card().sample_rate_hz / model.card().kind.stft.fft_size as f64) as f32;
    // The engine reads what it decodes in the same way.
    let mut reader = Reader::new(model, f64::from(bin_hz));
    let mut reading = Reading::new(bins);
    let (places, mut scratch) = (Places::new(), model.scratch());
    let note = model.nearest_note(recording.root());
    let mut found = Found::NOTHING;
    let mut out = Vec::new();
    for part in knots.chunks(MAX_WIDE_COLUMNS) {
        let codes: Vec<f32> = part
            .iter()
            .flat_map(|knot| {
                (0..latents).map(|i| model.range(i).value(sliders[i] + knot.sliders[i]))
            })
            .collect();
        let ages: Vec<f32> = part.iter().map(|knot| knot.at_s).collect();
        let notes = vec![note.unwrap_or(0.0); part.len()];
        let mut frames = vec![0.0; bins * part.len()];
        model.decode_part(
            &mut scratch,
            &codes,
            Told { notes: &notes, ages_s: &ages },
            &mut frames,
            Part::WHOLE,
        );
        for frame in frames.chunks_exact(bins) {
            match note {
                Some(note) => reader.read_note(frame, hz(f64::from(note)) as f32, &mut reading),
                None => {
                    found = reader.read_timbre(
                        frame,
                        hz(f64::from(recording.root())) as f32,
                        found,
                        &mut reading,
                    )
                }
            }
            out.push(places.decoded(&reading));
        }
    }
    out
}

/// What brings one balance of groups to another, in dB.
fn lacking(wanted: &[f32; TONES], given: &[f32; TONES]) -> [f32; TONES] {
    let most = |powers: &[f32; TONES]| powers.iter().copied().fold(1e-20f32, f32::max);
    let (wanted_most, given_most) = (most(wanted), most(given));
    std::array::from_fn(|i| {
        let ratio = (wanted[i] / wanted_most).max(1e-9) / (given[i] / given_most).max(1e-9);
        (10.0 * ratio.log10()).clamp(-MOST_DB, MOST_DB)
    })
}

/// A level whose sustained part neither rises nor falls: forth and back it would sway.
fn level(level_db: &[f32], sustain: Option<Sustain>) -> Vec<f32> {
    let mut out = level_db.to_vec();
    let Some((from, to)) =
        sustain.map(|s| ((s.from_s / STEP_S) as usize, (s.to_s / STEP_S) as usize))
    else {
        return out;
    };
    let to = to.min(out.len() - 1);
    let fall = slope(&out[from..=to]) * STEP_S;
    let middle = 0.5 * (to - from) as f32;
    for (i, db) in out.iter_mut().enumerate().take(to + 1).skip(from) {
        *db = (*db - fall * ((i - from) as f32 - middle)).min(0.0);
    }
    out
}

/// The other kind of note: one that dies away is held where it is still loud, one that is held dies
/// away.
fn turned(take: &Take) -> Take {
    if take.sustain.is_some() {
        let fall = |(i, db): (usize, &f32)| (db - PLUCKED_DB * i as f32 * STEP_S).max(-96.0);
        let level_db = take.level_db.iter().enumerate().map(fall).collect();
        return Take { sustain: None, level_db, fall_db: PLUCKED_DB, ..take.clone() };
    }
    let loudest = take.level_db.iter().position(|db| *db > -0.01).unwrap_or(0);
    let after = take.level_db[loudest..]
        .iter()
        .position(|db| *db < HELD.0)
        .unwrap_or(take.level_db.len() - 1);
    let last = take.level_db.len() - 1;
    let length = (HELD.1 / STEP_S) as usize;
    let from = (loudest + after).min(last.saturating_sub(length.min(last / 2)));
    let to = (from + length).min(last).max(from + 1);
    let held = take.level_db[from.min(last)];
    let mut level_db = take.level_db.clone();
    level_db.resize(to.max(last) + 1, held);
    level_db[from..].fill(held);
    let mut cents = take.cents.clone();
    cents.resize(level_db.len(), cents.last().copied().unwrap_or(0.0));
    let sustain = Some(Sustain { from_s: from as f32 * STEP_S, to_s: to as f32 * STEP_S });
    Take { sustain, level_db, cents, fall_db: 0.0, ..take.clone() }
}
