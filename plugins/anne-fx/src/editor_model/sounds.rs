//! The input selector's sounds, the one that *Morph* goes towards, and the export of what becomes of them.

use std::path::Path;
use std::sync::Arc;

use nfx_core::models::spectral::MAX_LATENTS;
use nfx_frame::snapshot::Sink;
use nfx_frame::source::{Chooser, ExportState};
use nfx_frame::worker::Slot;
use nice_plug::prelude::Param;

use super::EditorModel;
use crate::export;
use crate::params::SourceChoice;
use crate::second::{self, Second};
use crate::session::SourceFile;
use crate::source::{self, Outbox, Wanted};

/// Reading a file for *Morph*.
const SECOND: Slot = Slot::quick("second sound");

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

    // What Morph goes towards.

    /// Chooses a sound file for *Morph* to go towards, which the worker reads.
    pub fn load_second(self: &Arc<Self>, path: &Path) {
        let (this, path) = (self.clone(), path.to_owned());
        self.worker().post(SECOND, move |_| {
            if let Some((file, notes)) = this.report(source::read_file_with_notes(&path)) {
                if file.bytes.is_none() {
                    this.say(format!(
                        "\u{201c}{}\u{201d} is too large to travel in project and preset: both keep its place alone.",
                        file.name
                    ));
                }
                notes.into_iter().for_each(|note| this.say(note));
                this.session().second.put_other(Some(file));
                this.changed("Second sound");
            }
        });
    }

    /// Lets *Morph* go towards the side chain again.
    pub fn drop_second(&self) {
        if self.session().second.is_filled() {
            self.session().second.put_other(None);
            self.changed("Second sound");
        }
    }

    /// Why the second sound is silent, as a sentence.
    #[must_use]
    pub fn second_problem(&self) -> Option<String> {
        self.session().second.file().and_then(|_| self.seconds.problem())
    }

    /// What *Morph* goes towards. Real-time safe.
    #[must_use]
    pub(crate) fn wanted_second(&self, rate_hz: f64) -> second::Wanted {
        let second = &self.session().second;
        second::Wanted::of(if second.is_filled() { Second::File } else { Second::SideChain }, second, rate_hz)
    }

    // Export.

    /// How the export stands.
    #[must_use]
    pub fn export_state(&self) -> ExportState {
        self.sounds.export_state()
    }

    /// Renders the selected sound with the setting as it is to a WAV file, on the worker's thread.
    pub fn export(&self, path: &Path) {
        let job = export::Job {
            model: self.model(),
            controls: self.params.controls(self.model().map_or(MAX_LATENTS, |model| model.latents())),
            choice: self.params.source.value(),
            file: self.source_file(),
            second: self.session().second.file(),
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

impl Chooser<Second> for EditorModel {
    fn selected(&self) -> Option<(second::Wanted, Option<Arc<SourceFile>>)> {
        Some((self.wanted_second(self.handoff.rate_hz()?), self.session().second.file()))
    }

    fn outbox(&self) -> &second::Outbox {
        &self.seconds
    }
}
