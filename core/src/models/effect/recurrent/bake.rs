//! A recurrent network at a setting of its knobs, as one without.

use super::super::families::{Baked, ProfileConfig};
use super::RecurrentConfig;
use crate::file::{ModelError, Tensor};
use std::collections::BTreeMap;

/// The knobs' rows times the knobs are a constant of the first layer.
pub(super) fn bake(
    config: &RecurrentConfig,
    tensors: &BTreeMap<String, Tensor>,
    knobs: &[f32],
) -> Result<Baked, ModelError> {
    let mut tensors = tensors.clone();
    let name = |name: &str| format!("layers.0.{name}");
    let wide = config.cell.gates() * config.hidden;
    let Some(input) = tensors.get_mut(&name("input.weight")) else {
        return Err(ModelError::MissingTensor { name: name("input.weight") });
    };
    let rows = input.data.split_off(config.inputs * wide);
    input.shape = vec![config.inputs, wide];
    let Some(bias) = tensors.get_mut(&name("bias")) else {
        return Err(ModelError::MissingTensor { name: name("bias") });
    };
    for (row, knob) in rows.chunks_exact(wide).zip(knobs) {
        bias.data.iter_mut().zip(row).for_each(|(bias, w)| *bias += w * knob);
    }
    Ok((ProfileConfig::Recurrent(RecurrentConfig { knobs: 0, ..config.clone() }), tensors))
}
