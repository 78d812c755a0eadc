//! A project reopens as it was saved: before activation, while active, right before an offline render, with a user's profile
//! (a `.nam` file as it is), on a machine that lacks the file.

use crate::common::{CEILING, active, assert_same, assert_sound, fresh, lstm, preset, state_with, typed, wavenet};
use nfx_tests::clap_host::{Plugin, Take};
use nfx_tests::signal;
use nfx_tests::state_file::StateFile;

const RATE_HZ: f64 = 48_000.0;

fn music() -> Vec<Vec<f32>> {
    signal::spread(&signal::music(11, RATE_HZ, 96_000), 2)
}

/// A user's capture; its rate is the project's, so that it can be swapped in while the sound plays.
fn capture() -> Vec<u8> {
    lstm(9, 16, RATE_HZ)
}

/// What it is, its state, and its sound.
type Project = (&'static str, Vec<u8>, Vec<Vec<f32>>);

/// Projects with parameters moved: the compressor, and a capture of the user's.
fn projects() -> Vec<Project> {
    let with = |state: Option<Vec<u8>>, values: &[(&str, &str)]| {
        let mut plugin = fresh();
        if let Some(state) = state {
            plugin.load(&state).unwrap();
        }
        preset(&mut plugin, values);
        plugin.activate(RATE_HZ, 512).unwrap();
        let sound = play(&mut plugin);
        (plugin.save().unwrap(), sound)
    };
    let compressor =
        [("Threshold", "-40 dB"), ("Ratio", "6"), ("Attack", "30 ms"), ("Mix", "70 %"), ("Make-up", "9 dB")];
    let capture = (state_with("my own", &capture()), [("Input", "6 dB"), ("Mix", "70 %"), ("Stereo", "Mid/side")]);
    let (first, second) = (with(None, &compressor), with(Some(capture.0), &capture.1));
    vec![("the compressor", first.0, first.1), ("a capture", second.0, second.1)]
}

fn play(plugin: &mut Plugin) -> Vec<Vec<f32>> {
    plugin.play(&Take::new(music())).unwrap()
}

#[test]
fn loaded_before_activation_it_sounds_the_same() {
    for (what, state, sound) in projects() {
        let mut plugin = fresh();
        plugin.load(&state).unwrap();
        plugin.activate(RATE_HZ, 512).unwrap();
        assert_same(&sound, &play(&mut plugin), what);
    }
}

#[test]
fn loaded_while_active_it_sounds_the_same_once_it_has_settled() {
    for (what, state, sound) in projects() {
        let mut plugin = active(RATE_HZ, 512);
        play(&mut plugin);
        plugin.load(&state).unwrap();
        plugin.wait(std::time::Duration::from_millis(200));
        play(&mut plugin); // the cross-fade to the project's model
        plugin.restart_if_asked().unwrap();
        plugin.reset();
        assert_same(&sound, &play(&mut plugin), what);
    }
}

#[test]
fn loaded_right_before_an_offline_render_it_sounds_the_same() {
    for (what, state, sound) in projects() {
        let mut plugin = fresh();
        plugin.set_offline(true).unwrap();
        plugin.activate(RATE_HZ, 512).unwrap();
        plugin.load(&state).unwrap();
        plugin.reset();
        assert_same(&sound, &play(&mut plugin), what);
    }
}

#[test]
fn saving_again_gives_the_same_bytes() {
    for (what, state, _) in projects() {
        let mut plugin = fresh();
        assert!(plugin.save().unwrap() == plugin.save().unwrap(), "a fresh instance");
        plugin.load(&state).unwrap();
        assert!(state == plugin.save().unwrap(), "{what}, loaded");
        plugin.activate(RATE_HZ, 512).unwrap();
        play(&mut plugin);
        assert!(state == plugin.save().unwrap(), "{what}, played");
    }
}

#[test]
fn short_reads_and_writes_are_understood() {
    for (what, state, _) in projects() {
        for most in [1, 7, 1000] {
            let mut plugin = fresh();
            plugin.load_in_pieces(&state, most).unwrap();
            assert!(state == plugin.save_in_pieces(most).unwrap(), "{what} in pieces of {most}");
        }
    }
}

#[test]
fn what_is_no_state_is_refused_and_changes_nothing() {
    let (_, state, _) = projects().swap_remove(1);
    let mut plugin = fresh();
    plugin.load(&state).unwrap();
    let garbage: Vec<u8> = signal::noise(1, 750_000).iter().flat_map(|sample| sample.to_bits().to_le_bytes()).collect();
    let cases: [(&str, &[u8]); 4] =
        [("nothing", &[]), ("half a state", &state[..state.len() / 2]), ("noise", &garbage), ("zeros", &[0; 4096])];
    for (what, bytes) in cases {
        assert!(plugin.load(bytes).is_err(), "{what} was expected to be refused");
        assert!(state == plugin.save().unwrap(), "{what} changed the state");
    }
}

#[test]
fn a_capture_travels_in_the_state_as_it_is() {
    for file in [capture(), wavenet(4, 44_100.0)] {
        let stored = StateFile::parse(&state_with("my own", &file)).unwrap().model();
        let mut plugin = fresh();
        plugin.load(&state_with("my own", &file)).unwrap();
        let saved = StateFile::parse(&plugin.save().unwrap()).unwrap().model();
        assert_eq!(saved["hash"], nfx_core::file::file_hash(&file));
        assert!(saved["bytes"].is_string() && saved["bytes"] == stored["bytes"], "the bytes were expected to travel");
    }
}

#[test]
fn a_missing_profile_passes_the_sound_dry_and_is_kept() {
    let state = StateFile::parse(&fresh().save().unwrap()).unwrap().with_embedded("Elsewhere", &"ab".repeat(32));
    let mut plugin = fresh();
    plugin.load(&state.to_bytes()).unwrap();
    plugin.activate(RATE_HZ, 512).unwrap();
    assert_eq!(plugin.latency(), 0);
    assert_same(&music(), &play(&mut plugin), "with a missing profile");
    let saved = StateFile::parse(&plugin.save().unwrap()).unwrap();
    assert_eq!(saved.model()["hash"], state.model()["hash"], "the missing hash was expected to be saved again");
}

#[test]
fn a_state_loads_while_the_sound_plays() {
    let (_, state, _) = projects().swap_remove(1);
    let mut plugin = active(RATE_HZ, 512);
    let long = signal::spread(&signal::music(12, RATE_HZ, 480_000), 2);
    let other = fresh().save().unwrap();
    let mut loads = 0;
    let knob = typed(&mut plugin, 1000, "Threshold", "-45 dB");
    let slow = |process: &mut dyn FnMut()| {
        process();
        std::thread::sleep(std::time::Duration::from_micros(200));
    };
    let out = plugin
        .play_meanwhile(&Take::new(long).events(vec![knob]), &slow, &mut |plugin| {
            plugin.load(if loads % 2 == 0 { &state } else { &other }).unwrap();
            loads += 1;
        })
        .unwrap();
    assert!(loads > 2, "only {loads} states were loaded while the sound played");
    assert_sound(&out, CEILING, "while states were loaded");
}
