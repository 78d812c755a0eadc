//! What a dynamics processor promises, whatever it learned.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::setting::{PLAIN, raw};
use super::*;

/// Zeros everywhere, and an exponent of 1.
fn plain_tensors(config: &DynamicsConfig) -> BTreeMap<String, Tensor> {
    let mut tensors: BTreeMap<String, Tensor> = config
        .tensor_shapes()
        .into_iter()
        .map(|(name, shape)| (name, Tensor { data: vec![0.0; shape.iter().product()], shape }))
        .collect();
    tensors.get_mut("level.exponent").unwrap().data[0] = 1.0;
    tensors
}

/// A compressor by hand: threshold by the first knob, the rest fixed.
pub(super) fn compressor(knobs: usize) -> Arc<DynamicsModel> {
    let config = DynamicsConfig { knobs, hidden: 0, hinges: 1 };
    let mut tensors = plain_tensors(&config);
    let bias = &mut tensors.get_mut("knobs.out.bias").unwrap().data;
    // Times: the logarithm of e^(3o) samples; the level follows at once, the gain within 100 and
    // 1,000 samples.
    bias[raw::RISE] = -5.0;
    bias[raw::FALL] = -5.0;
    bias[raw::DOWN] = 100f32.ln() / raw::TIME_SCALE;
    bias[raw::UP] = 1000f32.ln() / raw::TIME_SCALE;
    bias[PLAIN + 1] = -0.75;
    bias[PLAIN + 2] = -5.0;
    if knobs > 0 {
        tensors.get_mut("knobs.skip.weight").unwrap().data[PLAIN] = 1.0;
    }
    DynamicsModel::new(&config, &tensors).unwrap()
}

fn noise(frames: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    (0..frames)
        .map(|i| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let swell = 0.5 + 0.5 * (i as f32 * 0.002).sin();
            swell * ((state >> 8) as f32 / (1u32 << 23) as f32 - 1.0)
        })
        .collect()
}

fn play(
    model: &Arc<DynamicsModel>,
    sound: &[Vec<f32>; 2],
    blocks: &[usize],
    link: f32,
) -> [Vec<f32>; 2] {
    let mut state = DynamicsState::new(model, 2);
    let mut out = [vec![0.0; sound[0].len()], vec![0.0; sound[0].len()]];
    let (mut at, mut k) = (0, 0);
    while at < sound[0].len() {
        // Blocks may not cross a round: the knobs change there.
        let most = (64 - at % 64).min(sound[0].len() - at);
        let n = blocks[k % blocks.len()].min(most);
        k += 1;
        let knob = ((at / 64) as f32 * 0.05).sin();
        let [left, right] = &mut out;
        let mut block = DynamicsSound {
            input: [&sound[0][at..at + n], &sound[1][at..at + n]],
            side: None,
            output: [&mut left[at..at + n], &mut right[at..at + n]],
            link,
        };
        state.process(&mut block, &[knob]);
        at += n;
    }
    out
}

#[test]
fn any_partition_gives_the_same_bits() {
    let model = compressor(1);
    let sound = [noise(3000, 1), noise(3000, 2)];
    let whole = play(&model, &sound, &[64], 0.5);
    for blocks in [&[1][..], &[7, 64, 3], &[33, 31]] {
        assert!(play(&model, &sound, blocks, 0.5) == whole, "blocks of {blocks:?}");
    }
}

#[test]
fn a_steady_level_is_turned_down_as_the_curve_says() {
    let model = compressor(0);
    let mut state = DynamicsState::new(&model, 1);
    let input = vec![0.5f32; 20_000];
    let mut output = vec![0.0; input.len()];
    let mut block = DynamicsSound {
        input: [&input, &[]],
        side: None,
        output: [&mut output, &mut []],
        link: 0.0,
    };
    state.process(&mut block, &[]);
    let got = 20.0 * (output[19_999] / 0.5).log10();
    // 23.98 dB above the bend at -30 dB, three quarters of it taken away.
    assert!((got + 0.75 * (20.0 * 0.5f32.log10() + 30.0)).abs() < 0.01, "{got} dB");
    assert!((state.gain_db() - got).abs() < 1e-3);
    assert!((model.curve_db(&[], 20.0 * 0.5f32.log10()) - got).abs() < 0.01);
    // After 100 samples the gain has gone 1 - 1/e of its way.
    let early = 20.0 * (output[99] / 0.5).log10();
    assert!((early / got - 0.632).abs() < 0.01, "{early} of {got} dB");
}

#[test]
fn reset_equals_fresh_and_silence_stays_silence() {
    let model = compressor(1);
    let input = noise(1000, 5);
    let run = |state: &mut DynamicsState| {
        let mut output = vec![0.0; input.len()];
        let mut block = DynamicsSound {
            input: [&input, &[]],
            side: None,
            output: [&mut output, &mut []],
            link: 0.0,
        };
        state.process(&mut block, &[0.3]);
        output
    };
    let mut state = DynamicsState::new(&model, 1);
    let first = run(&mut state);
    assert!(run(&mut state) != first);
    state.reset();
    assert!(run(&mut state) == first);
    let silence = vec![0.0; 500];
    let mut output = vec![1.0; 500];
    let mut block = DynamicsSound {
        input: [&silence, &[]],
        side: None,
        output: [&mut output, &mut []],
        link: 0.0,
    };
    state.process(&mut block, &[0.3]);
    assert!(output.iter().all(|y| *y == 0.0));
}

#[test]
fn silence_leaves_the_same_memories_as_sample_by_sample() {
    let model = compressor(1);
    let loud = noise(3_000, 5);
    let after = noise(2_000, 9);
    // A side chain that whispers at the other channel keeps the first from being waited through.
    let whisper: Vec<f32> = (0..20_000).map(|i| 1e-9 * (1.0 + (i % 3) as f32)).collect();
    let run = |other: &[f32]| {
        let mut state = DynamicsState::new(&model, 2);
        let mut played = Vec::new();
        let mut step = |left: &[f32], right: &[f32], at: usize| {
            for (i, (left, right)) in left.chunks(64).zip(right.chunks(64)).enumerate() {
                let mut out = [vec![0.0; left.len()], vec![0.0; left.len()]];
                let [a, b] = &mut out;
                let mut block =
                    DynamicsSound { input: [left, right], side: None, output: [a, b], link: 0.0 };
                // The knob rests for a while, moves, and rests again.
                let knob = if (at / 64 + i) % 100 < 40 { 0.2 } else { -0.4 };
                state.process(&mut block, &[knob]);
                played.extend_from_slice(&out[0]);
            }
        };
        step(&loud[..2_944], &loud[..2_944], 0);
        step(&vec![0.0; 19_968], &other[..19_968], 2_944);
        step(&after, &after, 22_912);
        played
    };
    let (waited, plain) = (run(&vec![0.0; 20_000]), run(&whisper));
    assert!(waited.iter().zip(&plain).all(|(a, b)| a.to_bits() == b.to_bits()));
}

#[test]
fn hostile_input_leaves_finite_output() {
    let model = compressor(1);
    let input =
        [f32::NAN, f32::INFINITY, -f32::INFINITY, f32::MAX, 1e-42, -1e30, 0.0, 1.0].repeat(100);
    let mut state = DynamicsState::new(&model, 1);
    let mut output = vec![0.0; input.len()];
    let mut block = DynamicsSound {
        input: [&input, &[]],
        side: None,
        output: [&mut output, &mut []],
        link: 1.0,
    };
    state.process(&mut block, &[f32::NAN]);
    assert!(output.iter().all(|y| y.is_finite()));
    assert!(state.gain_db().is_finite());
}

#[test]
fn linked_channels_share_the_gain_of_the_louder_and_the_side_chain_rules_alone() {
    let model = compressor(0);
    let sound = [vec![0.9f32; 6000], vec![0.01f32; 6000]];
    let linked = play(&model, &sound, &[64], 1.0);
    let (left, right) = (linked[0][5999] / 0.9, linked[1][5999] / 0.01);
    assert!((left - right).abs() < 1e-6 && left < 0.2, "{left} {right}");
    let free = play(&model, &sound, &[64], 0.0);
    assert!(free[1][5999] / 0.01 > 0.99);

    let mut state = DynamicsState::new(&model, 1);
    let (input, side) = (vec![0.01f32; 6000], vec![0.9f32; 6000]);
    let mut output = vec![0.0; 6000];
    let mut block = DynamicsSound {
        input: [&input, &[]],
        side: Some([&side, &[]]),
        output: [&mut output, &mut []],
        link: 0.0,
    };
    state.process(&mut block, &[]);
    assert!((output[5999] / 0.01 - left).abs() < 1e-6);
}

#[test]
fn a_turned_knob_moves_the_gain_without_a_step() {
    // The level and the gain follow at once here, so whatever the knob does is heard at once.
    let config = DynamicsConfig { knobs: 1, hidden: 0, hinges: 1 };
    let mut tensors = plain_tensors(&config);
    let bias = &mut tensors.get_mut("knobs.out.bias").unwrap().data;
    bias[..4].fill(-6.0);
    bias[PLAIN + 1] = -1.0;
    tensors.get_mut("knobs.skip.weight").unwrap().data[PLAIN] = 1.0;
    let model = DynamicsModel::new(&config, &tensors).unwrap();
    let mut state = DynamicsState::new(&model, 1);
    let input = vec![0.5f32; 64];
    let mut last = None;
    for round in 0..20 {
        let mut output = vec![0.0; 64];
        let knob = if round < 5 { -1.0 } else { 1.0 };
        let mut block = DynamicsSound {
            input: [&input, &[]],
            side: None,
            output: [&mut output, &mut []],
            link: 0.0,
        };
        state.process(&mut block, &[knob]);
        for y in output {
            // 60 dB within 64 samples: about 1 dB for each.
            assert!(last.is_none_or(|before: f32| (20.0 * (y / before).log10()).abs() < 1.2));
            last = Some(y);
        }
    }
}

#[test]
fn what_cannot_be_a_model_is_refused_with_a_sentence() {
    let good = DynamicsConfig::with_knobs(4);
    assert!(good.validate().is_ok());
    for bad in [
        DynamicsConfig { knobs: 9, ..good },
        DynamicsConfig { hinges: 0, ..good },
        DynamicsConfig { hinges: 9, ..good },
        DynamicsConfig { hidden: 257, ..good },
    ] {
        let sentence = bad.validate().unwrap_err().to_string();
        assert!(sentence.contains("expected") && sentence.contains("found"), "{sentence}");
    }
    assert!(matches!(
        DynamicsModel::new(&good, &BTreeMap::new()),
        Err(ModelError::MissingTensor { .. })
    ));
}
