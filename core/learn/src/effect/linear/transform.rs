//! Real sounds to spectra and back, in double precision.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// A discrete Fourier transform of real signals of one length, and its inverse. Not real-time safe.
pub struct Transform {
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
}

impl Transform {
    /// For `size` samples.
    pub fn new(size: usize) -> Self {
        let mut planner = RealFftPlanner::new();
        Self { forward: planner.plan_fft_forward(size), inverse: planner.plan_fft_inverse(size) }
    }

    /// The `size / 2 + 1` bins of a signal, zeros behind it; what is longer than the transform is
    /// left out.
    pub fn spectrum(&self, signal: impl IntoIterator<Item = f64>) -> Vec<Complex<f64>> {
        let mut padded = self.forward.make_input_vec();
        padded.iter_mut().zip(signal).for_each(|(to, x)| *to = x);
        let mut out = self.forward.make_output_vec();
        // Lengths are those of the plan, so this cannot fail.
        let _ = self.forward.process(&mut padded, &mut out);
        out
    }

    /// The `size` samples behind `size / 2 + 1` bins; what is imaginary of the first and the last
    /// is rounding, and left out.
    ///
    /// # Panics
    /// When there are no bins.
    pub fn signal(&self, mut spectrum: Vec<Complex<f64>>) -> Vec<f64> {
        let last = spectrum.len() - 1;
        (spectrum[0].im, spectrum[last].im) = (0.0, 0.0);
        let mut out = self.inverse.make_output_vec();
        // Lengths are those of the plan, so this cannot fail.
        let _ = self.inverse.process(&mut spectrum, &mut out);
        let scale = 1.0 / out.len() as f64;
        out.iter_mut().for_each(|x| *x *= scale);
        out
    }
}
