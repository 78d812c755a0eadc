//! The editor's side of the input selector: opening a file of the user's, and rendering what becomes of a sound.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::{Choice, FileSlot, Outbox, read_file_with_notes};
use crate::clip::Clip;
use crate::editing::Editing;
use crate::snapshot::Session;
use crate::worker::{Slot, Worker};

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

impl<C: Choice> SourceEditor<C> {
    /// Has the worker read a sound file into the session's slot; [`SourceEditor::take_read`] says when it is to be selected.
    pub fn load<S: Session + 'static>(&self, editing: &Arc<Editing<S>>, path: &Path, slot: fn(&S) -> &FileSlot) {
        let (own, path, is_read) = (editing.clone(), path.to_owned(), self.is_read.clone());
        editing.worker().post(READ, move |_| {
            if let Some((file, notes)) = own.report(read_file_with_notes(&path)) {
                notes.into_iter().for_each(|note| own.say(note));
                slot(own.session()).put(Some(file));
                own.mark_unsaved();
                is_read.store(true, Ordering::Release);
            }
        });
    }

    /// Whether a file has been read since the last call.
    pub fn take_read(&self) -> bool {
        self.is_read.swap(false, Ordering::AcqRel)
    }

    /// How the export stands.
    #[must_use]
    pub fn export_state(&self) -> ExportState {
        self.export.lock().clone()
    }

    /// Has the worker render a sound and write it to a WAV file, unless an export runs. `render` is handed what to call with the share
    /// that is done, 0 to 1.
    pub fn export(
        &self,
        worker: &Worker,
        path: &Path,
        render: impl FnOnce(&dyn Fn(f32)) -> Result<Clip, String> + Send + 'static,
    ) {
        let mut state = self.export.lock();
        if matches!(*state, ExportState::Running(_)) {
            return;
        }
        *state = ExportState::Running(0.0);
        let (state, path) = (self.export.clone(), path.to_owned());
        worker.post(EXPORT, move |_| {
            let rendered = render(&|share| *state.lock() = ExportState::Running(share));
            let written = rendered.and_then(|clip| clip.write_wav(&path));
            *state.lock() = match written {
                Ok(()) => ExportState::Done(path),
                Err(sentence) => ExportState::Failed(sentence),
            };
        });
    }
}
