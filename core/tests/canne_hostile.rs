//! Whatever comes in, what goes out is finite, normal, and below the ceiling.

mod studio;

use std::sync::Arc;

use nfx_core::engine::canne::take::{Recording, candidates};
use nfx_core::engine::canne::{
    Adsr, CanneControls, CanneEngine, CannePlayer, Event, EventKind, Lfo, LfoShape, Unison,
    VoiceMode,
};
use nfx_core::signal::level::CEILING;
use rand::{Rng, SeedableRng, rngs::StdRng};
use studio::{keys, on, play, random};

/// A number that nobody should send.
fn bad(rng: &mut StdRng) -> f32 {
    match rng.random_range(0..9) {
        0 => f32::NAN,
        1 => f32::INFINITY,
        2 => f32::NEG_INFINITY,
        3 => f32::MAX,
        4 => -1e30,
        5 => 1e-42,
        6 => rng.random_range(-200.0..200.0),
        _ => rng.random_range(0.0..1.0),
    }
}

fn adsr(rng: &mut StdRng) -> Adsr {
    Adsr { attack_ms: bad(rng), decay_ms: bad(rng), sustain: bad(rng), release_ms: bad(rng) }
}

fn controls(rng: &mut StdRng) -> CanneControls {
    let mut list = || std::array::from_fn(|_| bad(rng));
    let (sliders, env_to, velocity_to, pressure_to, wheel_to, slide_to) =
        (list(), list(), list(), list(), list(), list());
    CanneControls {
        sliders,
        env_to,
        velocity_to,
        pressure_to,
        wheel_to,
        slide_to,
        slide_brightness: bad(rng),
        shift_bins: bad(rng),
        shift_circular: rng.random_bool(0.5),
        fine_cents: bad(rng),
        master_tune_hz: bad(rng),
        bass_tilt: bad(rng),
        noise: bad(rng),
        pace: bad(rng),
        likeness: bad(rng),
        width: bad(rng),
        even_level: rng.random_bool(0.5),
        output_gain: bad(rng),
        mode: [VoiceMode::Poly, VoiceMode::Mono, VoiceMode::Legato][rng.random_range(0..3)],
        voices: rng.random_range(0..100),
        glide_ms: bad(rng),
        bend_range: bad(rng),
        mpe: rng.random_bool(0.5),
        mpe_bend_range: bad(rng),
        velocity_amount: bad(rng),
        amp: adsr(rng),
        env: adsr(rng),
        lfos: std::array::from_fn(|_| Lfo {
            hz: bad(rng),
            shape: LfoShape::ALL[rng.random_range(0..6)],
            to: std::array::from_fn(|_| bad(rng)),
            retrigger: rng.random_bool(0.5),
        }),
        reach: bad(rng),
        unison: Unison {
            voices: rng.random_range(0..20),
            detune_cents: bad(rng),
            spread: bad(rng),
        },
        pitches: std::array::from_fn(|_| bad(rng)),
        glide_poly: rng.random_bool(0.5),
        drone: rng.random_bool(0.2),
    }
}

fn event(rng: &mut StdRng) -> Event {
    let (channel, note, id) =
        (rng.random::<u8>() % 20, rng.random::<u8>() % 140, rng.random_range(-3..30));
    let value = bad(rng);
    let kind = match rng.random_range(0..20) {
        0..=4 => EventKind::NoteOn { channel, note, velocity: value, id },
        5 | 6 => EventKind::NoteOff { channel, note, velocity: value, id },
        7 => EventKind::Choke { channel, note, id },
        8 => EventKind::AllNotesOff,
        9 => EventKind::AllSoundOff,
        10 => EventKind::Bend { channel, semitones_norm: value },
        11 => EventKind::Sustain { channel, on: rng.random_bool(0.5) },
        12 => EventKind::Wheel { value },
        13 => EventKind::ChannelPressure { channel, value },
        14 => EventKind::NoteTuning { channel, note, id, semitones: value },
        15 => EventKind::NoteVolume { channel, note, id, value },
        16 => EventKind::NoteBrightness { channel, note, id, value },
        17 | 18 => EventKind::Controller { channel, number: rng.random(), value },
        _ => EventKind::SliderMod { id, slider: rng.random(), amount: value },
    };
    Event { at: if rng.random_bool(0.1) { usize::MAX } else { rng.random_range(0..900) }, kind }
}

#[test]
fn hostile_controls_and_events_leave_finite_sound_below_the_ceiling() {
    for (seed, rate) in (0..10)
        .zip([44_100.0, 48_000.0, 96_000.0, 192_000.0, 1000.0, 768_000.0].into_iter().cycle())
    {
        let mut rng = StdRng::seed_from_u64(seed);
        let model = if seed % 2 == 0 { random(seed, 61) } else { random(seed, 0) };
        let sound: Vec<f32> =
            (0..30_000).map(|i| bad(&mut rng) * (-1e-4 * i as f32).exp()).collect();
        // A take of noise that is no number here and there, at the ends of what is possible.
        let take = Recording::listen(&sound, 44_100.0).ok().and_then(|recording| {
            let all = candidates(&model, &recording).unwrap();
            all.into_iter().nth(seed as usize % 4).and_then(|candidate| candidate.take)
        });
        let mut engine = CanneEngine::new(model, rate).unwrap();
        engine.set_take(take.map(Arc::new));
        for _ in 0..60 {
            let controls = controls(&mut rng);
            // Not even their order is right.
            let events: Vec<Event> = (0..rng.random_range(0..8)).map(|_| event(&mut rng)).collect();
            let n = rng.random_range(0..900);
            let mut sound = [vec![f32::NAN; n], vec![f32::NAN; n + 5]];
            let [left, right] = &mut sound;
            engine.process(&controls, &events, left, right);
            for x in sound.iter().flatten() {
                assert!(
                    x.is_finite() && x.abs() <= CEILING && (*x == 0.0 || x.is_normal()),
                    "seed {seed}: {x}"
                );
            }
        }
        // And it recovers.
        engine.reset();
        let [left, _] =
            play(&mut engine, &CanneControls::default(), &[(0, on(60))], 20_000, &[512]);
        assert!(studio::rms(&left) > 1e-4, "seed {seed}");
    }
}

#[test]
fn rates_that_no_sound_has_are_refused_with_a_sentence() {
    for rate in [0.0, 999.0, 1e6, f64::NAN, -44_100.0] {
        let Err(error) = CanneEngine::new(keys(), rate) else { panic!("{rate} was taken") };
        let text = error.to_string();
        assert!(
            text.contains("expected")
                && text.contains("found")
                && text.ends_with("nothing was changed"),
            "{text}"
        );
        assert!(CannePlayer::new(keys(), rate).is_err());
    }
}

#[test]
fn a_model_for_another_rate_is_given_back() {
    let mut engine = CanneEngine::new(keys(), 48_000.0).unwrap();
    assert!(engine.swap(CannePlayer::new(keys(), 44_100.0).unwrap()).is_err());
    assert!(engine.swap(CannePlayer::new(keys(), 48_000.0).unwrap()).is_ok());
    assert!(
        engine.swap(CannePlayer::new(keys(), 48_000.0).unwrap()).is_err(),
        "the first was not taken away yet"
    );
    assert!(engine.take_retired().is_some());
    assert!(engine.swap(CannePlayer::new(keys(), 48_000.0).unwrap()).is_ok());
}
