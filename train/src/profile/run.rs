//! A whole run in a folder of its own: pairs, training, model file, report. What is killed goes on
//! where its last checkpoint was.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use nfx_core::models::ModelFile;
use nfx_core::models::effect::{ProfileConfig, ProfileInfo};
use nfx_learn::Tensors;
use nfx_learn::effect::{ProfileLearner, families};
use serde::{Deserialize, Serialize};

use super::choose::{Choice, candidates, choose};
use super::data::Dataset;
use super::family::{self, Family, Size};
use super::finish::finish;
use super::fit::{FitConfig, Look, Outcome, Position, Span, first_look, fit};
use super::pairs::{Loaded, Pairs, ReadOptions, load};
use super::progress::say;
use super::report;
use super::result::{Ended, read_trials, settle};
use super::watch::{About, Checkpoint, Watch, read_looks};
use crate::files::write_atomic;
use crate::training_loop::Ending;

/// What a run is told. Written to `config.json` in its folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The model's name.
    pub name: String,
    /// A sentence about it.
    pub description: String,
    /// The sounds.
    pub pairs: Pairs,
    /// How they are read.
    pub read: ReadOptions,
    /// The families to choose from; empty leaves the choice to the sound.
    pub families: Vec<Family>,
    /// How large the network is.
    pub size: Size,
    /// How it is trained.
    pub fit: FitConfig,
    /// The model that is trained further.
    pub from: Option<PathBuf>,
    /// What is known of the device beside its knobs.
    pub info: ProfileInfo,
    /// Licence of the recordings.
    pub licence: String,
    /// The command line.
    pub command: String,
}

/// What a run has left behind.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The model file.
    pub model: PathBuf,
    /// The report.
    pub report: PathBuf,
    /// Its figures.
    pub figures: report::Figures,
    /// Why the training ended.
    pub ending: Ending,
}

/// Starts a run in a new or empty folder.
///
/// # Errors
/// When the folder holds a run already, a sound cannot be read or fails its checks, or something on
/// the way fails.
pub fn start(job: &Job, folder: &Path) -> Result<Finished> {
    if folder.join("config.json").exists() {
        bail!(
            "expected a folder without a run, found one in {}; continue it with --resume or choose another with --out",
            folder.display()
        );
    }
    let (loaded, data) = sounds(job)?;
    write_atomic(&folder.join("config.json"), serde_json::to_string_pretty(job)?.as_bytes())?;
    go(job, folder, &loaded, &data, None)
}

/// Continues the run in a folder; `minutes` gives it another budget.
///
/// # Errors
/// When the folder holds no run, its files cannot be read, or something on the way fails.
pub fn resume(folder: &Path, minutes: Option<f64>) -> Result<Finished> {
    let path = folder.join("config.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("expected a run with a config.json in {}", folder.display()))?;
    let mut job: Job = serde_json::from_str(&text)
        .with_context(|| format!("expected the configuration of a run in {}", path.display()))?;
    if let Some(minutes) = minutes {
        ensure!(
            minutes > 0.0 && minutes.is_finite(),
            "expected minutes greater than 0, found {minutes}"
        );
        job.fit.seconds = 60.0 * minutes;
        write_atomic(&path, serde_json::to_string_pretty(&job)?.as_bytes())?;
    }
    let checkpoint = folder.join("checkpoint.bin");
    let checkpoint = if checkpoint.exists() { Some(Checkpoint::read(&checkpoint)?) } else { None };
    let (loaded, data) = sounds(&job)?;
    go(&job, folder, &loaded, &data, checkpoint)
}

/// The recordings of a job and their parts.
fn sounds(job: &Job) -> Result<(Loaded, Dataset)> {
    let mut loaded = load(&job.pairs, &job.read)?;
    let recordings = std::mem::take(&mut loaded.recordings);
    let data = Dataset::new(recordings, job.pairs.knobs.clone(), loaded.rate_hz, job.fit.seed)?;
    let settings = match data.knobs.len() {
        0 => String::new(),
        knobs => format!(
            ", {} setting{} of {knobs} knob{}",
            data.settings(),
            if data.settings() == 1 { "" } else { "s" },
            if knobs == 1 { "" } else { "s" }
        ),
    };
    say(
        "check",
        &format!(
            "{:.0} s to learn from, {:.0} s to choose by, {:.0} s to be judged by{settings}",
            data.seconds(&data.train),
            data.seconds(&data.validation),
            data.seconds(&data.test),
        ),
    );
    Ok((loaded, data))
}

fn go(
    job: &Job,
    folder: &Path,
    loaded: &Loaded,
    data: &Dataset,
    checkpoint: Option<Checkpoint>,
) -> Result<Finished> {
    let mut choice = read_choice(folder);
    let mut trials = read_trials(folder, &choice);
    // A disk that is full ends no training.
    let mut unwritten = None;
    let about = || About {
        name: job.name.clone(),
        rate_hz: data.rate_hz,
        info: ProfileInfo { knobs: job.pairs.knobs.clone(), ..job.info.clone() },
    };
    let make =
        |f: Family| family::learner(f, job.size, data.knobs.len(), job.fit.loss, job.fit.seed);
    let mut began_with = None;
    let (mut learner, position) = match (checkpoint, &job.from) {
        (Some(checkpoint), _) if choice.chosen.is_some() || job.from.is_some() => {
            let mut learner = families::learner(&checkpoint.config, job.fit.loss, job.fit.seed)?;
            learner.set_tensors(&checkpoint.tensors)?;
            learner.restore(&checkpoint.state)?;
            say(
                "train",
                &format!(
                    "going on at step {}, {:.0} s",
                    checkpoint.position.steps, checkpoint.position.seconds
                ),
            );
            (learner, checkpoint.position)
        }
        (_, Some(from)) => {
            let mut learner = further(job, from, data)?;
            let mut watch = Watch::new(folder, about(), job.fit.seconds, true)?;
            // An impulse response is solved anew; a network keeps what it had when it finds nothing
            // better.
            let position = if learner.is_solved() {
                Position::default()
            } else {
                let outcome = first_look(&job.fit, data, learner.as_mut(), &mut watch)?;
                began_with = outcome.best;
                outcome.position
            };
            (learner, position)
        }
        _ => {
            let families =
                if job.families.is_empty() { candidates(data) } else { job.families.clone() };
            let mut watch = Watch::new(folder, about(), job.fit.seconds, false)?;
            let chosen = choose(&families, &make, &job.fit, data, &mut watch)?;
            say(
                "train",
                &format!(
                    "family {}, {} weights",
                    chosen.family.name(),
                    chosen.learner.parameters()
                ),
            );
            trials = chosen.trials;
            choice = Choice {
                // JSON knows no infinity.
                trials: trials.iter().map(|t| (t.family, t.figure.min(f64::MAX))).collect(),
                chosen: Some(chosen.family),
                looks: trials.iter().filter_map(|t| Some((t.family, t.best.as_ref()?.0))).collect(),
            };
            unwritten = write_choice(folder, &choice).err();
            if let Some(error) = &unwritten {
                let sentence = format!(
                    "warning: {error:#}; the training goes on, and it is tried again at its end"
                );
                say("train", &sentence);
            }
            (chosen.learner, chosen.position)
        }
    };
    let mut watch = Watch::new(folder, about(), job.fit.seconds, true)?;
    let of_trial =
        trials.iter().find(|t| Some(t.family) == choice.chosen).and_then(|t| t.best.as_ref());
    let known = began_with.or_else(|| best_tensors(folder, of_trial, &position, learner.as_ref()));
    let outcome = if position.seconds >= job.fit.seconds {
        Outcome::new(position, Ending::Budget)
    } else {
        let span = Span { position, best: known.as_ref(), until: None };
        fit(&job.fit, data, learner.as_mut(), span, &mut watch)?
    };
    watch.finish();
    say("train", &format!("the training ended: {}", outcome.ending.sentence("profile")));
    if unwritten.is_some()
        && let Err(error) = write_choice(folder, &choice)
    {
        say("train", &format!("warning: {error:#}; `--resume` will begin with the trials again"));
    }
    let best = outcome.best.clone().or(known);
    let ended = Ended {
        config: &job.fit,
        data,
        choice: &choice,
        trials: &trials,
        outcome: &outcome,
        free: job.families.is_empty() && job.from.is_none(),
    };
    // What the folder keeps is the network's that went on: when it goes on, it may overtake what is
    // left now.
    let mut left = settle(&ended, &make, learner, best)?;
    if let Some(family) = left.family {
        choice.chosen = Some(family);
    }
    let looks = read_looks(&folder.join("metrics.csv"));
    let seconds = outcome.position.seconds;
    let run = report::Run { job, loaded, data, choice: &choice, looks: &looks, seconds };
    finish(folder, &run, &mut left, &outcome)
}

/// The best weights that earlier calls have left of a network, by where it stands: those of its
/// trial where nothing better has come since.
fn best_tensors(
    folder: &Path,
    of_trial: Option<&(Look, Tensors)>,
    position: &Position,
    learner: &dyn ProfileLearner,
) -> Option<Tensors> {
    let best = position.best?;
    if let Some((look, tensors)) = of_trial
        && *look == best
    {
        return Some(tensors.clone());
    }
    let file = ModelFile::from_bytes(&std::fs::read(folder.join("best.safetensors")).ok()?).ok()?;
    // The file may still be that of another family's trial.
    let own = learner.tensors().ok()?;
    let shapes = |tensors: &Tensors| {
        tensors.iter().map(|(name, t)| (name.clone(), t.shape.clone())).collect::<Vec<_>>()
    };
    (shapes(&own) == shapes(&file.tensors)).then_some(file.tensors)
}

fn write_choice(folder: &Path, choice: &Choice) -> Result<()> {
    write_atomic(&folder.join("state.json"), serde_json::to_string_pretty(choice)?.as_bytes())
}

fn read_choice(folder: &Path) -> Choice {
    std::fs::read_to_string(folder.join("state.json"))
        .ok()
        .and_then(|t| serde_json::from_str(&t).ok())
        .unwrap_or_default()
}

/// The learner of a model that is to be trained further.
fn further(job: &Job, from: &Path, data: &Dataset) -> Result<Box<dyn ProfileLearner>> {
    let file = crate::eval::read_model(from)?;
    let effect =
        file.card.effect().with_context(|| format!("expected a profile in {}", from.display()))?;
    let config = &effect.network;
    ensure!(
        config.knobs() == data.knobs.len(),
        "expected recordings with the {} knobs of {}, found {} knobs",
        config.knobs(),
        from.display(),
        data.knobs.len()
    );
    ensure!(
        (file.card.sample_rate_hz - data.rate_hz).abs() < 0.5,
        "expected recordings at the model's rate of {} Hz, found {} Hz; convert them with --rate {0}",
        file.card.sample_rate_hz,
        data.rate_hz
    );
    let mut config = config.clone();
    if let ProfileConfig::Linear(response) = &mut config {
        // Another recording may have more of it.
        let taps = family::learner(Family::Linear, job.size, 0, job.fit.loss, job.fit.seed)?
            .plan()
            .warm_up;
        response.receptive_field = response.receptive_field.max(taps);
    }
    let mut learner = families::learner(&config, job.fit.loss, job.fit.seed)?;
    learner.set_tensors(&file.tensors)?;
    say(
        "train",
        &format!("training {} further ({} weights)", file.card.name, learner.parameters()),
    );
    Ok(learner)
}
