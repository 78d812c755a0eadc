//! A project reopens as it was saved, on another machine too; what cannot be read is kept.

use std::path::PathBuf;
use std::sync::Arc;

use checks::{bytes, reopened};
use effect_profiler::models::EMBEDDED;
use effect_profiler::params::ProfilerParams;
use effect_profiler::session::SourceFile;
use nfx_frame::snapshot::Session as _;

#[path = "../../frame/testing/state.rs"]
mod checks;
#[path = "common/mod.rs"]
mod common;

#[test]
fn saving_and_reopening_gives_the_same_bytes() {
    let params = checks::scattered::<ProfilerParams>();
    params.session.set_editor_size(1200, 800);
    params.session.set_preset_name("Drum \u{201c}Room\u{201d}");
    params.session.set_aligns(true);
    params.session.set_folder(Some(PathBuf::from("/captures/amps")));
    let file = |name: &str| SourceFile {
        name: name.into(),
        path: format!("/x/{name}"),
        bytes: Some("AAAA".into()),
    };
    params.session.source.put(Some(file("a.wav")));
    params.session.impulse.put_other(Some(file("cabinet.wav")));
    params.session.model.load_bytes("Pedal", &common::pedal(1)).unwrap();
    let again = checks::saves_what_it_reopens(&params);
    assert!(again.session.aligns());
    assert_eq!(again.session.impulse.file().unwrap().name, "cabinet.wav");
    assert_eq!(again.session.folder(), Some(PathBuf::from("/captures/amps")));
    assert_eq!(again.session.model.name(), "Pedal");
}

#[test]
fn a_users_profile_travels_in_the_project_as_the_file_it_was() {
    let params = Arc::new(ProfilerParams::default());
    let pedal = common::pedal(1);
    params.session.model.load_bytes("Mine", &pedal).unwrap();
    let saved = bytes(&params);
    drop(params);
    let again = reopened::<ProfilerParams>(&saved);
    assert_eq!(again.session.model.name(), "Mine");
    assert_eq!(again.session.model.problem(), None);
    let stored = again.session.stored_model().unwrap();
    assert_eq!(*stored, nfx_frame::model_slot::StoredModel::user("Mine", &pedal));
}

#[test]
fn a_nam_file_travels_as_it_is() {
    // An LSTM with one unit: 4 x (1 + 1) weights, 4 biases, state and cell, head and its bias.
    let weights: Vec<String> = (0..16).map(|i| format!("{:.2}", (i as f32 - 8.0) * 0.05)).collect();
    let nam = format!(
        r#"{{"version":"0.5.4","architecture":"LSTM","config":{{"input_size":1,"hidden_size":1,"num_layers":1}},
        "weights":[{}],"sample_rate":48000.0,"metadata":{{"name":"Tiny"}}}}"#,
        weights.join(",")
    );
    let params = Arc::new(ProfilerParams::default());
    params.session.model.load_bytes("Tiny", nam.as_bytes()).unwrap();
    let again = reopened::<ProfilerParams>(&bytes(&params));
    let stored = again.session.stored_model().unwrap();
    assert_eq!(*stored, nfx_frame::model_slot::StoredModel::user("Tiny", nam.as_bytes()));
    assert_eq!(again.session.model.model().unwrap().sample_rate_hz(), 48_000.0);
}

#[test]
fn an_embedded_profile_is_kept_by_its_hash_alone() {
    let params = Arc::new(ProfilerParams::default());
    assert!(bytes(&params).len() < 6000);
    params.session.model.load_bytes("A copy", EMBEDDED[0].bytes).unwrap();
    assert_eq!(params.session.model.name(), EMBEDDED[0].name);
    assert!(bytes(&params).len() < 6000);
}

#[test]
fn the_build_scripts_hashes_are_the_files() {
    checks::have_their_hashes(&EMBEDDED);
}

#[test]
fn a_missing_profile_is_a_sentence_and_nothing_is_lost() {
    let params = ProfilerParams::default();
    checks::keeps_what_is_missing(&params, &params.session.model);
}

#[test]
fn hostile_files_are_refused_in_words_and_leave_the_profile_in_use() {
    let lstm = |weights: &str| {
        format!(
            r#"{{"version":"0.5.4","architecture":"LSTM","config":{{"input_size":1,"hidden_size":1,"num_layers":1}},"weights":[{weights}]}}"#
        )
    };
    let deep = format!(
        r#"{{"version":"0.5.4","architecture":"LSTM","config":{}{}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let hostile = [
        ("garbage", vec![7; 4000]),
        ("empty", Vec::new()),
        ("too few weights", lstm("1,2,3").into_bytes()),
        ("no numbers", lstm("null,NaN").into_bytes()),
        ("huge numbers", lstm(&["1e39"; 16].join(",")).into_bytes()),
        (
            "huge sizes",
            lstm("1").replace("\"hidden_size\":1", "\"hidden_size\":999999999").into_bytes(),
        ),
        ("deep nesting", deep.into_bytes()),
        ("unknown kind", lstm("1").replace("LSTM", "Transformer").into_bytes()),
        ("another version", lstm("1").replace("0.5.4", "9.0.0").into_bytes()),
        ("cut in half", {
            let whole = common::pedal(3);
            whole[..whole.len() / 2].to_vec()
        }),
    ];
    checks::refuses(&ProfilerParams::default().session.model, &hostile);
}

#[test]
fn instances_share_the_embedded_profile() {
    let (one, two) = (ProfilerParams::default(), ProfilerParams::default());
    assert!(Arc::ptr_eq(&one.session.model.model().unwrap(), &two.session.model.model().unwrap()));
}
