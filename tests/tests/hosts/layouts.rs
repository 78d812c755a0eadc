//! Mono and stereo, side chain, blocks in place and out of place.

use crate::common::{assert_same, assert_sound, fresh, typed};
use nfx_tests::clap_host::{Blocks, Take};
use nfx_tests::{measure, signal};

const RATE_HZ: f64 = 48_000.0;

#[test]
fn mono_and_stereo_with_and_without_side_chain_play() {
    for channels in [1, 2] {
        for side in [false, true] {
            let mut plugin = fresh();
            plugin.select_layout(channels, side).unwrap();
            plugin.activate(RATE_HZ, 512).unwrap();
            assert_eq!(plugin.layout().outputs, [channels]);
            assert_eq!(plugin.layout().inputs.len(), if side { 2 } else { 1 });
            let sound = signal::spread(&signal::music(1, RATE_HZ, 48_000), channels as usize);
            let out = plugin.play(&Take::new(sound)).unwrap();
            assert_sound(&out, 4.0, "neutral");
            assert!(measure::rms(&out[0][20_000..]) > 0.01, "{channels} channels, side chain {side}: hardly any sound");
        }
    }
}

#[test]
fn mono_sounds_as_stereo_of_the_same_sound_twice() {
    let sound = signal::music(1, RATE_HZ, 48_000);
    let mut outs = Vec::new();
    for channels in [1, 2] {
        let mut plugin = fresh();
        plugin.select_layout(channels, false).unwrap();
        plugin.activate(RATE_HZ, 512).unwrap();
        outs.push(plugin.play(&Take::new(vec![sound.clone(); channels as usize])).unwrap());
    }
    let distance = measure::log_spectral_distance(&outs[0][0], &outs[1][0]);
    assert!(distance < 0.1, "mono and stereo are {distance:.2} dB apart");
}

#[test]
fn the_morph_goes_to_the_side_chains_sound() {
    let (first, second) = (signal::tone(220.0, RATE_HZ, 96_000), signal::noise(3, 96_000));
    let play = |morph: &str, side: Vec<Vec<f32>>| {
        let mut plugin = fresh();
        plugin.select_layout(2, true).unwrap();
        plugin.activate(RATE_HZ, 512).unwrap();
        let event = typed(&mut plugin, 0, "Morph", morph);
        plugin.play(&Take::new(vec![first.clone(); 2]).side(side).events(vec![event])).unwrap().swap_remove(0)
    };
    let side = || vec![second.clone(); 2];
    let alone = play("0 %", Vec::new());
    assert_eq!(alone, play("0 %", side()), "without morph, the side chain was expected to be inaudible");
    let morphed = play("100 %", side());
    let distance = measure::log_spectral_distance(&alone[48_000..], &morphed[48_000..]);
    assert!(distance > 6.0, "at full morph the sound is only {distance:.1} dB away");
}

#[test]
fn a_side_chain_of_another_width_morphs_every_channel() {
    let (first, key) = (signal::tone(220.0, RATE_HZ, 96_000), signal::noise(3, 96_000));
    let silence = vec![0.0; 96_000];
    let play = |layout: &str, morph: &str, side: Vec<Vec<f32>>| {
        let mut plugin = fresh();
        plugin.select_named(layout).unwrap();
        plugin.activate(RATE_HZ, 512).unwrap();
        let event = typed(&mut plugin, 0, "Morph", morph);
        let channels = plugin.layout().outputs[0] as usize;
        plugin.play(&Take::new(vec![first.clone(); channels]).side(side).events(vec![event])).unwrap()
    };
    let far = |alone: &[f32], out: &[f32]| measure::log_spectral_distance(&alone[48_000..], &out[48_000..]);
    let alone = play("Stereo with mono side chain", "0 %", vec![key.clone()]);
    let mono = play("Stereo with mono side chain", "100 %", vec![key.clone()]);
    let pair = play("Stereo with side chain", "100 %", vec![key.clone(); 2]);
    for channel in 0..2 {
        let (moved, apart) = (far(&alone[channel], &mono[channel]), far(&pair[channel], &mono[channel]));
        println!("channel {channel}: {moved:.1} dB from the plain sound, {apart:.3} dB from a stereo side chain's");
        assert!(moved > 6.0 && apart < 0.05, "channel {channel}: moved {moved} dB, {apart} dB apart");
    }
    let alone = play("Mono with stereo side chain", "0 %", vec![key.clone(); 2]);
    for (side, what) in [([&key, &silence], "left"), ([&silence, &key], "right"), ([&key, &key], "both")] {
        let out = play("Mono with stereo side chain", "100 %", side.map(Vec::clone).to_vec());
        let moved = far(&alone[0], &out[0]);
        println!("side chain on the {what}: {moved:.1} dB from the plain sound");
        assert!(moved > 6.0, "side chain on the {what}: {moved} dB");
    }
}

#[test]
fn in_place_and_constant_masks_change_nothing() {
    let mut sound = signal::spread(&signal::music(6, RATE_HZ, 60_000), 2);
    sound[1][10_000..40_000].fill(0.0);
    let plain = Take::new(sound).blocks(Blocks::Random { seed: 9, max: 700 });
    let play = |take: &Take| {
        let mut plugin = fresh();
        plugin.activate(RATE_HZ, 1024).unwrap();
        plugin.play(take).unwrap()
    };
    let expected = play(&plain);
    assert_same(&expected, &play(&Take { in_place: true, ..plain.clone() }), "in place");
    assert_same(&expected, &play(&Take { constant_masks: true, ..plain.clone() }), "with constant masks");
    assert_same(&expected, &play(&Take { in_place: true, constant_masks: true, ..plain }), "with both");
}

#[test]
fn automation_acts_on_the_sound_that_enters_with_it() {
    let sound = signal::spread(&signal::music(6, RATE_HZ, 48_000), 2);
    let play = |at: Option<usize>| {
        let mut plugin = fresh();
        plugin.activate(RATE_HZ, 4096).unwrap();
        let events = at.map(|at| typed(&mut plugin, at, "Output", "-12 dB")).into_iter().collect();
        plugin.play(&Take::new(sound.clone()).events(events).blocks(Blocks::Fixed(4096))).unwrap()
    };
    let still = play(None);
    let mut plugin = fresh();
    plugin.activate(RATE_HZ, 4096).unwrap();
    let latency = plugin.latency() as usize;
    for at in [12_345, 20_480, 30_001] {
        let moved = play(Some(at));
        let first = still[0].iter().zip(&moved[0]).position(|(a, b)| a != b).unwrap();
        let expected = at + latency;
        assert!((expected..expected + 4).contains(&first), "an event at {at} was heard at {first}, not at {expected}");
    }
}
