//! What every editor works with: presets, undo and A/B, the model, and sentences for the user.
//!
//! All methods belong to the editor's thread or the host's main thread; none is real-time safe.
//! Models are read and built by the instance's [`Worker`], which reports through
//! [`Editing::model_problem`] and [`Editing::notice`]. Changes of parameters go through the host by
//! way of the [`Sink`] that is handed in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::Sentence;
use crate::library::{Embedded, Files, UserModel};
use crate::model_slot::{ModelSlot, StoredModel};
use crate::params::{COUNTER_ID, Kept, Parameters};
use crate::presets::{Preset, PresetStore};
use crate::snapshot::{Session, Snapshot};
use crate::table::{ParamTable, Sink};
use crate::worker::{Slot, Worker};

mod browse;
mod host_side;
mod steps;

pub use browse::Label;
use steps::Steps;

/// Building a stored model.
const BUILD: Slot = Slot::quick("model");
/// Reading a model file.
const READ: Slot = Slot::quick("model file");
/// Bringing the rest to the audio thread.
const FOLLOW: Slot = Slot::quick("follow");

/// What distinguishes one plugin from another here.
#[derive(Clone, Copy)]
pub struct Kind {
    /// The id that presets and hosts know the plugin by.
    pub plugin: &'static str,
    /// The folder of the user's presets, below `presets` in the data folder.
    pub folder: &'static str,
    /// The factory presets.
    pub factory: fn() -> Vec<Preset>,
    /// Gives parameters that a preset of an earlier form does not name the values that they had
    /// then.
    pub bring_up: fn(&mut Snapshot),
}

impl Kind {
    /// The plugin's presets: the factory's, and those in the user's folder.
    #[must_use]
    pub fn presets(&self) -> PresetStore {
        let folder =
            crate::files::data_folder().map(|folder| folder.join("presets").join(self.folder));
        PresetStore::new(self.plugin, self.factory, folder, self.bring_up)
    }
}

/// See the module's documentation.
pub struct Editing<S: Session + 'static> {
    session: Arc<S>,
    kind: Kind,
    table: ParamTable,
    presets: PresetStore,
    steps: Mutex<Steps>,
    notice: Mutex<Option<String>>,
    /// Why there is no sound although there is a model.
    trouble: Mutex<Option<String>>,
    unsaved: AtomicBool,
    /// The host's ear for changes that are no parameters.
    listener: Mutex<Option<Arc<dyn Fn() + Send + Sync>>>,
    worker: Arc<Worker>,
}

impl<S: Session + 'static> Editing<S> {
    /// The handle on the instance that has `params` and, in them, `session`.
    #[must_use]
    pub fn new(params: Arc<dyn Parameters>, session: Arc<S>, kind: Kind) -> Arc<Self> {
        let table = ParamTable::new(params);
        let start = Snapshot {
            params: table.capture(Kept::Undo),
            model: session.stored_model(),
            extra: session.extra(),
        };
        Arc::new(Self {
            session,
            kind,
            table,
            presets: kind.presets(),
            steps: Mutex::new(Steps::new(start)),
            notice: Mutex::new(None),
            trouble: Mutex::new(None),
            unsaved: AtomicBool::new(false),
            listener: Mutex::new(None),
            worker: Arc::default(),
        })
    }

    /// What a project keeps beside the parameters.
    #[must_use]
    pub fn session(&self) -> &S {
        &self.session
    }

    /// Where work of this instance is done that takes long. The instance ends it when it goes.
    #[must_use]
    pub fn worker(&self) -> &Arc<Worker> {
        &self.worker
    }

    /// All parameters by id.
    #[must_use]
    pub fn table(&self) -> &ParamTable {
        &self.table
    }

    /// To be called once in each frame of an open editor: records steps that have settled, and
    /// tells the host of changes that are no parameters.
    pub fn tick(&self, sink: &impl Sink) {
        self.settle(false);
        if self.unsaved.swap(false, Ordering::Relaxed)
            && let Some(counter) = self.table.entry(COUNTER_ID)
        {
            let end = counter.plain_of(1.0);
            let now = counter.plain_of(counter.normalized());
            sink.set(counter.ptr(), if now >= end { 0.0 } else { (now + 1.0) / end });
        }
    }

    // Sentences for the user.

    /// The last thing that went wrong or was done, until it is dismissed.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        self.notice.lock().clone()
    }

    /// Says something to the user.
    pub fn say(&self, sentence: String) {
        *self.notice.lock() = Some(sentence);
    }

    /// Takes the notice away, and the sentence about a model file that was refused.
    pub fn dismiss_notice(&self) {
        *self.notice.lock() = None;
        self.slot().dismiss_problem();
    }

    /// Passes a result on; a failure's sentence becomes the notice.
    pub fn report<T>(&self, result: Result<T, Sentence>) -> Option<T> {
        result.map_err(|sentence| self.say(sentence.into())).ok()
    }

    /// Notes why there is no sound although there is a model, or that all is well.
    pub fn set_trouble(&self, trouble: Option<Sentence>) {
        *self.trouble.lock() = trouble.map(String::from);
    }

    // The model.

    fn slot(&self) -> &ModelSlot<S::Model> {
        &self.session.project().model
    }

    /// The model that plays; `None` when there is none to play, and [`Editing::model_problem`] says
    /// why.
    #[must_use]
    pub fn model(&self) -> Option<Arc<S::Model>> {
        self.slot().model()
    }

    /// The model's name, playable or not.
    #[must_use]
    pub fn model_name(&self) -> String {
        self.slot().name()
    }

    /// Why nothing plays, or why the last file was refused.
    #[must_use]
    pub fn model_problem(&self) -> Option<String> {
        self.slot().problem().or_else(|| self.trouble.lock().clone())
    }

    /// Whether a model file is being read.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.slot().is_loading()
    }

    /// The models inside the plugin, the default first.
    #[must_use]
    pub fn embedded_models(&self) -> &'static [Embedded] {
        self.slot().library().embedded()
    }

    /// The models in the user's folder.
    #[must_use]
    pub fn user_models(&self) -> Vec<UserModel> {
        self.slot().library().user_models()
    }

    /// The user's model folder, made if need be.
    #[must_use]
    pub fn model_folder(&self) -> Option<PathBuf> {
        let folder = self.slot().library().user_folder()?;
        std::fs::create_dir_all(&folder).ok()?;
        Some(folder)
    }

    /// The user's model folder as it is, made or not.
    #[must_use]
    pub fn model_folder_path(&self) -> Option<PathBuf> {
        self.slot().library().user_folder()
    }

    /// Which files may be models.
    #[must_use]
    pub fn model_files(&self) -> Files {
        self.slot().library().files()
    }

    /// Plays an embedded model, once the worker has decoded it.
    pub fn choose_embedded(&self, hash: &str) {
        match self.slot().library().find(hash) {
            Some(entry) => {
                self.want(&Arc::new(StoredModel::embedded(entry)));
                self.changed("Model");
            }
            None => self.say(format!(
                "No embedded model has the hash {hash}. The model in use is unchanged."
            )),
        }
    }

    /// Reads and plays a model file on the worker's thread.
    pub fn load_model(self: &Arc<Self>, path: &Path) {
        let this = self.clone();
        self.load_model_then(path, move || this.changed("Model"));
    }

    /// As [`Editing::load_model`], and then does something else, on that thread; not where the file
    /// is refused or something else was wished for meanwhile.
    pub fn load_model_then(&self, path: &Path, then: impl FnOnce() + Send + 'static) {
        let (session, path, wish) =
            (self.session.clone(), path.to_owned(), self.slot().want_file());
        self.worker.post(READ, move |_| {
            // The slot keeps the sentence of a failure.
            if session.project().model.read_file(&wish, &path).unwrap_or(false) {
                then();
            }
        });
    }

    /// Has the worker build a model that a preset, an undo step or a choice holds.
    fn want(&self, stored: &Arc<StoredModel>) {
        if let Some(wish) = self.slot().want(stored) {
            let session = self.session.clone();
            self.worker.post(BUILD, move |_| session.project().model.fulfil(wish));
        }
    }

    /// Puts a setting's model and the rest back; what takes building is the worker's.
    fn restore_rest(
        &self,
        model: Option<&Arc<StoredModel>>,
        extra: &BTreeMap<String, serde_json::Value>,
    ) {
        self.session.restore_extra(extra);
        if let Some(model) = model {
            self.want(model);
        }
        self.follow();
    }

    /// Has the worker bring to the audio thread what is no parameter and no model.
    pub fn follow(&self) {
        let session = self.session.clone();
        self.worker.post(FOLLOW, move |_| session.follow());
    }

    // What is no parameter.

    /// To be called after a change of what is no parameter: makes an undo step and lets the host
    /// know of the change.
    pub fn changed(&self, what: &str) {
        self.mark_unsaved();
        self.commit(what);
    }

    /// Lets the host know of a change that is no undo step.
    pub fn mark_unsaved(&self) {
        self.unsaved.store(true, Ordering::Relaxed);
        self.tell_listener();
    }

    fn tell_listener(&self) {
        let listener = self.listener.lock().clone();
        if let Some(listener) = listener {
            listener();
        }
    }
}
