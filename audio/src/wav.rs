//! WAV files, written.

use std::io::Cursor;
use std::path::Path;

use crate::{AudioError, MOST_CHANNELS, Result, files, whole_rate};

/// Bytes of sound that a WAV file can hold beside its head: its sizes have 32 bits.
const MOST_BYTES: u64 = u32::MAX as u64 - 128;

/// How the samples of a WAV file are coded. Whole numbers are rounded to the nearest step and
/// clipped at full scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Samples {
    /// Whole numbers of 16 bits.
    Pcm16,
    /// Whole numbers of 24 bits.
    Pcm24,
    /// Floats of 32 bits: the samples as they are, also above full scale.
    Float32,
}

/// The bytes of a WAV file: `[channel][sample]`, at a rate that is rounded to whole Hz.
///
/// # Errors
/// A sentence: there is no channel, or more than 1,024, channels differ in length, the rate is not
/// from 1 Hz to 10 MHz, or the sound is longer or wider than a WAV file can be.
pub fn wav_bytes(channels: &[Vec<f32>], rate_hz: f64, samples: Samples) -> Result<Vec<u8>> {
    let length = channels.first().map_or(0, Vec::len);
    if channels.is_empty() || channels.iter().any(|channel| channel.len() != length) {
        return Err(AudioError::new(
            "expected channels of equal length, one at least, for a WAV file",
        ));
    }
    let (bits_per_sample, sample_format): (u16, _) = match samples {
        Samples::Pcm16 => (16, hound::SampleFormat::Int),
        Samples::Pcm24 => (24, hound::SampleFormat::Int),
        Samples::Float32 => (32, hound::SampleFormat::Float),
    };
    let size = length as u64 * channels.len() as u64 * u64::from(bits_per_sample / 8);
    if size > MOST_BYTES {
        return Err(AudioError::new("the sound is longer than a WAV file can be (4 GiB)"));
    }
    let sample_rate = whole_rate(rate_hz)?;
    let count = u16::try_from(channels.len()).ok().filter(|count| *count <= MOST_CHANNELS);
    let Some(count) = count else {
        return Err(AudioError::new(format!(
            "expected at most {MOST_CHANNELS} channels for a WAV file, found {}",
            channels.len()
        )));
    };
    let bytes_per_second =
        u64::from(sample_rate) * u64::from(count) * u64::from(bits_per_sample / 8);
    if bytes_per_second > u64::from(u32::MAX) {
        return Err(AudioError::new(
            "the sound has more channels at its sample rate than a WAV file can say",
        ));
    }
    let refused =
        |error: hound::Error| AudioError::new(format!("no WAV file can hold this sound ({error})"));
    let spec = hound::WavSpec { channels: count, sample_rate, bits_per_sample, sample_format };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).map_err(refused)?;
    for index in 0..length {
        for channel in channels {
            let sample = channel[index];
            let clipped = sample.clamp(-1.0, 1.0);
            #[allow(clippy::cast_possible_truncation)]
            match samples {
                Samples::Pcm16 => writer.write_sample((clipped * 32_767.0).round() as i32),
                Samples::Pcm24 => {
                    writer.write_sample((f64::from(clipped) * 8_388_607.0).round() as i32)
                }
                Samples::Float32 => writer.write_sample(sample),
            }
            .map_err(refused)?;
        }
    }
    writer.finalize().map_err(refused)?;
    Ok(bytes.into_inner())
}

/// Writes a WAV file, as [`wav_bytes`], beside `path` first and then renamed.
///
/// # Errors
/// As [`wav_bytes`], or when the file cannot be written: an older one is untouched.
pub fn write_wav(path: &Path, channels: &[Vec<f32>], rate_hz: f64, samples: Samples) -> Result<()> {
    let bytes = wav_bytes(channels, rate_hz, samples)?;
    files::write_atomically(path, &bytes).map_err(|error| {
        AudioError::new(format!("{} could not be written ({error})", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_bytes;

    #[test]
    fn what_is_written_is_read_again() {
        let sound = vec![vec![0.0, 0.1, -1.0], vec![1.5, f32::MIN_POSITIVE, 0.3]];
        let read = |samples| {
            let bytes = wav_bytes(&sound, 48_000.0, samples).unwrap();
            let read = read_bytes("sound.wav", bytes, None).unwrap();
            assert_eq!(read.rate_hz, 48_000);
            read.channels
        };
        assert_eq!(read(Samples::Float32), sound, "floats are written as they are");
        for (samples, step) in
            [(Samples::Pcm16, 1.0 / 32_768.0), (Samples::Pcm24, 1.0 / 8_388_608.0)]
        {
            for (found, wanted) in read(samples).iter().flatten().zip(sound.iter().flatten()) {
                assert!(
                    (found - wanted.clamp(-1.0, 1.0)).abs() <= 1.5 * step,
                    "{samples:?}: {found} and {wanted}"
                );
            }
        }
    }

    #[test]
    fn channels_of_unequal_length_are_refused_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sound.wav");
        for channels in [vec![], vec![vec![0.0], vec![]]] {
            let error =
                write_wav(&path, &channels, 48_000.0, Samples::Pcm16).unwrap_err().to_string();
            assert!(error.contains("equal length"), "{error}");
        }
        assert!(!path.exists());
    }
}
