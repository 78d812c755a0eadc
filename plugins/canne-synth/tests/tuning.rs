//! Tunings by Scala's files: loaded, undone, kept in a project, left alone by presets, and refused
//! with a sentence.

mod common;

use std::path::PathBuf;

use canne_synth::standalone;
use common::checks::set;
use common::{instance, settle};
use nfx_core::engine::canne::equal_temperament;
use nfx_frame::editing::Label;
use nfx_frame::presets::PresetId;
use nfx_frame::snapshot::Value;
use nfx_frame::table::Direct;

const TWELVE: &str = "! 12tet.scl\n!\nTwelve equal\n12\n100.\n200.\n300.\n400.\n500.\n600.\n700.\n800.\n900.\n1000.\n1100.\n2/1\n";
const THIRDS: &str = "thirds\n3\n5/4\n25/16\n2/1\n";
const MAP: &str = "! a.kbm\n0\n0\n127\n60\n69\n432.0\n0\n";

fn file(folder: &tempfile::TempDir, name: &str, text: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn files_tune_the_keys_and_can_be_undone_and_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let (model, _) = instance();
    assert_eq!(model.params.controls(None).pitches, equal_temperament());
    model.load_tuning(&file(&folder, "12tet.scl", TWELVE.as_bytes()));
    assert_eq!(
        model.params.controls(None).pitches,
        equal_temperament(),
        "twelve equal steps are what was there"
    );
    assert_eq!(model.session().tuning().name(), "12tet.scl");
    settle(&model);
    model.load_tuning(&file(&folder, "thirds.SCL", THIRDS.as_bytes()));
    settle(&model);
    let third = model.params.controls(None).pitches[61];
    assert!((third - 63.863_137).abs() < 1e-4, "{third}");
    model.load_tuning(&file(&folder, "a.kbm", MAP.as_bytes()));
    settle(&model);
    let pitches = model.params.controls(None).pitches;
    let a = 69.0 + 12.0 * (432.0f64 / 440.0).log2();
    assert!((f64::from(pitches[69]) - a).abs() < 1e-4 && pitches[61] != third);
    assert_eq!(model.session().tuning().name(), "thirds.SCL, a.kbm");
    assert_eq!(model.undoable().as_deref(), Some("Tuning"));
    model.undo(&Direct);
    assert_eq!(model.params.controls(None).pitches[61], third);
    model.redo(&Direct);
    assert_eq!(model.params.controls(None).pitches, pitches);
    model.clear_tuning();
    assert!(model.session().tuning().is_plain());
    assert_eq!(model.params.controls(None).pitches, equal_temperament());
}

#[test]
fn a_project_holds_the_files_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let (model, _) = instance();
    // An old file in Latin-1.
    model.load_tuning(&file(&folder, "old.scl", b"r\xe9gulier\n3\n5/4\n25/16\n2/1\n"));
    model.load_tuning(&file(&folder, "a.kbm", MAP.as_bytes()));
    let state = standalone::save(&model.params);
    folder.close().unwrap();
    let (again, _) = instance();
    standalone::restore(&again.params, state.clone());
    assert_eq!(again.session().tuning(), model.session().tuning());
    assert!(again.session().tuning().scale.unwrap().text.starts_with("régulier"));
    assert_eq!(again.params.controls(None).pitches, model.params.controls(None).pitches);
    assert_eq!(standalone::save(&again.params).fields, state.fields);
    // A project of before knows of no tuning, and one that was changed by hand is played in equal
    // steps.
    for changed in [None, Some(r#"{"scale":{"name":"x","text":"x"}}"#), Some("7")] {
        let mut state = state.clone();
        state.fields.remove("tuning");
        state.fields.extend(changed.map(|json| ("tuning".to_owned(), json.to_owned())));
        standalone::restore(&again.params, state);
        assert_eq!(again.params.controls(None).pitches, equal_temperament());
        assert!(again.session().tuning().is_plain());
    }
}

#[test]
fn presets_leave_the_tuning_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (model, _) = instance();
    model.load_preset(&PresetId::Factory(0), &Direct);
    settle(&model);
    model.load_tuning(&file(&folder, "thirds.scl", THIRDS.as_bytes()));
    settle(&model);
    assert!(!model.is_edited(), "the tuning is no part of the preset");
    let tuned = model.params.controls(None).pitches;
    set(&model, "l1", Value::Number(0.1));
    assert!(model.save_preset(Label::named("Tuned"), false));
    assert!(!model.is_edited());
    model.load_preset(&PresetId::Factory(0), &Direct);
    assert_eq!(model.params.controls(None).pitches, tuned);
    let (elsewhere, _) = instance();
    let id = model.preset_list("Tuned")[0].id.clone();
    elsewhere.load_preset(&id, &Direct);
    assert_eq!(elsewhere.params.controls(None).pitches, equal_temperament());
}

#[test]
fn a_faulty_file_gets_a_sentence_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (model, _) = instance();
    model.load_tuning(&file(&folder, "thirds.scl", THIRDS.as_bytes()));
    let tuned = model.params.controls(None).pitches;
    let hostile: Vec<u8> = (0..=255).cycle().take(5000).collect();
    for (name, bytes, expected) in [
        ("bad.scl", &b"bad\n2\n3/2\nhello\n"[..], "bad.scl: Line 4: a pitch"),
        ("empty.scl", b"", "empty.scl: "),
        ("bad.kbm", b"0\n0\n127\n60\n69\n0\n0\n", "bad.kbm: Line 6: a frequency"),
        ("noise.scl", &hostile, "noise.scl: "),
        ("noise.kbm", &hostile, "noise.kbm: "),
        ("huge.scl", &vec![b'1'; 2_000_000], "at most 1048576 bytes"),
    ] {
        let sentence = model.session().tuning().with_file(&file(&folder, name, bytes)).unwrap_err();
        assert!(sentence.contains(expected) && sentence.ends_with('.'), "{sentence}");
        model.load_tuning(&folder.path().join(name));
        assert_eq!(model.params.controls(None).pitches, tuned, "{name}");
    }
    let missing = model.session().tuning().with_file(&folder.path().join("none.scl")).unwrap_err();
    assert!(missing.starts_with("none.scl could not be read"), "{missing}");
}
