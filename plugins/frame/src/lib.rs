//! An instance of a plugin without its sound and its face: the engine's place on the audio thread,
//! models and presets, project, undo, files, the worker, and what stands between a host and the
//! framework.
//!
//! | module | what it holds |
//! |---|---|
//! | [`library`], [`model_slot`] | the models a plugin can play, and how a project keeps the one in use |
//! | [`live`], [`handoff`] | what runs on the audio thread, and how models come to it |
//! | [`mailbox`], [`task`] | ways to and from the audio thread without lock or free; work that it asks for |
//! | [`worker`] | work that takes long |
//! | [`picture`], [`telemetry`] | the newest of what the audio thread shows the editor |
//! | [`snapshot`], [`presets`], [`history`], [`vstpreset`], [`factory`] | whole settings as values, in files and over time |
//! | [`project`], [`standalone`], [`state_check`] | what a project holds beside parameters, the program's own, made harmless |
//! | `jack_server` | what a JACK server runs at, for a program of its own (feature `standalone`) |
//! | [`editing`] | the editor's and the preset browser's side of an instance |
//! | [`params`], [`table`], [`text`] | a plugin's table of parameters; all of them by id; what people type into a value field |
//! | [`random`] | random numbers for the Randomise buttons |
//! | [`clip`], [`source`], [`files`] | short sounds, the input selector that plays them, the user's files |
//! | [`ports`], [`side_chain`], [`host_facts`] | an effect's ports, what a host hands over as the side chain of one block, what else it does |
//! | [`trainer`], [`training`] | `nfx-train` as a child process, and training from inside a plugin |
//! | [`Sentence`] | what goes wrong, as the user reads it |
//! | [`suite`] | what every plugin tells a host alike |
//! | [`clap_export`], [`vst3_export`], [`guarded`], [`hosted`] | what stands between a host and the framework, and what it asks of a plugin |

pub mod clap_export;
pub mod clip;
pub mod editing;
pub mod factory;
pub mod files;
pub mod guarded;
pub mod handoff;
pub mod history;
pub mod host_facts;
pub mod hosted;
#[cfg(any(test, feature = "standalone"))]
pub mod jack_server;
pub mod library;
pub mod live;
pub mod mailbox;
pub mod model_slot;
mod panics;
pub mod params;
pub mod picture;
pub mod ports;
pub mod presets;
pub mod project;
pub mod random;
mod sentence;
pub mod side_chain;
pub mod snapshot;
pub mod source;
pub mod standalone;
pub mod state_check;
pub mod suite;
pub mod table;
pub mod task;
pub mod telemetry;
pub mod text;
pub mod trainer;
pub mod training;
pub mod vst3_export;
pub mod vstpreset;
pub mod worker;

pub use sentence::Sentence;
