//! What the editor shows and what it asks for, as plain values: the drawing knows neither host nor audio thread, so that each of
//! its states can be drawn and tested without them.

use std::path::PathBuf;
use std::sync::Arc;

use nfx_plugin::ui::Edit;

/// A continuous parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Control {
    /// Knob A (0) to E (4).
    Knob(usize),
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

/// The state of a continuous parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Value {
    /// 0..1.
    pub normal: f32,
    /// The default, 0..1.
    pub neutral: f32,
    /// With the host's modulation, 0..1.
    pub modulated: f32,
    /// With its unit.
    pub text: String,
}

/// One line of the preset browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresetLine {
    /// Its name.
    pub name: String,
    /// One word to group by.
    pub category: String,
    /// What it does to a sound.
    pub description: String,
    /// Made by the user, who may delete it.
    pub own: bool,
}

/// One line of the model picker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelLine {
    /// Its name.
    pub name: String,
    /// Where it comes from: built in, or the file's name.
    pub origin: String,
}

/// What is known of the playing model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Card {
    /// What it was made for.
    pub description: String,
    /// What it learned from.
    pub learned_from: String,
    /// The licence of that data.
    pub licence: String,
    /// Who trained it.
    pub trained_by: String,
    /// Short facts: rate, window, sizes, measured errors.
    pub facts: Vec<(String, String)>,
    /// For each latent its words and the centre of its sound in hertz.
    pub latents: Vec<LatentCard>,
}

/// What is known of one latent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LatentCard {
    /// What it does.
    pub words: String,
    /// The centroid of what it decodes to.
    pub centroid_hz: f32,
    /// Whether taking it away changes the sound.
    pub live: bool,
}

/// Where the sound comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceView {
    /// Names: the host first, then the built-in sounds, then the user's file.
    pub names: Vec<String>,
    /// Which is chosen.
    pub chosen: usize,
    /// Whether a built-in sound or file plays now.
    pub playing: bool,
    /// Whether it starts again at its end.
    pub looped: bool,
    /// The user's file, if one is loaded.
    pub file: Option<String>,
    /// An export is running.
    pub exporting: bool,
}

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Note,
    /// Something failed; what to do is in the text.
    Error,
}

/// A sentence for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How it is meant.
    pub tone: Tone,
    /// What happened and what to do next.
    pub text: String,
}

/// Everything that the editor shows, but the moving picture.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Knobs A to E.
    pub knobs: [Value; 5],
    /// The controls beside them.
    pub morph: Value,
    /// See [`Control::Mix`].
    pub mix: Value,
    /// See [`Control::Input`].
    pub input: Value,
    /// See [`Control::Output`].
    pub output: Value,
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
    /// The name of the preset in use; empty when none is.
    pub preset: String,
    /// Changed since it was loaded or saved.
    pub preset_changed: bool,
    /// All presets.
    pub presets: Arc<Vec<PresetLine>>,
    /// The place of the one in use.
    pub preset_at: Option<usize>,
    /// Where the user's presets lie.
    pub preset_folder: String,
    /// The name of the model in use.
    pub model: String,
    /// All models.
    pub models: Arc<Vec<ModelLine>>,
    /// The place of the one in use.
    pub model_at: Option<usize>,
    /// Where the user's models lie.
    pub model_folder: String,
    /// What is known of it; none when it cannot be played.
    pub card: Option<Arc<Card>>,
    /// Why nothing plays.
    pub model_problem: Option<String>,
    /// A model is being read.
    pub loading: bool,
    /// What undo would take back.
    pub undo: Option<String>,
    /// What redo would do again.
    pub redo: Option<String>,
    /// Whether B is heard.
    pub on_b: bool,
    /// Where the sound comes from.
    pub source: SourceView,
    /// Whether a sound came in lately.
    pub hears: bool,
    /// Whether audio runs at all.
    pub running: bool,
    /// The host renders offline.
    pub offline: bool,
    /// A sentence for the user.
    pub message: Option<Message>,
    /// The delay, in samples of the host.
    pub latency_samples: u32,
    /// The host's rate.
    pub host_rate_hz: f64,
}

impl View {
    /// The value of a control, if the view holds it.
    #[must_use]
    pub fn value(&self, control: Control) -> Option<&Value> {
        match control {
            Control::Knob(index) => self.knobs.get(index),
            Control::Trim(_) => None,
            Control::Morph => Some(&self.morph),
            Control::Mix => Some(&self.mix),
            Control::Input => Some(&self.input),
            Control::Output => Some(&self.output),
            Control::Slew => Some(&self.slew),
        }
    }

    /// The name of the preset in use, for reading.
    #[must_use]
    pub fn preset_name(&self) -> &str {
        if self.preset.is_empty() { "No preset" } else { &self.preset }
    }

    /// The delay in milliseconds; 0 before audio runs.
    #[must_use]
    pub fn latency_ms(&self) -> f64 {
        if self.host_rate_hz > 0.0 { 1000.0 * f64::from(self.latency_samples) / self.host_rate_hz } else { 0.0 }
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
    /// Lock or unlock a knob against randomising.
    Lock(usize),
    /// Random knobs, but the locked ones.
    RandomiseKnobs,
    /// Random trims, but those of locked knobs.
    RandomiseTrims,
    /// The preset that many places on.
    StepPreset(isize),
    /// Load a preset.
    LoadPreset(usize),
    /// Save under this name as the user's own.
    SavePreset(String),
    /// Delete one of the user's own.
    DeletePreset(usize),
    /// Read both folders again.
    Refresh,
    /// Play a model of the list.
    ChooseModel(usize),
    /// Ask for a model file.
    OpenModel,
    /// Back to the default model.
    DefaultModel,
    /// One step back.
    Undo,
    /// One step on.
    Redo,
    /// Hear the other of A and B.
    SwapAb,
    /// Make the other of A and B equal to this one.
    CopyAb,
    /// Choose where the sound comes from.
    ChooseSource(usize),
    /// Ask for a sound file.
    OpenSource,
    /// Start or stop the built-in sound.
    TogglePlay,
    /// Whether the built-in sound starts again at its end.
    ToggleLoop,
    /// Ask for a name and write the result there.
    Export,
    /// Take the message away.
    Dismiss,
    /// A file was chosen for a model.
    ModelFile(PathBuf),
}
