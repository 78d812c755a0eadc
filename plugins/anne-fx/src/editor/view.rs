//! What the editor shows and what it asks for, as plain values: the drawing knows neither host nor audio thread, so that each of
//! its states can be drawn and tested without them.

use nfx_core::models::spectral::MAX_DIRECTIONS;
pub use nfx_frame::training::TrainingView;
use nfx_ui::Edit;
use nfx_ui::shelf::Shelved;
pub use nfx_ui::shelf::source::{SourceAction, SourceView, Sourced};
pub use nfx_ui::shelf::{Card, LatentCard, Message, ModelLine, PresetLine, Shelf, ShelfAction, Tone, Value};
pub use nfx_ui::training::{Trained, TrainingAction};

use crate::session::DISCOVERED;

/// A continuous parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Control {
    /// Knob A (0) to E (4).
    Knob(usize),
    /// A macro, or behind them a direction that was discovered.
    Direction(usize),
    /// The trim of a latent.
    Trim(usize),
    /// From this sound to the side chain's.
    Morph,
    /// Dry to wet.
    Mix,
    /// Gain before.
    Input,
    /// Gain after.
    Output,
    /// From the network's own sound to the input reshaped.
    Detail,
    /// How fast knobs arrive.
    Response,
    /// How slowly latents follow.
    Slew,
}

/// A parameter with few values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Switch {
    /// How the latents are divided among the knobs, 0..5.
    Split,
    /// Gains after (0) or before (1) the latent's activation.
    GainPosition,
    /// Linked, dual, mid/side.
    Stereo,
    /// Hold the latents.
    Freeze,
    /// Match the level of the mix to the dry sound's.
    LevelMatch,
    /// Pass the input on.
    Bypass,
}

/// Everything that the editor shows, but the moving picture.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Knobs A to E.
    pub knobs: [Value; 5],
    /// The macros, and the directions that were discovered.
    pub directions: [Value; MAX_DIRECTIONS],
    /// What the user calls those that were discovered; empty for their own names.
    pub names: [String; DISCOVERED],
    /// The controls beside them.
    pub morph: Value,
    /// See [`Control::Mix`].
    pub mix: Value,
    /// See [`Control::Input`].
    pub input: Value,
    /// See [`Control::Output`].
    pub output: Value,
    /// See [`Control::Detail`].
    pub detail: Value,
    /// See [`Control::Response`].
    pub response: Value,
    /// See [`Control::Slew`].
    pub slew: Value,
    /// Trims of the model's latents, 0..1, neutral 0.5.
    pub trims: Vec<f32>,
    /// Which latents sound.
    pub sounds: Vec<bool>,
    /// The latent that is soloed.
    pub solo: Option<usize>,
    /// Latents of each knob.
    pub lengths: [usize; 5],
    /// Knobs that randomising leaves alone.
    pub locks: [bool; 5],
    /// See [`Switch::Split`].
    pub split: usize,
    /// See [`Switch::GainPosition`].
    pub gain_before: bool,
    /// See [`Switch::Stereo`].
    pub stereo: usize,
    /// See [`Switch::Freeze`].
    pub freeze: bool,
    /// See [`Switch::LevelMatch`].
    pub level_match: bool,
    /// See [`Switch::Bypass`].
    pub bypass: bool,
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
    /// The value of a control, if the view holds it.
    #[must_use]
    pub fn value(&self, control: Control) -> Option<&Value> {
        match control {
            Control::Knob(index) => self.knobs.get(index),
            Control::Direction(index) => self.directions.get(index),
            Control::Trim(_) => None,
            Control::Morph => Some(&self.morph),
            Control::Mix => Some(&self.mix),
            Control::Input => Some(&self.input),
            Control::Output => Some(&self.output),
            Control::Detail => Some(&self.detail),
            Control::Response => Some(&self.response),
            Control::Slew => Some(&self.slew),
        }
    }
}

/// What the user asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A gesture on a continuous parameter.
    Edit(Control, Vec<Edit>),
    /// A new value of a parameter with few values.
    Choose(Switch, usize),
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
    /// Choose where the sound comes from.
    ChooseSource(usize),
    /// Ask for a sound file.
    OpenSource,
    /// Ask for a sound file for *Morph* to go towards.
    OpenSecond,
    /// Let *Morph* go towards the side chain.
    DropSecond,
    /// Start or stop the built-in sound.
    TogglePlay,
    /// Whether the built-in sound starts again at its end.
    ToggleLoop,
    /// Ask for a name and write the result there.
    Export,
    /// Training a network of the user's own.
    Training(TrainingAction),
    /// Presets, model, undo, messages.
    Shelf(ShelfAction),
}

impl From<ShelfAction> for Action {
    fn from(action: ShelfAction) -> Self {
        Self::Shelf(action)
    }
}

impl std::ops::Deref for View {
    type Target = Shelf;

    fn deref(&self) -> &Shelf {
        &self.shelf
    }
}

impl Shelved for View {
    fn shelf(&self) -> &Shelf {
        &self.shelf
    }
}

impl From<SourceAction> for Action {
    fn from(action: SourceAction) -> Self {
        match action {
            SourceAction::Choose(index) => Self::ChooseSource(index),
            SourceAction::Open => Self::OpenSource,
            SourceAction::TogglePlay => Self::TogglePlay,
            SourceAction::ToggleLoop => Self::ToggleLoop,
            SourceAction::Export => Self::Export,
        }
    }
}

impl Sourced for View {
    fn source(&self) -> &SourceView {
        &self.source
    }
}

impl From<TrainingAction> for Action {
    fn from(action: TrainingAction) -> Self {
        Self::Training(action)
    }
}

impl Trained for View {
    fn training(&self) -> &TrainingView {
        &self.training
    }
}
