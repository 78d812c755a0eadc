//! Midpoints between two sounds: what a step learns of them, and how a model does on a test set.

use anyhow::{Result, ensure};
use nfx_core::models::spectral::{Autoencoder, AutoencoderConfig};
use nfx_core::nn::MAX_COLUMNS;
use nfx_learn::Tensors;
use nfx_learn::spectral::between::{Bank, Between};
use rand::Rng;
use rand::seq::index::sample;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::frames::FrameSet;

/// Real frames that a training draws midpoints to, the same in all of its steps.
const BANK: usize = 8_192;
/// Most midpoints of a step: each is held against the whole bank.
const MOST: usize = 64;
/// Shares of the training between which the midpoints' weight rises from 0: a network that gives
/// nothing back yet has no midpoints.
const RISE: [f64; 2] = [0.1, 0.3];
/// Pairs that a model is measured by.
const PAIRS: usize = 1_000;
/// Real frames that their midpoints may be near to.
const REAL: usize = 10_000;

/// The weight of the midpoints at a share of the training, as a share of the whole weight.
pub fn risen(share: f64) -> f32 {
    ((share - RISE[0]) / (RISE[1] - RISE[0])).clamp(0.0, 1.0) as f32
}

/// The midpoints of a training: what they may be drawn to, and the buffers of a step.
#[derive(Clone, Debug, Default)]
pub struct Midpoints {
    bank: Bank,
    pairs: Vec<[u32; 2]>,
    batch_clips: Vec<u32>,
}

impl Midpoints {
    /// Draws the bank from a set by a seed.
    pub fn new(set: &FrameSet, seed: u64) -> Self {
        let mut random = nfx_learn::rng(seed, 0xB3_73E, 0);
        let chosen = sample(&mut random, set.len(), BANK.min(set.len())).into_vec();
        let real = set.select(&chosen);
        Midpoints { bank: Bank::new(&real.data, &real.clip_of, set.bins), ..Midpoints::default() }
    }

    /// Pairs frames of the batch: the first half with the second.
    pub fn fill(&mut self, set: &FrameSet, indices: &[u32]) {
        let half = (indices.len() / 2) as u32;
        self.pairs.clear();
        self.pairs.extend((0..half.min(MOST as u32)).map(|i| [i, i + half]));
        self.batch_clips.clear();
        self.batch_clips.extend(indices.iter().map(|&i| set.clip_of[i as usize]));
    }

    /// What the learner is told, at a weight.
    pub fn between(&self, weight: f32) -> Between<'_> {
        Between { pairs: &self.pairs, weight, bank: &self.bank, batch_clips: &self.batch_clips }
    }
}

/// How a model's midpoints compare with the cross-fades of the same pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Pairs of test frames of different clips.
    pub pairs: usize,
    /// Mean cosine of the decoded midpoint and the mean of both reconstructions.
    pub cosine: f64,
    /// Share of the pairs whose midpoint is nearer (by cosine) to a real frame than their
    /// cross-fade is.
    pub nearer: f64,
    /// Mean distance (1 - cosine) of midpoints from the nearest real frame.
    pub midpoint_distance: f64,
    /// The same of cross-fades.
    pub fade_distance: f64,
}

/// Measures the midpoints of test frames of different clips, against real frames of the training
/// set.
///
/// # Errors
/// When the network cannot be played, is told a condition, or the frames do not fit it.
pub fn measure(
    config: &AutoencoderConfig,
    tensors: &Tensors,
    test: &FrameSet,
    real: &FrameSet,
    seed: u64,
) -> Result<Figures> {
    let bins = config.outputs();
    ensure!(
        config.condition == 0 && config.inputs == bins && test.bins == bins && real.bins == bins,
        "expected a network of plain frames for midpoints, found one of {} inputs and {bins} outputs",
        config.inputs
    );
    let pairs = pairs(test, seed);
    ensure!(!pairs.is_empty(), "expected test frames of two clips or more, found one clip");
    let net = Autoencoder::new(config, tensors)?;
    let decoded: Vec<Middle> = pairs.par_iter().map(|&pair| middle(&net, test, pair)).collect();
    let step = real.len().div_ceil(REAL).max(1);
    let bank: Vec<(f32, &[f32])> = (0..real.len())
        .step_by(step)
        .map(|i| (dot(real.frame(i), real.frame(i)).sqrt(), real.frame(i)))
        .collect();
    let nearest = |frame: &[f32]| {
        let size = dot(frame, frame).sqrt().max(1e-12);
        bank.iter().map(|(norm, real)| dot(frame, real) / (size * norm)).fold(-1.0f32, f32::max)
    };
    let rows: Vec<[f64; 3]> = decoded
        .par_iter()
        .map(|Middle { midpoint, fade, .. }| {
            let cosine =
                dot(midpoint, fade) / (dot(midpoint, midpoint) * dot(fade, fade)).sqrt().max(1e-12);
            [cosine, nearest(midpoint), nearest(fade)].map(f64::from)
        })
        .collect();
    let mean = |f: &dyn Fn(&[f64; 3]) -> f64| rows.iter().map(f).sum::<f64>() / rows.len() as f64;
    Ok(Figures {
        pairs: rows.len(),
        cosine: mean(&|r| r[0]),
        nearer: mean(&|r| f64::from(u8::from(r[1] > r[2]))),
        midpoint_distance: mean(&|r| 1.0 - r[1]),
        fade_distance: mean(&|r| 1.0 - r[2]),
    })
}

/// Pairs of frames of different clips.
fn pairs(set: &FrameSet, seed: u64) -> Vec<[usize; 2]> {
    if set.is_empty() {
        return Vec::new();
    }
    let mut random = nfx_learn::rng(seed, 0xB3_73F, 0);
    let mut one = || random.random_range(0..set.len());
    (0..PAIRS).map(|_| [one(), one()]).filter(|[a, b]| set.clip_of[*a] != set.clip_of[*b]).collect()
}

/// What lies between two frames.
#[derive(Clone, Debug)]
pub struct Middle {
    /// Both frames, decoded: `[bin]`.
    pub ends: [Vec<f32>; 2],
    /// The midpoint of their latents, decoded.
    pub midpoint: Vec<f32>,
    /// The mean of both.
    pub fade: Vec<f32>,
}

/// The first of the pairs that [`measure`] measures, for a picture; none when there is none.
///
/// # Errors
/// When the network cannot be played.
pub fn example(
    config: &AutoencoderConfig,
    tensors: &Tensors,
    test: &FrameSet,
    seed: u64,
) -> Result<Option<Middle>> {
    let net = Autoencoder::new(config, tensors)?;
    Ok(pairs(test, seed).first().map(|pair| middle(&net, test, *pair)))
}

fn middle(net: &Autoencoder, set: &FrameSet, pair: [usize; 2]) -> Middle {
    let (n, bins) = (net.latents(), net.outputs());
    let mut scratch = net.scratch();
    let x = pair.map(|i| set.frame(i)).concat();
    let mut latents = vec![0.0; n * MAX_COLUMNS.max(3)];
    net.encode(&mut scratch, 2, &x, &mut latents[..2 * n]);
    net.activate(&mut latents[..2 * n]);
    for i in 0..n {
        latents[2 * n + i] = 0.5 * (latents[i] + latents[n + i]);
    }
    let mut y = vec![0.0; 3 * bins];
    net.decode(&mut scratch, 3, &latents[..3 * n], &mut y);
    // A linear output may dip below zero, which a magnitude cannot.
    y.iter_mut().for_each(|v| *v = v.max(0.0));
    let [one, other, midpoint] =
        [0, 1, 2].map(|place| y[place * bins..(place + 1) * bins].to_vec());
    let fade = one.iter().zip(&other).map(|(a, b)| 0.5 * (a + b)).collect();
    Middle { ends: [one, other], midpoint, fade }
}

/// Product of two frames, in lanes so that it is fast and does not depend on the machine.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 16];
    let (a, b) = (a.chunks_exact(16), b.chunks_exact(16));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, (a, b))| *lane += a * b);
    }
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use nfx_core::nn::Activation;
    use nfx_learn::spectral::init::{Init, weights};

    #[test]
    fn the_midpoints_of_a_linear_network_are_its_cross_fades() {
        let mut config = AutoencoderConfig::uniform(&[40, 8, 40], Activation::Linear, true);
        config.latent_layer = 0;
        let mut tensors = weights(&config, Init::Xavier, 3).expect("weights");
        let mut set = FrameSet::new(40);
        let mut random = nfx_learn::rng(1, 2, 3);
        for clip in 0..30 {
            let frame: Vec<f32> = (0..40).map(|_| random.random::<f32>()).collect();
            set.push(&frame, clip, 0);
        }
        // Above 0 everywhere, or the clamp bends what is linear.
        tensors.get_mut("layers.1.bias").expect("bias").data.fill(20.0);
        let figures = measure(&config, &tensors, &set, &set, 1).expect("figures");
        assert!(figures.cosine > 0.999_999, "{figures:?}");
        assert!((figures.midpoint_distance - figures.fade_distance).abs() < 1e-6, "{figures:?}");
        let one = set.select(&[0]);
        assert!(
            measure(&config, &tensors, &one, &set, 1)
                .expect_err("one clip")
                .to_string()
                .contains("two clips")
        );
    }

    #[test]
    fn the_weight_rises_once_there_is_something_to_lie_between() {
        assert_eq!(
            [risen(0.0), risen(0.1), risen(0.2), risen(0.3), risen(1.0)],
            [0.0, 0.0, 0.5, 1.0, 1.0]
        );
    }
}
