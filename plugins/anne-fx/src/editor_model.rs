//! What an editor, a preset browser or a test works with: one handle on everything of an instance but its sound.
//!
//! All methods belong to the editor's thread or the host's main thread; none is real-time safe. Long work (reading a model,
//! rendering) runs on a thread of its own and reports through [`EditorModel::model_problem`], [`EditorModel::export_state`] and
//! [`EditorModel::notice`]. Changes of parameters go through the host by way of the [`Sink`] that is handed in.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nfx_core::model::AnneModel;
use nfx_plugin::files;
use nfx_plugin::handover::Mailbox;
use nfx_plugin::history::History;
use nfx_plugin::library::{Embedded, Library, UserModel};
use nfx_plugin::presets::{FORMAT, Listed, Preset, PresetId, PresetStore};
use nfx_plugin::snapshot::{ParamTable, Session as _, Sink, Snapshot};
use nfx_plugin::telemetry::{Frame, Reader};
use parking_lot::Mutex;

use crate::deck::Deck;
use crate::export::{self, ExportState};
use crate::factory;
use crate::params::{AnneParams, COUNTER_END, COUNTER_ID, SourceChoice, in_history, in_presets};
use crate::session::{Session, SourceFile};
use crate::source::{self, Loaded, Wanted};

/// How long the values must rest before a step is recorded: a host hands an edit back after its next block.
const SETTLE: Duration = Duration::from_millis(150);

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
}

/// One bit for each knob and latent that randomising leaves alone.
#[derive(Default)]
pub struct Locks {
    /// Bit 0 is knob A.
    pub knobs: AtomicU64,
    /// Bit 0 is latent 1.
    pub latents: AtomicU64,
}

/// What [`EditorModel::randomise`] moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The five knobs (or drives, when they are the ones that act).
    Knobs,
    /// The trims of the latents that the model has.
    Latents,
}

struct Edits {
    history: History<Snapshot>,
    waiting: Option<(String, Instant)>,
    preset: Option<PresetId>,
    /// The setting right after the preset was loaded.
    pristine: Option<Snapshot>,
}

impl EditorModel {
    /// The handle of an instance with these parameters. `telemetry` is the reader that belongs to the instance's audio thread.
    #[must_use]
    pub fn new(params: Arc<AnneParams>, deck: Arc<Deck>, telemetry: Reader) -> Arc<Self> {
        let table = ParamTable::new(params.clone());
        let start = Snapshot { params: table.capture(in_history), model: params.session.stored_model(), extra: params.session.extra() };
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
            presets: PresetStore::new(factory::PLUGIN, factory::all().unwrap_or_default(), files::data_folder().map(|folder| folder.join("presets/anne"))),
            edits: Mutex::new(Edits { history: History::new(start), waiting: None, preset: None, pristine: None }),
            notice: Mutex::new(None),
            source_problem: Mutex::new(None),
            rate_problem: Mutex::new(None),
            export: Arc::new(Mutex::new(ExportState::Idle)),
            unsaved: AtomicBool::new(false),
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

    // Undo and A/B.

    /// To be called at the end of a gesture: the setting becomes an undo step called `what`, once it has settled.
    pub fn commit(&self, what: &str) {
        self.edits.lock().waiting = Some((what.to_owned(), Instant::now()));
    }

    fn settle(&self, now: bool) {
        let mut edits = self.edits.lock();
        if edits.waiting.as_ref().is_some_and(|(_, since)| now || since.elapsed() >= SETTLE)
            && let Some((what, _)) = edits.waiting.take()
        {
            let snapshot = self.snapshot();
            if what.is_empty() {
                edits.pristine = Some(snapshot.clone());
            }
            edits.history.commit(if what.is_empty() { "Preset" } else { &what }, snapshot);
        }
    }

    /// The setting as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { params: self.table.capture(in_history), model: self.session().stored_model(), extra: self.session().extra() }
    }

    fn restore(&self, snapshot: &Snapshot, sink: &impl Sink) {
        self.table.apply(&snapshot.params, in_history, sink);
        self.session().restore(snapshot.model.as_ref(), &snapshot.extra);
        self.unsaved.store(true, Ordering::Relaxed);
    }

    /// What undo would take back.
    #[must_use]
    pub fn undoable(&self) -> Option<String> {
        let edits = self.edits.lock();
        edits.waiting.as_ref().map(|(what, _)| what.clone()).or_else(|| edits.history.undoable().map(str::to_owned))
    }

    /// What redo would do again.
    #[must_use]
    pub fn redoable(&self) -> Option<String> {
        self.edits.lock().history.redoable().map(str::to_owned)
    }

    /// One step back.
    pub fn undo(&self, sink: &impl Sink) {
        self.settle(true);
        let step = self.edits.lock().history.undo();
        if let Some(snapshot) = step {
            self.restore(&snapshot, sink);
        }
    }

    /// One step forward.
    pub fn redo(&self, sink: &impl Sink) {
        self.settle(true);
        let step = self.edits.lock().history.redo();
        if let Some(snapshot) = step {
            self.restore(&snapshot, sink);
        }
    }

    /// Whether B is heard.
    #[must_use]
    pub fn is_b(&self) -> bool {
        self.edits.lock().history.is_b()
    }

    /// From A to B or back.
    pub fn swap_ab(&self, sink: &impl Sink) {
        self.settle(true);
        let now = self.snapshot();
        let there = self.edits.lock().history.swap(now);
        self.restore(&there, sink);
    }

    /// Makes the one of A and B that is not heard equal to the one that is.
    pub fn copy_ab(&self) {
        let now = self.snapshot();
        self.edits.lock().history.copy_to_other(now);
    }

    // Presets.

    /// The lines of the browser that match `search`.
    #[must_use]
    pub fn preset_list(&self, search: &str) -> Vec<Listed> {
        self.presets.list(search)
    }

    /// Reads the user's folder again.
    pub fn refresh_presets(&self) {
        self.presets.refresh();
    }

    /// The folder of the user's presets.
    #[must_use]
    pub fn preset_folder(&self) -> Option<&Path> {
        self.presets.folder()
    }

    /// The preset loaded last, and its name; a project that was just opened has the name alone.
    #[must_use]
    pub fn current_preset(&self) -> (Option<PresetId>, String) {
        (self.edits.lock().preset.clone(), self.session().preset_name())
    }

    /// Whether anything was changed since the preset was loaded.
    #[must_use]
    pub fn is_edited(&self) -> bool {
        let edits = self.edits.lock();
        let Some(pristine) = &edits.pristine else { return false };
        let now = self.table.capture(in_presets);
        let same_params = now.iter().all(|(id, value)| pristine.params.get(id) == Some(value));
        let same_model = match (&pristine.model, self.session().stored_model()) {
            (Some(old), Some(new)) => old.is_same(&new),
            (old, new) => old.is_none() && new.is_none(),
        };
        edits.waiting.is_none() && !(same_params && same_model && pristine.extra == self.session().extra())
    }

    /// Loads a preset; parameters that it does not name take their defaults.
    pub fn load_preset(&self, id: &PresetId, sink: &impl Sink) {
        self.settle(true);
        if let Some(preset) = self.report(self.presets.load(id)) {
            self.apply_preset(&preset, sink);
            self.edits.lock().preset = Some(id.clone());
        }
    }

    fn apply_preset(&self, preset: &Preset, sink: &impl Sink) {
        self.table.apply(&preset.snapshot.params, in_presets, sink);
        self.session().restore(preset.snapshot.model.as_ref(), &preset.snapshot.extra);
        self.session().set_preset_name(&preset.name);
        self.unsaved.store(true, Ordering::Relaxed);
        let mut edits = self.edits.lock();
        edits.pristine = None;
        // The empty name marks the step after which the setting counts as the preset's own.
        edits.waiting = Some((String::new(), Instant::now()));
    }

    /// Loads the preset `step` places further in the whole list, round its end.
    pub fn step_preset(&self, step: isize, sink: &impl Sink) {
        let current = self.edits.lock().preset.clone();
        if let Some(id) = self.presets.neighbour(current.as_ref(), step) {
            self.load_preset(&id, sink);
        }
    }

    /// Saves the setting as the user's preset `name`. Returns whether that was done; a notice says why not.
    pub fn save_preset(&self, name: &str, description: &str, replace: bool) -> bool {
        if name.trim().is_empty() {
            *self.notice.lock() = Some("A preset needs a name. Nothing was written.".to_owned());
            return false;
        }
        let snapshot = Snapshot { params: self.table.capture(in_presets), model: self.session().stored_model(), extra: self.session().extra() };
        let preset = Preset {
            format: FORMAT,
            plugin: factory::PLUGIN.to_owned(),
            name: name.trim().to_owned(),
            category: "User".to_owned(),
            description: description.trim().to_owned(),
            snapshot,
        };
        let Some(id) = self.report(self.presets.save(&preset, replace)) else { return false };
        self.session().set_preset_name(&preset.name);
        let pristine = self.snapshot();
        let mut edits = self.edits.lock();
        (edits.preset, edits.pristine) = (Some(id), Some(pristine));
        true
    }

    /// Deletes a user's preset.
    pub fn delete_preset(&self, id: &PresetId) {
        if self.report(self.presets.delete(id)).is_some() {
            let mut edits = self.edits.lock();
            if edits.preset.as_ref() == Some(id) {
                edits.preset = None;
            }
        }
    }

    /// Renames a user's preset.
    pub fn rename_preset(&self, id: &PresetId, name: &str) {
        if let Some(renamed) = self.report(self.presets.rename(id, name)) {
            let mut edits = self.edits.lock();
            if edits.preset.as_ref() == Some(id) {
                edits.preset = Some(renamed);
                self.session().set_preset_name(name.trim());
            }
        }
    }

    // Chance.

    /// Moves what is not locked to a random place, by `amount` (0 leaves everything, 1 forgets where it was).
    pub fn randomise(&self, target: Target, amount: f32, sink: &impl Sink) {
        let mut dice = Dice::from_clock();
        let (count, locks) = match target {
            Target::Knobs => (crate::params::KNOB_IDS.len(), &self.locks.knobs),
            Target::Latents => (self.model().map_or(0, |model| model.latents()), &self.locks.latents),
        };
        let locks = locks.load(Ordering::Relaxed);
        for index in 0..count {
            // Thrown for locked ones too, so that a lock does not change the others' luck.
            let there = dice.throw();
            if (locks >> index) & 1 == 1 {
                continue;
            }
            let param = match target {
                Target::Knobs => self.params.active_knob(index),
                Target::Latents => &self.params.trims[index],
            };
            use nice_plug::prelude::Param;
            let here = param.unmodulated_normalized_value();
            sink.set(param.as_ptr(), here + (there - here) * amount.clamp(0.0, 1.0));
        }
        self.commit("Randomise");
    }

    // The input selector.

    /// Chooses a sound file, read on a thread of its own, and selects it.
    pub fn load_source(self: &Arc<Self>, path: &Path, sink: impl Sink + Send + 'static) {
        let (this, path) = (self.clone(), path.to_owned());
        std::thread::spawn(move || {
            if let Some(file) = this.report(source::read_file(&path)) {
                this.session().set_source_file(Some(file));
                this.unsaved.store(true, Ordering::Relaxed);
                this.select_source(SourceChoice::File, &sink);
            }
        });
    }

    /// Selects what feeds the effect, and plays it when it is a sound.
    pub fn select_source(&self, choice: SourceChoice, sink: &impl Sink) {
        use nice_plug::prelude::Param;
        sink.set(self.params.source.as_ptr(), self.params.source.preview_normalized(choice));
        if choice != SourceChoice::Host {
            sink.set(self.params.play.as_ptr(), 1.0);
        }
        self.commit("Source");
    }

    /// The user's file.
    #[must_use]
    pub fn source_file(&self) -> Option<Arc<SourceFile>> {
        self.session().source_file()
    }

    /// Why the selected sound is silent, as a sentence.
    #[must_use]
    pub fn source_problem(&self) -> Option<String> {
        self.source_problem.lock().clone()
    }

    /// Which sound the audio thread is to have. Real-time safe.
    #[must_use]
    pub(crate) fn wanted_sound(&self, rate_hz: f64) -> Wanted {
        let choice = self.params.source.value();
        let version = if choice == SourceChoice::File { self.session().source_version() } else { 0 };
        Wanted { choice, version, rate_hz }
    }

    /// The letter box of the input selector.
    pub(crate) fn sounds(&self) -> &Mailbox<Loaded> {
        &self.sounds
    }

    /// Makes the selected sound ready and posts it to the audio thread.
    pub(crate) fn prepare_sound(&self) {
        let Some(rate_hz) = self.deck.rate_hz() else { return };
        let wanted = self.wanted_sound(rate_hz);
        if wanted.choice == SourceChoice::Host {
            return;
        }
        let loaded = source::prepare(wanted, self.source_file().as_deref());
        let (loaded, problem) = match loaded {
            Ok(loaded) => (loaded, None),
            // An empty sound tells the audio thread that there is no more to come.
            Err(sentence) => (Loaded { is: wanted, clip: Arc::new(nfx_plugin::clip::Clip { channels: vec![Vec::new()], rate_hz }) }, Some(sentence)),
        };
        *self.source_problem.lock() = problem;
        drop(self.sounds.post(Box::new(loaded)));
    }

    // Export.

    /// How the export stands.
    #[must_use]
    pub fn export_state(&self) -> ExportState {
        self.export.lock().clone()
    }

    /// Renders the selected sound with the setting as it is to a WAV file, on a thread of its own.
    pub fn export(&self, path: &Path) {
        if matches!(*self.export.lock(), ExportState::Running(_)) {
            return;
        }
        let job = export::Job {
            model: self.model(),
            controls: self.params.controls(self.model().map_or(nfx_core::engine::MAX_LATENTS, |model| model.latents())),
            choice: self.params.source.value(),
            file: self.source_file(),
            path: path.to_owned(),
        };
        let state = self.export.clone();
        *state.lock() = ExportState::Running(0.0);
        std::thread::spawn(move || {
            let result = export::run(&job, |share| *state.lock() = ExportState::Running(share));
            *state.lock() = match result {
                Ok(()) => ExportState::Done(job.path),
                Err(sentence) => ExportState::Failed(sentence),
            };
        });
    }
}

/// A small generator (splitmix64, Steele et al. 2014): chance need not be good here.
struct Dice(u64);

impl Dice {
    fn from_clock() -> Self {
        #[allow(clippy::cast_possible_truncation)]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |since| since.as_nanos() as u64);
        Self(now)
    }

    /// A number from 0 to 1.
    fn throw(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
    }
}
