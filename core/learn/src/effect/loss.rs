//! What a profile is trained to make small, with gradients written by hand.
//!
//! For an output y, a target t, their difference e = y − t over a segment, and the segment's weight
//! w (one over the mean square that its error is judged by):
//!
//! * ESR: `w · mean(e²)`, the error-to-signal ratio when w is one over the target's mean square;
//! * ESR with pre-emphasis: the same of `e[n] − c · e[n−1]` (Wright et al. 2019), which hears
//!   treble as loud as the ear does;
//! * DC: `w · mean(e)²`;
//! * multi-resolution STFT (Yamamoto et al. 2020): spectral convergence and log magnitudes at three
//!   window lengths.

use serde::{Deserialize, Serialize};

pub use super::stft_loss::{Resolution, StftLoss};

/// How much each part of the loss counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossConfig {
    /// Weight of the plain ESR.
    pub esr: f32,
    /// Weight of the ESR with pre-emphasis.
    pub emphasised: f32,
    /// c of the pre-emphasis filter `1 − c z⁻¹`, 0 to 1.
    pub emphasis: f32,
    /// Weight of the DC term.
    pub dc: f32,
    /// Weight of the multi-resolution STFT term; 0 leaves its work undone.
    pub stft: f32,
}

impl Default for LossConfig {
    fn default() -> Self {
        LossConfig { esr: 1.0, emphasised: 0.0, emphasis: 0.95, dc: 0.0, stft: 0.0 }
    }
}

/// The loss of single segments.
pub struct SegmentLoss {
    config: LossConfig,
    stft: Option<StftLoss>,
    error: Vec<f32>,
}

impl SegmentLoss {
    /// The loss as configured.
    pub fn new(config: LossConfig) -> Self {
        let stft = (config.stft > 0.0).then(StftLoss::default);
        SegmentLoss { config, stft, error: Vec::new() }
    }

    /// What is configured.
    pub fn config(&self) -> LossConfig {
        self.config
    }

    /// The loss of one segment, its error judged by `weight`, and all of it counted `share` times.
    /// The gradient with respect to `output` is written to `gradient`. All slices have one length.
    pub fn of(
        &mut self,
        output: &[f32],
        target: &[f32],
        weight: f32,
        share: f32,
        gradient: &mut [f32],
    ) -> f64 {
        let n = output.len().min(target.len());
        self.error.clear();
        self.error.extend(output.iter().zip(target).map(|(y, t)| y - t));
        let e = &self.error;
        let c = self.config;
        let scale = weight * share / n.max(1) as f32;
        let plain = scale * c.esr;
        let mut sum = f64::from(plain) * e.iter().map(|e| f64::from(e * e)).sum::<f64>();
        for (g, e) in gradient.iter_mut().zip(e) {
            *g = 2.0 * plain * e;
        }
        if c.emphasised > 0.0 {
            let by = scale * c.emphasised;
            let mut squares = 0.0;
            for i in 1..n {
                let d = e[i] - c.emphasis * e[i - 1];
                squares += f64::from(d * d);
                gradient[i] += 2.0 * by * d;
                gradient[i - 1] -= 2.0 * by * c.emphasis * d;
            }
            sum += f64::from(by) * squares;
        }
        if c.dc > 0.0 {
            let mean = e.iter().map(|e| f64::from(*e)).sum::<f64>() / n.max(1) as f64;
            sum += f64::from(weight * share * c.dc) * mean * mean;
            let g = 2.0 * scale * c.dc * mean as f32;
            gradient[..n].iter_mut().for_each(|x| *x += g);
        }
        if let Some(stft) = &mut self.stft {
            sum += stft.add(output, target, c.stft * share, gradient);
        }
        sum
    }
}

/// Error-to-signal ratio: the energy of the difference over that of the target (the definition that
/// NAM uses: no pre-emphasis). 0 for two silent sounds.
pub fn esr(output: &[f32], target: &[f32]) -> f64 {
    let error: f64 = output.iter().zip(target).map(|(y, t)| f64::from(y - t).powi(2)).sum();
    let energy: f64 = target.iter().map(|t| f64::from(*t).powi(2)).sum();
    if error == 0.0 { 0.0 } else { error / energy.max(1e-20) }
}

/// [`esr`] after the filter `1 − c z⁻¹` on both sounds.
pub fn emphasised_esr(output: &[f32], target: &[f32], c: f32) -> f64 {
    let filter = |x: &[f32]| -> Vec<f32> {
        (0..x.len()).map(|i| x[i] - if i > 0 { c * x[i - 1] } else { 0.0 }).collect()
    };
    esr(&filter(output), &filter(target))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise;

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let n = 900;
        let (y, t) = (noise(n, 1), noise(n, 2));
        let parts = [
            LossConfig { esr: 1.0, emphasised: 0.0, emphasis: 0.0, dc: 0.0, stft: 0.0 },
            LossConfig { esr: 0.0, emphasised: 1.0, emphasis: 0.95, dc: 0.0, stft: 0.0 },
            LossConfig { esr: 0.0, emphasised: 0.0, emphasis: 0.0, dc: 1.0, stft: 0.0 },
            LossConfig { esr: 0.0, emphasised: 0.0, emphasis: 0.0, dc: 0.0, stft: 1.0 },
        ];
        for config in parts {
            let mut loss = SegmentLoss::new(config);
            let mut g = vec![0.0; n];
            let mut scratch = vec![0.0; n];
            loss.of(&y, &t, 3.0, 0.5, &mut g);
            for i in [0usize, 1, 17, 450, n - 1] {
                let h = 1e-2f32;
                let mut at = |d: f32| {
                    let mut y = y.clone();
                    y[i] += d;
                    loss.of(&y, &t, 3.0, 0.5, &mut scratch)
                };
                let numeric = (at(h) - at(-h)) / (2.0 * f64::from(h));
                let top = g.iter().fold(0.0f32, |m, g| m.max(g.abs()));
                assert!(
                    (numeric - f64::from(g[i])).abs() < 0.02 * f64::from(top),
                    "{config:?} at {i}: {numeric:e} and {:e}",
                    g[i]
                );
            }
        }
    }

    #[test]
    fn the_ratio_is_that_of_its_definition() {
        let t = noise(1000, 5);
        let half: Vec<f32> = t.iter().map(|t| 0.5 * t).collect();
        let inverted: Vec<f32> = t.iter().map(|t| -t).collect();
        assert!((esr(&half, &t) - 0.25).abs() < 1e-6 && (esr(&inverted, &t) - 4.0).abs() < 1e-6);
        assert!((emphasised_esr(&half, &t, 0.95) - 0.25).abs() < 1e-6);
        assert_eq!(esr(&t, &t), 0.0);
    }
}
