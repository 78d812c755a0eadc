//! Batches for the training loop, drawn from the part of a data set that is learned from.

use anyhow::{Result, ensure};
use nfx_learn::effect::{PairBatch, SegmentPlan};
use rand::Rng;

use super::data::{Dataset, Stretch};

/// Draws batches.
pub struct Sampler<'a> {
    data: &'a Dataset,
    plan: SegmentPlan,
    /// Stretches with room, the first place of a segment in each, and the sum of places up to it.
    places: Vec<(usize, usize, usize)>,
    lanes: Vec<(usize, usize)>,
    turn: usize,
    input: Vec<f32>,
    target: Vec<f32>,
    side: Option<Vec<f32>>,
    knobs: Vec<f32>,
    weights: Vec<f32>,
}

impl<'a> Sampler<'a> {
    /// For the way a family likes its sound cut; runs and segments become shorter where the
    /// stretches are.
    ///
    /// # Errors
    /// When no stretch has room for any segment.
    pub fn new(data: &'a Dataset, mut plan: SegmentPlan) -> Result<Self> {
        let room = |s: &Stretch| s.until.saturating_sub(first(data, s, plan.warm_up));
        let total: usize = data.train.iter().map(room).sum();
        let fits = |length: usize| {
            let inside: usize = data.train.iter().map(room).filter(|r| *r >= length).sum();
            2 * inside >= total && inside > 0
        };
        while plan.run > 1 && !fits(plan.run * plan.scored) {
            plan.run -= 1;
        }
        while plan.scored > 64 && !fits(plan.scored) {
            plan.scored /= 2;
        }
        let mut places = Vec::new();
        let mut sum = 0;
        for (i, s) in data.train.iter().enumerate() {
            let (from, length) = (first(data, s, plan.warm_up), plan.run * plan.scored);
            if s.until >= from + length {
                sum += s.until - from - length + 1;
                places.push((i, from, sum));
            }
        }
        ensure!(
            sum > 0,
            "expected stretches of at least {} samples to learn from, found only shorter ones",
            plan.warm_up + 64
        );
        let side = data.recordings.iter().any(|r| r.side.is_some()).then(Vec::new);
        Ok(Sampler {
            data,
            plan,
            places,
            lanes: Vec::new(),
            turn: 0,
            input: Vec::new(),
            target: Vec::new(),
            side,
            knobs: Vec::new(),
            weights: Vec::new(),
        })
    }

    /// What is really cut.
    pub fn plan(&self) -> SegmentPlan {
        self.plan
    }

    /// The next batch, drawn by a seed and the number of the step.
    pub fn next(&mut self, seed: u64, step: u64) -> PairBatch<'_> {
        let plan = self.plan;
        let continues = self.turn > 0 && self.lanes.len() == plan.segments;
        if !continues {
            self.turn = 0;
            let mut random = nfx_learn::rng(seed, 0x5A3, step);
            let total = self.places.last().map_or(1, |p| p.2);
            self.lanes = (0..plan.segments)
                .map(|_| {
                    let x = random.random_range(0..total);
                    let (at, from, sum) = self.places[self.places.partition_point(|p| p.2 <= x)];
                    let s = &self.data.train[at];
                    let before = sum - (s.until - from - plan.run * plan.scored + 1);
                    (s.recording, from + x - before)
                })
                .collect();
        }
        let warm_up = if continues { 0 } else { plan.warm_up };
        for list in [&mut self.input, &mut self.target, &mut self.knobs, &mut self.weights] {
            list.clear();
        }
        if let Some(side) = &mut self.side {
            side.clear();
        }
        for (recording, at) in &mut self.lanes {
            let r = &self.data.recordings[*recording];
            // Silence stands for what was before the recording.
            let missing = warm_up.saturating_sub(*at);
            let (from, until) = (*at + missing - warm_up, *at + plan.scored);
            let fill = |to: &mut Vec<f32>, x: &[f32]| {
                to.extend(std::iter::repeat_n(0.0, missing));
                to.extend_from_slice(&x[from..until]);
            };
            fill(&mut self.input, &r.input);
            fill(&mut self.target, &r.target);
            if let Some(side) = &mut self.side {
                fill(side, r.side.as_ref().unwrap_or(&r.input));
            }
            self.knobs.extend_from_slice(&r.knobs);
            self.weights.push(self.data.weights[*recording]);
            *at += plan.scored;
        }
        self.turn = (self.turn + 1) % plan.run;
        PairBatch {
            input: &self.input,
            target: &self.target,
            side: self.side.as_deref(),
            knobs: &self.knobs,
            weights: &self.weights,
            segments: plan.segments,
            samples: warm_up + plan.scored,
            warm_up,
            continues,
        }
    }
}

/// First sample of a stretch that may be scored: where the warm-up is within the sound, or before
/// it only silence.
fn first(data: &Dataset, s: &Stretch, warm_up: usize) -> usize {
    let input = &data.recordings[s.recording].input;
    let silent = s.start == 0 && input.iter().take(256).all(|x| x.abs() < 1e-4);
    if silent { s.from } else { s.from.max((s.start + warm_up).min(s.until)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::data::tests::recording;

    #[test]
    fn batches_hold_what_the_recording_holds_and_go_on_where_they_ended() {
        let mut r = recording(20.0, 3);
        r.clips = Some(10_000);
        let data = Dataset::new(vec![r.clone(), r], Vec::new(), 8_000.0, 1).expect("data");
        let plan = SegmentPlan { segments: 5, warm_up: 500, scored: 1_000, run: 3 };
        let mut sampler = Sampler::new(&data, plan).expect("sampler");
        let mut ends: Vec<Vec<f32>> = Vec::new();
        for step in 0..7 {
            let batch = sampler.next(1, step);
            batch.check(0).expect("fits");
            assert_eq!(batch.continues, step % 3 != 0);
            assert_eq!(batch.samples, if step % 3 == 0 { 1_500 } else { 1_000 });
            assert!(batch.input.iter().zip(batch.target).all(|(x, y)| *y == 2.0 * x));
            if batch.continues {
                // The segment follows its predecessor in the recording: find the join.
                let input = &data.recordings[0].input;
                for (lane, end) in ends.iter().enumerate() {
                    let head = &batch.input[lane * 1_000..lane * 1_000 + 20];
                    let at =
                        input.windows(20).position(|w| w == end.as_slice()).expect("somewhere");
                    assert_eq!(&input[at + 20..at + 40], head);
                    assert_eq!(
                        (at + 19) / 10_000,
                        (at + 40 + 980) / 10_000 - usize::from((at + 1_020) % 10_000 == 0)
                    );
                }
            }
            ends = (0..5)
                .map(|l| {
                    batch.input[(l + 1) * batch.samples - 20..(l + 1) * batch.samples].to_vec()
                })
                .collect();
        }
    }
}
