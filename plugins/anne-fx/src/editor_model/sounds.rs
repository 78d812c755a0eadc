//! The input selector's sounds, the one that *Morph* goes towards, and the export of what becomes
//! of them.

use std::path::Path;
use std::sync::Arc;

use nfx_core::models::spectral::MAX_LATENTS;
use nfx_frame::Sentence;
use nfx_frame::clip::Clip;
use nfx_frame::editing::Editing;
use nfx_frame::source::{Chooser, FileSlot, Ordering, SourceEditor, SourceFile, Sourcing};
use nfx_frame::worker::Slot;

use super::EditorModel;
use crate::params::{AnneParams, SourceChoice};
use crate::second::{self, Second};
use crate::session::Session;
use crate::{export, source};

/// Reading a file for *Morph*.
const SECOND: Slot = Slot::quick("second sound");

impl EditorModel {
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

    /// What *Morph* goes towards. Real-time safe.
    #[must_use]
    pub(crate) fn wanted_second(&self, rate_hz: f64) -> second::Wanted {
        let second = &self.session().second;
        second::Wanted::of(
            if second.is_filled() { Second::File } else { Second::SideChain },
            second,
            rate_hz,
        )
    }
}

impl Sourcing for EditorModel {
    type Choice = SourceChoice;
    type Session = Session;

    fn editing(&self) -> &Arc<Editing<Session>> {
        &self.editing
    }

    fn sounds(&self) -> &SourceEditor<SourceChoice> {
        &self.sounds
    }

    fn slot(session: &Session) -> &FileSlot {
        &session.source
    }

    fn ordering(&self) -> Ordering<'_, SourceChoice> {
        let AnneParams { source, play, looped, .. } = &*self.params;
        Ordering { source, play, looped }
    }

    fn rate_hz(&self) -> Option<f64> {
        self.handoff.rate_hz()
    }

    fn other_problem(&self) -> Option<String> {
        self.session().second.file().and_then(|_| self.seconds.problem())
    }

    fn rendering(&self) -> impl FnOnce(&dyn Fn(f32)) -> Result<Clip, Sentence> + Send + 'static {
        let job = export::Job {
            model: self.model(),
            controls: self
                .params
                .controls(self.model().map_or(MAX_LATENTS, |model| model.latents())),
            choice: self.params.source.value(),
            file: self.source_file(),
            second: self.session().second.file(),
        };
        move |progress| export::render_job(&job, progress)
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
