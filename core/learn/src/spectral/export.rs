//! To and from model files.

use burn::tensor::Device;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{Autoencoder as RealTime, AutoencoderConfig, SpectralCard};
use nfx_core::nn::MAX_COLUMNS;

use super::{latents, words};
use crate::spectral::autoencoder::{Autoencoder, Passage, matrix, values};
use crate::{LearnError, Tensors};

/// Largest difference between the trained and the real-time form, relative to the norm of the
/// output frame.
pub const PARITY: f32 = 1e-5;

/// Rounds every weight to half precision, as the real-time form keeps it.
///
/// # Errors
/// When a weight is not finite or too large for half precision.
pub fn rounded(tensors: &Tensors) -> Result<Tensors, LearnError> {
    let mut out = tensors.clone();
    for (name, tensor) in &mut out {
        for v in &mut tensor.data {
            let value = half::f16::from_f32(*v).to_f32();
            if !value.is_finite() {
                return Err(LearnError::Argument(format!(
                    "expected weights that half precision can hold (up to 65504), found {v} in {name}; no model file was made"
                )));
            }
            *v = value;
        }
    }
    Ok(out)
}

/// Largest difference between burn's form and the real-time form of the same weights over frames
/// `[frame][bin]`, each relative to the norm of burn's output frame.
///
/// # Errors
/// When the configuration, the tensors and the frames do not fit together.
pub fn parity(
    config: &AutoencoderConfig,
    tensors: &Tensors,
    frames: &[f32],
) -> Result<f32, LearnError> {
    let device = Device::flex();
    let net = Autoencoder::new(config, tensors, &device)?;
    let (inputs, outputs) = (config.inputs, config.outputs());
    // A decoder that is told something is told each thing in turn.
    let count = frames.len() / inputs.max(1);
    let told = one_in_turn(count, config.condition);
    let mut passage = Passage::default();
    if config.condition > 0 {
        passage.condition = Some(matrix(&told, config.condition, &device));
    }
    let trained =
        values(net.forward_with(matrix(&frames[..count * inputs], inputs, &device), &passage))?;
    let real_time = RealTime::new(config, tensors)?;
    let mut scratch = real_time.scratch();
    let (width, code_width) = (config.latents(), config.code());
    let mut latents = vec![0.0; width * MAX_COLUMNS];
    let mut code = vec![0.0; code_width * MAX_COLUMNS];
    let mut y = vec![0.0; outputs * MAX_COLUMNS];
    let mut worst = 0.0f32;
    // Every number of columns that the engine may use is met on the way.
    let (mut done, mut columns) = (0usize, 1usize);
    while done < count {
        let n = columns.min(count - done);
        let x = &frames[done * inputs..(done + n) * inputs];
        real_time.encode(&mut scratch, n, x, &mut latents[..n * width]);
        real_time.activate(&mut latents[..n * width]);
        for (i, (row, z)) in
            code.chunks_mut(code_width).zip(latents.chunks(width)).take(n).enumerate()
        {
            row[..width].copy_from_slice(z);
            row[width..].copy_from_slice(
                &told[(done + i) * config.condition..(done + i + 1) * config.condition],
            );
        }
        real_time.decode(&mut scratch, n, &code[..n * code_width], &mut y[..n * outputs]);
        for (a, b) in
            y[..n * outputs].chunks(outputs).zip(trained[done * outputs..].chunks(outputs))
        {
            worst = worst.max(difference(a, b));
        }
        done += n;
        columns = columns % MAX_COLUMNS + 1;
    }
    Ok(worst)
}

/// For each frame a condition with one 1 in it, `[frame][condition]`.
fn one_in_turn(frames: usize, condition: usize) -> Vec<f32> {
    (0..frames * condition)
        .map(|i| f32::from(u8::from(i / condition % condition == i % condition)))
        .collect()
}

/// `‖a - b‖ / ‖b‖`; infinite when something is not a number.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    let norm: f64 = b.iter().map(|v| f64::from(v * v)).sum();
    let error: f64 = a.iter().zip(b).map(|(a, b)| f64::from((a - b) * (a - b))).sum();
    let ratio = (error / norm.max(1e-20)).sqrt() as f32;
    if ratio.is_nan() { f32::INFINITY } else { ratio }
}

/// Makes the model file of a trained network: latents sorted and described, weights rounded to half
/// precision, and the real-time form held to burn's.
///
/// `card.kind.architecture` says which network it is; `frames` `[frame][bin]` are what the latents
/// are described by.
///
/// # Errors
/// [`LearnError::Parity`] when the two forms disagree by more than [`PARITY`]; else when something
/// does not fit.
pub fn model_file(
    mut card: SpectralCard,
    tensors: &Tensors,
    frames: &[f32],
) -> Result<ModelFile, LearnError> {
    let config = card.kind.architecture.autoencoder()?;
    let bin_hz = card.sample_rate_hz / card.kind.stft.fft_size as f64;
    let mut sorted = rounded(tensors)?;
    let found = latents::describe(config, &sorted, frames, bin_hz)?;
    let order = latents::order(&found);
    latents::reorder(config, &mut sorted, &order);
    let difference = parity(config, &sorted, frames)?;
    if difference > PARITY {
        return Err(LearnError::Parity { allowed: PARITY, found: difference });
    }
    let mut described: Vec<_> = order.iter().map(|&i| found[i].clone()).collect();
    if config.condition == 0 {
        let texts = words::contrast(&words::effects(config, &sorted, &described, bin_hz)?);
        described.iter_mut().zip(texts).for_each(|(latent, text)| latent.label = text);
    }
    card.kind.latents = described;
    card.provenance.metrics.insert("parity".into(), f64::from(difference));
    Ok(ModelFile { card: card.into(), tensors: sorted })
}

/// The burn module of a model file.
///
/// # Errors
/// When the file's tensors do not fit its card.
pub fn import(file: &ModelFile, device: &Device) -> Result<Autoencoder, LearnError> {
    let config = file.card.spectral()?.architecture.autoencoder()?;
    Autoencoder::new(config, &file.tensors, device)
}
