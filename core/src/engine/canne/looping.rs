//! A seamless loop of what is heard.

use std::sync::Arc;

use super::super::EngineError;
use super::controls::CanneControls;
use super::engine::CanneEngine;
use super::event::{Event, EventKind};
use super::take::Take;
use crate::models::spectral::CanneModel;

/// Samples rendered at a time.
const BLOCK: usize = 512;
/// Shortest and longest loop.
const LENGTH_S: (f64, f64) = (0.1, 120.0);
/// How much the length may be changed so that the end is where the beginning was: a share, and
/// seconds.
const STRETCH: (f64, f64) = (0.02, 0.03);
/// Samples by which two places are compared, at most.
const COMPARED: usize = 8192;

/// What a loop is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoopWish {
    /// The note that is played, as MIDI counts them, any fraction; `None` plays the drone.
    pub note: Option<f32>,
    /// Its length, 0.1 to 120 s, clamped; kept to within 2 % and 30 ms.
    pub seconds: f64,
    /// How much of it is cross-faded with what came before its beginning, 0 to 1.
    pub depth: f64,
}

/// Renders a loop whose end goes over into its beginning. Allocates: not for the audio thread.
///
/// The engine plays the note with these controls, by a take where there is one, and full velocity
/// until attack and decay are over. From there on the loop is what it gives out, sample for sample,
/// but for its last part: over the depth of its length it is cross-faded with the sound that came
/// before its beginning, at constant power. of the lengths near the wished one that is taken after
/// which the sound is most like what it was, so that partials go on where they were.
///
/// # Errors
/// When the rate is not between 1 kHz and 768 kHz.
pub fn render_loop(
    model: Arc<CanneModel>,
    take: Option<Arc<Take>>,
    controls: &CanneControls,
    wish: LoopWish,
    rate_hz: f64,
) -> Result<Vec<[f32; 2]>, EngineError> {
    let LoopWish { note, seconds, depth } = wish;
    let mut engine = CanneEngine::new(model, rate_hz)?;
    engine.set_take(take);
    let mut controls = controls.sane();
    controls.drone = note.is_none();
    let seconds = if seconds.is_finite() { seconds.clamp(LENGTH_S.0, LENGTH_S.1) } else { 1.0 };
    let depth = if depth.is_finite() { depth.clamp(0.0, 1.0) } else { 0.1 };
    let length = (seconds * rate_hz) as usize;
    let play = (STRETCH.0 * seconds).min(STRETCH.1) * rate_hz;
    let fade = ((depth * length as f64) as usize).min(length);
    let settle =
        f64::from(controls.amp.attack_ms + controls.amp.decay_ms.max(controls.env.decay_ms)) * 1e-3
            + 0.3;
    let start = ((settle * rate_hz) as usize + fade).max(COMPARED);
    let needed = start + length + play as usize + 1;
    let mut events = Vec::new();
    if let Some(note) = note.filter(|n| n.is_finite()) {
        let note = note.clamp(0.0, 127.0);
        let key = note.round();
        let (channel, id) = (0, 1);
        events.push(EventKind::NoteOn { channel, note: key as u8, velocity: 1.0, id });
        events.push(EventKind::NoteTuning { channel, note: key as u8, id, semitones: note - key });
    }
    let mut events: Vec<Event> = events.into_iter().map(|kind| Event { at: 0, kind }).collect();
    let mut heard = Vec::with_capacity(needed + BLOCK);
    let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
    while heard.len() < needed {
        engine.process(&controls, &events, &mut left, &mut right);
        events.clear();
        heard.extend(left.iter().zip(&right).map(|(l, r)| [*l, *r]));
    }
    let length = alike(&heard, start, length, play as usize, fade);
    Ok(close(&heard, start, length, fade.min(length)))
}

/// The length around the wanted one after which the sound is most like what it was, compared where
/// the cross-fade will be.
fn alike(heard: &[[f32; 2]], start: usize, wanted: usize, play: usize, fade: usize) -> usize {
    let compared = fade.clamp(COMPARED / 4, COMPARED);
    let from = start - (fade / 2 + compared / 2).clamp(compared, start);
    let before = &heard[from..from + compared];
    let cost = |length: usize| -> f64 {
        let end = &heard[from + length..from + length + compared];
        let (mut difference, mut sum) = (0.0, 1e-12);
        for (a, b) in before.iter().zip(end) {
            for (a, b) in a.iter().zip(b) {
                difference += f64::from(a - b).powi(2);
                sum += f64::from(*a).powi(2) + f64::from(*b).powi(2);
            }
        }
        difference / sum
    };
    let mut best = (wanted, f64::MAX);
    for length in wanted.saturating_sub(play).max(1)..=wanted + play {
        let cost = cost(length);
        if cost < best.1 {
            best = (length, cost);
        }
    }
    best.0
}

/// Cross-fades the end of `length` samples from `start` with what came before `start`.
fn close(heard: &[[f32; 2]], start: usize, length: usize, fade: usize) -> Vec<[f32; 2]> {
    let mut looped = heard[start..start + length].to_vec();
    let before = &heard[start - fade..start];
    let end = &mut looped[length - fade..];
    let product = |a: &[[f32; 2]], b: &[[f32; 2]]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(a[0] * b[0]) + f64::from(a[1] * b[1])).sum()
    };
    let alike =
        product(end, before) / (product(end, end) * product(before, before)).sqrt().max(1e-12);
    for (i, (end, before)) in end.iter_mut().zip(before).enumerate() {
        let x = (i as f64 + 0.5) / fade as f64;
        let rise = x * x * (3.0 - 2.0 * x);
        let fall = 1.0 - rise;
        // Sounds that are alike add up by amplitude, others by power.
        let power = rise * rise + fall * fall + 2.0 * rise * fall * alike.clamp(-0.6, 1.0);
        let even = 1.0 / power.sqrt();
        for (end, before) in end.iter_mut().zip(before) {
            *end = (f64::from(*end) * fall * even + f64::from(*before) * rise * even) as f32;
        }
    }
    looped
}
