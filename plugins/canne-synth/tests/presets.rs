//! Factory presets load, differ, sound, and come out as files that hosts read; the user's come back
//! as they were saved.

#[macro_use]
mod common;

use std::sync::Arc;

use canne_synth::factory;
use canne_synth::models::LIBRARY;
use canne_synth::params::CanneParams;
use common::checks::{self, set};
use common::{instance, model, settle};
use nfx_core::engine::canne::{CanneEngine, Event, EventKind};
use nfx_frame::editing::Label;
use nfx_frame::params::Kept;
use nfx_frame::presets::{Preset, PresetId};
use nfx_frame::snapshot::{Session as _, Value};
use nfx_frame::table::{Direct, ParamTable};

check_presets!(canne_synth, instance().0, edit: "l1" to 0.0);

#[test]
fn there_are_at_least_sixty_and_each_is_its_own() {
    let presets = factory::all().unwrap();
    let table = ParamTable::new(Arc::new(CanneParams::default()));
    checks::are_sound(&presets, 60, &table, |hash| LIBRARY.find(hash).is_some());
}

/// Two seconds of a preset: a chord held for one of them.
fn sound(preset: &Preset) -> Vec<f32> {
    let (model, _) = instance();
    model.table().apply(&preset.snapshot.params, Kept::Preset, &Direct);
    model.session().restore(preset.snapshot.model.as_ref(), &preset.snapshot.extra);
    let mut engine = CanneEngine::new(model.model().unwrap(), 44_100.0).unwrap();
    let controls = model.params.controls(None);
    let (mut left, mut right) = (vec![0.0; 88_200], vec![0.0; 88_200]);
    let chord = [48, 55, 60];
    let on = chord.map(|note| Event {
        at: 0,
        kind: EventKind::NoteOn { channel: 0, note, velocity: 0.8, id: -1 },
    });
    let off = chord.map(|note| Event {
        at: 44_100,
        kind: EventKind::NoteOff { channel: 0, note, velocity: 0.0, id: -1 },
    });
    engine.process(&controls, &[on, off].concat(), &mut left, &mut right);
    left
}

#[test]
fn each_is_heard_at_a_level_like_the_others() {
    for preset in factory::all().unwrap() {
        let sound = sound(&preset);
        let peak = sound.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        let loudest = sound
            .chunks(4410)
            .map(|part| part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32);
        let db = 10.0 * loudest.fold(0.0, f32::max).max(1e-12).log10();
        println!("{:<24} peak {peak:.2}, loudest tenth of a second {db:.1} dB", preset.name);
        assert!(sound.iter().all(|sample| sample.is_finite()) && peak <= 4.0, "{}", preset.name);
        assert!((-32.0..=-3.0).contains(&db), "{}: {db:.1} dB", preset.name);
    }
}

#[test]
fn a_preset_of_the_users_comes_back_with_pad_and_model() {
    let (model, _) = instance();
    model.session().model.load_bytes("My own", &common::model(true, 9)).unwrap();
    set(&model, "l2", Value::Number(0.25));
    set(&model, "mode", Value::Choice("Legato".to_owned()));
    model.session().set_position(3, [0.125; 8]);
    assert!(model.save_preset(Label::named("Round trip"), false));
    let saved = model.snapshot();
    let (id, _) = model.current_preset();
    model.load_preset(&PresetId::Factory(0), &Direct);
    assert_ne!(model.snapshot(), saved);
    let (elsewhere, _) = instance();
    elsewhere.load_preset(&id.unwrap(), &Direct);
    assert_eq!(elsewhere.snapshot(), saved);
    assert_eq!(
        (elsewhere.model_name(), elsewhere.current_preset().1),
        ("My own".to_owned(), "Round trip".to_owned())
    );
}

#[test]
fn tuning_and_mpe_are_not_a_presets_business() {
    let (model, _) = instance();
    set(&model, "tune", Value::Number(432.0));
    set(&model, "l1", Value::Number(0.0));
    set(&model, "mpe", Value::Switch(true));
    model.load_preset(&PresetId::Factory(0), &Direct);
    let now = model.table().capture(Kept::Project);
    assert!(matches!(now["tune"], Value::Number(hz) if (hz - 432.0).abs() < 1e-3));
    assert_eq!((&now["mpe"], &now["l1"]), (&Value::Switch(true), &Value::Number(0.5)));
}

#[test]
fn edits_are_noticed_undone_and_compared() {
    let (model, _) = instance();
    model.load_preset(&PresetId::Factory(0), &Direct);
    settle(&model);
    assert!(!model.is_edited());
    let preset = model.snapshot();
    model.store_corner(2);
    settle(&model);
    model.set_sliders(&[0.9; 8], &Direct);
    model.commit("Sliders");
    settle(&model);
    assert!(model.is_edited());
    let edited = model.snapshot();
    assert_eq!(model.undoable().as_deref(), Some("Sliders"));
    model.undo(&Direct);
    model.undo(&Direct);
    assert_eq!(model.snapshot(), preset);
    model.redo(&Direct);
    model.redo(&Direct);
    assert_eq!(model.snapshot(), edited);
    model.swap_ab(&Direct);
    assert!(model.is_b() && model.snapshot() != edited);
    model.swap_ab(&Direct);
    assert_eq!(model.snapshot(), edited);
}

#[test]
fn randomising_leaves_locks_alone_and_turns_the_pad_off() {
    let (editor, _) = instance();
    editor.session().model.load_bytes("six", &model(false, 1)).unwrap();
    set(&editor, "morph", Value::Number(0.5));
    editor.locks.store(0b10, std::sync::atomic::Ordering::Relaxed);
    let before = editor.table().capture(Kept::Project);
    editor.randomise(1.0, &Direct);
    let after = editor.table().capture(Kept::Project);
    for id in ["l1", "l3", "l6"] {
        assert_ne!(before[id], after[id], "{id}");
    }
    for id in ["l2", "l7", "l8"] {
        assert_eq!(before[id], after[id], "{id}: locked, or not the model's");
    }
    assert_eq!(after["morph"], Value::Number(0.0));
}
