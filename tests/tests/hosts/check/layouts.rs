//! Mono and stereo, side chain, blocks in place and out of place, automation in its place.

use crate::row::{Row, assert_same, assert_sound, music, typed};
use nfx_tests::clap_host::{Blocks, Take};
use nfx_tests::{measure, signal};

const RATE_HZ: f64 = 48_000.0;

pub fn mono_and_stereo_play(row: &Row) {
    for channels in [1, 2] {
        for side in [false, true] {
            let mut plugin = row.laid_out(channels, side, RATE_HZ);
            assert_eq!(plugin.layout().outputs, [channels]);
            assert_eq!(plugin.layout().inputs.len(), if side { 2 } else { 1 });
            let sound = signal::spread(&signal::music(1, RATE_HZ, 48_000), channels as usize);
            let out = plugin.play(&Take::new(sound)).unwrap();
            assert_sound(&out, 4.0, "a fresh instance");
            let level = measure::rms(&out[0][20_000..]);
            assert!(
                level > row.least_level,
                "{channels} channels, side chain {side}: hardly any sound"
            );
        }
    }
}

pub fn mono_is_stereo_of_the_same_sound_twice(row: &Row) {
    let sound = signal::music(1, RATE_HZ, 48_000);
    for (name, model) in (row.models)() {
        let play = |channels: u32| {
            let mut plugin = row.with(&model);
            plugin.select_layout(channels, false).unwrap();
            plugin.activate(RATE_HZ, 512).unwrap();
            plugin.play(&Take::new(vec![sound.clone(); channels as usize])).unwrap()
        };
        assert_same(&play(1), &play(2)[..1], name);
    }
}

pub fn the_side_chain_is_not_heard_unasked(row: &Row) {
    let play = |side: Vec<Vec<f32>>| {
        row.laid_out(2, true, RATE_HZ).play(&music(1, RATE_HZ, 48_000).side(side)).unwrap()
    };
    assert_same(
        &play(Vec::new()),
        &play(vec![signal::noise(3, 48_000); 2]),
        "with a side chain that is off",
    );
}

pub fn in_place_and_constant_masks_change_nothing(row: &Row) {
    let mut sound = signal::spread(&signal::music(6, RATE_HZ, 60_000), 2);
    sound[1][10_000..40_000].fill(0.0);
    let plain = Take::new(sound).blocks(Blocks::Random { seed: 9, max: 700 });
    for (name, model) in (row.models)() {
        let play = |take: &Take| row.playing(&model, RATE_HZ, 1024).play(take).unwrap();
        let expected = play(&plain);
        for (in_place, constant_masks) in [(true, false), (false, true), (true, true)] {
            let what = format!("{name}, in place {in_place}, constant masks {constant_masks}");
            assert_same(
                &expected,
                &play(&Take { in_place, constant_masks, ..plain.clone() }),
                &what,
            );
        }
    }
}

pub fn automation_acts_in_its_place(row: &Row) {
    for (model, _) in (row.linear)() {
        let play = |at: Option<usize>| {
            let mut plugin = row.playing(&model, RATE_HZ, 4096);
            let latency = plugin.latency() as usize;
            let events =
                at.map(|at| typed(&mut plugin, at, "Output", "-12 dB")).into_iter().collect();
            let take = music(6, RATE_HZ, 48_000).events(events).blocks(Blocks::Fixed(4096));
            (plugin.play(&take).unwrap(), latency)
        };
        let (still, latency) = play(None);
        for at in [12_345, 20_480, 30_001] {
            let (moved, _) = play(Some(at));
            let first = still[0].iter().zip(&moved[0]).position(|(a, b)| a != b).unwrap();
            let place = at + latency;
            assert!(
                (place..place + 4).contains(&first),
                "an event at {at} was heard at {first}, not at {place}"
            );
        }
    }
}
