//! The list of devices: one pair each, our trainer and NAM's on the same pair for the same time.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use nfx_core::signal::random::Random;
use nfx_learn::effect::loss::{LossConfig, esr};
use nfx_train::files::write_atomic;
use nfx_train::profile::choose::{Chosen, candidates, choose, still_best};
use nfx_train::profile::data::{Dataset, Part, Recording};
use nfx_train::profile::family::{Family, Size, learner};
use nfx_train::profile::fit::{Clock, FitConfig, Span, evaluate, fit};
use nfx_train::training_loop::Unwatched;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ProfilerArgs;
use super::store::{Store, minutes_text, slug};
use crate::effects::Device;
use crate::effects::measure::static_esr;
use crate::effects::music::{Clip, Music, excerpt};
use crate::effects::python::{Pedalboard, PedalboardEffect};

const SCRIPT: &str = "tests/python/profiler_nam_peer.py";
/// Seconds of an excerpt; excerpts of the parts to learn from, to choose by, and to be judged by.
const EXCERPT_S: f64 = 4.0;
const EXCERPTS: [usize; 3] = [30, 4, 6];

/// The devices: title, effect, parameters.
pub(super) fn list() -> Vec<(&'static str, &'static str, Value)> {
    let compressor = |t: f64, r: f64, a: f64, e: f64| json!({"threshold_db": t, "ratio": r, "attack_ms": a, "release_ms": e});
    vec![
        ("Distortion, drive 25 dB", "Distortion", json!({"drive_db": 25.0})),
        (
            "Compressor −20 dB, 4:1, 10 ms, 100 ms",
            "Compressor",
            compressor(-20.0, 4.0, 10.0, 100.0),
        ),
        ("Compressor −30 dB, 8:1, 1 ms, 50 ms", "Compressor", compressor(-30.0, 8.0, 1.0, 50.0)),
        (
            "Compressor −25 dB, 3:1, 30 ms, 300 ms",
            "Compressor",
            compressor(-25.0, 3.0, 30.0, 300.0),
        ),
        ("Compressor −40 dB, 2:1, 5 ms, 20 ms", "Compressor", compressor(-40.0, 2.0, 5.0, 20.0)),
        ("Limiter −20 dB, 100 ms", "Limiter", json!({"threshold_db": -20.0, "release_ms": 100.0})),
        (
            "LadderFilter 24 dB, 1 kHz, resonance 0.3, drive 4",
            "LadderFilter",
            json!({"mode": "LPF24", "cutoff_hz": 1000.0, "resonance": 0.3, "drive": 4.0}),
        ),
        ("Bitcrush, 6 bits", "Bitcrush", json!({"bit_depth": 6.0})),
        ("Phaser, 1 Hz", "Phaser", json!({"rate_hz": 1.0, "depth": 0.5, "mix": 0.5})),
        ("Chorus, 1 Hz", "Chorus", json!({"rate_hz": 1.0, "depth": 0.25, "mix": 0.5})),
        ("Delay, 250 ms", "Delay", json!({"delay_seconds": 0.25, "feedback": 0.3, "mix": 0.5})),
    ]
}

/// One training on one device.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Done {
    pub device: String,
    /// Family of ours, network of NAM's.
    pub network: String,
    pub weights: usize,
    pub steps: u64,
    pub seconds: f64,
    /// On the part that nothing has seen.
    pub esr: f64,
    /// ESR of the best static gain there.
    pub fixed: f64,
    /// Held-out ESR of the families' trials.
    pub trials: Vec<(String, f64)>,
    pub version: String,
}

/// Where a cell is kept.
pub(super) fn cell(who: &str, device: &str, minutes: f64, seed: u64) -> String {
    format!("device-{who}-{}-{}-s{seed}", slug(device), minutes_text(minutes))
}

/// The devices whose ESR after the short training is the highest.
pub(super) fn hardest(store: &Store, args: &ProfilerArgs) -> Vec<&'static str> {
    let mut found: Vec<(f64, &'static str)> = list()
        .iter()
        .filter_map(|(title, ..)| {
            Some((store.get::<Done>(&cell("ours", title, args.minutes, args.seed))?.esr, *title))
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().take(3).map(|(_, title)| title).collect()
}

/// Trains what is missing.
pub(super) fn run(
    args: &ProfilerArgs,
    store: &Store,
    music: &Music,
    python: &Path,
    mut process: Pedalboard,
) -> Result<()> {
    for (title, effect, settings) in list() {
        let parameters: Vec<(&str, Value)> = settings
            .as_object()
            .into_iter()
            .flatten()
            .map(|(k, v)| (k.as_str(), v.clone()))
            .collect();
        let mut device = PedalboardEffect::fixed(process, title, effect, &parameters);
        let data = pair(&mut device, music)?;
        let version = device.version().to_owned();
        if args.wants("devices") {
            store.kept(&cell("ours", title, args.minutes, args.seed), || {
                Ok(Done {
                    version: version.clone(),
                    ..ours(&data, title, args.minutes, args.seed)?
                })
            })?;
        }
        if args.wants("nam") {
            store.kept(&cell("nam", title, args.minutes, args.seed), || {
                nam(&data, title, args, store, python)
            })?;
        }
        process = device.into_process();
    }
    if args.long_minutes > 0.0 && args.wants("devices") {
        for title in hardest(store, args) {
            let Some((title, effect, settings)) = list().into_iter().find(|(t, ..)| *t == title)
            else {
                continue;
            };
            let parameters: Vec<(&str, Value)> = settings
                .as_object()
                .into_iter()
                .flatten()
                .map(|(k, v)| (k.as_str(), v.clone()))
                .collect();
            let mut device = PedalboardEffect::fixed(process, title, effect, &parameters);
            let data = pair(&mut device, music)?;
            store.kept(&cell("ours", title, args.long_minutes, args.seed), || {
                ours(&data, title, args.long_minutes, args.seed)
            })?;
            process = device.into_process();
        }
    }
    Ok(())
}

/// Music before and after a device; no clip is in two parts.
fn pair(device: &mut dyn Device, music: &Music) -> Result<Dataset> {
    let parts = [
        (Part::Train, &music.train),
        (Part::Validation, &music.validation),
        (Part::Test, &music.test),
    ];
    let mut recordings = Vec::new();
    for (i, ((part, clips), count)) in parts.into_iter().zip(EXCERPTS).enumerate() {
        let input = take(clips, count, music.rate_hz, i as u64);
        let target = device.render(&input, music.rate_hz, &[])?;
        recordings.push(Recording {
            name: format!("{part:?}"),
            input,
            target,
            part: Some(part),
            ..Recording::default()
        });
    }
    Dataset::new(recordings, Vec::new(), music.rate_hz, 0)
}

fn take(clips: &[Clip], count: usize, rate_hz: f64, stream: u64) -> Vec<f32> {
    let mut rng = Random::for_part(0xDE_71CE, stream);
    let samples = (EXCERPT_S * rate_hz) as usize;
    (0..count).flat_map(|_| excerpt(&mut rng, clips, samples, 0.0)).collect()
}

/// The test part: before, after.
fn test_part(data: &Dataset) -> (&[f32], &[f32]) {
    let found = data.recordings.iter().find(|r| r.part == Some(Part::Test));
    found.map_or((&[], &[]), |r| (&r.input, &r.target))
}

/// Our trainer: families show themselves, the best goes on.
fn ours(data: &Dataset, title: &str, minutes: f64, seed: u64) -> Result<Done> {
    let config = FitConfig { seed, clock: Clock::Processor, ..FitConfig::new(60.0 * minutes) };
    let make = |family: Family| learner(family, Size::default(), 0, LossConfig::default(), seed);
    let Chosen { mut family, learner: mut model, position, trials } =
        choose(&candidates(data), &make, &config, data, &mut Unwatched)
            .with_context(|| format!("{title} was not learned"))?;
    let of_trial =
        |family: Family| trials.iter().find(|trial| trial.family == family)?.best.clone();
    let tried = of_trial(family).map(|(_, tensors)| tensors);
    let span = Span { position, best: tried.as_ref(), until: None };
    let mut outcome = fit(&config, data, model.as_mut(), span, &mut Unwatched)?;
    outcome.best = outcome.best.or(tried);
    if let Some(trial) = still_best(&trials, Some(family), &config, &outcome) {
        family = trial.family;
        model = make(family)?;
        outcome.best = of_trial(family).map(|(_, tensors)| tensors);
    }
    if let Some(tensors) = &outcome.best {
        model.set_tensors(tensors)?;
    }
    let (input, target) = test_part(data);
    Ok(Done {
        device: title.to_owned(),
        network: family.name().to_owned(),
        weights: model.parameters(),
        steps: outcome.position.steps,
        seconds: outcome.position.seconds,
        esr: evaluate(model.as_mut(), data, &data.test)?.esr,
        fixed: static_esr(input, target),
        trials: trials
            .iter()
            .map(|trial| (trial.family.name().to_owned(), trial.figure.min(f64::MAX)))
            .collect(),
        version: String::new(),
    })
}

#[derive(Serialize)]
struct Job {
    folder: PathBuf,
    rate: u32,
    minutes: f64,
    threads: usize,
    output: PathBuf,
}

#[derive(Deserialize)]
struct Answer {
    version: String,
    steps: u64,
    seconds: f64,
    network: String,
}

/// NAM's trainer on the same pair.
fn nam(
    data: &Dataset,
    title: &str,
    args: &ProfilerArgs,
    store: &Store,
    python: &Path,
) -> Result<Done> {
    let folder = store.path(&format!("nam-{}", slug(title)));
    std::fs::create_dir_all(&folder)?;
    for recording in &data.recordings {
        let name = recording.name.to_ascii_lowercase();
        for (end, sound) in [("input", &recording.input), ("target", &recording.target)] {
            let bytes: Vec<u8> = sound.iter().flat_map(|x| x.to_le_bytes()).collect();
            write_atomic(&folder.join(format!("{name}_{end}.f32")), &bytes)?;
        }
    }
    let output = folder.join("output.f32");
    let job = Job {
        folder: folder.clone(),
        rate: data.rate_hz as u32,
        minutes: args.minutes,
        threads: rayon::current_num_threads(),
        output: output.clone(),
    };
    let list = folder.join("job.json");
    write_atomic(&list, &serde_json::to_vec_pretty(&job)?)?;
    let run = Command::new(python)
        .arg(SCRIPT)
        .arg(&list)
        .env("OMP_NUM_THREADS", job.threads.to_string())
        .output()
        .with_context(|| format!("{} could not be started", python.display()))?;
    let text = String::from_utf8_lossy(&run.stdout);
    let last = text.lines().rev().find(|l| l.starts_with('{'));
    let Some(answer) = last.and_then(|l| serde_json::from_str::<Answer>(l).ok()) else {
        let error = String::from_utf8_lossy(&run.stderr);
        bail!(
            "{SCRIPT} failed: {}",
            error.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("no message")
        );
    };
    let bytes = std::fs::read(&output)
        .with_context(|| format!("{SCRIPT} wrote no {}", output.display()))?;
    let played: Vec<f32> =
        bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let (input, target) = test_part(data);
    std::fs::remove_dir_all(&folder)
        .with_context(|| format!("{} could not be removed", folder.display()))?;
    Ok(Done {
        device: title.to_owned(),
        network: answer.network,
        weights: 0,
        steps: answer.steps,
        seconds: answer.seconds,
        esr: esr(&played, target),
        fixed: static_esr(input, target),
        trials: Vec::new(),
        version: answer.version,
    })
}
