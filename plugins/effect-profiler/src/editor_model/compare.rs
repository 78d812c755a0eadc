//! A and B, matched in loudness when that is asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use nfx_core::models::effect::ProfileModel;
use nfx_frame::Sentence;
use nfx_frame::snapshot::Snapshot;
use nfx_frame::table::Sink;
use nfx_frame::worker::Slot;
use parking_lot::Mutex;

use super::EditorModel;
use crate::matching;

/// Measuring A and B.
const MEASURE: Slot = Slot::quick("loudness");

/// Whether A and B are matched, and by how much.
#[derive(Default)]
pub(super) struct Comparison {
    on: AtomicBool,
    /// Gains of A and B in dB.
    trims_db: Mutex<[f32; 2]>,
    ticket: AtomicU64,
}

impl EditorModel {
    /// Whether A and B are heard at one loudness.
    #[must_use]
    pub fn is_matched(&self) -> bool {
        self.comparison.on.load(Ordering::Relaxed)
    }

    /// How much the one that is heard is turned down for it, in dB.
    #[must_use]
    pub fn match_trim_db(&self) -> f32 {
        self.session().match_trim_db()
    }

    /// Asks for A and B at one loudness, or ends it.
    pub fn set_matched(self: &Arc<Self>, on: bool) {
        self.comparison.on.store(on, Ordering::Relaxed);
        *self.comparison.trims_db.lock() = [0.0; 2];
        self.session().set_match_trim_db(0.0);
        if on {
            self.measure_match();
        }
    }

    /// From A to B or back, at one loudness when that is asked for.
    pub fn hear_other(self: &Arc<Self>, sink: &impl Sink) {
        self.swap_ab(sink);
        if self.is_matched() {
            let trims = *self.comparison.trims_db.lock();
            self.session().set_match_trim_db(trims[usize::from(self.is_b())]);
            self.measure_match();
        }
    }

    /// Measures both on the worker's thread; the newest question wins.
    pub fn measure_match(self: &Arc<Self>) {
        let ticket = self.comparison.ticket.fetch_add(1, Ordering::AcqRel) + 1;
        let (here, there, is_b) = (self.snapshot(), self.other_side(), self.is_b());
        let this = self.clone();
        self.worker().post(MEASURE, move |_| {
            let levels = this.loudness(&here).and_then(|here| Ok([here, this.loudness(&there)?]));
            if this.comparison.ticket.load(Ordering::Acquire) != ticket || !this.is_matched() {
                return;
            }
            if let Some(levels) = this.report(levels) {
                let mut trims = matching::trims_db(levels);
                let now = trims[0];
                if is_b {
                    trims.swap(0, 1);
                }
                *this.comparison.trims_db.lock() = trims;
                this.session().set_match_trim_db(now);
            }
        });
    }

    fn loudness(&self, snapshot: &Snapshot) -> Result<f32, Sentence> {
        let slot = &self.session().model;
        let model: Arc<ProfileModel> = match &snapshot.model {
            Some(stored) => slot.build(stored)?,
            None => slot.model().ok_or("There is no profile to measure. Choose one first.")?,
        };
        matching::loudness_db(snapshot, &model)
    }
}
