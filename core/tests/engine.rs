//! Properties of the ANNe engine, as a host would see them.

use std::sync::Arc;

use nfx_core::engine::anne::{AnneControls, AnneEngine, GainPosition, Player, StereoMode};
use nfx_core::engine::{EngineError, render};
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{AnneModel, AutoencoderConfig, LayerConfig};
use nfx_core::nn::Activation;
use nfx_core::signal::level::{CEILING, CEILING_KNEE};
use nfx_core::signal::stft::{StftConfig, analyse_signal, synthesise_signal};
use nfx_core::signal::window::Window;
use rand::{Rng, SeedableRng, rngs::StdRng};

/// Compares sounds bit for bit and names the first difference, rather than printing them.
fn assert_same(a: &[Vec<f32>], b: &[Vec<f32>], what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    for (c, (a, b)) in a.iter().zip(b).enumerate() {
        assert_eq!(a.len(), b.len(), "{what}");
        if let Some(i) = a.iter().zip(b).position(|(x, y)| x.to_bits() != y.to_bits()) {
            panic!("{what}: channel {c}, sample {i}: {} and {}", a[i], b[i]);
        }
    }
}

/// Almost the identity: each of 64 latents is the mean of two or three neighbouring bins of 129,
/// copied back to them.
fn near_identity(rate: f64) -> Arc<AnneModel> {
    let stft = StftConfig::new(256, 64, Window::Hann).unwrap();
    let config = AutoencoderConfig::uniform(&[129, 64, 129], Activation::Linear, false);
    let mut file = ModelFile::random(config, stft, rate, 0);
    let group = |bin: usize| (bin * 64 / 129).min(63);
    let width = |g: usize| (0..129).filter(|&b| group(b) == g).count() as f32;
    let encoder = (0..129 * 64)
        .map(|i| if group(i / 64) == i % 64 { 1.0 / width(i % 64) } else { 0.0 })
        .collect();
    let decoder =
        (0..64 * 129).map(|i| if group(i % 129) == i / 129 { 1.0 } else { 0.0 }).collect();
    file.tensors.get_mut("layers.0.weight").unwrap().data = encoder;
    file.tensors.get_mut("layers.1.weight").unwrap().data = decoder;
    AnneModel::from_file(&file).unwrap()
}

/// A small net of random weights.
fn model(seed: u64, rate: f64, fft: usize, hop: usize, bias: bool) -> Arc<AnneModel> {
    let stft = StftConfig::new(fft, hop, Window::Hann).unwrap();
    let mut config = AutoencoderConfig::hybrid(stft.bins(), &[48, 24, 48]);
    config.layers.iter_mut().for_each(|l| l.bias = bias);
    AnneModel::from_file(&ModelFile::random(config, stft, rate, seed)).unwrap()
}

fn noise(seed: u64, len: usize) -> Vec<f32> {
    let mut rng = StdRng::seed_from_u64(seed);
    (0..len).map(|_| rng.random_range(-0.5..0.5)).collect()
}

/// From a quarter of a period on, so that no sample is within rounding of zero and not zero.
fn sine(hz: f64, rate: f64, len: usize) -> Vec<f32> {
    (0..len)
        .map(|i| (0.5 * (std::f64::consts::TAU * (hz * i as f64 / rate + 0.13)).sin()) as f32)
        .collect()
}

/// Plays a whole sound through a fresh engine.
fn rendered(
    model: Arc<AnneModel>,
    rate_hz: f64,
    controls_at: impl FnMut(usize) -> AnneControls,
    input: &[Vec<f32>],
    side: &[Vec<f32>],
) -> Result<Vec<Vec<f32>>, EngineError> {
    render(&mut AnneEngine::with_channels(model, rate_hz, input.len())?, controls_at, input, side)
}

/// Runs an engine over stereo sound in blocks of the given lengths (repeated), with controls by
/// sample position.
fn run(
    engine: &mut AnneEngine,
    sound: &[Vec<f32>],
    side: &[Vec<f32>],
    blocks: &[usize],
    mut controls_at: impl FnMut(usize) -> AnneControls,
) -> Vec<Vec<f32>> {
    let mut out = sound.to_vec();
    let len = sound[0].len();
    let (mut at, mut k) = (0, 0);
    while at < len {
        let n = blocks[k % blocks.len()].min(len - at);
        let mut block: Vec<&mut [f32]> = out.iter_mut().map(|c| &mut c[at..at + n]).collect();
        let side: Vec<&[f32]> = side.iter().map(|c| &c[at..at + n]).collect();
        engine.process(&controls_at(at), &mut block, &side);
        at += n;
        k += 1;
    }
    out
}

fn busy_controls(at: usize) -> AnneControls {
    let mut c = AnneControls {
        slew_ms: 12.0,
        level_match: at >= 6000,
        mix: 0.8,
        morph: 0.4,
        ..AnneControls::default()
    };
    c.detail = [1.0, 0.0, 0.6][at / 3000 % 3];
    c.response_ms = [40.0, 5.0, 200.0, 500.0][at / 4000 % 4];
    // Changes only at multiples of 1000 samples, where every partition below has a block boundary.
    let step = at / 1000;
    c.latent_gains
        .iter_mut()
        .enumerate()
        .for_each(|(i, g)| *g = 0.5 + ((i + step) % 7) as f32 * 0.5);
    c.stereo = [StereoMode::Linked, StereoMode::Dual, StereoMode::MidSide][step % 3];
    c.gain_position =
        if step.is_multiple_of(2) { GainPosition::After } else { GainPosition::Before };
    c.freeze = (8..10).contains(&step);
    c.bypass = step == 5;
    c
}

#[test]
fn any_block_partition_gives_the_same_bits() {
    for (host, rate) in
        [(44_100.0, 44_100.0), (48_000.0, 44_100.0), (96_000.0, 22_050.0), (44_100.0, 48_000.0)]
    {
        for channels in [1, 2] {
            let m = model(3, rate, 512, 128, true);
            let sound: Vec<_> = (0..channels).map(|c| noise(c as u64, 16_000)).collect();
            let side: Vec<_> = (0..channels).map(|c| noise(10 + c as u64, 16_000)).collect();
            let make = || AnneEngine::with_channels(m.clone(), host, channels).unwrap();
            let whole = run(&mut make(), &sound, &side, &[1000], busy_controls);
            for blocks in
                [vec![1usize], vec![500], vec![7, 93, 400], vec![64, 436], vec![250, 1, 249]]
            {
                let parts = run(&mut make(), &sound, &side, &blocks, busy_controls);
                assert_same(
                    &whole,
                    &parts,
                    &format!("{host} Hz, {channels} channels, blocks {blocks:?}"),
                );
            }
        }
    }
}

#[test]
fn reset_equals_fresh() {
    for host in [44_100.0, 48_000.0] {
        let m = model(4, 44_100.0, 512, 128, true);
        let sound = vec![noise(1, 9_000), noise(2, 9_000)];
        let mut engine = AnneEngine::new(m.clone(), host).unwrap();
        let fresh = run(&mut engine, &sound, &sound, &[300], busy_controls);
        engine.reset();
        let again = run(&mut engine, &sound, &sound, &[300], busy_controls);
        assert_same(&fresh, &again, "after a reset");
    }
}

/// The share of the way to what comes in that the mean of the DC blocker, a high-pass of first
/// order at 5 Hz, goes in a sample.
fn blocker_share(rate_hz: f64) -> f64 {
    1.0 - (-std::f64::consts::TAU * 5.0 / rate_hz).exp()
}

#[test]
fn without_resampling_resynthesis_is_the_formula() {
    // Magnitude over its maximum, through the net, times the maximum, on the input's phase; bin 0
    // stays as it is.
    let m = model(5, 44_100.0, 512, 128, true);
    let sound = noise(3, 12_000);
    let mut frames = analyse_signal(m.card().kind.stft, &sound).unwrap();
    let mut scratch = m.net().scratch();
    let (mut z, mut y) = (vec![0.0; m.latents()], vec![0.0; m.net().outputs()]);
    for frame in &mut frames {
        let mags: Vec<f32> = frame.iter().map(|x| x.norm()).collect();
        let max = mags.iter().copied().fold(0.0, f32::max);
        if max == 0.0 {
            continue;
        }
        let x: Vec<f32> = mags.iter().map(|m| m / max).collect();
        m.net().encode(&mut scratch, 1, &x, &mut z);
        m.net().activate(&mut z);
        z.iter_mut().for_each(|z| *z *= 1.5);
        m.net().decode(&mut scratch, 1, &z, &mut y);
        for ((bin, mag), y) in frame.iter_mut().zip(&mags).zip(&y).skip(1) {
            *bin = *bin / *mag * *y * max;
        }
    }
    let mut want = synthesise_signal(m.card().kind.stft, &frames, sound.len()).unwrap();
    let controls = AnneControls { latent_gains: [1.5; 64], detail: 0.0, ..AnneControls::default() };
    let got = [on_own_phase(&m, &controls, &sound, &[])];
    // What is added to the sound is rid of its offset; of what came before the first sample the
    // first one tells.
    let mut mean = f64::from(want[0] - got[0][0]);
    want[0] = got[0][0];
    for (want, dry) in want.iter_mut().zip(&sound).skip(1) {
        let added = f64::from(*want - dry);
        mean += (added - mean) * blocker_share(44_100.0);
        *want = (f64::from(*dry) + added - mean) as f32;
    }
    assert!(mean.abs() < 0.01);
    let peak = want.iter().fold(0.0f32, |a, x| a.max(x.abs())).min(CEILING_KNEE);
    for (i, (g, w)) in got[0].iter().zip(&want).enumerate() {
        if w.abs() < CEILING_KNEE {
            assert!((g - w).abs() < 2e-5 * peak, "{i}: {g} {w}");
        }
    }
}

#[test]
fn the_latency_is_what_it_says_at_every_rate_dry_and_wet() {
    for host in [44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0, 8_000.0] {
        let m = model(6, 44_100.0, 1024, 256, false);
        for (mix, detail) in [(0.0, 1.0), (1.0, 1.0), (1.0, 0.0)] {
            let mut engine = AnneEngine::with_channels(m.clone(), host, 1).unwrap();
            let latency = engine.latency_samples();
            let at = latency + 3_000;
            let click: Vec<f32> =
                (0..at + 2 * latency).map(|i| if i == at { 1.0 } else { 0.0 }).collect();
            let controls = AnneControls { mix, detail, ..AnneControls::default() };
            let out = run(&mut engine, &[click], &[], &[256], |_| controls.clone());
            let peak = (0..out[0].len())
                .max_by(|&a, &b| out[0][a].abs().total_cmp(&out[0][b].abs()))
                .unwrap();
            assert_eq!(peak, at + latency, "{host} Hz, mix {mix}, detail {detail}");
        }
    }
}

#[test]
fn a_tone_keeps_its_pitch_at_every_host_rate() {
    let m = model(7, 44_100.0, 1024, 256, false);
    for host in [44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0] {
        let len = (host * 0.6) as usize;
        let controls = AnneControls { detail: 0.0, ..AnneControls::default() };
        let out = rendered(m.clone(), host, |_| controls.clone(), &[sine(1000.0, host, len)], &[])
            .unwrap();
        // The strongest component of the output, by a fine scan around the tone.
        let steady = &out[0][len / 3..2 * len / 3];
        let power = |hz: f64| {
            let (mut re, mut im) = (0.0, 0.0);
            for (i, &x) in steady.iter().enumerate() {
                let w = 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / steady.len() as f64).cos();
                let a = std::f64::consts::TAU * hz * i as f64 / host;
                re += w * f64::from(x) * a.cos();
                im += w * f64::from(x) * a.sin();
            }
            re * re + im * im
        };
        let best = (-200..=200)
            .map(|i| 1000.0 + f64::from(i) * 0.1)
            .max_by(|&a, &b| power(a).total_cmp(&power(b)))
            .unwrap();
        let cents = 1200.0 * (best / 1000.0).log2();
        assert!(cents.abs() < 1.0, "{host} Hz: {best}");
    }
}

#[test]
fn silence_in_is_exact_silence_out_after_the_tail() {
    for host in [44_100.0, 48_000.0, 192_000.0] {
        let m = model(8, 44_100.0, 512, 128, true);
        let mut engine = AnneEngine::new(m, host).unwrap();
        let controls =
            AnneControls { level_match: true, slew_ms: 50.0, mix: 0.7, ..AnneControls::default() };
        let loud = 5_000;
        let mut sound = vec![noise(5, loud), noise(6, loud)];
        let tail = engine.tail_samples();
        sound.iter_mut().for_each(|c| c.resize(loud + tail + 4_000, 0.0));
        let out = run(&mut engine, &sound, &[], &[512], |_| controls.clone());
        for c in &out {
            assert!(c[..loud + engine.latency_samples()].iter().any(|&x| x != 0.0));
            assert!(c[loud + tail..].iter().all(|&x| x == 0.0), "{host}");
        }
    }
}

#[test]
fn hostile_input_leaves_finite_normal_bounded_output_and_a_plugin_that_recovers() {
    for host in [1_000.0, 1_234.567_8, 44_100.0, 48_000.0, 768_000.0] {
        let m = model(9, 44_100.0, 512, 128, true);
        let mut sound = noise(7, 30_000);
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
        let wild = AnneControls {
            latent_gains: std::array::from_fn(|i| [f32::NAN, 1e30, -5.0, 0.0][i % 4]),
            mix: f32::NAN,
            input_gain: f32::INFINITY,
            slew_ms: -3.0,
            morph: 7.0,
            level_match: true,
            ..AnneControls::default()
        };
        let calm = AnneControls::default();
        let mut engine = AnneEngine::new(m.clone(), host).unwrap();
        let stereo = vec![sound.clone(), sound.clone()];
        let out = run(&mut engine, &stereo, &stereo, &[333], |at| {
            if at < 6_000 { wild.clone() } else { calm.clone() }
        });
        for x in out.iter().flatten() {
            assert!(x.is_finite() && x.abs() <= CEILING && !x.is_subnormal(), "{host}: {x}");
        }
        // The same sound without the bad start, in a fresh engine: once the tail is over, nothing
        // remembers it.
        let mut clean = sound.clone();
        clean[..6_000].fill(0.0);
        let mut fresh = AnneEngine::new(m, host).unwrap();
        let want = run(&mut fresh, &[clean.clone(), clean], &[], &[333], |_| calm.clone());
        // The wild controls are in force until the end of the block in which sample 6000 lies.
        let settled = 6_000 + 333 + fresh.tail_samples() + (host * 0.3) as usize;
        for (a, b) in out[0].iter().zip(&want[0]).skip(settled) {
            assert!((a - b).abs() < 1e-4, "{host}");
        }
    }
}

#[test]
fn neutral_dry_is_the_input_and_bypass_is_the_input_bit_for_bit() {
    for host in [44_100.0, 48_000.0] {
        let m = model(10, 44_100.0, 512, 128, false);
        for controls in [
            AnneControls { mix: 0.0, ..AnneControls::default() },
            AnneControls {
                bypass: true,
                input_gain: 3.0,
                output_gain: 0.1,
                level_match: true,
                ..AnneControls::default()
            },
        ] {
            let sound = vec![noise(8, 9_000), noise(9, 9_000)];
            let out = rendered(m.clone(), host, |_| controls.clone(), &sound, &[]).unwrap();
            assert_same(&out, &sound, &format!("{host}"));
        }
    }
}

/// How far a sound is from another, in dB below the other.
fn null_db(sound: &[f32], from: &[f32]) -> f64 {
    let square = |x: f64| x * x;
    let error: f64 =
        sound.iter().zip(from).map(|(a, b)| square(f64::from(*a) - f64::from(*b))).sum();
    let energy: f64 = from.iter().map(|x| square(f64::from(*x))).sum();
    10.0 * (error / energy).max(1e-30).log10()
}

#[test]
fn neutral_transfer_is_the_input_bit_for_bit_at_every_rate() {
    for host in [8_000.0, 44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        let m = model(30, 44_100.0, 512, 128, true);
        for stereo in [StereoMode::Linked, StereoMode::Dual, StereoMode::MidSide] {
            for level_match in [false, true] {
                let controls = AnneControls { stereo, level_match, ..AnneControls::default() };
                let sound = vec![noise(8, 9_000), sine(300.0, host, 9_000)];
                let out = rendered(m.clone(), host, |_| controls.clone(), &sound, &[]).unwrap();
                assert_same(&out, &sound, &format!("{host} {stereo:?} {level_match}"));
            }
        }
    }
}

#[test]
fn after_a_move_transfer_comes_back_to_the_input_and_adds_nothing_to_empty_bins() {
    let m = model(31, 44_100.0, 1024, 256, true);
    let tone = sine(16.0 * 44_100.0 / 1024.0, 44_100.0, 40_000);
    let controls = |at: usize| {
        let gain = if (10_000..20_000).contains(&at) { 5.5 } else { 1.0 };
        AnneControls { latent_gains: [gain; 64], ..AnneControls::default() }
    };
    let sound = std::slice::from_ref(&tone);
    let out = rendered(m.clone(), 44_100.0, controls, sound, &[]).unwrap().remove(0);
    assert_same(&[out[30_000..].to_vec()], &[tone[30_000..].to_vec()], "after the move");
    assert!(null_db(&out[12_000..18_000], &tone[12_000..18_000]) > -40.0, "the move is heard");
    // A pure tone through a network that would put something into every bin: away from the tone
    // there is next to nothing.
    let moved = AnneControls { latent_gains: [5.5; 64], ..AnneControls::default() };
    let spread = |detail: f32| {
        let controls = AnneControls { detail, ..moved.clone() };
        let out =
            rendered(m.clone(), 44_100.0, |_| controls.clone(), sound, &[]).unwrap().remove(0);
        let frames = analyse_signal(m.card().kind.stft, &out[10_000..30_000]).unwrap();
        let power = |bins: std::ops::Range<usize>| -> f32 {
            frames[20][bins].iter().map(|x| x.norm_sqr()).sum()
        };
        10.0 * (power(30..513) / power(12..20)).log10()
    };
    assert!(spread(1.0) < -80.0, "{}", spread(1.0));
    assert!(spread(0.0) > spread(1.0) + 20.0, "resynthesis fills them");
}

#[test]
fn no_setting_makes_an_offset_that_was_not_there() {
    let m = model(32, 44_100.0, 512, 128, true);
    let sound = sine(441.0, 44_100.0, 44_100);
    for detail in [0.0, 0.5, 1.0] {
        let controls = AnneControls { latent_gains: [4.0; 64], detail, ..AnneControls::default() };
        let sound = std::slice::from_ref(&sound);
        let out =
            rendered(m.clone(), 44_100.0, |_| controls.clone(), sound, &[]).unwrap().remove(0);
        let mean = out[4_410..39_690].iter().map(|x| f64::from(*x)).sum::<f64>() / 35_280.0;
        assert!(mean.abs() < 1e-3, "{detail}: {mean}");
    }
}

#[test]
fn matched_peaks_stay_within_three_decibels_of_the_dry_sounds() {
    let m = model(33, 44_100.0, 512, 128, true);
    // Hits that die away.
    let sound: Vec<f32> = noise(34, 60_000)
        .iter()
        .enumerate()
        .map(|(i, x)| x * (-((i % 7_000) as f32) / 900.0).exp())
        .collect();
    let peak = |x: &[f32]| x.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    for (detail, gain) in [(1.0, 5.5), (0.0, 5.5), (0.0, 0.5)] {
        let controls = AnneControls {
            latent_gains: [gain; 64],
            detail,
            level_match: true,
            ..AnneControls::default()
        };
        let dry = std::slice::from_ref(&sound);
        let out = rendered(m.clone(), 44_100.0, |_| controls.clone(), dry, &[]).unwrap().remove(0);
        assert!(
            peak(&out) <= 1.413 * peak(&sound),
            "{detail} {gain}: {} {}",
            peak(&out),
            peak(&sound)
        );
    }
}

#[test]
fn a_frozen_frame_goes_on_in_another_engine_and_after_a_reset() {
    let m = model(35, 44_100.0, 512, 128, true);
    let sound = vec![noise(36, 9_000), noise(37, 9_000)];
    let frozen = AnneControls { freeze: true, latent_gains: [1.4; 64], ..AnneControls::default() };
    let mut first = AnneEngine::new(m.clone(), 48_000.0).unwrap();
    let live = run(&mut first, &sound, &[], &[500], |i| AnneControls {
        freeze: i >= 4_000,
        ..frozen.clone()
    });
    let (frame, count) = first.held();
    assert_eq!(count, 1);
    let frame = nfx_core::engine::anne::HeldFrame::from_bytes(&frame.to_bytes()).unwrap();
    let silence = vec![vec![0.0; 9_000]; 2];
    let mut other = AnneEngine::new(m.clone(), 48_000.0).unwrap();
    assert!(other.hold(&frame));
    let bounced = run(&mut other, &silence, &[], &[300], |_| frozen.clone());
    let level = |sound: &[Vec<f32>]| {
        let end = sound.iter().flat_map(|c| &c[6_000..]);
        10.0 * (end.clone().map(|x| x * x).sum::<f32>() / end.count() as f32).log10()
    };
    assert!((level(&bounced) - level(&live)).abs() < 1.0, "{} {}", level(&bounced), level(&live));
    // After a reset the same again, and in any blocks.
    other.reset();
    assert_same(
        &bounced,
        &run(&mut other, &silence, &[], &[300], |_| frozen.clone()),
        "after a reset",
    );
    let mut again = AnneEngine::new(m.clone(), 48_000.0).unwrap();
    assert!(again.hold(&frame));
    assert_same(
        &bounced,
        &run(&mut again, &silence, &[], &[1, 700, 33], |_| frozen.clone()),
        "in other blocks",
    );
    // Thawed, it is forgotten: the next freeze takes what sounds then, and there is nothing.
    run(&mut again, &silence, &[], &[300], |_| AnneControls::default());
    let thawed = run(&mut again, &silence, &[], &[300], |_| frozen.clone());
    assert!(thawed.iter().flatten().all(|x| *x == 0.0));
    // Of other spectra, in mono, and damaged.
    let mut mono = AnneEngine::with_channels(m, 48_000.0, 1).unwrap();
    assert!(mono.hold(&frame));
    let out = run(&mut mono, &silence[..1], &[], &[300], |_| frozen.clone());
    assert!(level(&out) > -40.0);
    assert!(!AnneEngine::new(model(1, 44_100.0, 1024, 128, true), 48_000.0).unwrap().hold(&frame));
}

#[test]
fn a_frozen_sound_keeps_its_level_while_matched_and_the_input_gone() {
    let m = near_identity(44_100.0);
    let mut sound = sine(10.37 * 44_100.0 / 256.0, 44_100.0, 20_000);
    sound.resize(100_000, 0.0);
    let controls = |i: usize| AnneControls {
        freeze: i > 15_000,
        level_match: true,
        ..AnneControls::default()
    };
    let frozen = rendered(m, 48_000.0, controls, &[sound], &[]).unwrap().remove(0);
    let rms = |r: std::ops::Range<usize>| {
        (frozen[r.clone()].iter().map(|x| x * x).sum::<f32>() / r.len() as f32).sqrt()
    };
    let (held, live) = (rms(80_000..95_000), rms(8_000..14_000));
    assert!((held / live - 1.0).abs() < 0.1, "{held} {live}");
}

#[test]
fn a_swap_fades_and_hands_the_old_player_back() {
    let (a, b) = (model(11, 44_100.0, 512, 128, true), model(12, 44_100.0, 512, 128, true));
    let other_rate = model(13, 48_000.0, 512, 128, true);
    let sound = sine(440.0, 44_100.0, 30_000);
    let mut engine = AnneEngine::with_channels(a.clone(), 44_100.0, 1).unwrap();
    engine.rebuild_phase(false);
    assert!(engine.accepts(&b) && !engine.accepts(&other_rate));
    assert!(engine.swap(Player::new(other_rate)).is_err());
    let calm = AnneControls { detail: 0.0, ..AnneControls::default() };
    let first = run(&mut engine, &[sound[..10_000].to_vec()], &[], &[128], |_| calm.clone());
    assert!(engine.swap(Player::new(b.clone())).is_ok());
    assert!(engine.swap(Player::new(a.clone())).is_err(), "one fade at a time");
    let second = run(&mut engine, &[sound[10_000..].to_vec()], &[], &[128], |_| calm.clone());
    let retired = engine.take_retired().expect("the fade is over");
    assert!(Arc::ptr_eq(retired.model(), &a) && Arc::ptr_eq(engine.model(), &b));
    // No step: the largest jump between samples through the fade is no larger than in the steady
    // sounds around it.
    let joined: Vec<f32> = first[0].iter().chain(&second[0]).copied().collect();
    let jump = |r: std::ops::Range<usize>| {
        joined[r].windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0f32, f32::max)
    };
    let steady = jump(4_000..10_000).max(jump(20_000..30_000));
    assert!(jump(9_900..16_000) <= steady * 1.05, "{} {}", jump(9_900..16_000), steady);
    // After the fade the sound is that of an engine that had the new model all along.
    let alone = on_own_phase(&b, &calm, &sound, &[]);
    for (x, y) in joined[512..].iter().zip(&alone).skip(20_000) {
        assert!((x - y).abs() < 1e-6);
    }
}

#[test]
fn latent_gains_are_read_at_the_frames_centre_and_arrive_within_the_response() {
    // Gains jump at one sample; frames centred before it must be those of the old gains, and those
    // after the response (and half a window) the new's.
    let m = model(14, 44_100.0, 512, 256, false);
    let sound = noise(15, 18_432);
    let step = 4_096;
    // Hop 256 at N 512: sample s is built by the frames centred at the multiples of 256 around it.
    let same = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(x, y)| x.to_bits() == y.to_bits());
    for (response_ms, detail) in [(5.0, 1.0), (40.0, 0.0), (240.0, 0.5)] {
        let at = |loud: bool| AnneControls {
            latent_gains: [if loud { 4.0 } else { 1.0 }; 64],
            response_ms,
            detail,
            ..AnneControls::default()
        };
        let render = |f: &dyn Fn(usize) -> bool| {
            rendered(m.clone(), 44_100.0, |i| at(f(i)), std::slice::from_ref(&sound), &[])
                .unwrap()
                .remove(0)
        };
        let (low, high, moved) = (render(&|_| false), render(&|_| true), render(&|i| i >= step));
        let arrived = step + (44.1 * response_ms) as usize + 512;
        assert!(same(&moved[..step - 256], &low[..step - 256]));
        // What is left then is what the DC blocker remembers, and nothing else.
        let left = |i: usize| f64::from(moved[i] - high[i]);
        assert!(left(arrived).abs() < 0.05, "{response_ms}: {}", left(arrived));
        for i in arrived..sound.len() {
            let remembered =
                left(arrived) * (1.0 - blocker_share(44_100.0)).powi((i - arrived) as i32);
            assert!(
                (left(i) - remembered).abs() < 2e-6,
                "{response_ms}, {i}: {} {remembered}",
                left(i)
            );
        }
        assert!(!same(&moved[step - 200..step - 50], &low[step - 200..step - 50]));
    }
}

#[test]
fn freeze_holds_a_tone_at_its_pitch_and_level_when_the_input_stops() {
    let m = near_identity(44_100.0);
    let hz = 10.37 * 44_100.0 / 256.0;
    let mut sound = sine(hz, 44_100.0, 20_000);
    sound.resize(60_000, 0.0);
    let controls = |i: usize| AnneControls { freeze: i > 15_000, ..AnneControls::default() };
    let frozen = rendered(m, 44_100.0, controls, &[sound], &[]).unwrap().remove(0);
    let rms = |r: std::ops::Range<usize>| {
        (frozen[r.clone()].iter().map(|x| x * x).sum::<f32>() / r.len() as f32).sqrt()
    };
    let (held, live) = (rms(40_000..55_000), rms(8_000..14_000));
    assert!((held / live - 1.0).abs() < 0.1, "{held} {live}");
    let crossings = |r: std::ops::Range<usize>| {
        frozen[r].windows(2).filter(|w| w[0] < 0.0 && w[1] >= 0.0).count() as i64
    };
    let (held, live) = (crossings(40_000..54_000), crossings(1_000..15_000));
    assert!((held - live).abs() <= 1, "{held} {live}");
}

/// A mono sound at the model's rate with the input's phase in every bin, as the formulas have it,
/// without the latency.
fn on_own_phase(
    m: &Arc<AnneModel>,
    controls: &AnneControls,
    sound: &[f32],
    side: &[Vec<f32>],
) -> Vec<f32> {
    let mut engine = AnneEngine::with_channels(m.clone(), 44_100.0, 1).unwrap();
    engine.rebuild_phase(false);
    let latency = engine.latency_samples();
    let padded = |sound: &[f32]| [sound, &vec![0.0; latency]].concat();
    let side: Vec<Vec<f32>> = side.iter().map(|side| padded(side)).collect();
    let mut out = run(&mut engine, &[padded(sound)], &side, &[64], |_| controls.clone()).remove(0);
    out.drain(..latency);
    out
}

#[test]
fn morph_takes_latents_and_maximum_to_the_second_sound_on_the_first_ones_phase() {
    let m = near_identity(44_100.0);
    // Both tones in both sounds, but each strong in one: the first one's phase serves the second's
    // magnitudes.
    let (low, high) = (
        sine(10.0 * 44_100.0 / 256.0, 44_100.0, 8_000),
        sine(40.0 * 44_100.0 / 256.0, 44_100.0, 8_000),
    );
    let blend =
        |x: f32| low.iter().zip(&high).map(|(l, h)| l * (1.0 - x) + h * x).collect::<Vec<f32>>();
    let (a, b) = (blend(0.1), blend(0.9));
    let play = |main: &Vec<f32>, morph: f32, side: &[Vec<f32>]| {
        let controls = AnneControls { morph, detail: 0.0, ..AnneControls::default() };
        on_own_phase(&m, &controls, main, side)
    };
    assert_same(
        &[play(&a, 0.0, std::slice::from_ref(&b))],
        &[play(&a, 1.0, &[])],
        "without a side chain morph does nothing",
    );
    // At full morph the sound is the second one's, as far as 64 latents tell.
    let (full, alone) = (play(&a, 1.0, std::slice::from_ref(&b)), play(&b, 0.0, &[]));
    let error: f32 =
        full.iter().zip(&alone).skip(1_000).take(6_000).map(|(x, y)| (x - y) * (x - y)).sum();
    let energy: f32 = alone.iter().skip(1_000).take(6_000).map(|x| x * x).sum();
    assert!(error < 0.02 * energy, "{error} {energy}");
    // A side chain of the same sound changes nothing at any morph.
    for (x, y) in play(&a, 0.6, std::slice::from_ref(&a)).iter().zip(&play(&a, 0.0, &[])) {
        assert!((x - y).abs() < 1e-5);
    }
}

#[test]
fn sound_after_a_silence_does_not_depend_on_the_blocks_and_is_whole() {
    for host in [44_100.0, 48_000.0] {
        let m = model(8, 44_100.0, 512, 128, true);
        let make = || AnneEngine::new(m.clone(), host).unwrap();
        let tail = make().tail_samples();
        let mut sound = vec![noise(5, 3_000), noise(6, 3_000)];
        for (c, channel) in sound.iter_mut().enumerate() {
            channel.resize(3_000 + tail + 3_037, 0.0);
            channel.extend(noise(9 + c as u64, 4_000));
        }
        let side = vec![vec![0.0; sound[0].len()]; 2];
        let controls = AnneControls { morph: 0.3, ..AnneControls::default() };
        let whole = run(&mut make(), &sound, &side, &[512], |_| controls.clone());
        for blocks in [vec![1], vec![7, 93, 400], vec![4096]] {
            let parts = run(&mut make(), &sound, &side, &blocks, |_| controls.clone());
            assert_same(&whole, &parts, &format!("{host} Hz, blocks {blocks:?}"));
        }
        let energy = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>();
        assert!(energy(&whole[0][3_000 + tail + 3_037..]) > 1.0);
    }
}

#[test]
fn a_side_chain_of_another_width_plays_right() {
    let m = model(17, 44_100.0, 512, 128, true);
    let key = noise(31, 9_000);
    let quiet = vec![0.0; 9_000];
    let flipped: Vec<f32> = key.iter().map(|x| -x).collect();
    let play = |main: &[Vec<f32>], side: &[Vec<f32>], stereo| {
        let controls = AnneControls { morph: 0.8, stereo, ..AnneControls::default() };
        let mut engine = AnneEngine::with_channels(m.clone(), 48_000.0, main.len()).unwrap();
        run(&mut engine, main, side, &[512], |_| controls.clone())
    };
    let near = |a: &[Vec<f32>], b: &[Vec<f32>], what: &str| {
        let worst = a
            .iter()
            .flatten()
            .zip(b.iter().flatten())
            .map(|(x, y)| (x - y).abs())
            .fold(0.0, f32::max);
        assert!(worst < 1e-5, "{what}: {worst}");
    };
    // A stereo sound: a mono side chain is the same one on both channels.
    let main = [noise(32, 9_000), noise(33, 9_000)];
    for stereo in [StereoMode::Linked, StereoMode::Dual, StereoMode::MidSide] {
        let mono = play(&main, std::slice::from_ref(&key), stereo);
        near(
            &mono,
            &play(&main, &[key.clone(), key.clone()], stereo),
            "a mono side chain beside a stereo sound",
        );
    }
    // A mono sound: both channels of a stereo side chain count, and nothing between them cancels.
    let main = &main[..1];
    for stereo in [StereoMode::Linked, StereoMode::Dual, StereoMode::MidSide] {
        let one = play(main, std::slice::from_ref(&key), stereo);
        assert_same(
            &one,
            &play(main, &[key.clone(), key.clone()], stereo),
            "the same on both channels",
        );
        near(&one, &play(main, &[key.clone(), flipped.clone()], stereo), "one channel upside down");
        let left = play(main, &[key.clone(), quiet.clone()], stereo);
        near(
            &left,
            &play(main, &[quiet.clone(), key.clone()], stereo),
            "on the right alone as on the left alone",
        );
        let half: Vec<f32> = key.iter().map(|x| x * std::f32::consts::FRAC_1_SQRT_2).collect();
        near(&left, &play(main, &[half], stereo), "on one channel alone, 3 dB down");
    }
}

#[test]
fn level_match_brings_a_loud_model_to_the_dry_level() {
    let m = model(19, 44_100.0, 512, 128, true);
    let sound = noise(20, 60_000);
    let controls = AnneControls {
        latent_gains: [5.5; 64],
        level_match: true,
        output_gain: 1.0,
        ..AnneControls::default()
    };
    let out = rendered(m, 44_100.0, |_| controls.clone(), std::slice::from_ref(&sound), &[])
        .unwrap()
        .remove(0);
    let rms = |x: &[f32]| (x[30_000..].iter().map(|x| x * x).sum::<f32>() / 30_000.0).sqrt();
    let db = 20.0 * (rms(&out) / rms(&sound)).log10();
    assert!(db.abs() < 1.0, "{db} dB");
}

#[test]
fn linked_stereo_keeps_the_balance_of_a_panned_sound() {
    let m = model(21, 44_100.0, 512, 128, false);
    let left = noise(22, 8_000);
    let right: Vec<f32> = left.iter().map(|x| x * 0.25).collect();
    let play = |stereo| {
        let c = AnneControls { stereo, detail: 0.0, ..AnneControls::default() };
        rendered(m.clone(), 44_100.0, |_| c.clone(), &[left.clone(), right.clone()], &[]).unwrap()
    };
    // In dual mode each channel is normalised by itself, so equal shapes give equally scaled
    // results.
    let dual = play(StereoMode::Dual);
    for (l, r) in dual[0].iter().zip(&dual[1]) {
        assert!((l * 0.25 - r).abs() < 1e-5);
    }
    // Mid and side of one sound on both sides: the side is silent and stays so.
    let c = AnneControls { stereo: StereoMode::MidSide, ..AnneControls::default() };
    let mono =
        rendered(m.clone(), 44_100.0, |_| c.clone(), &[left.clone(), left.clone()], &[]).unwrap();
    assert_same(&mono[..1], &mono[1..], "mid/side of one sound");
    let linked = play(StereoMode::Linked);
    assert!(linked.iter().flatten().all(|x| x.is_finite()));
}

#[test]
fn models_that_cannot_be_played_are_refused_in_a_sentence() {
    let stft = StftConfig::new(512, 128, Window::Hann).unwrap();
    let wide = AutoencoderConfig::hybrid(stft.bins(), &[128, 65, 128]);
    let error =
        AnneModel::from_file(&ModelFile::random(wide, stft, 44_100.0, 1)).unwrap_err().to_string();
    assert!(error.contains("64") && error.contains("65"), "{error}");
    let mut narrow = AutoencoderConfig::hybrid(stft.bins(), &[32, 8, 32]);
    narrow.layers.push(LayerConfig { outputs: 100, activation: Activation::Relu, bias: false });
    let refused = AnneModel::from_file(&ModelFile::random(narrow, stft, 44_100.0, 1));
    assert!(refused.unwrap_err().to_string().contains("257"));
    let m = model(1, 44_100.0, 512, 128, false);
    for rate in [0.0, -1.0, 500.0, 1e9, f64::NAN] {
        assert!(AnneEngine::new(m.clone(), rate).is_err(), "{rate}");
    }
}
