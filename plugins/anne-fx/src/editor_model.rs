//! What an editor, a preset browser or a test works with: one handle on everything of an instance but its sound.
//!
//! All methods belong to the editor's thread or the host's main thread; none is real-time safe. Long work (reading a model,
//! rendering) runs on a thread of its own and reports through [`EditorModel::model_problem`], [`EditorModel::export_state`] and
//! [`EditorModel::notice`]. Changes of parameters go through the host by way of the [`Sink`] that is handed in.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use nfx_core::model::AnneModel;
use nfx_plugin::files;
use nfx_plugin::handover::Mailbox;
use nfx_plugin::library::{Embedded, Library, UserModel};
use nfx_plugin::presets::PresetStore;
use nfx_plugin::snapshot::{ParamTable, Session as _, Sink, Snapshot};
use nfx_plugin::telemetry::{Frame, Reader};
use parking_lot::Mutex;

mod browse;
mod chance;
mod edits;
mod sounds;

pub use chance::{Locks, Target};

use crate::deck::Deck;
use crate::export::ExportState;
use crate::factory;
use crate::params::{AnneParams, COUNTER_END, COUNTER_ID, SourceChoice, in_history};
use crate::session::Session;
use crate::source::Loaded;
use edits::Edits;

/// See the module's documentation.
pub struct EditorModel {
    /// The parameters, to read values from and to name in edits.
    pub params: Arc<AnneParams>,
    /// Latents and knobs that randomising leaves alone.
    pub locks: Locks,
    table: ParamTable,
    telemetry: Reader,
    deck: Arc<Deck>,
    sounds: Mailbox<Loaded>,
    presets: PresetStore,
    edits: Mutex<Edits>,
    notice: Mutex<Option<String>>,
    source_problem: Mutex<Option<String>>,
    rate_problem: Mutex<Option<String>>,
    export: Arc<Mutex<ExportState>>,
    unsaved: AtomicBool,
    /// A sound file has been read and is to be selected by the editor's thread.
    select_file: AtomicBool,
    latency_samples: AtomicU32,
    is_offline: AtomicBool,
}

/// What the host does with the instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HostFacts {
    /// Its sample rate, while audio runs.
    pub rate_hz: Option<f64>,
    /// The latency that it was told.
    pub latency_samples: u32,
    /// It renders, not in real time.
    pub offline: bool,
}

impl EditorModel {
    /// The handle of an instance with these parameters. `telemetry` is the reader that belongs to the instance's audio thread.
    #[must_use]
    pub fn new(params: Arc<AnneParams>, deck: Arc<Deck>, telemetry: Reader) -> Arc<Self> {
        let table = ParamTable::new(params.clone());
        let start = Snapshot {
            params: table.capture(in_history),
            model: params.session.stored_model(),
            extra: params.session.extra(),
        };
        let slot_side = (deck.clone(), Arc::downgrade(&params));
        params.session.model.listen(move || {
            let (deck, params) = &slot_side;
            if let Some(params) = params.upgrade() {
                deck.follow(&params.session.model);
            }
        });
        Arc::new(Self {
            params,
            locks: Locks::default(),
            table,
            telemetry,
            deck,
            sounds: Mailbox::new(),
            presets: PresetStore::new(
                factory::PLUGIN,
                || factory::all().unwrap_or_default(),
                files::data_folder().map(|folder| folder.join("presets/anne")),
            ),
            edits: Mutex::new(Edits::new(start)),
            notice: Mutex::new(None),
            source_problem: Mutex::new(None),
            rate_problem: Mutex::new(None),
            export: Arc::new(Mutex::new(ExportState::Idle)),
            unsaved: AtomicBool::new(false),
            select_file: AtomicBool::new(false),
            latency_samples: AtomicU32::new(0),
            is_offline: AtomicBool::new(false),
        })
    }

    /// What a project keeps beside the parameters.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.params.session
    }

    /// All parameters by id.
    #[must_use]
    pub fn table(&self) -> &ParamTable {
        &self.table
    }

    /// To be called once in each frame of an open editor: frees what the audio thread gave away, records steps that have
    /// settled, and tells the host of changes that are no parameters.
    pub fn tick(&self, sink: &impl Sink) {
        self.deck.sweep();
        if self.select_file.swap(false, Ordering::Relaxed) {
            self.select_source(SourceChoice::File, sink);
        }
        self.settle(false);
        if self.unsaved.swap(false, Ordering::Relaxed)
            && let Some(counter) = self.table.entry(COUNTER_ID)
        {
            let next = (self.params.changes.value() + 1) % COUNTER_END;
            #[allow(clippy::cast_precision_loss)]
            sink.set(counter.ptr(), next as f32 / (COUNTER_END - 1) as f32);
        }
    }

    /// Shows the newest frame of the audio thread and asks for the next.
    pub fn look<R>(&self, seen: impl FnOnce(&Frame) -> R) -> R {
        self.telemetry.look(seen)
    }

    /// What the host does with the instance now.
    #[must_use]
    pub fn host_facts(&self) -> HostFacts {
        HostFacts {
            rate_hz: self.deck.rate_hz(),
            latency_samples: self.latency_samples.load(Ordering::Relaxed),
            offline: self.is_offline.load(Ordering::Relaxed),
        }
    }

    /// Remembers the latency that the host was told. Real-time safe.
    pub(crate) fn set_latency(&self, samples: u32) {
        self.latency_samples.store(samples, Ordering::Relaxed);
    }

    /// Remembers whether the host renders. Real-time safe.
    pub(crate) fn set_offline(&self, is_offline: bool) {
        self.is_offline.store(is_offline, Ordering::Relaxed);
    }

    // Sentences for the user.

    /// The last thing that went wrong or was done, until it is dismissed.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        self.notice.lock().clone()
    }

    /// Takes the notice away, and the sentence about a model file that was refused.
    pub fn dismiss_notice(&self) {
        *self.notice.lock() = None;
        self.session().model.dismiss_problem();
    }

    fn report<T>(&self, result: Result<T, String>) -> Option<T> {
        result.map_err(|sentence| *self.notice.lock() = Some(sentence)).ok()
    }

    pub(crate) fn set_rate_problem(&self, problem: Option<String>) {
        *self.rate_problem.lock() = problem;
    }

    // The model.

    /// The model that plays; `None` when the sound passes dry, and [`EditorModel::model_problem`] says why.
    #[must_use]
    pub fn model(&self) -> Option<Arc<AnneModel>> {
        self.session().model.model()
    }

    /// The model's name, playable or not.
    #[must_use]
    pub fn model_name(&self) -> String {
        self.session().model.name()
    }

    /// Why nothing plays, or why the last file was refused.
    #[must_use]
    pub fn model_problem(&self) -> Option<String> {
        self.session().model.problem().or_else(|| self.rate_problem.lock().clone())
    }

    /// Whether a model file is being read.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.session().model.is_loading()
    }

    /// The models inside the plugin, the default first.
    #[must_use]
    pub fn embedded_models(&self) -> &'static [Embedded] {
        self.session().model.library().embedded()
    }

    /// The models in the user's folder.
    #[must_use]
    pub fn user_models(&self) -> Vec<UserModel> {
        Library::<AnneModel>::user_models()
    }

    /// The user's model folder, made if need be.
    #[must_use]
    pub fn model_folder(&self) -> Option<PathBuf> {
        let folder = Library::<AnneModel>::user_folder()?;
        std::fs::create_dir_all(&folder).ok()?;
        Some(folder)
    }

    /// Plays an embedded model.
    pub fn choose_embedded(&self, hash: &str) {
        if self.report(self.session().model.choose_embedded(hash)).is_some() {
            self.changed("Model");
        }
    }

    /// Reads and plays a model file on a thread of its own.
    pub fn load_model(self: &Arc<Self>, path: &Path) {
        let (this, path) = (self.clone(), path.to_owned());
        std::thread::spawn(move || {
            // The slot keeps the sentence of a failure.
            if this.session().model.load_file(&path).is_ok() {
                this.changed("Model");
            }
        });
    }

    // What is no parameter.

    /// To be called after a change of divisions, mute or solo: makes an undo step and lets the host know of the change.
    pub fn changed(&self, what: &str) {
        self.unsaved.store(true, Ordering::Relaxed);
        self.commit(what);
    }
}
