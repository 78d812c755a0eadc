//! The real-time form: whole, late by what it says, and the same in blocks of any size.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;

fn noise(n: usize, mut seed: u32) -> Vec<f32> {
    (0..n)
        .map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

/// The transforms that trainings start from; networks whose layers are `bound` wide at random.
fn model(bound: f32) -> Arc<SignalTrainModel> {
    let config = SignalTrainConfig { knobs: 2, transform: 64 };
    let mut tensors: BTreeMap<String, Tensor> = BTreeMap::new();
    for (i, (name, shape)) in config.tensor_shapes().into_iter().enumerate() {
        let count = shape.iter().product();
        let data = noise(count, i as u32 + 5).iter().map(|x| bound * x).collect();
        tensors.insert(name, Tensor { shape, data });
    }
    let (analysis, synthesis) = config.transforms();
    tensors.get_mut("analysis.weight").unwrap().data = analysis;
    tensors.get_mut("synthesis.weight").unwrap().data = synthesis;
    SignalTrainModel::new(&config, &tensors).unwrap()
}

fn play(model: &Arc<SignalTrainModel>, input: &[f32], blocks: &[usize]) -> Vec<f32> {
    let mut state = SignalTrainState::new(model);
    let mut output = vec![0.0; input.len()];
    let (mut at, mut k) = (0, 0);
    while at < input.len() {
        let n = blocks[k % blocks.len()].min(input.len() - at);
        state.process(&input[at..at + n], &mut output[at..at + n], &[0.3, -0.5]);
        at += n;
        k += 1;
    }
    output
}

#[test]
fn with_networks_that_do_nothing_it_is_a_delay() {
    let model = model(0.0);
    let input = noise(2000, 1);
    let output = play(&model, &input, &[64]);
    let late = model.latency_samples();
    assert_eq!(late, 256);
    assert!(output[..late].iter().all(|y| *y == 0.0));
    let worst = input.iter().zip(&output[late..]).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-6, "{worst:e}");
}

#[test]
fn its_transforms_undo_each_other() {
    // A last bias of 1 in the magnitudes' network lets every frame through: the sound comes back,
    // and the input with it.
    let mut model = model(0.0);
    Arc::get_mut(&mut model).unwrap().magnitude.last_mut().unwrap().bias.fill(1.0);
    let input = noise(2000, 2);
    let output = play(&model, &input, &[100]);
    let late = model.latency_samples();
    // The chunk ends where its output ends, so frames beyond its end are missing there: the
    // original's choice. The middle of the output is whole.
    let length = model.config().output();
    for (n, (x, y)) in input.iter().zip(&output[late..]).enumerate().skip(512) {
        if n % length < length / 4 {
            assert!((2.0 * x - y).abs() < 1e-3, "at {n}: {x} and {y}");
        }
    }
}

#[test]
fn any_partition_gives_the_same_bits_and_reset_equals_fresh() {
    let model = model(0.3);
    let input = noise(3000, 3);
    let whole = play(&model, &input, &[3000]);
    assert!(whole.iter().any(|y| *y != 0.0));
    for blocks in [&[1][..], &[64], &[7, 200, 31]] {
        assert!(play(&model, &input, blocks) == whole, "blocks of {blocks:?}");
    }
    let mut state = SignalTrainState::new(&model);
    let mut output = vec![0.0; 3000];
    state.process(&noise(777, 9), &mut output, &[1.0, 1.0]);
    state.reset();
    state.process(&input, &mut output, &[0.3, -0.5]);
    assert!(output == whole);
}

#[test]
fn silence_comes_out_of_silence_and_nothing_breaks_it() {
    let model = model(0.3);
    let mut input = [f32::NAN, f32::INFINITY, -1e30, 1e-42].repeat(100);
    input.resize(3000, 0.0);
    let output = play(&model, &input, &[64]);
    assert!(output.iter().all(|y| y.is_finite()));
    assert!(output[2000..].iter().all(|y| *y == 0.0));
}

#[test]
fn what_cannot_be_a_model_is_refused() {
    for bad in [
        SignalTrainConfig { knobs: 9, transform: 1024 },
        SignalTrainConfig { knobs: 1, transform: 20 },
        SignalTrainConfig { knobs: 1, transform: 8192 },
    ] {
        assert!(bad.validate().is_err(), "{bad:?}");
    }
    let original = SignalTrainConfig::original(4);
    assert_eq!(
        (original.hop(), original.chunk(), original.output(), original.bins()),
        (384, 8192, 2048, 513)
    );
    assert_eq!(original.layers()[original.knob_layer()], [20, 16]);
    assert!(matches!(
        SignalTrainModel::new(&original, &BTreeMap::new()),
        Err(ModelError::MissingTensor { .. })
    ));
}
