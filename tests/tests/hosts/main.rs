//! The built bundles in real hosts. `cargo xtask test` builds the bundles, makes the Python environment and runs this;
//! a missing bundle is a failure that names the command that makes it.

mod clicks;
mod common;
mod gates;
mod hostile;
mod knobs;
mod layouts;
mod neutral;
mod planted;
mod presets;
mod realtime;
mod render;
mod second;
mod standalone;
mod state;
mod strict;
mod vst3;
