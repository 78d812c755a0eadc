//! What a profile learns from: recordings, cut into parts to learn from, to choose by, and to be judged by.

use anyhow::{Result, ensure};
use nfx_core::profile::KnobInfo;
use nfx_learn::profile::{PairBatch, SegmentPlan};
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::signal::Layout;

/// Samples at the beginning of a clip without known history that are never scored.
const CLIP_LEAD: usize = 1_024;
/// Share of the blocks that are held out to choose by, and again to be judged by.
const HELD_SHARE: f64 = 0.08;
/// Most seconds of the part that a training is chosen by.
const VALIDATION_S: f64 = 8.0;
/// A held-out stretch is played from so many seconds before it, where there is sound before it.
pub const LEAD_IN_S: f64 = 0.25;

/// What a stretch of sound is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// To learn from.
    Train,
    /// To choose the best weights by.
    Validation,
    /// To judge the result by: never seen before the end.
    Test,
}

/// One sound before and after the device at one setting of its knobs. In time with each other.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// For people: the file's name.
    pub name: String,
    /// What went in.
    pub input: Vec<f32>,
    /// What came out, as long.
    pub target: Vec<f32>,
    /// What the detector of a compressor listened to, when that was another sound.
    pub side: Option<Vec<f32>>,
    /// The knobs, −1 to 1.
    pub knobs: Vec<f32>,
    /// Whether the whole recording is for one thing; `None` cuts it into parts.
    pub part: Option<Part>,
    /// Length of the clips that the recording consists of, when it is no continuous sound.
    pub clips: Option<usize>,
    /// Samples that the target came late by and was moved: so many at the end of each clip came from the next one.
    pub delay: i64,
}

/// A continuous piece of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Which recording.
    pub recording: usize,
    /// First sample of the continuous sound that it belongs to.
    pub start: usize,
    /// First sample of its own.
    pub from: usize,
    /// The sample after its last.
    pub until: usize,
}

/// Recordings and their parts.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// Sample rate.
    pub rate_hz: f64,
    /// The device's knobs.
    pub knobs: Vec<KnobInfo>,
    /// The recordings.
    pub recordings: Vec<Recording>,
    /// Stretches to learn from.
    pub train: Vec<Stretch>,
    /// Stretches to choose by.
    pub validation: Vec<Stretch>,
    /// Stretches to be judged by.
    pub test: Vec<Stretch>,
    /// What one over the mean square of each recording's target is, for its errors.
    pub weights: Vec<f32>,
}

impl Dataset {
    /// Cuts recordings into parts. The same blocks are held out of every recording, so that what went in is never shared.
    ///
    /// # Errors
    /// When there is nothing to learn from or to judge by.
    pub fn new(recordings: Vec<Recording>, knobs: Vec<KnobInfo>, rate_hz: f64, seed: u64) -> Result<Dataset> {
        let mut data = Dataset { rate_hz, knobs, recordings, ..Dataset::default() };
        for (i, r) in data.recordings.iter().enumerate() {
            ensure!(
                r.input.len() == r.target.len() && r.knobs.len() == data.knobs.len(),
                "expected {} with as much sound after the device as before it and {} knobs, found {} and {} samples and {} knobs",
                r.name,
                data.knobs.len(),
                r.input.len(),
                r.target.len(),
                r.knobs.len()
            );
            for (stretch, part) in cut(i, r, rate_hz, seed) {
                match part {
                    Part::Train => data.train.push(stretch),
                    Part::Validation => data.validation.push(stretch),
                    Part::Test => data.test.push(stretch),
                }
            }
        }
        ensure!(!data.train.is_empty(), "expected sound to learn from, found none");
        ensure!(
            !data.validation.is_empty() || !data.test.is_empty(),
            "expected enough sound to hold some out (a few seconds at least), found too little"
        );
        if data.validation.is_empty() {
            data.validation = data.test.clone();
        }
        if data.test.is_empty() {
            data.test = data.validation.clone();
        }
        data.thin_validation(seed);
        data.weigh();
        Ok(data)
    }

    /// Keeps so many validation stretches that looking at them does not take the training's time.
    fn thin_validation(&mut self, seed: u64) {
        let most = (VALIDATION_S * self.rate_hz) as usize * self.settings().clamp(1, 6);
        let mut random = nfx_learn::rng(seed, 0x7A11, 0);
        let mut total: usize = self.validation.iter().map(|s| s.until - s.from).sum();
        while total > most && self.validation.len() > 1 {
            let at = random.random_range(0..self.validation.len());
            let gone = self.validation.swap_remove(at);
            total -= gone.until - gone.from;
        }
    }

    /// Number of different settings of the knobs.
    pub fn settings(&self) -> usize {
        let mut seen: Vec<&[f32]> = self.recordings.iter().map(|r| r.knobs.as_slice()).collect();
        seen.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        seen.dedup();
        seen.len()
    }

    /// Without knobs all errors are judged by the whole; with knobs each recording by itself, lest the loud settings rule.
    fn weigh(&mut self) {
        let squares = |x: &[f32]| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        let total: f64 = self.recordings.iter().map(|r| squares(&r.target)).sum();
        let samples: usize = self.recordings.iter().map(|r| r.target.len()).sum();
        let whole = (total / samples.max(1) as f64).max(1e-12);
        self.weights = self
            .recordings
            .iter()
            .map(|r| {
                let own = squares(&r.target) / r.target.len().max(1) as f64;
                (1.0 / if self.knobs.is_empty() { whole } else { own.max(1e-4 * whole) }) as f32
            })
            .collect();
    }

    /// Seconds of a part.
    pub fn seconds(&self, stretches: &[Stretch]) -> f64 {
        stretches.iter().map(|s| s.until - s.from).sum::<usize>() as f64 / self.rate_hz
    }
}

/// The parts of one recording.
fn cut(index: usize, r: &Recording, rate_hz: f64, seed: u64) -> Vec<(Stretch, Part)> {
    let n = r.input.len();
    let mut out = Vec::new();
    if let Some(length) = r.clips {
        for (i, start) in (0..n).step_by(length.max(1)).enumerate() {
            let until = (start + length).saturating_sub(r.delay.max(0) as usize).min(n);
            let from = start + CLIP_LEAD;
            if from + 64 < until {
                let part = r.part.unwrap_or_else(|| draw(seed, i));
                out.push((Stretch { recording: index, start, from, until }, part));
            }
        }
        return out;
    }
    if let Some(part) = r.part {
        return vec![(Stretch { recording: index, start: 0, from: 0, until: n }, part)];
    }
    // Blocks of one to four seconds; what the test signal says twice is all to learn from.
    let block = ((n as f64 / 40.0).clamp(rate_hz, 4.0 * rate_hz) as usize).min(n.div_ceil(6)).max(1);
    let layout = Layout::recognise(&r.input, rate_hz);
    let mut parts: Vec<Part> = (0..n.div_ceil(block))
        .map(|i| {
            let (from, until) = (i * block, ((i + 1) * block).min(n));
            let twice = layout.is_some_and(|l| from < l.first + l.repeat || until > l.again);
            let quiet = r.target[from..until].iter().all(|t| t.abs() < 1e-4);
            if twice || quiet || until - from < block / 2 { Part::Train } else { draw(seed, i) }
        })
        .collect();
    ensure_held(&mut parts);
    let mut i = 0;
    while i < parts.len() {
        let mut j = i;
        while j + 1 < parts.len() && parts[j + 1] == parts[i] && parts[i] == Part::Train {
            j += 1;
        }
        let stretch = Stretch { recording: index, start: 0, from: i * block, until: ((j + 1) * block).min(n) };
        out.push((stretch, parts[i]));
        i = j + 1;
    }
    out
}

/// A short recording must not be left without a part to choose and to judge by.
fn ensure_held(parts: &mut [Part]) {
    let n = parts.len();
    if n < 4 {
        if n >= 2 {
            parts[n - 1] = Part::Test;
        }
        return;
    }
    if !parts.contains(&Part::Validation) {
        parts[n / 3] = Part::Validation;
    }
    if !parts.contains(&Part::Test) {
        let at = (2 * n / 3).min(n - 1);
        parts[if parts[at] == Part::Validation { at - 1 } else { at }] = Part::Test;
    }
}

/// What block `i` is for: the same for every recording.
fn draw(seed: u64, i: usize) -> Part {
    let x: f64 = nfx_learn::rng(seed, 0xB10C, i as u64).random();
    if x < HELD_SHARE {
        Part::Validation
    } else if x < 2.0 * HELD_SHARE {
        Part::Test
    } else {
        Part::Train
    }
}

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
    /// For the way a family likes its sound cut; runs and segments become shorter where the stretches are.
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
    pub fn next(&mut self, (seed, step): (u64, u64)) -> PairBatch<'_> {
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

/// First sample of a stretch that may be scored: where the warm-up is within the sound, or before it only silence.
fn first(data: &Dataset, s: &Stretch, warm_up: usize) -> usize {
    let input = &data.recordings[s.recording].input;
    let silent = s.start == 0 && input.iter().take(256).all(|x| x.abs() < 1e-4);
    if silent { s.from } else { s.from.max((s.start + warm_up).min(s.until)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(seconds: f64, seed: u64) -> Recording {
        let mut random = nfx_learn::rng(seed, 0, 0);
        let input: Vec<f32> = (0..(seconds * 8_000.0) as usize).map(|_| random.random_range(-0.5..0.5)).collect();
        Recording { name: "r".into(), target: input.iter().map(|x| 2.0 * x).collect(), input, ..Recording::default() }
    }

    #[test]
    fn parts_do_not_overlap_and_cover_the_recording() {
        for seconds in [3.0, 10.0, 61.0, 200.0] {
            let data = Dataset::new(vec![recording(seconds, 1)], Vec::new(), 8_000.0, 0).expect("data");
            let mut all: Vec<Stretch> = [&data.train[..], &data.test[..]].concat();
            all.extend(cut(0, &data.recordings[0], 8_000.0, 0).iter().filter(|c| c.1 == Part::Validation).map(|c| c.0));
            all.sort_by_key(|s| s.from);
            all.dedup();
            assert_eq!(all[0].from, 0);
            assert!(all.windows(2).all(|w| w[0].until == w[1].from), "{seconds} s");
            assert_eq!(all.last().unwrap().until, data.recordings[0].input.len());
            assert!(data.seconds(&data.train) > 0.5 * seconds);
        }
        assert!(Dataset::new(Vec::new(), Vec::new(), 8_000.0, 0).is_err());
    }

    #[test]
    fn what_a_delay_has_moved_into_a_clip_is_in_no_part() {
        let r = Recording { clips: Some(5_000), delay: 7, ..recording(30.0, 2) };
        let n = r.input.len();
        let data = Dataset::new(vec![r], Vec::new(), 8_000.0, 0).expect("data");
        for s in [&data.train, &data.validation, &data.test].into_iter().flatten() {
            assert_eq!((s.start % 5_000, s.from - s.start, s.until - s.start), (0, CLIP_LEAD, 4_993));
            assert!(s.until < n);
        }
    }

    #[test]
    fn the_same_blocks_are_held_out_of_every_recording() {
        let data = Dataset::new(vec![recording(60.0, 1), recording(60.0, 2)], Vec::new(), 8_000.0, 5).expect("data");
        let of =
            |i: usize| data.test.iter().filter(|s| s.recording == i).map(|s| (s.from, s.until)).collect::<Vec<_>>();
        assert_eq!(of(0), of(1));
    }

    #[test]
    fn batches_hold_what_the_recording_holds_and_go_on_where_they_ended() {
        let mut r = recording(20.0, 3);
        r.clips = Some(10_000);
        let data = Dataset::new(vec![r.clone(), r], Vec::new(), 8_000.0, 1).expect("data");
        let plan = SegmentPlan { segments: 5, warm_up: 500, scored: 1_000, run: 3 };
        let mut sampler = Sampler::new(&data, plan).expect("sampler");
        let mut ends: Vec<Vec<f32>> = Vec::new();
        for step in 0..7 {
            let batch = sampler.next((1, step));
            batch.check(0).expect("fits");
            assert_eq!(batch.continues, step % 3 != 0);
            assert_eq!(batch.samples, if step % 3 == 0 { 1_500 } else { 1_000 });
            assert!(batch.input.iter().zip(batch.target).all(|(x, y)| *y == 2.0 * x));
            if batch.continues {
                // The segment follows its predecessor in the recording: find the join.
                let input = &data.recordings[0].input;
                for (lane, end) in ends.iter().enumerate() {
                    let head = &batch.input[lane * 1_000..lane * 1_000 + 20];
                    let at = input.windows(20).position(|w| w == end.as_slice()).expect("somewhere");
                    assert_eq!(&input[at + 20..at + 40], head);
                    assert_eq!((at + 19) / 10_000, (at + 40 + 980) / 10_000 - usize::from((at + 1_020) % 10_000 == 0));
                }
            }
            ends =
                (0..5).map(|l| batch.input[(l + 1) * batch.samples - 20..(l + 1) * batch.samples].to_vec()).collect();
        }
    }
}
