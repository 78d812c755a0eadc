//! What strict validators ask of a CLAP instrument.

use crate::common::{active, assert_same, fresh, library, phrase};
use nfx_tests::bundle;
use nfx_tests::clap_host::Take;
use std::time::Instant;

#[test]
fn the_bundle_says_what_it_is() {
    let all = library().descriptions();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].id.as_str(), all[0].name.as_str(), all[0].vendor.as_str()),
        ("works.latent.canne", "CANNe", "Latent Works")
    );
    for feature in ["instrument", "synthesizer", "stereo"] {
        assert!(all[0].features.iter().any(|found| found == feature), "{feature} in {:?}", all[0].features);
    }
}

#[test]
fn a_scan_takes_less_than_100_ms() {
    let path = bundle::clap("CANNe").unwrap();
    let scan = || {
        let start = Instant::now();
        let mut plugin = nfx_tests::clap_host::Library::open(&path).unwrap().create().unwrap();
        assert!(!plugin.params().is_empty());
        start.elapsed()
    };
    let least = (0..5).map(|_| scan()).min().unwrap();
    assert!(least.as_millis() < 100, "opening, creating and listing parameters took {least:?}");
}

#[test]
fn it_has_notes_in_stereo_out_and_nothing_else() {
    let plugin = active(48_000.0, 512);
    assert!(plugin.layout().inputs.is_empty());
    assert_eq!(plugin.layout().outputs, [2]);
}

#[test]
fn an_id_with_trailing_garbage_is_refused() {
    for id in ["works.latent.cannes", "works.latent.canne ", "works.latent", ""] {
        assert!(library().create_by_id(id).is_err(), "`{id}` was expected to be refused");
    }
}

#[test]
fn many_instances_come_and_go() {
    for _ in 0..10 {
        let library = library();
        let mut plugins: Vec<_> = (0..3).map(|_| library.create().unwrap()).collect();
        plugins[0].activate(48_000.0, 64).unwrap();
        plugins.remove(1);
        plugins[0].play(&Take::notes(1000, phrase(1000))).unwrap();
    }
}

#[test]
fn parameters_are_in_order() {
    let mut plugin = fresh();
    let params = plugin.params();
    let mut ids: Vec<u32> = params.iter().map(|param| param.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), params.len(), "two parameters share an id");
    for param in &params {
        assert!(param.min < param.max && (param.min..=param.max).contains(&param.default), "{param:?}");
        assert_eq!(plugin.value(param.id).unwrap(), param.default, "{} does not begin at its default", param.name);
    }
    for name in ["Slider 1", "Slider 8", "Morph X", "Shift", "Drone", "LFO to slider 3", "Amp attack"] {
        assert!(plugin.param(name).unwrap().automatable, "{name}");
    }
}

#[test]
fn every_value_reads_back_from_its_text() {
    let mut plugin = fresh();
    for param in plugin.params() {
        for step in 0..=40 {
            let value = param.at(f64::from(step) / 40.0);
            let text = plugin.text(param.id, value).unwrap();
            let read = plugin
                .parse(param.id, &text)
                .unwrap_or_else(|| panic!("{}: its own text `{text}` is not understood", param.name));
            assert_eq!(text, plugin.text(param.id, read).unwrap(), "{} at {value}", param.name);
        }
    }
}

#[test]
fn events_of_a_foreign_namespace_are_ignored() {
    let plain = Take::notes(40_000, phrase(40_000));
    let expected = active(48_000.0, 512).play(&plain).unwrap();
    let foreign = Take { foreign_events: true, ..plain };
    assert_same(&expected, &active(48_000.0, 512).play(&foreign).unwrap(), "with foreign events");
}
