//! Between the host's sample rate and the model's.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler, WindowFunction};

use super::EngineError;

/// Rates closer than this (0.09 cents) are treated as equal.
const SAME: f64 = 5e-5;
/// Fewest samples in a chunk on its shorter side: the length of the anti-aliasing filter, 21 kHz at 44.1 kHz.
const SHORTEST: usize = 256;
/// Most samples in a chunk on its longer side, which bounds latency and memory under absurd rates.
const LONGEST: usize = 16384;

/// A ratio of sample rates as two chunk lengths of (almost exactly) the same duration.
///
/// Resampling there and back again with the same pair is exact in length, so the host's stream never drifts; only the
/// model's rate is off, by less than 0.09 cents, when the true ratio has no small terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ratio {
    pub host: usize,
    pub model: usize,
}

impl Ratio {
    /// # Errors
    /// When a rate is not a number between 1 kHz and 768 kHz (1 % of tolerance on both ends).
    pub fn new(host_hz: f64, model_hz: f64) -> Result<Self, EngineError> {
        for hz in [host_hz, model_hz] {
            if !(990.0..=776_000.0).contains(&hz) {
                return Err(EngineError::SampleRate { found_hz: hz });
            }
        }
        let (host, model) = exact(host_hz, model_hz).unwrap_or_else(|| approximate(host_hz / model_hz));
        if host == model {
            return Ok(Self { host: 1, model: 1 });
        }
        // Even lengths: half a filter is then whole samples on both sides, and so is the total delay.
        let enough = SHORTEST.div_ceil(host.min(model));
        let room = LONGEST / host.max(model);
        let times = (enough + enough % 2).min(room - room % 2).max(2);
        Ok(Self { host: host * times, model: model * times })
    }

    pub fn is_unity(self) -> bool {
        self.host == self.model
    }

    /// Delay of one conversion by its filter, in host samples.
    pub fn filter_delay(self) -> usize {
        if self.is_unity() { 0 } else { self.host / 2 }
    }

    /// Model samples to wait so that `samples` and the wait together are whole chunks, hence whole host samples.
    pub fn padding(self, samples: usize) -> usize {
        (self.model - samples % self.model) % self.model
    }

    /// Host samples from in to out through a model that delays by `held` of its own samples: those samples where the rates
    /// are equal, and otherwise a chunk to collect, two half filters, and the model's delay made whole chunks.
    pub fn latency(self, held: usize) -> usize {
        if self.is_unity() {
            return held;
        }
        self.host + 2 * self.filter_delay() + (held + self.padding(held)) / self.model * self.host
    }
}

/// The reduced ratio of two whole rates, when its terms make chunks of a usable length.
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
    (terms.0.max(terms.1) <= LONGEST / 4).then_some(terms)
}

/// The fraction with the smallest terms within [`SAME`] of `x` (convergents of its continued fraction).
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

/// One channel's conversion of one chunk length to the other.
pub(super) struct Converter {
    fft: Fft<f32>,
    from: usize,
    to: usize,
}

impl std::fmt::Debug for Converter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Converter({} -> {})", self.from, self.to)
    }
}

impl Converter {
    /// Delays by `from / 2` input samples. Allocates.
    pub fn new(from: usize, to: usize) -> Result<Self, EngineError> {
        let fft = Fft::new_custom(from, to, from, 1, 1, WindowFunction::BlackmanHarris2, FixedSync::Both)
            .map_err(|e| EngineError::Resampler(e.to_string()))?;
        let (found_in, found_out) = (fft.input_frames_max(), fft.output_frames_max());
        // The least chunk of reduced terms may be shorter than asked for; whole multiples are needed.
        if !from.is_multiple_of(found_in)
            || !to.is_multiple_of(found_out)
            || from / found_in != to / found_out
            || from != found_in
        {
            return Err(EngineError::Resampler(format!(
                "expected chunks of {from} to {to}, found {found_in} to {found_out}"
            )));
        }
        Ok(Self { fft, from, to })
    }

    pub fn reset(&mut self) {
        self.fft.reset();
    }

    /// Converts exactly one chunk. Real-time safe.
    pub fn process(&mut self, input: &[f32], output: &mut [f32]) {
        let (from, to) = (self.from, self.to);
        let done = SequentialSlice::new(&input[..from], 1, from).is_ok_and(|input| {
            SequentialSlice::new_mut(&mut output[..to], 1, to)
                .is_ok_and(|mut out| self.fft.process_into_buffer(&input, &mut out, None).is_ok())
        });
        debug_assert!(done, "buffer lengths are fixed");
        if !done {
            output.fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_rates_have_exact_ratios() {
        for (host, model, expected) in [
            (44_100.0, 44_100.0, (1, 1)),
            (48_000.0, 44_100.0, (320, 294)),
            (96_000.0, 44_100.0, (640, 294)),
            (192_000.0, 44_100.0, (1280, 294)),
            (44_100.0, 22_050.0, (512, 256)),
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
                assert!(r.host.max(r.model) <= 4 * LONGEST, "{hz} {model} {r:?}");
                assert!(r.is_unity() || (r.host.is_multiple_of(2) && r.model.is_multiple_of(2)));
            }
            hz *= 1.0137;
        }
        assert!(Ratio::new(f64::NAN, 44_100.0).is_err());
        assert!(Ratio::new(0.0, 44_100.0).is_err());
    }

    #[test]
    fn there_and_back_is_a_delay_of_two_half_chunks_exactly() {
        for (host_hz, model_hz) in
            [(48_000.0, 44_100.0), (96_000.0, 22_050.0), (44_100.0, 48_000.0), (1234.5678, 44_100.0)]
        {
            let r = Ratio::new(host_hz, model_hz).unwrap();
            let mut down = Converter::new(r.host, r.model).unwrap();
            let mut up = Converter::new(r.model, r.host).unwrap();
            let chunks = 6;
            // A band-limited pulse, well below both Nyquist frequencies.
            let width = 12.0 * (r.host as f64 / r.model as f64).max(1.0);
            let at = r.host as f64 * 2.3;
            let input: Vec<f32> =
                (0..r.host * chunks).map(|i| (-((i as f64 - at.round()) / width).powi(2)).exp() as f32).collect();
            let mut output = vec![0.0; input.len()];
            let mut mid = vec![0.0; r.model];
            for (i, o) in input.chunks(r.host).zip(output.chunks_mut(r.host)) {
                down.process(i, &mut mid);
                up.process(&mid, o);
            }
            let delay = 2 * r.filter_delay();
            let worst = input.iter().zip(&output[delay..]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-4, "{host_hz} {model_hz} {worst}");
        }
    }
}
