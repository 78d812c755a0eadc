//! Plucked strings, and what the Effect Profiler plays when nothing else does: drums, a bass and an
//! electric guitar as they come out of the instrument, before any amplifier.

use nfx_core::signal::random::Random;

use super::drums::{Drum, Kit};
use super::dsp::{DcBlock, Svf, add_at, midi_hz, normalise};
use super::factory::RATE;

/// A sixteenth note at 96 beats per minute, in seconds.
const STEP_S: f64 = 60.0 / 96.0 / 4.0;
/// Two bars.
const STEPS: usize = 32;

fn samples(seconds: f64) -> usize {
    (seconds * RATE) as usize
}

/// How a string is played.
struct Pluck {
    /// Seconds until it is damped.
    held: f64,
    /// Where it is plucked, as a share of its length.
    place: f32,
    /// The loss of each trip along the string: 0 dull, 1 bright.
    bright: f32,
    /// Seconds in which it falls by 60 dB when it is not damped.
    rings: f32,
}

/// A plucked string: a delay line with a low pass in its loop, filled with what the pick leaves
/// (Karplus and Strong, 1983), tuned by an all-pass (Jaffe and Smith, 1983).
fn string(midi: f32, pluck: &Pluck, rng: &mut Random) -> Vec<f32> {
    let rate = RATE as f32;
    let hz = midi_hz(midi);
    let period = rate / hz;
    // The low pass delays by half a sample at 0.5, less when it is brighter.
    let smooth = 0.5 * (1.0 - 0.8 * pluck.bright);
    let whole = ((period - smooth - 0.3).floor() as usize).max(2);
    let rest = period - smooth - whole as f32;
    let tune = (1.0 - rest) / (1.0 + rest);
    let loss = 10.0_f32.powf(-3.0 / (pluck.rings * hz));
    let mut line: Vec<f32> = (0..whole).map(|_| rng.bipolar()).collect();
    // The pick at a share of the string takes its own harmonics away.
    let comb = ((whole as f32 * pluck.place) as usize).max(1);
    let raw = line.clone();
    for (i, x) in line.iter_mut().enumerate() {
        *x = 0.5 * (*x - raw[(i + whole - comb) % whole]);
    }
    let (mut at, mut before, mut x1, mut y1) = (0, 0.0f32, 0.0f32, 0.0f32);
    let damped = samples(pluck.held);
    (0..damped + samples(0.12))
        .map(|i| {
            let x = line[at];
            let low = (1.0 - smooth) * x + smooth * before;
            before = x;
            let y = tune * (low - y1) + x1;
            (x1, y1) = (low, y);
            line[at] = y * if i < damped { loss } else { 0.93_f32.powf(hz / 200.0).min(0.985) };
            at = (at + 1) % whole;
            x
        })
        .collect()
}

/// Pickups and tone control, level, and the ends.
fn finish(mut sound: Vec<f32>, cutoff_hz: f32, peak: f32) -> Vec<f32> {
    let rate = RATE as f32;
    let (mut tone, mut dc) = (Svf::new(rate), DcBlock::new(rate));
    tone.set(cutoff_hz, 1.1);
    sound.iter_mut().for_each(|x| *x = dc.next(tone.low(*x)));
    sound.truncate(samples(STEP_S * STEPS as f64));
    let fade = samples(0.01);
    for (i, x) in sound.iter_mut().rev().take(fade).enumerate() {
        *x *= i as f32 / fade as f32;
    }
    normalise(&mut sound, peak);
    sound
}

/// Two bars of a rock beat with a fill, with the dynamics of a player: what a compressor likes to
/// be fed.
pub fn drums() -> Vec<f32> {
    let kit = Kit::studio();
    let mut out = vec![0.0f32; samples(STEP_S * STEPS as f64) + samples(2.0)];
    let rows: [(Drum, &str, f32); 5] = [
        (Drum::Kick, "x..x..x...x..... x..x..x...x.....", 1.0),
        (Drum::Snare, "....x..g.g..x..g ....x..g.g..xgxx", 0.85),
        (Drum::ClosedHat, "x.xgx.x.x.xgx.x. x.xgx.x.x.xg....", 0.35),
        (Drum::OpenHat, "..............x. ..............x.", 0.3),
        (Drum::LowTom, "................ .............x.x", 0.6),
    ];
    for (drum, pattern, level) in rows {
        for (k, c) in pattern.chars().filter(|c| *c != ' ').enumerate() {
            let gain = match c {
                'x' => level,
                'g' => 0.25 * level,
                _ => continue,
            };
            add_at(&mut out, &kit.hit(drum, k as u64, RATE), samples(k as f64 * STEP_S), gain);
        }
    }
    finish(out, 18_000.0, 0.9)
}

/// Two bars of a bass line in E, fingers on a long string.
pub fn bass() -> Vec<f32> {
    let mut rng = Random::stirred(28);
    // (step, steps held, MIDI note, level)
    let line: [(usize, usize, f32, f32); 14] = [
        (0, 2, 28.0, 1.0),
        (3, 1, 28.0, 0.6),
        (4, 2, 40.0, 0.8),
        (6, 1, 38.0, 0.55),
        (7, 2, 35.0, 0.85),
        (10, 2, 33.0, 0.9),
        (12, 2, 35.0, 0.7),
        (14, 2, 31.0, 0.8),
        (16, 3, 28.0, 1.0),
        (20, 1, 28.0, 0.5),
        (21, 2, 40.0, 0.75),
        (24, 3, 33.0, 0.9),
        (27, 2, 34.0, 0.65),
        (29, 3, 35.0, 0.95),
    ];
    let mut out = vec![0.0f32; samples(STEP_S * STEPS as f64) + samples(1.0)];
    for (step, held, midi, level) in line {
        let pluck =
            Pluck { held: held as f64 * STEP_S * 0.92, place: 0.22, bright: 0.35, rings: 5.0 };
        add_at(&mut out, &string(midi, &pluck, &mut rng), samples(step as f64 * STEP_S), level);
    }
    finish(out, 2_600.0, 0.8)
}

/// Two bars of an electric guitar, straight from its pickups: muted fifths, two open chords, a few
/// notes above.
pub fn guitar() -> Vec<f32> {
    let mut rng = Random::stirred(52);
    let muted = |held: usize| Pluck {
        held: held as f64 * STEP_S * 0.55,
        place: 0.12,
        bright: 0.45,
        rings: 0.7,
    };
    let open = |held: usize| Pluck {
        held: held as f64 * STEP_S * 0.95,
        place: 0.16,
        bright: 0.8,
        rings: 4.0,
    };
    let mut out = vec![0.0f32; samples(STEP_S * STEPS as f64) + samples(1.0)];
    let mut strum = |step: usize, notes: &[f32], pluck: &Pluck, level: f32| {
        for (k, midi) in notes.iter().enumerate() {
            let late = 0.006 * k as f64;
            add_at(
                &mut out,
                &string(*midi, pluck, &mut rng),
                samples(step as f64 * STEP_S + late),
                level,
            );
        }
    };
    for step in [0, 2, 3, 5, 6] {
        strum(step, &[40.0, 47.0], &muted(1), if step == 0 { 0.75 } else { 0.5 });
    }
    strum(8, &[43.0, 50.0, 55.0, 59.0], &open(4), 0.55);
    strum(12, &[45.0, 52.0, 57.0, 61.0], &open(4), 0.55);
    for step in [16, 18, 19, 21] {
        strum(step, &[40.0, 47.0], &muted(1), 0.55);
    }
    for (step, midi) in [(22, 64.0), (23, 67.0), (24, 71.0), (26, 69.0), (27, 67.0)] {
        strum(step, &[midi], &open(2), 0.6);
    }
    strum(28, &[40.0, 47.0, 52.0, 56.0, 59.0, 64.0], &open(4), 0.5);
    finish(out, 4_500.0, 0.7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_in_tune() {
        for midi in [28.0, 40.0, 64.0] {
            let pluck = Pluck { held: 1.5, place: 0.2, bright: 0.5, rings: 8.0 };
            let sound = string(midi, &pluck, &mut Random::stirred(1));
            // The period by the best correlation of a late piece with itself, between whole samples
            // by a parabola.
            let (from, count) = (20_000, 12_000);
            let at = |lag: usize| {
                (0..count)
                    .map(|i| f64::from(sound[from + i]) * f64::from(sound[from + i + lag]))
                    .sum::<f64>()
            };
            let expected = RATE / f64::from(midi_hz(midi));
            let near = expected.round() as usize;
            let best = (near - 6..=near + 6).max_by(|a, b| at(*a).total_cmp(&at(*b))).unwrap();
            let (a, b, c) = (at(best - 1), at(best), at(best + 1));
            let period = best as f64 + 0.5 * (a - c) / (a - 2.0 * b + c);
            let cents = 1200.0 * (period / expected).log2();
            assert!(cents.abs() < 6.0, "note {midi}: {cents:.1} cents");
        }
    }

    #[test]
    fn the_sounds_are_loops_of_one_length_and_level() {
        for sound in [drums(), bass(), guitar()] {
            assert_eq!(sound.len(), samples(STEP_S * STEPS as f64));
            let peak = sound.iter().fold(0.0f32, |most, x| most.max(x.abs()));
            assert!((0.69..=0.91).contains(&peak), "{peak}");
            assert!(
                sound.iter().all(|x| x.is_finite()) && sound.last().is_some_and(|x| x.abs() < 0.01)
            );
        }
    }
}
