//! What an encoder sees beside the magnitudes of a frame. Computed offline: a decoder knows nothing
//! of it.

use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// The numbers that are appended to a frame before it is encoded (Colonel 2018, chapter 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Features {
    /// Nothing: the magnitudes alone.
    #[default]
    Plain,
    /// The difference of neighbouring bins, `s[k + 1] - s[k]`.
    FirstDifference,
    /// The difference of neighbouring differences, `s[k + 2] - 2 s[k + 1] + s[k]`.
    SecondDifference,
    /// Both differences, the first one first.
    BothDifferences,
    /// Mel-frequency cepstra 5 to 49 of 100 mel bands, divided by the greatest of them, so that
    /// they lie in -1 to 1.
    Mfcc,
}

/// Mel bands.
const MEL_BANDS: usize = 100;
/// Cepstra that are computed.
const CEPSTRA: usize = 50;
/// Cepstra that are left out: level and the coarsest shape.
const DROPPED: usize = 5;

impl Features {
    /// All of them, in the order of the thesis's tables.
    pub const ALL: [Features; 5] = [
        Features::Plain,
        Features::FirstDifference,
        Features::SecondDifference,
        Features::BothDifferences,
        Features::Mfcc,
    ];

    /// Whether nothing is appended.
    pub fn is_plain(&self) -> bool {
        *self == Features::Plain
    }

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Features::Plain => "none",
            Features::FirstDifference => "first difference",
            Features::SecondDifference => "second difference",
            Features::BothDifferences => "both differences",
            Features::Mfcc => "MFCC",
        }
    }

    /// How many numbers are appended to a frame of `bins` magnitudes.
    pub const fn extra(self, bins: usize) -> usize {
        let (first, second) = (bins.saturating_sub(1), bins.saturating_sub(2));
        match self {
            Features::Plain => 0,
            Features::FirstDifference => first,
            Features::SecondDifference => second,
            Features::BothDifferences => first + second,
            Features::Mfcc => CEPSTRA - DROPPED,
        }
    }
}

/// Computes the features of frames. Building and using it is for offline work.
#[derive(Clone, Debug)]
pub struct FeatureBank {
    features: Features,
    bins: usize,
    /// For each mel band its first bin and its weights.
    bands: Vec<(usize, Vec<f64>)>,
    /// `[cepstrum][band]`, the kept ones.
    cosines: Vec<f64>,
}

impl FeatureBank {
    /// For frames of `bins` magnitudes, 0 Hz to half of the sample rate.
    pub fn new(features: Features, bins: usize, sample_rate_hz: f64) -> Self {
        let (mut bands, mut cosines) = (Vec::new(), Vec::new());
        if features == Features::Mfcc {
            bands = mel_bands(bins, sample_rate_hz);
            for c in DROPPED..CEPSTRA {
                let scale = (2.0 / MEL_BANDS as f64).sqrt();
                cosines.extend(
                    (0..MEL_BANDS).map(|b| {
                        scale * (PI * c as f64 * (b as f64 + 0.5) / MEL_BANDS as f64).cos()
                    }),
                );
            }
        }
        Self { features, bins, bands, cosines }
    }

    /// What it computes.
    pub fn features(&self) -> Features {
        self.features
    }

    /// The width of a frame with its features.
    pub fn width(&self) -> usize {
        self.bins + self.features.extra(self.bins)
    }

    /// Writes a frame (its maximum 1) and its features.
    ///
    /// # Shapes
    /// `frame` `[bins]`, `out` `[width]`; what does not fit is left as it was.
    pub fn write(&self, frame: &[f32], out: &mut [f32]) {
        let n = frame.len().min(self.bins).min(out.len());
        let frame = &frame[..n];
        let (head, tail) = out.split_at_mut(n);
        head.copy_from_slice(frame);
        let first = frame.windows(2).map(|w| w[1] - w[0]);
        let second = frame.windows(3).map(|w| w[2] - 2.0 * w[1] + w[0]);
        match self.features {
            Features::Plain => {}
            Features::FirstDifference => tail.iter_mut().zip(first).for_each(|(o, v)| *o = v),
            Features::SecondDifference => tail.iter_mut().zip(second).for_each(|(o, v)| *o = v),
            Features::BothDifferences => {
                tail.iter_mut().zip(first.chain(second)).for_each(|(o, v)| *o = v)
            }
            Features::Mfcc => self.cepstra(frame, tail),
        }
    }

    fn cepstra(&self, frame: &[f32], out: &mut [f32]) {
        let mut logs = [0.0f64; MEL_BANDS];
        for (log, (from, weights)) in logs.iter_mut().zip(&self.bands) {
            let power = frame
                .iter()
                .skip(*from)
                .zip(weights)
                .map(|(m, w)| f64::from(m * m) * w)
                .sum::<f64>();
            *log = 10.0 * power.max(1e-10).log10();
        }
        let mut largest = 1e-9f64;
        let mut values = [0.0f64; CEPSTRA - DROPPED];
        for (value, row) in values.iter_mut().zip(self.cosines.chunks_exact(MEL_BANDS)) {
            *value = row.iter().zip(&logs).map(|(c, l)| c * l).sum();
            largest = largest.max(value.abs());
        }
        out.iter_mut().zip(values).for_each(|(o, v)| *o = (v / largest) as f32);
    }
}

/// Slaney's mel scale: linear up to 1 kHz, logarithmic above (*Auditory Toolbox*, 1998).
fn mel(hz: f64) -> f64 {
    if hz < 1000.0 { hz * 3.0 / 200.0 } else { 15.0 + (hz / 1000.0).ln() * 27.0 / 6.4f64.ln() }
}

fn hz(mel: f64) -> f64 {
    if mel < 15.0 { mel * 200.0 / 3.0 } else { 1000.0 * ((mel - 15.0) * 6.4f64.ln() / 27.0).exp() }
}

/// Triangles of unit area, evenly spaced on the mel scale from 0 Hz to half of the sample rate.
fn mel_bands(bins: usize, sample_rate_hz: f64) -> Vec<(usize, Vec<f64>)> {
    let top = mel(sample_rate_hz / 2.0);
    let bin_hz = sample_rate_hz / 2.0 / (bins.max(2) - 1) as f64;
    let edge = |i: usize| hz(top * i as f64 / (MEL_BANDS + 1) as f64);
    (0..MEL_BANDS)
        .map(|band| {
            let (low, middle, high) = (edge(band), edge(band + 1), edge(band + 2));
            let weight = |bin: usize| {
                let f = bin as f64 * bin_hz;
                let slope = ((f - low) / (middle - low)).min((high - f) / (high - middle));
                slope.max(0.0) * 2.0 / (high - low)
            };
            let from = (low / bin_hz).ceil().max(0.0) as usize;
            let to = ((high / bin_hz).floor() as usize).min(bins.saturating_sub(1));
            let mut weights: Vec<f64> = (from..=to.max(from)).map(weight).collect();
            // A band between two bins still hears the nearer one.
            if weights.iter().sum::<f64>() <= 0.0 {
                weights = vec![2.0 / (high - low)];
                return (((middle / bin_hz).round() as usize).min(bins.saturating_sub(1)), weights);
            }
            (from, weights)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Vec<f32> {
        (0..2049)
            .map(|k| if k % 50 == 10 { 1.0 / (1.0 + k as f32 / 300.0) } else { 1e-4 })
            .collect()
    }

    #[test]
    fn differences_are_those_along_frequency() {
        let frame = [1.0, 3.0, 2.0, 7.0f32];
        let of = |features: Features| {
            let bank = FeatureBank::new(features, 4, 44_100.0);
            let mut out = vec![f32::NAN; bank.width()];
            bank.write(&frame, &mut out);
            out
        };
        assert_eq!(of(Features::Plain), frame);
        assert_eq!(of(Features::FirstDifference), [1.0, 3.0, 2.0, 7.0, 2.0, -1.0, 5.0]);
        assert_eq!(of(Features::SecondDifference), [1.0, 3.0, 2.0, 7.0, -3.0, 6.0]);
        assert_eq!(of(Features::BothDifferences), [1.0, 3.0, 2.0, 7.0, 2.0, -1.0, 5.0, -3.0, 6.0]);
    }

    #[test]
    fn cepstra_fill_minus_one_to_one_and_do_not_hear_the_level() {
        let bank = FeatureBank::new(Features::Mfcc, 2049, 44_100.0);
        assert_eq!(bank.width(), 2049 + 45);
        let (mut out, mut half) = (vec![f32::NAN; bank.width()], vec![f32::NAN; bank.width()]);
        bank.write(&frame(), &mut out);
        bank.write(&frame().iter().map(|m| m * 0.5).collect::<Vec<_>>(), &mut half);
        let cepstra = &out[2049..];
        let largest = cepstra.iter().fold(0.0f32, |l, v| l.max(v.abs()));
        assert!((largest - 1.0).abs() < 1e-6 && cepstra.iter().all(|v| v.is_finite()));
        assert!(cepstra.iter().zip(&half[2049..]).all(|(a, b)| (a - b).abs() < 1e-4));
        bank.write(&vec![0.0; 2049], &mut out);
        assert!(out.iter().all(|v| v.is_finite()), "silence has cepstra too");
    }

    #[test]
    fn every_band_hears_something_and_all_frequencies_are_heard() {
        let bank = FeatureBank::new(Features::Mfcc, 2049, 44_100.0);
        assert_eq!(bank.bands.len(), MEL_BANDS);
        for (from, weights) in &bank.bands {
            assert!(weights.iter().sum::<f64>() > 0.0 && from + weights.len() <= 2049);
        }
        for hz_in in [0.0, 440.0, 999.0, 1000.0, 5000.0, 20_000.0] {
            assert!((hz(mel(hz_in)) - hz_in).abs() < 1e-6);
        }
    }
}
