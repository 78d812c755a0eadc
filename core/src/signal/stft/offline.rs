//! The offline forms: the frames of a whole signal, and a whole signal from its frames.

use super::{StftConfig, StftError, Transform};
use crate::Complex32;

/// The frames of a whole signal, `[frame][bin]`: bit for bit those that [`super::StreamingStft`]
/// sees when the signal is followed by silence, up to the last one that covers a sample of it
/// ([`StftConfig::frames`]).
///
/// # Errors
/// [`StftError`] when the config is not valid.
pub fn analyse_signal(
    config: StftConfig,
    signal: &[f32],
) -> Result<Vec<Vec<Complex32>>, StftError> {
    let mut transform = Transform::new(config)?;
    let mut time = vec![0.0; config.fft_size];
    let frames = (0..config.frames(signal.len())).map(|k| {
        time.fill(0.0);
        let (place, range) = overlap(config, k, signal.len());
        time[place..place + range.len()].copy_from_slice(&signal[range]);
        let mut spectrum = vec![Complex32::default(); config.bins()];
        transform.analyse(&time, &mut spectrum);
        spectrum
    });
    Ok(frames.collect())
}

/// The `len` samples of a signal from its frames, `[frame][bin]`: bit for bit what
/// [`super::StreamingStft`] puts out, without its delay.
///
/// # Errors
/// [`StftError`] when the config is not valid, when the number of frames is not
/// [`StftConfig::frames`] of `len`, or when a frame has the wrong number of bins.
pub fn synthesise_signal(
    config: StftConfig,
    frames: &[Vec<Complex32>],
    len: usize,
) -> Result<Vec<f32>, StftError> {
    let mut transform = Transform::new(config)?;
    let expected = config.frames(len);
    if frames.len() != expected {
        return Err(StftError::Frames { samples: len, expected, found: frames.len() });
    }
    let bins = config.bins();
    if let Some((frame, spectrum)) =
        frames.iter().enumerate().find(|(_, spectrum)| spectrum.len() != bins)
    {
        return Err(StftError::Bins { frame, expected: bins, found: spectrum.len() });
    }
    let mut out = vec![0.0f32; len];
    let mut spectrum = vec![Complex32::default(); bins];
    let mut time = vec![0.0; config.fft_size];
    for (k, frame) in frames.iter().enumerate() {
        spectrum.copy_from_slice(frame);
        time.fill(0.0);
        transform.synthesise_add(&mut spectrum, &mut time);
        let (place, range) = overlap(config, k, len);
        let count = range.len();
        for (out, sample) in out[range].iter_mut().zip(&time[place..place + count]) {
            *out += sample;
        }
    }
    Ok(out)
}

/// Where frame `k` and a signal of `len` samples overlap: the place in the frame, and the range of
/// the signal.
fn overlap(config: StftConfig, k: usize, len: usize) -> (usize, std::ops::Range<usize>) {
    let end = (k + 1) * config.hop;
    let start = end.saturating_sub(config.fft_size).min(len);
    let place = (config.fft_size).saturating_sub(end);
    (place, start..end.min(len).max(start))
}
