//! Mono and stereo, side chain, blocks in place and out of place, automation in its place.

use crate::common::{assert_same, assert_sound, fresh, late, lstm, playing, state_with, typed};
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
            assert_sound(&out, 4.0, "the compressor");
            assert!(
                measure::rms(&out[0][20_000..]) > 0.003,
                "{channels} channels, side chain {side}: hardly any sound"
            );
        }
    }
}

#[test]
fn mono_sounds_as_stereo_of_the_same_sound_twice() {
    let sound = signal::music(1, RATE_HZ, 48_000);
    let mut outs = Vec::new();
    for channels in [1, 2] {
        let mut plugin = fresh();
        plugin.load(&state_with("mine", &lstm(7, 16, RATE_HZ))).unwrap();
        plugin.select_layout(channels, false).unwrap();
        plugin.activate(RATE_HZ, 512).unwrap();
        outs.push(plugin.play(&Take::new(vec![sound.clone(); channels as usize])).unwrap());
    }
    assert_same(&outs[0], &outs[1][..1], "mono beside stereo");
}

#[test]
fn without_being_asked_the_side_chain_is_not_heard() {
    let sound = signal::spread(&signal::music(1, RATE_HZ, 48_000), 2);
    let play = |side: Vec<Vec<f32>>| {
        let mut plugin = fresh();
        plugin.select_layout(2, true).unwrap();
        plugin.activate(RATE_HZ, 512).unwrap();
        plugin.play(&Take::new(sound.clone()).side(side)).unwrap()
    };
    assert_same(&play(Vec::new()), &play(vec![signal::noise(3, 48_000); 2]), "with a side chain that is off");
}

#[test]
fn a_side_chain_of_another_width_takes_every_channel_down() {
    let (sound, key) = (signal::tone(1_000.0, RATE_HZ, 96_000), signal::tone(80.0, RATE_HZ, 96_000));
    let (sound, key): (Vec<f32>, Vec<f32>) =
        (sound.iter().map(|x| x * 0.1).collect(), key.iter().map(|x| x * 1.4).collect());
    let silence = vec![0.0; 96_000];
    let play = |layout: &str, side: Vec<Vec<f32>>| {
        let mut plugin = fresh();
        plugin.select_named(layout).unwrap();
        plugin.activate(RATE_HZ, 512).unwrap();
        let settings =
            [("External side chain", "On"), ("Threshold", "-30 dB"), ("Ratio", "8 : 1"), ("Release", "100 ms")];
        let events = settings.map(|(name, text)| typed(&mut plugin, 0, name, text)).to_vec();
        let channels = plugin.layout().outputs[0] as usize;
        plugin.play(&Take::new(vec![sound.clone(); channels]).side(side).events(events)).unwrap()
    };
    let level = |out: &[f32]| 20.0 * measure::rms(&out[48_000..]).log10();
    let open = play("Stereo with mono side chain", vec![silence.clone()]);
    let ducked = play("Stereo with mono side chain", vec![key.clone()]);
    let taken: Vec<_> = (0..2).map(|channel| level(&open[channel]) - level(&ducked[channel])).collect();
    println!("a mono side chain takes {:.1} dB off the left and {:.1} dB off the right", taken[0], taken[1]);
    assert!(taken.iter().all(|db| *db > 12.0) && (taken[0] - taken[1]).abs() < 0.05, "{taken:?}");
    let open = play("Mono with stereo side chain", vec![silence.clone(); 2]);
    for (side, what) in [([&key, &silence], "left"), ([&silence, &key], "right"), ([&key, &key], "both")] {
        let ducked = play("Mono with stereo side chain", side.map(Vec::clone).to_vec());
        let db = level(&open[0]) - level(&ducked[0]);
        println!("a side chain on the {what} takes {db:.1} dB off a mono sound");
        assert!((db - taken[0]).abs() < 0.1, "{what}: {db} dB beside {taken:?}");
    }
}

#[test]
fn in_place_and_constant_masks_change_nothing() {
    let mut sound = signal::spread(&signal::music(6, RATE_HZ, 60_000), 2);
    sound[1][10_000..40_000].fill(0.0);
    let plain = Take::new(sound).blocks(Blocks::Random { seed: 9, max: 700 });
    let file = lstm(8, 16, RATE_HZ);
    let play = |take: &Take| playing(&file, RATE_HZ, 1024).play(take).unwrap();
    let expected = play(&plain);
    assert_same(&expected, &play(&Take { in_place: true, ..plain.clone() }), "in place");
    assert_same(&expected, &play(&Take { constant_masks: true, ..plain.clone() }), "with constant masks");
    assert_same(&expected, &play(&Take { in_place: true, constant_masks: true, ..plain }), "with both");
}

#[test]
fn automation_acts_on_the_sound_that_enters_with_it() {
    let sound = signal::spread(&signal::music(6, RATE_HZ, 48_000), 2);
    for rate in [48_000.0, 44_100.0] {
        let file = late(0, 0.8, rate);
        let play = |at: Option<usize>| {
            let mut plugin = playing(&file, RATE_HZ, 4096);
            let events = at.map(|at| typed(&mut plugin, at, "Output", "-12 dB")).into_iter().collect();
            plugin.play(&Take::new(sound.clone()).events(events).blocks(Blocks::Fixed(4096))).unwrap()
        };
        let still = play(None);
        let latency = playing(&file, RATE_HZ, 4096).latency() as usize;
        for at in [12_345, 20_480, 30_001] {
            let moved = play(Some(at));
            let first = still[0].iter().zip(&moved[0]).position(|(a, b)| a != b).unwrap();
            let expected = at + latency;
            assert!((expected..expected + 4).contains(&first), "an event at {at} was heard at {first}, not {expected}");
        }
    }
}
