//! The adjoint held to burn's autodiff, the training form to the real-time form, and learning
//! itself.

use burn::tensor::{Device, Tensor, TensorData};
use nfx_core::models::effect::dynamics::DynamicsConfig;
use nfx_core::models::effect::dynamics::setting::{FLOOR, PER_HINGE, PLAIN, raw};

use super::DynamicsLearner;
use crate::effect::{PairBatch, ProfileLearner};
use crate::{Tensors, noise};

/// Weights with everything in motion: both memories at work, bends where the sound is, an exponent
/// that is not 1.
fn lively(config: &DynamicsConfig) -> Tensors {
    let mut tensors = DynamicsLearner::new(config, 3).unwrap().tensors().unwrap();
    for (i, (name, tensor)) in tensors.iter_mut().enumerate() {
        let add = noise(tensor.data.len(), 77 + i as u32);
        let by = if name == "knobs.out.bias" { 0.2 } else { 0.4 };
        tensor.data.iter_mut().zip(add).for_each(|(w, a)| *w += by * a);
    }
    let bias = &mut tensors.get_mut("knobs.out.bias").unwrap().data;
    bias[..4].copy_from_slice(&[0.4, 0.9, 0.3, 0.8]);
    for j in 0..config.hinges {
        bias[PLAIN + PER_HINGE * j + 1] = -0.3;
    }
    tensors.get_mut("level.exponent").unwrap().data[0] = 1.4;
    tensors
}

/// Loss and gradients of a batch by burn's autodiff, written without a thought for speed.
fn by_burn(config: &DynamicsConfig, tensors: &Tensors, batch: &PairBatch<'_>) -> (f64, Tensors) {
    let device = Device::flex().autodiff();
    let matrix = |data: &[f32], columns: usize| -> Tensor<2> {
        Tensor::from_data(TensorData::new(data.to_vec(), [data.len() / columns, columns]), &device)
    };
    let vars: std::collections::BTreeMap<&str, Tensor<2>> = tensors
        .iter()
        .map(|(name, t)| {
            (name.as_str(), matrix(&t.data, t.shape[t.shape.len() - 1]).require_grad())
        })
        .collect();
    let var = |name: &str| vars[name].clone();
    let knobs = matrix(batch.knobs, config.knobs);
    let units =
        (knobs.clone().matmul(var("knobs.hidden.weight")) + var("knobs.hidden.bias")).tanh();
    let made = knobs.matmul(var("knobs.skip.weight"))
        + units.matmul(var("knobs.out.weight"))
        + var("knobs.out.bias");
    let number = |i: usize| made.clone().narrow(1, i, 1);
    let rate = |i: usize| (number(i).mul_scalar(raw::TIME_SCALE).exp().add_scalar(1.0)).recip();
    let rates: Vec<_> = (0..4).map(rate).collect();
    let p = var("level.exponent");
    let per_neper = 20.0 / std::f64::consts::LN_10;
    let level = |m: Tensor<2>| m.log().mul_scalar(per_neper) / p.clone();
    let curve = |level: Tensor<2>| {
        let mut gain = number(raw::BIAS).mul_scalar(raw::BIAS_SCALE_DB);
        for j in 0..config.hinges {
            let at = PLAIN + PER_HINGE * j;
            let place = number(at).mul_scalar(raw::PLACE_SCALE_DB).add_scalar(raw::PLACE_DB);
            let width = number(at + 2).exp().mul_scalar(raw::WIDTH_DB);
            let u = level.clone() - place;
            let bend = (u.clone() + (u.clone() * u + width.clone() * width).sqrt()).mul_scalar(0.5);
            gain = gain + number(at + 1) * bend;
        }
        gain
    };
    let column = |sound: &[f32], n: usize| -> Tensor<2> {
        matrix(&sound.chunks_exact(batch.samples).map(|row| row[n]).collect::<Vec<_>>(), 1)
    };
    let follow = |state: Tensor<2>, to: Tensor<2>, more: &Tensor<2>, less: &Tensor<2>| {
        let way = to - state.clone();
        let rate = less.clone().mask_where(way.clone().detach().greater_elem(0.0), more.clone());
        state + rate * way
    };
    let ones = matrix(&vec![1.0; batch.segments], 1);
    let mut before = (ones * p.clone().mul_scalar(FLOOR.ln())).exp();
    let mut after = curve(level(before.clone()));
    let mut loss = matrix(&[0.0], 1);
    let judged = matrix(
        &(0..batch.segments).map(|s| super::learner::judged_by(batch, s)).collect::<Vec<_>>(),
        1,
    );
    for n in 0..batch.samples {
        let x = column(batch.input, n);
        let v = (column(batch.side.unwrap_or(batch.input), n).abs().clamp_min(FLOOR).log()
            * p.clone())
        .exp();
        before = follow(before, v, &rates[0], &rates[1]);
        after = follow(after, curve(level(before.clone())), &rates[3], &rates[2]);
        if n >= batch.warm_up {
            let d = x * after.clone().div_scalar(per_neper).exp() - column(batch.target, n);
            loss = loss
                + (d.clone() * d * judged.clone())
                    .sum()
                    .reshape([1, 1])
                    .div_scalar(batch.segments as f64);
        }
    }
    let value = f64::from(loss.clone().into_data().try_to_vec::<f32>().unwrap()[0]);
    let gradients = loss.backward();
    let mut out = tensors.clone();
    for (name, tensor) in &mut out {
        tensor.data =
            vars[name.as_str()].grad(&gradients).unwrap().into_data().try_to_vec::<f32>().unwrap();
    }
    (value, out)
}

#[test]
fn the_adjoint_is_burns_gradient() {
    let config = DynamicsConfig { knobs: 2, hidden: 5, hinges: 3 };
    let tensors = lively(&config);
    let (segments, samples) = (3, 60);
    let input: Vec<f32> = noise(segments * samples, 1).iter().map(|x| 0.7 * x).collect();
    let target: Vec<f32> =
        input.iter().zip(noise(segments * samples, 2)).map(|(x, n)| x * (0.5 + 0.2 * n)).collect();
    let side = noise(segments * samples, 9);
    for side in [None, Some(side.as_slice())] {
        let batch = PairBatch {
            side,
            warm_up: 10,
            ..PairBatch::new(&input, &target, &[0.3, -0.8, -0.2, 0.5, 0.9, 0.1], &[1.0; 3])
        };
        let mut learner = DynamicsLearner::with_weights(&config, &tensors).unwrap();
        let (ours, by_hand) = learner.gradients(&batch).unwrap();
        let (theirs, by_burn) = by_burn(&config, &tensors, &batch);
        assert!((ours / theirs - 1.0).abs() < 1e-4, "loss {ours} and {theirs}");
        for (name, want) in &by_burn {
            let top = want.data.iter().fold(1e-6f32, |m, v| m.max(v.abs()));
            for (i, (a, b)) in by_hand[name].data.iter().zip(&want.data).enumerate() {
                assert!((a - b).abs() < 2e-3 * top, "{name}[{i}]: {a:e} by hand, {b:e} by burn");
            }
        }
    }
}

#[test]
fn the_training_form_plays_what_the_real_time_form_plays() {
    use super::pass::{LaneSettings, Sound, Tape, forward};
    use super::trunk::Sizes;
    use nfx_core::models::effect::dynamics::DynamicsModel;
    use nfx_core::models::effect::dynamics::setting::Setting;
    let config = DynamicsConfig { knobs: 2, hidden: 7, hinges: 4 };
    let tensors = lively(&config);
    let mut learner = DynamicsLearner::with_weights(&config, &tensors).unwrap();
    let input: Vec<f32> =
        noise(20_000, 4).iter().enumerate().map(|(i, x)| x * (i as f32 * 1e-3).sin()).collect();
    let played = learner.predict(&input, None, &[0.4, -0.6]).unwrap();
    let model = DynamicsModel::new(&config, &tensors).unwrap();
    let setting = model.setting(&[0.4, -0.6]);
    // The network of the knobs exists twice, too.
    let sizes = Sizes { knobs: 2, hidden: 7, outputs: config.outputs() };
    let mut flat = vec![0.0; sizes.places().count];
    let at = sizes.places();
    for (name, first) in [
        ("knobs.skip.weight", at.skip),
        ("knobs.hidden.weight", at.hidden_weight),
        ("knobs.hidden.bias", at.hidden_bias),
        ("knobs.out.weight", at.out_weight),
        ("knobs.out.bias", at.out_bias),
    ] {
        flat[first..first + tensors[name].data.len()].copy_from_slice(&tensors[name].data);
    }
    let trained = Setting::from_raw(&sizes.forward(&flat, &[0.4, -0.6]).0);
    for (a, b) in trained.rates.iter().zip(setting.rates) {
        assert!((a / b - 1.0).abs() < 1e-5);
    }
    let lanes: Vec<_> = input.iter().map(|x| [*x; super::pass::LANES]).collect();
    let (mut output, mut tape) = (Vec::new(), Tape::default());
    forward(
        &LaneSettings::new(&[trained]),
        model.exponent(),
        Sound { input: &lanes, side: &lanes },
        &mut output,
        &mut tape,
    );
    let worst = output.iter().zip(&played).map(|(a, b)| (a[5] - b).abs()).fold(0.0f32, f32::max);
    assert!(worst < 1e-5, "{worst:e}");
}

#[test]
fn it_learns_a_gain_that_follows_the_level() {
    // Not a compressor of any textbook: the square root of a mean of magnitudes that rises and
    // falls at one rate.
    let device = |x: &[f32], depth: f32| -> Vec<f32> {
        let mut mean = 0.0f32;
        x.iter()
            .map(|x| {
                mean += 0.01 * (x.abs() - mean);
                x * (mean + 1e-3).powf(-depth)
            })
            .collect()
    };
    let config = DynamicsConfig { knobs: 1, hidden: 8, hinges: 4 };
    let mut learner = DynamicsLearner::new(&config, 0).unwrap();
    let (segments, samples) = (16, 2500);
    let make = |seed: u32| {
        let mut input = noise(segments * samples, seed);
        input
            .iter_mut()
            .enumerate()
            .for_each(|(i, x)| *x *= (0.05 + ((i / 700) as f32 * 2.4).sin().abs()) * 0.9);
        let knobs = noise(segments, seed + 1);
        let target: Vec<f32> = input
            .chunks_exact(samples)
            .zip(&knobs)
            .flat_map(|(x, k)| device(x, 0.25 + 0.25 * k))
            .collect();
        (input, target, knobs)
    };
    for step in 0..800u32 {
        let (input, target, knobs) = make(step * 7 + 1);
        let weights = vec![1.0; segments];
        let batch = PairBatch::new(&input, &target, &knobs, &weights);
        learner.step(0.02 * (1.0 - f64::from(step) / 810.0), &batch).unwrap();
    }
    let (input, target, knobs) = make(900_001);
    let mut ratio = Vec::new();
    for s in 0..segments {
        let (x, t) =
            (&input[s * samples..(s + 1) * samples], &target[s * samples..(s + 1) * samples]);
        let y = learner.predict(x, None, &knobs[s..=s]).unwrap();
        let error: f32 = y.iter().zip(t).map(|(y, t)| (y - t).powi(2)).sum();
        let gain =
            x.iter().zip(t).map(|(x, t)| x * t).sum::<f32>() / x.iter().map(|x| x * x).sum::<f32>();
        let fixed: f32 = x.iter().zip(t).map(|(x, t)| (gain * x - t).powi(2)).sum();
        ratio.push(error / fixed.max(1e-9));
    }
    ratio.sort_by(f32::total_cmp);
    assert!(ratio[segments / 2] < 0.03, "{ratio:?}");
}

#[test]
fn a_restored_learner_goes_on_as_if_nothing_had_happened() {
    let config = DynamicsConfig { knobs: 0, hidden: 0, hinges: 2 };
    let (input, target) = (noise(400, 1), noise(400, 2));
    let batch = PairBatch { warm_up: 20, ..PairBatch::new(&input, &target, &[], &[1.0; 2]) };
    let mut first = DynamicsLearner::new(&config, 0).unwrap();
    first.step(0.01, &batch).unwrap();
    let mut second = DynamicsLearner::new(&config, 5).unwrap();
    second.restore(&first.state()).unwrap();
    for _ in 0..3 {
        assert_eq!(first.step(0.01, &batch).unwrap(), second.step(0.01, &batch).unwrap());
    }
    assert!(first.tensors().unwrap() == second.tensors().unwrap());
    assert!(second.restore(&[1, 2, 3]).is_err());
    assert!(first.tensors().unwrap() == second.tensors().unwrap());
}
