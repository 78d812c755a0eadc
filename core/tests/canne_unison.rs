//! Several strings for a note: their frequencies, their power, their places, and what stays as it
//! was.

mod studio;

use nfx_core::engine::canne::{CanneControls, CanneEngine, MAX_UNISON, Unison};
use studio::{db, frequency, hz, keys, off, on, part, play, rms, steady};

const RATE: f64 = 44_100.0;

fn controls(voices: usize, detune_cents: f32, spread: f32) -> CanneControls {
    CanneControls { unison: Unison { voices, detune_cents, spread }, ..steady() }
}

fn held(controls: &CanneControls, note: u8, seconds: f64) -> [Vec<f32>; 2] {
    let mut engine = CanneEngine::new(keys(), RATE).unwrap();
    play(&mut engine, controls, &[(0, on(note))], (seconds * RATE) as usize, &[512])
}

#[test]
fn strings_lie_where_the_detune_says() {
    // Ten seconds tell partials 40 cents apart, at the sixth of A4, from each other.
    let [left, _] = held(&controls(3, 40.0, 0.0), 69, 4.0);
    let sound = &left[22_050..];
    for cents in [-40.0, 0.0, 40.0] {
        let wanted = hz(69.0) * (cents / 1200.0f64).exp2();
        let found = frequency(sound, wanted, RATE);
        assert!(
            (1200.0 * (found / wanted).log2()).abs() < 1.0,
            "{cents}: {found} Hz, not {wanted}"
        );
        let beside = part(sound, hz(69.0) * ((cents + 20.0) / 1200.0f64).exp2(), RATE).0;
        assert!(db(part(sound, wanted, RATE).0 / beside) > 15.0, "{cents}: nothing stands out");
    }
}

#[test]
fn a_note_of_many_strings_is_as_loud_as_one_of_one() {
    let level = |voices| {
        let [left, right] = held(&controls(voices, 25.0, 1.0), 48, 6.0);
        10.0 * (rms(&left[8820..]).powi(2) + rms(&right[8820..]).powi(2)).log10()
    };
    let one = level(1);
    for voices in 2..=MAX_UNISON {
        let many = level(voices);
        assert!((many - one).abs() < 1.0, "{voices} strings: {many} dB, one: {one} dB");
    }
}

#[test]
fn the_spread_makes_channels_differ_and_leaves_them_balanced() {
    let likeness = |spread| {
        let mut controls = controls(5, 25.0, spread);
        controls.width = 0.0;
        let [left, right] = held(&controls, 52, 5.0);
        let (left, right) = (&left[8820..], &right[8820..]);
        assert!((db(rms(left)) - db(rms(right))).abs() < 1.0);
        let product: f64 = left.iter().zip(right).map(|(l, r)| f64::from(l * r)).sum();
        product / (rms(left) * rms(right) * left.len() as f64)
    };
    let (middle, wide) = (likeness(0.0), likeness(1.0));
    assert!(middle > 0.999, "{middle}");
    assert!(wide < 0.8, "{wide}");
}

#[test]
fn one_string_is_what_it_was_and_another_number_waits_for_the_next_note() {
    let one = held(&controls(1, 12.0, 0.7), 60, 0.5);
    assert_eq!(
        one,
        held(&controls(1, 100.0, 1.0), 60, 0.5),
        "detune and spread of one string are nothing"
    );
    let mut engine = CanneEngine::new(keys(), RATE).unwrap();
    let first = play(&mut engine, &controls(1, 30.0, 1.0), &[(0, on(60))], 6400, &[64]);
    let rest = play(&mut engine, &controls(7, 30.0, 1.0), &[], 15_650, &[64]);
    assert_eq!(
        [&first[0][..], &rest[0][..]].concat(),
        one[0],
        "a note that sounds keeps its strings"
    );
    let next =
        play(&mut engine, &controls(7, 30.0, 1.0), &[(0, off(60)), (1, on(67))], 22_050, &[64]);
    assert_ne!(next[0], next[1]);
}
