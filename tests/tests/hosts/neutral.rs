//! Neutral gains: the sound comes out as it went in, late by just what was reported, at every rate, whatever the blocks.

use crate::common::{MODELS, assert_same, assert_sound, playing, typed};
use nfx_tests::clap_host::{Blocks, Take};
use nfx_tests::{measure, signal};

const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

fn each(check: impl Fn(&str, f64)) {
    for model in MODELS {
        for rate in RATES {
            check(model, rate);
        }
    }
}

#[test]
fn the_reported_latency_is_the_dry_paths_to_the_sample() {
    each(|model, rate| {
        let mut plugin = playing(model, rate, 4096);
        let latency = plugin.latency() as usize;
        let length = 5000 + latency + 5000;
        let dry = typed(&mut plugin, 0, "Mix", "0 %");
        // The mix has arrived at dry long before the impulse.
        let settle = plugin.play(&Take::new(vec![vec![0.0; 50_000]; 2]).events(vec![dry])).unwrap();
        assert_sound(&settle, 0.0, "silence");
        let out = plugin.play(&Take::new(vec![signal::impulse(5000, length); 2])).unwrap();
        for channel in &out {
            let loudest = (0..length).max_by(|a, b| channel[*a].abs().total_cmp(&channel[*b].abs())).unwrap();
            assert_eq!(loudest, 5000 + latency, "{model} at {rate} Hz");
            assert_eq!(
                channel.iter().filter(|sample| **sample != 0.0).count(),
                1,
                "{model} at {rate} Hz: the dry path smears"
            );
        }
    });
}

#[test]
fn the_reported_latency_is_the_networks_to_the_sample() {
    each(|model, rate| {
        let mut plugin = playing(model, rate, 4096);
        let latency = plugin.latency() as usize;
        let sound = signal::music(5, rate, (rate * 1.5) as usize);
        let out = plugin.play(&Take::new(vec![sound.clone(); 2])).unwrap();
        assert_sound(&out, 4.0, "neutral");
        let measured = measure::delay(&sound, &out[0], 2 * latency + 1000);
        assert_eq!(measured, latency, "{model} at {rate} Hz");
    });
}

#[test]
fn the_pitch_is_kept() {
    each(|model, rate| {
        let mut plugin = playing(model, rate, 4096);
        let out = plugin.play(&Take::new(vec![signal::tone(440.0, rate, (rate * 1.5) as usize); 2])).unwrap();
        let pitch = measure::pitch(&out[0][(rate * 0.5) as usize..], rate);
        assert!((pitch - 440.0).abs() < 0.1, "{model} at {rate} Hz: {pitch} Hz");
    });
}

#[test]
fn any_blocks_give_the_same_bits() {
    each(|model, rate| {
        let sound = signal::spread(&signal::music(8, rate, 60_000), 2);
        let mut whole = None;
        for blocks in [Blocks::Fixed(512), Blocks::Random { seed: 3, max: 8192 }, Blocks::Cycle(vec![1, 8192, 3, 64])] {
            let mut plugin = playing(model, rate, 8192);
            let moves = vec![
                typed(&mut plugin, 777, "Knob A", "3"),
                typed(&mut plugin, 20_001, "Mix", "40 %"),
                typed(&mut plugin, 33_333, "Knob D", "0.5"),
            ];
            let out = plugin.play(&Take::new(sound.clone()).events(moves).blocks(blocks.clone())).unwrap();
            match &whole {
                None => whole = Some(out),
                Some(whole) => assert_same(whole, &out, &format!("{model} at {rate} Hz, {blocks:?}")),
            }
        }
    });
}

#[test]
fn silence_in_is_exact_silence_out() {
    each(|model, rate| {
        let mut plugin = playing(model, rate, 4096);
        let still = plugin.play(&Take::new(vec![vec![0.0; 20_000]; 2])).unwrap();
        assert_sound(&still, 0.0, &format!("{model} at {rate} Hz, fresh"));
        let knob = typed(&mut plugin, 0, "Knob B", "5.5");
        plugin.play(&Take::new(signal::spread(&signal::music(2, rate, 40_000), 2)).events(vec![knob])).unwrap();
        let tail = 3 * plugin.latency() as usize;
        let after = plugin.play(&Take::new(vec![vec![0.0; tail + 20_000]; 2])).unwrap();
        let end: Vec<Vec<f32>> = after.iter().map(|channel| channel[tail..].to_vec()).collect();
        assert_sound(&end, 0.0, &format!("{model} at {rate} Hz, after the tail"));
    });
}

#[test]
fn reset_equals_fresh() {
    let sound = signal::spread(&signal::music(4, 48_000.0, 48_000), 2);
    let mut plugin = playing("General", 48_000.0, 1024);
    let first = plugin.play(&Take::new(sound.clone())).unwrap();
    plugin.reset();
    assert_same(&first, &plugin.play(&Take::new(sound.clone())).unwrap(), "after a reset");
    plugin.deactivate();
    plugin.activate(48_000.0, 1024).unwrap();
    assert_same(&first, &plugin.play(&Take::new(sound)).unwrap(), "after another activation");
}
