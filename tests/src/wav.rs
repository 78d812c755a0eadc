//! Sound files of the tests: any that the suite reads are read, WAV of 32-bit floats is written.

use anyhow::{Context, Result};
use nfx_audio::Samples;
use std::path::Path;

/// Reads a sound file: samples as `[channel][sample]`, full scale at 1, and the rate in Hz.
///
/// # Errors
/// When the file cannot be read or is no sound.
pub fn read(path: &Path) -> Result<(Vec<Vec<f32>>, u32)> {
    let sound = nfx_audio::read_file(path, None)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    Ok((sound.channels, sound.rate_hz))
}

/// Writes `[channel][sample]` as 32-bit float, beside the target first and renamed then.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, channels: &[Vec<f32>], rate_hz: u32) -> Result<()> {
    Ok(nfx_audio::write_wav(path, channels, f64::from(rate_hz), Samples::Float32)?)
}
