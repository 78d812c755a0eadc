//! The program of its own: nice-plug's standalone, which keeps no state, and our own state file beside the presets.
//!
//! The state is read before the window opens, and written when it has changed: every few seconds and at the end. The first
//! start selects the built-in piano, so that there is something to hear at once.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nfx_plugin::files;
use nfx_plugin::snapshot::{Direct, Entry, ParamTable, Sink, Value};
use nice_plug::params::Params;
use nice_plug::plugin::{ParamValue, PluginState};

use crate::params::AnneParams;
use crate::state_check;

/// How often a changed state is written.
const EVERY: Duration = Duration::from_secs(3);

static PROGRAM: OnceLock<Program> = OnceLock::new();

struct Program {
    path: Option<PathBuf>,
    params: OnceLock<Arc<AnneParams>>,
}

/// Runs the program; returns whether it ended well. `play` is nice-plug's own `nice_export_standalone`, which the binary has.
pub fn run(play: impl FnOnce() -> bool) -> bool {
    let path = files::data_folder().map(|folder| folder.join("standalone/anne.json"));
    let program = PROGRAM.get_or_init(|| Program { path, params: OnceLock::new() });
    let ended = Arc::new(AtomicBool::new(false));
    let keeper = std::thread::spawn({
        let ended = ended.clone();
        move || keep(program, &ended)
    });
    let result = play();
    ended.store(true, Ordering::Relaxed);
    keeper.thread().unpark();
    // The keeper does not panic; if it did, the state of a few seconds ago is on disk.
    let _ = keeper.join();
    result
}

/// Called by each new instance: gives the first one of the program its saved state. Does nothing in a host.
pub(crate) fn adopt(params: &Arc<AnneParams>) {
    if let Some(program) = PROGRAM.get()
        && program.params.set(params.clone()).is_ok()
    {
        let saved = program.path.as_ref().and_then(|path| std::fs::read(path).ok());
        let read = saved.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        match read {
            Some(state) => restore(params, state),
            None => first_start(params),
        }
    }
}

fn first_start(params: &Arc<AnneParams>) {
    let table = ParamTable::new(params.clone());
    for (id, value) in
        [("source", Value::Choice("Piano".to_owned())), ("play", Value::Switch(true)), ("loop", Value::Switch(true))]
    {
        if let Some(entry) = table.entry(id)
            && let Some(normalized) = entry.normalized_of(&value)
        {
            Direct.set(entry.ptr(), normalized);
        }
    }
}

/// Puts a saved state into parameters that no host has yet.
pub fn restore(params: &Arc<AnneParams>, mut state: PluginState) {
    state_check::make_sane(&mut state);
    let table = ParamTable::new(params.clone());
    for (id, value) in &state.params {
        if let Some(entry) = table.entry(id)
            && let Some(normalized) = normalized_of(entry, value)
        {
            Direct.set(entry.ptr(), normalized);
        }
    }
    params.deserialize_fields(&state.fields);
}

fn normalized_of(entry: &Entry, value: &ParamValue) -> Option<f32> {
    match value {
        ParamValue::F32(plain) => entry.normalized_of(&Value::Number(*plain)),
        ParamValue::Bool(on) => entry.normalized_of(&Value::Switch(*on)),
        // An index of a choice, among as many as there are steps.
        ParamValue::I32(plain) => entry.steps().map(|steps| *plain as f32 / steps.max(1) as f32),
        ParamValue::String(_) => None,
    }
}

/// The state as it is now.
#[must_use]
pub fn save(params: &Arc<AnneParams>) -> PluginState {
    let table = ParamTable::new(params.clone());
    let values =
        table.entries().iter().map(|entry| (entry.id.clone(), entry.state_value(entry.normalized()))).collect();
    PluginState { version: env!("CARGO_PKG_VERSION").to_owned(), params: values, fields: params.serialize_fields() }
}

fn keep(program: &Program, ended: &AtomicBool) {
    let mut written = Vec::new();
    loop {
        std::thread::park_timeout(EVERY);
        let last = ended.load(Ordering::Relaxed);
        if let (Some(params), Some(path)) = (program.params.get(), &program.path)
            && let Ok(state) = serde_json::to_vec(&save(params))
            && state != written
            && files::write_atomically(path, &state).is_ok()
        {
            written = state;
        }
        if last {
            return;
        }
    }
}
