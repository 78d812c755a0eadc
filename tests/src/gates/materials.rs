//! The six dry sounds that effects are heard with, made from numbers so that every machine hears
//! the same, and what is played on instruments. Each is narrow somewhere: together they leave no
//! band that all of them fill.

use crate::clap_host::notes::{Note, Play, Played};
use crate::measure;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::f64::consts::TAU;

/// Samples per second of everything here.
pub const RATE_HZ: f64 = 44_100.0;
/// Seconds of each dry sound.
pub const SECONDS: f64 = 4.0;
/// Their loudness, in LUFS over both channels.
pub const LUFS: f64 = -18.0;
/// Their names, in order.
pub const NAMES: [&str; 6] = ["drums", "bass", "piano", "guitar", "choir", "speech"];

/// The dry sounds in the order of [`NAMES`]: `[material][channel][sample]`, stereo, at [`LUFS`],
/// peaks below full scale.
pub fn all() -> Vec<Vec<Vec<f32>>> {
    [drums(), bass(), piano(), guitar(), choir(), speech()]
        .into_iter()
        .map(|mono| stereo(&mono))
        .collect()
}

/// Two channels that are not equal, without an offset, at the wanted loudness, with the few peaks
/// that would be too high bent.
fn stereo(mono: &[f32]) -> Vec<Vec<f32>> {
    let late = 9;
    let mut right = vec![0.0; late];
    right.extend(mono[..mono.len() - late].iter().map(|sample| sample * 0.85));
    let mut channels = vec![mono.to_vec(), right];
    for _ in 0..4 {
        let gain = 10_f64.powf((LUFS - loudness(&channels)) / 20.0) as f32;
        for channel in &mut channels {
            channel.iter_mut().for_each(|sample| *sample = bent(*sample * gain));
            let mean = channel.iter().map(|x| f64::from(*x)).sum::<f64>() / channel.len() as f64;
            channel.iter_mut().for_each(|sample| *sample -= mean as f32);
        }
    }
    channels
}

/// A sample, softly kept below -4 dBFS.
fn bent(x: f32) -> f32 {
    if x.abs() > 0.35 { x.signum() * (0.35 + 0.25 * ((x.abs() - 0.35) / 0.25).tanh()) } else { x }
}

/// The loudness of a sound of any channels, in LUFS without gates.
pub fn loudness(channels: &[Vec<f32>]) -> f64 {
    let power = |channel: &Vec<f32>| 10_f64.powf(measure::loudness(channel, RATE_HZ) / 10.0);
    measure::power_db(channels.iter().map(power).sum())
}

fn silence() -> Vec<f32> {
    vec![0.0; (SECONDS * RATE_HZ) as usize]
}

/// Adds what `sample` says of the seconds since `start`, for so many seconds.
fn add(out: &mut [f32], start: f64, seconds: f64, mut sample: impl FnMut(f64) -> f64) {
    let from = (start * RATE_HZ) as usize;
    let count = (seconds * RATE_HZ) as usize;
    for (n, out) in out.iter_mut().skip(from).take(count).enumerate() {
        *out += sample(n as f64 / RATE_HZ) as f32;
    }
}

fn hertz(note: f64) -> f64 {
    440.0 * 2_f64.powf((note - 69.0) / 12.0)
}

/// Kick, snare and hats at 120 beats a minute.
fn drums() -> Vec<f32> {
    let mut out = silence();
    let mut random = StdRng::seed_from_u64(11);
    for beat in 0..8 {
        let at = 0.5 * f64::from(beat);
        let mut phase = 0.0;
        if beat % 2 == 0 {
            add(&mut out, at, 0.4, |t| {
                phase += TAU * (45.0 + 110.0 * (-t * 30.0).exp()) / RATE_HZ;
                phase.sin() * (-t * 9.0).exp()
            });
        } else {
            let mut held = 0.0;
            add(&mut out, at, 0.3, |t| {
                held = 0.5 * held + random.random_range(-0.35..0.35);
                held * (-t * 18.0).exp() + 0.3 * (TAU * 185.0 * t).sin() * (-t * 25.0).exp()
            });
        }
        for half in [0.0, 0.25] {
            let mut before = 0.0;
            add(&mut out, at + half, 0.08, |t| {
                let now = random.random_range(-0.2..0.2);
                let high = now - before;
                before = now;
                high * (-t * 60.0).exp()
            });
        }
    }
    out
}

/// When a note is heard, and which.
struct Struck {
    /// Seconds.
    start: f64,
    /// How long.
    seconds: f64,
    /// MIDI note.
    note: f64,
}

/// Adds a note of so many partials; `shape` gives the amplitude and decay (1/s) of each of them.
fn struck(out: &mut [f32], played: Struck, partials: usize, shape: impl Fn(f64) -> (f64, f64)) {
    let Struck { start, seconds, note } = played;
    let base = hertz(note);
    for k in 1..=partials {
        let k = k as f64;
        // Strings are stiff: their partials lie a little wide.
        let hz = base * k * (1.0 + 2e-4 * k * k).sqrt();
        if hz > 0.45 * RATE_HZ {
            break;
        }
        let (amplitude, decay) = shape(k);
        add(out, start, seconds, |t| {
            amplitude * (1.0 - (-t * 600.0).exp()) * (-t * decay).exp() * (TAU * hz * t).sin()
        });
    }
}

/// A line of eighth notes with nothing above some 800 Hz.
fn bass() -> Vec<f32> {
    let mut out = silence();
    for (step, note) in
        [28.0, 28.0, 40.0, 31.0, 33.0, 33.0, 45.0, 35.0].iter().cycle().take(16).enumerate()
    {
        let at = 0.25 * step as f64;
        let played = Struck { start: at, seconds: 0.24, note: *note };
        struck(&mut out, played, 8, |k| (0.4 / k.powf(1.6), 2.0 + 0.8 * k));
    }
    out
}

/// Four chords, left to ring.
fn piano() -> Vec<f32> {
    let mut out = silence();
    for (step, chord) in [
        [48.0, 60.0, 64.0, 67.0],
        [45.0, 57.0, 60.0, 64.0],
        [41.0, 57.0, 60.0, 65.0],
        [43.0, 55.0, 59.0, 62.0],
    ]
    .iter()
    .enumerate()
    {
        for (voice, note) in chord.iter().enumerate() {
            let at = step as f64 + 0.012 * voice as f64;
            let played = Struck { start: at, seconds: 1.0, note: *note };
            struck(&mut out, played, 14, |k| (0.2 / k.powf(1.3), 0.9 + 0.6 * k));
        }
    }
    out
}

/// Strummed chords of plucked strings: noise that goes round a delay line.
fn guitar() -> Vec<f32> {
    let mut out = silence();
    let mut random = StdRng::seed_from_u64(7);
    for strum in 0..8 {
        let chord = [[40.0, 47.0, 52.0, 56.0, 59.0], [45.0, 52.0, 57.0, 60.0, 64.0]][strum / 2 % 2];
        for (string, note) in chord.iter().enumerate() {
            let length = (RATE_HZ / hertz(*note)) as usize;
            let mut line: Vec<f64> =
                (0..length).map(|_| random.random_range(-0.25..0.25)).collect();
            let mut at = 0;
            add(&mut out, 0.5 * strum as f64 + 0.015 * string as f64, 0.5, |_| {
                let next = (at + 1) % length;
                let sample = line[at];
                line[at] = 0.996 * 0.5 * (line[at] + line[next]);
                at = next;
                sample
            });
        }
    }
    out
}

/// Voices on one vowel with vibrato, three notes each for two seconds; nothing between their
/// partials.
fn choir() -> Vec<f32> {
    let mut out = silence();
    for (step, chord) in [[57.0, 64.0, 69.0], [55.0, 62.0, 67.0]].iter().enumerate() {
        for (voice, note) in chord.iter().enumerate() {
            let vibrato =
                |t: f64| 0.06 * (TAU * (4.8 + 0.3 * voice as f64) * t).sin() / (TAU * 4.8);
            for k in 1..=20 {
                let hz = hertz(*note) * f64::from(k);
                let amplitude =
                    0.12 * (vowel(hz, [700.0, 1100.0, 2600.0]) + 0.02) / f64::from(k).sqrt();
                add(&mut out, 2.0 * step as f64, 2.0, |t| {
                    let swell = (t * 5.0).min(1.0) * ((2.0 - t) * 8.0).clamp(0.0, 1.0);
                    amplitude * swell * (TAU * hz * (t + 0.1 * vibrato(t))).sin()
                });
            }
        }
    }
    out
}

/// How much a mouth with these formants lets through.
fn vowel(hz: f64, formants: [f64; 3]) -> f64 {
    formants
        .iter()
        .zip([1.0, 0.6, 0.25])
        .map(|(at, gain)| gain * (-((hz - at) / (90.0 + 0.05 * at)).powi(2)).exp())
        .sum()
}

/// Syllables of a voice whose pitch and vowel move, with hisses between them and pauses.
fn speech() -> Vec<f32> {
    let vowels = [
        [700.0, 1200.0, 2500.0],
        [300.0, 2200.0, 2900.0],
        [450.0, 800.0, 2400.0],
        [550.0, 1800.0, 2500.0],
    ];
    let mut out = silence();
    let mut random = StdRng::seed_from_u64(5);
    for syllable in 0..14 {
        let at = 0.28 * f64::from(syllable);
        if syllable % 5 == 4 {
            continue;
        }
        let (from, to) = (vowels[syllable as usize % 4], vowels[(syllable as usize * 3 + 1) % 4]);
        let base = 115.0 + 20.0 * f64::from(syllable % 3);
        let mut phase = 0.0;
        add(&mut out, at + 0.05, 0.2, |t| {
            let along = t / 0.2;
            let hz = base * (1.1 - 0.2 * along);
            phase += TAU * hz / RATE_HZ;
            let mouth: [f64; 3] = std::array::from_fn(|f| from[f] + (to[f] - from[f]) * along);
            let voice: f64 = (1..=30)
                .map(f64::from)
                .filter(|k| k * hz < 4_500.0)
                .map(|k| (k * phase).sin() * (vowel(k * hz, mouth) + 0.01) / k.sqrt())
                .sum();
            0.3 * voice * (t * 60.0).min(1.0) * ((0.2 - t) * 30.0).clamp(0.0, 1.0)
        });
        let (mut one, mut two) = (0.0, 0.0);
        add(&mut out, at, 0.06, |t| {
            let now = random.random_range(-0.15..0.15);
            let hiss = now - 2.0 * one + two;
            (two, one) = (one, now);
            0.4 * hiss * (t * 80.0).min(1.0) * ((0.06 - t) * 80.0).clamp(0.0, 1.0)
        });
    }
    out
}

/// What is played on an instrument, take by take: first a chord, then [`NOTES`], then a soft note
/// and one with both hands.
pub fn played() -> Vec<(usize, Vec<Played>)> {
    let key = |key: u8, velocity: f64, seconds: f64| {
        [
            Played { at: 0, what: Play::On(Note::key(key), velocity / 127.0) },
            Played { at: (seconds * RATE_HZ) as usize, what: Play::Off(Note::key(key)) },
        ]
    };
    let length = |seconds: f64| (seconds * RATE_HZ) as usize;
    let chord = [48, 52, 55, 60].into_iter().flat_map(|note| key(note, 100.0, 2.5)).collect();
    let mut takes = vec![(length(3.0), chord)];
    takes.extend(NOTES.iter().map(|note| (length(NOTE_SECONDS), key(*note, 100.0, 1.5).to_vec())));
    takes.push((length(NOTE_SECONDS), key(MIDDLE, 30.0, 1.5).to_vec()));
    let hands = [[0xb0, 1, 127], [0xd0, 127, 0], [0xb0, 74, 127]];
    let mut both: Vec<Played> =
        hands.into_iter().map(|bytes| Played { at: 0, what: Play::Midi(bytes) }).collect();
    both.extend(key(MIDDLE, 100.0, 1.5));
    takes.push((length(NOTE_SECONDS), both));
    takes
}

/// The notes that are played one by one: the first three for their level, all for what is there
/// whatever is played.
pub const NOTES: [u8; 6] = [48, MIDDLE, 72, 77, 89, 97];
/// How many of them are heard for their level.
pub const LEVEL_NOTES: usize = 3;
/// The note that is also played softly, and with wheel, pressure and slide.
pub const MIDDLE: u8 = 60;
/// Seconds of a take of one note.
pub const NOTE_SECONDS: f64 = 1.7;

/// The frequency of a note in Hz.
pub fn note_hz(note: u8) -> f64 {
    hertz(f64::from(note))
}
