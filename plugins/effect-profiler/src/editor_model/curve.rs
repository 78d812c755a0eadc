//! The transfer curve of the profile at its knobs' places, worked out by the worker whenever they
//! have moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nfx_core::engine::profiler::static_curve;
use nfx_core::models::effect::{MAX_KNOBS, ProfileModel};
use nfx_frame::worker::Slot;
use parking_lot::Mutex;

use super::EditorModel;
use crate::params::{Fixed, Mapping};

/// Working out a curve.
const CURVE: Slot = Slot::quick("curve");

/// Levels in and out, in dBFS of a sine.
pub type Points = Arc<Vec<[f32; 2]>>;

/// What a curve was worked out for.
type Key = (Arc<ProfileModel>, [f32; MAX_KNOBS]);

/// The newest curve.
#[derive(Default)]
pub(super) struct Curve {
    known: Arc<Mutex<Option<(Key, Points)>>>,
    busy: Arc<AtomicBool>,
}

impl EditorModel {
    /// The newest curve; asks for another when the knobs have moved. Empty until there is one.
    #[must_use]
    pub fn transfer_curve(&self) -> Points {
        let Some(model) = self.model() else { return Points::default() };
        let mapping = Mapping::of(&model);
        let mut knobs = self.params.knob_values(&model, &mapping);
        // The curve is where it settles, and a short attack settles soon.
        for (index, info) in model.info().knobs.iter().enumerate().take(MAX_KNOBS) {
            if mapping.fixed(index) == Some(Fixed::Attack) {
                knobs[index] = info.min;
            }
        }
        let known = self.curve.known.lock().clone();
        let same_model = |(of, _): &Key| Arc::ptr_eq(of, &model);
        let fits = known.as_ref().is_some_and(|(key, _)| same_model(key) && key.1 == knobs);
        if !fits && !self.curve.busy.swap(true, Ordering::AcqRel) {
            let (held, busy) = (self.curve.known.clone(), self.curve.busy.clone());
            let model = model.clone();
            self.worker().post(CURVE, move |_| {
                let points = Arc::new(static_curve(&model, &knobs));
                *held.lock() = Some(((model, knobs), points));
                busy.store(false, Ordering::Release);
            });
        }
        // Until the new one is there, the last one of the same profile is close.
        known.filter(|(key, _)| same_model(key)).map(|(_, points)| points).unwrap_or_default()
    }
}
