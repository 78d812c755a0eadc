//! A profile with knobs as one without, at a setting: the knobs' part of every sum goes into weights and biases.

use super::config::{LayerArray, ProfileConfig, RecurrentConfig, WaveNetConfig};
use super::net::Tensors;
use super::wavenet::knob_numbers;
use crate::file::{ModelError, Tensor};
use crate::models::{Architecture, ModelFile};
use std::collections::BTreeMap;

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
    let (config, tensors) = match config {
        ProfileConfig::Recurrent(config) => recurrent(config, file, &knobs)?,
        ProfileConfig::WaveNet(config) => wavenet(config, file, &knobs)?,
        other => {
            return Err(ModelError::Foreign(format!(
                "expected a recurrent network or a WaveNet to bake at a setting, found the family {}, whose knobs are more \
                 than weights",
                other.family()
            )));
        }
    };
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

type Baked = (ProfileConfig, BTreeMap<String, Tensor>);

/// The knobs' rows times the knobs are a constant of the first layer.
fn recurrent(config: &RecurrentConfig, file: &ModelFile, knobs: &[f32]) -> Result<Baked, ModelError> {
    let mut tensors = file.tensors.clone();
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

/// Scales go into the rows of convolution and mixing-in, scales and shifts into the bias.
fn wavenet(config: &WaveNetConfig, file: &ModelFile, knobs: &[f32]) -> Result<Baked, ModelError> {
    let numbers = knob_numbers(config, Tensors { all: &file.tensors, prefix: "" }, knobs)?;
    let mut tensors: BTreeMap<String, Tensor> = file
        .tensors
        .iter()
        .filter(|(name, _)| !name.starts_with("knobs."))
        .map(|(n, t)| (n.clone(), t.clone()))
        .collect();
    let Some(weights) = tensors.get_mut("weights") else {
        return Err(ModelError::MissingTensor { name: "weights".to_owned() });
    };
    let (mut rest, mut numbers) = (&mut weights.data[..], &numbers[..]);
    for array in &config.arrays {
        take(&mut rest, array.channels * array.inputs);
        for layer in 0..array.layers() {
            let (now, later) = numbers.split_at(2 * array.sums(layer));
            bake_layer(array, layer, now, &mut rest);
            numbers = later;
        }
        let bias = if array.head.bias { array.head.outputs } else { 0 };
        take(&mut rest, array.head.outputs * array.skip() * array.head.kernel_size + bias);
    }
    if let ([scale], [knob]) = (rest, numbers) {
        *scale *= 1.0 + knob;
    }
    Ok((ProfileConfig::WaveNet(WaveNetConfig { knobs: None, ..config.clone() }), tensors))
}

/// The next `count` weights. The file was validated: there are as many.
fn take<'a>(rest: &mut &'a mut [f32], count: usize) -> &'a mut [f32] {
    let all = std::mem::take(rest);
    let (head, tail) = all.split_at_mut(count.min(all.len()));
    *rest = tail;
    head
}

fn bake_layer(array: &LayerArray, layer: usize, numbers: &[f32], rest: &mut &mut [f32]) {
    let sums = array.sums(layer);
    let (scales, shifts) = numbers.split_at(sums);
    let scale_rows = |rows: &mut [f32], width: usize| {
        for (row, scale) in rows.chunks_exact_mut(width).zip(scales) {
            row.iter_mut().for_each(|w| *w *= 1.0 + scale);
        }
    };
    let width = array.channels / array.groups * array.kernel_sizes[layer];
    scale_rows(take(rest, sums * width), width);
    for (bias, (scale, shift)) in take(rest, sums).iter_mut().zip(scales.iter().zip(shifts)) {
        *bias = *bias * (1.0 + scale) + shift;
    }
    let width = array.condition / array.groups_mixin;
    scale_rows(take(rest, sums * width), width);
    if let Some(inputs) = array.bottleneck.checked_div(array.layer1x1) {
        take(rest, array.channels * inputs + array.channels);
    }
    if let Some(head) = array.head1x1 {
        take(rest, head.outputs * (array.bottleneck / head.groups) + head.outputs);
    }
}
