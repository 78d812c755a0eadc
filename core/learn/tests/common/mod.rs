//! Random networks and frames for the tests.
#![allow(dead_code)]

use nfx_core::models::spectral::{AutoencoderConfig, LayerConfig};
use nfx_core::nn::Activation;
use nfx_learn::Tensors;
use nfx_learn::spectral::init::{Init, weights};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

pub fn random(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Any topology: 2 to 7 layers, widths of 1 to 40 (some larger), every activation, with and without
/// bias and shortcut.
pub fn config(r: &mut StdRng) -> AutoencoderConfig {
    let inputs = r.random_range(1..=70);
    let count = r.random_range(2..=7);
    let layers = (0..count)
        .map(|i| LayerConfig {
            outputs: if i + 1 == count { inputs } else { r.random_range(1..=40) },
            activation: Activation::ALL[r.random_range(0..5)],
            bias: r.random_bool(0.5),
        })
        .collect();
    AutoencoderConfig {
        inputs,
        layers,
        latent_layer: r.random_range(0..count - 1),
        shortcut: r.random_bool(0.5),
        condition: 0,
    }
}

/// The same with a decoder that is told something. No layer is so narrow that all of a frame may
/// hang on one sum that is nearly 0, of which rounding leaves nothing.
pub fn told_config(r: &mut StdRng) -> AutoencoderConfig {
    let mut config = AutoencoderConfig { condition: r.random_range(1..=6), ..config(r) };
    let last = config.layers.len() - 1;
    config.layers[..last].iter_mut().for_each(|l| l.outputs = l.outputs.max(5));
    config
}

/// One-hot conditions.
pub fn conditions(config: &AutoencoderConfig, count: usize, r: &mut StdRng) -> Vec<f32> {
    let mut out = vec![0.0; count * config.condition];
    if config.condition > 0 {
        out.chunks_mut(config.condition)
            .for_each(|row| row[r.random_range(0..config.condition)] = 1.0);
    }
    out
}

/// Weights that keep signals at their size, and biases that are not zero.
pub fn tensors(config: &AutoencoderConfig, r: &mut StdRng) -> Tensors {
    let mut tensors = weights(config, Init::Xavier, r.random()).expect("weights");
    for (name, tensor) in &mut tensors {
        if name.ends_with("bias") {
            tensor.data.iter_mut().for_each(|v| *v = r.random_range(-0.2..0.2));
        }
    }
    tensors
}

/// Frames of magnitudes, 0 to 1.
pub fn frames(width: usize, count: usize, r: &mut StdRng) -> Vec<f32> {
    (0..width * count).map(|_| r.random::<f32>().powi(3)).collect()
}

/// `‖a − b‖ / ‖b‖`.
pub fn relative(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    let norm: f64 = b.iter().map(|v| f64::from(v * v)).sum();
    let error: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    (error / norm.max(1e-20)).sqrt()
}
