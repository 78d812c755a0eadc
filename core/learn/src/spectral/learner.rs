//! One training step: what it consists of, and how burn makes it.

use burn::module::Module;
use burn::optim::{
    AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig, momentum::MomentumConfig,
};
use burn::tensor::{Bytes, Device, Int, Tensor};
use nfx_core::models::spectral::AutoencoderConfig;
use rand::Rng;
use serde::{Deserialize, Serialize};

pub use crate::adam::{BETA_1, BETA_2, EPSILON};
use crate::spectral::autoencoder::{Autoencoder, Passage, matrix, values};
use crate::spectral::between::Between;
use crate::spectral::loss::Loss;
use crate::{LearnError, Tensors, rng};

/// Which rule turns gradients into steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Optimiser {
    /// Kingma & Ba 2015 with β₁ 0.9, β₂ 0.999 and ε 1e-8 (burn's own default ε is 1e-5).
    Adam,
    /// Stochastic gradient descent: `v ← μv + g`, `w ← w − rate·v`.
    Sgd {
        /// μ; 0 for plain descent (Sarroff's earlier method: 0.5).
        momentum: f32,
    },
}

/// What is the same for every step of a training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepConfig {
    /// What is made small.
    pub loss: Loss,
    /// λ of `λ‖W‖²` over all weights, added to the loss; biases are left alone.
    pub l2: f32,
    /// Share of the units of every layer but the last (latents included) that a step leaves out, 0
    /// to below 1.
    pub dropout: f32,
    /// The rule.
    pub optimiser: Optimiser,
    /// Trains the latents as distributions; `None` for an ordinary autoencoder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variational: Option<Variational>,
}

/// A variational autoencoder (Kingma & Welling 2014; with β, Higgins et al. 2017): the latent layer
/// gives the means, a second layer beside it the logarithms of the variances, the decoder gets a
/// draw, and the loss also holds `β · KL(q(z|x) ‖ N(0, 1))`, the mean over frames of the sum over
/// latents.
///
/// What is exported is the plain autoencoder of the means.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variational {
    /// β at the end of the warm-up.
    pub beta: f32,
    /// Steps over which β rises from 0 in a straight line.
    pub warmup: u64,
}

impl Variational {
    /// β of a step, counted from 0.
    pub fn at(&self, step: u64) -> f32 {
        if step >= self.warmup {
            self.beta
        } else {
            self.beta * step as f32 / self.warmup.max(1) as f32
        }
    }
}

/// The tensor that makes log variances of what the latent layer sees, `[width before, latents]`; no
/// part of a model file.
pub const SPREAD_WEIGHT: &str = "spread.weight";
/// Its bias, `[latents]`.
pub const SPREAD_BIAS: &str = "spread.bias";
/// Bounds of the log variances: beyond them they count as the bound and are not learned from.
pub const LOG_VARIANCE: [f32; 2] = [-12.0, 4.0];

/// The layers that a variational training needs beside those of the network: weights 0, so that
/// every spread begins as `e^-3` (variances of 0.05).
pub fn spread(config: &AutoencoderConfig) -> Tensors {
    let before = if config.latent_layer == 0 {
        config.inputs
    } else {
        config.layers.get(config.latent_layer - 1).map_or(0, |l| l.outputs)
    };
    let latents = config.latents();
    let tensor = |shape: Vec<usize>, value: f32| nfx_core::file::Tensor {
        data: vec![value; shape.iter().product()],
        shape,
    };
    Tensors::from([
        (SPREAD_WEIGHT.to_owned(), tensor(vec![before, latents], 0.0)),
        (SPREAD_BIAS.to_owned(), tensor(vec![latents], -3.0)),
    ])
}

/// The tensors of a training without those that only the training needs.
pub fn without_spread(mut tensors: Tensors) -> Tensors {
    tensors.retain(|name, _| name != SPREAD_WEIGHT && name != SPREAD_BIAS);
    tensors
}

/// What a step's latents are drawn with, `[frame][latent]`, standard normal. `draw` as in
/// [`Batch::draw`].
pub fn latent_noise(count: usize, draw: (u64, u64)) -> Vec<f32> {
    let (seed, step) = draw;
    let mut random = rng(seed, 0x7AE, step);
    (0..count).map(|_| crate::spectral::init::normal(&mut random)).collect()
}

/// A mini-batch.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// What the network sees, `[frame][bin]`.
    pub input: &'a [f32],
    /// What it is to give, `[frame][bin]`.
    pub target: &'a [f32],
    /// What its decoder is told beside the latents, `[frame][condition]`; empty for a network
    /// without a condition.
    pub condition: &'a [f32],
    /// What the decoder learns between the frames; only for a network without a condition, without
    /// dropout and drawn latents.
    pub between: Option<Between<'a>>,
    /// Where the step's dropout and latents are drawn from: a seed and the number of the step.
    pub draw: (u64, u64),
}

/// Something that learns: the same steps by burn's autodiff on any device or by hand on the CPU.
pub trait Learner {
    /// One step of the optimiser at the learning rate `rate`; the loss (without the L2 term) before
    /// the step.
    ///
    /// # Errors
    /// When the batch does not fit the network or the device fails.
    fn step(&mut self, rate: f64, batch: Batch<'_>) -> Result<f32, LearnError>;

    /// Reconstructions `[frame][output]` of frames `[frame][input]`, without dropout, by a decoder
    /// that is told `condition` `[frame][condition]` (empty for a network without).
    ///
    /// # Errors
    /// As [`Learner::step`].
    fn predict_told(&mut self, frames: &[f32], condition: &[f32]) -> Result<Vec<f32>, LearnError>;

    /// As [`Learner::predict_told`] for a network without a condition.
    ///
    /// # Errors
    /// As [`Learner::step`].
    fn predict(&mut self, frames: &[f32]) -> Result<Vec<f32>, LearnError> {
        self.predict_told(frames, &[])
    }

    /// The weights.
    ///
    /// # Errors
    /// When the device fails.
    fn tensors(&self) -> Result<Tensors, LearnError>;

    /// The optimiser's state, so that [`Learner::restore`] continues exactly.
    ///
    /// # Errors
    /// When the state cannot be written.
    fn state(&self) -> Result<Vec<u8>, LearnError>;

    /// Takes over an optimiser's state that [`Learner::state`] of a learner of the same kind and
    /// network gave.
    ///
    /// # Errors
    /// When the bytes are something else; the state is then as before.
    fn restore(&mut self, state: &[u8]) -> Result<(), LearnError>;

    /// Where it runs, for reports.
    fn place(&self) -> String;
}

/// Which values of a layer's output stay, `[frame][output]`: 0 or `1 / (1 - rate)`. `draw` as in
/// [`Batch::draw`].
pub fn dropout_mask(rate: f32, count: usize, draw: (u64, u64), layer: usize) -> Vec<f32> {
    let keep = 1.0 / (1.0 - rate);
    let (seed, step) = draw;
    let mut random = rng(seed, 0xD80 + layer as u64, step);
    (0..count).map(|_| if random.random::<f32>() < rate { 0.0 } else { keep }).collect()
}

/// Checks a batch against a network and a step's settings.
pub(crate) fn check(
    config: &AutoencoderConfig,
    step: &StepConfig,
    batch: &Batch<'_>,
) -> Result<usize, LearnError> {
    let outputs = config.layers.last().map_or(0, |l| l.outputs);
    let frames = batch.input.len() / config.inputs.max(1);
    if frames == 0
        || batch.input.len() != frames * config.inputs
        || batch.target.len() != frames * outputs
    {
        return Err(LearnError::Argument(format!(
            "expected a batch of frames with {} inputs and {outputs} outputs, found {} and {} numbers; no step was made",
            config.inputs,
            batch.input.len(),
            batch.target.len()
        )));
    }
    if batch.condition.len() != frames * config.condition {
        return Err(told(config, frames, batch.condition.len()));
    }
    if !(0.0..1.0).contains(&step.dropout) {
        return Err(LearnError::Argument(format!(
            "expected a dropout from 0 to below 1, found {}; no step was made",
            step.dropout
        )));
    }
    if let Some(between) = &batch.between {
        let plain = config.condition == 0 && step.dropout == 0.0 && step.variational.is_none();
        if !plain || !between.fits(outputs) {
            return Err(LearnError::Argument(
                "expected midpoints only of a network without a condition, dropout and drawn latents, and a bank of real frames of its \
                 width; no step was made"
                    .into(),
            ));
        }
    }
    Ok(frames)
}

pub(crate) fn told(config: &AutoencoderConfig, frames: usize, found: usize) -> LearnError {
    LearnError::Argument(format!(
        "expected a condition of {} numbers for each of {frames} frames, found {found} numbers; nothing was changed",
        config.condition
    ))
}

/// The learner that burn's autodiff and burn's optimisers make, on any of burn's devices.
pub struct BurnLearner {
    module: Option<Autoencoder>,
    config: AutoencoderConfig,
    step: StepConfig,
    optimiser: ModuleOptimizer,
    device: Device,
}

impl BurnLearner {
    /// A learner on a device (with or without autodiff; it is switched on).
    ///
    /// # Errors
    /// When the configuration and the weights do not fit together.
    pub fn new(
        config: &AutoencoderConfig,
        weights: &Tensors,
        step: StepConfig,
        device: Device,
    ) -> Result<Self, LearnError> {
        let device = if device.is_autodiff() { device } else { device.autodiff() };
        let mut module = Autoencoder::new(config, weights, &device)?;
        if step.variational.is_some() {
            module.add_spread(weights, &device)?;
        }
        Ok(BurnLearner {
            module: Some(module),
            config: config.clone(),
            step,
            optimiser: burn_optimiser(step.optimiser),
            device,
        })
    }

    fn module(&self) -> Result<&Autoencoder, LearnError> {
        self.module
            .as_ref()
            .ok_or_else(|| LearnError::Burn("the network was lost in a failed step".into()))
    }

    /// The gradients of one batch, and its loss without the L2 term.
    ///
    /// # Errors
    /// When the batch does not fit.
    pub fn gradients(&self, batch: &Batch<'_>) -> Result<(f32, GradientsParams), LearnError> {
        let frames = check(&self.config, &self.step, batch)?;
        let module = self.module()?;
        let mut passage = Passage::default();
        if self.step.dropout > 0.0 {
            for (i, layer) in
                self.config.layers.iter().enumerate().take(self.config.layers.len() - 1)
            {
                let mask = dropout_mask(self.step.dropout, frames * layer.outputs, batch.draw, i);
                passage.masks.push(matrix(&mask, layer.outputs, &self.device));
            }
        }
        let input = matrix(batch.input, self.config.inputs, &self.device);
        let target = matrix(batch.target, batch.target.len() / frames, &self.device);
        if self.config.condition > 0 {
            passage.condition = Some(matrix(batch.condition, self.config.condition, &self.device));
        }
        let beta = self.step.variational.map(|v| v.at(batch.draw.1));
        if beta.is_some() {
            let noise = latent_noise(frames * self.config.latents(), batch.draw);
            passage.noise = Some(matrix(&noise, self.config.latents(), &self.device));
        }
        let (predicted, divergence) = module.forward_drawn(input.clone(), &passage);
        let plain = predicted.clone();
        let mut loss = self.step.loss.tensor(predicted, target);
        if let Some(between) = &batch.between {
            loss = loss + self.between(module, input, &plain, between)?;
        }
        let mut total = loss.clone();
        if self.step.l2 > 0.0 {
            total = total + module.l2().mul_scalar(self.step.l2);
        }
        if let (Some(beta), Some(divergence)) = (beta, divergence) {
            total = total + divergence.mul_scalar(beta);
        }
        let gradients = GradientsParams::from_grads(total.backward(), module);
        let value = values(loss)?.first().copied().unwrap_or(f32::NAN);
        Ok((value, gradients))
    }

    /// What the midpoints cost.
    fn between(
        &self,
        module: &Autoencoder,
        input: Tensor<2>,
        plain: &Tensor<2>,
        between: &Between<'_>,
    ) -> Result<Tensor<1>, LearnError> {
        let latents = module.activate_latents(module.encode(input));
        let side = |place: usize| {
            let frames: Vec<i32> = between.pairs.iter().map(|pair| pair[place] as i32).collect();
            latents.clone().select(0, Tensor::<1, Int>::from_ints(frames.as_slice(), &self.device))
        };
        let decoded = module.decode((side(0) + side(1)).mul_scalar(0.5));
        let (plain, midpoints) = (values(plain.clone())?, values(decoded.clone())?);
        let drawn = matrix(&between.drawn(&plain, &midpoints), self.config.outputs(), &self.device);
        Ok(Loss::Mse.tensor(decoded, drawn).mul_scalar(between.weight))
    }

    /// The module as it stands.
    ///
    /// # Errors
    /// When an earlier step failed and took the module with it.
    pub fn autoencoder(&self) -> Result<&Autoencoder, LearnError> {
        self.module()
    }
}

/// burn's optimiser for a rule.
pub fn burn_optimiser(rule: Optimiser) -> ModuleOptimizer {
    match rule {
        Optimiser::Adam => {
            AdamConfig::new().with_beta_1(BETA_1).with_beta_2(BETA_2).with_epsilon(EPSILON).init()
        }
        Optimiser::Sgd { momentum } => SgdConfig::new()
            .with_momentum(Some(
                MomentumConfig::new().with_momentum(f64::from(momentum)).with_dampening(0.0),
            ))
            .init(),
    }
}

impl Learner for BurnLearner {
    fn step(&mut self, rate: f64, batch: Batch<'_>) -> Result<f32, LearnError> {
        let (loss, gradients) = self.gradients(&batch)?;
        if let Some(module) = self.module.take() {
            self.module = Some(self.optimiser.step(rate, module, gradients));
        }
        Ok(loss)
    }

    fn predict_told(&mut self, frames: &[f32], condition: &[f32]) -> Result<Vec<f32>, LearnError> {
        let count = frames.len() / self.config.inputs.max(1);
        if condition.len() != count * self.config.condition {
            return Err(told(&self.config, count, condition.len()));
        }
        let module = self.module()?.valid();
        let device = self.device.clone().without_autodiff();
        let mut passage = Passage::default();
        if self.config.condition > 0 {
            passage.condition = Some(matrix(condition, self.config.condition, &device));
        }
        values(module.forward_with(matrix(frames, self.config.inputs, &device), &passage))
    }

    fn tensors(&self) -> Result<Tensors, LearnError> {
        self.module()?.tensors()
    }

    fn state(&self) -> Result<Vec<u8>, LearnError> {
        let bytes = self.optimiser.into_bytes().map_err(|e| LearnError::Burn(e.to_string()))?;
        Ok(bytes.to_vec())
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), LearnError> {
        let fresh = burn_optimiser(self.step.optimiser);
        let bytes = Bytes::from_bytes_vec(state.to_vec());
        self.optimiser = fresh.from_bytes(bytes).map_err(|e| LearnError::Burn(e.to_string()))?;
        Ok(())
    }

    fn place(&self) -> String {
        format!("burn on {:?}", self.device)
    }
}
