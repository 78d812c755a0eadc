//! A frozen frame: what is needed to go on with it in another engine, in another session.

use crate::Complex32;
use crate::signal::MAX_CHANNELS;

/// The frame that a freeze holds: magnitudes, and a phase that turns by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldFrame {
    bins: usize,
    /// Channels that sound.
    pub(super) channels: usize,
    /// What the magnitudes were divided by, `[channel]`.
    pub(super) maxima: [f32; MAX_CHANNELS],
    /// Magnitudes in shares of the maximum, `[channel][bin]`.
    pub(super) shape: Vec<f32>,
    /// Phase of the last frame, and its turn to the next, in radians, `[channel][bin]`.
    pub(super) phase: Vec<f32>,
    pub(super) turn: Vec<f32>,
}

impl HeldFrame {
    /// A frame of silence for spectra of so many bins. Allocates.
    pub fn silent(bins: usize) -> Self {
        let zeros = vec![0.0; bins * MAX_CHANNELS];
        let (shape, phase, turn) = (zeros.clone(), zeros.clone(), zeros);
        Self { bins, channels: 0, maxima: [0.0; MAX_CHANNELS], shape, phase, turn }
    }

    /// Bins of its spectra. Real-time safe.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// Whether nothing sounds in it. Real-time safe.
    pub fn is_silent(&self) -> bool {
        self.channels == 0
    }

    /// Takes what another frame of as many bins holds; another one is left alone. Says whether it
    /// fitted. Real-time safe.
    pub fn copy_from(&mut self, other: &HeldFrame) -> bool {
        if self.bins != other.bins {
            return false;
        }
        (self.channels, self.maxima) = (other.channels, other.maxima);
        self.shape.copy_from_slice(&other.shape);
        self.phase.copy_from_slice(&other.phase);
        self.turn.copy_from_slice(&other.turn);
        true
    }

    /// The frame in bytes: bins and channels as 32-bit numbers, then single-precision numbers, all
    /// little-endian. Allocates.
    pub fn to_bytes(&self) -> Vec<u8> {
        let used = self.channels * self.bins;
        let numbers = [
            &self.maxima[..self.channels],
            &self.shape[..used],
            &self.phase[..used],
            &self.turn[..used],
        ];
        let head = [self.bins as u32, self.channels as u32].into_iter().flat_map(u32::to_le_bytes);
        head.chain(numbers.concat().into_iter().flat_map(f32::to_le_bytes)).collect()
    }

    /// Reads what [`HeldFrame::to_bytes`] wrote. `None` where bytes are missing or left over, for
    /// more than 65,537 bins, and for numbers that no frame has. Allocates.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (words, []) = bytes.as_chunks::<4>() else { return None };
        let (head, rest) = words.split_first_chunk::<2>()?;
        let [bins, channels] = head.map(|word| u32::from_le_bytes(word) as usize);
        if bins == 0
            || bins > 65_537
            || channels > MAX_CHANNELS
            || rest.len() != channels * (1 + 3 * bins)
        {
            return None;
        }
        let numbers: Vec<f32> = rest.iter().map(|word| f32::from_le_bytes(*word)).collect();
        let (maxima, numbers) = numbers.split_at(channels);
        let is_size = |x: &f32| (0.0..=1e6).contains(x);
        let is_angle = |x: &f32| (-7.0..=7.0).contains(x);
        let (shape, angles) = numbers.split_at(channels * bins);
        if !maxima.iter().chain(shape).all(is_size) || !angles.iter().all(is_angle) {
            return None;
        }
        let mut frame = Self::silent(bins);
        frame.channels = channels;
        frame.maxima[..channels].copy_from_slice(maxima);
        frame.shape[..channels * bins].copy_from_slice(shape);
        frame.phase[..channels * bins].copy_from_slice(&angles[..channels * bins]);
        frame.turn[..channels * bins].copy_from_slice(&angles[channels * bins..]);
        Some(frame)
    }
}

/// A spectrum's number of unit size for an angle.
pub(super) fn unit(angle: f32) -> Complex32 {
    Complex32::new(angle.cos(), angle.sin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_as_the_frame_and_damaged_ones_not_at_all() {
        let mut frame = HeldFrame::silent(33);
        frame.channels = 2;
        frame.maxima = [3.0, 0.5];
        for (i, x) in frame.shape.iter_mut().enumerate() {
            *x = (i % 7) as f32 / 7.0;
        }
        frame
            .phase
            .iter_mut()
            .zip(&mut frame.turn)
            .enumerate()
            .for_each(|(i, (p, t))| (*p, *t) = (i as f32 * 0.01, -3.0));
        let bytes = frame.to_bytes();
        assert_eq!(HeldFrame::from_bytes(&bytes), Some(frame.clone()));
        frame.channels = 1;
        assert_eq!(HeldFrame::from_bytes(&frame.to_bytes()).map(|f| f.channels), Some(1));
        for cut in [0, 3, 8, bytes.len() - 4, bytes.len() - 1] {
            assert_eq!(HeldFrame::from_bytes(&bytes[..cut]), None, "{cut}");
        }
        for bad in [f32::NAN, f32::INFINITY, -1.0] {
            let mut bytes = bytes.clone();
            bytes[8..12].copy_from_slice(&bad.to_le_bytes());
            assert_eq!(HeldFrame::from_bytes(&bytes), None, "{bad}");
        }
        assert_eq!(HeldFrame::from_bytes(&[0xff; 64]), None);
        let mut other = HeldFrame::silent(34);
        assert!(!other.copy_from(&frame) && HeldFrame::silent(33).copy_from(&frame));
    }
}
