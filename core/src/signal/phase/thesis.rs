//! The causal phase of the thesis, by its equations and as its published code computes it: for
//! comparison.

use super::gradient::{from_start, sane, wrapped};
use crate::signal::stft::StftConfig;
use crate::signal::window::Window;
use std::f64::consts::PI;

/// The smallest magnitude that the thesis's code knows.
const CODE_FLOOR: f32 = 1e-3;

/// Each bin's phase cumulated along time on its own: no heap, no change along frequency.
///
/// Colonel, *Autoencoding Neural Networks as Musical Audio Synthesizers* (2018), equation 2.7 for
/// the advance and 2.8 for its cumulation by the trapezoidal rule, started from 0. In the form of
/// the code, `N / 2 + 1` stands where the equation has the number of channels `N`, the deviation
/// from a bin's own frequency has the other sign, the window's constant is that of the Gauss window
/// although Hann is used, magnitudes are at least 1e-3, and the phases are taken to be those of
/// whole frames, not of their centres.
#[derive(Clone, Debug)]
pub(super) struct Thesis {
    code: bool,
    /// Advance of each bin's own frequency per hop, `[bin]`.
    advance: Vec<f64>,
    scale: f64,
    logs: Vec<f32>,
    /// The advance in the frame before, `[bin]`; empty numbers before the first frame.
    before: Vec<f64>,
    phases: Vec<f64>,
    started: bool,
}

impl Thesis {
    /// By the code or by the equations. Allocates. The config must be valid.
    pub(super) fn new(config: StftConfig, code: bool) -> Self {
        let (n, hop, bins) = (config.fft_size, config.hop as f64, config.bins());
        let (channels, scale, turn) = if code {
            let channels = bins as f64;
            (channels, -hop * channels / (2.0 * Window::Gauss.gamma(n)), PI)
        } else {
            (n as f64, hop * n as f64 / (2.0 * Window::Hann.gamma(n)), 2.0 * PI)
        };
        Self {
            code,
            advance: (0..bins).map(|m| turn * hop * m as f64 / channels).collect(),
            scale,
            logs: vec![0.0; bins],
            before: vec![0.0; bins],
            phases: vec![0.0; bins],
            started: false,
        }
    }

    /// As right after [`Thesis::new`]. Real-time safe.
    pub(super) fn reset(&mut self) {
        self.phases.fill(0.0);
        self.started = false;
    }

    /// The phases of the next frame. Real-time safe. Both `[bin]`.
    pub(super) fn push(&mut self, magnitudes: &[f32], phases: &mut [f32]) {
        for (log, &magnitude) in self.logs.iter_mut().zip(magnitudes) {
            let magnitude = sane(magnitude);
            *log =
                if self.code { magnitude.max(CODE_FLOOR) } else { magnitude + f32::MIN_POSITIVE }
                    .ln();
        }
        let last = self.phases.len() - 1;
        for m in 1..last {
            let now = self.scale * f64::from(self.logs[m + 1] - self.logs[m - 1]) + self.advance[m];
            if self.started {
                let phase = self.phases[m] + 0.5 * (self.before[m] + now);
                self.phases[m] = phase % (2.0 * PI);
            }
            self.before[m] = now;
        }
        self.started = true;
        for (out, &phase) in phases.iter_mut().zip(&self.phases) {
            *out = wrapped(phase as f32);
        }
        if !self.code {
            phases.iter_mut().enumerate().for_each(|(m, phase)| *phase = from_start(*phase, m));
        }
    }
}
