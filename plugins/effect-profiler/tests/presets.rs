//! Factory presets load, differ, and come out as files that hosts read; A and B are compared at one
//! loudness.

use std::sync::Arc;
use std::time::Duration;

use checks::set;
use effect_profiler::chosen::Handoff;
use effect_profiler::editor_model::EditorModel;
use effect_profiler::factory;
use effect_profiler::matching;
use effect_profiler::models::LIBRARY;
use effect_profiler::params::ProfilerParams;
use effect_profiler::{recorder, scope};
use nfx_frame::editing::Label;
use nfx_frame::presets::PresetId;
use nfx_frame::snapshot::Value;
use nfx_frame::source::Sourcing as _;
use nfx_frame::table::{Direct, ParamTable};

#[path = "../../frame/testing/presets.rs"]
#[macro_use]
mod checks;
#[path = "common/mod.rs"]
mod common;

/// One data folder for all tests of this file, set before anything reads it.
fn instance() -> Arc<EditorModel> {
    checks::data_folder();
    let (handoff, _) = Handoff::new();
    let (_, reader) = scope::channel();
    EditorModel::new(
        Arc::new(ProfilerParams::default()),
        Arc::new(handoff),
        reader,
        Arc::new(recorder::Link::default()),
    )
}

check_presets!(effect_profiler, instance(), edit: "mix" to 0.5);

#[test]
fn there_are_at_least_twelve_and_each_is_its_own() {
    let presets = factory::all().unwrap();
    let table = ParamTable::new(Arc::new(ProfilerParams::default()));
    checks::are_sound(&presets, 12, &table, |hash| LIBRARY.find(hash).is_some());
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
    let spread = heard.iter().copied().fold(f32::MIN, f32::max)
        - heard.iter().copied().fold(f32::MAX, f32::min);
    assert!(spread < 24.0, "the presets' loudness differs by {spread} dB: {heard:?}");
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
    assert_eq!(
        model.params.session.knob_names().read().len(),
        2,
        "the knobs have their names again"
    );
}

#[test]
fn a_chosen_profile_puts_its_knobs_to_rest_and_undo_brings_the_old_one_back() {
    let model = instance();
    let folder = model.profile_folder().unwrap();
    for (name, seed) in [("one", 1), ("two", 2)] {
        std::fs::write(folder.join(format!("{name}.safetensors")), common::pedal(seed)).unwrap();
    }
    model.refresh_profiles();
    checks::until("reading the folder", || !model.browser.found().reading);
    let found = model.browser.found().profiles;
    assert_eq!(
        found.iter().map(|p| (p.name.as_str(), p.esr.is_some(), p.knobs.len())).collect::<Vec<_>>(),
        [("one", true, 2), ("two", true, 2)]
    );
    set(&model, "knob1", Value::Number(0.9));
    model.step_profile(1);
    checks::until("loading", || model.model_name() == "one");
    checks::until("resting", || {
        model.tick(&Direct);
        (model.params.knobs[0].value() - 0.5).abs() < 1e-3
    });
    assert_eq!(model.profile_at(&found), Some(0));
    std::thread::sleep(Duration::from_millis(200));
    model.tick(&Direct);
    model.step_profile(-1);
    checks::until("loading", || model.model_name() == "two");
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
    let quieter =
        nfx_frame::clip::Clip { channels: vec![vec![0.25, 0.0, 0.0, 0.0]], rate_hz: 44_100.0 };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quarter.wav");
    quieter.write_wav(&path).unwrap();
    model.session().impulse.put_other(Some(effect_profiler::impulse::read_impulse(&path).unwrap()));
    set(&model, "irl", Value::Number(-6.0));
    let through = matching::loudness_db(&model.snapshot(), &profile).unwrap();
    assert!(
        (plain - 6.0 - through).abs() < 0.3,
        "{plain} dB, {through} dB through the response 6 dB down"
    );
}

#[test]
fn a_repaired_profile_is_matched_and_exported_as_it_is_heard() {
    let model = instance();
    set(&model, "mix", Value::Number(0.5));
    set(&model, "source", Value::Choice("Guitar".to_owned()));
    let level = |taps: &[f32], aligns: bool| {
        let nam = format!(
            r#"{{"version":"0.5.4","architecture":"Linear","config":{{"receptive_field":{},"bias":false}},"weights":{taps:?},"sample_rate":48000.0}}"#,
            taps.len()
        );
        model.session().model.load_bytes("Taps", nam.as_bytes()).unwrap();
        model.session().set_aligns(aligns);
        let matched = matching::loudness_db(&model.snapshot(), &model.model().unwrap()).unwrap();
        let clip = model.rendering()(&|_| {}).unwrap();
        let sum: f32 = clip.channels[0].iter().map(|x| x * x).sum();
        [matched, 10.0 * sum.log10()]
    };
    let mut late_and_inverted = [0.0; 32];
    late_and_inverted[20] = -1.0;
    let (plain, broken, repaired) =
        (level(&[1.0], false), level(&late_and_inverted, false), level(&late_and_inverted, true));
    for (way, plain) in plain.into_iter().enumerate() {
        assert!((repaired[way] - plain).abs() < 0.1, "{way}: {plain} dB, {} dB", repaired[way]);
        assert!((broken[way] - plain).abs() > 1.0, "{way}: {plain} dB, {} dB", broken[way]);
    }
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
    checks::until("measuring", || model.match_trim_db() < -8.0);
    let here = model.match_trim_db();
    assert!((here + 9.0).abs() < 0.2, "{here}");
    model.hear_other(&Direct);
    assert_eq!(model.match_trim_db(), 0.0, "the quieter one stays as it is");
    model.hear_other(&Direct);
    assert!((model.match_trim_db() + 9.0).abs() < 0.2);
    model.set_matched(false);
    assert_eq!(model.match_trim_db(), 0.0);
}
