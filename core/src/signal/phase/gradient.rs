//! The phase's derivatives, read from the logarithm of the magnitudes.
//!
//! For a Gaussian window the derivatives of the phase of an STFT follow from those of its log
//! magnitude; for a window that resembles a Gaussian they follow nearly (Průša, Balazs, Søndergaard
//! 2017, eq. 13 to 20). All phases here are relative to the
//! **centre** of their frame, where they change slowly along frequency; [`Gradients::from_start`] turns one into the phase
//! that an FFT of the whole frame has.

use crate::signal::stft::StftConfig;
use std::f32::consts::{PI, TAU};

/// The logarithm that silence has: that of the smallest normal number.
pub(super) const SILENCE: f32 = -87.336_55;

/// Bins that lie further than this below the loudest of two frames get a random phase: ln(1e-6).
pub(super) const QUIET: f32 = -13.815_511;

/// Which finite differences stand for the derivative along time, and whether the phases of
/// neighbours are made to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As the authors of the method published it.
    Published,
    /// With our corrections, which the docs of [`Gradients`] and of `relax.rs` describe.
    Corrected,
}

/// What turns differences of log magnitudes into differences of phase, for one transform.
///
/// The change along frequency needs the derivative of the log along time, and frames stand so far
/// apart that plain finite differences miss it in two cases. A frame beside (near) silence: an
/// impulse that has not yet entered the window, or has left it, looks infinitely steep. And a
/// causal difference that extrapolates a parabola overshoots at every attack threefold. Both are
/// corrected with what is known of the log's curvature: that of a lone impulse is `-2 pi hop^2 /
/// gamma` per hop squared, that of a lone sine is 0, and everything else lies mostly between.
#[derive(Clone, Debug)]
pub(super) struct Gradients {
    form: Form,
    /// By how much the phase of each bin's own frequency advances in one hop, from 0 to 2 pi,
    /// `[bin]`.
    advance: Vec<f32>,
    /// hop N / (2 gamma)
    along_time: f32,
    /// gamma / (2 hop N)
    along_frequency: f32,
    /// Half of the fall of an impulse's slope in one hop: pi hop^2 / gamma.
    bend: f32,
    /// The steepest rise that is taken at its word, in units of `bend`: an impulse that enters at
    /// the window's edge.
    steepest: f32,
}

impl Gradients {
    /// The constants of a transform. Allocates.
    pub(super) fn new(config: StftConfig, form: Form) -> Self {
        let (n, hop) = (config.fft_size, config.hop);
        let product = hop as f64 * n as f64;
        let gamma = config.window.gamma(n);
        let turn = std::f64::consts::TAU;
        Self {
            form,
            // Whole turns are taken off before anything is rounded.
            advance: (0..config.bins())
                .map(|m| (((hop * m) % n) as f64 / n as f64 * turn) as f32)
                .collect(),
            along_time: (product / (2.0 * gamma)) as f32,
            along_frequency: (gamma / (2.0 * product)) as f32,
            bend: (0.5 * turn * (hop * hop) as f64 / gamma) as f32,
            steepest: (n / hop) as f32,
        }
    }

    /// The phase's advance per hop at each bin, from the logs of one frame. The first and the last
    /// bin stand still. Real-time safe.
    pub(super) fn time(&self, logs: &[f32], out: &mut [f32]) {
        let Some(last) = out.len().checked_sub(1) else { return };
        for ((out, around), advance) in
            out[1..last].iter_mut().zip(logs.windows(3)).zip(&self.advance[1..])
        {
            *out = self.along_time * (around[2] - around[0]) + advance;
        }
        out[0] = 0.0;
        out[last] = 0.0;
    }

    /// The phase's change from bin to bin, from the frames before, at and after. Real-time safe.
    pub(super) fn frequency(&self, before: &[f32], now: &[f32], after: &[f32], out: &mut [f32]) {
        for (((out, before), now), after) in out.iter_mut().zip(before).zip(now).zip(after) {
            let doubled = match self.form {
                Form::Published => after - before,
                Form::Corrected => self.central(now - before, after - now),
            };
            *out = self.limited(doubled);
        }
    }

    /// The phase's change from bin to bin, from a frame and the two before it. Real-time safe.
    pub(super) fn frequency_causal(&self, now: &[f32], before: (&[f32], &[f32]), out: &mut [f32]) {
        for (((out, now), one), two) in out.iter_mut().zip(now).zip(before.0).zip(before.1) {
            let doubled = match self.form {
                Form::Published => 3.0 * now - 4.0 * one + two,
                Form::Corrected => self.causal(now - one, one - two),
            };
            *out = self.limited(doubled);
        }
    }

    /// [`Gradients::time`] at one bin, which is neither the first nor the last. Real-time safe.
    #[inline]
    pub(super) fn time_at(&self, logs: &[f32], bin: usize) -> f32 {
        self.along_time * (logs[bin + 1] - logs[bin - 1]) + self.advance[bin]
    }

    /// [`Gradients::frequency_causal`] at one bin, in the corrected form. Real-time safe.
    #[inline]
    pub(super) fn frequency_causal_at(&self, now: f32, one: f32, two: f32) -> f32 {
        self.limited(self.causal(now - one, one - two))
    }

    /// The doubled slope of the log between two steps of it. A bend sharper than an impulse's is
    /// the work of silence on one side: the gentler step is then right, and the other one follows
    /// from it.
    #[inline]
    fn central(&self, rise: f32, next: f32) -> f32 {
        let sharpest = -2.0 * self.bend;
        if next - rise >= sharpest {
            rise + next
        } else if rise.abs() > next.abs() {
            2.0 * next - sharpest
        } else {
            2.0 * rise + sharpest
        }
    }

    /// The doubled slope of the log at the end of its last step, given the step before that one.
    ///
    /// How far the slope falls short of the step is an estimate: the more, the steeper the rise (an
    /// attack, which tends to an impulse), or the sharper the log bends already. The constants fit
    /// the mean phases of recordings of instruments, drums and voices (none of them in the set that
    /// the results are measured on), in units of an impulse's bend.
    #[inline]
    fn causal(&self, rise: f32, earlier: f32) -> f32 {
        let rise = (rise / self.bend).min(self.steepest);
        let bent = earlier / self.bend - rise;
        let up = rise.max(0.0);
        let short = (1.5 * up / (up + 1.5)).max((0.75 * (bent - 0.8)).clamp(0.0, 1.0));
        2.0 * self.bend * (rise - short)
    }

    /// The change from bin to bin for a doubled slope of the log. A change of pi says that a bin's
    /// energy stands at the edge of the frame; none can stand beyond it.
    #[inline]
    fn limited(&self, doubled: f32) -> f32 {
        (-self.along_frequency * doubled).clamp(-PI, PI)
    }
}

/// The logs of magnitudes; what is no magnitude (NaN, negative) counts as silence, what is beyond
/// all numbers as the largest. Real-time safe.
pub(super) fn logs(magnitudes: &[f32], out: &mut [f32]) {
    for (out, &magnitude) in out.iter_mut().zip(magnitudes) {
        *out = (sane(magnitude) + f32::MIN_POSITIVE).ln();
    }
}

/// A magnitude that is finite and not negative.
#[inline]
pub(super) fn sane(magnitude: f32) -> f32 {
    // A NaN is not above 0 either.
    if magnitude > 0.0 { magnitude.min(f32::MAX) } else { 0.0 }
}

/// A phase between -pi and pi.
#[inline]
pub(super) fn wrapped(phase: f32) -> f32 {
    phase - TAU * (phase / TAU).round()
}

/// Turns a bin's phase relative to the centre of its frame into that of the FFT of the whole frame,
/// or back: odd bins differ by half a turn.
#[inline]
pub(super) fn from_start(phase: f32, bin: usize) -> f32 {
    if bin.is_multiple_of(2) {
        phase
    } else if phase > 0.0 {
        phase - PI
    } else {
        phase + PI
    }
}

/// [`from_start`] for all bins of a frame. Real-time safe.
pub(super) fn all_from_start(centre: &[f32], out: &mut [f32]) {
    for (m, (out, &phase)) in out.iter_mut().zip(centre).enumerate() {
        *out = from_start(phase, m);
    }
}
