//! Another sample rate for whole signals.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};

use crate::{AudioError, Result, whole_rate};

/// Converts a whole signal of one channel from rate `from_hz` to `to_hz`, the filter's delay
/// trimmed off.
///
/// Rates are rounded to whole Hz. The result has `ceil(len * to / from)` samples.
///
/// # Errors
/// A sentence: a rate is not from 1 Hz to 10 MHz, or the ratio is beyond what the resampler
/// supports.
pub fn resample(signal: &[f32], from_hz: f64, to_hz: f64) -> Result<Vec<f32>> {
    let (from, to) = (whole_rate(from_hz)? as usize, whole_rate(to_hz)? as usize);
    if from == to || signal.is_empty() {
        return Ok(signal.to_vec());
    }
    let refused = |error: &dyn std::fmt::Display| {
        AudioError::new(format!(
            "the sound could not be converted from {from} Hz to {to} Hz ({error})"
        ))
    };
    let unit = from / gcd(from, to);
    // The filter's delay is half a block of the output: an even number of units makes it whole, or
    // everything would come half a sample late.
    let units = 1024usize.div_ceil(unit).next_multiple_of(2);
    let mut resampler = Fft::<f32>::new(from, to, units * unit, 1, FixedSync::Both)
        .map_err(|error| refused(&error))?;
    let input = InterleavedSlice::new(signal, 1, signal.len()).map_err(|error| refused(&error))?;
    let output =
        resampler.process_all(&input, signal.len(), None).map_err(|error| refused(&error))?;
    let mut output = output.take_data();
    // The resampler multiplies by a rounded ratio, and may so count one sample too many.
    output.truncate((signal.len() * to).div_ceil(from));
    Ok(output)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn tone(rate_hz: f64) -> Vec<f32> {
        (0..rate_hz as usize)
            .map(|i| (0.5 * (i as f64 * 440.0 * TAU / rate_hz).sin()) as f32)
            .collect()
    }

    #[test]
    fn a_tone_is_the_same_tone_at_the_same_time() {
        for (from, to) in
            [(44_100.0, 48_000.0), (48_000.0, 44_100.0), (96_000.0, 44_100.0), (22_050.0, 48_000.0)]
        {
            let there = resample(&tone(from), from, to).unwrap();
            assert_eq!(there.len() as f64, to);
            let inner = (to as usize / 10)..(to as usize * 9 / 10);
            let wanted = tone(to);
            let worst = inner.map(|i| (there[i] - wanted[i]).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-3, "{from} Hz to {to} Hz: {worst} off");
        }
    }

    #[test]
    fn rates_that_are_none_are_refused() {
        for (from, to) in [(0.0, 48_000.0), (48_000.0, f64::NAN), (1.0e9, 48_000.0)] {
            assert!(resample(&[0.0; 8], from, to).unwrap_err().to_string().contains("10 MHz"));
        }
    }
}
