//! Undo, redo and A/B.

use std::time::{Duration, Instant};

use super::Editing;
use crate::history::History;
use crate::params::Kept;
use crate::presets::PresetId;
use crate::project::INIT;
use crate::snapshot::{Session, Snapshot};
use crate::table::Sink;

/// How long the values must rest before a step is recorded: a host hands an edit back after its
/// next block.
const SETTLE: Duration = Duration::from_millis(150);

/// Where the editing stands.
pub(super) struct Steps {
    pub history: History<Snapshot>,
    pub waiting: Option<(String, Instant)>,
    /// The preset loaded last, and the name that it gave the session.
    pub preset: Option<(PresetId, String)>,
    /// The setting right after the preset was loaded.
    pub pristine: Option<Snapshot>,
}

impl Steps {
    /// Nothing done yet: what a fresh instance plays is the first of the factory's presets.
    pub fn new(start: Snapshot) -> Self {
        let preset = Some((PresetId::Factory(0), INIT.to_owned()));
        Self { history: History::new(start.clone()), waiting: None, preset, pristine: Some(start) }
    }
}

impl<S: Session + 'static> Editing<S> {
    /// To be called at the end of a gesture: the setting becomes an undo step called `what`, once
    /// it has settled.
    pub fn commit(&self, what: &str) {
        self.steps.lock().waiting = Some((what.to_owned(), Instant::now()));
    }

    pub(super) fn settle(&self, now: bool) {
        let mut steps = self.steps.lock();
        if steps.waiting.as_ref().is_some_and(|(_, since)| now || since.elapsed() >= SETTLE)
            && let Some((what, _)) = steps.waiting.take()
        {
            let snapshot = self.snapshot();
            if what.is_empty() {
                steps.pristine = Some(snapshot.clone());
            }
            steps.history.commit(if what.is_empty() { "Preset" } else { &what }, snapshot);
        }
    }

    /// The setting as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            params: self.table.capture(Kept::Undo),
            model: self.session.stored_model(),
            extra: self.session.extra(),
        }
    }

    fn restore(&self, snapshot: &Snapshot, sink: &impl Sink) {
        self.table.apply(&snapshot.params, Kept::Undo, sink);
        self.restore_rest(snapshot.model.as_ref(), &snapshot.extra);
        self.mark_unsaved();
    }

    /// What undo would take back.
    #[must_use]
    pub fn undoable(&self) -> Option<String> {
        let steps = self.steps.lock();
        steps
            .waiting
            .as_ref()
            .map(|(what, _)| what.clone())
            .or_else(|| steps.history.undoable().map(str::to_owned))
    }

    /// What redo would do again.
    #[must_use]
    pub fn redoable(&self) -> Option<String> {
        self.steps.lock().history.redoable().map(str::to_owned)
    }

    /// One step back.
    pub fn undo(&self, sink: &impl Sink) {
        self.settle(true);
        let step = self.steps.lock().history.undo();
        if let Some(snapshot) = step {
            self.restore(&snapshot, sink);
        }
    }

    /// One step forward.
    pub fn redo(&self, sink: &impl Sink) {
        self.settle(true);
        let step = self.steps.lock().history.redo();
        if let Some(snapshot) = step {
            self.restore(&snapshot, sink);
        }
    }

    /// Whether B is heard.
    #[must_use]
    pub fn is_b(&self) -> bool {
        self.steps.lock().history.is_b()
    }

    /// From A to B or back.
    pub fn swap_ab(&self, sink: &impl Sink) {
        self.settle(true);
        let now = self.snapshot();
        let there = self.steps.lock().history.swap(now);
        self.restore(&there, sink);
    }

    /// The one of A and B that is not heard.
    #[must_use]
    pub fn other_side(&self) -> Snapshot {
        self.steps.lock().history.other().clone()
    }

    /// Makes the one of A and B that is not heard equal to the one that is.
    pub fn copy_ab(&self) {
        let now = self.snapshot();
        self.steps.lock().history.copy_to_other(now);
    }
}
