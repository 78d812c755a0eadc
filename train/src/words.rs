//! `nfx-train words`: what each latent of an effect's model does beside the others, written into
//! its card.

use std::path::Path;

use anyhow::Result;
use nfx_core::models::ModelFile;
use nfx_learn::spectral::words::{contrast, effects};

/// Words for the latents of an effect's model, one text each, no two equal.
///
/// # Errors
/// When the file holds no effect, or its card does not describe its latents.
pub fn of(file: &ModelFile) -> Result<Vec<String>> {
    let spectral = file.card.spectral()?;
    let config = spectral.architecture.autoencoder()?;
    let bin_hz = file.card.sample_rate_hz / spectral.stft.fft_size as f64;
    Ok(contrast(&effects(config, &file.tensors, &spectral.latents, bin_hz)?))
}

/// Writes the words into a file's card and says them. Weights stay as they are, in the precision
/// that they have.
///
/// # Errors
/// When the file cannot be read or written, or as for [`of`].
pub fn write(path: &Path) -> Result<String> {
    let bytes = crate::files::read_named(path, "a model file")?;
    let mut file = ModelFile::from_bytes(&bytes)?;
    let texts = of(&file)?;
    let lines: Vec<String> =
        texts.iter().enumerate().map(|(k, text)| format!("{:<3} {text}", k + 1)).collect();
    let latents = &mut file.card.spectral_mut()?.latents;
    latents.iter_mut().zip(texts).for_each(|(latent, text)| latent.label = text);
    crate::files::write_model(path, &file)?;
    Ok(lines.join("\n"))
}
