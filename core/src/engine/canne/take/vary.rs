//! Takes like another one, by chance.

use std::sync::Arc;

use super::super::random::Random;
use super::{Candidate, Kind, Recording, SLIDERS, STEP_S, Sustain, Take};
use crate::models::spectral::CanneModel;

/// How far a slider goes at most, in learned ranges; the most frequent distance is none.
const SLIDER: f32 = 0.3;
/// The same of the tilt of the tones, dB an octave of partials.
const TILT_DB: f32 = 2.0;
/// The same of a single group of them, dB.
const TONE_DB: f32 = 5.0;
/// A mutant's course is up to so many octaves faster or slower.
const PACE: f32 = 0.8;
/// Least part that goes forth and back, seconds.
const LEAST_SUSTAIN_S: f32 = 0.08;

/// A candidate like `parent`, another one for each seed: its sliders, tones, noise, pace and
/// sustained part changed by chance. With the recording it says how far it is from that. Allocates.
pub fn mutate(
    parent: &Candidate,
    model: &Arc<CanneModel>,
    recording: &Recording,
    seed: u64,
) -> Candidate {
    let mut random = Random::new(seed ^ 0x05ee_d0f7_a7e5);
    // The mean of two is near 0 more often than far from it.
    let mut chance = || 0.5 * (random.bipolar() + random.bipolar());
    let sliders: [f32; SLIDERS] =
        parent.sliders.map(|place| (place + 2.0 * SLIDER * chance()).clamp(0.0, 1.0));
    let pace = (parent.pace * (PACE * chance()).exp2()).clamp(0.25, 4.0);
    let take = parent.take.as_ref().and_then(|take| {
        let mut take = take.clone();
        let tilt = 2.0 * TILT_DB * chance();
        let tones: Vec<f32> = (0..super::TONES).map(|_| TONE_DB * chance()).collect();
        let (noise_db, swing) = (8.0 * chance(), (chance()).exp2());
        for knot in &mut take.knots {
            for (i, (db, own)) in knot.tones_db.iter_mut().zip(&tones).enumerate() {
                let octaves = ((i + 1) as f32).log2().min(4.0);
                *db = (*db + own + tilt * (octaves - 2.0))
                    .clamp(-super::colour::MOST_DB, super::colour::MOST_DB);
            }
            knot.noises_db.iter_mut().for_each(|db| *db = (*db + noise_db).clamp(-96.0, 0.0));
            knot.sliders.iter_mut().for_each(|place| *place *= swing);
        }
        take.colour = (take.colour + 0.3 * chance()).clamp(0.0, 1.0);
        take.sustain = take.sustain.map(|sustain| moved(&take, sustain, chance(), chance()));
        take.rounded().ok()
    });
    let mut out = Candidate { kind: Kind::Mutant, take, sliders, pace, ..parent.clone() };
    out.measure(model, recording);
    out
}

/// A sustained part whose ends are moved by up to a quarter of its length.
fn moved(take: &Take, sustain: Sustain, first: f32, second: f32) -> Sustain {
    let Sustain { from_s, to_s } = sustain;
    let length = to_s - from_s;
    let end = take.seconds();
    let from_s = (from_s + 0.25 * length * first).clamp(0.0, (end - LEAST_SUSTAIN_S).max(0.0));
    let to_s = (to_s + 0.25 * length * second)
        .clamp((from_s + LEAST_SUSTAIN_S).min(end.max(STEP_S)), end.max(STEP_S));
    if to_s - from_s >= STEP_S { Sustain { from_s, to_s } } else { sustain }
}
