//! What an STFT is made of, and what is wrong with it when it cannot be made.

use crate::signal::window::Window;
use serde::{Deserialize, Serialize};

/// The smallest FFT size, in samples.
pub const MIN_FFT_SIZE: usize = 256;
/// The largest FFT size, in samples.
pub const MAX_FFT_SIZE: usize = 16384;

/// Why an STFT cannot be made, or a signal not be synthesised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StftError {
    /// The FFT size is not a power of two in the range.
    #[error(
        "the FFT size must be a power of two from {MIN_FFT_SIZE} to {MAX_FFT_SIZE} samples, but is {found}; no transform was made"
    )]
    FftSize {
        /// The size asked for.
        found: usize,
    },
    /// The hop is not an eighth, a quarter or a half of the FFT size.
    #[error(
        "the hop must be an eighth, a quarter or a half of the FFT size ({}, {} or {} samples for {fft_size}), but is {found}; \
         no transform was made", fft_size / 8, fft_size / 4, fft_size / 2
    )]
    Hop {
        /// The hop asked for.
        found: usize,
        /// The FFT size it was asked for with.
        fft_size: usize,
    },
    /// The number of channels is zero or beyond all reason.
    #[error(
        "a streaming STFT takes 1 to {} channels, but {found} were asked for; no transform was made",
        super::MAX_CHANNELS
    )]
    Channels {
        /// The number asked for.
        found: usize,
    },
    /// A frame has the wrong number of bins.
    #[error(
        "every frame must have {expected} bins, but frame {frame} has {found}; nothing was synthesised"
    )]
    Bins {
        /// The index of the first frame that is wrong.
        frame: usize,
        /// The number of bins of this transform.
        expected: usize,
        /// The number of bins of the frame.
        found: usize,
    },
    /// The number of frames does not belong to the length asked for.
    #[error(
        "a signal of {samples} samples has {expected} frames, but {found} were given; nothing was synthesised"
    )]
    Frames {
        /// The length asked for.
        samples: usize,
        /// The number of frames that such a signal has.
        expected: usize,
        /// The number of frames given.
        found: usize,
    },
}

/// FFT size, hop and window of an STFT.
///
/// The fields are open, so that a config can come from a file; [`StftConfig::validate`] says
/// whether they make sense, and everything built from a config checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StftConfig {
    /// The FFT size `N`, which is the length of the window too, in samples: a power of two from 256
    /// to 16384.
    pub fft_size: usize,
    /// The distance between two frames, in samples: `N/8`, `N/4` or `N/2`.
    pub hop: usize,
    /// The analysis window.
    pub window: Window,
}

impl StftConfig {
    /// A checked config.
    ///
    /// # Errors
    /// [`StftError::FftSize`] or [`StftError::Hop`].
    pub fn new(fft_size: usize, hop: usize, window: Window) -> Result<Self, StftError> {
        let config = Self { fft_size, hop, window };
        config.validate()?;
        Ok(config)
    }

    /// Whether a transform can be made from this config.
    ///
    /// # Errors
    /// [`StftError::FftSize`] or [`StftError::Hop`].
    pub fn validate(&self) -> Result<(), StftError> {
        let n = self.fft_size;
        if !n.is_power_of_two() || !(MIN_FFT_SIZE..=MAX_FFT_SIZE).contains(&n) {
            return Err(StftError::FftSize { found: n });
        }
        if ![n / 8, n / 4, n / 2].contains(&self.hop) {
            return Err(StftError::Hop { found: self.hop, fft_size: n });
        }
        Ok(())
    }

    /// The number of bins of a spectrum, `N / 2 + 1`.
    pub const fn bins(&self) -> usize {
        self.fft_size / 2 + 1
    }

    /// The delay of the streaming form, in samples: exactly `N`.
    pub const fn latency_samples(&self) -> usize {
        self.fft_size
    }

    /// The number of frames that a signal of `samples` samples has: all frames from frame 0 on that
    /// cover at least one of them, those that flush its tail included. An empty signal has none.
    pub const fn frames(&self, samples: usize) -> usize {
        if samples == 0 || self.hop == 0 {
            return 0;
        }
        // Frame k covers a sample when its start (k + 1) * hop - N lies before the signal's end.
        samples.saturating_add(self.fft_size - 1) / self.hop
    }
}
