//! What surrounds a training: lines, metrics, checkpoints, the best model so far.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use nfx_core::file::Precision;
use nfx_core::models::effect::{KnobInfo, ProfileConfig, ProfileInfo};
use nfx_core::models::{ModelCard, ModelFile};
use nfx_learn::Tensors;
use nfx_learn::effect::ProfileLearner;
use nfx_learn::effect::export::PARITY;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::choose::{Trial, Trials};
use super::fit::{Look, Position, Profiles};
use super::measure::ratio_text;
use super::progress::{Throttle, asked_to_stop, interrupted, is_json, say, tell};
use super::result::trial_file;
use crate::files::write_atomic;
use crate::training_loop::{Monitor, seconds_left};

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
        let head = serde_json::to_vec(&Head {
            position: self.position.clone(),
            state: self.state.len(),
            model: model.len(),
        })?;
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
        let bytes = std::fs::read(path)
            .with_context(|| format!("expected a checkpoint at {}", path.display()))?;
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
        let config = file.card.effect().with_context(wrong)?.network.clone();
        Ok(Checkpoint {
            config,
            tensors: file.tensors,
            state: state.to_vec(),
            position: head.position,
        })
    }
}

/// A model file that says nothing of its device.
fn bare(config: &ProfileConfig, tensors: &Tensors) -> ModelFile {
    let knob = |i: usize| KnobInfo::linear(&format!("Knob {}", i + 1), 0.0, 1.0, 0.5);
    let info =
        ProfileInfo { knobs: (0..config.knobs()).map(knob).collect(), ..ProfileInfo::default() };
    About { name: "Unfinished".to_owned(), rate_hz: 48_000.0, info }.file(config, tensors)
}

/// What the model files of a run say of their device.
#[derive(Clone, Debug)]
pub struct About {
    /// The model's name.
    pub name: String,
    /// Its rate.
    pub rate_hz: f64,
    /// Its knobs, and what else is known.
    pub info: ProfileInfo,
}

impl About {
    fn file(&self, config: &ProfileConfig, tensors: &Tensors) -> ModelFile {
        let card =
            ModelCard::for_profile(&self.name, self.rate_hz, config.clone(), self.info.clone());
        ModelFile { card, tensors: tensors.clone() }
    }
}

/// The monitor of a run.
pub struct Watch {
    folder: PathBuf,
    about: About,
    seconds: f64,
    keeps: bool,
    metrics: csv::Writer<std::fs::File>,
    throttle: Throttle,
    /// Seconds and best look of the last checkpoint.
    saved: Option<(f64, Option<Look>)>,
    esr: Option<f64>,
    /// Whether it was said that the real-time form plays something else, and that the disk refuses
    /// to be written to.
    said: [bool; 2],
}

impl Watch {
    /// For a run of so many seconds in a folder. A trial (`keeps` false) leaves neither model nor
    /// checkpoint before its end.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn new(folder: &Path, about: About, seconds: f64, keeps: bool) -> Result<Self> {
        interrupted();
        let path = folder.join("metrics.csv");
        std::fs::create_dir_all(folder)
            .with_context(|| format!("{} could not be made", folder.display()))?;
        let fresh = !path.exists();
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .with_context(|| format!("{} could not be opened", path.display()))?;
        Ok(Watch {
            folder: folder.to_owned(),
            about,
            seconds,
            keeps,
            metrics: csv::WriterBuilder::new().has_headers(fresh).from_writer(file),
            throttle: Throttle::new(),
            saved: None,
            esr: None,
            said: [false; 2],
        })
    }

    /// Writes weights as a model that can be played, whatever becomes of the run.
    fn keep(&mut self, name: &str, learner: &dyn ProfileLearner, tensors: &Tensors) {
        let file = self.about.file(&learner.config(), tensors);
        let path = self.folder.join(name);
        let written = file
            .to_bytes(Precision::F32)
            .map_err(Into::into)
            .and_then(|bytes| write_atomic(&path, &bytes));
        self.unless_written(written);
    }

    /// A disk that is full ends no training: what is best is in memory still, and there may be room
    /// at the next look.
    fn unless_written(&mut self, written: Result<()>) {
        match written {
            Ok(()) => {}
            Err(error) if !self.said[1] => {
                self.said[1] = true;
                say(
                    "train",
                    &format!("warning: {error:#}; the training goes on, and it is tried again"),
                );
            }
            Err(_) => {}
        }
    }

    /// The last line.
    pub fn finish(&mut self) {
        let _ = self.metrics.flush();
    }
}

impl Monitor<Profiles> for Watch {
    fn step(&mut self, share: f64, position: &Position, loss: f64) {
        if !self.throttle.due() {
            return;
        }
        let left =
            (self.seconds - position.seconds).max(0.0).min(seconds_left(position.seconds, share));
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
        let written = self.metrics.serialize(look).map_err(anyhow::Error::from);
        let written = written.and_then(|()| self.metrics.flush().map_err(Into::into));
        self.unless_written(written);
        Ok(())
    }

    fn best(&mut self, learner: &dyn ProfileLearner, weights: &Tensors, look: &Look) -> Result<()> {
        self.esr = Some(self.esr.map_or(look.esr, |e| e.min(look.esr)));
        if self.keeps {
            self.keep("best.safetensors", learner, weights);
        }
        Ok(())
    }

    fn refused(&mut self, look: &Look, parity: f32) {
        if !std::mem::replace(&mut self.said[0], true) {
            let sentence = format!(
                "the weights of step {} (held-out ESR {}) are not kept: the network is unstable, its real-time form plays something \
                 else (difference {parity:.1e}, at most {PARITY:.0e} is allowed); as all others like them",
                look.steps,
                ratio_text(look.esr)
            );
            say("train", &sentence);
        }
    }

    fn setback(&mut self, position: &Position, why: &str) {
        let sentence = format!(
            "step {}: {why}; back to the best weights so far, and on with smaller steps",
            position.steps
        );
        say("train", &sentence);
    }

    fn checkpoint(
        &mut self,
        position: &Position,
        learner: &dyn ProfileLearner,
        last: bool,
    ) -> Result<()> {
        // One that did not know of the best weights in the folder would let worse ones take their
        // place when the run goes on.
        let due = self.saved.is_none_or(|(seconds, best)| {
            best != position.best || position.seconds - seconds > 10.0 || position.seconds < seconds
        });
        if !self.keeps || !(due || last) {
            return Ok(());
        }
        let checkpoint = Checkpoint {
            config: learner.config(),
            tensors: learner.tensors()?,
            state: learner.state(),
            position: position.clone(),
        };
        let written = checkpoint.write(&self.folder.join("checkpoint.bin"));
        if written.is_ok() {
            self.saved = Some((position.seconds, position.best));
        }
        self.unless_written(written);
        Ok(())
    }

    fn stop(&mut self) -> bool {
        asked_to_stop()
    }
}

impl Trials for Watch {
    fn trial(&mut self, trial: &Trial, learner: &dyn ProfileLearner, leads: bool) -> Result<()> {
        let figure =
            if trial.figure.is_finite() { ratio_text(trial.figure) } else { "none".to_owned() };
        let family = trial.family;
        let sentence = format!(
            "family {} after its trial: held-out ESR {figure} ({} weights)",
            family.name(),
            learner.parameters()
        );
        say("train", &sentence);
        if let Some((_, tensors)) = &trial.best {
            self.keep(&trial_file(family), learner, tensors);
            if leads {
                self.keep("best.safetensors", learner, tensors);
            }
        }
        Ok(())
    }
}

/// The looks that a run has written.
pub fn read_looks(path: &Path) -> Vec<Look> {
    let Ok(mut reader) = csv::Reader::from_path(path) else { return Vec::new() };
    // A line that a killed process wrote half is left out.
    reader.deserialize::<Look>().filter_map(Result::ok).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::family::{Family, Size, learner};
    use nfx_learn::effect::loss::LossConfig;

    #[test]
    fn a_checkpoint_knows_the_best_weights_and_the_end_however_soon_they_come() {
        let dir = tempfile::tempdir().expect("folder");
        let about =
            About { name: "Small".to_owned(), rate_hz: 8_000.0, info: ProfileInfo::default() };
        let mut watch = Watch::new(dir.path(), about, 60.0, true).expect("watch");
        let size = Size { width: Some(2), ..Size::default() };
        let network = learner(Family::Lstm, size, 0, LossConfig::default(), 0).expect("made");
        let mut keep = |seconds: f64, esr: f64, last: bool| {
            // A look before any step, as earlier versions wrote it.
            let best = Some(Look { esr, loss: f64::NAN, ..Look::default() });
            let position = Position { seconds, best, ..Position::default() };
            watch.checkpoint(&position, network.as_ref(), last).expect("kept");
            let read = Checkpoint::read(&dir.path().join("checkpoint.bin"))
                .expect("a whole checkpoint")
                .position;
            assert_eq!(read.best.map(|look| look.loss), Some(0.0));
            (read.seconds, read.best.map(|look| look.esr))
        };
        assert_eq!(keep(1.0, 0.5, false), (1.0, Some(0.5)));
        assert_eq!(keep(2.0, 0.4, false), (2.0, Some(0.4)));
        assert_eq!(keep(3.0, 0.4, true), (3.0, Some(0.4)));
    }
}
