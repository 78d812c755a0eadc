//! Notes begin when they are played, end when they are let go, and neither click nor hang.

mod studio;

use nfx_core::engine::canne::{CanneControls, CanneEngine, EventKind, VoiceEnded, VoiceMode};
use rand::{Rng, SeedableRng, rngs::StdRng};
use studio::{keys, off, on, play, rms, steady};

const RATE: f64 = 44_100.0;

fn engine() -> CanneEngine {
    CanneEngine::new(keys(), RATE).unwrap()
}

fn named(note: u8, id: i32) -> EventKind {
    EventKind::NoteOn { channel: 0, note, velocity: 1.0, id }
}

fn ended(engine: &mut CanneEngine) -> Vec<VoiceEnded> {
    std::iter::from_fn(|| engine.take_ended()).collect()
}

#[test]
fn a_note_sounds_from_its_own_sample_on() {
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        for at in [0usize, 1, 63, 64, 777, 5000] {
            let mut engine = CanneEngine::new(keys(), rate).unwrap();
            let [left, right] = play(&mut engine, &steady(), &[(at, on(60))], at + 4096, &[512]);
            assert!(left[..at].iter().chain(&right[..at]).all(|&x| x == 0.0), "{rate} {at}");
            let first = left.iter().position(|&x| x != 0.0).unwrap();
            assert!(first <= at + 2, "{rate} Hz, note at {at}: first sample at {first}");
            // With the default attack of 8 ms the note is as loud as it gets within 12 ms.
            let window = (rate * 0.004) as usize;
            let early = at + (rate * 0.012) as usize;
            let late = rms(&left[left.len() - (rate * 0.01) as usize..]);
            assert!(rms(&left[early..early + window]) > 0.5 * late, "{rate} {at}");
        }
    }
}

#[test]
fn sixteen_keys_at_once_all_sound_within_15_ms() {
    let mut controls = steady();
    controls.amp.attack_ms = 2.0;
    let notes: Vec<_> = (0..16).map(|i| (100, on(36 + 4 * i))).collect();
    let mut engine = engine();
    let samples = 100 + (RATE * 0.012) as usize;
    play(&mut engine, &controls, &notes, samples, &[64]);
    assert_eq!(engine.active_voices(), 16);
    let [left, _] = play(&mut engine, &controls, &[], 44_100, &[512]);
    for i in 0..16u8 {
        let (level, _) = studio::part(&left[11_025..], studio::hz(f64::from(36 + 4 * i)), RATE);
        assert!(level > 1e-3, "note {}: {level}", 36 + 4 * i);
    }
    // Alone, the last of them would start at once: the delay is the queue's, eight slots of 64
    // samples at most.
    let single = |count: u8| {
        let mut engine = CanneEngine::new(keys(), RATE).unwrap();
        let notes: Vec<_> = (0..count).map(|i| (0, on(36 + 4 * i))).collect();
        play(&mut engine, &controls, &notes, 44_100, &[512])[0].clone()
    };
    let (all, but_one) = (single(16), single(15));
    let first = all.iter().zip(&but_one).position(|(a, b)| a != b).unwrap();
    assert!(first < (RATE * 0.0105) as usize, "{first}");
}

#[test]
fn after_the_release_there_is_exact_silence_and_every_note_is_reported_once() {
    let mut controls = CanneControls { noise: 0.05, width: 1.0, ..steady() };
    controls.amp.release_ms = 100.0;
    let mut engine = engine();
    let mut events: Vec<_> =
        (0..10).map(|i| (50 * i, named(40 + 5 * i as u8, 100 + i as i32))).collect();
    events.extend((0..10).map(|i| (20_000, off(40 + 5 * i))));
    let silent = 20_000 + (RATE * 0.1) as usize + 2;
    let [left, right] = play(&mut engine, &controls, &events, silent + 4000, &[300]);
    assert!(rms(&left[19_000..20_000]) > 0.05 && left[silent - 400] != 0.0);
    assert!(left[silent..].iter().chain(&right[silent..]).all(|x| x.to_bits() == 0));
    assert_eq!(engine.active_voices(), 0);
    let mut ids: Vec<i32> = ended(&mut engine).iter().map(|e| e.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, (100..110).collect::<Vec<_>>());
}

#[test]
fn the_pedal_holds_notes_until_it_comes_up() {
    let mut controls = steady();
    controls.amp.release_ms = 20.0;
    let pedal = |on| EventKind::Sustain { channel: 0, on };
    let events = [
        (0, on(50)),
        (10, pedal(true)),
        (500, off(50)),
        (9000, on(57)),
        (9500, off(57)),
        (20_000, pedal(false)),
    ];
    let mut engine = engine();
    let [left, _] = play(&mut engine, &controls, &events, 19_000, &[64]);
    assert_eq!(engine.active_voices(), 2);
    assert!(rms(&left[18_000..]) > 0.05);
    let late: Vec<_> = events[5..].iter().map(|&(at, kind)| (at - 19_000, kind)).collect();
    let [left, _] = play(&mut engine, &controls, &late, 4000, &[64]);
    assert!(left[3000..].iter().all(|&x| x == 0.0));
    assert_eq!(ended(&mut engine).len(), 2);
}

#[test]
fn one_voice_plays_the_last_key_and_goes_back() {
    for mode in [VoiceMode::Mono, VoiceMode::Legato] {
        let mut controls = steady();
        (controls.mode, controls.glide_ms) = (mode, 0.0);
        let mut engine = engine();
        let events =
            [(0, named(48, 1)), (5000, named(60, 2)), (10_000, named(55, 3)), (15_000, off(55))];
        play(&mut engine, &controls, &events, 30_000, &[512]);
        assert_eq!(engine.active_voices(), 1);
        assert!((f64::from(engine.view().pitch_hz) - studio::hz(60.0)).abs() < 0.01, "{mode:?}");
        let ids = |e: &mut CanneEngine| ended(e).iter().map(|e| e.id).collect::<Vec<_>>();
        assert_eq!(ids(&mut engine), [3]);
        play(&mut engine, &controls, &[(0, off(48)), (10, off(60))], 44_100, &[512]);
        assert_eq!(engine.active_voices(), 0);
        assert_eq!(ids(&mut engine), [1, 2]);
    }
}

#[test]
fn legato_leaves_the_envelope_alone_and_mono_starts_it_again() {
    let level = |mode| {
        let mut controls = CanneControls { mode, glide_ms: 30.0, ..steady() };
        controls.amp.attack_ms = 5.0;
        controls.amp.decay_ms = 100.0;
        controls.amp.sustain = 0.05;
        let mut engine = engine();
        let [left, _] =
            play(&mut engine, &controls, &[(0, on(50)), (20_000, on(53))], 24_000, &[64]);
        rms(&left[20_300..21_000]) / rms(&left[18_000..20_000])
    };
    assert!(level(VoiceMode::Legato) < 1.5 && level(VoiceMode::Mono) > 5.0);
}

/// The greatest level above 12 kHz in any 3 ms, relative to the loudest 3 ms of the whole: what a
/// click has and a tone has not.
fn click_db(sound: &[f32]) -> f64 {
    let mut high = sound.to_vec();
    // A fourth-order high-pass at 12 kHz twice, as plain biquads.
    for q in [0.541_2, 1.306_6, 0.541_2, 1.306_6] {
        let w = std::f64::consts::TAU * 12_000.0 / RATE;
        let (alpha, cos) = (w.sin() / (2.0 * q), w.cos());
        let (b, a) = (
            (1.0 + cos) / 2.0 / (1.0 + alpha),
            [-2.0 * cos / (1.0 + alpha), (1.0 - alpha) / (1.0 + alpha)],
        );
        let (mut x1, mut x2, mut y1, mut y2) = (0.0, 0.0, 0.0, 0.0);
        for x in &mut high {
            let now = f64::from(*x);
            let y = b * (now - 2.0 * x1 + x2) - a[0] * y1 - a[1] * y2;
            (x2, x1, y2, y1) = (x1, now, y1, y);
            *x = y as f32;
        }
    }
    let loudest = |x: &[f32]| x.chunks(132).map(rms).fold(0.0, f64::max);
    studio::db(loudest(&high) / loudest(sound))
}

/// Controls whose sound has nothing above 8 kHz for notes up to 60: no falling series, low groups
/// only.
fn dark() -> CanneControls {
    let mut controls = steady();
    controls.sliders = [0.8, 0.8, 0.6, 0.4, 0.0, 0.0, 0.0, 0.0];
    controls
}

/// As the studio's keys, without the series that is always there.
fn dark_engine() -> CanneEngine {
    let mut file = studio::keys_file();
    for (name, tensor) in &mut file.tensors {
        if name.ends_with("1.weight") {
            for row in tensor.data.chunks_exact_mut(tensor.shape[1] * 9) {
                row[tensor.shape[1] * 8..].fill(0.0);
            }
        }
    }
    CanneEngine::new(nfx_core::models::spectral::CanneModel::from_file(&file).unwrap(), RATE)
        .unwrap()
}

#[test]
fn the_click_detector_hears_a_click() {
    let sine = |i: usize| (i as f32 * 0.03).sin() * 0.3;
    let tone: Vec<f32> =
        (0..40_000).map(|i| if i < 20_000 { sine(i) } else { sine(i + 40) }).collect();
    assert!(click_db(&tone) > -45.0, "{}", click_db(&tone));
}

#[test]
fn stealing_choking_and_repeating_do_not_click() {
    let mut rng = StdRng::seed_from_u64(3);
    for voices in [1, 2, 4] {
        let mut controls = dark();
        controls.voices = voices;
        let mut events = Vec::new();
        for i in 0..60usize {
            let note = rng.random_range(36..60u8);
            events.push((i * 1111, on(note)));
            if i % 7 == 3 {
                events.push((i * 1111 + 333, EventKind::Choke { channel: 0, note, id: -1 }));
            }
            if i % 13 == 5 {
                events.push((i * 1111 + 700, EventKind::AllSoundOff));
            }
        }
        let [left, _] = play(&mut dark_engine(), &controls, &events, 70_000, &[256]);
        assert!(click_db(&left) < -66.0, "{voices} voices: {} dB", click_db(&left));
    }
}

#[test]
fn sliders_bends_shifts_glides_and_gains_do_not_click() {
    let mut rng = StdRng::seed_from_u64(5);
    let mut engine = dark_engine();
    let mut sound = Vec::new();
    let mut controls = CanneControls { mode: VoiceMode::Legato, glide_ms: 50.0, ..dark() };
    play(&mut engine, &controls, &[(0, on(45))], 3000, &[256]);
    for i in 0..80 {
        match i % 8 {
            0..=3 => controls.sliders[i % 4] = rng.random_range(0.0..1.0),
            4 => controls.shift_bins = rng.random_range(-8.0..8.0),
            5 => controls.output_gain = rng.random_range(0.3..1.0),
            6 => controls.even_level = !controls.even_level,
            _ => controls.fine_cents = rng.random_range(-100.0..100.0),
        }
        let events = [
            (100, EventKind::Bend { channel: 0, semitones_norm: rng.random_range(-1.0..1.0) }),
            (
                200,
                EventKind::NotePan {
                    channel: 0,
                    note: 255,
                    id: -1,
                    value: rng.random_range(-1.0..1.0),
                },
            ),
            (
                300,
                EventKind::NoteVolume {
                    channel: 0,
                    note: 255,
                    id: -1,
                    value: rng.random_range(0.5..1.0),
                },
            ),
            (400, on(rng.random_range(40..50))),
        ];
        sound.extend(play(&mut engine, &controls, &events, 1500, &[256])[0].iter());
    }
    assert!(click_db(&sound) < -66.0, "{} dB", click_db(&sound));
}

fn off_at(channel: u8, note: u8) -> EventKind {
    EventKind::NoteOff { channel, note, velocity: 0.0, id: -1 }
}

#[test]
fn whatever_is_played_nothing_hangs_once_all_keys_are_up() {
    for seed in 0..12 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut engine = engine();
        let mut controls =
            CanneControls { voices: rng.random_range(1..=16), ..CanneControls::default() };
        let (mut begun, mut over) = (Vec::new(), Vec::new());
        for _ in 0..60 {
            controls.mode =
                [VoiceMode::Poly, VoiceMode::Mono, VoiceMode::Legato][rng.random_range(0..3)];
            let mut events = Vec::new();
            for _ in 0..rng.random_range(0..12) {
                let at = rng.random_range(0..700);
                let (channel, note) = (rng.random_range(0..2), rng.random_range(48..60));
                let known = begun.len() as i32;
                let id = if rng.random_bool(0.5) {
                    -1
                } else {
                    rng.random_range(known - 8..known + 1).max(-1)
                };
                events.push((
                    at,
                    match rng.random_range(0..10) {
                        0..=5 => {
                            // Some notes have names of their own, some have none.
                            let id = if rng.random_bool(0.3) { -1 } else { begun.len() as i32 };
                            begun.extend((id >= 0).then_some(id));
                            EventKind::NoteOn { channel, note, velocity: 0.5, id }
                        }
                        6..=7 => EventKind::NoteOff { channel, note, velocity: 0.5, id },
                        8 => EventKind::Sustain { channel, on: rng.random_bool(0.5) },
                        _ => EventKind::Choke { channel, note, id },
                    },
                ));
            }
            events.sort_by_key(|e| e.0);
            play(&mut engine, &controls, &events, 700, &[64, 33]);
            over.extend(ended(&mut engine));
        }
        // Every key comes up, as often as it went down, and the pedals too; nobody says "all notes
        // off".
        let mut events: Vec<_> =
            (0..2).map(|channel| (0, EventKind::Sustain { channel, on: false })).collect();
        for channel in 0..2 {
            let held =
                (48..60).flat_map(|note| std::iter::repeat_n((1, off_at(channel, note)), 32));
            events.extend(held);
        }
        play(&mut engine, &controls, &events, 2 * 44_100, &[512]);
        over.extend(ended(&mut engine));
        let [left, right] = play(&mut engine, &controls, &[], 1000, &[500]);
        assert!(left.iter().chain(&right).all(|&x| x == 0.0), "seed {seed}");
        assert_eq!(engine.active_voices(), 0);
        let mut over: Vec<i32> = over.iter().map(|e| e.id).filter(|&id| id >= 0).collect();
        over.sort_unstable();
        assert!(
            over == begun,
            "seed {seed}: every named note is reported once, {} of {}",
            over.len(),
            begun.len()
        );
    }
}

#[test]
fn all_notes_off_silences_held_and_pedalled_notes() {
    let mut engine = engine();
    let events = [
        (0, EventKind::Sustain { channel: 0, on: true }),
        (1, on(40)),
        (2, on(50)),
        (300, off(40)),
        (5000, EventKind::AllNotesOff),
    ];
    let [left, _] = play(&mut engine, &CanneControls::default(), &events, 5000 + 12_000, &[512]);
    assert!(left[5000 + 11_100..].iter().all(|&x| x == 0.0) && engine.active_voices() == 0);
    play(
        &mut engine,
        &CanneControls::default(),
        &[(0, on(40)), (2000, EventKind::AllSoundOff)],
        2000 + 520,
        &[512],
    );
    let [left, _] = play(&mut engine, &CanneControls::default(), &[], 1000, &[512]);
    assert!(left.iter().all(|&x| x == 0.0) && engine.active_voices() == 0);
}

#[test]
fn the_tail_is_as_long_as_it_says() {
    for (rate, release_ms) in [(44_100.0, 5.0), (48_000.0, 700.0), (96_000.0, 60.0)] {
        let mut controls = CanneControls { voices: 3, ..steady() };
        controls.amp.release_ms = release_ms;
        let mut engine = CanneEngine::new(keys(), rate).unwrap();
        let mut events: Vec<_> = (0..8).map(|i| (5000 * i / 3, on(40 + 4 * i as u8))).collect();
        events
            .push((14_000, EventKind::NoteOff { channel: 255, note: 255, velocity: 0.0, id: -1 }));
        let silent = 14_000 + engine.tail_samples(&controls);
        let [left, right] = play(&mut engine, &controls, &events, silent + 2000, &[128]);
        assert!(rms(&left[13_000..14_000]) > 0.02);
        assert!(left[silent..].iter().chain(&right[silent..]).all(|&x| x == 0.0), "{rate}");
    }
}

#[test]
fn events_of_another_note_or_channel_leave_a_note_alone() {
    let mut engine = engine();
    let others = [
        EventKind::NoteOff { channel: 1, note: 60, velocity: 0.0, id: -1 },
        EventKind::NoteOff { channel: 0, note: 61, velocity: 0.0, id: -1 },
        EventKind::NoteOff { channel: 0, note: 60, velocity: 0.0, id: 8 },
        EventKind::Choke { channel: 3, note: 60, id: 8 },
        EventKind::NoteVolume { channel: 0, note: 60, id: 8, value: 0.0 },
        EventKind::Sustain { channel: 0, on: false },
    ];
    let mut events = vec![(0, named(60, 7))];
    events.extend(others.map(|kind| (5000, kind)));
    let [left, _] = play(&mut engine, &steady(), &events, 20_000, &[512]);
    assert!(studio::db(rms(&left[15_000..]) / rms(&left[3000..5000])).abs() < 0.5);
    play(
        &mut engine,
        &steady(),
        &[(0, EventKind::Choke { channel: 9, note: 9, id: 7 })],
        600,
        &[512],
    );
    assert_eq!(engine.active_voices(), 0, "its own name is enough");
    // In MPE the master channel's pedal holds every channel's notes.
    let mut controls = CanneControls { mpe: true, ..steady() };
    controls.amp.release_ms = 10.0;
    let events = [
        (0, EventKind::Sustain { channel: 0, on: true }),
        (1, EventKind::NoteOn { channel: 4, note: 50, velocity: 1.0, id: -1 }),
        (2000, EventKind::NoteOff { channel: 4, note: 50, velocity: 0.0, id: -1 }),
        (9000, EventKind::Sustain { channel: 0, on: false }),
    ];
    let [left, _] = play(&mut engine, &controls, &events, 11_000, &[512]);
    assert!(rms(&left[8000..9000]) > 0.02 && left[10_000..].iter().all(|&x| x == 0.0));
}
