//! A project reopens as it was saved: before activation, while active, right before an offline render, with a user's
//! model, on a machine that lacks the model's file.

use crate::common::{active, assert_same, fresh, preset, state_with, typed, user_model};
use nfx_tests::clap_host::{Plugin, Take};
use nfx_tests::signal;
use nfx_tests::state_file::StateFile;

const RATE_HZ: f64 = 48_000.0;

fn music() -> Vec<Vec<f32>> {
    signal::spread(&signal::music(11, RATE_HZ, 96_000), 2)
}

/// A project with parameters moved and a user's model: its state and its sound.
fn project() -> (Vec<u8>, Vec<Vec<f32>>) {
    let mut plugin = fresh();
    let state = StateFile::parse(&plugin.save().unwrap()).unwrap().with_user_model("my own", &user_model(5)).to_bytes();
    plugin.load(&state).unwrap();
    preset(&mut plugin, &[("Knob A", "3"), ("Mix", "70 %"), ("Latent 3", "0"), ("Split", "2 Growing")]);
    plugin.activate(RATE_HZ, 512).unwrap();
    let sound = plugin.play(&Take::new(music())).unwrap();
    (plugin.save().unwrap(), sound)
}

fn play(plugin: &mut Plugin) -> Vec<Vec<f32>> {
    plugin.play(&Take::new(music())).unwrap()
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
    plugin.restart_if_asked().unwrap();
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
fn a_frozen_project_bounced_offline_sounds_frozen() {
    let mut plugin = active(RATE_HZ, 512);
    let freeze = typed(&mut plugin, 48_000, "Freeze", "On");
    let live = plugin.play(&Take::new(music()).events(vec![freeze])).unwrap();
    let state = plugin.save().unwrap();
    let mut bounce = fresh();
    bounce.load(&state).unwrap();
    assert_eq!(state, bounce.save().unwrap(), "saved again before anything played");
    bounce.set_offline(true).unwrap();
    bounce.activate(RATE_HZ, 512).unwrap();
    bounce.reset();
    let silence = vec![vec![0.0; 96_000]; 2];
    let out = bounce.play(&Take::new(silence.clone())).unwrap();
    let level = |sound: &[Vec<f32>]| {
        let end = &sound[0][80_000..];
        10.0 * (end.iter().map(|x| x * x).sum::<f32>() / end.len() as f32 + 1e-20).log10()
    };
    assert!(level(&live) > -60.0 && (level(&live) - level(&out)).abs() < 1.5, "{} and {}", level(&live), level(&out));
    // Playback begins anew, and it is frozen still.
    bounce.reset();
    assert_same(&out, &bounce.play(&Take::new(silence)).unwrap(), "from the beginning again");
    assert_eq!(state, bounce.save().unwrap(), "saved again after the bounce");
}

#[test]
fn saving_again_gives_the_same_bytes() {
    let (state, _) = project();
    let mut plugin = fresh();
    let first = plugin.save().unwrap();
    assert_eq!(first, plugin.save().unwrap(), "a fresh instance");
    plugin.load(&state).unwrap();
    assert_eq!(state, plugin.save().unwrap(), "a loaded instance");
    plugin.activate(RATE_HZ, 512).unwrap();
    play(&mut plugin);
    assert_eq!(state, plugin.save().unwrap(), "an instance that has played");
}

#[test]
fn short_reads_and_writes_are_understood() {
    let (state, _) = project();
    for most in [1, 7, 1000] {
        let mut plugin = fresh();
        plugin.load_in_pieces(&state, most).unwrap();
        assert_eq!(state, plugin.save_in_pieces(most).unwrap(), "in pieces of {most}");
    }
}

#[test]
fn what_is_no_state_is_refused_and_changes_nothing() {
    let (state, _) = project();
    let mut plugin = fresh();
    plugin.load(&state).unwrap();
    let garbage: Vec<u8> = signal::noise(1, 750_000).iter().flat_map(|sample| sample.to_bits().to_le_bytes()).collect();
    let mut huge = u64::MAX.to_le_bytes().to_vec();
    huge.extend(b"{}");
    let cases: [(&str, &[u8]); 6] = [
        ("nothing", &[]),
        ("three bytes", &state[..3]),
        ("half a state", &state[..state.len() / 2]),
        ("3 MB of noise", &garbage),
        ("a length beyond all memory", &huge),
        ("zeros", &[0; 4096]),
    ];
    for (what, bytes) in cases {
        assert!(plugin.load(bytes).is_err(), "{what} was expected to be refused");
        assert_eq!(state, plugin.save().unwrap(), "{what} changed the state");
    }
    plugin.activate(RATE_HZ, 512).unwrap();
    assert!(plugin.load(&garbage).is_err());
    play(&mut plugin);
}

#[test]
fn a_users_model_travels_in_the_state() {
    let (state, _) = project();
    let stored = StateFile::parse(&state).unwrap().model();
    assert_eq!(stored["hash"], nfx_core::file::file_hash(&user_model(5)));
    assert!(stored["bytes"].is_string(), "the state was expected to hold the user's model itself");
    let embedded = StateFile::parse(&state_with("Tonal")).unwrap().model();
    assert!(embedded["bytes"].is_null(), "of an embedded model the hash is enough");
}

#[test]
fn a_missing_model_passes_the_sound_dry_and_is_kept() {
    let state = StateFile::parse(&fresh().save().unwrap()).unwrap().with_embedded("Elsewhere", &"ab".repeat(32));
    let mut plugin = fresh();
    plugin.load(&state.to_bytes()).unwrap();
    plugin.activate(RATE_HZ, 512).unwrap();
    let out = play(&mut plugin);
    let latency = plugin.latency() as usize;
    let music = music();
    let delayed: Vec<Vec<f32>> =
        music.iter().map(|channel| [&vec![0.0; latency], &channel[..channel.len() - latency]].concat()).collect();
    assert_same(&delayed, &out, "with a missing model");
    let saved = StateFile::parse(&plugin.save().unwrap()).unwrap();
    assert_eq!(saved.model()["hash"], state.model()["hash"], "the missing model's hash was expected to be saved again");
}

#[test]
fn a_state_loads_while_the_sound_plays() {
    let (state, _) = project();
    let mut plugin = active(RATE_HZ, 512);
    let long = signal::spread(&signal::music(12, RATE_HZ, 480_000), 2);
    let mut loads = 0;
    let knob = typed(&mut plugin, 1000, "Knob B", "2");
    let take = Take::new(long).events(vec![knob]);
    let slow = |process: &mut dyn FnMut()| {
        process();
        std::thread::sleep(std::time::Duration::from_micros(200));
    };
    let out = plugin
        .play_meanwhile(&take, &slow, &mut |plugin| {
            let which = if loads % 2 == 0 { state.clone() } else { state_with("Tonal") };
            plugin.load(&which).unwrap();
            loads += 1;
        })
        .unwrap();
    assert!(loads > 2, "only {loads} states were loaded while the sound played");
    crate::common::assert_sound(&out, nfx_core::signal::level::CEILING, "while states were loaded");
}
