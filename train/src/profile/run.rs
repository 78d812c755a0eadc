//! A whole run in a folder of its own: pairs, training, model file, report. What is killed goes on where its last checkpoint
//! was.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use nfx_core::model::{Architecture, ModelFile, Precision, Provenance};
use nfx_core::profile::{ProfileConfig, ProfileInfo};
use nfx_learn::Tensors;
use nfx_learn::profile::ProfileLearner;
use nfx_learn::profile::export::export;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::choose::{Choice, back_to_response, candidates, choose, stays_best};
use super::data::{Dataset, Stretch};
use super::family::{self, Family, Size};
use super::fit::{Ending, FitConfig, Look, Outcome, Position, fit};
use super::measure::{ratio_text, verdict};
use super::pairs::{Loaded, Pairs, ReadOptions, load};
use super::progress::{say, tell};
use super::report;
use super::watch::{Checkpoint, Watch};
use crate::files::write_atomic;

/// Seconds of sound that the exported model is compared with the trained one on.
const PARITY_S: f64 = 2.0;

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
/// When the folder holds a run already, a sound cannot be read or fails its checks, or something on the way fails.
pub fn start(job: &Job, folder: &Path) -> Result<Finished> {
    if folder.join("config.json").exists() {
        bail!(
            "expected a folder without a run, found one in {}; continue it with --resume or choose another with --out",
            folder.display()
        );
    }
    let (loaded, data) = sounds(job)?;
    write_atomic(&folder.join("config.json"), serde_json::to_string_pretty(job)?.as_bytes())?;
    go(job, folder, (&loaded, &data), None)
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
        ensure!(minutes > 0.0 && minutes.is_finite(), "expected minutes greater than 0, found {minutes}");
        job.fit.seconds = 60.0 * minutes;
        write_atomic(&path, serde_json::to_string_pretty(&job)?.as_bytes())?;
    }
    let checkpoint = folder.join("checkpoint.bin");
    let checkpoint = if checkpoint.exists() { Some(Checkpoint::read(&checkpoint)?) } else { None };
    let (loaded, data) = sounds(&job)?;
    go(&job, folder, (&loaded, &data), checkpoint)
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
    (loaded, data): (&Loaded, &Dataset),
    checkpoint: Option<Checkpoint>,
) -> Result<Finished> {
    let mut choice = read_choice(folder);
    let make = |f: Family| family::learner(f, job.size, data.knobs.len(), (job.fit.loss, job.fit.seed));
    let (mut learner, position) = match (checkpoint, &job.from) {
        (Some(checkpoint), _) if choice.chosen.is_some() || job.from.is_some() => {
            let mut learner = family::fresh(&checkpoint.config, (job.fit.loss, job.fit.seed))?;
            learner.set_tensors(&checkpoint.tensors)?;
            learner.restore(&checkpoint.state)?;
            say(
                "train",
                &format!("going on at step {}, {:.0} s", checkpoint.position.steps, checkpoint.position.seconds),
            );
            (learner, checkpoint.position)
        }
        (_, Some(from)) => (further(job, from, data)?, Position::default()),
        _ => {
            let families = if job.families.is_empty() { candidates(data) } else { job.families.clone() };
            let mut watch = Watch::new(folder, job.fit.seconds, false)?;
            let chosen = choose(&families, &make, (&job.fit, data), &mut watch)?;
            say("train", &format!("family {}, {} weights", chosen.family.name(), chosen.learner.parameters()));
            choice = Choice { trials: chosen.trials, chosen: Some(chosen.family) };
            write_atomic(&folder.join("state.json"), serde_json::to_string_pretty(&choice)?.as_bytes())?;
            (chosen.learner, chosen.position)
        }
    };
    let mut watch = Watch::new(folder, job.fit.seconds, true)?;
    let mut outcome = if position.seconds >= job.fit.seconds {
        Outcome { best: None, position, looks: Vec::new(), ending: Ending::Budget }
    } else {
        fit((&job.fit, None), data, learner.as_mut(), position, &mut watch)?
    };
    watch.finish();
    // What the folder keeps is the network's: when it goes on, it may overtake the response.
    if stays_best(&choice, (&job.fit, &outcome)) {
        say("train", "the impulse response of the trial is still the best");
        let ending = outcome.ending;
        (learner, outcome) = back_to_response(&make, (&job.fit, data), &outcome)?;
        choice.chosen = Some(Family::Linear);
        outcome.ending = if ending == Ending::Asked { ending } else { outcome.ending };
    }
    say("train", &format!("the training ended: {}", outcome.ending.sentence()));
    if let Some(best) = best_tensors(folder, &outcome)? {
        learner.set_tensors(&best)?;
    }
    finish(job, folder, (loaded, data), (learner.as_mut(), &outcome, &choice))
}

/// The best weights: of this call, or those that an earlier one has left.
fn best_tensors(folder: &Path, outcome: &Outcome) -> Result<Option<Tensors>> {
    if let Some(best) = &outcome.best {
        return Ok(Some(best.clone()));
    }
    let path = folder.join("best.safetensors");
    if !path.exists() {
        return Ok(None);
    }
    Ok(Some(ModelFile::from_bytes(&std::fs::read(&path)?)?.tensors))
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
    let Architecture::Profile(config) = &file.card.architecture else {
        bail!(
            "expected the profile of an effect in {}, found a model of the kind {}",
            from.display(),
            file.card.architecture.kind()
        );
    };
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
        let taps = family::learner(Family::Linear, job.size, 0, (job.fit.loss, job.fit.seed))?.plan().warm_up;
        response.receptive_field = response.receptive_field.max(taps);
    }
    let mut learner = family::fresh(&config, (job.fit.loss, job.fit.seed))?;
    learner.set_tensors(&file.tensors)?;
    say("train", &format!("training {} further ({} weights)", file.card.name, learner.parameters()));
    Ok(learner)
}

/// Model file, report and listening pair.
fn finish(
    job: &Job,
    folder: &Path,
    (loaded, data): (&Loaded, &Dataset),
    (learner, outcome, choice): (&mut dyn ProfileLearner, &Outcome, &Choice),
) -> Result<Finished> {
    tell("report", json!({ "fraction": 0.0, "message": "measuring" }));
    let mut info = ProfileInfo { knobs: job.pairs.knobs.clone(), ..job.info.clone() };
    let sounds: Vec<(&[f32], &[f32])> = data
        .test
        .iter()
        .take(3)
        .map(|s: &Stretch| {
            let r = &data.recordings[s.recording];
            let until = s.until.min(s.from + (PARITY_S * data.rate_hz) as usize);
            (&r.input[s.from..until], r.knobs.as_slice())
        })
        .collect();
    let mut file = export(learner, (&job.name, data.rate_hz), info.clone(), &sounds)?;
    let model = nfx_core::profile::ProfileModel::from_file(&file)?;
    let defaults: Vec<f32> = job.pairs.knobs.iter().map(|k| k.default).collect();
    info.loudness_db = Some(nfx_core::engine::profiler::measure_loudness(&model, &defaults)).filter(|l| l.is_finite());
    let looks = super::watch::read_looks(&folder.join("metrics.csv"));
    let run = report::Run { job, loaded, data, choice, looks: &looks, seconds: outcome.position.seconds };
    let measured = report::measure(&run, learner)?;
    let figures = measured.figures.clone();
    info.esr = Some(figures.model.esr as f32);
    file.card.profile = Some(info);
    file.card.description.clone_from(&job.description);
    file.card.provenance = provenance(job, data, (&figures, outcome));
    let bytes = file.to_bytes(Precision::F32)?;
    let (model, page) = (folder.join("model.safetensors"), folder.join("report.html"));
    write_atomic(&model, &bytes)?;
    write_atomic(&folder.join("report.json"), serde_json::to_string_pretty(&figures)?.as_bytes())?;
    report::listen(&measured, folder, data.rate_hz)?;
    write_atomic(&page, report::page(&run, &measured, &file)?.as_bytes())?;
    let done = json!({
        "fraction": 1.0,
        "eta_s": 0.0,
        "esr": figures.model.esr,
        "floor": loaded.floor(),
        "message": format!("ESR {}: {}", ratio_text(figures.model.esr), verdict(figures.model.esr)),
        "model": model.display().to_string(),
        "report": page.display().to_string(),
        "family": learner.config().family(),
    });
    tell("done", done);
    Ok(Finished { model, report: page, figures, ending: outcome.ending })
}

fn provenance(job: &Job, data: &Dataset, (figures, outcome): (&report::Figures, &Outcome)) -> Provenance {
    let mut metrics = figures.metrics();
    metrics.insert("training_seconds".into(), outcome.position.seconds);
    metrics.insert("training_steps".into(), outcome.position.steps as f64);
    if let Some(Look { esr, .. }) = outcome.position.best {
        metrics.insert("validation_esr".into(), esr);
    }
    metrics.retain(|_, v| v.is_finite());
    let names: Vec<&str> = data.recordings.iter().take(4).map(|r| r.name.as_str()).collect();
    let more = data.recordings.len().saturating_sub(4);
    Provenance {
        command: job.command.clone(),
        seed: job.fit.seed,
        corpus: format!(
            "{}{}: {:.0} s to learn from",
            names.join(", "),
            if more > 0 { format!(" and {more} more recordings") } else { String::new() },
            data.seconds(&data.train)
        ),
        data_licence: job.licence.clone(),
        notices: Vec::new(),
        trained_by: format!("nfx-train {}", env!("CARGO_PKG_VERSION")),
        metrics,
    }
}
