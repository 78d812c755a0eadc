//! Sound files in and out, and conversion of the sample rate of whole signals.
//!
//! Everything here is offline: it allocates, reads and writes files, and must never be called from an audio thread.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, bail};
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};

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
/// What the file's owner should know (it was never finished, it is cut short) is said, once for each file. A file that holds NaN or
/// infinity (files of floats can) is an error.
///
/// # Errors
/// When the file cannot be opened, is of an unknown format, or holds no usable samples; the message names the file.
pub fn read_audio(path: &Path) -> Result<Audio> {
    let sound = nfx_audio::read_file(path, None).with_context(|| format!("{} cannot be read", path.display()))?;
    if let Some((count, seconds)) = sound.not_finite() {
        bail!(
            "expected finite samples in {}, but it holds NaN or infinity ({count} of them, the first at {seconds:.3} s)",
            path.display()
        );
    }
    if !sound.notes.is_empty() && is_new(path) {
        sound.notes.iter().for_each(|note| progress::say("note", &format!("{}: {note}", path.display())));
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
/// `channels` is `[channel][sample]`; the file is written beside `path` and renamed, so a failure leaves an older file intact.
///
/// # Errors
/// When there is no channel, channels differ in length, or the file cannot be written.
pub fn write_wav(path: &Path, channels: &[Vec<f32>], rate: f64) -> Result<()> {
    let Some(first) = channels.first() else {
        bail!("expected at least one channel to write to {}, found none", path.display());
    };
    if channels.iter().any(|c| c.len() != first.len()) {
        bail!("expected channels of equal length for {}; nothing was written", path.display());
    }
    let spec = hound::WavSpec {
        channels: u16::try_from(channels.len()).context("a WAV file holds at most 65535 channels")?,
        sample_rate: rate.round() as u32,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| format!("the folder {} could not be made", folder.display()))?;
    let beside = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("no file can be written in {}", folder.display()))?;
    {
        let file = std::io::BufWriter::new(beside.reopen()?);
        let mut writer = hound::WavWriter::new(file, spec)?;
        for i in 0..first.len() {
            for channel in channels {
                writer.write_sample((channel[i].clamp(-1.0, 1.0) * 32767.0).round() as i16)?;
            }
        }
        writer.finalize()?;
    }
    make_readable(beside.path());
    beside.persist(path).with_context(|| format!("{} could not be replaced", path.display()))?;
    Ok(())
}

/// Temporary files are private to their owner; a sound file or table is not meant to be.
pub(crate) fn make_readable(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Converts a whole mono signal from rate `from` to rate `to` (both in Hz), the filter's delay trimmed off.
///
/// Rates are rounded to whole Hz. The result has `ceil(len * to / from)` samples.
///
/// # Errors
/// When a rate is not positive or the ratio is beyond what the resampler supports.
pub fn resample(signal: &[f32], from: f64, to: f64) -> Result<Vec<f32>> {
    let (a, b) = (from.round(), to.round());
    if !(a >= 1.0 && b >= 1.0 && a <= 1.0e7 && b <= 1.0e7) {
        bail!("expected sample rates from 1 Hz to 10 MHz, found {from} Hz and {to} Hz");
    }
    if a == b || signal.is_empty() {
        return Ok(signal.to_vec());
    }
    let (from_hz, to_hz) = (a as usize, b as usize);
    let unit = from_hz / gcd(from_hz, to_hz);
    // The filter's delay is half a block of the output: an even number of units makes it whole, or everything would come half a
    // sample late.
    let units = 1024usize.div_ceil(unit).next_multiple_of(2);
    let mut resampler = Fft::<f32>::new(from_hz, to_hz, units * unit, 1, FixedSync::Both)
        .map_err(|e| anyhow!("no resampler from {a} Hz to {b} Hz: {e}"))?;
    let input =
        InterleavedSlice::new(signal, 1, signal.len()).map_err(|e| anyhow!("the resampler refused its input: {e}"))?;
    let output = resampler
        .process_all(&input, signal.len(), None)
        .map_err(|e| anyhow!("resampling from {a} Hz to {b} Hz failed: {e}"))?;
    Ok(output.take_data())
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Seconds of sound in a file, from its header where that says, else by decoding it.
///
/// # Errors
/// As [`read_audio`].
pub fn duration_seconds(path: &Path) -> Result<f64> {
    let facts = nfx_audio::look(path).with_context(|| format!("{} cannot be read", path.display()))?;
    if let Some(frames) = facts.frames {
        return Ok(frames as f64 / f64::from(facts.rate_hz));
    }
    let audio = read_audio(path)?;
    Ok(audio.len() as f64 / audio.rate)
}
