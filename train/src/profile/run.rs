//! A whole run in a folder of its own: pairs, training, model file, report. What is killed goes on where its last checkpoint
//! was.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use nfx_core::model::{Architecture, ModelFile, Precision, Provenance};
use nfx_core::profile::ProfileInfo;
use nfx_learn::Tensors;
use nfx_learn::profile::ProfileLearner;
use nfx_learn::profile::export::export;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::baseline::is_dynamic;
use super::data::{Dataset, Stretch};
use super::family::{self, Family, Size};
use super::fit::{Ending, FitConfig, Look, Outcome, Position, fit};
use super::measure::{ratio_text, verdict};
use super::pairs::{Loaded, Pairs, ReadOptions, load};
use super::progress::{say, tell};
use super::report;
use super::watch::{Checkpoint, Watch};
use crate::files::write_atomic;

/// Share of the budget that each family gets to show itself in.
const TRIAL: f64 = 0.1;
/// A held-out ESR at which an impulse response is all there is to a device: no network need go on.
const AT_ONCE: f64 = 1e-4;
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

/// How the choice of a family stands; `state.json` in the folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Figures of the trials that are over.
    pub trials: Vec<(Family, f64)>,
    /// The family that goes on.
    pub chosen: Option<Family>,
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
            let (learner, position, made) = choose(job, folder, data)?;
            choice = made;
            write_atomic(&folder.join("state.json"), serde_json::to_string_pretty(&choice)?.as_bytes())?;
            (learner, position)
        }
    };
    let mut watch = Watch::new(folder, job.fit.seconds, true)?;
    let mut outcome = if position.seconds >= job.fit.seconds {
        Outcome { best: None, position, looks: Vec::new(), ending: Ending::Budget }
    } else {
        fit((&job.fit, None), data, learner.as_mut(), position, &mut watch)?
    };
    let best = outcome.position.best.map(|look| look.figure(&job.fit.loss));
    if stays_best(&choice.trials, choice.chosen, best) {
        say("train", "the impulse response of the trial is still the best");
        learner = family::learner(Family::Linear, job.size, 0, (job.fit.loss, job.fit.seed))?;
        outcome = fit((&job.fit, None), data, learner.as_mut(), Position::default(), &mut watch)?;
        choice.chosen = Some(Family::Linear);
    }
    watch.finish();
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
    let mut learner = family::fresh(config, (job.fit.loss, job.fit.seed))?;
    learner.set_tensors(&file.tensors)?;
    say("train", &format!("training {} further ({} weights)", file.card.name, learner.parameters()));
    Ok(learner)
}

/// Families for a sound, by what the device does to its input.
pub fn candidates(data: &Dataset) -> Vec<Family> {
    if is_dynamic(data) {
        vec![Family::Dynamics, Family::WaveNet]
    } else if data.knobs.is_empty() {
        vec![Family::WaveNet, Family::Lstm, Family::Linear]
    } else {
        vec![Family::WaveNet, Family::Lstm]
    }
}

/// Whether a family goes on in place of another, by their trials. An impulse response is as good as it will be and a network is not yet:
/// it goes on only where it is all there is.
pub fn goes_on((family, figure): (Family, f64), held: Option<(Family, f64)>) -> bool {
    let Some((other, least)) = held else { return true };
    let ripe = |family: Family, figure: f64| family != Family::Linear || figure < AT_ONCE;
    match (ripe(family, figure), ripe(other, least)) {
        (true, false) => true,
        (false, true) => false,
        _ => figure < least,
    }
}

/// Whether the impulse response that was tried is still the best when the training of another family is over.
pub fn stays_best(trials: &[(Family, f64)], chosen: Option<Family>, best: Option<f64>) -> bool {
    let tried = trials.iter().find(|(family, _)| *family == Family::Linear);
    chosen != Some(Family::Linear) && tried.is_some_and(|(_, figure)| best.is_none_or(|best| *figure < best))
}

/// Lets the families show themselves, one after the other, and goes on with the best.
fn choose(job: &Job, folder: &Path, data: &Dataset) -> Result<(Box<dyn ProfileLearner>, Position, Choice)> {
    let families = if job.families.is_empty() { candidates(data) } else { job.families.clone() };
    let make = |f: Family| family::learner(f, job.size, data.knobs.len(), (job.fit.loss, job.fit.seed));
    if let [only] = families.as_slice() {
        let learner = make(*only)?;
        say("train", &format!("family {}, {} weights", only.name(), learner.parameters()));
        return Ok((learner, Position::default(), Choice { trials: Vec::new(), chosen: Some(*only) }));
    }
    let mut choice = Choice::default();
    let mut best: Option<(Box<dyn ProfileLearner>, Position, f64)> = None;
    let mut spent = 0.0;
    let mut watch = Watch::new(folder, job.fit.seconds, false)?;
    for (i, family) in families.iter().enumerate() {
        let mut learner = make(*family)?;
        let position = Position { seconds: spent, ..Position::default() };
        let until = (i + 1) as f64 * TRIAL;
        let outcome = fit((&job.fit, Some(until)), data, learner.as_mut(), position, &mut watch)?;
        spent = outcome.position.seconds;
        let figure = outcome.position.best.map_or(f64::INFINITY, |l| l.figure(&job.fit.loss));
        choice.trials.push((*family, figure));
        say(
            "train",
            &format!(
                "family {} after its trial: held-out ESR {} ({} weights)",
                family.name(),
                ratio_text(figure),
                learner.parameters()
            ),
        );
        if goes_on((*family, figure), choice.chosen.zip(best.as_ref().map(|b| b.2))) {
            if let Some(tensors) = &outcome.best {
                watch.keep(learner.as_ref(), tensors)?;
            }
            choice.chosen = Some(*family);
            best = Some((learner, outcome.position, figure));
        }
        if outcome.ending == Ending::Asked {
            break;
        }
    }
    let (learner, mut position, _) = best.context("no family could be tried")?;
    position.seconds = spent;
    if let Some(family) = choice.chosen {
        say("train", &format!("going on with {}", family.name()));
    }
    Ok((learner, position, choice))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impulse_response_gives_way_to_networks_that_are_not_ripe_and_comes_back_if_they_stay_behind() {
        use Family::{Linear, Lstm, WaveNet};
        assert!(goes_on((Linear, 0.5), None) && goes_on((Lstm, 0.6), Some((Linear, 0.01))));
        assert!(!goes_on((Linear, 0.01), Some((Lstm, 0.6))) && goes_on((Linear, 1e-5), Some((Lstm, 0.6))));
        assert!(!goes_on((Lstm, 0.6), Some((Linear, 1e-5))) && goes_on((Lstm, 0.1), Some((WaveNet, 0.2))));
        let trials = [(Lstm, 0.6), (Linear, 0.3)];
        assert!(stays_best(&trials, Some(Lstm), Some(0.4)) && !stays_best(&trials, Some(Lstm), Some(0.2)));
        assert!(!stays_best(&trials, Some(Linear), None) && !stays_best(&trials[..1], Some(Lstm), None));
    }
}
