//! What the editor shows and what it asks for, as plain values: the drawing knows neither host nor
//! audio thread, so that each of its states can be drawn and tested without them.

use std::sync::Arc;

pub use nfx_frame::training::TrainingView;
pub use nfx_ui::shelf::{
    Card, LatentCard, Message, ModelLine, PresetLine, Shelf, ShelfAction, Tone,
};
pub use nfx_ui::training::TrainingAction;

pub use crate::editor_model::{Job, SampleView};
use crate::params::SLIDERS;
use crate::session::CORNERS;
pub use crate::session::LoopChoice;

/// A sound on the map.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Its place.
    pub at: [f32; 2],
    /// What sounds there.
    pub label: String,
}

/// Everything that the editor shows, but the moving picture.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// How many sliders the model has.
    pub sliders: usize,
    /// Where they rest.
    pub rests: [f32; SLIDERS],
    /// Those that randomising leaves alone.
    pub locks: [bool; SLIDERS],
    /// Where they are with the pad's part.
    pub morphed: [f32; SLIDERS],
    /// The four corners of the pad.
    pub corners: [[f32; SLIDERS]; CORNERS],
    /// The sounds of the model's map; none when it has no map.
    pub map: Option<Arc<Vec<Spot>>>,
    /// Where the sound is on it.
    pub place: Option<[f32; 2]>,
    /// A sound of the user's as an instrument.
    pub sample: SampleView,
    /// The keys for which the model was made, if it knows notes.
    pub notes: Option<(u8, u8)>,
    /// What MIDI messages have set in the place of parameters, as a sentence.
    pub heard: Option<String>,
    /// How far the sliders' travel goes beyond the learned range, 0 to 1.
    pub reach: f32,
    /// What the keys are tuned by, and whether that is a file.
    pub tuning: (String, bool),
    /// How a loop is exported.
    pub loop_choice: LoopChoice,
    /// Work in the background.
    pub job: Job,
    /// The computer's keys play notes.
    pub typing_plays: bool,
    /// Training an instrument of the user's own.
    pub training: TrainingView,
    /// Presets, model, undo, messages.
    pub shelf: Shelf,
}

impl View {
    /// What a slider does, in the words of the model's card.
    #[must_use]
    pub fn words(&self, slider: usize) -> &str {
        let card = self.shelf.card.as_deref();
        card.and_then(|card| card.latents.get(slider))
            .map(|latent| latent.words.as_str())
            .unwrap_or_default()
    }
}

/// What the user asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Lock or unlock a slider against randomising.
    Lock(usize),
    /// Random sliders, but the locked ones.
    Randomise,
    /// All sliders to rest.
    Rest,
    /// Store the sound now in a corner of the pad.
    StoreCorner(usize),
    /// Set the sliders to a corner of the pad.
    RecallCorner(usize),
    /// A gesture on the map begins.
    MapBegin,
    /// It goes here.
    MapTo([f32; 2]),
    /// It ends.
    MapEnd,
    /// A sound of the map.
    Spot(usize),
    /// A key goes down with a velocity of 0 to 1, or up (0).
    Key(u8, f32),
    /// Ask for a sound to make an instrument of.
    OpenSample,
    /// Play it this way.
    Candidate(usize),
    /// Four others like the one that is played.
    Mutate,
    /// Play the sliders alone again.
    DropTake,
    /// Ask for a file of Scala's to tune the keys by.
    LoadTuning,
    /// Tune them in equal steps.
    ClearTuning,
    /// How a loop is exported.
    Loop(LoopChoice),
    /// Ask where to, and write the loop.
    WriteLoop,
    /// Training an instrument of the user's own.
    Training(TrainingAction),
    /// Presets, model, undo, messages.
    Shelf(ShelfAction),
}

nfx_ui::shares!(View, Action: shelf, training);
