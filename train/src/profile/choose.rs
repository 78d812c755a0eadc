//! Which family learns a device: each is tried for a while, the best goes on.

use anyhow::{Context, Result};
use nfx_learn::profile::ProfileLearner;
use serde::{Deserialize, Serialize};

use super::baseline::is_dynamic;
use super::data::Dataset;
use super::family::Family;
use super::fit::{Ending, FitConfig, Monitor, Outcome, Position, Unwatched, fit};

/// Share of the budget that each family gets to show itself in.
const TRIAL: f64 = 0.1;
/// A held-out ESR at which an impulse response is all there is to a device: no network need go on.
const AT_ONCE: f64 = 1e-4;

/// How the choice of a family stands; `state.json` in the folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Figures of the trials that are over.
    pub trials: Vec<(Family, f64)>,
    /// The family that goes on.
    pub chosen: Option<Family>,
}

/// The family that goes on, as its trial has left it.
pub struct Chosen {
    /// Which.
    pub family: Family,
    /// Its network.
    pub learner: Box<dyn ProfileLearner>,
    /// Where it stands, the seconds of all trials counted.
    pub position: Position,
    /// Held-out figures of the trials.
    pub trials: Vec<(Family, f64)>,
}

/// Makes a fresh network of a family.
pub type Make<'a> = &'a dyn Fn(Family) -> Result<Box<dyn ProfileLearner>>;

/// Families for a sound, by what the device does to its input.
pub fn candidates(data: &Dataset) -> Vec<Family> {
    if is_dynamic(data) {
        vec![Family::Dynamics, Family::WaveNet]
    } else if data.knobs.is_empty() {
        vec![Family::WaveNet, Family::Lstm, Family::Linear]
    } else {
        vec![Family::WaveNet, Family::Lstm]
    }
}

/// Whether a family goes on in place of another, by their trials. An impulse response is as good as it will be and a network is not yet:
/// it goes on only where it is all there is.
fn goes_on((family, figure): (Family, f64), held: Option<(Family, f64)>) -> bool {
    let Some((other, least)) = held else { return true };
    let ripe = |family: Family, figure: f64| family != Family::Linear || figure < AT_ONCE;
    match (ripe(family, figure), ripe(other, least)) {
        (true, false) => true,
        (false, true) => false,
        _ => figure < least,
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
    let mut trials = Vec::new();
    let mut best: Option<(Chosen, f64)> = None;
    let mut spent = 0.0;
    for (i, (&family, mut learner)) in families.iter().zip(learners).enumerate() {
        let position = Position { seconds: spent, ..Position::default() };
        let until = (i + 1) as f64 * TRIAL;
        let outcome = fit((config, Some(until)), data, learner.as_mut(), position, monitor)?;
        spent = outcome.position.seconds;
        let figure = outcome.position.best.map_or(f64::INFINITY, |look| look.figure(&config.loss));
        trials.push((family, figure));
        let leads = goes_on((family, figure), best.as_ref().map(|(held, least)| (held.family, *least)));
        monitor.trial((family, figure), learner.as_ref(), outcome.best.as_ref().filter(|_| leads))?;
        if leads {
            best = Some((Chosen { family, learner, position: outcome.position, trials: Vec::new() }, figure));
        }
        if outcome.ending == Ending::Asked {
            break;
        }
    }
    let (chosen, _) = best.context("no family could be tried")?;
    Ok(Chosen { position: Position { seconds: spent, ..chosen.position }, trials, ..chosen })
}

/// Whether the impulse response that was tried is still the best when the training of another family is over.
pub fn stays_best(choice: &Choice, (config, outcome): (&FitConfig, &Outcome)) -> bool {
    let best = outcome.position.best.map(|look| look.figure(&config.loss));
    let tried = choice.trials.iter().find(|(family, _)| *family == Family::Linear);
    choice.chosen != Some(Family::Linear) && tried.is_some_and(|(_, figure)| best.is_none_or(|best| *figure < best))
}

/// Solves the impulse response once more, after the training of another family, unwatched: whoever watched that training keeps
/// its state.
///
/// # Errors
/// When it cannot be made.
pub fn back_to_response(
    make: Make<'_>,
    (config, data): (&FitConfig, &Dataset),
    outcome: &Outcome,
) -> Result<(Box<dyn ProfileLearner>, Outcome)> {
    let mut learner = make(Family::Linear)?;
    let position = Position { seconds: outcome.position.seconds, ..Position::default() };
    let outcome = fit((config, None), data, learner.as_mut(), position, &mut Unwatched)?;
    Ok((learner, outcome))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::fit::Look;

    #[test]
    fn an_impulse_response_gives_way_to_networks_that_are_not_ripe_and_comes_back_if_they_stay_behind() {
        use Family::{Linear, Lstm, WaveNet};
        assert!(goes_on((Linear, 0.5), None) && goes_on((Lstm, 0.6), Some((Linear, 0.01))));
        assert!(!goes_on((Linear, 0.01), Some((Lstm, 0.6))) && goes_on((Linear, 1e-5), Some((Lstm, 0.6))));
        assert!(!goes_on((Lstm, 0.6), Some((Linear, 1e-5))) && goes_on((Lstm, 0.1), Some((WaveNet, 0.2))));
        let config = FitConfig::new(1.0);
        let ended = |esr: Option<f64>| {
            let best = esr.map(|esr| Look { esr, ..Look::default() });
            let position = Position { best, ..Position::default() };
            Outcome { best: None, position, looks: Vec::new(), ending: Ending::Budget }
        };
        let stays = |trials: &[(Family, f64)], chosen: Family, esr: Option<f64>| {
            let choice = Choice { trials: trials.to_vec(), chosen: Some(chosen) };
            stays_best(&choice, (&config, &ended(esr)))
        };
        let trials = [(Lstm, 0.6), (Linear, 0.3)];
        assert!(stays(&trials, Lstm, Some(0.4)) && !stays(&trials, Lstm, Some(0.2)));
        assert!(!stays(&trials, Linear, None) && !stays(&trials[..1], Lstm, None));
    }
}
