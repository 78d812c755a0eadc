//! What a project keeps beside the parameters: the model, the four positions of the morph pad, how a loop is exported, the
//! editor's size.
//!
//! Loading a project calls [`Params::deserialize_fields`] on the host's main thread; the model is built there and then. Fields of
//! a newer version are kept and saved again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use nfx_core::model::CanneModel;
use nfx_plugin::project::Project;
use nfx_plugin::snapshot;
use nice_plug::prelude::*;
use parking_lot::Mutex;
use serde_json::{Value as Json, json};

use crate::models::LIBRARY;
use crate::params::SLIDERS;

/// Corners of the morph pad.
pub const CORNERS: usize = 4;

/// The positions that a fresh instance has in the corners A to D: something to hear on the way between them.
pub const DEFAULT_POSITIONS: [[f32; SLIDERS]; CORNERS] = [
    [0.5; SLIDERS],
    [0.8, 0.2, 0.8, 0.2, 0.8, 0.2, 0.8, 0.2],
    [0.2, 0.8, 0.2, 0.8, 0.2, 0.8, 0.2, 0.8],
    [0.85, 0.85, 0.5, 0.15, 0.15, 0.5, 0.85, 0.85],
];

/// How a loop is exported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoopChoice {
    /// Its length, 0.25 to 30 s.
    pub seconds: f32,
    /// How much of it is cross-faded with its own beginning, 0 to 1.
    pub depth: f32,
    /// The key that is held; none renders the drone.
    pub note: Option<u8>,
}

impl Default for LoopChoice {
    fn default() -> Self {
        Self { seconds: 4.0, depth: 0.5, note: Some(60) }
    }
}

/// See the module's documentation. What is atomic may be read on the audio thread; the rest may not.
pub struct Session {
    project: Project<CanneModel>,
    positions: [[AtomicU32; SLIDERS]; CORNERS],
    loop_choice: Mutex<LoopChoice>,
}

impl std::ops::Deref for Session {
    type Target = Project<CanneModel>;

    fn deref(&self) -> &Self::Target {
        &self.project
    }
}

impl Session {
    /// A fresh instance's.
    #[must_use]
    pub fn new() -> Self {
        Self {
            project: Project::new(&LIBRARY),
            positions: DEFAULT_POSITIONS.map(|corner| corner.map(|value| AtomicU32::new(value.to_bits()))),
            loop_choice: Mutex::new(LoopChoice::default()),
        }
    }

    /// The slider positions in corner `corner` (0 is A), 0 to 1. Real-time safe.
    #[must_use]
    pub fn position(&self, corner: usize) -> [f32; SLIDERS] {
        let corner = &self.positions[corner.min(CORNERS - 1)];
        std::array::from_fn(|i| f32::from_bits(corner[i].load(Ordering::Relaxed)))
    }

    /// Stores positions in a corner; what is no number counts as the middle.
    pub fn set_position(&self, corner: usize, position: [f32; SLIDERS]) {
        for (slot, value) in self.positions[corner.min(CORNERS - 1)].iter().zip(position) {
            let value = if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.5 };
            slot.store(value.to_bits(), Ordering::Relaxed);
        }
    }

    /// What the pad plays at `x` (0 is A and C, 1 is B and D) and `y` (0 is A and B, 1 is C and D). Real-time safe.
    #[must_use]
    pub fn blend(&self, x: f32, y: f32) -> [f32; SLIDERS] {
        let [a, b, c, d] = std::array::from_fn(|corner| self.position(corner));
        let mix = |from: f32, to: f32, at: f32| from + (to - from) * at;
        std::array::from_fn(|i| mix(mix(a[i], b[i], x), mix(c[i], d[i], x), y))
    }

    /// How a loop is exported.
    #[must_use]
    pub fn loop_choice(&self) -> LoopChoice {
        *self.loop_choice.lock()
    }

    /// Remembers how a loop is exported; limits it to what is possible.
    pub fn set_loop_choice(&self, choice: LoopChoice) {
        *self.loop_choice.lock() = LoopChoice {
            seconds: if choice.seconds.is_finite() { choice.seconds.clamp(0.25, 30.0) } else { 4.0 },
            depth: if choice.depth.is_finite() { choice.depth.clamp(0.0, 1.0) } else { 0.5 },
            note: choice.note.map(|note| note.min(127)),
        };
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl snapshot::Session for Session {
    type Model = CanneModel;

    fn project(&self) -> &Project<CanneModel> {
        &self.project
    }

    fn extra(&self) -> BTreeMap<String, Json> {
        let positions: [[f32; SLIDERS]; CORNERS] = std::array::from_fn(|corner| self.position(corner));
        if positions == DEFAULT_POSITIONS {
            return BTreeMap::new();
        }
        BTreeMap::from([("positions".to_owned(), json!(positions))])
    }

    fn restore_extra(&self, extra: &BTreeMap<String, Json>) {
        let saved: Option<[[f32; SLIDERS]; CORNERS]> =
            extra.get("positions").and_then(|json| serde_json::from_value(json.clone()).ok());
        for (corner, position) in saved.unwrap_or(DEFAULT_POSITIONS).into_iter().enumerate() {
            self.set_position(corner, position);
        }
    }
}

// SAFETY: there are no parameters here, hence no pointers.
unsafe impl Params for Session {
    fn param_map(&self) -> Vec<(String, ParamPtr, String)> {
        Vec::new()
    }

    fn serialize_fields(&self) -> BTreeMap<String, String> {
        let mut fields = self.fields(snapshot::Session::extra(self));
        let LoopChoice { seconds, depth, note } = self.loop_choice();
        fields.insert("loop".to_owned(), json!({"seconds": seconds, "depth": depth, "note": note}).to_string());
        fields
    }

    fn deserialize_fields(&self, serialized: &BTreeMap<String, String>) {
        let read = |json: &str| serde_json::from_str::<Json>(json).ok();
        let positions = serialized.get("positions").and_then(|json| read(json));
        let extra = positions.map(|json| ("positions".to_owned(), json)).into_iter().collect();
        snapshot::Session::restore_extra(self, &extra);
        let own = LoopChoice::default();
        let saved = serialized.get("loop").and_then(|json| read(json)).unwrap_or_default();
        let number = |name: &str, otherwise: f32| saved[name].as_f64().map_or(otherwise, |number| number as f32);
        self.set_loop_choice(LoopChoice {
            seconds: number("seconds", own.seconds),
            depth: number("depth", own.depth),
            note: if saved.is_null() { own.note } else { saved["note"].as_u64().and_then(|note| note.try_into().ok()) },
        });
        self.project.restore(serialized, |name, _| matches!(name, "positions" | "loop"));
    }
}
