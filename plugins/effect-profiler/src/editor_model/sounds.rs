//! The input selector's sounds, and the export of what becomes of them.

use std::sync::Arc;

use nfx_frame::Sentence;
use nfx_frame::clip::Clip;
use nfx_frame::editing::Editing;
use nfx_frame::source::{FileSlot, Ordering, SourceEditor, Sourcing};

use super::EditorModel;
use crate::export;
use crate::params::{Mapping, ProfilerParams, SourceChoice};
use crate::session::Session;

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
        let ProfilerParams { source, play, looped, .. } = &*self.params;
        Ordering { source, play, looped }
    }

    fn rate_hz(&self) -> Option<f64> {
        self.handoff.rate_hz()
    }

    fn other_problem(&self) -> Option<String> {
        self.handoff.impulse_problem()
    }

    fn rendering(&self) -> impl FnOnce(&dyn Fn(f32)) -> Result<Clip, Sentence> + Send + 'static {
        let model = self.model();
        let mapping = model.as_deref().map(Mapping::of).unwrap_or_default();
        let job = export::Job {
            controls: self.params.controls(model.as_deref(), &mapping),
            model,
            aligns: self.session().aligns(),
            impulse: self.session().impulse.file(),
            choice: self.params.source.value(),
            file: self.source_file(),
        };
        move |progress| export::render_job(&job, progress)
    }
}
