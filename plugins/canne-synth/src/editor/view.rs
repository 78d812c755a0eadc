//! What the editor shows and what it asks for, as plain values: the drawing knows neither host nor audio thread, so that each of
//! its states can be drawn and tested without them.

use std::collections::BTreeMap;
use std::sync::Arc;

pub use nfx_frame::training::TrainingView;
use nfx_ui::Edit;
use nfx_ui::shelf::Shelved;
pub use nfx_ui::shelf::{Card, LatentCard, Message, ModelLine, PresetLine, Shelf, ShelfAction, Tone, Value};
pub use nfx_ui::training::{Trained, TrainingAction};

pub use crate::editor_model::{Job, SampleView};
use crate::params::SLIDERS;
use crate::session::CORNERS;
pub use crate::session::LoopChoice;

/// One of an envelope's four numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Up to full.
    Attack,
    /// Down to the sustain level.
    Decay,
    /// The level while held.
    Sustain,
    /// Down to nothing.
    Release,
}

impl Stage {
    /// All four, in their order.
    pub const ALL: [Self; 4] = [Self::Attack, Self::Decay, Self::Sustain, Self::Release];
}

/// What moves sliders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mover {
    /// The second envelope.
    Envelope,
    /// A low-frequency oscillator, 0 or 1.
    Lfo(usize),
    /// How hard a key was struck.
    Velocity,
    /// How hard it is pressed.
    Pressure,
    /// The modulation wheel.
    Wheel,
    /// Where a finger lies along its key.
    Slide,
}

impl Mover {
    /// All, in their order.
    pub const ALL: [Self; 7] =
        [Self::Envelope, Self::Lfo(0), Self::Lfo(1), Self::Velocity, Self::Pressure, Self::Wheel, Self::Slide];
}

/// A continuous or counted parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Control {
    /// A slider.
    Slider(usize),
    /// From the sliders to the pad.
    Morph,
    /// The pad's place across.
    MorphX,
    /// The pad's place down.
    MorphY,
    /// Frequency shift.
    Shift,
    /// Fine pitch.
    Fine,
    /// Master tune.
    Tune,
    /// Tilt towards the bass.
    Tilt,
    /// Multiplicative noise.
    Noise,
    /// Stereo width.
    Width,
    /// Gain.
    Output,
    /// How many voices.
    Voices,
    /// Time of a glide.
    Glide,
    /// Range of the pitch bend.
    Bend,
    /// Range of a note's own bend.
    MpeBend,
    /// Velocity to level.
    Velocity,
    /// Slide to brightness.
    Slide,
    /// How fast a note lives.
    Pace,
    /// How much of the take is heard.
    Likeness,
    /// The amplitude's envelope.
    Amp(Stage),
    /// The envelope that moves sliders.
    Env(Stage),
    /// An oscillator's frequency.
    LfoRate(usize),
    /// How far the sliders go beyond the learned range.
    Reach,
    /// Strings of a note.
    Unison,
    /// How far they are apart in pitch.
    UnisonDetune,
    /// How far they are apart in the stereo image.
    UnisonSpread,
    /// How far something moves a slider.
    Depth(Mover, usize),
}

impl Control {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let single = [
            Self::Morph,
            Self::MorphX,
            Self::MorphY,
            Self::Shift,
            Self::Fine,
            Self::Tune,
            Self::Tilt,
            Self::Noise,
            Self::Width,
            Self::Output,
            Self::Voices,
            Self::Glide,
            Self::Bend,
            Self::MpeBend,
            Self::Velocity,
            Self::Slide,
            Self::Pace,
            Self::Likeness,
            Self::LfoRate(0),
            Self::LfoRate(1),
            Self::Reach,
            Self::Unison,
            Self::UnisonDetune,
            Self::UnisonSpread,
        ];
        let depths = Mover::ALL.into_iter().flat_map(|mover| (0..SLIDERS).map(move |i| Self::Depth(mover, i)));
        let stages = Stage::ALL.into_iter().flat_map(|stage| [Self::Amp(stage), Self::Env(stage)]);
        (0..SLIDERS).map(Self::Slider).chain(single).chain(stages).chain(depths)
    }
}

/// A parameter with few values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Switch {
    /// Shift round the ends of the spectrum.
    Circular,
    /// Even loudness.
    Even,
    /// Poly, mono, legato.
    Mode,
    /// MPE.
    Mpe,
    /// Plays without a note.
    Drone,
    /// Notes glide in Poly, too.
    GlidePoly,
    /// An oscillator follows the tempo.
    LfoSync(usize),
    /// Its note value then.
    LfoDivision(usize),
    /// Its shape.
    LfoShape(usize),
    /// Each note starts it.
    LfoRetrigger(usize),
}

impl Switch {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Circular,
        Self::Even,
        Self::Mode,
        Self::Mpe,
        Self::Drone,
        Self::GlidePoly,
        Self::LfoSync(0),
        Self::LfoDivision(0),
        Self::LfoShape(0),
        Self::LfoRetrigger(0),
        Self::LfoSync(1),
        Self::LfoDivision(1),
        Self::LfoShape(1),
        Self::LfoRetrigger(1),
    ];
}

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
    /// The continuous parameters.
    pub values: BTreeMap<Control, Value>,
    /// The others: which of their values.
    pub switches: BTreeMap<Switch, usize>,
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
    /// The value of a control.
    #[must_use]
    pub fn value(&self, control: Control) -> Option<&Value> {
        self.values.get(&control)
    }

    /// Its normalised value, 0..1.
    #[must_use]
    pub fn normal(&self, control: Control) -> f32 {
        self.value(control).map_or(0.0, |value| value.normal)
    }

    /// Which value a switch has.
    #[must_use]
    pub fn switch(&self, switch: Switch) -> usize {
        self.switches.get(&switch).copied().unwrap_or(0)
    }

    /// Whether a switch of two values is on.
    #[must_use]
    pub fn is_on(&self, switch: Switch) -> bool {
        self.switch(switch) > 0
    }

    /// What a slider does, in the words of the model's card.
    #[must_use]
    pub fn words(&self, slider: usize) -> &str {
        let card = self.shelf.card.as_deref();
        card.and_then(|card| card.latents.get(slider)).map(|latent| latent.words.as_str()).unwrap_or_default()
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

/// What the user asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A gesture on a continuous parameter.
    Edit(Control, Vec<Edit>),
    /// A new value of a parameter with few values.
    Choose(Switch, usize),
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

impl From<ShelfAction> for Action {
    fn from(action: ShelfAction) -> Self {
        Self::Shelf(action)
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
