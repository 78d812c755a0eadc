//! The training loop. Every training goes through [`run`]: it makes the steps, looks at held-out
//! data, keeps the best weights and asks for checkpoints. What is learned, and how, is a [`Task`];
//! files, screens and the user's wish to stop are a [`Monitor`].

use anyhow::{Result, bail};
use nfx_learn::Tensors;

/// The types of one kind of training.
pub trait Kind {
    /// Where a training stands: what a checkpoint holds beside weights and the optimiser's state.
    type Position: Clone;
    /// What a look at held-out data gives.
    type Look;
    /// What learns.
    type Learner: ?Sized + 'static;
}

/// What is learned, and how. The loop calls `rate`, `may_end`, `over`, `look_is_due`, `look` when
/// one is due, `settle`, `step` and `count`, in this order, again and again.
pub trait Task {
    /// Which kind of training it is.
    type Kind: Kind;

    /// Whether a checkpoint may follow every step; else only a look.
    const CHECKPOINT_EVERY_STEP: bool = false;

    /// What learns.
    fn learner(&self) -> &<Self::Kind as Kind>::Learner;

    /// Where it stands.
    fn position(&self) -> &<Self::Kind as Kind>::Position;

    /// Share of the budget that is used up.
    fn share(&self) -> f64;

    /// The learning rate of the next step.
    fn rate(&self) -> f64;

    /// Whether it may end yet. A training that makes a step before anything else has something to
    /// keep, however soon it is stopped.
    fn may_end(&self) -> bool {
        true
    }

    /// Whether the budget is used up.
    fn over(&self) -> Option<Ending>;

    /// Whether it is time for a look; `ending` says why the training is to end, if it is.
    fn look_is_due(&mut self, ending: Option<Ending>) -> bool;

    /// Looks at held-out data and judges what it finds.
    ///
    /// # Errors
    /// When the data does not fit the network.
    fn look(&mut self, rate: f64) -> Result<Looked<<Self::Kind as Kind>::Look>>;

    /// After the look, or in its place when none was due: whether the training ends, which may be
    /// for another reason now.
    fn settle(&mut self, _looked: bool, ending: Option<Ending>) -> Option<Ending> {
        ending
    }

    /// One step at a learning rate. Gives its loss.
    ///
    /// # Errors
    /// When the data does not fit the network, or the training cannot go on.
    fn step(&mut self, rate: f64) -> Result<f64>;

    /// Counts a step whose loss is a number. Gives the mean loss that a person is told.
    fn count(&mut self, loss: f64) -> f64;

    /// Counts a setback. Gives whether the training goes on after it.
    ///
    /// # Errors
    /// When it cannot go back to any weights.
    fn set_back(&mut self, why: &str) -> Result<bool> {
        bail!("the training cannot go on: {why}")
    }

    /// Goes back to the best weights, or to those that it began with.
    ///
    /// # Errors
    /// When the learner refuses them.
    fn restore(&mut self, _best: Option<&Tensors>) -> Result<()> {
        Ok(())
    }
}

/// A look and what it is worth.
#[derive(Clone, Debug)]
pub struct Found<L> {
    /// The look.
    pub look: L,
    /// What it is worth.
    pub verdict: Verdict,
}

/// What a look is worth.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// The best so far, of these weights.
    Best(Tensors),
    /// The best so far, but the weights are not kept: their real-time form is so far apart.
    Refused(f32),
    /// Not the best.
    Behind,
}

/// What came of a look.
#[derive(Clone, Debug)]
pub struct Looked<L> {
    /// The look, if there was anything to look at.
    pub found: Option<Found<L>>,
    /// Why the training has to go back to its best weights.
    pub lost: Option<&'static str>,
}

/// What surrounds the loop: files, screens, the user's wish to stop. Every method does nothing
/// unless replaced.
pub trait Monitor<K: Kind> {
    /// After every step: the share of the budget, and the mean loss.
    fn step(&mut self, _share: f64, _position: &K::Position, _loss: f64) {}
    /// After every look.
    ///
    /// # Errors
    /// An error ends the training.
    fn look(&mut self, _look: &K::Look) -> Result<()> {
        Ok(())
    }
    /// When a look is the best so far.
    ///
    /// # Errors
    /// An error ends the training.
    fn best(&mut self, _learner: &K::Learner, _weights: &Tensors, _look: &K::Look) -> Result<()> {
        Ok(())
    }
    /// When a look is the best so far, but the weights are not kept: their real-time form is so far
    /// apart.
    fn refused(&mut self, _look: &K::Look, _parity: f32) {}
    /// When the training goes back to its best weights.
    fn setback(&mut self, _position: &K::Position, _why: &str) {}
    /// Asked whenever the state of the training may be kept, which is for the monitor to decide;
    /// `last` when the training ends with it.
    ///
    /// # Errors
    /// An error ends the training.
    fn checkpoint(
        &mut self,
        _position: &K::Position,
        _learner: &K::Learner,
        _last: bool,
    ) -> Result<()> {
        Ok(())
    }
    /// Asked before every step whether to stop.
    fn stop(&mut self) -> bool {
        false
    }
}

/// A monitor that does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl<K: Kind> Monitor<K> for Unwatched {}

/// Why a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All epochs are done.
    Epochs,
    /// The minutes are used up.
    Minutes,
    /// Nothing has improved for long enough.
    Patience,
    /// The budget is used up.
    Budget,
    /// The held-out figure is as good as was asked for.
    Good,
    /// Someone asked.
    Asked,
    /// The part of the budget that this call was given is used up.
    Trial,
    /// It needed no steps.
    Solved,
    /// It left the numbers again and again.
    Lost,
}

impl Ending {
    /// A sentence about it. `command` is the trainer's command that would continue the training.
    pub fn sentence(self, command: &str) -> String {
        let sentence = match self {
            Ending::Epochs => "all epochs are done",
            Ending::Minutes => "the minutes are used up",
            Ending::Patience => {
                "the validation figure has not improved for as many epochs as were allowed"
            }
            Ending::Budget => "its time is used up",
            Ending::Good => "the held-out ESR is as good as was asked for",
            Ending::Asked => {
                return format!(
                    "it was asked to stop; `nfx-train {command} --resume` continues it"
                );
            }
            Ending::Trial => "its trial is over",
            Ending::Solved => "an impulse response is solved at once",
            Ending::Lost => {
                "it became unstable again and again; the best weights so far are kept, try a smaller --learning-rate"
            }
        };
        sentence.to_owned()
    }
}

/// What a training gave.
#[derive(Clone, Debug)]
pub struct Outcome<K: Kind> {
    /// The weights with the best look of this call, if any look was the best.
    pub best: Option<Tensors>,
    /// Where it stands.
    pub position: K::Position,
    /// The looks of this call.
    pub looks: Vec<K::Look>,
    /// Why it ended.
    pub ending: Ending,
}

impl<K: Kind> Outcome<K> {
    /// Of a training that has not looked at anything yet.
    pub fn new(position: K::Position, ending: Ending) -> Self {
        Outcome { best: None, position, looks: Vec::new(), ending }
    }

    /// Notes a look, keeps its weights if they are the best, and tells the monitor.
    ///
    /// # Errors
    /// When the monitor fails.
    pub fn note(
        &mut self,
        found: Found<K::Look>,
        learner: &K::Learner,
        monitor: &mut dyn Monitor<K>,
    ) -> Result<()> {
        match found.verdict {
            Verdict::Best(weights) => {
                monitor.best(learner, &weights, &found.look)?;
                self.best = Some(weights);
            }
            Verdict::Refused(parity) => monitor.refused(&found.look, parity),
            Verdict::Behind => {}
        }
        monitor.look(&found.look)?;
        self.looks.push(found.look);
        Ok(())
    }
}

/// Trains until the task or the monitor ends it. Where the numbers are lost, the task goes back to
/// the best weights; those that cannot be gone on with are in no checkpoint.
///
/// # Errors
/// When the task or the monitor fails.
pub fn run<T: Task>(task: &mut T, monitor: &mut dyn Monitor<T::Kind>) -> Result<Outcome<T::Kind>> {
    let mut out = Outcome::new(task.position().clone(), Ending::Budget);
    let mut begun = false;
    out.ending = loop {
        let rate = task.rate();
        let ending = match task.may_end() {
            true if monitor.stop() => Some(Ending::Asked),
            true => task.over(),
            false => None,
        };
        let looks = task.look_is_due(ending);
        let mut lost = None;
        if looks {
            let looked = task.look(rate)?;
            lost = looked.lost;
            if let Some(found) = looked.found {
                out.note(found, task.learner(), monitor)?;
            }
        }
        let ending = task.settle(looks, ending);
        if ending.is_some() && lost.is_some() {
            task.restore(out.best.as_ref())?;
        }
        let may = begun && lost.is_none() && (looks || T::CHECKPOINT_EVERY_STEP);
        if ending.is_some() || may {
            monitor.checkpoint(task.position(), task.learner(), ending.is_some())?;
        }
        if let Some(ending) = ending {
            break ending;
        }
        if lost.is_none() {
            let loss = task.step(rate)?;
            begun = true;
            if loss.is_finite() {
                let mean = task.count(loss);
                monitor.step(task.share(), task.position(), mean);
            } else {
                lost = Some("its loss is no number any more");
            }
        }
        if let Some(why) = lost {
            let goes_on = task.set_back(why)?;
            monitor.setback(task.position(), why);
            task.restore(out.best.as_ref())?;
            if !goes_on {
                break Ending::Lost;
            }
        }
    };
    out.position = task.position().clone();
    Ok(out)
}

/// Counts the seconds of a training, those before a resume included.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    now: fn() -> f64,
    before: f64,
    started: f64,
}

impl Stopwatch {
    /// Starts at `before` seconds. `now` gives the seconds since some moment that stays the same.
    pub fn start(now: fn() -> f64, before: f64) -> Self {
        Stopwatch { now, before, started: now() }
    }

    /// Seconds until now.
    pub fn seconds(&self) -> f64 {
        self.before + (self.now)() - self.started
    }
}

/// Seconds that a training still takes that has spent so many on a share of its budget.
pub fn seconds_left(spent: f64, share: f64) -> f64 {
    spent / share.max(1e-9) * (1.0 - share)
}

#[cfg(test)]
mod tests;
