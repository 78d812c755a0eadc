//! What a trained network is measured against: zero output, the mean frame, and principal
//! components.
//!
//! Mean squared errors are means over bins and frames of frames divided by their maximum, as in the
//! thesis.

mod eigen;
mod leading;

use anyhow::{Result, anyhow, bail};
use burn::tensor::{Device, Tensor, TensorData};

use crate::frames::FrameSet;
use crate::train::Scores;

pub use eigen::symmetric_eigen;

/// Frames multiplied at once: enough for full speed, few enough to stay small beside the set.
const CHUNK: usize = 1024;

/// Error of an output that is always zero: the mean square of the frames. 0 for an empty set.
pub fn zero_output_mse(set: &FrameSet) -> f64 {
    if set.data.is_empty() {
        return 0.0;
    }
    set.data.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>() / set.data.len() as f64
}

/// The mean of all frames, `[bin]`.
pub fn mean_frame(set: &FrameSet) -> Vec<f32> {
    let mut sum = vec![0.0f64; set.bins];
    for i in 0..set.len() {
        sum.iter_mut().zip(set.frame(i)).for_each(|(s, x)| *s += f64::from(*x));
    }
    sum.iter().map(|s| (s / set.len().max(1) as f64) as f32).collect()
}

/// Error on `test` of an output that is always the mean frame of `train`.
pub fn mean_frame_mse(train: &FrameSet, test: &FrameSet) -> f64 {
    let mean = mean_frame(train);
    let total: f64 = (0..test.len())
        .map(|i| {
            test.frame(i).iter().zip(&mean).map(|(x, m)| f64::from(x - m).powi(2)).sum::<f64>()
        })
        .sum();
    total / (test.len() * test.bins).max(1) as f64
}

/// Mean of per-frame errors for each source, and over all: `([source], all)`. Sources without a
/// frame give NaN.
pub fn by_source(set: &FrameSet, errors: &[f32], sources: usize) -> (Vec<f64>, f64) {
    let mut sums = vec![(0.0f64, 0usize); sources];
    for (e, &s) in errors.iter().zip(&set.source_of) {
        if let Some((sum, n)) = sums.get_mut(usize::from(s)) {
            *sum += f64::from(*e);
            *n += 1;
        }
    }
    let all = errors.iter().map(|e| f64::from(*e)).sum::<f64>() / errors.len().max(1) as f64;
    (sums.into_iter().map(|(s, n)| if n == 0 { f64::NAN } else { s / n as f64 }).collect(), all)
}

/// Principal components, the best linear autoencoder: centred, fitted on a training set, exact.
#[derive(Clone, Debug)]
pub struct Pca {
    bins: usize,
    mean: Vec<f32>,
    components: Vec<f32>,
    variances: Vec<f32>,
}

impl Pca {
    /// Fits at most `k_max` components (and never more than bins) by the eigenvectors of the
    /// covariance.
    ///
    /// The method is exact, so `seed` decides nothing but which frames are used of a set above
    /// 200,000. Signs are fixed by making the largest entry of each component positive.
    ///
    /// # Errors
    /// When the set is empty or the eigenvectors do not converge (which needs NaN in the data).
    pub fn fit(set: &FrameSet, k_max: usize, seed: u64) -> Result<Pca> {
        const MOST: usize = 200_000;
        if set.is_empty() || set.bins == 0 {
            bail!("expected frames to fit principal components to, found an empty set");
        }
        let mut order: Vec<usize> = (0..set.len()).collect();
        if order.len() > MOST {
            nfx_core::signal::random::Random::stirred(seed).shuffle(&mut order);
            order.truncate(MOST);
            order.sort_unstable();
        }
        let n = set.bins;
        let mean = mean_frame(set);
        let device = Device::flex();
        let mut covariance = vec![0.0f64; n * n];
        for chunk in order.chunks(CHUNK) {
            let x = centred(set, &mean, chunk, &device);
            let product = values((x.clone().transpose()).matmul(x))?;
            covariance.iter_mut().zip(&product).for_each(|(c, p)| *c += f64::from(*p));
        }
        covariance.iter_mut().for_each(|c| *c /= order.len() as f64);
        let k = k_max.min(n);
        // A few of very many are found without the others; the answer is the same to the last
        // digits of f32.
        let few = if 16 * k <= n { leading::leading_eigen(&covariance, n, k) } else { None };
        let (all_variances, vectors) =
            few.or_else(|| symmetric_eigen(covariance, n)).ok_or_else(|| {
                anyhow!("the principal components did not converge; do the frames hold NaN?")
            })?;
        let mut components = Vec::with_capacity(k * n);
        for row in vectors.chunks_exact(n).take(k) {
            let largest = row.iter().fold(0.0f64, |m, x| if x.abs() > m.abs() { *x } else { m });
            components.extend(row.iter().map(|x| (x * largest.signum()) as f32));
        }
        let variances = all_variances.iter().take(k).map(|v| v.max(0.0) as f32).collect();
        Ok(Pca { bins: n, mean, components, variances })
    }

    /// Number of components kept.
    pub fn len(&self) -> usize {
        self.variances.len()
    }

    /// Whether no component is kept.
    pub fn is_empty(&self) -> bool {
        self.variances.is_empty()
    }

    /// The mean of the training frames, `[bin]`.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// Orthonormal components, `[k][bin]` contiguous, largest variance first.
    pub fn components(&self) -> &[f32] {
        &self.components
    }

    /// Variance of the training frames along each component, descending.
    pub fn variances(&self) -> &[f32] {
        &self.variances
    }

    /// Mean squared error of every frame of `set` when only the first `k` components are kept.
    ///
    /// # Errors
    /// When `set` has another number of bins.
    pub fn frame_errors(&self, set: &FrameSet, k: usize) -> Result<Vec<f32>> {
        if set.bins != self.bins {
            bail!(
                "expected frames of {} bins as the components have, found {}",
                self.bins,
                set.bins
            );
        }
        let k = k.min(self.len());
        let device = Device::flex();
        let c = Tensor::<2>::from_data(
            TensorData::new(self.components[..k * self.bins].to_vec(), [k, self.bins]),
            &device,
        );
        let order: Vec<usize> = (0..set.len()).collect();
        let mut out = Vec::with_capacity(set.len());
        for chunk in order.chunks(CHUNK) {
            let x = centred(set, &self.mean, chunk, &device);
            // The difference itself, not a difference of energies: near full rank nothing would be
            // left of the digits.
            let rest = if k == 0 {
                x
            } else {
                x.clone() - x.matmul(c.clone().transpose()).matmul(c.clone())
            };
            let rest = values(rest)?;
            out.extend(rest.chunks_exact(self.bins).map(|r| {
                (r.iter().map(|e| f64::from(*e) * f64::from(*e)).sum::<f64>() / self.bins as f64)
                    as f32
            }));
        }
        Ok(out)
    }

    /// All scores of the first `k` components on a set, spectral convergence per frame among them;
    /// not-a-number when the number of bins differs.
    pub fn scores(&self, set: &FrameSet, k: usize) -> Scores {
        let Ok(errors) = self.frame_errors(set, k) else {
            return Scores {
                mse: f64::NAN,
                mae: None,
                rooted: f64::NAN,
                unrooted: f64::NAN,
                ..Scores::default()
            };
        };
        convergence(set, |i| f64::from(errors[i]))
    }

    /// Mean squared error over `set` with the first `k` components; NaN when the number of bins
    /// differs.
    pub fn mse(&self, set: &FrameSet, k: usize) -> f64 {
        self.frame_errors(set, k).map_or(f64::NAN, |e| {
            e.iter().map(|x| f64::from(*x)).sum::<f64>() / e.len().max(1) as f64
        })
    }
}

/// Scores from the mean squared error of each frame; the mean absolute error is not known.
pub fn convergence(set: &FrameSet, error: impl Fn(usize) -> f64) -> Scores {
    let (mut mse, mut energy, mut rooted) = (0.0f64, 0.0f64, 0.0f64);
    for i in 0..set.len() {
        let power = set.frame(i).iter().map(|x| f64::from(x * x)).sum::<f64>() / set.bins as f64;
        let e = error(i);
        mse += e;
        energy += power;
        rooted += (e / power.max(1e-30)).sqrt();
    }
    let n = set.len().max(1) as f64;
    Scores {
        mse: mse / n,
        mae: None,
        rooted: rooted / n,
        unrooted: mse / energy.max(1e-30),
        ..Scores::default()
    }
}

/// Scores of an output that is always the mean frame of `train`.
pub fn mean_frame_scores(train: &FrameSet, test: &FrameSet) -> Scores {
    let mean = mean_frame(train);
    convergence(test, |i| {
        test.frame(i).iter().zip(&mean).map(|(x, m)| f64::from(x - m).powi(2)).sum::<f64>()
            / test.bins as f64
    })
}

fn centred(set: &FrameSet, mean: &[f32], indices: &[usize], device: &Device) -> Tensor<2> {
    let mut data = Vec::with_capacity(indices.len() * set.bins);
    for &i in indices {
        data.extend(set.frame(i).iter().zip(mean).map(|(x, m)| x - m));
    }
    Tensor::from_data(TensorData::new(data, [indices.len(), set.bins]), device)
}

fn values(tensor: Tensor<2>) -> Result<Vec<f32>> {
    tensor
        .into_data()
        .try_to_vec::<f32>()
        .map_err(|e| anyhow!("a product of matrices could not be read back: {e:?}"))
}
