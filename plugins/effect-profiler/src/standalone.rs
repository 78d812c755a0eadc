//! The program of its own. The first start selects the built-in drums, so that there is something
//! to hear at once.

use std::sync::Arc;

use nfx_frame::snapshot::Value;
use nfx_frame::standalone::{Program, set_all};
use nice_plug::plugin::PluginState;

use crate::params::ProfilerParams;

static PROGRAM: Program<ProfilerParams> = Program::new();

/// Runs the program; see [`Program::run`].
pub fn run(play: impl FnOnce() -> bool) -> bool {
    PROGRAM.run("profiler.json", play)
}

/// See [`Program::adopt`].
pub(crate) fn adopt(params: &Arc<ProfilerParams>) {
    PROGRAM.adopt(params, |table| {
        let drums = Value::Choice("Drums".to_owned());
        set_all(
            table,
            [("source", drums), ("play", Value::Switch(true)), ("loop", Value::Switch(true))],
        );
    });
}

/// Puts a saved state into parameters that no host has yet.
pub fn restore(params: &Arc<ProfilerParams>, state: PluginState) {
    nfx_frame::standalone::restore(params, state);
}
