//! Short sounds in memory: decoded from a file's bytes, brought to a host's sample rate, written as WAV. Not real-time safe.

use std::io::Cursor;
use std::path::Path;

use crate::files;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};

pub use nfx_audio::EXTENSIONS;

/// A sound of one or two channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Samples, `[channel][sample]`, full scale at 1; one or two channels of one length.
    pub channels: Vec<Vec<f32>>,
    /// Sample rate.
    pub rate_hz: f64,
}

impl Clip {
    /// Decodes a whole sound file of one of the [`EXTENSIONS`]; of more than two channels the first two are kept, and at most
    /// `most_seconds` of sound. What is no number in it is silence.
    ///
    /// # Errors
    /// A sentence that names the file by `name`.
    pub fn decode(name: &str, bytes: Vec<u8>, most_seconds: f64) -> Result<Self, String> {
        Self::decode_with_notes(name, bytes, most_seconds).map(|(clip, _)| clip)
    }

    /// As [`Clip::decode`], with what the file's owner should know of it, in sentences: that it was never finished, or is cut short.
    ///
    /// # Errors
    /// As [`Clip::decode`].
    pub fn decode_with_notes(name: &str, bytes: Vec<u8>, most_seconds: f64) -> Result<(Self, Vec<String>), String> {
        let mut sound = nfx_audio::read_bytes(name, bytes, Some(most_seconds))
            .map_err(|error| format!("\u{201c}{name}\u{201d} cannot be read: {error}."))?;
        if let Some((count, _)) = sound.not_finite() {
            sound.notes.push(format!("{count} samples of this file are no numbers and were left silent."));
        }
        let rate_hz = f64::from(sound.rate_hz);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let most = (most_seconds * rate_hz) as usize;
        sound.channels.truncate(2);
        for channel in &mut sound.channels {
            channel.truncate(most);
            channel.iter_mut().filter(|sample| !sample.is_finite()).for_each(|sample| *sample = 0.0);
        }
        let clip = Self { channels: sound.channels, rate_hz };
        if clip.is_empty() {
            return Err(format!("Not one sample could be decoded from \u{201c}{name}\u{201d}."));
        }
        Ok((clip, sound.notes))
    }

    /// Samples in each channel.
    #[must_use]
    pub fn len(&self) -> usize {
        self.channels.iter().map(Vec::len).min().unwrap_or(0)
    }

    /// Whether there is no sample at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Cuts off the end that is quieter than `share` of the peak. A silent sound stays as it is.
    pub fn cut_end(&mut self, share: f32) {
        let peak = self.channels.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let end = |channel: &Vec<f32>| channel.iter().rposition(|sample| sample.abs() > peak * share);
        if let Some(last) = self.channels.iter().filter_map(end).max() {
            self.channels.iter_mut().for_each(|channel| channel.truncate(last + 1));
        }
    }

    /// The same sound at another sample rate (both are rounded to whole Hz).
    ///
    /// # Errors
    /// A sentence when there is no such resampler.
    pub fn at_rate(&self, rate_hz: f64) -> Result<Self, String> {
        let (from, to) = (self.rate_hz.round(), rate_hz.round());
        if from == to || self.is_empty() {
            return Ok(Self { channels: self.channels.clone(), rate_hz });
        }
        let refused = |error: &dyn std::fmt::Display| {
            format!("The sound could not be converted from {from} Hz to {to} Hz ({error}).")
        };
        if !(1.0..=1e7).contains(&from) || !(1.0..=1e7).contains(&to) {
            return Err(refused(&"expected rates from 1 Hz to 10 MHz"));
        }
        let convert = |channel: &Vec<f32>| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let mut resampler = Fft::<f32>::new(from as usize, to as usize, 1024, 1, FixedSync::Both)
                .map_err(|error| refused(&error))?;
            let input = InterleavedSlice::new(channel.as_slice(), 1, channel.len()).map_err(|error| refused(&error))?;
            let output = resampler.process_all(&input, channel.len(), None).map_err(|error| refused(&error))?;
            Ok(output.take_data())
        };
        Ok(Self { channels: self.channels.iter().map(convert).collect::<Result<_, String>>()?, rate_hz })
    }

    /// Writes a 32-bit float WAV file, beside `path` first and then renamed.
    ///
    /// # Errors
    /// A sentence; an older file at `path` is untouched.
    pub fn write_wav(&self, path: &Path) -> Result<(), String> {
        let failed = |error: &dyn std::fmt::Display| format!("{} could not be written ({error}).", path.display());
        let bytes = self.to_wav().map_err(|error| failed(&error))?;
        files::write_atomically(path, &bytes).map_err(|error| failed(&error))
    }

    /// The bytes of a WAV file of 32-bit floats.
    ///
    /// # Errors
    /// A reason, when there are more samples than such a file holds.
    pub fn to_wav(&self) -> Result<Vec<u8>, String> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let spec = hound::WavSpec {
            channels: self.channels.len() as u16,
            sample_rate: self.rate_hz.round() as u32,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut bytes = Cursor::new(Vec::new());
        let write = |bytes: &mut Cursor<Vec<u8>>| -> Result<(), hound::Error> {
            let mut writer = hound::WavWriter::new(bytes, spec)?;
            for sample in 0..self.len() {
                for channel in &self.channels {
                    writer.write_sample(channel[sample])?;
                }
            }
            writer.finalize()
        };
        write(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes.into_inner())
    }
}

/// [`EXTENSIONS`] as a dialog wants them.
#[must_use]
pub fn extensions() -> Vec<String> {
    EXTENSIONS.map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate_hz: f64) -> Clip {
        let tone = (0..rate_hz as usize)
            .map(|i| (i as f64 * 440.0 * std::f64::consts::TAU / rate_hz).sin() as f32 * 0.5)
            .collect();
        Clip { channels: vec![tone], rate_hz }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tone.wav");
        tone(44100.0).write_wav(&path).unwrap();
        let read = Clip::decode("tone.wav", std::fs::read(&path).unwrap(), 10.0).unwrap();
        assert_eq!(read, tone(44100.0));
        let cut = Clip::decode("tone.wav", std::fs::read(&path).unwrap(), 0.25).unwrap();
        assert_eq!(cut.len(), 11025);
    }

    #[test]
    fn a_tone_keeps_its_pitch_and_level_at_another_rate() {
        let there = tone(44100.0).at_rate(48000.0).unwrap();
        assert!((there.len() as f64 - 48000.0).abs() <= 1.0);
        // The filter's delay need not be whole samples: compare with the sine and cosine of 440 Hz.
        let span = 4800..43200;
        let wave = |i: usize| (i as f64 * 440.0 * std::f64::consts::TAU / 48000.0).sin_cos();
        let (mut sine, mut cosine) = (0.0, 0.0);
        for i in span.clone() {
            let (s, c) = wave(i);
            sine += s * f64::from(there.channels[0][i]) * 2.0 / span.len() as f64;
            cosine += c * f64::from(there.channels[0][i]) * 2.0 / span.len() as f64;
        }
        assert!((sine.hypot(cosine) - 0.5).abs() < 1e-4, "{}", sine.hypot(cosine));
        let rest = |i: usize| (f64::from(there.channels[0][i]) - sine * wave(i).0 - cosine * wave(i).1).abs();
        let worst = span.map(rest).fold(0.0, f64::max);
        assert!(worst < 1e-4, "{worst}");
    }

    #[test]
    fn garbage_is_refused_in_words() {
        let error = Clip::decode("noise.wav", vec![7; 5000], 1.0).unwrap_err();
        assert!(error.contains("noise.wav") && error.contains("expected WAV"), "{error}");
    }
}
