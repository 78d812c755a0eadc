//! What is asked of every plugin, by subject. [`crate::table`] has the sentences.

pub mod cases;
pub mod clicks;
pub mod gates;
pub mod hostile;
pub mod layouts;
pub mod program;
pub mod realtime;
pub mod sound;
pub mod state;
pub mod strict;
pub mod vst3;
