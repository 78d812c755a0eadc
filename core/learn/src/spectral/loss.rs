//! Losses between frames, as burn operations and as plain loops.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Keeps the square root of the spectral convergence differentiable where a frame is reproduced
/// exactly.
const TINY: f32 = 1e-20;

/// What the training makes small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Mean over frames and bins of `(s - ŝ)²` (Colonel 2018, equation 3.3 without its second
    /// term).
    #[default]
    Mse,
    /// Mean over frames and bins of `|s - ŝ|`.
    Mae,
    /// Mean over frames of `sqrt(Σ(s - ŝ)² / Σs²)` (Colonel 2018, equation 4.1), per frame and
    /// rooted.
    SpectralConvergence,
    /// `Σ(s - ŝ)² / Σs²` over the whole batch, unrooted: what the published code of CANNe trains on
    /// and prints.
    BatchConvergence,
    /// For rows of roots of magnitudes with a level behind them, `[frame][bins + 1]`: half of the
    /// spectral convergence of the roots, half of that of the magnitudes (the roots times their
    /// absolute values), and three tenths of the squared error of the level; the mean over frames.
    /// The roots see quiet partials, the magnitudes what is loudest.
    NoteCourse,
}

/// Shares of [`Loss::NoteCourse`]: roots, magnitudes, level.
const COURSE: [f32; 3] = [0.5, 0.5, 0.3];

impl Loss {
    /// Every loss.
    pub const ALL: [Loss; 5] =
        [Loss::Mse, Loss::Mae, Loss::SpectralConvergence, Loss::BatchConvergence, Loss::NoteCourse];

    /// The loss of predictions against targets, both `[frame][bin]`; a scalar tensor that can be
    /// differentiated.
    pub fn tensor(self, predicted: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
        match self {
            Loss::Mse => (predicted - target).square().mean(),
            Loss::Mae => (predicted - target).abs().mean(),
            Loss::SpectralConvergence => {
                let error =
                    (predicted - target.clone()).square().sum_dim(1).add_scalar(TINY).sqrt();
                let norm = target.square().sum_dim(1).add_scalar(TINY).sqrt();
                (error / norm).mean()
            }
            Loss::BatchConvergence => {
                let norm = target.clone().square().sum().add_scalar(TINY);
                (predicted - target).square().sum() / norm
            }
            Loss::NoteCourse => {
                let bins = predicted.dims()[1].saturating_sub(1);
                let part =
                    |t: &Tensor<2>, from: usize, length: usize| t.clone().narrow(1, from, length);
                let (y, t) = (part(&predicted, 0, bins), part(&target, 0, bins));
                let level = (part(&predicted, bins, 1) - part(&target, bins, 1)).square().mean();
                let roots = Loss::SpectralConvergence.tensor(y.clone(), t.clone());
                let magnitudes =
                    Loss::SpectralConvergence.tensor(y.clone() * y.abs(), t.clone() * t.abs());
                roots.mul_scalar(COURSE[0])
                    + magnitudes.mul_scalar(COURSE[1])
                    + level.mul_scalar(COURSE[2])
            }
        }
    }

    /// The loss and its derivative by each predicted value, written into `gradient`. All slices are
    /// `[frame][bin]`.
    pub fn with_gradient(
        self,
        predicted: &[f32],
        target: &[f32],
        bins: usize,
        gradient: &mut [f32],
    ) -> f32 {
        let frames = (predicted.len() / bins.max(1)).max(1);
        if self == Loss::BatchConvergence {
            let norm: f64 =
                target.chunks(bins).map(|t| squares(t, None)).sum::<f64>() + f64::from(TINY);
            let error: f64 = predicted
                .chunks(bins)
                .zip(target.chunks(bins))
                .map(|(y, t)| squares(y, Some(t)))
                .sum();
            let factor = (2.0 / norm) as f32;
            gradient
                .iter_mut()
                .zip(predicted)
                .zip(target)
                .for_each(|((g, y), t)| *g = factor * (y - t));
            return (error / norm) as f32;
        }
        let mut total = 0.0f64;
        for ((y, t), g) in
            predicted.chunks(bins).zip(target.chunks(bins)).zip(gradient.chunks_mut(bins))
        {
            total += self.frame(y, t, frames, g);
        }
        (total / frames as f64) as f32
    }

    /// The loss of one frame; the gradient is that of the mean over `frames` frames.
    fn frame(self, y: &[f32], t: &[f32], frames: usize, g: &mut [f32]) -> f64 {
        let scale = 1.0 / (frames as f32 * y.len() as f32);
        match self {
            Loss::Mse => {
                let mut lanes = [0.0f32; 16];
                for ((y, t), g) in y.chunks(16).zip(t.chunks(16)).zip(g.chunks_mut(16)) {
                    for (((y, t), g), lane) in y.iter().zip(t).zip(g).zip(&mut lanes) {
                        let d = y - t;
                        *lane += d * d;
                        *g = 2.0 * scale * d;
                    }
                }
                f64::from(lanes.iter().sum::<f32>()) / y.len() as f64
            }
            Loss::Mae => {
                let mut sum = 0.0f64;
                for ((y, t), g) in y.iter().zip(t).zip(g) {
                    let d = y - t;
                    sum += f64::from(d.abs());
                    *g = if d == 0.0 { 0.0 } else { d.signum() * scale };
                }
                sum / y.len() as f64
            }
            Loss::SpectralConvergence => {
                let mut error = f64::from(TINY);
                let mut norm = f64::from(TINY);
                for (y, t) in y.iter().zip(t) {
                    error += f64::from((y - t) * (y - t));
                    norm += f64::from(t * t);
                }
                let factor = (1.0 / (error.sqrt() * norm.sqrt() * frames as f64)) as f32;
                for ((y, t), g) in y.iter().zip(t).zip(g) {
                    *g = (y - t) * factor;
                }
                (error / norm).sqrt()
            }
            Loss::NoteCourse => note_course(y, t, frames, Some(g)),
            // Not a mean over frames: `with_gradient` does not come here with it.
            Loss::BatchConvergence => f64::NAN,
        }
    }

    /// The loss of predictions against targets, `[frame][bin]`, summed over frames (divide by their
    /// number for the mean). [`Loss::BatchConvergence`] is that of all frames together, times their
    /// number.
    pub fn sum(self, predicted: &[f32], target: &[f32], bins: usize) -> f64 {
        let pairs = predicted.chunks(bins).zip(target.chunks(bins));
        match self {
            Loss::Mse => pairs.map(|(y, t)| squares(y, Some(t)) / bins as f64).sum(),
            Loss::Mae => pairs
                .map(|(y, t)| {
                    y.iter().zip(t).map(|(y, t)| f64::from((y - t).abs())).sum::<f64>()
                        / bins as f64
                })
                .sum(),
            Loss::SpectralConvergence => pairs
                .map(|(y, t)| {
                    let norm: f64 = t.iter().map(|t| f64::from(t * t)).sum();
                    ((squares(y, Some(t)) + f64::from(TINY)) / (norm + f64::from(TINY))).sqrt()
                })
                .sum(),
            Loss::NoteCourse => pairs.map(|(y, t)| note_course(y, t, 1, None)).sum(),
            Loss::BatchConvergence => {
                let (mut error, mut norm, mut frames) = (0.0, f64::from(TINY), 0.0);
                for (y, t) in pairs {
                    error += squares(y, Some(t));
                    norm += squares(t, None);
                    frames += 1.0;
                }
                frames * error / norm
            }
        }
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Loss::Mse => "MSE",
            Loss::Mae => "MAE",
            Loss::SpectralConvergence => "spectral convergence",
            Loss::BatchConvergence => "batch-wide unrooted convergence",
            Loss::NoteCourse => "convergence of a note's course",
        }
    }
}

/// [`Loss::NoteCourse`] of one frame; `gradient` is that of the mean over so many frames.
fn note_course(y: &[f32], t: &[f32], frames: usize, gradient: Option<&mut [f32]>) -> f64 {
    let (Some((&y_level, y)), Some((&t_level, t))) = (y.split_last(), t.split_last()) else {
        return 0.0;
    };
    let mut sums = [[0.0f32; 8]; 4];
    for (y, t) in y.chunks(8).zip(t.chunks(8)) {
        for (k, (&y, &t)) in y.iter().zip(t).enumerate() {
            let (root, magnitude, square) = (y - t, y * y.abs() - t * t.abs(), t * t);
            sums[0][k] += root * root;
            sums[1][k] += square;
            sums[2][k] += magnitude * magnitude;
            sums[3][k] += square * square;
        }
    }
    let [root, root_norm, magnitude, magnitude_norm] =
        sums.map(|lanes| lanes.iter().sum::<f32>() + TINY);
    let level = y_level - t_level;
    if let Some((g_level, g)) = gradient.and_then(<[f32]>::split_last_mut) {
        let scale = 1.0 / frames as f32;
        let by_root = COURSE[0] * scale / (root.sqrt() * root_norm.sqrt());
        let by_magnitude = COURSE[1] * scale / (magnitude.sqrt() * magnitude_norm.sqrt());
        for ((y, t), g) in y.iter().zip(t).zip(g) {
            let size = y.abs();
            *g = by_root * (y - t) + by_magnitude * (y * size - t * t.abs()) * 2.0 * size;
        }
        *g_level = COURSE[2] * scale * 2.0 * level;
    }
    let [roots, magnitudes, levels] = COURSE.map(f64::from);
    roots * f64::from((root / root_norm).sqrt())
        + magnitudes * f64::from((magnitude / magnitude_norm).sqrt())
        + levels * f64::from(level * level)
}

/// `Σ(y - t)²`, or `Σy²` without a target.
fn squares(y: &[f32], t: Option<&[f32]>) -> f64 {
    let mut lanes = [0.0f32; 16];
    match t {
        Some(t) => {
            for (y, t) in y.chunks(16).zip(t.chunks(16)) {
                for ((y, t), lane) in y.iter().zip(t).zip(&mut lanes) {
                    *lane += (y - t) * (y - t);
                }
            }
        }
        None => {
            for y in y.chunks(16) {
                y.iter().zip(&mut lanes).for_each(|(y, lane)| *lane += y * y);
            }
        }
    }
    f64::from(lanes.iter().sum::<f32>())
}
