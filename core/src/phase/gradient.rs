//! The phase's derivatives, read from the logarithm of the magnitudes.
//!
//! For a Gaussian window the derivatives of the phase of an STFT follow from those of its log magnitude; for a window that
//! resembles a Gaussian they follow nearly (Průša, Balazs, Søndergaard 2017, eq. 13 to 20). All phases here are relative to the
//! **centre** of their frame, where they change slowly along frequency; [`Gradients::from_start`] turns one into the phase
//! that an FFT of the whole frame has.

use crate::stft::StftConfig;
use std::f32::consts::{PI, TAU};

/// The logarithm that silence has: that of the smallest normal number.
pub(super) const SILENCE: f32 = -87.336_55;

/// Bins that lie further than this below the loudest of two frames get a random phase: ln(1e-6).
pub(super) const QUIET: f32 = -13.815_511;

/// What turns differences of log magnitudes into differences of phase, for one transform.
#[derive(Clone, Debug)]
pub(super) struct Gradients {
    /// By how much the phase of each bin's own frequency advances in one hop, from 0 to 2 pi, `[bin]`.
    advance: Vec<f32>,
    /// hop N / (2 gamma)
    along_time: f32,
    /// gamma / (2 hop N)
    along_frequency: f32,
}

impl Gradients {
    /// The constants of a transform. Allocates.
    pub(super) fn new(config: StftConfig) -> Self {
        let (n, hop) = (config.fft_size, config.hop);
        let product = hop as f64 * n as f64;
        let gamma = config.window.gamma(n);
        Self {
            // Whole turns are taken off before anything is rounded.
            advance: (0..config.bins()).map(|m| (((hop * m) % n) as f64 / n as f64 * f64::from(TAU)) as f32).collect(),
            along_time: (product / (2.0 * gamma)) as f32,
            along_frequency: (gamma / (2.0 * product)) as f32,
        }
    }

    /// The phase's advance per hop at each bin, from the logs of one frame. The first and the last bin stand still.
    /// Real-time safe.
    pub(super) fn time(&self, logs: &[f32], out: &mut [f32]) {
        let Some(last) = out.len().checked_sub(1) else { return };
        for ((out, around), advance) in out[1..last].iter_mut().zip(logs.windows(3)).zip(&self.advance[1..]) {
            *out = self.along_time * (around[2] - around[0]) + advance;
        }
        out[0] = 0.0;
        out[last] = 0.0;
    }

    /// The phase's change from bin to bin, from the frames before and after. Real-time safe.
    pub(super) fn frequency(&self, before: &[f32], after: &[f32], out: &mut [f32]) {
        for ((out, before), after) in out.iter_mut().zip(before).zip(after) {
            *out = self.limited(after - before);
        }
    }

    /// The phase's change from bin to bin, from a frame and the two before it (a parabola through the three). Real-time safe.
    pub(super) fn frequency_causal(&self, now: &[f32], before: (&[f32], &[f32]), out: &mut [f32]) {
        for (((out, now), one), two) in out.iter_mut().zip(now).zip(before.0).zip(before.1) {
            *out = self.limited(3.0 * now - 4.0 * one + two);
        }
    }

    /// The change from bin to bin for a doubled derivative of the log.
    ///
    /// A slope of pi says that a bin's energy stands at the edge of the frame; none can stand beyond it.
    #[inline]
    fn limited(&self, doubled: f32) -> f32 {
        (-self.along_frequency * doubled).clamp(-PI, PI)
    }
}

/// The logs of magnitudes; what is no magnitude (NaN, negative) counts as silence, what is beyond all numbers as the largest.
/// Real-time safe.
pub(super) fn logs(magnitudes: &[f32], out: &mut [f32]) {
    for (out, &magnitude) in out.iter_mut().zip(magnitudes) {
        *out = (sane(magnitude) + f32::MIN_POSITIVE).ln();
    }
}

/// A magnitude that is finite and not negative.
#[inline]
pub(super) fn sane(magnitude: f32) -> f32 {
    // `max` takes the other number when one is NaN.
    magnitude.max(0.0).min(f32::MAX)
}

/// A phase between -pi and pi.
#[inline]
pub(super) fn wrapped(phase: f32) -> f32 {
    phase - TAU * (phase / TAU).round()
}

/// Turns phases relative to the centres of frames into those of FFTs of whole frames, or back: odd bins differ by half a turn.
/// Real-time safe.
pub(super) fn from_start(centre: &[f32], out: &mut [f32]) {
    for (m, (out, &phase)) in out.iter_mut().zip(centre).enumerate() {
        *out = if m % 2 == 0 {
            phase
        } else if phase > 0.0 {
            phase - PI
        } else {
            phase + PI
        };
    }
}
