//! Short sounds in memory: decoded from a file's bytes, brought to a host's sample rate, written as
//! WAV. Not real-time safe.

use std::path::Path;

use nfx_audio::Samples;

use crate::Sentence;

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
    /// Decodes a whole sound file of one of the [`EXTENSIONS`]; of more than two channels the first
    /// two are kept, and at most `most_seconds` of sound. NaN and infinity in it become silence.
    ///
    /// # Errors
    /// A sentence that names the file by `name`.
    pub fn decode(name: &str, bytes: Vec<u8>, most_seconds: f64) -> Result<Self, Sentence> {
        Self::decode_with_notes(name, bytes, most_seconds).map(|(clip, _)| clip)
    }

    /// As [`Clip::decode`], with what the file's owner should know of it, in sentences: that it was
    /// never finished, or is cut short.
    ///
    /// # Errors
    /// As [`Clip::decode`].
    pub fn decode_with_notes(
        name: &str,
        bytes: Vec<u8>,
        most_seconds: f64,
    ) -> Result<(Self, Vec<String>), Sentence> {
        let mut sound = nfx_audio::read_bytes(name, bytes, Some(most_seconds))
            .map_err(|error| format!("\u{201c}{name}\u{201d} cannot be read: {error}."))?;
        if let Some((count, _)) = sound.not_finite() {
            sound
                .notes
                .push(format!("{count} samples of this file are no numbers and were left silent."));
        }
        let rate_hz = f64::from(sound.rate_hz);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let most = (most_seconds * rate_hz) as usize;
        sound.channels.truncate(2);
        for channel in &mut sound.channels {
            channel.truncate(most);
            channel
                .iter_mut()
                .filter(|sample| !sample.is_finite())
                .for_each(|sample| *sample = 0.0);
        }
        let clip = Self { channels: sound.channels, rate_hz };
        if clip.is_empty() {
            return Err(
                format!("Not one sample could be decoded from \u{201c}{name}\u{201d}.").into()
            );
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
        let peak =
            self.channels.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let end =
            |channel: &Vec<f32>| channel.iter().rposition(|sample| sample.abs() > peak * share);
        if let Some(last) = self.channels.iter().filter_map(end).max() {
            self.channels.iter_mut().for_each(|channel| channel.truncate(last + 1));
        }
    }

    /// The same sound at another sample rate (both are rounded to whole Hz).
    ///
    /// # Errors
    /// A sentence when there is no such resampler.
    pub fn at_rate(&self, rate_hz: f64) -> Result<Self, Sentence> {
        let convert = |channel: &Vec<f32>| nfx_audio::resample(channel, self.rate_hz, rate_hz);
        let channels = self.channels.iter().map(convert).collect::<nfx_audio::Result<_>>();
        let channels = channels
            .map_err(|error| format!("The sound cannot be played at another rate: {error}."))?;
        Ok(Self { channels, rate_hz })
    }

    /// Writes a 32-bit float WAV file, beside `path` first and then renamed.
    ///
    /// # Errors
    /// A sentence; an older file at `path` is untouched.
    pub fn write_wav(&self, path: &Path) -> Result<(), Sentence> {
        let written = nfx_audio::write_wav(path, &self.channels, self.rate_hz, Samples::Float32);
        written.map_err(|error| format!("{error}.").into())
    }

    /// The bytes of a WAV file of 32-bit floats.
    ///
    /// # Errors
    /// A reason, when there are more samples than such a file holds.
    pub fn to_wav(&self) -> Result<Vec<u8>, Sentence> {
        let bytes = nfx_audio::wav_bytes(&self.channels, self.rate_hz, Samples::Float32);
        bytes.map_err(|error| error.to_string().into())
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
    fn garbage_is_refused_in_words() {
        let error = Clip::decode("noise.wav", vec![7; 5000], 1.0).unwrap_err();
        assert!(error.contains("noise.wav") && error.contains("expected WAV"), "{error}");
    }
}
