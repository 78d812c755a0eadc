//! Cells: one training each, kept in files.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, Result};
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_learn::Tensors;
use nfx_learn::spectral::init::Init;
use nfx_learn::spectral::learner::{Learner, StepConfig, spread};
use nfx_train::baseline::{Pca, mean_frame_mse, zero_output_mse};
use nfx_train::corpus::{Corpus, CorpusSpec};
use nfx_train::device::Place;
use nfx_train::files::write_atomic;
use nfx_train::train::checkpoint::Checkpoint;
use nfx_train::train::{
    Autoencoders, Data, EpochRow, FitConfig, Outcome, Position, Seen, Start, evaluate, fit,
    starting_weights,
};
use nfx_train::training_loop::{Monitor, seconds_left};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Components that are fitted for comparison on every corpus.
pub(super) const COMPONENTS: [usize; 7] = [8, 16, 32, 64, 256, 512, 1024];
/// A training that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Cell {
    /// `table3.1` and so on.
    pub part: String,
    /// Row of the table, or variant of the network.
    pub row: String,
    /// Column of the table.
    pub method: String,
    pub network: AutoencoderConfig,
    pub fit: FitConfig,
    pub corpus: CorpusSpec,
    /// Name of the corpus in the document.
    pub music: String,
}

/// What a finished cell holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Done {
    pub cell: Cell,
    pub test_mse: f64,
    pub validation_mse: f64,
    pub best_epoch: usize,
    pub epochs: usize,
    pub train_frames: usize,
    pub test_frames: usize,
    pub seconds: f64,
    pub machine: String,
    pub version: String,
}

/// What a corpus gives without a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Baselines {
    pub music: String,
    pub description: String,
    pub train_frames: usize,
    pub zero: f64,
    pub mean: f64,
    /// Test error by number of components.
    pub pca: BTreeMap<usize, f64>,
}

impl Cell {
    /// Multiplications, for the order and the progress.
    pub fn cost(&self) -> f64 {
        let weights: usize =
            self.network.tensor_shapes().iter().map(|(_, s)| s.iter().product::<usize>()).sum();
        (self.fit.epochs * self.corpus.limits.train) as f64 * weights as f64
    }

    /// For people.
    pub fn title(&self) -> String {
        format!(
            "{} {} {} seed {}, {} epochs of {} frames",
            self.part,
            self.row,
            self.method,
            self.fit.seed,
            self.fit.epochs,
            self.corpus.limits.train
        )
    }

    /// A file name that changes with everything that the result depends on.
    pub fn id(&self) -> Result<String> {
        let mut key = self.clone();
        key.corpus.cache_dir = None;
        let digest = Sha256::digest(serde_json::to_vec(&key)?);
        let hash: String = digest.iter().take(6).map(|b| format!("{b:02x}")).collect();
        let words = format!("{}-{}-{}-s{}", self.part, self.row, self.method, self.fit.seed);
        let words: String = words
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '_' })
            .collect();
        Ok(format!("{words}-{hash}"))
    }
}

/// The folder of an experiment and what computes.
pub(super) struct Store {
    folder: PathBuf,
    cache: PathBuf,
    /// Seconds between two checkpoints: what a kill loses at most.
    checkpoint_seconds: f64,
    pub place: Place,
    /// The corpus in use: cells of one corpus follow one another in most orders, and two do not fit
    /// in every memory.
    corpus: RefCell<Option<(CorpusSpec, Rc<Corpus>)>>,
}

impl Store {
    /// Makes the folder if it is not there.
    pub fn open(
        folder: &Path,
        cache: &Path,
        checkpoint_seconds: f64,
        place: Place,
    ) -> Result<Store> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} could not be made", folder.display()))?;
        Ok(Store {
            folder: folder.to_owned(),
            cache: cache.to_owned(),
            checkpoint_seconds,
            place,
            corpus: RefCell::new(None),
        })
    }

    /// The corpus of a specification; the one used last is kept in memory.
    pub fn corpus(&self, spec: &CorpusSpec) -> Result<Rc<Corpus>> {
        if let Some((kept, corpus)) = self.corpus.borrow().as_ref()
            && kept == spec
        {
            return Ok(Rc::clone(corpus));
        }
        *self.corpus.borrow_mut() = None;
        let mut place = spec.clone();
        place.cache_dir = Some(self.cache.clone());
        let corpus = Rc::new(place.build(&nfx_train::train::run::corpus_progress())?);
        *self.corpus.borrow_mut() = Some((spec.clone(), Rc::clone(&corpus)));
        Ok(corpus)
    }

    fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Option<T> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// Reads or makes a value kept under a name.
    pub fn kept<T: Serialize + serde::de::DeserializeOwned>(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let path = self.folder.join(format!("{name}.json"));
        if let Some(value) = Self::read(&path) {
            return Ok(value);
        }
        let value = make()?;
        write_atomic(&path, &serde_json::to_vec_pretty(&value)?)?;
        Ok(value)
    }

    /// All files whose name begins so.
    pub fn all<T: serde::de::DeserializeOwned>(&self, prefix: &str) -> Vec<T> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
        paths.sort();
        paths
            .iter()
            .filter(|p| p.extension().is_some_and(|e| e == "json"))
            .filter(|p| {
                p.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with(prefix))
            })
            .filter_map(|p| Self::read(p))
            .collect()
    }

    /// Zero output, mean frame and principal components of a cell's corpus.
    pub fn baselines(&self, cell: &Cell) -> Result<Baselines> {
        let name = format!("corpus-{}-{}", cell.music, spec_hash(&cell.corpus)?);
        self.kept(&name, || {
            eprintln!("fitting principal components");
            let corpus = self.corpus(&cell.corpus)?;
            let pca = Pca::fit(&corpus.train, COMPONENTS[COMPONENTS.len() - 1], 0)?;
            let errors = COMPONENTS.iter().map(|&k| (k, pca.mse(&corpus.test, k))).collect();
            Ok(Baselines {
                music: cell.music.clone(),
                description: corpus.description.clone(),
                train_frames: corpus.train.len(),
                zero: zero_output_mse(&corpus.test),
                mean: mean_frame_mse(&corpus.train, &corpus.test),
                pca: errors,
            })
        })
    }

    /// The baselines of a cell's corpus when they are stored.
    pub fn known_baselines(&self, cell: &Cell) -> Option<Baselines> {
        let name = format!("corpus-{}-{}", cell.music, spec_hash(&cell.corpus).ok()?);
        Self::read(&self.folder.join(format!("{name}.json")))
    }

    /// Trains a cell unless it is done. Says whether it was trained now.
    pub fn train(&self, cell: &Cell) -> Result<bool> {
        let id = cell.id()?;
        let path = self.folder.join(format!("cell-{id}.json"));
        if Self::read::<Done>(&path).is_some() {
            return Ok(false);
        }
        self.baselines(cell)?;
        let corpus = self.corpus(&cell.corpus)?;
        let start = Start { init: Init::TruncatedNormal { sd: 0.15 }, pca: false };
        let (best, outcome) = self.fit_cell(&id, cell, start)?;
        let mut finished = self.place.learner(&cell.network, &best, plain(cell.fit.step))?;
        let seen = Seen::new(&cell.fit.seen, corpus.test.bins);
        let (_, test_mse) = evaluate(finished.as_mut(), &corpus.test, &seen, cell.fit.step.loss)?;
        let (_, validation_mse) =
            evaluate(finished.as_mut(), &corpus.validation, &seen, cell.fit.step.loss)?;
        let done = Done {
            cell: cell.clone(),
            test_mse,
            validation_mse,
            best_epoch: outcome.best_epoch,
            epochs: cell.fit.epochs,
            train_frames: corpus.train.len(),
            test_frames: corpus.test.len(),
            seconds: outcome.seconds,
            machine: format!("{}; {}", machine(), self.place.name()),
            version: env!("CARGO_PKG_VERSION").into(),
        };
        write_atomic(&path, &serde_json::to_vec_pretty(&done)?)?;
        self.forget_half(&id);
        eprintln!(
            "  test MSE {test_mse:.3e} (best of epoch {}), {:.0} s",
            done.best_epoch, done.seconds
        );
        Ok(true)
    }

    /// The training of a cell, from where it was stopped or from the beginning: the best weights,
    /// which are kept in a file named by `id`, and what the loop says.
    pub fn fit_cell(&self, id: &str, cell: &Cell, start: Start) -> Result<(Tensors, Outcome)> {
        let corpus = self.corpus(&cell.corpus)?;
        let (half, best_path) = (self.half_path(id), self.weights_path(id));
        let checkpoint = Checkpoint::read(&half).ok().filter(|c| c.kind == self.place.kind());
        let weights = match &checkpoint {
            Some(c) => c.weights.clone(),
            None => {
                let mut weights = starting_weights(&cell.network, start, cell.fit.seed, || {
                    anyhow::bail!("no components are asked for")
                })?;
                if cell.fit.step.variational.is_some() {
                    weights.extend(spread(&cell.network));
                }
                weights
            }
        };
        let mut learner = self.place.learner(&cell.network, &weights, cell.fit.step)?;
        let mut position = Position::default();
        if let Some(c) = checkpoint {
            learner.restore(&c.state)?;
            position = c.position;
        }
        let best =
            Checkpoint::read(&best_path).ok().map(|c| c.weights).filter(|_| position.steps > 0);
        let mut watch = Watch {
            half,
            best_path: best_path.clone(),
            kind: self.place.kind(),
            every: self.checkpoint_seconds,
            best,
            last: position.seconds,
            said: 0.0,
        };
        let data = Data { train: &corpus.train, validation: &corpus.validation };
        let outcome = fit(&cell.fit, data, learner.as_mut(), position, &mut watch)?;
        let best = watch.best.unwrap_or_else(|| outcome.last.clone());
        save_weights(&best_path, &best, self.place.kind())?;
        Ok((best, outcome))
    }

    /// A value kept under a name, when there is one.
    pub fn known<T: serde::de::DeserializeOwned>(&self, name: &str) -> Option<T> {
        Self::read(&self.folder.join(format!("{name}.json")))
    }

    /// Weights kept by [`Store::fit_cell`].
    pub fn kept_weights(&self, id: &str) -> Result<Tensors> {
        Ok(Checkpoint::read(&self.weights_path(id))?.weights)
    }

    /// Takes the checkpoint of a finished training away.
    pub fn forget_half(&self, id: &str) {
        let _ = std::fs::remove_file(self.half_path(id));
    }

    fn half_path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("half-{id}.safetensors"))
    }

    fn weights_path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("weights-{id}.safetensors"))
    }

    /// The best weights of a finished cell.
    pub fn weights(&self, cell: &Cell) -> Result<Option<Tensors>> {
        let id = cell.id()?;
        if Self::read::<Done>(&self.folder.join(format!("cell-{id}.json"))).is_none() {
            return Ok(None);
        }
        Ok(Some(Checkpoint::read(&self.weights_path(&id))?.weights))
    }

    /// The finished form of a cell.
    pub fn done(&self, cell: &Cell) -> Result<Option<Done>> {
        Ok(Self::read(&self.folder.join(format!("cell-{}.json", cell.id()?))))
    }
}

/// A step that only predicts: what a variational training needs beside the network is gone by then.
pub(super) fn plain(step: StepConfig) -> StepConfig {
    StepConfig { variational: None, ..step }
}

/// A short hash of a corpus' specification.
pub(super) fn spec_hash(spec: &CorpusSpec) -> Result<String> {
    let mut spec = spec.clone();
    spec.cache_dir = None;
    let digest = Sha256::digest(serde_json::to_vec(&spec)?);
    Ok(digest.iter().take(6).map(|b| format!("{b:02x}")).collect())
}

fn save_weights(path: &Path, weights: &Tensors, kind: &str) -> Result<()> {
    Checkpoint {
        position: Position::default(),
        kind: kind.to_owned(),
        weights: weights.clone(),
        state: Vec::new(),
    }
    .write(path)
}

/// Keeps the best weights and writes checkpoints.
struct Watch {
    half: PathBuf,
    best_path: PathBuf,
    kind: &'static str,
    every: f64,
    best: Option<Tensors>,
    last: f64,
    said: f64,
}

impl Monitor<Autoencoders> for Watch {
    fn step(&mut self, share: f64, position: &Position, loss: f64) {
        if position.seconds - self.said > 30.0 {
            self.said = position.seconds;
            let left = seconds_left(position.seconds, share);
            eprintln!(
                "  epoch {}, loss {loss:.3e}, {:.0} %, {left:.0} s to go",
                position.epoch + 1,
                100.0 * share
            );
        }
    }

    fn best(&mut self, _: &dyn Learner, weights: &Tensors, _row: &EpochRow) -> Result<()> {
        self.best = Some(weights.clone());
        Ok(())
    }

    fn checkpoint(&mut self, position: &Position, learner: &dyn Learner, last: bool) -> Result<()> {
        if last || position.seconds - self.last <= self.every {
            return Ok(());
        }
        self.last = position.seconds;
        // The best weights first: a checkpoint must never know of a figure whose weights are not on
        // the disk.
        if let Some(best) = &self.best {
            save_weights(&self.best_path, best, self.kind)?;
        }
        Checkpoint::of(position, learner, self.kind)?.write(&self.half)
    }
}

/// The processor and its cores, for documents.
pub(super) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let model = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|l| l.starts_with("model name"))?;
        line.split_once(':').map(|(_, name)| name.trim().to_owned())
    });
    format!(
        "{}, {cores} cores, {}",
        model.unwrap_or_else(|| std::env::consts::ARCH.into()),
        std::env::consts::OS
    )
}
