//! Sound files in and out, and conversion of the sample rate of whole signals.
//!
//! Everything here is offline: it allocates, reads and writes files, and must never be called from
//! an audio thread.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

pub use nfx_audio::{EXTENSIONS, is_audio_path};

use crate::profile::progress;

/// A decoded sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Samples, `[channel][sample]`, full scale at ±1; every channel has the same length.
    pub channels: Vec<Vec<f32>>,
    /// Sample rate in Hz.
    pub rate: f64,
}

impl Audio {
    /// Samples per channel.
    pub fn len(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    /// Whether there is no sample at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The mean of all channels.
    pub fn mono(&self) -> Vec<f32> {
        match self.channels.as_slice() {
            [] => Vec::new(),
            [only] => only.clone(),
            many => {
                let scale = 1.0 / many.len() as f32;
                (0..self.len()).map(|i| many.iter().map(|c| c[i]).sum::<f32>() * scale).collect()
            }
        }
    }
}

/// Reads a whole sound file of one of the [`EXTENSIONS`], by the reader that the plugins have, too.
///
/// What the file's owner should know (it was never finished, it is cut short) is said, once for
/// each file. A file that holds NaN or infinity (files of floats can) is an error.
///
/// # Errors
/// When the file cannot be opened, is of an unknown format, or holds no usable samples; the message
/// names the file.
pub fn read_audio(path: &Path) -> Result<Audio> {
    let sound = nfx_audio::read_file(path, None)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    if let Some((count, seconds)) = sound.not_finite() {
        bail!(
            "expected finite samples in {}, but it holds NaN or infinity ({count} of them, the first at {seconds:.3} s)",
            path.display()
        );
    }
    if !sound.notes.is_empty() && is_new(path) {
        sound
            .notes
            .iter()
            .for_each(|note| progress::say("note", &format!("{}: {note}", path.display())));
    }
    Ok(Audio { channels: sound.channels, rate: f64::from(sound.rate_hz) })
}

/// Whether nothing was said of a file yet.
fn is_new(path: &Path) -> bool {
    static SAID: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned())
}

/// Writes a 16-bit WAV file, rounding to the nearest step and clipping at full scale.
///
/// # Errors
/// As [`nfx_audio::write_wav`]: a failure leaves an older file intact.
pub fn write_wav(path: &Path, channels: &[Vec<f32>], rate: f64) -> Result<()> {
    Ok(nfx_audio::write_wav(path, channels, rate, nfx_audio::Samples::Pcm16)?)
}

/// Writes a WAV file of 32-bit floats: the samples as they are, also above full scale.
///
/// # Errors
/// As [`nfx_audio::write_wav`]: a failure leaves an older file intact.
pub fn write_float_wav(path: &Path, channels: &[Vec<f32>], rate: f64) -> Result<()> {
    Ok(nfx_audio::write_wav(path, channels, rate, nfx_audio::Samples::Float32)?)
}

/// Converts a whole mono signal from rate `from` to rate `to` (both in Hz), the filter's delay
/// trimmed off.
///
/// # Errors
/// As [`nfx_audio::resample`].
pub fn resample(signal: &[f32], from: f64, to: f64) -> Result<Vec<f32>> {
    Ok(nfx_audio::resample(signal, from, to)?)
}

/// Seconds of sound in a file, from its header where that says, else by decoding it.
///
/// # Errors
/// As [`read_audio`].
pub fn duration_seconds(path: &Path) -> Result<f64> {
    let facts =
        nfx_audio::look(path).with_context(|| format!("{} cannot be read", path.display()))?;
    if let Some(frames) = facts.frames {
        return Ok(frames as f64 / f64::from(facts.rate_hz));
    }
    let audio = read_audio(path)?;
    Ok(audio.len() as f64 / audio.rate)
}
