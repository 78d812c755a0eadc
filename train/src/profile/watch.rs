//! What surrounds a training: lines, metrics, checkpoints, the best model so far.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use nfx_core::model::{ModelCard, ModelFile, Precision};
use nfx_core::profile::{KnobInfo, ProfileConfig, ProfileInfo};
use nfx_learn::Tensors;
use nfx_learn::profile::ProfileLearner;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::family::Family;
use super::fit::{Look, Monitor, Position};
use super::measure::ratio_text;
use super::progress::{Throttle, interrupted, is_json, say, tell};
use crate::files::write_atomic;

const MAGIC: &[u8; 8] = b"nfxprun1";

/// Everything that a training needs to go on.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The network.
    pub config: ProfileConfig,
    /// Its weights.
    pub tensors: Tensors,
    /// The optimiser's memory.
    pub state: Vec<u8>,
    /// Where it stands.
    pub position: Position,
}

#[derive(Serialize, Deserialize)]
struct Head {
    position: Position,
    state: usize,
    model: usize,
}

impl Checkpoint {
    fn write(&self, path: &Path) -> Result<()> {
        let model = bare(&self.config, &self.tensors).to_bytes(Precision::F32)?;
        let head =
            serde_json::to_vec(&Head { position: self.position.clone(), state: self.state.len(), model: model.len() })?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&(head.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&self.state);
        bytes.extend_from_slice(&model);
        write_atomic(path, &bytes)
    }

    /// Reads what a run has left.
    ///
    /// # Errors
    /// When the file is not a whole checkpoint.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("expected a checkpoint at {}", path.display()))?;
        let wrong = || format!("expected a checkpoint in {}, found something else", path.display());
        let rest = bytes.strip_prefix(MAGIC.as_slice()).with_context(wrong)?;
        let (length, rest) = rest.split_first_chunk::<8>().with_context(wrong)?;
        let length = usize::try_from(u64::from_le_bytes(*length))?;
        if rest.len() < length {
            bail!(wrong());
        }
        let (head, rest) = rest.split_at(length);
        let head: Head = serde_json::from_slice(head).with_context(wrong)?;
        if rest.len() != head.state + head.model {
            bail!(wrong());
        }
        let (state, model) = rest.split_at(head.state);
        let file = ModelFile::from_bytes(model).with_context(wrong)?;
        let nfx_core::model::Architecture::Profile(config) = file.card.architecture else { bail!(wrong()) };
        Ok(Checkpoint { config, tensors: file.tensors, state: state.to_vec(), position: head.position })
    }
}

/// A model file that says nothing of its device.
fn bare(config: &ProfileConfig, tensors: &Tensors) -> ModelFile {
    let knob = |i: usize| KnobInfo::linear(&format!("Knob {}", i + 1), 0.0, 1.0, 0.5);
    let info = ProfileInfo { knobs: (0..config.knobs()).map(knob).collect(), ..ProfileInfo::default() };
    ModelFile { card: ModelCard::for_profile("Unfinished", 48_000.0, config.clone(), info), tensors: tensors.clone() }
}

/// The monitor of a run.
pub struct Watch {
    folder: PathBuf,
    seconds: f64,
    keeps: bool,
    metrics: csv::Writer<std::fs::File>,
    throttle: Throttle,
    saved: Option<f64>,
    esr: Option<f64>,
}

impl Watch {
    /// For a run of so many seconds in a folder. A trial (`keeps` false) leaves neither model nor checkpoint.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn new(folder: &Path, seconds: f64, keeps: bool) -> Result<Self> {
        interrupted();
        let path = folder.join("metrics.csv");
        std::fs::create_dir_all(folder).with_context(|| format!("{} could not be made", folder.display()))?;
        let fresh = !path.exists();
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .with_context(|| format!("{} could not be opened", path.display()))?;
        Ok(Watch {
            folder: folder.to_owned(),
            seconds,
            keeps,
            metrics: csv::WriterBuilder::new().has_headers(fresh).from_writer(file),
            throttle: Throttle::new(),
            saved: None,
            esr: None,
        })
    }

    /// Keeps weights as the best so far.
    fn keep(&self, learner: &dyn ProfileLearner, tensors: &Tensors) -> Result<()> {
        let bytes = bare(&learner.config(), tensors).to_bytes(Precision::F32)?;
        write_atomic(&self.folder.join("best.safetensors"), &bytes)
    }

    /// The last line.
    pub fn finish(&mut self) {
        let _ = self.metrics.flush();
    }
}

impl Monitor for Watch {
    fn step(&mut self, share: f64, position: &Position, loss: f64) {
        if !self.throttle.due() {
            return;
        }
        let left = (self.seconds - position.seconds).max(0.0).min(position.seconds / share.max(1e-9) * (1.0 - share));
        if is_json() {
            let fields = json!({
                "fraction": share.min(1.0),
                "eta_s": left,
                "esr": self.esr,
                "loss": loss,
                "steps": position.steps,
            });
            tell("train", fields);
        } else {
            let esr = self.esr.map_or("not looked at yet".to_owned(), ratio_text);
            eprintln!(
                "{:3.0} %  held-out ESR {esr}  loss {loss:.3e}  step {}  {left:.0} s to go",
                100.0 * share,
                position.steps
            );
        }
    }

    fn look(&mut self, look: &Look) -> Result<()> {
        self.esr = Some(self.esr.map_or(look.esr, |e| e.min(look.esr)));
        self.metrics.serialize(look)?;
        self.metrics.flush()?;
        Ok(())
    }

    fn best(&mut self, learner: &dyn ProfileLearner, _look: &Look) -> Result<()> {
        if self.keeps { self.keep(learner, &learner.tensors()?) } else { Ok(()) }
    }

    fn trial(
        &mut self,
        (family, figure): (Family, f64),
        learner: &dyn ProfileLearner,
        best: Option<&Tensors>,
    ) -> Result<()> {
        say(
            "train",
            &format!(
                "family {} after its trial: held-out ESR {} ({} weights)",
                family.name(),
                ratio_text(figure),
                learner.parameters()
            ),
        );
        best.map_or(Ok(()), |tensors| self.keep(learner, tensors))
    }

    fn checkpoint(&mut self, position: &Position, learner: &dyn ProfileLearner) -> Result<()> {
        let due = self.saved.is_none_or(|s| position.seconds - s > 10.0 || position.seconds < s);
        if !self.keeps || !due {
            return Ok(());
        }
        self.saved = Some(position.seconds);
        let checkpoint = Checkpoint {
            config: learner.config(),
            tensors: learner.tensors()?,
            state: learner.state(),
            position: position.clone(),
        };
        checkpoint.write(&self.folder.join("checkpoint.bin"))
    }

    fn stop(&mut self) -> bool {
        interrupted().load(std::sync::atomic::Ordering::SeqCst)
    }
}

/// The looks that a run has written.
pub fn read_looks(path: &Path) -> Vec<Look> {
    let Ok(mut reader) = csv::Reader::from_path(path) else { return Vec::new() };
    // A line that a killed process wrote half is left out.
    reader.deserialize::<Look>().filter_map(Result::ok).collect()
}
