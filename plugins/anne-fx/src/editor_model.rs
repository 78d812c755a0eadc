//! What an editor, a preset browser or a test works with: one handle on everything of an instance
//! but its sound.
//!
//! It is an [`Editing`] and what ANNe has beside it. All methods belong to the editor's thread or
//! the host's main thread; none is real-time safe. Long work is the instance's worker's; rendering
//! reports through [`EditorModel::export_state`].

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use nfx_frame::editing::{Editing, Kind};
use nfx_frame::host_facts::{HostFacts, HostWatch};
use nfx_frame::source::{SourceEditor, Sourcing as _};
use nfx_frame::table::Sink;
use nfx_frame::telemetry::{Frame, Reader};
use nfx_frame::training::Workshop;

mod chance;
mod sounds;
mod training;

pub use chance::Target;

use crate::chosen::{Chosen, Handoff};
use crate::factory;
use crate::params::{AnneParams, SourceChoice, bring_up};
use crate::second;
use crate::session::Session;

/// What tells the plugin from its siblings.
pub const KIND: Kind = Kind {
    plugin: factory::PLUGIN,
    folder: "anne",
    factory: || factory::all().unwrap_or_default(),
    bring_up,
};

/// See the module's documentation.
pub struct EditorModel {
    /// The parameters, to read values from and to name in edits.
    pub params: Arc<AnneParams>,
    /// One bit for each knob that randomising leaves alone, with its latents; bit 0 is knob A.
    pub locks: AtomicU64,
    /// Training a network of the user's own.
    pub workshop: Workshop,
    editing: Arc<Editing<Session>>,
    telemetry: Reader,
    handoff: Arc<Handoff>,
    sounds: SourceEditor<SourceChoice>,
    seconds: second::Outbox,
    /// What the host does with the instance.
    pub host: HostWatch,
}

impl std::ops::Deref for EditorModel {
    type Target = Arc<Editing<Session>>;

    fn deref(&self) -> &Self::Target {
        &self.editing
    }
}

impl EditorModel {
    /// The handle of an instance with these parameters. `telemetry` is the reader that belongs to
    /// the instance's audio thread.
    #[must_use]
    pub fn new(params: Arc<AnneParams>, handoff: Arc<Handoff>, telemetry: Reader) -> Arc<Self> {
        let editing = Editing::new(params.clone(), params.session.clone(), KIND);
        let slot_side = (handoff.clone(), Arc::downgrade(&params));
        params.session.model.listen(move || {
            let (handoff, params) = &slot_side;
            if let Some(params) = params.upgrade() {
                handoff
                    .follow(|told| Chosen { model: params.session.model.model(), ..told.clone() });
            }
        });
        Arc::new(Self {
            params,
            locks: AtomicU64::new(0),
            workshop: Workshop::new(training::RECIPE, editing.worker().clone()),
            editing,
            telemetry,
            handoff,
            sounds: SourceEditor::default(),
            seconds: second::Outbox::new(),
            host: HostWatch::default(),
        })
    }

    /// To be called once in each frame of an open editor: frees what the audio thread gave away,
    /// and [`Editing::tick`].
    pub fn tick(&self, sink: &impl Sink) {
        self.handoff.sweep();
        self.select_read(sink);
        self.editing.tick(sink);
    }

    /// Copies the newest picture of the audio thread to `seen` and asks for the next; says whether
    /// there was a newer one.
    pub fn newest(&self, seen: &mut Frame) -> bool {
        self.telemetry.newest(seen, |frame| frame.index)
    }

    /// What the host does with the instance now.
    #[must_use]
    pub fn host_facts(&self) -> HostFacts {
        self.host.facts(self.handoff.rate_hz())
    }
}
