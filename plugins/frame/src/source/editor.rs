//! The editor's side of the input selector: opening a file of the user's, and rendering what
//! becomes of a sound.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{self, AtomicBool};

use nice_plug::params::{BoolParam, EnumParam, Param};
use nice_plug::prelude::Enum;
use parking_lot::Mutex;

use super::{Choice, Chooser, FileSlot, Order, Outbox, SourceFile, Wanted, read_file_with_notes};
use crate::Sentence;
use crate::clip::Clip;
use crate::editing::Editing;
use crate::snapshot::Session;
use crate::table::Sink;
use crate::worker::Slot;

/// Reading a file.
const READ: Slot = Slot::quick("source");
/// Rendering to a file.
const EXPORT: Slot = Slot::long("export");

/// How an export stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ExportState {
    /// None was asked for.
    #[default]
    Idle,
    /// So much is done, 0 to 1.
    Running(f32),
    /// Written here.
    Done(PathBuf),
    /// A sentence.
    Failed(String),
}

/// See the module's documentation.
pub struct SourceEditor<C> {
    /// Where a sound that was made ready waits for the audio thread.
    pub outbox: Outbox<C>,
    /// A file has been read and is to be selected by the editor's thread.
    is_read: Arc<AtomicBool>,
    export: Arc<Mutex<ExportState>>,
}

impl<C> Default for SourceEditor<C> {
    fn default() -> Self {
        Self { outbox: Outbox::new(), is_read: Arc::default(), export: Arc::default() }
    }
}

/// The parameters that order a sound.
pub struct Ordering<'a, C: Choice + Enum> {
    /// Which.
    pub source: &'a EnumParam<C>,
    /// Whether it plays.
    pub play: &'a BoolParam,
    /// Whether it starts again at its end.
    pub looped: &'a BoolParam,
}

/// An effect's editor model, by way of which a sound is chosen and what becomes of it is rendered.
pub trait Sourcing: Send + Sync + Sized + 'static {
    /// What people choose from.
    type Choice: Choice + Enum;
    /// What the instance holds beside its parameters.
    type Session: Session + 'static;

    /// Presets, undo, sentences for the user.
    fn editing(&self) -> &Arc<Editing<Self::Session>>;

    /// The state of what this trait does.
    fn sounds(&self) -> &SourceEditor<Self::Choice>;

    /// Where the session holds the user's file.
    fn slot(session: &Self::Session) -> &FileSlot;

    /// The parameters that order a sound.
    fn ordering(&self) -> Ordering<'_, Self::Choice>;

    /// The host's rate; none before the host has said it.
    fn rate_hz(&self) -> Option<f64>;

    /// What renders the selected sound with the setting as it is, and calls what it is handed with
    /// the share that is done, 0 to 1.
    fn rendering(&self) -> impl FnOnce(&dyn Fn(f32)) -> Result<Clip, Sentence> + Send + 'static;

    /// Has the worker read a sound file into the session's slot; a later [`Sourcing::select_read`]
    /// selects it.
    fn load_source(&self, path: &Path) {
        let (own, path, is_read) =
            (self.editing().clone(), path.to_owned(), self.sounds().is_read.clone());
        self.editing().worker().post(READ, move |_| {
            if let Some((file, notes)) = own.report(read_file_with_notes(&path)) {
                notes.into_iter().for_each(|note| own.say(note));
                Self::slot(own.session()).put(Some(file));
                own.mark_unsaved();
                is_read.store(true, atomic::Ordering::Release);
            }
        });
    }

    /// To be called once in each frame: selects a file that has been read since.
    fn select_read(&self, sink: &impl Sink) {
        if self.sounds().is_read.swap(false, atomic::Ordering::AcqRel) {
            self.select_source(Self::Choice::FILE, sink);
        }
    }

    /// Selects what feeds the effect, and plays it when it is a sound.
    fn select_source(&self, choice: Self::Choice, sink: &impl Sink) {
        let Ordering { source: param, play, .. } = self.ordering();
        sink.set(param.as_ptr(), param.preview_normalized(choice));
        if choice != Self::Choice::HOST {
            sink.set(play.as_ptr(), 1.0);
        }
        self.editing().commit("Source");
    }

    /// The user's file.
    fn source_file(&self) -> Option<Arc<SourceFile>> {
        Self::slot(self.editing().session()).file()
    }

    /// Why a second file that this effect plays (a sound to go towards, an impulse response) is not
    /// heard, as a sentence.
    fn other_problem(&self) -> Option<String> {
        None
    }

    /// Why the selected sound is silent, as a sentence.
    fn source_problem(&self) -> Option<String> {
        self.sounds().outbox.problem()
    }

    /// Which sound the audio thread is to have. Real-time safe.
    fn wanted_sound(&self, rate_hz: f64) -> Wanted<Self::Choice> {
        Wanted::of(self.ordering().source.value(), Self::slot(self.editing().session()), rate_hz)
    }

    /// What the selector is to do in a block at the host's rate. Real-time safe.
    fn order(&self, rate_hz: f64) -> Order<Self::Choice> {
        let Ordering { play, looped, .. } = self.ordering();
        Order { wanted: self.wanted_sound(rate_hz), play: play.value(), looped: looped.value() }
    }

    /// How the export stands.
    fn export_state(&self) -> ExportState {
        self.sounds().export.lock().clone()
    }

    /// Has the worker render the selected sound with the setting as it is and write it to a WAV
    /// file, unless an export runs.
    fn export(&self, path: &Path) {
        let mut state = self.sounds().export.lock();
        if matches!(*state, ExportState::Running(_)) {
            return;
        }
        *state = ExportState::Running(0.0);
        let (state, path, render) =
            (self.sounds().export.clone(), path.to_owned(), self.rendering());
        self.editing().worker().post(EXPORT, move |_| {
            let rendered = render(&|share| *state.lock() = ExportState::Running(share));
            let written = rendered.and_then(|clip| clip.write_wav(&path));
            *state.lock() = match written {
                Ok(()) => ExportState::Done(path),
                Err(sentence) => ExportState::Failed(sentence.into()),
            };
        });
    }
}

impl<M: Sourcing> Chooser<M::Choice> for M {
    fn selected(&self) -> Option<(Wanted<M::Choice>, Option<Arc<SourceFile>>)> {
        Some((self.wanted_sound(self.rate_hz()?), self.source_file()))
    }

    fn outbox(&self) -> &Outbox<M::Choice> {
        &self.sounds().outbox
    }
}
