//! Profiles: learned models of audio effects, with their knobs, and the forms that are played in
//! real time.
//!
//! A [`ProfileModel`] is decoded once and shared; a [`ProfileState`] is the memory of one sound
//! through it. Whatever the family, a state is fed in pieces of at most [`CHUNK`] samples, reads
//! the knobs at every 64th sample since its reset, and gives the same bits for any partition into
//! pieces.
//!
//! A family of networks is one folder and one row of the table in `families.rs`.
//!
//! | file | what it holds |
//! |---|---|
//! | `families` | the table of families: [`ProfileConfig`] |
//! | `network` | what a network is to its model, and a voice to its sound |
//! | `model`, `state` | the decoded model, and one sound on its way through it |
//! | `knob`, `info` | knobs, and what else a profile says about its device |
//! | `recurrent/`, `wavenet/`, `convnet/`, `linear/`, `container` | the families that `.nam` files have |
//! | [`dynamics`] | a learned dynamics processor |
//! | [`signaltrain`] | learned transforms with networks along time between them |

mod bake;
mod container;
mod convnet;
pub mod dynamics;
mod families;
mod info;
mod knob;
mod limits;
mod linear;
mod model;
mod network;
mod recurrent;
pub mod signaltrain;
mod state;
mod wavenet;

pub use crate::nn::PointActivation;
pub use container::{ContainerConfig, SizeConfig};
pub use convnet::ConvNetConfig;
pub use families::{MAX_NESTING, ProfileConfig};
pub use info::{Effect, ProfileInfo};
pub use knob::{KnobInfo, MAX_KNOBS};
pub use limits::{MAX_MEMORY, MAX_RECEPTIVE_FIELD};
pub use linear::LinearConfig;
pub use model::ProfileModel;
pub use recurrent::RecurrentConfig;
pub use state::{CHUNK, ProfileBlock, ProfileState};
pub use wavenet::{
    Film, FilmPlace, Gating, Head1x1, HeadConv, KnobConfig, LayerArray, PostHead, WaveNetConfig,
};
