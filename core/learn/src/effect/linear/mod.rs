//! Impulse responses: what cabinets, rooms, echoes and equalisers are. Not trained but solved, in
//! one go, as the best in the sense of least squares.

mod response;
mod transform;

pub use response::{Passage, best_response, best_response_of, convolve, correlation};
pub use transform::Transform;

use nfx_core::file::Tensor;
use nfx_core::models::effect::{LinearConfig, ProfileConfig};

use super::{PairBatch, ProfileLearner, SegmentPlan};
use crate::{LearnError, Tensors, named};

/// Samples to learn from for each tap, at least: fewer are learned by heart.
const SAMPLES_PER_TAP: usize = 16;
/// Each attempt has a quarter of the taps of the one before it, but not fewer than these.
const FEWEST: usize = 256;
/// What follows the last tap of a response is at most this share of its energy (−120 dB).
const REST: f64 = 1e-12;

/// An impulse response that is solved.
#[derive(Clone, Debug)]
pub struct LinearLearner {
    /// Taps that it may have.
    most: usize,
    /// The newest sample's first.
    taps: Vec<f32>,
    offset: Option<f32>,
}

impl LinearLearner {
    /// With nothing in it.
    ///
    /// # Errors
    /// When the config's sizes are out of range.
    pub fn new(config: &LinearConfig) -> Result<Self, LearnError> {
        ProfileConfig::Linear(config.clone()).validate()?;
        let taps = vec![0.0; config.receptive_field];
        Ok(Self { most: taps.len(), taps, offset: config.bias.then_some(0.0) })
    }
}

impl ProfileLearner for LinearLearner {
    fn config(&self) -> ProfileConfig {
        ProfileConfig::Linear(LinearConfig {
            receptive_field: self.taps.len(),
            bias: self.offset.is_some(),
        })
    }

    fn plan(&self) -> SegmentPlan {
        SegmentPlan { segments: 1, warm_up: self.most, scored: 64, run: 1 }
    }

    fn rate(&self) -> f64 {
        1.0
    }

    fn is_solved(&self) -> bool {
        true
    }

    fn solve(&mut self, passages: &[Passage<'_>], attempt: usize) -> Result<bool, LearnError> {
        let samples: usize =
            passages.iter().map(|p| p.input.len() - p.lead.min(p.input.len())).sum();
        // What is longer than the longest passage is never heard.
        let longest = passages.iter().map(|p| p.input.len()).max().unwrap_or(1).max(1);
        let all = (samples / SAMPLES_PER_TAP).clamp(1, self.most).min(longest);
        let taps =
            u32::try_from(2 * attempt).ok().and_then(|shift| all.checked_shr(shift)).unwrap_or(0);
        if attempt > 0 && taps < FEWEST {
            return Ok(false);
        }
        let mut start: Vec<f64> = self.taps.iter().map(|h| f64::from(*h)).collect();
        start.resize(taps, 0.0);
        let found = best_response_of(passages, &start);
        let allowed = REST * found.iter().map(|h| h * h).sum::<f64>();
        let mut rest = 0.0;
        let last = found.iter().rposition(|h| {
            rest += h * h;
            rest > allowed
        });
        self.taps = found[..=last.unwrap_or(0)].iter().map(|h| *h as f32).collect();
        self.offset = None;
        Ok(true)
    }

    fn step(&mut self, _rate: f64, _batch: &PairBatch<'_>) -> Result<f32, LearnError> {
        Err(LearnError::Argument(
            "expected a network that learns step by step, found an impulse response".to_owned(),
        ))
    }

    fn predict(
        &mut self,
        input: &[f32],
        _side: Option<&[f32]>,
        knobs: &[f32],
    ) -> Result<Vec<f32>, LearnError> {
        if !knobs.is_empty() {
            return Err(LearnError::Argument(format!(
                "expected no knobs of an impulse response, found {}; nothing was computed",
                knobs.len()
            )));
        }
        let taps: Vec<f64> = self.taps.iter().map(|h| f64::from(*h)).collect();
        let mut output = convolve(input, &taps, 0);
        output.iter_mut().for_each(|y| *y += self.offset.unwrap_or(0.0));
        Ok(output)
    }

    fn tensors(&self) -> Result<Tensors, LearnError> {
        let data: Vec<f32> = self.taps.iter().copied().chain(self.offset).collect();
        Ok(Tensors::from([("weights".to_owned(), Tensor { shape: vec![data.len()], data })]))
    }

    /// Other lengths are taken too: how long a response is follows from the sound.
    fn set_tensors(&mut self, tensors: &Tensors) -> Result<(), LearnError> {
        let found = tensors.get("weights").map_or(0, |tensor| tensor.data.len());
        let taps = found.saturating_sub(usize::from(self.offset.is_some()));
        let config = LinearConfig { receptive_field: taps, bias: self.offset.is_some() };
        ProfileConfig::Linear(config).validate()?;
        let data = named(tensors, "weights", &[found])?;
        self.taps = data[..taps].to_vec();
        self.offset = self.offset.and(data.last().copied());
        Ok(())
    }

    fn state(&self) -> Vec<u8> {
        Vec::new()
    }

    fn restore(&mut self, _state: &[u8]) -> Result<(), LearnError> {
        Ok(())
    }

    fn parameters(&self) -> usize {
        self.taps.len() + usize::from(self.offset.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::loss::esr;
    use rand::Rng;

    #[test]
    fn an_echo_is_solved_and_cut_to_its_length() {
        let mut random = crate::rng(5, 0, 0);
        let input: Vec<f32> = (0..60_000).map(|_| random.random_range(-0.5..0.5)).collect();
        let mut h = vec![0.0f64; 1_201];
        (h[0], h[600], h[1_200]) = (0.5, 0.5, 0.15);
        let target = convolve(&input, &h, 0);
        let mut learner = LinearLearner::new(&LinearConfig { receptive_field: 3_000, bias: false })
            .expect("learner");
        let before = learner.tensors().expect("tensors");
        assert!(
            learner
                .solve(&[Passage { input: &input, target: &target, lead: 0 }], 0)
                .expect("solved")
        );
        assert!((1_201..3_000).contains(&learner.parameters()), "{}", learner.parameters());
        assert!(esr(&learner.predict(&input, None, &[]).expect("sound"), &target) < 1e-7);
        assert!(learner.predict(&input, None, &[0.5]).is_err());
        let after = learner.tensors().expect("tensors");
        let simpler = |learner: &mut LinearLearner, attempt: usize| {
            learner
                .solve(&[Passage { input: &input, target: &target, lead: 0 }], attempt)
                .expect("solved")
        };
        assert!(simpler(&mut learner, 1) && learner.parameters() <= 750);
        assert!(
            !simpler(&mut learner, 2) && !simpler(&mut learner, 40) && learner.parameters() <= 750
        );
        learner.set_tensors(&before).expect("longer ones");
        assert_eq!(learner.parameters(), 3_000);
        learner.set_tensors(&after).expect("shorter ones");
        assert!(learner.set_tensors(&Tensors::new()).is_err());
        assert_eq!(learner.tensors().expect("tensors"), after);
    }

    #[test]
    fn little_sound_gives_a_short_response() {
        let sound = vec![0.1f32; 320];
        let mut learner = LinearLearner::new(&LinearConfig { receptive_field: 3_000, bias: true })
            .expect("learner");
        assert!(
            learner
                .solve(&[Passage { input: &sound, target: &sound, lead: 0 }], 0)
                .expect("solved")
        );
        assert!(learner.parameters() <= 20);
        assert!(LinearLearner::new(&LinearConfig { receptive_field: 0, bias: false }).is_err());
    }
}
