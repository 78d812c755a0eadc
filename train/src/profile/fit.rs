//! The training loop of profiles: a budget of time, a look at held-out sound now and then, the best
//! weights kept. Free of files and screens; what surrounds it is a [`Monitor`].

use anyhow::Result;
use nfx_learn::Tensors;
use nfx_learn::effect::ProfileLearner;
use nfx_learn::effect::export::PARITY;
use nfx_learn::effect::linear::Passage;
use nfx_learn::effect::loss::LossConfig;
use serde::{Deserialize, Serialize};

use super::choose::Trial;
use super::data::{Dataset, Stretch};
pub use super::look::{Look, evaluate, play};
use super::probe::Probe;
use super::sampler::Sampler;
use crate::device::{cpu_seconds, wall_seconds};

/// Whose seconds a budget counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clock {
    /// The clock's on the wall: what a musician waits.
    #[default]
    Wall,
    /// The processor's, for each of the threads that may compute: what a comparison needs on a
    /// machine that does other work.
    Processor,
}

impl Clock {
    /// Seconds since some moment that stays the same.
    fn now(self) -> f64 {
        match self {
            Clock::Wall => wall_seconds(),
            Clock::Processor => cpu_seconds() / rayon::current_num_threads() as f64,
        }
    }
}

/// How a training goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitConfig {
    /// Its budget in seconds, looks included.
    pub seconds: f64,
    /// Whose seconds these are.
    #[serde(default)]
    pub clock: Clock,
    /// Most steps; `None` leaves it to the seconds. With steps alone (and endless seconds) a
    /// training can be repeated exactly.
    pub steps: Option<u64>,
    /// What is made small.
    pub loss: LossConfig,
    /// Learning rate at its highest; the family's own when absent.
    pub rate: Option<f64>,
    /// Share of the budget in which the rate rises.
    pub rise: f64,
    /// The rate at the end, as a share of the highest.
    pub end: f64,
    /// Looks at the held-out part in the whole training.
    pub looks: usize,
    /// A training that reaches this held-out ESR ends.
    pub good_enough: Option<f64>,
    /// Decides the order of everything that is drawn.
    pub seed: u64,
}

impl FitConfig {
    /// The usual training of so many seconds.
    pub fn new(seconds: f64) -> Self {
        FitConfig {
            seconds,
            clock: Clock::Wall,
            steps: None,
            loss: LossConfig::default(),
            rate: None,
            rise: 0.01,
            end: 0.003,
            looks: 60,
            good_enough: None,
            seed: 0,
        }
    }

    /// The rate's factor at a share of the budget: a short rise, then half a cosine down.
    pub fn factor(&self, share: f64) -> f64 {
        if share < self.rise {
            return (share / self.rise).max(0.01);
        }
        let place = ((share - self.rise) / (1.0 - self.rise).max(1e-9)).clamp(0.0, 1.0);
        self.end + (1.0 - self.end) * (0.5 + 0.5 * (std::f64::consts::PI * place).cos())
    }
}

/// Where a training stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Steps made.
    pub steps: u64,
    /// Seconds spent.
    pub seconds: f64,
    /// The best look so far.
    pub best: Option<Look>,
    /// How often it went back to its best weights, each time to smaller steps.
    #[serde(default)]
    pub setbacks: u32,
}

/// What surrounds the loop. Every method does nothing unless replaced.
pub trait Monitor {
    /// After every step: share of the budget, and the loss.
    fn step(&mut self, _share: f64, _position: &Position, _loss: f64) {}
    /// After every look.
    ///
    /// # Errors
    /// An error ends the training.
    fn look(&mut self, _look: &Look) -> Result<()> {
        Ok(())
    }
    /// When a look is the best so far.
    ///
    /// # Errors
    /// An error ends the training.
    fn best(&mut self, _learner: &dyn ProfileLearner, _look: &Look) -> Result<()> {
        Ok(())
    }
    /// When a look is the best so far, but the weights are not kept: their real-time form is so far
    /// apart.
    fn refused(&mut self, _look: &Look, _parity: f32) {}
    /// When the training goes back to its best weights, to go on with smaller steps.
    fn setback(&mut self, _position: &Position, _why: &str) {}
    /// After the trial of a family, with its held-out figure, its network and whether it leads.
    ///
    /// # Errors
    /// An error ends the training.
    fn trial(&mut self, _trial: &Trial, _learner: &dyn ProfileLearner, _leads: bool) -> Result<()> {
        Ok(())
    }
    /// Asked after every look to keep the state of the training; `last` when the training ends with
    /// it.
    ///
    /// # Errors
    /// An error ends the training.
    fn checkpoint(
        &mut self,
        _position: &Position,
        _learner: &dyn ProfileLearner,
        _last: bool,
    ) -> Result<()> {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The budget is used up.
    Budget,
    /// The held-out ESR is as good as was asked for.
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
    /// A sentence about it.
    pub fn sentence(self) -> &'static str {
        match self {
            Ending::Budget => "its time is used up",
            Ending::Good => "the held-out ESR is as good as was asked for",
            Ending::Asked => "it was asked to stop; `nfx-train profile --resume` continues it",
            Ending::Trial => "its trial is over",
            Ending::Solved => "an impulse response is solved at once",
            Ending::Lost => {
                "it became unstable again and again; the best weights so far are kept, try a smaller --learning-rate"
            }
        }
    }
}

/// What a training gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The weights with the best look of this call, if any look was the best.
    pub best: Option<Tensors>,
    /// Where it stands.
    pub position: Position,
    /// The looks of this call.
    pub looks: Vec<Look>,
    /// Why it ended.
    pub ending: Ending,
}

/// How often a training goes back to its best weights before it ends, and by how much its steps
/// become smaller each time.
const SETBACKS: u32 = 4;
const SMALLER: f64 = 0.3;
/// So many looks in a row whose real-time form is too far apart send it back.
const REFUSALS: u32 = 3;

/// Trains until the budget, the steps, the figure or the monitor end it. With `until` it ends at
/// that share of the budget, to be continued. Where the numbers are lost, it goes back to the best
/// weights: those of this call, else `best`, which an earlier one has left, else those that it
/// began with. However it ends, the learner's weights are numbers if those it began with were.
///
/// # Errors
/// When the data does not fit the network, or the monitor fails.
pub fn fit(
    (config, until): (&FitConfig, Option<f64>),
    data: &Dataset,
    learner: &mut dyn ProfileLearner,
    (position, best): (Position, Option<&Tensors>),
    monitor: &mut dyn Monitor,
) -> Result<Outcome> {
    let started = config.clock.now();
    let before = position.seconds;
    let mut out = Outcome { best: None, position, looks: Vec::new(), ending: Ending::Budget };
    let probe = Probe::new(data, learner.remembers());
    if solve((config, data, &probe), learner, monitor, &mut out)? {
        return Ok(out);
    }
    if let (Some(best), false) = (best, finite(learner)?) {
        learner.set_tensors(best)?;
    }
    let start = (best.map_or_else(|| learner.tensors(), |best| Ok(best.clone()))?, learner.state());
    let back = |learner: &mut dyn ProfileLearner, out: &Outcome| -> Result<()> {
        learner.restore(&start.1)?;
        Ok(learner.set_tensors(out.best.as_ref().unwrap_or(&start.0))?)
    };
    let mut sampler = Sampler::new(data, learner.plan())?;
    let (mut losses, mut count, mut refusals) = (0.0f64, 0u64, 0);
    let highest = config.rate.unwrap_or_else(|| learner.rate());
    let limit = until.unwrap_or(1.0);
    let mut looked = share(config, &out.position);
    // A look may cost a twentieth of the time since the last one.
    let mut patience = 1.0 / config.looks.max(1) as f64;
    loop {
        let done = share(config, &out.position);
        let rate = highest * config.factor(done) * SMALLER.powi(out.position.setbacks as i32);
        let asked = monitor.stop();
        let over = done >= limit || asked;
        let mut lost = None;
        if over || done - looked >= patience {
            let before_look = config.clock.now();
            if finite(learner)? {
                let loss = if count > 0 { losses / count as f64 } else { 0.0 };
                let (seconds, steps) = (out.position.seconds, out.position.steps);
                let look = Look {
                    seconds,
                    steps,
                    rate,
                    loss,
                    ..evaluate(learner, data, &data.validation)?
                };
                let kept = take(look, (config, data, &probe), (learner, monitor), &mut out)?;
                refusals = if kept == Some(false) {
                    refusals + 1
                } else {
                    refusals * u32::from(kept.is_none())
                };
                if refusals >= REFUSALS {
                    lost = Some("its real-time form plays something else");
                    refusals = 0;
                }
            } else {
                lost = Some("its weights are no numbers any more");
            }
            let cost = (config.clock.now() - before_look) / config.seconds.max(1e-9);
            patience = (1.0 / config.looks.max(1) as f64).max(20.0 * cost);
            (losses, count) = (0.0, 0);
            out.position.seconds = before + config.clock.now() - started;
            looked = share(config, &out.position);
            let good = match (config.good_enough, out.position.best) {
                (Some(good), Some(best)) => best.esr <= good,
                _ => false,
            };
            let last = over || good;
            if last && lost.is_some() {
                back(learner, &out)?;
            }
            if last || lost.is_none() {
                monitor.checkpoint(&out.position, learner, last)?;
            }
            if last {
                out.ending = match (asked, good, done >= 1.0) {
                    (true, ..) => Ending::Asked,
                    (_, true, _) => Ending::Good,
                    (_, _, true) => Ending::Budget,
                    _ => Ending::Trial,
                };
                return Ok(out);
            }
        }
        if lost.is_none() {
            let batch = sampler.next(config.seed, out.position.steps);
            let loss = f64::from(learner.step(rate, &batch)?);
            losses += loss;
            count += 1;
            lost = (!loss.is_finite()).then_some("its loss is no number any more");
        }
        out.position.steps += 1;
        out.position.seconds = before + config.clock.now() - started;
        if let Some(why) = lost {
            out.position.setbacks += 1;
            monitor.setback(&out.position, why);
            back(learner, &out)?;
            if out.position.setbacks > SETBACKS {
                out.ending = Ending::Lost;
                return Ok(out);
            }
            sampler = Sampler::new(data, learner.plan())?;
            (losses, count) = (0.0, 0);
            continue;
        }
        monitor.step(share(config, &out.position), &out.position, losses / count as f64);
    }
}

/// Looks at a network as it is, before any step: what is trained further is not to end worse than
/// it began.
///
/// # Errors
/// When the data does not fit the network, or the monitor fails.
pub fn first_look(
    config: &FitConfig,
    data: &Dataset,
    learner: &mut dyn ProfileLearner,
    monitor: &mut dyn Monitor,
) -> Result<Outcome> {
    let mut out = Outcome {
        best: None,
        position: Position::default(),
        looks: Vec::new(),
        ending: Ending::Trial,
    };
    let probe = Probe::new(data, learner.remembers());
    let look = evaluate(learner, data, &data.validation)?;
    take(look, (config, data, &probe), (learner, monitor), &mut out)?;
    Ok(out)
}

/// Whether all weights are numbers.
fn finite(learner: &dyn ProfileLearner) -> Result<bool> {
    Ok(learner.tensors()?.values().all(|tensor| tensor.data.iter().all(|w| w.is_finite())))
}

/// A held-out ESR below which nothing simpler is tried.
const PLAIN: f64 = 1e-3;

/// Solves what can be solved; of the attempts, each simpler than the one before, the best on the
/// held-out part stays. Gives whether there was anything to solve.
fn solve(
    (config, data, probe): (&FitConfig, &Dataset, &Probe),
    learner: &mut dyn ProfileLearner,
    monitor: &mut dyn Monitor,
    out: &mut Outcome,
) -> Result<bool> {
    let passages = passages(data, learner.plan().warm_up);
    let (started, before) = (config.clock.now(), out.position.seconds);
    let first = learner.tensors()?;
    let mut attempt = 0;
    while learner.solve(&passages, attempt)? {
        attempt += 1;
        out.position.seconds = before + config.clock.now() - started;
        let (seconds, steps) = (out.position.seconds, out.position.steps);
        let look = Look { seconds, steps, ..evaluate(learner, data, &data.validation)? };
        take(look, (config, data, probe), (learner, monitor), out)?;
        if look.esr < PLAIN || monitor.stop() {
            break;
        }
    }
    if attempt == 0 {
        return Ok(false);
    }
    learner.set_tensors(out.best.as_ref().unwrap_or(&first))?;
    monitor.checkpoint(&out.position, learner, true)?;
    out.ending = Ending::Solved;
    Ok(true)
}

/// What there is to learn from, each stretch with up to `lead` samples before it.
fn passages(data: &Dataset, lead: usize) -> Vec<Passage<'_>> {
    let passage = |s: &Stretch| {
        let r = &data.recordings[s.recording];
        let from = s.from.saturating_sub(lead).max(s.start);
        Passage {
            input: &r.input[from..s.until],
            target: &r.target[from..s.until],
            lead: s.from - from,
        }
    };
    data.train.iter().map(passage).collect()
}

/// Share of the budget that is used up.
fn share(config: &FitConfig, position: &Position) -> f64 {
    let time = position.seconds / config.seconds.max(1e-9);
    let steps = config.steps.map_or(0.0, |s| position.steps as f64 / s.max(1) as f64);
    time.max(steps)
}

/// Keeps the weights of a look that is the best so far, if the real-time form plays the same.
/// `None` when it is not the best, else whether they are kept.
fn take(
    look: Look,
    (config, data, probe): (&FitConfig, &Dataset, &Probe),
    (learner, monitor): (&mut dyn ProfileLearner, &mut dyn Monitor),
    out: &mut Outcome,
) -> Result<Option<bool>> {
    let figure = look.figure(&config.loss);
    let mut kept = None;
    if figure.is_finite() && out.position.best.is_none_or(|best| figure < best.figure(&config.loss))
    {
        // Weights that make no model at all are as far apart as can be.
        let parity = probe.parity(learner, data).unwrap_or(f32::INFINITY);
        kept = Some(parity <= PARITY);
        if parity <= PARITY {
            out.position.best = Some(look);
            out.best = Some(learner.tensors()?);
            monitor.best(learner, &look)?;
        } else {
            monitor.refused(&look, parity);
        }
    }
    monitor.look(&look)?;
    out.looks.push(look);
    Ok(kept)
}
