//! Between the host's sample rate and the model's: a polyphase filter with as many phases as the
//! ratio of the rates has.
//!
//! A sample leaves as soon as the filter has heard half its length beyond it. Nothing is collected
//! to chunks, so that the way there and back costs little more than one filter's length.

use super::simd::vectorised;
use super::vector::{LANES, dot};

/// Rates closer than this (0.09 cents) are treated as equal.
const SAME: f64 = 5e-5;
/// The largest term of an exact ratio, which bounds the number of phases under absurd rates.
const MOST: usize = 4096;
/// Shape of the Kaiser window: sidelobes below -90 dB.
const BETA: f64 = 9.0;

/// A rate that no sound has.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "expected a sample rate between 1 kHz and 768 kHz, found {found_hz} Hz; nothing was changed"
)]
pub(crate) struct RateError {
    /// The rate asked for.
    pub found_hz: f64,
}

/// A ratio of sample rates in whole numbers without a common divisor: so many host samples last as
/// long as so many of the model's.
///
/// Going there and back again with the same pair is exact in length, so the host's stream never
/// drifts; only the model's rate is off, by less than 0.09 cents, when the true ratio has no small
/// terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ratio {
    pub host: usize,
    pub model: usize,
}

impl Ratio {
    /// # Errors
    /// When a rate is NaN or not between 1 kHz and 768 kHz (1 % of tolerance on both ends).
    pub fn new(host_hz: f64, model_hz: f64) -> Result<Self, RateError> {
        for hz in [host_hz, model_hz] {
            if !(990.0..=776_000.0).contains(&hz) {
                return Err(RateError { found_hz: hz });
            }
        }
        let (host, model) =
            exact(host_hz, model_hz).unwrap_or_else(|| approximate(host_hz / model_hz));
        Ok(Self { host, model })
    }

    pub fn is_unity(self) -> bool {
        self.host == self.model
    }

    /// The least whole number of host samples that last as long as `samples` of the model's.
    pub fn in_host(self, samples: usize) -> usize {
        samples.saturating_mul(self.host).div_ceil(self.model)
    }

    /// The least whole number of model samples that last as long as `samples` of the host's.
    pub fn in_model(self, samples: usize) -> usize {
        samples.saturating_mul(self.model).div_ceil(self.host)
    }
}

/// The reduced ratio of two whole rates, when its terms are small enough.
fn exact(host_hz: f64, model_hz: f64) -> Option<(usize, usize)> {
    let (a, b) = (host_hz.round(), model_hz.round());
    if a != host_hz || b != model_hz {
        return None;
    }
    let (mut divisor, mut rest) = (a as usize, b as usize);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    let terms = (a as usize / divisor, b as usize / divisor);
    (terms.0.max(terms.1) <= MOST).then_some(terms)
}

/// The fraction with the smallest terms within [`SAME`] of `x` (convergents of its continued
/// fraction).
fn approximate(x: f64) -> (usize, usize) {
    let (mut h, mut k) = ((1.0, (x + 1e-6).floor()), (0.0, 1.0));
    let mut rest = x;
    // A term that is a whole number but for rounding counts as that number.
    let whole = |v: f64| (v + 1e-6).floor();
    for _ in 0..24 {
        if k.1 > 0.0 && h.1 > 0.0 && ((h.1 / k.1) / x - 1.0).abs() < SAME {
            break;
        }
        rest = 1.0 / (rest - whole(rest)).max(1e-12);
        let a = whole(rest);
        h = (h.1, a * h.1 + h.0);
        k = (k.1, a * k.1 + k.0);
    }
    (h.1 as usize, k.1 as usize)
}

/// One channel's newest samples, with their places in the stream. Before sample 0 there is silence.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    buffer: Vec<f32>,
    /// The place of the buffer's first sample.
    start: i64,
    len: usize,
    /// Samples that stay when new ones come.
    kept: usize,
    /// The place behind the last sample that is not silence: a filter that begins there or later
    /// gives silence.
    sounds_to: i64,
}

impl Line {
    /// Keeps the last `kept` samples beside the newest push of at most `most`. Allocates.
    pub fn new(kept: usize, most: usize) -> Self {
        Self {
            buffer: vec![0.0; 2 * (kept + most)],
            start: -(kept as i64),
            len: kept,
            kept,
            sounds_to: -(kept as i64),
        }
    }

    pub fn reset(&mut self) {
        self.buffer.fill(0.0);
        (self.start, self.len) = (-(self.kept as i64), self.kept);
        self.sounds_to = self.start;
    }

    /// Appends samples; `None` is silence. Real-time safe.
    pub fn push(&mut self, samples: Option<&[f32]>, n: usize) {
        if self.len + n > self.buffer.len() {
            let from = self.len - self.kept;
            self.buffer.copy_within(from..self.len, 0);
            self.start += from as i64;
            self.len = self.kept;
        }
        let room = &mut self.buffer[self.len..self.len + n];
        match samples {
            Some(samples) => {
                room.copy_from_slice(&samples[..n]);
                if let Some(last) = room.iter().rposition(|x| *x != 0.0) {
                    self.sounds_to = self.start + (self.len + last + 1) as i64;
                }
            }
            None => room.fill(0.0),
        }
        self.len += n;
    }

    /// `width` samples from place `from` on; none when they lie before everything that is kept,
    /// where there is silence.
    fn window(&self, from: i64, width: usize) -> Option<&[f32]> {
        let from = usize::try_from(from - self.start).ok()?;
        let window = self.buffer[..self.len].get(from..from + width);
        debug_assert!(window.is_some(), "samples {from}..{} of {}", from + width, self.len);
        window
    }
}

/// A windowed sinc, sampled at every phase that samples of one rate can have between those of the
/// other.
#[derive(Debug)]
pub(crate) struct Kernel {
    /// `[phase][tap]`; each phase adds up to one. The first taps are 0 where that makes the width
    /// whole lanes.
    taps: Vec<f32>,
    width: usize,
    half: usize,
    /// Old samples for `phases` new ones.
    step: i64,
    phases: i64,
}

impl Kernel {
    /// From a rate to another of which `to` samples last as long as `from` of the first, with
    /// `crossings` zero crossings of the lower rate's sinc on each side. Allocates.
    pub fn new(from: usize, to: usize, crossings: usize) -> Self {
        let spread = (from as f64 / to as f64).max(1.0);
        let half = (crossings as f64 * spread).ceil() as usize;
        let width = (2 * half).next_multiple_of(LANES);
        // Kaiser's formula for the width of the slope, most of which lies below the Nyquist
        // frequency.
        let slope = (BETA / 0.1102 + 8.7 - 8.0) / (14.36 * 2.0 * crossings as f64);
        let cutoff = (1.0 - 0.56 * slope) / spread;
        let mut taps = vec![0.0; to * width];
        let mut exact = vec![0.0; width];
        for (phase, taps) in taps.chunks_exact_mut(width).enumerate() {
            let place = phase as f64 / to as f64;
            for (k, tap) in exact.iter_mut().enumerate() {
                let t = place - (k as f64 - (width - half) as f64 + 1.0);
                *tap = sinc(cutoff * t) * kaiser(t / half as f64);
            }
            let sum: f64 = exact.iter().sum();
            taps.iter_mut().zip(&exact).for_each(|(out, tap)| *out = (tap / sum) as f32);
        }
        Self { taps, width, half, step: from as i64, phases: to as i64 }
    }

    /// Old samples that must be heard after the one at which a new sample stands.
    pub fn half(&self) -> usize {
        self.half
    }

    /// Old samples that one new sample is made of, at the most.
    pub fn width(&self) -> usize {
        self.width
    }

    /// New samples that can be made of `heard` old ones when the first stands at the first.
    /// Real-time safe.
    pub fn ready(&self, heard: u64) -> u64 {
        (heard.saturating_sub(self.half as u64) * self.phases as u64).div_ceil(self.step as u64)
    }

    /// Makes new samples, the first of which stands at `place` / phases old samples. Real-time
    /// safe.
    pub fn convert(&self, line: &Line, place: i64, out: &mut [f32]) {
        vectorised!(avx2: Kernel::fill(
            kernel: &Kernel = self,
            line: &Line = line,
            place: i64 = place,
            out: &mut [f32] = out,
        ));
    }

    #[inline(always)]
    fn fill(&self, line: &Line, place: i64, out: &mut [f32]) {
        let before = (self.width - self.half) as i64;
        // One division for all: from one new sample to the next the place moves by whole old
        // samples and phases.
        let (mut at, mut phase) = (place.div_euclid(self.phases), place.rem_euclid(self.phases));
        let (whole, part) = (self.step / self.phases, self.step % self.phases);
        for y in out {
            let taps = &self.taps[phase as usize * self.width..][..self.width];
            let from = at - before + 1;
            *y = if from >= line.sounds_to {
                0.0
            } else {
                line.window(from, self.width).map_or(0.0, |window| dot(window, taps))
            };
            (at, phase) = (at + whole, phase + part);
            if phase >= self.phases {
                (at, phase) = (at + 1, phase - self.phases);
            }
        }
    }
}

/// sin πx / πx.
pub(crate) fn sinc(x: f64) -> f64 {
    let x = std::f64::consts::PI * x;
    if x.abs() < 1e-9 { 1.0 } else { x.sin() / x }
}

/// Kaiser's window but for its scale: 1 at both ends, 0 beyond -1 and 1.
fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 { 0.0 } else { bessel(BETA * (1.0 - x * x).sqrt()) }
}

/// The modified Bessel function of the first kind and order 0, by its series.
fn bessel(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..64 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
        if term < 1e-17 * sum {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_rates_have_exact_ratios() {
        for (host, model, expected) in [
            (44_100.0, 44_100.0, (1, 1)),
            (48_000.0, 44_100.0, (160, 147)),
            (96_000.0, 44_100.0, (320, 147)),
            (192_000.0, 44_100.0, (640, 147)),
            (44_100.0, 22_050.0, (2, 1)),
        ] {
            let r = Ratio::new(host, model).unwrap();
            assert_eq!((r.host, r.model), expected, "{host} {model}");
        }
    }

    #[test]
    fn any_rate_has_a_ratio_within_a_tenth_of_a_cent_and_bounded_terms() {
        let mut hz = 1000.0;
        while hz < 768_000.0 {
            for model in [22_050.0, 44_100.0, 48_000.0] {
                let r = Ratio::new(hz, model).unwrap();
                let cents = 1200.0 * ((r.host as f64 / r.model as f64) / (hz / model)).log2();
                assert!(cents.abs() < 0.1, "{hz} {model} {r:?} {cents}");
                assert!(r.host.max(r.model) <= 4 * MOST, "{hz} {model} {r:?}");
            }
            hz *= if cfg!(miri) { 1.937 } else { 1.0137 };
        }
        assert!(Ratio::new(f64::NAN, 44_100.0).is_err());
        assert!(Ratio::new(0.0, 44_100.0).is_err());
    }

    /// The level of a sine of `frequency` (1 is the old rate) after conversion, as a factor, and
    /// what else is heard.
    fn response(kernel: &Kernel, from: usize, to: usize, frequency: f64) -> (f64, f64) {
        let n = if cfg!(miri) { 1_000 } else { 40_000 };
        let sine: Vec<f32> =
            (0..n).map(|i| (std::f64::consts::TAU * frequency * i as f64).sin() as f32).collect();
        let mut line = Line::new(0, n);
        line.push(Some(&sine), n);
        let count = n / 10 * to / from.max(to);
        let first = (n / 2 * to / from) as i64;
        let mut out = vec![0.0; count];
        kernel.convert(&line, first * from as i64, &mut out);
        // Least squares of a sine and a cosine; the rest is error.
        let angle = |j: usize| {
            std::f64::consts::TAU * frequency * (first as f64 + j as f64) * from as f64 / to as f64
        };
        let (mut ss, mut cc, mut sc, mut ys, mut yc) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (j, y) in out.iter().enumerate() {
            let (s, c) = angle(j).sin_cos();
            (ss, cc, sc) = (ss + s * s, cc + c * c, sc + s * c);
            (ys, yc) = (ys + s * f64::from(*y), yc + c * f64::from(*y));
        }
        let det = ss * cc - sc * sc;
        let (a, b) = ((ys * cc - yc * sc) / det, (yc * ss - ys * sc) / det);
        let error: f64 = out
            .iter()
            .enumerate()
            .map(|(j, y)| {
                let (s, c) = angle(j).sin_cos();
                (f64::from(*y) - a * s - b * c).powi(2)
            })
            .sum();
        (a.hypot(b), (error / count as f64).sqrt())
    }

    #[test]
    fn silence_is_what_the_filter_makes_of_it() {
        let len = if cfg!(miri) { 450 } else { 3_000 };
        let ratios = [(1, 2), (160, 147), (147, 160), (640, 147)];
        for (from, to) in ratios.into_iter().take(if cfg!(miri) { 1 } else { 4 }) {
            let kernel = Kernel::new(from, to, 32);
            let mut sound: Vec<f32> = (0..len / 5).map(|i| (i as f32 * 0.7).sin()).collect();
            sound.resize(len, 0.0);
            sound[2 * len / 3] = -0.5;
            let mut line = Line::new(kernel.width(), len);
            line.push(Some(&sound), len);
            let mut out = vec![f32::NAN; (len - kernel.width()) * to / from];
            kernel.convert(&line, 0, &mut out);
            let mut plain = vec![0.0; out.len()];
            // The same without knowing where the sound ends.
            line.sounds_to = i64::MAX;
            kernel.convert(&line, 0, &mut plain);
            assert!(out.iter().zip(&plain).all(|(a, b)| a.to_bits() == b.to_bits()), "{from}:{to}");
            assert!(out.last().is_some_and(|y| *y == 0.0));
        }
    }

    #[test]
    fn the_band_passes_and_what_lies_beyond_both_nyquist_frequencies_does_not() {
        let ratios = [(2, 1), (1, 2), (160, 147), (147, 160), (640, 147), (147, 640)];
        for crossings in [32, 64] {
            for (from, to) in ratios.into_iter().take(if cfg!(miri) { 1 } else { 6 }) {
                let kernel = Kernel::new(from, to, crossings);
                let lower = (to as f64 / from as f64).min(1.0);
                let edge = if crossings == 32 { 0.42 } else { 0.455 };
                for part in [0.2, 0.01, 0.7, 1.0].into_iter().take(if cfg!(miri) { 1 } else { 4 }) {
                    let (level, error) = response(&kernel, from, to, part * edge * lower);
                    assert!((level - 1.0).abs() < 3e-3, "{from}:{to} {crossings} {part}: {level}");
                    assert!(error < 5e-5, "{from}:{to} {crossings} {part}: {error}");
                }
                if from > to {
                    let (level, error) = response(&kernel, from, to, 0.53 * lower);
                    assert!(
                        level < 1e-3 && error < 1e-3,
                        "{from}:{to} {crossings}: {level} {error}"
                    );
                }
            }
        }
    }
}
