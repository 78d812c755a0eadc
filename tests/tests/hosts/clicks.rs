//! Whatever the host moves on a sustained tone, there is no click: energy off the tone's harmonics stays 60 dB below it.

use crate::common::{MODELS, active, playing, state_with, typed};
use nfx_tests::clap_host::{Event, Plugin, Take};
use nfx_tests::measure::ClickDetector;
use nfx_tests::signal;

const RATE_HZ: f64 = 44_100.0;
/// Five hops of 512 samples hold a whole number of periods: a still plugin is still from frame to frame.
const TONE_HZ: f64 = 5.0 * RATE_HZ / 512.0;
const DETECTOR: ClickDetector = ClickDetector { fundamental_hz: TONE_HZ, rate_hz: RATE_HZ, half_band_hz: 90.0 };
const SECOND: usize = 44_100;

/// Plays the tone for four seconds with moves after two; hands back the worst energy off the harmonics.
fn worst(plugin: &mut Plugin, moves: Vec<Event>) -> f64 {
    let tone = signal::tone(TONE_HZ, RATE_HZ, 4 * SECOND);
    let out = plugin.play(&Take::new(vec![tone; 2]).events(moves)).unwrap();
    DETECTOR.worst_db(&out[0][SECOND..2 * SECOND - 2048], &out[0][SECOND..])
}

fn assert_clean(worst: f64, what: &str) {
    println!("{what}: {worst:.1} dB");
    assert!(worst < -60.0, "{what}: {worst:.1} dB of the tone is off its harmonics; less than -60 dB was expected");
}

#[test]
fn a_tone_at_rest_is_clean() {
    for model in MODELS {
        assert_clean(worst(&mut playing(model, RATE_HZ, 512), Vec::new()), model);
    }
}

#[test]
fn moves_of_the_host_make_no_click() {
    let moves = [
        ("Knob A", "5.5"),
        ("Knob C", "0.5"),
        ("Knob E", "5.5"),
        ("Latent 20", "0"),
        ("Mix", "0 %"),
        ("Input", "-24 dB"),
        ("Output", "-24 dB"),
        ("Output", "6 dB"),
        ("Bypass", "On"),
        ("Split", "2 Growing"),
        ("Morph", "100 %"),
        ("Stereo", "Mid/side"),
        ("Level match", "On"),
    ];
    let mut clicks = Vec::new();
    for (name, value) in moves {
        let mut plugin = active(RATE_HZ, 512);
        let there = typed(&mut plugin, 2 * SECOND + 777, name, value);
        let param = plugin.param(name).unwrap();
        let back = Event { at: 3 * SECOND + 123, param: param.id, value: param.default };
        let worst = worst(&mut plugin, vec![there, back]);
        println!("{name} to {value} and back: {worst:.1} dB");
        if worst >= -60.0 {
            clicks.push(format!("{name} to {value} and back: {worst:.1} dB"));
        }
    }
    assert!(clicks.is_empty(), "less than -60 dB was expected of each:\n{}", clicks.join("\n"));
}

#[test]
fn a_model_swap_makes_no_click() {
    let mut plugin = playing("General", RATE_HZ, 512);
    let tone = signal::tone(TONE_HZ, RATE_HZ, 2 * SECOND);
    let before = plugin.play(&Take::new(vec![tone.clone(); 2])).unwrap().swap_remove(0);
    plugin.load(&state_with("Tonal")).unwrap();
    plugin.wait(std::time::Duration::from_millis(300));
    // The tone goes on where it was: two seconds hold a whole number of samples of its phase only when it is shifted.
    let longer = signal::tone(TONE_HZ, RATE_HZ, 4 * SECOND);
    let after = plugin.play(&Take::new(vec![longer[2 * SECOND..].to_vec(); 2])).unwrap().swap_remove(0);
    let whole: Vec<f32> = before.iter().chain(&after).copied().collect();
    assert_clean(DETECTOR.worst_db(&whole[SECOND..2 * SECOND - 2048], &whole[SECOND..]), "General to Tonal");
    let mut still = playing("Tonal", RATE_HZ, 512);
    let expected = still.play(&Take::new(vec![longer; 2])).unwrap().swap_remove(0);
    let same = whole[3 * SECOND..].iter().zip(&expected[3 * SECOND..]).all(|(a, b)| (a - b).abs() < 1e-4);
    assert!(same, "a second after the swap, the new model was expected to play alone");
}

#[test]
fn a_latency_change_asks_for_a_restart() {
    let mut plugin = playing("General", RATE_HZ, 512);
    let tone = signal::tone(TONE_HZ, RATE_HZ, SECOND);
    plugin.play(&Take::new(vec![tone.clone(); 2])).unwrap();
    let before = plugin.latency();
    plugin.load(&state_with("Thesis")).unwrap();
    let mut asked = false;
    for _ in 0..20 {
        plugin.play(&Take::new(vec![tone.clone(); 2])).unwrap();
        plugin.wait(std::time::Duration::from_millis(20));
        asked |= plugin.restart_if_asked().unwrap();
    }
    assert!(asked, "a model of another latency was expected to ask the host for a restart");
    let expected = playing("Thesis", RATE_HZ, 512).latency();
    assert_ne!(before, expected, "the two models have the same latency; this test needs another pair");
    assert_eq!(plugin.latency(), expected);
}
