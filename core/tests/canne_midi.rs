//! MIDI's controllers on the engine: registered parameters, MPE, volume and pan, slide, resets, and
//! equal notes that overlap.

mod studio;

use nfx_core::engine::canne::{ANY, CanneControls, CanneEngine, EventKind, MpeZones, VoiceMode};
use studio::{cents, db, frequency, hz, keys, part, play, rms, steady};

const RATE: f64 = 44_100.0;
const LENGTH: usize = 40_000;

type Timed = (usize, EventKind);

fn engine() -> CanneEngine {
    CanneEngine::new(keys(), RATE).unwrap()
}

fn cc(channel: u8, number: u8, value: u8) -> EventKind {
    EventKind::Controller { channel, number, value: f32::from(value) / 127.0 }
}

fn on(channel: u8, note: u8) -> EventKind {
    EventKind::NoteOn { channel, note, velocity: 1.0, id: -1 }
}

fn off(channel: u8, note: u8) -> EventKind {
    EventKind::NoteOff { channel, note, velocity: 0.0, id: -1 }
}

fn bend(channel: u8, semitones_norm: f32) -> EventKind {
    EventKind::Bend { channel, semitones_norm }
}

/// Controllers of one channel.
fn all(channel: u8, list: &[(u8, u8)]) -> Vec<EventKind> {
    list.iter().map(|&(number, value)| cc(channel, number, value)).collect()
}

/// A registered parameter's value.
fn rpn(channel: u8, parameter: u8, value: u8) -> Vec<EventKind> {
    all(channel, &[(101, 0), (100, parameter), (6, value)])
}

fn gate() -> CanneControls {
    let mut controls = steady();
    (controls.amp.attack_ms, controls.amp.release_ms) = (2.0, 5.0);
    controls
}

/// The sound of key 57 of a channel with these events before it, both channels from where all has
/// settled.
fn sound(controls: &CanneControls, channel: u8, before: &[EventKind]) -> [Vec<f32>; 2] {
    let mut events: Vec<Timed> = before.iter().map(|&kind| (0, kind)).collect();
    events.push((0, on(channel, 57)));
    play(&mut engine(), controls, &events, LENGTH, &[512]).map(|side| side[8000..].to_vec())
}

/// By how many semitones key 57 is off.
fn semitones(controls: &CanneControls, channel: u8, before: &[EventKind], expected: f64) -> f64 {
    let wanted = hz(57.0 + expected);
    expected + 0.01 * cents(frequency(&sound(controls, channel, before)[0], wanted, RATE), wanted)
}

fn assert_pitch(what: &str, channel: u8, before: &[Vec<EventKind>], expected: f64) {
    let found = semitones(&gate(), channel, &before.concat(), expected);
    assert!((found - expected).abs() < 0.02, "{what}: {found} semitones, {expected} were expected");
}

#[test]
fn registered_parameters_set_bend_range_and_tuning_of_their_channel() {
    let up = |channel: u8| vec![bend(channel, 1.0)];
    let select = |list: &[(u8, u8)]| all(0, list);
    assert_pitch("no message", 0, &[up(0)], 2.0);
    assert_pitch("RPN 0", 0, &[rpn(0, 0, 12), up(0)], 12.0);
    assert_pitch("another channel's", 1, &[rpn(0, 0, 12), up(1)], 2.0);
    assert_pitch("cents", 0, &[rpn(0, 0, 7), select(&[(38, 50)]), up(0)], 7.5);
    assert_pitch(
        "fine half first",
        0,
        &[select(&[(100, 0), (101, 0), (38, 50), (6, 7)]), up(0)],
        7.5,
    );
    assert_pitch(
        "none",
        0,
        &[rpn(0, 0, 7), select(&[(101, 127), (100, 127), (6, 12)]), up(0)],
        7.0,
    );
    assert_pitch("not registered", 0, &[select(&[(99, 0), (98, 0), (6, 12)]), up(0)], 2.0);
    assert_pitch(
        "not registered after",
        0,
        &[rpn(0, 0, 7), select(&[(98, 0), (6, 12)]), up(0)],
        7.0,
    );
    assert_pitch("steps", 0, &[rpn(0, 0, 11), select(&[(96, 0), (96, 0), (97, 127)]), up(0)], 12.0);
    assert_pitch("nothing at all", 0, &[rpn(0, 0, 0), up(0)], 0.0);
    assert_pitch("fine", 0, &[rpn(0, 1, 96)], 0.5);
    assert_pitch("coarse", 0, &[rpn(0, 2, 52)], -12.0);
    assert_pitch("both and a bend", 0, &[rpn(0, 2, 67), rpn(0, 1, 32), vec![bend(0, -0.5)]], 1.5);
    assert_pitch("of no known parameter", 0, &[rpn(0, 5, 99), up(0)], 2.0);
}

#[test]
fn a_range_that_changes_under_a_bent_note_is_heard_at_once() {
    let events: Vec<Timed> = [(0, bend(0, 1.0)), (0, on(0, 57))]
        .into_iter()
        .chain(rpn(0, 0, 12).into_iter().map(|kind| (LENGTH, kind)))
        .collect();
    let [left, _] = play(&mut engine(), &gate(), &events, 2 * LENGTH, &[64]);
    assert!(cents(frequency(&left[8000..LENGTH], hz(59.0), RATE), hz(59.0)).abs() < 1.0);
    assert!(cents(frequency(&left[LENGTH + 8000..], 440.0, RATE), 440.0).abs() < 1.0);
}

#[test]
fn mpe_is_configured_by_message_in_both_zones() {
    let quarter = |channel: u8| vec![bend(channel, 0.25)];
    let (lower, upper) = (|members| rpn(0, 6, members), |members| rpn(15, 6, members));
    assert_pitch("a member", 1, &[lower(15), quarter(1)], 12.0);
    assert_pitch("a member and its master", 1, &[lower(15), quarter(1), vec![bend(0, 1.0)]], 14.0);
    assert_pitch("the master itself", 0, &[lower(15), vec![bend(0, 1.0)]], 2.0);
    assert_pitch("beyond the zone", 4, &[lower(3), vec![bend(4, 1.0), bend(0, 1.0)]], 2.0);
    assert_pitch("the upper zone", 14, &[upper(5), quarter(14), vec![bend(15, 0.5)]], 13.0);
    assert_pitch("beyond the upper zone", 9, &[upper(5), vec![bend(9, 1.0), bend(15, 1.0)]], 2.0);
    assert_pitch("both", 9, &[lower(8), upper(9), vec![bend(9, 0.25), bend(0, 1.0)]], 12.0);
    assert_pitch("off again", 1, &[lower(15), lower(0), vec![bend(1, 1.0), bend(0, 1.0)]], 2.0);
    assert_pitch(
        "a range for all members",
        3,
        &[lower(15), rpn(9, 0, 24), vec![bend(3, 0.5)]],
        12.0,
    );
    assert_pitch(
        "a range, and configured anew",
        3,
        &[rpn(3, 0, 7), lower(15), vec![bend(3, 0.25)]],
        12.0,
    );
    assert_pitch("master's tuning", 3, &[lower(15), rpn(0, 2, 65)], 1.0);
    assert_pitch("on no master's channel", 3, &[rpn(2, 6, 15), vec![bend(3, 1.0)]], 2.0);
    assert_pitch("of too many", 3, &[rpn(0, 6, 16), vec![bend(3, 1.0)]], 2.0);
}

#[test]
fn the_switch_and_messages_take_turns() {
    let off = gate();
    let on = CanneControls { mpe: true, ..gate() };
    let mut engine = engine();
    let mut zones = |controls: &CanneControls, list: Vec<EventKind>| {
        let events: Vec<Timed> = list.into_iter().map(|kind| (0, kind)).collect();
        play(&mut engine, controls, &events, 64, &[64]);
        let view = engine.view();
        (view.zones, view.zones_by_message, view.bend_ranges)
    };
    let some = MpeZones { lower: 7, upper: 0 };
    assert_eq!(zones(&off, Vec::new()), (MpeZones::OFF, false, [2.0, 2.0]));
    assert_eq!(zones(&off, rpn(0, 6, 7)), (some, true, [2.0, 48.0]));
    assert_eq!(zones(&off, Vec::new()), (some, true, [2.0, 48.0]));
    assert_eq!(zones(&on, Vec::new()), (MpeZones::ALL, false, [2.0, 48.0]));
    assert_eq!(zones(&on, rpn(0, 6, 0)), (MpeZones::OFF, true, [2.0, 2.0]));
    assert_eq!(zones(&off, Vec::new()), (MpeZones::OFF, false, [2.0, 2.0]));
    zones(&off, rpn(0, 0, 12));
    assert_eq!(zones(&CanneControls { bend_range: 5.0, ..off }, Vec::new()).2, [5.0, 5.0]);
    engine.reset();
    assert_eq!((engine.view().zones, engine.view().zones_by_message), (MpeZones::OFF, false));
}

#[test]
fn a_configuration_message_leaves_no_note_hanging() {
    let mut controls = gate();
    controls.mpe = false;
    let mut engine = engine();
    let mut events: Vec<Timed> = (0..16).map(|channel| (0, on(channel, 40 + channel))).collect();
    events.extend([(1000, cc(0, 64, 127)), (1500, off(3, 43))]);
    events.extend(rpn(0, 6, 15).into_iter().map(|kind| (5000, kind)));
    let [left, right] = play(&mut engine, &controls, &events, 8000, &[512]);
    assert_eq!(engine.active_voices(), 0, "all sixteen channels came under the zone");
    assert!(left[6000..].iter().chain(&right[6000..]).all(|&x| x == 0.0));
    // The same again disturbs nobody.
    let mut events = vec![(0, on(4, 50))];
    events.extend(rpn(0, 6, 15).into_iter().map(|kind| (2000, kind)));
    play(&mut engine, &controls, &events, 8000, &[512]);
    assert_eq!(engine.active_voices(), 1);
    // A note that is held when MPE goes away ends with its note-off, or at once.
    let mut events: Vec<Timed> = rpn(0, 6, 0).into_iter().map(|kind| (0, kind)).collect();
    events.push((500, off(4, 50)));
    play(&mut engine, &controls, &events, 4000, &[512]);
    assert_eq!(engine.active_voices(), 0);
}

#[test]
fn a_released_mpe_note_keeps_its_bend_when_its_channel_is_another_notes() {
    let mut controls = CanneControls { mpe: true, ..gate() };
    controls.amp.release_ms = 4000.0;
    let events = [
        (0, bend(2, 0.25)),
        (0, on(2, 57)),
        (10_000, off(2, 57)),
        (10_100, bend(2, 0.0)),
        (10_100, cc(2, 7, 0)),
        (10_200, on(2, 40)),
    ];
    let [left, _] = play(&mut engine(), &controls, &events, 30_000, &[512]);
    let (level, _) = studio::part(&left[11_000..], 440.0, RATE);
    let (moved, _) = studio::part(&left[11_000..], hz(57.0), RATE);
    assert!(level > 0.01 && moved < 0.1 * level, "{level} at the bent pitch, {moved} at the key's");
    // Its master still reaches it.
    let more = [(0, cc(0, 7, 0))];
    let mut engine = engine();
    play(&mut engine, &controls, &events, 12_000, &[512]);
    let [left, _] = play(&mut engine, &controls, &more, 8000, &[512]);
    assert!(rms(&left[6000..]) < 1e-4, "{}", rms(&left[6000..]));
}

/// Level in dB of both sides against those of the same note untouched.
fn levels(channel: u8, mpe: bool, list: Vec<EventKind>) -> [f64; 2] {
    let controls = CanneControls { mpe, ..gate() };
    let (plain, moved) = (sound(&controls, channel, &[]), sound(&controls, channel, &list));
    [0, 1].map(|side| db(rms(&moved[side]) / rms(&plain[side])))
}

#[test]
fn volume_expression_and_pan_have_the_standard_curves() {
    let close = |what: &str, found: [f64; 2], expected: [f64; 2]| {
        for (found, expected) in found.into_iter().zip(expected) {
            let is_silent = expected < -100.0 && found < -100.0;
            assert!(
                is_silent || (found - expected).abs() < 0.05,
                "{what}: {found} dB, {expected} were expected"
            );
        }
    };
    let curve = |value: f64| 40.0 * (value / 127.0).log10();
    for number in [7, 11] {
        for value in [0u8, 1, 20, 64, 100, 127] {
            let expected = if value == 0 { -600.0 } else { curve(f64::from(value)) };
            close(
                &format!("CC {number} {value}"),
                levels(0, false, vec![cc(0, number, value)]),
                [expected; 2],
            );
        }
        let halves = all(0, &[(number, 20), (number + 32, 64)]);
        close("both halves", levels(0, false, halves), [curve(20.5); 2]);
    }
    close("both", levels(0, false, all(0, &[(7, 64), (11, 64)])), [2.0 * curve(64.0); 2]);
    close("another channel", levels(1, false, all(0, &[(7, 0), (10, 0), (11, 0)])), [0.0; 2]);
    close("the master", levels(3, true, vec![cc(0, 7, 64), cc(3, 11, 64)]), [2.0 * curve(64.0); 2]);
    close("centre", levels(0, false, vec![cc(0, 10, 64)]), [0.0; 2]);
    close("left", levels(0, false, vec![cc(0, 10, 0)]), [3.01, -600.0]);
    close("right", levels(0, false, vec![cc(0, 10, 127)]), [-600.0, 3.01]);
    // Constant power on the way.
    for value in [16, 40, 90] {
        let [left, right] =
            levels(0, false, vec![cc(0, 10, value)]).map(|level| 10f64.powf(level / 10.0));
        assert!((left + right - 2.0).abs() < 0.01, "{value}: {left} {right}");
    }
}

#[test]
fn volume_of_channel_1_reaches_the_drone() {
    let controls = CanneControls { drone: true, ..gate() };
    let level = |list: &[EventKind]| {
        let events: Vec<Timed> = list.iter().map(|&kind| (0, kind)).collect();
        play(&mut engine(), &controls, &events, LENGTH, &[512]).map(|side| rms(&side[20_000..]))
    };
    let (plain, soft, left) = (level(&[]), level(&[cc(0, 11, 64)]), level(&[cc(0, 10, 0)]));
    assert!((db(soft[0] / plain[0]) + 11.9).abs() < 0.1 && left[1] < 1e-6 && left[0] > plain[0]);
    assert_eq!(level(&[cc(3, 7, 0)]), plain);
}

#[test]
fn slide_is_the_brightness_of_each_note() {
    let plain = gate();
    let same = |a: &[Vec<f32>; 2], b: &[Vec<f32>; 2]| {
        a.iter().zip(b).all(|(a, b)| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()))
    };
    let neutral = sound(&plain, 0, &[]);
    assert!(same(&neutral, &sound(&plain, 0, &[cc(0, 74, 64)])));
    let bright = |sound: &[Vec<f32>; 2]| {
        let octaves = (hz(57.0) * 8.0, hz(57.0));
        db(studio::part(&sound[0], octaves.0, RATE).0 / studio::part(&sound[0], octaves.1, RATE).0)
    };
    let [dark, middle, light] =
        [0, 64, 127].map(|value| bright(&sound(&plain, 0, &[cc(0, 74, value)])));
    // 4.5 dB an octave, over three.
    assert!(
        (light - middle - 13.5).abs() < 0.5 && (middle - dark - 13.5).abs() < 0.5,
        "{dark} {middle} {light}"
    );
    // A note's own brightness is the same thing.
    let own = |value: f32| {
        let events = [
            (0, on(0, 57)),
            (0, EventKind::NoteBrightness { channel: 0, note: 57, id: -1, value }),
        ];
        play(&mut engine(), &plain, &events, LENGTH, &[512]).map(|side| side[8000..].to_vec())
    };
    assert!(same(&own(1.0), &sound(&plain, 0, &[cc(0, 74, 127)])));
    // In MPE a member's is its own, and the master's is everyone's.
    let mpe = CanneControls { mpe: true, ..gate() };
    assert!(same(&neutral, &sound(&mpe, 2, &[cc(3, 74, 127)])));
    assert!((bright(&sound(&mpe, 2, &[cc(0, 74, 127)])) - light).abs() < 0.1);
    // It can be turned round, off, and towards sliders.
    let round = CanneControls { slide_brightness: -1.0, ..gate() };
    assert!((bright(&sound(&round, 0, &[cc(0, 74, 127)])) - dark).abs() < 0.5);
    let mut sliders = CanneControls { slide_brightness: 0.0, ..gate() };
    assert!(same(&neutral, &sound(&sliders, 0, &[cc(0, 74, 127)])));
    sliders.slide_to[0] = 0.4;
    let mut moved = gate();
    moved.sliders[0] += 0.4;
    assert!(
        (bright(&sound(&sliders, 0, &[cc(0, 74, 127)])) - bright(&sound(&moved, 0, &[]))).abs()
            < 0.1
    );
}

/// Voices that are held or fade out slowly, at some samples.
#[test]
fn in_mpe_slide_moves_a_chosen_slider_of_its_own_note_alone() {
    let mut controls =
        CanneControls { mpe: true, slide_brightness: 0.0, even_level: false, ..gate() };
    controls.slide_to[4] = 0.4;
    // The fifth partials of two notes on two channels, the one slid up.
    let fifths = |events: &[EventKind]| {
        let mut list: Vec<(usize, EventKind)> = events.iter().map(|&kind| (0, kind)).collect();
        list.extend([(0, on(1, 57)), (0, on(2, 64))]);
        let [left, _] = play(&mut engine(), &controls, &list, 33_075, &[512]);
        [57.0, 64.0].map(|note| db(part(&left[11_025..], 5.0 * hz(note), RATE).0))
    };
    let (rest, slid) = (fifths(&[]), fifths(&[cc(1, 74, 127)]));
    assert!(
        slid[0] - rest[0] > 2.0 && (slid[1] - rest[1]).abs() < 0.1,
        "{rest:?} dB, then {slid:?} dB"
    );
}

fn counts(mode: VoiceMode, events: &[Timed], samples: &[usize]) -> Vec<usize> {
    let mut controls = gate();
    controls.mode = mode;
    let mut engine = engine();
    let mut at = 0;
    let mut found = Vec::new();
    for &sample in samples {
        let now: Vec<Timed> = events
            .iter()
            .filter(|e| (at..sample).contains(&e.0))
            .map(|&(when, kind)| (when - at, kind))
            .collect();
        play(&mut engine, &controls, &now, sample - at, &[64]);
        at = sample;
        found.push(engine.active_voices());
    }
    found
}

#[test]
fn equal_notes_that_overlap_end_one_by_one() {
    let twice = [(0, on(0, 57)), (4000, on(0, 57)), (8000, off(0, 57)), (12_000, off(0, 57))];
    assert_eq!(counts(VoiceMode::Poly, &twice, &[2000, 6000, 10_000, 14_000]), [1, 2, 1, 0]);
    // The one pressed first ends first: what is left is the later, softer one.
    let soft = EventKind::NoteOn { channel: 0, note: 57, velocity: 0.2, id: -1 };
    let [left, _] = play(
        &mut engine(),
        &gate(),
        &[(0, on(0, 57)), (4000, soft), (12_000, off(0, 57))],
        30_000,
        &[64],
    );
    assert!(rms(&left[20_000..]) < 0.5 * rms(&left[2000..4000]) && rms(&left[20_000..]) > 1e-3);
    // With names, the one that is named; a host may even use one name twice.
    let named = |id| EventKind::NoteOn { channel: 0, note: 57, velocity: 1.0, id };
    let named_off = |id| EventKind::NoteOff { channel: 0, note: 57, velocity: 0.0, id };
    for ids in [[1, 2], [57, 57]] {
        let events = [
            (0, named(ids[0])),
            (10, named(ids[1])),
            (4000, named_off(ids[1])),
            (8000, named_off(ids[0])),
        ];
        assert_eq!(counts(VoiceMode::Poly, &events, &[2000, 6000, 10_000]), [2, 1, 0], "{ids:?}");
    }
    // A wildcard means all.
    for (channel, note) in [(ANY, 57), (0, ANY), (ANY, ANY)] {
        let events = [(0, on(0, 57)), (10, on(0, 57)), (4000, off(channel, note))];
        assert_eq!(counts(VoiceMode::Poly, &events, &[2000, 6000]), [2, 0]);
    }
    // One voice goes on until the last of them is up.
    for mode in [VoiceMode::Mono, VoiceMode::Legato] {
        assert_eq!(counts(mode, &twice, &[2000, 6000, 10_000, 14_000]), [1, 1, 1, 0], "{mode:?}");
    }
}

#[test]
fn equal_notes_under_the_pedal_end_with_it() {
    let events = [
        (0, on(0, 57)),
        (100, on(0, 57)),
        (200, cc(0, 64, 127)),
        (2000, off(0, 57)),
        (4000, off(0, 57)),
        (8000, on(0, 57)),
        (12_000, cc(0, 64, 0)),
        (16_000, off(0, 57)),
    ];
    // Struck again with its keys up, the pedal's notes give way to the new one.
    assert_eq!(
        counts(VoiceMode::Poly, &events, &[1000, 3000, 5000, 10_000, 14_000, 18_000]),
        [2, 2, 2, 1, 1, 0]
    );
}

#[test]
fn a_note_on_without_velocity_is_a_note_off() {
    let zero = EventKind::NoteOn { channel: 0, note: 57, velocity: 0.0, id: -1 };
    assert_eq!(counts(VoiceMode::Poly, &[(0, on(0, 57)), (2000, zero)], &[1000, 4000]), [1, 0]);
    let mut engine = engine();
    let named = EventKind::NoteOn { channel: 0, note: 57, velocity: 0.0, id: 9 };
    play(&mut engine, &gate(), &[(0, named)], 64, &[64]);
    assert_eq!((engine.take_ended().map(|e| e.id), engine.active_voices()), (Some(9), 0));
}

#[test]
fn mode_messages_end_the_notes_of_their_channel_alone() {
    for number in [120, 123, 124, 125, 126, 127] {
        let events =
            [(0, on(0, 50)), (0, on(1, 57)), (100, cc(0, 64, 127)), (4000, cc(0, number, 0))];
        assert_eq!(counts(VoiceMode::Poly, &events, &[2000, 6000]), [2, 1], "CC {number}");
        let mpe: Vec<Timed> = rpn(0, 6, 15).into_iter().map(|kind| (0, kind)).collect();
        let events =
            [&mpe[..], &[(0, on(2, 50)), (0, on(3, 57)), (4000, cc(0, number, 0))]].concat();
        assert_eq!(
            counts(VoiceMode::Poly, &events, &[2000, 6000]),
            [2, 0],
            "CC {number} of a master"
        );
    }
    // One voice goes back to the key of the channel that was not meant.
    let events = [(0, on(0, 50)), (1000, on(1, 57)), (4000, cc(1, 123, 0)), (8000, off(0, 50))];
    assert_eq!(counts(VoiceMode::Mono, &events, &[2000, 6000, 10_000]), [1, 1, 0]);
}

#[test]
fn controllers_go_back_to_rest() {
    let moved = [
        vec![bend(0, 1.0), EventKind::ChannelPressure { channel: 0, value: 1.0 }],
        all(0, &[(1, 127), (11, 20), (64, 127), (101, 0), (100, 0), (121, 0), (6, 24)]),
    ];
    let mut controls = gate();
    (controls.wheel_to, controls.pressure_to) = ([0.5; 8], [0.5; 8]);
    let (plain, back) = (sound(&controls, 0, &[]), sound(&controls, 0, &moved.concat()));
    assert_eq!(plain, back);
    // Volume and pan are the mixer's, and stay.
    assert!(levels(0, false, all(0, &[(7, 64), (10, 0), (121, 0)]))[0] < -5.0);
    // The pedal comes up, and with it the notes that it held; a key's own pressure goes back, too.
    let events = [(0, on(0, 57)), (10, cc(0, 64, 127)), (2000, off(0, 57)), (4000, cc(0, 121, 0))];
    assert_eq!(counts(VoiceMode::Poly, &events, &[3000, 6000]), [1, 0]);
    let pressed = EventKind::PolyPressure { channel: 0, note: 57, id: -1, value: 1.0 };
    let run = |events: &[Timed]| {
        play(&mut engine(), &controls, events, LENGTH, &[512])[0][30_000..].to_vec()
    };
    let pressed = run(&[(0, on(0, 57)), (100, pressed), (200, cc(0, 121, 0))]);
    assert!(db(rms(&pressed) / rms(&run(&[(0, on(0, 57))]))).abs() < 0.01);
}
