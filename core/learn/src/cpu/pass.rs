//! Forward and backward pass over a batch.

use nfx_core::model::AutoencoderConfig;
use nfx_core::nn::Activation;
use rayon::prelude::*;

use super::Parameter;
use super::matmul::{Matrix, product};
use crate::loss::Loss;

/// Slope of the leaky ReLU below zero, as in `nfx_core::nn`.
const LEAKY_SLOPE: f32 = 0.01;

/// A layer: where its parameters stand in the list, and its sizes.
#[derive(Clone, Debug)]
struct Layer {
    weight: usize,
    bias: Option<usize>,
    inputs: usize,
    outputs: usize,
    activation: Activation,
}

/// The plan of a network.
#[derive(Clone, Debug)]
pub(super) struct Net {
    layers: Vec<Layer>,
    latent: usize,
    encoder_shortcut: Option<usize>,
    decoder_shortcut: Option<usize>,
    inputs: usize,
}

impl Net {
    pub(super) fn new(config: &AutoencoderConfig, parameters: &[Parameter]) -> Self {
        let find = |name: &str| parameters.iter().position(|p| p.name == name);
        let mut inputs = config.inputs;
        let mut layers = Vec::with_capacity(config.layers.len());
        for (i, l) in config.layers.iter().enumerate() {
            layers.push(Layer {
                weight: find(&format!("layers.{i}.weight")).unwrap_or(0),
                bias: if l.bias { find(&format!("layers.{i}.bias")) } else { None },
                inputs,
                outputs: l.outputs,
                activation: l.activation,
            });
            inputs = l.outputs;
        }
        // A network that ends at its latents has no decoder for a shortcut to lead around.
        let decoder = config.latent_layer + 1 < config.layers.len();
        Net {
            layers,
            latent: config.latent_layer,
            encoder_shortcut: find("encoder_shortcut.weight"),
            decoder_shortcut: find("decoder_shortcut.weight").filter(|_| decoder),
            inputs: config.inputs,
        }
    }

    pub(super) fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |l| l.outputs)
    }
}

/// The buffers of one batch.
#[derive(Debug, Default)]
pub(super) struct Pass {
    frames: usize,
    /// Each layer's output after its activation, before dropout.
    y: Vec<Vec<f32>>,
    /// The same after dropout; used only where there is a mask.
    dropped: Vec<Vec<f32>>,
    /// Derivative of the loss by each layer's output, then by its sums.
    delta: Vec<Vec<f32>>,
    /// Dropout masks of all layers but the last, or none.
    pub(super) masks: Vec<Vec<f32>>,
}

impl Pass {
    pub(super) fn resize(&mut self, net: &Net, frames: usize) {
        if self.frames == frames && self.y.len() == net.layers.len() {
            return;
        }
        self.frames = frames;
        let buffers = || net.layers.iter().map(|l| vec![0.0; frames * l.outputs]).collect::<Vec<_>>();
        (self.y, self.delta, self.dropped) = (buffers(), buffers(), vec![Vec::new(); net.layers.len()]);
    }

    pub(super) fn output(&self) -> &[f32] {
        self.y.last().map_or(&[], Vec::as_slice)
    }

    /// What layer `i` hands on.
    fn handed(&self, i: usize) -> &[f32] {
        if i < self.masks.len() { &self.dropped[i] } else { &self.y[i] }
    }

    pub(super) fn forward(&mut self, net: &Net, parameters: &[Parameter], input: &[f32]) {
        let frames = self.frames;
        for (i, layer) in net.layers.iter().enumerate() {
            let mut y = std::mem::take(&mut self.y[i]);
            let x = if i == 0 { input } else { self.handed(i - 1) };
            let weight = &parameters[layer.weight].value;
            let mut add = false;
            if let Some(bias) = layer.bias {
                y.chunks_mut(layer.outputs).for_each(|row| row.copy_from_slice(&parameters[bias].value));
                add = true;
            }
            product(
                Matrix::new(x, frames, layer.inputs),
                Matrix::new(weight, layer.inputs, layer.outputs),
                &mut y,
                add,
            );
            if let Some((shortcut, from, width)) = self.shortcut(net, i, input) {
                let matrix = Matrix::new(&parameters[shortcut].value, width, layer.outputs);
                product(Matrix::new(from, frames, width), matrix, &mut y, true);
            }
            y.par_chunks_mut(8192).for_each(|part| layer.activation.apply(part));
            if let Some(mask) = self.masks.get(i) {
                self.dropped[i] = y.iter().zip(mask).map(|(y, m)| y * m).collect();
            }
            self.y[i] = y;
        }
    }

    /// The linear path that ends in layer `i`'s sums: its parameter, where it comes from, and that width.
    fn shortcut<'a>(&'a self, net: &Net, i: usize, input: &'a [f32]) -> Option<(usize, &'a [f32], usize)> {
        if i == net.latent {
            net.encoder_shortcut.map(|p| (p, input, net.inputs))
        } else if i + 1 == net.layers.len() {
            net.decoder_shortcut.map(|p| (p, self.handed(net.latent), net.layers[net.latent].outputs))
        } else {
            None
        }
    }

    /// The loss of the output; its derivative stands in the last delta afterwards.
    pub(super) fn loss(&mut self, loss: Loss, target: &[f32], bins: usize) -> f32 {
        match (self.y.last(), self.delta.last_mut()) {
            (Some(y), Some(delta)) => loss.with_gradient(y, target, bins, delta),
            _ => 0.0,
        }
    }

    pub(super) fn backward(&mut self, net: &Net, parameters: &mut [Parameter], input: &[f32]) {
        let frames = self.frames;
        let last = net.layers.len() - 1;
        for i in (0..=last).rev() {
            let layer = &net.layers[i];
            let mut delta = std::mem::take(&mut self.delta[i]);
            through_activation(layer.activation, &self.y[i], self.masks.get(i), &mut delta);
            let by_sums = Matrix::new(&delta, frames, layer.outputs);
            let x = if i == 0 { input } else { self.handed(i - 1) };
            let mut gradient = std::mem::take(&mut parameters[layer.weight].gradient);
            product(Matrix::new(x, frames, layer.inputs).transpose(), by_sums, &mut gradient, false);
            parameters[layer.weight].gradient = gradient;
            if let Some(bias) = layer.bias {
                column_sums(&delta, &mut parameters[bias].gradient);
            }
            if let Some((shortcut, from, width)) = self.shortcut(net, i, input) {
                let mut gradient = std::mem::take(&mut parameters[shortcut].gradient);
                product(Matrix::new(from, frames, width).transpose(), by_sums, &mut gradient, false);
                parameters[shortcut].gradient = gradient;
            }
            if i > 0 {
                // The latents' delta already holds what came through the decoder's shortcut.
                let add = i == net.latent + 1 && net.decoder_shortcut.is_some() && i != last;
                let weight = Matrix::new(&parameters[layer.weight].value, layer.inputs, layer.outputs);
                product(by_sums, weight.transpose(), &mut self.delta[i - 1], add);
            }
            if let (true, Some(shortcut)) = (i == last, net.decoder_shortcut) {
                let latents = net.layers[net.latent].outputs;
                let matrix = Matrix::new(&parameters[shortcut].value, latents, layer.outputs);
                let add = net.latent + 1 == last;
                product(by_sums, matrix.transpose(), &mut self.delta[net.latent], add);
            }
            self.delta[i] = delta;
        }
    }
}

/// From the derivative by a layer's handed-on output to that by its sums, in place.
fn through_activation(activation: Activation, y: &[f32], mask: Option<&Vec<f32>>, delta: &mut [f32]) {
    if let Some(mask) = mask {
        delta.iter_mut().zip(mask).for_each(|(d, m)| *d *= m);
    }
    let pairs = delta.iter_mut().zip(y);
    match activation {
        Activation::Linear => {}
        Activation::Relu => pairs.for_each(|(d, y)| *d = if *y > 0.0 { *d } else { 0.0 }),
        Activation::LeakyRelu => pairs.for_each(|(d, y)| *d *= if *y > 0.0 { 1.0 } else { LEAKY_SLOPE }),
        Activation::Sigmoid => pairs.for_each(|(d, y)| *d *= y * (1.0 - y)),
        Activation::Tanh => pairs.for_each(|(d, y)| *d *= 1.0 - y * y),
    }
}

fn column_sums(rows: &[f32], sums: &mut [f32]) {
    sums.fill(0.0);
    for row in rows.chunks(sums.len()) {
        sums.iter_mut().zip(row).for_each(|(s, r)| *s += r);
    }
}
