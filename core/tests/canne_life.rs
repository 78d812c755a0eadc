//! Notes that live: the model's time runs with the note, its level is followed, and a pace of 0
//! stops it.

mod counting;
mod studio;

use nfx_core::engine::canne::{CanneControls, CanneEngine, Event, VoiceMode};
use nfx_core::models::spectral::{Part, SETTLED_S, Told};
use studio::{COURSE, FALL_DB, db, keys, living, off, on, part, play, rms, steady};

const RATE: f64 = 44_100.0;

fn engine() -> CanneEngine {
    CanneEngine::new(living(), RATE).unwrap()
}

/// What the level of [`living`] is at a time, dB.
fn level(age_s: f32) -> f64 {
    f64::from(-FALL_DB * COURSE.place(age_s))
}

/// The level of 50 ms of a sound around a time, dB.
fn heard(sound: &[f32], seconds: f64) -> f64 {
    let from = ((seconds - 0.025) * RATE) as usize;
    db(rms(&sound[from..from + (0.05 * RATE) as usize]))
}

#[test]
fn a_note_dies_away_as_the_model_says_without_an_envelope() {
    for pace in [0.5, 1.0, 2.0] {
        let controls = CanneControls { pace, ..steady() };
        let [sound, _] = play(&mut engine(), &controls, &[(0, on(57))], 80_000, &[512]);
        let start = heard(&sound, 0.1) - level(0.1 * pace);
        for seconds in [0.3, 0.6, 0.9, 1.5] {
            let age = (seconds as f32 * pace).min(COURSE.end_s);
            if seconds as f32 * pace < COURSE.end_s {
                let found = heard(&sound, seconds) - start;
                assert!(
                    (found - level(age)).abs() < 0.7,
                    "pace {pace}, {seconds} s: {found} dB, not {}",
                    level(age)
                );
            }
        }
    }
}

#[test]
fn behind_the_last_time_the_level_goes_on_falling() {
    let [sound, _] = play(&mut engine(), &steady(), &[(0, on(57))], 160_000, &[512]);
    let slope = (level(2.0) - level(1.0)) / 1.0;
    let (end, later) = (heard(&sound, 2.0), heard(&sound, 3.0));
    assert!(
        (later - end - slope).abs() < 1.5,
        "{end} dB, then {later} dB; {slope} dB a second were going on"
    );
}

#[test]
fn with_a_pace_of_0_a_note_stands_at_full_level() {
    let controls = CanneControls { pace: 0.0, ..steady() };
    let [sound, _] = play(&mut engine(), &controls, &[(0, on(60))], 88_200, &[512]);
    let early = heard(&sound, 0.2);
    assert!((heard(&sound, 1.8) - early).abs() < 0.3);
    let [still, _] = play(
        &mut CanneEngine::new(keys(), RATE).unwrap(),
        &controls,
        &[(0, on(60))],
        88_200,
        &[512],
    );
    assert!((heard(&still, 1.8) - early).abs() < 0.5, "as loud as a model that knows no time");
    // Stopped on its way it stays where it is.
    let mut engine = engine();
    play(&mut engine, &steady(), &[(0, on(60))], 44_100, &[512]);
    let [sound, _] = play(&mut engine, &controls, &[], 88_200, &[512]);
    let (stopped, later) = (heard(&sound, 0.2), heard(&sound, 1.8));
    assert!(
        (later - stopped).abs() < 0.3 && stopped < early - 6.0,
        "{early} dB standing, {stopped} dB stopped, then {later} dB"
    );
}

#[test]
fn the_spectrum_lives_too_and_starts_anew_with_each_note() {
    let mut engine = engine();
    let ratio = |x: &[f32]| {
        let (fifth, _) = part(x, studio::hz(60.0) * 5.0, RATE);
        let (first, _) = part(x, studio::hz(60.0), RATE);
        db(fifth / first)
    };
    let events = [(0, on(60)), (60_000, off(60)), (90_000, on(60))];
    let [sound, _] = play(&mut engine, &steady(), &events, 160_000, &[512]);
    let (young, old, again) = (
        ratio(&sound[2_000..10_000]),
        ratio(&sound[50_000..58_000]),
        ratio(&sound[92_000..100_000]),
    );
    assert!(old > young + 3.0, "{young} dB, later {old} dB");
    assert!((again - young).abs() < 0.5, "{young} dB, anew {again} dB");
}

#[test]
fn any_blocks_give_the_same_bits_and_a_reset_is_as_fresh() {
    let controls = CanneControls { pace: 1.7, ..CanneControls::default() };
    let events =
        [(0, on(48)), (333, on(60)), (20_000, off(48)), (30_001, on(64)), (31_000, off(60))];
    let whole = play(&mut engine(), &controls, &events, 60_000, &[60_000]);
    let mut other = engine();
    for blocks in [&[64usize][..], &[1, 7, 300], &[511, 2]] {
        let pieces = play(&mut other, &controls, &events, 60_000, blocks);
        assert!(
            whole
                .iter()
                .flatten()
                .zip(pieces.iter().flatten())
                .all(|(a, b)| a.to_bits() == b.to_bits()),
            "{blocks:?}"
        );
        other.reset();
    }
}

#[test]
fn a_key_struck_again_lives_anew_and_a_legato_one_goes_on() {
    let events = [(0, on(57)), (66_150, on(62))];
    let level_after = |mode| {
        let controls = CanneControls { mode, glide_ms: 1.0, ..steady() };
        let [sound, _] = play(&mut engine(), &controls, &events, 100_000, &[512]);
        (heard(&sound, 1.4), heard(&sound, 1.7))
    };
    let (before, anew) = level_after(VoiceMode::Mono);
    assert!(anew > before + 6.0, "{before} dB, then {anew} dB");
    let (before, on) = level_after(VoiceMode::Legato);
    assert!(on < before + 1.0, "{before} dB, then {on} dB");
}

#[test]
fn the_drone_breathes_at_its_pace_and_stands_without() {
    for (pace, moves) in [(0.0, false), (4.0, true)] {
        let controls = CanneControls { pace, drone: true, ..steady() };
        let mut engine = engine();
        let spectrum = |engine: &mut CanneEngine| {
            play(engine, &controls, &[], 44_100, &[512]);
            engine.view().spectrum.to_vec()
        };
        let (first, second) = (spectrum(&mut engine), spectrum(&mut engine));
        assert_eq!(first != second, moves, "pace {pace}");
    }
}

#[test]
fn the_decoder_is_told_the_time_and_says_the_level() {
    let model = living();
    let mut scratch = model.scratch();
    let mut frames = vec![0.0; 3 * model.bins()];
    let told = Told { notes: &[60.0; 3], ages_s: &[0.0, 2.0] };
    model.decode_part(&mut scratch, &[0.3; 24], told, &mut frames, Part::WHOLE);
    assert_eq!(scratch.level_db(0), 0.0);
    assert!((scratch.level_db(1) + FALL_DB).abs() < 1e-4);
    let settled = -FALL_DB * COURSE.place(SETTLED_S);
    assert!((scratch.level_db(2) - settled).abs() < 1e-4, "a column without a time has settled");
    assert!(frames.iter().all(|m| (0.0..=16.0).contains(m)));
}

#[test]
fn living_voices_allocate_nothing() {
    let mut engine = engine();
    let (mut left, mut right) = (vec![0.0f32; 512], vec![0.0f32; 512]);
    let events: Vec<Event> = (0..12).map(|i| Event { at: 0, kind: on(40 + 3 * i) }).collect();
    let controls = CanneControls { drone: true, ..CanneControls::default() };
    let (_, usage) = counting::watch(|| {
        engine.process(&controls, &events, &mut left, &mut right);
        for _ in 0..200 {
            engine.process(&controls, &[], &mut left, &mut right);
        }
    });
    assert_eq!((usage.allocations, usage.frees), (0, 0));
}
