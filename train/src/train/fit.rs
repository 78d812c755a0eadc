//! The training of autoencoders on frames: epochs in an order of their own, validation after
//! them, patience. The loop is that of [`crate::training_loop`].

use anyhow::{Result, ensure};
use nfx_learn::Tensors;
use nfx_learn::spectral::learner::{Batch, Learner, without_spread};
use serde::{Deserialize, Serialize};

use super::augment::{BatchBuffer, Examples, order};
use super::config::FitConfig;
use super::midpoints::{Midpoints, risen};
use super::partners::Partners;
use super::scores::evaluate;
use super::seen::Seen;
use crate::device::wall_seconds;
use crate::frames::FrameSet;
use crate::training_loop::{Ending, Found, Kind, Looked, Monitor, Stopwatch, Task, Verdict, run};

/// With midpoints, a validation figure this much above the best counts as good.
const NEARLY: f64 = 1.01;

/// Trainings of autoencoders.
#[derive(Clone, Copy, Debug)]
pub struct Autoencoders;

impl Kind for Autoencoders {
    type Position = Position;
    type Look = EpochRow;
    type Learner = dyn Learner;
}

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

struct Epochs<'a> {
    config: &'a FitConfig,
    data: Data<'a>,
    learner: &'a mut (dyn Learner + 'static),
    seen: Seen,
    partners: Option<Partners>,
    midpoints: Midpoints,
    buffer: BatchBuffer,
    /// The order of the epoch that is going on; empty before its first step.
    order: Vec<u32>,
    position: Position,
    watch: Stopwatch,
    /// Whether this call has made a step.
    stepped: bool,
    /// Mean loss of the epoch, for the look at its end.
    train_loss: f64,
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
    learner: &mut (dyn Learner + 'static),
    position: Position,
    monitor: &mut dyn Monitor<Autoencoders>,
) -> Result<Outcome> {
    config.validate()?;
    ensure!(
        !data.train.is_empty() && !data.validation.is_empty(),
        "expected frames to train and to validate on, found none"
    );
    let batch = config.batch.min(data.train.len());
    let mut task = Epochs {
        config,
        data,
        learner,
        seen: Seen::new(&config.seen, data.train.bins),
        partners: if config.swap > 0.0 { Some(Partners::new(data.train)?) } else { None },
        midpoints: if config.between > 0.0 {
            Midpoints::new(data.train, config.seed)
        } else {
            Midpoints::default()
        },
        buffer: BatchBuffer::default(),
        order: Vec::new(),
        watch: Stopwatch::start(wall_seconds, position.seconds),
        position,
        stepped: false,
        train_loss: 0.0,
        per_epoch: data.train.len() / batch,
        batch,
    };
    let out = run(&mut task, monitor)?;
    Ok(Outcome {
        best: out.best,
        last: without_spread(task.learner.tensors()?),
        best_validation: out.position.best.unwrap_or(f64::NAN),
        best_epoch: out.position.best_epoch,
        rows: out.looks,
        seconds: out.position.seconds,
        ending: out.ending,
    })
}

impl Task for Epochs<'_> {
    type Kind = Autoencoders;

    const CHECKPOINT_EVERY_STEP: bool = true;

    fn learner(&self) -> &(dyn Learner + 'static) {
        self.learner
    }

    fn position(&self) -> &Position {
        &self.position
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

    fn may_end(&self) -> bool {
        // What is continued makes a step, however many minutes are used up.
        self.stepped
    }

    fn over(&self) -> Option<Ending> {
        let spent = self.config.minutes.is_some_and(|m| self.position.seconds >= 60.0 * m);
        spent.then_some(Ending::Minutes)
    }

    fn look_is_due(&mut self, ending: Option<Ending>) -> bool {
        self.train_loss = self.position.loss_sum / self.position.step.max(1) as f64;
        if ending.is_some() {
            // A last look, so that what was learned since the previous one is not lost.
            return ending == Some(Ending::Minutes);
        }
        let position = &mut self.position;
        if position.step < self.per_epoch || position.epoch >= self.config.epochs {
            return false;
        }
        position.epoch += 1;
        (position.step, position.loss_sum) = (0, 0.0);
        self.order.clear();
        let last = position.epoch == self.config.epochs;
        let due = last || position.epoch.is_multiple_of(self.config.validate_every);
        position.stale += usize::from(!due);
        due
    }

    fn look(&mut self, rate: f64) -> Result<Looked<EpochRow>> {
        let (validation_loss, validation_mse) =
            evaluate(self.learner, self.data.validation, &self.seen, self.config.step.loss)?;
        let midpoints = (self.config.between > 0.0).then(|| risen(self.share()) == 1.0);
        let best = self.position.judge(validation_loss, midpoints);
        self.position.seconds = self.watch.seconds();
        let verdict = if best {
            self.position.best_epoch = self.position.epoch;
            self.position.stale = 0;
            Verdict::Best(without_spread(self.learner.tensors()?))
        } else {
            self.position.stale += 1;
            Verdict::Behind
        };
        let look = EpochRow {
            epoch: self.position.epoch,
            steps: self.position.steps,
            seconds: self.position.seconds,
            rate,
            train_loss: self.train_loss,
            validation_loss,
            validation_mse,
            best,
        };
        Ok(Looked { found: Some(Found { look, verdict }), lost: None })
    }

    fn settle(&mut self, _looked: bool, ending: Option<Ending>) -> Option<Ending> {
        let impatient = || self.config.patience.is_some_and(|p| self.position.stale >= p);
        let done = self.position.epoch >= self.config.epochs;
        ending
            .or(done.then_some(Ending::Epochs))
            .or_else(|| impatient().then_some(Ending::Patience))
    }

    fn step(&mut self, rate: f64) -> Result<f64> {
        let (frames, steps) = (self.data.train, self.position.steps);
        let weight = self.config.between * risen(self.share());
        if self.order.is_empty() {
            self.order = order(frames.len(), self.config.seed, self.position.epoch);
        }
        let from = self.position.step * self.batch;
        let indices = &self.order[from..from + self.batch];
        let given = Examples { frames, seen: &self.seen, partners: self.partners.as_ref() };
        self.buffer.fill_swapped(given, indices, self.config, steps);
        if weight > 0.0 {
            self.midpoints.fill(frames, indices);
        }
        let batch = Batch {
            input: self.buffer.seen(),
            target: &self.buffer.target,
            condition: &self.buffer.told,
            between: (weight > 0.0).then(|| self.midpoints.between(weight)),
            draw: (self.config.seed, steps),
        };
        let loss = self.learner.step(rate, batch)?;
        ensure!(
            loss.is_finite(),
            "the loss became {loss} at step {steps} (learning rate {rate:.3e}); the best weights so far are kept, try a smaller rate"
        );
        self.stepped = true;
        Ok(f64::from(loss))
    }

    fn count(&mut self, loss: f64) -> f64 {
        self.position.steps += 1;
        self.position.step += 1;
        self.position.loss_sum += loss;
        self.position.seconds = self.watch.seconds();
        self.position.loss_sum / self.position.step as f64
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
