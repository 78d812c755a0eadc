//! What all editors of the suite have around their own picture: header, preset browser, model
//! picker, the status line. Drawn from plain values ([`Shelf`]), so that each state can be drawn
//! and tested without host and audio thread.

use std::path::PathBuf;
use std::sync::Arc;

mod controls;
mod curator;
mod cx;
pub mod header;
pub mod models;
pub mod picture;
pub mod presenter;
pub mod presets;
pub mod source;
pub mod status;
pub mod table;
mod values;

pub use controls::{Dial, control_id};
pub use cx::{Cx, Flow};
pub use presenter::ShelfPresenter;
pub use values::{Shown, Value, Values};

use crate::Edit;

/// One line of the preset browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PresetLine {
    /// Its name.
    pub name: String,
    /// Words to group by.
    pub tags: Vec<String>,
    /// What it does to a sound.
    pub description: String,
    /// On what it does that best.
    pub shines: String,
    /// Starred by the user.
    pub favourite: bool,
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
    /// What each of its directions does when it is turned up: the macros, then those that were
    /// discovered.
    pub directions: Vec<String>,
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

/// What every editor shows beside its own picture.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// The parameters.
    pub values: Values,
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

impl Shelf {
    /// The name of the preset in use, for reading.
    #[must_use]
    pub fn preset_name(&self) -> &str {
        if self.preset.is_empty() { "Untitled" } else { &self.preset }
    }

    /// The delay in milliseconds; 0 before audio runs.
    #[must_use]
    pub fn latency_ms(&self) -> f64 {
        if self.host_rate_hz > 0.0 {
            1000.0 * f64::from(self.latency_samples) / self.host_rate_hz
        } else {
            0.0
        }
    }
}

/// An editor's own view, which has a shelf in it.
pub trait Shelved {
    /// The shelf.
    fn shelf(&self) -> &Shelf;
}

/// What the user asks for here. An editor's own action is made of it.
#[derive(Clone, Debug, PartialEq)]
pub enum ShelfAction {
    /// A gesture on a parameter.
    Edit {
        /// The parameter.
        id: String,
        /// What undo and messages call it.
        name: String,
        /// The gesture, or a part of it.
        edits: Vec<Edit>,
    },
    /// One of the values of a parameter with few of them.
    Choose {
        /// The parameter.
        id: String,
        /// Which value.
        index: usize,
    },
    /// The preset that many places on.
    StepPreset(isize),
    /// Load a preset.
    LoadPreset(usize),
    /// Save as the user's own: a name, and tags behind it as in "Deep Growl #bass".
    SavePreset(String),
    /// Give one of the user's own another name and other tags.
    RenamePreset(usize, String),
    /// Give a preset the user's star, or take it.
    StarPreset(usize),
    /// Ask for a preset file, and copy it among the user's.
    ImportPreset,
    /// Ask for a name, and write the setting there as one preset file.
    ExportPreset,
    /// Delete one of the user's own.
    DeletePreset(usize),
    /// Read both folders again.
    Refresh,
    /// Play a model of the list.
    ChooseModel(usize),
    /// Ask for a model file.
    OpenModel,
    /// A file was chosen for a model.
    ModelFile(PathBuf),
    /// Play one of the models inside the plugin; the first is the default.
    EmbeddedModel(usize),
    /// One step back.
    Undo,
    /// One step on.
    Redo,
    /// Hear the other of A and B.
    SwapAb,
    /// Make the other of A and B equal to this one.
    CopyAb,
    /// Take the message away.
    Dismiss,
}

/// Says of an editor's view and action how what all editors share lies in them: `shelf` and
/// `Shelf`, and where the editor has them `source` and `Source`, `training` and `Training`.
#[macro_export]
macro_rules! shares {
    ($view:ty, $action:ty: shelf $(, $($more:ident),+)?) => {
        impl ::std::ops::Deref for $view {
            type Target = $crate::shelf::Shelf;

            fn deref(&self) -> &$crate::shelf::Shelf {
                &self.shelf
            }
        }

        impl $crate::shelf::Shelved for $view {
            fn shelf(&self) -> &$crate::shelf::Shelf {
                &self.shelf
            }
        }

        impl From<$crate::shelf::ShelfAction> for $action {
            fn from(action: $crate::shelf::ShelfAction) -> Self {
                Self::Shelf(action)
            }
        }

        $($($crate::shares!(@ $more $view, $action);)+)?
    };
    (@ source $view:ty, $action:ty) => {
        impl $crate::shelf::source::Sourced for $view {
            fn source(&self) -> &$crate::shelf::source::SourceView {
                &self.source
            }
        }

        impl From<$crate::shelf::source::SourceAction> for $action {
            fn from(action: $crate::shelf::source::SourceAction) -> Self {
                Self::Source(action)
            }
        }
    };
    (@ training $view:ty, $action:ty) => {
        impl $crate::training::Trained for $view {
            fn training(&self) -> &::nfx_frame::training::TrainingView {
                &self.training
            }
        }

        impl From<$crate::training::TrainingAction> for $action {
            fn from(action: $crate::training::TrainingAction) -> Self {
                Self::Training(action)
            }
        }
    };
}

/// A frequency as musicians read it.
#[must_use]
pub fn hertz(hz: f32) -> String {
    if hz >= 1000.0 { format!("{:.1} kHz", hz / 1000.0) } else { format!("{hz:.0} Hz") }
}

/// Undo and redo from the keyboard.
pub fn shortcuts<V: Shelved, A: From<ShelfAction>>(cx: &mut Cx<'_, '_, V, A>) {
    use egui::{Key, KeyboardShortcut, Modifiers};
    if cx.ui.ctx().text_edit_focused() {
        return;
    }
    let redo = KeyboardShortcut::new(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    let undo = KeyboardShortcut::new(Modifiers::COMMAND, Key::Z);
    if cx.ui.input_mut(|input| input.consume_shortcut(&redo)) {
        cx.ask(ShelfAction::Redo);
    } else if cx.ui.input_mut(|input| input.consume_shortcut(&undo)) {
        cx.ask(ShelfAction::Undo);
    }
}
