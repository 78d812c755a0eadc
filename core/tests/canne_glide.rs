//! Glides of many voices, and tunings of single keys.

mod studio;

use nfx_core::engine::canne::{
    CanneControls, CanneEngine, EventKind, VoiceMode, equal_temperament,
};
use studio::{cents, frequency, hz, keys, off, on, part, play, steady};

const RATE: f64 = 44_100.0;

fn poly() -> CanneControls {
    CanneControls { glide_ms: 400.0, glide_poly: true, ..steady() }
}

fn engine() -> CanneEngine {
    CanneEngine::new(keys(), RATE).unwrap()
}

/// Frequency of the first partial around a time, from 60 ms of sound.
fn around(sound: &[f32], seconds: f64, wanted: f64) -> f64 {
    let at = (seconds * RATE) as usize;
    frequency(&sound[at - 1323..at + 1323], wanted, RATE)
}

#[test]
fn each_new_note_glides_from_the_one_before_while_that_goes_on() {
    let events = [(0, on(57)), (22_050, on(69))];
    let [left, _] = play(&mut engine(), &poly(), &events, 66_150, &[512]);
    // Half of the way is an octave's half; 57 itself holds still.
    let there = around(&left, 0.7, hz(63.0));
    assert!(cents(there, hz(63.0)).abs() < 30.0, "{there} Hz on the way");
    let sound = &left[44_100..];
    for note in [57.0, 69.0] {
        assert!(part(sound, hz(note), RATE).0 > 1e-3, "{note} sounds");
    }
    let still = play(
        &mut engine(),
        &CanneControls { glide_poly: false, ..poly() },
        &events,
        66_150,
        &[512],
    );
    let plain =
        play(&mut engine(), &CanneControls { glide_ms: 0.0, ..poly() }, &events, 66_150, &[512]);
    assert_eq!(still, plain, "off, the time of the glide is nothing to many voices");
    assert_ne!(still[0], left);
}

#[test]
fn the_keys_of_a_chord_come_from_one_place() {
    let events = [(0, on(57)), (11_025, off(57)), (22_050, on(64)), (22_050, on(69))];
    let [left, _] = play(&mut engine(), &poly(), &events, 44_100, &[512]);
    // After half of the way from 57 they are at 60.5 and 63, wherever 64 goes.
    let sound = &left[(0.68 * RATE) as usize..(0.72 * RATE) as usize];
    let (low, high) = (part(sound, hz(60.5), RATE).0, part(sound, hz(63.0), RATE).0);
    let wrong = part(sound, hz(66.5), RATE).0;
    assert!(
        low > 2.0 * wrong && high > 2.0 * wrong,
        "{low} {high}, and {wrong} where a glide from 64 would be"
    );
}

#[test]
fn a_table_of_pitches_tunes_every_key_and_that_of_equal_steps_changes_nothing() {
    let plain = play(&mut engine(), &steady(), &[(0, on(61))], 22_050, &[512]);
    let equal = CanneControls { pitches: equal_temperament(), ..steady() };
    assert_eq!(plain, play(&mut engine(), &equal, &[(0, on(61))], 22_050, &[512]));
    // Nineteen equal steps to the octave.
    let nineteen = std::array::from_fn(|key| (60.0 + (key as f64 - 60.0) * 12.0 / 19.0) as f32);
    for mode in [VoiceMode::Poly, VoiceMode::Mono, VoiceMode::Legato] {
        let controls = CanneControls { pitches: nineteen, mode, ..steady() };
        for key in [41u8, 60, 61, 79, 90] {
            let [left, _] = play(&mut engine(), &controls, &[(0, on(key))], 44_100, &[512]);
            let wanted = hz(60.0 + (f64::from(key) - 60.0) * 12.0 / 19.0);
            let error = cents(frequency(&left[22_050..], wanted, RATE), wanted);
            assert!(error.abs() < 0.1, "{mode:?}, key {key}: {error} cents");
        }
    }
}

#[test]
fn a_key_without_a_pitch_is_silent_and_a_note_of_a_host_ends_at_once() {
    let mut controls = steady();
    controls.pitches[61] = f32::NAN;
    let mut engine = engine();
    let named = EventKind::NoteOn { channel: 0, note: 61, velocity: 1.0, id: 7 };
    let [left, _] = play(&mut engine, &controls, &[(0, named)], 4410, &[64]);
    assert!(left.iter().all(|x| *x == 0.0));
    assert_eq!(engine.take_ended().map(|ended| ended.id), Some(7));
    let [left, _] = play(&mut engine, &controls, &[(0, on(60))], 4410, &[64]);
    assert!(left.iter().any(|x| *x != 0.0));
}
