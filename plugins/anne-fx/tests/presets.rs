//! Factory presets load, differ, and come out as files that hosts read; the user's come back as
//! they were saved.

use std::sync::Arc;
use std::time::Duration;

use anne_fx::chosen::Handoff;
use anne_fx::editor_model::{EditorModel, Target};
use anne_fx::factory;
use anne_fx::models::LIBRARY;
use anne_fx::params::{AnneParams, trim_id};
use checks::set;
use nfx_core::engine::anne::AnneEngine;
use nfx_frame::editing::Label;
use nfx_frame::params::Kept;
use nfx_frame::presets::{Preset, PresetId};
use nfx_frame::snapshot::Value;
use nfx_frame::source::Sourcing as _;
use nfx_frame::table::{Direct, ParamTable};

#[path = "../../frame/testing/presets.rs"]
#[macro_use]
mod checks;

check_presets!(anne_fx, instance(), edit: "a" to 2.0);

/// One data folder for all tests of this file, set before anything reads it.
fn instance() -> Arc<EditorModel> {
    checks::data_folder();
    let (handoff, _) = Handoff::new();
    let (_, reader) = nfx_frame::telemetry::channel();
    EditorModel::new(Arc::new(AnneParams::default()), Arc::new(handoff), reader)
}

fn settle(model: &EditorModel) {
    std::thread::sleep(Duration::from_millis(200));
    model.tick(&Direct);
}

#[test]
fn there_are_at_least_sixteen_and_each_is_its_own() {
    let presets = factory::all().unwrap();
    let table = ParamTable::new(Arc::new(AnneParams::default()));
    checks::are_sound(&presets, 16, &table, |hash| LIBRARY.find(hash).is_some());
    assert!(
        ["Kick", "Cowbell"]
            .iter()
            .all(|word| presets.iter().any(|preset| preset.name.contains(word)))
    );
}

#[test]
fn a_preset_of_the_users_comes_back_as_it_was_saved() {
    let model = instance();
    set(&model, "b", Value::Number(4.25));
    set(&model, "split", Value::Choice("4 User".to_owned()));
    model.session().set_user_split(0, [5, 6, 7, 8]);
    assert!(model.save_preset(Label::named("Round trip"), false));
    assert!(
        !model.save_preset(Label::named("Round trip"), false),
        "an existing one is not overwritten"
    );
    assert!(model.notice().is_some());
    model.dismiss_notice();
    let saved = model.snapshot();
    let (id, _) = model.current_preset();
    model.load_preset(&PresetId::Factory(5), &Direct);
    assert_ne!(model.snapshot(), saved);
    model.load_preset(&id.unwrap(), &Direct);
    assert_eq!(model.snapshot(), saved);
    assert_eq!(model.current_preset().1, "Round trip");
    let text = std::fs::read(model.preset_folder().unwrap().join("Round trip.json")).unwrap();
    assert_eq!(Preset::from_json(&text, factory::PLUGIN).unwrap().name, "Round trip");
}

#[test]
fn a_preset_sets_what_it_does_not_name_to_its_default() {
    let model = instance();
    set(&model, "l7", Value::Number(0.0));
    set(&model, "bypass", Value::Switch(true));
    model.load_preset(&PresetId::Factory(0), &Direct);
    let now = model.table().capture(Kept::Project);
    assert_eq!(now["l7"], Value::Number(1.0));
    assert_eq!(now["bypass"], Value::Switch(true), "the bypass is not the preset's business");
}

#[test]
fn edits_are_noticed_undone_and_compared() {
    let model = instance();
    model.load_preset(&PresetId::Factory(1), &Direct);
    settle(&model);
    assert!(!model.is_edited());
    let preset = model.snapshot();
    set(&model, "a", Value::Number(5.0));
    model.commit("Knob A");
    settle(&model);
    assert!(model.is_edited());
    let edited = model.snapshot();
    assert_eq!(model.undoable().as_deref(), Some("Knob A"));
    model.undo(&Direct);
    assert_eq!(model.snapshot(), preset);
    assert!(!model.is_edited());
    model.redo(&Direct);
    assert_eq!(model.snapshot(), edited);
    let b_before = {
        model.swap_ab(&Direct);
        model.snapshot()
    };
    assert!(model.is_b());
    assert_ne!(b_before, edited);
    model.swap_ab(&Direct);
    assert_eq!(model.snapshot(), edited);
}

#[test]
fn a_change_of_model_is_an_undo_step_and_marks_the_project() {
    let model = instance();
    let counter = model.params.changes.value();
    let first = model.model().unwrap();
    model.choose_embedded(model.embedded_models()[2].hash);
    settle(&model);
    model.worker().wait();
    assert_eq!(model.params.changes.value(), counter + 1);
    assert!(!Arc::ptr_eq(&first, &model.model().unwrap()));
    model.undo(&Direct);
    model.worker().wait();
    assert!(Arc::ptr_eq(&first, &model.model().unwrap()));
}

#[test]
fn randomising_leaves_locks_alone() {
    use std::sync::atomic::Ordering::Relaxed;
    let model = instance();
    model.locks.store(0b00100, Relaxed);
    let before = model.table().capture(Kept::Project);
    model.randomise(Target::Knobs, 1.0, &Direct);
    model.randomise(Target::Latents, 1.0, &Direct);
    let after = model.table().capture(Kept::Project);
    let latents = model.model().unwrap().latents();
    let lengths = model.params.group_lengths(latents);
    let first: usize = lengths[..2].iter().sum();
    let locked = first..first + lengths[2];
    assert!(!locked.is_empty() && locked.end < latents, "{lengths:?}");
    let trims = (0..latents).map(|latent| (trim_id(latent), locked.contains(&latent)));
    let knobs = ["a", "b", "c", "d", "e"].map(|id| (id.to_owned(), id == "c"));
    for (id, locked) in trims.chain(knobs).chain([("mix".to_owned(), true)]) {
        assert_eq!(before[&id] == after[&id], locked, "{id}");
    }
}

#[test]
fn a_preset_carries_a_users_model() {
    use nfx_core::file::Precision;
    use nfx_core::models::ModelFile;
    use nfx_core::models::spectral::AutoencoderConfig;
    let stft =
        nfx_core::signal::stft::StftConfig::new(512, 128, nfx_core::signal::window::Window::Hann)
            .unwrap();
    let file = ModelFile::random(AutoencoderConfig::hybrid(257, &[16, 6, 16]), stft, 48000.0, 9)
        .to_bytes(Precision::F16)
        .unwrap();
    let model = instance();
    model.session().model.load_bytes("My own", &file).unwrap();
    assert!(model.save_preset(Label::named("With a model"), true));
    let (id, _) = model.current_preset();
    let elsewhere = instance();
    elsewhere.load_preset(&id.unwrap(), &Direct);
    assert_eq!(elsewhere.model_name(), "My own");
    elsewhere.worker().wait();
    assert_eq!(elsewhere.model().unwrap().card(), model.model().unwrap().card());
}

#[test]
fn a_reopened_project_finds_its_place_in_the_browser() {
    let model = instance();
    model.load_preset(&PresetId::Factory(3), &Direct);
    let state = anne_fx::standalone::save(&model.params);
    let again = instance();
    anne_fx::standalone::restore(&again.params, state);
    assert_eq!(again.current_preset().0, Some(PresetId::Factory(3)));
    assert!(!again.is_edited());
    again.step_preset(1, &Direct);
    assert_eq!(again.current_preset().0, Some(PresetId::Factory(4)));
}

#[test]
fn model_files_load_beside_the_editor_and_failures_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Second hand.safetensors");
    std::fs::write(&path, anne_fx::models::EMBEDDED[1].bytes).unwrap();
    let model = instance();
    let wait = |done: &dyn Fn() -> bool| {
        let start = std::time::Instant::now();
        while !done() {
            assert!(start.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    model.load_model(&path);
    wait(&|| model.model_name() == "Tonal");
    model.load_model(&folder.path().join("nowhere.safetensors"));
    wait(&|| model.model_problem().is_some());
    assert!(model.model_problem().unwrap().contains("nowhere"));
    assert_eq!(model.model_name(), "Tonal");
    wait(&|| !model.is_loading());
}

#[test]
fn the_result_is_exported_as_the_engine_renders_it() {
    use nfx_frame::source::ExportState;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.wav");
    let model = instance();
    set(&model, "a", Value::Number(3.0));
    model.export(&path);
    let done = || {
        while matches!(model.export_state(), ExportState::Running(_)) {
            std::thread::sleep(Duration::from_millis(5));
        }
        model.export_state()
    };
    assert!(
        matches!(done(), ExportState::Failed(sentence) if sentence.contains("Select a built-in sound"))
    );
    set(&model, "source", Value::Choice("Snare".to_owned()));
    model.export(&path);
    assert_eq!(done(), ExportState::Done(path.clone()));
    let found =
        nfx_frame::clip::Clip::decode("out.wav", std::fs::read(&path).unwrap(), 60.0).unwrap();
    let snare = anne_fx::source::open(anne_fx::params::SourceChoice::Snare, None).unwrap();
    let controls = model.params.controls(model.model().unwrap().latents());
    let mut engine =
        AnneEngine::with_channels(model.model().unwrap(), snare.rate_hz, snare.channels.len())
            .unwrap();
    let expected =
        nfx_core::engine::render(&mut engine, |_| controls.clone(), &snare.channels, &[]).unwrap();
    assert_eq!(found.channels, expected);
}

#[test]
fn a_sound_file_travels_in_the_project() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.wav");
    let clip = nfx_frame::clip::Clip { channels: vec![vec![0.25; 2000]], rate_hz: 44100.0 };
    clip.write_wav(&path).unwrap();
    let model = instance();
    model.load_source(&path);
    let start = std::time::Instant::now();
    while model.params.source.value() != anne_fx::params::SourceChoice::File {
        assert!(start.elapsed() < Duration::from_secs(10));
        model.tick(&Direct);
        std::thread::sleep(Duration::from_millis(5));
    }
    let state = anne_fx::standalone::save(&model.params);
    std::fs::remove_file(&path).unwrap();
    let again = instance();
    anne_fx::standalone::restore(&again.params, state);
    let opened =
        anne_fx::source::open(anne_fx::params::SourceChoice::File, again.source_file().as_deref())
            .unwrap();
    assert_eq!(opened, clip);
}

/// The share of a sound's energy, once a preset has made it something else, between two
/// frequencies.
fn share(preset: &str, sound: anne_fx::params::SourceChoice, bands: &[(f64, f64)]) -> f64 {
    let model = instance();
    let preset = factory::all().unwrap().into_iter().find(|found| found.name == preset).unwrap();
    model.table().apply(&preset.snapshot.params, Kept::Preset, &Direct);
    nfx_frame::snapshot::Session::restore(
        model.session(),
        preset.snapshot.model.as_ref(),
        &preset.snapshot.extra,
    );
    let playing = model.model().unwrap();
    let controls = model.params.controls(playing.latents());
    let clip = anne_fx::source::open(sound, None).unwrap();
    let mut engine = AnneEngine::with_channels(playing, clip.rate_hz, clip.channels.len()).unwrap();
    let out =
        nfx_core::engine::render(&mut engine, |_| controls.clone(), &clip.channels, &[]).unwrap();
    let stft =
        nfx_core::signal::stft::StftConfig::new(4096, 2048, nfx_core::signal::window::Window::Hann)
            .unwrap();
    let mut energy = vec![0.0; stft.bins()];
    for frame in nfx_core::signal::stft::analyse_signal(stft, &out[0]).unwrap() {
        energy.iter_mut().zip(&frame).for_each(|(sum, bin)| *sum += f64::from(bin.norm_sqr()));
    }
    let hz = |bin: usize| bin as f64 * clip.rate_hz / 4096.0;
    let within = |bin: &usize| bands.iter().any(|(from, to)| (*from..*to).contains(&hz(*bin)));
    (0..energy.len()).filter(within).map(|bin| energy[bin]).sum::<f64>()
        / energy.iter().sum::<f64>()
}

#[test]
fn a_piano_becomes_a_kick_and_a_snare_a_cowbell() {
    use anne_fx::params::SourceChoice::{Piano, Snare};
    let again =
        "after a new General model, run `cargo run --release -p anne-fx --example tune_presets`";
    let low = [(0.0, 150.0)];
    let (before, after) = (share("Init", Piano, &low), share("Piano to Kick", Piano, &low));
    println!("piano below 150 Hz: {before:.3}, as a kick {after:.3}");
    assert!(before < 0.05 && after > 0.8, "{before} {after}: {again}");
    let bell = [(480.0, 620.0), (740.0, 900.0)];
    let (before, after) = (share("Init", Snare, &bell), share("Snare to Cowbell", Snare, &bell));
    println!("snare in the cowbell's bands: {before:.3}, as a cowbell {after:.3}");
    assert!(before < 0.3 && after > 0.7, "{before} {after}: {again}");
}

#[test]
fn the_second_sound_is_kept_in_project_and_preset_and_undone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("second.wav");
    let clip = nfx_frame::clip::Clip { channels: vec![vec![0.125; 3000]], rate_hz: 44100.0 };
    clip.write_wav(&path).unwrap();
    let model = instance();
    model.load_second(&path);
    let start = std::time::Instant::now();
    while model.session().second.file().is_none() {
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(5));
    }
    settle(&model);
    assert_eq!(model.undoable().as_deref(), Some("Second sound"));
    assert!(model.is_edited() && model.save_preset(Label::named("Towards a file"), true));
    let saved = model.current_preset().0.unwrap();
    let state = anne_fx::standalone::save(&model.params);
    std::fs::remove_file(&path).unwrap();

    let again = instance();
    anne_fx::standalone::restore(&again.params, state);
    let opened = |model: &EditorModel| {
        let file = model.session().second.file().expect("the file is kept");
        anne_fx::source::open(anne_fx::params::SourceChoice::File, Some(&file)).unwrap()
    };
    assert_eq!(opened(&again), clip, "the project carries the sound itself");
    model.load_preset(&PresetId::Factory(0), &Direct);
    assert!(
        model.session().second.file().is_none(),
        "a preset without one goes back to the side chain"
    );
    model.load_preset(&saved, &Direct);
    assert_eq!(opened(&model), clip);
    settle(&model);
    model.drop_second();
    settle(&model);
    model.undo(&Direct);
    assert_eq!(opened(&model), clip);
}
