//! A training in small, as a part of a larger one.

use anyhow::Result;
use nfx_learn::Tensors;
use nfx_learn::effect::ProfileLearner;

use super::data::Dataset;
use super::fit::{FitConfig, Look, Outcome, Position, Profiles, Span, fit};
use crate::training_loop::{Ending, Monitor};

/// Share of the budget that each family gets to show itself in.
pub(super) const TRIAL: f64 = 0.1;
/// A dynamics processor is better than a gain below this share of the best gain's figure. It is
/// trained to its end when a third of that has made it so, or was too few steps to tell.
pub(super) const PROMISE: f64 = 0.8;
const TELLING: u64 = 100;

type Learner = dyn ProfileLearner;

/// What a training in small is a part of.
pub(super) struct Small<'a> {
    /// The whole training.
    pub(super) config: &'a FitConfig,
    /// Seconds of its budget that were used before.
    pub(super) spent: f64,
    /// The figure of the best gain.
    pub(super) plain: f64,
}

/// A whole training in small, its steps becoming small at its end: a dynamics processor is ripe
/// after seconds. One that does not begin to do better than a gain is left early.
///
/// # Errors
/// When the data does not fit the network, or the monitor fails.
pub(super) fn ripen(
    learner: &mut (dyn ProfileLearner + 'static),
    part_of: &Small<'_>,
    data: &Dataset,
    monitor: &mut dyn Monitor<Profiles>,
) -> Result<Outcome> {
    let &Small { config, spent, plain } = part_of;
    let small = FitConfig {
        seconds: TRIAL * config.seconds,
        steps: config.steps.map(|steps| ((TRIAL * steps as f64).ceil() as u64).max(1)),
        ..config.clone()
    };
    let mut part = PartOf { whole: monitor, seconds: spent, share: spent / config.seconds };
    let third = Span { until: Some(1.0 / 3.0), ..Span::default() };
    let mut outcome = fit(&small, data, learner, third, &mut part)?;
    let better =
        outcome.position.best.is_some_and(|look| look.figure(&config.loss) < PROMISE * plain);
    let promises = better || outcome.position.steps < TELLING;
    if promises && outcome.ending == Ending::Trial {
        let (first, mut looks) = (outcome.best, outcome.looks);
        let rest = Span { position: outcome.position, best: first.as_ref(), until: None };
        outcome = fit(&small, data, learner, rest, &mut part)?;
        outcome.best = outcome.best.or(first);
        looks.append(&mut outcome.looks);
        outcome.looks = looks;
    }
    outcome.position = part.position(&outcome.position);
    outcome.looks = outcome.looks.iter().map(|look| part.look_at(look)).collect();
    Ok(outcome)
}

/// What surrounds a training in small, which counts its seconds and its share from 0, within the
/// whole: `seconds` and `share` of the whole's budget were used before.
struct PartOf<'a> {
    whole: &'a mut dyn Monitor<Profiles>,
    seconds: f64,
    share: f64,
}

impl PartOf<'_> {
    fn look_at(&self, look: &Look) -> Look {
        Look { seconds: self.seconds + look.seconds, ..*look }
    }

    fn position(&self, position: &Position) -> Position {
        let best = position.best.map(|look| self.look_at(&look));
        Position { seconds: self.seconds + position.seconds, best, ..position.clone() }
    }
}

impl Monitor<Profiles> for PartOf<'_> {
    fn step(&mut self, share: f64, position: &Position, loss: f64) {
        let position = self.position(position);
        self.whole.step(self.share + TRIAL * share, &position, loss);
    }
    fn look(&mut self, look: &Look) -> Result<()> {
        let look = self.look_at(look);
        self.whole.look(&look)
    }
    fn best(&mut self, learner: &Learner, weights: &Tensors, look: &Look) -> Result<()> {
        let look = self.look_at(look);
        self.whole.best(learner, weights, &look)
    }
    fn refused(&mut self, look: &Look, parity: f32) {
        let look = self.look_at(look);
        self.whole.refused(&look, parity);
    }
    fn setback(&mut self, position: &Position, why: &str) {
        let position = self.position(position);
        self.whole.setback(&position, why);
    }
    fn checkpoint(&mut self, position: &Position, learner: &Learner, last: bool) -> Result<()> {
        let position = self.position(position);
        self.whole.checkpoint(&position, learner, last)
    }
    fn stop(&mut self) -> bool {
        self.whole.stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::data::tests::recording;
    use crate::profile::family::{self, Family, Size};

    /// Shares and seconds of what it is told.
    #[derive(Default)]
    struct Told(Vec<(f64, f64)>, Vec<f64>);

    impl Monitor<Profiles> for Told {
        fn step(&mut self, share: f64, position: &Position, _: f64) {
            self.0.push((share, position.seconds));
        }
        fn look(&mut self, look: &Look) -> Result<()> {
            self.1.push(look.seconds);
            Ok(())
        }
    }

    #[test]
    fn the_trial_of_a_dynamics_processor_is_a_part_of_the_whole_progress() {
        let data = Dataset::new(vec![recording(20.0, 3)], Vec::new(), 8_000.0, 1).expect("data");
        let config = FitConfig { steps: Some(20), looks: 2, ..FitConfig::new(1e6) };
        let mut learner =
            family::learner(Family::Dynamics, Size::default(), 0, config.loss, 0).expect("made");
        let mut told = Told::default();
        let spent = 3e5;
        let small = Small { config: &config, spent, plain: 1.0 };
        let outcome = ripen(learner.as_mut(), &small, &data, &mut told).expect("trained");
        assert!(
            told.0
                .iter()
                .all(|(share, seconds)| (0.3..=0.401).contains(share) && *seconds >= spent)
        );
        assert!(!told.0.is_empty() && told.1.iter().all(|seconds| *seconds >= spent));
        let best = outcome.position.best.expect("a look");
        assert!(
            best.seconds >= spent
                && outcome.position.seconds >= best.seconds
                && outcome.looks.contains(&best)
        );
    }
}
