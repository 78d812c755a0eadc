//! Fills the shelf from an instance, and carries out what is asked of it. Cheap values in each
//! frame, lists and cards when they change.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nfx_core::models::spectral::SpectralCard;
use nice_plug::context::gui::GuiContext;
use parking_lot::Mutex;

use super::{Card, LatentCard, Message, ModelLine, PresetLine, Shelf, ShelfAction, Tone, Values};
use crate::Edit;
use crate::dialog::{Answer, Dialogs, Question};
use nfx_frame::editing::Editing;
use nfx_frame::files::for_people;
use nfx_frame::host_facts::HostFacts;
use nfx_frame::params::Kept;
use nfx_frame::presets::{Listed, PresetId};
use nfx_frame::project::Project;
use nfx_frame::snapshot::Session;
use nfx_frame::table::Entry;

/// A model of the list, and how to load it.
enum ModelAt {
    /// By the hash of an embedded one.
    Embedded(&'static str),
    /// By the file of the user's.
    File(PathBuf),
}

/// See the module's documentation.
pub struct ShelfPresenter<S: Session + 'static> {
    editing: Arc<Editing<S>>,
    card_of: fn(&S::Model) -> Card,
    presets: Arc<Vec<PresetLine>>,
    preset_ids: Vec<PresetId>,
    models: Arc<Vec<ModelLine>>,
    models_at: Vec<ModelAt>,
    card: Option<(Arc<S::Model>, Arc<Card>)>,
    values: Values,
    changed: bool,
    frames: u32,
    /// A preset came in by a dialog: the list is to be taken anew.
    arrived: Arc<AtomicBool>,
    dialogs: Dialogs,
    said: Arc<Mutex<Option<Message>>>,
}

impl<S: Session + 'static> ShelfPresenter<S> {
    /// Nothing is read until [`ShelfPresenter::refresh`].
    #[must_use]
    pub fn new(editing: Arc<Editing<S>>, card_of: fn(&S::Model) -> Card) -> Self {
        let values = Values::unread(editing.table());
        Self {
            editing,
            card_of,
            values,
            presets: Arc::default(),
            preset_ids: Vec::new(),
            models: Arc::default(),
            models_at: Vec::new(),
            card: None,
            changed: false,
            frames: 0,
            arrived: Arc::default(),
            dialogs: Dialogs::default(),
            said: Arc::default(),
        }
    }

    /// What the instance keeps beside its parameters.
    #[must_use]
    pub fn project(&self) -> &Project<S::Model> {
        self.editing.session().project()
    }

    /// Reads the folders of presets and models again.
    pub fn refresh(&mut self) {
        self.editing.refresh_presets();
        self.list_presets();
        self.models_at.clear();
        let mut lines = Vec::new();
        for embedded in self.editing.embedded_models() {
            lines.push(ModelLine { name: embedded.name.to_owned(), origin: "built in".to_owned() });
            self.models_at.push(ModelAt::Embedded(embedded.hash));
        }
        for user in self.editing.user_models() {
            let origin = user.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            lines.push(ModelLine { name: user.name, origin });
            self.models_at.push(ModelAt::File(user.path));
        }
        self.models = Arc::new(lines);
    }

    /// Takes the list of presets anew, without reading the folder.
    pub(super) fn list_presets(&mut self) {
        let listed = self.editing.preset_list("");
        let line = |preset: &Listed| PresetLine {
            name: preset.name.clone(),
            tags: preset.tags.clone(),
            description: preset.description.clone(),
            shines: preset.shines.clone(),
            favourite: preset.favourite,
            own: preset.is_user(),
        };
        self.presets = Arc::new(listed.iter().map(line).collect());
        self.preset_ids = listed.into_iter().map(|preset| preset.id).collect();
    }

    /// All that is to be shown now.
    pub fn view(&mut self, facts: HostFacts) -> Shelf {
        let editing = self.editing.clone();
        if self.arrived.swap(false, Ordering::Acquire) {
            self.list_presets();
        }
        let playing = editing.model();
        // The comparison walks all parameters: a few times a second is enough.
        if self.frames.is_multiple_of(8) {
            self.changed = editing.is_edited();
        }
        self.frames = self.frames.wrapping_add(1);
        let (preset_id, preset) = editing.current_preset();
        let problem = editing.model_problem();
        Shelf {
            values: self.values.now(editing.table()),
            preset,
            preset_changed: self.changed,
            presets: self.presets.clone(),
            preset_at: preset_id
                .and_then(|id| self.preset_ids.iter().position(|there| *there == id)),
            preset_folder: editing.preset_folder().map(for_people).unwrap_or_default(),
            model: editing.model_name(),
            models: self.models.clone(),
            model_at: self.place_of_model(),
            model_folder: editing
                .model_folder_path()
                .as_deref()
                .map(for_people)
                .unwrap_or_default(),
            card: self.card(playing.as_ref()),
            model_problem: if playing.is_none() { problem } else { None },
            loading: editing.is_loading(),
            undo: editing.undoable().map(named),
            redo: editing.redoable().map(named),
            on_b: editing.is_b(),
            running: facts.rate_hz.is_some(),
            offline: facts.offline,
            message: self.message(),
            latency_samples: facts.latency_samples,
            host_rate_hz: facts.rate_hz.unwrap_or(0.0),
        }
    }

    fn place_of_model(&self) -> Option<usize> {
        let stored = self.editing.session().stored_model()?;
        self.models_at.iter().position(|at| match at {
            ModelAt::Embedded(hash) => *hash == stored.hash,
            ModelAt::File(path) => {
                stored.bytes.is_some()
                    && path.file_stem().is_some_and(|stem| stem.to_string_lossy() == stored.name)
            }
        })
    }

    fn card(&mut self, playing: Option<&Arc<S::Model>>) -> Option<Arc<Card>> {
        let playing = playing?;
        if let Some((of, card)) = &self.card
            && Arc::ptr_eq(of, playing)
        {
            return Some(card.clone());
        }
        let card = Arc::new((self.card_of)(playing));
        self.card = Some((playing.clone(), card.clone()));
        Some(card)
    }

    // Messages.

    /// What is to be said now: what was said last, the notice, or why the last model was refused.
    fn message(&self) -> Option<Message> {
        let error = |text: String| Message { tone: Tone::Error, text };
        let said = self.said.lock().clone();
        let refused = || self.editing.model().and_then(|_| self.editing.model_problem());
        said.or_else(|| self.editing.notice().map(error)).or_else(|| refused().map(error))
    }

    /// Says something to the user until it is dismissed.
    pub fn say(&self, tone: Tone, text: String) {
        *self.said.lock() = Some(Message { tone, text });
    }

    /// Takes the message away; false when there was none.
    pub fn dismiss(&self) -> bool {
        if self.said.lock().take().is_some() {
            return true;
        }
        let any = self.editing.notice().is_some() || self.editing.model_problem().is_some();
        self.editing.dismiss_notice();
        any
    }

    /// Asks for a file, and calls `then` with it on a thread of the dialog's own. Without a dialog
    /// on this system `otherwise` tells the user what to do.
    pub fn ask(
        &self,
        question: Question,
        otherwise: String,
        then: impl FnOnce(PathBuf) + Send + 'static,
    ) {
        let said = self.said.clone();
        self.dialogs.ask(question, move |answer| match answer {
            Answer::Chosen(path) => then(path),
            Answer::Cancelled => {}
            Answer::Unavailable => {
                let text = format!(
                    "This system shows no file dialog (it has neither a desktop portal nor zenity). {otherwise}"
                );
                *said.lock() = Some(Message { tone: Tone::Error, text });
            }
        });
    }

    /// Asks where to write `name`, and calls `then` with the path. Without a dialog the file goes
    /// into the home folder, unless one of that name is there.
    pub fn ask_where(&self, question: Question, then: impl FnOnce(PathBuf) + Send + 'static) {
        let name = question.save_as.clone().unwrap_or_default();
        let fallback = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(name));
        self.dialogs.ask(question, move |answer| match (answer, fallback) {
            (Answer::Chosen(path), _) => then(path),
            (Answer::Unavailable, Some(path)) if !path.exists() => then(path),
            _ => {}
        });
    }

    // For the curator beside this file.

    pub(super) fn editing(&self) -> &Arc<Editing<S>> {
        &self.editing
    }

    pub(super) fn lines(&self) -> &[PresetLine] {
        &self.presets
    }

    pub(super) fn preset_id(&self, index: usize) -> Option<PresetId> {
        self.preset_ids.get(index).cloned()
    }

    /// The line of the preset in use.
    pub(super) fn line_in_use(&self) -> Option<PresetLine> {
        let id = self.editing.current_preset().0?;
        let at = self.preset_ids.iter().position(|there| *there == id)?;
        self.presets.get(at).cloned()
    }

    pub(super) fn said(&self) -> Arc<Mutex<Option<Message>>> {
        self.said.clone()
    }

    pub(super) fn arrived(&self) -> Arc<AtomicBool> {
        self.arrived.clone()
    }

    // Wishes.

    /// Carries out one wish.
    pub fn act(&mut self, action: ShelfAction, gui: &GuiContext) {
        let editing = self.editing.clone();
        match action {
            ShelfAction::Edit { id, name, edits } => self.edit(&id, &name, &edits, gui),
            ShelfAction::Choose { id, index } => self.choose(&id, index, gui),
            ShelfAction::StepPreset(step) => editing.step_preset(step, gui),
            ShelfAction::LoadPreset(index) => {
                if let Some(id) = self.preset_ids.get(index) {
                    editing.load_preset(id, gui);
                }
            }
            ShelfAction::SavePreset(text) => self.save(&text),
            ShelfAction::DeletePreset(index) => {
                if let Some(id) = self.preset_ids.get(index) {
                    editing.delete_preset(id);
                }
                self.list_presets();
            }
            ShelfAction::RenamePreset(..)
            | ShelfAction::StarPreset(_)
            | ShelfAction::ImportPreset
            | ShelfAction::ExportPreset => self.curate(action),
            ShelfAction::Refresh => self.refresh(),
            ShelfAction::ChooseModel(index) => match self.models_at.get(index) {
                Some(ModelAt::Embedded(hash)) => editing.choose_embedded(hash),
                Some(ModelAt::File(path)) => editing.load_model(path),
                None => {}
            },
            ShelfAction::OpenModel => self.open_model(),
            ShelfAction::ModelFile(path) => editing.load_model(&path),
            ShelfAction::EmbeddedModel(index) => {
                if let Some(embedded) = editing.embedded_models().get(index) {
                    editing.choose_embedded(embedded.hash);
                }
            }
            ShelfAction::Undo => editing.undo(gui),
            ShelfAction::Redo => editing.redo(gui),
            ShelfAction::SwapAb => editing.swap_ab(gui),
            ShelfAction::CopyAb => {
                editing.copy_ab();
                let other = if editing.is_b() { "A" } else { "B" };
                self.say(Tone::Note, format!("{other} now holds this setting, too."));
            }
            ShelfAction::Dismiss => {
                self.dismiss();
            }
        }
    }

    /// Carries out a gesture on a parameter. A typed text that cannot be read changes nothing, and
    /// a message says so.
    fn edit(&self, id: &str, name: &str, edits: &[Edit], gui: &GuiContext) {
        let Some(entry) = self.editing.table().entry(id) else { return };
        for edit in edits {
            match edit {
                Edit::Begin => entry.begin(gui),
                Edit::Set(normal) => entry.put(gui, *normal),
                Edit::End => entry.end(gui),
                Edit::Text(text) => match entry.read(text).filter(|normal| normal.is_finite()) {
                    Some(normal) => entry.jump(gui, normal),
                    None => {
                        let now = entry.text_of(entry.normalized());
                        let text = format!(
                            "\u{201c}{text}\u{201d} is no value for {name}. Type it as it is shown, for example {now}. It stays at {now}."
                        );
                        self.say(Tone::Error, text);
                    }
                },
            }
        }
        if edits.iter().any(|edit| matches!(edit, Edit::End | Edit::Text(_))) {
            self.commit(entry, name);
        }
    }

    /// Gives a parameter with few values one of them.
    pub fn choose(&self, id: &str, index: usize, gui: &GuiContext) {
        if let Some(entry) = self.editing.table().entry(id) {
            entry.jump(gui, entry.normalized_at(index));
            self.commit(entry, &entry.name());
        }
    }

    /// Makes an undo step of a change, where undo takes it back.
    fn commit(&self, entry: &Entry, name: &str) {
        if entry.kept >= Kept::Undo {
            self.editing.commit(name);
        }
    }

    fn open_model(&self) {
        let extensions = self
            .editing
            .model_files()
            .extensions
            .iter()
            .map(|extension| (*extension).to_owned())
            .collect();
        let question = Question::for_file("Choose a model", "Models", extensions)
            .within(self.editing.model_folder());
        let editing = self.editing.clone();
        let otherwise =
            "Put the model file into the folder of your models and click Refresh.".to_owned();
        self.ask(question, otherwise, move |path| editing.load_model(&path));
    }
}

/// A step of the history that has no name is the loading of a preset.
fn named(what: String) -> String {
    if what.is_empty() { "Preset".to_owned() } else { what }
}

/// The card of a model in words.
#[must_use]
pub fn read(card: &SpectralCard) -> Card {
    let provenance = &card.provenance;
    let widths: Vec<String> =
        card.kind.architecture.widths().iter().map(usize::to_string).collect();
    let mut facts = vec![
        (
            "Sound".to_owned(),
            format!(
                "{} kHz, window of {} samples, hop {}",
                card.sample_rate_hz / 1000.0,
                card.kind.stft.fft_size,
                card.kind.stft.hop
            ),
        ),
        ("Network".to_owned(), widths.join("–")),
    ];
    facts.extend(
        provenance.metrics.iter().map(|(name, value)| (name.replace('_', " "), figure(*value))),
    );
    Card {
        description: card.description.clone(),
        learned_from: provenance.corpus.clone(),
        licence: provenance.data_licence.clone(),
        trained_by: provenance.trained_by.clone(),
        facts,
        directions: card.kind.directions.iter().map(|direction| direction.words.clone()).collect(),
        latents: card
            .kind
            .latents
            .iter()
            .map(|latent| LatentCard {
                words: latent.label.clone(),
                centroid_hz: latent.centroid_hz,
                live: latent.live,
            })
            .collect(),
    }
}

/// A figure to four digits, small ones in powers of ten.
fn figure(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.01 {
        format!("{value:.2e}")
    } else if value.fract() == 0.0 && value.abs() < 1e9 {
        format!("{value:.0}")
    } else {
        format!("{value:.4}")
    }
}
