//! `nfx-lab effect`: a model of one of the devices that are at hand, as the shipped compressor was
//! made.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Result, bail};
use clap::Args;
use nfx_core::file::{Precision, Provenance};
use nfx_core::models::effect::dynamics::DynamicsConfig;
use nfx_core::models::effect::{ProfileConfig, ProfileInfo};
use nfx_core::models::{ModelCard, ModelFile};
use nfx_core::signal::random::Random;
use nfx_learn::Tensors;
use nfx_learn::effect::dynamics::DynamicsLearner;
use nfx_train::files::write_atomic;

use super::Device;
use super::compressor::Compressor;
use super::drawn::{Draw, Drawn};
use super::learner::{LabLearner, Segmented};
use super::measure::relative;
use super::music::Music;
use super::python::{Pedalboard, PedalboardEffect, REQUIREMENTS, interpreter};
use super::train::{Plan, train};

/// The rate that these models are made at, Hz.
pub const RATE_HZ: f64 = 44_100.0;

/// A device by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// SignalTrain's compressor with small ranges.
    Comp4c,
    /// The same with large ones.
    CompLarge,
    /// The Compressor of PyPI's pedalboard.
    Pedalboard,
}

impl FromStr for Target {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Target> {
        match text {
            "comp_4c" => Ok(Target::Comp4c),
            "comp_large" => Ok(Target::CompLarge),
            "pedalboard" => Ok(Target::Pedalboard),
            other => bail!("expected comp_4c, comp_large or pedalboard, found `{other}`"),
        }
    }
}

impl Target {
    /// The device; pedalboard's needs an interpreter (`None` makes an environment in `folder`).
    ///
    /// # Errors
    /// When there is no pedalboard.
    pub fn device(
        self,
        python: Option<&PathBuf>,
        folder: &std::path::Path,
    ) -> Result<Box<dyn Device>> {
        Ok(match self {
            Target::Comp4c => Box::new(Compressor::comp_4c()),
            Target::CompLarge => Box::new(Compressor::comp_large()),
            Target::Pedalboard => {
                let python = match python {
                    Some(python) => python.clone(),
                    None => interpreter(&folder.join("venv"), REQUIREMENTS)?,
                };
                Box::new(PedalboardEffect::compressor(Pedalboard::start(&python)?))
            }
        })
    }
}

/// The command line of `nfx-lab effect`.
#[derive(Args, Clone, Debug)]
pub struct EffectArgs {
    /// comp_4c, comp_large or pedalboard (its Compressor)
    target: Target,
    /// The model file to write
    output: PathBuf,
    /// Minutes of training
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// Decides starting weights, music and settings
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder of recordings to play through the device, beside improvisations of the synthesizer;
    /// those alone unless given
    #[arg(long, value_name = "FOLDER")]
    music: Option<PathBuf>,
    /// Draw settings at the corners of the knobs' ranges only
    #[arg(long)]
    corners: bool,
    /// Go on with the weights of a model file
    #[arg(long, value_name = "MODEL")]
    resume: Option<PathBuf>,
    /// Hidden units of the network of the knobs
    #[arg(long, default_value_t = 24)]
    hidden: usize,
    /// A Python interpreter with pedalboard in it
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,
    /// The name in the model's card
    #[arg(long, default_value = "Compressor")]
    name: String,
}

/// Trains and writes the model.
///
/// # Errors
/// When a device, the music or a file is missing.
pub fn effect(args: &EffectArgs) -> Result<()> {
    let folder = args.output.parent().map(std::path::Path::to_owned).unwrap_or_default();
    let mut device = args.target.device(args.python.as_ref(), &folder)?;
    let music = load_music(args.music.as_deref())?;
    let config =
        DynamicsConfig { hidden: args.hidden, ..DynamicsConfig::with_knobs(device.knobs().len()) };
    let learner = match &args.resume {
        Some(path) => {
            let file = ModelFile::from_bytes(&std::fs::read(path)?)?;
            DynamicsLearner::with_weights(&config, &file.tensors)?
        }
        None => DynamicsLearner::new(&config, args.seed)?,
    };
    let plan = Plan { corners: args.corners, ..Plan::new(60.0 * args.minutes, args.seed) };
    let mut learning = Segmented(Box::new(learner));
    let trained = train(device.as_mut(), &music, &mut learning, &plan, &mut |share, figure| {
        println!(
            "{:3.0} %  validation: {figure:.4} of the best static gain's error",
            100.0 * share
        );
    })?;
    let (examples, knobs) = (test_examples(device.as_mut(), &music)?, device.knobs());
    let found = relative(&mut learning, &examples)?;
    let mean_esr = found.model.iter().sum::<f64>() / found.model.len() as f64;
    println!("test    {:.4} of the best static gain's error; ESR {mean_esr:.2e}", found.mean);
    let info = ProfileInfo { knobs, esr: Some(mean_esr as f32), ..ProfileInfo::default() };
    let metrics = BTreeMap::from([
        ("test_esr".to_owned(), mean_esr),
        ("test_esr_of_static".to_owned(), found.mean),
        ("validation_of_static".to_owned(), trained.validation),
        ("steps".to_owned(), trained.steps as f64),
        ("minutes".to_owned(), args.minutes),
    ]);
    let provenance = Provenance {
        command: std::env::args().skip(1).collect::<Vec<_>>().join(" "),
        seed: args.seed,
        corpus: format!(
            "{} over {} clips of music and improvisations",
            device.name(),
            music.train.len()
        ),
        data_licence: "CC0-1.0".to_owned(),
        trained_by: format!("nfx-lab {}", env!("CARGO_PKG_VERSION")),
        metrics,
        ..Provenance::default()
    };
    let description =
        "Threshold, ratio, attack and release of a hard-knee peak compressor, learned from its sound alone.".to_owned();
    let file = model_file(
        Caption { name: &args.name, description: &description },
        &learning.tensors()?,
        ProfileConfig::Dynamics(config),
        info,
        provenance,
    )?;
    write_atomic(&args.output, &file.to_bytes(Precision::F32)?)?;
    println!("model   {}", args.output.display());
    Ok(())
}

/// The music that devices are profiled with: recordings where a folder of them is given, and
/// improvisations.
///
/// # Errors
/// When the folder cannot be read.
pub fn load_music(folder: Option<&std::path::Path>) -> Result<Music> {
    if folder.is_none() {
        eprintln!("no folder of recordings was given: the music is the synthesizer's alone");
    }
    Music::load(folder, RATE_HZ, 20, 12.0)
}

/// Settings and clips that no training has seen.
///
/// # Errors
/// When the device does not answer.
pub fn test_examples(
    device: &mut dyn Device,
    music: &Music,
) -> Result<Vec<super::measure::Example>> {
    let mut rng = Random::for_part(0x7E57, 3);
    let draw = Draw { segments: 64, samples: 3 * 44_100, louder_db: 0.0, corners: false };
    Ok(Drawn::new(device, &music.test, music.rate_hz, draw, &mut rng)?.examples())
}

/// What a profile is called.
#[derive(Clone, Copy, Debug)]
pub struct Caption<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is, in a sentence.
    pub description: &'a str,
}

/// A model file of a profile at 44.1 kHz.
///
/// # Errors
/// When card and tensors do not fit together.
pub fn model_file(
    caption: Caption<'_>,
    tensors: &Tensors,
    config: ProfileConfig,
    profile: ProfileInfo,
    provenance: Provenance,
) -> Result<ModelFile> {
    let Caption { name, description } = caption;
    let card = ModelCard {
        description: description.to_owned(),
        provenance,
        ..ModelCard::for_profile(name, RATE_HZ, config, profile)
    };
    let file = ModelFile { card, tensors: tensors.clone() };
    file.validate()?;
    Ok(file)
}
