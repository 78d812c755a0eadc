//! Losses against sums by hand, starting weights, and small networks that learn.

mod common;

use burn::tensor::Device;
use common::{frames, random, relative};
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_core::nn::Activation;
use nfx_learn::Tensors;
use nfx_learn::spectral::autoencoder::matrix;
use nfx_learn::spectral::cpu::CpuLearner;
use nfx_learn::spectral::init::{Init, PcaStart, start_from_pca, weights};
use nfx_learn::spectral::learner::{Batch, Learner, Optimiser, StepConfig};
use nfx_learn::spectral::loss::Loss;

const STEP: StepConfig = StepConfig {
    loss: Loss::Mse,
    l2: 0.0,
    dropout: 0.0,
    optimiser: Optimiser::Adam,
    variational: None,
};

#[test]
fn losses_equal_sums_by_hand() {
    // Two frames of two bins: errors (1, -2) and (0, 3), targets of norm 5 and 13.
    let target = [3.0f32, 4.0, 5.0, 12.0];
    let predicted = [4.0f32, 2.0, 5.0, 15.0];
    let wanted = [
        (Loss::Mse, (1.0 + 4.0 + 0.0 + 9.0) / 4.0),
        (Loss::Mae, (1.0 + 2.0 + 0.0 + 3.0) / 4.0),
        (Loss::SpectralConvergence, (5f32.sqrt() / 5.0 + 3.0 / 13.0) / 2.0),
    ];
    let device = Device::flex();
    for (loss, want) in wanted {
        let mut gradient = [0.0f32; 4];
        let plain = loss.with_gradient(&predicted, &target, 2, &mut gradient);
        let summed = loss.sum(&predicted, &target, 2) / 2.0;
        let tensor = loss
            .tensor(matrix(&predicted, 2, &device), matrix(&target, 2, &device))
            .into_scalar::<f32>();
        for found in [plain, summed as f32, tensor] {
            assert!((found - want).abs() < 1e-6, "{loss:?}: {found}, by hand {want}");
        }
        for i in 0..4 {
            let mut moved = [predicted; 2];
            moved[0][i] -= 1e-3;
            moved[1][i] += 1e-3;
            let slope =
                (loss.sum(&moved[1], &target, 2) - loss.sum(&moved[0], &target, 2)) / 2.0 / 2e-3;
            // The third value is exact, where the absolute value has no slope.
            assert!(
                (f64::from(gradient[i]) - slope).abs() < 1e-3,
                "{loss:?} by value {i}: {} and {slope}",
                gradient[i]
            );
        }
    }
    // An output of zeros has a spectral convergence of 1 (Colonel 2018, chapter 4).
    let zero = Loss::SpectralConvergence.sum(&[0.0; 4], &target, 2) / 2.0;
    assert!((zero - 1.0).abs() < 1e-9);
}

#[test]
fn starting_weights_have_the_statistics_of_their_kind_and_follow_from_the_seed() {
    let config = AutoencoderConfig::uniform(&[400, 300, 400], Activation::Relu, true);
    let sd = |t: &Tensors| {
        let w = &t["layers.0.weight"].data;
        (w.iter().map(|v| v * v).sum::<f32>() / w.len() as f32).sqrt()
    };
    let thesis = weights(&config, Init::THESIS, 1).expect("weights");
    let largest = thesis["layers.0.weight"].data.iter().fold(0.0f32, |m, v| m.max(v.abs()));
    assert!(largest <= 0.3 && largest > 0.29, "truncated beyond two deviations, found {largest}");
    // A normal distribution cut off at two deviations keeps 0.8796 of its deviation.
    assert!((sd(&thesis) - 0.15 * 0.8796).abs() < 1e-3, "{}", sd(&thesis));
    assert!(
        (sd(&weights(&config, Init::Xavier, 1).expect("weights")) - (2.0f32 / 700.0).sqrt()).abs()
            < 1e-3
    );
    assert!(
        (sd(&weights(&config, Init::He, 1).expect("weights")) - (2.0f32 / 400.0).sqrt()).abs()
            < 1e-3
    );
    assert_eq!(thesis, weights(&config, Init::THESIS, 1).expect("weights"));
    assert_ne!(thesis, weights(&config, Init::THESIS, 2).expect("weights"));
    assert!(thesis["layers.0.bias"].data.iter().all(|v| *v == 0.0));
}

/// Trains on the same frames for a number of steps; the last loss.
fn train(
    config: &AutoencoderConfig,
    step: StepConfig,
    seed: u64,
    steps: u64,
    rate: f64,
) -> (Tensors, f32) {
    let x = frames(config.inputs, 32, &mut random(20));
    let mut learner =
        CpuLearner::new(config, &weights(config, Init::He, seed).expect("weights"), step)
            .expect("learner");
    let mut loss = f32::NAN;
    for n in 0..steps {
        loss = learner
            .step(
                rate,
                Batch { input: &x, target: &x, condition: &[], between: None, draw: (seed, n) },
            )
            .expect("step");
    }
    (learner.tensors().expect("tensors"), loss)
}

#[test]
fn small_networks_learn_with_every_rule_and_loss() {
    let config = AutoencoderConfig::hybrid(24, &[24, 12, 24]);
    for loss in Loss::ALL {
        for (optimiser, rate) in [(Optimiser::Adam, 3e-3), (Optimiser::Sgd { momentum: 0.9 }, 0.3)]
        {
            let step = StepConfig { loss, optimiser, ..STEP };
            let (_, first) = train(&config, step, 1, 1, rate);
            let (_, last) = train(&config, step, 1, 400, rate);
            assert!(last < 0.8 * first, "{loss:?} with {optimiser:?}: from {first} to {last}");
        }
    }
}

#[test]
fn a_seed_gives_the_same_weights_again_and_another_seed_others() {
    let config = AutoencoderConfig::hybrid(24, &[16, 6, 16]);
    let step = StepConfig { dropout: 0.2, ..STEP };
    let (a, _) = train(&config, step, 7, 30, 1e-3);
    assert_eq!(a, train(&config, step, 7, 30, 1e-3).0);
    assert_ne!(a, train(&config, step, 8, 30, 1e-3).0);
}

#[test]
fn l2_shrinks_the_weights() {
    let config = AutoencoderConfig::hybrid(24, &[16, 6, 16]);
    let norm = |t: &Tensors| t.values().flat_map(|t| &t.data).map(|v| v * v).sum::<f32>();
    let plain = norm(&train(&config, STEP, 1, 300, 1e-3).0);
    let held = norm(&train(&config, StepConfig { l2: 1e-2, ..STEP }, 1, 300, 1e-3).0);
    assert!(held < 0.5 * plain, "{held} with L2, {plain} without");
    // Alone, the term takes w to w − rate·2λw with plain descent.
    let sgd = StepConfig { l2: 0.5, optimiser: Optimiser::Sgd { momentum: 0.0 }, ..STEP };
    let config = AutoencoderConfig::uniform(&[3, 2, 3], Activation::Relu, false);
    let mut start = weights(&config, Init::He, 1).expect("weights");
    start.values_mut().flat_map(|t| &mut t.data).for_each(|v| *v = -v.abs());
    let mut learner = CpuLearner::new(&config, &start, sgd).expect("learner");
    learner
        .step(
            0.1,
            Batch {
                input: &[1.0; 3],
                target: &[0.0; 3],
                condition: &[],
                between: None,
                draw: (0, 0),
            },
        )
        .expect("step");
    for (name, t) in learner.tensors().expect("tensors") {
        for (after, before) in t.data.iter().zip(&start[&name].data) {
            assert!((after - 0.9 * before).abs() < 1e-6, "{name}: {before} became {after}");
        }
    }
}

#[test]
fn a_start_from_pca_reconstructs_like_the_pca() {
    // Frames in a plane: two orthonormal directions around a mean.
    let bins = 12;
    let mean: Vec<f32> = (0..bins).map(|i| 0.5 + 0.02 * i as f32).collect();
    let mut components = vec![0.0f32; 2 * bins];
    for i in 0..bins {
        let angle = std::f32::consts::TAU * i as f32 / bins as f32;
        components[i] = angle.cos() * (2.0 / bins as f32).sqrt();
        components[bins + i] = angle.sin() * (2.0 / bins as f32).sqrt();
    }
    let deviations = [0.3f32, 0.1];
    let mut x = Vec::new();
    for n in 0..50 {
        let (a, b) = (0.3 * (n as f32 * 0.7).sin(), 0.1 * (n as f32 * 1.9).cos());
        x.extend((0..bins).map(|i| mean[i] + a * components[i] + b * components[bins + i]));
    }
    for latent in [Activation::Sigmoid, Activation::Tanh, Activation::Linear] {
        let mut config =
            AutoencoderConfig::uniform(&[bins, 8, 2, 8, bins], Activation::LeakyRelu, true);
        config.layers[1].activation = latent;
        config.layers[3].activation = Activation::Linear;
        config.shortcut = true;
        let mut start = weights(&config, Init::He, 3).expect("weights");
        start_from_pca(
            &config,
            &mut start,
            PcaStart { mean: &mean, components: &components, deviations: &deviations },
        )
        .expect("start");
        let mut learner = CpuLearner::new(&config, &start, STEP).expect("learner");
        let found = relative(&learner.predict(&x).expect("predict"), &x);
        let allowed = if latent == Activation::Linear { 1e-5 } else { 0.01 };
        assert!(found < allowed, "{latent:?}: {found:e}");
        let before = learner
            .step(
                1e-3,
                Batch { input: &x, target: &x, condition: &[], between: None, draw: (0, 0) },
            )
            .expect("step");
        let mut after = before;
        (1..200).for_each(|n| {
            after = learner
                .step(
                    1e-3,
                    Batch { input: &x, target: &x, condition: &[], between: None, draw: (0, n) },
                )
                .expect("step")
        });
        assert!(latent == Activation::Linear || after < before, "{before} became {after}");
    }
    let config = AutoencoderConfig::hybrid(bins, &[2]);
    let error = start_from_pca(
        &config,
        &mut Tensors::new(),
        PcaStart { mean: &mean, components: &components, deviations: &deviations },
    )
    .expect_err("no shortcut")
    .to_string();
    assert!(error.contains("expected a network with shortcuts"), "{error}");
}
