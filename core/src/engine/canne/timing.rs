//! The lengths in which the instrument works, in samples of the host.

use super::super::EngineError;
use crate::signal::stft::{MAX_FFT_SIZE, MIN_FFT_SIZE};

/// Slots in a hop of the synthesis frames.
pub(super) const SLOTS_PER_HOP: usize = 4;
/// Slots in a round: the time from one decoding of a voice to the next.
pub(super) const SLOTS_PER_ROUND: usize = 8;
/// Synthesis hops in a round.
pub(super) const HOPS_PER_ROUND: usize = SLOTS_PER_ROUND / SLOTS_PER_HOP;

/// All lengths follow from one, so that they last about as long at every rate: at 44.1 and 48 kHz a
/// slot is 64 samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Timing {
    /// The host's rate.
    pub rate_hz: f64,
    /// Samples of a slot, the unit in which work is handed out: 64 at 44.1 kHz.
    pub slot: usize,
    /// Samples between two synthesis frames of a voice: 256.
    pub hop: usize,
    /// Points of a synthesis frame: 1024, of which the middle half is heard.
    pub frame: usize,
    /// Points of a frame of the drone: 4096, the model's own at its own rate.
    pub drone: usize,
}

impl Timing {
    /// # Errors
    /// When the host's rate is not between 1 kHz and 768 kHz.
    pub fn new(rate_hz: f64) -> Result<Self, EngineError> {
        if !(1e3..=768e3).contains(&rate_hz) {
            return Err(EngineError::SampleRate { found_hz: rate_hz });
        }
        let octaves = (rate_hz / 44_100.0).log2().round().clamp(-2.0, 4.0);
        let slot = (64.0 * octaves.exp2()) as usize;
        let frame = slot * 16;
        Ok(Self {
            rate_hz,
            slot,
            hop: slot * SLOTS_PER_HOP,
            frame,
            drone: (4 * frame).clamp(MIN_FFT_SIZE, MAX_FFT_SIZE),
        })
    }

    /// Width of a bin of a synthesis frame.
    pub fn bin_hz(&self) -> f64 {
        self.rate_hz / self.frame as f64
    }
}
