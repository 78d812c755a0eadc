//! The hand-written pass against burn's autodiff and burn's optimisers.

mod common;

use burn::tensor::Device;
use common::{conditions, config, frames, random, relative, tensors, told_config};
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_learn::spectral::autoencoder::Autoencoder;
use nfx_learn::spectral::between::{Bank, Between};
use nfx_learn::spectral::cpu::CpuLearner;
use nfx_learn::spectral::learner::{
    Batch, BurnLearner, Learner, Optimiser, SPREAD_BIAS, SPREAD_WEIGHT, StepConfig, Variational,
    spread,
};
use nfx_learn::spectral::loss::Loss;
use rand::Rng;

const ADAM: Optimiser = Optimiser::Adam;

/// The learner's gradients are those of burn, to `allowed` of the largest one's norm: small gradients
/// of deep layers are sums of large cancelling ones.
fn assert_near(
    cpu: &CpuLearner,
    gradients: &[(String, Vec<f32>)],
    allowed: f32,
    what: &dyn std::fmt::Debug,
) {
    let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|v| v * v).sum::<f32>().sqrt();
    let largest =
        gradients.iter().map(|(_, g)| norm(&mut g.iter().copied())).fold(0.0f32, f32::max);
    for (name, want) in gradients {
        let got = &cpu.parameters().iter().find(|p| p.name == *name).expect("parameter").gradient;
        let error = norm(&mut got.iter().zip(want).map(|(a, b)| a - b));
        assert!(
            error <= allowed * largest.max(1e-12),
            "{name}: {error:e} of {largest:e} with {what:?}"
        );
    }
}

/// Makes a learner with given weights.
type Maker<'a> = &'a dyn Fn(&nfx_learn::Tensors) -> Box<dyn Learner>;

/// The gradients of a burn learner under the names of the tensors.
fn burn_gradients(learner: &BurnLearner, batch: &Batch<'_>) -> (f32, Vec<(String, Vec<f32>)>) {
    let (loss, gradients) = learner.gradients(batch).expect("gradients");
    let net: &Autoencoder = learner.autoencoder().expect("module");
    let mut out = Vec::new();
    for (name, linear) in net.named() {
        let g = gradients.get::<2>(linear.weight.id).expect("gradient");
        out.push((format!("{name}.weight"), g.into_data().try_into_vec::<f32>().expect("values")));
        if let Some(bias) = &linear.bias {
            let g = gradients.get::<1>(bias.id).expect("gradient");
            out.push((
                format!("{name}.bias"),
                g.into_data().try_into_vec::<f32>().expect("values"),
            ));
        }
    }
    (loss, out)
}

#[test]
fn gradients_equal_those_of_autodiff_for_every_topology_and_loss() {
    let mut r = random(10);
    for case in 0..90 {
        let config = config(&mut r);
        let weights = tensors(&config, &mut r);
        // A note's course is of a level behind at least one magnitude.
        let loss = Some(Loss::ALL[case % Loss::ALL.len()])
            .filter(|l| *l != Loss::NoteCourse || config.outputs() > 1);
        let loss = loss.unwrap_or_default();
        let dropout = if case % 2 == 0 { 0.0 } else { 0.3 };
        let step = StepConfig { loss, l2: 0.0, dropout, optimiser: ADAM, variational: None };
        let (input, target) =
            (frames(config.inputs, 7, &mut r), frames(config.outputs(), 7, &mut r));
        let batch = Batch {
            input: &input,
            target: &target,
            condition: &[],
            between: None,
            draw: (3, case as u64),
        };
        let burn = BurnLearner::new(&config, &weights, step, Device::flex()).expect("burn");
        let mut cpu = CpuLearner::new(&config, &weights, step).expect("cpu");
        let (loss_burn, gradients) = burn_gradients(&burn, &batch);
        let loss_cpu = cpu.gradients(&batch).expect("gradients");
        assert!(
            (loss_burn - loss_cpu).abs() <= 2e-6 * loss_burn.abs().max(1e-3),
            "{loss_burn} {loss_cpu}"
        );
        assert_near(&cpu, &gradients, 1e-5, &format_args!("{loss:?} in {config:?}"));
    }
}

#[test]
fn steps_equal_those_of_burns_optimisers() {
    let mut r = random(11);
    let rules = [ADAM, Optimiser::Sgd { momentum: 0.5 }, Optimiser::Sgd { momentum: 0.0 }];
    for (case, optimiser) in rules.into_iter().cycle().take(12).enumerate() {
        let mut config = AutoencoderConfig::hybrid(33, &[20, 6, 20]);
        config.shortcut = case % 2 == 0;
        config.layers[0].bias = true;
        let weights = tensors(&config, &mut r);
        let l2 = if case % 4 < 2 { 0.0 } else { 1e-2 };
        let step = StepConfig { loss: Loss::Mse, l2, dropout: 0.1, optimiser, variational: None };
        let mut burn = BurnLearner::new(&config, &weights, step, Device::flex()).expect("burn");
        let mut cpu = CpuLearner::new(&config, &weights, step).expect("cpu");
        for number in 0..25 {
            let x = frames(33, 8, &mut r);
            let batch =
                Batch { input: &x, target: &x, condition: &[], between: None, draw: (1, number) };
            let rate = if optimiser == ADAM { 1e-2 } else { 1.0 };
            burn.step(rate, batch).expect("burn step");
            cpu.step(rate, batch).expect("cpu step");
        }
        let (a, b) = (cpu.tensors().expect("tensors"), burn.tensors().expect("tensors"));
        for (name, want) in &b {
            let moved = relative(&weights[name].data, &want.data);
            assert!(moved > 1e-4, "{name} has not moved");
            let found = relative(&a[name].data, &want.data);
            assert!(found < 2e-4, "{name}: {found:e} after 25 steps of {optimiser:?}");
        }
    }
}

#[test]
fn gradients_with_conditions_and_drawn_latents_equal_those_of_autodiff() {
    let mut r = random(16);
    for case in 0..120usize {
        let config = if case % 4 == 0 { config(&mut r) } else { told_config(&mut r) };
        let mut weights = tensors(&config, &mut r);
        let variational = (case % 3 > 0).then_some(Variational { beta: 0.3, warmup: 10 });
        if variational.is_some() {
            weights.extend(spread(&config));
            // Some log variances beyond their bounds.
            for name in [SPREAD_WEIGHT, SPREAD_BIAS] {
                let spread = weights.get_mut(name).expect("spread");
                spread.data.iter_mut().for_each(|v| *v = r.random_range(-6.0..3.0));
            }
        }
        let dropout = if case % 2 == 0 { 0.0 } else { 0.3 };
        let step = StepConfig {
            loss: Loss::ALL[case % Loss::ALL.len()],
            l2: 0.0,
            dropout,
            optimiser: ADAM,
            variational,
        };
        let (input, target) =
            (frames(config.inputs, 7, &mut r), frames(config.outputs(), 7, &mut r));
        let told = conditions(&config, 7, &mut r);
        let batch = Batch {
            input: &input,
            target: &target,
            condition: &told,
            between: None,
            draw: (3, case as u64),
        };
        let burn = BurnLearner::new(&config, &weights, step, Device::flex()).expect("burn");
        let mut cpu = CpuLearner::new(&config, &weights, step).expect("cpu");
        let (loss_burn, gradients) = burn_gradients(&burn, &batch);
        let loss_cpu = cpu.gradients(&batch).expect("gradients");
        assert!(
            (loss_burn - loss_cpu).abs() <= 3e-6 * loss_burn.abs().max(1e-3),
            "{loss_burn} {loss_cpu}"
        );
        assert_eq!(gradients.len(), cpu.parameters().len());
        assert_near(&cpu, &gradients, 1e-5, &format_args!("{step:?} in {config:?}"));
    }
}

#[test]
fn gradients_of_midpoints_equal_those_of_autodiff() {
    let mut r = random(18);
    let mut met = 0;
    for case in 0..60u64 {
        let config = config(&mut r);
        let bins = config.inputs;
        let weights = tensors(&config, &mut r);
        let step = StepConfig {
            loss: Loss::Mse,
            l2: 0.0,
            dropout: 0.0,
            optimiser: ADAM,
            variational: None,
        };
        let (input, target, real) =
            (frames(bins, 6, &mut r), frames(bins, 6, &mut r), frames(bins, 20, &mut r));
        let clips: Vec<u32> = (0..20).map(|i| i % 7).collect();
        let bank = Bank::new(&real, &clips, bins);
        let pairs = [[0, 3], [1, 4], [2, 5], [5, 0]];
        let between =
            Between { pairs: &pairs, weight: 0.7, bank: &bank, batch_clips: &[0, 1, 2, 3, 4, 5] };
        let batch = Batch {
            input: &input,
            target: &target,
            condition: &[],
            between: Some(between),
            draw: (3, case),
        };
        let burn = BurnLearner::new(&config, &weights, step, Device::flex()).expect("burn");
        let mut cpu = CpuLearner::new(&config, &weights, step).expect("cpu");
        let (loss_burn, gradients) = burn_gradients(&burn, &batch);
        let loss_cpu = cpu.gradients(&batch).expect("gradients");
        // Two real frames that are equally near, to the last bit, may be told apart by rounding
        // alone.
        if (loss_burn - loss_cpu).abs() > 1e-5 * loss_burn.abs().max(1e-3) {
            continue;
        }
        met += 1;
        assert_near(&cpu, &gradients, 2e-5, &config);
        // The midpoints have their say.
        let alone = cpu.gradients(&Batch { between: None, ..batch }).expect("gradients");
        assert!(loss_cpu > alone, "{loss_cpu} {alone}");
        let between = Some(Between { batch_clips: &[0, 1, 2, 3], ..between });
        assert!(cpu.step(1e-3, Batch { between, ..batch }).is_err());
    }
    assert!(met >= 55, "{met} of 60");
}

#[test]
fn the_warm_up_raises_beta_in_a_line() {
    let v = Variational { beta: 0.5, warmup: 100 };
    assert_eq!([v.at(0), v.at(50), v.at(100), v.at(u64::MAX)], [0.0, 0.25, 0.5, 0.5]);
    assert_eq!(Variational { beta: 0.5, warmup: 0 }.at(0), 0.5);
}

#[test]
fn a_condition_of_another_size_is_refused() {
    let mut r = random(17);
    let config = told_config(&mut r);
    let weights = tensors(&config, &mut r);
    let step =
        StepConfig { loss: Loss::Mse, l2: 0.0, dropout: 0.0, optimiser: ADAM, variational: None };
    let (x, y) = (frames(config.inputs, 2, &mut r), frames(config.outputs(), 2, &mut r));
    let mut cpu = CpuLearner::new(&config, &weights, step).expect("cpu");
    let burn = BurnLearner::new(&config, &weights, step, Device::flex()).expect("burn");
    let batch = Batch { input: &x, target: &y, condition: &[1.0], between: None, draw: (0, 0) };
    if config.condition != 1 {
        assert!(
            cpu.step(1e-3, batch)
                .expect_err("refused")
                .to_string()
                .contains("expected a condition")
        );
        assert!(burn.gradients(&batch).is_err());
    }
    assert!(cpu.predict(&x).expect_err("refused").to_string().contains("expected a condition"));
}

#[test]
fn predictions_equal_those_of_burn() {
    let mut r = random(12);
    for _ in 0..10 {
        let config = told_config(&mut r);
        let weights = tensors(&config, &mut r);
        let told = conditions(&config, 5, &mut r);
        let step = StepConfig {
            loss: Loss::Mse,
            l2: 0.0,
            dropout: 0.5,
            optimiser: ADAM,
            variational: None,
        };
        let x = frames(config.inputs, 5, &mut r);
        let mut burn = BurnLearner::new(&config, &weights, step, Device::flex()).expect("burn");
        let mut cpu = CpuLearner::new(&config, &weights, step).expect("cpu");
        let found = relative(
            &cpu.predict_told(&x, &told).expect("cpu"),
            &burn.predict_told(&x, &told).expect("burn"),
        );
        assert!(found < 1e-5, "{found:e}");
    }
}

#[test]
fn a_restored_optimiser_goes_on_exactly_for_both_learners() {
    let mut r = random(13);
    let config = AutoencoderConfig::hybrid(17, &[9, 4, 9]);
    let weights = tensors(&config, &mut r);
    for optimiser in [ADAM, Optimiser::Sgd { momentum: 0.9 }] {
        let step =
            StepConfig { loss: Loss::Mse, l2: 1e-4, dropout: 0.2, optimiser, variational: None };
        let make: [Maker<'_>; 2] =
            [&|w| Box::new(CpuLearner::new(&config, w, step).expect("cpu")), &|w| {
                Box::new(BurnLearner::new(&config, w, step, Device::flex()).expect("burn"))
            }];
        for make in make {
            let x = frames(17, 6, &mut random(14));
            let batch =
                |n| Batch { input: &x, target: &x, condition: &[], between: None, draw: (9, n) };
            let mut whole = make(&weights);
            for n in 0..10 {
                whole.step(1e-2, batch(n)).expect("step");
            }
            let mut first = make(&weights);
            for n in 0..4 {
                first.step(1e-2, batch(n)).expect("step");
            }
            let mut second = make(&first.tensors().expect("tensors"));
            second.restore(&first.state().expect("state")).expect("restore");
            for n in 4..10 {
                second.step(1e-2, batch(n)).expect("step");
            }
            assert_eq!(
                whole.tensors().expect("tensors"),
                second.tensors().expect("tensors"),
                "{}",
                whole.place()
            );
        }
    }
}

#[test]
fn foreign_states_and_batches_are_refused() {
    let mut r = random(15);
    let config = AutoencoderConfig::hybrid(17, &[9, 4, 9]);
    let weights = tensors(&config, &mut r);
    let step =
        StepConfig { loss: Loss::Mse, l2: 0.0, dropout: 0.0, optimiser: ADAM, variational: None };
    let mut cpu = CpuLearner::new(&config, &weights, step).expect("cpu");
    let mut state = cpu.state().expect("state");
    state.pop();
    for bytes in [&b""[..], b"nfxopt01", &state, &vec![r.random::<u8>(); 900]] {
        let error = cpu.restore(bytes).expect_err("refused").to_string();
        assert!(error.contains("expected") && error.contains("nothing was changed"), "{error}");
    }
    let x = frames(17, 2, &mut r);
    for (input, target) in [(&x[..16], &x[..17]), (&x[..17], &x[..16]), (&x[..0], &x[..0])] {
        let error = cpu
            .step(1e-3, Batch { input, target, condition: &[], between: None, draw: (0, 0) })
            .expect_err("refused")
            .to_string();
        assert!(error.contains("expected a batch"), "{error}");
    }
    assert_eq!(cpu.tensors().expect("tensors"), weights);
}
