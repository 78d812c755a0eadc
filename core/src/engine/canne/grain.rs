//! Partials and noise to samples: one synthesis frame.
//!
//! A partial is added to the spectrum of a frame as the transform of a Blackman-Harris window, eight bins wide with side
//! lobes below -92 dB; one inverse FFT then makes the samples of all partials at once, which are given the shape of a Hann
//! window of half the frame's length, whose shifted sums are flat. Rodet & Depalle, *Spectral Envelopes and Inverse FFT
//! Synthesis* (AES 1992). A partial of constant frequency and amplitude comes out as an exact sine.

use std::f64::consts::{PI, TAU};
use std::sync::Arc;

use realfft::{ComplexToReal, RealFftPlanner};

use super::random::Random;
use super::timing::Timing;
use crate::Complex32;
use crate::signal::simd::vectorised;

/// Bins that a partial's lobe covers.
const TAPS: usize = 8;
/// Places of a lobe between two bins, read with linear interpolation: 512 leave an error below -100
/// dB.
const PLACES: usize = 512;
/// Bins kept on either side of the spectrum for lobes that reach beyond it.
const MARGIN: usize = TAPS;
/// Coefficients of the four-term Blackman-Harris window with a side lobe level of -92 dB (Harris 1978).
const BLACKMAN_HARRIS: [f64; 4] = [0.358_75, 0.488_29, 0.141_28, 0.011_68];
/// Random phases kept ready, for each bin of a frame; each frame begins somewhere in them.
const PHASES: usize = 12;

/// The lobe tables, FFT and scratch of the synthesis frames, shared by all voices.
pub(super) struct Grain {
    inverse: Arc<dyn ComplexToReal<f32>>,
    frame: usize,
    /// `[place][tap]`, the half amplitude of the window's transform around the tap; signs alternate
    /// for the frame's centre.
    lobes: Vec<[f32; TAPS]>,
    /// Hann divided by Blackman-Harris over the middle half of the frame, `[frame / 2]`.
    shape: Vec<f32>,
    /// Spectrum as `[left re, left im, right re, right im][MARGIN + bin]`.
    sums: [Vec<f32>; 4],
    /// Random unit phasors, `[re, im][i]`.
    phases: [Vec<f32>; 2],
    spectrum: Vec<Complex32>,
    time: Vec<f32>,
    scratch: Vec<Complex32>,
}

/// Phasors of a frame's centre: the fundamental's, the shift's and the wrap's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phasors {
    /// Added for each further partial.
    pub step: Complex32,
    /// Phase of partial 0: the shift's.
    pub start: Complex32,
    /// Added where a partial is moved down by one period of a circular shift.
    pub down: Complex32,
}

/// Where the partials of a frame lie, in synthesis bins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comb {
    /// Distance between partials.
    pub step: f32,
    /// Place of partial 0: the shift.
    pub shift: f32,
    /// Period of a circular shift; 0 when it is not circular.
    pub period: f32,
    /// Partials fade in from `low` to twice that: nothing below is sound.
    pub low: f32,
    /// Partials fade out from `high` to 17/16 of it.
    pub high: f32,
    /// Gains of the channels.
    pub gains: [f32; 2],
}

impl Grain {
    pub fn new(timing: &Timing) -> Self {
        let n = timing.frame;
        let inverse = RealFftPlanner::new().plan_fft_inverse(n);
        let lobes = (0..=PLACES).map(|place| lobe(place as f64 / PLACES as f64)).collect();
        let shape = (n / 4..n / 4 * 3)
            .map(|i| {
                let angle = TAU * i as f64 / n as f64;
                let [a, b, c, d] = BLACKMAN_HARRIS;
                let window =
                    a - b * angle.cos() + c * (2.0 * angle).cos() - d * (3.0 * angle).cos();
                ((PI * (i - n / 4) as f64 / (n / 2) as f64).sin().powi(2) / window) as f32
            })
            .collect();
        let mut random = Random::new(0x5eed);
        let angles: Vec<f32> =
            (0..PHASES * (n / 2 + 1)).map(|_| random.bipolar() * std::f32::consts::PI).collect();
        Self {
            frame: n,
            lobes,
            shape,
            sums: std::array::from_fn(|_| vec![0.0; n / 2 + 1 + 2 * MARGIN]),
            phases: [
                angles.iter().map(|a| a.cos()).collect(),
                angles.iter().map(|a| a.sin()).collect(),
            ],
            spectrum: vec![Complex32::default(); n / 2 + 1],
            time: vec![0.0; n],
            scratch: vec![Complex32::default(); inverse.get_scratch_len()],
            inverse,
        }
    }

    /// Begins a frame. Real-time safe.
    pub fn begin(&mut self) {
        self.sums.iter_mut().for_each(|s| s.fill(0.0));
    }

    /// Adds partials 1, 2, ... with these amplitudes, `[left, right][partial]`. Real-time safe.
    pub fn add_partials(&mut self, comb: &Comb, phasors: &Phasors, amplitudes: [&[f32]; 2]) {
        vectorised!(avx2: Grain::partials(
            grain: &mut Grain = self,
            comb: &Comb = comb,
            phasors: &Phasors = phasors,
            amplitudes: [&[f32]; 2] = amplitudes,
        ));
    }

    #[inline(always)]
    fn partials(&mut self, comb: &Comb, phasors: &Phasors, amplitudes: [&[f32]; 2]) {
        let top = (self.frame / 2) as f32;
        let mut turn = phasors.start;
        let mut place = comb.shift;
        let [left, right] = amplitudes;
        let [left_re, left_im, right_re, right_im] = &mut self.sums;
        for (i, (&left, &right)) in left.iter().zip(right).enumerate() {
            turn = rotate(turn, phasors.step);
            if i % 64 == 63 {
                // Rounding shrinks or grows the phasor; one step of Newton's method puts it back on
                // the circle.
                let scale = 1.5 - 0.5 * turn.norm_sqr();
                turn = Complex32::new(turn.re * scale, turn.im * scale);
            }
            place += comb.step;
            let (mut at, mut phasor) = (place, turn);
            if comb.period > 0.0 {
                if at >= comb.period {
                    (at, phasor) = (at - comb.period, rotate(turn, phasors.down));
                } else if at < 0.0 {
                    (at, phasor) = (at + comb.period, rotate(turn, phasors.down.conj()));
                }
            }
            let fade = ((at - comb.low) / comb.low).clamp(0.0, 1.0)
                * (17.0 - 16.0 * at / comb.high).clamp(0.0, 1.0);
            let (left, right) = (left * fade * comb.gains[0], right * fade * comb.gains[1]);
            if left.max(right) < 1e-9 || at >= top {
                continue;
            }
            let bin = at as usize;
            let fine = (at - bin as f32) * PLACES as f32;
            let row = (fine as usize).min(PLACES - 1);
            let between = fine - row as f32;
            // The frame's centre is half a turn away from its start in every odd bin.
            let sign = if bin.is_multiple_of(2) { 1.0 } else { -1.0 };
            let (re, im) = (phasor.re * sign, phasor.im * sign);
            let mut taps = self.lobes[row];
            for (tap, next) in taps.iter_mut().zip(&self.lobes[row + 1]) {
                *tap += (next - *tap) * between;
            }
            let from = bin + MARGIN - (TAPS / 2 - 1);
            for (sums, value) in [
                (&mut *left_re, re * left),
                (&mut *left_im, im * left),
                (&mut *right_re, re * right),
                (&mut *right_im, im * right),
            ] {
                if let Some(sums) = sums[from..].first_chunk_mut::<TAPS>() {
                    for (sum, tap) in sums.iter_mut().zip(&taps) {
                        *sum += value * tap;
                    }
                }
            }
        }
    }

    /// Adds noise of these amplitudes, `[bin]`; `width` 0 to 1 makes the channels differ. Real-time
    /// safe.
    pub fn add_noise(&mut self, amplitudes: &[f32], random: &mut Random, width: f32) {
        let bins = self.spectrum.len().min(amplitudes.len());
        let bits = random.bits() as usize;
        let most = self.phases[0].len() - bins;
        let (one, other) = (bits % most, (bits >> 24) % most);
        // Middle and side are independent; their powers add up to that of one.
        let side = 0.5 * width.min(1.0);
        let middle = (1.0 - side * side).sqrt();
        let [left_re, left_im, right_re, right_im] = &mut self.sums;
        for (sums, phases) in
            [([left_re, right_re], &self.phases[0]), ([left_im, right_im], &self.phases[1])]
        {
            let [left, right] = sums;
            let both = left[MARGIN..].iter_mut().zip(&mut right[MARGIN..]);
            let phases = phases[one..].iter().zip(&phases[other..]);
            for (((left, right), (m, s)), amplitude) in both.zip(phases).zip(&amplitudes[..bins]) {
                *left += amplitude * (m * middle + s * side);
                *right += amplitude * (m * middle - s * side);
            }
        }
    }

    /// Ends a frame: adds its samples to `out`, `[left, right][frame / 2]`. Real-time safe.
    pub fn finish(&mut self, out: [&mut [f32]; 2]) {
        let last = self.frame / 2;
        for (channel, out) in out.into_iter().enumerate() {
            let (re, im) = self.sums[channel * 2..channel * 2 + 2].split_at_mut(1);
            let (re, im) = (&mut re[0], &mut im[0]);
            // Lobes that reach beyond an end of the spectrum are those of the mirrored partial,
            // conjugated.
            for i in 1..MARGIN {
                re[MARGIN + i] += re[MARGIN - i];
                im[MARGIN + i] -= im[MARGIN - i];
                re[MARGIN + last - i] += re[MARGIN + last + i];
                im[MARGIN + last - i] -= im[MARGIN + last + i];
            }
            for (x, (re, im)) in
                self.spectrum.iter_mut().zip(re[MARGIN..].iter().zip(&im[MARGIN..]))
            {
                *x = Complex32::new(*re, *im);
            }
            self.spectrum[0] = Complex32::new(2.0 * self.spectrum[0].re, 0.0);
            self.spectrum[last] = Complex32::new(2.0 * self.spectrum[last].re, 0.0);
            // The lengths are right by construction; were they ever not, silence is the safe
            // answer.
            if self
                .inverse
                .process_with_scratch(&mut self.spectrum, &mut self.time, &mut self.scratch)
                .is_err()
            {
                return;
            }
            let middle = &self.time[self.frame / 4..];
            for ((out, x), shape) in out.iter_mut().zip(middle).zip(&self.shape) {
                *out += x * shape;
            }
        }
    }
}

/// The amplitude of a noise's bin that has this variance. See [`Grain::add_noise`].
///
/// A bin and its mirror image have twice its square; the squared shapes of the frames that overlap
/// add up to one on average.
pub(super) fn noise_amplitude(variance: f32) -> f32 {
    (0.5 * variance).sqrt()
}

#[inline(always)]
fn rotate(a: Complex32, b: Complex32) -> Complex32 {
    Complex32::new(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)
}

/// Half the transform of the window around a partial that lies `place` (0 to 1) above bin 3 of the
/// eight, with the signs that move the window's centre to the frame's.
fn lobe(place: f64) -> [f32; TAPS] {
    let centre = TAPS as f64 / 2.0 - 1.0;
    std::array::from_fn(|tap| {
        let x = tap as f64 - centre - place;
        let sign = if tap % 2 == 1 { 1.0 } else { -1.0 };
        // Sum of shifted sincs; the alternating signs of the window's terms vanish with its centre
        // as origin.
        let sinc = |x: f64| if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) };
        let [a, b, c, d] = BLACKMAN_HARRIS;
        let pair = |k: f64| 0.5 * (sinc(x - k) + sinc(x + k));
        (0.5 * sign * (a * sinc(x) + b * pair(1.0) + c * pair(2.0) + d * pair(3.0))) as f32
    })
}
