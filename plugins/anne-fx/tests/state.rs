//! A project reopens as it was saved, on another machine too; what cannot be read is kept.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use anne_fx::Anne;
use anne_fx::models::EMBEDDED;
use anne_fx::params::AnneParams;
use anne_fx::session::SourceFile;
use checks::{bytes, fields, reopened};
use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use nice_plug::params::Params;
use nice_plug::plugin::ParamValue;

#[path = "../../frame/testing/state.rs"]
mod checks;

fn small_model(seed: u64) -> Vec<u8> {
    let stft = StftConfig::new(512, 128, Window::Hann).unwrap();
    ModelFile::random(AutoencoderConfig::hybrid(257, &[32, 8, 32]), stft, 44100.0, seed)
        .to_bytes(Precision::F16)
        .unwrap()
}

#[test]
fn saving_and_reopening_gives_the_same_bytes() {
    let params = checks::scattered::<AnneParams>();
    params.session.set_user_split(1, [3, 9, 27, 60]);
    params.session.muted.store(0x8000_0000_0000_0001, Relaxed);
    params.session.soloed.store(6, Relaxed);
    params.session.set_editor_size(1200, 800);
    params.session.set_preset_name("Tin \u{201c}Robot\u{201d}");
    params.session.source.put(Some(SourceFile {
        name: "a.wav".into(),
        path: "/x/a.wav".into(),
        bytes: Some("AAAA".into()),
    }));
    params.session.model.choose_embedded(EMBEDDED[1].hash).unwrap();
    let again = checks::saves_what_it_reopens(&params);
    assert_eq!(again.session.user_split(1), [3, 9, 27, 60]);
    assert_eq!(again.session.editor_size(), (1200, 800));
    assert_eq!(again.session.model.name(), EMBEDDED[1].name);
}

#[test]
fn a_users_model_travels_in_the_project() {
    let params = Arc::new(AnneParams::default());
    params.session.model.load_bytes("Mine", &small_model(1)).unwrap();
    let saved = bytes(&params);
    let model = params.session.model.model().unwrap();
    drop(params);
    let again = reopened::<AnneParams>(&saved);
    assert_eq!(again.session.model.name(), "Mine");
    assert_eq!(again.session.model.model().unwrap().card(), model.card());
    assert_eq!(again.session.model.problem(), None);
    assert_eq!(bytes(&again), saved);
}

#[test]
fn an_embedded_model_is_kept_by_its_hash_alone() {
    let params = Arc::new(AnneParams::default());
    assert!(bytes(&params).len() < 10_000);
    params.session.model.load_bytes("A copy", EMBEDDED[2].bytes).unwrap();
    assert_eq!(params.session.model.name(), EMBEDDED[2].name);
    assert!(bytes(&params).len() < 10_000);
}

#[test]
fn the_build_scripts_hashes_are_the_files() {
    checks::have_their_hashes(&EMBEDDED);
}

#[test]
fn a_missing_model_is_a_sentence_and_nothing_is_lost() {
    let params = AnneParams::default();
    checks::keeps_what_is_missing(&params, &params.session.model);
}

#[test]
fn damaged_bytes_are_kept_and_named() {
    let stored = nfx_frame::model_slot::StoredModel::user("Cracked", &small_model(2));
    let mut json = serde_json::to_value(&stored).unwrap();
    let encoded = json["bytes"].as_str().unwrap().to_owned();
    json["bytes"] = format!("{}AAAA{}", &encoded[..400], &encoded[404..]).into();
    let params = Arc::new(AnneParams::default());
    params.deserialize_fields(&fields(&[("model", &json.to_string())]));
    assert!(params.session.model.model().is_none());
    assert!(params.session.model.problem().unwrap().contains("damaged"));
    let saved: serde_json::Value =
        serde_json::from_str(&params.serialize_fields()["model"]).unwrap();
    assert_eq!(saved, json);
}

#[test]
fn an_unreadable_entry_is_saved_again_as_it_came() {
    for entry in ["", "null", "[1,2", "{\"hash\":7}", "\u{1F941}"] {
        let params = Arc::new(AnneParams::default());
        params.deserialize_fields(&fields(&[("model", entry)]));
        assert!(params.session.model.model().is_none(), "{entry}");
        assert_eq!(params.serialize_fields()["model"], entry);
        params.session.model.choose_embedded(EMBEDDED[0].hash).unwrap();
        assert!(params.session.model.model().is_some());
    }
}

#[test]
fn fields_of_a_newer_version_are_kept() {
    let params = Arc::new(AnneParams::default());
    params.deserialize_fields(&fields(&[
        ("hologram", "{\"depth\":3}"),
        ("editor", "\"big\""),
        ("muted", "{}"),
    ]));
    let saved = params.serialize_fields();
    assert_eq!(saved["hologram"], "{\"depth\":3}");
    assert!(params.session.model.model().is_some());
}

#[test]
fn a_refused_file_leaves_the_model_in_use() {
    checks::refuses(&AnneParams::default().session.model, &[("noise", vec![7; 4000])]);
}

#[test]
fn instances_share_an_embedded_model() {
    let (one, two) = (AnneParams::default(), AnneParams::default());
    assert!(Arc::ptr_eq(&one.session.model.model().unwrap(), &two.session.model.model().unwrap()));
}

#[test]
fn a_file_of_an_earlier_version_is_the_model_of_today() {
    for entry in &EMBEDDED {
        assert!(entry.earlier.len() >= 2, "{}: released twice with another card", entry.name);
        for hash in entry.earlier {
            assert_ne!(*hash, entry.hash, "{} stands for itself", entry.name);
            let params = AnneParams::default();
            params.session.model.choose_embedded(hash).unwrap();
            assert_eq!(params.session.model.name(), entry.name);
        }
    }
}

#[test]
fn what_no_parameter_can_hold_is_limited_or_removed() {
    let state = checks::filtered::<Anne>([
        ("a", ParamValue::F32(f32::INFINITY)),
        ("b", ParamValue::F32(f32::NAN)),
        ("c", ParamValue::F32(1.000_000_1)),
        ("split", ParamValue::I32(99)),
        ("stereo", ParamValue::I32(-1)),
        ("mchg", ParamValue::I32(70000)),
        ("mix", ParamValue::Bool(true)),
        ("from a newer version", ParamValue::I32(7)),
    ]);
    let left: Vec<_> = state.params.keys().cloned().collect();
    assert_eq!(left, ["a", "c", "detail", "from a newer version", "resp"]);
    assert!(matches!(state.params["a"], ParamValue::F32(5.5)));
    assert!(matches!(state.params["c"], ParamValue::F32(v) if v == 1.000_000_1));
}
