//! Times the default models' networks: burn's forward pass beside the engine's, burn's training
//! step beside ours, and burn's decoder of the instrument's.
//!
//! `cargo xtask bench` runs it and reads its last line, which is JSON. The times are medians, in
//! seconds.

#![forbid(unsafe_code)]

use std::time::Instant;

use anyhow::{Context, Result};
use burn::tensor::Device;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::AnneModel;
use nfx_learn::spectral::autoencoder::matrix;
use nfx_learn::spectral::cpu::CpuLearner;
use nfx_learn::spectral::export::import;
use nfx_learn::spectral::learner::{Batch, BurnLearner, Learner, Optimiser, StepConfig};
use nfx_learn::spectral::loss::Loss;

/// Frames in a training batch, as in the thesis.
const BATCH: usize = 100;

fn main() -> Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "models/general.safetensors".into());
    let bytes = std::fs::read(&path).with_context(|| format!("expected a model file at {path}"))?;
    let file = ModelFile::from_bytes(&bytes)?;
    let frames_per_second = file.card.sample_rate_hz / file.card.spectral()?.stft.hop as f64;
    let [engine_mono_s, engine_stereo_s] = engine(&file)?;
    let [burn_mono_s, burn_stereo_s] = burn_forward(&file)?;
    let [ours, burns] = training(&file)?;
    println!(
        "{}",
        serde_json::json!({
            "model": file.card.name,
            "frames_per_second": frames_per_second,
            "engine_mono_s": engine_mono_s,
            "engine_stereo_s": engine_stereo_s,
            "burn_mono_s": burn_mono_s,
            "burn_stereo_s": burn_stereo_s,
            "train_frames_per_second": BATCH as f64 / ours,
            "burn_train_frames_per_second": BATCH as f64 / burns,
            "decoder": decoder("models/keys.safetensors")?,
        })
    );
    Ok(())
}

/// The engine's form of the network, one frame of one channel and one of two.
fn engine(file: &ModelFile) -> Result<[f64; 2]> {
    let model = AnneModel::from_file(file)?;
    let net = model.net();
    let mut scratch = net.scratch();
    let time = |columns: usize, scratch: &mut _| {
        let x = frames(columns, net.inputs());
        let (mut latents, mut y) =
            (vec![0.0; columns * net.latents()], vec![0.0; columns * net.outputs()]);
        median(3000, || {
            net.forward(scratch, &x, &mut latents, &mut y);
            Ok(())
        })
    };
    Ok([time(1, &mut scratch)?, time(2, &mut scratch)?])
}

/// burn's forward pass on the CPU, its result read as an effect would have to.
fn burn_forward(file: &ModelFile) -> Result<[f64; 2]> {
    let device = Device::flex();
    let net = import(file, &device)?;
    let inputs = net.config().inputs;
    let time = |columns: usize| {
        let x = frames(columns, inputs);
        median(3000, || {
            let y = net.forward(matrix(&x, inputs, &device));
            y.into_data()
                .try_to_vec::<f32>()
                .map(drop)
                .map_err(|error| anyhow::anyhow!("{error:?}"))
        })
    };
    Ok([time(1)?, time(2)?])
}

/// burn's pass through the instrument's decoder for one voice, and for 8 and 16 in one call; read
/// as an instrument would have to.
fn decoder(path: &str) -> Result<serde_json::Value> {
    let bytes = std::fs::read(path).with_context(|| format!("expected a model file at {path}"))?;
    let file = ModelFile::from_bytes(&bytes)?;
    let device = Device::flex();
    let net = import(&file, &device)?;
    let width = net.config().latents() + net.config().condition;
    let time = |voices: usize| {
        let code = frames(voices, width);
        median(1000, || {
            let y = net.decode(matrix(&code, width, &device));
            y.into_data()
                .try_to_vec::<f32>()
                .map(drop)
                .map_err(|error| anyhow::anyhow!("{error:?}"))
        })
    };
    Ok(serde_json::json!({
        "frames_per_second": file.card.sample_rate_hz / file.card.spectral()?.stft.hop as f64,
        "1": time(1)?,
        "8": time(8)?,
        "16": time(16)?,
    }))
}

/// One step of Adam on a batch: our hand-written pass, and burn's autodiff and optimiser.
fn training(file: &ModelFile) -> Result<[f64; 2]> {
    let config = file.card.spectral()?.architecture.autoencoder()?;
    let x = frames(BATCH, config.inputs);
    let batch = Batch { input: &x, target: &x, condition: &[], between: None, draw: (1, 0) };
    let step = StepConfig {
        loss: Loss::Mse,
        l2: 0.0,
        dropout: 0.0,
        optimiser: Optimiser::Adam,
        variational: None,
    };
    let mut ours = CpuLearner::new(config, &file.tensors, step)?;
    let mut burns = BurnLearner::new(config, &file.tensors, step, Device::flex())?;
    Ok([
        median(200, || Ok(ours.step(1e-5, batch).map(drop)?))?,
        median(100, || Ok(burns.step(1e-5, batch).map(drop)?))?,
    ])
}

/// Magnitudes between 0 and 1, most of them small, as spectra are.
fn frames(count: usize, bins: usize) -> Vec<f32> {
    (0..count * bins).map(|i| ((i as f32 * 0.37).sin() * 0.5 + 0.5).powi(4)).collect()
}

fn median(calls: usize, mut call: impl FnMut() -> Result<()>) -> Result<f64> {
    for _ in 0..calls.div_ceil(20) {
        call()?;
    }
    let mut times = Vec::with_capacity(calls);
    for _ in 0..calls {
        let start = Instant::now();
        call()?;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[calls / 2])
}
