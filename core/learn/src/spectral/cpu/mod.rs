//! A training step written by hand for the CPU: forward and backward pass without a graph, and a
//! fused optimiser.
//!
//! It makes the same steps as [`BurnLearner`](crate::spectral::learner::BurnLearner) (tests hold
//! the two together) in a fraction of the time: no tensor is allocated in a step, the activations'
//! derivatives are taken from their outputs, the matrix products run in `gemm` with every core, and
//! the optimiser reads each weight, gradient and moment once. `examples/step_time.rs` measures
//! both.

#[allow(unsafe_code)]
mod matmul;
mod optimiser;
mod pass;

use nfx_core::file::Tensor;
use nfx_core::models::spectral::AutoencoderConfig;

use crate::spectral::learner::{
    Batch, Learner, StepConfig, check, dropout_mask, latent_noise, spread, told,
};
use crate::{LearnError, Tensors, checkpoint, named};

pub use optimiser::Rule;
pub(crate) use pass::row_products;
use pass::{Net, Pass};

/// First bytes of a state that [`CpuLearner`] writes.
const MAGIC: &[u8; 8] = b"nfxopt01";

/// Frames that [`Learner::predict`] takes at once.
const PREDICT_FRAMES: usize = 512;

/// A trainable tensor with its gradient and the optimiser's moments, all of the same length.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name in the model file.
    pub name: String,
    /// Its shape in the model file.
    pub shape: Vec<usize>,
    /// Values, row after row.
    pub value: Vec<f32>,
    /// Gradient of the last step, without the L2 term.
    pub gradient: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
    decays: bool,
}

/// The learner of the CPU.
pub struct CpuLearner {
    config: AutoencoderConfig,
    step: StepConfig,
    parameters: Vec<Parameter>,
    net: Net,
    pass: Pass,
    steps: u64,
}

impl CpuLearner {
    /// A learner with given weights.
    ///
    /// # Errors
    /// When the configuration is not valid, or a tensor is missing or has another shape.
    pub fn new(
        config: &AutoencoderConfig,
        weights: &Tensors,
        step: StepConfig,
    ) -> Result<Self, LearnError> {
        config.validate()?;
        let mut parameters = Vec::new();
        let mut shapes = config.tensor_shapes();
        if step.variational.is_some() {
            shapes.extend(spread(config).into_iter().map(|(name, tensor)| (name, tensor.shape)));
        }
        for (name, shape) in shapes {
            let found = named(weights, &name, &shape)?;
            let zeros = vec![0.0; found.len()];
            let second = if matches!(step.optimiser, crate::spectral::learner::Optimiser::Adam) {
                zeros.clone()
            } else {
                Vec::new()
            };
            parameters.push(Parameter {
                decays: !name.ends_with("bias"),
                name,
                shape,
                value: found.to_vec(),
                gradient: zeros.clone(),
                first: zeros,
                second,
            });
        }
        let net = Net::new(config, &parameters);
        Ok(CpuLearner {
            config: config.clone(),
            step,
            parameters,
            net,
            pass: Pass::default(),
            steps: 0,
        })
    }

    /// The parameters, with the gradients of the last step or of [`CpuLearner::gradients`].
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The batch's loss without the L2 term; its gradients stand in the parameters afterwards, also
    /// without the L2 term.
    ///
    /// # Errors
    /// When the batch does not fit the network.
    pub fn gradients(&mut self, batch: &Batch<'_>) -> Result<f32, LearnError> {
        let frames = check(&self.config, &self.step, batch)?;
        self.pass.between.clear();
        self.pass.between.extend_from_slice(batch.between.map_or(&[], |between| between.pairs));
        self.pass.resize(&self.net, frames);
        self.pass.masks.clear();
        if self.step.dropout > 0.0 {
            for (i, layer) in
                self.config.layers.iter().enumerate().take(self.config.layers.len() - 1)
            {
                self.pass.masks.push(dropout_mask(
                    self.step.dropout,
                    frames * layer.outputs,
                    batch.draw,
                    i,
                ));
            }
        }
        self.pass.condition.clear();
        self.pass.condition.extend_from_slice(batch.condition);
        self.pass.draw.clear();
        if let Some(variational) = self.step.variational {
            self.pass.draw = latent_noise(frames * self.config.latents(), batch.draw);
            self.pass.beta = variational.at(batch.draw.1);
        }
        self.pass.forward(&self.net, &self.parameters, batch.input);
        let loss = self.pass.loss(
            self.step.loss,
            batch.target,
            self.net.outputs(),
            batch.between.as_ref(),
        );
        self.pass.backward(&self.net, &mut self.parameters, batch.input);
        Ok(loss)
    }
}

impl Learner for CpuLearner {
    fn step(&mut self, rate: f64, batch: Batch<'_>) -> Result<f32, LearnError> {
        let loss = self.gradients(&batch)?;
        self.steps += 1;
        let rule = Rule::new(self.step.optimiser, rate, self.steps);
        for p in &mut self.parameters {
            let decay = if p.decays { 2.0 * self.step.l2 } else { 0.0 };
            rule.apply(&mut p.value, &p.gradient, (&mut p.first, &mut p.second), decay);
        }
        Ok(loss)
    }

    fn predict_told(&mut self, frames: &[f32], condition: &[f32]) -> Result<Vec<f32>, LearnError> {
        if !frames.len().is_multiple_of(self.config.inputs) {
            return Err(LearnError::Argument(format!(
                "expected frames of {} values, found {} values",
                self.config.inputs,
                frames.len()
            )));
        }
        let count = frames.len() / self.config.inputs;
        if condition.len() != count * self.config.condition {
            return Err(told(&self.config, count, condition.len()));
        }
        self.pass.masks.clear();
        self.pass.draw.clear();
        self.pass.between.clear();
        let mut out = Vec::with_capacity(count * self.net.outputs());
        for (i, part) in frames.chunks(PREDICT_FRAMES * self.config.inputs).enumerate() {
            let from = i * PREDICT_FRAMES;
            let rows = from..from + part.len() / self.config.inputs;
            self.pass.condition.clear();
            let told =
                &condition[rows.start * self.config.condition..rows.end * self.config.condition];
            self.pass.condition.extend_from_slice(told);
            self.pass.resize(&self.net, part.len() / self.config.inputs);
            self.pass.forward(&self.net, &self.parameters, part);
            out.extend_from_slice(self.pass.output());
        }
        Ok(out)
    }

    fn tensors(&self) -> Result<Tensors, LearnError> {
        let tensor = |p: &Parameter| Tensor { shape: p.shape.clone(), data: p.value.clone() };
        Ok(self.parameters.iter().map(|p| (p.name.clone(), tensor(p))).collect())
    }

    fn state(&self) -> Result<Vec<u8>, LearnError> {
        let values = self.parameters.iter().flat_map(|p| p.first.iter().chain(&p.second));
        Ok(checkpoint::written(MAGIC, self.steps, values))
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), LearnError> {
        let count: usize = self.parameters.iter().map(|p| p.first.len() + p.second.len()).sum();
        let (steps, numbers) = checkpoint::read(MAGIC, state, count)?;
        self.steps = steps;
        let values =
            self.parameters.iter_mut().flat_map(|p| p.first.iter_mut().chain(&mut p.second));
        for (v, number) in values.zip(numbers) {
            *v = number;
        }
        Ok(())
    }

    fn place(&self) -> String {
        format!("the CPU, {} threads", rayon::current_num_threads())
    }
}
