//! Whatever the host moves on a sustained tone, there is no click: energy off the tone's harmonics stays 60 dB below it.

use crate::common::{fresh, model_path, playing, preset, state_with, typed};
use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_core::signal::stft::StftConfig;
use nfx_tests::clap_host::{Event, Plugin, Take};
use nfx_tests::measure::ClickDetector;
use nfx_tests::signal;
use nfx_tests::state_file::StateFile;

const RATE_HZ: f64 = 44_100.0;
const SECOND: usize = 44_100;
const FRAMES_HZ: f64 = RATE_HZ / 512.0;
/// A whole number of periods in a hop: a still plugin is still from frame to frame.
pub const TONE_HZ: f64 = 24.0 * FRAMES_HZ;
/// For moves of levels: what the network leaves between the harmonics hardly moves.
pub const DETECTOR: ClickDetector =
    ClickDetector { rate_hz: RATE_HZ, harmonics_hz: (TONE_HZ, 500.0), frames_hz: (FRAMES_HZ, 22.0) };
/// For moves of the latents, with frames twice as often: what the network leaves between the harmonics moves as much as
/// the harmonics do (beyond 1 it is loud), and a smooth move of it has room beside the lines of the frame rate.
const LATENT_DETECTOR: ClickDetector =
    ClickDetector { rate_hz: RATE_HZ, harmonics_hz: (TONE_HZ, 500.0), frames_hz: (2.0 * FRAMES_HZ, 60.0) };

/// Moves that take their time, and nothing that brings the level back.
const SLOW: [(&str, &str); 2] = [("Response", "200 ms"), ("Level match", "Off")];

/// The default model with a hop of 256, as a user's model, with these settings.
fn often(settings: &[(&str, &str)]) -> Plugin {
    let mut file = ModelFile::from_bytes(&std::fs::read(model_path("General")).unwrap()).unwrap();
    let spectral = file.card.spectral_mut().unwrap();
    spectral.stft = StftConfig::new(2048, 256, spectral.stft.window).unwrap();
    let bytes = file.to_bytes(Precision::F16).unwrap();
    let state = StateFile::parse(&fresh().save().unwrap()).unwrap().with_user_model("often", &bytes).to_bytes();
    let mut plugin = fresh();
    plugin.load(&state).unwrap();
    preset(&mut plugin, settings);
    plugin.activate(RATE_HZ, 512).unwrap();
    plugin
}

/// Plays the tone for four seconds with a move after two and back after three; hands back the worst energy off the
/// harmonics.
fn worst(plugin: &mut Plugin, detector: ClickDetector, moved: Option<(&str, &str)>) -> f64 {
    let mut events = Vec::new();
    if let Some((name, value)) = moved {
        let param = plugin.param(name).unwrap();
        events.push(typed(plugin, 2 * SECOND + 777, name, value));
        events.push(Event { at: 3 * SECOND + 123, param: param.id, value: param.default });
    }
    let tone = signal::tone(TONE_HZ, RATE_HZ, 4 * SECOND);
    let out = plugin.play(&Take::new(vec![tone; 2]).events(events)).unwrap();
    let (before, moved) = (SECOND..2 * SECOND, 3 * SECOND - 20_000..3 * SECOND);
    detector.worst_db(&[&out[0][before], &out[0][moved]], &out[0][SECOND..])
}

fn assert_clean(worst: f64, what: &str) {
    println!("{what}: {worst:.1} dB");
    assert!(worst < -60.0, "{what}: {worst:.1} dB of the tone is off its harmonics; less than -60 dB was expected");
}

fn assert_all_clean(detector: ClickDetector, make: impl Fn() -> Plugin, moves: &[(&str, &str)], least_db: f64) {
    let mut clicks = Vec::new();
    for (name, value) in moves {
        let worst = worst(&mut make(), detector, Some((name, value)));
        println!("{name} to {value} and back: {worst:.1} dB");
        if worst >= least_db {
            clicks.push(format!("{name} to {value} and back: {worst:.1} dB"));
        }
    }
    assert!(clicks.is_empty(), "less than {least_db} dB was expected of each:\n{}", clicks.join("\n"));
}

#[test]
fn a_tone_at_rest_is_clean() {
    // Not the Thesis model: its sigmoid output raises empty bins, whose phase is the rounding noise of the input.
    for model in ["General", "Tonal"] {
        assert_clean(worst(&mut playing(model, RATE_HZ, 512), DETECTOR, None), model);
    }
    assert_clean(worst(&mut often(&SLOW), LATENT_DETECTOR, None), "hop 256");
}

#[test]
fn moves_of_levels_make_no_click() {
    let moves = [
        ("Mix", "0 %"),
        ("Input", "-24 dB"),
        ("Output", "-24 dB"),
        ("Output", "6 dB"),
        ("Bypass", "On"),
        ("Stereo", "Mid/side"),
        ("Level match", "Off"),
    ];
    assert_all_clean(DETECTOR, || playing("General", RATE_HZ, 512), &moves, -60.0);
}

#[test]
fn moves_of_latents_make_no_click() {
    let moves = [
        ("Knob A", "5.5"),
        ("Knob B", "3"),
        ("Knob B", "5.5"),
        ("Knob C", "0.5"),
        ("Knob C", "5.5"),
        ("Knob D", "5.5"),
        ("Knob E", "2"),
        ("Knob E", "3"),
        ("Knob E", "5.5"),
        ("Latent 20", "0"),
        ("Split", "2 Growing"),
        ("Morph", "100 %"),
        ("Gain position", "Before"),
        ("Detail", "0 %"),
        ("Freeze", "On"),
    ];
    // Slow is smooth; what follows the beat, and the level that is brought back then, is less so.
    for (settings, least_db) in [(&SLOW[..], -60.0), (&[], -45.0)] {
        assert_all_clean(LATENT_DETECTOR, || often(settings), &moves, least_db);
        let uneven = || {
            let mut plugin = often(settings);
            plugin.deactivate();
            preset(&mut plugin, &[("Knob A", "3"), ("Knob D", "0.5")]);
            plugin.activate(RATE_HZ, 512).unwrap();
            plugin
        };
        let splits = [("Split", "2 Growing"), ("Split", "3 Shrinking")];
        assert_all_clean(LATENT_DETECTOR, uneven, &splits, least_db);
    }
}

#[test]
fn a_model_swap_makes_no_click() {
    let mut plugin = playing("General", RATE_HZ, 512);
    let tone = signal::tone(TONE_HZ, RATE_HZ, 4 * SECOND);
    let (first, second) = tone.split_at(2 * SECOND);
    let before = plugin.play(&Take::new(vec![first.to_vec(); 2])).unwrap().swap_remove(0);
    plugin.load(&state_with("Tonal")).unwrap();
    plugin.wait(std::time::Duration::from_millis(300));
    let after = plugin.play(&Take::new(vec![second.to_vec(); 2])).unwrap().swap_remove(0);
    let whole = [before, after].concat();
    assert_clean(DETECTOR.worst_db(&[&whole[SECOND..2 * SECOND]], &whole[SECOND..]), "General to Tonal");
    let expected = playing("Tonal", RATE_HZ, 512).play(&Take::new(vec![tone; 2])).unwrap().swap_remove(0);
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
