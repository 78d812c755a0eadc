//! Measures of a trained network that the thesis's claims in prose are put to.
//!
//! All take frames `[frame][bin]` divided by their maximum and use burn on the CPU.

use anyhow::{Result, anyhow};
use burn::tensor::{Device, Tensor, TensorData};
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_core::signal::random::Random;
use nfx_learn::Tensors;
use nfx_learn::spectral::autoencoder::{Autoencoder, matrix};
use nfx_train::frames::FrameSet;

/// A bin counts as empty when its input lies 60 dB below the frame's largest.
const EMPTY: f32 = 1.0e-3;

/// A network on the frames that it is looked at with.
pub(super) struct Looked {
    net: Autoencoder,
    device: Device,
    frames: Vec<f32>,
    bins: usize,
}

/// On which side of the latents' activation a gain acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    After,
    Before,
}

impl Looked {
    /// A network on at most `most` frames of a set.
    pub fn new(
        config: &AutoencoderConfig,
        weights: &Tensors,
        set: &FrameSet,
        most: usize,
    ) -> Result<Looked> {
        let device = Device::flex();
        let frames = nfx_train::train::run::thin(set, most);
        Ok(Looked {
            net: Autoencoder::new(config, weights, &device)?,
            device,
            frames,
            bins: set.bins,
        })
    }

    fn input(&self) -> Tensor<2> {
        matrix(&self.frames, self.bins, &self.device)
    }

    /// Outputs when latent `j` is multiplied by `gains[j]`, and the latents themselves (after their
    /// activation and the gain).
    fn played(&self, gains: &[f32], side: Side) -> Result<(Vec<f32>, Vec<f32>)> {
        let row =
            Tensor::<2>::from_data(TensorData::new(gains.to_vec(), [1, gains.len()]), &self.device);
        let sums = self.net.encode(self.input());
        let latents = match side {
            Side::After => self.net.activate_latents(sums) * row,
            Side::Before => self.net.activate_latents(sums * row),
        };
        Ok((values(self.net.decode(latents.clone()))?, values(latents)?))
    }

    fn latents(&self) -> usize {
        self.net.config().latents()
    }

    /// Level in dB (0 is the frame's maximum) of the output's bins that are empty in the input, all
    /// latents times `gain`.
    pub fn floor_db(&self, gain: f32) -> Result<f64> {
        let (out, _) = self.played(&vec![gain; self.latents()], Side::After)?;
        let (mut sum, mut count) = (0.0f64, 0usize);
        for (y, x) in out.iter().zip(&self.frames) {
            if *x < EMPTY {
                sum += f64::from(*y) * f64::from(*y);
                count += 1;
            }
        }
        Ok(10.0 * (sum / count.max(1) as f64).max(1e-20).log10())
    }

    /// Relative change of the output's norm when one latent grows by a tenth: mean over frames and
    /// latents, in percent.
    pub fn sensitivity(&self) -> Result<f64> {
        let neutral = self.played(&vec![1.0; self.latents()], Side::After)?.0;
        let mut total = 0.0;
        for j in 0..self.latents() {
            let mut gains = vec![1.0; self.latents()];
            gains[j] = 1.1;
            let moved = self.played(&gains, Side::After)?.0;
            for (a, b) in neutral.chunks(self.bins).zip(moved.chunks(self.bins)) {
                let change: f64 = a.iter().zip(b).map(|(x, y)| f64::from(x - y).powi(2)).sum();
                let norm: f64 = a.iter().map(|x| f64::from(*x).powi(2)).sum();
                total += (change / norm.max(1e-12)).sqrt();
            }
        }
        Ok(100.0 * total / (self.latents() * self.frames.len() / self.bins) as f64)
    }

    /// Mean squared error against the clean frames when noise of this standard deviation is added
    /// to the input.
    pub fn noisy_mse(&self, noise: f32) -> Result<f64> {
        let mut rng = Random::stirred(77);
        let dirty: Vec<f32> = self.frames.iter().map(|x| x + noise * gaussian(&mut rng)).collect();
        let out = values(self.net.forward(matrix(&dirty, self.bins, &self.device)))?;
        Ok(out.iter().zip(&self.frames).map(|(y, x)| f64::from(y - x).powi(2)).sum::<f64>()
            / out.len() as f64)
    }

    /// Share of the output's bins above -60 dB of the output frame's own maximum, in percent, all
    /// latents times `gain`; and the same of the input.
    pub fn fullness(&self, gain: f32) -> Result<(f64, f64)> {
        let out = self.played(&vec![gain; self.latents()], Side::After)?.0;
        let share = |data: &[f32]| {
            let full: usize = data
                .chunks(self.bins)
                .map(|f| {
                    let top = f.iter().fold(0.0f32, |m, x| m.max(*x));
                    f.iter().filter(|x| top > 0.0 && **x > EMPTY * top).count()
                })
                .sum();
            100.0 * full as f64 / data.len() as f64
        };
        Ok((share(&out), share(&self.frames)))
    }

    /// What a knob does: a fifth of the latents times `gain`, mean over the five fifths.
    pub fn knob(&self, gain: f32, side: Side) -> Result<Knob> {
        let count = self.latents();
        let neutral = self.played(&vec![1.0; count], Side::After)?.0;
        let mut knob = Knob::default();
        for k in 0..5 {
            let range = k * count / 5..(k + 1) * count / 5;
            let gains: Vec<f32> =
                (0..count).map(|j| if range.contains(&j) { gain } else { 1.0 }).collect();
            let (out, latents) = self.played(&gains, side)?;
            let outside = latents
                .chunks(count)
                .flat_map(|row| &row[range.clone()])
                .filter(|v| !(0.0..=1.0).contains(*v))
                .count();
            knob.outside += outside as f64 / (latents.len() / count * range.len()) as f64 / 5.0;
            let frames = neutral.len() / self.bins;
            for (a, b) in neutral.chunks(self.bins).zip(out.chunks(self.bins)) {
                knob.cosine += cosine(a, b) / (5 * frames) as f64;
                knob.shared_peaks += shared_peaks(a, b) / (5 * frames) as f64;
            }
        }
        Ok(knob)
    }

    /// Root of the mean square of all weights.
    pub fn weight_rms(&self, weights: &Tensors) -> f64 {
        let (mut sum, mut count) = (0.0f64, 0usize);
        for (_, tensor) in weights.iter().filter(|(name, _)| name.ends_with("weight")) {
            sum += tensor.data.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>();
            count += tensor.data.len();
        }
        (sum / count.max(1) as f64).sqrt()
    }
}

/// What a knob does to the output, against the neutral one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Knob {
    /// Share of the knob's latents outside 0..=1.
    pub outside: f64,
    /// Cosine between the spectra, 1 for the same shape.
    pub cosine: f64,
    /// Share of the ten strongest peaks that stay among the ten strongest.
    pub shared_peaks: f64,
}

fn gaussian(rng: &mut Random) -> f32 {
    // Box and Muller.
    let radius = (-2.0 * (1.0 - rng.unit()).ln()).sqrt();
    radius * (std::f32::consts::TAU * rng.unit()).cos()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |x: &[f32], y: &[f32]| {
        x.iter().zip(y).map(|(p, q)| f64::from(*p) * f64::from(*q)).sum::<f64>()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-12)
}

/// Local maxima by height, the ten highest.
fn peaks(frame: &[f32]) -> Vec<usize> {
    let mut found: Vec<usize> = (1..frame.len() - 1)
        .filter(|&i| frame[i] > frame[i - 1] && frame[i] >= frame[i + 1])
        .collect();
    found.sort_by(|&i, &j| frame[j].total_cmp(&frame[i]));
    found.truncate(10);
    found
}

fn shared_peaks(a: &[f32], b: &[f32]) -> f64 {
    let (p, q) = (peaks(a), peaks(b));
    if p.is_empty() {
        return 1.0;
    }
    p.iter().filter(|i| q.iter().any(|j| i.abs_diff(*j) <= 1)).count() as f64 / p.len() as f64
}

fn values(tensor: Tensor<2>) -> Result<Vec<f32>> {
    tensor
        .into_data()
        .try_to_vec::<f32>()
        .map_err(|e| anyhow!("a network's output could not be read back: {e:?}"))
}
