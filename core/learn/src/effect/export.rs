//! From a learner to a model file, with the check that the real-time form plays the same.

use std::sync::Arc;

use nfx_core::models::effect::{CHUNK, KnobInfo, ProfileBlock, ProfileInfo, ProfileModel};
use nfx_core::models::{ModelCard, ModelFile};

use super::ProfileLearner;
use crate::LearnError;

/// Largest difference between the trained and the real-time form, relative to the norm of the
/// output.
///
/// Both compute in single precision in other orders; a recurrent network carries the difference on.
/// The loudest difference of networks trained so far was a few times 1e-6. A network that makes
/// more of it is unstable: two computers would not agree on its sound either.
pub const PARITY: f32 = 1e-4;
/// An output quieter than this (RMS, -60 dBFS) is judged as if it were as loud: rounding at -140
/// dBFS is no fault.
const QUIET: f64 = 1e-3;

/// What a model makes of a sound in real time, in blocks: as long as the input, the model's latency
/// taken away. `values` are its knobs in their own units.
pub fn play(
    model: &Arc<ProfileModel>,
    input: &[f32],
    side: Option<&[f32]>,
    values: &[f32],
) -> Vec<f32> {
    let mut state = model.state(1, model.sizes() - 1);
    let latency = model.latency_samples();
    let mut out = Vec::with_capacity(input.len() + latency + CHUNK);
    let silence = [0.0f32; CHUNK];
    let mut block = ([0.0f32; CHUNK], [0.0f32; CHUNK]);
    let mut at = 0;
    while at < input.len() + latency {
        let piece = |of: &[f32], to: &mut [f32; CHUNK]| {
            to.fill(0.0);
            let from = &of[at.min(of.len())..(at + CHUNK).min(of.len())];
            to[..from.len()].copy_from_slice(from);
        };
        piece(input, &mut block.0);
        if let Some(side) = side {
            piece(side, &mut block.1);
        }
        let (mut y, mut other) = ([0.0f32; CHUNK], [0.0f32; CHUNK]);
        state.process(&mut ProfileBlock {
            knobs: values,
            input: [&block.0, &silence],
            side: side.map(|_| [&block.1[..], &silence[..]]),
            output: [&mut y, &mut other],
            frames: CHUNK,
            link: 0.0,
        });
        out.extend_from_slice(&y);
        at += CHUNK;
    }
    out.drain(..latency);
    out.truncate(input.len());
    out
}

/// Difference between what a learner predicts and what its model file plays, relative to the norm
/// of the former, over a sound at a setting of the knobs (−1 to 1).
///
/// # Errors
/// When the file cannot be played or the sound does not fit.
pub fn parity(
    learner: &mut dyn ProfileLearner,
    file: &ModelFile,
    input: &[f32],
    knobs: &[f32],
) -> Result<f32, LearnError> {
    // The real-time form settles in silence with its knobs where they start: both forms hear the
    // same if they start here.
    let mut file = file.clone();
    for (knob, x) in file.card.effect_mut()?.info.knobs.iter_mut().zip(knobs) {
        knob.default = knob.value(*x).clamp(knob.min, knob.max);
    }
    let model = ProfileModel::from_file(&file)?;
    let values: Vec<f32> = model.info().knobs.iter().map(|k| k.default).collect();
    let played = play(&model, input, None, &values);
    let settling = model.warm_up_samples();
    let mut sound = vec![0.0; settling];
    sound.extend_from_slice(input);
    let trained = learner.predict(&sound, None, knobs)?.split_off(settling);
    let norm = |x: &mut dyn Iterator<Item = f32>| {
        x.map(|v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt()
    };
    let apart = norm(&mut played.iter().zip(&trained).map(|(a, b)| a - b));
    Ok((apart / norm(&mut trained.iter().copied()).max(QUIET * (trained.len() as f64).sqrt()))
        as f32)
}

/// The largest [`parity`] of a learner's present weights over sounds, each with a setting of the
/// knobs (−1 to 1). A comparison that gives no number counts as infinite.
///
/// # Errors
/// When the weights make no model, or a sound does not fit.
pub fn worst_parity(
    learner: &mut dyn ProfileLearner,
    rate_hz: f64,
    knobs: &[KnobInfo],
    sounds: &[(&[f32], &[f32])],
) -> Result<f32, LearnError> {
    let info = ProfileInfo { knobs: knobs.to_vec(), ..ProfileInfo::default() };
    let card = ModelCard::for_profile("Probe", rate_hz, learner.config(), info);
    let file = ModelFile { card, tensors: learner.tensors()? };
    worst(learner, &file, sounds)
}

fn worst(
    learner: &mut dyn ProfileLearner,
    file: &ModelFile,
    sounds: &[(&[f32], &[f32])],
) -> Result<f32, LearnError> {
    let mut worst = 0.0f32;
    for (input, knobs) in sounds {
        let found = parity(learner, file, input, knobs)?;
        worst = if found.is_nan() { f32::INFINITY } else { worst.max(found) };
        if worst > PARITY {
            break;
        }
    }
    Ok(worst)
}

/// The model file of what a learner has learned. `sounds` are what both forms are compared on, each
/// with a setting of the knobs (−1 to 1).
///
/// # Errors
/// [`LearnError::Parity`] when the real-time form plays something else; or when the description
/// does not fit the network.
pub fn export(
    learner: &mut dyn ProfileLearner,
    name: &str,
    rate_hz: f64,
    info: ProfileInfo,
    sounds: &[(&[f32], &[f32])],
) -> Result<ModelFile, LearnError> {
    let card = ModelCard::for_profile(name, rate_hz, learner.config(), info);
    let file = ModelFile { card, tensors: learner.tensors()? };
    file.validate()?;
    let found = worst(learner, &file, sounds)?;
    if found > PARITY {
        return Err(LearnError::Parity { allowed: PARITY, found });
    }
    Ok(file)
}
