//! Training a model from inside a plugin: a folder of sounds, checks, `nfx-train` as a child
//! process, the result.
//!
//! [`Workshop`] is what an instance holds: it outlives the editor's window, so a training goes on
//! while the window is closed. All methods belong to the editor's thread; what takes time is the
//! instance's [`Worker`]'s.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use crate::Sentence;
use crate::files;
use crate::trainer::{Progress, Run, Stage, Trainer, Verdict, arguments, training};
use crate::worker::{Slot, Worker};

mod folder;

pub use folder::{Sounds, look};

/// What distinguishes one plugin's training from another's.
#[derive(Clone, Copy)]
pub struct Recipe {
    /// The folder of its runs, below `training` in the data folder.
    pub folder: &'static str,
    /// What the sounds should be, in a sentence or two.
    pub advice: &'static str,
    /// The trainer's recipe.
    pub recipe: &'static str,
    /// What the trainer is to know of the folder of sounds beside its path, for example
    /// `,notes=true`.
    pub options: &'static str,
}

impl Recipe {
    /// The trainer's command line: for the sounds of this folder, a model's name, a length in
    /// minutes and the folder of the run.
    fn arguments(&self, sounds: &Path, name: &str, minutes: u32, out: &Path) -> Vec<OsString> {
        let source = format!("folder:{}{}", sounds.display(), self.options);
        let mut told = arguments(&[&"train", &"--recipe", &self.recipe, &"--source", &source]);
        told.extend(training(name, minutes, &out.join("run")));
        told
    }
}

/// The lengths that a training can be given, in minutes.
pub const MINUTES: [u32; 4] = [5, 15, 60, 240];

/// Whether there is a trainer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Found {
    /// Nobody has looked yet, or somebody looks.
    #[default]
    Unknown,
    /// This one.
    Here(Trainer),
    /// A sentence with what to do.
    Missing(String),
}

/// Looking for the trainer.
const LOOK: Slot = Slot::quick("trainer");
/// Looking at a folder of sounds.
const SOUNDS: Slot = Slot::quick("sounds to train on");

/// Looks for the trainer on the worker's thread.
#[derive(Clone)]
pub struct TrainerSearch {
    found: Arc<Mutex<Found>>,
    looking: Arc<std::sync::atomic::AtomicBool>,
    worker: Arc<Worker>,
}

impl TrainerSearch {
    /// Nobody has looked yet.
    #[must_use]
    pub fn new(worker: Arc<Worker>) -> Self {
        Self { found: Arc::default(), looking: Arc::default(), worker }
    }

    /// Looks, unless somebody does already.
    pub fn look(&self) {
        use std::sync::atomic::Ordering;
        if self.looking.swap(true, Ordering::AcqRel) {
            return;
        }
        let (into, looking) = (self.found.clone(), self.looking.clone());
        self.worker.post(LOOK, move |_| {
            let found = match Trainer::find() {
                Ok(trainer) => Found::Here(trainer),
                Err(sentence) => Found::Missing(sentence.into()),
            };
            *into.lock() = found;
            looking.store(false, Ordering::Release);
        });
    }

    /// What was found.
    #[must_use]
    pub fn found(&self) -> Found {
        self.found.lock().clone()
    }

    /// The trainer, if there is one.
    #[must_use]
    pub fn trainer(&self) -> Option<Trainer> {
        match &*self.found.lock() {
            Found::Here(trainer) => Some(trainer.clone()),
            _ => None,
        }
    }
}

/// Where a training stands, for the editor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingView {
    /// Whether there is a trainer.
    pub trainer: Found,
    /// What the sounds should be.
    pub advice: String,
    /// The folder that was chosen, as text.
    pub folder: String,
    /// What is in it, once it has been looked at.
    pub sounds: Option<Sounds>,
    /// A folder is being looked at.
    pub looking: bool,
    /// The model's name.
    pub name: String,
    /// Which of [`MINUTES`].
    pub minutes: usize,
    /// The running or finished training.
    pub run: Option<Progress>,
    /// Seconds since it began.
    pub elapsed_s: f32,
    /// The new model, once it is among the user's.
    pub model: Option<PathBuf>,
    /// The new model plays.
    pub auditioned: bool,
}

impl TrainingView {
    /// Whether everything is there to begin.
    #[must_use]
    pub fn can_start(&self) -> bool {
        matches!(self.trainer, Found::Here(_))
            && self.sounds.as_ref().is_some_and(|sounds| !sounds.is_refused())
            && self.run.as_ref().is_none_or(Progress::is_over)
    }

    /// Whether a training runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.run.as_ref().is_some_and(|run| !run.is_over())
    }
}

#[derive(Default)]
struct State {
    folder: String,
    sounds: Option<Sounds>,
    looking: u64,
    name: String,
    minutes: usize,
    run: Option<(Run, PathBuf)>,
    failed: Option<String>,
    model: Option<PathBuf>,
    kept: bool,
    auditioned: bool,
}

/// See the module's documentation. Clones share one training.
#[derive(Clone)]
pub struct Workshop {
    recipe: Recipe,
    search: TrainerSearch,
    state: Arc<Mutex<State>>,
}

impl Workshop {
    /// Nothing chosen yet.
    #[must_use]
    pub fn new(recipe: Recipe, worker: Arc<Worker>) -> Self {
        let state = State { name: "My model".to_owned(), ..State::default() };
        Self { recipe, search: TrainerSearch::new(worker), state: Arc::new(Mutex::new(state)) }
    }

    /// Looks for the trainer again.
    pub fn look_for_trainer(&self) {
        self.search.look();
    }

    /// Chooses the folder of sounds, and has the worker look at what is in it.
    pub fn choose_folder(&self, path: &str) {
        let ticket = {
            let mut state = self.state.lock();
            path.clone_into(&mut state.folder);
            state.sounds = None;
            state.looking += 1;
            state.looking
        };
        let (state, path) = (self.state.clone(), PathBuf::from(path.trim()));
        self.search.worker.post(SOUNDS, move |_| {
            let sounds = look(&path);
            let mut state = state.lock();
            // A folder that was chosen meanwhile comes next.
            if state.looking == ticket {
                state.sounds = Some(sounds);
            }
        });
    }

    /// Names the model.
    pub fn set_name(&self, name: &str) {
        name.clone_into(&mut self.state.lock().name);
    }

    /// Chooses one of [`MINUTES`].
    pub fn set_minutes(&self, choice: usize) {
        self.state.lock().minutes = choice.min(MINUTES.len() - 1);
    }

    /// Starts the trainer.
    pub fn start(&self) {
        let Some(trainer) = self.search.trainer() else { return self.search.look() };
        let mut state = self.state.lock();
        if state.run.as_ref().is_some_and(|(run, _)| !run.progress().is_over()) {
            return;
        }
        (state.model, state.kept, state.failed, state.auditioned) = (None, false, None, false);
        let out = match run_folder(self.recipe.folder) {
            Ok(out) => out,
            Err(sentence) => {
                state.failed = Some(sentence.into());
                return;
            }
        };
        let sounds = PathBuf::from(state.folder.trim());
        let name = if state.name.trim().is_empty() {
            "My model".to_owned()
        } else {
            state.name.trim().to_owned()
        };
        match trainer
            .start(&self.recipe.arguments(&sounds, &name, MINUTES[state.minutes], &out), &out)
        {
            Ok(run) => state.run = Some((run, out)),
            Err(sentence) => state.failed = Some(sentence.into()),
        }
    }

    /// Asks the trainer to end with the best so far.
    pub fn stop(&self) {
        if let Some((run, _)) = &self.state.lock().run {
            run.stop();
        }
    }

    /// Forgets the finished training, to begin another.
    pub fn clear(&self) {
        let mut state = self.state.lock();
        if state.run.as_ref().is_none_or(|(run, _)| run.progress().is_over()) {
            (state.run, state.failed, state.model, state.kept, state.auditioned) =
                (None, None, None, false, false);
        }
    }

    /// Notes whether the new model plays.
    pub fn set_auditioned(&self, plays: bool) {
        self.state.lock().auditioned = plays;
    }

    /// The new model's file.
    #[must_use]
    pub fn model(&self) -> Option<PathBuf> {
        self.state.lock().model.clone()
    }

    /// Where everything stands. Puts a finished model among those of the user, in `models`.
    #[must_use]
    pub fn view(&self, models: Option<&Path>) -> TrainingView {
        if self.search.found() == Found::Unknown {
            self.search.look();
        }
        let mut state = self.state.lock();
        let mut run = state.run.as_ref().map(|(run, _)| run.progress());
        if let Some(sentence) = &state.failed {
            run = Some(Progress { stage: Stage::Failed(sentence.clone()), ..Progress::default() });
        }
        if let Some(progress) = &run
            && progress.stage == Stage::Done
            && !state.kept
        {
            state.kept = true;
            match keep(
                progress,
                state.run.as_ref().map(|(_, out)| out.as_path()),
                models,
                &state.name,
            ) {
                Ok(path) => state.model = Some(path),
                Err(sentence) => state.failed = Some(sentence.into()),
            }
        }
        TrainingView {
            trainer: self.search.found(),
            advice: self.recipe.advice.to_owned(),
            folder: state.folder.clone(),
            sounds: state.sounds.clone(),
            looking: !state.folder.trim().is_empty() && state.sounds.is_none(),
            name: state.name.clone(),
            minutes: state.minutes,
            elapsed_s: state.run.as_ref().map_or(0.0, |(run, _)| run.elapsed().as_secs_f32()),
            run,
            model: state.model.clone(),
            auditioned: state.auditioned,
        }
    }
}

/// A new folder for a run below `training/KIND` in the data folder; not made yet.
///
/// # Errors
/// A sentence when there is no home folder.
pub fn run_folder(kind: &str) -> Result<PathBuf, Sentence> {
    let data = files::data_folder()
        .ok_or("There is no home folder to keep the training in. Nothing was started.")?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Ok(data.join("training").join(kind).join(format!("run-{}", since.as_millis())))
}

/// Copies a finished run's model among the user's, under a name that is free there.
///
/// # Errors
/// A sentence; the run's own file stays.
pub fn keep(
    progress: &Progress,
    out: Option<&Path>,
    models: Option<&Path>,
    name: &str,
) -> Result<PathBuf, Sentence> {
    let said = progress.model.as_deref();
    // A path that is not whole counts from where the trainer was started.
    let model = match (said, out) {
        (Some(said), Some(out)) if said.is_relative() => out.join(said),
        (Some(said), _) => said.to_owned(),
        (None, _) => {
            return Err("The trainer ended well but named no model. Look into its report.".into());
        }
    };
    let failed = |error: std::io::Error| {
        format!(
            "The new model {} could not be put among your models ({error}). It stays there.",
            model.display()
        )
    };
    let bytes = std::fs::read(&model).map_err(failed)?;
    let Some(models) = models else { return Ok(model.clone()) };
    let extension = model
        .extension()
        .map_or_else(|| "safetensors".to_owned(), |e| e.to_string_lossy().into_owned());
    let stem = files::safe_file_name(name);
    let free = (1..10_000)
        .map(|number| if number == 1 { stem.clone() } else { format!("{stem} {number}") })
        .map(|stem| models.join(format!("{stem}.{extension}")))
        .find(|path| !path.exists())
        .ok_or("There are ten thousand models of this name. Choose another.")?;
    files::write_atomically(&free, &bytes).map_err(failed)?;
    Ok(free)
}

impl Sounds {
    /// Whether a check says that they cannot be trained on.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.checks.iter().any(|check| check.verdict == Verdict::Bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_model_is_kept_beside_older_ones() {
        let folder = tempfile::tempdir().unwrap();
        let (out, models) = (folder.path().join("run"), folder.path().join("models"));
        std::fs::create_dir_all(&out).unwrap();
        std::fs::write(out.join("model.safetensors"), b"one").unwrap();
        let progress = Progress { model: Some("model.safetensors".into()), ..Progress::default() };
        let first = keep(&progress, Some(&out), Some(&models), "My/model").unwrap();
        assert_eq!(first, models.join("My_model.safetensors"));
        let second = keep(&progress, Some(&out), Some(&models), "My/model").unwrap();
        assert_eq!(second, models.join("My_model 2.safetensors"));
        assert_eq!(std::fs::read(second).unwrap(), b"one");
        let none = Progress { model: Some("gone.safetensors".into()), ..Progress::default() };
        assert!(keep(&none, Some(&out), Some(&models), "x").unwrap_err().contains("gone"));
    }
}
