//! SignalTrain's `compressor_4controls`, by E. Tarr: the target that its network was trained on
//! (Hawley, Colburn and Mimilakis 2019).
//!
//! With the rates `a = exp(-ln 9 / (rate · time))` of attack and release:
//!
//! ```text
//! L = max(20 log10(|x| + 1e-8), -96)
//! g = threshold + (L - threshold) / ratio - L   where L > threshold, else 0
//! s[0] = 0,  s[n] = (1 - a) g[n] + a s[n-1]     a of the attack where g[n] < s[n-1], else of the release
//! y = x · 10^(s / 20)
//! ```

use anyhow::{Result, ensure};
use nfx_core::models::effect::KnobInfo;

use super::Device;

/// The compressor with ranges for its knobs.
#[derive(Clone, Debug, PartialEq)]
pub struct Compressor {
    name: &'static str,
    threshold_db: [f32; 2],
    ratio: [f32; 2],
    /// Of attack and release, ms.
    time_ms: [f32; 2],
}

impl Compressor {
    /// `comp_4c`: -30 to 0 dB, 1 to 5, 1 to 40 ms.
    pub fn comp_4c() -> Self {
        Compressor {
            name: "comp_4c",
            threshold_db: [-30.0, 0.0],
            ratio: [1.0, 5.0],
            time_ms: [1.0, 40.0],
        }
    }

    /// `comp_large`: -50 to 0 dB, 1.5 to 10, 1 ms to 1 s.
    pub fn comp_large() -> Self {
        Compressor {
            name: "comp_large",
            threshold_db: [-50.0, 0.0],
            ratio: [1.5, 10.0],
            time_ms: [1.0, 1000.0],
        }
    }
}

impl Device for Compressor {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn knobs(&self) -> Vec<KnobInfo> {
        compressor_knobs(self.threshold_db, self.ratio, self.time_ms)
    }

    fn render(&mut self, input: &[f32], rate_hz: f64, values: &[f32]) -> Result<Vec<f32>> {
        ensure!(
            values.len() == 4,
            "expected threshold, ratio, attack and release, found {} values",
            values.len()
        );
        let [threshold, ratio, attack, release] =
            [values[0], values[1], values[2], values[3]].map(f64::from);
        let input: Vec<f64> = input.iter().map(|x| f64::from(*x)).collect();
        let out = compress(&input, rate_hz, [threshold, ratio, attack / 1000.0, release / 1000.0]);
        Ok(out.into_iter().map(|y| y as f32).collect())
    }
}

/// Knobs of a compressor named as the plugin knows them, times in milliseconds.
pub fn compressor_knobs(
    threshold_db: [f32; 2],
    ratio: [f32; 2],
    time_ms: [f32; 2],
) -> Vec<KnobInfo> {
    let knob =
        |name: &str, unit: &str, [min, max]: [f32; 2], default: f32, log: bool, decimals: u8| {
            KnobInfo {
                name: name.to_owned(),
                unit: unit.to_owned(),
                min,
                max,
                default: default.clamp(min, max),
                log,
                decimals,
            }
        };
    vec![
        knob("Threshold", "dB", threshold_db, -20.0, false, 1),
        knob("Ratio", ":1", ratio, 4.0, true, 1),
        knob("Attack", "ms", time_ms, 10.0, true, 1),
        knob("Release", "ms", time_ms, 100.0, true, 0),
    ]
}

/// The definition above; `settings` are threshold in dB, ratio, attack and release in seconds.
pub fn compress(
    input: &[f64],
    rate_hz: f64,
    [threshold, ratio, attack, release]: [f64; 4],
) -> Vec<f64> {
    let rate_of = |seconds: f64| (-(9f64.ln()) / (rate_hz * seconds)).exp();
    let (attack, release) = (rate_of(attack), rate_of(release));
    let mut s = 0.0;
    input
        .iter()
        .enumerate()
        .map(|(n, x)| {
            let level = (20.0 * (x.abs() + 1e-8).log10()).max(-96.0);
            let g = if level > threshold {
                threshold + (level - threshold) / ratio - level
            } else {
                0.0
            };
            if n > 0 {
                let a = if g < s { attack } else { release };
                s = (1.0 - a) * g + a * s;
            }
            x * 10f64.powf(s / 20.0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use nfx_learn::effect::loss::esr;
    use nfx_train::profile::check::{Sounds, check};
    use nfx_train::profile::signal::{Layout, test_signal};

    use super::*;

    #[test]
    fn it_is_the_original() {
        // Made with the original's own code.
        let x: Vec<f64> = (0..4410)
            .map(|n| 0.8 * (std::f64::consts::TAU * 440.0 * f64::from(n) / 44_100.0).sin())
            .collect();
        let y = compress(&x, 44_100.0, [-20.0, 4.0, 0.005, 0.020]);
        for (n, want) in [
            (100, -0.005_548_337_533_1),
            (1000, -0.030_064_167_499_9),
            (4409, -0.013_293_448_617_3),
        ] {
            assert!((y[n] - want).abs() < 1e-12, "y[{n}] = {}", y[n]);
        }
        let rms = (y.iter().map(|y| y * y).sum::<f64>() / 4410.0).sqrt();
        assert!((rms - 0.163_142_406_673).abs() < 1e-11, "{rms}");
    }

    #[test]
    fn it_is_a_device_with_the_ranges_of_its_variants() {
        let mut device = Compressor::comp_large();
        let knobs = device.knobs();
        assert_eq!(
            knobs.iter().map(|k| k.name.as_str()).collect::<Vec<_>>(),
            ["Threshold", "Ratio", "Attack", "Release"]
        );
        assert!(
            (knobs[0].min, knobs[0].max) == (-50.0, 0.0)
                && (knobs[3].min, knobs[3].max) == (1.0, 1000.0)
        );
        let y = device.render(&[0.5; 100], 44_100.0, &[0.0, 10.0, 1.0, 1.0]).unwrap();
        assert!(y.iter().all(|y| (y - 0.5).abs() < 1e-6));
        assert!(device.render(&[0.5; 100], 44_100.0, &[0.0]).is_err());
    }

    #[test]
    fn what_a_compressor_remembers_is_no_noise() {
        let rate = 16_000.0;
        let x = test_signal(20.0, rate).unwrap();
        let y = Compressor::comp_large().render(&x, rate, &[-40.0, 8.0, 50.0, 300.0]).unwrap();
        let layout = Layout::recognise(&x, rate).unwrap();
        let part = |at: usize| &y[at..at + layout.repeat];
        assert!(
            esr(part(layout.again), part(layout.first)) > 0.1,
            "the compressor remembers nothing"
        );
        let checked = check(&Sounds::new(&x, &y, rate));
        assert!(checked.floor.is_some_and(|floor| floor < 1e-5), "{:?}", checked.floor);
    }
}
