//! `nfx-train decays`: whether the notes of an instrument that lives die away as the recordings do,
//! octave by octave, measured on what the engine plays.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, ensure};
use nfx_core::engine::canne::{Adsr, CanneControls, CanneEngine, Event, EventKind};
use nfx_core::models::spectral::CanneModel;

use crate::corpus::{Part, RecordedNote, recorded_notes};
use crate::frames::Framer;

/// The middles of the octave bands, Hz.
const BANDS_HZ: [f64; 8] = [62.5, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0];
/// A band's decay is the time from its loudest moment until it has fallen by so much for good, dB.
const FALL_DB: f64 = 20.0;
/// Bands that never come this near to the loudest one, in dB, are not heard.
const HEARD_DB: f64 = 30.0;
/// What counts as right: this share of the original's time.
const WITHIN: f64 = 0.25;
/// Times of a recording at which its latents are taken, seconds; their mean is played.
const TAKEN_S: [f64; 5] = [0.03, 0.1, 0.2, 0.4, 0.8];

/// One band of one note.
#[derive(Clone, Copy, Debug)]
struct Band {
    /// Which of [`BANDS_HZ`].
    octave: usize,
    original_s: f64,
    played_s: f64,
}

impl Band {
    fn is_right(&self) -> bool {
        (self.played_s / self.original_s - 1.0).abs() <= WITHIN
    }
}

/// Plays the held-out notes of a folder of recordings with a model's own latents for them, and
/// compares how each octave band decays. The answer is a table by instrument.
///
/// # Errors
/// When the model cannot encode, or the recordings cannot be read.
pub fn decays(model: &Arc<CanneModel>, folder: &Path, every: bool) -> Result<String> {
    ensure!(model.can_encode(), "expected a model with its encoder, found a decoder alone");
    let rate = model.card().sample_rate_hz;
    let mut found: BTreeMap<String, Vec<Band>> = BTreeMap::new();
    let mut seen = 0;
    for note in recorded_notes(folder)? {
        let within = model.notes().is_none_or(|(low, high)| (low..=high).contains(&note.note));
        if !within || (!every && note.part != Part::Test) {
            continue;
        }
        let original = note.render(rate)?;
        let played = play(model, &note, &original)?;
        let bands = compare(&original, &played, rate)?;
        found.entry(note.group.clone()).or_default().extend(bands);
        seen += 1;
    }
    let mut out = format!(
        "{:<24} {:>6} {:>14} {:>14} {:>10}\n",
        "decay to -20 dB", "bands", "within 25 %", "median ratio", "quartiles"
    );
    let mut all = Vec::new();
    for (group, bands) in &found {
        line(&mut out, group, bands);
        all.extend_from_slice(bands);
    }
    line(&mut out, &format!("all {seen} notes"), &all);
    let _ = writeln!(out, "\nmedian over the notes, seconds of the recordings / of the engine");
    let octaves: Vec<String> = BANDS_HZ.iter().map(|hz| format!("{hz:>11.0} Hz")).collect();
    let _ = writeln!(out, "{:<24}{}", "octave around", octaves.concat());
    for (group, bands) in &found {
        let _ = writeln!(
            out,
            "{group:<24}{}",
            (0..BANDS_HZ.len()).map(|o| octave(bands, o)).collect::<String>()
        );
    }
    Ok(out)
}

/// The medians of an octave, with a star where the second is within a quarter of the first.
fn octave(bands: &[Band], octave: usize) -> String {
    let own: Vec<&Band> = bands.iter().filter(|band| band.octave == octave).collect();
    if own.is_empty() {
        return format!("{:>14}", "-");
    }
    let median = |of: fn(&Band) -> f64| {
        let mut values: Vec<f64> = own.iter().map(|band| of(band)).collect();
        values.sort_by(f64::total_cmp);
        0.5 * (values[(values.len() - 1) / 2] + values[values.len() / 2])
    };
    let both =
        Band { octave, original_s: median(|b| b.original_s), played_s: median(|b| b.played_s) };
    let star = if both.is_right() { "*" } else { " " };
    format!("{:>14}", format!("{:.2}/{:.2}{star}", both.original_s, both.played_s))
}

fn line(out: &mut String, name: &str, bands: &[Band]) {
    if bands.is_empty() {
        let _ = writeln!(out, "{name:<24} {:>6} {:>14}", 0, "nothing dies");
        return;
    }
    let mut ratios: Vec<f64> = bands.iter().map(|b| b.played_s / b.original_s).collect();
    ratios.sort_by(f64::total_cmp);
    let at = |q: f64| ratios[((ratios.len() - 1) as f64 * q).round() as usize];
    let right = 100.0 * bands.iter().filter(|b| b.is_right()).count() as f64 / bands.len() as f64;
    let _ = writeln!(
        out,
        "{name:<24} {:>6} {right:>12.0} % {:>14.2} {:>5.2}-{:.2}",
        bands.len(),
        at(0.5),
        at(0.25),
        at(0.75)
    );
}

/// How many octave bands of a sound that is played die away in the original's time to a quarter,
/// and how many there are.
///
/// # Errors
/// Never: the transform is a good one.
pub fn right(original: &[f32], played: &[f32], rate: f64) -> Result<(usize, usize)> {
    let bands = compare(original, played, rate)?;
    Ok((bands.iter().filter(|band| band.is_right()).count(), bands.len()))
}

/// The same note by the engine: plain, without an envelope of its own.
fn play(model: &Arc<CanneModel>, note: &RecordedNote, original: &[f32]) -> Result<Vec<f32>> {
    let (rate, bins) = (model.card().sample_rate_hz, model.bins());
    let mut framer = Framer::new(model.card().kind.stft)?;
    let mut latents = vec![0.0f32; model.latents()];
    let mut taken = 0.0f32;
    for seconds in TAKEN_S {
        let Some((frame, _)) = framer.around(original, (seconds * rate) as usize) else { break };
        let frame = frame[..bins].to_vec();
        let code = model
            .encode(&frame)
            .map_err(|e| anyhow!("{e}"))
            .context("a note could not be encoded")?;
        latents.iter_mut().zip(code).for_each(|(sum, z)| *sum += z);
        taken += 1.0;
    }
    let mut controls =
        CanneControls { noise: 0.0, width: 0.0, velocity_amount: 0.0, ..CanneControls::default() };
    controls.amp = Adsr { attack_ms: 2.0, decay_ms: 2.0, sustain: 1.0, release_ms: 100.0 };
    for (i, (slider, sum)) in controls.sliders.iter_mut().zip(&latents).enumerate() {
        *slider = model.range(i).position(sum / f32::max(taken, 1.0));
    }
    let mut engine = CanneEngine::new(model.clone(), rate)?;
    let on = EventKind::NoteOn { channel: 0, note: note.note, velocity: 1.0, id: -1 };
    let (mut left, mut right) = (vec![0.0; original.len()], vec![0.0; original.len()]);
    engine.process(&controls, &[Event { at: 0, kind: on }], &mut left, &mut right);
    Ok(left)
}

/// How both decay, in the bands that the original has and in which it dies away.
fn compare(original: &[f32], played: &[f32], rate: f64) -> Result<Vec<Band>> {
    let (a, b) = (courses(original, rate)?, courses(played, rate)?);
    let peak = |course: &[f64]| course.iter().copied().fold(f64::MIN, f64::max);
    let loudest = a.iter().map(|c| peak(c)).fold(f64::MIN, f64::max);
    let mut out = Vec::new();
    for (octave, (original, played)) in a.iter().zip(&b).enumerate() {
        if peak(original) < loudest - HEARD_DB {
            continue;
        }
        let Some(original_s) = decay_s(original) else { continue };
        // What does not die while the recording lasts took at least as long.
        let played_s = decay_s(played).unwrap_or(played.len() as f64 * STEP_S);
        out.push(Band { octave, original_s, played_s });
    }
    Ok(out)
}

/// Seconds between two measurements of a band.
const STEP_S: f64 = 0.01;

/// The power of each octave band in dB, every 10 ms, over 46 ms.
fn courses(sound: &[f32], rate: f64) -> Result<Vec<Vec<f64>>> {
    let config =
        nfx_core::signal::stft::StftConfig::new(2048, 512, nfx_core::signal::window::Window::Hann)?;
    let mut framer = Framer::new(config)?;
    let bin_hz = rate / 2048.0;
    let mut out = vec![Vec::new(); BANDS_HZ.len()];
    for step in 0.. {
        let Some((frame, _)) = framer.around(sound, (f64::from(step) * STEP_S * rate) as usize)
        else {
            break;
        };
        for (band, course) in BANDS_HZ.iter().zip(&mut out) {
            let (from, to) = (band / 2f64.sqrt() / bin_hz, band * 2f64.sqrt() / bin_hz);
            let power: f64 = frame
                .iter()
                .enumerate()
                .filter(|(k, _)| (from..to).contains(&(*k as f64)))
                .map(|(_, m)| f64::from(m * m))
                .sum();
            course.push(10.0 * (power + 1e-14).log10());
        }
    }
    Ok(out)
}

/// From the loudest moment to the last one that is not 20 dB below it; `None` when there is one at
/// the end still.
fn decay_s(course: &[f64]) -> Option<f64> {
    let (top, peak) = course.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let last = course.iter().rposition(|level| *level > peak - FALL_DB)?;
    (last + 1 < course.len()).then(|| (last + 1 - top) as f64 * STEP_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decays_are_measured_in_their_ratio_and_within_a_seventh() {
        let rate = 44_100.0;
        let sound: Vec<f32> = (0..88_200)
            .map(|i| {
                let t = i as f64 / rate;
                let tone = |hz: f64, db_per_s: f64| {
                    (std::f64::consts::TAU * hz * t).sin() * 10f64.powf(-db_per_s * t / 20.0)
                };
                (tone(500.0, 40.0) + tone(2000.0, 80.0)) as f32
            })
            .collect();
        let courses = courses(&sound, rate).expect("courses");
        let of = |band: usize| decay_s(&courses[band]).expect("a decay");
        // The edge of an onset is louder than what follows it, so that the first 20 dB are short;
        // it is so in recordings and in what a model plays alike.
        assert!(
            (of(3) - 0.5).abs() < 0.07 && (of(3) / of(5) - 2.0).abs() < 0.1,
            "{} {}",
            of(3),
            of(5)
        );
        assert_eq!(decay_s(&[0.0, -1.0, -2.0]), None);
    }
}
