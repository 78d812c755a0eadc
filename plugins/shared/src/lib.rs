//! What the plugins of the suite share, and what is not sound: the model slot, presets, undo, text entry, telemetry to the
//! editor, files, and the look.
//!
//! | module | what it holds |
//! |---|---|
//! | [`library`], [`model_slot`] | the models a plugin can play, and how a project keeps the one in use |
//! | [`handover`] | ways to and from the audio thread without lock or free |
//! | [`telemetry`] | the newest frame, for the editor |
//! | [`snapshot`], [`presets`], [`history`], [`vstpreset`] | whole settings as values, in files and over time |
//! | [`text`] | what people type into a value field |
//! | [`clip`], [`files`] | short sounds and the user's files |
//! | [`ui`] | theme and widgets |

pub mod clip;
pub mod files;
pub mod handover;
pub mod history;
pub mod library;
pub mod model_slot;
pub mod presets;
pub mod snapshot;
pub mod telemetry;
pub mod text;
pub mod ui;
pub mod vst3_export;
pub mod vstpreset;
