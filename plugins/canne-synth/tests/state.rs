//! What a project holds comes back; what no project can hold does no harm; sounds become
//! instruments and loops are written.

mod common;

#[path = "../../frame/testing/state.rs"]
mod checks;

use std::time::{Duration, Instant};

use canne_synth::editor_model::Job;
use canne_synth::session::LoopChoice;
use canne_synth::{Canne, standalone};
use common::checks::set;
use common::{instance, model, settle};
use nfx_core::engine::canne::{EventKind, LoopWish, render_loop};
use nfx_frame::clip::Clip;
use nfx_frame::editing::Label;
use nfx_frame::snapshot::Value;
use nfx_frame::table::Direct;
use nice_plug::params::Params as _;
use nice_plug::plugin::ParamValue;

fn wait(model: &canne_synth::editor_model::EditorModel) -> Job {
    let start = Instant::now();
    while matches!(model.job(), Job::Listening(_) | Job::Rendering) {
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    model.job()
}

#[test]
fn a_project_comes_back_as_it_was_saved() {
    let (editor, _) = instance();
    editor.session().model.load_bytes("mine", &model(true, 4)).unwrap();
    set(&editor, "shift", Value::Number(-7.5));
    set(&editor, "fshape", Value::Choice("Random".to_owned()));
    set(&editor, "voices", Value::Number(5.0));
    editor.session().set_position(1, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]);
    editor.session().set_loop_choice(LoopChoice { seconds: 2.5, depth: 0.25, note: None });
    editor.session().set_editor_size(1200, 700);
    let state = standalone::save(&editor.params);
    let (again, _) = instance();
    standalone::restore(&again.params, state.clone());
    let (found, expected) = (again.snapshot(), editor.snapshot());
    for (id, value) in &expected.params {
        // A plain value takes a way through 0 to 1, in single precision.
        match (value, &found.params[id]) {
            (Value::Number(a), Value::Number(b)) => {
                assert!((a - b).abs() <= 1e-5 * a.abs().max(1.0), "{id}: {a} {b}")
            }
            (a, b) => assert_eq!(a, b, "{id}"),
        }
    }
    assert!(found.extra == expected.extra && found.model == expected.model);
    assert_eq!(again.session().loop_choice(), LoopChoice { seconds: 2.5, depth: 0.25, note: None });
    assert_eq!(again.session().editor_size(), (1200, 700));
    assert_eq!(standalone::save(&again.params).fields, state.fields);
}

#[test]
fn a_newer_versions_fields_are_kept_and_an_older_ones_missing_ones_take_defaults() {
    let (editor, _) = instance();
    let mut state = standalone::save(&editor.params);
    state.fields.insert("tomorrow".to_owned(), "[1,2]".to_owned());
    state.fields.remove("positions");
    state.fields.remove("loop");
    editor.session().set_position(0, [0.9; 8]);
    standalone::restore(&editor.params, state);
    assert_eq!(editor.session().position(0), [0.5; 8]);
    assert_eq!(editor.session().loop_choice(), LoopChoice::default());
    assert_eq!(editor.params.serialize_fields()["tomorrow"], "[1,2]");
}

#[test]
fn what_no_parameter_can_hold_is_limited_or_removed() {
    let state = checks::filtered::<Canne>([
        ("l1", ParamValue::F32(f32::INFINITY)),
        ("l2", ParamValue::F32(f32::NAN)),
        ("voices", ParamValue::I32(0)),
        ("bend", ParamValue::I32(12)),
        ("fdiv", ParamValue::I32(99)),
        ("drone", ParamValue::F32(1.0)),
    ]);
    let left: Vec<_> = state.params.keys().cloned().collect();
    assert_eq!(left, ["bend", "l1"]);
    assert!(matches!(state.params["l1"], ParamValue::F32(1.0)));
}

#[test]
fn positions_that_are_no_numbers_become_some() {
    let (editor, _) = instance();
    editor.session().set_position(0, [f32::NAN, f32::INFINITY, -3.0, 7.0, 0.25, 0.0, 1.0, 0.5]);
    assert_eq!(editor.session().position(0), [0.5, 0.5, 0.0, 1.0, 0.25, 0.0, 1.0, 0.5]);
    editor.session().set_loop_choice(LoopChoice { seconds: f32::NAN, depth: 9.0, note: Some(200) });
    assert_eq!(
        editor.session().loop_choice(),
        LoopChoice { seconds: 4.0, depth: 1.0, note: Some(127) }
    );
}

/// A file of a second of a tone on A3.
fn tone(folder: &std::path::Path) -> std::path::PathBuf {
    let path = folder.join("my tone.wav");
    let tone = |i: usize| {
        let t = i as f32 / 44_100.0;
        let wave = (1..=6)
            .map(|k| (std::f32::consts::TAU * 220.0 * k as f32 * t).sin() * 0.3 / k as f32)
            .sum::<f32>();
        wave * (-2.0 * t).exp()
    };
    Clip { channels: vec![(0..44_100).map(tone).collect()], rate_hz: 44_100.0 }
        .write_wav(&path)
        .unwrap();
    path
}

#[test]
fn a_sound_becomes_an_instrument_and_undo_takes_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let (editor, mut notes) = instance();
    editor.session().model.load_bytes("whole", &model(true, 4)).unwrap();
    set(&editor, "shift", Value::Number(20.0));
    editor.commit("Shift");
    settle(&editor);
    editor.open_sample(&tone(folder.path()));
    assert!(matches!(wait(&editor), Job::Found(name, _) if name == "my tone.wav"));
    assert!(editor.session().taken().is_none(), "nothing is played before the tick");
    settle(&editor);
    let view = editor.sample_view();
    assert_eq!(
        (view.name.as_deref(), view.key, view.chosen, view.plays),
        (Some("my tone.wav"), Some(57), Some(0), true)
    );
    let names: Vec<&str> = view.ways.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["As recorded", "In the palette", "Held", "Still"]);
    assert_eq!(editor.session().preset_name(), "my tone");
    assert_eq!(editor.params.shift.value(), 0.0, "what is no part of it rests");
    assert_eq!(editor.params.amp.plain().attack_ms, 2.0);
    // The key was struck, to hear it.
    notes.begin(64, 44_100.0, 1);
    assert!(notes.events().iter().any(|e| matches!(e.kind, EventKind::NoteOn { note: 57, .. })));
    // Each way is another sound; the last has no take.
    let first = editor.session().taken().unwrap();
    editor.choose_candidate(1, &Direct);
    assert_ne!(editor.session().taken().unwrap(), first);
    editor.choose_candidate(3, &Direct);
    assert!(editor.session().taken().is_none());
    settle(&editor);
    editor.undo(&Direct);
    editor.undo(&Direct);
    editor.undo(&Direct);
    assert_eq!(editor.params.shift.value(), 20.0);
    assert!(editor.session().taken().is_none());
}

#[test]
fn chance_makes_four_others_of_a_way() {
    let folder = tempfile::tempdir().unwrap();
    let (editor, _) = instance();
    editor.session().model.load_bytes("half", &model(false, 4)).unwrap();
    editor.open_sample(&tone(folder.path()));
    assert!(
        matches!(wait(&editor), Job::Found(..)),
        "a palette without an encoder can play sounds, too"
    );
    editor.tick(&Direct);
    let parent = editor.session().taken().unwrap();
    editor.mutate_by(5);
    wait(&editor);
    editor.tick(&Direct);
    let child = editor.session().taken().unwrap();
    assert_ne!(child, parent);
    assert!(editor.sample_view().ways.iter().all(|(name, _)| name.starts_with("Mutant")));
    // Ways of one model are none of another's.
    editor.session().model.load_bytes("whole", &model(true, 4)).unwrap();
    assert!(editor.sample_view().ways.is_empty() && editor.sample_view().plays);
    editor.drop_take();
    assert!(!editor.sample_view().plays);
}

#[test]
fn a_take_is_part_of_project_and_preset() {
    let folder = tempfile::tempdir().unwrap();
    let (editor, _) = instance();
    editor.session().model.load_bytes("whole", &model(true, 4)).unwrap();
    editor.open_sample(&tone(folder.path()));
    wait(&editor);
    editor.tick(&Direct);
    settle(&editor);
    let taken = editor.session().taken().unwrap();
    let state = standalone::save(&editor.params);
    let (again, _) = instance();
    standalone::restore(&again.params, state.clone());
    assert_eq!(again.session().taken(), Some(taken.clone()));
    assert!(state.fields["take"].len() < 40_000, "{} bytes", state.fields["take"].len());
    assert!(editor.save_preset(Label::named("Taken"), true));
    let id = editor.current_preset().0.unwrap();
    editor.load_preset(&nfx_frame::presets::PresetId::Factory(0), &Direct);
    assert!(editor.session().taken().is_none(), "a preset without a take has none");
    editor.load_preset(&id, &Direct);
    assert_eq!(editor.session().taken(), Some(taken));
    // One that was damaged is as none, and nothing else is lost.
    let mut damaged = state;
    damaged.fields.insert("take".to_owned(), "{\"name\":\"x\",\"bytes\":\"VEFLMQ==\"}".to_owned());
    standalone::restore(&again.params, damaged);
    assert!(again.session().taken().is_none());
}

#[test]
fn what_cannot_be_found_is_said_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let silent = folder.path().join("silent.wav");
    Clip { channels: vec![vec![0.0; 44_100]], rate_hz: 44_100.0 }.write_wav(&silent).unwrap();
    let (editor, _) = instance();
    editor.session().model.load_bytes("whole", &model(true, 4)).unwrap();
    let said = |path: &std::path::Path| {
        editor.open_sample(path);
        match wait(&editor) {
            Job::Failed(sentence) => sentence,
            other => panic!("{other:?}"),
        }
    };
    assert!(said(&silent).contains("it is silent"));
    assert!(said(&folder.path().join("nowhere.wav")).contains("could not be read"));
    editor.session().model.restore_json("{\"hash\":\"none\",\"name\":\"Gone\"}");
    assert!(said(&silent).contains("no model"));
    editor.dismiss_job();
    assert_eq!(editor.job(), Job::Idle);
}

#[test]
fn a_loop_is_written_as_the_engine_renders_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("loop.wav");
    let (editor, _) = instance();
    editor.session().model.load_bytes("whole", &model(true, 4)).unwrap();
    editor.session().set_loop_choice(LoopChoice { seconds: 0.75, depth: 0.3, note: Some(57) });
    set(&editor, "l1", Value::Number(0.8));
    editor.write_loop(&path);
    assert_eq!(wait(&editor), Job::Written(path.clone()));
    let found = Clip::decode("loop.wav", std::fs::read(&path).unwrap(), 60.0).unwrap();
    let expected = render_loop(
        editor.model().unwrap(),
        None,
        &editor.params.controls(None),
        LoopWish { note: Some(57.0), seconds: 0.75, depth: f64::from(0.3_f32) },
        44_100.0,
    )
    .unwrap();
    let same = (0..2).all(|c| found.channels[c].iter().zip(&expected).all(|(a, b)| *a == b[c]));
    assert!(same && found.len() == expected.len());
}

#[test]
fn without_a_model_there_are_sentences_and_no_sound() {
    let (editor, _) = instance();
    editor.session().model.restore_json("{\"hash\":\"none\",\"name\":\"Gone\"}");
    assert!(editor.model().is_none());
    assert!(editor.model_problem().unwrap().contains("The instrument is silent"));
    assert_eq!((editor.slider_count(), editor.place()), (8, None));
    editor.write_loop(std::path::Path::new("/nowhere/loop.wav"));
    assert!(matches!(wait(&editor), Job::Failed(sentence) if sentence.contains("no model")));
}
