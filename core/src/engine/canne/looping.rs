//! A seamless loop of what is heard.

use std::sync::Arc;

use super::super::EngineError;
use super::controls::CanneControls;
use super::engine::CanneEngine;
use super::event::{Event, EventKind};
use super::work::hz;
use crate::model::CanneModel;

/// Samples rendered at a time.
const BLOCK: usize = 512;
/// Shortest and longest loop.
const LENGTH_S: (f64, f64) = (0.1, 120.0);
/// How much the length may be changed so that it holds whole periods of the note.
const STRETCH: f64 = 0.02;

/// Renders a loop whose end goes over into its beginning. Allocates: not for the audio thread.
///
/// The engine plays `note` (a MIDI note number, any fraction; `None`: the drone) with these controls and full velocity until
/// attack and decay are over. From there on the loop is what it gives out, sample for sample, but for its last part: over
/// `depth` (0 to 1) of its length it is cross-faded with the sound that came before its beginning, at constant power.
/// `seconds` (0.1 to 120, clamped) is kept to within 2 %: a note's loop holds whole periods, so that its partials
/// go on where they were.
///
/// # Errors
/// When the rate is not between 1 kHz and 768 kHz.
pub fn render_loop(
    model: Arc<CanneModel>,
    controls: &CanneControls,
    note: Option<f32>,
    (seconds, depth): (f64, f64),
    rate_hz: f64,
) -> Result<Vec<[f32; 2]>, EngineError> {
    let mut engine = CanneEngine::new(model, rate_hz)?;
    let mut controls = controls.sane();
    controls.drone = note.is_none();
    let seconds = if seconds.is_finite() { seconds.clamp(LENGTH_S.0, LENGTH_S.1) } else { 1.0 };
    let depth = if depth.is_finite() { depth.clamp(0.0, 1.0) } else { 0.1 };
    let wanted = seconds * rate_hz;
    let tuning = f64::from(controls.fine_cents) * 0.01 + engine.tuning(&controls);
    let period = note.filter(|n| n.is_finite()).map(|n| rate_hz / hz(f64::from(n) + tuning));
    let length = period.map_or(wanted.round() as usize, |period| whole_periods(wanted, period));
    let fade = ((depth * length as f64) as usize).min(length);
    let settle = f64::from(controls.amp.attack_ms + controls.amp.decay_ms.max(controls.env.decay_ms)) * 1e-3 + 0.3;
    let start = (settle * rate_hz) as usize + fade;
    let mut events = Vec::new();
    if let Some(note) = note.filter(|n| n.is_finite()) {
        let note = note.clamp(0.0, 127.0);
        let key = note.round();
        let (channel, id) = (0, 1);
        events.push(EventKind::NoteOn { channel, note: key as u8, velocity: 1.0, id });
        events.push(EventKind::NoteTuning { channel, note: key as u8, id, semitones: note - key });
    }
    let mut events: Vec<Event> = events.into_iter().map(|kind| Event { at: 0, kind }).collect();
    let mut heard = Vec::with_capacity(start + length + BLOCK);
    let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
    while heard.len() < start + length {
        engine.process(&controls, &events, &mut left, &mut right);
        events.clear();
        heard.extend(left.iter().zip(&right).map(|(l, r)| [*l, *r]));
    }
    Ok(close(&heard, start, length, fade))
}

/// The length nearest to `wanted`, within the stretch, that comes closest to a whole number of periods.
fn whole_periods(wanted: f64, period: f64) -> usize {
    let (from, to) = ((wanted * (1.0 - STRETCH) / period).ceil(), (wanted * (1.0 + STRETCH) / period).floor());
    let mut best = (wanted.round(), f64::MAX);
    let mut count = from.max(1.0);
    while count <= to {
        let length = (count * period).round();
        // A hundredth of a sample counts as much as one percent of length.
        let cost = (length - count * period).abs() + ((length - wanted) / wanted).abs();
        if cost < best.1 {
            best = (length, cost);
        }
        count += 1.0;
    }
    best.0.max(1.0) as usize
}

/// Cross-fades the end of `length` samples from `start` with what came before `start`.
fn close(heard: &[[f32; 2]], start: usize, length: usize, fade: usize) -> Vec<[f32; 2]> {
    let mut looped = heard[start..start + length].to_vec();
    let before = &heard[start - fade..start];
    let end = &mut looped[length - fade..];
    let product = |a: &[[f32; 2]], b: &[[f32; 2]]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(a[0] * b[0]) + f64::from(a[1] * b[1])).sum()
    };
    let alike = product(end, before) / (product(end, end) * product(before, before)).sqrt().max(1e-12);
    for (i, (end, before)) in end.iter_mut().zip(before).enumerate() {
        let x = (i as f64 + 0.5) / fade as f64;
        let rise = x * x * (3.0 - 2.0 * x);
        let fall = 1.0 - rise;
        // Sounds that are alike add up by amplitude, others by power.
        let power = rise * rise + fall * fall + 2.0 * rise * fall * alike.clamp(0.0, 1.0);
        let even = 1.0 / power.sqrt();
        for (end, before) in end.iter_mut().zip(before) {
            *end = (f64::from(*end) * fall * even + f64::from(*before) * rise * even) as f32;
        }
    }
    looped
}
