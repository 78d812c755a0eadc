//! The shipped compressor beside the device that it learned from, the same code on pedalboard's,
//! and the Klon.

use std::path::Path;

use anyhow::{Context, Result, bail};
use nfx_core::file::{Precision, Provenance};
use nfx_core::models::ModelFile;
use nfx_core::models::effect::dynamics::DynamicsConfig;
use nfx_core::models::effect::{ProfileConfig, ProfileInfo};
use nfx_core::signal::random::Random;
use nfx_learn::effect::dynamics::DynamicsLearner;
use nfx_learn::effect::families;
use nfx_learn::effect::loss::LossConfig;
use nfx_train::profile::data::Dataset;
use nfx_train::profile::fit::evaluate;
use nfx_train::profile::pairs::{ReadOptions, folder, load};
use serde::{Deserialize, Serialize};

use super::ProfilerArgs;
use super::store::{Store, minutes_text};
use crate::effects::Device;
use crate::effects::command::{Caption, RATE_HZ, model_file, test_examples};
use crate::effects::compressor::Compressor;
use crate::effects::learner::{LabLearner, Segmented};
use crate::effects::measure::{Example, Times, gain_curve, relative, times};
use crate::effects::music::{Music, passage};
use crate::effects::python::{Pedalboard, PedalboardEffect};
use crate::effects::train::{Plan, train};

/// Settings with names: threshold in dB, ratio, attack and release in ms.
pub(super) const NAMED: [(&str, [f32; 4]); 10] = [
    ("drum bus", [-18.0, 2.5, 10.0, 100.0]),
    ("voice", [-24.0, 3.0, 5.0, 80.0]),
    ("bass", [-30.0, 4.0, 20.0, 150.0]),
    ("fast squash", [-40.0, 8.0, 1.0, 50.0]),
    ("crushed", [-50.0, 10.0, 1.0, 1.0]),
    ("gentle bus", [-12.0, 1.5, 30.0, 300.0]),
    ("slow release", [-35.0, 3.0, 50.0, 1000.0]),
    ("pumping", [-32.0, 6.0, 100.0, 400.0]),
    ("peaks alone", [-10.0, 10.0, 1.0, 20.0]),
    ("slow both ways", [-45.0, 4.0, 1000.0, 1000.0]),
];
/// Excerpts of test clips at each named setting, at their full level (peak 0.9), and their length.
const EXCERPTS: usize = 6;
const EXCERPT_SAMPLES: usize = 4 * 44_100;

/// One named setting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Named {
    pub name: String,
    pub setting: [f32; 4],
    /// Mean ESR of the model and of the best static gain.
    pub esr: f64,
    pub fixed: f64,
    /// Largest difference of the gain curves, dB.
    pub curve_db: f64,
    pub device_ms: [f64; 2],
    pub model_ms: [f64; 2],
}

/// Everything about one compressor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Figures {
    pub device: String,
    pub named: Vec<Named>,
    /// Means over random settings and clips of the test part: model, best static gain.
    pub random: [f64; 2],
    /// Median and 90th percentile of the ratio of both, example by example.
    pub spread: [f64; 2],
    pub examples: usize,
    pub weights: usize,
    pub minutes: f64,
    pub steps: f64,
    pub version: String,
}

/// Where figures are kept.
pub(super) fn cell(device: &str, args: &ProfilerArgs) -> String {
    match device {
        "pedalboard" => {
            format!(
                "compressor-pedalboard-at-peak-{}-s{}",
                minutes_text(pedalboard_minutes(args)),
                args.seed
            )
        }
        other => format!("compressor-{other}"),
    }
}

/// Minutes of the training on pedalboard's Compressor: four knobs take longer than one setting, the
/// far corner of all four the longest.
fn pedalboard_minutes(args: &ProfilerArgs) -> f64 {
    (4.0 * args.minutes).max(8.0)
}

/// Measures the shipped model; trains and measures one of pedalboard's Compressor.
pub(super) fn run(
    args: &ProfilerArgs,
    store: &Store,
    music: &Music,
    process: Pedalboard,
) -> Result<()> {
    let bytes = std::fs::read(&args.model)
        .with_context(|| format!("expected the compressor at {}", args.model.display()))?;
    let hash = nfx_core::file::file_hash(&bytes);
    let name = format!("{}-at-peak-{}", cell("shipped", args), hash.get(..8).unwrap_or_default());
    let shipped = store.kept(&name, || {
        let file = ModelFile::from_bytes(&bytes)?;
        let ProfileConfig::Dynamics(config) = &file.card.effect()?.network else {
            bail!("expected a dynamics processor in {}", args.model.display());
        };
        let mut learning =
            Segmented(Box::new(DynamicsLearner::with_weights(config, &file.tensors)?));
        let metric = |name: &str| file.card.provenance.metrics.get(name).copied().unwrap_or(0.0);
        let mut found = figures(&mut Compressor::comp_large(), &mut learning, music)?;
        (found.minutes, found.steps) = (metric("minutes"), metric("steps"));
        Ok(found)
    })?;
    // The document reads one name.
    nfx_train::files::write_atomic(
        &store.path(&format!("{}.json", cell("shipped", args))),
        &serde_json::to_vec_pretty(&shipped)?,
    )?;
    store.kept(&cell("pedalboard", args), || {
        let version = process.version.clone();
        let mut device = PedalboardEffect::compressor(process);
        let learner = DynamicsLearner::new(&DynamicsConfig::with_knobs(4), args.seed)?;
        let mut learning = Segmented(Box::new(learner));
        let minutes = pedalboard_minutes(args);
        let trained = train(
            &mut device,
            music,
            &mut learning,
            &Plan::new(60.0 * minutes, args.seed),
            &mut |_, _| {},
        )?;
        let mut found = figures(&mut device, &mut learning, music)?;
        (found.minutes, found.steps, found.version) = (minutes, trained.steps as f64, version);
        let info = ProfileInfo { knobs: device.knobs(), ..ProfileInfo::default() };
        let caption = Caption {
            name: "pedalboard Compressor",
            description: "Learned from the Compressor of PyPI's pedalboard.",
        };
        let made = model_file(
            caption,
            &learning.tensors()?,
            learning.0.config(),
            info,
            Provenance::default(),
        )?;
        nfx_train::files::write_atomic(
            &store.path("pedalboard.safetensors"),
            &made.to_bytes(Precision::F32)?,
        )?;
        Ok(found)
    })?;
    Ok(())
}

fn figures(
    device: &mut dyn Device,
    learning: &mut dyn LabLearner,
    music: &Music,
) -> Result<Figures> {
    let knobs = device.knobs();
    let mut named = Vec::new();
    for (name, setting) in NAMED {
        let place: Vec<f32> =
            knobs.iter().zip(setting).map(|(knob, v)| knob.normalised(v)).collect();
        let mut rng = Random::for_part(0x4A3D, 7);
        let examples = (0..EXCERPTS)
            .map(|_| {
                let input = passage(&mut rng, &music.test, EXCERPT_SAMPLES, 0.0);
                let target = device.render(&input, RATE_HZ, &setting)?;
                Ok(Example { input, target, knobs: place.clone() })
            })
            .collect::<Result<Vec<_>>>()?;
        let found = relative(learning, &examples)?;
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len().max(1) as f64;
        let seconds = f64::from((setting[2] + setting[3]) / 1000.0 * 3.0).max(0.5);
        let want = gain_curve(RATE_HZ, seconds, &mut |x| device.render(x, RATE_HZ, &setting))?;
        let have = gain_curve(RATE_HZ, seconds, &mut |x| learning.play(x, &place))?;
        let step = f64::from(setting[2].max(setting[3]) / 1000.0 * 6.0).max(0.5);
        let in_ms = |t: Times| [t.attack_ms, t.release_ms];
        named.push(Named {
            name: name.to_owned(),
            setting,
            esr: mean(&found.model),
            fixed: mean(&found.fixed),
            curve_db: want.iter().zip(&have).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max),
            device_ms: in_ms(times(RATE_HZ, step, &mut |x| device.render(x, RATE_HZ, &setting))?),
            model_ms: in_ms(times(RATE_HZ, step, &mut |x| learning.play(x, &place))?),
        });
    }
    let examples = test_examples(device, music)?;
    let found = relative(learning, &examples)?;
    let mut ratios: Vec<f64> = (0..examples.len()).map(|i| found.ratio(i)).collect();
    ratios.sort_by(f64::total_cmp);
    let n = examples.len() as f64;
    Ok(Figures {
        device: device.name(),
        named,
        random: [found.model.iter().sum::<f64>() / n, found.fixed.iter().sum::<f64>() / n],
        spread: [ratios[ratios.len() / 2], ratios[ratios.len() * 9 / 10]],
        examples: examples.len(),
        weights: learning.parameters(),
        minutes: 0.0,
        steps: 0.0,
        version: String::new(),
    })
}

/// The Klon at its three settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Klon {
    pub network: String,
    pub weights: usize,
    /// Held-out clips: plain and with pre-emphasis.
    pub esr: f64,
    pub emphasised: f64,
    pub command: String,
}

/// What the files of its recordings are.
const KLON_TABLE: &str = "models/klon.csv";
/// Clips of so many samples lie end to end; the delay that they are brought back by.
const CLIP: usize = 10_000;
const DELAY: i64 = 4;

/// The recordings of the Klon, as its training read them: the same clips are held out.
fn klon_data(recordings: &Path, seed: u64) -> Result<Dataset> {
    let pairs = folder(recordings, Some(Path::new(KLON_TABLE)), None, &[])?;
    let options = ReadOptions {
        delay: Some(DELAY),
        clips: Some(CLIP),
        force: true,
        ..ReadOptions::default()
    };
    let loaded = load(&pairs, &options)?;
    Dataset::new(loaded.recordings, pairs.knobs, loaded.rate_hz, seed)
}

/// Measures the shipped profile of the Klon, where its recordings are at hand.
pub(super) fn klon(args: &ProfilerArgs, store: &Store) -> Result<()> {
    let path = &args.klon;
    let Some(recordings) = &args.klon_data else {
        eprintln!("the Klon is left out: no folder was given with --klon-data");
        return Ok(());
    };
    let bytes = nfx_train::files::read_named(path, "the profile of the Klon")?;
    let file = ModelFile::from_bytes(&bytes)?;
    let config = &file
        .card
        .effect()
        .with_context(|| format!("expected a profile in {}", path.display()))?
        .network;
    let mut learner = families::learner(config, LossConfig::default(), 0)?;
    learner.set_tensors(&file.tensors)?;
    let data = klon_data(recordings, file.card.provenance.seed)?;
    let look = evaluate(learner.as_mut(), &data, &data.test)?;
    let found = Klon {
        network: config.family().to_owned(),
        weights: learner.parameters(),
        esr: look.esr,
        emphasised: look.emphasised,
        command: file.card.provenance.command.clone(),
    };
    nfx_train::files::write_atomic(&store.path("klon.json"), &serde_json::to_vec_pretty(&found)?)?;
    Ok(())
}
