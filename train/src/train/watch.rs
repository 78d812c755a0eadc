//! What surrounds the loop in a run: progress bar, metrics, checkpoints, the best model, Ctrl-C.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::SpectralCard;
use nfx_learn::Tensors;
use nfx_learn::spectral::learner::Learner;
use serde_json::json;

use super::checkpoint::Checkpoint;
use super::fit::{Autoencoders, EpochRow, Position};
use crate::files::write_atomic;
use crate::profile::progress::{Throttle, asked_to_stop, interrupted, is_json, tell};
use crate::training_loop::{Monitor, seconds_left};

/// What an earlier process has left of a run that goes on.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// The metrics up to the checkpoint that the run continues from.
    pub(super) rows: Vec<EpochRow>,
    /// The validation figure of the best model.
    pub(super) survivor: Option<f64>,
}

/// The monitor of a run.
pub(super) struct Watch {
    folder: PathBuf,
    card: SpectralCard,
    kind: &'static str,
    survivor: Option<f64>,
    checkpoint_seconds: f64,
    last_checkpoint: Option<f64>,
    metrics: csv::Writer<std::fs::File>,
    bar: ProgressBar,
    last_line: Option<Instant>,
    validation: String,
    figure: Option<f64>,
    throttle: Throttle,
}

impl Watch {
    /// The monitor of a run in `folder`, whose models have a card and whose learner is of a kind.
    pub(super) fn new(
        folder: &Path,
        card: SpectralCard,
        kind: &'static str,
        checkpoint_seconds: f64,
        earlier: &Earlier,
    ) -> Result<Self> {
        interrupted();
        let rows = &earlier.rows;
        let path = folder.join("metrics.csv");
        let mut whole = csv::Writer::from_writer(Vec::new());
        for row in rows {
            whole.serialize(row)?;
        }
        if rows.is_empty() {
            whole.write_record([
                "epoch",
                "steps",
                "seconds",
                "rate",
                "train_loss",
                "validation_loss",
                "validation_mse",
                "best",
            ])?;
        }
        write_atomic(&path, &whole.into_inner().context("the metrics could not be put together")?)?;
        let file = std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .with_context(|| format!("{} could not be opened", path.display()))?;
        let bar = ProgressBar::new(1000);
        if let Ok(style) = ProgressStyle::with_template(
            "{spinner} {msg} [{bar:30}] {elapsed} of about {duration}, {eta} to go",
        ) {
            bar.set_style(style.progress_chars("=> "));
        }
        Ok(Watch {
            folder: folder.to_owned(),
            card,
            kind,
            survivor: earlier.survivor,
            checkpoint_seconds,
            last_checkpoint: None,
            metrics: csv::WriterBuilder::new().has_headers(false).from_writer(file),
            bar,
            last_line: None,
            figure: rows.last().map(|r| r.validation_loss),
            throttle: Throttle::new(),
            validation: rows
                .last()
                .map_or("not looked at yet".into(), |r| format!("{:.4e}", r.validation_loss)),
        })
    }

    /// Takes the bar off the screen.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Monitor<Autoencoders> for Watch {
    fn step(&mut self, share: f64, position: &Position, loss: f64) {
        let left = seconds_left(position.seconds, share);
        let epoch = position.epoch + 1;
        if is_json() {
            if self.throttle.due() {
                let fields = json!({
                    "fraction": share,
                    "eta_s": left,
                    "epoch": epoch,
                    "steps": position.steps,
                    "loss": loss,
                    "validation": self.figure,
                });
                tell("train", fields);
            }
            return;
        }
        let message = format!("epoch {epoch}, loss {loss:.3e}, validation {}", self.validation);
        if std::io::stderr().is_terminal() {
            self.bar.set_position((share * 1000.0) as u64);
            self.bar.set_message(message);
        } else if self.last_line.is_none_or(|t| t.elapsed() > Duration::from_secs(15)) {
            self.last_line = Some(Instant::now());
            let mut error = std::io::stderr().lock();
            let _ = writeln!(error, "{message}, {:.0} %, {left:.0} s to go", 100.0 * share);
        }
    }

    fn look(&mut self, row: &EpochRow) -> Result<()> {
        self.validation = format!("{:.4e}", row.validation_loss);
        self.figure = Some(row.validation_loss);
        self.metrics.serialize(row)?;
        self.metrics.flush()?;
        Ok(())
    }

    fn best(&mut self, _: &dyn Learner, weights: &Tensors, row: &EpochRow) -> Result<()> {
        if self.survivor.is_some_and(|s| s < row.validation_loss) {
            return Ok(());
        }
        let mut card = self.card.clone();
        card.provenance.metrics.insert("validation_loss".into(), row.validation_loss);
        card.provenance.metrics.insert("validation_mse".into(), row.validation_mse);
        card.provenance.metrics.insert("epoch".into(), row.epoch as f64);
        let bytes =
            ModelFile { card: card.into(), tensors: weights.clone() }.to_bytes(Precision::F32)?;
        write_atomic(&self.folder.join("best.safetensors"), &bytes)
    }

    fn checkpoint(&mut self, position: &Position, learner: &dyn Learner, last: bool) -> Result<()> {
        // The first checkpoint follows the first step, so that a run is never without one.
        let every = self.checkpoint_seconds;
        let due = self.last_checkpoint.is_none_or(|last| position.seconds - last >= every);
        if !(due || last) {
            return Ok(());
        }
        self.last_checkpoint = Some(position.seconds);
        Checkpoint::of(position, learner, self.kind)?
            .write(&self.folder.join("checkpoint.safetensors"))
    }

    fn stop(&mut self) -> bool {
        asked_to_stop()
    }
}

/// Reads the metrics that a run has written; rows after `epoch` are left out, for the training will
/// make them again.
pub(super) fn read_metrics(path: &Path, epoch: usize) -> Result<Vec<EpochRow>> {
    let mut rows: Vec<EpochRow> = Vec::new();
    let Ok(mut reader) = csv::Reader::from_path(path) else { return Ok(rows) };
    for row in reader.deserialize::<EpochRow>() {
        // A line that a killed process wrote half belongs to an epoch after the checkpoint or is
        // made again.
        let Ok(row) = row else { break };
        if row.epoch <= epoch && rows.last().is_none_or(|last| last.epoch < row.epoch) {
            rows.push(row);
        }
    }
    Ok(rows)
}
