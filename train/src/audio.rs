//! Sound files in and out, and conversion of the sample rate of whole signals.
//!
//! Everything here is offline: it allocates, reads and writes files, and must never be called from an audio thread.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error as DecodeError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

/// File name extensions, in lower case, that [`read_audio`] is expected to understand.
pub const EXTENSIONS: [&str; 7] = ["wav", "flac", "mp3", "ogg", "oga", "aif", "aiff"];

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

/// Whether a path's extension names a format that [`read_audio`] knows.
pub fn is_audio_path(path: &Path) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| EXTENSIONS.contains(&e.to_ascii_lowercase().as_str()))
}

/// Reads a whole WAV, AIFF, FLAC, MP3 or Ogg Vorbis file.
///
/// A damaged packet in the middle is skipped; a file in which nothing could be decoded is an error, as is one that holds
/// NaN or infinity (float WAV files can).
///
/// # Errors
/// When the file cannot be opened, is of an unknown format, or holds no usable samples; the message names the file.
pub fn read_audio(path: &Path) -> Result<Audio> {
    let file = File::open(path).with_context(|| format!("the sound file {} could not be opened", path.display()))?;
    let length = file.metadata().map(|m| m.len()).unwrap_or(0);
    if length == 0 {
        bail!("expected a sound file at {}, but the file is empty", path.display());
    }
    decode(file, path)
}

fn decode(file: File, path: &Path) -> Result<Audio> {
    let name = path.display();
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|e| {
            anyhow!(
                "expected a WAV, AIFF, FLAC, MP3 or Ogg Vorbis file, but {name} is none of these, or is damaged ({e})"
            )
        })?;
    let track = format
        .default_track(TrackType::Audio)
        .ok_or_else(|| anyhow!("expected a sound file, but {name} holds no audio track"))?;
    let track_id = track.id;
    let parameters = track
        .codec_params
        .as_ref()
        .and_then(|p| p.audio())
        .ok_or_else(|| anyhow!("the audio track of {name} does not say how it is coded"))?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|e| anyhow!("the coding of the audio in {name} is not supported ({e})"))?;

    let mut channels: Vec<Vec<f32>> = Vec::new();
    let mut rate = 0.0;
    let mut block: Vec<Vec<f32>> = Vec::new();
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            // A file cut short ends here; what came before it is kept.
            Ok(None) | Err(DecodeError::IoError(_)) | Err(DecodeError::ResetRequired) => break,
            Err(DecodeError::DecodeError(_)) => break,
            Err(e) => bail!("reading {name} stopped after {} samples: {e}", channels.first().map_or(0, Vec::len)),
        };
        if packet.track_id != track_id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(buffer) => {
                let spec = buffer.spec();
                if rate == 0.0 {
                    rate = f64::from(spec.rate());
                } else if rate != f64::from(spec.rate()) {
                    bail!(
                        "{name} changes its sample rate from {rate} Hz to {} Hz half-way; such files are not supported",
                        spec.rate()
                    );
                }
                buffer.copy_to_vecs_planar(&mut block);
                if channels.is_empty() {
                    channels = vec![Vec::new(); block.len()];
                } else if channels.len() != block.len() {
                    bail!(
                        "{name} changes from {} to {} channels half-way; such files are not supported",
                        channels.len(),
                        block.len()
                    );
                }
                for (all, new) in channels.iter_mut().zip(&block) {
                    all.extend_from_slice(new);
                }
            }
            Err(DecodeError::DecodeError(_)) => continue,
            Err(e) => bail!("decoding {name} failed: {e}"),
        }
    }
    let audio = Audio { channels, rate };
    if audio.is_empty() {
        bail!("expected sound in {name}, but not a single sample could be decoded");
    }
    if audio.channels.iter().flatten().any(|x| !x.is_finite()) {
        bail!("expected finite samples in {name}, but it holds NaN or infinity");
    }
    Ok(audio)
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
    let file = File::open(path).with_context(|| format!("the sound file {} could not be opened", path.display()))?;
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let format =
        symphonia::default::get_probe().probe(&hint, stream, FormatOptions::default(), MetadataOptions::default());
    if let Ok(format) = format
        && let Some(track) = format.default_track(TrackType::Audio)
        && let Some(rate) = track.codec_params.as_ref().and_then(|p| p.audio()).and_then(|p| p.sample_rate)
        && let Some(frames) = track.num_frames
        && frames > 0
    {
        return Ok(frames as f64 / f64::from(rate.max(1)));
    }
    let audio = read_audio(path)?;
    Ok(audio.len() as f64 / audio.rate)
}
