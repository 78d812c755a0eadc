//! Recurrent profiles: against the definition, in any partition, in stereo, after a reset, and with
//! wild weights.

use nfx_core::file::Tensor;
use nfx_core::models::effect::*;
use nfx_core::models::{ModelCard, ModelFile};
use nfx_core::nn::CellKind;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::sync::Arc;

const STFT: StftConfig = StftConfig { fft_size: 2048, hop: 512, window: Window::Hann };

fn random(cell: CellKind, hidden: usize, layers: usize, knobs: usize, skip: bool) -> ModelFile {
    let config = ProfileConfig::Recurrent(RecurrentConfig::new(cell, hidden, layers, knobs, skip));
    let mut file = ModelFile::random(config, STFT, 48_000.0, (hidden * layers + knobs) as u64);
    // He's bound is for ReLU: recurrent weights that large make a chaotic network, which no two
    // roundings agree on.
    for tensor in file.tensors.values_mut() {
        tensor.data.iter_mut().for_each(|w| *w *= 0.4);
    }
    file
}

fn sound(frames: usize, seed: u64) -> Vec<f32> {
    let mut rng = StdRng::seed_from_u64(seed);
    (0..frames).map(|i| 0.5 * (i as f32 * 0.05).sin() + rng.random_range(-0.2..0.2)).collect()
}

/// Plays a signal in pieces of the given sizes, over and over. The knobs are read at every 64th
/// sample.
fn play(
    state: &mut ProfileState,
    input: [&[f32]; 2],
    knobs: impl Fn(usize) -> Vec<f32>,
    sizes: &[usize],
) -> [Vec<f32>; 2] {
    let mut output = [vec![0.0; input[0].len()], vec![0.0; input[0].len()]];
    let (mut at, mut next) = (0, 0);
    while at < input[0].len() {
        let frames = sizes[next % sizes.len()].min(input[0].len() - at).min(64 - at % 64);
        next += 1;
        let [left, right] = &mut output;
        let mut block = ProfileBlock {
            knobs: &knobs(at / 64),
            input: [&input[0][at..at + frames], &input[1][at..at + frames]],
            side: None,
            output: [&mut left[at..at + frames], &mut right[at..at + frames]],
            frames,
            link: 0.0,
        };
        state.process(&mut block);
        at += frames;
    }
    output
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The definition in double precision: half a second of silence, then the signal, knobs at rest.
fn oracle(file: &ModelFile, config: &RecurrentConfig, input: &[f32], knobs: &[f32]) -> Vec<f64> {
    let t = |name: String| -> &Tensor { &file.tensors[&name] };
    let (h, gates) = (config.hidden, config.cell.gates());
    let mut states = vec![(vec![0.0f64; h], vec![0.0f64; h]); config.layers];
    let mut out = Vec::new();
    let silence = vec![0.0f32; 24_000];
    for &sample in silence.iter().chain(input) {
        let mut x: Vec<f64> =
            std::iter::once(&sample).chain(knobs).map(|&v| f64::from(v)).collect();
        for (layer, (state, cell)) in states.iter_mut().enumerate() {
            let product = |name: &str, v: &[f64]| -> Vec<f64> {
                let w = &t(format!("layers.{layer}.{name}.weight")).data;
                (0..gates * h)
                    .map(|o| {
                        v.iter().enumerate().map(|(i, v)| v * f64::from(w[i * gates * h + o])).sum()
                    })
                    .collect()
            };
            let (a, b) = (product("input", &x), product("hidden", state));
            let bias: Vec<f64> =
                t(format!("layers.{layer}.bias")).data.iter().map(|&b| f64::from(b)).collect();
            for u in 0..h {
                let sum = |g: usize| a[g * h + u] + b[g * h + u] + bias[g * h + u];
                if config.cell == CellKind::Lstm {
                    cell[u] = sigmoid(sum(1)) * cell[u] + sigmoid(sum(0)) * sum(2).tanh();
                    state[u] = sigmoid(sum(3)) * cell[u].tanh();
                } else {
                    let inner =
                        b[2 * h + u] + f64::from(t(format!("layers.{layer}.hidden.bias")).data[u]);
                    let new = (a[2 * h + u] + bias[2 * h + u] + sigmoid(sum(0)) * inner).tanh();
                    state[u] = (1.0 - sigmoid(sum(1))) * new + sigmoid(sum(1)) * state[u];
                }
            }
            x = state.clone();
        }
        let head = &t("head.weight".to_owned()).data;
        let y: f64 = x.iter().zip(head).map(|(x, &w)| x * f64::from(w)).sum::<f64>()
            + f64::from(t("head.bias".to_owned()).data[0]);
        out.push(y + if config.skip { f64::from(sample) } else { 0.0 });
    }
    out.split_off(silence.len())
}

#[test]
fn every_form_agrees_with_the_definition() {
    for cell in [CellKind::Lstm, CellKind::Gru] {
        for (hidden, layers, knobs, skip) in [
            (1, 1, 0, false),
            (8, 1, 2, true),
            (16, 1, 0, false),
            (20, 2, 1, false),
            (32, 1, 3, true),
            (40, 3, 0, true),
        ] {
            let file = random(cell, hidden, layers, knobs, skip);
            let model = ProfileModel::from_file(&file).unwrap();
            let input = sound(700, 3);
            // Knobs of 0 to 1 in the middle are told as 0.
            let at: Vec<f32> = (0..knobs).map(|k| 0.25 * k as f32 - 0.3).collect();
            let values: Vec<f32> = at.iter().map(|n| 0.5 * n + 0.5).collect();
            let mut start = file.clone();
            let info = &mut start.card.effect_mut().unwrap().info;
            info.knobs.iter_mut().zip(&values).for_each(|(knob, &v)| knob.default = v);
            let settled = ProfileModel::from_file(&start).unwrap();
            let mut state = settled.state(1, 0);
            let got = play(&mut state, [&input, &input], |_| values.clone(), &[64]);
            let ProfileConfig::Recurrent(config) = model.config() else {
                panic!("{:?}", model.config())
            };
            let want = oracle(&file, config, &input, &at);
            let worst = got[0]
                .iter()
                .zip(&want)
                .map(|(a, b)| (f64::from(*a) - b).abs())
                .fold(0.0, f64::max);
            assert!(worst < 5e-6, "{cell:?} {hidden} x {layers}, {knobs} knobs: {worst}");
        }
    }
}

#[test]
fn any_partition_gives_the_same_bits_also_while_knobs_move() {
    for cell in [CellKind::Lstm, CellKind::Gru] {
        for hidden in [12, 32, 48] {
            let model = ProfileModel::from_file(&random(cell, hidden, 2, 2, false)).unwrap();
            let (left, right) = (sound(1000, 1), sound(1000, 2));
            let knobs =
                |slot: usize| vec![(slot % 5) as f32 / 5.0, if slot > 7 { 1.0 } else { 0.2 }];
            let whole = play(&mut model.state(2, 0), [&left, &right], knobs, &[64]);
            for sizes in [&[1][..], &[37, 27], &[5, 64, 1, 13]] {
                let pieces = play(&mut model.state(2, 0), [&left, &right], knobs, sizes);
                assert!(whole == pieces, "{cell:?} {hidden} {sizes:?}");
            }
        }
    }
}

#[test]
fn stereo_is_two_monos_and_reset_is_a_fresh_state() {
    for cell in [CellKind::Lstm, CellKind::Gru] {
        let model = ProfileModel::from_file(&random(cell, 24, 1, 1, true)).unwrap();
        let (left, right) = (sound(500, 5), sound(500, 6));
        let knobs = |slot: usize| vec![slot as f32 / 9.0];
        let mut both = model.state(2, 0);
        let stereo = play(&mut both, [&left, &right], knobs, &[64]);
        assert!(stereo[0] == play(&mut model.state(1, 0), [&left, &left], knobs, &[64])[0]);
        assert!(stereo[1] == play(&mut model.state(1, 0), [&right, &right], knobs, &[64])[0]);
        assert!(stereo[0] != stereo[1]);
        both.reset();
        assert!(stereo == play(&mut both, [&left, &right], knobs, &[64]));
    }
}

/// Gates squash whatever comes in, and a squashed NaN is a number: states stay finite for every
/// finite weight.
#[test]
fn wild_weights_and_wild_input_leave_finite_output_and_a_state_that_recovers() {
    let wild =
        [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN_POSITIVE / 8.0, -1e30, 0.5];
    for cell in [CellKind::Lstm, CellKind::Gru] {
        for scale in [1.0, 30.0, 1e20, 1e29] {
            let mut file = random(cell, 16, 2, 1, true);
            for tensor in file.tensors.values_mut() {
                tensor.data.iter_mut().for_each(|w| *w = (*w * scale).clamp(f32::MIN, f32::MAX));
            }
            let model = ProfileModel::from_file(&file).unwrap();
            let mut state = model.state(1, 0);
            let input: Vec<f32> = (0..2000).map(|i| wild[i % wild.len()]).collect();
            let output = play(&mut state, [&input, &input], |_| vec![f32::NAN], &[64]);
            assert!(output[0].iter().all(|y| y.is_finite()), "{cell:?} {scale}");
            if scale == 1.0 {
                let silence = vec![0.0; 48_000];
                let tail = play(&mut state, [&silence, &silence], |_| vec![0.5], &[64]);
                let rest = play(&mut model.state(1, 0), [&silence, &silence], |_| vec![0.5], &[64]);
                assert!(
                    (tail[0][47_999] - rest[0][47_999]).abs() < 1e-5,
                    "{cell:?} does not recover"
                );
            }
        }
    }
    let mut file = random(CellKind::Lstm, 16, 1, 0, false);
    file.tensors.get_mut("layers.0.bias").unwrap().data[3] = 1e31;
    let error = ProfileModel::from_file(&file).unwrap_err().to_string();
    assert!(error.contains("at most 1e30"), "{error}");
}

#[test]
fn a_profile_is_stored_and_read_back() {
    let file = random(CellKind::Lstm, 16, 1, 3, false);
    let bytes = file.to_bytes(nfx_core::file::Precision::F32).unwrap();
    assert!(ModelFile::from_bytes(&bytes).unwrap() == file);
    let model = ProfileModel::from_bytes(&bytes).unwrap();
    assert_eq!(
        (model.family(), model.info().knobs.len(), model.sizes(), model.latency_samples()),
        ("LSTM", 3, 1, 0)
    );
    assert_eq!(model.warm_up_samples(), 24_000);
    assert!(!model.uses_side_chain());
    let _: Arc<ProfileModel> = model;
}

#[test]
fn impossible_profiles_are_refused_with_a_sentence() {
    let base = RecurrentConfig::new(CellKind::Lstm, 16, 1, 0, false);
    for bad in [
        RecurrentConfig { hidden: 0, ..base.clone() },
        RecurrentConfig { hidden: 100_000, ..base.clone() },
        RecurrentConfig { layers: 0, ..base.clone() },
        RecurrentConfig { layers: 1000, ..base.clone() },
        RecurrentConfig { knobs: 9, ..base.clone() },
        RecurrentConfig { outputs: 2, ..base.clone() },
    ] {
        let card = ModelCard::for_profile(
            "bad",
            48_000.0,
            ProfileConfig::Recurrent(bad.clone()),
            ProfileInfo::default(),
        );
        let file = ModelFile { card, tensors: Default::default() };
        let error = ProfileModel::from_file(&file).unwrap_err().to_string();
        assert!(error.contains("expected") && error.contains("found"), "{bad:?}: {error}");
    }
    let mut file = random(CellKind::Gru, 8, 1, 2, false);
    file.card.effect_mut().unwrap().info.knobs.pop();
    let error = ProfileModel::from_file(&file).unwrap_err().to_string();
    assert!(error.contains("2 knobs"), "{error}");
}
