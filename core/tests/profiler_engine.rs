//! Properties of the Effect Profiler's engine, as a host would see them.

mod pedals;

use nfx_core::engine::profiler::{
    Alignment, Cabinet, GateControls, Normalise, PlayerSetup, ProfilerControls, ProfilerEngine,
    ProfilerPlayer, ProfilerStereo,
};
use nfx_core::engine::render;
use nfx_core::signal::level::CEILING;
use pedals::{
    assert_same, compressor, corner, hum, late, linear, lstm, noise, run, signaltrain, sine,
    slimmable, slow,
};

const RATE: f64 = 48_000.0;

fn calm() -> ProfilerControls {
    ProfilerControls::default()
}

/// Changes only at multiples of 1000 samples, where every partition below has a block boundary.
fn busy(at: usize) -> ProfilerControls {
    let step = at / 1000;
    ProfilerControls {
        knobs: [
            -3.0 * step as f32,
            1.5 + step as f32,
            2.0 * step as f32,
            900.0 - 50.0 * step as f32,
            0.0,
            0.0,
            0.0,
            0.0,
        ],
        input_db: [0.0, 6.0, -12.0][step % 3],
        output_db: [0.0, -3.0][step % 2],
        makeup_db: step as f32 * 0.5,
        mix: if step % 4 == 1 { 0.6 } else { 1.0 },
        stereo: [ProfilerStereo::Stereo, ProfilerStereo::Mono, ProfilerStereo::MidSide]
            [step / 2 % 3],
        link: 0.3 * (step % 4) as f32,
        gate: GateControls {
            on: step >= 3,
            threshold_db: -20.0,
            hold_ms: 10.0,
            release_ms: 20.0,
            ..GateControls::default()
        },
        ir_on: step % 5 >= 2,
        ir_level_db: -3.0,
        bypass: step == 9,
        quality: if step % 6 < 3 { 1.0 } else { 0.0 },
        external_side_chain: step.is_multiple_of(3),
        normalise: Normalise::Loudness,
        ..calm()
    }
}

#[test]
fn any_block_partition_gives_the_same_bits() {
    for (host, rate) in
        [(48_000.0, 48_000.0), (48_000.0, 44_100.0), (96_000.0, 48_000.0), (44_100.0, 48_000.0)]
    {
        let profiles = [
            lstm(1, 8, 1.0, rate),
            slimmable(rate),
            late(5, 0.7, rate),
            compressor(),
            signaltrain(1, 32, rate),
        ];
        for profile in profiles {
            for channels in [1, 2] {
                let sound: Vec<_> = (0..channels).map(|c| noise(c as u64, 12_000)).collect();
                let side: Vec<_> = (0..channels).map(|c| noise(10 + c as u64, 12_000)).collect();
                let make = || {
                    let mut engine = ProfilerEngine::new(profile.clone(), host, channels).unwrap();
                    let ir = vec![noise(5, 700)];
                    assert!(
                        engine.swap_ir(Cabinet::new(&ir, host, host, channels).unwrap()).is_ok()
                    );
                    engine.reset();
                    engine
                };
                let whole = run(&mut make(), &sound, &side, &[1000], busy);
                for blocks in
                    [vec![1usize], vec![500], vec![7, 93, 400], vec![64, 436], vec![250, 1, 249]]
                {
                    let parts = run(&mut make(), &sound, &side, &blocks, busy);
                    assert_same(
                        &whole,
                        &parts,
                        &format!("{host} Hz, {channels} channels, blocks {blocks:?}"),
                    );
                }
            }
        }
    }
}

#[test]
fn reset_equals_fresh_also_in_the_middle_of_a_fade() {
    for host in [48_000.0, 44_100.0] {
        let sound = vec![noise(1, 9_000), noise(2, 9_000)];
        for profile in [lstm(2, 12, 1.0, RATE), signaltrain(2, 64, RATE)] {
            let mut engine = ProfilerEngine::new(profile, host, 2).unwrap();
            let fresh = run(&mut engine, &sound, &sound, &[300], busy);
            engine.reset();
            assert_same(&fresh, &run(&mut engine, &sound, &sound, &[300], busy), "after a reset");
        }
        let mut engine = ProfilerEngine::new(lstm(2, 12, 1.0, RATE), host, 2).unwrap();
        run(&mut engine, &sound, &sound, &[300], busy);
        let newer = lstm(3, 12, 1.0, RATE);
        assert!(engine.swap(ProfilerPlayer::new(newer.clone(), PlayerSetup::default())).is_ok());
        run(&mut engine, &sound, &[], &[300], busy);
        engine.reset();
        let mut other = ProfilerEngine::new(newer, host, 2).unwrap();
        let want = run(&mut other, &sound, &[], &[300], busy);
        assert_same(&want, &run(&mut engine, &sound, &[], &[300], busy), "reset during a swap");
    }
}

#[test]
fn at_the_models_rate_nothing_is_added_and_nothing_is_late() {
    let taps = [0.5, -0.25, 0.125];
    let mut engine = ProfilerEngine::new(linear(&taps, RATE), RATE, 1).unwrap();
    assert_eq!(engine.latency_samples(), 0);
    let x = noise(3, 5_000);
    let out = run(&mut engine, std::slice::from_ref(&x), &[], &[64], |_| calm());
    for i in 2..x.len() {
        let want = taps[0] * x[i] + taps[1] * x[i - 1] + taps[2] * x[i - 2];
        assert!((out[0][i] - want).abs() < 1e-6, "{i}");
    }
}

#[test]
fn signaltrain_plays_at_its_own_latency_and_the_dry_sound_waits_for_it() {
    let mut engine = ProfilerEngine::new(signaltrain(3, 1024, RATE), RATE, 1).unwrap();
    assert_eq!(engine.latency_samples(), 4_096);
    let x = noise(4, 12_000);
    let dry = run(&mut engine, std::slice::from_ref(&x), &[], &[64], |_| ProfilerControls {
        mix: 0.0,
        ..calm()
    });
    let worst =
        (0..x.len() - 4_096).map(|i| (dry[0][i + 4_096] - x[i]).abs()).fold(0.0f32, f32::max);
    assert!(worst < 1e-6, "{worst}");
    engine.reset();
    let wet = run(&mut engine, &[x], &[], &[64], |_| calm());
    assert!(wet[0][4_096..].iter().any(|y| y.abs() > 1e-6), "it plays");
}

#[test]
fn the_latency_is_what_it_says_dry_and_wet_repaired_and_not() {
    for host in [8_000.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0] {
        for delay in [0usize, 17] {
            let alignment = Alignment { delay_samples: delay, inverted: true, confidence: 1.0 };
            for mix in [0.0, 1.0] {
                let setup = PlayerSetup { channels: 1, alignment, ..PlayerSetup::default() };
                let player = ProfilerPlayer::new(late(delay, -1.0, 44_100.0), setup);
                let mut engine = ProfilerEngine::with_player(player, host).unwrap();
                let latency = engine.latency_samples();
                assert!(host != 44_100.0 || latency == delay);
                let at = latency + 3_000;
                let click: Vec<f32> =
                    (0..at + 2 * latency + 100).map(|i| if i == at { 1.0 } else { 0.0 }).collect();
                let out =
                    run(&mut engine, &[click], &[], &[256], |_| ProfilerControls { mix, ..calm() });
                let peak = (0..out[0].len())
                    .max_by(|&a, &b| out[0][a].abs().total_cmp(&out[0][b].abs()))
                    .unwrap();
                assert_eq!(peak, at + latency, "{host} Hz, mix {mix}, delay {delay}");
                assert!(out[0][peak] > 0.0, "upright again");
            }
        }
    }
}

#[test]
fn silence_in_is_exact_silence_out_after_the_tail() {
    for (host, rate) in [(48_000.0, 48_000.0), (44_100.0, 48_000.0), (192_000.0, 48_000.0)] {
        for profile in [lstm(5, 16, 1.0, rate), hum(0.3, rate), late(900, 0.5, rate), compressor()]
        {
            let mut engine = ProfilerEngine::new(profile, host, 2).unwrap();
            assert!(
                engine.swap_ir(Cabinet::new(&[noise(9, 5_000)], host, host, 2).unwrap()).is_ok()
            );
            engine.reset();
            let controls = ProfilerControls { ir_on: true, makeup_db: 12.0, ..calm() };
            let loud = 9_000;
            let mut sound = vec![noise(5, loud), noise(6, loud)];
            let tail = engine.tail_samples();
            sound.iter_mut().for_each(|c| c.resize(loud + tail + 4_000, 0.0));
            let out = run(&mut engine, &sound, &[], &[512], |_| controls);
            for c in &out {
                assert!(c[..loud + engine.latency_samples()].iter().any(|&x| x != 0.0));
                assert!(c[loud + tail..].iter().all(|&x| x == 0.0), "{host}");
            }
            engine.reset();
            let silent =
                run(&mut engine, &[vec![0.0; 20_000], vec![0.0; 20_000]], &[], &[512], |_| {
                    controls
                });
            assert!(silent.iter().flatten().all(|&x| x == 0.0), "fresh, {host}");
        }
    }
}

#[test]
fn after_a_silence_it_is_as_freshly_made_to_the_bit() {
    for profile in [
        lstm(6, 16, 1.0, RATE),
        late(900, 0.5, RATE),
        hum(0.3, RATE),
        linear(&noise(3, 3_000), RATE),
    ] {
        let controls = ProfilerControls { ir_on: true, ..calm() };
        let make = || {
            let mut engine = ProfilerEngine::new(profile.clone(), RATE, 2).unwrap();
            assert!(
                engine.swap_ir(Cabinet::new(&[noise(9, 5_000)], RATE, RATE, 2).unwrap()).is_ok()
            );
            engine.reset();
            engine
        };
        let again = [noise(7, 9_000), noise(8, 9_000)];
        let fresh = run(&mut make(), &again, &[], &[512], |_| controls);
        let silence = make().tail_samples() + 64;
        // Wherever in a chunk the sound returns, and however the blocks fall.
        for (odd, blocks) in
            [(0, vec![512]), (37, vec![512]), (37, vec![64, 1, 300]), (101, vec![7, 93, 400])]
        {
            let mut sound = vec![noise(1, 5_000), noise(2, 5_000)];
            for (channel, again) in sound.iter_mut().zip(&again) {
                channel.resize(5_000 + silence + odd, 0.0);
                channel.extend(again);
            }
            let out = run(&mut make(), &sound, &[], &blocks, |_| controls);
            let returned: Vec<Vec<f32>> =
                out.iter().map(|channel| channel[5_000 + silence + odd..].to_vec()).collect();
            assert_same(
                &fresh,
                &returned,
                &format!("sound that returns {odd} samples later, blocks {blocks:?}"),
            );
        }
    }
}

#[test]
fn a_slow_memory_outlasts_a_silence() {
    let engine = || ProfilerEngine::new(slow(RATE), RATE, 1).unwrap();
    let once = sine(100.0, 0.7, RATE, 400);
    let fresh = run(&mut engine(), std::slice::from_ref(&once), &[], &[512], |_| calm()).remove(0);
    let mut loud = sine(100.0, 0.7, RATE, 20_000);
    // Two seconds: four times as long as the network is played silence when it is made.
    loud.resize(116_000, 0.0);
    loud.extend(&once);
    let out = run(&mut engine(), &[loud], &[], &[512], |_| calm()).remove(0);
    assert!(out[110_000..116_000].iter().all(|y| *y == 0.0), "silence is silent");
    let peak = |sound: &[f32]| sound.iter().fold(0.0f32, |most, y| most.max(y.abs()));
    let (fresh, remembered) = (peak(&fresh[..100]), peak(&out[116_000..116_100]));
    assert!(
        remembered > 1.5 * fresh,
        "{remembered} after a loud sound and a silence, {fresh} after silence alone"
    );
}

#[test]
fn a_side_chain_of_another_width_plays_right() {
    let level = |sound: &[f32]| 20.0 * pedals::rms(&sound[24_000..]).log10();
    let (key, quiet) = (sine(60.0, 0.7, RATE, 48_000), vec![0.0; 48_000]);
    let flipped: Vec<f32> = key.iter().map(|x| -x).collect();
    let sound = sine(500.0, 0.1, RATE, 48_000);
    let play = |channels: usize, side: &[Vec<f32>], stereo| {
        let mut controls = ProfilerControls { external_side_chain: true, stereo, ..calm() };
        controls.knobs[..4].copy_from_slice(&[-30.0, 8.0, 5.0, 100.0]);
        let mut engine = ProfilerEngine::new(compressor(), RATE, channels).unwrap();
        run(&mut engine, &vec![sound.clone(); channels], side, &[512], |_| controls)
    };
    for stereo in [ProfilerStereo::Stereo, ProfilerStereo::Mono, ProfilerStereo::MidSide] {
        // A stereo sound: a mono side chain takes both channels down, as the same one on both
        // channels does.
        let mono = play(2, std::slice::from_ref(&key), stereo);
        assert_same(
            &mono,
            &play(2, &[key.clone(), key.clone()], stereo),
            "a mono side chain beside a stereo sound",
        );
        assert!((level(&mono[0]) - level(&mono[1])).abs() < 0.01);
        // A mono sound: whichever channel of a stereo side chain is loud takes it down, and nothing
        // cancels.
        let one = play(1, std::slice::from_ref(&key), stereo);
        for (side, what) in [
            ([key.clone(), quiet.clone()], "on the left"),
            ([quiet.clone(), key.clone()], "on the right"),
            ([key.clone(), key.clone()], "on both"),
        ] {
            assert_same(&one, &play(1, &side, stereo), what);
        }
        let against = level(&play(1, &[key.clone(), flipped.clone()], stereo)[0]);
        let taken = level(&play(1, &[quiet.clone(), quiet.clone()], stereo)[0]) - level(&one[0]);
        assert!(
            taken > 12.0 && (against - level(&one[0])).abs() < 0.1,
            "{taken} dB, {against} dB upside down"
        );
    }
}

#[test]
fn sound_that_returns_after_silence_is_whole_and_makes_no_step() {
    let profile = lstm(6, 16, 1.0, RATE);
    let mut sound = noise(1, 5_000);
    sound.resize(120_000, 0.0);
    sound.extend(sine(200.0, 0.3, RATE, 10_000));
    let mut engine = ProfilerEngine::new(profile.clone(), RATE, 1).unwrap();
    let out = run(&mut engine, &[sound], &[], &[64], |_| calm()).remove(0);
    let mut fresh = ProfilerEngine::new(profile, RATE, 1).unwrap();
    let want = run(&mut fresh, &[sine(200.0, 0.3, RATE, 10_000)], &[], &[64], |_| calm()).remove(0);
    assert!(out[100_000..120_000].iter().all(|&x| x == 0.0));
    for (a, b) in out[120_000..].iter().zip(&want) {
        assert!((a - b).abs() < 2e-3, "{a} {b}");
    }
}

#[test]
fn hostile_input_leaves_finite_normal_bounded_output_and_an_engine_that_recovers() {
    for host in [1_000.0, 1_234.567_8, 44_100.0, 48_000.0, 768_000.0] {
        for profile in [lstm(9, 12, 1.0, RATE), linear(&[1.0, 0.5, -0.25], RATE)] {
            let mut sound = noise(7, 40_000);
            let bad = [
                f32::NAN,
                f32::INFINITY,
                f32::NEG_INFINITY,
                1e30,
                -1e30,
                f32::MAX,
                f32::MIN_POSITIVE / 2.0,
                1e-42,
            ];
            for (i, x) in sound.iter_mut().take(6_000).enumerate() {
                if i % 3 == 0 {
                    *x = bad[i / 3 % bad.len()];
                }
            }
            let wild = ProfilerControls {
                knobs: [f32::NAN, f32::INFINITY, 1e30, -1e30, 0.0, f32::NEG_INFINITY, 1e-40, 5.0],
                input_db: f32::INFINITY,
                output_db: f32::NAN,
                makeup_db: 1e30,
                mix: f32::NAN,
                link: -7.0,
                quality: f32::NAN,
                interface_dbu: f32::NAN,
                calibrate_input: true,
                normalise: Normalise::Calibrated,
                gate: GateControls {
                    on: true,
                    threshold_db: f32::NAN,
                    hold_ms: f32::INFINITY,
                    release_ms: -1.0,
                    range_db: f32::NAN,
                },
                ..calm()
            };
            let mut engine = ProfilerEngine::new(profile.clone(), host, 2).unwrap();
            let stereo = vec![sound.clone(), sound.clone()];
            let out =
                run(
                    &mut engine,
                    &stereo,
                    &stereo,
                    &[333],
                    |at| if at < 6_000 { wild } else { calm() },
                );
            for x in out.iter().flatten() {
                assert!(x.is_finite() && x.abs() <= CEILING && !x.is_subnormal(), "{host}: {x}");
            }
            // The same sound without the bad start, in a fresh engine: in the end nothing remembers
            // it.
            let mut clean = sound.clone();
            clean[..6_000].fill(0.0);
            let mut fresh = ProfilerEngine::new(profile, host, 2).unwrap();
            let want = run(&mut fresh, &[clean.clone(), clean], &[], &[333], |_| calm());
            let settled = 6_000 + fresh.latency_samples() + (host * 0.2) as usize + 8_000;
            for (a, b) in out[0].iter().zip(&want[0]).skip(settled) {
                assert!((a - b).abs() < 1e-3, "{host}: {a} {b}");
            }
        }
    }
}

#[test]
fn a_model_that_runs_away_is_limited_and_recovers() {
    // Rings up by itself, without end: an ARMA cannot be told in the format, so a loud hum stands
    // for what never decays, and a gain beyond all measure for what overflows.
    for profile in [hum(3000.0, RATE), linear(&[1e30, 1e30], RATE)] {
        let mut engine = ProfilerEngine::new(profile, RATE, 2).unwrap();
        let sound = vec![sine(300.0, 0.9, RATE, 96_000); 2];
        let out = run(&mut engine, &sound, &[], &[100], |_| calm());
        assert!(
            out.iter().flatten().all(|x| x.is_finite() && x.abs() <= CEILING && !x.is_subnormal())
        );
        let tail = engine.tail_samples();
        let quiet = run(
            &mut engine,
            &[vec![0.0; tail + 1_000], vec![0.0; tail + 1_000]],
            &[],
            &[100],
            |_| calm(),
        );
        assert!(quiet.iter().all(|c| c[tail..].iter().all(|&x| x == 0.0)));
        // Another model plays in its place as if nothing had been.
        let fine = late(0, 0.5, RATE);
        assert!(engine.swap(ProfilerPlayer::new(fine, PlayerSetup::default())).is_ok());
        let out = run(&mut engine, &sound, &[], &[100], |_| calm());
        for (y, x) in out[0][48_000..].iter().zip(&sound[0][48_000..]) {
            assert!((y - 0.5 * x).abs() < 1e-6);
        }
    }
}

#[test]
fn neutral_dry_is_the_input_and_bypass_is_the_input_bit_for_bit() {
    for host in [48_000.0, 44_100.0] {
        let dry = ProfilerControls { mix: 0.0, input_db: 12.0, makeup_db: 5.0, ..calm() };
        let bypass = ProfilerControls {
            bypass: true,
            input_db: 9.0,
            output_db: -20.0,
            ir_on: true,
            ..calm()
        };
        for controls in [dry, bypass] {
            let sound = vec![noise(8, 9_000), noise(9, 9_000)];
            let mut engine = ProfilerEngine::new(lstm(10, 8, 1.0, RATE), host, 2).unwrap();
            let out = render(&mut engine, |_| controls, &sound, &[]).unwrap();
            assert_same(&out, &sound, &format!("{host}"));
        }
    }
}

#[test]
fn a_swap_fades_and_hands_the_old_player_back() {
    let (a, b) = (lstm(11, 8, 1.0, RATE), lstm(12, 8, 1.0, RATE));
    let sound = sine(440.0, 0.5, RATE, 60_000);
    let mut engine = ProfilerEngine::new(a.clone(), RATE, 1).unwrap();
    let setup = PlayerSetup { channels: 1, ..PlayerSetup::default() };
    let player = |m| ProfilerPlayer::new(m, setup);
    for other in [
        player(lstm(13, 8, 1.0, 44_100.0)),
        ProfilerPlayer::new(b.clone(), PlayerSetup::default()),
        ProfilerPlayer::new(
            b.clone(),
            PlayerSetup {
                alignment: Alignment { delay_samples: 3, ..Alignment::default() },
                ..setup
            },
        ),
    ] {
        assert!(!engine.accepts(&other) && engine.swap(other).is_err());
    }
    let first = run(&mut engine, &[sound[..10_037].to_vec()], &[], &[128], |_| calm());
    assert!(engine.swap(player(b.clone())).is_ok());
    assert!(engine.swap(player(a.clone())).is_err(), "one fade at a time");
    let second = run(&mut engine, &[sound[10_037..].to_vec()], &[], &[128], |_| calm());
    let retired = engine.take_retired().expect("the fade is over");
    assert!(
        std::sync::Arc::ptr_eq(retired.model(), &a) && std::sync::Arc::ptr_eq(engine.model(), &b)
    );
    let joined = [&first[0][..], &second[0][..]].concat();
    let steady = corner(&joined[4_000..10_000]).max(corner(&joined[45_000..]));
    assert!(
        corner(&joined[9_000..40_000]) <= steady * 1.2,
        "{} {steady}",
        corner(&joined[9_000..40_000])
    );
    let mut alone = ProfilerEngine::new(b, RATE, 1).unwrap();
    let want = render(&mut alone, |_| calm(), &[sound], &[]).unwrap();
    for (x, y) in joined.iter().zip(&want[0]).skip(45_000) {
        assert!((x - y).abs() < 1e-4);
    }
}

#[test]
fn what_cannot_be_built_gets_a_sentence() {
    let unit = linear(&[1.0], RATE);
    for rate in [0.0, -1.0, 500.0, 1e9, f64::NAN] {
        assert!(ProfilerEngine::new(unit.clone(), rate, 2).is_err(), "{rate}");
    }
    for channels in [0, 3] {
        let error = ProfilerEngine::new(unit.clone(), RATE, channels).unwrap_err().to_string();
        assert!(error.contains("1 or 2 channels"), "{error}");
    }
}
