//! What a SignalTrain network looks like, without its weights.

use crate::file::ModelError;
use serde::{Deserialize, Serialize};

use super::super::knob::MAX_KNOBS;
use super::super::limits::within;

/// Frames that the network looks at.
pub const FRAMES: usize = 25;
/// Frames that it gives.
pub const FRAMES_OUT: usize = 9;
/// The widths between frames and code, and back; the knobs stand beside the code.
const ENCODER: [usize; 4] = [64, 32, 16, CODE];
const DECODER: [usize; 5] = [16, 16, 32, 64, FRAMES_OUT];
const CODE: usize = 16;

/// The size of a SignalTrain network. The original has a transform of 1,024 samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalTrainConfig {
    /// Knobs, 0 to 8.
    pub knobs: usize,
    /// Length of the transform in samples, a multiple of 8 from 16 to 4,096; all other lengths
    /// follow from it.
    pub transform: usize,
}

impl SignalTrainConfig {
    /// The original's size.
    pub fn original(knobs: usize) -> Self {
        SignalTrainConfig { knobs, transform: 1024 }
    }

    /// Bins that are kept of a transform.
    pub fn bins(&self) -> usize {
        self.transform / 2 + 1
    }

    /// Samples from one frame to the next.
    pub fn hop(&self) -> usize {
        self.transform * 3 / 8
    }

    /// Samples that a chunk looks at.
    pub fn chunk(&self) -> usize {
        self.transform * 8
    }

    /// Samples that a chunk gives: its last quarter.
    pub fn output(&self) -> usize {
        self.transform * 2
    }

    /// The layers of one of the two networks along time, `[inputs, outputs]` each; the knobs enter
    /// at the fifth.
    pub fn layers(&self) -> Vec<[usize; 2]> {
        let mut layers = Vec::new();
        let mut inputs = FRAMES;
        for outputs in ENCODER {
            layers.push([inputs, outputs]);
            inputs = outputs;
        }
        inputs += self.knobs;
        for outputs in DECODER {
            layers.push([inputs, outputs]);
            inputs = outputs;
        }
        layers
    }

    /// The layer (counted from 0) that sees the knobs beside the code.
    pub fn knob_layer(&self) -> usize {
        ENCODER.len()
    }

    /// Whether such a model can be made.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        within("a number of knobs", self.knobs, 0..=MAX_KNOBS)?;
        if !(16..=4096).contains(&self.transform) || !self.transform.is_multiple_of(8) {
            return Err(ModelError::Config(format!(
                "expected a transform of 16 to 4096 samples, a multiple of 8, found {}",
                self.transform
            )));
        }
        Ok(())
    }

    /// The name and the shape of every tensor: `analysis.weight` `[sample][2 · bin]` (real parts,
    /// then imaginary parts), `synthesis.weight` `[2 · bin][sample]`, and for `magnitude` and
    /// `phase` the layers `{i}.weight` `[inputs, outputs]` and `{i}.bias`.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let both = 2 * self.bins();
        let mut shapes = vec![
            ("analysis.weight".to_owned(), vec![self.transform, both]),
            ("synthesis.weight".to_owned(), vec![both, self.transform]),
        ];
        for part in ["magnitude", "phase"] {
            for (i, [inputs, outputs]) in self.layers().into_iter().enumerate() {
                shapes.push((format!("{part}.{i}.weight"), vec![inputs, outputs]));
                shapes.push((format!("{part}.{i}.bias"), vec![outputs]));
            }
        }
        shapes
    }

    /// The transforms that a training starts from: the orthonormal DFT under a Hamming window, and
    /// its inverse by overlap-add with the window that undoes both. `(analysis, synthesis)`, shaped
    /// as [`SignalTrainConfig::tensor_shapes`] says.
    pub fn transforms(&self) -> (Vec<f32>, Vec<f32>) {
        let (n, bins, hop) = (self.transform, self.bins(), self.hop());
        let step = std::f64::consts::TAU / n as f64;
        let window: Vec<f64> = (0..n).map(|i| 0.54 - 0.46 * (step * i as f64).cos()).collect();
        let power: Vec<f64> =
            (0..hop).map(|i| window.iter().skip(i).step_by(hop).map(|w| w * w).sum()).collect();
        let scale = 1.0 / (n as f64).sqrt();
        let mut analysis = vec![0.0; n * 2 * bins];
        let mut synthesis = vec![0.0; n * 2 * bins];
        for i in 0..n {
            let (there, back) = (window[i] * scale, window[i] / power[i % hop] * scale);
            for k in 0..bins {
                let (sin, cos) = (step * ((i * k) % n) as f64).sin_cos();
                let twice = if k == 0 || 2 * k == n { 1.0 } else { 2.0 };
                analysis[i * 2 * bins + k] = (there * cos) as f32;
                analysis[i * 2 * bins + bins + k] = (-there * sin) as f32;
                synthesis[k * n + i] = (twice * back * cos) as f32;
                synthesis[(bins + k) * n + i] = (-twice * back * sin) as f32;
            }
        }
        (analysis, synthesis)
    }
}
