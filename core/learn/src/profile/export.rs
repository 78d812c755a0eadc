//! From a learner to a model file, with the check that the real-time form plays the same.

use std::sync::Arc;

use nfx_core::model::{ModelCard, ModelFile};
use nfx_core::profile::{CHUNK, ProfileBlock, ProfileInfo, ProfileModel};

use super::ProfileLearner;
use crate::LearnError;

/// Largest difference between the trained and the real-time form, relative to the norm of the output.
///
/// Both compute in single precision in other orders; a recurrent network carries the difference on. The loudest difference of
/// networks trained so far was a few times 1e-6.
pub const PARITY: f32 = 1e-4;

/// What a model makes of a sound in real time, in blocks: as long as the input, the model's latency taken away. `values` are
/// its knobs in their own units.
pub fn play(model: &Arc<ProfileModel>, input: &[f32], side: Option<&[f32]>, values: &[f32]) -> Vec<f32> {
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

/// Difference between what a learner predicts and what its model file plays, relative to the norm of the former, over a sound at
/// a setting of the knobs (−1 to 1).
///
/// # Errors
/// When the file cannot be played or the sound does not fit.
pub fn parity(
    learner: &mut dyn ProfileLearner,
    file: &ModelFile,
    (input, knobs): (&[f32], &[f32]),
) -> Result<f32, LearnError> {
    let model = ProfileModel::from_file(file)?;
    let values: Vec<f32> = model.info().knobs.iter().zip(knobs).map(|(k, x)| k.value(*x)).collect();
    // Silence first: the real-time form is settled at the knobs' defaults, and what it remembers of that has to pass.
    let lead = model.warm_up_samples();
    let mut sound = vec![0.0; lead];
    sound.extend_from_slice(input);
    let played = play(&model, &sound, None, &values).split_off(lead);
    let trained = learner.predict(&sound, None, knobs)?.split_off(lead);
    let norm = |x: &mut dyn Iterator<Item = f32>| x.map(|v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
    let apart = norm(&mut played.iter().zip(&trained).map(|(a, b)| a - b));
    Ok((apart / norm(&mut trained.iter().copied()).max(1e-6)) as f32)
}

/// The model file of what a learner has learned. `sounds` are what both forms are compared on, each with a setting of the
/// knobs (−1 to 1).
///
/// # Errors
/// [`LearnError::Parity`] when the real-time form plays something else; or when the description does not fit the network.
pub fn export(
    learner: &mut dyn ProfileLearner,
    (name, rate_hz): (&str, f64),
    info: ProfileInfo,
    sounds: &[(&[f32], &[f32])],
) -> Result<ModelFile, LearnError> {
    let card = ModelCard::for_profile(name, rate_hz, learner.config(), info);
    let file = ModelFile { card, tensors: learner.tensors()? };
    file.validate()?;
    for sound in sounds {
        let found = parity(learner, &file, *sound)?;
        // A comparison that gives no number is a disagreement, too.
        if found.is_nan() || found > PARITY {
            return Err(LearnError::Parity { allowed: PARITY, found });
        }
    }
    Ok(file)
}
