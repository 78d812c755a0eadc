//! What the Effect Profiler's controls do to the sound.

mod pedals;

use nfx_core::engine::profiler::{
    Alignment, Cabinet, GateControls, Normalise, PlayerSetup, ProfilerControls, ProfilerEngine,
    ProfilerPlayer, ProfilerStereo, measure_alignment, measure_loudness, static_curve,
};
use nfx_core::engine::{EngineError, render};
use nfx_core::models::effect::ProfileInfo;
use pedals::{
    assert_same, compressor, corner, late, linear, lstm, noise, rms, run, sine, slimmable, told,
};

const RATE: f64 = 48_000.0;

fn calm() -> ProfilerControls {
    ProfilerControls::default()
}

#[test]
fn a_dry_mix_beside_a_delay_does_not_comb_once_it_is_repaired() {
    let profile = late(23, -0.9, RATE);
    let found = measure_alignment(&profile);
    assert_eq!((found.delay_samples, found.inverted), (23, true));
    assert!(found.confidence > 0.9 && found.is_worth_repairing(), "{found:?}");
    let x = noise(4, 20_000);
    let half = ProfilerControls { mix: 0.5, ..calm() };
    let level = |alignment| {
        let setup = PlayerSetup { channels: 1, alignment, ..PlayerSetup::default() };
        let mut engine =
            ProfilerEngine::with_player(ProfilerPlayer::new(profile.clone(), setup), RATE).unwrap();
        let out = render(&mut engine, |_| half, std::slice::from_ref(&x), &[]).unwrap();
        let worst = out[0].iter().zip(&x).map(|(y, x)| (y - 0.95 * x).abs()).fold(0.0f32, f32::max);
        (rms(&out[0]), worst)
    };
    assert!(level(found).1 < 1e-5);
    assert!(level(Alignment::default()).1 > 0.1);
}

#[test]
fn alignment_is_found_through_distortion_filters_and_refused_where_there_is_none() {
    for seed in 0..4 {
        let found = measure_alignment(&lstm(seed, 8, 1.0, RATE));
        assert!(found.delay_samples < 40, "{found:?}");
    }
    // A smooth response, 40 samples late.
    let taps: Vec<f32> =
        (0..120).map(|i| if i < 40 { 0.0 } else { (-(i as f32 - 40.0) / 6.0).exp() }).collect();
    // What begins at once ends up, without the highest frequencies, a sample later.
    let found = measure_alignment(&linear(&taps, 44_100.0));
    assert!((40..=41).contains(&found.delay_samples), "{found:?}");
    let spread: Vec<f32> = noise(8, 3_000);
    assert!(!measure_alignment(&linear(&spread, RATE)).is_worth_repairing());
    assert_eq!(measure_alignment(&linear(&[0.0], RATE)), Alignment::default());
}

#[test]
fn the_quality_switch_chooses_the_size_without_a_step() {
    let mut engine = ProfilerEngine::new(slimmable(RATE), RATE, 1).unwrap();
    let sound = vec![sine(300.0, 0.5, RATE, 40_000)];
    let out = run(&mut engine, &sound, &[], &[100], |at| ProfilerControls {
        quality: if at < 20_000 { 1.0 } else { 0.2 },
        ..calm()
    });
    let share = |range: std::ops::Range<usize>| rms(&out[0][range.clone()]) / rms(&sound[0][range]);
    assert!((share(8_000..16_000) - 0.5).abs() < 1e-3);
    assert!((share(24_000..32_000) - 0.25).abs() < 1e-3);
    assert!(corner(&out[0]) < 1.1 * corner(&sound[0]) * 0.5);
}

#[test]
fn levels_are_what_they_say() {
    let unit = linear(&[1.0], RATE);
    let x = vec![sine(500.0, 0.1, RATE, 30_000); 2];
    let db = |controls: ProfilerControls,
              profile: &std::sync::Arc<nfx_core::models::effect::ProfileModel>| {
        let mut engine = ProfilerEngine::new(profile.clone(), RATE, 2).unwrap();
        let out = run(&mut engine, &x, &[], &[64], |_| controls);
        20.0 * (rms(&out[0][10_000..]) / rms(&x[0][10_000..])).log10()
    };
    let near = |found: f32, wanted: f32| {
        assert!((found - wanted).abs() < 0.01, "{found} dB, not {wanted}")
    };
    near(db(calm(), &unit), 0.0);
    near(db(ProfilerControls { input_db: 6.0, ..calm() }, &unit), 6.0);
    near(db(ProfilerControls { output_db: -6.0, makeup_db: 3.0, ..calm() }, &unit), -3.0);
    let told = told(
        &[1.0],
        RATE,
        ProfileInfo {
            loudness_db: Some(-20.0),
            input_level_dbu: Some(18.0),
            output_level_dbu: Some(10.0),
            ..ProfileInfo::default()
        },
    );
    near(db(ProfilerControls { normalise: Normalise::Loudness, ..calm() }, &told), 2.0);
    // Full scale is 12 dBu here and 18 dBu at the model: what comes in is 6 dB less there, and goes
    // out 2 dB lower.
    let calibrated = ProfilerControls {
        normalise: Normalise::Calibrated,
        calibrate_input: true,
        interface_dbu: 12.0,
        ..calm()
    };
    near(db(calibrated, &told), -6.0 - 2.0);
    near(db(calibrated, &unit), 0.0);
    // A trim brings two profiles to one loudness.
    let (quiet, loud) = (linear(&[0.1], RATE), linear(&[0.8], RATE));
    let trim_db = measure_loudness(&loud, &[]) - measure_loudness(&quiet, &[]);
    near(trim_db, 20.0 * 8.0f32.log10());
    let setup = PlayerSetup { trim_db, ..PlayerSetup::default() };
    let mut engine = ProfilerEngine::with_player(ProfilerPlayer::new(quiet, setup), RATE).unwrap();
    let out = run(&mut engine, &x, &[], &[64], |_| calm());
    near(20.0 * (rms(&out[0][10_000..]) / rms(&x[0][10_000..])).log10(), 20.0 * 0.8f32.log10());
}

#[test]
fn mono_is_the_mean_and_mid_side_of_a_linear_model_changes_nothing() {
    let x = vec![noise(1, 8_000), noise(2, 8_000)];
    let play = |stereo, profile| {
        let mut engine = ProfilerEngine::new(profile, RATE, 2).unwrap();
        run(&mut engine, &x, &[], &[64], |_| ProfilerControls { stereo, ..calm() })
    };
    let mono = play(ProfilerStereo::Mono, linear(&[1.0], RATE));
    assert_same(&mono[..1], &mono[1..], "both channels");
    for (i, y) in mono[0].iter().enumerate() {
        assert!((y - 0.5 * (x[0][i] + x[1][i])).abs() < 1e-6);
    }
    let turned = play(ProfilerStereo::MidSide, linear(&[1.0, 0.3], RATE));
    let plain = play(ProfilerStereo::Stereo, linear(&[1.0, 0.3], RATE));
    for (a, b) in turned.iter().flatten().zip(plain.iter().flatten()) {
        assert!((a - b).abs() < 1e-5);
    }
    let bent = play(ProfilerStereo::MidSide, lstm(3, 8, 2.0, RATE));
    let straight = play(ProfilerStereo::Stereo, lstm(3, 8, 2.0, RATE));
    assert!(bent[0].iter().zip(&straight[0]).any(|(a, b)| (a - b).abs() > 1e-3));
}

#[test]
fn the_gate_closes_the_way_into_the_model() {
    let mut sound = sine(500.0, 0.3, RATE, 20_000);
    sound.extend(sine(500.0, 0.001, RATE, 60_000));
    let gate = GateControls { on: true, threshold_db: -40.0, ..GateControls::default() };
    let mut engine = ProfilerEngine::new(linear(&[1.0], RATE), RATE, 1).unwrap();
    let out = run(&mut engine, std::slice::from_ref(&sound), &[], &[64], |_| ProfilerControls {
        gate,
        ..calm()
    });
    assert!(out[0][5_000..20_000].iter().zip(&sound[5_000..]).all(|(y, x)| (y - x).abs() < 1e-12));
    assert!(out[0][60_000..].iter().all(|&x| x == 0.0));
    assert_eq!(engine.view().gate_gain, 0.0);
}

#[test]
fn an_impulse_response_colours_the_wet_sound_in_time_with_the_dry() {
    let mut taps = vec![0.0; 300];
    taps[0] = 1.0;
    let mut engine = ProfilerEngine::new(linear(&[1.0], RATE), RATE, 2).unwrap();
    assert!(engine.swap_ir(Cabinet::new(&[taps], RATE, RATE, 2).unwrap()).is_ok());
    assert!(
        engine.swap_ir(Cabinet::new(&[vec![1.0]], RATE, 44_100.0, 2).unwrap()).is_err(),
        "made for another rate"
    );
    engine.reset();
    let x = vec![noise(1, 4_000), noise(2, 4_000)];
    let on = ProfilerControls { ir_on: true, ir_level_db: -6.0, ..calm() };
    let out = run(&mut engine, &x, &[], &[64], |_| on);
    for (y, x) in out.iter().flatten().zip(x.iter().flatten()) {
        assert!((y - x * 10.0f32.powf(-0.3)).abs() < 1e-4);
    }
    assert!(matches!(
        Cabinet::new(&[vec![0.0; 10]], RATE, RATE, 2),
        Err(EngineError::Impulse { .. })
    ));
}

#[test]
fn moves_of_every_level_are_smooth() {
    let x = vec![sine(200.0, 0.4, RATE, 40_000); 2];
    let steady = corner(&x[0]);
    let moved: [(&str, ProfilerControls); 9] = [
        ("input", ProfilerControls { input_db: -24.0, ..calm() }),
        ("output", ProfilerControls { output_db: -24.0, ..calm() }),
        ("make-up", ProfilerControls { makeup_db: -24.0, ..calm() }),
        ("mix", ProfilerControls { mix: 0.0, ..calm() }),
        ("bypass", ProfilerControls { bypass: true, ..calm() }),
        ("impulse response", ProfilerControls { ir_on: true, ..calm() }),
        ("mono", ProfilerControls { stereo: ProfilerStereo::Mono, ..calm() }),
        ("mid/side", ProfilerControls { stereo: ProfilerStereo::MidSide, ..calm() }),
        ("normalise", ProfilerControls { normalise: Normalise::Loudness, ..calm() }),
    ];
    for (what, controls) in moved {
        let setup = PlayerSetup { loudness_db: Some(-6.0), ..PlayerSetup::default() };
        let player = ProfilerPlayer::new(linear(&[0.5], RATE), setup);
        let mut engine = ProfilerEngine::with_player(player, RATE).unwrap();
        assert!(
            engine.swap_ir(Cabinet::new(&[vec![0.2, 0.5, 0.2]], RATE, RATE, 2).unwrap()).is_ok()
        );
        engine.reset();
        let out = run(&mut engine, &x, &[], &[100], |at| {
            if (15_000..27_000).contains(&at) { controls } else { calm() }
        });
        assert!(
            corner(&out[0][1_000..]) < 1.3 * steady,
            "{what}: {} beside {steady}",
            corner(&out[0][1_000..])
        );
    }
}

#[test]
fn the_static_curve_of_a_gain_is_straight_and_of_a_clipper_bends() {
    let curve = static_curve(&linear(&[0.5], RATE), &[]);
    assert_eq!(curve.len(), 31);
    for [x, y] in curve {
        assert!((y - (x - 6.02)).abs() < 0.05, "{x} {y}");
    }
}

#[test]
fn a_compressor_follows_its_side_chain_shares_its_gain_and_shows_it() {
    const RATE: f64 = 44_100.0;
    let profile = compressor();
    let knobs = [-30.0, 8.0, 5.0, 100.0, 0.0, 0.0, 0.0, 0.0];
    let (loud, quiet) = (sine(300.0, 0.8, RATE, 44_100), sine(300.0, 0.01, RATE, 44_100));
    let db = |out: &[f32], x: &[f32]| 20.0 * (rms(&out[30_000..]) / rms(&x[30_000..])).log10();
    let play = |sound: [&Vec<f32>; 2], side: &[Vec<f32>], controls: ProfilerControls| {
        let mut engine = ProfilerEngine::new(profile.clone(), RATE, 2).unwrap();
        let sound = sound.map(Clone::clone);
        let out = run(&mut engine, &sound, side, &[64], |_| ProfilerControls { knobs, ..controls });
        (db(&out[0], &sound[0]), db(&out[1], &sound[1]), engine.view().gain_reduction_db)
    };
    let (left, right, shown) = play([&loud, &loud], &[], calm());
    assert!(
        left < -15.0 && (left - right).abs() < 1e-3 && (shown - left).abs() < 3.0,
        "{left} {right} {shown}"
    );
    // Shared, or each channel by itself.
    let (_, right, _) = play([&loud, &quiet], &[], calm());
    let (_, alone, _) = play([&loud, &quiet], &[], ProfilerControls { link: 0.0, ..calm() });
    assert!((right - left).abs() < 0.5 && alone.abs() < 0.5, "{right} {alone}");
    // The side chain is heard only when asked for, mono for both channels too.
    let side = [loud.clone()];
    let (off, _, _) = play([&quiet, &quiet], &side, calm());
    let external = ProfilerControls { external_side_chain: true, ..calm() };
    let (on, other, _) = play([&quiet, &quiet], &side, external);
    let (unplugged, _, _) = play([&quiet, &quiet], &[], external);
    assert!(
        off.abs() < 0.5 && unplugged.abs() < 0.5 && on < -15.0 && (on - other).abs() < 1e-3,
        "{off} {on} {other}"
    );
    // Make-up is behind the detector.
    let (made_up, _, _) = play([&loud, &loud], &[], ProfilerControls { makeup_db: 6.0, ..calm() });
    assert!((made_up - left - 6.0).abs() < 0.05, "{made_up} {left}");
}

#[test]
fn turning_a_compressors_knobs_is_smooth() {
    const RATE: f64 = 44_100.0;
    let profile = compressor();
    let x = vec![sine(200.0, 0.4, RATE, 80_000); 2];
    let home = [-20.0, 4.0, 10.0, 100.0, 0.0, 0.0, 0.0, 0.0];
    for (knob, value) in
        [(0, -50.0), (0, 0.0), (1, 10.0), (2, 1.0), (2, 1000.0), (3, 1.0), (3, 1000.0)]
    {
        let mut engine = ProfilerEngine::new(profile.clone(), RATE, 2).unwrap();
        let mut there = home;
        there[knob] = value;
        let out = run(&mut engine, &x, &[], &[100], |at| ProfilerControls {
            knobs: if (30_000..55_000).contains(&at) { there } else { home },
            ..calm()
        });
        let steady = [20_000..29_000, 45_000..54_000]
            .map(|range| corner(&out[0][range]))
            .into_iter()
            .fold(0.0, f32::max);
        let moving = corner(&out[0][29_000..]);
        assert!(moving < 1.3 * steady, "knob {knob} to {value}: {moving} beside {steady}");
    }
}

#[test]
fn the_view_shows_what_was_played_in_time() {
    let mut engine = ProfilerEngine::new(late(7, 0.5, RATE), RATE, 2).unwrap();
    let x = vec![noise(1, 5_000), noise(1, 5_000)];
    let out = run(&mut engine, &x, &[], &[500], |_| calm());
    let view = engine.view();
    assert_eq!(view.index, 5_000);
    let n = view.before.len();
    for i in 0..n {
        assert!(
            (view.before[i] - x[0][5_000 - n + i]).abs() < 1e-6
                && (view.after[i] - out[0][5_000 - n + i]).abs() < 1e-6
        );
    }
    assert!(
        view.input_peaks[0] > 0.4 && view.output_peaks[1] > 0.2 && view.gain_reduction_db == 0.0
    );
}
