//! The autoencoder's real-time form: [`AutoencoderConfig`](super::AutoencoderConfig) played without allocation.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Architecture, AutoencoderConfig, ModelCard, ModelError, ModelFile, Tensor};
use crate::nn::{Activation, Dense, MAX_COLUMNS, dense::DenseScratch};

/// Most latents that a playable model has: one host parameter stands for each.
pub const MAX_LATENTS: usize = 64;

/// An immutable network, shared by every player of it.
///
/// `encode` gives the latents *before* their activation, so that a caller may scale them on either side of
/// [`Autoencoder::activate`]. Colonel, *Autoencoding Neural Networks as Musical Audio Synthesizers*, 2018, ch. 3.
#[derive(Debug)]
pub struct Autoencoder {
    encoder: Vec<Layer>,
    decoder: Vec<Layer>,
    encoder_shortcut: Option<Dense>,
    decoder_shortcut: Option<Dense>,
    latent_activation: Activation,
    widest: usize,
}

#[derive(Debug)]
struct Layer {
    dense: Dense,
    activation: Activation,
}

/// Buffers of one thread that evaluates an [`Autoencoder`]; made by [`Autoencoder::scratch`].
#[derive(Debug)]
pub struct Scratch {
    dense: DenseScratch,
    a: Vec<f32>,
    b: Vec<f32>,
}

impl Autoencoder {
    /// Packs the weights of a configuration. Allocates.
    ///
    /// # Errors
    /// When the configuration is not valid or a tensor is missing or has another shape.
    pub fn new(config: &AutoencoderConfig, tensors: &BTreeMap<String, Tensor>) -> Result<Self, ModelError> {
        config.validate()?;
        let mut layers = Vec::with_capacity(config.layers.len());
        let mut inputs = config.inputs;
        for (i, layer) in config.layers.iter().enumerate() {
            let weight = tensor(tensors, &format!("layers.{i}.weight"), &[inputs, layer.outputs])?;
            let bias = if layer.bias { tensor(tensors, &format!("layers.{i}.bias"), &[layer.outputs])? } else { &[] };
            layers.push(Layer { dense: dense(inputs, layer.outputs, weight, bias)?, activation: layer.activation });
            inputs = layer.outputs;
        }
        let decoder = layers.split_off(config.latent_layer + 1);
        let (latents, outputs) = (config.latents(), inputs);
        let shortcut = |name: &str, from: usize, to: usize| -> Result<Option<Dense>, ModelError> {
            if !config.shortcut {
                return Ok(None);
            }
            dense(from, to, tensor(tensors, name, &[from, to])?, &[]).map(Some)
        };
        Ok(Self {
            encoder_shortcut: shortcut("encoder_shortcut.weight", config.inputs, latents)?,
            decoder_shortcut: shortcut("decoder_shortcut.weight", latents, outputs)?,
            latent_activation: layers.last().map_or(Activation::Linear, |l| l.activation),
            widest: config.layers.iter().map(|l| l.outputs).max().unwrap_or(0).max(config.inputs),
            encoder: layers,
            decoder,
        })
    }

    /// Width of the input: bins of a frame.
    pub fn inputs(&self) -> usize {
        self.encoder.first().map_or(0, |l| l.dense.inputs())
    }

    /// Width of the latent space.
    pub fn latents(&self) -> usize {
        self.encoder.last().map_or(0, |l| l.dense.outputs())
    }

    /// Width of the output.
    pub fn outputs(&self) -> usize {
        self.decoder.last().map_or(self.latents(), |l| l.dense.outputs())
    }

    /// Bytes of weights that one frame reads, whatever its number of columns.
    pub fn weight_bytes(&self) -> usize {
        let layers = self.encoder.iter().chain(&self.decoder).map(|l| &l.dense);
        layers.chain(&self.encoder_shortcut).chain(&self.decoder_shortcut).map(Dense::weight_bytes).sum()
    }

    /// Buffers for evaluating up to [`MAX_COLUMNS`] columns. Allocates.
    pub fn scratch(&self) -> Scratch {
        let wide = vec![0.0; self.widest * MAX_COLUMNS];
        Scratch { dense: DenseScratch::new(self.widest), a: wide.clone(), b: wide }
    }

    /// From frames to latents before their activation. Real-time safe.
    ///
    /// # Shapes
    /// `x` `[column][inputs]`, `latents` `[column][latents]`; at most [`MAX_COLUMNS`] columns.
    pub fn encode(&self, scratch: &mut Scratch, columns: usize, x: &[f32], latents: &mut [f32]) {
        let Scratch { dense, a, b } = scratch;
        run(&self.encoder, dense, columns, x, (a, b), latents);
        if let Some(shortcut) = &self.encoder_shortcut {
            shortcut.forward(dense, columns, x, latents, true);
        }
    }

    /// The latent layer's activation, in place. Real-time safe.
    pub fn activate(&self, latents: &mut [f32]) {
        self.latent_activation.apply(latents);
    }

    /// The latent layer's activation.
    pub fn latent_activation(&self) -> Activation {
        self.latent_activation
    }

    /// From latents (after their activation) to frames. Real-time safe.
    ///
    /// # Shapes
    /// `latents` `[column][latents]`, `y` `[column][outputs]`; at most [`MAX_COLUMNS`] columns.
    pub fn decode(&self, scratch: &mut Scratch, columns: usize, latents: &[f32], y: &mut [f32]) {
        let Scratch { dense, a, b } = scratch;
        let Some(last) = self.decoder.last() else {
            y[..latents.len()].copy_from_slice(latents);
            return;
        };
        run(&self.decoder, dense, columns, latents, (a, b), y);
        if let Some(shortcut) = &self.decoder_shortcut {
            shortcut.forward(dense, columns, latents, y, true);
        }
        last.activation.apply(&mut y[..columns * self.outputs()]);
    }

    /// Encodes, activates and decodes. Real-time safe.
    ///
    /// # Shapes
    /// `x` `[column][inputs]`, `latents` `[column][latents]` (filled with the activated latents), `y` `[column][outputs]`.
    pub fn forward(&self, scratch: &mut Scratch, x: &[f32], latents: &mut [f32], y: &mut [f32]) {
        let columns = latents.len() / self.latents().max(1);
        self.encode(scratch, columns, x, latents);
        self.activate(latents);
        self.decode(scratch, columns, latents, y);
    }
}

/// Runs a stack of layers, all activated but the last, whose sums a shortcut may still add to.
fn run(
    layers: &[Layer],
    dense: &mut DenseScratch,
    columns: usize,
    x: &[f32],
    scratch: (&mut Vec<f32>, &mut Vec<f32>),
    y: &mut [f32],
) {
    let (mut from, mut to) = scratch;
    for (i, layer) in layers.iter().enumerate() {
        let input = if i == 0 { x } else { &from[..columns * layer.dense.inputs()] };
        if i + 1 == layers.len() {
            layer.dense.forward(dense, columns, input, y, false);
        } else {
            let out = &mut to[..columns * layer.dense.outputs()];
            layer.dense.forward(dense, columns, input, out, false);
            layer.activation.apply(out);
            std::mem::swap(&mut from, &mut to);
        }
    }
}

fn dense(inputs: usize, outputs: usize, weight: &[f32], bias: &[f32]) -> Result<Dense, ModelError> {
    Dense::new(inputs, outputs, weight, bias).ok_or_else(|| {
        ModelError::Config(format!(
            "expected a layer of {inputs} inputs and {outputs} outputs, found {} weights",
            weight.len()
        ))
    })
}

fn tensor<'a>(tensors: &'a BTreeMap<String, Tensor>, name: &str, shape: &[usize]) -> Result<&'a [f32], ModelError> {
    let found = tensors.get(name).ok_or_else(|| ModelError::MissingTensor { name: name.to_owned() })?;
    if found.shape != shape || found.data.len() != shape.iter().product::<usize>() {
        return Err(ModelError::WrongShape {
            name: name.to_owned(),
            expected: shape.to_vec(),
            found: found.shape.clone(),
        });
    }
    Ok(&found.data)
}

/// A model that the ANNe engine can play: an autoencoder of spectra with at most [`MAX_LATENTS`] latents.
#[derive(Debug)]
pub struct AnneModel {
    card: ModelCard,
    net: Autoencoder,
}

impl AnneModel {
    /// Makes a model file playable. Allocates.
    ///
    /// # Errors
    /// When the file holds another architecture, its frames do not have the width of its STFT, or it has more latents
    /// than the host has parameters for.
    pub fn from_file(file: &ModelFile) -> Result<Arc<Self>, ModelError> {
        let Architecture::Autoencoder(config) = &file.card.architecture;
        let net = Autoencoder::new(config, &file.tensors)?;
        let bins = file.card.stft.bins();
        if net.inputs() != bins || net.outputs() != bins {
            return Err(ModelError::Config(format!(
                "expected an autoencoder of {bins} magnitudes (its STFT has {} points), found {} inputs and {} outputs",
                file.card.stft.fft_size,
                net.inputs(),
                net.outputs()
            )));
        }
        if net.latents() > MAX_LATENTS {
            return Err(ModelError::Config(format!("expected at most {MAX_LATENTS} latents, found {}", net.latents())));
        }
        Ok(Arc::new(Self { card: file.card.clone(), net }))
    }

    /// What the model is and where it comes from.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// The network.
    pub fn net(&self) -> &Autoencoder {
        &self.net
    }

    /// Number of latents, 1 to [`MAX_LATENTS`].
    pub fn latents(&self) -> usize {
        self.net.latents()
    }
}
