//! The multi-resolution STFT loss and its gradient.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// Magnitudes count as at least this.
const FLOOR: f32 = 1e-4;

/// One window length of the loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Points of the transform and of its periodic Hann window.
    pub size: usize,
    /// Samples between windows.
    pub hop: usize,
}

/// Window lengths that are used unless others are given.
pub const RESOLUTIONS: [Resolution; 3] = [
    Resolution { size: 256, hop: 64 },
    Resolution { size: 512, hop: 128 },
    Resolution { size: 1024, hop: 256 },
];

struct Transform {
    of: Resolution,
    window: Vec<f32>,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    time: Vec<f32>,
    scratch: Vec<Complex<f32>>,
    output: Vec<Complex<f32>>,
    target: Vec<Complex<f32>>,
}

/// The mean over resolutions of spectral convergence `‖|T| − |Y|‖ / ‖|T|‖` and the mean of `|ln|T|
/// − ln|Y||` over bins and frames (Yamamoto, Song & Kim 2020). Resolutions longer than the segment
/// are left out.
pub struct StftLoss {
    transforms: Vec<Transform>,
}

impl Default for StftLoss {
    fn default() -> Self {
        Self::new(&RESOLUTIONS)
    }
}

impl StftLoss {
    /// With given resolutions.
    pub fn new(resolutions: &[Resolution]) -> Self {
        let mut planner = RealFftPlanner::<f32>::new();
        let transforms = resolutions
            .iter()
            .map(|&of| (of, planner.plan_fft_forward(of.size), planner.plan_fft_inverse(of.size)))
            .map(|(of, forward, inverse)| Transform {
                of,
                window: (0..of.size)
                    .map(|i| {
                        (0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / of.size as f64).cos())
                            as f32
                    })
                    .collect(),
                time: vec![0.0; of.size],
                scratch: vec![
                    Complex::default();
                    forward.get_scratch_len().max(inverse.get_scratch_len())
                ],
                forward,
                inverse,
                output: Vec::new(),
                target: Vec::new(),
            })
            .collect();
        StftLoss { transforms }
    }

    /// The loss alone.
    pub fn value(&mut self, output: &[f32], target: &[f32]) -> f64 {
        self.add(output, target, 1.0, &mut [])
    }

    /// The loss times `share`; its gradient with respect to the output is added to `gradient` (or
    /// left undone when that is empty).
    pub fn add(&mut self, output: &[f32], target: &[f32], share: f32, gradient: &mut [f32]) -> f64 {
        let n = output.len().min(target.len());
        let fitting = self.transforms.iter().filter(|t| t.of.size <= n).count();
        if fitting == 0 {
            return 0.0;
        }
        let share = share / fitting as f32;
        self.transforms
            .iter_mut()
            .filter(|t| t.of.size <= n)
            .map(|t| t.add(&output[..n], &target[..n], share, gradient))
            .sum()
    }
}

impl Transform {
    fn spectra(&mut self, x: &[f32], into_target: bool) {
        let bins = self.of.size / 2 + 1;
        let frames = (x.len() - self.of.size) / self.of.hop + 1;
        let spectra = if into_target { &mut self.target } else { &mut self.output };
        spectra.resize(frames * bins, Complex::default());
        for (f, spectrum) in spectra.chunks_exact_mut(bins).enumerate() {
            let from = &x[f * self.of.hop..f * self.of.hop + self.of.size];
            for ((t, x), w) in self.time.iter_mut().zip(from).zip(&self.window) {
                *t = x * w;
            }
            // Lengths are those of the plan, so this cannot fail.
            let _ = self.forward.process_with_scratch(&mut self.time, spectrum, &mut self.scratch);
        }
    }

    fn add(&mut self, output: &[f32], target: &[f32], share: f32, gradient: &mut [f32]) -> f64 {
        self.spectra(output, false);
        self.spectra(target, true);
        let bins = self.of.size / 2 + 1;
        let count = self.output.len() as f32;
        let (mut apart, mut whole, mut logs) = (0.0f64, 0.0f64, 0.0f64);
        for (y, t) in self.output.iter().zip(&self.target) {
            let (y, t) = (y.norm().max(FLOOR), t.norm().max(FLOOR));
            apart += f64::from((t - y) * (t - y));
            whole += f64::from(t * t);
            logs += f64::from((t / y).ln().abs());
        }
        let (apart, whole) = (apart.sqrt(), whole.sqrt().max(1e-12));
        let value = f64::from(share) * (apart / whole + logs / f64::from(count));
        if gradient.is_empty() {
            return value;
        }
        let by_square = share / (apart.max(1e-12) * whole) as f32;
        let by_log = share / count;
        for (y, t) in self.output.iter_mut().zip(&self.target) {
            let (size, t) = (y.norm(), t.norm().max(FLOOR));
            if size <= FLOOR {
                *y = Complex::default();
                continue;
            }
            let slope = by_square * (size - t) + by_log * (size - t).signum() / size;
            *y *= slope / size;
        }
        // d|Y_k|/dx[n] is the real part of conj(Y_k)/|Y_k| · e^(-i 2π k n / N): summed over the
        // half spectrum, that is an inverse transform in which the bins between the ends count
        // half, for the inverse adds their mirror images.
        for (f, spectrum) in self.output.chunks_exact_mut(bins).enumerate() {
            let last = bins - 1;
            spectrum[1..last].iter_mut().for_each(|s| *s *= 0.5);
            spectrum[0].im = 0.0;
            spectrum[last].im = 0.0;
            let _ = self.inverse.process_with_scratch(spectrum, &mut self.time, &mut self.scratch);
            let to = &mut gradient[f * self.of.hop..f * self.of.hop + self.of.size];
            for ((g, t), w) in to.iter_mut().zip(&self.time).zip(&self.window) {
                *g += t * w;
            }
        }
        value
    }
}
