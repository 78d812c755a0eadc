//! Factory presets load, differ, sound, and come out as files that hosts read; the user's come back as they were saved.

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use canne_synth::factory;
use canne_synth::models::LIBRARY;
use canne_synth::params::{CanneParams, in_presets};
use common::{instance, model, set, settle};
use nfx_core::engine::canne::{CanneEngine, Event, EventKind};
use nfx_frame::editing::Label;
use nfx_frame::presets::tags::{TAGS, WILD};
use nfx_frame::presets::{Preset, PresetId};
use nfx_frame::project::INIT;
use nfx_frame::snapshot::{Direct, ParamTable, Session as _, Value};
use nice_plug::plugin::PluginState;

#[test]
fn there_are_at_least_sixty_and_each_is_its_own() {
    let presets = factory::all().unwrap();
    assert!(presets.len() >= 60, "{}", presets.len());
    let table = ParamTable::new(Arc::new(CanneParams::default()));
    let names: BTreeSet<_> = presets.iter().map(|preset| preset.name.clone()).collect();
    assert_eq!(names.len(), presets.len());
    let wild = presets.iter().filter(|preset| preset.tags.iter().any(|tag| tag == WILD)).count();
    assert!(wild * 10 <= presets.len(), "{wild} of {} presets are wild, and one in ten may be", presets.len());
    for (i, preset) in presets.iter().enumerate() {
        assert!(preset.description.ends_with('.') && !preset.category.is_empty(), "{}", preset.name);
        assert!(
            !preset.tags.is_empty() && preset.tags.iter().all(|tag| TAGS.contains(&tag.as_str())),
            "{}",
            preset.name
        );
        assert!(preset.shines.ends_with('.') || preset.name == INIT, "{}: on what does it shine?", preset.name);
        let model = preset.snapshot.model.as_ref().unwrap();
        assert!(LIBRARY.find(&model.hash).is_some(), "{} names a model that is not embedded", preset.name);
        for (id, value) in &preset.snapshot.params {
            let entry = table.entry(id).unwrap_or_else(|| panic!("{}: no parameter {id}", preset.name));
            assert!(in_presets(id), "{}: {id} does not belong in a preset", preset.name);
            let normalized =
                entry.normalized_of(value).unwrap_or_else(|| panic!("{}: {id} cannot be {value:?}", preset.name));
            if let Value::Number(number) = value {
                let plain = entry.plain_of(normalized);
                assert!((plain - number).abs() < 1e-3 * number.abs().max(1.0), "{}: {id} is out of range", preset.name);
            }
        }
        for other in &presets[..i] {
            assert_ne!(preset.snapshot, other.snapshot, "{} equals {}", preset.name, other.name);
        }
    }
}

/// Two seconds of a preset: a chord held for one of them.
fn sound(preset: &Preset) -> Vec<f32> {
    let (model, _) = instance();
    model.table().apply(&preset.snapshot.params, in_presets, &Direct);
    model.session().restore(preset.snapshot.model.as_ref(), &preset.snapshot.extra);
    let mut engine = CanneEngine::new(model.model().unwrap(), 44_100.0).unwrap();
    let controls = model.params.controls(None);
    let (mut left, mut right) = (vec![0.0; 88_200], vec![0.0; 88_200]);
    let chord = [48, 55, 60];
    let on = chord.map(|note| Event { at: 0, kind: EventKind::NoteOn { channel: 0, note, velocity: 0.8, id: -1 } });
    let off =
        chord.map(|note| Event { at: 44_100, kind: EventKind::NoteOff { channel: 0, note, velocity: 0.0, id: -1 } });
    engine.process(&controls, &[on, off].concat(), &mut left, &mut right);
    left
}

#[test]
fn each_is_heard_at_a_level_like_the_others() {
    for preset in factory::all().unwrap() {
        let sound = sound(&preset);
        let peak = sound.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        let loudest = sound.chunks(4410).map(|part| part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32);
        let db = 10.0 * loudest.fold(0.0, f32::max).max(1e-12).log10();
        println!("{:<24} peak {peak:.2}, loudest tenth of a second {db:.1} dB", preset.name);
        assert!(sound.iter().all(|sample| sample.is_finite()) && peak <= 4.0, "{}", preset.name);
        assert!((-32.0..=-3.0).contains(&db), "{}: {db:.1} dB", preset.name);
    }
}

#[test]
fn a_vst_preset_holds_the_state_that_the_plugin_would_save() {
    for preset in factory::all().unwrap() {
        let file = factory::vst_preset(&preset).unwrap();
        let number = |at: usize| usize::try_from(i64::from_le_bytes(file[at..at + 8].try_into().unwrap())).unwrap();
        let list = number(40);
        let (offset, size) = (number(list + 12), number(list + 20));
        let state: PluginState = serde_json::from_slice(&file[offset..offset + size]).unwrap();
        let (model, _) = instance();
        canne_synth::standalone::restore(&model.params, state);
        assert_eq!(model.session().preset_name(), preset.name);
        let now = model.snapshot();
        for (id, value) in &preset.snapshot.params {
            match (value, &now.params[id]) {
                (Value::Number(wanted), Value::Number(found)) => {
                    assert!((wanted - found).abs() < 1e-3 * wanted.abs().max(1.0), "{} {id}", preset.name)
                }
                (wanted, found) => assert_eq!(wanted, found, "{} {id}", preset.name),
            }
        }
        assert_eq!(now.extra, preset.snapshot.extra, "{}", preset.name);
        assert!(now.model.unwrap().is_same(preset.snapshot.model.as_ref().unwrap()));
    }
}

#[test]
fn vst_presets_are_written_into_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let paths = factory::write_vst_presets(folder.path()).unwrap();
    assert_eq!(paths.len(), factory::all().unwrap().len());
    assert!(paths.iter().all(|path| path.is_file()));
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
    assert_eq!((elsewhere.model_name(), elsewhere.current_preset().1), ("My own".to_owned(), "Round trip".to_owned()));
}

#[test]
fn tuning_and_mpe_are_not_a_presets_business() {
    let (model, _) = instance();
    set(&model, "tune", Value::Number(432.0));
    set(&model, "l1", Value::Number(0.0));
    set(&model, "mpe", Value::Switch(true));
    model.load_preset(&PresetId::Factory(0), &Direct);
    let now = model.table().capture(|_| true);
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
    let before = editor.table().capture(|_| true);
    editor.randomise(1.0, &Direct);
    let after = editor.table().capture(|_| true);
    for id in ["l1", "l3", "l6"] {
        assert_ne!(before[id], after[id], "{id}");
    }
    for id in ["l2", "l7", "l8"] {
        assert_eq!(before[id], after[id], "{id}: locked, or not the model's");
    }
    assert_eq!(after["morph"], Value::Number(0.0));
}

#[test]
fn a_fresh_instance_plays_init_and_says_so() {
    let (model, _) = instance();
    assert_eq!(factory::all().unwrap()[0].name, INIT);
    assert_eq!(model.current_preset(), (Some(PresetId::Factory(0)), INIT.to_owned()));
    assert!(!model.is_edited());
    let fresh = model.snapshot();
    set(&model, "l1", Value::Number(0.0));
    assert!(model.is_edited(), "a change is seen");
    model.load_preset(&PresetId::Factory(0), &Direct);
    assert_eq!(model.snapshot(), fresh, "Init is what a fresh instance plays");
}
