//! Forward and backward pass over a batch.

use nfx_core::models::spectral::AutoencoderConfig;
use nfx_core::nn::Activation;
use rayon::prelude::*;

use super::Parameter;
use super::matmul::{Matrix, product};
use crate::spectral::between::Between;
use crate::spectral::learner::{LOG_VARIANCE, SPREAD_BIAS, SPREAD_WEIGHT};
use crate::spectral::loss::Loss;

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
    /// Weight and bias of the layer that makes log variances.
    spread: Option<(usize, usize)>,
    inputs: usize,
    condition: usize,
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
                inputs: inputs + if i == config.latent_layer + 1 { config.condition } else { 0 },
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
            spread: find(SPREAD_WEIGHT).zip(find(SPREAD_BIAS)),
            inputs: config.inputs,
            condition: config.condition,
        }
    }

    fn latents(&self) -> usize {
        self.layers[self.latent].outputs
    }

    pub(super) fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |l| l.outputs)
    }
}

/// The buffers of one batch.
#[derive(Debug, Default)]
pub(super) struct Pass {
    frames: usize,
    /// Pairs of frames between whose latents the decoder is played too, behind the frames
    /// themselves; without a condition, dropout and draws only.
    pub(super) between: Vec<[u32; 2]>,
    /// Each layer's output after its activation, before dropout; behind the latents with the rows
    /// of `between`.
    y: Vec<Vec<f32>>,
    /// The same after dropout; used only where there is a mask.
    dropped: Vec<Vec<f32>>,
    /// Derivative of the loss by each layer's output, then by its sums.
    delta: Vec<Vec<f32>>,
    /// Dropout masks of all layers but the last, or none.
    pub(super) masks: Vec<Vec<f32>>,
    /// What the decoder is told, `[frame][condition]`.
    pub(super) condition: Vec<f32>,
    /// What the latents are drawn with, `[frame][latent]`, or nothing.
    pub(super) draw: Vec<f32>,
    /// Weight of the divergence of what they are drawn from.
    pub(super) beta: f32,
    /// Latents and condition as the decoder gets them, `[row][code]`; only with a condition or with
    /// rows between.
    code: Vec<f32>,
    /// Derivative of the loss by it.
    code_delta: Vec<f32>,
    /// Log variances of the latents, unbounded, then the derivative by them.
    spread: Vec<f32>,
}

impl Pass {
    /// Makes room for `frames` frames and the rows of `between`.
    pub(super) fn resize(&mut self, net: &Net, frames: usize) {
        self.frames = frames;
        let fits =
            |(i, y): (usize, &Vec<f32>)| y.len() == self.rows(net, i) * net.layers[i].outputs;
        if self.y.len() == net.layers.len() && self.y.iter().enumerate().all(fits) {
            return;
        }
        let sizes = net.layers.iter().enumerate().map(|(i, l)| self.rows(net, i) * l.outputs);
        let buffers: Vec<Vec<f32>> = sizes.map(|size| vec![0.0; size]).collect();
        (self.y, self.delta, self.dropped) =
            (buffers.clone(), buffers, vec![Vec::new(); net.layers.len()]);
    }

    /// Rows that pass layer `i`.
    fn rows(&self, net: &Net, i: usize) -> usize {
        self.frames + if i > net.latent { self.between.len() } else { 0 }
    }

    /// Whether the decoder is given more than the latents as they are.
    fn coded(&self, net: &Net) -> bool {
        net.condition > 0 || !self.between.is_empty()
    }

    pub(super) fn output(&self) -> &[f32] {
        self.y.last().map_or(&[], Vec::as_slice)
    }

    /// What layer `i` hands on.
    fn handed(&self, net: &Net, i: usize) -> &[f32] {
        if i == net.latent && self.coded(net) {
            &self.code
        } else if i < self.masks.len() || i == net.latent && !self.draw.is_empty() {
            &self.dropped[i]
        } else {
            &self.y[i]
        }
    }

    pub(super) fn forward(&mut self, net: &Net, parameters: &[Parameter], input: &[f32]) {
        for (i, layer) in net.layers.iter().enumerate() {
            let rows = self.rows(net, i);
            let mut y = std::mem::take(&mut self.y[i]);
            if i == net.latent && !self.draw.is_empty() {
                self.log_variances(net, parameters, input);
            }
            let x = if i == 0 { input } else { self.handed(net, i - 1) };
            let weight = &parameters[layer.weight].value;
            let mut add = false;
            if let Some(bias) = layer.bias {
                y.chunks_mut(layer.outputs)
                    .for_each(|row| row.copy_from_slice(&parameters[bias].value));
                add = true;
            }
            product(
                Matrix::new(x, rows, layer.inputs),
                Matrix::new(weight, layer.inputs, layer.outputs),
                &mut y,
                add,
            );
            if let Some((shortcut, from, width)) = self.shortcut(net, i, input) {
                let matrix = Matrix::new(&parameters[shortcut].value, width, layer.outputs);
                product(Matrix::new(from, rows, width), matrix, &mut y, true);
            }
            y.par_chunks_mut(8192).for_each(|part| layer.activation.apply(part));
            let drawn = i == net.latent && !self.draw.is_empty();
            if drawn || i < self.masks.len() {
                let mut handed = y.clone();
                if drawn {
                    let spread = self.spread.iter().zip(&self.draw);
                    handed
                        .iter_mut()
                        .zip(spread)
                        .for_each(|(h, (s, e))| *h += (0.5 * bounded(*s)).exp() * e);
                }
                if let Some(mask) = self.masks.get(i) {
                    handed.iter_mut().zip(mask).for_each(|(h, m)| *h *= m);
                }
                self.dropped[i] = handed;
            }
            self.y[i] = y;
            if i == net.latent && self.coded(net) {
                self.fill_code(net);
            }
        }
    }

    /// The log variances of what the latent layer sees.
    fn log_variances(&mut self, net: &Net, parameters: &[Parameter], input: &[f32]) {
        let Some((weight, bias)) = net.spread else { return };
        let (latents, width) = (net.latents(), net.layers[net.latent].inputs);
        let mut spread = std::mem::take(&mut self.spread);
        spread.resize(self.frames * latents, 0.0);
        spread.chunks_mut(latents).for_each(|row| row.copy_from_slice(&parameters[bias].value));
        let x = if net.latent == 0 { input } else { self.handed(net, net.latent - 1) };
        let matrix = Matrix::new(&parameters[weight].value, width, latents);
        product(Matrix::new(x, self.frames, width), matrix, &mut spread, true);
        self.spread = spread;
    }

    /// Puts latents and condition side by side, or the latents and what lies between them one after
    /// the other.
    fn fill_code(&mut self, net: &Net) {
        let (latents, condition) = (net.latents(), net.condition);
        let mut code = std::mem::take(&mut self.code);
        code.resize((self.frames + self.between.len()) * (latents + condition), 0.0);
        if condition == 0 {
            let (plain, between) = code.split_at_mut(self.frames * latents);
            plain.copy_from_slice(&self.y[net.latent]);
            for (row, pair) in between.chunks_mut(latents).zip(&self.between) {
                let [a, b] = pair.map(|frame| &plain[frame as usize * latents..][..latents]);
                row.iter_mut().zip(a.iter().zip(b)).for_each(|(z, (a, b))| *z = 0.5 * (a + b));
            }
            self.code = code;
            return;
        }
        let drawn = !self.draw.is_empty() || net.latent < self.masks.len();
        let from = if drawn { &self.dropped[net.latent] } else { &self.y[net.latent] };
        let rows = code.chunks_mut(latents + condition).zip(from.chunks(latents));
        for ((row, z), told) in rows.zip(self.condition.chunks(condition)) {
            row[..latents].copy_from_slice(z);
            row[latents..].copy_from_slice(told);
        }
        self.code = code;
    }

    /// The linear path that ends in layer `i`'s sums: its parameter, where it comes from, and that
    /// width.
    fn shortcut<'a>(
        &'a self,
        net: &Net,
        i: usize,
        input: &'a [f32],
    ) -> Option<(usize, &'a [f32], usize)> {
        if i == net.latent {
            net.encoder_shortcut.map(|p| (p, input, net.inputs))
        } else if i + 1 == net.layers.len() {
            net.decoder_shortcut
                .map(|p| (p, self.handed(net, net.latent), net.latents() + net.condition))
        } else {
            None
        }
    }

    /// The loss of the output; its derivative stands in the last delta afterwards. The rows between
    /// cost their weight times their squared distance from what they are drawn to.
    pub(super) fn loss(
        &mut self,
        loss: Loss,
        target: &[f32],
        bins: usize,
        between: Option<&Between<'_>>,
    ) -> f32 {
        let (Some(y), Some(delta)) = (self.y.last(), self.delta.last_mut()) else { return 0.0 };
        let plain = self.frames * bins;
        let mut total = loss.with_gradient(&y[..plain], target, bins, &mut delta[..plain]);
        if let Some(between) = between {
            let drawn = between.drawn(&y[..plain], &y[plain..]);
            total += between.weight
                * Loss::Mse.with_gradient(&y[plain..], &drawn, bins, &mut delta[plain..]);
            delta[plain..].iter_mut().for_each(|d| *d *= between.weight);
        }
        total
    }

    pub(super) fn backward(&mut self, net: &Net, parameters: &mut [Parameter], input: &[f32]) {
        let last = net.layers.len() - 1;
        for i in (0..=last).rev() {
            let (layer, rows) = (&net.layers[i], self.rows(net, i));
            let mut delta = std::mem::take(&mut self.delta[i]);
            if i == net.latent {
                self.reach_latents(net, &mut delta);
            }
            let drawn = i == net.latent && !self.draw.is_empty();
            let mask = if drawn { None } else { self.masks.get(i) };
            through_activation(layer.activation, &self.y[i], mask, &mut delta);
            let by_sums = Matrix::new(&delta, rows, layer.outputs);
            let x = if i == 0 { input } else { self.handed(net, i - 1) };
            let mut gradient = std::mem::take(&mut parameters[layer.weight].gradient);
            product(Matrix::new(x, rows, layer.inputs).transpose(), by_sums, &mut gradient, false);
            parameters[layer.weight].gradient = gradient;
            if let Some(bias) = layer.bias {
                column_sums(&delta, &mut parameters[bias].gradient);
            }
            if let Some((shortcut, from, width)) = self.shortcut(net, i, input) {
                let mut gradient = std::mem::take(&mut parameters[shortcut].gradient);
                product(Matrix::new(from, rows, width).transpose(), by_sums, &mut gradient, false);
                parameters[shortcut].gradient = gradient;
            }
            if i > 0 {
                // The code's delta already holds what came through the decoder's shortcut.
                let add = i == net.latent + 1 && net.decoder_shortcut.is_some() && i != last;
                let weight =
                    Matrix::new(&parameters[layer.weight].value, layer.inputs, layer.outputs);
                product(by_sums, weight.transpose(), self.delta_before(net, i - 1), add);
            }
            if let (true, Some(shortcut)) = (i == last, net.decoder_shortcut) {
                let matrix = Matrix::new(
                    &parameters[shortcut].value,
                    net.latents() + net.condition,
                    layer.outputs,
                );
                let add = net.latent + 1 == last;
                product(by_sums, matrix.transpose(), self.delta_before(net, net.latent), add);
            }
            if drawn {
                self.spread_backward(net, parameters, input);
            }
            self.delta[i] = delta;
        }
    }

    /// Where the derivative by what layer `i` hands on is gathered.
    fn delta_before(&mut self, net: &Net, i: usize) -> &mut Vec<f32> {
        if i == net.latent && self.coded(net) {
            let rows = self.frames + self.between.len();
            self.code_delta.resize(rows * (net.latents() + net.condition), 0.0);
            &mut self.code_delta
        } else {
            &mut self.delta[i]
        }
    }

    /// From the derivative by the code to that by the latents behind their activation; the log
    /// variances give way to the derivative by them.
    fn reach_latents(&mut self, net: &Net, delta: &mut [f32]) {
        let latents = net.latents();
        if net.condition > 0 {
            let rows = self.code_delta.chunks(latents + net.condition);
            delta
                .chunks_mut(latents)
                .zip(rows)
                .for_each(|(d, row)| d.copy_from_slice(&row[..latents]));
        } else if !self.between.is_empty() {
            let (plain, between) = self.code_delta.split_at(self.frames * latents);
            delta.copy_from_slice(plain);
            for (row, pair) in between.chunks(latents).zip(&self.between) {
                for frame in pair {
                    let to = &mut delta[*frame as usize * latents..][..latents];
                    to.iter_mut().zip(row).for_each(|(d, r)| *d += 0.5 * r);
                }
            }
        }
        if self.draw.is_empty() {
            return;
        }
        if let Some(mask) = self.masks.get(net.latent) {
            delta.iter_mut().zip(mask).for_each(|(d, m)| *d *= m);
        }
        let beta = self.beta / self.frames.max(1) as f32;
        let places =
            delta.iter_mut().zip(&mut self.spread).zip(self.draw.iter().zip(&self.y[net.latent]));
        for ((d, spread), (noise, mean)) in places {
            let s = *spread;
            let within = (LOG_VARIANCE[0]..=LOG_VARIANCE[1]).contains(&s);
            *spread = if within {
                *d * noise * 0.5 * (0.5 * s).exp() + beta * 0.5 * (s.exp() - 1.0)
            } else {
                0.0
            };
            *d += beta * mean;
        }
    }

    /// The gradients of the layer that makes log variances, and what passes through it to the layer
    /// before.
    fn spread_backward(&mut self, net: &Net, parameters: &mut [Parameter], input: &[f32]) {
        let Some((weight, bias)) = net.spread else { return };
        let (latents, width) = (net.latents(), net.layers[net.latent].inputs);
        let spread = std::mem::take(&mut self.spread);
        let by_spread = Matrix::new(&spread, self.frames, latents);
        let x = if net.latent == 0 { input } else { self.handed(net, net.latent - 1) };
        let mut gradient = std::mem::take(&mut parameters[weight].gradient);
        product(Matrix::new(x, self.frames, width).transpose(), by_spread, &mut gradient, false);
        parameters[weight].gradient = gradient;
        column_sums(&spread, &mut parameters[bias].gradient);
        if net.latent > 0 {
            let matrix = Matrix::new(&parameters[weight].value, width, latents);
            product(by_spread, matrix.transpose(), &mut self.delta[net.latent - 1], true);
        }
        self.spread = spread;
    }
}

/// The products of every row of `a` with every row of `b`, both `[row][bin]`: `[row of a][row of
/// b]`.
pub(crate) fn row_products(a: &[f32], b: &[f32], bins: usize) -> Vec<f32> {
    let (rows, columns) = (a.len() / bins.max(1), b.len() / bins.max(1));
    let mut out = vec![0.0; rows * columns];
    product(Matrix::new(a, rows, bins), Matrix::new(b, columns, bins).transpose(), &mut out, false);
    out
}

/// A log variance within the bounds that count.
fn bounded(log_variance: f32) -> f32 {
    log_variance.clamp(LOG_VARIANCE[0], LOG_VARIANCE[1])
}

/// From the derivative by a layer's handed-on output to that by its sums, in place.
fn through_activation(
    activation: Activation,
    y: &[f32],
    mask: Option<&Vec<f32>>,
    delta: &mut [f32],
) {
    if let Some(mask) = mask {
        delta.iter_mut().zip(mask).for_each(|(d, m)| *d *= m);
    }
    let pairs = delta.iter_mut().zip(y);
    match activation {
        Activation::Linear => {}
        Activation::Relu => pairs.for_each(|(d, y)| *d = if *y > 0.0 { *d } else { 0.0 }),
        Activation::LeakyRelu => {
            pairs.for_each(|(d, y)| *d *= if *y > 0.0 { 1.0 } else { LEAKY_SLOPE })
        }
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
