//! Adam (Kingma & Ba 2015) over one flat array of weights, with a bound on the gradient's norm.

use crate::adam::{AdamStep, Correction, EPSILON};
use crate::{LearnError, checkpoint};

const MAGIC: &[u8; 8] = b"nfxprof1";

/// The optimiser of the hand-written learners.
#[derive(Clone, Debug)]
pub struct Adam {
    first: Vec<f32>,
    second: Vec<f32>,
    steps: u64,
    bound: f32,
}

impl Adam {
    /// For `count` weights; a gradient longer than `bound` (Euclidean norm) is shortened to it.
    pub fn new(count: usize, bound: f32) -> Self {
        Adam { first: vec![0.0; count], second: vec![0.0; count], steps: 0, bound }
    }

    /// Steps made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Moves the weights against the gradient. A gradient that is not finite moves nothing.
    pub fn apply(&mut self, weights: &mut [f32], gradient: &[f32], rate: f64) {
        let norm =
            gradient.iter().map(|g| f64::from(*g) * f64::from(*g)).sum::<f64>().sqrt() as f32;
        if !norm.is_finite() {
            return;
        }
        self.steps += 1;
        let correction = Correction::at(self.steps);
        let step = AdamStep {
            rate: correction.rate(rate),
            epsilon: EPSILON * correction.second as f32,
            scale: if norm > self.bound { self.bound / norm } else { 1.0 },
            decay: 0.0,
            flushes: false,
        };
        step.apply(weights, gradient, &mut self.first, &mut self.second);
    }

    /// Its memory as bytes.
    pub fn state(&self) -> Vec<u8> {
        checkpoint::written(MAGIC, self.steps, self.first.iter().chain(&self.second))
    }

    /// Takes its memory back.
    ///
    /// # Errors
    /// When the bytes are not the memory of an optimiser for as many weights; nothing has changed
    /// then.
    pub fn restore(&mut self, state: &[u8]) -> Result<(), LearnError> {
        let count = self.first.len() + self.second.len();
        let (steps, numbers) = checkpoint::read(MAGIC, state, count)?;
        self.steps = steps;
        for (v, number) in self.first.iter_mut().chain(&mut self.second).zip(numbers) {
            *v = number;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_down_and_remembers() {
        let mut w = vec![3.0f32, -2.0];
        let mut adam = Adam::new(2, 1.0);
        for _ in 0..400 {
            let g: Vec<f32> = w.iter().map(|w| 2.0 * w).collect();
            adam.apply(&mut w, &g, 0.05);
        }
        assert!(w.iter().all(|w| w.abs() < 0.05), "{w:?}");
        let mut other = Adam::new(2, 1.0);
        other.restore(&adam.state()).unwrap();
        let mut v = w.clone();
        adam.apply(&mut w, &[0.3, 0.1], 0.01);
        other.apply(&mut v, &[0.3, 0.1], 0.01);
        assert_eq!(w, v);
        adam.apply(&mut w, &[f32::NAN, 0.0], 0.01);
        assert_eq!(w, v, "a gradient that is no number moves nothing");
        assert!(Adam::new(3, 1.0).restore(&adam.state()).is_err());
    }
}
