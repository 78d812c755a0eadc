//! Profiles: learned models of audio effects, with their knobs, and the forms that are played in real time.
//!
//! A [`ProfileModel`] is decoded once and shared; a [`ProfileState`] is the memory of one sound through it. Whatever the family, a
//! state is fed in pieces of at most [`CHUNK`] samples, reads the knobs at every 64th sample since its reset, and gives the same
//! bits for any partition into pieces.
//!
//! | file | what it holds |
//! |---|---|
//! | `config/` | what each network looks like, without its weights |
//! | `knob`, `info` | knobs, and what else a profile says about its device |
//! | `model`, `net`, `state` | the decoded model, the networks by family, and the memory of a sound |
//! | `recurrent`, `wavenet/`, `convnet`, `linear` | the families of one signal in and one out |
//! | [`dynamics`] | a learned dynamics processor |
//! | [`signaltrain`] | learned transforms with networks along time between them |

mod bake;
mod config;
mod convnet;
pub mod dynamics;
mod info;
mod knob;
mod linear;
mod model;
mod net;
mod recurrent;
pub mod signaltrain;
mod state;
mod wavenet;

pub use config::*;
pub use info::ProfileInfo;
pub use knob::{KnobInfo, MAX_KNOBS};
pub use model::ProfileModel;
pub use state::{CHUNK, ProfileBlock, ProfileState};
