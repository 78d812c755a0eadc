//! Starting weights.

use nfx_core::file::Tensor;
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_core::nn::Activation;
use rand::Rng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use crate::{LearnError, Tensors, rng};

/// How the weights of a network begin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    /// Normal with standard deviation `sd`, drawn again beyond two of it (TensorFlow's
    /// `truncated_normal`; the thesis: 0.15).
    TruncatedNormal {
        /// Standard deviation before truncation.
        sd: f32,
    },
    /// Uniform in `±sqrt(6 / (inputs + outputs))` (Glorot & Bengio 2010).
    Xavier,
    /// Normal with standard deviation `sqrt(2 / inputs)` (He et al. 2015).
    He,
}

impl Init {
    /// The initialisation of the original ANNe and CANNe.
    pub const THESIS: Init = Init::TruncatedNormal { sd: 0.15 };
}

/// Independent random streams of one training.
const STREAM: u64 = 0x1417;

/// Weights of a configuration drawn from a seed; biases and shortcuts begin like the thesis's
/// (truncated normal) or at 0.
///
/// # Errors
/// When the configuration is not valid.
pub fn weights(config: &AutoencoderConfig, init: Init, seed: u64) -> Result<Tensors, LearnError> {
    config.validate()?;
    let mut out = Tensors::new();
    for (index, (name, shape)) in config.tensor_shapes().into_iter().enumerate() {
        let mut random = rng(seed, STREAM, index as u64);
        let count = shape.iter().product();
        let data = if name.ends_with("bias") {
            vec![0.0; count]
        } else {
            draw(init, shape[0], shape[1], count, &mut random)
        };
        out.insert(name, Tensor { shape, data });
    }
    Ok(out)
}

fn draw(init: Init, inputs: usize, outputs: usize, count: usize, random: &mut StdRng) -> Vec<f32> {
    match init {
        Init::TruncatedNormal { sd } => (0..count).map(|_| sd * truncated(random)).collect(),
        Init::Xavier => {
            let limit = (6.0 / (inputs + outputs) as f32).sqrt();
            (0..count).map(|_| random.random_range(-limit..=limit)).collect()
        }
        Init::He => {
            let sd = (2.0 / inputs as f32).sqrt();
            (0..count).map(|_| sd * normal(random)).collect()
        }
    }
}

/// A standard normal number (Box and Muller).
pub fn normal(random: &mut StdRng) -> f32 {
    let u: f32 = 1.0 - random.random::<f32>();
    let v: f32 = random.random();
    (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
}

fn truncated(random: &mut StdRng) -> f32 {
    loop {
        let x = normal(random);
        if x.abs() <= 2.0 {
            return x;
        }
    }
}

/// A principal component analysis of the training frames, as far as an initialisation needs it.
#[derive(Clone, Copy, Debug)]
pub struct PcaStart<'a> {
    /// Mean frame, `[bin]`.
    pub mean: &'a [f32],
    /// Orthonormal components, `[component][bin]`, at least one for each latent.
    pub components: &'a [f32],
    /// Standard deviation of the training frames along each component, `[component]`.
    pub deviations: &'a [f32],
}

/// How far a latent's sum swings about 0 for one standard deviation of its component: sigmoid and
/// tanh are nearly straight there, and the latents still fill half of their range.
const SWING: f32 = 0.5;

/// Makes the two linear paths of a network with shortcuts equal to a PCA, and its residual layers
/// begin at nothing.
///
/// The latent layer's sums become the standardised principal components times 0.5, and the
/// decoder's path undoes the latent activation's slope at 0. With a latent layer and an output
/// layer that have biases, the network starts out as the PCA but for the curvature of the latents'
/// activation; training can only improve on it.
///
/// # Errors
/// When the configuration has no shortcut, lacks a bias where the start needs one, or the sizes
/// differ.
pub fn start_from_pca(
    config: &AutoencoderConfig,
    tensors: &mut Tensors,
    pca: PcaStart<'_>,
) -> Result<(), LearnError> {
    let (latents, bins, last) = (config.latents(), config.inputs, config.layers.len() - 1);
    let latent = config.latent_layer;
    if !config.shortcut || !config.layers[latent].bias || !config.layers[last].bias {
        return Err(LearnError::Argument(
            "expected a network with shortcuts and with biases at the latents and at the output for a start from PCA; \
             the weights are as they were"
                .into(),
        ));
    }
    if pca.mean.len() != bins
        || pca.deviations.len() < latents
        || pca.components.len() < latents * bins
    {
        return Err(LearnError::Argument(format!(
            "expected {latents} principal components of {bins} bins, found {} of {}; the weights are as they were",
            pca.deviations.len(),
            pca.mean.len()
        )));
    }
    let (centre, slope) = match config.layers[latent].activation {
        Activation::Sigmoid => (0.5f32, 0.25f32),
        _ => (0.0, 1.0),
    };
    let mut encoder = vec![0.0f32; bins * latents];
    let mut decoder = vec![0.0f32; latents * bins];
    let mut latent_bias = vec![0.0f32; latents];
    let mut output_bias = pca.mean.to_vec();
    for k in 0..latents {
        let component = &pca.components[k * bins..(k + 1) * bins];
        let scale = SWING / pca.deviations[k].max(1e-6);
        for (bin, &c) in component.iter().enumerate() {
            encoder[bin * latents + k] = scale * c;
            let back = c / (scale * slope);
            decoder[k * bins + bin] = back;
            output_bias[bin] -= centre * back;
            latent_bias[k] -= scale * c * pca.mean[bin];
        }
    }
    set(tensors, "encoder_shortcut.weight", encoder);
    set(tensors, "decoder_shortcut.weight", decoder);
    set(tensors, &format!("layers.{latent}.bias"), latent_bias);
    set(tensors, &format!("layers.{last}.bias"), output_bias);
    for i in [latent, last] {
        if let Some(t) = tensors.get_mut(&format!("layers.{i}.weight")) {
            t.data.fill(0.0);
        }
    }
    Ok(())
}

fn set(tensors: &mut Tensors, name: &str, data: Vec<f32>) {
    if let Some(t) = tensors.get_mut(name) {
        t.data = data;
    }
}
