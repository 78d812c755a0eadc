//! The sounds that come with the suite: the three built-in sources of each effect, and the three of
//! the demonstration.
//!
//! All are made here by formula; nothing is sampled, so nothing is owed.

use std::path::Path;

use anyhow::Result;
use nfx_core::signal::random::Random;

use super::drums::{Drum, Kit};
use super::dsp::{DcBlock, Osc, Shape, Svf, add_at, midi_hz, normalise, sine};
use super::patch::{Family, Patch};
use super::pluck;
use super::voice::{Note, render};
use crate::audio::write_wav;

/// Sample rate of all files written here.
pub const RATE: f64 = 44_100.0;
/// Seconds of each of the demonstration's sounds.
pub const DEMO_SECONDS: f64 = 6.0;

/// Writes `piano.wav`, `strings.wav` and `snare.wav` (mono, 16 bit, 44.1 kHz, each under 2 s) into
/// a folder.
///
/// # Errors
/// When the folder cannot be made or written.
pub fn write(dir: &Path) -> Result<()> {
    for (name, sound) in [("piano", piano()), ("strings", strings()), ("snare", snare())] {
        write_wav(&dir.join(format!("{name}.wav")), &[sound], RATE)?;
    }
    Ok(())
}

/// Writes `drums.wav`, `chord.wav` and `melody.wav` (mono, 16 bit, 44.1 kHz, 6 s each) into a
/// folder.
///
/// # Errors
/// When the folder cannot be made or written.
pub fn demo(dir: &Path) -> Result<()> {
    for (name, sound) in
        [("drums", demo_drums()), ("chord", demo_chord()), ("melody", demo_melody())]
    {
        write_wav(&dir.join(format!("{name}.wav")), &[sound], RATE)?;
    }
    Ok(())
}

/// Writes `drums.wav`, `bass.wav` and `guitar.wav` (mono, 16 bit, 44.1 kHz, loops of 5 s), the
/// Effect Profiler's, into a folder.
///
/// # Errors
/// When the folder cannot be made or written.
pub fn profiler(dir: &Path) -> Result<()> {
    for (name, sound) in
        [("drums", pluck::drums()), ("bass", pluck::bass()), ("guitar", pluck::guitar())]
    {
        write_wav(&dir.join(format!("{name}.wav")), &[sound], RATE)?;
    }
    Ok(())
}

fn samples(seconds: f64) -> usize {
    (seconds * RATE) as usize
}

/// Fades the last `seconds` to zero.
fn fade_out(signal: &mut [f32], seconds: f64) {
    let n = samples(seconds).min(signal.len()).max(1);
    signal.iter_mut().rev().take(n).enumerate().for_each(|(k, x)| {
        let t = k as f32 / n as f32;
        *x *= t * t * (3.0 - 2.0 * t);
    });
}

/// A piano's middle C: three strings to each partial, slightly apart, so that it falls fast at
/// first and slowly after (Weinreich,
/// 1977); stiff strings stretch the partials; a hammer, a soundboard.
pub fn piano() -> Vec<f32> {
    let rate = RATE as f32;
    let f0 = midi_hz(60.0);
    let mut rng = Random::stirred(60);
    let mut out = vec![0.0f32; samples(1.95)];
    let stiffness = 3.8e-4f32;
    for n in 1..=40 {
        let nf = n as f32;
        let hz = f0 * nf * (1.0 + stiffness * nf * nf).sqrt();
        if hz > 0.42 * rate {
            break;
        }
        // The hammer strikes at an eighth of the string and is softer than the highest partials are
        // short.
        let strike = (std::f32::consts::PI * nf * 0.122).sin().abs().max(0.04);
        let level =
            strike * (-nf / 7.5).exp() / nf.powf(0.35) * 10f32.powf(rng.range(-3.0, 3.0) / 20.0);
        let fast = 0.55 / (1.0 + 0.17 * nf);
        let slow = 3.6 / (1.0 + 0.22 * nf);
        for string in 0..3 {
            let cents = [-0.55, 0.1, 0.75][string] + rng.range(-0.2, 0.2);
            let step = hz * (cents / 1200.0f32).exp2() / rate;
            // In phase at the blow, apart later.
            let mut phase = rng.range(0.0, 0.06);
            for (i, y) in out.iter_mut().enumerate() {
                let t = i as f32 / rate;
                phase += step;
                phase -= phase.floor();
                let envelope = 0.72 * (-t / fast).exp() + 0.28 * (-t / slow).exp();
                *y += level * envelope * sine(phase) * (t / 0.0025).min(1.0);
            }
        }
    }
    normalise(&mut out, 0.8);
    add_knock(&mut out, &mut rng);
    soundboard(
        &mut out,
        &[
            (98.0, 2.0, 0.25),
            (205.0, 2.0, 0.22),
            (410.0, 1.4, 0.18),
            (1_150.0, 0.8, 0.15),
            (2_600.0, 0.8, 0.14),
        ],
    );
    fade_out(&mut out, 0.25);
    normalise(&mut out, 0.85);
    out
}

/// The thud of the hammer and the frame.
fn add_knock(out: &mut [f32], rng: &mut Random) {
    let rate = RATE as f32;
    let (mut thud, mut felt) = (Svf::new(rate), Svf::new(rate));
    thud.set(115.0, 2.2);
    felt.set(1_900.0, 0.7);
    for (i, y) in out.iter_mut().take(samples(0.3)).enumerate() {
        let t = i as f32 / rate;
        let noise = rng.bipolar();
        let low = thud.band(noise * (-t / 0.010).exp()) * 0.5;
        let high = felt.band(noise) * (-t / 0.006).exp() * 0.07;
        *y += (low + high) * (t / 0.0008).min(1.0);
    }
}

/// Adds resonances `(hz, q, gain)` to a signal.
fn soundboard(signal: &mut [f32], modes: &[(f32, f32, f32)]) {
    let mut filters: Vec<(Svf, f32)> = modes
        .iter()
        .map(|(hz, q, gain)| {
            let mut filter = Svf::new(RATE as f32);
            filter.set(*hz, *q);
            (filter, *gain)
        })
        .collect();
    for x in signal.iter_mut() {
        let dry = *x;
        *x = dry + filters.iter_mut().map(|(f, g)| *g * f.band(dry)).sum::<f32>();
    }
}

/// Violins tuning: several players bow open strings in fifths, drift into tune, and lean into the
/// bow.
pub fn strings() -> Vec<f32> {
    let rate = RATE as f32;
    let mut rng = Random::stirred(4_43);
    let mut out = vec![0.0f32; samples(1.95)];
    // (MIDI note, first second, level): G, D, A, E, the A most of all.
    let players = [
        (69.0, 0.0, 1.0),
        (69.0, 0.04, 0.8),
        (62.0, 0.12, 0.8),
        (76.0, 0.25, 0.55),
        (55.0, 0.18, 0.7),
        (62.0, 0.3, 0.6),
        (76.0, 0.45, 0.4),
    ];
    for (midi, first, level) in players {
        let part = bowed(midi, samples(1.95) - samples(first), &mut rng);
        add_at(&mut out, &part, samples(first), level);
    }
    // Air and wood of a violin's body, and the hill of its bridge.
    soundboard(
        &mut out,
        &[
            (275.0, 5.0, 0.9),
            (460.0, 6.0, 0.8),
            (540.0, 6.0, 0.8),
            (1_050.0, 2.0, 0.4),
            (2_500.0, 1.2, 0.9),
        ],
    );
    let mut roof = Svf::new(rate);
    roof.set(7_500.0, 0.6);
    let mut dc = DcBlock::new(rate);
    out.iter_mut().for_each(|x| *x = dc.next(roof.low(*x)));
    fade_out(&mut out, 0.3);
    normalise(&mut out, 0.8);
    out
}

/// One bowed string of `length` samples: the stick-slip saw of Helmholtz, a player's vibrato, the
/// noise of the bow.
fn bowed(midi: f32, length: usize, rng: &mut Random) -> Vec<f32> {
    let rate = RATE as f32;
    let mut osc = Osc { phase: rng.unit() };
    let (off, settle) = (rng.range(-22.0, 22.0), rng.range(0.25, 0.7));
    let rest = rng.range(-3.0, 3.0);
    let (vibrato, vibrato_hz, mut vibrato_phase) =
        (rng.range(6.0, 14.0), rng.range(4.8, 6.2), rng.unit());
    let (mut grit, mut slow, mut air) = (Svf::new(rate), Svf::new(rate), Svf::new(rate));
    grit.set(35.0, 0.6);
    slow.set(5.0, 0.6);
    air.set(3_200.0, 0.7);
    let mut tone = Svf::new(rate);
    let hz = midi_hz(midi);
    (0..length)
        .map(|i| {
            let t = i as f32 / rate;
            let noise = rng.bipolar();
            let jitter = 18.0 * grit.low(noise);
            vibrato_phase += vibrato_hz / rate;
            let depth = vibrato * ((t - 0.35) / 0.5).clamp(0.0, 1.0);
            let cents = rest + off * (-t / settle).exp() + depth * sine(vibrato_phase) + jitter;
            let pressure = 1.0 + 5.0 * slow.low(noise);
            let bow = (t / 0.12).min(1.0);
            let saw = osc.next(Shape::Saw, hz * (cents / 1200.0).exp2() / rate, 0.5);
            if i % 16 == 0 {
                tone.set(hz * (3.0 + 7.0 * bow * pressure.clamp(0.4, 1.6)), 0.6);
            }
            let scrape = air.band(noise) * 0.035 * (0.4 + 0.6 * saw.abs());
            (tone.low(saw) + scrape) * bow * pressure.clamp(0.5, 1.5)
        })
        .collect()
}

/// An acoustic snare: two modes of the head that fall in pitch, the shell, and the wires, which
/// rattle on after the head.
pub fn snare() -> Vec<f32> {
    let rate = RATE as f32;
    let mut rng = Random::stirred(38);
    let (mut wires, mut hiss, mut shell, mut stick) =
        (Svf::new(rate), Svf::new(rate), Svf::new(rate), Svf::new(rate));
    wires.set(1_400.0, 0.6);
    hiss.set(6_500.0, 0.9);
    shell.set(920.0, 3.0);
    stick.set(4_200.0, 0.8);
    let modes = [
        (186.0f32, 1.0f32, 0.085f32),
        (331.0, 0.55, 0.06),
        (418.0, 0.3, 0.05),
        (503.0, 0.22, 0.04),
    ];
    let mut phases = [0.0f32, 0.1, 0.2, 0.35];
    let mut out: Vec<f32> = (0..samples(0.75))
        .map(|i| {
            let t = i as f32 / rate;
            let fall = 1.0 + 0.35 * (-t / 0.009).exp();
            let mut head = 0.0;
            for (phase, (hz, level, seconds)) in phases.iter_mut().zip(modes) {
                *phase += hz * fall / rate;
                head += level * sine(*phase) * (-t / seconds).exp();
            }
            let white = rng.bipolar();
            // The wires leave the head for a moment and fall back onto it.
            let rattle = (0.8 * (-t / 0.055).exp() + 0.35 * (-t / 0.17).exp())
                * (0.55 + 0.45 * (1.0 - (-t / 0.006).exp()));
            let snares = (wires.high(white) + 0.5 * hiss.band(white)) * rattle;
            let wood = shell.band(white) * (-t / 0.03).exp();
            let click = stick.band(white) * (-t / 0.0025).exp();
            (1.5 * (0.55 * head + 0.45 * snares + 0.25 * wood + 0.5 * click)
                * (t / 0.0004).min(1.0))
            .tanh()
        })
        .collect();
    let mut dc = DcBlock::new(rate);
    out.iter_mut().for_each(|x| *x = dc.next(*x));
    fade_out(&mut out, 0.15);
    normalise(&mut out, 0.9);
    out
}

/// Three bars at 120 beats per minute.
fn demo_drums() -> Vec<f32> {
    let kit = Kit::studio();
    let step = 0.125;
    let mut out = vec![0.0f32; samples(DEMO_SECONDS)];
    let rows: [(Drum, &str, f32); 5] = [
        (Drum::Kick, "x..x..x...x..... x..x..x...x..x.. x..x..x...x.....", 1.0),
        (Drum::Snare, "....x.......x... ....x..g....x..g ....x.......xgxx", 0.8),
        (Drum::ClosedHat, "x.xgx.x.x.xgx.x. x.xgx.x.x.xgx.x. x.xgx.x.x.x.....", 0.4),
        (Drum::OpenHat, "..............x. ..............x. ..............x.", 0.35),
        (Drum::LowTom, "................ ................ .............xx.", 0.7),
    ];
    for (drum, pattern, level) in rows {
        for (k, c) in pattern.chars().filter(|c| *c != ' ').enumerate() {
            let gain = match c {
                'x' => level,
                'g' => 0.35 * level,
                _ => continue,
            };
            add_at(&mut out, &kit.hit(drum, k as u64, RATE), samples(k as f64 * step), gain);
        }
    }
    fade_out(&mut out, 0.05);
    normalise(&mut out, 0.9);
    out
}

/// A ninth chord, held, on a warm pad.
fn demo_chord() -> Vec<f32> {
    let patch = pad();
    let mut out = vec![0.0f32; samples(DEMO_SECONDS)];
    for (k, midi) in [45.0, 57.0, 60.0, 64.0, 67.0, 71.0].into_iter().enumerate() {
        let note =
            Note { midi, from_midi: None, velocity: 0.8, seconds: 5.3, seed: 100 + k as u64 };
        add_at(&mut out, &render(&patch, &note, RATE), samples(0.02 * k as f64), 0.2);
    }
    fade_out(&mut out, 0.2);
    normalise(&mut out, 0.8);
    out
}

/// The first pad in the list of patches that is a stack of oscillators: sums of sines would give
/// the effect little to chew on.
fn pad() -> Patch {
    (0..)
        .map(Patch::numbered)
        .find(|p| p.family == Family::Pad && p.label().contains("subtractive"))
        .unwrap_or_else(|| Patch::numbered(2))
}

/// A tune in A minor on a keyboard patch with a bright lead over its second half.
fn demo_melody() -> Vec<f32> {
    let lead = (8..)
        .map(Patch::numbered)
        .find(|p| p.family == Family::Lead && p.label().contains("subtractive"));
    let keys = Patch::numbered(4);
    let lead = lead.unwrap_or_else(|| Patch::numbered(1));
    let tune: [(f64, f64, f32); 16] = [
        (0.0, 0.5, 69.0),
        (0.5, 0.25, 72.0),
        (0.75, 0.25, 76.0),
        (1.0, 0.75, 74.0),
        (1.75, 0.25, 72.0),
        (2.0, 0.5, 71.0),
        (2.5, 0.5, 67.0),
        (3.0, 0.375, 69.0),
        (3.375, 0.375, 76.0),
        (3.75, 0.25, 74.0),
        (4.0, 0.25, 72.0),
        (4.25, 0.25, 74.0),
        (4.5, 0.25, 76.0),
        (4.75, 0.25, 79.0),
        (5.0, 0.25, 76.0),
        (5.25, 0.6, 69.0),
    ];
    let mut out = vec![0.0f32; samples(DEMO_SECONDS)];
    for (k, (start, held, midi)) in tune.into_iter().enumerate() {
        let patch = if start < 3.0 { &keys } else { &lead };
        let note = Note {
            midi,
            from_midi: None,
            velocity: 0.85,
            seconds: held * 0.9,
            seed: 200 + k as u64,
        };
        add_at(&mut out, &render(patch, &note, RATE), samples(start), 0.5);
    }
    fade_out(&mut out, 0.1);
    normalise(&mut out, 0.8);
    out
}
