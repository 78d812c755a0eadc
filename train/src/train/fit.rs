//! The training loop, free of files and screens: everything that happens around it goes through
//! [`Monitor`].

use std::time::Instant;

use anyhow::{Result, bail, ensure};
use nfx_learn::Tensors;
use nfx_learn::spectral::learner::{Batch, Learner, without_spread};
use nfx_learn::spectral::loss::Loss;
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::augment::{BatchBuffer, Examples, order};
use super::config::FitConfig;
use super::midpoints::{Midpoints, risen};
use super::partners::Partners;
use super::seen::Seen;
use crate::frames::FrameSet;

/// With midpoints, a validation figure this much above the best counts as good.
const NEARLY: f64 = 1.01;

/// Frames that are evaluated at once.
const EVALUATE_FRAMES: usize = 500;

/// Where a training stands: what a checkpoint holds beside weights and the optimiser's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Epoch that is going on, counted from 0.
    pub epoch: usize,
    /// Steps made in it.
    pub step: usize,
    /// Steps made in all.
    pub steps: u64,
    /// Sum of the losses of the epoch's steps.
    pub loss_sum: f64,
    /// Best validation figure so far.
    pub best: Option<f64>,
    /// Epoch that gave it.
    pub best_epoch: usize,
    /// Epochs since then.
    pub stale: usize,
    /// Seconds spent.
    pub seconds: f64,
    /// Whether a best figure of the whole weight of midpoints is known.
    #[serde(default)]
    pub between: bool,
}

impl Position {
    /// Whether a validation figure is the best so far, and notes it. `midpoints` says, of a
    /// training that learns them, whether they have their whole weight.
    fn judge(&mut self, loss: f64, midpoints: Option<bool>) -> bool {
        let Some(whole) = midpoints else {
            let better = loss.is_finite() && self.best.is_none_or(|best| loss < best);
            self.best = if better { Some(loss) } else { self.best };
            return better;
        };
        if whole && !self.between {
            // A network that has not learned its midpoints gives frames back best, but is not what
            // was asked for: it starts anew.
            (self.between, self.best) = (true, None);
        }
        // Midpoints go on being learned while frames are given back as well as before: the later of
        // two that are nearly as good.
        let better = loss.is_finite() && self.best.is_none_or(|best| whole && loss < NEARLY * best);
        if better {
            self.best = Some(self.best.map_or(loss, |best| best.min(loss)));
        }
        better
    }
}

/// One line of the metrics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRow {
    /// Epochs done, the first is 1.
    pub epoch: usize,
    /// Steps done.
    pub steps: u64,
    /// Seconds spent.
    pub seconds: f64,
    /// Learning rate at the end of the epoch.
    pub rate: f64,
    /// Mean loss of the epoch's steps (with dropout, noise and mixtures).
    pub train_loss: f64,
    /// The configured loss on the validation set.
    pub validation_loss: f64,
    /// Mean squared error on the validation set.
    pub validation_mse: f64,
    /// Whether it is the best so far.
    pub best: bool,
}

/// How far a training is, for a progress bar.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Epoch that is going on, counted from 1.
    pub epoch: usize,
    /// Steps made in all.
    pub steps: u64,
    /// Steps that all epochs take.
    pub total_steps: u64,
    /// Seconds spent.
    pub seconds: f64,
    /// Share of the whole, by steps or by minutes.
    pub share: f64,
    /// Mean loss of the epoch so far.
    pub loss: f64,
}

/// What surrounds the loop: files, screens, the user's wish to stop. Every method does nothing
/// unless replaced.
pub trait Monitor {
    /// After every step.
    fn step(&mut self, _progress: &Progress) {}
    /// After every look at the validation set.
    ///
    /// # Errors
    /// An error ends the training.
    fn epoch(&mut self, _row: &EpochRow) -> Result<()> {
        Ok(())
    }
    /// When a validation figure is the best so far.
    ///
    /// # Errors
    /// An error ends the training.
    fn best(&mut self, _weights: &Tensors, _row: &EpochRow) -> Result<()> {
        Ok(())
    }
    /// Asked after every step (and, with `must`, when the training stops) whether a checkpoint is
    /// wanted.
    fn wants_checkpoint(&mut self, _seconds: f64, _must: bool) -> bool {
        false
    }
    /// Writes a checkpoint.
    ///
    /// # Errors
    /// An error ends the training.
    fn checkpoint(&mut self, _position: &Position, _learner: &dyn Learner) -> Result<()> {
        Ok(())
    }
    /// Asked after every step whether to stop.
    fn stop(&mut self) -> bool {
        false
    }
}

/// A monitor that does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Monitor for Unwatched {}

/// Why a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All epochs are done.
    Epochs,
    /// The minutes are used up.
    Minutes,
    /// Nothing has improved for long enough.
    Patience,
    /// Someone asked.
    Asked,
}

impl Ending {
    /// A sentence about it.
    pub fn sentence(self) -> &'static str {
        match self {
            Ending::Epochs => "all epochs are done",
            Ending::Minutes => "the minutes are used up",
            Ending::Patience => {
                "the validation figure has not improved for as many epochs as were allowed"
            }
            Ending::Asked => "it was asked to stop; `nfx-train train --resume` continues it",
        }
    }
}

/// What a training gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The weights with the best validation figure, when this run of the loop met them (a resumed
    /// one may not).
    pub best: Option<Tensors>,
    /// The weights at the end.
    pub last: Tensors,
    /// The best validation figure, by the configured loss.
    pub best_validation: f64,
    /// The epoch of it, counted from 1.
    pub best_epoch: usize,
    /// The looks at the validation set of this run of the loop.
    pub rows: Vec<EpochRow>,
    /// Seconds spent, those before a resume included.
    pub seconds: f64,
    /// Why it ended.
    pub ending: Ending,
}

/// The frames of a training.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// To learn from.
    pub train: &'a FrameSet,
    /// To stop and choose by.
    pub validation: &'a FrameSet,
}

struct Loop<'a> {
    config: &'a FitConfig,
    data: Data<'a>,
    seen: Seen,
    partners: Option<Partners>,
    midpoints: Midpoints,
    position: Position,
    rows: Vec<EpochRow>,
    best: Option<Tensors>,
    started: Instant,
    seconds_before: f64,
    per_epoch: usize,
    batch: usize,
}

/// Trains until the epochs, the minutes, the patience or the monitor end it. `position` is the
/// default for a new training, or a checkpoint's.
///
/// # Errors
/// When the data does not fit the network, the loss stops being a number, or the monitor fails.
pub fn fit(
    config: &FitConfig,
    data: Data<'_>,
    learner: &mut dyn Learner,
    position: Position,
    monitor: &mut dyn Monitor,
) -> Result<Outcome> {
    config.validate()?;
    ensure!(
        !data.train.is_empty() && !data.validation.is_empty(),
        "expected frames to train and to validate on, found none"
    );
    let batch = config.batch.min(data.train.len());
    let mut state = Loop {
        config,
        data,
        seen: Seen::new(&config.seen, data.train.bins),
        partners: if config.swap > 0.0 { Some(Partners::new(data.train)?) } else { None },
        midpoints: if config.between > 0.0 {
            Midpoints::new(data.train, config.seed)
        } else {
            Midpoints::default()
        },
        seconds_before: position.seconds,
        position,
        rows: Vec::new(),
        best: None,
        started: Instant::now(),
        per_epoch: data.train.len() / batch,
        batch,
    };
    let ending = state.run(learner, monitor)?;
    if monitor.wants_checkpoint(state.position.seconds, true) {
        monitor.checkpoint(&state.position, learner)?;
    }
    Ok(Outcome {
        best: state.best,
        last: without_spread(learner.tensors()?),
        best_validation: state.position.best.unwrap_or(f64::NAN),
        best_epoch: state.position.best_epoch,
        rows: state.rows,
        seconds: state.position.seconds,
        ending,
    })
}

impl Loop<'_> {
    fn run(&mut self, learner: &mut dyn Learner, monitor: &mut dyn Monitor) -> Result<Ending> {
        let mut buffer = BatchBuffer::default();
        while self.position.epoch < self.config.epochs {
            if self.config.patience.is_some_and(|p| self.position.stale >= p) {
                return Ok(Ending::Patience);
            }
            let order = order(self.data.train.len(), self.config.seed, self.position.epoch);
            while self.position.step < self.per_epoch {
                let ending = self.step(&order, &mut buffer, learner, monitor)?;
                if let Some(ending) = ending {
                    // A last look, so that what was learned since the previous one is not lost.
                    if ending == Ending::Minutes {
                        self.look(learner, monitor)?;
                    }
                    return Ok(ending);
                }
            }
            self.position.epoch += 1;
            let last = self.position.epoch == self.config.epochs;
            if last || self.position.epoch.is_multiple_of(self.config.validate_every) {
                self.look(learner, monitor)?;
            } else {
                self.position.stale += 1;
            }
            self.position.step = 0;
            self.position.loss_sum = 0.0;
        }
        Ok(Ending::Epochs)
    }

    fn share(&self) -> f64 {
        let total = (self.config.epochs * self.per_epoch).max(1) as f64;
        let by_steps = self.position.steps as f64 / total;
        let by_minutes = self.config.minutes.map_or(0.0, |m| self.position.seconds / (60.0 * m));
        by_steps.max(by_minutes).min(1.0)
    }

    fn rate(&self) -> f64 {
        self.config.rate * self.config.schedule.factor(self.share())
    }

    fn step(
        &mut self,
        order: &[u32],
        buffer: &mut BatchBuffer,
        learner: &mut dyn Learner,
        monitor: &mut dyn Monitor,
    ) -> Result<Option<Ending>> {
        let from = self.position.step * self.batch;
        let given = Examples {
            frames: self.data.train,
            seen: &self.seen,
            partners: self.partners.as_ref(),
        };
        buffer.fill_swapped(
            given,
            &order[from..from + self.batch],
            self.config,
            self.position.steps,
        );
        let draw = (self.config.seed, self.position.steps);
        let weight = self.config.between * risen(self.share());
        if weight > 0.0 {
            self.midpoints.fill(self.data.train, &order[from..from + self.batch]);
        }
        let batch = Batch {
            input: buffer.seen(),
            target: &buffer.target,
            condition: &buffer.told,
            between: (weight > 0.0).then(|| self.midpoints.between(weight)),
            draw,
        };
        let loss = learner.step(self.rate(), batch)?;
        if !loss.is_finite() {
            bail!(
                "the loss became {loss} at step {} (learning rate {:.3e}); the best weights so far are kept, try a smaller rate",
                self.position.steps,
                self.rate()
            );
        }
        self.position.steps += 1;
        self.position.step += 1;
        self.position.loss_sum += f64::from(loss);
        self.position.seconds = self.seconds_before + self.started.elapsed().as_secs_f64();
        monitor.step(&Progress {
            epoch: self.position.epoch + 1,
            steps: self.position.steps,
            total_steps: (self.config.epochs * self.per_epoch) as u64,
            seconds: self.position.seconds,
            share: self.share(),
            loss: self.position.loss_sum / self.position.step as f64,
        });
        if monitor.stop() {
            return Ok(Some(Ending::Asked));
        }
        if self.config.minutes.is_some_and(|m| self.position.seconds >= 60.0 * m) {
            return Ok(Some(Ending::Minutes));
        }
        if monitor.wants_checkpoint(self.position.seconds, false) {
            monitor.checkpoint(&self.position, learner)?;
        }
        Ok(None)
    }

    /// Looks at the validation set and keeps the weights when they are the best so far.
    fn look(&mut self, learner: &mut dyn Learner, monitor: &mut dyn Monitor) -> Result<()> {
        let loss = self.config.step.loss;
        let (validation_loss, validation_mse) =
            evaluate(learner, (self.data.validation, &self.seen), loss)?;
        let midpoints = (self.config.between > 0.0).then(|| risen(self.share()) == 1.0);
        let best = self.position.judge(validation_loss, midpoints);
        self.position.seconds = self.seconds_before + self.started.elapsed().as_secs_f64();
        let row = EpochRow {
            epoch: self.position.epoch,
            steps: self.position.steps,
            seconds: self.position.seconds,
            rate: self.rate(),
            train_loss: self.position.loss_sum / self.position.step.max(1) as f64,
            validation_loss,
            validation_mse,
            best,
        };
        if best {
            self.position.best_epoch = self.position.epoch;
            self.position.stale = 0;
            let weights = without_spread(learner.tensors()?);
            monitor.best(&weights, &row)?;
            self.best = Some(weights);
        } else {
            self.position.stale += 1;
        }
        monitor.epoch(&row)?;
        self.rows.push(row);
        Ok(())
    }
}

/// The configured loss and the mean squared error of a learner on a set.
///
/// # Errors
/// When the set does not fit the network.
pub fn evaluate(
    learner: &mut dyn Learner,
    (set, seen): (&FrameSet, &Seen),
    loss: Loss,
) -> Result<(f64, f64)> {
    let scores = Scores::measure(learner, (set, seen))?;
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
    pub fn measure(learner: &mut dyn Learner, (set, seen): (&FrameSet, &Seen)) -> Result<Scores> {
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
    (set, seen): (&FrameSet, &Seen),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_the_least_figure_and_of_midpoints_the_last_that_is_nearly_the_least() {
        let judged = |figures: &[(f64, Option<bool>)]| -> Vec<bool> {
            let mut position = Position::default();
            figures.iter().map(|&(loss, midpoints)| position.judge(loss, midpoints)).collect()
        };
        let plain = |loss| (loss, None);
        assert_eq!(
            judged(&[plain(2.0), plain(1.0), plain(1.001), plain(f64::NAN)]),
            [true, true, false, false]
        );
        // Figures of before the midpoints have their whole weight give way, and the least of those
        // after stays the measure.
        let (early, whole) = (Some(false), Some(true));
        let row = [
            (1.0, early),
            (0.9, early),
            (2.0, whole),
            (2.019, whole),
            (2.021, whole),
            (1.9, whole),
        ];
        assert_eq!(judged(&row), [true, false, true, true, false, true]);
    }
}
