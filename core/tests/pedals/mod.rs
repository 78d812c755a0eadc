//! Profiles whose sound is known, or random ones for what has to hold for any, and the means to
//! play them.

#![allow(dead_code)] // each test binary uses its own part of this module

use std::sync::Arc;

use nfx_core::engine::profiler::{ProfilerControls, ProfilerEngine};
use nfx_core::models::ModelFile;
use nfx_core::models::effect::signaltrain::SignalTrainConfig;
use nfx_core::models::effect::{
    ContainerConfig, KnobInfo, LinearConfig, ProfileConfig, ProfileInfo, ProfileModel,
    RecurrentConfig, SizeConfig,
};
use nfx_core::nn::CellKind;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use rand::{Rng, SeedableRng, rngs::StdRng};

fn file(network: ProfileConfig, rate: f64, seed: u64) -> ModelFile {
    let mut file =
        ModelFile::random(network, StftConfig::new(2048, 512, Window::Hann).unwrap(), rate, seed);
    file.card.effect_mut().unwrap().info = ProfileInfo::default();
    file
}

fn put(file: &mut ModelFile, name: &str, data: &[f32]) {
    let tensor = file.tensors.get_mut(name).unwrap();
    assert_eq!(tensor.data.len(), data.len(), "{name}");
    tensor.data = data.to_vec();
}

/// An impulse response, the newest sample's tap first.
fn linear_config(taps: &[f32]) -> ProfileConfig {
    ProfileConfig::Linear(LinearConfig { receptive_field: taps.len(), bias: false })
}

pub fn linear(taps: &[f32], rate: f64) -> Arc<ProfileModel> {
    told(taps, rate, ProfileInfo::default())
}

/// The same with what its file says of levels.
pub fn told(taps: &[f32], rate: f64, info: ProfileInfo) -> Arc<ProfileModel> {
    let mut file = file(linear_config(taps), rate, 1);
    file.card.effect_mut().unwrap().info = info;
    put(&mut file, "weights", taps);
    ProfileModel::from_file(&file).unwrap()
}

/// The sound as it is, but late and by this factor.
pub fn late(delay: usize, factor: f32, rate: f64) -> Arc<ProfileModel> {
    let mut taps = vec![0.0; delay + 1];
    taps[delay] = factor;
    linear(&taps, rate)
}

/// An LSTM of random weights, `size` times those of usual ones.
pub fn lstm(seed: u64, hidden: usize, size: f32, rate: f64) -> Arc<ProfileModel> {
    let config = RecurrentConfig::new(CellKind::Lstm, hidden, 1, 0, false);
    let mut file = file(ProfileConfig::Recurrent(config), rate, seed);
    let mut rng = StdRng::seed_from_u64(seed);
    let bound = size / (hidden as f32).sqrt();
    file.tensors
        .values_mut()
        .flat_map(|t| &mut t.data)
        .for_each(|w| *w = rng.random_range(-bound..bound));
    ProfileModel::from_file(&file).unwrap()
}

/// SignalTrain's network with random weights and two knobs; `transform` as in its config.
pub fn signaltrain(seed: u64, transform: usize, rate: f64) -> Arc<ProfileModel> {
    let mut file =
        file(ProfileConfig::SignalTrain(SignalTrainConfig { knobs: 2, transform }), rate, seed);
    let knobs = ["A", "B"].map(|name| KnobInfo::linear(name, 0.0, 1.0, 0.5)).into();
    file.card.effect_mut().unwrap().info = ProfileInfo { knobs, ..ProfileInfo::default() };
    ProfileModel::from_file(&file).unwrap()
}

/// Two units that chase each other for ever, however quiet it is: a lasting hum of this level.
pub fn hum(level: f32, rate: f64) -> Arc<ProfileModel> {
    let config =
        RecurrentConfig { initial: true, ..RecurrentConfig::new(CellKind::Lstm, 2, 1, 0, false) };
    let mut file = file(ProfileConfig::Recurrent(config), rate, 1);
    // Columns: input, forget, cell and output gates of both units. Cells follow the other's output,
    // one of them upside down.
    let cell = |from: [f32; 2]| [0.0, 0.0, 0.0, 0.0, from[0], from[1], 0.0, 0.0];
    put(&mut file, "layers.0.input.weight", &cell([0.1, 0.0]));
    put(&mut file, "layers.0.hidden.weight", &[cell([0.0, -6.0]), cell([6.0, 0.0])].concat());
    // Input gates nearly shut, forget and output gates open: slow, and it keeps on.
    put(&mut file, "layers.0.bias", &[-3.0, -3.0, 4.0, 4.0, 0.0, 0.0, 6.0, 6.0]);
    put(&mut file, "layers.0.initial", &[0.3, 0.0, 0.3, 0.0]);
    put(&mut file, "head.weight", &[level, 0.0]);
    put(&mut file, "head.bias", &[0.0]);
    ProfileModel::from_file(&file).unwrap()
}

/// One unit that remembers for nine seconds how loud it was, says nothing in silence, and answers
/// the next sound by it.
pub fn slow(rate: f64) -> Arc<ProfileModel> {
    let mut file = file(
        ProfileConfig::Recurrent(RecurrentConfig::new(CellKind::Lstm, 1, 1, 0, false)),
        rate,
        1,
    );
    // Input, forget, cell and output gates: the cell slowly takes what is above zero, and the
    // output gate opens to it.
    put(&mut file, "layers.0.input.weight", &[6.0, 0.0, 0.01, 12.0]);
    put(&mut file, "layers.0.hidden.weight", &[0.0; 4]);
    put(&mut file, "layers.0.bias", &[-3.0, 13.0, 0.0, -8.0]);
    put(&mut file, "head.weight", &[1.0]);
    put(&mut file, "head.bias", &[0.0]);
    ProfileModel::from_file(&file).unwrap()
}

/// Two gains in one file: 0.25 when small, 0.5 when large.
pub fn slimmable(rate: f64) -> Arc<ProfileModel> {
    let size = |max_value| SizeConfig { max_value, network: linear_config(&[0.0]) };
    let mut file = file(
        ProfileConfig::Container(ContainerConfig { sizes: vec![size(0.5), size(1.0)] }),
        rate,
        1,
    );
    put(&mut file, "sizes.0.weights", &[0.25]);
    put(&mut file, "sizes.1.weights", &[0.5]);
    ProfileModel::from_file(&file).unwrap()
}

/// The compressor that the plugin opens on: 44.1 kHz, knobs threshold, ratio, attack and release in
/// dB, :1, ms, ms.
pub fn compressor() -> Arc<ProfileModel> {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/compressor.safetensors");
    ProfileModel::from_bytes(&std::fs::read(path).unwrap()).unwrap()
}

pub fn noise(seed: u64, len: usize) -> Vec<f32> {
    let mut rng = StdRng::seed_from_u64(seed);
    (0..len).map(|_| rng.random_range(-0.5..0.5)).collect()
}

pub fn sine(hz: f64, level: f32, rate: f64, len: usize) -> Vec<f32> {
    (0..len).map(|i| level * (std::f64::consts::TAU * hz * i as f64 / rate).sin() as f32).collect()
}

pub fn rms(x: &[f32]) -> f32 {
    (x.iter().map(|x| x * x).sum::<f32>() / x.len().max(1) as f32).sqrt()
}

/// Runs an engine over a sound in blocks of the given lengths (repeated), with controls by sample
/// position.
pub fn run(
    engine: &mut ProfilerEngine,
    sound: &[Vec<f32>],
    side: &[Vec<f32>],
    blocks: &[usize],
    mut controls_at: impl FnMut(usize) -> ProfilerControls,
) -> Vec<Vec<f32>> {
    let mut out = sound.to_vec();
    let len = sound[0].len();
    let (mut at, mut k) = (0, 0);
    while at < len {
        let n = blocks[k % blocks.len()].min(len - at);
        let mut block: Vec<&mut [f32]> = out.iter_mut().map(|c| &mut c[at..at + n]).collect();
        let side: Vec<&[f32]> = side.iter().map(|c| &c[at..at + n]).collect();
        engine.process(&controls_at(at), &mut block, &side);
        at += n;
        k += 1;
    }
    out
}

/// Compares sounds bit for bit and names the first difference, rather than printing them.
pub fn assert_same(a: &[Vec<f32>], b: &[Vec<f32>], what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    for (c, (a, b)) in a.iter().zip(b).enumerate() {
        assert_eq!(a.len(), b.len(), "{what}");
        if let Some(i) = a.iter().zip(b).position(|(x, y)| x.to_bits() != y.to_bits()) {
            panic!("{what}: channel {c}, sample {i}: {} and {}", a[i], b[i]);
        }
    }
}

/// The largest step between samples, and between steps: a click is a corner.
pub fn corner(x: &[f32]) -> f32 {
    x.windows(3).map(|w| (w[2] - 2.0 * w[1] + w[0]).abs()).fold(0.0f32, f32::max)
}
