//! The block size cannot be heard, and a reset instrument is a new one.

mod studio;

use nfx_core::engine::canne::{
    CanneControls, CanneEngine, EventKind, Lfo, LfoShape, Unison, VoiceMode,
};
use nfx_core::models::spectral::{Part, Told};
use rand::{Rng, SeedableRng, rngs::StdRng};
use studio::{keys, off, on, palette, play};

fn wild(rng: &mut StdRng, samples: usize) -> Vec<(usize, EventKind)> {
    let mut events = Vec::new();
    for _ in 0..150 {
        let (channel, note, id) = (rng.random_range(0..3), rng.random_range(30..100u8), -1);
        let value = rng.random_range(0.0..1.0);
        let kind = match rng.random_range(0..18) {
            0..=4 => EventKind::NoteOn { channel, note, velocity: value, id },
            5..=7 => EventKind::NoteOff { channel, note, velocity: 0.0, id },
            8 => EventKind::Bend { channel, semitones_norm: value },
            9 => EventKind::Sustain { channel, on: value > 0.5 },
            10 => EventKind::NotePan { channel, note, id, value },
            11 => EventKind::NoteBrightness { channel, note, id, value },
            12 => EventKind::Choke { channel, note, id },
            13..=16 => {
                // Registered parameters whole, other controllers as they come.
                let whole = [(101, 0.0), (100, rng.random_range(0..7) as f32 / 127.0), (6, value)];
                let one = [(rng.random_range(0..120u8), value)];
                let list = if rng.random_bool(0.5) { &whole[..] } else { &one[..] };
                let at = rng.random_range(0..samples);
                let message = |&(number, value): &(u8, f32)| {
                    (at, EventKind::Controller { channel, number, value })
                };
                events.extend(list.iter().map(message));
                continue;
            }
            _ => EventKind::ChannelPressure { channel, value },
        };
        events.push((rng.random_range(0..samples), kind));
    }
    events.sort_by_key(|e| e.0);
    events
}

fn busy() -> CanneControls {
    let mut controls =
        CanneControls { drone: true, glide_poly: true, reach: 0.4, ..Default::default() };
    controls.lfos[0] = Lfo { hz: 3.0, shape: LfoShape::Random, to: [0.5; 8], retrigger: false };
    controls.lfos[1] = Lfo { hz: 0.7, shape: LfoShape::SawUp, to: [-0.4; 8], retrigger: true };
    controls.unison = Unison { voices: 3, detune_cents: 20.0, spread: 1.0 };
    controls.env_to = [-0.5; 8];
    controls.pressure_to = [0.3; 8];
    controls.shift_bins = 7.3;
    controls.width = 1.0;
    controls.bass_tilt = 0.5;
    controls
}

fn same(a: &[Vec<f32>; 2], b: &[Vec<f32>; 2]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()))
}

#[test]
fn any_partition_into_blocks_gives_the_same_bits() {
    for (seed, rate, mode) in [
        (1, 44_100.0, VoiceMode::Poly),
        (2, 48_000.0, VoiceMode::Mono),
        (3, 96_000.0, VoiceMode::Legato),
        (4, 8000.0, VoiceMode::Poly),
    ] {
        let mut rng = StdRng::seed_from_u64(seed);
        let samples = (rate * 0.8) as usize;
        let events = wild(&mut rng, samples);
        let mut controls = busy();
        (controls.mode, controls.voices) = (mode, 9);
        let model = if seed % 2 == 0 { palette(55.0) } else { keys() };
        let mut engine = CanneEngine::new(model, rate).unwrap();
        let whole = play(&mut engine, &controls, &events, samples, &[samples]);
        assert!(whole[0].iter().any(|x| x.abs() > 0.01));
        for blocks in [&[1][..], &[64], &[512], &[37, 1000, 1, 64, 256, 3]] {
            engine.reset();
            let parts = play(&mut engine, &controls, &events, samples, blocks);
            assert!(same(&whole, &parts), "{rate} Hz, blocks of {blocks:?}");
        }
    }
}

#[test]
fn a_reset_engine_is_as_a_new_one() {
    let mut rng = StdRng::seed_from_u64(7);
    let (first, second) = (wild(&mut rng, 30_000), wild(&mut rng, 30_000));
    let controls = busy();
    let mut used = CanneEngine::new(keys(), 44_100.0).unwrap();
    play(&mut used, &controls, &first, 30_000, &[333]);
    used.reset();
    assert_eq!((used.active_voices(), used.take_ended()), (0, None));
    let mut fresh = CanneEngine::new(keys(), 44_100.0).unwrap();
    let a = play(&mut used, &controls, &second, 30_000, &[512]);
    let b = play(&mut fresh, &controls, &second, 30_000, &[512]);
    assert!(same(&a, &b));
}

#[test]
fn an_event_at_the_end_of_a_block_is_one_at_the_beginning_of_the_next() {
    use nfx_core::engine::canne::Event;
    let controls = CanneControls::default();
    let run = |last: &[Event], first: &[Event]| {
        let mut engine = CanneEngine::new(keys(), 44_100.0).unwrap();
        let mut sound = [vec![0.0; 600], vec![0.0; 600]];
        let [left, right] = &mut sound;
        engine.process(&controls, last, &mut left[..200], &mut right[..200]);
        engine.process(&controls, first, &mut left[200..], &mut right[200..]);
        sound
    };
    let at =
        |at| [Event { at, kind: on(60) }, Event { at, kind: on(64) }, Event { at, kind: off(60) }];
    assert!(same(&run(&at(200), &[]), &run(&[], &at(0))));
    assert!(same(&run(&at(usize::MAX), &[]), &run(&[], &at(0))));
}

#[test]
fn decoding_in_parts_gives_the_bits_of_one_go() {
    for model in [keys(), palette(50.0), studio::random(4, 61), studio::random(5, 0)] {
        for (columns, parts) in [(1, 2), (3, 4), (5, 7), (16, 4), (16, 1000)] {
            let latents: Vec<f32> = (0..columns * 8).map(|i| (i as f32 * 0.37).sin()).collect();
            let notes: Vec<f32> = (0..columns).map(|i| 40.0 + 3.0 * i as f32).collect();
            let mut whole = vec![0.0; columns * model.bins()];
            model.decode(&mut model.scratch(), &latents, &notes, &mut whole);
            let mut pieces = vec![f32::NAN; columns * model.bins()];
            let mut scratch = model.scratch();
            for part in 0..parts {
                let told = Told { notes: &notes, ages_s: &[] };
                model.decode_part(
                    &mut scratch,
                    &latents,
                    told,
                    &mut pieces,
                    Part { index: part, count: parts },
                );
            }
            assert!(
                whole.iter().zip(&pieces).all(|(a, b)| a.to_bits() == b.to_bits()),
                "{columns} in {parts}"
            );
        }
    }
}
