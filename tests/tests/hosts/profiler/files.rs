//! Files of the user's: what cannot be opened leaves the profile that sounds in its place, and says
//! why.

use super::ROW;
use super::make::{late, lstm, nam, wavenet};
use crate::row::{CEILING, Model, assert_same, assert_sound, music};
use nfx_tests::clap_host::Plugin;
use nfx_tests::signal;

const RATE_HZ: f64 = 48_000.0;

fn play(plugin: &mut Plugin) -> Vec<Vec<f32>> {
    plugin.play(&music(3, RATE_HZ, 24_000)).unwrap()
}

/// Files that no player should trust.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let lstm_config = r#"{"input_size": 1, "hidden_size": 8, "num_layers": 1}"#;
    let good = lstm(1, 8, RATE_HZ);
    let text = String::from_utf8(good.clone()).unwrap();
    let deep = |open: &str, close: &str| {
        format!("{}1{}", open.repeat(50_000), close.repeat(50_000)).into_bytes()
    };
    let nested = (0..200).fold(text.clone(), |inner, _| {
        format!(
            r#"{{"version": "0.7.0", "architecture": "SlimmableContainer", "weights": [], "sample_rate": 48000,
                "config": {{"submodels": [{{"max_value": 1.0, "model": {inner}}}]}}}}"#
        )
    });
    vec![
        ("nothing", Vec::new()),
        ("half a file", good[..good.len() / 2].to_vec()),
        ("too few weights", nam("LSTM", lstm_config, &[0.1; 10], RATE_HZ)),
        ("too many weights", nam("LSTM", lstm_config, &[0.1; 5000], RATE_HZ)),
        (
            "weights that are not numbers",
            text.replacen("\"weights\": [", "\"weights\": [NaN, ", 1).into_bytes(),
        ),
        (
            "weights beyond measure",
            text.replacen("\"weights\": [", "\"weights\": [1e999, ", 1).into_bytes(),
        ),
        (
            "a size beyond all memory",
            nam(
                "LSTM",
                r#"{"input_size": 1, "hidden_size": 4000000000, "num_layers": 4000000000}"#,
                &[0.1],
                RATE_HZ,
            ),
        ),
        (
            "a negative size",
            nam(
                "LSTM",
                r#"{"input_size": 1, "hidden_size": -8, "num_layers": 1}"#,
                &[0.1; 100],
                RATE_HZ,
            ),
        ),
        ("a dilation beyond all memory", {
            let huge = String::from_utf8(wavenet(1, RATE_HZ)).unwrap();
            huge.replace("[1, 2, 4, 8]", "[1, 2, 4, 9000000000000000000]").into_bytes()
        }),
        ("an architecture from tomorrow", nam("Transformer", "{}", &[0.0], RATE_HZ)),
        ("a version from tomorrow", text.replacen("0.5.4", "9.0.0", 1).into_bytes()),
        (
            "a rate that no sound has",
            nam("Linear", r#"{"receptive_field": 1, "bias": false}"#, &[1.0], 0.0),
        ),
        ("brackets without end", deep("[", "]")),
        ("objects without end", deep("{\"config\":", "}")),
        ("containers in containers", nested.into_bytes()),
        (
            "noise",
            signal::noise(4, 100_000).iter().flat_map(|x| x.to_bits().to_le_bytes()).collect(),
        ),
    ]
}

#[test]
fn a_hostile_file_leaves_the_sounding_profile_in_its_place() {
    // Through the state, as a project from elsewhere would bring it: refused, and nothing changes.
    for (what, file) in hostile() {
        let mut plugin = ROW.playing(&Model::User(late(0, 0.5, RATE_HZ)), RATE_HZ, 512);
        let before = play(&mut plugin);
        let state = plugin.save().unwrap();
        // Whether a host is told so, or the project opens without a profile, is the plugin's
        // choice; it lives on.
        let refused = plugin.load(&ROW.state(&Model::User(file))).is_err();
        plugin.wait(std::time::Duration::from_millis(100));
        let after = play(&mut plugin);
        assert_sound(&after, CEILING, what);
        if refused {
            plugin.reset();
            assert_same(&before, &play(&mut plugin), what);
            assert!(state == plugin.save().unwrap(), "{what} changed the state");
        }
        plugin.load(&state).unwrap();
        plugin.wait(std::time::Duration::from_millis(100));
        play(&mut plugin);
        plugin.restart_if_asked().unwrap();
        plugin.reset();
        assert_same(&before, &play(&mut plugin), &format!("{what}, then the project again"));
    }
}

#[test]
fn captures_of_each_kind_play_and_differ() {
    let files =
        [late(0, 0.5, RATE_HZ), lstm(1, 8, RATE_HZ), lstm(2, 40, 44_100.0), wavenet(3, RATE_HZ)];
    let sounds = files.map(|file| play(&mut ROW.playing(&Model::User(file), RATE_HZ, 512)));
    for (i, sound) in sounds.iter().enumerate() {
        assert_sound(sound, CEILING, &format!("file {i}"));
        assert!(nfx_tests::measure::rms(&sound[0][8_000..]) > 1e-4, "file {i} is silent");
        for other in &sounds[..i] {
            let apart = nfx_tests::measure::log_spectral_distance(&sound[0], &other[0]);
            assert!(apart > 0.5, "file {i} sounds as another does: {apart:.2} dB apart");
        }
    }
}
