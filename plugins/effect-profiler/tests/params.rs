//! The parameters are frozen: ids, names, ranges, defaults and texts stand in `params.txt` and may only grow.

use std::fmt::Write as _;
use std::sync::Arc;

use effect_profiler::help;
use effect_profiler::params::{COUNTER_ID, Mapping, ProfilerParams};
use nfx_core::models::effect::{KnobInfo, ProfileConfig, ProfileInfo, ProfileModel, RecurrentConfig};
use nfx_frame::snapshot::{Direct, ParamTable, Sink, Value};

#[path = "common/mod.rs"]
mod common;

fn table() -> (Arc<ProfilerParams>, ParamTable) {
    let params = Arc::new(ProfilerParams::default());
    (params.clone(), ParamTable::new(params))
}

fn listing(table: &ParamTable) -> String {
    let mut text = String::from("id\tname\tgroup\tleast\tdefault\tmost\tsteps\tflags\n");
    for entry in table.entries() {
        let of = |normalized| entry.text_of(normalized);
        let steps = entry.steps().map_or_else(|| "-".to_owned(), |steps| steps.to_string());
        let (least, default, most) = (of(0.0), of(entry.default_normalized()), of(1.0));
        let (id, name, group, flags) = (&entry.id, entry.name(), &entry.group, entry.flags().bits());
        writeln!(text, "{id}\t{name}\t{group}\t{least}\t{default}\t{most}\t{steps}\t{flags}").unwrap();
    }
    text
}

#[test]
fn the_parameters_are_those_of_the_snapshot() {
    let (_, table) = table();
    let found = listing(&table);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/params.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        expected, found,
        "parameters are frozen; a new one is added with UPDATE_SNAPSHOTS=1, an old one never changes"
    );
}

#[test]
fn ids_do_not_collide_in_the_hosts_hash() {
    // The framework's hash: 31-multiplier, top bit cleared.
    let hash = |id: &str| {
        id.bytes().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte))) & !(1 << 31)
    };
    let (_, table) = table();
    let mut hashes: Vec<u32> = table.entries().iter().map(|entry| hash(&entry.id)).collect();
    let all = hashes.len();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), all);
}

fn every_text_is_read(table: &ParamTable) {
    for entry in table.entries() {
        let steps = entry.steps().unwrap_or(1000).min(4096);
        for step in 0..=steps {
            let text = entry.text_of(step as f32 / steps as f32);
            let read = entry.read(&text).unwrap_or_else(|| panic!("{} cannot read its own {text:?}", entry.id));
            assert_eq!(entry.text_of(read), text, "{}", entry.id);
            assert_eq!(entry.read(&entry.text_of(read)), Some(read), "{}", entry.id);
        }
    }
}

#[test]
fn every_value_survives_its_text() {
    every_text_is_read(&table().1);
}

#[test]
fn hosts_text_entry_works() {
    let (_, table) = table();
    let plain = |id: &str, text: &str| {
        let entry = table.entry(id).unwrap();
        entry.read(text).map(|normalized| entry.plain_of(normalized))
    };
    let close = |found: Option<f32>, expected: f32| {
        assert!((found.unwrap() - expected).abs() < 1e-3 * expected.abs().max(1.0), "{found:?} {expected}")
    };
    close(plain("thr", "-18 dB"), -18.0);
    close(plain("ratio", "4:1"), 4.0);
    close(plain("ratio", "2.5"), 2.5);
    close(plain("att", "0.2 s"), 200.0);
    close(plain("rel", "80"), 80.0);
    close(plain("mix", "50 %"), 0.5);
    close(plain("dbu", "18 dBu"), 18.0);
    close(plain("knob3", "25 %"), 0.25);
    assert_eq!(plain("thr", "loud"), None);
    assert_eq!(plain("ratio", "4 dB"), None);
}

#[test]
fn the_embedded_compressor_is_driven_in_real_units() {
    let (params, table) = table();
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
        assert!((value - expected).abs() < 1e-3 * f32::abs(expected).max(1.0), "{}: {value}", info.name);
    }
}

#[test]
fn knobs_take_their_texts_from_the_profile() {
    let (params, table) = table();
    params.session.model.load_bytes("Pedal", &common::pedal(1)).unwrap();
    params.session.name_knobs();
    let entry = table.entry("knob1").unwrap();
    assert_eq!((entry.text_of(0.0), entry.text_of(1.0)), ("0.0".to_owned(), "10.0".to_owned()));
    let tone = table.entry("knob2").unwrap();
    assert_eq!(tone.text_of(0.5), "1000 Hz", "the middle of a logarithmic travel");
    assert_eq!(tone.read("1000 Hz").map(|x| (x * 1000.0).round()), Some(500.0));
    assert_eq!(table.entry("knob3").unwrap().text_of(0.25), "25.0 %", "a knob that the profile does not have");
    every_text_is_read(&table);
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
        ProfileModel::from_bytes(&common::bytes("x", ProfileConfig::Recurrent(config), info, 1)).unwrap()
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

#[test]
fn every_visible_parameter_has_a_sentence() {
    let (_, table) = table();
    for entry in table.entries().iter().filter(|entry| entry.id != COUNTER_ID) {
        let sentence = help::sentence(&entry.id);
        assert!(sentence.ends_with('.') && sentence.len() > 20, "{}", entry.id);
    }
}
