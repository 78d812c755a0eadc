//! A profile with knobs as one without, at a setting: the knobs' part of every sum goes into weights and biases.

use crate::file::ModelError;
use crate::models::{Architecture, ModelFile};

/// The same sound without knobs. `values` are in the knobs' own units; missing ones are at their defaults.
///
/// # Errors
/// [`ModelError`] when the file cannot be used, or its family cannot be baked.
pub(super) fn bake(file: &ModelFile, values: &[f32]) -> Result<ModelFile, ModelError> {
    file.validate()?;
    let Architecture::Profile(config) = &file.card.architecture else {
        return Err(ModelError::Config("expected the profile of an effect, found another model".to_owned()));
    };
    if config.knobs() == 0 {
        return Ok(file.clone());
    }
    let info = file.card.profile.clone().unwrap_or_default();
    let at = |i: usize| values.get(i).copied().unwrap_or(info.knobs[i].default);
    let knobs: Vec<f32> = info.knobs.iter().enumerate().map(|(i, knob)| knob.normalised(at(i))).collect();
    let (config, tensors) = config.bake(&file.tensors, &knobs)?;
    let mut card = file.card.clone();
    let setting: Vec<String> =
        info.knobs.iter().enumerate().map(|(i, knob)| format!("{} {}", knob.name, knob.text(at(i)))).collect();
    card.name = format!("{} ({})", card.name, setting.join(", "));
    card.architecture = Architecture::Profile(config);
    // Its error and its loudness were measured at other settings.
    card.profile = Some(super::ProfileInfo { knobs: Vec::new(), esr: None, loudness_db: None, ..info });
    let baked = ModelFile { card, tensors };
    baked.validate()?;
    Ok(baked)
}
