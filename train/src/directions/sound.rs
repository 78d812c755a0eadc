//! What is said of a frame in six numbers, one for each macro.

use nfx_core::models::spectral::MACROS;

/// Energy below this share of a frame's counts as this much (-60 dB).
const LEAST: f64 = 1e-6;
/// Loudness grows with this power of the energy (Stevens): a share of -40 dB is heard, one of -90
/// dB is not.
const LOUDNESS: f64 = 0.3;
/// Bands in which it is told noise from tones: a third of an octave each, from 200 Hz.
const NOISE_BANDS: usize = 18;
/// Where those begin, in Hz.
const NOISE_LOW_HZ: f64 = 200.0;
/// What counts as each macro's place, in Hz: Body, Bright, Air, Hollow.
const PLACES_HZ: [[f64; 2]; 4] =
    [[80.0, 350.0], [2_000.0, 6_000.0], [8_000.0, 16_000.0], [450.0, 1_100.0]];
/// Where the formant is looked for, in Hz.
const FORMANT_HZ: [f64; 2] = [350.0, 3_500.0];

/// The bins of every band, for one transform.
#[derive(Clone, Debug)]
pub struct Bands {
    places: [std::ops::Range<usize>; 4],
    noise: Vec<std::ops::Range<usize>>,
    formant: std::ops::Range<usize>,
    /// Octaves of each bin.
    octaves: Vec<f32>,
    /// Bands of a third of an octave over the whole axis, for what no descriptor says.
    thirds: Vec<std::ops::Range<usize>>,
}

impl Bands {
    /// For frames of `bins` magnitudes that are `bin_hz` apart.
    pub fn new(bins: usize, bin_hz: f64) -> Self {
        let bin = |hz: f64| ((hz / bin_hz).round() as usize).clamp(1, bins - 1);
        let band = |[low, high]: [f64; 2]| bin(low)..bin(high).max(bin(low) + 1).min(bins);
        let third = |low: f64, k: usize| {
            band([low * (k as f64 / 3.0).exp2(), low * ((k + 1) as f64 / 3.0).exp2()])
        };
        let top = bin_hz * (bins - 1) as f64;
        Self {
            places: PLACES_HZ.map(band),
            noise: (0..NOISE_BANDS).map(|k| third(NOISE_LOW_HZ, k)).collect(),
            formant: band(FORMANT_HZ),
            octaves: (0..bins).map(|i| (i.max(1) as f64 * bin_hz).log2() as f32).collect(),
            thirds: (0..27)
                .map(|k| third(40.0, k))
                .filter(|b| b.start as f64 * bin_hz < 0.9 * top)
                .collect(),
        }
    }

    /// Body, Bright, Air and Noise as loudness of their share of the frame's energy, 0 to 1; Hollow
    /// as what is missing of such a share around its place, -1 to 0; Formant in octaves.
    pub fn describe(&self, frame: &[f32]) -> [f64; MACROS] {
        let total = energy(frame).max(1e-20);
        let share =
            |band: &std::ops::Range<usize>| (energy(&frame[band.clone()]) / total).powf(LOUDNESS);
        let [body, bright, air, middle] = self.places.each_ref().map(share);
        [body, bright, air, self.noise(frame, total), -middle, self.formant(frame, total)]
    }

    /// What of the energy is noise: of each band as if all its bins had the geometric mean of their
    /// energies, which between partials is little and in noise half.
    fn noise(&self, frame: &[f32], total: f64) -> f64 {
        let floor = (LEAST * total).sqrt() as f32 * 1e-3;
        let band = |band: &std::ops::Range<usize>| {
            let logs: f32 = frame[band.clone()].iter().map(|m| (m + floor).ln()).sum();
            band.len() as f64 * f64::from(2.0 * logs / band.len() as f32).exp()
        };
        (self.noise.iter().map(band).sum::<f64>() / total).powf(LOUDNESS)
    }

    /// Mean octave of the magnitudes around the voice's formants.
    fn formant(&self, frame: &[f32], total: f64) -> f64 {
        let floor = (LEAST * total).sqrt() as f32;
        let (mut sum, mut weight) = (0.0f64, 1e-20f64);
        for (m, octave) in
            frame[self.formant.clone()].iter().zip(&self.octaves[self.formant.clone()])
        {
            // Equal weight for equal shares of an octave.
            let m = f64::from((m + floor) * (-octave).exp2());
            sum += m * f64::from(*octave);
            weight += m;
        }
        sum / weight
    }

    /// Levels of thirds of an octave in dB of the frame's energy.
    pub fn thirds(&self, frame: &[f32]) -> Vec<f64> {
        let total = energy(frame).max(1e-20);
        self.thirds.iter().map(|band| db(energy(&frame[band.clone()]) / total + LEAST)).collect()
    }

    /// The middle of each third in Hz.
    pub fn middles_hz(&self) -> Vec<f64> {
        let middle = |b: &std::ops::Range<usize>| {
            f64::from(0.5 * (self.octaves[b.start] + self.octaves[b.end - 1])).exp2()
        };
        self.thirds.iter().map(middle).collect()
    }
}

fn db(power: f64) -> f64 {
    10.0 * power.log10()
}

fn energy(values: &[f32]) -> f64 {
    let mut lanes = [0.0f32; 16];
    for part in values.chunks(16) {
        lanes.iter_mut().zip(part).for_each(|(lane, v)| *lane += v * v);
    }
    lanes.iter().map(|v| f64::from(*v)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of 1025 bins at 44.1 kHz with some energy everywhere.
    fn frame(shape: impl Fn(f64) -> f64) -> Vec<f32> {
        (0..1025).map(|i| shape(i as f64 * 44_100.0 / 2_048.0) as f32).collect()
    }

    #[test]
    fn each_number_answers_to_its_own_change_most() {
        let bands = Bands::new(1025, 44_100.0 / 2_048.0);
        let plain = bands.describe(&frame(|hz| 1.0 / (1.0 + hz / 800.0)));
        let boosts: [&dyn Fn(f64) -> f64; 3] = [
            &|hz| if (80.0..350.0).contains(&hz) { 3.0 } else { 1.0 },
            &|hz| if (2_000.0..6_000.0).contains(&hz) { 3.0 } else { 1.0 },
            &|hz| if hz > 8_000.0 { 3.0 } else { 1.0 },
        ];
        for (k, boost) in boosts.iter().enumerate() {
            let moved = bands.describe(&frame(|hz| boost(hz) / (1.0 + hz / 800.0)));
            let rises: Vec<f64> = (0..3).map(|j| moved[j] - plain[j]).collect();
            assert!((0..3).all(|j| j == k || rises[j] < rises[k] - 0.05), "{k}: {rises:?}");
        }
        let hollow =
            bands.describe(&frame(|hz| if (450.0..1_100.0).contains(&hz) { 0.1 } else { 1.0 }));
        assert!(hollow[4] > bands.describe(&frame(|_| 1.0))[4] + 0.2);
    }

    #[test]
    fn noise_is_told_from_tones_and_a_formant_from_a_higher_one() {
        let bands = Bands::new(1025, 44_100.0 / 2_048.0);
        let tones =
            frame(
                |hz| if ((hz / 21.533_2).round() as usize).is_multiple_of(16) { 1.0 } else { 1e-3 },
            );
        assert!(bands.describe(&frame(|_| 1.0))[3] > 2.0 * bands.describe(&tones)[3]);
        let peak =
            |at: f64| bands.describe(&frame(|hz| (-((hz / at).log2() / 0.3).powi(2)).exp()))[5];
        assert!(peak(1_400.0) > peak(700.0) + 0.8);
        assert!(bands.describe(&[0.0; 1025]).iter().all(|v| v.is_finite()));
    }
}
