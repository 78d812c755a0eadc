//! In tune: every semitone from C2 to C7 within 3 cents, on the sound that the built bundle gives
//! out; bends and tunings, too.

use super::{GATE, MODELS, key, playing};
use clack_host::events::event_types::NoteExpressionType;
use nfx_tests::clap_host::Take;
use nfx_tests::clap_host::notes::{Note, Play, Played};
use nfx_tests::measure;

const RATE_HZ: f64 = 44_100.0;
const FRAME: usize = 32_768;

fn hertz(key: f64, a4: f64) -> f64 {
    a4 * 2_f64.powf((key - 69.0) / 12.0)
}

/// By how many cents a sound is off.
fn cents(sound: &[f32], rate_hz: f64, expected_hz: f64) -> f64 {
    let found = measure::tone_pitch(sound, rate_hz, expected_hz);
    found.map_or(f64::INFINITY, |found| 1200.0 * (found / expected_hz).log2())
}

fn settled(sound: &[Vec<f32>]) -> &[f32] {
    &sound[0][10_000..10_000 + FRAME]
}

#[test]
fn every_semitone_from_c2_to_c7_is_within_three_cents() {
    for (model, step) in MODELS.into_iter().zip([1, 1, 5, 5, 5]) {
        let mut plugin = playing(model, RATE_HZ, &GATE);
        let mut worst = 0.0_f64;
        for note in (36..=96).step_by(step) {
            plugin.reset();
            let off = cents(
                settled(&key(&mut plugin, note, 10_000 + FRAME + 10_000)),
                RATE_HZ,
                hertz(f64::from(note), 440.0),
            );
            assert!(off.abs() < 3.0, "{model}: key {note} is {off:.2} cents off");
            worst = worst.max(off.abs());
        }
        println!("{model}: at most {worst:.2} cents off");
    }
}

#[test]
fn other_rates_are_in_tune_too() {
    for rate in [48_000.0, 88_200.0, 96_000.0, 192_000.0] {
        let mut plugin = playing("Keys", rate, &GATE);
        for note in [36, 57, 96] {
            plugin.reset();
            let length = 2 * (10_000 + FRAME);
            let sound = key(&mut plugin, note, length);
            let off = cents(&sound[0][20_000..20_000 + FRAME], rate, hertz(f64::from(note), 440.0));
            assert!(off.abs() < 3.0, "{rate} Hz: key {note} is {off:.2} cents off");
        }
    }
}

/// A name, parameters that are set, what is done to the note, and the semitones that it then has
/// more.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Option<Play>, f64);

#[test]
fn tuning_bends_and_expressions_do_what_they_say() {
    let midi = |bytes: [u8; 3]| Play::Midi(bytes);
    let tuning = |semitones: f64| {
        Play::Expression(Note::key(57).named(7), NoteExpressionType::Tuning, semitones)
    };
    let cases: [Case; 6] = [
        ("fine", &[("Fine", "-30 ct")], None, -0.3),
        ("tuning", &[("Tuning", "432 Hz")], None, 12.0 * (432.0_f64 / 440.0).log2()),
        ("bend", &[], Some(midi([0xE0, 0x7F, 0x7F])), 2.0),
        ("bend down by an octave", &[("Bend range", "12 st")], Some(midi([0xE0, 0, 0])), -12.0),
        ("a note's own tuning", &[], Some(tuning(3.5)), 3.5),
        ("MPE", &[("MPE", "On"), ("MPE bend range", "24 st")], Some(midi([0xE2, 0, 96])), 12.0),
    ];
    for (what, values, play, semitones) in cases {
        let all: Vec<(&str, &str)> = GATE.iter().chain(values).copied().collect();
        let mut plugin = playing("Keys", RATE_HZ, &all);
        let channel = if what == "MPE" { 2 } else { 0 };
        let note = Note::key(57).named(7).on(channel);
        let mut notes = vec![Played { at: 0, what: Play::On(note, 0.8) }];
        notes.extend(play.map(|what| Played { at: 10, what }));
        let sound = plugin.play(&Take::notes(60_000, notes)).unwrap();
        let off = cents(&sound[0][20_000..20_000 + FRAME], RATE_HZ, hertz(57.0 + semitones, 440.0));
        // A bend of 14 bits ends a step short of its range.
        assert!(off.abs() < 3.0, "{what}: {off:.2} cents off");
    }
}
