//! The program of its own keeps its state. One test, for a process has one program.

use std::sync::Arc;

use effect_profiler::Profiler;
use effect_profiler::params::{ProfilerParams, SourceChoice};
use nfx_frame::table::{Direct, ParamTable, Sink};
use nice_plug::plugin::{Plugin, PluginState};

#[test]
fn the_state_is_written_at_the_end_and_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    // SAFETY: this is the only test of its process, and no other thread runs yet.
    unsafe { std::env::set_var(nfx_frame::files::DATA_FOLDER_VARIABLE, folder.path()) };
    let result = effect_profiler::standalone::run(|| {
        let plugin = Profiler::default();
        // What the plugin's parameters are, and where its own stand.
        let table = ParamTable::new(Arc::new(ProfilerParams::default()));
        let own = plugin.params().param_map();
        let place = |id: &str| own.iter().find(|(known, ..)| known == id).unwrap().1;
        // SAFETY: the plugin is there.
        let now = |id: &str| unsafe { place(id).unmodulated_normalized_value() };
        let source = table.entry("source").unwrap();
        assert_eq!(source.text_of(now("source")), "Drums", "the first start has something to play");
        let knob = table.entry("thr").unwrap();
        Direct.set(place(&knob.id), knob.read("-12.5").unwrap());
        true
    });
    assert!(result);
    let path = folder.path().join("standalone/profiler.json");
    let state: PluginState = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let params = Arc::new(ProfilerParams::default());
    effect_profiler::standalone::restore(&params, state);
    assert!((params.threshold.value() + 12.5).abs() < 1e-4);
    assert_eq!(params.source.value(), SourceChoice::Drums);
}
