//! From what a frame says to how it sounds: tilt, brightness, noise, even level, stereo.

use super::MAX_PARTIALS;
use super::controls::CanneControls;
use super::grain::noise_amplitude;
use super::random::{self, Random};
use super::reading::Reading;
use super::sound::{Pitch, Timbre};
use super::timing::Timing;

/// Amplitude of a partial whose decoded magnitude is 1, without even level: -19 dBFS.
const NOMINAL: f32 = 0.11;
/// Level of a voice with even level, before its model's own gain: K-weighted -22 dBFS. Sixteen such
/// voices together stay below full scale.
const EVEN_RMS: f32 = 0.08;
/// Even level moves a voice by at most this much: 30 dB up, 40 dB down.
const EVEN_MOST: (f32, f32) = (0.01, 31.6);
/// A course is followed down to here, -80 dB.
const LEAST_COURSE: f32 = 1e-4;
/// Share of the way that even level's gain goes at each decoding: it has arrived to a tenth after
/// 60 ms.
const EVEN_FOLLOW: f32 = 0.6;
/// The thesis's tilt at the ends of the spectrum, nepers.
const TILT: f32 = 0.95;
/// Tilt of the brightness expression at its ends, as an exponent of the partial's number: 4.5 dB an
/// octave.
const BRIGHTNESS: f32 = 0.75;
/// Greatest turn of a partial's place in the stereo image: 0.6 is 34 degrees from the middle.
const SPREAD: f32 = 0.6;
/// The spread grows from none at the first frequency to all at the second: a bass belongs to the
/// middle.
const SPREAD_HZ: (f32, f32) = (60.0, 350.0);

/// What belongs to one voice and not to the controls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dressing {
    /// 0 to 1, 0.5 is neutral.
    pub brightness: f32,
    /// Seconds since the start.
    pub age_s: f32,
    /// Gain of the note's own course: how loud it is at this time of its life, 1 at its loudest.
    pub course: f32,
    /// Gain of a take's level, which is followed at once: an attack that came slowly would be none.
    pub take: f32,
    /// Gain that brought the last frame to its level; 0 before the first.
    pub level: f32,
}

impl Dressing {
    /// Of a note that has not begun.
    pub const FRESH: Self =
        Self { brightness: 0.5, age_s: 0.0, course: 1.0, take: 1.0, level: 0.0 };
}

/// What the dressing has to know of the model that a frame comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    /// Where the model's spectrum ends.
    pub nyquist_hz: f32,
    /// Distance of its bins.
    pub bin_hz: f64,
    /// Linear gain that brings the model's notes to the level of an instrument.
    pub gain: f32,
    /// How far the sliders may go beyond what it has learned, 0 to 1.
    pub reach: f32,
}

/// The level at which a frame of a weighted power is to sound, before the model's own gain, as an
/// amplitude where its magnitude is 1. Real-time safe.
pub(super) fn wanted_level(power: f32, is_even: bool, reach: f32) -> f32 {
    let even = EVEN_RMS / power.max(1e-12).sqrt();
    if is_even {
        even.clamp(NOMINAL * EVEN_MOST.0, NOMINAL * EVEN_MOST.1)
    } else {
        // Beyond what was learned a decoder gives frames of any power; within, their maximum is 1.
        NOMINAL.min(even * (1.0 / reach).exp2())
    }
}

/// What is to be dressed: a frame as it was read, and what it belongs to.
#[derive(Debug)]
pub(super) struct Undressed<'a> {
    pub reading: &'a mut Reading,
    /// The model that the frame comes from.
    pub source: Source,
    /// The note that is heard.
    pub pitch: Pitch,
}

/// Tables shared by all voices.
#[derive(Debug)]
pub(super) struct TimbreTables {
    /// `[partial]`: binary logarithm of its number.
    octave: Vec<f32>,
    /// `[partial]`: where its wandering in the stereo image begins, and how fast it is, both in
    /// turns.
    wander: Vec<(f32, f32)>,
    /// `[synthesis bin]`: weight of its power in the loudness.
    bin_weight: Vec<f32>,
    bin_hz: f32,
    nyquist_hz: f32,
}

impl TimbreTables {
    /// Allocates.
    pub fn new(timing: &Timing) -> Self {
        let bin_hz = timing.bin_hz() as f32;
        let wander = |partial: usize| {
            // The golden ratio puts neighbours on different sides; rates of 0.03 to 0.2 Hz are
            // heard as life, not as a wobble.
            let start = (partial as f32 * 0.618_034).fract();
            (start, 0.115 + 0.085 * random::hash(partial as u64))
        };
        Self {
            octave: (1..=MAX_PARTIALS).map(|h| (h as f32).log2()).collect(),
            wander: (0..MAX_PARTIALS).map(wander).collect(),
            bin_weight: (0..=timing.frame / 2).map(|k| k_weight(k as f32 * bin_hz)).collect(),
            bin_hz,
            nyquist_hz: 0.5 * timing.rate_hz as f32,
        }
    }

    /// Makes a timbre of a reading. Real-time safe.
    pub fn dress(
        &self,
        undressed: Undressed<'_>,
        controls: &CanneControls,
        dressing: &mut Dressing,
        random: &mut Random,
        out: &mut Timbre,
    ) {
        let Undressed { reading, source, pitch } = undressed;
        let count = reading.count.min(MAX_PARTIALS);
        let tilt = |hz: f32| {
            if controls.bass_tilt > 0.0 {
                (controls.bass_tilt * TILT * (1.0 - 2.0 * hz / source.nyquist_hz)).exp()
            } else {
                1.0
            }
        };
        let exponent = (dressing.brightness - 0.5) * 2.0 * BRIGHTNESS;
        let (f0, shift, period) =
            (pitch.f0_hz as f32, pitch.shift_hz as f32, pitch.period_hz as f32);
        let hz_of = |partial: usize| f0 * (partial + 1) as f32;
        let place = |partial: usize| {
            let hz = hz_of(partial) + shift;
            if period > 0.0 { hz.rem_euclid(period) } else { hz }
        };
        let mut power = 0.0;
        for (partial, amplitude) in reading.amplitudes[..count].iter_mut().enumerate() {
            let hz = place(partial);
            let bright =
                if exponent == 0.0 { 1.0 } else { (exponent * self.octave[partial]).exp2() };
            *amplitude *= tilt(hz) * bright * (1.0 + controls.noise * random.bipolar());
            if period > 0.0 && hz_of(partial) >= period {
                *amplitude = 0.0;
            }
            if hz > 0.0 && hz < self.nyquist_hz {
                power += 0.5 * *amplitude * *amplitude * k_weight(hz);
            }
        }
        for (k, variance) in reading.noise.iter_mut().enumerate() {
            let gain = tilt(k as f32 * self.bin_hz);
            *variance *= gain * gain;
            power += *variance * self.bin_weight[k];
        }
        let wanted = wanted_level(power, controls.even_level, source.reach)
            * dressing.course.max(LEAST_COURSE)
            * source.gain;
        let level = if dressing.level > 0.0 {
            dressing.level * (EVEN_FOLLOW * (wanted / dressing.level).ln()).exp()
        } else {
            wanted
        };
        dressing.level = level;
        let level = level * dressing.take;
        let [left, right] = &mut out.partials;
        for (partial, amplitude) in reading.amplitudes[..count].iter().enumerate() {
            let (start, rate) = self.wander[partial];
            let hz = place(partial).abs();
            let spread = ((hz - SPREAD_HZ.0) / (SPREAD_HZ.1 - SPREAD_HZ.0)).clamp(0.0, 1.0)
                * SPREAD
                * controls.width;
            let turn =
                spread * (std::f32::consts::TAU * (start + rate * dressing.age_s).fract()).sin();
            // sqrt 2 cos(45° ± turn): unit power in each channel at the middle, the same power at
            // any place.
            let (sin, cos) = turn.sin_cos();
            left[partial] = amplitude * level * (cos + sin);
            right[partial] = amplitude * level * (cos - sin);
        }
        for list in [left, right] {
            list[count..].fill(0.0);
        }
        for (noise, variance) in out.noise.iter_mut().zip(&reading.noise) {
            *noise = noise_amplitude(*variance) * level;
        }
        (out.count, out.width) = (count, controls.width);
    }
}

/// Weight of a power at a frequency in the loudness: the K-weighting of ITU-R BS.1770-4, as a
/// second-order high-pass at 38 Hz and a shelf of 4 dB around 1.5 kHz (within 0.5 dB of the
/// standard's filters from 30 Hz to 16 kHz).
pub fn k_weight(hz: f32) -> f32 {
    let square = hz * hz;
    let high_pass = square / (square + 38.0 * 38.0);
    let fourth = (square / (1500.0 * 1500.0)).powi(2);
    high_pass * high_pass * (1.0 + 1.512 * fourth / (1.0 + fourth))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudness_weight_is_that_of_the_standard() {
        // The standard's own filters at 48 kHz, evaluated as |H|^2 in dB.
        let biquad = |b: [f64; 3], a: [f64; 3], hz: f64| {
            let w = std::f64::consts::TAU * hz / 48_000.0;
            let size = |c: [f64; 3]| {
                let re = c[0] + c[1] * w.cos() + c[2] * (2.0 * w).cos();
                let im = c[1] * w.sin() + c[2] * (2.0 * w).sin();
                re * re + im * im
            };
            size(b) / size(a)
        };
        for hz in [30.0, 60.0, 100.0, 300.0, 1000.0, 1500.0, 2000.0, 4000.0, 10_000.0, 16_000.0] {
            let shelf = biquad(
                [1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85],
                [1.0, -1.690_659_293_182_41, 0.732_480_774_215_85],
                hz,
            );
            let pass =
                biquad([1.0, -2.0, 1.0], [1.0, -1.990_047_454_833_98, 0.990_072_250_366_21], hz);
            let error = 10.0 * (f64::from(k_weight(hz as f32)) / (shelf * pass)).log10();
            assert!(error.abs() < 0.5, "{hz} Hz: {error} dB");
        }
    }
}
