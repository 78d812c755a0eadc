//! What an editor, a preset browser or a test works with: one handle on everything of an instance
//! but its sound.
//!
//! It is an [`Editing`] and what the profiler has beside it. All methods belong to the editor's
//! thread or the host's main thread; none is real-time safe. Long work is the instance's worker's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nfx_frame::editing::{Editing, Kind};
use nfx_frame::host_facts::{HostFacts, HostWatch};
use nfx_frame::source::{SourceEditor, Sourcing as _};
use nfx_frame::table::Sink;
use parking_lot::Mutex;

mod compare;
mod curve;
mod profiles;
mod sounds;

use crate::browse::Browser;
use crate::capture::Studio;
use crate::chosen::Handoff;
use crate::factory;
use crate::params::{ProfilerParams, SourceChoice};
use crate::recorder;
use crate::scope::{Frame, Reader};
use crate::session::Session;

use compare::Comparison;
use curve::Curve;
use profiles::Opened;

/// What tells the plugin from its siblings.
pub const KIND: Kind = Kind {
    plugin: factory::PLUGIN,
    folder: "profiler",
    factory: || factory::all().unwrap_or_default(),
    bring_up: |_| (),
};

/// See the module's documentation.
pub struct EditorModel {
    /// The parameters, to read values from and to name in edits.
    pub params: Arc<ProfilerParams>,
    /// The folder of profiles.
    pub browser: Browser,
    /// Recording a device, and training on it.
    pub studio: Arc<Studio>,
    editing: Arc<Editing<Session>>,
    scope: Reader,
    handoff: Arc<Handoff>,
    sounds: SourceEditor<SourceChoice>,
    comparison: Comparison,
    curve: Curve,
    opened: Mutex<Opened>,
    /// A profile was chosen, whose knobs are to be put where its card says.
    rest_knobs: AtomicBool,
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
    /// The handle of an instance with these parameters. `scope` and `recorder` belong to the
    /// instance's audio thread.
    #[must_use]
    pub fn new(
        params: Arc<ProfilerParams>,
        handoff: Arc<Handoff>,
        scope: Reader,
        recorder: Arc<recorder::Link>,
    ) -> Arc<Self> {
        let editing = Editing::new(params.clone(), params.session.clone(), KIND);
        let slot_side = (handoff.clone(), Arc::downgrade(&params));
        params.session.model.listen(move || {
            let (handoff, params) = &slot_side;
            if let Some(params) = params.upgrade() {
                params.session.name_knobs();
                handoff.follow(&params);
            }
        });
        let other_side = (handoff.clone(), Arc::downgrade(&params));
        params.session.listen(move || {
            let (handoff, params) = &other_side;
            if let Some(params) = params.upgrade() {
                handoff.follow(&params);
            }
        });
        if params.session.model.version() > 0 {
            // A program of its own has restored its profile before anybody listened.
            params.session.name_knobs();
        }
        Arc::new(Self {
            params,
            browser: Browser::default(),
            studio: Arc::new(Studio::new(recorder, editing.worker().clone())),
            editing,
            scope,
            handoff,
            sounds: SourceEditor::default(),
            comparison: Comparison::default(),
            curve: Curve::default(),
            opened: Mutex::default(),
            rest_knobs: AtomicBool::new(false),
            host: HostWatch::default(),
        })
    }

    /// To be called once in each frame of an open editor: frees what the audio thread gave away,
    /// sets what threads have found, and [`Editing::tick`].
    pub fn tick(&self, sink: &impl Sink) {
        self.handoff.sweep();
        self.select_read(sink);
        if self.rest_knobs.swap(false, Ordering::Relaxed) {
            self.rest_knobs(sink);
        }
        self.editing.tick(sink);
    }

    /// Copies the newest picture of the audio thread to `seen` and asks for the next; says whether
    /// there was a newer one.
    pub fn newest(&self, seen: &mut Frame) -> bool {
        self.scope.newest(seen, |frame| frame.index)
    }

    /// What the host does with the instance now.
    #[must_use]
    pub fn host_facts(&self) -> HostFacts {
        self.host.facts(self.handoff.rate_hz())
    }
}
