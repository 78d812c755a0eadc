//! Which family learns a device: each is tried for a while, the best goes on.

use anyhow::{Context, Result};
use nfx_learn::Tensors;
use nfx_learn::profile::ProfileLearner;
use serde::{Deserialize, Serialize};

use super::baseline::is_dynamic;
use super::data::Dataset;
use super::family::Family;
use super::fit::{Ending, FitConfig, Look, Monitor, Outcome, Position, fit};
use super::result::gain_figure;

/// Share of the budget that each family gets to show itself in.
const TRIAL: f64 = 0.1;
/// A held-out figure at which an impulse response, or a dynamics processor, is all there is to a device: no network need go on.
const AT_ONCE: f64 = 1e-4;
/// A dynamics processor that has been trained to its end goes on before networks that have not, when its figure is this share of theirs.
const CLEAR: f64 = 0.25;
/// It is trained to its end when a third of that has brought it below this share of the best gain's figure, or was too few steps to tell.
const PROMISE: f64 = 0.8;
const TELLING: u64 = 100;

/// How the choice of a family stands; `state.json` in the folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Figures of the trials that are over.
    pub trials: Vec<(Family, f64)>,
    /// The family that goes on.
    pub chosen: Option<Family>,
    /// The best looks of the trials.
    #[serde(default)]
    pub looks: Vec<(Family, Look)>,
}

/// What the trial of a family has left.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Which.
    pub family: Family,
    /// Its best held-out figure; infinite when it has none.
    pub figure: f64,
    /// Its best weights, and the look at them.
    pub best: Option<(Look, Tensors)>,
}

/// The family that goes on, as its trial has left it.
pub struct Chosen {
    /// Which.
    pub family: Family,
    /// Its network.
    pub learner: Box<dyn ProfileLearner>,
    /// Where it stands, the seconds of all trials counted.
    pub position: Position,
    /// All trials.
    pub trials: Vec<Trial>,
}

/// Makes a fresh network of a family.
pub type Make<'a> = &'a dyn Fn(Family) -> Result<Box<dyn ProfileLearner>>;

/// Families for a sound, by what the device does to its input. A dynamics processor is always among them: a compressor that takes
/// little, or that has a sound of its own, does not look like one. So is an impulse response, where there are no knobs and it is
/// not plain that a gain moves.
pub fn candidates(data: &Dataset) -> Vec<Family> {
    if is_dynamic(data) {
        vec![Family::Dynamics, Family::WaveNet]
    } else if data.knobs.is_empty() {
        vec![Family::WaveNet, Family::Lstm, Family::Dynamics, Family::Linear]
    } else {
        vec![Family::WaveNet, Family::Lstm, Family::Dynamics]
    }
}

/// Which of the trials goes on. What is ripe (an impulse response is as good as it will be, a dynamics processor of a device that is
/// plainly none has been trained to its end) goes on before networks only where these cannot be expected to pass it: what the
/// trials have left is compared once more in the end.
fn leader(trials: &[Trial], dynamic: bool) -> Option<usize> {
    let ripe = |family: Family| family == Family::Linear || (family == Family::Dynamics && !dynamic);
    let best = |wanted: bool| {
        let of_kind = trials.iter().enumerate().filter(|(_, t)| ripe(t.family) == wanted);
        of_kind.min_by(|a, b| a.1.figure.total_cmp(&b.1.figure))
    };
    match (best(true), best(false)) {
        (Some((i, ripe)), Some((j, network))) => {
            let share = if ripe.family == Family::Dynamics { CLEAR } else { 0.0 };
            let all = ripe.figure < network.figure && (ripe.figure < AT_ONCE || !network.figure.is_finite());
            Some(if all || ripe.figure < share * network.figure { i } else { j })
        }
        (ripe, network) => ripe.or(network).map(|(i, _)| i),
    }
}

/// Lets the families show themselves, one after the other, and goes on with the best; a single one goes on untried.
///
/// # Errors
/// When there is none, one cannot be made, or its training fails.
pub fn choose(
    families: &[Family],
    make: Make<'_>,
    (config, data): (&FitConfig, &Dataset),
    monitor: &mut dyn Monitor,
) -> Result<Chosen> {
    if let [family] = *families {
        return Ok(Chosen { family, learner: make(family)?, position: Position::default(), trials: Vec::new() });
    }
    // One that cannot be made is said before the others have used their time.
    let learners = families.iter().map(|family| make(*family)).collect::<Result<Vec<_>>>()?;
    let dynamic = is_dynamic(data);
    let (mut trials, mut held) = (Vec::new(), Vec::new());
    let mut spent = 0.0;
    for (&family, mut learner) in families.iter().zip(learners) {
        let outcome = if family == Family::Dynamics && !dynamic {
            ripen(learner.as_mut(), (config, spent), data, monitor)?
        } else {
            let position = Position { seconds: spent, ..Position::default() };
            fit((config, Some(spent / config.seconds + TRIAL)), data, learner.as_mut(), position, monitor)?
        };
        spent = outcome.position.seconds;
        let look = outcome.position.best;
        let figure = look.map_or(f64::INFINITY, |look| look.figure(&config.loss));
        trials.push(Trial { family, figure, best: look.zip(outcome.best) });
        let leads = leader(&trials, dynamic) == Some(trials.len() - 1);
        monitor.trial(&trials[trials.len() - 1], learner.as_ref(), leads)?;
        held.push((learner, outcome.position));
        if outcome.ending == Ending::Asked {
            break;
        }
    }
    let at = leader(&trials, dynamic).context("no family could be tried")?;
    let (learner, position) = held.swap_remove(at);
    Ok(Chosen { family: trials[at].family, learner, position: Position { seconds: spent, ..position }, trials })
}

/// A whole training in small, its steps becoming small at its end: a dynamics processor is ripe after seconds. One that does not
/// begin to do better than a gain is left early. `spent` are the seconds used before.
fn ripen(
    learner: &mut dyn ProfileLearner,
    (config, spent): (&FitConfig, f64),
    data: &Dataset,
    monitor: &mut dyn Monitor,
) -> Result<Outcome> {
    let small = FitConfig {
        seconds: TRIAL * config.seconds,
        steps: config.steps.map(|steps| ((TRIAL * steps as f64).ceil() as u64).max(1)),
        ..config.clone()
    };
    let mut outcome = fit((&small, Some(1.0 / 3.0)), data, learner, Position::default(), monitor)?;
    let plain = gain_figure(data, &config.loss);
    let better = outcome.position.best.is_some_and(|look| look.figure(&config.loss) < PROMISE * plain);
    let promises = better || outcome.position.steps < TELLING;
    if promises && outcome.ending == Ending::Trial {
        let first = outcome.best;
        outcome = fit((&small, None), data, learner, outcome.position, monitor)?;
        outcome.best = outcome.best.or(first);
    }
    outcome.position.seconds += spent;
    Ok(outcome)
}

/// The trial whose weights are better than those that the training of the chosen family has ended with.
pub fn still_best<'a>(
    trials: &'a [Trial],
    chosen: Option<Family>,
    (config, outcome): (&FitConfig, &Outcome),
) -> Option<&'a Trial> {
    let best = outcome.position.best.map_or(f64::INFINITY, |look| look.figure(&config.loss));
    let others = trials.iter().filter(|t| Some(t.family) != chosen && t.best.is_some() && t.figure < best);
    others.min_by(|a, b| a.figure.total_cmp(&b.figure))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Family::{Dynamics, Linear, Lstm, WaveNet};

    fn trials(figures: &[(Family, f64)]) -> Vec<Trial> {
        let best = Some((Look::default(), Tensors::new()));
        figures.iter().map(|&(family, figure)| Trial { family, figure, best: best.clone() }).collect()
    }

    fn goes_on(figures: &[(Family, f64)], dynamic: bool) -> Family {
        let trials = trials(figures);
        trials[leader(&trials, dynamic).expect("one of them")].family
    }

    #[test]
    fn what_is_ripe_gives_way_to_networks_that_are_not_unless_it_is_all_there_is() {
        assert_eq!(goes_on(&[(Linear, 0.5)], false), Linear);
        assert_eq!(goes_on(&[(Linear, 0.01), (Lstm, 0.6)], false), Lstm);
        assert_eq!(goes_on(&[(Linear, 1e-5), (Lstm, 0.6)], false), Linear);
        assert_eq!(goes_on(&[(WaveNet, 0.2), (Lstm, 0.1)], false), Lstm);
        assert_eq!(goes_on(&[(Linear, 0.3), (Dynamics, 0.05), (WaveNet, 0.1)], false), WaveNet);
        assert_eq!(goes_on(&[(Linear, 0.3), (Dynamics, 0.02), (WaveNet, 0.1)], false), Dynamics);
        assert_eq!(goes_on(&[(Dynamics, 0.05), (WaveNet, 0.1)], true), Dynamics);
        assert_eq!(goes_on(&[(Dynamics, 0.1), (WaveNet, 0.05)], true), WaveNet);
        assert_eq!(goes_on(&[(Dynamics, 0.1), (Lstm, f64::INFINITY)], false), Dynamics);
        assert!(leader(&[], false).is_none());
    }

    #[test]
    fn what_a_trial_has_left_comes_back_if_the_chosen_network_stays_behind() {
        let config = FitConfig::new(1.0);
        let ended = |esr: Option<f64>| {
            let best = esr.map(|esr| Look { esr, ..Look::default() });
            let position = Position { best, ..Position::default() };
            Outcome { best: None, position, looks: Vec::new(), ending: Ending::Budget }
        };
        let best = |trials: &[Trial], esr: Option<f64>| {
            still_best(trials, Some(Lstm), (&config, &ended(esr))).map(|trial| trial.family)
        };
        let mut all = trials(&[(Lstm, 0.6), (Linear, 0.3), (Dynamics, 0.2)]);
        assert_eq!(best(&all, Some(0.4)), Some(Dynamics));
        assert_eq!(best(&all, Some(0.25)), Some(Dynamics));
        assert_eq!(best(&all, Some(0.1)), None);
        all[2].best = None;
        assert_eq!(best(&all, None), Some(Linear));
        assert_eq!(best(&all[..1], None), None);
    }
}
