//! Which family learns a device: each is tried for a while, the best goes on.

use anyhow::{Context, Result};
use nfx_learn::Tensors;
use nfx_learn::effect::ProfileLearner;
use serde::{Deserialize, Serialize};

use super::baseline::is_dynamic;
use super::data::Dataset;
use super::family::Family;
use super::fit::{FitConfig, Look, Outcome, Position, Profiles, Span, fit};
use super::progress::say;
use super::result::gain_figure;
use super::ripen::{PROMISE, Small, TRIAL, ripen};
use super::sampler::Sampler;
use crate::training_loop::{Ending, Monitor, Unwatched};

/// A held-out figure at which an impulse response, or a dynamics processor, is all there is to a
/// device: no network need go on.
const AT_ONCE: f64 = 1e-4;
/// A dynamics processor that has been trained to its end, and is better than a gain, goes on before
/// networks that have not been when its figure is this share of theirs.
const CLEAR: f64 = 0.25;

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

/// A monitor that is also told of trials.
pub trait Trials: Monitor<Profiles> {
    /// After the trial of a family, with its held-out figure, its network and whether it leads.
    ///
    /// # Errors
    /// An error ends the training.
    fn trial(&mut self, _trial: &Trial, _learner: &dyn ProfileLearner, _leads: bool) -> Result<()> {
        Ok(())
    }
}

impl Trials for Unwatched {}

/// Makes a fresh network of a family.
pub type Make<'a> = &'a dyn Fn(Family) -> Result<Box<dyn ProfileLearner>>;

/// Families for a sound, by what the device does to its input. A dynamics processor is always among
/// them: a compressor that takes little, or that has a sound of its own, does not look like one. So
/// is an impulse response, where there are no knobs and it is not plain that a gain moves.
pub fn candidates(data: &Dataset) -> Vec<Family> {
    if is_dynamic(data) {
        vec![Family::Dynamics, Family::WaveNet]
    } else if data.knobs.is_empty() {
        vec![Family::WaveNet, Family::Lstm, Family::Dynamics, Family::Linear]
    } else {
        vec![Family::WaveNet, Family::Lstm, Family::Dynamics]
    }
}

/// Which of the trials goes on. What is ripe (an impulse response is as good as it will be, a
/// dynamics processor of a device that is plainly none has been trained to its end) goes on before
/// networks only where these cannot be expected to pass it: what the trials have left is compared
/// once more in the end. `plain` is the figure of the best gain: every network is far behind one in
/// the beginning where the device is nearly clean.
fn leader(trials: &[Trial], dynamic: bool, plain: f64) -> Option<usize> {
    let ripe =
        |family: Family| family == Family::Linear || (family == Family::Dynamics && !dynamic);
    let best = |wanted: bool| {
        let of_kind = trials.iter().enumerate().filter(|(_, t)| ripe(t.family) == wanted);
        of_kind.min_by(|a, b| a.1.figure.total_cmp(&b.1.figure))
    };
    match (best(true), best(false)) {
        (Some((i, ripe)), Some((j, network))) => {
            let better = ripe.family == Family::Dynamics && ripe.figure < PROMISE * plain;
            let share = if better { CLEAR } else { 0.0 };
            let all = ripe.figure < network.figure
                && (ripe.figure < AT_ONCE || !network.figure.is_finite());
            Some(if all || ripe.figure < share * network.figure { i } else { j })
        }
        (ripe, network) => ripe.or(network).map(|(i, _)| i),
    }
}

/// Lets the families show themselves, one after the other, and goes on with the best; a single one
/// goes on untried. One that the sound has no stretch for that is long enough is left out, as long
/// as there are others.
///
/// # Errors
/// When there is none, one cannot be made, the sound is too short for all of them, or the training
/// of one fails.
pub fn choose(
    families: &[Family],
    make: Make<'_>,
    config: &FitConfig,
    data: &Dataset,
    monitor: &mut dyn Trials,
) -> Result<Chosen> {
    // One that cannot be made is said before the others have used their time.
    let learners =
        families.iter().map(|family| Ok((*family, make(*family)?))).collect::<Result<Vec<_>>>()?;
    let mut usable = long_enough(learners, data)?;
    if usable.len() == 1
        && let Some((family, learner)) = usable.pop()
    {
        return Ok(Chosen { family, learner, position: Position::default(), trials: Vec::new() });
    }
    let (dynamic, plain) = (is_dynamic(data), gain_figure(data, &config.loss));
    let (mut trials, mut held) = (Vec::new(), Vec::new());
    let mut spent = 0.0;
    for (family, mut learner) in usable {
        let outcome = if family == Family::Dynamics && !dynamic {
            ripen(learner.as_mut(), &Small { config, spent, plain }, data, monitor)?
        } else {
            let position = Position { seconds: spent, ..Position::default() };
            let until = Some(spent / config.seconds + TRIAL);
            let span = Span { position, until, best: None };
            fit(config, data, learner.as_mut(), span, monitor)?
        };
        spent = outcome.position.seconds;
        let look = outcome.position.best;
        let figure = look.map_or(f64::INFINITY, |look| look.figure(&config.loss));
        trials.push(Trial { family, figure, best: look.zip(outcome.best) });
        let leads = leader(&trials, dynamic, plain) == Some(trials.len() - 1);
        monitor.trial(&trials[trials.len() - 1], learner.as_ref(), leads)?;
        held.push((learner, outcome.position));
        if outcome.ending == Ending::Asked {
            break;
        }
    }
    let at = leader(&trials, dynamic, plain).context("no family could be tried")?;
    let (learner, position) = held.swap_remove(at);
    Ok(Chosen {
        family: trials[at].family,
        learner,
        position: Position { seconds: spent, ..position },
        trials,
    })
}

/// Those that the sound is long enough for. What is solved needs no stretch of a length.
fn long_enough(learners: Vec<Made>, data: &Dataset) -> Result<Vec<Made>> {
    let (mut usable, mut short) = (Vec::new(), Vec::new());
    for (family, learner) in learners {
        let plan = learner.plan();
        match Sampler::new(data, plan).err().filter(|_| family != Family::Linear) {
            None => usable.push((family, learner)),
            Some(error) => short.push((family, error)),
        }
    }
    if usable.is_empty() && !short.is_empty() {
        return Err(short.swap_remove(0).1);
    }
    for (family, error) in short {
        say("train", &format!("family {} is left out: {error}", family.name()));
    }
    Ok(usable)
}

/// A network of a family.
type Made = (Family, Box<dyn ProfileLearner>);

/// The trial whose weights are better than those that the training of the chosen family has ended
/// with.
pub fn still_best<'a>(
    trials: &'a [Trial],
    chosen: Option<Family>,
    config: &FitConfig,
    outcome: &Outcome,
) -> Option<&'a Trial> {
    let best = outcome.position.best.map_or(f64::INFINITY, |look| look.figure(&config.loss));
    let others =
        trials.iter().filter(|t| Some(t.family) != chosen && t.best.is_some() && t.figure < best);
    others.min_by(|a, b| a.figure.total_cmp(&b.figure))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::data::tests::recording;
    use crate::profile::family::{self, Size};
    use Family::{Dynamics, Gru, Linear, Lstm, WaveNet};

    fn trials(figures: &[(Family, f64)]) -> Vec<Trial> {
        let best = Some((Look::default(), Tensors::new()));
        figures
            .iter()
            .map(|&(family, figure)| Trial { family, figure, best: best.clone() })
            .collect()
    }

    fn goes_on_beside_a_gain(figures: &[(Family, f64)], dynamic: bool, plain: f64) -> Family {
        let trials = trials(figures);
        trials[leader(&trials, dynamic, plain).expect("one of them")].family
    }

    fn goes_on(figures: &[(Family, f64)], dynamic: bool) -> Family {
        goes_on_beside_a_gain(figures, dynamic, 1.0)
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
        assert!(leader(&[], false, 1.0).is_none());
    }

    #[test]
    fn a_dynamics_processor_that_is_no_better_than_a_gain_gives_way_to_a_network_that_is_far_behind_yet()
     {
        let nearly_clean = [(Dynamics, 0.01), (WaveNet, 0.2)];
        assert_eq!(goes_on_beside_a_gain(&nearly_clean, false, 0.01), WaveNet);
        assert_eq!(goes_on_beside_a_gain(&nearly_clean, false, 0.1), Dynamics);
    }

    #[test]
    fn families_that_the_clips_are_too_short_for_are_left_out_and_the_others_are_tried() {
        let mut r = recording(20.0, 3);
        r.clips = Some(8_192);
        let data = Dataset::new(vec![r], Vec::new(), 8_000.0, 1).expect("data");
        let config = FitConfig { steps: Some(20), looks: 2, ..FitConfig::new(1e6) };
        let size = Size { width: Some(2), ..Size::default() };
        let make = |family: Family| family::learner(family, size, 0, config.loss, 0);
        let tried = |families: &[Family]| choose(families, &make, &config, &data, &mut Unwatched);
        assert!(
            Sampler::new(&data, make(Dynamics).expect("made").plan()).is_err(),
            "else there is nothing to show"
        );
        let chosen = tried(&[Lstm, Dynamics, Gru]).expect("the others");
        assert_eq!(chosen.trials.iter().map(|trial| trial.family).collect::<Vec<_>>(), [Lstm, Gru]);
        let chosen = tried(&[Dynamics, Gru]).expect("the one that is left");
        assert!(chosen.family == Gru && chosen.trials.is_empty());
        let error = tried(&[Dynamics]).err().expect("nothing is left").to_string();
        assert!(error.contains("expected stretches of at least"), "{error}");
    }

    #[test]
    fn what_a_trial_has_left_comes_back_if_the_chosen_network_stays_behind() {
        let config = FitConfig::new(1.0);
        let ended = |esr: Option<f64>| {
            let best = esr.map(|esr| Look { esr, ..Look::default() });
            let position = Position { best, ..Position::default() };
            Outcome::new(position, Ending::Budget)
        };
        let best = |trials: &[Trial], esr: Option<f64>| {
            still_best(trials, Some(Lstm), &config, &ended(esr)).map(|trial| trial.family)
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
