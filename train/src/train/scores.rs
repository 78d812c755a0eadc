//! How well an autoencoder gives frames back.

use anyhow::Result;
use nfx_learn::spectral::learner::Learner;
use nfx_learn::spectral::loss::Loss;
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::partners::Partners;
use super::seen::Seen;
use crate::frames::FrameSet;

/// Frames that are evaluated at once.
const EVALUATE_FRAMES: usize = 500;

/// The configured loss and the mean squared error of a learner on a set.
///
/// # Errors
/// When the set does not fit the network.
pub fn evaluate(
    learner: &mut dyn Learner,
    set: &FrameSet,
    seen: &Seen,
    loss: Loss,
) -> Result<(f64, f64)> {
    let scores = Scores::measure(learner, set, seen)?;
    let value = match loss {
        Loss::Mse => scores.mse,
        Loss::Mae => scores.mae.unwrap_or(f64::NAN),
        Loss::SpectralConvergence => scores.rooted,
        Loss::BatchConvergence => scores.unrooted,
        Loss::NoteCourse => scores.course.unwrap_or(f64::NAN),
    };
    Ok((value, scores.mse))
}

/// How well frames are given back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Mean squared error.
    pub mse: f64,
    /// Mean absolute error, where it is known.
    pub mae: Option<f64>,
    /// Spectral convergence by equation 4.1: per frame and rooted, the mean over frames.
    pub rooted: f64,
    /// The ratio that the published code prints: over the whole set and unrooted.
    pub unrooted: f64,
    /// [`Loss::NoteCourse`], of networks that give levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<f64>,
    /// RMS error of the level in dB, of the same, over frames that know theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level_db: Option<f64>,
}

impl Scores {
    /// The scores of a learner on a set.
    ///
    /// # Errors
    /// When the set does not fit the network.
    pub fn measure(learner: &mut dyn Learner, set: &FrameSet, seen: &Seen) -> Result<Scores> {
        let mut sums = ScoreSums::default();
        let mut told = Vec::new();
        let (mut course, mut level, mut row) = (0.0, (0.0, 0.0), vec![0.0; seen.outputs()]);
        for (i, part) in set.data.chunks(EVALUATE_FRAMES * set.bins.max(1)).enumerate() {
            let first = i * EVALUATE_FRAMES;
            seen.told((first..first + part.len() / set.bins).map(|k| set.told(k)), &mut told);
            let given = learner.predict_told(&seen.input(part), &told)?;
            sums.add(&seen.magnitudes(&given), part, set.bins);
            if !seen.lives() {
                continue;
            }
            let rows = given.chunks_exact(row.len()).zip(part.chunks_exact(set.bins));
            for (k, ((given, frame), heard_db)) in (first..).zip(rows.zip(seen.levels_db(&given))) {
                seen.row(frame, set.level_db(k), &mut row);
                course += Loss::NoteCourse.sum(given, &row, row.len());
                if !set.told(k).1.is_nan() {
                    level =
                        (level.0 + f64::from(heard_db - set.level_db(k)).powi(2), level.1 + 1.0);
                }
            }
        }
        let known = |value: f64| seen.lives().then_some(value);
        Ok(Scores {
            course: known(course / set.len().max(1) as f64),
            level_db: known((level.0 / f64::max(level.1, 1.0)).sqrt()),
            ..sums.scores()
        })
    }
}

/// The mean rooted spectral convergence when each frame of a set is encoded and decoded as another
/// note of its patch: how well the timbre that the latents carry goes with the notes that the
/// decoder is told.
///
/// # Errors
/// When the set does not fit the network or does not know its patches.
pub fn other_note_convergence(
    learner: &mut dyn Learner,
    set: &FrameSet,
    seen: &Seen,
    seed: u64,
) -> Result<f64> {
    let partners = Partners::new(set)?;
    let mut random = nfx_learn::rng(seed, 0x07_4e5, 0);
    let mut sums = ScoreSums::default();
    let mut told = Vec::new();
    let all: Vec<usize> = (0..set.len()).collect();
    for part in all.chunks(EVALUATE_FRAMES) {
        let others: Vec<usize> =
            part.iter().map(|&i| partners.partner(i, [random.random(), 0.5])).collect();
        let input = set.select(part);
        let target = set.select(&others);
        seen.told((0..target.len()).map(|k| target.told(k)), &mut told);
        let given = learner.predict_told(&seen.input(&input.data), &told)?;
        sums.add(&seen.magnitudes(&given), &target.data, set.bins);
    }
    Ok(sums.scores().rooted)
}

/// Sums that scores are made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScoreSums {
    frames: f64,
    mse: f64,
    mae: f64,
    rooted: f64,
    energy: f64,
}

impl ScoreSums {
    /// Adds frames, both `[frame][bin]`.
    pub fn add(&mut self, predicted: &[f32], target: &[f32], bins: usize) {
        self.frames += (target.len() / bins.max(1)) as f64;
        self.mse += Loss::Mse.sum(predicted, target, bins);
        self.mae += Loss::Mae.sum(predicted, target, bins);
        self.rooted += Loss::SpectralConvergence.sum(predicted, target, bins);
        self.energy += target.iter().map(|t| f64::from(t * t)).sum::<f64>() / bins.max(1) as f64;
    }

    /// The scores so far.
    pub fn scores(&self) -> Scores {
        let n = self.frames.max(1.0);
        Scores {
            mse: self.mse / n,
            mae: Some(self.mae / n),
            rooted: self.rooted / n,
            unrooted: self.mse / self.energy.max(1e-30),
            ..Scores::default()
        }
    }
}
