//! A profile with knobs as one without, at a setting: the knobs' part of every sum goes into
//! weights and biases.

use super::info::{Effect, ProfileInfo};
use crate::file::ModelError;
use crate::models::{Kind, ModelFile};

/// The same sound without knobs. `values` are in the knobs' own units; missing ones are at their
/// defaults.
///
/// # Errors
/// [`ModelError`] when the file cannot be used, or its family cannot be baked.
pub(super) fn bake(file: &ModelFile, values: &[f32]) -> Result<ModelFile, ModelError> {
    file.validate()?;
    let Effect { network, info } = file.card.effect()?;
    if network.knobs() == 0 {
        return Ok(file.clone());
    }
    let at = |i: usize| values.get(i).copied().unwrap_or(info.knobs[i].default);
    let knobs: Vec<f32> =
        info.knobs.iter().enumerate().map(|(i, knob)| knob.normalised(at(i))).collect();
    let (network, tensors) = network.bake(&file.tensors, &knobs)?;
    let setting: Vec<String> = info
        .knobs
        .iter()
        .enumerate()
        .map(|(i, knob)| format!("{} {}", knob.name, knob.text(at(i))))
        .collect();
    // Its error and its loudness were measured at other settings.
    let info = ProfileInfo { knobs: Vec::new(), esr: None, loudness_db: None, ..info.clone() };
    let mut card = file.card.with(Kind::Effect(Effect { network, info }));
    card.name = format!("{} ({})", card.name, setting.join(", "));
    let baked = ModelFile { card, tensors };
    baked.validate()?;
    Ok(baked)
}
