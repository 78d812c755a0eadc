//! The end of a run: model file, report and listening pair.

use std::path::Path;

use anyhow::Result;
use nfx_core::file::{Precision, Provenance};
use nfx_core::models::effect::ProfileInfo;
use nfx_learn::effect::export::export;
use serde_json::json;

use super::fit::Outcome;
use super::measure::{ratio_text, verdict};
use super::probe::Probe;
use super::progress::{is_json, say, tell};
use super::report;
use super::result::Left;
use super::run::Finished;
use crate::files::write_atomic;

/// The largest ESR that is written into a model's card.
const MOST_ESR: f32 = 1e6;

/// Model file, report and listening pair.
pub(super) fn finish(
    folder: &Path,
    run: &report::Run<'_>,
    left: &mut Left,
    outcome: &Outcome,
) -> Result<Finished> {
    let (job, data) = (run.job, run.data);
    tell("report", json!({ "fraction": 0.0, "message": "measuring" }));
    let learner = left.learner.as_mut();
    let mut info = ProfileInfo { knobs: job.pairs.knobs.clone(), ..job.info.clone() };
    let probe = Probe::new(data, learner.remembers());
    let mut file = export(learner, &job.name, data.rate_hz, info.clone(), &probe.sounds())?;
    let model = nfx_core::models::effect::ProfileModel::from_file(&file)?;
    let defaults: Vec<f32> = job.pairs.knobs.iter().map(|k| k.default).collect();
    info.loudness_db = Some(nfx_core::engine::profiler::measure_loudness(&model, &defaults))
        .filter(|l| l.is_finite());
    let mut measured = report::measure(run, learner)?;
    measured.figures.advice.clone_from(&left.advice);
    let figures = measured.figures.clone();
    // A device that is silent where it is judged has a figure that says nothing, and that no card
    // may hold.
    info.esr = Some(figures.model.esr as f32).filter(|esr| *esr <= MOST_ESR);
    file.card.effect_mut()?.info = info;
    file.card.description.clone_from(&job.description);
    file.card.provenance = provenance(run, &figures, outcome, left.validation_esr);
    let bytes = file.to_bytes(Precision::F32)?;
    let (model, page) = (folder.join("model.safetensors"), folder.join("report.html"));
    write_atomic(&model, &bytes)?;
    let report = || -> Result<()> {
        write_atomic(
            &folder.join("report.json"),
            serde_json::to_string_pretty(&figures)?.as_bytes(),
        )?;
        report::listen(&measured, folder, data.rate_hz)?;
        write_atomic(&page, report::page(run, &measured, &file)?.as_bytes())
    };
    // A disk that has room for the model alone leaves the model.
    if let Err(error) = report() {
        say(
            "report",
            &format!("warning: the model is written, but not all of its report: {error:#}"),
        );
    }
    if let Some(advice) = figures.advice.as_deref().filter(|_| is_json()) {
        say("report", advice);
    }
    let done = json!({
        "fraction": 1.0,
        "eta_s": 0.0,
        "esr": figures.model.esr,
        "floor": run.loaded.floor(),
        "message": format!("ESR {}: {}", ratio_text(figures.model.esr), verdict(figures.model.esr)),
        "advice": figures.advice,
        "model": model.display().to_string(),
        "report": page.display().to_string(),
        "family": learner.config().family(),
    });
    tell("done", done);
    Ok(Finished { model, report: page, figures, ending: outcome.ending })
}

fn provenance(
    run: &report::Run<'_>,
    figures: &report::Figures,
    outcome: &Outcome,
    validation_esr: Option<f64>,
) -> Provenance {
    let (job, data) = (run.job, run.data);
    let mut metrics = figures.metrics();
    metrics.insert("training_seconds".into(), outcome.position.seconds);
    metrics.insert("training_steps".into(), outcome.position.steps as f64);
    if let Some(esr) = validation_esr {
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
