//! Linear answers: correlations, the best finite impulse response by least squares, deconvolution of sweeps.

use anyhow::{Result, ensure};
use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

/// `out[lag − low] = Σ x[n] · y[n + lag]` for the lags `low..=high`, by blocks of FFTs in double precision. Samples outside a
/// signal are zero.
pub fn correlation(x: &[f32], y: &[f32], (low, high): (i64, i64)) -> Vec<f64> {
    let lags = (high - low + 1).max(0) as usize;
    let size = (4 * lags.max(4096)).next_power_of_two();
    let block = size - lags;
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let mut sum = vec![Complex::<f64>::default(); size / 2 + 1];
    let (mut a, mut b) = (forward.make_input_vec(), forward.make_input_vec());
    let (mut fa, mut fb) = (forward.make_output_vec(), forward.make_output_vec());
    for from in (0..x.len()).step_by(block.max(1)) {
        let part = &x[from..(from + block).min(x.len())];
        a.fill(0.0);
        for (a, x) in a.iter_mut().zip(part) {
            *a = f64::from(*x);
        }
        for (i, b) in b.iter_mut().enumerate() {
            let at = from as i64 + low + i as i64;
            *b = usize::try_from(at).ok().and_then(|at| y.get(at)).map_or(0.0, |y| f64::from(*y));
        }
        // Lengths are those of the plan, so these cannot fail.
        let _ = forward.process(&mut a, &mut fa);
        let _ = forward.process(&mut b, &mut fb);
        for ((s, a), b) in sum.iter_mut().zip(&fa).zip(&fb) {
            *s += a.conj() * b;
        }
    }
    let last = sum.len() - 1;
    sum[0].im = 0.0;
    sum[last].im = 0.0;
    let mut out = inverse.make_output_vec();
    let _ = inverse.process(&mut sum, &mut out);
    out.truncate(lags);
    out.iter_mut().for_each(|v| *v /= size as f64);
    out
}

/// The impulse response of `taps` taps that makes of `x` what is nearest to `y` in the sense of least squares; its first tap
/// stands for the sample `before` samples ahead. The normal equations are solved by Levinson's recursion, with a little
/// white noise (−70 dB) added to the input, so that frequencies that it lacks stay unanswered.
pub fn best_response(x: &[f32], y: &[f32], (before, taps): (usize, usize)) -> Vec<f64> {
    let n = taps as i64;
    let own = correlation(x, x, (0, n - 1));
    let cross = correlation(x, y, (-(before as i64), n - 1 - before as i64));
    let mut row = own;
    if row.is_empty() || row[0] <= 0.0 {
        return vec![0.0; taps];
    }
    row[0] *= 1.0 + 1e-7;
    levinson(&row, &cross)
}

/// Solves the symmetric Toeplitz system with the first row `r` (Levinson 1947).
fn levinson(r: &[f64], y: &[f64]) -> Vec<f64> {
    let n = r.len();
    let mut a = vec![0.0; n];
    let mut next = vec![0.0; n];
    let mut x = vec![0.0; n];
    a[0] = 1.0;
    let mut error = r[0];
    x[0] = y[0] / error;
    for m in 1..n {
        let reflection = -(0..m).map(|i| a[i] * r[m - i]).sum::<f64>() / error;
        next[..=m].copy_from_slice(&a[..=m]);
        for i in 1..=m {
            next[i] = a[i] + reflection * a[m - i];
        }
        a[..=m].copy_from_slice(&next[..=m]);
        error *= 1.0 - reflection * reflection;
        if error <= r[0] * 1e-14 {
            break;
        }
        let rest = (y[m] - (0..m).map(|i| x[i] * r[m - i]).sum::<f64>()) / error;
        for i in 0..=m {
            x[i] += rest * a[m - i];
        }
    }
    x
}

/// The sound of an impulse response whose first tap stands `before` samples ahead; as long as `x`.
pub fn convolve(x: &[f32], h: &[f64], before: usize) -> Vec<f32> {
    let size = (4 * h.len()).next_power_of_two().max(4096);
    let block = size - h.len();
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let spectrum = |of: &mut dyn Iterator<Item = f64>| {
        let mut a = forward.make_input_vec();
        for (a, v) in a.iter_mut().zip(of) {
            *a = v;
        }
        let mut f = forward.make_output_vec();
        let _ = forward.process(&mut a, &mut f);
        f
    };
    let answer = spectrum(&mut h.iter().copied());
    let mut out = vec![0.0f64; x.len() + h.len() + size];
    let mut time = inverse.make_output_vec();
    for from in (0..x.len()).step_by(block) {
        let part = &x[from..(from + block).min(x.len())];
        let mut f = spectrum(&mut part.iter().map(|x| f64::from(*x)));
        for (f, a) in f.iter_mut().zip(&answer) {
            *f *= a;
        }
        let last = f.len() - 1;
        f[0].im = 0.0;
        f[last].im = 0.0;
        let _ = inverse.process(&mut f, &mut time);
        for (o, t) in out[from..].iter_mut().zip(&time) {
            *o += t / size as f64;
        }
    }
    out[before..before + x.len()].iter().map(|v| *v as f32).collect()
}

/// The impulse response of a device by deconvolution of a recorded sweep: `Y X* / (|X|² + ε)`, ε at −60 dB of the sweep's
/// strongest frequency. `seconds` of it are given, from the strongest peak on less `lead` samples.
///
/// # Errors
/// When a sound is empty or silent, or far too long.
pub fn deconvolve(sweep: &[f32], recording: &[f32], (samples, lead): (usize, usize)) -> Result<Vec<f32>> {
    let longest = sweep.len().max(recording.len());
    ensure!(
        longest > 0 && longest < 1 << 25,
        "expected a sweep and its recording of up to 11 minutes, found {longest} samples"
    );
    let size = (sweep.len() + recording.len()).next_power_of_two();
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let spectrum = |x: &[f32]| {
        let mut a = forward.make_input_vec();
        for (a, x) in a.iter_mut().zip(x) {
            *a = f64::from(*x);
        }
        let mut f = forward.make_output_vec();
        let _ = forward.process(&mut a, &mut f);
        f
    };
    let x = spectrum(sweep);
    let mut h = spectrum(recording);
    let top = x.iter().map(|x| x.norm_sqr()).fold(0.0, f64::max);
    ensure!(top > 0.0, "expected a sweep, found silence");
    for (h, x) in h.iter_mut().zip(&x) {
        *h = *h * x.conj() / (x.norm_sqr() + 1e-6 * top);
    }
    let last = h.len() - 1;
    h[0].im = 0.0;
    h[last].im = 0.0;
    let mut time = inverse.make_output_vec();
    let _ = inverse.process(&mut h, &mut time);
    let peak = (0..size).max_by(|&a, &b| time[a].abs().total_cmp(&time[b].abs())).unwrap_or(0);
    ensure!(time[peak].abs() > 0.0, "expected a recording of the sweep, found silence");
    let from = (peak + size - lead) % size;
    Ok((0..samples).map(|i| (time[(from + i) % size] / size as f64) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    fn noise(n: usize) -> Vec<f32> {
        let mut random = nfx_learn::rng(3, 0, 0);
        (0..n).map(|_| random.random_range(-1.0..1.0)).collect()
    }

    #[test]
    fn correlations_are_sums_of_products() {
        let (x, y) = (noise(9_000), noise(9_500));
        let fast = correlation(&x, &y, (-30, 700));
        for lag in [-30i64, -1, 0, 5, 700] {
            let slow: f64 = (0..x.len() as i64)
                .filter_map(|n| y.get(usize::try_from(n + lag).ok()?).map(|y| f64::from(x[n as usize] * y)))
                .sum();
            assert!((fast[(lag + 30) as usize] - slow).abs() < 1e-4 * 9_000.0, "lag {lag}");
        }
    }

    #[test]
    fn the_best_response_of_a_filter_is_the_filter() {
        let x = noise(40_000);
        let h = [0.5f64, -0.3, 0.2, 0.0, 0.1];
        let y = convolve(&x, &h, 0);
        assert!((f64::from(y[100]) - (0..5).map(|k| h[k] * f64::from(x[100 - k])).sum::<f64>()).abs() < 1e-6);
        let found = best_response(&x, &y, (3, 16));
        for (i, h) in h.iter().enumerate() {
            assert!((found[3 + i] - h).abs() < 1e-3, "{found:?}");
        }
        assert!(found[..3].iter().all(|h| h.abs() < 1e-3));
        let again = convolve(&x, &found, 3);
        assert!(nfx_learn::profile::loss::esr(&again, &y) < 1e-5);
    }

    #[test]
    fn a_sweep_gives_the_response_back() {
        let rate = 44_100.0f64;
        let n = 3 * 44_100;
        let mut phase = 0.0;
        let sweep: Vec<f32> = (0..n)
            .map(|i| {
                phase += std::f64::consts::TAU * 20.0 * 1000f64.powf(i as f64 / n as f64) / rate;
                (0.8 * phase.sin()) as f32
            })
            .collect();
        let mut h = vec![0.0f64; 400];
        (h[0], h[50], h[399]) = (0.7, -0.4, 0.2);
        let mut padded = sweep.clone();
        padded.extend(vec![0.0; 1000]);
        let recording: Vec<f32> = [vec![0.0; 200], convolve(&padded, &h, 0)].concat();
        let ir = deconvolve(&sweep, &recording, (500, 10)).expect("response");
        // The band ends at 20 kHz: taps are a little smaller and ring.
        for (at, want) in [(10, 0.7), (60, -0.4), (409, 0.2)] {
            assert!((f64::from(ir[at]) - want).abs() < 0.12, "{at}: {}", ir[at]);
        }
        assert!(deconvolve(&[0.0; 100], &[0.1; 100], (10, 0)).is_err());
    }
}
