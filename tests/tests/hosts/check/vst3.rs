//! The VST3 bundle in pedalboard, a JUCE host. The Python script finds, this judges.

use crate::row::Row;
use nfx_tests::bundle;
use serde_json::Value;

/// What the script found, once for all checks of a plugin.
pub fn found<'a>(row: &'a Row, check: &str) -> &'a Value {
    let run = || {
        bundle::in_pedalboard(row.script, row.name, &bundle::presets(row.name).unwrap()).unwrap()
    };
    let found = &row.found.get_or_init(run)[check];
    assert!(
        found["error"].is_null(),
        "{check} failed in pedalboard:\n{}",
        found["error"].as_str().unwrap_or_default()
    );
    assert!(!found.is_null(), "the script knows no check {check}");
    found
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

pub fn loads_in_pedalboard(row: &Row) {
    let identity = found(row, "identity");
    let names = (identity["name"].as_str(), identity["manufacturer"].as_str());
    assert_eq!(names, (Some(row.name), Some("Latent Works")));
    assert_eq!(identity["is_effect"], row.is_effect());
    if !row.is_effect() {
        assert_eq!(
            (&identity["is_instrument"], identity["latency"].as_i64()),
            (&Value::Bool(true), Some(0))
        );
    }
}

pub fn has_the_parameters_of_the_clap(row: &Row) {
    let found = found(row, "parameters").as_array().unwrap();
    let names: Vec<&str> = found.iter().filter_map(|param| param["name"].as_str()).collect();
    for param in row.fresh().params().iter().filter(|param| !param.hidden) {
        assert!(
            names.contains(&param.name.as_str()),
            "{} is missing in {} names",
            param.name,
            names.len()
        );
    }
}

pub fn hears_automation(row: &Row) {
    let automate = found(row, "automate");
    assert_eq!(automate["finite"], true);
    assert!(number(&automate["change_at_end"]) > 0.05, "{automate}");
}

pub fn sounds_the_same_in_another_instance(row: &Row) {
    let state = found(row, "state");
    let digests = state["digests"].as_array().unwrap();
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]), "{state:#}");
    assert_eq!(state["stable"], true, "{state:#}");
}

pub fn hears_every_preset(row: &Row) {
    let presets = found(row, "preset_files").as_array().unwrap();
    assert!(presets.len() >= row.presets, "{} presets", presets.len());
    for preset in presets {
        assert!(preset["finite"] == true && number(&preset["peak"]) <= 4.0, "{preset}");
        // An instrument's *Init* is what a fresh instance plays.
        assert!(
            preset["changed"] == true || (!row.is_effect() && preset["name"] == "Init"),
            "{preset}"
        );
        assert!(row.is_effect() || number(&preset["rms"]) > 1e-3, "{preset}");
    }
    let unheard: Vec<&Value> =
        presets.iter().filter(|preset| number(&preset["difference"]) < 1e-3).collect();
    assert!(
        unheard.len() <= 1,
        "only the initial preset may sound as a fresh instance does, but: {unheard:?}"
    );
}

pub fn blocks_of_pedalboard_give_the_same_bits(row: &Row) {
    let blocks = found(row, "blocks").as_object().unwrap();
    let first = blocks.values().next().unwrap();
    let least = if row.is_effect() { 6 } else { 5 };
    assert!(blocks.len() >= least && blocks.values().all(|digest| digest == first), "{blocks:#?}");
}

pub fn pedalboard_plays_mono_and_stereo(row: &Row) {
    let layouts = found(row, "layouts");
    for channels in ["1", "2"] {
        let layout = &layouts[channels];
        assert_eq!(layout["shape"][0].to_string(), channels, "{layouts:#}");
        assert!(layout["finite"] == true && number(&layout["rms"]) > 0.003, "{layouts:#}");
    }
}

pub fn compensation_puts_the_sound_in_its_place(row: &Row) {
    for (rate, result) in found(row, "rates").as_object().unwrap() {
        assert_eq!(
            (result["lag"].as_i64(), result["finite"].as_bool()),
            (Some(0), Some(true)),
            "{rate} Hz: {result}"
        );
    }
}

pub fn bypassed_it_passes_the_sound(row: &Row) {
    let bypass = found(row, "bypass");
    assert!(number(&bypass["largest_difference"]) < 1e-6, "{bypass}");
}
