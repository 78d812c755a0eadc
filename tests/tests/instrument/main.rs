//! The built instrument in real hosts, with notes. `cargo xtask test` builds the bundles, makes the Python environment and runs
//! this; a missing bundle is a failure that names the command that makes it.

mod clicks;
mod common;
mod gates;
mod level;
mod midi;
mod notes;
mod realtime;
mod sliders;
mod standalone;
mod state;
mod strict;
mod tuning;
mod vst3;
