//! The CANNe engine: a decoder played as an instrument.
//!
//! | file | what it does |
//! |---|---|
//! | `engine` | the clock, the mix, the ceiling |
//! | `perform` | events: which voice plays which note |
//! | `channels`, `channel`, `zones` | what MIDI's controllers and MPE's zones do to the notes of a channel |
//! | `work` | what is done in each slot: control, decoding, frames |
//! | `controls`, `event` | what comes in |
//! | `player`, `reading`, `pitch` | the model, and what its frames say about partials and noise |
//! | `dress` | tilt, brightness, level and stereo of what was read |
//! | `sound`, `unison`, `grain` | partials, of one or several strings, and noise to samples |
//! | `life` | how fast a note lives, and its level |
//! | `voice`, `keys`, `envelope`, `lfo`, `smooth`, `tail` | the parts of a voice, and what is left of a stolen one |
//! | [`take`] | how one recorded note went, and what plays it so |
//! | `drone` | the sliders without a note |
//! | `looping` | a seamless loop of what is heard |

mod channel;
mod channels;
mod controls;
mod dress;
mod drone;
mod engine;
mod envelope;
mod event;
#[allow(unsafe_code)]
mod grain;
mod keys;
mod lfo;
mod life;
mod looping;
mod perform;
mod pitch;
mod player;
mod random;
mod reading;
mod smooth;
mod sound;
mod tail;
pub mod take;
mod timing;
mod unison;
mod view;
mod voice;
mod work;
mod zones;

pub use controls::{Adsr, CanneControls, LFOS, VoiceMode, equal_temperament, learned, travel};
pub use dress::k_weight;
pub use engine::CanneEngine;
pub use event::{ANY, Event, EventKind, VoiceEnded};
pub use lfo::{Lfo, LfoShape};
pub use looping::{LoopWish, render_loop};
pub use player::CannePlayer;
pub use unison::{MAX_UNISON, Unison};
pub use view::CanneView;
pub use zones::MpeZones;

/// Most voices that sound together.
pub const MAX_VOICES: usize = 16;
/// Sliders of the instrument: one for each latent.
pub const SLIDERS: usize = crate::models::spectral::MAX_INSTRUMENT_LATENTS;
/// MIDI channels.
const CHANNELS: usize = 16;
/// Voices that may start in one slot.
const STARTS: usize = 2;
/// Most partials of a voice: those of C1 (33 Hz) up to 16.7 kHz.
const MAX_PARTIALS: usize = 512;
