//! Notes begin and end when they should, and none is ever left hanging.

use super::{GATE, ROW, key, playing};
use crate::row::{CEILING, assert_same, assert_sound, from, preset, typed};
use nfx_tests::clap_host::notes::{Note, Play, Played, held};
use nfx_tests::clap_host::{Blocks, Take};
use nfx_tests::measure;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const RATE_HZ: f64 = 48_000.0;
const SECOND: usize = 48_000;

#[test]
fn a_note_sounds_within_fifteen_milliseconds_of_its_key() {
    for (rate, key_number) in [(44_100.0, 36), (48_000.0, 60), (96_000.0, 96), (192_000.0, 48)] {
        let mut plugin = playing("Keys", rate, &GATE);
        assert_eq!(plugin.latency(), 0);
        let start = 1234;
        let sound = plugin
            .play(&Take::notes(rate as usize, held(key_number, start, rate as usize).to_vec()))
            .unwrap();
        let peak = sound[0].iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        let first = sound[0].iter().position(|sample| *sample != 0.0).unwrap();
        let heard = sound[0].iter().position(|sample| sample.abs() > 0.1 * peak).unwrap();
        let ms = |at: usize| 1000.0 * (at as f64 - start as f64) / rate;
        println!(
            "{rate} Hz, key {key_number}: first sample after {:.2} ms, heard after {:.2} ms",
            ms(first),
            ms(heard)
        );
        assert!(first >= start && ms(heard) < 15.0, "heard after {:.2} ms", ms(heard));
    }
}

#[test]
fn a_chord_sounds_within_fifteen_milliseconds() {
    let mut plugin = playing("Keys", RATE_HZ, &GATE);
    let start = 777;
    let together = |keys: &[u8]| -> Vec<Played> {
        keys.iter().flat_map(|key| held(*key, start, SECOND)).collect()
    };
    let keys: Vec<u8> = (0..16).map(|i| 36 + 3 * i).collect();
    let sound = plugin.play(&Take::notes(SECOND, together(&keys))).unwrap();
    let window = |from: usize| &sound[0][from..from + 2400];
    let early = measure::rms(window(start + 720));
    let late = measure::rms(window(start + 24_000));
    assert!(early > 0.5 * late, "15 ms after sixteen keys the sound has {early}, later {late}");
}

#[test]
fn all_notes_off_leaves_exact_silence() {
    for (what, bytes) in [("all notes off", [0xB0, 123, 0]), ("all sound off", [0xB0, 120, 0])] {
        let mut plugin = ROW.active(RATE_HZ, 512);
        let mut notes: Vec<Played> =
            (40..56).map(|key| Played { at: 0, what: Play::On(Note::key(key), 0.9) }).collect();
        notes.push(Played { at: 100, what: Play::Midi([0xB0, 64, 127]) });
        notes.push(Played { at: SECOND, what: Play::Midi(bytes) });
        let sound = plugin.play(&Take::notes(3 * SECOND, notes)).unwrap();
        assert!(measure::rms(&sound[0][SECOND / 2..SECOND]) > 0.01);
        assert_sound(&from(&sound, 2 * SECOND), 0.0, what);
    }
}

#[test]
fn the_pedal_holds_and_lets_go() {
    let mut plugin = playing("Keys", RATE_HZ, &GATE);
    let mut notes = held(60, 0, SECOND / 4).to_vec();
    notes.push(Played { at: 100, what: Play::Midi([0xB0, 64, 127]) });
    notes.push(Played { at: SECOND, what: Play::Midi([0xB0, 64, 0]) });
    let sound = plugin.play(&Take::notes(2 * SECOND, notes)).unwrap();
    assert!(
        measure::rms(&sound[0][SECOND / 2..SECOND]) > 0.01,
        "the pedal was expected to hold the note"
    );
    assert!(sound[0][SECOND + SECOND / 2..].iter().all(|sample| *sample == 0.0));
}

/// Anything that a broken cable or a cat may do, for a second.
fn storm(seed: u64, length: usize) -> Vec<Played> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut notes = Vec::new();
    for _ in 0..3000 {
        let at = random.random_range(0..length);
        let id = if random.random_bool(0.5) { random.random_range(0..64) } else { -1 };
        let note =
            Note { channel: random.random_range(0..16), key: random.random_range(0..128), id };
        let what = match random.random_range(0..10) {
            0..=3 => Play::On(note, random.random_range(0.0..=1.0)),
            4..=6 => Play::Off(note),
            7 => Play::Choke(note),
            _ => {
                let status = [0x80, 0x90, 0xA0, 0xB0, 0xC0, 0xD0, 0xE0][random.random_range(0..7)];
                let channel = random.random_range(0..16);
                Play::Midi([
                    status | channel,
                    random.random_range(0..128),
                    random.random_range(0..128),
                ])
            }
        };
        notes.push(Played { at, what });
    }
    notes
}

#[test]
fn no_storm_leaves_a_note_hanging() {
    for seed in 0..6 {
        let mut plugin = ROW.active(RATE_HZ, 1024);
        let modes = ["Poly", "Mono", "Legato"];
        let mode = typed(&mut plugin, 0, "Voice mode", modes[seed as usize % 3]);
        let mpe = typed(&mut plugin, 0, "MPE", if seed % 2 == 0 { "Off" } else { "On" });
        let mut notes = storm(seed, SECOND);
        // Each channel has its own end of all notes, as hosts send it.
        notes.extend(
            (0..16)
                .map(|channel| Played { at: SECOND, what: Play::Midi([0xB0 | channel, 123, 0]) }),
        );
        let take = Take { events: vec![mode, mpe], ..Take::notes(3 * SECOND, notes) };
        let sound = plugin.play(&take.blocks(Blocks::Random { seed, max: 1024 })).unwrap();
        assert_sound(&sound, CEILING, &format!("storm {seed}"));
        assert_sound(&from(&sound, 2 * SECOND), 0.0, &format!("a second after storm {seed}"));
    }
}

#[test]
fn notes_that_come_up_by_themselves_leave_nothing_hanging() {
    // No panic button: every key that went down comes up again, pedals too, in any order.
    for seed in 10..14 {
        let mut plugin = ROW.active(RATE_HZ, 512);
        let mut random = StdRng::seed_from_u64(seed);
        let mut notes = Vec::new();
        for index in 0..400 {
            let from = random.random_range(0..SECOND);
            let to = from + random.random_range(0..SECOND / 4);
            let note = Note::key(random.random_range(24..108)).named(index);
            notes.push(Played { at: from, what: Play::On(note, 0.7) });
            notes.push(Played { at: to, what: Play::Off(note) });
            if index % 20 == 0 {
                notes.push(Played { at: from, what: Play::Midi([0xB0, 64, 127]) });
                notes.push(Played { at: to, what: Play::Midi([0xB0, 64, 0]) });
            }
        }
        let sound = plugin.play(&Take::notes(3 * SECOND, notes)).unwrap();
        assert!(
            sound[0][2 * SECOND..].iter().all(|sample| *sample == 0.0),
            "seed {seed}: something still sounds"
        );
    }
}

#[test]
fn the_host_is_told_of_each_note_that_is_over() {
    let mut plugin = playing("Keys", RATE_HZ, &[("Amp release", "50 ms"), ("Voices", "4")]);
    let mut notes = Vec::new();
    for id in 0..8 {
        let note = Note::key(48 + 3 * id as u8).named(100 + id);
        notes.push(Played { at: 2000 * id as usize, what: Play::On(note, 0.8) });
        notes.push(Played { at: SECOND / 2, what: Play::Off(note) });
    }
    plugin.play(&Take::notes(2 * SECOND, notes)).unwrap();
    let mut ended: Vec<i32> = plugin.take_ended().iter().map(|note| note.id).collect();
    ended.sort_unstable();
    assert_eq!(ended, (100..108).collect::<Vec<_>>(), "stolen or released, each was expected once");
}

#[test]
fn a_slider_is_modulated_for_one_note_alone() {
    let mut plugin = playing("Keys", RATE_HZ, &GATE);
    let slider = plugin.param("Slider 3").unwrap();
    let (low, high) = (Note::key(40).named(1), Note::key(88).named(2));
    let mut play = |modulate: Option<Note>| {
        plugin.reset();
        let mut notes = vec![
            Played { at: 0, what: Play::On(low, 0.8) },
            Played { at: 0, what: Play::On(high, 0.8) },
        ];
        notes.extend(
            modulate.map(|note| Played { at: 10, what: Play::Modulate(note, slider.id, 0.45) }),
        );
        plugin.play(&Take::notes(SECOND, notes)).unwrap().swap_remove(0)
    };
    let (plain, modulated) = (play(None), play(Some(high)));
    let distance = measure::log_spectral_distance(&plain[SECOND / 2..], &modulated[SECOND / 2..]);
    assert!(
        distance > 0.5,
        "the modulated note was expected to change, but it is {distance:.2} dB away"
    );
    let mut alone = |note: Note, amount: Option<f64>| {
        plugin.reset();
        let mut notes = vec![Played { at: 0, what: Play::On(note, 0.8) }];
        // The other note's modulation, while it does not sound.
        notes.extend(
            amount.map(|amount| Played { at: 10, what: Play::Modulate(high, slider.id, amount) }),
        );
        plugin.play(&Take::notes(SECOND / 4, notes)).unwrap()
    };
    let (without, with) = (alone(low, None), alone(low, Some(0.45)));
    assert_same(&without, &with, "another note's modulation");
}

#[test]
fn the_drone_needs_no_key_and_stops_in_silence() {
    let mut plugin = ROW.active(RATE_HZ, 512);
    let (on, off) =
        (typed(&mut plugin, 0, "Drone", "On"), typed(&mut plugin, 2 * SECOND, "Drone", "Off"));
    let take = Take { events: vec![on, off], ..Take::notes(5 * SECOND, Vec::new()) };
    let sound = plugin.play(&take).unwrap();
    assert!(
        measure::rms(&sound[0][SECOND..2 * SECOND]) > 0.005,
        "the drone was expected to be heard"
    );
    assert!(
        sound[0][4 * SECOND..].iter().all(|sample| *sample == 0.0),
        "the drone was expected to end"
    );
    plugin.deactivate();
    preset(&mut plugin, &[("Drone", "Off")]);
    plugin.activate(RATE_HZ, 512).unwrap();
    assert!(measure::rms(&key(&mut plugin, 60, SECOND)[0]) > 0.01);
}
