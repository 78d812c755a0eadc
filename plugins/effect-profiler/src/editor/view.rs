//! What the editor shows and what it asks for, as plain values: the drawing knows neither host nor
//! audio thread, so that each of its states can be drawn and tested without them.

use std::path::PathBuf;
use std::sync::Arc;

use nfx_frame::training::Found;
pub use nfx_ui::shelf::source::{SourceAction, SourceView};
pub use nfx_ui::shelf::{Card, Message, ModelLine, PresetLine, Shelf, ShelfAction, Tone};
use nfx_ui::training::TrainingAction;

pub use crate::browse::Listed;
pub use crate::capture::{CaptureView, KnobDraft, Step};
pub use crate::recorder::Input;

/// A knob of the profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnobView {
    /// Its name.
    pub name: String,
    /// What it does, in a sentence.
    pub hint: String,
    /// The parameter that drives it.
    pub id: String,
    /// Where the device's own default is, 0..1, if not where the parameter's is.
    pub neutral: Option<f32>,
}

/// What is known of the profile in use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfileView {
    /// Its knobs.
    pub knobs: Vec<KnobView>,
    /// It listens to a side chain.
    pub hears_side_chain: bool,
    /// How many sizes of the network there are.
    pub sizes: usize,
    /// The kind of network.
    pub family: String,
    /// Its sample rate.
    pub rate_hz: f64,
    /// The error on what was held out.
    pub esr: Option<f32>,
    /// The level that its device was given, in dBu.
    pub input_dbu: Option<f32>,
    /// Its loudness is known from the file.
    pub has_loudness: bool,
    /// Delay and polarity are to be repaired.
    pub aligns: bool,
    /// What is repaired: samples, and whether it was upside down.
    pub repaired: (usize, bool),
}

/// The folder of profiles.
#[derive(Clone, Debug, Default)]
pub struct BrowserView {
    /// The folder, for people.
    pub folder: String,
    /// It is not the user's own.
    pub is_other: bool,
    /// Its profiles.
    pub lines: Arc<Vec<Listed>>,
    /// The place of the one in use.
    pub at: Option<usize>,
    /// Which of the plugin's own is in use.
    pub embedded: Option<usize>,
    /// The folder is being read.
    pub reading: bool,
}

/// Everything that the editor shows, but the moving picture.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The profile in use.
    pub profile: ProfileView,
    /// The name of the impulse response.
    pub impulse: Option<String>,
    /// A and B are heard at one loudness.
    pub matched: bool,
    /// How much the one that is heard is turned down for it.
    pub match_trim_db: f32,
    /// The folder of profiles.
    pub browser: BrowserView,
    /// Where the sound comes from.
    pub source: SourceView,
    /// Profiling a device.
    pub capture: CaptureView,
    /// Whether a sound came in lately.
    pub hears: bool,
    /// Presets, model, undo, messages.
    pub shelf: Shelf,
}

impl View {
    /// Whether the input is passed on as it is.
    #[must_use]
    pub fn bypass(&self) -> bool {
        self.values.sounds_on("bypass")
    }
}

/// What the user asks for on the page of captures.
#[derive(Clone, Debug, PartialEq)]
pub enum CaptureAction {
    /// Go to a step.
    Go(Step),
    /// The device's name.
    Name(String),
    /// A knob of the device; none takes it away.
    Knob(usize, Option<KnobDraft>),
    /// The length of the test signal.
    Seconds(usize),
    /// The length of the training.
    Minutes(usize),
    /// The recordings' delay in samples, where it is known.
    Delay(Option<i64>),
    /// Make the test signal and go on.
    Prepare,
    /// Which input is recorded.
    Input(Input),
    /// The level that goes out, in dBFS.
    Level(f32),
    /// Play the signal for setting levels, or stop it.
    Listen(bool),
    /// Show a take.
    Take(usize),
    /// Record a take.
    Record(usize),
    /// Train.
    Train,
    /// End whatever runs.
    Stop,
    /// Play the new profile.
    Load,
    /// Hear one of the two, or none.
    Hear(Option<usize>),
    /// This one is the recording.
    Answer(usize),
    /// Begin with another device.
    StartOver,
    /// Look for the trainer again.
    LookAgain,
    /// Take the sentence about what went wrong away.
    Dismiss,
}

/// What the user asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Repair delay and polarity, or leave them.
    Repair(bool),
    /// Ask for an impulse response.
    OpenImpulse,
    /// Take the impulse response out.
    ClearImpulse,
    /// A and B at one loudness.
    Match(bool),
    /// Play a profile of the folder.
    Profile(PathBuf),
    /// The profile that many places on.
    StepProfile(isize),
    /// Ask for a folder of profiles.
    OpenFolder,
    /// Back to the user's own folder.
    OwnFolder,
    /// Read the folder again.
    RefreshFolder,
    /// Where the sound comes from.
    Source(SourceAction),
    /// Profiling a device.
    Capture(CaptureAction),
    /// Presets, model, undo, messages.
    Shelf(ShelfAction),
}

nfx_ui::shares!(View, Action: shelf, source);

impl From<CaptureAction> for Action {
    fn from(action: CaptureAction) -> Self {
        Self::Capture(action)
    }
}

impl From<TrainingAction> for Action {
    fn from(_: TrainingAction) -> Self {
        // The page of captures shares one thing with the training page: what it shows where there
        // is no trainer.
        Self::Capture(CaptureAction::LookAgain)
    }
}

/// Whether the trainer is known to be missing, and what to do.
#[must_use]
pub fn missing_trainer(view: &View) -> Option<&str> {
    match &view.capture.trainer {
        Found::Missing(sentence) => Some(sentence),
        _ => None,
    }
}
