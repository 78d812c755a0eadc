//! A project reopens as it was saved: before activation, while active, right before an offline render, with a user's model, on a
//! machine that lacks the model's file.

use crate::common::{CEILING, active, assert_same, assert_sound, fresh, phrase, preset, state_with, typed, user_model};
use nfx_tests::clap_host::{Plugin, Take};
use nfx_tests::signal;
use nfx_tests::state_file::StateFile;

const RATE_HZ: f64 = 48_000.0;
const LENGTH: usize = 96_000;

/// A project with parameters moved and a user's model: its state and its sound.
fn project() -> (Vec<u8>, Vec<Vec<f32>>) {
    let mut plugin = fresh();
    let state = StateFile::parse(&plugin.save().unwrap()).unwrap().with_user_model("my own", &user_model(5)).to_bytes();
    plugin.load(&state).unwrap();
    preset(&mut plugin, &[("Slider 1", "80 %"), ("Shift", "-3 bins"), ("Morph", "40 %"), ("Voice mode", "Legato")]);
    plugin.activate(RATE_HZ, 512).unwrap();
    let sound = play(&mut plugin);
    (plugin.save().unwrap(), sound)
}

fn play(plugin: &mut Plugin) -> Vec<Vec<f32>> {
    plugin.play(&Take::notes(LENGTH, phrase(LENGTH))).unwrap()
}

#[test]
fn loaded_before_activation_it_sounds_the_same() {
    let (state, sound) = project();
    let mut plugin = fresh();
    plugin.load(&state).unwrap();
    plugin.activate(RATE_HZ, 512).unwrap();
    assert_same(&sound, &play(&mut plugin), "loaded before activation");
}

#[test]
fn loaded_while_active_it_sounds_the_same_once_it_has_settled() {
    let (state, sound) = project();
    let mut plugin = active(RATE_HZ, 512);
    play(&mut plugin);
    plugin.load(&state).unwrap();
    plugin.wait(std::time::Duration::from_millis(200));
    play(&mut plugin); // the cross-fade to the project's model
    plugin.reset();
    assert_same(&sound, &play(&mut plugin), "loaded while active");
}

#[test]
fn loaded_right_before_an_offline_render_it_sounds_the_same() {
    let (state, sound) = project();
    let mut plugin = fresh();
    plugin.set_offline(true).unwrap();
    plugin.activate(RATE_HZ, 512).unwrap();
    plugin.load(&state).unwrap();
    plugin.reset();
    assert_same(&sound, &play(&mut plugin), "loaded right before an offline render");
}

#[test]
fn saving_again_gives_the_same_bytes() {
    let (state, _) = project();
    let mut plugin = fresh();
    assert_eq!(plugin.save().unwrap(), plugin.save().unwrap(), "a fresh instance");
    plugin.load(&state).unwrap();
    assert!(state == plugin.save().unwrap(), "a loaded instance");
    plugin.activate(RATE_HZ, 512).unwrap();
    play(&mut plugin);
    assert!(state == plugin.save().unwrap(), "an instance that has played");
}

#[test]
fn what_is_no_state_is_refused_and_changes_nothing() {
    let (state, _) = project();
    let mut plugin = fresh();
    plugin.load(&state).unwrap();
    let garbage: Vec<u8> = signal::noise(1, 200_000).iter().flat_map(|sample| sample.to_bits().to_le_bytes()).collect();
    let cases: [(&str, &[u8]); 4] =
        [("nothing", &[]), ("half a state", &state[..state.len() / 2]), ("noise", &garbage), ("zeros", &[0; 4096])];
    for (what, bytes) in cases {
        assert!(plugin.load(bytes).is_err(), "{what} was expected to be refused");
        assert!(state == plugin.save().unwrap(), "{what} changed the state");
    }
}

#[test]
fn a_users_model_travels_in_the_state() {
    let (state, _) = project();
    let stored = StateFile::parse(&state).unwrap().model();
    assert_eq!(stored["hash"], nfx_core::file::file_hash(&user_model(5)));
    assert!(stored["bytes"].is_string(), "the state was expected to hold the user's model itself");
    let embedded = StateFile::parse(&state_with("Keys")).unwrap().model();
    assert!(embedded["bytes"].is_null(), "of an embedded model the hash is enough");
}

#[test]
fn a_missing_model_is_silent_and_kept() {
    let state = StateFile::parse(&fresh().save().unwrap()).unwrap().with_embedded("Elsewhere", &"ab".repeat(32));
    let mut plugin = fresh();
    plugin.load(&state.to_bytes()).unwrap();
    plugin.activate(RATE_HZ, 512).unwrap();
    assert_sound(&play(&mut plugin), 0.0, "with a missing model");
    let saved = StateFile::parse(&plugin.save().unwrap()).unwrap();
    assert_eq!(saved.model()["hash"], state.model()["hash"], "the missing model's hash was expected to be saved again");
}

#[test]
fn a_state_loads_while_the_sound_plays() {
    let (state, _) = project();
    let mut plugin = active(RATE_HZ, 512);
    let mut loads = 0;
    let slider = typed(&mut plugin, 1000, "Slider 2", "90 %");
    let take = Take { events: vec![slider], ..Take::notes(480_000, phrase(480_000)) };
    let slow = |process: &mut dyn FnMut()| {
        process();
        std::thread::sleep(std::time::Duration::from_micros(200));
    };
    let keys = state_with("Keys");
    let out = plugin
        .play_meanwhile(&take, &slow, &mut |plugin| {
            plugin.load(if loads % 2 == 0 { &state } else { &keys }).unwrap();
            loads += 1;
        })
        .unwrap();
    assert!(loads > 2, "only {loads} states were loaded while the sound played");
    assert_sound(&out, CEILING, "while states were loaded");
}
