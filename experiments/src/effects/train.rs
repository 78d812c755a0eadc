//! A profile trained on a device that is at hand: every step plays other music at other settings,
//! so nothing is ever seen twice. The loop is the trainer's.

use anyhow::Result;
use nfx_core::signal::random::Random;
use nfx_train::device::cpu_seconds;
use nfx_train::training_loop::{
    Ending, Found, Kind, Looked, Monitor, Stopwatch, Task, Verdict, run,
};

use super::Device;
use super::drawn::{Draw, Drawn};
use super::learner::LabLearner;
use super::measure::{Example, relative};
use super::music::{LOUDER_DB, Music};

/// Looks at the validation part in the whole training.
const LOOKS: f64 = 20.0;

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

/// Trains on a device. The rate follows half a cosine over the time; the best weights on the
/// validation part are kept. `say` is told the share of the time and the figure of each look.
///
/// # Errors
/// When the device does not answer or the learner refuses a batch.
pub fn train(
    device: &mut dyn Device,
    music: &Music,
    learning: &mut (dyn LabLearner + 'static),
    plan: &Plan,
    say: &mut dyn FnMut(f64, f64),
) -> Result<Trained> {
    let look = Draw { segments: 24, samples: plan.samples * 2, louder_db: 0.0, corners: false };
    let rng = &mut Random::for_part(plan.seed, 2);
    let held = Drawn::new(device, &music.validation, music.rate_hz, look, rng)?.examples();
    let rng = Random::for_part(plan.seed, 1);
    let mut task = AtHand {
        device,
        music,
        learning,
        plan,
        rng,
        held,
        spent: 0.0,
        looked: 0.0,
        least: f64::INFINITY,
        steps: 0,
    };
    let out = run(&mut task, &mut Told(say))?;
    let trained = Trained { validation: task.least, steps: task.steps };
    if let Some(best) = out.best {
        learning.set_tensors(&best)?;
    }
    Ok(trained)
}

/// Trainings on a device that is at hand. They stand at a step.
struct Lab;

impl Kind for Lab {
    type Position = u64;
    type Look = Look;
    type Learner = dyn LabLearner;
}

/// A look at the validation part.
struct Look {
    share: f64,
    figure: f64,
}

/// Who is told of looks.
struct Told<'a>(&'a mut dyn FnMut(f64, f64));

impl Monitor<Lab> for Told<'_> {
    fn look(&mut self, look: &Look) -> Result<()> {
        (self.0)(look.share, look.figure);
        Ok(())
    }
}

struct AtHand<'a> {
    device: &'a mut dyn Device,
    music: &'a Music,
    learning: &'a mut (dyn LabLearner + 'static),
    plan: &'a Plan,
    rng: Random,
    held: Vec<Example>,
    /// Seconds of computing, now and at the last look.
    spent: f64,
    looked: f64,
    /// The best figure.
    least: f64,
    steps: u64,
}

impl Task for AtHand<'_> {
    type Kind = Lab;

    fn learner(&self) -> &(dyn LabLearner + 'static) {
        self.learning
    }

    fn position(&self) -> &u64 {
        &self.steps
    }

    fn share(&self) -> f64 {
        self.spent / self.plan.seconds
    }

    fn rate(&self) -> f64 {
        let fall = 0.5 + 0.5 * (std::f64::consts::PI * self.share()).cos();
        self.learning.rate() * fall.max(1e-3)
    }

    fn over(&self) -> Option<Ending> {
        (self.spent >= self.plan.seconds).then_some(Ending::Budget)
    }

    fn look_is_due(&mut self, ending: Option<Ending>) -> bool {
        let due = self.spent - self.looked > self.plan.seconds / LOOKS;
        self.steps > 0 && (due || ending.is_some())
    }

    fn look(&mut self, _rate: f64) -> Result<Looked<Look>> {
        self.looked = self.spent;
        let figure = relative(self.learning, &self.held)?.mean;
        let verdict = if figure < self.least {
            self.least = figure;
            Verdict::Best(self.learning.tensors()?)
        } else {
            Verdict::Behind
        };
        let look = Look { share: self.share(), figure };
        Ok(Looked { found: Some(Found { look, verdict }), lost: None })
    }

    fn step(&mut self, rate: f64) -> Result<f64> {
        let plan = self.plan;
        let (segments, samples) = if self.rng.unit() < plan.long {
            ((plan.segments / 4).max(1), plan.samples * 4)
        } else {
            (plan.segments, plan.samples)
        };
        let draw = Draw { segments, samples, louder_db: LOUDER_DB, corners: plan.corners };
        let (clips, rate_hz) = (&self.music.train, self.music.rate_hz);
        let drawn = Drawn::new(self.device, clips, rate_hz, draw, &mut self.rng)?;
        // Playing the device costs nothing of the budget.
        let watch = Stopwatch::start(cpu_seconds, self.spent);
        self.learning.step(rate, &drawn.batch())?;
        self.spent = watch.seconds();
        // Whether the weights are still numbers, the looks will tell.
        Ok(0.0)
    }

    fn count(&mut self, loss: f64) -> f64 {
        self.steps += 1;
        loss
    }
}
