//! The training loop on frames in memory.

use nfx_core::models::spectral::AutoencoderConfig;
use nfx_learn::spectral::init::Init;
use nfx_learn::spectral::learner::Learner;
use nfx_train::device::Place;
use nfx_train::frames::FrameSet;
use nfx_train::train::augment::{BatchBuffer, order};
use nfx_train::train::{
    Autoencoders, Data, EpochRow, FitConfig, Position, Schedule, Seen, SeenConfig, Start, evaluate,
    fit, fit_simple, starting_weights,
};
use nfx_train::training_loop::{Ending, Monitor, Unwatched};

const BINS: usize = 20;

/// Frames with one of ten peaks each and its octave, the largest value 1.
fn frames(count: usize, from: usize) -> FrameSet {
    let mut set = FrameSet::new(BINS);
    for n in from..from + count {
        let mut frame = [0.01f32; BINS];
        let peak = 1 + (n * 7) % 9;
        frame[peak] = 1.0;
        frame[2 * peak] = 0.3 + 0.05 * (n % 11) as f32;
        set.push(&frame, n as u32, 0);
    }
    set
}

fn network() -> AutoencoderConfig {
    AutoencoderConfig::hybrid(BINS, &[16, 8, 16])
}

fn config() -> FitConfig {
    FitConfig { rate: 5e-3, batch: 10, epochs: 12, ..FitConfig::thesis(3) }
}

const START: Start = Start { init: Init::He, pca: false };

fn learner(config: &FitConfig) -> Box<dyn Learner> {
    let weights =
        starting_weights(&network(), START, config.seed, || unreachable!()).expect("weights");
    Place::Cpu.learner(&network(), &weights, config.step).expect("learner")
}

#[test]
fn a_network_learns_and_the_best_weights_are_those_with_the_best_figure() {
    let (train, validation) = (frames(200, 0), frames(60, 1000));
    let data = Data { train: &train, validation: &validation };
    let outcome = fit_simple(&network(), START, &config(), data, &Place::Cpu).expect("fit");
    assert_eq!(outcome.ending, Ending::Epochs);
    assert_eq!(outcome.rows.len(), 12);
    assert!(outcome.rows[11].validation_mse < 0.7 * outcome.rows[0].validation_mse);
    let smallest = outcome.rows.iter().map(|r| r.validation_loss).fold(f64::MAX, f64::min);
    assert_eq!(outcome.best_validation, smallest);
    let best = outcome.best.expect("best weights");
    let mut net = Place::Cpu.learner(&network(), &best, config().step).expect("learner");
    let (loss, mse) = evaluate(
        net.as_mut(),
        &validation,
        &Seen::new(&SeenConfig::default(), BINS),
        config().step.loss,
    )
    .expect("evaluate");
    assert!((loss - smallest).abs() < 1e-9 && loss == mse);
}

#[test]
fn a_seed_reproduces_a_training_and_burns_autodiff_follows_it() {
    let (train, validation) = (frames(100, 0), frames(30, 1000));
    let data = Data { train: &train, validation: &validation };
    let mut config = FitConfig { epochs: 3, noise: 0.05, mixture: 0.5, ..config() };
    config.step.dropout = 0.1;
    let run = |config: &FitConfig, place: &Place| {
        fit_simple(&network(), START, config, data, place).expect("fit")
    };
    let (a, b) = (run(&config, &Place::Cpu), run(&config, &Place::Cpu));
    assert_eq!(a.last, b.last);
    assert_ne!(a.last, run(&FitConfig { seed: 4, ..config.clone() }, &Place::Cpu).last);
    let burn = run(&config, &Place::Burn(burn::tensor::Device::flex(), "CPU".into()));
    for (x, y) in a.rows.iter().zip(&burn.rows) {
        assert!(
            (x.validation_loss - y.validation_loss).abs() < 1e-4 * x.validation_loss,
            "{x:?} {y:?}"
        );
    }
}

#[test]
fn patience_and_minutes_end_a_training() {
    let (train, validation) = (frames(100, 0), frames(30, 1000));
    let data = Data { train: &train, validation: &validation };
    // A rate that can only make things worse.
    let config = FitConfig { rate: 5.0, epochs: 500, patience: Some(3), ..config() };
    let outcome = fit_simple(&network(), START, &config, data, &Place::Cpu).expect("fit");
    assert_eq!(outcome.ending, Ending::Patience);
    assert!(outcome.rows.len() < 100);
    assert!(outcome.rows.iter().rev().take(3).all(|r| !r.best));
    let config =
        FitConfig { epochs: 1_000_000, minutes: Some(0.005), patience: None, rate: 1e-3, ..config };
    let outcome = fit_simple(&network(), START, &config, data, &Place::Cpu).expect("fit");
    assert_eq!(outcome.ending, Ending::Minutes);
    assert!(outcome.seconds >= 0.3 && outcome.seconds < 30.0);
}

/// Stops after a number of steps and remembers the state of that moment.
struct StopAt {
    steps: u64,
    kept: Option<(Position, nfx_learn::Tensors, Vec<u8>)>,
    now: u64,
}

impl Monitor<Autoencoders> for StopAt {
    fn step(&mut self, _: f64, position: &Position, _: f64) {
        self.now = position.steps;
    }
    fn stop(&mut self) -> bool {
        self.now >= self.steps
    }
    fn checkpoint(
        &mut self,
        position: &Position,
        learner: &dyn Learner,
        last: bool,
    ) -> anyhow::Result<()> {
        if last {
            self.kept = Some((position.clone(), learner.tensors()?, learner.state()?));
        }
        Ok(())
    }
}

#[test]
fn a_training_that_is_stopped_at_any_step_goes_on_as_if_it_had_not_been() {
    let (train, validation) = (frames(100, 0), frames(30, 1000));
    let data = Data { train: &train, validation: &validation };
    let mut config = FitConfig { epochs: 4, schedule: Schedule::Cosine, mixture: 0.3, ..config() };
    config.step.dropout = 0.1;
    let mut whole = learner(&config);
    let want =
        fit(&config, data, whole.as_mut(), Position::default(), &mut Unwatched).expect("fit");
    for steps in [1, 9, 10, 11, 25, 39] {
        let mut first = learner(&config);
        let mut monitor = StopAt { steps, kept: None, now: 0 };
        let part =
            fit(&config, data, first.as_mut(), Position::default(), &mut monitor).expect("fit");
        assert_eq!(part.ending, Ending::Asked);
        let (position, weights, state) = monitor.kept.expect("checkpoint");
        let mut second = Place::Cpu.learner(&network(), &weights, config.step).expect("learner");
        second.restore(&state).expect("restore");
        let rest = fit(&config, data, second.as_mut(), position, &mut Unwatched).expect("fit");
        assert_eq!(rest.last, want.last, "stopped after {steps} steps");
        let rows: Vec<&EpochRow> = part.rows.iter().chain(&rest.rows).collect();
        assert_eq!(rows.len(), want.rows.len());
        for (a, b) in rows.iter().zip(&want.rows) {
            assert_eq!(
                (a.epoch, a.train_loss, a.validation_loss, a.best),
                (b.epoch, b.train_loss, b.validation_loss, b.best)
            );
        }
        assert_eq!(
            (rest.best_validation, rest.best_epoch),
            (want.best_validation, want.best_epoch)
        );
    }
}

#[test]
fn batches_hold_every_frame_once_mixtures_stay_frames_and_noise_spares_the_target() {
    let set = frames(50, 0);
    let mut seen = order(50, 1, 0);
    assert_ne!(seen, order(50, 1, 1));
    seen.sort_unstable();
    assert_eq!(seen, (0..50).collect::<Vec<u32>>());
    let plain = FitConfig { mixture: 0.0, noise: 0.0, ..config() };
    let mut buffer = BatchBuffer::default();
    buffer.fill(&set, &Seen::new(&SeenConfig::default(), set.bins), &[4, 2], &plain, 0);
    assert_eq!(buffer.target, [set.frame(4), set.frame(2)].concat());
    assert_eq!(buffer.seen(), buffer.target);
    let mixed = FitConfig { mixture: 1.0, noise: 0.1, ..plain };
    let indices: Vec<u32> = (0..50).collect();
    buffer.fill(&set, &Seen::new(&SeenConfig::default(), set.bins), &indices, &mixed, 0);
    let mut changed = 0;
    for (i, frame) in buffer.target.chunks(BINS).enumerate() {
        let largest = frame.iter().fold(0.0f32, |m, v| m.max(*v));
        assert!((largest - 1.0).abs() < 1e-6 && frame.iter().all(|v| *v >= 0.0));
        changed += usize::from(frame != set.frame(i));
    }
    assert!(changed > 40);
    let error: Vec<f32> = buffer.seen().iter().zip(&buffer.target).map(|(a, b)| a - b).collect();
    assert!(buffer.seen().iter().all(|v| *v >= 0.0) && error.iter().any(|e| *e > 0.1));
    let again = buffer.target.clone();
    buffer.fill(&set, &Seen::new(&SeenConfig::default(), set.bins), &indices, &mixed, 0);
    assert_eq!(buffer.target, again);
    buffer.fill(&set, &Seen::new(&SeenConfig::default(), set.bins), &indices, &mixed, 1);
    assert_ne!(buffer.target, again);
}

#[test]
fn the_cosine_goes_from_the_whole_rate_to_a_hundredth() {
    assert_eq!(Schedule::Cosine.factor(0.0), 1.0);
    assert!((Schedule::Cosine.factor(0.5) - 0.505).abs() < 1e-12);
    assert!((Schedule::Cosine.factor(1.0) - 0.01).abs() < 1e-12);
    assert_eq!(Schedule::Constant.factor(0.7), 1.0);
}

#[test]
fn settings_that_cannot_be_are_refused_with_a_sentence() {
    let (train, validation) = (frames(20, 0), frames(5, 100));
    let data = Data { train: &train, validation: &validation };
    let base = config();
    let mut dropout = base.clone();
    dropout.step.dropout = 1.0;
    let wrong = [
        FitConfig { rate: 0.0, ..base.clone() },
        FitConfig { rate: f64::NAN, ..base.clone() },
        FitConfig { batch: 0, ..base.clone() },
        FitConfig { epochs: 0, ..base.clone() },
        FitConfig { minutes: Some(-1.0), ..base.clone() },
        FitConfig { patience: Some(0), ..base.clone() },
        FitConfig { noise: -1.0, ..base.clone() },
        FitConfig { mixture: 1.5, ..base.clone() },
        dropout,
    ];
    for config in wrong {
        let error = fit_simple(&network(), START, &config, data, &Place::Cpu)
            .expect_err("refused")
            .to_string();
        assert!(error.contains("expected") && error.contains("found"), "{error}");
    }
    let empty = FrameSet::new(BINS);
    let data = Data { train: &empty, validation: &validation };
    assert!(fit_simple(&network(), START, &base, data, &Place::Cpu).is_err());
    let mut broken = frames(20, 0);
    broken.data[7] = f32::NAN;
    let data = Data { train: &broken, validation: &validation };
    let error =
        fit_simple(&network(), START, &base, data, &Place::Cpu).expect_err("refused").to_string();
    assert!(error.contains("the loss became NaN"), "{error}");
}
