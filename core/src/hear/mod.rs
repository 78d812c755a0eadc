//! What an ear would say of a sound, in figures: pitch so far.

mod pitch;

pub use pitch::{Pitch, PitchTracker, pitch_of, pitch_of_note};
