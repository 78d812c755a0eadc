//! Latency by a profile's rate and family, profiles that run away, a side chain of another width, a
//! capture that records.

use super::ROW;
use super::make::{late, lstm, nam, signaltrain};
use crate::check::realtime::assert_nothing_counted;
use crate::row::{CEILING, Model, assert_sound, music, preset};
use nfx_tests::clap_host::{Plugin, Take};
use nfx_tests::{measure, signal};

const RATE_HZ: f64 = 48_000.0;

fn latency(model: &Model, rate_hz: f64) -> u32 {
    ROW.playing(model, rate_hz, 512).latency()
}

#[test]
fn at_the_models_own_rate_there_is_no_latency() {
    for rate in [44_100.0, 48_000.0, 96_000.0] {
        assert_eq!(latency(&Model::User(lstm(1, 8, rate)), rate), 0, "{rate} Hz");
    }
    assert!(latency(&Model::User(lstm(1, 8, 48_000.0)), 44_100.0) > 0);
    assert_eq!(latency(&Model::Missing, RATE_HZ), 0, "without a profile");
}

#[test]
fn signaltrain_plays_at_its_own_latency() {
    let mut plugin = ROW.playing(&Model::User(signaltrain(RATE_HZ)), RATE_HZ, 512);
    assert_eq!(plugin.latency(), 4_096);
    let out = plugin.play(&Take::new(vec![signal::tone(440.0, RATE_HZ, 48_000); 2])).unwrap();
    assert_sound(&out, CEILING, "SignalTrain");
    assert!(out[0][8_192..].iter().any(|y| y.abs() > 1e-6), "it plays");
}

#[test]
fn a_side_chain_of_another_width_takes_every_channel_down() {
    let scaled = |hz: f64, gain: f32| {
        signal::tone(hz, RATE_HZ, 96_000).iter().map(|x| x * gain).collect::<Vec<_>>()
    };
    let (sound, key, silence) = (scaled(1_000.0, 0.1), scaled(80.0, 1.4), vec![0.0; 96_000]);
    let play = |layout: &str, side: &[&Vec<f32>]| {
        let mut plugin = ROW.fresh();
        plugin.select_named(layout).unwrap();
        let settings = [
            ("External side chain", "On"),
            ("Threshold", "-30 dB"),
            ("Ratio", "8 : 1"),
            ("Release", "100 ms"),
        ];
        preset(&mut plugin, &settings);
        plugin.activate(RATE_HZ, 512).unwrap();
        let channels = plugin.layout().outputs[0] as usize;
        let side = side.iter().map(|channel| (*channel).clone()).collect();
        plugin.play(&Take::new(vec![sound.clone(); channels]).side(side)).unwrap()
    };
    let level = |out: &[f32]| 20.0 * measure::rms(&out[48_000..]).log10();
    let open = play("Stereo with mono side chain", &[&silence]);
    let ducked = play("Stereo with mono side chain", &[&key]);
    let taken: Vec<_> =
        (0..2).map(|channel| level(&open[channel]) - level(&ducked[channel])).collect();
    println!(
        "a mono side chain takes {:.1} dB off the left and {:.1} dB off the right",
        taken[0], taken[1]
    );
    assert!(taken.iter().all(|db| *db > 12.0) && (taken[0] - taken[1]).abs() < 0.05, "{taken:?}");
    let open = play("Mono with stereo side chain", &[&silence, &silence]);
    for (side, what) in
        [([&key, &silence], "left"), ([&silence, &key], "right"), ([&key, &key], "both")]
    {
        let db = level(&open[0]) - level(&play("Mono with stereo side chain", &side)[0]);
        println!("a side chain on the {what} takes {db:.1} dB off a mono sound");
        assert!((db - taken[0]).abs() < 0.1, "{what}: {db} dB beside {taken:?}");
    }
}

/// Two units that chase each other for ever, however quiet it is, and very loud.
fn howl() -> Vec<u8> {
    let mut weights = vec![0.0f32; 24];
    let row = |gate: usize, unit: usize| (gate * 2 + unit) * 3;
    weights[row(2, 0) + 2] = 6.0;
    weights[row(2, 1) + 1] = -6.0;
    weights[row(2, 0)] = 0.1;
    let mut bias = vec![0.0f32; 8];
    for unit in 0..2 {
        bias[unit] = -3.0;
        bias[2 + unit] = 4.0;
        bias[6 + unit] = 6.0;
    }
    let all = [weights, bias, vec![0.3, 0.0, 0.3, 0.0, 5000.0, 0.0, 0.0]].concat();
    nam("LSTM", r#"{"input_size": 1, "hidden_size": 2, "num_layers": 1}"#, &all, RATE_HZ)
}

#[test]
fn an_unstable_model_cannot_hurt_and_gives_way() {
    let enormous =
        nam("Linear", r#"{"receptive_field": 2, "bias": false}"#, &[1e30, 1e30], RATE_HZ);
    for file in [howl(), enormous] {
        let mut plugin: Plugin = ROW.playing(&Model::User(file), RATE_HZ, 512);
        let music = music(7, RATE_HZ, 96_000);
        assert_sound(&plugin.play(&music).unwrap(), CEILING, "an unstable model");
        let silent = plugin.play(&Take::new(vec![vec![0.0; 240_000]; 2])).unwrap();
        assert_sound(&silent, CEILING, "an unstable model in silence");
        assert!(silent[0][200_000..].iter().all(|x| *x == 0.0), "it was expected to be silenced");
        // Another takes its place as if nothing had been.
        plugin.load(&ROW.state(&Model::User(late(0, 0.5, RATE_HZ)))).unwrap();
        plugin.wait(std::time::Duration::from_millis(100));
        plugin.play(&music).unwrap();
        let out = plugin.play(&music).unwrap();
        for (y, x) in out[0].iter().zip(&music.input[0]) {
            assert!((y - 0.5 * x).abs() < 1e-5);
        }
    }
}

#[test]
fn nothing_forbidden_happens_while_a_capture_records() {
    // The plugin then records a test signal of its own, as its capture page does when a person
    // presses the button.
    assert_nothing_counted(&ROW, &[], &[("LATENT_WORKS_REHEARSAL", "1")]);
}
