//! What a profile learns from: recordings, cut into parts to learn from, to choose by, and to be
//! judged by.

use anyhow::{Result, ensure};
use nfx_core::models::effect::KnobInfo;
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::signal::Layout;

/// Samples at the beginning of a clip without known history that are never scored.
const CLIP_LEAD: usize = 1_024;
/// Share of the blocks that are held out to choose by, and again to be judged by.
const HELD_SHARE: f64 = 0.08;
/// A block of fewer seconds is not cut in two.
const SHORTEST_S: f64 = 0.06;
/// Most seconds of the part that a training is chosen by.
const VALIDATION_S: f64 = 8.0;
/// A held-out stretch is played from so many seconds before it, where there is sound before it.
pub const LEAD_IN_S: f64 = 0.25;
/// The same for a network that remembers: a compressor's release of seconds has begun before the
/// stretch.
pub const MEMORY_S: f64 = 4.0;
/// Seconds of silence that settle such a network before its first sample, in the plugin as here.
pub const SETTLE_S: f64 = 0.5;

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
    /// Samples that the target came late by and was moved: so many at the end of each clip came
    /// from the next one.
    pub delay: i64,
    /// First sample of the target that is known: what came before the recording's beginning is not.
    pub from: usize,
    /// Where things are in it, when it is the test signal and was cut; `None` looks for them.
    pub layout: Option<Layout>,
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
    /// Cuts recordings into parts. The same blocks are held out of every recording, so that what
    /// went in is never shared.
    ///
    /// # Errors
    /// When there is nothing to learn from or to judge by.
    pub fn new(
        recordings: Vec<Recording>,
        knobs: Vec<KnobInfo>,
        rate_hz: f64,
        seed: u64,
    ) -> Result<Dataset> {
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

    /// Without knobs all errors are judged by the whole; with knobs each recording by itself, lest
    /// the loud settings rule.
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
    let known = r.from.min(n);
    if let Some(part) = r.part {
        return vec![(Stretch { recording: index, start: known, from: known, until: n }, part)];
    }
    // Blocks of one to four seconds; what the test signal says twice is all to learn from.
    let mut block =
        ((n as f64 / 40.0).clamp(rate_hz, 4.0 * rate_hz) as usize).min(n.div_ceil(6)).max(1);
    let layout = r.layout.or_else(|| Layout::recognise(&r.input, rate_hz));
    let is_free = |i: usize, block: usize| {
        let (from, until) = (i * block, ((i + 1) * block).min(n));
        let twice = layout.is_some_and(|l| from < l.first + l.repeat || until > l.again);
        let quiet = r.target[from..until].iter().all(|t| t.abs() < 1e-4);
        !(twice || quiet || until - from < block / 2)
    };
    // One hit in a long silence is cut finer: each part has to hear something of it.
    while block as f64 > SHORTEST_S * rate_hz
        && (0..n.div_ceil(block)).filter(|i| is_free(*i, block)).count() < 4
    {
        block /= 2;
    }
    let free = |i: usize| is_free(i, block);
    let blocks = n.div_ceil(block);
    let mut parts: Vec<Part> =
        (0..blocks).map(|i| if free(i) { draw(seed, i) } else { Part::Train }).collect();
    ensure_held(&mut parts, &free);
    let power = |i: usize| {
        let x = &r.input[i * block..((i + 1) * block).min(n)];
        x.iter().map(|x| f64::from(x * x)).sum::<f64>() / x.len() as f64
    };
    let powers: Vec<(f64, bool)> = (0..blocks).map(|i| (power(i), free(i))).collect();
    // The test signal has every level everywhere.
    if layout.is_none() {
        ensure_loud(&mut parts, &powers);
    }
    let mut i = 0;
    while i < parts.len() {
        let mut j = i;
        while j + 1 < parts.len() && parts[j + 1] == parts[i] && parts[i] == Part::Train {
            j += 1;
        }
        let (from, until) = ((i * block).max(known), ((j + 1) * block).min(n));
        if from < until {
            out.push((Stretch { recording: index, start: known, from, until }, parts[i]));
        }
        i = j + 1;
    }
    out
}

/// A short recording must not be left without a part to choose and to judge by. Of the blocks that
/// are `free` for it, those about a third and two thirds of the way are taken.
fn ensure_held(parts: &mut [Part], free: &dyn Fn(usize) -> bool) {
    let n = parts.len();
    if n < 4 {
        if n >= 2 {
            parts[n - 1] = Part::Test;
        }
        return;
    }
    for (part, at) in [(Part::Validation, n / 3), (Part::Test, 2 * n / 3)] {
        let own = parts.contains(&part);
        let open = (0..n).filter(|i| !own && parts[*i] == Part::Train);
        if let Some(at) = open.min_by_key(|i| (!free(*i), i.abs_diff(at))) {
            parts[at] = part;
        }
    }
}

/// A held-out part has less than this share of the recording's power: what is chosen by it knows
/// nothing of loud sound.
const TOO_QUIET: f64 = 0.25;

/// A part that was drawn from quiet sound alone gets a block that is as loud as the recording: a
/// compressor would be chosen by what it does to sound below its threshold. `powers` are those of
/// the blocks, and whether they may be held out.
fn ensure_loud(parts: &mut [Part], powers: &[(f64, bool)]) {
    if parts.len() < 8 {
        return;
    }
    let mean = |of: &dyn Fn(usize) -> bool| {
        let list: Vec<f64> = (0..powers.len()).filter(|i| of(*i)).map(|i| powers[i].0).collect();
        (!list.is_empty()).then(|| list.iter().sum::<f64>() / list.len() as f64)
    };
    let Some(whole) = mean(&|i| powers[i].1) else { return };
    for part in [Part::Validation, Part::Test] {
        if mean(&|i| parts[i] == part).is_some_and(|own| own < TOO_QUIET * whole) {
            let is_loud =
                |i: &usize| parts[*i] == Part::Train && powers[*i].1 && powers[*i].0 >= whole;
            let loud: Vec<usize> = (0..parts.len()).filter(is_loud).collect();
            // The only one is to be learned from.
            let least = loud.iter().min_by(|a, b| powers[**a].0.total_cmp(&powers[**b].0));
            if let Some(at) = least.filter(|_| loud.len() > 1) {
                parts[*at] = part;
            }
        }
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::profile) fn recording(seconds: f64, seed: u64) -> Recording {
        let mut random = nfx_learn::rng(seed, 0, 0);
        let input: Vec<f32> =
            (0..(seconds * 8_000.0) as usize).map(|_| random.random_range(-0.5..0.5)).collect();
        Recording {
            name: "r".into(),
            target: input.iter().map(|x| 2.0 * x).collect(),
            input,
            ..Recording::default()
        }
    }

    #[test]
    fn parts_do_not_overlap_and_cover_the_recording() {
        for seconds in [3.0, 10.0, 61.0, 200.0] {
            let data =
                Dataset::new(vec![recording(seconds, 1)], Vec::new(), 8_000.0, 0).expect("data");
            let mut all: Vec<Stretch> = [&data.train[..], &data.test[..]].concat();
            all.extend(
                cut(0, &data.recordings[0], 8_000.0, 0)
                    .iter()
                    .filter(|c| c.1 == Part::Validation)
                    .map(|c| c.0),
            );
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
            assert_eq!(
                (s.start % 5_000, s.from - s.start, s.until - s.start),
                (0, CLIP_LEAD, 4_993)
            );
            assert!(s.until < n);
        }
    }

    #[test]
    fn what_comes_before_the_recording_is_in_no_part() {
        for part in [None, Some(Part::Test)] {
            let r = Recording { from: 5_000, part, ..recording(30.0, 3) };
            assert!(
                cut(0, &r, 8_000.0, 0)
                    .iter()
                    .all(|(s, _)| s.start == 5_000 && s.from >= 5_000 && s.from < s.until)
            );
        }
    }

    #[test]
    fn what_the_test_signal_says_twice_is_held_out_of_no_recording_however_late_it_is() {
        let rate = 8_000.0;
        let input = crate::profile::signal::test_signal(40.0, rate).unwrap();
        let layout = Layout::recognise(&input, rate);
        for late in [0, 700] {
            // As it is read: the end, whose answer was not recorded, is gone.
            let known = input[..input.len() - late].to_vec();
            let r =
                Recording { target: known.clone(), input: known, layout, ..Recording::default() };
            let l = layout.unwrap();
            for (s, _) in cut(0, &r, rate, 4).iter().filter(|(_, part)| *part != Part::Train) {
                assert!(s.from >= l.first + l.repeat && s.until <= l.again, "{late} late: {s:?}");
            }
        }
    }

    #[test]
    fn a_part_to_choose_by_is_not_of_quiet_sound_alone() {
        for seed in 0..20 {
            // Loud for a third of the time.
            let mut r = recording(24.0, seed);
            let r_len = r.input.len();
            for sound in [&mut r.input, &mut r.target] {
                sound
                    .iter_mut()
                    .enumerate()
                    .filter(|(i, _)| i * 3 < r_len * 2)
                    .for_each(|(_, x)| *x *= 0.05);
            }
            let data = Dataset::new(vec![r], Vec::new(), 8_000.0, seed).expect("data");
            let peak = |list: &[Stretch]| {
                let input = &data.recordings[0].input;
                list.iter()
                    .flat_map(|s| &input[s.from..s.until])
                    .fold(0.0f32, |m, x| m.max(x.abs()))
            };
            assert!(peak(&data.validation) > 0.4 && peak(&data.test) > 0.4, "{seed}");
        }
    }

    #[test]
    fn of_one_hit_in_a_long_silence_every_part_hears_something() {
        for (at, length) in [(0, 7_000), (3_700, 8_000), (70_000, 4_000), (159_000, 1_000)] {
            let mut r = recording(20.0, 5);
            for sound in [&mut r.input, &mut r.target] {
                sound
                    .iter_mut()
                    .enumerate()
                    .filter(|(i, _)| !(at..at + length).contains(i))
                    .for_each(|(_, x)| *x = 0.0);
            }
            let data = Dataset::new(vec![r], Vec::new(), 8_000.0, 0).expect("data");
            for part in [&data.train, &data.validation, &data.test] {
                let heard = |s: &Stretch| {
                    data.recordings[0].target[s.from..s.until].iter().any(|t| t.abs() > 0.1)
                };
                assert!(part.iter().any(heard), "{at}, {length}");
            }
        }
    }

    #[test]
    fn the_same_blocks_are_held_out_of_every_recording() {
        let data =
            Dataset::new(vec![recording(60.0, 1), recording(60.0, 2)], Vec::new(), 8_000.0, 5)
                .expect("data");
        let of = |i: usize| {
            data.test
                .iter()
                .filter(|s| s.recording == i)
                .map(|s| (s.from, s.until))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(0), of(1));
    }
}
