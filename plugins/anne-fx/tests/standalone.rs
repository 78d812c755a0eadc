//! The program of its own keeps its state. One test, for a process has one program.

use std::sync::Arc;

use anne_fx::Anne;
use anne_fx::params::{AnneParams, SourceChoice};
use nfx_frame::table::{Direct, ParamTable, Sink};
use nice_plug::plugin::{Plugin, PluginState};

#[test]
fn the_state_is_written_at_the_end_and_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    // SAFETY: this is the only test of its process, and no other thread runs yet.
    unsafe { std::env::set_var(nfx_frame::files::DATA_FOLDER_VARIABLE, folder.path()) };
    let result = anne_fx::standalone::run(|| {
        let plugin = Anne::default();
        // What the plugin's parameters are, and where its own stand.
        let table = ParamTable::new(Arc::new(AnneParams::default()));
        let own = plugin.params().param_map();
        let place = |id: &str| own.iter().find(|(known, ..)| known == id).unwrap().1;
        // SAFETY: the plugin is there.
        let now = |id: &str| unsafe { place(id).unmodulated_normalized_value() };
        let source = table.entry("source").unwrap();
        assert_eq!(source.text_of(now("source")), "Piano", "the first start has something to play");
        let knob = table.entry("c").unwrap();
        Direct.set(place(&knob.id), knob.read("4.5").unwrap());
        true
    });
    assert!(result);
    let path = folder.path().join("standalone/anne.json");
    let state: PluginState = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let params = Arc::new(AnneParams::default());
    anne_fx::standalone::restore(&params, state);
    assert!((params.knobs[2].value() - 4.5).abs() < 1e-4);
    assert_eq!(params.source.value(), SourceChoice::Piano);
}
