//! Curves of a device and its model.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use crate::profile::check::energy;

/// A point of a curve.
pub type Point = (f64, f64);

/// Everything that is drawn.
#[derive(Clone, Debug, Default)]
pub struct Curves {
    /// ESR over time, in seconds.
    pub time: Vec<Point>,
    /// ESR by the target's level, in dB.
    pub level: Vec<Point>,
    /// ESR by frequency, in Hz.
    pub frequency: Vec<Point>,
    /// Mean output by input sample: device, model.
    pub transfer: [Vec<Point>; 2],
    /// Output level by input level over 20 ms, in dB: device, model.
    pub gain: [Vec<Point>; 2],
}

/// Points of the transform for errors by frequency.
const FFT: usize = 4096;
/// Steps of the curve of samples.
const STEPS: usize = 61;

impl Curves {
    /// Of an input, what the device made of it and what the model did.
    pub fn of(input: &[f32], device: &[f32], model: &[f32], rate_hz: f64) -> Curves {
        Curves {
            time: Vec::new(),
            level: by_level(device, model, rate_hz),
            frequency: by_frequency(device, model, rate_hz),
            transfer: [transfer(input, device), transfer(input, model)],
            gain: [levels(input, device, rate_hz), levels(input, model, rate_hz)],
        }
    }
}

fn apart(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum()
}

fn decibels(mean_square: f64) -> f64 {
    10.0 * mean_square.max(1e-12).log10()
}

fn by_level(device: &[f32], model: &[f32], rate_hz: f64) -> Vec<Point> {
    let window = ((0.02 * rate_hz) as usize).max(1);
    let mut bins = [(0.0f64, 0.0f64); 20];
    for (t, y) in device.chunks_exact(window).zip(model.chunks_exact(window)) {
        let db = decibels(energy(t) / window as f64);
        let bin = (-db / 5.0).floor();
        if (0.0..bins.len() as f64).contains(&bin) {
            let bin = &mut bins[bin as usize];
            bin.0 += apart(y, t);
            bin.1 += energy(t);
        }
    }
    let point =
        |(i, (e, s)): (usize, &(f64, f64))| (*s > 0.0).then(|| (-5.0 * i as f64 - 2.5, e / s));
    let mut out: Vec<Point> = bins.iter().enumerate().filter_map(point).collect();
    out.reverse();
    out
}

fn by_frequency(device: &[f32], model: &[f32], rate_hz: f64) -> Vec<Point> {
    let plan = RealFftPlanner::<f32>::new().plan_fft_forward(FFT);
    let (mut time, mut spectrum) = (plan.make_input_vec(), plan.make_output_vec());
    let mut sums = vec![(0.0f64, 0.0f64); FFT / 2 + 1];
    let mut power = |x: &mut dyn Iterator<Item = f32>, spectrum: &mut Vec<Complex<f32>>| {
        for (i, (t, x)) in time.iter_mut().zip(x).enumerate() {
            let w = 0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / FFT as f32).cos();
            *t = w * x;
        }
        // Lengths are those of the plan, so this cannot fail.
        let _ = plan.process(&mut time, spectrum);
    };
    for (t, y) in device.chunks_exact(FFT).zip(model.chunks_exact(FFT)) {
        power(&mut t.iter().copied(), &mut spectrum);
        for (s, v) in sums.iter_mut().zip(&spectrum) {
            s.1 += f64::from(v.norm_sqr());
        }
        power(&mut t.iter().zip(y).map(|(t, y)| y - t), &mut spectrum);
        for (s, v) in sums.iter_mut().zip(&spectrum) {
            s.0 += f64::from(v.norm_sqr());
        }
    }
    // Thirds of an octave from 40 Hz.
    let mut out = Vec::new();
    let third = 2f64.powf(1.0 / 3.0);
    let mut low = 40.0;
    while low * third < 0.5 * rate_hz {
        let bins = (low * FFT as f64 / rate_hz).round() as usize
            ..(low * third * FFT as f64 / rate_hz).round() as usize;
        let (e, s) = sums[bins.clone()].iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        if s > 0.0 {
            out.push((low * third.sqrt(), e / s));
        }
        low *= third;
    }
    out
}

fn transfer(input: &[f32], output: &[f32]) -> Vec<Point> {
    let top = input.iter().fold(0.0f32, |m, x| m.max(x.abs())).max(1e-6);
    let mut bins = vec![(0.0f64, 0usize); STEPS];
    for (x, y) in input.iter().zip(output) {
        let at = ((x / top + 1.0) * 0.5 * (STEPS - 1) as f32).round() as usize;
        bins[at.min(STEPS - 1)].0 += f64::from(*y);
        bins[at.min(STEPS - 1)].1 += 1;
    }
    let place = |i: usize| f64::from(top) * (2.0 * i as f64 / (STEPS - 1) as f64 - 1.0);
    bins.iter()
        .enumerate()
        .filter(|(_, b)| b.1 > 8)
        .map(|(i, b)| (place(i), b.0 / b.1 as f64))
        .collect()
}

fn levels(input: &[f32], output: &[f32], rate_hz: f64) -> Vec<Point> {
    let window = ((0.02 * rate_hz) as usize).max(1);
    let mut bins = vec![(0.0f64, 0usize); 35];
    for (x, y) in input.chunks_exact(window).zip(output.chunks_exact(window)) {
        let (a, b) = (decibels(energy(x) / window as f64), decibels(energy(y) / window as f64));
        let bin = (-a / 2.0).floor();
        if (0.0..bins.len() as f64).contains(&bin) {
            bins[bin as usize].0 += b;
            bins[bin as usize].1 += 1;
        }
    }
    let mut out: Vec<Point> = bins
        .iter()
        .enumerate()
        .filter(|(_, b)| b.1 > 1)
        .map(|(i, b)| (-2.0 * i as f64 - 1.0, b.0 / b.1 as f64))
        .collect();
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_of_a_known_device_are_those() {
        let input: Vec<f32> = (0..200_000)
            .map(|i| (i as f32 * 0.07).sin() * (0.02 + 0.9 * (i as f32 / 200_000.0)))
            .collect();
        let device: Vec<f32> = input.iter().map(|x| (3.0 * x).tanh()).collect();
        let model: Vec<f32> = device.iter().map(|y| 0.9 * y).collect();
        let c = Curves::of(&input, &device, &model, 44_100.0);
        assert!(
            c.level.len() > 2 && c.level.iter().all(|p| (p.1 - 0.01).abs() < 1e-4),
            "{:?}",
            c.level
        );
        assert!(
            c.frequency
                .iter()
                .filter(|p| (400.0..600.0).contains(&p.0))
                .all(|p| (p.1 - 0.01).abs() < 1e-3)
        );
        let at = |curve: &[Point], x: f64| {
            curve.iter().min_by(|a, b| (a.0 - x).abs().total_cmp(&(b.0 - x).abs())).unwrap().1
        };
        let top = c.transfer[0].last().unwrap().0;
        assert!((at(&c.transfer[0], 0.5 * top) - (3.0 * 0.5 * top).tanh()).abs() < 0.03);
        assert!((at(&c.gain[0], -20.0) - at(&c.gain[1], -20.0) - 0.915).abs() < 0.05);
    }
}
