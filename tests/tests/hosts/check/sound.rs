//! Latency, pitch, block sizes, silence, reset: at every rate, with models of every kind.

use crate::row::{
    Model, RATES, Row, assert_same, assert_sound, from, late_by, preset, typed, typed_all,
};
use nfx_tests::clap_host::{Blocks, Take};
use nfx_tests::{measure, signal};

/// Each model of a plugin at each rate.
fn each(row: &Row, check: impl Fn(&str, &Model, f64)) {
    for (name, model) in (row.models)() {
        for rate in RATES {
            check(&format!("{name} at {rate} Hz"), &model, rate);
        }
    }
}

/// Silence for so many samples.
fn silence(row: &Row, length: usize) -> Take {
    if row.is_effect() {
        Take::new(vec![vec![0.0; length]; 2])
    } else {
        Take::notes(length, Vec::new())
    }
}

pub fn latency_is_the_dry_paths(row: &Row) {
    each(row, |what, model, rate| {
        let mut plugin = row.playing(model, rate, 4096);
        let latency = plugin.latency() as usize;
        let length = 5000 + latency + 5000;
        let dry = typed(&mut plugin, 0, "Mix", "0 %");
        // The mix has arrived at dry long before the impulse.
        let settle = plugin.play(&silence(row, 50_000).events(vec![dry])).unwrap();
        assert_sound(&settle, 0.0, "silence");
        let out = plugin.play(&Take::new(vec![signal::impulse(5000, length); 2])).unwrap();
        for channel in &out {
            let heard: Vec<usize> = (0..length).filter(|at| channel[*at] != 0.0).collect();
            assert_eq!(heard, [5000 + latency], "{what}");
        }
    });
}

pub fn latency_is_the_models(row: &Row) {
    for (model, gain) in (row.linear)() {
        for rate in RATES {
            let mut plugin = row.playing(&model, rate, 4096);
            let latency = plugin.latency() as usize;
            let sound = signal::music(5, rate, (rate * 1.5) as usize);
            let out = plugin.play(&Take::new(vec![sound.clone(); 2])).unwrap();
            assert_sound(&out, 4.0, "music");
            assert_eq!(measure::delay(&sound, &out[0], 2 * latency + 1000), latency, "{rate} Hz");
            let half = (rate * 0.75) as usize;
            let found = measure::rms(&out[0][half + latency..])
                / measure::rms(&sound[half..sound.len() - latency]);
            assert!(
                (found / gain - 1.0).abs() < 0.01,
                "at {rate} Hz a gain of {gain} became {found:.4}"
            );
        }
    }
}

pub fn keeps_the_pitch(row: &Row) {
    each(row, |what, model, rate| {
        let tone = signal::tone(440.0, rate, (rate * 1.5) as usize);
        let out = row.playing(model, rate, 4096).play(&Take::new(vec![tone; 2])).unwrap();
        let pitch = measure::pitch(&out[0][(rate * 0.5) as usize..], rate);
        assert!((pitch - 440.0).abs() < 0.1, "{what}: {pitch} Hz");
    });
}

pub fn any_blocks_give_the_same_bits(row: &Row) {
    each(row, |what, model, rate| {
        let mut whole = None;
        for blocks in [
            Blocks::Fixed(512),
            Blocks::Random { seed: 3, max: 8192 },
            Blocks::Cycle(vec![1, 8192, 3, 64]),
        ] {
            let mut plugin = row.playing(model, rate, 8192);
            let places = (777..).step_by(6_511);
            let moves = row
                .moves
                .iter()
                .zip(places)
                .map(|((name, text), at)| typed(&mut plugin, at, name, text));
            let take = (row.passage)(8, rate, 60_000).events(moves.collect());
            let out = plugin.play(&take.blocks(blocks.clone())).unwrap();
            match &whole {
                None => whole = Some(out),
                Some(whole) => assert_same(whole, &out, &format!("{what}, {blocks:?}")),
            }
        }
    });
}

pub fn silence_is_exact_silence(row: &Row) {
    each(row, |what, model, rate| {
        let mut plugin = row.playing(model, rate, 4096);
        let still = plugin.play(&silence(row, 20_000)).unwrap();
        assert_sound(&still, 0.0, &format!("{what}, fresh"));
        let ringing = typed_all(&mut plugin, 0, row.ringing);
        plugin.play(&(row.passage)(2, rate, 40_000).events(ringing)).unwrap();
        let tail = (row.tail)(plugin.latency() as usize, rate);
        let after = plugin.play(&silence(row, tail + 20_000)).unwrap();
        assert_sound(&from(&after, tail), 0.0, &format!("{what}, after the tail"));
    });
}

pub fn reset_equals_fresh(row: &Row) {
    for (name, model) in (row.models)() {
        let mut plugin = row.playing(&model, 48_000.0, 1024);
        let take = (row.passage)(4, 48_000.0, 48_000);
        let first = plugin.play(&take).unwrap();
        plugin.reset();
        assert_same(&first, &plugin.play(&take).unwrap(), &format!("{name} after a reset"));
        plugin.deactivate();
        plugin.activate(48_000.0, 1024).unwrap();
        assert_same(
            &first,
            &plugin.play(&take).unwrap(),
            &format!("{name} after another activation"),
        );
    }
}

pub fn bypassed_the_sound_passes_bit_for_bit(row: &Row) {
    for (name, model) in (row.models)() {
        let mut plugin = row.with(&model);
        preset(&mut plugin, &[("Bypass", "On"), ("Output", "-12 dB"), ("Input", "6 dB")]);
        plugin.activate(48_000.0, 512).unwrap();
        let take = (row.passage)(4, 48_000.0, 48_000);
        let out = plugin.play(&take).unwrap();
        assert_same(&late_by(&take.input, plugin.latency() as usize), &out, name);
    }
}

pub fn a_latency_change_asks_for_a_restart(row: &Row) {
    let [first, second] = (row.latencies)();
    let mut plugin = row.playing(&first, 48_000.0, 512);
    let expected = row.playing(&second, 48_000.0, 512).latency();
    assert_ne!(
        plugin.latency(),
        expected,
        "the two models have the same latency; this check needs another pair"
    );
    let take = (row.passage)(3, 48_000.0, 48_000);
    plugin.play(&take).unwrap();
    plugin.load(&row.state(&second)).unwrap();
    let mut asked = false;
    for _ in 0..20 {
        plugin.play(&take).unwrap();
        plugin.wait(std::time::Duration::from_millis(20));
        asked |= plugin.restart_if_asked().unwrap();
    }
    assert!(asked, "the host was not asked");
    assert_eq!(plugin.latency(), expected);
}
