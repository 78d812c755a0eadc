//! Takes: a recorded note becomes an instrument, which is the recording on its own key, and never
//! anything wild.

mod studio;

use std::sync::Arc;

use nfx_core::engine::canne::take::{
    Candidate, Kind, ListenError, Recording, Take, candidates, log_spectral_distance, mutate,
};
use nfx_core::engine::canne::{CanneControls, CanneEngine, Unison};
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::CanneModel;
use studio::{db, hz, keys, off, on, part, play, rms, steady};

const RATE: f64 = 44_100.0;

fn ensemble() -> Arc<CanneModel> {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/ensemble.safetensors");
    CanneModel::from_file(&ModelFile::from_bytes(&std::fs::read(path).unwrap()).unwrap()).unwrap()
}

/// A note whose partials die away each in its own time, `cents` of vibrato, and a noise of its own.
fn struck(note: f64, seconds: f64, cents: f64) -> Vec<f32> {
    let (mut turns, mut seed) = (0.0, 7u32);
    (0..(seconds * RATE) as usize)
        .map(|i| {
            let t = i as f64 / RATE;
            turns += hz(note + 0.01 * cents * (std::f64::consts::TAU * 5.0 * t).sin()) / RATE;
            let partial = |h: usize| {
                let even = if h.is_multiple_of(2) { 0.25 } else { 1.0 };
                even / (h as f64).powf(0.8) * (-(1.0 + 0.7 * h as f64) * t).exp()
            };
            let tones: f64 = (1..=20)
                .map(|h| partial(h) * (std::f64::consts::TAU * turns * h as f64).sin())
                .sum();
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = f64::from(seed >> 8) / 8_388_608.0 - 1.0;
            (0.3 * tones + 0.02 * noise * (-30.0 * t).exp()) as f32
        })
        .collect()
}

/// A held note of `seconds` with a soft onset and end.
fn bowed(note: f64, seconds: f64) -> Vec<f32> {
    let length = (seconds * RATE) as usize;
    let rise = |i: usize| (i.min(length - i) as f64 / (0.12 * RATE)).min(1.0);
    let wave = |i: usize| {
        (1..=15).map(move |h| {
            (std::f64::consts::TAU * hz(note) * (h * i) as f64 / RATE).sin() / h as f64
        })
    };
    (0..length).map(|i| (0.2 * rise(i) * wave(i).sum::<f64>()) as f32).collect()
}

fn of(kind: Kind, all: &[Candidate]) -> Candidate {
    all.iter().find(|candidate| candidate.kind == kind).unwrap().clone()
}

fn engine(candidate: &Candidate) -> CanneEngine {
    let mut engine = CanneEngine::new(ensemble(), RATE).unwrap();
    engine.set_take(candidate.take.clone().map(Arc::new));
    engine
}

#[test]
fn pitch_onset_and_course_are_heard() {
    for (note, cents) in [(40.0, 0.0), (57.3, 30.0), (72.0, 12.0), (88.9, 0.0)] {
        let mut sound = vec![0.0; 9000];
        sound.extend(struck(note, 1.5, cents));
        let recording = Recording::listen(&sound, RATE).unwrap();
        assert!(
            recording.is_pitched() && (f64::from(recording.root()) - note).abs() < 0.05,
            "{}",
            recording.root()
        );
        assert!(!recording.is_held());
        assert!(
            sound.len() - 9000 + 128 >= recording.sound().len() && recording.sound().len() > 30_000
        );
    }
    // A sound whose odd partials are weak is no octave higher.
    let odd = |h: usize| if h.is_multiple_of(2) { 1.0 } else { 0.12 };
    let weak: Vec<f32> = (0..44_100)
        .map(|i| {
            let turns = std::f64::consts::TAU * hz(60.0) * i as f64 / RATE;
            (0.2 * (1..=12).map(|h| odd(h) / h as f64 * (turns * h as f64).sin()).sum::<f64>())
                as f32
        })
        .collect();
    let root = Recording::listen(&weak, RATE).unwrap().root();
    assert!((root - 60.0).abs() < 0.05, "{root}");
    let held = Recording::listen(&bowed(62.0, 2.0), RATE).unwrap();
    assert!(held.is_held() && (held.root() - 62.0).abs() < 0.05);
}

#[test]
fn what_is_no_note_gets_a_sentence_or_a_sound_but_no_panic() {
    assert_eq!(Recording::listen(&[0.0; 9000], RATE).unwrap_err(), ListenError::Silent);
    assert_eq!(Recording::listen(&[f32::NAN; 9000], RATE).unwrap_err(), ListenError::Silent);
    assert!(matches!(Recording::listen(&[0.5; 100], RATE), Err(ListenError::Short { .. })));
    assert!(matches!(Recording::listen(&[0.5; 9000], 0.0), Err(ListenError::Rate { .. })));
    let mut seed = 1u32;
    let noise: Vec<f32> = (0..20_000)
        .map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / 8_388_608.0 - 1.0
        })
        .collect();
    let click = [&[1.0f32][..], &[0.0; 5000], &[1.0]].concat();
    let steady = vec![0.7f32; 20_000];
    let wild = vec![f32::MAX; 20_000];
    for (name, sound) in
        [("noise", noise), ("clicks", click), ("a constant", steady), ("as loud as can be", wild)]
    {
        for rate in [8000.0, 44_100.0, 192_000.0] {
            let Ok(recording) = Recording::listen(&sound, rate) else { continue };
            for candidate in candidates(&ensemble(), &recording).unwrap() {
                let [left, _] = play(
                    &mut engine(&candidate),
                    &candidate.controls(),
                    &[(0, on(60))],
                    20_000,
                    &[512],
                );
                assert!(left.iter().all(|x| x.is_finite() && x.abs() < 4.0), "{name} at {rate} Hz");
            }
        }
    }
}

#[test]
fn on_its_own_key_a_take_is_the_recording() {
    for sound in [struck(50.0, 2.0, 0.0), struck(69.0, 1.5, 25.0), bowed(60.0, 2.0)] {
        let recording = Recording::listen(&sound, RATE).unwrap();
        let all = candidates(&ensemble(), &recording).unwrap();
        let (recorded, still) = (of(Kind::Recorded, &all), of(Kind::Still, &all));
        assert!(
            recorded.distance_db < 0.6 * still.distance_db,
            "{} of {}",
            recorded.distance_db,
            still.distance_db
        );
        assert!(recorded.distance_db < 7.0, "{}", recorded.distance_db);
        // Level and partials, one by one, where the recording has them.
        let played = recorded.play(&ensemble(), &recording, recording.sound().len());
        let heard = recording.sound();
        for seconds in [0.3, 0.6, 0.9] {
            let from = (seconds * RATE) as usize;
            let window = from..from + 8820;
            let gain = db(rms(&played[window.clone()]) / rms(&heard[window.clone()]));
            let first = db(rms(&played[4410..13_230]) / rms(&heard[4410..13_230]));
            assert!((gain - first).abs() < 2.0, "{seconds} s: {gain} dB, at first {first}");
        }
    }
}

#[test]
fn each_octave_dies_away_in_the_recordings_time() {
    let sound = struck(52.0, 2.5, 0.0);
    let recording = Recording::listen(&sound, RATE).unwrap();
    let candidate = of(Kind::Recorded, &candidates(&ensemble(), &recording).unwrap());
    let played = candidate.play(&ensemble(), &recording, recording.sound().len());
    for h in [1.0, 2.0, 3.0, 5.0, 8.0] {
        let fall = |sound: &[f32]| {
            let level = |seconds: f64| {
                let from = (seconds * RATE) as usize;
                db(part(&sound[from..from + 4410], h * hz(52.0), RATE).0)
            };
            level(0.1) - level(0.5)
        };
        let (wanted, found) = (fall(recording.sound()), fall(&played));
        assert!(
            (found / wanted - 1.0).abs() < 0.25,
            "partial {h}: {found} dB in 0.4 s, not {wanted}"
        );
    }
}

#[test]
fn a_held_take_goes_on_and_one_that_dies_is_silent_in_the_end() {
    let held = Recording::listen(&bowed(60.0, 1.2), RATE).unwrap();
    let recorded = of(Kind::Recorded, &candidates(&ensemble(), &held).unwrap());
    let [sound, _] =
        play(&mut engine(&recorded), &recorded.controls(), &[(0, on(60))], 10 * 44_100, &[512]);
    let early = rms(&sound[44_100..66_150]);
    for second in 2..9 {
        let level = db(rms(&sound[second * 44_100..][..22_050]) / early);
        assert!(level.abs() < 2.0, "{second} s: {level} dB");
    }
    let struck = Recording::listen(&struck(60.0, 1.0, 0.0), RATE).unwrap();
    let all = candidates(&ensemble(), &struck).unwrap();
    let recorded = of(Kind::Recorded, &all);
    let [sound, _] =
        play(&mut engine(&recorded), &recorded.controls(), &[(0, on(60))], 12 * 44_100, &[512]);
    assert!(db(rms(&sound[10 * 44_100..]) / rms(&sound[..22_050])) < -80.0);
    let turned = of(Kind::Turned, &all);
    let [sound, _] =
        play(&mut engine(&turned), &turned.controls(), &[(0, on(60))], 4 * 44_100, &[512]);
    assert!(
        db(rms(&sound[3 * 44_100..]) / rms(&sound[..22_050])) > -12.0,
        "a note that dies away can be held"
    );
}

#[test]
fn without_likeness_a_take_is_not_there() {
    let recording = Recording::listen(&struck(57.0, 1.0, 20.0), RATE).unwrap();
    let candidate = of(Kind::Recorded, &candidates(&ensemble(), &recording).unwrap());
    let controls = CanneControls { likeness: 0.0, ..candidate.controls() };
    let events = [(0, on(57)), (9000, on(64)), (20_000, off(57))];
    let with = play(&mut engine(&candidate), &controls, &events, 40_000, &[512]);
    let without =
        play(&mut CanneEngine::new(ensemble(), RATE).unwrap(), &controls, &events, 40_000, &[512]);
    assert_eq!(with, without);
    let full = play(&mut engine(&candidate), &candidate.controls(), &events, 40_000, &[512]);
    assert_ne!(full, without);
}

#[test]
fn blocks_and_resets_cannot_be_heard_in_a_take() {
    let recording = Recording::listen(&struck(57.0, 1.0, 20.0), RATE).unwrap();
    let mut candidate = of(Kind::Turned, &candidates(&ensemble(), &recording).unwrap());
    candidate.pace = 1.7;
    let mut controls = candidate.controls();
    controls.unison = Unison { voices: 3, ..Unison::default() };
    let events =
        [(0, on(57)), (3000, on(61)), (12_345, off(57)), (13_000, on(40)), (30_001, on(57))];
    let mut engine = engine(&candidate);
    let whole = play(&mut engine, &controls, &events, 60_000, &[60_000]);
    for blocks in [&[1][..], &[64], &[37, 1000, 1, 64, 256, 3]] {
        engine.reset();
        assert!(
            play(&mut engine, &controls, &events, 60_000, blocks) == whole,
            "blocks of {blocks:?}"
        );
    }
}

#[test]
fn takes_come_and_go_without_a_click() {
    let recording = Recording::listen(&bowed(60.0, 1.5), RATE).unwrap();
    let candidate = of(Kind::Recorded, &candidates(&ensemble(), &recording).unwrap());
    let take: Arc<Take> = Arc::new(candidate.take.clone().unwrap());
    let controls = CanneControls { pace: 0.0, ..candidate.controls() };
    let mut engine = CanneEngine::new(ensemble(), RATE).unwrap();
    let mut sound = play(&mut engine, &controls, &[(0, on(60))], 44_100, &[512])[0].clone();
    assert!(engine.set_take(Some(take)).is_none());
    sound.extend(play(&mut engine, &controls, &[], 44_100, &[512])[0].iter());
    assert!(engine.set_take(None).is_some());
    sound.extend(play(&mut engine, &controls, &[], 44_100, &[512])[0].iter());
    let most = |part: &[f32]| part.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0f32, f32::max);
    let usual =
        most(&sound[20_000..44_000]).max(most(&sound[66_000..88_000])).max(most(&sound[110_000..]));
    for at in [44_100, 88_200] {
        assert!(most(&sound[at - 100..at + 4000]) < 1.5 * usual, "at {at}");
    }
}

#[test]
fn chance_makes_others_of_the_same_kind_and_the_same_of_the_same_seed() {
    let recording = Recording::listen(&struck(57.0, 1.0, 0.0), RATE).unwrap();
    let model = ensemble();
    let parent = of(Kind::Recorded, &candidates(&model, &recording).unwrap());
    let children: Vec<Candidate> =
        (0..4).map(|seed| mutate(&parent, &model, &recording, seed)).collect();
    assert_eq!(children[2], mutate(&parent, &model, &recording, 2));
    for (i, child) in children.iter().enumerate() {
        assert!(
            child.distance_db > parent.distance_db && child.distance_db < 25.0,
            "{}",
            child.distance_db
        );
        assert!(
            child.sliders.iter().all(|place| (0.0..=1.0).contains(place)) && child.take.is_some()
        );
        assert!(children[..i].iter().all(|other| other.take != child.take));
    }
}

#[test]
fn a_palette_without_an_encoder_is_searched() {
    let sound = comb_sound(60.0);
    let recording = Recording::listen(&sound, RATE).unwrap();
    let all = candidates(&keys(), &recording).unwrap();
    let (recorded, still) = (of(Kind::Recorded, &all), of(Kind::Still, &all));
    assert!(recorded.distance_db < 3.0 && still.distance_db < 3.0, "{recorded:?}");
    let rest = Candidate { sliders: [0.5; 8], ..still.clone() };
    let far = |candidate: &Candidate| {
        let played = candidate.play(&keys(), &recording, recording.sound().len());
        log_spectral_distance(recording.sound(), &played, RATE)
    };
    assert!(
        far(&still) < far(&rest),
        "{} at the place that was found, {} at rest",
        far(&still),
        far(&rest)
    );
}

/// What the keys of the studio play with sliders of 0.9 and 0.1 by turns.
fn comb_sound(note: f64) -> Vec<f32> {
    let mut controls = steady();
    controls.sliders = [0.9, 0.1, 0.9, 0.1, 0.9, 0.1, 0.9, 0.1];
    let mut engine = CanneEngine::new(keys(), RATE).unwrap();
    play(&mut engine, &controls, &[(0, on(note as u8))], 60_000, &[512])[0].clone()
}
