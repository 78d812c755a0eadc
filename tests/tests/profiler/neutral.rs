//! A profile plays as it is, late by just what was reported, at every rate, whatever the blocks.

use crate::common::{
    assert_same, assert_sound, fresh, late, lstm, playing, preset, signaltrain, state_with, typed, wavenet,
};
use nfx_tests::clap_host::{Blocks, Take};
use nfx_tests::{measure, signal};

const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

/// A model of each kind, at each of the usual rates of a model.
fn each(check: impl Fn(&str, &[u8], f64)) {
    for (name, file) in [
        ("a delay at 48 kHz", late(11, 0.8, 48_000.0)),
        ("an LSTM at 44.1 kHz", lstm(1, 12, 44_100.0)),
        ("a WaveNet at 48 kHz", wavenet(2, 48_000.0)),
    ] {
        RATES.iter().for_each(|rate| check(name, &file, *rate));
    }
}

#[test]
fn at_the_models_own_rate_there_is_no_latency() {
    for rate in [44_100.0, 48_000.0, 96_000.0] {
        assert_eq!(playing(&lstm(1, 8, rate), rate, 512).latency(), 0, "{rate} Hz");
    }
    assert!(playing(&lstm(1, 8, 48_000.0), 44_100.0, 512).latency() > 0);
}

#[test]
fn signaltrain_plays_at_its_own_latency() {
    let mut plugin = playing(&signaltrain(48_000.0), 48_000.0, 512);
    assert_eq!(plugin.latency(), 4_096);
    let tone = signal::tone(440.0, 48_000.0, 48_000);
    let out = plugin.play(&Take::new(vec![tone; 2])).unwrap();
    assert_sound(&out, nfx_core::signal::level::CEILING, "SignalTrain");
    assert!(out[0][8_192..].iter().any(|y| y.abs() > 1e-6), "it plays");
}

#[test]
fn the_reported_latency_is_the_dry_paths_to_the_sample() {
    each(|name, file, rate| {
        let mut plugin = playing(file, rate, 4096);
        let latency = plugin.latency() as usize;
        let length = 5000 + latency + 5000;
        let dry = typed(&mut plugin, 0, "Mix", "0 %");
        let settle = plugin.play(&Take::new(vec![vec![0.0; 50_000]; 2]).events(vec![dry])).unwrap();
        assert_sound(&settle, 0.0, "silence");
        let out = plugin.play(&Take::new(vec![signal::impulse(5000, length); 2])).unwrap();
        for channel in &out {
            let heard: Vec<usize> = (0..length).filter(|at| channel[*at] != 0.0).collect();
            assert_eq!(heard, [5000 + latency], "{name} at {rate} Hz");
        }
    });
}

#[test]
fn the_reported_latency_is_the_models_to_the_sample() {
    for rate in RATES {
        let mut plugin = playing(&late(0, 0.8, 48_000.0), rate, 4096);
        let latency = plugin.latency() as usize;
        let sound = signal::music(5, rate, (rate * 1.5) as usize);
        let out = plugin.play(&Take::new(vec![sound.clone(); 2])).unwrap();
        assert_eq!(measure::delay(&sound, &out[0], 2 * latency + 1000), latency, "{rate} Hz");
        let half = (rate * 0.75) as usize;
        let gain = measure::rms(&out[0][half + latency..]) / measure::rms(&sound[half..sound.len() - latency]);
        assert!((gain - 0.8).abs() < 0.008, "at {rate} Hz a gain of 0.8 became {gain:.4}");
    }
}

#[test]
fn the_pitch_is_kept() {
    for rate in RATES {
        let mut plugin = playing(&lstm(3, 8, 44_100.0), rate, 4096);
        let out = plugin.play(&Take::new(vec![signal::tone(440.0, rate, (rate * 1.5) as usize); 2])).unwrap();
        let pitch = measure::pitch(&out[0][(rate * 0.5) as usize..], rate);
        assert!((pitch - 440.0).abs() < 0.1, "{rate} Hz: {pitch} Hz");
    }
}

#[test]
fn any_blocks_give_the_same_bits() {
    each(|name, file, rate| {
        let sound = signal::spread(&signal::music(8, rate, 60_000), 2);
        let mut whole = None;
        for blocks in [Blocks::Fixed(512), Blocks::Random { seed: 3, max: 8192 }, Blocks::Cycle(vec![1, 8192, 3, 64])] {
            let mut plugin = playing(file, rate, 8192);
            let moves = vec![
                typed(&mut plugin, 777, "Input", "6 dB"),
                typed(&mut plugin, 20_001, "Mix", "40 %"),
                typed(&mut plugin, 33_333, "Gate", "On"),
            ];
            let out = plugin.play(&Take::new(sound.clone()).events(moves).blocks(blocks.clone())).unwrap();
            match &whole {
                None => whole = Some(out),
                Some(whole) => assert_same(whole, &out, &format!("{name} at {rate} Hz, {blocks:?}")),
            }
        }
    });
}

#[test]
fn the_compressor_in_any_blocks_with_its_knobs_moving() {
    let sound = signal::spread(&signal::music(8, 48_000.0, 60_000), 2);
    let play = |blocks| {
        let mut plugin = fresh();
        plugin.activate(48_000.0, 8192).unwrap();
        let moves = vec![
            typed(&mut plugin, 777, "Threshold", "-40 dB"),
            typed(&mut plugin, 12_345, "Ratio", "8"),
            typed(&mut plugin, 20_001, "Attack", "1 ms"),
            typed(&mut plugin, 33_333, "Release", "900 ms"),
        ];
        plugin.play(&Take::new(sound.clone()).events(moves).blocks(blocks)).unwrap()
    };
    let whole = play(Blocks::Fixed(512));
    assert_same(&whole, &play(Blocks::Random { seed: 3, max: 8192 }), "random blocks");
    assert_same(&whole, &play(Blocks::Cycle(vec![1, 8192, 3, 64])), "odd blocks");
}

#[test]
fn silence_in_is_exact_silence_out() {
    let check = |name: &str, state: Option<Vec<u8>>, rate: f64| {
        let mut plugin = fresh();
        if let Some(state) = state {
            plugin.load(&state).unwrap();
        }
        plugin.activate(rate, 4096).unwrap();
        let still = plugin.play(&Take::new(vec![vec![0.0; 20_000]; 2])).unwrap();
        assert_sound(&still, 0.0, &format!("{name} at {rate} Hz, fresh"));
        plugin.play(&Take::new(signal::spread(&signal::music(2, rate, 40_000), 2))).unwrap();
        let tail = (3.5 * rate) as usize;
        let after = plugin.play(&Take::new(vec![vec![0.0; tail + 20_000]; 2])).unwrap();
        let end: Vec<Vec<f32>> = after.iter().map(|channel| channel[tail..].to_vec()).collect();
        assert_sound(&end, 0.0, &format!("{name} at {rate} Hz, after the tail"));
    };
    each(|name, file, rate| check(name, Some(state_with("mine", file)), rate));
    RATES.iter().for_each(|rate| check("the compressor", None, *rate));
}

#[test]
fn reset_equals_fresh() {
    let sound = signal::spread(&signal::music(4, 48_000.0, 48_000), 2);
    for file in [lstm(4, 16, 48_000.0), wavenet(5, 44_100.0)] {
        let mut plugin = playing(&file, 48_000.0, 1024);
        let first = plugin.play(&Take::new(sound.clone())).unwrap();
        plugin.reset();
        assert_same(&first, &plugin.play(&Take::new(sound.clone())).unwrap(), "after a reset");
        plugin.deactivate();
        plugin.activate(48_000.0, 1024).unwrap();
        assert_same(&first, &plugin.play(&Take::new(sound.clone())).unwrap(), "after another activation");
    }
}

#[test]
fn bypassed_the_sound_passes_bit_for_bit() {
    let sound = signal::spread(&signal::music(4, 48_000.0, 48_000), 2);
    let mut plugin = fresh();
    plugin.load(&state_with("mine", &lstm(6, 8, 48_000.0))).unwrap();
    preset(&mut plugin, &[("Bypass", "On"), ("Output", "-12 dB"), ("Input", "6 dB")]);
    plugin.activate(48_000.0, 512).unwrap();
    assert_same(&sound, &plugin.play(&Take::new(sound.clone())).unwrap(), "bypassed");
}
