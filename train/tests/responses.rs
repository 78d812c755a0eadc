//! Impulse responses of sweeps: what comes first stays first, and what is no recording of the sweep
//! is told.

use nfx_train::audio::Audio;
use nfx_train::profile::ir::of;

/// Seconds before the first sound in a response.
const LEAD_S: f64 = 0.000_5;

fn sweep(rate: f64, seconds: f64, level: f64) -> Vec<f32> {
    let mut phase = 0.0;
    let n = (seconds * rate) as usize;
    (0..n)
        .map(|i| {
            phase += std::f64::consts::TAU * 30.0 * (0.45 * rate / 30.0).powf(i as f64 / n as f64)
                / rate;
            (level * phase.sin()) as f32
        })
        .collect()
}

fn through(x: &[f32], taps: &[(usize, f32)]) -> Vec<f32> {
    let mut y = vec![0.0; x.len() + 4_000];
    for (delay, gain) in taps {
        x.iter().enumerate().for_each(|(i, x)| y[i + delay] += gain * x);
    }
    y
}

fn audio(channels: Vec<Vec<f32>>, rate: f64) -> Audio {
    Audio { channels, rate }
}

fn said_of(dry: &[f32], wet: Vec<f32>, rate: f64) -> Vec<String> {
    of(&audio(vec![dry.to_vec()], rate), &audio(vec![wet], rate), 0.2, false).unwrap().1
}

#[test]
fn a_sweep_is_not_called_clipped_and_a_clipped_one_is() {
    for rate in [8_000.0, 48_000.0] {
        for level in [0.9, 0.1, 0.001] {
            // As a file of 16 bits has it.
            let x: Vec<f32> =
                sweep(rate, 2.0, level).iter().map(|x| (x * 32767.0).round() / 32767.0).collect();
            let said = said_of(&x, x.clone(), rate);
            assert!(!said.iter().any(|s| s.contains("clipped")), "{rate} Hz at {level}: {said:?}");
        }
        let x = sweep(rate, 2.0, 0.9);
        for ceiling in [0.85f32, 0.7, 0.3] {
            let said = said_of(&x, x.iter().map(|x| x.clamp(-ceiling, ceiling)).collect(), rate);
            let level = format!("clipped at {:.1} dBFS", 20.0 * ceiling.log10());
            assert!(said.iter().any(|s| s.contains(&level)), "{rate} Hz at {ceiling}: {said:?}");
        }
    }
}

#[test]
fn direct_sound_before_a_louder_reflection_stays_in_both_channels_and_in_time() {
    for (rate, early, direct) in
        [(16_000.0, 400, 0.39f32), (48_000.0, 2_300, 0.2), (8_000.0, 80, 0.35)]
    {
        let x = sweep(rate, 3.0, 0.7);
        let left = through(&x, &[(100, direct), (100 + early, 0.7)]);
        let right = through(&x, &[(130, 0.6)]);
        let wet = audio(vec![left, right], rate);
        let (ir, _) = of(&audio(vec![x], rate), &wet, 0.2, false).unwrap();
        let lead = (LEAD_S * rate) as usize;
        for (channel, at, want) in [(0, lead, direct), (0, lead + early, 0.7), (1, lead + 30, 0.6)]
        {
            assert!(
                (ir[channel][at] - want).abs() < 0.2 * want,
                "{rate}: {} at {at}",
                ir[channel][at]
            );
        }
    }
}

#[test]
fn another_sound_is_refused_and_noise_and_fuzz_are_not() {
    let rate = 16_000.0;
    let x = sweep(rate, 4.0, 0.7);
    let dry = audio(vec![x.clone()], rate);
    let mut seed = 1u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / 8_388_608.0 - 1.0
    };
    let hiss: Vec<f32> = (0..x.len()).map(|_| 0.3 * noise()).collect();
    for (foreign, what) in
        [(hiss.clone(), "noise"), (x.iter().rev().copied().collect(), "backwards")]
    {
        let error = of(&dry, &audio(vec![foreign], rate), 0.2, false).unwrap_err().to_string();
        assert!(error.contains("expected a recording of this sweep"), "{what}: {error}");
    }
    let noisy: Vec<f32> = x.iter().zip(&hiss).map(|(x, n)| x + n).collect();
    let (_, said) = of(&dry, &audio(vec![noisy], rate), 0.2, true).unwrap();
    assert!(said.iter().any(|s| s.contains("turned by")), "{said:?}");
    let fuzz = x.iter().map(|x| (8.0 * x).tanh()).collect();
    let (ir, _) = of(&dry, &audio(vec![fuzz], rate), 0.2, false).unwrap();
    let top = (0..ir[0].len()).max_by(|a, b| ir[0][*a].abs().total_cmp(&ir[0][*b].abs())).unwrap();
    assert_eq!(top, (LEAD_S * rate) as usize, "distortion is no sound that came early");
}

#[test]
fn a_recording_at_another_speed_is_told_with_the_rate_that_it_has() {
    let rate = 16_000.0;
    let x = sweep(rate, 4.0, 0.7);
    let room = through(&x, &[(100, 0.5), (300, 0.3)]);
    for wrong in [16_000.0 * 147.0 / 160.0, 32_000.0, 8_000.0] {
        let wet = audio(vec![room.clone()], wrong);
        let error = of(&audio(vec![x.clone()], rate), &wet, 0.2, false).unwrap_err().to_string();
        assert!(error.contains("it was recorded at 16000 Hz"), "{wrong}: {error}");
    }
    assert!(of(&audio(vec![x], rate), &audio(vec![room], rate), 0.2, false).is_ok());
}
