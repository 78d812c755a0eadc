//! Each kind of promise is kept by the sound that it is about, and broken by a planted fault.

use super::Sound;
use nfx_tests::gates::materials::RATE_HZ;
use nfx_tests::gates::promises::{self, Ask, HELD_S, Take, kept, of_name};
use std::f64::consts::TAU;

const NOTE_HZ: f64 = 261.6;

/// Three seconds of what `sample` says of each second.
fn sound(sample: impl Fn(f64) -> f64) -> Sound {
    let channel: Vec<f32> =
        (0..(3.0 * RATE_HZ) as usize).map(|n| sample(n as f64 / RATE_HZ) as f32).collect();
    vec![channel; 2]
}

/// Partials of a note with these amplitudes, the first the fundamental's.
fn partials(hz: f64, amplitudes: &[f64], level: impl Fn(f64) -> f64) -> Sound {
    sound(|t| {
        let tone = amplitudes
            .iter()
            .zip(1..)
            .map(|(a, k)| a * (TAU * hz * f64::from(k) * t).sin())
            .sum::<f64>();
        0.2 * level(t) * tone
    })
}

fn good(ask: Ask, sound: &Sound, dry: &Sound) -> bool {
    let take = Take { sound, dry, hz: NOTE_HZ, ends_s: HELD_S };
    let (text, good) = kept(ask, &take);
    println!("{ask:?}: {good}: {text}");
    good
}

/// Whether the first sound keeps what is asked and the second breaks it.
fn tells(ask: Ask, keeps: &Sound, breaks: &Sound) {
    let dry = Vec::new();
    assert!(good(ask, keeps, &dry), "{ask:?} is not kept by what it is about");
    assert!(!good(ask, breaks, &dry), "{ask:?} is kept by a fault");
}

#[test]
fn levels_over_time() {
    let dying = |rate: f64| partials(NOTE_HZ, &[1.0], move |t| (-t * rate).exp());
    let held = partials(NOTE_HZ, &[1.0], |_| 1.0);
    let swelling = partials(NOTE_HZ, &[1.0], |t| (t / 0.8).min(1.0));
    // 20 dB are 2.3 time constants.
    tells(Ask::Falls(20.0, 0.3), &dying(9.0), &dying(4.0));
    let back =
        partials(NOTE_HZ, &[1.0], |t| if (1.0..1.1).contains(&t) { 0.5 } else { (-t * 9.0).exp() });
    tells(Ask::Falls(20.0, 0.3), &dying(9.0), &back);
    tells(Ask::Holds(12.0), &held, &dying(4.0));
    tells(Ask::Swells(0.2), &swelling, &held);
    tells(Ask::Strikes(0.1), &dying(4.0), &swelling);
}

#[test]
fn places_in_the_spectrum() {
    tells(
        Ask::Low(500.0),
        &partials(65.4, &[1.0, 0.5, 0.2], |_| 1.0),
        &partials(900.0, &[1.0], |_| 1.0),
    );
    let cowbell =
        |one: f64, two: f64| sound(move |t| 0.1 * ((TAU * one * t).sin() + (TAU * two * t).sin()));
    tells(Ask::Tones(540.0, 800.0), &cowbell(545.0, 795.0), &cowbell(300.0, 2_000.0));
    let dry = partials(100.0, &[1.0; 40], |_| 1.0);
    let bright: Vec<f64> = (1..=40).map(|k| if k > 20 { 2.0 } else { 1.0 }).collect();
    let bright = partials(100.0, &bright, |_| 1.0);
    assert!(good(Ask::Band(2_050.0, 8_000.0, 3.0), &bright, &dry));
    assert!(!good(Ask::Band(2_050.0, 8_000.0, 3.0), &dry, &dry));
    assert!(good(Ask::Band(2_050.0, 8_000.0, -3.0), &dry, &bright));
    assert!(!good(Ask::Band(2_050.0, 8_000.0, -3.0), &dry, &dry));
}

#[test]
fn balances_of_partials() {
    let of = |amplitudes: &[f64]| partials(NOTE_HZ, amplitudes, |_| 1.0);
    // A5 of a flute, and a clarinet's odd partials.
    let (flute, clarinet) =
        (of(&[1.0, 0.2, 0.03, 0.01]), of(&[1.0, 0.02, 0.5, 0.03, 0.3, 0.03, 0.2]));
    tells(Ask::Flute, &flute, &clarinet);
    tells(Ask::Odd(3.0), &clarinet, &of(&[1.0, 1.0, 0.3, 0.4]));
    tells(Ask::Pure(15.0), &of(&[1.0, 0.05]), &clarinet);
    let saw: Vec<f64> = (1..=16).map(|k| 1.0 / f64::from(k)).collect();
    tells(Ask::Saw(40.0), &of(&saw), &flute);
    let bell = sound(|t| {
        let ratios = [0.5, 1.0, 1.2, 1.5, 2.0, 2.67];
        0.05 * (-3.0 * t).exp()
            * ratios.iter().map(|ratio| (TAU * NOTE_HZ * ratio * t).sin()).sum::<f64>()
    });
    tells(Ask::Bell(0.05, 1.5), &bell, &partials(NOTE_HZ, &[1.0, 0.5, 0.3], |t| (-6.0 * t).exp()));
}

#[test]
fn what_an_effect_does_to_hits_and_ends() {
    // Three hits a second apart.
    let dry = sound(|t| if t.fract() < 0.2 { 0.3 * (TAU * 200.0 * t).cos() } else { 0.0 });
    let hit = |rate: f64| sound(move |t| 0.3 * (-t.fract() * rate).exp() * (TAU * 60.0 * t).sin());
    assert!(good(Ask::Hits(20.0, 0.3), &hit(12.0), &dry));
    assert!(!good(Ask::Hits(20.0, 0.3), &hit(3.0), &dry), "a long ring is no kick");
    let ends_s = 1.5;
    let until = |seconds: f64| {
        sound(move |t| if t < seconds { 0.3 * (TAU * 200.0 * t).sin() } else { 0.0 })
    };
    let stands = |sound: &Sound| {
        kept(Ask::Stands(3.0), &Take { sound, dry: &until(ends_s), hz: 0.0, ends_s }).1
    };
    assert!(stands(&until(9.0)));
    assert!(!stands(&until(1.6)), "what ends with the sound is not frozen");
}

#[test]
fn names_are_read_word_by_word() {
    let words = |name: &str| {
        of_name(name, promises::INSTRUMENT).into_iter().map(|(word, _)| word).collect::<Vec<_>>()
    };
    assert_eq!(words("Clay Flute"), ["flute"]);
    assert_eq!(words("Hollow Tom"), ["tom", "hollow"]);
    // What is plucked holds no note, though strings do.
    assert_eq!(words("Twelve Strings"), ["twelve strings"]);
    assert_eq!(words("Tidal Strings"), ["strings"]);
    assert_eq!(words("Bassoon"), Vec::<&str>::new(), "a word is a whole word");
    let of_effect = of_name("Piano to Kick", promises::EFFECT);
    assert_eq!(of_effect.into_iter().map(|(word, _)| word).collect::<Vec<_>>(), ["to kick"]);
}
