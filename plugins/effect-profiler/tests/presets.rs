//! Factory presets load, differ, and come out as files that hosts read; A and B are compared at one loudness.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use effect_profiler::chosen::Handoff;
use effect_profiler::editor_model::EditorModel;
use effect_profiler::factory;
use effect_profiler::matching;
use effect_profiler::models::LIBRARY;
use effect_profiler::params::{ProfilerParams, in_presets};
use effect_profiler::{scope, tape};
use nfx_frame::editing::Label;
use nfx_frame::presets::PresetId;
use nfx_frame::presets::tags::{TAGS, WILD};
use nfx_frame::project::INIT;
use nfx_frame::snapshot::{Direct, ParamTable, Sink, Value};
use nice_plug::plugin::PluginState;

#[path = "common/mod.rs"]
mod common;

/// One data folder for all tests of this file, set before anything reads it.
fn instance() -> Arc<EditorModel> {
    static FOLDER: std::sync::OnceLock<tempfile::TempDir> = std::sync::OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        // SAFETY: `get_or_init` lets one thread in, and all that read the variable come after it.
        unsafe { std::env::set_var(nfx_frame::files::DATA_FOLDER_VARIABLE, folder.path()) };
        folder
    });
    let (handoff, _) = Handoff::new();
    let (_, reader) = scope::channel();
    EditorModel::new(Arc::new(ProfilerParams::default()), Arc::new(handoff), reader, Arc::new(tape::Deck::default()))
}

fn set(model: &EditorModel, id: &str, value: Value) {
    let entry = model.table().entry(id).unwrap();
    Direct.set(entry.ptr(), entry.normalized_of(&value).unwrap());
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} took too long");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn there_are_at_least_twelve_and_each_is_its_own() {
    let presets = factory::all().unwrap();
    assert!(presets.len() >= 12);
    let table = ParamTable::new(Arc::new(ProfilerParams::default()));
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
                let found = entry.plain_of(normalized);
                assert!((found - number).abs() < 1e-3 * number.abs().max(1.0), "{}: {id} is out of range", preset.name);
            }
        }
        for other in &presets[..i] {
            assert_ne!(preset.snapshot, other.snapshot, "{} equals {}", preset.name, other.name);
        }
    }
}

#[test]
fn presets_sound_different_and_are_not_too_loud() {
    let model = instance();
    let mut heard = Vec::new();
    for (index, preset) in factory::all().unwrap().iter().enumerate() {
        model.load_preset(&PresetId::Factory(index), &Direct);
        model.worker().wait();
        let level = matching::loudness_db(&model.snapshot(), &model.model().unwrap()).unwrap();
        assert!((-60.0..=-3.0).contains(&level), "{}: {level} dB", preset.name);
        heard.push(level);
    }
    let spread = heard.iter().copied().fold(f32::MIN, f32::max) - heard.iter().copied().fold(f32::MAX, f32::min);
    assert!(spread < 24.0, "the presets' loudness differs by {spread} dB: {heard:?}");
}

#[test]
fn a_vst_preset_holds_the_state_that_the_plugin_would_save() {
    for preset in factory::all().unwrap() {
        let file = factory::vst_preset(&preset).unwrap();
        let number = |at: usize| usize::try_from(i64::from_le_bytes(file[at..at + 8].try_into().unwrap())).unwrap();
        let list = number(40);
        let (offset, size) = (number(list + 12), number(list + 20));
        let state: PluginState = serde_json::from_slice(&file[offset..offset + size]).unwrap();
        let model = instance();
        effect_profiler::standalone::restore(&model.params, state);
        assert_eq!(model.session().preset_name(), preset.name);
        let now = model.snapshot();
        for (id, value) in &preset.snapshot.params {
            match (value, &now.params[id]) {
                (Value::Number(wanted), Value::Number(found)) => {
                    assert!((wanted - found).abs() < 1e-2 * wanted.abs().max(1.0), "{} {id}", preset.name)
                }
                (wanted, found) => assert_eq!(wanted, found, "{} {id}", preset.name),
            }
        }
        assert!(now.model.unwrap().is_same(preset.snapshot.model.as_ref().unwrap()));
    }
}

#[test]
fn a_preset_of_the_users_carries_profile_and_impulse_response() {
    let model = instance();
    let file = effect_profiler::session::SourceFile {
        name: "room.wav".into(),
        path: "/x/room.wav".into(),
        bytes: Some("AAAA".into()),
    };
    model.session().model.load_bytes("Pedal", &common::pedal(2)).unwrap();
    model.session().impulse.put_other(Some(file));
    set(&model, "knob1", Value::Number(0.8));
    assert!(model.save_preset(Label::named("With all"), false));
    let saved = model.snapshot();
    let (id, _) = model.current_preset();
    model.load_preset(&PresetId::Factory(0), &Direct);
    assert!(model.session().impulse.file().is_none() && model.model_name() == "Compressor");
    model.load_preset(&id.unwrap(), &Direct);
    assert_eq!(model.snapshot(), saved);
    assert_eq!(model.params.session.knob_names().read().len(), 2, "the knobs have their names again");
}

#[test]
fn a_chosen_profile_puts_its_knobs_to_rest_and_undo_brings_the_old_one_back() {
    let model = instance();
    let folder = model.profile_folder().unwrap();
    for (name, seed) in [("one", 1), ("two", 2)] {
        std::fs::write(folder.join(format!("{name}.safetensors")), common::pedal(seed)).unwrap();
    }
    model.refresh_profiles();
    until("reading the folder", || !model.browser.found().reading);
    let found = model.browser.found().profiles;
    assert_eq!(
        found.iter().map(|p| (p.name.as_str(), p.esr.is_some(), p.knobs.len())).collect::<Vec<_>>(),
        [("one", true, 2), ("two", true, 2)]
    );
    set(&model, "knob1", Value::Number(0.9));
    model.step_profile(1);
    until("loading", || model.model_name() == "one");
    until("resting", || {
        model.tick(&Direct);
        (model.params.knobs[0].value() - 0.5).abs() < 1e-3
    });
    assert_eq!(model.profile_at(&found), Some(0));
    std::thread::sleep(Duration::from_millis(200));
    model.tick(&Direct);
    model.step_profile(-1);
    until("loading", || model.model_name() == "two");
    std::thread::sleep(Duration::from_millis(200));
    model.tick(&Direct);
    model.undo(&Direct);
    assert_eq!(model.model_name(), "one");
}

#[test]
fn the_impulse_response_and_even_loudness_count_when_a_and_b_are_matched() {
    let model = instance();
    let profile = model.model().unwrap();
    let plain = matching::loudness_db(&model.snapshot(), &profile).unwrap();
    let quieter = nfx_frame::clip::Clip { channels: vec![vec![0.25, 0.0, 0.0, 0.0]], rate_hz: 44_100.0 };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quarter.wav");
    quieter.write_wav(&path).unwrap();
    model.session().impulse.put_other(Some(effect_profiler::impulse::read_impulse(&path).unwrap()));
    set(&model, "irl", Value::Number(-6.0));
    let through = matching::loudness_db(&model.snapshot(), &profile).unwrap();
    assert!((plain - 6.0 - through).abs() < 0.3, "{plain} dB, {through} dB through the response 6 dB down");
}

#[test]
fn a_and_b_are_heard_at_one_loudness() {
    let model = instance();
    model.session().model.load_bytes("Capture", &common::capture(1)).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    model.tick(&Direct);
    model.copy_ab();
    set(&model, "out", Value::Number(9.0));
    model.commit("Output");
    model.set_matched(true);
    until("measuring", || model.match_trim_db() < -8.0);
    let here = model.match_trim_db();
    assert!((here + 9.0).abs() < 0.2, "{here}");
    model.hear_other(&Direct);
    assert_eq!(model.match_trim_db(), 0.0, "the quieter one stays as it is");
    model.hear_other(&Direct);
    assert!((model.match_trim_db() + 9.0).abs() < 0.2);
    model.set_matched(false);
    assert_eq!(model.match_trim_db(), 0.0);
}

#[test]
fn a_fresh_instance_plays_init_and_says_so() {
    let model = instance();
    assert_eq!(factory::all().unwrap()[0].name, INIT);
    assert_eq!(model.current_preset(), (Some(PresetId::Factory(0)), INIT.to_owned()));
    assert!(!model.is_edited());
    let fresh = model.snapshot();
    set(&model, "mix", Value::Number(0.5));
    assert!(model.is_edited(), "a change is seen");
    model.load_preset(&PresetId::Factory(0), &Direct);
    assert_eq!(model.snapshot(), fresh, "Init is what a fresh instance plays");
}
