//! A short causal model of a device: taps of the sound itself, of its size, of hinges at some of
//! its levels, and of the static curve that fits best. Both sides are whitened by the predictor of
//! the sound, so that each tap counts as what it brings that was not known before.

use nfx_learn::effect::linear::Transform;
use realfft::num_complex::Complex;

use super::curve::THIN;
use super::edge::{centred, energy, predictor, settled};

/// Delays that are tried before the one that is roughly known, and after it.
pub(super) const BEFORE: i64 = 96;
pub(super) const AFTER: i64 = 40;
/// Taps of each part of the model.
const TAPS: usize = 24;
/// Length of the transforms.
const SIZE: usize = 4_096;

/// A model of a sound.
pub(super) struct Causal {
    whitener: Vec<f64>,
    parts: Vec<Vec<f64>>,
    /// The factor of the parts' correlations.
    factor: Vec<f64>,
}

impl Causal {
    /// The model of a sound, and of what its static curve makes of it.
    pub(super) fn new(x: &[f64], shaped: Vec<f64>) -> Self {
        let whitener = predictor(x);
        let mut parts = vec![x.to_vec(), shaped, x.iter().map(|x| x.abs()).collect()];
        for level in levels(x) {
            parts.push(x.iter().map(|x| (x - level).max(0.0)).collect());
            parts.push(x.iter().map(|x| (-x - level).max(0.0)).collect());
        }
        let parts: Vec<Vec<f64>> =
            parts.into_iter().map(|p| unit(settled(&centred(p), &whitener))).collect();
        let factor = cholesky(normal(&own(&parts), parts.len()), parts.len() * TAPS);
        Causal { whitener, parts, factor }
    }

    /// A recording as the model is compared with it.
    pub(super) fn heard(&self, y: &[f64]) -> Vec<f64> {
        unit(settled(y, &self.whitener))
    }

    /// What the model leaves at each delay from −[`BEFORE`] on, as shares of the energy.
    pub(super) fn errors(&self, heard: &[f64]) -> Vec<f64> {
        let with = self.with(heard);
        (0..=(BEFORE + AFTER) as usize)
            .map(|d| 1.0 - self.forward(side(&with, d)).iter().map(|x| x * x).sum::<f64>())
            .collect()
    }

    /// What the model leaves at one delay, at the energy of one.
    pub(super) fn residual(&self, heard: &[f64], delay: i64) -> Vec<f64> {
        let at = delay.clamp(-BEFORE, AFTER) + BEFORE;
        let taps = self.backward(self.forward(side(&self.with(heard), at as usize)));
        let mut left = heard.to_vec();
        for (part, taps) in self.parts.iter().zip(taps.chunks_exact(TAPS)) {
            for (j, tap) in taps.iter().enumerate() {
                let lag = at - BEFORE + j as i64;
                let (to, from) =
                    (usize::try_from(lag).unwrap_or(0), usize::try_from(-lag).unwrap_or(0));
                left.iter_mut()
                    .skip(to)
                    .zip(part.iter().skip(from))
                    .for_each(|(y, x)| *y -= tap * x);
            }
        }
        unit(left)
    }

    /// Correlations of all parts with what was heard, from lag −[`BEFORE`] on.
    fn with(&self, heard: &[f64]) -> Vec<Vec<f64>> {
        let lags = (BEFORE + AFTER) as usize + TAPS;
        correlated(&self.parts, std::slice::from_ref(&heard), -BEFORE, lags, &|_, _| true)
    }

    /// `L⁻¹ b`.
    fn forward(&self, mut b: Vec<f64>) -> Vec<f64> {
        let n = b.len();
        for i in 0..n {
            let row = &self.factor[i * n..i * n + i];
            let sum: f64 = row.iter().zip(&b).map(|(x, y)| x * y).sum();
            b[i] = (b[i] - sum) / self.factor[i * n + i];
        }
        b
    }

    /// `L⁻ᵀ b`.
    fn backward(&self, mut b: Vec<f64>) -> Vec<f64> {
        let n = b.len();
        for i in (0..n).rev() {
            b[i] /= self.factor[i * n + i];
            let (known, rest) = (b[i], &self.factor[i * n..i * n + i]);
            b[..i].iter_mut().zip(rest).for_each(|(x, l)| *x -= known * l);
        }
        b
    }
}

/// The taps' correlations with a recording at one delay.
fn side(with: &[Vec<f64>], delay: usize) -> Vec<f64> {
    with.iter().flat_map(|c| c[delay..delay + TAPS].iter().copied()).collect()
}

/// Correlations of all pairs of parts (`a ≤ b`) at lags of less than [`TAPS`] either way.
fn own(parts: &[Vec<f64>]) -> Vec<Vec<f64>> {
    correlated(parts, parts, 1 - TAPS as i64, 2 * TAPS - 1, &|a, b| a <= b)
}

/// The matrix of the normal equations, row by row.
fn normal(own: &[Vec<f64>], parts: usize) -> Vec<f64> {
    let n = parts * TAPS;
    let mut matrix = vec![0.0; n * n];
    for (row, line) in matrix.chunks_exact_mut(n).enumerate() {
        let (a, i) = (row / TAPS, row % TAPS);
        for (column, to) in line.iter_mut().enumerate() {
            let (b, j) = (column / TAPS, column % TAPS);
            let lag = i + TAPS - 1 - j;
            *to = if a <= b {
                own[a * parts + b][lag]
            } else {
                own[b * parts + a][2 * TAPS - 2 - lag]
            };
        }
        line[row] += 1e-7;
    }
    matrix
}

/// Correlations of each of some sounds with each of others where `wanted`, at so many lags from a
/// first one on.
fn correlated<T: AsRef<[f64]>>(
    sounds: &[Vec<f64>],
    others: &[T],
    first: i64,
    lags: usize,
    wanted: &dyn Fn(usize, usize) -> bool,
) -> Vec<Vec<f64>> {
    let transform = Transform::new(SIZE);
    let block = SIZE - lags;
    let n = sounds.iter().map(Vec::len).max().unwrap_or(0);
    let mut sums = vec![vec![Complex::<f64>::default(); SIZE / 2 + 1]; sounds.len() * others.len()];
    let part = |x: &[f64], from: i64, length: usize| {
        let at = |i: i64| {
            usize::try_from(from + i).ok().and_then(|at| x.get(at)).copied().unwrap_or(0.0)
        };
        transform.spectrum((0..length as i64).map(at))
    };
    for begin in (0..n).step_by(block) {
        let here: Vec<_> = sounds.iter().map(|x| part(x, begin as i64, block)).collect();
        let there: Vec<_> =
            others.iter().map(|x| part(x.as_ref(), begin as i64 + first, SIZE)).collect();
        for (k, sum) in sums.iter_mut().enumerate() {
            let (a, b) = (k / others.len(), k % others.len());
            if wanted(a, b) {
                sum.iter_mut()
                    .zip(&here[a])
                    .zip(&there[b])
                    .for_each(|((to, x), y)| *to += x.conj() * y);
            }
        }
    }
    let back = |sum: Vec<Complex<f64>>| {
        let mut out = transform.signal(sum);
        out.truncate(lags);
        out
    };
    sums.into_iter().map(back).collect()
}

/// `L` of `A = L Lᵀ` in the lower triangle, row by row.
fn cholesky(mut a: Vec<f64>, n: usize) -> Vec<f64> {
    for i in 0..n {
        let (above, row) = a.split_at_mut(i * n);
        for j in 0..i {
            let other = &above[j * n..j * n + j];
            let sum: f64 = row[..j].iter().zip(other).map(|(x, y)| x * y).sum();
            row[j] = (row[j] - sum) / above[j * n + j];
        }
        let sum: f64 = row[..i].iter().map(|x| x * x).sum();
        row[i] = (row[i] - sum).max(1e-12).sqrt();
    }
    a
}

/// Three levels of the sound, where it is not quiet.
fn levels(x: &[f64]) -> [f64; 3] {
    let peak = x.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    let mut sizes: Vec<f64> = x
        .iter()
        .step_by((x.len() / THIN).max(1))
        .map(|x| x.abs())
        .filter(|a| *a > 0.02 * peak)
        .collect();
    sizes.sort_by(f64::total_cmp);
    [0.25, 0.6, 0.9].map(|q| sizes.get((q * sizes.len() as f64) as usize).copied().unwrap_or(0.0))
}

fn unit(mut x: Vec<f64>) -> Vec<f64> {
    let scale = 1.0 / (energy(&x) + 1e-30).sqrt();
    x.iter_mut().for_each(|x| *x *= scale);
    x
}
