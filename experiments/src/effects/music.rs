//! Clips of music to play through a device.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use nfx_core::signal::random::Random;
use nfx_train::audio::{is_audio_path, read_audio, resample};
use nfx_train::corpus::{Limits, Part, assign};
use nfx_train::synth::improvise::{Kind, improvise};

/// The peak that every clip is brought to.
const PEAK: f32 = 0.9;
/// How far below that an excerpt may be played, dB.
const QUIETER_DB: f32 = 24.0;
/// How far above it an excerpt of a training may be played, dB: a model should know what a device
/// does to hot input.
pub const LOUDER_DB: f32 = 12.0;
/// What recordings are taken from a folder: loops, beats, bass, guitar, tabla, a piano.
const WORDS: [&str; 6] = ["loop_", "_beat_", "bass_", "guit_", "tabla_", "ambi_piano"];

/// One clip, mono.
#[derive(Clone, Debug)]
pub struct Clip {
    /// File or improvisation.
    pub name: String,
    /// Samples, peak 0.9.
    pub samples: Vec<f32>,
}

/// Clips, split so that no clip is in two parts.
#[derive(Clone, Debug, Default)]
pub struct Music {
    /// To learn from.
    pub train: Vec<Clip>,
    /// To choose by.
    pub validation: Vec<Clip>,
    /// To be measured on.
    pub test: Vec<Clip>,
    /// The sample rate of all, Hz.
    pub rate_hz: f64,
}

impl Music {
    /// The recordings of a folder (where there is one) and `improvisations` pieces of the suite's
    /// synthesizer of `seconds` each.
    ///
    /// # Errors
    /// When the folder cannot be read or nothing is left to play.
    pub fn load(
        folder: Option<&Path>,
        rate_hz: f64,
        improvisations: u64,
        seconds: f64,
    ) -> Result<Music> {
        let mut clips = match folder {
            Some(folder) => recordings(folder, rate_hz)?,
            None => Vec::new(),
        };
        let kinds = [Kind::Drums, Kind::Bass, Kind::All, Kind::Melody, Kind::Chords];
        for i in 0..improvisations {
            let kind = kinds[i as usize % kinds.len()];
            let samples = improvise(0xC0_11, i, kind, seconds, rate_hz);
            clips.extend(clip(format!("improvisation {i}, {kind}"), samples));
        }
        ensure!(
            clips.len() >= 3,
            "expected at least 3 clips of music with a sound in them, found {}",
            clips.len()
        );
        let lengths: Vec<f64> = clips.iter().map(|c| c.samples.len() as f64).collect();
        let parts = assign(&lengths, Limits { train: 70, validation: 10, test: 20 }, 11);
        let mut music = Music { rate_hz, ..Music::default() };
        for (clip, part) in clips.into_iter().zip(parts) {
            match part {
                Part::Train => music.train.push(clip),
                Part::Validation => music.validation.push(clip),
                Part::Test => music.test.push(clip),
            }
        }
        Ok(music)
    }
}

/// Brings a clip to its peak; `None` when it is silent or shorter than a second at 44.1 kHz.
fn clip(name: String, mut samples: Vec<f32>) -> Option<Clip> {
    let peak = samples.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    if peak < 1e-4 || samples.len() < 44_100 {
        return None;
    }
    samples.iter_mut().for_each(|x| *x *= PEAK / peak);
    Some(Clip { name, samples })
}

fn recordings(folder: &Path, rate_hz: f64) -> Result<Vec<Clip>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("the folder {} could not be read", folder.display()))?;
    let mut paths: Vec<_> =
        entries.filter_map(|e| e.ok().map(|e| e.path())).filter(|p| is_audio_path(p)).collect();
    paths.sort();
    let mut clips = Vec::new();
    for path in paths {
        let name = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if WORDS.iter().any(|word| name.contains(word)) {
            match read_audio(&path) {
                Ok(audio) => {
                    clips.extend(clip(name, resample(&audio.mono(), audio.rate, rate_hz)?))
                }
                // One bad file is no reason to stop.
                Err(error) => eprintln!("{} was left out: {error:#}.", path.display()),
            }
        }
    }
    Ok(clips)
}

/// `samples` samples of a clip drawn at random, from 24 dB below its peak to `louder_db` above; a
/// shorter clip is played again from its beginning.
pub fn excerpt(rng: &mut Random, clips: &[Clip], samples: usize, louder_db: f32) -> Vec<f32> {
    let gain_db = rng.range(-QUIETER_DB, louder_db);
    passage(rng, clips, samples, gain_db)
}

/// As [`excerpt`], at a level that is given: decibels above a clip's peak of 0.9.
pub fn passage(rng: &mut Random, clips: &[Clip], samples: usize, gain_db: f32) -> Vec<f32> {
    let Some(clip) = clips.get(rng.below(clips.len())) else { return vec![0.0; samples] };
    let gain = 10f32.powf(gain_db / 20.0);
    let first = rng.below(clip.samples.len().saturating_sub(samples) + 1);
    (0..samples).map(|n| gain * clip.samples[(first + n) % clip.samples.len()]).collect()
}

/// A grid of decaying sines, as SignalTrain's first trainings had it: frequencies from 55 Hz to 7
/// kHz, times from 20 ms to 2 s, each with a start of its own, two seconds long.
pub fn decaying_sines(rate_hz: f64) -> Vec<Clip> {
    let mut clips = Vec::new();
    for f in 0..15 {
        for t in 0..7 {
            let (hz, seconds) =
                (55.0 * 2f64.powf(f64::from(f) / 2.0), 0.02 * 100f64.powf(f64::from(t) / 6.0));
            let start = (0.1 * rate_hz * f64::from((f * 7 + t) % 5)) as usize;
            let samples = (0..(2.0 * rate_hz) as usize)
                .map(|n| {
                    let time = n.saturating_sub(start) as f64 / rate_hz;
                    let on = f64::from(u8::from(n >= start));
                    (on * (-time / seconds).exp() * (std::f64::consts::TAU * hz * time).sin())
                        as f32
                })
                .collect();
            clips.extend(clip(format!("sine of {hz:.0} Hz, {seconds:.2} s"), samples));
        }
    }
    clips
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_clip_is_in_two_parts_and_excerpts_follow_from_the_seed() {
        let music = Music::load(None, 44_100.0, 6, 2.0).unwrap();
        let names: Vec<&str> = [&music.train, &music.validation, &music.test]
            .into_iter()
            .flatten()
            .map(|c| c.name.as_str())
            .collect();
        let mut unique = names.clone();
        unique.sort_unstable();
        unique.dedup();
        assert!(
            unique.len() == names.len() && !music.test.is_empty() && !music.validation.is_empty()
        );
        let draw = |seed| excerpt(&mut Random::stirred(seed), &music.train, 1000, 0.0);
        assert!(draw(3) == draw(3) && draw(3) != draw(4));
        assert!(draw(5).iter().all(|x| x.abs() <= 0.9001));
        assert!(Music::load(None, 44_100.0, 1, 2.0).is_err());
    }
}
