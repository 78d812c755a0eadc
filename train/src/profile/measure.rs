//! Figures of an output beside its target.

use nfx_learn::effect::loss::{StftLoss, emphasised_esr, esr};
use serde::{Deserialize, Serialize};

/// The pre-emphasis that figures are given with.
pub const EMPHASIS: f32 = 0.95;
/// Samples that the spectral distance is taken over at once.
const SPECTRAL: usize = 1 << 15;

/// An error-to-signal ratio for people: small ones by their power of ten.
pub fn ratio_text(ratio: f64) -> String {
    if ratio > 0.0 && ratio < 1e-3 { format!("{ratio:.1e}") } else { format!("{ratio:.4}") }
}

/// How near an output is to its target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Error-to-signal ratio: energy of the difference over that of the target, no pre-emphasis
    /// (NAM's definition).
    pub esr: f64,
    /// The same after the filter `1 − 0.95 z⁻¹`.
    pub emphasised: f64,
    /// Mean absolute difference.
    pub mae: f64,
    /// Multi-resolution STFT distance.
    pub spectral: f64,
    /// Loudness of the output less that of the target, in dB (ITU-R BS.1770 weighting, no gate).
    pub loudness_db: f64,
}

impl Scores {
    /// Of one sound at a rate.
    pub fn of(output: &[f32], target: &[f32], rate_hz: f64) -> Scores {
        Scores::of_all(&[(output, target)], rate_hz)
    }

    /// Of several sounds together: energies are added, the spectral distance is the mean over
    /// samples.
    pub fn of_all(pairs: &[(&[f32], &[f32])], rate_hz: f64) -> Scores {
        let output: Vec<f32> = pairs.iter().flat_map(|p| p.0.iter().copied()).collect();
        let target: Vec<f32> = pairs.iter().flat_map(|p| p.1.iter().copied()).collect();
        let n = output.len().max(1) as f64;
        let mut stft = StftLoss::default();
        let (mut spectral, mut counted) = (0.0, 0usize);
        for (y, t) in output.chunks(SPECTRAL).zip(target.chunks(SPECTRAL)) {
            if t.iter().any(|t| t.abs() > 1e-4) {
                spectral += stft.value(y, t) * t.len() as f64;
                counted += t.len();
            }
        }
        Scores {
            esr: esr(&output, &target),
            emphasised: emphasised_esr(&output, &target, EMPHASIS),
            mae: output.iter().zip(&target).map(|(y, t)| f64::from((y - t).abs())).sum::<f64>() / n,
            spectral: spectral / counted.max(1) as f64,
            loudness_db: loudness(&output, rate_hz) - loudness(&target, rate_hz),
        }
    }
}

/// Loudness in LKFS without a gate: mean square behind the two filters of ITU-R BS.1770-4, for any
/// rate (the filters' analogue form as De Man 2014 gives it).
pub fn loudness(x: &[f32], rate_hz: f64) -> f64 {
    let shelf = biquad_shelf(
        1_681.974_450_955_533,
        3.999_843_853_973_347,
        0.707_175_236_955_419_6,
        rate_hz,
    );
    let high = biquad_high(38.135_470_876_024_44, 0.500_327_037_323_877_3, rate_hz);
    let mut states = [[0.0f64; 2]; 2];
    let mut sum = 0.0;
    for x in x {
        let mut v = f64::from(*x);
        for (c, s) in [shelf, high].iter().zip(&mut states) {
            let y = c[0] * v + s[0];
            s[0] = c[1] * v - c[3] * y + s[1];
            s[1] = c[2] * v - c[4] * y;
            v = y;
        }
        sum += v * v;
    }
    -0.691 + 10.0 * (sum / x.len().max(1) as f64).max(1e-12).log10()
}

fn biquad_shelf(f: f64, gain_db: f64, q: f64, rate: f64) -> [f64; 5] {
    let k = (std::f64::consts::PI * f / rate).tan();
    let vh = 10f64.powf(gain_db / 20.0);
    let vb = vh.powf(0.499_666_774_154_541_6);
    let a0 = 1.0 + k / q + k * k;
    [
        (vh + vb * k / q + k * k) / a0,
        2.0 * (k * k - vh) / a0,
        (vh - vb * k / q + k * k) / a0,
        2.0 * (k * k - 1.0) / a0,
        (1.0 - k / q + k * k) / a0,
    ]
}

fn biquad_high(f: f64, q: f64, rate: f64) -> [f64; 5] {
    let k = (std::f64::consts::PI * f / rate).tan();
    let a0 = 1.0 + k / q + k * k;
    [1.0, -2.0, 1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0]
}

/// Words for an ESR, where NAM draws its lines.
pub fn verdict(esr: f64) -> &'static str {
    match esr {
        e if e < 0.01 => "great: hard to tell from the device",
        e if e < 0.035 => "good",
        e if e < 0.1 => "audibly different",
        e if e < 0.3 => "rough",
        _ => "not this device",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loudness_is_that_of_the_standard() {
        // BS.1770: a sine of 997 Hz at 0 dBFS in one channel reads -3.01 LKFS.
        for rate in [44_100.0, 48_000.0] {
            let x: Vec<f32> = (0..rate as usize * 2)
                .map(|i| (std::f64::consts::TAU * 997.0 * i as f64 / rate).sin() as f32)
                .collect();
            assert!((loudness(&x, rate) + 3.01).abs() < 0.03, "{}", loudness(&x, rate));
        }
    }

    #[test]
    fn scores_of_half_the_sound() {
        let t: Vec<f32> = (0..40_000).map(|i| (i as f32 * 0.05).sin() * 0.5).collect();
        let y: Vec<f32> = t.iter().map(|t| 0.5 * t).collect();
        let s = Scores::of(&y, &t, 44_100.0);
        assert!((s.esr - 0.25).abs() < 1e-6 && (s.emphasised - 0.25).abs() < 1e-5);
        assert!((s.loudness_db + 6.02).abs() < 0.01 && s.spectral > 0.4 && s.mae > 0.1);
        let zero = Scores::of(&t, &t, 44_100.0);
        assert!(zero.esr == 0.0 && zero.spectral < 1e-6 && zero.loudness_db == 0.0);
    }
}
