//! Profiles that tests make: `.nam` files, and a model file.

use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_core::models::effect::signaltrain::SignalTrainConfig;
use nfx_core::models::effect::{ProfileConfig, ProfileInfo};
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::fmt::Write as _;

/// A `.nam` file.
pub fn nam(architecture: &str, config: &str, weights: &[f32], rate_hz: f64) -> Vec<u8> {
    let mut text = format!(
        r#"{{"version": "0.5.4", "architecture": "{architecture}", "config": {config}, "weights": ["#
    );
    for (index, weight) in weights.iter().enumerate() {
        let _ = write!(text, "{}{weight:?}", if index > 0 { ", " } else { "" });
    }
    let _ =
        write!(text, r#"], "sample_rate": {rate_hz}, "metadata": {{"name": "made by a test"}}}}"#);
    text.into_bytes()
}

/// A gain and a delay, as a `.nam` file.
pub fn late(delay: usize, factor: f32, rate_hz: f64) -> Vec<u8> {
    let mut taps = vec![0.0; delay + 1];
    taps[delay] = factor;
    nam(
        "Linear",
        &format!(r#"{{"receptive_field": {}, "bias": false}}"#, delay + 1),
        &taps,
        rate_hz,
    )
}

/// SignalTrain's network in its own size with random weights, as a model file.
pub fn signaltrain(rate_hz: f64) -> Vec<u8> {
    let transform = StftConfig::new(2048, 512, Window::Hann).unwrap();
    let network = ProfileConfig::SignalTrain(SignalTrainConfig::original(0));
    let mut file = ModelFile::random(network, transform, rate_hz, 1);
    file.card.effect_mut().unwrap().info = ProfileInfo::default();
    file.to_bytes(Precision::F16).unwrap()
}

/// The drive pedal that comes with the plugin: an LSTM with a knob from 0 to 100.
pub fn klon() -> &'static [u8] {
    include_bytes!("../../../../models/klon.safetensors")
}

/// An LSTM of random weights, as a `.nam` file.
pub fn lstm(seed: u64, hidden: usize, rate_hz: f64) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(seed);
    let bound = 1.0 / (hidden as f32).sqrt();
    let count = 4 * hidden * (1 + hidden) + 4 * hidden + 2 * hidden + hidden + 1;
    let weights: Vec<f32> = (0..count).map(|_| random.random_range(-bound..bound)).collect();
    nam(
        "LSTM",
        &format!(r#"{{"input_size": 1, "hidden_size": {hidden}, "num_layers": 1}}"#),
        &weights,
        rate_hz,
    )
}

/// A small WaveNet of random weights, as a `.nam` file.
pub fn wavenet(seed: u64, rate_hz: f64) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(seed);
    let config = r#"{"layers": [{"input_size": 1, "condition_size": 1, "head_size": 1, "channels": 4, "kernel_size": 3,
        "dilations": [1, 2, 4, 8], "activation": "Tanh", "gated": false, "head_bias": true}],
        "head": null, "head_scale": 0.5}"#;
    // Rechannel; in each of four layers the convolution, the mix of the input, the way on; the
    // head; its scale.
    let count = 4 + 4 * (4 * 4 * 3 + 4 + 4 + 4 * 4 + 4) + 4 + 1 + 1;
    let mut weights: Vec<f32> = (0..count).map(|_| random.random_range(-0.4..0.4)).collect();
    weights[count - 1] = 0.5;
    nam("WaveNet", config, &weights, rate_hz)
}
