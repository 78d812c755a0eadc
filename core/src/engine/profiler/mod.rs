//! The Effect Profiler's engine: a profile of an effect, played without latency.
//!
//! The way of a sample, with the file that does each step:
//!
//! ```text
//! host block ─> sanitise ─┬──────────────────────── dry delay (the latency, none at the model's rate) ───────────────┐
//!                         └─> input level ─> gate ─> stereo ─> [bridge, down] ─> slot ─> [bridge, up] ─> cabinet ─> make-up
//!                                                                                                                    v
//!                                                                      mix ─> output level ─> bypass ─> ceiling
//! slot:    one player, or two while one model fades into another
//! player:  calibration ─> model ─> guard (a model that runs away) ─> rest (silence is exact) ─> normalising, polarity
//! ```
//!
//! * `engine`: the host's side; `controls`: what may be turned; `gate`; `cabinet`: impulse
//!   responses; `view`: for an editor.
//! * `player_slot`, `player`, `knobs`, `guard`, `rest`, `fade`: the model's side, in chunks of 64 model
//!   samples.
//! * `alignment`, `measure`: on a whole sound, for files and for what an editor wants to know of a
//!   model.

mod alignment;
mod cabinet;
mod controls;
mod engine;
mod fade;
mod gate;
mod guard;
mod impulse;
mod knobs;
mod levels;
mod measure;
mod player;
mod player_slot;
mod rest;
mod view;

pub use alignment::{Alignment, measure_alignment};
pub use cabinet::Cabinet;
pub use controls::{GateControls, Normalise, ProfilerControls, ProfilerStereo};
pub use engine::ProfilerEngine;
pub use impulse::LONGEST_IMPULSE_S;
pub use measure::{TARGET_LOUDNESS_DB, measure_loudness, static_curve};
pub use player::{PlayerSetup, ProfilerPlayer};
pub use view::{ProfilerView, VIEW_SAMPLES};
