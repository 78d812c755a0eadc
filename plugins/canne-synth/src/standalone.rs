//! The program of its own: MIDI from the system, the computer's keys, and a state that is kept from
//! one start to the next.

use std::sync::Arc;

use nfx_frame::standalone::Program;
use nice_plug::plugin::PluginState;

use crate::params::CanneParams;

static PROGRAM: Program<CanneParams> = Program::new();

/// Runs the program; see [`Program::run`].
pub fn run(play: impl FnOnce() -> bool) -> bool {
    PROGRAM.run("canne.json", play)
}

/// Whether this process is the program and not a host: then the computer's keys are free to play
/// notes.
#[must_use]
pub fn is_running() -> bool {
    PROGRAM.is_running()
}

/// See [`Program::adopt`].
pub(crate) fn adopt(params: &Arc<CanneParams>) {
    PROGRAM.adopt(params, |_| ());
}

/// Puts a saved state into parameters that no host has yet.
pub fn restore(params: &Arc<CanneParams>, state: PluginState) {
    nfx_frame::standalone::restore(params, state);
}

/// The state as it is now.
#[must_use]
pub fn save(params: &Arc<CanneParams>) -> PluginState {
    nfx_frame::standalone::save(params, env!("CARGO_PKG_VERSION"))
}
