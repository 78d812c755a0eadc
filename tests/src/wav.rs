//! WAV files: any common sample format is read, 32-bit float is written.

use anyhow::{Context, Result, bail};
use std::path::Path;

/// Reads a WAV file: samples as `[channel][sample]`, full scale at 1, and the rate in Hz.
///
/// # Errors
/// When the file cannot be read or is not a WAV file of 16, 24 or 32 bits.
pub fn read(path: &Path) -> Result<(Vec<Vec<f32>>, u32)> {
    let mut reader =
        hound::WavReader::open(path).with_context(|| format!("{} cannot be read as a WAV file", path.display()))?;
    let spec = reader.spec();
    let samples: Vec<f32> = match spec.sample_format {
        hound::SampleFormat::Float => reader.samples::<f32>().collect::<Result<_, _>>()?,
        hound::SampleFormat::Int => {
            let scale = 1.0 / (1i64 << (spec.bits_per_sample - 1)) as f32;
            reader.samples::<i32>().map(|sample| sample.map(|value| value as f32 * scale)).collect::<Result<_, _>>()?
        }
    };
    let channels = usize::from(spec.channels);
    if channels == 0 {
        bail!("{} was expected to have a channel, but has none", path.display());
    }
    let split = (0..channels).map(|channel| samples.iter().skip(channel).step_by(channels).copied().collect());
    Ok((split.collect(), spec.sample_rate))
}

/// Writes `[channel][sample]` as 32-bit float, beside the target first and renamed then.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, channels: &[Vec<f32>], rate_hz: u32) -> Result<()> {
    let spec = hound::WavSpec {
        channels: channels.len() as u16,
        sample_rate: rate_hz,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let partial = path.with_extension("partial");
    let mut writer =
        hound::WavWriter::create(&partial, spec).with_context(|| format!("{} cannot be written", partial.display()))?;
    for index in 0..channels.first().map_or(0, Vec::len) {
        for channel in channels {
            writer.write_sample(channel[index])?;
        }
    }
    writer.finalize()?;
    std::fs::rename(&partial, path).with_context(|| format!("{} cannot be put in place", path.display()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_written_is_read_back_to_the_bit() {
        let path = std::env::temp_dir().join(format!("nfx-wav-{}.wav", std::process::id()));
        let sound = vec![vec![0.0, 0.1, -1.0], vec![1.0, f32::MIN_POSITIVE, 0.3]];
        super::write(&path, &sound, 48_000).unwrap();
        assert_eq!(super::read(&path).unwrap(), (sound, 48_000));
        std::fs::remove_file(path).unwrap();
    }
}
