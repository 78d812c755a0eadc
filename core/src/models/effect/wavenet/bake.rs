//! A WaveNet at a setting of its knobs, as one without: their part of every sum goes into weights
//! and biases.

use super::super::families::{Baked, ProfileConfig};
use super::super::network::Tensors;
use super::{LayerArray, WaveNetConfig, knob_numbers};
use crate::file::{ModelError, Tensor};
use std::collections::BTreeMap;

/// Scales go into the rows of convolution and mixing-in, scales and shifts into the bias.
pub(super) fn bake(
    config: &WaveNetConfig,
    tensors: &BTreeMap<String, Tensor>,
    knobs: &[f32],
) -> Result<Baked, ModelError> {
    let numbers = knob_numbers(config, Tensors::of(tensors), knobs)?;
    let mut tensors: BTreeMap<String, Tensor> = tensors
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
