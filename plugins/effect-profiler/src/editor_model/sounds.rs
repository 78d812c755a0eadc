//! The input selector's sounds, and the export of what becomes of them.

use std::path::Path;
use std::sync::Arc;

use nfx_frame::snapshot::Sink;
use nfx_frame::source::{Chooser, ExportState};
use nice_plug::prelude::Param;

use super::EditorModel;
use crate::export;
use crate::params::{Mapping, SourceChoice};
use crate::session::SourceFile;
use crate::source::{Outbox, Wanted};

impl EditorModel {
    /// Chooses a sound file, which the worker reads; a later [`EditorModel::tick`] selects it.
    pub fn load_source(&self, path: &Path) {
        self.sounds.load(self, path, |session| &session.source);
    }

    /// Selects what feeds the effect, and plays it when it is a sound.
    pub fn select_source(&self, choice: SourceChoice, sink: &impl Sink) {
        sink.set(self.params.source.as_ptr(), self.params.source.preview_normalized(choice));
        if choice != SourceChoice::Host {
            sink.set(self.params.play.as_ptr(), 1.0);
        }
        self.commit("Source");
    }

    /// The user's file.
    #[must_use]
    pub fn source_file(&self) -> Option<Arc<SourceFile>> {
        self.session().source.file()
    }

    /// Why the selected sound is silent, as a sentence.
    #[must_use]
    pub fn source_problem(&self) -> Option<String> {
        self.sounds.outbox.problem()
    }

    /// Which sound the audio thread is to have. Real-time safe.
    #[must_use]
    pub(crate) fn wanted_sound(&self, rate_hz: f64) -> Wanted {
        Wanted::of(self.params.source.value(), &self.session().source, rate_hz)
    }

    // Export.

    /// How the export stands.
    #[must_use]
    pub fn export_state(&self) -> ExportState {
        self.sounds.export_state()
    }

    /// Renders the selected sound with the setting as it is to a WAV file, on the worker's thread.
    pub fn export(&self, path: &Path) {
        let model = self.model();
        let mapping = model.as_deref().map(Mapping::of).unwrap_or_default();
        let job = export::Job {
            controls: self.params.controls(model.as_deref(), &mapping),
            model,
            alignment: self.handoff.alignment(),
            impulse: self.session().impulse.file(),
            choice: self.params.source.value(),
            file: self.source_file(),
        };
        self.sounds.export(self.worker(), path, move |progress| export::render_job(&job, progress));
    }
}

impl Chooser<SourceChoice> for EditorModel {
    fn selected(&self) -> Option<(Wanted, Option<Arc<SourceFile>>)> {
        Some((self.wanted_sound(self.handoff.rate_hz()?), self.source_file()))
    }

    fn outbox(&self) -> &Outbox {
        &self.sounds.outbox
    }
}
