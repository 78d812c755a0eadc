//! What a project keeps beside the parameters: the model, the take of a sound, the four positions
//! of the morph pad, the tuning of the keys, how a loop is exported, the editor's size.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use nfx_core::engine::canne::{self, equal_temperament};
use nfx_core::foreign::scala::KEYS;
use nfx_core::models::spectral::CanneModel;
use nfx_frame::Sentence;
use nfx_frame::project::Project;
use nfx_frame::snapshot;
use parking_lot::Mutex;
use serde_json::{Value as Json, json};

use crate::models::LIBRARY;
use crate::params::SLIDERS;
use crate::taken::{TAKE, Taken, Takes};
use crate::tuning::Tuning;

/// The name of the tuning in what is saved.
const TUNING: &str = "tuning";

/// Corners of the morph pad.
pub const CORNERS: usize = 4;

/// The positions that a fresh instance has in the corners A to D: something to hear on the way
/// between them.
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

/// See the module's documentation. What is atomic may be read on the audio thread; the rest may
/// not.
pub struct Session {
    project: Project<CanneModel>,
    positions: [[AtomicU32; SLIDERS]; CORNERS],
    loop_choice: Mutex<LoopChoice>,
    taken: Mutex<Option<Taken>>,
    /// On their way to the audio thread.
    pub takes: Arc<Takes>,
    tuning: Mutex<Tuning>,
    /// Of every key, in semitones.
    pitches: [AtomicU32; KEYS],
    /// As the parameter of that name says, for the texts of the sliders.
    reach: AtomicU32,
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
            positions: DEFAULT_POSITIONS
                .map(|corner| corner.map(|value| AtomicU32::new(value.to_bits()))),
            loop_choice: Mutex::new(LoopChoice::default()),
            taken: Mutex::new(None),
            takes: Arc::new(Takes::new()),
            tuning: Mutex::default(),
            pitches: equal_temperament().map(|pitch| AtomicU32::new(pitch.to_bits())),
            reach: AtomicU32::new(0.0f32.to_bits()),
        }
    }

    /// The pitch of every key in semitones, as MIDI counts them; a key without one is NaN.
    /// Real-time safe.
    #[must_use]
    pub fn pitches(&self) -> [f32; KEYS] {
        std::array::from_fn(|key| f32::from_bits(self.pitches[key].load(Ordering::Relaxed)))
    }

    /// The take that notes are played by, if there is one.
    #[must_use]
    pub fn taken(&self) -> Option<Taken> {
        self.taken.lock().clone()
    }

    /// Plays the notes by another take, or by none; the same again is no change.
    pub fn set_taken(&self, taken: Option<Taken>) {
        let mut own = self.taken.lock();
        if *own != taken {
            drop(self.takes.post(Box::new(taken.as_ref().map(|taken| taken.take.clone()))));
            *own = taken;
        }
    }

    /// The files that the keys are tuned by.
    #[must_use]
    pub fn tuning(&self) -> Tuning {
        self.tuning.lock().clone()
    }

    /// Tunes the keys by other files; notes that sound keep their pitch.
    ///
    /// # Errors
    /// A sentence; the tuning is as it was.
    pub fn set_tuning(&self, tuning: Tuning) -> Result<(), Sentence> {
        let pitches = tuning.pitches()?;
        let mut own = self.tuning.lock();
        for (slot, pitch) in self.pitches.iter().zip(pitches) {
            slot.store(pitch.to_bits(), Ordering::Relaxed);
        }
        *own = tuning;
        Ok(())
    }

    /// How far the sliders' travel goes beyond the learned range, 0 to 1. Real-time safe.
    #[must_use]
    pub fn reach(&self) -> f32 {
        f32::from_bits(self.reach.load(Ordering::Relaxed))
    }

    /// Remembers that. Real-time safe.
    pub fn set_reach(&self, reach: f32) {
        self.reach.store(reach.to_bits(), Ordering::Relaxed);
    }

    /// Where a place of a slider's travel lies in the learned range, 0 to 1 within it. Real-time
    /// safe.
    #[must_use]
    pub fn learned(&self, place: f32) -> f32 {
        canne::learned(place, self.reach())
    }

    /// The place of a slider's travel, 0 to 1, for one of the learned range: the nearest that there
    /// is.
    #[must_use]
    pub fn travel(&self, learned: f32) -> f32 {
        canne::travel(learned, self.reach()).clamp(0.0, 1.0)
    }

    /// The slider positions in corner `corner` (0 is A), 0 to 1. Real-time safe.
    #[must_use]
    pub fn position(&self, corner: usize) -> [f32; SLIDERS] {
        let corner = &self.positions[corner.min(CORNERS - 1)];
        std::array::from_fn(|i| f32::from_bits(corner[i].load(Ordering::Relaxed)))
    }

    /// Stores positions in a corner; NaN counts as the middle.
    pub fn set_position(&self, corner: usize, position: [f32; SLIDERS]) {
        for (slot, value) in self.positions[corner.min(CORNERS - 1)].iter().zip(position) {
            let value = if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.5 };
            slot.store(value.to_bits(), Ordering::Relaxed);
        }
    }

    /// What the pad plays at `x` (0 is A and C, 1 is B and D) and `y` (0 is A and B, 1 is C and D).
    /// Real-time safe.
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
            seconds: if choice.seconds.is_finite() {
                choice.seconds.clamp(0.25, 30.0)
            } else {
                4.0
            },
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
    const EXTRA: &'static [&'static str] = &["positions", TUNING, TAKE];
    const FIELDS: &'static [&'static str] = &["loop"];

    fn field(&self, _name: &str) -> Option<Json> {
        let LoopChoice { seconds, depth, note } = self.loop_choice();
        Some(json!({"seconds": seconds, "depth": depth, "note": note}))
    }

    fn restore_field(&self, _name: &str, value: Option<Json>) {
        let (own, saved) = (LoopChoice::default(), value.unwrap_or_default());
        let number = |name: &str, otherwise: f32| {
            saved[name].as_f64().map_or(otherwise, |number| number as f32)
        };
        self.set_loop_choice(LoopChoice {
            seconds: number("seconds", own.seconds),
            depth: number("depth", own.depth),
            note: if saved.is_null() {
                own.note
            } else {
                saved["note"].as_u64().and_then(|note| note.try_into().ok())
            },
        });
    }

    fn project(&self) -> &Project<CanneModel> {
        &self.project
    }

    fn extra(&self) -> BTreeMap<String, Json> {
        let positions: [[f32; SLIDERS]; CORNERS] =
            std::array::from_fn(|corner| self.position(corner));
        let mut extra = BTreeMap::new();
        if positions != DEFAULT_POSITIONS {
            extra.insert("positions".to_owned(), json!(positions));
        }
        if let Some(taken) = &*self.taken.lock() {
            extra.insert(TAKE.to_owned(), taken.to_json());
        }
        let tuning = self.tuning();
        if !tuning.is_plain() {
            extra.insert(TUNING.to_owned(), json!(tuning));
        }
        extra
    }

    fn is_the_rooms(&self, name: &str) -> bool {
        name == TUNING
    }

    fn restore_extra(&self, extra: &BTreeMap<String, Json>) {
        let saved: Option<[[f32; SLIDERS]; CORNERS]> =
            extra.get("positions").and_then(|json| serde_json::from_value(json.clone()).ok());
        for (corner, position) in saved.unwrap_or(DEFAULT_POSITIONS).into_iter().enumerate() {
            self.set_position(corner, position);
        }
        // One that is damaged is as none: the sliders play all the same.
        self.set_taken(extra.get(TAKE).and_then(|json| Taken::from_json(json).ok()));
        let tuning =
            extra.get(TUNING).and_then(|json| serde_json::from_value::<Tuning>(json.clone()).ok());
        if self.set_tuning(tuning.unwrap_or_default()).is_err() {
            // Only a file that was changed by hand comes here; equal steps can always be played.
            let _ = self.set_tuning(Tuning::default());
        }
    }
}
