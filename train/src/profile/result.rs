//! What a run leaves: the best of what was trained and tried; or a simpler answer, where that comes
//! nearer to the device.

use std::path::Path;

use anyhow::{Result, bail};
use nfx_core::file::Tensor;
use nfx_core::models::ModelFile;
use nfx_core::models::effect::LinearConfig;
use nfx_learn::Tensors;
use nfx_learn::effect::export::PARITY;
use nfx_learn::effect::loss::{LossConfig, emphasised_esr, esr};
use nfx_learn::effect::{ProfileLearner, families};

use super::baseline::{Baselines, Simple};
use super::choose::{Choice, Make, Trial, still_best};
use super::data::{Dataset, Stretch};
use super::family::Family;
use super::fit::{FitConfig, Look, Outcome, evaluate};
use super::measure::{EMPHASIS, ratio_text};
use super::probe::Probe;
use super::progress::say;

/// Seconds of each recording that the simple answers are fitted on, at most.
const FIT_S: f64 = 60.0;
/// A simple answer has to be nearer by this factor than a less simple one; and no word is lost
/// where both are this near.
const NEARER: f64 = 0.98;
const NEAR_ENOUGH: f64 = 1e-6;

/// What the model file is made of.
pub struct Left {
    /// The network, at its best weights.
    pub learner: Box<dyn ProfileLearner>,
    /// The family that it is of.
    pub family: Option<Family>,
    /// Its ESR on the part that is chosen by.
    pub validation_esr: Option<f64>,
    /// What the musician is to know of it.
    pub advice: Option<String>,
}

/// A run at its end.
pub struct Ended<'a> {
    /// How it was trained.
    pub config: &'a FitConfig,
    /// The sound.
    pub data: &'a Dataset,
    /// The family that went on.
    pub choice: &'a Choice,
    /// What the trials have left.
    pub trials: &'a [Trial],
    /// What the training of the chosen family gave.
    pub outcome: &'a Outcome,
    /// Whether the family was left to us.
    pub free: bool,
}

/// The best of what was trained, or the simple answer that is nearer on the part that is chosen by:
/// the part to be judged by decides nothing. `trained` is the learner of the family that went on,
/// and the best weights that it has left, if there are any.
///
/// # Errors
/// When nothing was trained that can be played, and the device has knobs, which no simple answer
/// has.
pub fn settle(
    ended: &Ended<'_>,
    make: Make<'_>,
    learner: Box<dyn ProfileLearner>,
    best: Option<Tensors>,
) -> Result<Left> {
    let data = ended.data;
    let trained = best_trained(ended, make, learner, best)?;
    let mut answers = if data.knobs.is_empty() { answers(data)? } else { Vec::new() };
    let esrs: Vec<f64> = answers.iter().map(|(_, _, esr)| *esr).collect();
    let judged = |learner: &mut dyn ProfileLearner| {
        Ok::<f64, anyhow::Error>(evaluate(learner, data, &data.test)?.esr)
    };
    let nearest = |than: f64| {
        let (mut least, mut found) = (than, None);
        for (i, esr) in esrs.iter().enumerate() {
            if least > NEAR_ENOUGH && *esr < NEARER * least {
                (least, found) = (*esr, Some(i));
            }
        }
        found
    };
    let Some((mut learner, family, validation_esr)) = trained else {
        let none = "no step of the training gave a network whose real-time form plays the same: it was unstable. Try a smaller \
                    --learning-rate, or another --family";
        let Some(found) = nearest(f64::INFINITY) else { bail!("{none}; no model file was made") };
        let (answer, mut learner, esr) = answers.swap_remove(found);
        let held_out = ratio_text(judged(learner.as_mut())?);
        let advice = format!(
            "In the meantime the model file holds {answer} (held-out ESR {held_out}): {none}."
        );
        let family = Some(Family::Linear);
        return Ok(Left { learner, family, validation_esr: Some(esr), advice: Some(advice) });
    };
    let words = words(learner.as_ref());
    if !data.knobs.is_empty() {
        let advice =
            with_knobs(&super::baseline::baselines(data), judged(learner.as_mut())?, &words);
        return Ok(Left { learner, family, validation_esr, advice });
    }
    let have = evaluate(learner.as_mut(), data, &data.validation)?.esr;
    let Some(found) = nearest(have) else {
        return Ok(Left { learner, family, validation_esr, advice: None });
    };
    let (answer, simple, esr) = answers.swap_remove(found);
    let nearer = format!(
        "On the sound that is chosen by, {answer} (ESR {}) comes nearer to the device than the {words} that was trained (ESR {})",
        ratio_text(esr),
        ratio_text(have)
    );
    Ok(if ended.free {
        let advice =
            format!("{nearer}: the model file holds {answer}. A longer training may do better.");
        Left {
            learner: simple,
            family: Some(Family::Linear),
            validation_esr: Some(esr),
            advice: Some(advice),
        }
    } else {
        let advice = format!(
            "{nearer}: train longer, or leave --family away, and the better one is kept. The model file holds the {words}."
        );
        Left { learner, family, validation_esr, advice: Some(advice) }
    })
}

/// A network that plays, its family where that was chosen, and its ESR on the part that is chosen
/// by.
type Trained = (Box<dyn ProfileLearner>, Option<Family>, Option<f64>);

/// The best by the part that is chosen by, of what can be played.
fn best_trained(
    ended: &Ended<'_>,
    make: Make<'_>,
    mut learner: Box<dyn ProfileLearner>,
    best: Option<Tensors>,
) -> Result<Option<Trained>> {
    let plays = |learner: &mut dyn ProfileLearner| {
        let probe = Probe::new(ended.data, learner.remembers());
        probe.parity(learner, ended.data).is_ok_and(|parity| parity <= PARITY)
    };
    let mut outcome = ended.outcome.clone();
    // Without a look that counts, its own trial is as good as any other.
    let chosen = outcome.position.best.and(ended.choice.chosen);
    let mut trials = ended.trials.to_vec();
    while let Some(trial) = still_best(&trials, chosen, ended.config, &outcome) {
        let family = trial.family;
        let mut tried = make(family)?;
        if let Some((look, tensors)) = &trial.best {
            tried.set_tensors(tensors)?;
            if plays(tried.as_mut()) {
                say(
                    "train",
                    &format!("the {} of the trial is still the best", words(tried.as_ref())),
                );
                return Ok(Some((tried, Some(family), Some(look.esr))));
            }
        }
        trials.retain(|trial| trial.family != family);
    }
    if let Some(best) = best {
        learner.set_tensors(&best)?;
        if plays(learner.as_mut()) {
            return Ok(Some((
                learner,
                ended.choice.chosen,
                outcome.position.best.map(|look| look.esr),
            )));
        }
    }
    if outcome.position.best.take().is_none() {
        return Ok(None);
    }
    // What it was measured by cannot be played: one of the trials has to do.
    best_trained(&Ended { outcome: &outcome, ..*ended }, make, learner, None)
}

/// What was trained, in words.
fn words(learner: &dyn ProfileLearner) -> String {
    learner.config().words().to_owned()
}

fn with_knobs(baselines: &Baselines, have: f64, words: &str) -> Option<String> {
    let names = ["a static gain", "a straight line", "a linear filter"];
    let figures = [baselines.gain, baselines.affine, baselines.linear];
    let (name, figure) = names.into_iter().zip(figures).min_by(|a, b| a.1.total_cmp(&b.1))?;
    (have > NEAR_ENOUGH && figure < NEARER * have).then(|| {
        format!(
            "On the held-out part {name} for each setting (ESR {}) comes nearer to the device than the {words} that was trained (ESR \
             {}), but has no knobs: the model file holds the {words}. A longer training may do better.",
            ratio_text(figure),
            ratio_text(have)
        )
    })
}

/// A simple answer: its name, itself, and its ESR on the part that is chosen by.
type Answer = (&'static str, Box<dyn ProfileLearner>, f64);

/// The simple answers as models, the simplest first.
fn answers(data: &Dataset) -> Result<Vec<Answer>> {
    let (x, y) = sounds(data, &data.train);
    let simple = Simple::fit(&x, &y);
    let taps = |taps: &[f64]| taps.iter().map(|h| *h as f32).collect::<Vec<f32>>();
    let (slope, offset) = simple.affine;
    let all = [
        ("the best static gain", taps(&[simple.gain]), false),
        ("the best straight line", taps(&[slope, offset]), true),
        ("the best linear filter", taps(&simple.response), false),
    ];
    let mut out = Vec::new();
    for (name, weights, bias) in all {
        if weights.iter().any(|w| !w.is_finite()) || weights.is_empty() {
            continue;
        }
        let config = LinearConfig { receptive_field: weights.len() - usize::from(bias), bias };
        let mut learner = families::learner(&config.into(), LossConfig::default(), 0)?;
        let tensor = Tensor { shape: vec![weights.len()], data: weights };
        learner.set_tensors(&Tensors::from([("weights".to_owned(), tensor)]))?;
        let esr = evaluate(learner.as_mut(), data, &data.validation)?.esr;
        out.push((name, learner, esr));
    }
    Ok(out)
}

/// Input and target of stretches, one after the other, up to [`FIT_S`] of each recording.
fn sounds(data: &Dataset, stretches: &[Stretch]) -> (Vec<f32>, Vec<f32>) {
    let most = (FIT_S * data.rate_hz) as usize;
    let mut taken = vec![0usize; data.recordings.len()];
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for s in stretches {
        let r = &data.recordings[s.recording];
        let until = s.until.min(s.from + most.saturating_sub(taken[s.recording]));
        taken[s.recording] += until - s.from;
        x.extend_from_slice(&r.input[s.from..until]);
        y.extend_from_slice(&r.target[s.from..until]);
    }
    (x, y)
}

/// The figure of the best static gain of each recording on the part to choose by.
pub fn gain_figure(data: &Dataset, loss: &LossConfig) -> f64 {
    let mut look = Look::default();
    let mut count = 0.0f64;
    for i in 0..data.recordings.len() {
        let of = |list: &[Stretch]| {
            list.iter().filter(|s| s.recording == i).copied().collect::<Vec<Stretch>>()
        };
        let (held, mut from) = (of(&data.validation), of(&data.train));
        if held.is_empty() {
            continue;
        }
        if from.is_empty() {
            from.clone_from(&held);
        }
        let (x, y) = sounds(data, &from);
        let dot = |a: &[f32], b: &[f32]| {
            a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>()
        };
        let gain = dot(&x, &y) / dot(&x, &x).max(1e-20);
        let (mut x, y) = sounds(data, &held);
        x.iter_mut().for_each(|x| *x = (gain * f64::from(*x)) as f32);
        look.esr += esr(&x, &y);
        look.emphasised += emphasised_esr(&x, &y, EMPHASIS);
        count += 1.0;
    }
    look.figure(loss) / count.max(1.0)
}

/// How the file of a trial's weights is called in the run's folder.
pub fn trial_file(family: Family) -> String {
    format!("trial-{}.safetensors", family.name())
}

/// What an earlier call's trials have left in a folder. What cannot be read is not there.
pub fn read_trials(folder: &Path, choice: &Choice) -> Vec<Trial> {
    let tensors = |family: Family| {
        let bytes = std::fs::read(folder.join(trial_file(family))).ok()?;
        Some(ModelFile::from_bytes(&bytes).ok()?.tensors)
    };
    let look =
        |family: Family| choice.looks.iter().find(|(f, _)| *f == family).map(|(_, look)| *look);
    let trial = |&(family, figure): &(Family, f64)| Trial {
        family,
        figure,
        best: look(family).zip(tensors(family)),
    };
    choice.trials.iter().map(trial).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::data::{Part, tests::recording};
    use crate::profile::fit::Position;
    use crate::training_loop::Ending;

    #[test]
    fn the_simpler_answer_is_chosen_by_the_part_that_is_chosen_by() {
        // Twice the sound, but three times in the part to be judged by.
        let mut recordings: Vec<_> = (0..3).map(|seed| recording(3.0, seed)).collect();
        for (r, part) in recordings.iter_mut().zip([Part::Train, Part::Validation, Part::Test]) {
            r.part = Some(part);
        }
        recordings[2].target.iter_mut().for_each(|y| *y *= 1.5);
        let data = Dataset::new(recordings, Vec::new(), 8_000.0, 0).expect("data");
        let config = LinearConfig { receptive_field: 1, bias: false }.into();
        let mut learner = families::learner(&config, LossConfig::default(), 0).expect("made");
        let thrice =
            Tensors::from([("weights".to_owned(), Tensor { shape: vec![1], data: vec![3.0] })]);
        learner.set_tensors(&thrice).expect("taken");
        let look = evaluate(learner.as_mut(), &data, &data.validation).expect("look");
        let position = Position { best: Some(look), ..Position::default() };
        let outcome = Outcome::new(position, Ending::Budget);
        let (config, choice) = (FitConfig::new(1.0), Choice::default());
        let ended = Ended {
            config: &config,
            data: &data,
            choice: &choice,
            trials: &[],
            outcome: &outcome,
            free: true,
        };
        let none = |_: Family| bail!("none is made");
        let left = settle(&ended, &none, learner, Some(thrice)).expect("an answer");
        let weights = &left.learner.tensors().expect("weights")["weights"].data;
        assert!(weights.len() == 1 && (weights[0] - 2.0).abs() < 1e-3, "{weights:?}");
        assert!(left.validation_esr.is_some_and(|esr| esr < 1e-6) && left.advice.is_some());
    }
}
