//! The same trainings by another nfx-train and by the one to try.

use std::path::Path;

use anyhow::Result;

use super::devices::{delay, gate, limiter, optical, tone_stack};
use super::material::{Material, RATE_HZ};
use super::program::{Ended, Pair, train};
use super::{THIS, TrainingsArgs};
use crate::checks::devices::{DEVICES, Device};
use crate::profiler::store::{Store, slug};

/// Units, or channels, of the networks: small ones, for many are trained.
pub(super) const WIDTH: usize = 8;
/// The program to try is worse by more than this: two more seeds say whether that is chance.
const SUSPICIOUS: f64 = 1.1;

/// What is trained on a device: families, each with the sound that it learns from.
const PLAN: [(&str, &[(&str, Sound)]); 8] = [
    ("tanh", &[("auto", Sound::Music), ("lstm", Sound::TestSignal)]),
    ("drive", &[("auto", Sound::TestSignal), ("wavenet", Sound::Music)]),
    ("compressor", &[("auto", Sound::Music), ("lstm", Sound::TestSignal)]),
    ("optical compressor, 2 dB", &[("auto", Sound::TestSignal), ("dynamics", Sound::Music)]),
    ("limiter", &[("auto", Sound::Music), ("dynamics", Sound::TestSignal)]),
    ("gate", &[("auto", Sound::TestSignal), ("dynamics", Sound::Music)]),
    ("tone stack", &[("auto", Sound::Music)]),
    ("delay, 30 ms, fed back", &[("auto", Sound::TestSignal)]),
];

/// The devices that the checks do not have.
const OTHERS: [Device; 5] = [
    Device { name: "optical compressor, 2 dB", play: |x, rate| optical(x, rate, false) },
    Device { name: "limiter", play: limiter },
    Device { name: "gate", play: gate },
    Device { name: "tone stack", play: tone_stack },
    Device { name: "delay, 30 ms, fed back", play: delay },
];

/// What is learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sound {
    TestSignal,
    Music,
}

impl Sound {
    pub(super) fn name(self) -> &'static str {
        match self {
            Sound::TestSignal => "test signal",
            Sound::Music => "music",
        }
    }

    fn of(self, material: &Material) -> &[f32] {
        match self {
            Sound::TestSignal => &material.test_signal,
            Sound::Music => &material.music,
        }
    }
}

/// A training by both programs, with one seed or more.
pub(super) struct Row {
    pub(super) device: &'static str,
    pub(super) sound: Sound,
    pub(super) family: &'static str,
    /// The other program's and that of the one to try.
    pub(super) seeds: Vec<[Ended; 2]>,
}

impl Row {
    /// ESR of the program to try over the other's, the geometric mean over the seeds.
    pub(super) fn ratio(&self) -> f64 {
        let logs = self.seeds.iter().map(|[before, after]| (esr(after) / esr(before)).ln());
        (logs.sum::<f64>() / self.seeds.len().max(1) as f64).exp()
    }
}

/// ESR on the sound that is judged by; that of a training that has left nothing is 1, which is
/// silence's.
pub(super) fn esr(ended: &Ended) -> f64 {
    ended.model.as_ref().and_then(|model| model.held_out).unwrap_or(1.0).max(1e-12)
}

/// Trains what is missing, with another nfx-train and with the one to try.
pub(super) fn run(
    args: &TrainingsArgs,
    programs: [&Path; 2],
    store: &Store,
    material: &Material,
) -> Result<Vec<Row>> {
    let programs = [(args.before_name.as_str(), programs[0]), (THIS, programs[1])];
    let mut rows = Vec::new();
    for (name, families) in PLAN {
        let Some(device) = DEVICES.iter().chain(&OTHERS).find(|d| d.name == name) else { continue };
        let played = |x: &[f32]| Pair {
            input: x.to_vec(),
            target: (device.play)(x, RATE_HZ),
            rate_hz: RATE_HZ,
        };
        let held_out = played(&material.held_out);
        for (family, sound) in families.iter().copied() {
            let pair = played(sound.of(material));
            let once = |(who, program): (&str, &Path), seed: u64| {
                let cell = slug(&format!(
                    "{who} {name} {} {family} {} steps s{seed}",
                    sound.name(),
                    args.steps
                ));
                let words = format!(
                    "--family {family} --width {WIDTH} --steps {} --seed {seed}",
                    args.steps
                );
                args.ended(store, &cell, || train(program, &pair, &words, Some(&held_out)))
            };
            let both = |seed: u64| -> Result<Option<[Ended; 2]>> {
                Ok(once(programs[0], seed)?.zip(once(programs[1], seed)?).map(<[Ended; 2]>::from))
            };
            let Some(first) = both(args.seed)? else { continue };
            let mut row = Row { device: name, sound, family, seeds: vec![first] };
            if row.ratio() > SUSPICIOUS {
                row.seeds.extend(both(args.seed + 1)?.into_iter().chain(both(args.seed + 2)?));
            }
            rows.push(row);
        }
    }
    Ok(rows)
}
