//! Spectra that the gates are measured on: narrow bands of a whole sound, wide bands over time, and
//! distances.

use crate::measure::{blackman_harris, power_db};
use realfft::RealFftPlanner;
use std::ops::Range;

/// Points of the transform for narrow bands: a bin is 1.3 Hz wide at 44.1 kHz.
const NARROW: usize = 32_768;
/// Between these frequencies narrow bands are told apart.
const NARROW_HZ: (f64, f64) = (100.0, 16_000.0);
/// Points of the transform for wide bands over time.
const WIDE: usize = 8_192;
/// Points and step of the transform for distances.
const DISTANCE: (usize, usize) = (2_048, 4_096);
/// Bins this far below the loudest of two sounds are not compared.
const HEARD_DB: f32 = 60.0;

/// Power spectra of a channel, `[frame][bin]`, windowed, every `step` samples.
fn frames(channel: &[f32], points: usize, step: usize) -> Vec<Vec<f64>> {
    let window = blackman_harris(points);
    let plan = RealFftPlanner::<f64>::new().plan_fft_forward(points);
    let (mut spectrum, mut scratch) = (plan.make_output_vec(), plan.make_scratch_vec());
    let mut padded = channel.to_vec();
    padded.resize(channel.len().max(points), 0.0);
    let frame = |samples: &[f32]| {
        let mut frame: Vec<f64> =
            samples.iter().zip(&window).map(|(x, w)| f64::from(*x) * w).collect();
        // The lengths come from the plan itself.
        let _ = plan.process_with_scratch(&mut frame, &mut spectrum, &mut scratch);
        spectrum.iter().map(|bin| bin.norm_sqr()).collect()
    };
    padded.windows(points).step_by(step).map(frame).collect()
}

/// Edges of bands of 1/`per_octave` octave between two frequencies, in Hz.
fn edges(per_octave: f64, range_hz: (f64, f64)) -> Vec<f64> {
    let (low, high) = range_hz;
    let count = (per_octave * (high / low).log2()) as usize;
    (0..=count).map(|band| low * 2_f64.powf(band as f64 / per_octave)).collect()
}

/// The powers of the bands between `edges` in a spectrum whose bins are `bin_hz` wide; a bin that
/// lies on an edge is shared out.
fn banded(power: &[f64], bin_hz: f64, edges: &[f64]) -> Vec<f64> {
    let band = |from: f64, to: f64| -> f64 {
        let (from, to) = (from / bin_hz + 0.5, to / bin_hz + 0.5);
        let covered = |bin: usize| (to.min(bin as f64 + 1.0) - from.max(bin as f64)).max(0.0);
        (from as usize..=to as usize)
            .map(|bin| power.get(bin).copied().unwrap_or(0.0) * covered(bin))
            .sum()
    };
    edges.windows(2).map(|edge| band(edge[0], edge[1])).collect()
}

/// The centres of the narrow bands, in Hz: 24 an octave.
pub fn narrow_centres() -> Vec<f64> {
    edges(24.0, NARROW_HZ).windows(2).map(|edge| (edge[0] * edge[1]).sqrt()).collect()
}

/// The power of each band of 1/24 octave in decibels below the whole sound, over all channels; -300
/// for silence.
pub fn narrow_shares(channels: &[Vec<f32>], rate_hz: f64) -> Vec<f64> {
    let mut whole = vec![0.0; NARROW / 2 + 1];
    for frame in channels.iter().flat_map(|channel| frames(channel, NARROW, NARROW / 2)) {
        whole.iter_mut().zip(frame).for_each(|(sum, power)| *sum += power);
    }
    shares(&whole, rate_hz)
}

/// The same from moment to moment, `[moment][band]`: in decibels below the whole of each moment,
/// 372 ms apart at 44.1 kHz.
pub fn narrow_moments(channels: &[Vec<f32>], rate_hz: f64) -> Vec<Vec<f64>> {
    let mut moments: Vec<Vec<f64>> = Vec::new();
    for channel in channels {
        let frames = frames(channel, NARROW, NARROW / 2);
        moments.resize(moments.len().max(frames.len()), vec![0.0; NARROW / 2 + 1]);
        for (sum, frame) in moments.iter_mut().zip(frames) {
            sum.iter_mut().zip(frame).for_each(|(sum, power)| *sum += power);
        }
    }
    moments.iter().map(|power| shares(power, rate_hz)).collect()
}

/// The narrow bands of a power spectrum in decibels below the whole of it.
fn shares(power: &[f64], rate_hz: f64) -> Vec<f64> {
    let sum: f64 = power.iter().sum();
    let bands = banded(power, rate_hz / NARROW as f64, &edges(24.0, NARROW_HZ));
    bands.into_iter().map(|power| power_db(power / sum.max(1e-30))).collect()
}

/// Levels of narrow bands, in decibels, summed over the critical band around each: 100 Hz wide,
/// above 500 Hz a third of an octave (after Zwicker 1961).
pub fn critical(shares: &[f64]) -> Vec<f64> {
    let centres = narrow_centres();
    let around = |hz: f64| {
        let wide = (hz * (2_f64.powf(1.0 / 6.0) - 1.0)).max(50.0);
        let inside = centres.iter().zip(shares).filter(|(centre, _)| (**centre - hz).abs() <= wide);
        power_db(inside.map(|(_, share)| 10_f64.powf(share / 10.0)).sum())
    };
    centres.iter().map(|hz| around(*hz)).collect()
}

/// The powers of thirds of octaves over time in decibels, `[frame][band]`, over all channels, in
/// frames of 186 ms at 44.1 kHz.
pub fn thirds(channels: &[Vec<f32>], rate_hz: f64) -> Vec<Vec<f64>> {
    let edges = edges(3.0, (80.0, 14_000.0));
    let all: Vec<Vec<Vec<f64>>> =
        channels.iter().map(|channel| frames(channel, WIDE, WIDE)).collect();
    let count = all.iter().map(Vec::len).min().unwrap_or(0);
    let summed = |frame: usize| {
        let mut sum = vec![0.0; WIDE / 2 + 1];
        all.iter().for_each(|channel| {
            sum.iter_mut().zip(&channel[frame]).for_each(|(sum, power)| *sum += power)
        });
        banded(&sum, rate_hz / WIDE as f64, &edges).into_iter().map(power_db).collect()
    };
    (0..count).map(summed).collect()
}

/// The mean shape of a sound's thirds of octaves between two times in seconds: decibels of the
/// loudest, at least -60.
pub fn shape(channels: &[Vec<f32>], rate_hz: f64, seconds: Range<f64>) -> Vec<f64> {
    let span = (seconds.start * rate_hz) as usize..(seconds.end * rate_hz) as usize;
    let cut: Vec<Vec<f32>> =
        channels.iter().map(|channel| channel.get(span.clone()).unwrap_or(&[]).to_vec()).collect();
    let frames = thirds(&cut, rate_hz);
    let bands = frames.first().map_or(0, Vec::len);
    let mean = |band: usize| {
        let sum: f64 = frames.iter().map(|frame| 10_f64.powf(frame[band] / 10.0)).sum();
        power_db(sum / frames.len().max(1) as f64)
    };
    let shape: Vec<f64> = (0..bands).map(mean).collect();
    let loudest = shape.iter().copied().fold(-200.0, f64::max);
    shape.into_iter().map(|band| (band - loudest).max(-60.0)).collect()
}

/// Root mean square of the differences of two shapes, in decibels, over the bands that either has
/// above -60.
pub fn shape_distance(one: &[f64], other: &[f64]) -> f64 {
    let heard = one.iter().zip(other).filter(|(a, b)| **a > -60.0 || **b > -60.0);
    let (sum, count) =
        heard.fold((0.0, 0usize), |(sum, count), (a, b)| (sum + (a - b).powi(2), count + 1));
    (sum / count.max(1) as f64).sqrt()
}

/// The log spectra by which sounds are compared, `[frame and bin]`, all channels behind each other.
pub fn print(channels: &[Vec<f32>]) -> Vec<f32> {
    let (points, step) = DISTANCE;
    let all = channels.iter().flat_map(|channel| frames(channel, points, step));
    all.flatten().map(|power| power_db(power) as f32).collect()
}

/// Root mean square difference of two log spectra in decibels, once both are equally loud on
/// average; over what is less than 60 dB below the loudest of either. A sound and the same at
/// another level are 0 apart.
pub fn distance(one: &[f32], other: &[f32]) -> f64 {
    let loudest = |print: &[f32]| print.iter().copied().fold(f32::MIN, f32::max);
    let (top_one, top_other) = (loudest(one), loudest(other));
    let heard = |(a, b): &(f32, f32)| *a > -HEARD_DB || *b > -HEARD_DB;
    let pairs = || one.iter().zip(other).map(|(a, b)| (a - top_one, b - top_other)).filter(heard);
    // What is below the floor counts as just that quiet, before and after the levels are made
    // equal.
    let differences = || pairs().map(|(a, b)| f64::from(a.max(-HEARD_DB) - b.max(-HEARD_DB)));
    let count = pairs().count().max(1) as f64;
    let mean = differences().sum::<f64>() / count;
    (differences().map(|difference| (difference - mean).powi(2)).sum::<f64>() / count).sqrt()
}
