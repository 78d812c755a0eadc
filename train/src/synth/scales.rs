//! Single notes of many patches: the scales of CANNe's corpora, and chromatic notes for models that
//! are told the note.

use std::fmt;
use std::str::FromStr;

use nfx_core::Complex32;
use nfx_core::signal::random::Random;
use nfx_core::signal::stft::{StftConfig, Transform};
use nfx_core::signal::window::Window;

use super::dsp::{DcBlock, midi_hz, normalise};
use super::effects::{Echo, echo, overdrive};
use super::patch::Patch;
use super::voice::{Note, render};

/// Raised whenever the same arguments would sound different, so that no stale corpus is read from a
/// cache.
pub const VERSION: u32 = 1;

/// Which notes are played on every patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// C major from C2 to C7 (MIDI 36 to 96): the thesis's five octaves.
    FiveOctaves,
    /// C major from middle C to the C above (MIDI 60 to 72): the thesis's one octave.
    OneOctave,
    /// Every semitone from C2 to C7.
    Chromatic,
    /// Every semitone from E1, the lowest string of a bass, to C7.
    Wide,
}

const SCALES: [(Scale, &str); 4] = [
    (Scale::FiveOctaves, "five_octaves"),
    (Scale::OneOctave, "one_octave"),
    (Scale::Chromatic, "chromatic"),
    (Scale::Wide, "wide"),
];

impl Scale {
    /// Its notes, MIDI, ascending.
    pub fn notes(self) -> Vec<u8> {
        let (low, high) = match self {
            Scale::OneOctave => (60, 72),
            Scale::FiveOctaves | Scale::Chromatic => (36, 96),
            Scale::Wide => (28, 96),
        };
        let every = matches!(self, Scale::Chromatic | Scale::Wide);
        let major = |note: &u8| every || [0, 2, 4, 5, 7, 9, 11].contains(&(note % 12));
        (low..=high).filter(major).collect()
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCALES.iter().find(|(s, _)| s == self).map_or("", |(_, n)| n))
    }
}

impl FromStr for Scale {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Scale> {
        SCALES.iter().find(|(_, n)| *n == text).map(|(s, _)| *s).ok_or_else(|| {
            let names: Vec<&str> = SCALES.iter().map(|(_, n)| *n).collect();
            anyhow::anyhow!("expected a scale out of {}, found `{text}`", names.join(", "))
        })
    }
}

/// The numbers of the patches of a seed. With `harmonic` only patches whose partials are whole
/// multiples of the note, so that whoever moves the partials of a note moves all of the sound.
pub fn patches(seed: u64, count: usize, harmonic: bool) -> Vec<u32> {
    let first = (seed.wrapping_sub(1) as u32).wrapping_mul(10_000);
    let numbers = (0u32..).map(|i| first.wrapping_add(i));
    if harmonic {
        numbers.filter(|&n| harmonicity(&Patch::numbered(n)) >= HARMONIC).take(count).collect()
    } else {
        numbers.take(count).collect()
    }
}

/// Share of the power near whole multiples of the note from which on a patch counts as harmonic.
const HARMONIC: f32 = 0.985;

/// The share of a patch's power that lies within three bins (of 4096 points at 44.1 kHz) of a
/// multiple of its note.
pub fn harmonicity(patch: &Patch) -> f32 {
    const NOTE: u8 = 57;
    let rate = 44_100.0;
    let sound = note(patch, NOTE, 0.4, rate);
    let Ok(mut transform) = StftConfig::new(4096, 1024, Window::Hann).and_then(Transform::new)
    else {
        return 0.0;
    };
    let mut time = vec![0.0f32; 4096];
    let mut spectrum = vec![Complex32::default(); 2049];
    let (mut near, mut all) = (0.0f32, 1e-12f32);
    for start in [2048usize, 8192] {
        let part = sound.get(start..).unwrap_or_default();
        time.fill(0.0);
        time.iter_mut().zip(part).for_each(|(t, x)| *t = *x);
        transform.analyse(&time, &mut spectrum);
        let spacing = midi_hz(f32::from(NOTE)) * 4096.0 / rate as f32;
        for (bin, value) in spectrum.iter().enumerate() {
            let multiple = (bin as f32 / spacing).round().max(1.0) * spacing;
            let power = value.norm_sqr();
            all += power;
            near += if (bin as f32 - multiple).abs() <= 3.0 { power } else { 0.0 };
        }
    }
    near / all
}

/// One note of a patch with the patch's effects, `seconds` long in all, peak 0.8, mono at `rate`
/// Hz.
///
/// The key is held for nine tenths of it. Whether there is overdrive or an echo follows from the
/// patch's number, so that all notes of a patch have the same sound. The same arguments give the
/// same samples.
pub fn note(patch: &Patch, midi: u8, seconds: f64, rate: f64) -> Vec<f32> {
    let mut patch = patch.clone();
    let held = 0.9 * seconds;
    // What comes later is cut off anyway.
    patch.amp.release = patch.amp.release.min((0.1 * seconds) as f32);
    let seed = u64::from(patch.number) << 8 | u64::from(midi);
    let event = Note { midi: f32::from(midi), from_midi: None, velocity: 0.8, seconds: held, seed };
    let mut sound = render(&patch, &event, rate);
    sound.resize((seconds * rate).round() as usize, 0.0);
    let mut rng = Random::for_part(0x005c_a1e5, u64::from(patch.number));
    if rng.chance(0.25) {
        normalise(&mut sound, 1.0);
        overdrive(&mut sound, rng.log_range(1.0, 8.0), rate as f32);
    }
    if rng.chance(0.3) {
        let settings = Echo {
            seconds: rng.range(0.08, 0.25),
            feedback: rng.range(0.1, 0.5),
            level: rng.range(0.15, 0.5),
            damp_hz: rng.log_range(1_500.0, 8_000.0),
        };
        echo(&mut sound, &settings, rate as f32);
    }
    let mut dc = DcBlock::new(rate as f32);
    sound.iter_mut().for_each(|x| *x = dc.next(*x));
    normalise(&mut sound, 0.8);
    sound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_those_of_the_thesis() {
        assert_eq!(Scale::OneOctave.notes(), [60, 62, 64, 65, 67, 69, 71, 72]);
        assert_eq!((Scale::FiveOctaves.notes().len(), Scale::Chromatic.notes().len()), (36, 61));
        for (scale, name) in SCALES {
            assert_eq!(
                (scale.to_string().as_str(), name.parse::<Scale>().ok()),
                (name, Some(scale))
            );
        }
    }

    #[test]
    fn a_note_sounds_the_same_each_time_and_patches_differ() {
        let patch = Patch::numbered(3);
        let (a, b) = (note(&patch, 60, 0.3, 22_050.0), note(&patch, 60, 0.3, 22_050.0));
        assert!(a == b && a.len() == 6_615 && a.iter().all(|x| x.is_finite() && x.abs() <= 0.81));
        assert!(a != note(&Patch::numbered(4), 60, 0.3, 22_050.0));
    }

    #[test]
    fn harmonic_patches_are_found_and_bells_are_not_among_them() {
        let found = patches(1, 12, true);
        assert_eq!(found.len(), 12);
        assert!(found.iter().all(|&n| harmonicity(&Patch::numbered(n)) >= HARMONIC));
        let bell =
            (0..200).map(Patch::numbered).find(|p| p.family == super::super::patch::Family::Bell);
        assert!(harmonicity(&bell.expect("a bell")) < HARMONIC);
        assert_eq!(patches(2, 3, false), [10_000, 10_001, 10_002]);
    }
}
