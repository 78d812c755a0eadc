//! Whatever the host moves on a sustained tone, there is no click: energy off the tone's harmonics stays 60 dB below it.

use crate::common::{fresh, klon, late, lstm, playing, state_with, typed};
use nfx_tests::clap_host::{Event, Plugin, Take};
use nfx_tests::measure::ClickDetector;
use nfx_tests::signal;

const RATE_HZ: f64 = 48_000.0;
const SECOND: usize = 48_000;
/// The rate of the compressor that the plugin opens on.
const COMPRESSOR_HZ: f64 = 44_100.0;

/// Fits the rate twenty times: what a profile folds down from above half the rate falls on the tone's harmonics, and is
/// no click.
fn tone_hz(rate_hz: f64) -> f64 {
    rate_hz / 20.0
}

/// Energy off the tone's harmonics, with room for smooth moves around each.
fn detector(rate_hz: f64) -> ClickDetector {
    ClickDetector { rate_hz, harmonics_hz: (tone_hz(rate_hz), 500.0), frames_hz: (rate_hz, 0.0) }
}

/// Plays the tone for four seconds with a move after two and back after three; hands back the worst energy off the
/// harmonics.
fn worst(plugin: &mut Plugin, rate_hz: f64, moved: Option<(&str, &str)>) -> f64 {
    let mut events = Vec::new();
    if let Some((name, value)) = moved {
        let param = plugin.param(name).unwrap();
        events.push(typed(plugin, 2 * SECOND + 777, name, value));
        events.push(Event { at: 3 * SECOND + 123, param: param.id, value: param.default });
    }
    let tone = signal::tone(tone_hz(rate_hz), rate_hz, 4 * SECOND);
    let out = plugin.play(&Take::new(vec![tone; 2]).events(events)).unwrap();
    let (before, moved) = (SECOND..2 * SECOND, 3 * SECOND - 20_000..3 * SECOND);
    detector(rate_hz).worst_db(&[&out[0][before], &out[0][moved]], &out[0][SECOND..])
}

fn assert_all_clean(rate_hz: f64, make: impl Fn() -> Plugin, moves: &[Option<(&str, &str)>]) {
    let mut clicks = Vec::new();
    for moved in moves {
        let worst = worst(&mut make(), rate_hz, *moved);
        let what = moved.map_or_else(|| "at rest".to_owned(), |(name, value)| format!("{name} to {value} and back"));
        println!("{what}: {worst:.1} dB");
        if worst >= -60.0 {
            clicks.push(format!("{what}: {worst:.1} dB"));
        }
    }
    assert!(clicks.is_empty(), "less than -60 dB was expected of each:\n{}", clicks.join("\n"));
}

#[test]
fn moves_of_the_compressors_knobs_make_no_click() {
    let make = || {
        let mut plugin = fresh();
        plugin.activate(COMPRESSOR_HZ, 512).unwrap();
        plugin
    };
    assert_all_clean(
        COMPRESSOR_HZ,
        make,
        &[
            None,
            Some(("Threshold", "-50 dB")),
            Some(("Threshold", "0 dB")),
            Some(("Ratio", "10")),
            Some(("Ratio", "1.5")),
            Some(("Attack", "1000 ms")),
            Some(("Release", "1 ms")),
            Some(("Make-up", "12 dB")),
            Some(("Stereo link", "0 %")),
        ],
    );
}

#[test]
fn moves_of_a_learned_pedals_knob_make_no_click() {
    assert_all_clean(
        COMPRESSOR_HZ,
        || playing(klon(), COMPRESSOR_HZ, 512),
        &[None, Some(("Knob 1", "100")), Some(("Knob 1", "0")), Some(("Knob 1", "60"))],
    );
}

#[test]
fn moves_of_levels_make_no_click() {
    let file = lstm(2, 16, RATE_HZ);
    assert_all_clean(
        RATE_HZ,
        || playing(&file, RATE_HZ, 512),
        &[
            None,
            Some(("Mix", "0 %")),
            Some(("Input", "-24 dB")),
            Some(("Output", "-24 dB")),
            Some(("Make-up", "6 dB")),
            Some(("Bypass", "On")),
            Some(("Stereo", "Mono")),
            Some(("Stereo", "Mid/side")),
            Some(("Normalise", "Even loudness")),
            Some(("Gate", "On")),
        ],
    );
}

#[test]
fn a_model_swap_makes_no_click() {
    for (first, second) in [
        (lstm(2, 16, RATE_HZ), late(0, 0.4, RATE_HZ)),
        (late(0, 0.4, RATE_HZ), lstm(5, 24, RATE_HZ)),
        // Of another rate: the engine is exchanged, and the latency changes.
        (late(0, 0.4, RATE_HZ), late(0, 0.4, 44_100.0)),
    ] {
        let mut plugin = playing(&first, RATE_HZ, 512);
        let tone = signal::tone(tone_hz(RATE_HZ), RATE_HZ, 4 * SECOND);
        let (one, two) = tone.split_at(2 * SECOND);
        let before = plugin.play(&Take::new(vec![one.to_vec(); 2])).unwrap().swap_remove(0);
        plugin.load(&state_with("mine", &second)).unwrap();
        plugin.wait(std::time::Duration::from_millis(300));
        let after = plugin.play(&Take::new(vec![two.to_vec(); 2])).unwrap().swap_remove(0);
        let whole = [before, after].concat();
        let worst = detector(RATE_HZ)
            .worst_db(&[&whole[SECOND..2 * SECOND], &whole[3 * SECOND..]], &whole[SECOND..4 * SECOND - 1]);
        assert!(worst < -60.0, "a model swap: {worst:.1} dB of the tone is off its harmonics");
        let expected = playing(&second, RATE_HZ, 512).play(&Take::new(vec![tone; 2])).unwrap().swap_remove(0);
        let worst = (3 * SECOND..whole.len()).map(|i| (whole[i] - expected[i]).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-3, "a second after the swap the new model was expected to play alone, but {worst} is off");
    }
}

#[test]
fn a_latency_change_asks_for_a_restart() {
    let mut plugin = playing(&late(0, 0.5, RATE_HZ), RATE_HZ, 512);
    let tone = signal::tone(tone_hz(RATE_HZ), RATE_HZ, SECOND);
    assert_eq!(plugin.latency(), 0);
    plugin.play(&Take::new(vec![tone.clone(); 2])).unwrap();
    plugin.load(&state_with("mine", &late(0, 0.5, 44_100.0))).unwrap();
    let mut asked = false;
    for _ in 0..20 {
        plugin.play(&Take::new(vec![tone.clone(); 2])).unwrap();
        plugin.wait(std::time::Duration::from_millis(20));
        asked |= plugin.restart_if_asked().unwrap();
    }
    assert!(asked, "a model of another latency was expected to ask the host for a restart");
    assert_eq!(plugin.latency(), playing(&late(0, 0.5, 44_100.0), RATE_HZ, 512).latency());
}
