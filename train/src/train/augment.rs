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
}

impl BatchBuffer {
    /// Gathers the frames at `indices`, mixes and spoils them as the configuration says; step number `step` decides how.
    pub fn fill(&mut self, frames: &FrameSet, indices: &[u32], config: &FitConfig, step: u64) {
        let mut random = rng(config.seed, CHANGES, step);
        self.target.clear();
        for &index in indices {
            let frame = frames.frame(index as usize);
            if config.mixture > 0.0 && random.random::<f32>() < config.mixture {
                let other = frames.frame(random.random_range(0..frames.len()));
                let share: f32 = random.random();
                self.push_mixture(frame, other, share);
            } else {
                self.target.extend_from_slice(frame);
            }
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
        let start = self.target.len();
        self.target.extend(a.iter().zip(b).map(|(a, b)| share * a + (1.0 - share) * b));
        let mixed = &mut self.target[start..];
        let largest = mixed.iter().fold(0.0f32, |m, v| m.max(*v));
        if largest > 0.0 {
            let scale = 1.0 / largest;
            mixed.iter_mut().for_each(|v| *v *= scale);
        }
    }
}
