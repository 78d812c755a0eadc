//! The parameters are frozen: ids, names, ranges, defaults and texts stand in `params.txt` and may
//! only grow.

use effect_profiler::params::{Mapping, ProfilerParams};
use nfx_core::models::effect::{
    KnobInfo, ProfileConfig, ProfileInfo, ProfileModel, RecurrentConfig,
};
use nfx_frame::snapshot::Value;
use nfx_frame::table::{Direct, Sink};

#[path = "../../frame/testing/params.rs"]
#[macro_use]
mod checks;

#[path = "common/mod.rs"]
mod common;

check_parameters!(ProfilerParams, stable: true);

#[test]
fn hosts_text_entry_works() {
    let (_, table) = checks::table::<ProfilerParams>();
    let plain = |id: &str, text: &str| checks::typed(&table, id, text);
    let texts = [
        ("thr", "-18 dB", -18.0),
        ("ratio", "4:1", 4.0),
        ("ratio", "2.5", 2.5),
        ("att", "0.2 s", 200.0),
        ("rel", "80", 80.0),
        ("mix", "50 %", 0.5),
        ("dbu", "18 dBu", 18.0),
        ("knob3", "25 %", 0.25),
    ];
    checks::all_typed(&table, &texts);
    assert_eq!(plain("thr", "loud"), None);
    assert_eq!(plain("ratio", "4 dB"), None);
}

#[test]
fn the_embedded_compressor_is_driven_in_real_units() {
    let (params, table) = checks::table::<ProfilerParams>();
    let model = params.session.model.model().unwrap();
    let mapping = Mapping::of(&model);
    assert!(mapping.is_compressor() && model.uses_side_chain(), "{:?}", model.info().knobs);
    let set = |id: &str, value: f32| {
        let entry = table.entry(id).unwrap();
        Direct.set(entry.ptr(), entry.normalized_of(&Value::Number(value)).unwrap());
    };
    for (id, value) in [("thr", -31.5), ("ratio", 6.0), ("att", 20.0), ("rel", 300.0)] {
        set(id, value);
    }
    let values = params.knob_values(&model, &mapping);
    for (info, value) in model.info().knobs.iter().zip(values) {
        let expected = match info.name.to_lowercase().as_str() {
            "threshold" => -31.5,
            "ratio" => 6.0,
            "attack" => {
                if info.unit == "s" {
                    0.02
                } else {
                    20.0
                }
            }
            _ => {
                if info.unit == "s" {
                    0.3
                } else {
                    300.0
                }
            }
        };
        assert!(
            (value - expected).abs() < 1e-3 * f32::abs(expected).max(1.0),
            "{}: {value}",
            info.name
        );
    }
}

#[test]
fn knobs_take_their_texts_from_the_profile() {
    let (params, table) = checks::table::<ProfilerParams>();
    params.session.model.load_bytes("Pedal", &common::pedal(1)).unwrap();
    params.session.name_knobs();
    let entry = table.entry("knob1").unwrap();
    assert_eq!((entry.text_of(0.0), entry.text_of(1.0)), ("0.0".to_owned(), "10.0".to_owned()));
    let tone = table.entry("knob2").unwrap();
    assert_eq!(tone.text_of(0.5), "1000 Hz", "the middle of a logarithmic travel");
    assert_eq!(tone.read("1000 Hz").map(|x| (x * 1000.0).round()), Some(500.0));
    assert_eq!(
        table.entry("knob3").unwrap().text_of(0.25),
        "25.0 %",
        "a knob that the profile does not have"
    );
    checks::survive_their_texts(&table, true);
    let model = params.session.model.model().unwrap();
    let mapping = Mapping::of(&model);
    assert!(!mapping.is_compressor());
    Direct.set(entry.ptr(), 0.3);
    assert!((params.knob_values(&model, &mapping)[0] - 3.0).abs() < 1e-4);
}

#[test]
fn what_is_only_called_so_is_no_compressor() {
    let knob = |name: &str, min: f32, max: f32| KnobInfo::linear(name, min, max, min);
    let model = |knobs: Vec<KnobInfo>| {
        let config = RecurrentConfig { knobs: knobs.len(), ..common::lstm() };
        let info = ProfileInfo { knobs, ..ProfileInfo::default() };
        ProfileModel::from_bytes(&common::bytes("x", ProfileConfig::Recurrent(config), info, 1))
            .unwrap()
    };
    let four = |threshold: f32| {
        vec![
            knob("Ratio", 2.0, 4.0),
            knob("Threshold", threshold, 0.0),
            knob("Attack", 1.0, 100.0),
            knob("Release", 10.0, 1000.0),
        ]
    };
    assert!(Mapping::of(&model(four(-40.0))).is_compressor(), "any order");
    assert!(!Mapping::of(&model(four(-90.0))).is_compressor(), "beyond the parameter's range");
    assert!(!Mapping::of(&model(four(-40.0)[..3].to_vec())).is_compressor());
}
