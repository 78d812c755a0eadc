//! The VST3 bundle in pedalboard, a JUCE host. The Python script finds, this judges.

use crate::common::fresh;
use nfx_tests::bundle;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::OnceLock;

fn presets() -> PathBuf {
    bundle::presets("CANNe").unwrap()
}

/// What the script found, once for all tests.
fn found(check: &str) -> &'static Value {
    static FOUND: OnceLock<Value> = OnceLock::new();
    let run = || bundle::in_pedalboard("vst3_instrument.py", "CANNe", &presets()).unwrap();
    let found = &FOUND.get_or_init(run)[check];
    assert!(found["error"].is_null(), "{check} failed in pedalboard:\n{}", found["error"].as_str().unwrap_or_default());
    assert!(!found.is_null(), "the script knows no check {check}");
    found
}

#[test]
fn it_loads_and_says_what_it_is() {
    let identity = found("identity");
    assert_eq!((identity["name"].as_str(), identity["manufacturer"].as_str()), (Some("CANNe"), Some("Latent Works")));
    assert_eq!((&identity["is_effect"], &identity["is_instrument"]), (&Value::Bool(false), &Value::Bool(true)));
    assert_eq!(identity["latency"], 0);
}

#[test]
fn its_parameters_are_those_of_the_clap() {
    let names: Vec<&str> =
        found("parameters").as_array().unwrap().iter().filter_map(|param| param["name"].as_str()).collect();
    for param in fresh().params().iter().filter(|param| !param.hidden) {
        assert!(names.contains(&param.name.as_str()), "{} is missing in {} names", param.name, names.len());
    }
}

#[test]
fn automation_is_heard() {
    let automate = found("automate");
    assert_eq!(automate["finite"], true);
    assert!(automate["change_at_end"].as_f64().unwrap() > 0.05, "{automate}");
}

#[test]
fn a_state_sounds_the_same_to_the_bit_in_another_instance() {
    let state = found("state");
    let digests = state["digests"].as_array().unwrap();
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]), "{state:#}");
    assert_eq!(state["stable"], true, "{state:#}");
}

#[test]
fn every_preset_loads_and_is_heard() {
    let presets = found("preset_files").as_array().unwrap();
    assert!(presets.len() >= 24, "{} presets", presets.len());
    for preset in presets {
        assert!(preset["finite"] == true && preset["peak"].as_f64().unwrap() <= 4.0, "{preset}");
        assert!(preset["rms"].as_f64().unwrap() > 1e-3, "{preset}");
        // *Init* is what a fresh instance plays.
        assert!(preset["changed"] == true || preset["name"] == "Init", "{preset}");
    }
    let unheard: Vec<&Value> = presets.iter().filter(|preset| preset["difference"].as_f64().unwrap() < 1e-3).collect();
    assert!(unheard.len() <= 1, "only the initial preset may sound as a fresh instance does, but: {unheard:?}");
}

#[test]
fn any_block_size_gives_the_same_bits() {
    let blocks = found("blocks").as_object().unwrap();
    let first = blocks.values().next().unwrap();
    assert!(blocks.len() >= 5 && blocks.values().all(|digest| digest == first), "{blocks:#?}");
}

#[test]
fn notes_begin_and_end_in_their_place_at_every_rate() {
    for (rate, result) in found("rates").as_object().unwrap() {
        assert_eq!(result["finite"], true, "at {rate} Hz: {result}");
        assert!((0.0..=15.0).contains(&result["begins_ms"].as_f64().unwrap()), "at {rate} Hz: {result}");
        assert_eq!(result["silent_at_end"], true, "at {rate} Hz: {result}");
    }
}

#[test]
fn wheel_bend_and_pedal_reach_it() {
    let midi = found("midi");
    for what in ["wheel", "bend", "pedal"] {
        assert!(midi[what].as_f64().unwrap() > 0.02, "{what}: {midi}");
    }
}

#[test]
fn registered_parameters_at_one_moment_are_understood() {
    let found = found("registered");
    println!("{found:#}");
    for case in ["range", "tuning", "zone"] {
        let number = |what: &str| found[case][what].as_f64().unwrap();
        assert!((number("hz") - 440.0).abs() < 0.5, "{case}: {} Hz, 440 were expected", number("hz"));
        assert!(number("at_pitch") > 10.0 * number("at_key"), "{case}: the key's own pitch sounds on");
    }
    let rms = |case: &str| found[case]["rms"].as_f64().unwrap();
    let db = 20.0 * (rms("expression") / rms("plain")).log10();
    assert!((db + 32.1).abs() < 0.5, "CC 11 at 20: {db} dB");
}

#[test]
fn the_preset_files_are_well_formed() {
    let files: Vec<PathBuf> = presets().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 24, "{} presets", files.len());
    for file in files {
        bundle::check_vst_preset(&file, b"LatentWorksCANN1").unwrap();
    }
}
