//! Sliders that do different things: a change of the latents' axes that leaves what the network
//! computes as it is.
//!
//! Where the latents are linear, any invertible matrix between encoder and decoder can be put into
//! the encoder's last layer, and its inverse into the decoder's first. Of all such matrices one is
//! looked for with which the latents of the corpus are hardly correlated, the sliders move the
//! spectrum in different directions, each about as far, and no direction takes all.

use nfx_core::models::spectral::AutoencoderConfig;
use rand::rngs::StdRng;

use crate::spectral::init;
use crate::{Tensors, rng};

/// What is wished: mean and greatest correlation of two latents, cosine between two sliders'
/// effects, share of the first principal component of all. A little less than what is asked of a
/// finished model, for spectra are no linear functions.
const WISHED: Wished = Wished { mean: 0.08, most: 0.25, cosine: 0.3, first: 0.26 };
/// Changes of the matrix that are tried.
const TRIES: usize = 60_000;
/// The largest change at the beginning, and the smallest at the end.
const STEPS: (f64, f64) = (0.3, 0.003);
/// No variance counts as smaller than this share of the mean one.
const LEAST: f64 = 1e-6;

struct Wished {
    mean: f64,
    most: f64,
    cosine: f64,
    first: f64,
}

/// A square matrix, row after row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix {
    n: usize,
    data: Vec<f64>,
}

impl Matrix {
    pub fn zero(n: usize) -> Self {
        Self { n, data: vec![0.0; n * n] }
    }

    pub fn identity(n: usize) -> Self {
        let mut out = Self::zero(n);
        (0..n).for_each(|i| *out.at_mut(i, i) = 1.0);
        out
    }

    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.data[i * self.n + j]
    }

    pub fn at_mut(&mut self, i: usize, j: usize) -> &mut f64 {
        &mut self.data[i * self.n + j]
    }

    fn times(&self, other: &Matrix) -> Matrix {
        let mut out = Matrix::zero(self.n);
        for i in 0..self.n {
            for k in 0..self.n {
                let a = self.at(i, k);
                for j in 0..self.n {
                    *out.at_mut(i, j) += a * other.at(k, j);
                }
            }
        }
        out
    }

    fn transposed(&self) -> Matrix {
        let mut out = Matrix::zero(self.n);
        for i in 0..self.n {
            for j in 0..self.n {
                *out.at_mut(j, i) = self.at(i, j);
            }
        }
        out
    }

    /// By elimination with pivots; `None` where there is no inverse.
    fn inverse(&self) -> Option<Matrix> {
        let n = self.n;
        let (mut a, mut out) = (self.clone(), Matrix::identity(n));
        for column in 0..n {
            let pivot = (column..n)
                .max_by(|&i, &j| a.at(i, column).abs().total_cmp(&a.at(j, column).abs()))?;
            let size = a.at(pivot, column);
            if size.abs() <= 1e-12 || size.is_nan() {
                return None;
            }
            for j in 0..n {
                a.data.swap(pivot * n + j, column * n + j);
                out.data.swap(pivot * n + j, column * n + j);
            }
            for j in 0..n {
                *a.at_mut(column, j) /= size;
                *out.at_mut(column, j) /= size;
            }
            for i in (0..n).filter(|&i| i != column) {
                let factor = a.at(i, column);
                for j in 0..n {
                    *a.at_mut(i, j) -= factor * a.at(column, j);
                    *out.at_mut(i, j) -= factor * out.at(column, j);
                }
            }
        }
        Some(out)
    }

    /// The lower triangle whose product with its transpose this is; for covariances, whose least
    /// variances are raised.
    fn root(&self) -> Matrix {
        let n = self.n;
        let floor = LEAST * (0..n).map(|i| self.at(i, i)).sum::<f64>() / n.max(1) as f64;
        let mut out = Matrix::zero(n);
        for i in 0..n {
            for j in 0..=i {
                let sum: f64 = (0..j).map(|k| out.at(i, k) * out.at(j, k)).sum();
                *out.at_mut(i, j) = if i == j {
                    (self.at(i, i) - sum).max(floor).max(1e-30).sqrt()
                } else {
                    (self.at(i, j) - sum) / out.at(j, j)
                };
            }
        }
        out
    }

    /// The greatest eigenvalue of a symmetric matrix without negative ones.
    pub fn greatest(&self) -> f64 {
        let mut v: Vec<f64> = (0..self.n).map(|i| 1.0 + 0.1 * i as f64).collect();
        let mut value = 0.0;
        for _ in 0..30 {
            let w: Vec<f64> =
                (0..self.n).map(|i| (0..self.n).map(|j| self.at(i, j) * v[j]).sum()).collect();
            value = w.iter().map(|x| x * x).sum::<f64>().sqrt();
            if value <= 0.0 {
                return 0.0;
            }
            v = w.iter().map(|x| x / value).collect();
        }
        value
    }

    fn trace(&self) -> f64 {
        (0..self.n).map(|i| self.at(i, i)).sum()
    }
}

/// What is known of a network's latents: their covariance over the corpus, and the mean over sounds
/// of `JᵀJ`, where `J` is the derivative of the log spectrum by the latents.
#[derive(Clone, Debug)]
pub(super) struct Latents {
    pub covariance: Matrix,
    pub effects: Matrix,
}

/// Finds the matrix `M` of new axes, `s = M z`. The same latents and seed give the same matrix.
pub(super) fn find(latents: &Latents, seed: u64) -> Option<Matrix> {
    let n = latents.covariance.n;
    let root = latents.covariance.root();
    // In units of their own spread, latents are not correlated at all: z = root · u.
    let effects = root.transposed().times(&latents.effects).times(&root);
    let mut random = rng(seed, 0xA7E5, 0);
    // Effects are balanced where the start is no axis of theirs.
    let mut best = rotation(n, &mut random);
    let mut cost = price(&best, &effects)?;
    for step in 0..TRIES {
        let share = step as f64 / TRIES as f64;
        let size = STEPS.0 * (STEPS.1 / STEPS.0).powf(share);
        let mut tried = best.clone();
        let at = (init::normal(&mut random).abs() * 1e4) as usize % (n * n);
        tried.data[at] += size * f64::from(init::normal(&mut random));
        if let Some(price) = price(&tried, &effects).filter(|&p| p < cost) {
            (best, cost) = (tried, price);
        }
    }
    // u = best · s, z = root · best · s.
    root.times(&unit_spread(&best)?).inverse()
}

/// Scales the columns so that every slider's latent has a spread of 1.
fn unit_spread(axes: &Matrix) -> Option<Matrix> {
    let inverse = axes.inverse()?;
    let mut out = axes.clone();
    for slider in 0..axes.n {
        let spread = (0..axes.n).map(|k| inverse.at(slider, k).powi(2)).sum::<f64>().sqrt();
        (0..axes.n).for_each(|k| *out.at_mut(k, slider) *= spread);
    }
    Some(out)
}

/// How far axes are from what is wished; smaller is better. Their columns are what each slider
/// moves, in latents of unit spread.
fn price(axes: &Matrix, effects: &Matrix) -> Option<f64> {
    let n = axes.n;
    let axes = unit_spread(axes)?;
    let inverse = axes.inverse()?;
    let correlation = inverse.times(&inverse.transposed());
    let moved = axes.transposed().times(effects).times(&axes);
    let mean = moved.trace() / n as f64;
    let (mut sum, mut most, mut cosines) = (0.0, 0.0f64, 0.0);
    for i in 0..n {
        for j in 0..i {
            let r = correlation.at(i, j).abs();
            sum += r;
            most = most.max(r);
            let cosine = moved.at(i, j).abs() / (moved.at(i, i) * moved.at(j, j)).max(1e-30).sqrt();
            cosines += (cosine - WISHED.cosine).max(0.0).powi(2) + 0.02 * cosine * cosine;
        }
    }
    let pairs = (n * n.saturating_sub(1) / 2).max(1) as f64;
    let balance: f64 =
        (0..n).map(|i| (moved.at(i, i) / mean.max(1e-30)).max(1e-9).ln().powi(2)).sum();
    let first = moved.greatest() / moved.trace().max(1e-30);
    let over = |value: f64, wished: f64| (value - wished).max(0.0).powi(2);
    Some(
        40.0 * over(sum / pairs, WISHED.mean)
            + 10.0 * over(most, WISHED.most)
            + 3.0 * cosines
            + 40.0 * over(first, WISHED.first)
            + 0.02 * balance,
    )
}

/// A random rotation.
fn rotation(n: usize, random: &mut StdRng) -> Matrix {
    let mut out = Matrix::zero(n);
    for i in 0..n {
        loop {
            let mut row: Vec<f64> = (0..n).map(|_| f64::from(init::normal(random))).collect();
            for k in 0..i {
                let along: f64 = (0..n).map(|j| row[j] * out.at(k, j)).sum();
                row.iter_mut().enumerate().for_each(|(j, x)| *x -= along * out.at(k, j));
            }
            let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
            if norm > 1e-3 {
                row.iter().enumerate().for_each(|(j, x)| *out.at_mut(i, j) = x / norm);
                break;
            }
        }
    }
    out
}

/// Puts new axes into a network with linear latents: what it computes stays the same.
pub(super) fn fold(config: &AutoencoderConfig, tensors: &mut Tensors, axes: &Matrix) {
    let Some(back) = axes.inverse() else { return };
    let (layer, n) = (config.latent_layer, axes.n);
    // A row of the encoder's gives latents z as a row: s = z Mᵀ.
    for name in [
        format!("layers.{layer}.weight"),
        format!("layers.{layer}.bias"),
        "encoder_shortcut.weight".into(),
    ] {
        if let Some(t) = tensors.get_mut(&name) {
            for row in t.data.chunks_exact_mut(n) {
                let old: Vec<f64> = row.iter().map(|w| f64::from(*w)).collect();
                for (i, w) in row.iter_mut().enumerate() {
                    *w = (0..n).map(|j| axes.at(i, j) * old[j]).sum::<f64>() as f32;
                }
            }
        }
    }
    // The decoder gets z = M⁻¹ s: the new rows are M⁻ᵀ of the old ones; those of the condition
    // stay.
    for name in [format!("layers.{}.weight", layer + 1), "decoder_shortcut.weight".into()] {
        if let Some(t) = tensors.get_mut(&name) {
            let columns = t.shape.get(1).copied().unwrap_or(0);
            let old: Vec<f32> = t.data[..n * columns].to_vec();
            for i in 0..n {
                for column in 0..columns {
                    let sum: f64 =
                        (0..n).map(|j| back.at(j, i) * f64::from(old[j * columns + column])).sum();
                    t.data[i * columns + column] = sum as f32;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_found_that_are_neither_correlated_nor_alike() {
        // Strongly correlated latents, two of which do nearly the same and one of which does almost
        // everything.
        let n = 5;
        let (mut covariance, mut effects) = (Matrix::identity(n), Matrix::identity(n));
        for (i, j) in [(0, 1), (1, 0), (2, 3), (3, 2)] {
            *covariance.at_mut(i, j) = 0.8;
            *effects.at_mut(i, j) = 0.9;
        }
        *effects.at_mut(0, 0) = 4.0;
        let latents = Latents { covariance, effects };
        let axes = find(&latents, 1).expect("axes");
        assert_eq!(Some(&axes), find(&latents, 1).as_ref(), "a seed gives the same axes again");
        let spread = axes.times(&latents.covariance).times(&axes.transposed());
        let back = axes.inverse().expect("an inverse");
        let moved = back.transposed().times(&latents.effects).times(&back);
        for i in 0..n {
            assert!((spread.at(i, i) - 1.0).abs() < 1e-6);
            for j in 0..i {
                assert!(spread.at(i, j).abs() < 0.4, "correlation {}", spread.at(i, j));
                let cosine = moved.at(i, j).abs() / (moved.at(i, i) * moved.at(j, j)).sqrt();
                // They began at 0.9; here not all that is asked for can be had at once.
                assert!(cosine < 0.6, "cosine {cosine}");
            }
        }
        assert!(moved.greatest() / moved.trace() < 0.5);
    }

    #[test]
    fn a_matrix_and_its_inverse_give_one() {
        let mut random = rng(3, 0, 0);
        let mut a = Matrix::zero(6);
        a.data.iter_mut().for_each(|x| *x = f64::from(init::normal(&mut random)));
        let one = a.times(&a.inverse().expect("an inverse"));
        assert!(one.data.iter().zip(&Matrix::identity(6).data).all(|(a, b)| (a - b).abs() < 1e-9));
        assert_eq!(Matrix::zero(3).inverse(), None);
        let square = a.times(&a.transposed());
        let root = square.root();
        let again = root.times(&root.transposed());
        assert!(again.data.iter().zip(&square.data).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}
