//! A profile trained on a device that is at hand: every step plays other music at other settings,
//! so nothing is ever seen twice.

use anyhow::Result;
use nfx_core::models::effect::KnobInfo;
use nfx_core::signal::random::Random;
use nfx_learn::Tensors;
use nfx_learn::effect::{LongSegments, PairBatch, ProfileLearner};
use nfx_train::device::cpu_seconds;

use super::measure::{Example, relative};
use super::music::{Clip, LOUDER_DB, Music, excerpt};
use super::{Device, values_of};

/// How long and on what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Seconds of computing for the training; rendering the device and validation are not counted.
    pub seconds: f64,
    /// Decides music and settings.
    pub seed: u64,
    /// Segments of a step.
    pub segments: usize,
    /// Samples of a segment.
    pub samples: usize,
    /// The share of the steps whose segments are four times as long (and four times as few), for
    /// slow devices.
    pub long: f32,
    /// Draw the knobs at the corners of their ranges only.
    pub corners: bool,
}

impl Plan {
    /// The plan that the shipped models are made with.
    pub fn new(seconds: f64, seed: u64) -> Self {
        Plan { seconds, seed, segments: 16, samples: 44_100, long: 0.15, corners: false }
    }
}

/// What a training came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trained {
    /// The best look at the validation part: the mean error over the mean error of the best static
    /// gain.
    pub validation: f64,
    /// Steps made.
    pub steps: u64,
}

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

    /// Remembers the present weights as the best.
    ///
    /// # Errors
    /// When they cannot be read.
    fn keep(&mut self) -> Result<()>;

    /// Goes back to the weights that were remembered.
    ///
    /// # Errors
    /// When they cannot be set.
    fn recall(&mut self) -> Result<()>;

    /// Number of weights.
    fn parameters(&self) -> usize;
}

/// A profile learner and its best weights.
pub struct Keeper {
    /// The learner.
    pub learner: Box<dyn ProfileLearner>,
    best: Option<Tensors>,
}

impl Keeper {
    /// Nothing is kept yet.
    pub fn new(learner: Box<dyn ProfileLearner>) -> Self {
        Keeper { learner, best: None }
    }
}

impl LabLearner for Keeper {
    fn rate(&self) -> f64 {
        self.learner.rate()
    }

    fn step(&mut self, rate: f64, batch: &PairBatch<'_>) -> Result<f32> {
        let plan = self.learner.plan();
        // A recurrent network learns a long segment piece by piece, its memory going on; a
        // convolutional one hears what was before.
        let lead = match self.learner.long_segments() {
            LongSegments::GoingOn => 0,
            LongSegments::WithLead => plan.warm_up,
            LongSegments::Whole => return Ok(self.learner.step(rate, batch)?),
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
            sum += self.learner.step(
                rate,
                &PairBatch { warm_up: lead, continues: lead == 0 && from > 0, ..piece },
            )?;
            pieces += 1.0;
        }
        Ok(sum / pieces)
    }

    fn play(&mut self, input: &[f32], knobs: &[f32]) -> Result<Vec<f32>> {
        Ok(self.learner.predict(input, None, knobs)?)
    }

    fn keep(&mut self) -> Result<()> {
        self.best = Some(self.learner.tensors()?);
        Ok(())
    }

    fn recall(&mut self) -> Result<()> {
        if let Some(best) = &self.best {
            self.learner.set_tensors(best)?;
        }
        Ok(())
    }

    fn parameters(&self) -> usize {
        self.learner.parameters()
    }
}

/// Segments with settings, played through a device.
pub struct Drawn {
    input: Vec<f32>,
    target: Vec<f32>,
    knobs: Vec<f32>,
    weights: Vec<f32>,
    segments: usize,
    samples: usize,
}

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// How many segments.
    pub segments: usize,
    /// Samples of each.
    pub samples: usize,
    /// How far above a clip's peak an excerpt may be, dB.
    pub louder_db: f32,
    /// Settings at the corners of the knobs' ranges only.
    pub corners: bool,
}

impl Drawn {
    /// Draws music and settings and plays them.
    ///
    /// # Errors
    /// When the device does not answer.
    pub fn new(
        device: &mut dyn Device,
        (clips, rate_hz): (&[Clip], f64),
        draw: Draw,
        rng: &mut Random,
    ) -> Result<Drawn> {
        let knobs = device.knobs();
        let Draw { segments, samples, louder_db, corners } = draw;
        let mut drawn = Drawn {
            input: Vec::with_capacity(segments * samples),
            target: Vec::with_capacity(segments * samples),
            knobs: Vec::new(),
            weights: Vec::new(),
            segments,
            samples,
        };
        for _ in 0..segments {
            let input = excerpt(rng, clips, samples, louder_db);
            let setting = draw_setting(rng, &knobs, corners);
            let target = device.render(&input, rate_hz, &values_of(&knobs, &setting))?;
            let power = target.iter().map(|y| f64::from(*y).powi(2)).sum::<f64>() / samples as f64;
            drawn.weights.push((1.0 / (power + 1e-6)) as f32);
            drawn.input.extend(input);
            drawn.target.extend(target);
            drawn.knobs.extend(setting);
        }
        Ok(drawn)
    }

    /// As the learners take it.
    pub fn batch(&self) -> PairBatch<'_> {
        PairBatch::new(&self.input, &self.target, &self.knobs, &self.weights)
    }

    /// One example for each segment.
    pub fn examples(&self) -> Vec<Example> {
        let width = self.knobs.len() / self.segments.max(1);
        (0..self.segments)
            .map(|i| Example {
                input: self.input[i * self.samples..(i + 1) * self.samples].to_vec(),
                target: self.target[i * self.samples..(i + 1) * self.samples].to_vec(),
                knobs: self.knobs[i * width..(i + 1) * width].to_vec(),
            })
            .collect()
    }
}

fn draw_setting(rng: &mut Random, knobs: &[KnobInfo], corners: bool) -> Vec<f32> {
    knobs
        .iter()
        .map(|_| {
            if corners {
                if rng.chance(0.5) { 1.0 } else { -1.0 }
            } else {
                // A little beyond the ends and back, so that the ends are drawn, too.
                rng.range(-1.05, 1.05).clamp(-1.0, 1.0)
            }
        })
        .collect()
}

/// Trains on a device. The rate follows half a cosine over the time; the best weights on the
/// validation part are kept.
///
/// # Errors
/// When the device does not answer or the learner refuses a batch.
pub fn train(
    device: &mut dyn Device,
    music: &Music,
    learning: &mut dyn LabLearner,
    plan: &Plan,
    say: &mut dyn FnMut(f64, f64),
) -> Result<Trained> {
    let mut rng = Random::for_part(plan.seed, 1);
    let look = Draw { segments: 24, samples: plan.samples * 2, louder_db: 0.0, corners: false };
    let held = Drawn::new(
        device,
        (&music.validation, music.rate_hz),
        look,
        &mut Random::for_part(plan.seed, 2),
    )?
    .examples();
    let mut best = Trained { validation: f64::INFINITY, steps: 0 };
    let (mut spent, mut looked, mut steps) = (0.0f64, 0.0f64, 0u64);
    while spent < plan.seconds {
        let (segments, samples) = if rng.unit() < plan.long {
            ((plan.segments / 4).max(1), plan.samples * 4)
        } else {
            (plan.segments, plan.samples)
        };
        let draw = Draw { segments, samples, louder_db: LOUDER_DB, corners: plan.corners };
        let drawn = Drawn::new(device, (&music.train, music.rate_hz), draw, &mut rng)?;
        let share = spent / plan.seconds;
        let rate = learning.rate() * (0.5 + 0.5 * (std::f64::consts::PI * share).cos()).max(1e-3);
        let start = cpu_seconds();
        learning.step(rate, &drawn.batch())?;
        spent += cpu_seconds() - start;
        steps += 1;
        if spent - looked > plan.seconds / 20.0 || spent >= plan.seconds {
            looked = spent;
            let figure = relative(learning, &held)?.mean;
            if figure < best.validation {
                best.validation = figure;
                learning.keep()?;
            }
            say(spent / plan.seconds, figure);
        }
    }
    best.steps = steps;
    learning.recall()?;
    Ok(best)
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
        let mut keeper = Keeper::new(Box::new(Listener { long, plan, given: given.clone() }));
        let input: Vec<f32> = (0..3 * samples).map(|i| i as f32).collect();
        let target: Vec<f32> = input.iter().map(|x| -x).collect();
        keeper.step(1e-3, &PairBatch::new(&input, &target, &[0.0; 3], &[1.0; 3])).unwrap();
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
