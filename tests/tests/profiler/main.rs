//! The built Effect Profiler in real hosts. `cargo xtask test` builds the bundles, makes the Python environment and runs
//! this; a missing bundle is a failure that names the command that makes it.

mod clicks;
mod common;
mod compressor;
mod files;
mod hostile;
mod layouts;
mod neutral;
mod presets;
mod realtime;
mod standalone;
mod state;
mod strict;
mod vst3;
