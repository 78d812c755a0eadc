//! What the editor shows and what it asks for, as plain values: the drawing knows neither host nor
//! audio thread, so that each of its states can be drawn and tested without them.

use nfx_core::engine::anne::KNOBS;
pub use nfx_frame::training::TrainingView;
pub use nfx_ui::shelf::source::{SourceAction, SourceView};
pub use nfx_ui::shelf::{
    Card, LatentCard, Message, ModelLine, PresetLine, Shelf, ShelfAction, Tone,
};
pub use nfx_ui::training::TrainingAction;

use crate::params::{DRIVE_IDS, KNOB_IDS, trim_id};
use crate::session::DISCOVERED;

/// Everything that the editor shows, but the moving picture.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// What the user calls the directions that were discovered; empty for their own names.
    pub names: [String; DISCOVERED],
    /// Which latents sound.
    pub sounds: Vec<bool>,
    /// The latent that is soloed.
    pub solo: Option<usize>,
    /// Latents of each knob.
    pub lengths: [usize; 5],
    /// Knobs that randomising leaves alone.
    pub locks: [bool; 5],
    /// Where the sound comes from.
    pub source: SourceView,
    /// The file that *Morph* goes towards; none for the side chain.
    pub second: Option<String>,
    /// Training a network of the user's own.
    pub training: TrainingView,
    /// Whether a sound came in lately.
    pub hears: bool,
    /// Presets, model, undo, messages.
    pub shelf: Shelf,
}

impl View {
    /// The trims of the model's latents, 0..1, neutral 0.5.
    #[must_use]
    pub fn trims(&self) -> Vec<f32> {
        (0..self.sounds.len()).map(|latent| self.values.normal(&trim_id(latent))).collect()
    }

    /// The id of the parameter behind one of the five large knobs: its drive when gains act before
    /// the activation.
    #[must_use]
    pub fn knob_id(&self, knob: usize) -> &'static str {
        let ids = if self.gains_before() { DRIVE_IDS } else { KNOB_IDS };
        ids[knob.min(KNOBS - 1)]
    }

    /// Whether gains act before the latents' activation.
    #[must_use]
    pub fn gains_before(&self) -> bool {
        self.values.sounds_on("pos")
    }

    /// Whether the input is passed on as it is.
    #[must_use]
    pub fn bypass(&self) -> bool {
        self.values.sounds_on("bypass")
    }
}

/// What the user asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Mute or unmute a latent.
    Mute(usize),
    /// Solo a latent, or end its solo.
    Solo(usize),
    /// All latents sound again and all trims are neutral.
    ResetLatents,
    /// A border of the user's split: which, and before which latent it is to stand.
    Border(usize, usize),
    /// Call a discovered direction something else; an empty name gives its own back.
    Rename(usize, String),
    /// Lock or unlock a knob against randomising.
    Lock(usize),
    /// Random knobs, but the locked ones.
    RandomiseKnobs,
    /// Random trims, but those of locked knobs.
    RandomiseTrims,
    /// Where the sound comes from.
    Source(SourceAction),
    /// Ask for a sound file for *Morph* to go towards.
    OpenSecond,
    /// Let *Morph* go towards the side chain.
    DropSecond,
    /// Training a network of the user's own.
    Training(TrainingAction),
    /// Presets, model, undo, messages.
    Shelf(ShelfAction),
}

nfx_ui::shares!(View, Action: shelf, source, training);
