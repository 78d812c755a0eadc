//! One frame: samples to spectrum and back.

use super::{StftConfig, StftError};
use crate::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// The synthesis window that belongs to a config: `w[i] / sum over k of w[i + k hop]^2`, in `[N]`
/// samples.
///
/// It is computed in double precision from the *rounded* analysis window, so that rounding that
/// window costs nothing.
///
/// # Errors
/// [`StftError`] when the config is not valid.
pub fn dual_window(config: StftConfig) -> Result<Vec<f32>, StftError> {
    config.validate()?;
    let window = config.window.periodic(config.fft_size);
    let mut sums = vec![0.0f64; config.hop];
    for period in window.chunks_exact(config.hop) {
        for (sum, &w) in sums.iter_mut().zip(period) {
            *sum += f64::from(w) * f64::from(w);
        }
    }
    let sums = sums.iter().cycle();
    Ok(window.iter().zip(sums).map(|(&w, &sum)| (f64::from(w) / sum) as f32).collect())
}

/// The transform of one frame: plans, windows and scratch, owned.
///
/// Building it allocates; using it is real-time safe.
#[derive(Clone)]
pub struct Transform {
    config: StftConfig,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    /// `[N]`
    window: Vec<f32>,
    /// `[N]`, the dual window divided by `N`, for the inverse FFT does not normalise. `N` is a
    /// power of two, so that is exact.
    synthesis: Vec<f32>,
    /// `[N]`, what goes into the forward FFT or comes out of the inverse one.
    time: Vec<f32>,
    scratch: Vec<Complex32>,
}

impl Transform {
    /// Plans the FFTs and computes the windows. Allocates.
    ///
    /// # Errors
    /// [`StftError`] when the config is not valid.
    pub fn new(config: StftConfig) -> Result<Self, StftError> {
        config.validate()?;
        let n = config.fft_size;
        let mut planner = RealFftPlanner::new();
        let forward = planner.plan_fft_forward(n);
        let inverse = planner.plan_fft_inverse(n);
        let scratch = forward.get_scratch_len().max(inverse.get_scratch_len());
        let mut synthesis = dual_window(config)?;
        synthesis.iter_mut().for_each(|w| *w /= n as f32);
        Ok(Self {
            config,
            window: config.window.periodic(n),
            synthesis,
            time: vec![0.0; n],
            scratch: vec![Complex32::default(); scratch],
            forward,
            inverse,
        })
    }

    /// What this transform was made from.
    pub fn config(&self) -> StftConfig {
        self.config
    }

    /// The analysis window, `[N]`.
    pub fn window(&self) -> &[f32] {
        &self.window
    }

    /// The spectrum of one frame: the plain, unnormalised FFT of `window * time`. Real-time safe.
    ///
    /// `time` is `[N]`, `spectrum` is `[bins]`. When either has another length the spectrum is
    /// filled with zeros.
    pub fn analyse(&mut self, time: &[f32], spectrum: &mut [Complex32]) {
        self.analyse_parts(time, &[], spectrum);
    }

    /// The samples of one frame: the inverse FFT of `spectrum` times the dual window, **added**
    /// into `out`. Real-time safe.
    ///
    /// `spectrum` is `[bins]` and is used as scratch: its content is lost. The imaginary parts of
    /// the first and the last bin, which no real signal has, are ignored. `out` is `[N]`. When
    /// either has another length nothing is added.
    pub fn synthesise_add(&mut self, spectrum: &mut [Complex32], out: &mut [f32]) {
        self.synthesise_add_parts(spectrum, out, &mut []);
    }

    /// [`Transform::analyse`] for a frame that lies in two pieces, as in a ring: `head` and then
    /// `tail`.
    pub(super) fn analyse_parts(&mut self, head: &[f32], tail: &[f32], spectrum: &mut [Complex32]) {
        let n = self.config.fft_size;
        if head.len() + tail.len() != n || spectrum.len() != self.config.bins() {
            spectrum.fill(Complex32::default());
            return;
        }
        let (time_head, time_tail) = self.time.split_at_mut(head.len());
        let (window_head, window_tail) = self.window.split_at(head.len());
        multiply(time_head, head, window_head);
        multiply(time_tail, tail, window_tail);
        // The lengths are right by construction; were they ever not, silence is the safe answer.
        if self.forward.process_with_scratch(&mut self.time, spectrum, &mut self.scratch).is_err() {
            spectrum.fill(Complex32::default());
        }
    }

    /// [`Transform::synthesise_add`] for a target that lies in two pieces, as in a ring: `head` and
    /// then `tail`.
    pub(crate) fn synthesise_add_parts(
        &mut self,
        spectrum: &mut [Complex32],
        head: &mut [f32],
        tail: &mut [f32],
    ) {
        let bins = self.config.bins();
        if head.len() + tail.len() != self.config.fft_size || spectrum.len() != bins {
            return;
        }
        // realfft answers with an error when a real signal's DC or Nyquist bin has an imaginary
        // part.
        spectrum[0].im = 0.0;
        spectrum[bins - 1].im = 0.0;
        if self.inverse.process_with_scratch(spectrum, &mut self.time, &mut self.scratch).is_err() {
            return;
        }
        let (time_head, time_tail) = self.time.split_at(head.len());
        let (window_head, window_tail) = self.synthesis.split_at(head.len());
        multiply_add(head, time_head, window_head);
        multiply_add(tail, time_tail, window_tail);
    }
}

/// `out = a * b`, element by element.
fn multiply(out: &mut [f32], a: &[f32], b: &[f32]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = a * b;
    }
}

/// `out += a * b`, element by element. Not fused: the result must not depend on what the machine
/// can fuse.
fn multiply_add(out: &mut [f32], a: &[f32], b: &[f32]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out += a * b;
    }
}
