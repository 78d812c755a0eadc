//! The state of a program of its own: nice-plug's standalone keeps none, so a file beside the
//! presets does.
//!
//! The state is read before the window opens, and written when it has changed: every few seconds
//! and at the end.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nice_plug::plugin::{ParamValue, PluginState};

use crate::params::Parameters;
use crate::snapshot::Value;
use crate::table::{Direct, Entry, ParamTable, Sink};
use crate::{files, state_check};

/// How often a changed state is written.
const EVERY: Duration = Duration::from_secs(3);

/// The one program of a process. Lives in a `static`; does nothing in a host.
pub struct Program<P: Parameters> {
    running: OnceLock<Running<P>>,
}

struct Running<P> {
    path: Option<PathBuf>,
    params: OnceLock<Arc<P>>,
}

impl<P: Parameters> Program<P> {
    /// No program yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { running: OnceLock::new() }
    }

    /// Runs the program with its state in `standalone/FILE` of the data folder; returns whether it
    /// ended well. `play` is nice-plug's own `nice_export_standalone`, which the binary has.
    pub fn run(&'static self, file: &str, play: impl FnOnce() -> bool) -> bool {
        let path = files::data_folder().map(|folder| folder.join("standalone").join(file));
        let running = self.running.get_or_init(|| Running { path, params: OnceLock::new() });
        let ended = Arc::new(AtomicBool::new(false));
        let saver = std::thread::spawn({
            let ended = ended.clone();
            move || save_changes(running, &ended)
        });
        let result = play();
        ended.store(true, Ordering::Relaxed);
        saver.thread().unpark();
        // The saver does not panic; if it did, the state of a few seconds ago is on disk.
        let _ = saver.join();
        result
    }

    /// Whether this process is the program and not a host.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.running.get().is_some()
    }

    /// Called by each new instance: gives the first one of the program its saved state, or calls
    /// `first_start` when there is none. Does nothing in a host.
    pub fn adopt(&self, params: &Arc<P>, first_start: impl FnOnce(&ParamTable)) {
        if let Some(running) = self.running.get()
            && running.params.set(params.clone()).is_ok()
        {
            let saved = running.path.as_ref().and_then(|path| std::fs::read(path).ok());
            match saved.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
                Some(state) => restore(params, state),
                None => first_start(&ParamTable::new(params.clone())),
            }
        }
    }
}

impl<P: Parameters> Default for Program<P> {
    fn default() -> Self {
        Self::new()
    }
}

/// Sets parameters that no host has yet; ids and values that do not fit are skipped.
pub fn set_all<'a>(table: &ParamTable, values: impl IntoIterator<Item = (&'a str, Value)>) {
    for (id, value) in values {
        if let Some(entry) = table.entry(id)
            && let Some(normalized) = entry.normalized_of(&value)
        {
            Direct.set(entry.ptr(), normalized);
        }
    }
}

/// Puts a saved state into parameters that no host has yet.
pub fn restore<P: Parameters>(params: &Arc<P>, mut state: PluginState) {
    let table = ParamTable::new(params.clone());
    state_check::make_sane(&table, &mut state);
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
        ParamValue::I32(plain) => {
            // A count, or an index of a choice among as many as there are steps.
            let counted = entry.normalized_of(&Value::Number(*plain as f32));
            let index = usize::try_from(*plain).ok();
            counted.or_else(|| entry.steps().and(index).map(|index| entry.normalized_at(index)))
        }
        ParamValue::String(_) => None,
    }
}

/// The state as it is now, as the program of `version` writes it.
#[must_use]
pub fn save<P: Parameters>(params: &Arc<P>, version: &str) -> PluginState {
    let table = ParamTable::new(params.clone());
    let values = table
        .entries()
        .iter()
        .map(|entry| (entry.id.clone(), entry.state_value(entry.normalized())))
        .collect();
    PluginState { version: version.to_owned(), params: values, fields: params.serialize_fields() }
}

fn save_changes<P: Parameters>(running: &Running<P>, ended: &AtomicBool) {
    let mut written = Vec::new();
    loop {
        std::thread::park_timeout(EVERY);
        let last = ended.load(Ordering::Relaxed);
        if let (Some(params), Some(path)) = (running.params.get(), &running.path)
            && let Ok(state) = serde_json::to_vec(&save(params, env!("CARGO_PKG_VERSION")))
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
