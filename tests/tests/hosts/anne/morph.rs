//! *Morph* towards the side chain's sound.

use super::ROW;
use crate::row::typed;
use nfx_tests::clap_host::{Plugin, Take};
use nfx_tests::{measure, signal};

const RATE_HZ: f64 = 48_000.0;
const LENGTH: usize = 96_000;

/// A tone with the side chain beside it, morphed.
fn morphed(mut plugin: Plugin, morph: &str, side: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
    let event = typed(&mut plugin, 0, "Morph", morph);
    let channels = plugin.layout().outputs[0] as usize;
    let tone = signal::tone(220.0, RATE_HZ, LENGTH);
    plugin.play(&Take::new(vec![tone; channels]).side(side).events(vec![event])).unwrap()
}

fn named(layout: &str) -> Plugin {
    let mut plugin = ROW.fresh();
    plugin.select_named(layout).unwrap();
    plugin.activate(RATE_HZ, 512).unwrap();
    plugin
}

fn far(alone: &[f32], out: &[f32]) -> f64 {
    measure::log_spectral_distance(&alone[48_000..], &out[48_000..])
}

#[test]
fn the_morph_goes_to_the_side_chains_sound() {
    let play = |morph, side| morphed(ROW.laid_out(2, true, RATE_HZ), morph, side).swap_remove(0);
    let side = || vec![signal::noise(3, LENGTH); 2];
    let alone = play("0 %", Vec::new());
    assert_eq!(
        alone,
        play("0 %", side()),
        "without morph, the side chain was expected to be inaudible"
    );
    let distance = far(&alone, &play("100 %", side()));
    assert!(distance > 6.0, "at full morph the sound is only {distance:.1} dB away");
}

#[test]
fn a_side_chain_of_another_width_morphs_every_channel() {
    let (key, silence) = (signal::noise(3, LENGTH), vec![0.0; LENGTH]);
    let play = |layout, morph, side: &[&Vec<f32>]| {
        morphed(named(layout), morph, side.iter().map(|channel| (*channel).clone()).collect())
    };
    let alone = play("Stereo with mono side chain", "0 %", &[&key]);
    let mono = play("Stereo with mono side chain", "100 %", &[&key]);
    let pair = play("Stereo with side chain", "100 %", &[&key, &key]);
    for channel in 0..2 {
        let (moved, apart) =
            (far(&alone[channel], &mono[channel]), far(&pair[channel], &mono[channel]));
        println!(
            "channel {channel}: {moved:.1} dB from the plain sound, {apart:.3} dB from a stereo side chain's"
        );
        assert!(
            moved > 6.0 && apart < 0.05,
            "channel {channel}: moved {moved} dB, {apart} dB apart"
        );
    }
    let alone = play("Mono with stereo side chain", "0 %", &[&key, &key]);
    for (side, what) in
        [([&key, &silence], "left"), ([&silence, &key], "right"), ([&key, &key], "both")]
    {
        let moved = far(&alone[0], &play("Mono with stereo side chain", "100 %", &side)[0]);
        println!("side chain on the {what}: {moved:.1} dB from the plain sound");
        assert!(moved > 6.0, "side chain on the {what}: {moved} dB");
    }
}
