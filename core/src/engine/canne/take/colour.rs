//! What a take does to a decoded frame: its partials get the recording's balance, and between them
//! comes the recording's noise.

use super::super::dress::k_weight;
use super::super::reading::Reading;
use super::{Knot, NOISES, TONES};

/// Partials of the first groups, one each.
const SINGLE: usize = 16;
/// Groups in an octave behind them.
const PER_OCTAVE: f32 = 4.0;
/// Tones move a partial by at most this much.
pub(super) const MOST_DB: f32 = 60.0;
/// What a partial has at least before it is moved, of the loudest one: a decoder's nothing can be
/// made something.
const LEAST: f32 = 1e-3;
/// What counts as nothing in a recording, of the loudest partial: -100 dB.
const NOTHING: f32 = 1e-5;
/// Ends of the bands of noise, Hz: about two critical bands each.
const BANDS_HZ: [f32; NOISES + 1] = [
    0.0, 100.0, 200.0, 300.0, 400.0, 600.0, 800.0, 1100.0, 1500.0, 2000.0, 2700.0, 3600.0, 4800.0,
    6400.0, 9000.0, 13_000.0, 24_000.0,
];
/// Share of a frame's loudness that may be noise at most: the rest are partials.
const MOST_NOISE: f32 = 0.999;
/// Noise below this counts as none, in dB.
const NO_NOISE_DB: f32 = -80.0;
/// The density of no noise at all: logarithms go no deeper.
const NO_DENSITY: f32 = 1e-16;

/// Which groups a partial lies between, and how far from the first to the second; partials count
/// from 0.
fn place(partial: usize) -> (usize, f32) {
    if partial < SINGLE {
        return (partial, 0.0);
    }
    let place = (SINGLE - 1) as f32 + PER_OCTAVE * ((partial + 1) as f32 / SINGLE as f32).log2();
    let below = (place as usize).min(TONES - 2);
    (below, (place - below as f32).min(1.0))
}

/// How much each band of noise weighs in the loudness.
fn band_weights() -> [f32; NOISES] {
    std::array::from_fn(|band| k_weight(0.5 * (BANDS_HZ[band] + BANDS_HZ[band + 1])))
}

/// The loudness of partials that are multiples of `hz`.
fn loudness(amplitudes: &[f32], hz: f32) -> f32 {
    let one = |(partial, a): (usize, &f32)| 0.5 * a * a * k_weight(hz * (partial + 1) as f32);
    amplitudes.iter().enumerate().map(one).sum()
}

/// Where all partials lie among the groups, and what the bands weigh: made once, off the audio
/// thread.
#[derive(Debug)]
pub(in super::super) struct Places {
    /// `[partial]`
    partials: Vec<(usize, f32)>,
    /// `[band]`
    weights: [f32; NOISES],
}

impl Places {
    /// Allocates.
    pub fn new() -> Self {
        Self {
            partials: (0..super::super::MAX_PARTIALS).map(place).collect(),
            weights: band_weights(),
        }
    }

    /// What is heard of the partials by groups: the mean power of those in it, on the scale of the
    /// amplitudes, each with a share of `least` of the loudest. A group without partials has that
    /// of the one before it.
    fn powers(&self, reading: &Reading, least: f32) -> [f32; TONES] {
        let amplitudes = &reading.amplitudes[..reading.count];
        let loudest = amplitudes.iter().copied().fold(0.0f32, f32::max);
        let (mut powers, mut weights) = ([0.0f32; TONES], [0.0f32; TONES]);
        for (amplitude, &(group, way)) in amplitudes.iter().zip(&self.partials) {
            let power = (amplitude + least * loudest).powi(2);
            for (group, weight) in [(group, 1.0 - way), (group + 1, way)] {
                if let (Some(sum), Some(all)) = (powers.get_mut(group), weights.get_mut(group)) {
                    (*sum, *all) = (*sum + weight * power, *all + weight);
                }
            }
        }
        let mut last = (least * loudest).powi(2);
        for (power, weight) in powers.iter_mut().zip(weights) {
            if weight > 1e-3 {
                last = *power / weight;
            }
            *power = last;
        }
        powers
    }

    /// The powers of a recording's partials.
    pub(super) fn recorded(&self, reading: &Reading) -> [f32; TONES] {
        self.powers(reading, NOTHING)
    }

    /// The powers of a decoded frame's partials, as a take finds them before it moves them.
    pub(super) fn decoded(&self, reading: &Reading) -> [f32; TONES] {
        self.powers(reading, LEAST)
    }

    /// Gives a reading the colours of a knot, to a degree of 0 to 1. `hz` is the distance of the
    /// partials, `bin_hz` that of the reading's bins. Real-time safe.
    pub fn colour(&self, knot: &Knot, degree: f32, hz: f32, bin_hz: f32, reading: &mut Reading) {
        let octaves = |db: f32| degree * db * (std::f32::consts::LOG2_10 / 20.0);
        let gains = knot.tones_db.map(octaves);
        let loudest = reading.amplitudes[..reading.count].iter().copied().fold(0.0f32, f32::max);
        let least = LEAST * loudest * degree;
        let amplitudes = &mut reading.amplitudes[..reading.count];
        for (amplitude, &(group, way)) in amplitudes.iter_mut().zip(&self.partials) {
            let next = gains.get(group + 1).copied().unwrap_or(0.0);
            *amplitude = (*amplitude + least) * (gains[group] + (next - gains[group]) * way).exp2();
        }
        let power = loudness(amplitudes, hz);
        let bands = knot.noises_db.map(|db| {
            if db > NO_NOISE_DB { (db * (std::f32::consts::LN_10 / 10.0)).exp() } else { 0.0 }
        });
        let share: f32 = bands.iter().zip(&self.weights).map(|(band, weight)| band * weight).sum();
        let whole = power / (1.0 - share.min(MOST_NOISE));
        // The density of the noise is that of each band in its middle, and a straight line in
        // decibels between two middles.
        let middle = |ends: &[f32]| 0.5 * (ends[0] + ends[1]) / bin_hz;
        let density =
            |band: f32, ends: &[f32]| (band * whole * bin_hz / (ends[1] - ends[0])).max(NO_DENSITY);
        let mut spots = bands
            .iter()
            .zip(BANDS_HZ.windows(2))
            .map(|(band, ends)| (middle(ends), density(*band, ends)));
        let Some(mut low) = spots.next() else { return };
        let (mut high, mut now, mut step) = (low, low.1, 1.0f32);
        for (k, noise) in reading.noise.iter_mut().enumerate() {
            while high.0 <= k as f32 {
                low = high;
                high = spots.next().unwrap_or((f32::INFINITY, low.1));
                step = (high.1 / low.1).powf(1.0 / (high.0 - low.0));
                now = low.1 * step.powf(k as f32 - low.0);
            }
            *noise += degree * (now - *noise);
            now *= step;
        }
    }
}

/// Power of the noise in each band over the loudness of the whole, in dB.
pub(super) fn noises(reading: &Reading, hz: f32, bin_hz: f32) -> [f32; NOISES] {
    let noise =
        reading.noise.iter().enumerate().map(|(k, n)| n * k_weight(k as f32 * bin_hz)).sum::<f32>();
    let whole = loudness(&reading.amplitudes[..reading.count], hz) + noise;
    let whole = whole.max(1e-20);
    let band = |ends: &[f32]| {
        let first = ((ends[0] / bin_hz).round() as usize).max(1);
        let last = ((ends[1] / bin_hz).round() as usize).max(first);
        let power: f32 = reading.noise.iter().take(last).skip(first).sum();
        (10.0 * (power / whole).max(1e-12).log10()).clamp(-96.0, 0.0)
    };
    std::array::from_fn(|i| band(&BANDS_HZ[i..i + 2]))
}
