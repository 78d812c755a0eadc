//! Level, width, colour, modulation, drone, swap and loop: measured on the sound.

mod studio;

use nfx_core::engine::canne::{
    CanneControls, CanneEngine, CannePlayer, EventKind, Lfo, LfoShape, LoopWish, render_loop,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use studio::{db, hz, keys, on, palette, part, play, rms, steady};

const RATE: f64 = 44_100.0;

fn engine() -> CanneEngine {
    CanneEngine::new(keys(), RATE).unwrap()
}

/// Half a second of a held note, after a quarter.
fn held(controls: &CanneControls, note: u8, extra: &[EventKind]) -> [Vec<f32>; 2] {
    let mut events = vec![(0, on(note))];
    events.extend(extra.iter().map(|&kind| (0, kind)));
    let mut engine = engine();
    play(&mut engine, controls, &events, 11_025, &[512]);
    play(&mut engine, controls, &[], 22_050, &[512])
}

/// Loudness by ITU-R BS.1770 at 48 kHz, without its gates, in dB.
fn loudness(sound: &[f32]) -> f64 {
    let filter = |x: Vec<f64>, b: [f64; 3], a: [f64; 2]| -> Vec<f64> {
        let (mut x1, mut x2, mut y1, mut y2) = (0.0, 0.0, 0.0, 0.0);
        let step = |&now: &f64| {
            let y = b[0] * now + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2;
            (x2, x1, y2, y1) = (x1, now, y1, y);
            y
        };
        x.iter().map(step).collect()
    };
    let x = sound.iter().map(|&x| f64::from(x)).collect();
    let shelf = [1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85];
    let x = filter(x, shelf, [-1.690_659_293_182_41, 0.732_480_774_215_85]);
    let x = filter(x, [1.0, -2.0, 1.0], [-1.990_047_454_833_98, 0.990_072_250_366_21]);
    10.0 * (x[4800..].iter().map(|x| x * x).sum::<f64>() / (x.len() - 4800) as f64).log10()
}

#[test]
fn the_loudness_stays_even_over_sliders_and_keys() {
    let spread = |even_level: bool| {
        let mut rng = StdRng::seed_from_u64(1);
        let (mut low, mut high) = (f64::MAX, f64::MIN);
        for _ in 0..24 {
            let mut controls = CanneControls { even_level, ..steady() };
            controls.sliders = std::array::from_fn(|_| rng.random_range(0.0..1.0));
            let mut engine = CanneEngine::new(keys(), 48_000.0).unwrap();
            let [left, _] =
                play(&mut engine, &controls, &[(0, on(rng.random_range(40..90)))], 36_000, &[512]);
            let found = loudness(&left[12_000..]);
            (low, high) = (low.min(found), high.max(found));
        }
        (low, high)
    };
    let (low, high) = spread(true);
    assert!(high - low < 1.0 && (low + high + 44.0).abs() < 2.0, "{low} to {high} dB");
    let (low, high) = spread(false);
    assert!(high - low > 5.0, "without it: {low} to {high} dB");
}

#[test]
fn a_slider_that_jumps_leaves_the_loudness_even() {
    let mut engine = CanneEngine::new(keys(), 48_000.0).unwrap();
    let mut controls = steady();
    controls.sliders = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let mut sound = play(&mut engine, &controls, &[(0, on(60))], 24_000, &[512])[0].clone();
    controls.sliders = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
    sound.extend(play(&mut engine, &controls, &[], 24_000, &[512])[0].iter());
    for from in (14_000..40_000).step_by(1000) {
        let found = loudness(&sound[from - 4800..from + 2400]);
        assert!((found + 22.0).abs() < 3.5, "{found} dB at {from}");
    }
}

#[test]
fn sixteen_loud_voices_stay_below_full_scale_on_average_and_below_the_ceiling_always() {
    let mut engine = engine();
    let notes: Vec<_> = (0..16).map(|i| (0, on(40 + 3 * i))).collect();
    let controls = CanneControls { velocity_amount: 0.0, ..steady() };
    let [left, _] = play(&mut engine, &controls, &notes, 44_100, &[512]);
    assert!(db(rms(&left[22_050..])) < -6.0, "{}", db(rms(&left)));
    let loud = CanneControls { output_gain: 16.0, ..controls };
    let [left, _] = play(&mut engine, &loud, &[], 22_050, &[512]);
    assert!(left.iter().all(|x| x.abs() <= nfx_core::signal::level::CEILING));
}

#[test]
fn width_spreads_the_partials_and_the_sum_of_the_channels_keeps_its_level() {
    let [left, right] = held(&CanneControls { width: 0.0, ..steady() }, 60, &[]);
    assert!(left == right, "without width both channels are alike");
    let wide = CanneControls { width: 1.0, ..steady() };
    for note in [36u8, 60, 84] {
        let [left, right] = held(&wide, note, &[]);
        let sum: Vec<f32> = left.iter().zip(&right).map(|(l, r)| 0.5 * (l + r)).collect();
        let side: Vec<f32> = left.iter().zip(&right).map(|(l, r)| 0.5 * (l - r)).collect();
        let stereo = ((rms(&left).powi(2) + rms(&right).powi(2)) / 2.0).sqrt();
        assert!(
            db(rms(&sum) / stereo) > -1.5,
            "note {note}: {} dB in mono",
            db(rms(&sum) / stereo)
        );
        assert!(
            db(rms(&side) / rms(&sum)) > -20.0,
            "note {note}: side {} dB",
            db(rms(&side) / rms(&sum))
        );
        assert!(db(rms(&left) / rms(&right)).abs() < 1.5);
    }
}

#[test]
fn sliders_and_everything_that_moves_them_do_the_same() {
    // Slider 5 brings partials around number 9: each source alone must bring them as the slider
    // itself does.
    let level = |controls: &CanneControls, extra: &[EventKind]| {
        let [left, _] = held(controls, 60, extra);
        let ratio = |partial: f64| part(&left, partial * hz(60.0), RATE).0;
        db(ratio(9.0) / ratio(1.0))
    };
    let mut plain = steady();
    plain.sliders = [0.5, 0.3, 0.3, 0.3, 0.3, 0.1, 0.3, 0.3];
    let mut moved = plain.clone();
    moved.sliders[5] = 0.7;
    let (from, to) = (level(&plain, &[]), level(&moved, &[]));
    assert!(to - from > 3.0, "{from} {to}");
    let same = |name: &str, controls: CanneControls, extra: &[EventKind]| {
        let found = level(&controls, extra);
        assert!((found - to).abs() < 0.1, "{name}: {found} dB, not {to}");
    };
    let mut amounts = [0.0; 8];
    amounts[5] = 0.6;
    same("velocity", CanneControls { velocity_to: amounts, ..plain.clone() }, &[]);
    same(
        "wheel",
        CanneControls { wheel_to: amounts, ..plain.clone() },
        &[EventKind::Wheel { value: 1.0 }],
    );
    let pressure = CanneControls { pressure_to: amounts, ..plain.clone() };
    same(
        "channel pressure",
        pressure.clone(),
        &[EventKind::ChannelPressure { channel: 0, value: 1.0 }],
    );
    same(
        "key pressure",
        pressure,
        &[EventKind::PolyPressure { channel: 0, note: 60, id: -1, value: 1.0 }],
    );
    let mut env = CanneControls { env_to: amounts, ..plain.clone() };
    env.env.sustain = 1.0;
    same("envelope", env, &[]);
    let mut lfo = plain.clone();
    lfo.lfos[0] = Lfo { hz: 0.0, shape: LfoShape::Square, to: amounts, retrigger: true };
    same("oscillator", lfo, &[]);
    let named = EventKind::NoteOn { channel: 0, note: 60, velocity: 1.0, id: 9 };
    let modulated = [EventKind::Choke { channel: 0, note: 60, id: -1 }, named];
    let amount = EventKind::SliderMod { id: 9, slider: 5, amount: 0.6 };
    same("modulation of one note", plain.clone(), &[modulated[0], modulated[1], amount]);
    let other = EventKind::SliderMod { id: 8, slider: 5, amount: 0.6 };
    assert!(
        (level(&plain, &[modulated[0], modulated[1], other]) - from).abs() < 0.1,
        "another note's"
    );
}

#[test]
fn a_lfo_moves_the_timbre_at_its_own_frequency() {
    let mut controls = CanneControls { even_level: false, ..steady() };
    (controls.lfos[0].hz, controls.lfos[0].to[0]) = (4.0, 0.3);
    let mut engine = engine();
    let [left, _] = play(&mut engine, &controls, &[(0, on(72))], 3 * 44_100, &[512]);
    let steps: Vec<f32> =
        left[44_100..].chunks(882).map(|c| part(c, hz(72.0), RATE).0 as f32).collect();
    let mean = steps.iter().sum::<f32>() / steps.len() as f32;
    let wave: Vec<f32> = steps.iter().map(|s| s - mean).collect();
    let (at_4, _) = part(&wave, 4.0, 50.0);
    let (at_6, _) = part(&wave, 6.0, 50.0);
    assert!(at_4 > 0.15 * f64::from(mean) && at_6 < 0.1 * at_4, "{at_4} {at_6} {mean}");
}

#[test]
fn velocity_volume_pan_tilt_and_brightness_do_what_they_say() {
    let soft = |velocity, amount| {
        let controls = CanneControls { velocity_amount: amount, ..steady() };
        let mut engine = engine();
        let kind = EventKind::NoteOn { channel: 0, note: 60, velocity, id: -1 };
        let [left, _] = play(&mut engine, &controls, &[(0, kind)], 22_050, &[512]);
        rms(&left[11_025..])
    };
    assert!((db(soft(0.5, 1.0) / soft(1.0, 1.0)) + 12.04).abs() < 0.1);
    assert!(db(soft(0.2, 0.0) / soft(1.0, 0.0)).abs() < 0.01);
    let plain = held(&steady(), 60, &[]);
    let name = (0, 60, -1);
    let volume = EventKind::NoteVolume { channel: name.0, note: name.1, id: name.2, value: 0.5 };
    assert!((db(rms(&held(&steady(), 60, &[volume])[0]) / rms(&plain[0])) + 6.02).abs() < 0.05);
    let pan = EventKind::NotePan { channel: name.0, note: name.1, id: name.2, value: -1.0 };
    let [left, right] = held(&steady(), 60, &[pan]);
    assert!(rms(&right) < 1e-6 && (db(rms(&left) / rms(&plain[0])) - 3.01).abs() < 0.05);
    let tilt_of = |sound: &[Vec<f32>; 2], partial: f64| {
        let level = |s: &[f32], p: f64| part(s, p * hz(60.0), RATE).0;
        db(level(&sound[0], partial) / level(&sound[0], 1.0))
            - db(level(&plain[0], partial) / level(&plain[0], 1.0))
    };
    let tilted = held(&CanneControls { bass_tilt: 1.0, ..steady() }, 60, &[]);
    // exp(0.95 - 1.9 f / 22050): -0.7486 dB for every 1000 Hz.
    assert!((tilt_of(&tilted, 8.0) + 0.7486 * 7.0 * hz(60.0) / 1000.0).abs() < 0.1);
    let bright =
        EventKind::NoteBrightness { channel: name.0, note: name.1, id: name.2, value: 1.0 };
    assert!((tilt_of(&held(&steady(), 60, &[bright]), 8.0) - 13.55).abs() < 0.2);
}

#[test]
fn noise_moves_the_partials_a_little() {
    let sway = |noise: f32| {
        let [left, _] = held(&CanneControls { noise, ..steady() }, 72, &[]);
        let steps: Vec<f32> =
            left.chunks(882).map(|c| part(c, 3.0 * hz(72.0), RATE).0 as f32).collect();
        let mean = steps.iter().sum::<f32>() / steps.len() as f32;
        steps.iter().map(|s| (s / mean - 1.0).powi(2)).sum::<f32>().sqrt()
            / (steps.len() as f32).sqrt()
    };
    assert!(
        sway(0.05) > 0.01 && sway(0.05) < 0.05 && sway(0.0) < 0.002,
        "{} {}",
        sway(0.05),
        sway(0.0)
    );
}

#[test]
fn the_drone_plays_the_sliders_without_a_note_and_ends_in_silence() {
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        let mut controls = CanneControls { drone: true, ..steady() };
        let mut engine = CanneEngine::new(palette(57.0), rate).unwrap();
        let second = rate as usize;
        let [left, _] = play(&mut engine, &controls, &[], 2 * second, &[512]);
        let late = &left[second..];
        assert!((-30.0..-15.0).contains(&db(rms(late))), "{rate}: {} dBFS", db(rms(late)));
        // It has the pitch of the model's own frames.
        let error = studio::cents(studio::frequency(late, hz(57.0), rate), hz(57.0));
        assert!(error.abs() < 6.0, "{rate}: {error} cents");
        controls.drone = false;
        let [left, right] = play(&mut engine, &controls, &[], second / 2, &[512]);
        assert!(left[second / 4..].iter().chain(&right[second / 4..]).all(|&x| x == 0.0), "{rate}");
    }
}

#[test]
fn another_model_comes_in_without_a_click() {
    let mut engine = engine();
    let controls = steady();
    play(&mut engine, &controls, &[(0, on(48))], 20_000, &[512]);
    let [before, _] = play(&mut engine, &controls, &[], 4410, &[512]);
    engine.swap(CannePlayer::new(palette(64.0), RATE).unwrap()).map_err(|_| "refused").unwrap();
    let [through, _] = play(&mut engine, &controls, &[], 8820, &[512]);
    assert!(engine.take_retired().is_some());
    // A jump shows in the second difference, which partials that go on do not raise.
    let edge =
        |x: &[f32]| x.windows(3).map(|w| (w[0] - 2.0 * w[1] + w[2]).abs()).fold(0.0, f32::max);
    let [after, _] = play(&mut engine, &controls, &[], 4410, &[512]);
    let steady = edge(&before).max(edge(&after));
    assert!(edge(&through) < 1.5 * steady, "{} beside {steady}", edge(&through));
    assert!((studio::frequency(&after, hz(48.0), RATE) - hz(48.0)).abs() < 0.1);
}

#[test]
fn a_loop_is_what_is_heard_and_has_no_seam() {
    for (note, controls) in [
        (Some(45.0), CanneControls { noise: 0.01, width: 1.0, ..CanneControls::default() }),
        (Some(60.5), CanneControls { shift_bins: 2.5, ..CanneControls::default() }),
        (None, CanneControls::default()),
    ] {
        let looped = render_loop(
            keys(),
            None,
            &controls,
            LoopWish { note, seconds: 1.5, depth: 0.25 },
            RATE,
        )
        .unwrap();
        let length = looped.len();
        assert!((length as f64 / RATE - 1.5).abs() < 0.031, "{length}");
        // All but the last quarter is the engine's own sound.
        let mut engine = engine();
        let events: Vec<_> = note
            .map(|n: f32| {
                let key = n.round() as u8;
                let on = EventKind::NoteOn { channel: 0, note: key, velocity: 1.0, id: 1 };
                let semitones = n - f32::from(key);
                [(0, on), (0, EventKind::NoteTuning { channel: 0, note: key, id: 1, semitones })]
            })
            .into_iter()
            .flatten()
            .collect();
        let mut played = controls.clone();
        played.drone = note.is_none();
        let [left, right] = play(&mut engine, &played, &events, 6 * 44_100, &[512]);
        let own = length * 7 / 10;
        let start = (0..left.len() - own)
            .find(|&s| (0..64).all(|i| looped[i] == [left[s + i], right[s + i]]))
            .unwrap();
        assert!((0..own).all(|i| looped[i] == [left[start + i], right[start + i]]), "{note:?}");
        // The seam and the cross-fade are no rougher and no quieter than the rest.
        let twice: Vec<f32> = looped.iter().chain(&looped).map(|x| x[0]).collect();
        let edge =
            |x: &[f32]| x.windows(3).map(|w| (w[0] - 2.0 * w[1] + w[2]).abs()).fold(0.0, f32::max);
        let (rest, seam) =
            (edge(&twice[1000..own - 1000]), edge(&twice[length - 500..length + 500]));
        assert!(seam < 1.3 * rest, "{note:?}: {seam} beside {rest}");
        let (rest, fade) =
            (rms(&twice[1000..own - 1000]), rms(&twice[length - length / 6..length - length / 12]));
        assert!(db(fade / rest).abs() < 1.5, "{note:?}: {} dB in the cross-fade", db(fade / rest));
    }
}

#[test]
fn what_lies_between_the_partials_is_noise_as_loud_as_the_decoder_says() {
    let model =
        nfx_core::models::spectral::CanneModel::from_file(&studio::breathy_file(0.1)).unwrap();
    for (rate, width) in [(44_100.0, 0.0), (48_000.0, 1.0), (96_000.0, 0.5)] {
        let controls = CanneControls { even_level: false, sliders: [0.0; 8], width, ..steady() };
        let mut engine = CanneEngine::new(model.clone(), rate).unwrap();
        let [left, right] = play(&mut engine, &controls, &[(0, on(72))], 2 * rate as usize, &[512]);
        let (left, right) = (&left[rate as usize / 2..], &right[rate as usize / 2..]);
        let tone: f64 = (1..40).map(|h| (0.3 / f64::from(h).powf(1.5)).powi(2) / 2.0).sum();
        // A third of the squared magnitude for each bin: see the window's energy.
        let wanted = 0.11 * (tone + 2048.0 * 0.01 / 3.0).sqrt();
        let power = (rms(left).powi(2) + rms(right).powi(2)) / 2.0;
        assert!(db(power.sqrt() / wanted).abs() < 0.7, "{rate}: {} dB", db(power.sqrt() / wanted));
        let fundamental = part(left, hz(72.0), rate).0.hypot(part(right, hz(72.0), rate).0)
            / std::f64::consts::SQRT_2;
        assert!(
            db(fundamental / (0.11 * 0.3)).abs() < 1.0,
            "{rate}: {} dB",
            db(fundamental / 0.033)
        );
        // It is noise: it does not repeat from period to period.
        let lag = (100.0 * rate / hz(72.0)).round() as usize;
        let products: f64 = left.iter().zip(&left[lag..]).map(|(a, b)| f64::from(a * b)).sum();
        let alike = products / left[lag..].len() as f64 / rms(left).powi(2);
        assert!(alike < 0.3, "{rate}: {alike}");
    }
}
