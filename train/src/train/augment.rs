//! Mini-batches: which frames, in what order, and what is done to them on the way.

use nfx_learn::rng;
use rand::Rng;
use rand::seq::SliceRandom;

use super::config::FitConfig;
use crate::frames::FrameSet;

const ORDER: u64 = 0x0_4de4;
const CHANGES: u64 = 0xc4a_6e5;

/// The order in which epoch `epoch` meets the frames.
pub fn order(frames: usize, seed: u64, epoch: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..frames as u32).collect();
    order.shuffle(&mut rng(seed, ORDER, epoch as u64));
    order
}

/// The buffers of a batch, `[frame][bin]`.
#[derive(Clone, Debug, Default)]
pub struct BatchBuffer {
    /// What the network sees.
    pub input: Vec<f32>,
    /// What it is to give.
    pub target: Vec<f32>,
    noisy: bool,
    row: Vec<f32>,
}

impl BatchBuffer {
    /// Gathers the frames at `indices`, mixes and spoils them as the configuration says; step number `step` decides how.
    pub fn fill(&mut self, frames: &FrameSet, indices: &[u32], config: &FitConfig, step: u64) {
        let mut random = rng(config.seed, CHANGES, step);
        self.target.clear();
        for &index in indices {
            let frame = frames.frame(index as usize);
            let start = self.target.len();
            if config.mixture > 0.0 && random.random::<f32>() < config.mixture {
                let other = frames.frame(random.random_range(0..frames.len()));
                let share: f32 = random.random();
                self.push_mixture(frame, other, share);
            } else {
                self.target.extend_from_slice(frame);
            }
            let made = &mut self.target[start..];
            if config.transpose_semitones > 0.0 {
                let semitones = config.transpose_semitones * (2.0 * random.random::<f32>() - 1.0);
                transpose(made, &mut self.row, (semitones / 12.0).exp2());
            }
            if config.tilt_db > 0.0 {
                let mut part = || config.tilt_db * (2.0 * random.random::<f32>() - 1.0);
                tilt(made, part(), part());
            }
            normalise(made);
        }
        self.noisy = config.noise > 0.0;
        if self.noisy {
            // Uniform noise with the standard deviation that was asked for; magnitudes stay magnitudes.
            let reach = config.noise * 3.0f32.sqrt();
            self.input.clear();
            self.input.extend(self.target.iter().map(|t| (t + reach * (2.0 * random.random::<f32>() - 1.0)).max(0.0)));
        }
    }

    /// What the network sees.
    pub fn seen(&self) -> &[f32] {
        if self.noisy { &self.input } else { &self.target }
    }

    fn push_mixture(&mut self, a: &[f32], b: &[f32], share: f32) {
        self.target.extend(a.iter().zip(b).map(|(a, b)| share * a + (1.0 - share) * b));
    }
}

/// Stretches a frame along its frequency axis by `ratio`, between bins by straight lines; above the last known bin it is
/// silent.
fn transpose(frame: &mut [f32], row: &mut Vec<f32>, ratio: f32) {
    row.clear();
    row.extend_from_slice(frame);
    let last = row.len() - 1;
    for (bin, value) in frame.iter_mut().enumerate() {
        let from = bin as f32 / ratio;
        let below = from as usize;
        *value = if below < last { row[below] + (row[below + 1] - row[below]) * (from - below as f32) } else { 0.0 };
    }
}

/// Filters a frame by a smooth curve: a slope and a bow, both in dB over the whole axis.
fn tilt(frame: &mut [f32], slope_db: f32, bow_db: f32) {
    let scale = 1.0 / (frame.len() - 1).max(1) as f32;
    for (bin, value) in frame.iter_mut().enumerate() {
        let x = bin as f32 * scale - 0.5;
        let db = slope_db * x + bow_db * (0.25 - x * x);
        *value *= (db * (std::f32::consts::LN_10 / 20.0)).exp();
    }
}

/// Divides a frame by its maximum, as every frame of a corpus is.
fn normalise(frame: &mut [f32]) {
    let largest = frame.iter().fold(0.0f32, |m, v| m.max(*v));
    if largest > 0.0 && largest != 1.0 {
        let scale = 1.0 / largest;
        frame.iter_mut().for_each(|v| *v *= scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transposed_peak_moves_by_the_ratio_and_a_tilted_flat_frame_has_the_slope() {
        let mut frame: Vec<f32> = (0..1025).map(|i| (-((i as f32 - 100.0) / 3.0).powi(2)).exp()).collect();
        let mut row = Vec::new();
        transpose(&mut frame, &mut row, 2.0);
        let peak = (0..1025).max_by(|&a, &b| frame[a].total_cmp(&frame[b]));
        assert_eq!(peak, Some(200));
        transpose(&mut frame, &mut row, 0.25);
        assert!(frame[600..].iter().all(|&v| v == 0.0));
        let mut flat = vec![1.0; 1025];
        tilt(&mut flat, 12.0, 0.0);
        let db = 20.0 * (flat[1024] / flat[0]).log10();
        assert!((db - 12.0).abs() < 1e-3, "{db}");
        normalise(&mut flat);
        assert_eq!(flat.iter().fold(0.0f32, |m, v| m.max(*v)), 1.0);
    }
}
