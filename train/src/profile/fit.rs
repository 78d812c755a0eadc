//! The training of profiles: a budget of time, a look at held-out sound now and then, the best
//! weights kept. The loop is that of [`training_loop`].

use anyhow::Result;
use nfx_learn::Tensors;
use nfx_learn::effect::ProfileLearner;
use nfx_learn::effect::export::PARITY;
use nfx_learn::effect::loss::LossConfig;
use serde::{Deserialize, Serialize};

use super::data::Dataset;
pub use super::look::{Look, evaluate, play};
use super::probe::Probe;
use super::sampler::Sampler;
use super::solve::solve;
use crate::device::{cpu_seconds, wall_seconds};
use crate::training_loop::{
    self, Ending, Found, Kind, Looked, Monitor, Stopwatch, Task, Verdict, run,
};

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
    /// What gives its seconds, since some moment that stays the same.
    fn reader(self) -> fn() -> f64 {
        match self {
            Clock::Wall => wall_seconds,
            Clock::Processor => || cpu_seconds() / rayon::current_num_threads() as f64,
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

/// Trainings of profiles.
#[derive(Clone, Copy, Debug)]
pub struct Profiles;

impl Kind for Profiles {
    type Position = Position;
    type Look = Look;
    type Learner = dyn ProfileLearner;
}

/// What a training of a profile gave.
pub type Outcome = training_loop::Outcome<Profiles>;

/// Where a call of [`fit`] begins and ends; by default at the beginning, with the whole budget.
#[derive(Clone, Debug, Default)]
pub struct Span<'a> {
    /// Where the training stands.
    pub position: Position,
    /// The best weights of an earlier call.
    pub best: Option<&'a Tensors>,
    /// The share of the budget that the call ends at, to be continued.
    pub until: Option<f64>,
}

/// How often a training goes back to its best weights before it ends, and by how much its steps
/// become smaller each time.
const SETBACKS: u32 = 4;
const SMALLER: f64 = 0.3;
/// So many looks in a row whose real-time form is too far apart send it back.
const REFUSALS: u32 = 3;
/// A look may cost a twentieth of the time since the last one.
const LOOK_COSTS: f64 = 20.0;

/// Trains until the budget, the steps, the figure or the monitor end it. Where the numbers are
/// lost, it goes back to the best weights: those of this call, else those that the span brings,
/// else those that it began with. However it ends, the learner's weights are numbers if those it
/// began with were.
///
/// # Errors
/// When the data does not fit the network, or the monitor fails.
pub fn fit(
    config: &FitConfig,
    data: &Dataset,
    learner: &mut (dyn ProfileLearner + 'static),
    span: Span<'_>,
    monitor: &mut dyn Monitor<Profiles>,
) -> Result<Outcome> {
    let watch = Stopwatch::start(config.clock.reader(), span.position.seconds);
    let mut judge = Judge::new(config, data, learner, span.position);
    if let Some(out) = solve(&mut judge, learner, watch, monitor)? {
        return Ok(out);
    }
    if let (Some(best), false) = (span.best, finite(learner)?) {
        learner.set_tensors(best)?;
    }
    let mut task = Budgeted {
        weights: span.best.map_or_else(|| learner.tensors(), |best| Ok(best.clone()))?,
        state: learner.state(),
        sampler: Sampler::new(data, learner.plan())?,
        highest: config.rate.unwrap_or_else(|| learner.rate()),
        until: span.until.unwrap_or(1.0),
        patience: 1.0 / config.looks.max(1) as f64,
        looked: judge.share(),
        judge,
        learner,
        watch,
        look_began: 0.0,
        losses: 0.0,
        count: 0,
        refusals: 0,
    };
    run(&mut task, monitor)
}

/// Looks at a network as it is, before any step: what is trained further is not to end worse than
/// it began.
///
/// # Errors
/// When the data does not fit the network, or the monitor fails.
pub fn first_look(
    config: &FitConfig,
    data: &Dataset,
    learner: &mut (dyn ProfileLearner + 'static),
    monitor: &mut dyn Monitor<Profiles>,
) -> Result<Outcome> {
    let mut judge = Judge::new(config, data, learner, Position::default());
    let found = judge.look(learner, Look::default())?;
    let mut out = Outcome::new(judge.position, Ending::Trial);
    out.note(found, learner, monitor)?;
    Ok(out)
}

/// Whether all weights are numbers.
fn finite(learner: &dyn ProfileLearner) -> Result<bool> {
    Ok(learner.tensors()?.values().all(|tensor| tensor.data.iter().all(|w| w.is_finite())))
}

/// Looks at held-out sound, and knows the best look so far.
pub(super) struct Judge<'a> {
    config: &'a FitConfig,
    pub(super) data: &'a Dataset,
    probe: Probe,
    pub(super) position: Position,
}

impl<'a> Judge<'a> {
    fn new(
        config: &'a FitConfig,
        data: &'a Dataset,
        learner: &dyn ProfileLearner,
        position: Position,
    ) -> Self {
        Judge { config, data, probe: Probe::new(data, learner.remembers()), position }
    }

    /// Share of the budget that is used up.
    fn share(&self) -> f64 {
        let time = self.position.seconds / self.config.seconds.max(1e-9);
        let steps = self.position.steps as f64;
        time.max(self.config.steps.map_or(0.0, |most| steps / most.max(1) as f64))
    }

    /// A look at the present weights, at the present seconds and steps; rate and loss are given.
    /// They are the best if the look is, and the real-time form plays the same.
    pub(super) fn look(
        &mut self,
        learner: &mut dyn ProfileLearner,
        given: Look,
    ) -> Result<Found<Look>> {
        let Look { esr, emphasised, .. } = evaluate(learner, self.data, &self.data.validation)?;
        let (seconds, steps) = (self.position.seconds, self.position.steps);
        let look = Look { seconds, steps, esr, emphasised, ..given };
        let (loss, best) = (&self.config.loss, self.position.best);
        let figure = look.figure(loss);
        let least = figure.is_finite() && best.is_none_or(|best| figure < best.figure(loss));
        if !least {
            return Ok(Found { look, verdict: Verdict::Behind });
        }
        // Weights that make no model at all are as far apart as can be.
        let parity = self.probe.parity(learner, self.data).unwrap_or(f32::INFINITY);
        let verdict = if parity <= PARITY {
            self.position.best = Some(look);
            Verdict::Best(learner.tensors()?)
        } else {
            Verdict::Refused(parity)
        };
        Ok(Found { look, verdict })
    }
}

/// The training by steps.
struct Budgeted<'a> {
    judge: Judge<'a>,
    learner: &'a mut (dyn ProfileLearner + 'static),
    sampler: Sampler<'a>,
    /// Weights and the optimiser's state to go back to, before there are better ones.
    weights: Tensors,
    state: Vec<u8>,
    watch: Stopwatch,
    /// The rate at its highest.
    highest: f64,
    /// Share of the budget that it ends at.
    until: f64,
    /// Share of the budget at the last look, and until the next.
    looked: f64,
    patience: f64,
    look_began: f64,
    /// Since the last look.
    losses: f64,
    count: u64,
    /// Looks in a row whose weights were refused.
    refusals: u32,
}

impl Task for Budgeted<'_> {
    type Kind = Profiles;

    fn learner(&self) -> &(dyn ProfileLearner + 'static) {
        self.learner
    }

    fn position(&self) -> &Position {
        &self.judge.position
    }

    fn share(&self) -> f64 {
        self.judge.share()
    }

    fn rate(&self) -> f64 {
        let smaller = SMALLER.powi(self.judge.position.setbacks as i32);
        self.highest * self.judge.config.factor(self.share()) * smaller
    }

    fn over(&self) -> Option<Ending> {
        let done = self.share();
        let ending = if done >= 1.0 { Ending::Budget } else { Ending::Trial };
        (done >= self.until).then_some(ending)
    }

    fn look_is_due(&mut self, ending: Option<Ending>) -> bool {
        ending.is_some() || self.share() - self.looked >= self.patience
    }

    fn look(&mut self, rate: f64) -> Result<Looked<Look>> {
        self.look_began = self.watch.seconds();
        if !finite(self.learner)? {
            let lost = Some("its weights are no numbers any more");
            return Ok(Looked { found: None, lost });
        }
        let loss = if self.count > 0 { self.losses / self.count as f64 } else { 0.0 };
        let found = self.judge.look(self.learner, Look { rate, loss, ..Look::default() })?;
        match found.verdict {
            Verdict::Best(_) => self.refusals = 0,
            Verdict::Refused(_) => self.refusals += 1,
            Verdict::Behind => {}
        }
        let lost = (self.refusals >= REFUSALS).then(|| {
            self.refusals = 0;
            "its real-time form plays something else"
        });
        Ok(Looked { found: Some(found), lost })
    }

    fn settle(&mut self, looked: bool, ending: Option<Ending>) -> Option<Ending> {
        if !looked {
            return ending;
        }
        let config = self.judge.config;
        self.judge.position.seconds = self.watch.seconds();
        let cost = (self.judge.position.seconds - self.look_began) / config.seconds.max(1e-9);
        self.patience = (1.0 / config.looks.max(1) as f64).max(LOOK_COSTS * cost);
        (self.losses, self.count) = (0.0, 0);
        self.looked = self.share();
        let best = self.judge.position.best;
        let good = config.good_enough.zip(best).is_some_and(|(good, best)| best.esr <= good);
        if good && ending != Some(Ending::Asked) { Some(Ending::Good) } else { ending }
    }

    fn step(&mut self, rate: f64) -> Result<f64> {
        let batch = self.sampler.next(self.judge.config.seed, self.judge.position.steps);
        Ok(f64::from(self.learner.step(rate, &batch)?))
    }

    fn count(&mut self, loss: f64) -> f64 {
        self.losses += loss;
        self.count += 1;
        self.judge.position.steps += 1;
        self.judge.position.seconds = self.watch.seconds();
        self.losses / self.count as f64
    }

    fn set_back(&mut self, _why: &str) -> Result<bool> {
        let position = &mut self.judge.position;
        position.steps += 1;
        position.seconds = self.watch.seconds();
        position.setbacks += 1;
        Ok(position.setbacks <= SETBACKS)
    }

    fn restore(&mut self, best: Option<&Tensors>) -> Result<()> {
        self.learner.restore(&self.state)?;
        self.learner.set_tensors(best.unwrap_or(&self.weights))?;
        self.sampler = Sampler::new(self.judge.data, self.learner.plan())?;
        (self.losses, self.count) = (0.0, 0);
        Ok(())
    }
}
