//! Whatever learns a device, and how it takes long segments.

use anyhow::Result;
use nfx_learn::Tensors;
use nfx_learn::effect::{LongSegments, PairBatch, ProfileLearner};

/// Whatever learns here: every profile learner, and networks that are only compared with.
pub trait LabLearner {
    /// The learning rate that it begins with.
    fn rate(&self) -> f64;

    /// One step.
    ///
    /// # Errors
    /// When the batch does not fit.
    fn step(&mut self, rate: f64, batch: &PairBatch<'_>) -> Result<f32>;

    /// What it makes of a whole sound from rest, at normalised knobs.
    ///
    /// # Errors
    /// When the number of knobs is wrong.
    fn play(&mut self, input: &[f32], knobs: &[f32]) -> Result<Vec<f32>>;

    /// The present weights.
    ///
    /// # Errors
    /// When they cannot be read.
    fn tensors(&self) -> Result<Tensors>;

    /// Goes back to weights.
    ///
    /// # Errors
    /// When they cannot be set.
    fn set_tensors(&mut self, tensors: &Tensors) -> Result<()>;

    /// Number of weights.
    fn parameters(&self) -> usize;
}

/// A profile learner that takes longer segments than its plan has.
pub struct Segmented(
    /// The learner.
    pub Box<dyn ProfileLearner>,
);

impl LabLearner for Segmented {
    fn rate(&self) -> f64 {
        self.0.rate()
    }

    fn step(&mut self, rate: f64, batch: &PairBatch<'_>) -> Result<f32> {
        let plan = self.0.plan();
        // A recurrent network learns a long segment piece by piece, its memory going on; a
        // convolutional one hears what was before.
        let lead = match self.0.long_segments() {
            LongSegments::GoingOn => 0,
            LongSegments::WithLead => plan.warm_up,
            LongSegments::Whole => return Ok(self.0.step(rate, batch)?),
        };
        let (mut sum, mut pieces) = (0.0, 0.0);
        for from in (0..batch.samples).step_by(plan.scored) {
            let until = (from + lead + plan.scored).min(batch.samples);
            if from > 0 && until < from + lead + plan.scored / 2 {
                break;
            }
            let piece = |of: &[f32]| -> Vec<f32> {
                of.chunks(batch.samples)
                    .flat_map(|segment| &segment[from..until])
                    .copied()
                    .collect()
            };
            let (input, target) = (piece(batch.input), piece(batch.target));
            let piece = PairBatch::new(&input, &target, batch.knobs, batch.weights);
            sum += self.0.step(
                rate,
                &PairBatch { warm_up: lead, continues: lead == 0 && from > 0, ..piece },
            )?;
            pieces += 1.0;
        }
        Ok(sum / pieces)
    }

    fn play(&mut self, input: &[f32], knobs: &[f32]) -> Result<Vec<f32>> {
        Ok(self.0.predict(input, None, knobs)?)
    }

    fn tensors(&self) -> Result<Tensors> {
        Ok(self.0.tensors()?)
    }

    fn set_tensors(&mut self, tensors: &Tensors) -> Result<()> {
        Ok(self.0.set_tensors(tensors)?)
    }

    fn parameters(&self) -> usize {
        self.0.parameters()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use nfx_core::models::effect::ProfileConfig;
    use nfx_core::models::effect::dynamics::DynamicsConfig;
    use nfx_learn::LearnError;
    use nfx_learn::effect::SegmentPlan;

    use super::*;

    /// What a learner is given in one step: input and target of each segment, warm-up, whether it
    /// goes on.
    type Given = (Vec<Vec<(f32, f32)>>, usize, bool);

    /// Learns nothing and remembers what it was given.
    struct Listener {
        long: LongSegments,
        plan: SegmentPlan,
        given: Arc<Mutex<Vec<Given>>>,
    }

    impl ProfileLearner for Listener {
        fn config(&self) -> ProfileConfig {
            DynamicsConfig::with_knobs(1).into()
        }
        fn long_segments(&self) -> LongSegments {
            self.long
        }
        fn plan(&self) -> SegmentPlan {
            self.plan
        }
        fn rate(&self) -> f64 {
            1e-3
        }
        fn step(&mut self, _rate: f64, batch: &PairBatch<'_>) -> Result<f32, LearnError> {
            batch.check(1)?;
            let pairs: Vec<(f32, f32)> =
                batch.input.iter().copied().zip(batch.target.iter().copied()).collect();
            let segments = pairs.chunks(batch.samples).map(<[_]>::to_vec).collect();
            self.given.lock().unwrap().push((segments, batch.warm_up, batch.continues));
            Ok(batch.samples as f32)
        }
        fn predict(
            &mut self,
            input: &[f32],
            _: Option<&[f32]>,
            _: &[f32],
        ) -> Result<Vec<f32>, LearnError> {
            Ok(input.to_vec())
        }
        fn tensors(&self) -> Result<Tensors, LearnError> {
            Ok(Tensors::new())
        }
        fn set_tensors(&mut self, _: &Tensors) -> Result<(), LearnError> {
            Ok(())
        }
        fn state(&self) -> Vec<u8> {
            Vec::new()
        }
        fn restore(&mut self, _: &[u8]) -> Result<(), LearnError> {
            Ok(())
        }
        fn parameters(&self) -> usize {
            0
        }
    }

    /// Three segments in one step; each sample its own number. Gives them and what arrived.
    fn step(
        long: LongSegments,
        warm_up: usize,
        samples: usize,
    ) -> (Vec<Vec<(f32, f32)>>, Vec<Given>) {
        let given = Arc::new(Mutex::new(Vec::new()));
        let plan = SegmentPlan { segments: 3, warm_up, scored: 100, run: 1 };
        let mut learner = Segmented(Box::new(Listener { long, plan, given: given.clone() }));
        let input: Vec<f32> = (0..3 * samples).map(|i| i as f32).collect();
        let target: Vec<f32> = input.iter().map(|x| -x).collect();
        learner.step(1e-3, &PairBatch::new(&input, &target, &[0.0; 3], &[1.0; 3])).unwrap();
        let all: Vec<(f32, f32)> = input.into_iter().zip(target).collect();
        let given = given.lock().unwrap().clone();
        (all.chunks(samples).map(<[_]>::to_vec).collect(), given)
    }

    #[test]
    fn a_recurrent_network_hears_a_long_segment_piece_by_piece_with_its_memory_going_on() {
        // A rest of less than half a piece is left out.
        for (samples, heard) in [(100, 100), (430, 400), (450, 450), (499, 499), (60, 60), (20, 20)]
        {
            let (segments, given) = step(LongSegments::GoingOn, 0, samples);
            assert!(
                given
                    .iter()
                    .enumerate()
                    .all(|(i, (_, warm_up, continues))| *warm_up == 0 && *continues == (i > 0))
            );
            for (at, segment) in segments.iter().enumerate() {
                let joined: Vec<(f32, f32)> =
                    given.iter().flat_map(|(pieces, ..)| pieces[at].clone()).collect();
                assert_eq!(joined, segment[..heard], "{samples} samples, segment {at}");
            }
        }
    }

    #[test]
    fn a_convolutional_network_hears_what_was_before_and_is_scored_on_each_sample_once() {
        for (samples, scored) in
            [(130, 100), (430, 400), (500, 470), (470, 400), (480, 450), (90, 60)]
        {
            let (segments, given) = step(LongSegments::WithLead, 30, samples);
            assert!(given.iter().all(|(_, warm_up, continues)| *warm_up == 30 && !*continues));
            for (at, segment) in segments.iter().enumerate() {
                let judged: Vec<(f32, f32)> =
                    given.iter().flat_map(|(pieces, ..)| pieces[at][30..].to_vec()).collect();
                assert_eq!(judged, segment[30..30 + scored], "{samples} samples, segment {at}");
                let mut from = 0;
                for (pieces, ..) in &given {
                    assert_eq!(
                        pieces[at][..30],
                        segment[from..from + 30],
                        "{samples} samples, before {from}"
                    );
                    from += pieces[at].len() - 30;
                }
            }
        }
    }

    #[test]
    fn other_families_hear_a_segment_in_one_piece() {
        let (segments, given) = step(LongSegments::Whole, 30, 700);
        assert_eq!(given, [(segments, 0, false)]);
    }
}
