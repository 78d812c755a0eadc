//! One training, as somebody at a command line starts it, and what it leaves.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use nfx_core::models::effect::ProfileModel;
use nfx_learn::effect::export::play;
use nfx_learn::effect::loss::esr;
use nfx_train::audio::write_float_wav;
use nfx_train::profile::choose::Choice;
use nfx_train::profile::family::Family;
use nfx_train::profile::report::Figures;
use serde::{Deserialize, Serialize};

/// Sounds before and after a device, of one rate.
pub(super) struct Pair {
    pub(super) input: Vec<f32>,
    pub(super) target: Vec<f32>,
    pub(super) rate_hz: f64,
}

/// How a training ended, and what it left.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Ended {
    /// The exit status; `None` when a signal ended the program.
    pub(super) status: Option<i32>,
    /// What it said of errors.
    pub(super) said: String,
    /// Whether the sounds were accepted.
    pub(super) begun: bool,
    /// The families that were tried.
    pub(super) tried: Vec<Family>,
    pub(super) model: Option<Model>,
}

/// A model file that can be played.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Model {
    pub(super) family: String,
    /// ESR on sound that is not of the pair, where there is some.
    pub(super) held_out: Option<f64>,
    /// What the program says itself.
    pub(super) figures: Figures,
}

/// Trains a program on a pair, told `options`, and plays what it leaves on `held_out`.
///
/// # Errors
/// When the program cannot be started, or a file cannot be written.
pub(super) fn train(
    program: &Path,
    pair: &Pair,
    options: &str,
    held_out: Option<&Pair>,
) -> Result<Ended> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    for (name, sound) in [("in.wav", &pair.input), ("out.wav", &pair.target)] {
        write_float_wav(&at(name), std::slice::from_ref(sound), pair.rate_hz)?;
    }
    let done = Command::new(program)
        .current_dir(folder.path())
        .args([
            "profile",
            "--input",
            "in.wav",
            "--target",
            "out.wav",
            "--out",
            "run",
            "--minutes",
            "30",
        ])
        .args(options.split_whitespace())
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .with_context(|| format!("{} could not be started", program.display()))?;
    let words = String::from_utf8_lossy(&done.stderr);
    let errors = |line: &&str| {
        line.starts_with("ERR ") || line.starts_with("error: ") || line.contains("panicked")
    };
    let said: Vec<&str> = words.lines().filter(errors).collect();
    let choice = std::fs::read(at("run/state.json"))
        .ok()
        .and_then(|b| serde_json::from_slice::<Choice>(&b).ok());
    Ok(Ended {
        status: done.status.code(),
        said: said.join(" ").replace("ERR  ", "").replace("error: ", ""),
        begun: at("run/config.json").exists(),
        tried: choice.unwrap_or_default().trials.iter().map(|(family, _)| *family).collect(),
        model: model(&at("run"), held_out),
    })
}

/// The model that lies in a run's folder, played.
fn model(run: &Path, held_out: Option<&Pair>) -> Option<Model> {
    let model =
        ProfileModel::from_bytes(&std::fs::read(run.join("model.safetensors")).ok()?).ok()?;
    let figures = serde_json::from_slice(&std::fs::read(run.join("report.json")).ok()?).ok()?;
    let held_out = held_out.map(|pair| esr(&play(&model, &pair.input, None, &[]), &pair.target));
    Some(Model { family: model.family().to_owned(), held_out, figures })
}
