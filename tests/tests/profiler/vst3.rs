//! The VST3 bundle in pedalboard, a JUCE host. The Python script finds, this judges.

use crate::common::fresh;
use nfx_tests::bundle;
use serde_json::Value;
use std::sync::OnceLock;

/// What the script found, once for all tests.
fn found(check: &str) -> &'static Value {
    static FOUND: OnceLock<Value> = OnceLock::new();
    let run = || bundle::in_pedalboard("vst3_host.py", "Effect Profiler", &crate::presets::folder()).unwrap();
    let found = &FOUND.get_or_init(run)[check];
    assert!(found["error"].is_null(), "{check} failed in pedalboard:\n{}", found["error"].as_str().unwrap_or_default());
    assert!(!found.is_null(), "the script knows no check {check}");
    found
}

#[test]
fn it_loads_and_says_what_it_is() {
    let identity = found("identity");
    assert_eq!(
        (identity["name"].as_str(), identity["manufacturer"].as_str()),
        (Some("Effect Profiler"), Some("Latent Works"))
    );
    assert_eq!(identity["is_effect"], true);
}

#[test]
fn its_parameters_are_those_of_the_clap() {
    let names: Vec<&str> =
        found("parameters").as_array().unwrap().iter().filter_map(|param| param["name"].as_str()).collect();
    for param in fresh().params().iter().filter(|param| !param.hidden) {
        assert!(names.contains(&param.name.as_str()), "{} is missing in {names:?}", param.name);
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
    assert!(presets.len() >= 16, "{} presets", presets.len());
    for preset in presets {
        assert!(preset["finite"] == true && preset["peak"].as_f64().unwrap() <= 4.0, "{preset}");
        assert_eq!(preset["changed"], true, "{preset}");
    }
    let unheard: Vec<&Value> = presets.iter().filter(|preset| preset["difference"].as_f64().unwrap() < 1e-3).collect();
    assert!(unheard.len() <= 1, "only the initial preset may sound as a fresh instance does, but: {unheard:?}");
}

#[test]
fn mono_and_stereo_play() {
    let layouts = found("layouts");
    for channels in ["1", "2"] {
        let layout = &layouts[channels];
        assert_eq!(layout["shape"][0].to_string(), channels, "{layouts:#}");
        assert!(layout["finite"] == true && layout["rms"].as_f64().unwrap() > 0.003, "{layouts:#}");
    }
}

#[test]
fn any_block_size_gives_the_same_bits() {
    let blocks = found("blocks").as_object().unwrap();
    let first = blocks.values().next().unwrap();
    assert!(blocks.len() >= 6 && blocks.values().all(|digest| digest == first), "{blocks:#?}");
}

#[test]
fn the_hosts_compensation_puts_the_sound_in_its_place() {
    for (rate, result) in found("rates").as_object().unwrap() {
        assert_eq!(
            (result["lag"].as_i64(), &result["finite"]),
            (Some(0), &Value::Bool(true)),
            "at {rate} Hz: {result}"
        );
    }
}

#[test]
fn bypassed_it_passes_the_sound() {
    assert!(found("bypass")["largest_difference"].as_f64().unwrap() < 1e-6, "{}", found("bypass"));
}
