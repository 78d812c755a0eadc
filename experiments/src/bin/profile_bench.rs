//! Times one training step of profiles on the CPU: the hand-written passes beside burn's autodiff.
//!
//! `cargo xtask bench` runs it and reads its last line, which is JSON: samples of sound learned in
//! a second, by the median step. `tests/python/bench_peer.py pytorch` does the same steps with
//! PyTorch.

#![forbid(unsafe_code)]

use std::time::Instant;

use anyhow::{Result, anyhow};
use burn::tensor::{Device, Tensor, TensorData};
use nfx_core::models::effect::WaveNetConfig;
use nfx_core::nn::CellKind;
use nfx_learn::effect::loss::LossConfig;
use nfx_learn::effect::recurrent::{RecurrentLearner, RecurrentModule, Shape};
use nfx_learn::effect::wavenet::{Shape as WaveShape, WaveNetLearner};
use nfx_learn::effect::{PairBatch, ProfileLearner, SegmentPlan};

/// Segments of a batch, and scored samples of each: what `bench_peer.py` takes, too.
const SEGMENTS: usize = 32;
const SCORED: usize = 2048;
/// What a network with a receptive field looks back, NAM's first generation: that many samples more
/// are played.
const LOOKBACK: usize = 4092;
/// Scored samples of each segment for burn, whose graph of so many steps is slow to build.
const BURN_SCORED: usize = 512;
/// ESR alone, as in `bench_peer.py`.
const LOSS: LossConfig =
    LossConfig { esr: 1.0, emphasised: 0.0, emphasis: 0.0, dc: 0.0, stft: 0.0 };

fn main() -> Result<()> {
    let lstm = Shape { cell: CellKind::Lstm, hidden: 32, layers: 1, knobs: 0, skip: false };
    let mut recurrent = RecurrentLearner::new(lstm, LOSS, 1);
    recurrent.set_plan(SegmentPlan { segments: SEGMENTS, warm_up: 0, scored: SCORED, run: 1 });
    let mut convolutional =
        WaveNetLearner::new(WaveShape::of(&WaveNetConfig::a1(16, 8), 0.02)?, LOSS, 1);
    convolutional.set_plan(SEGMENTS / 4, SCORED);
    println!(
        "{}",
        serde_json::json!({
            "LSTM-32": ours(&mut recurrent, SEGMENTS, 0, 15)?,
            "NAM A1 standard": ours(&mut convolutional, SEGMENTS / 4, LOOKBACK, 9)?,
            "burn LSTM-32": burns(lstm)?,
        })
    );
    Ok(())
}

/// Scored samples in a second of a learner's whole step.
fn ours(
    learner: &mut dyn ProfileLearner,
    segments: usize,
    warm_up: usize,
    steps: usize,
) -> Result<f64> {
    let samples = warm_up + SCORED;
    let (input, target) = (sound(segments * samples, 0.37), sound(segments * samples, 0.29));
    let weights = vec![1.0; segments];
    let batch = PairBatch { warm_up, ..PairBatch::new(&input, &target, &[], &weights) };
    let step_s =
        median(steps, || learner.step(1e-5, &batch).map(drop).map_err(|error| anyhow!("{error}")))?;
    Ok((segments * SCORED) as f64 / step_s)
}

/// The same of burn's autodiff over the LSTM as a module, without an optimiser's step.
fn burns(shape: Shape) -> Result<f64> {
    let device = Device::flex().autodiff();
    let weights = RecurrentLearner::new(shape, LOSS, 1).flat().to_vec();
    let module =
        RecurrentModule::new(shape, &weights, &device).map_err(|error| anyhow!("{error}"))?;
    let tensor = |speed| -> Tensor<2> {
        Tensor::from_data(
            TensorData::new(sound(SEGMENTS * BURN_SCORED, speed), [SEGMENTS, BURN_SCORED]),
            &device,
        )
    };
    let (input, target) = (tensor(0.37), tensor(0.29));
    let step_s = median(3, || {
        let y = module.forward(input.clone(), None);
        let gradients = (y - target.clone()).powi_scalar(2).mean().backward();
        let gradient =
            module.weights.val().grad(&gradients).ok_or_else(|| anyhow!("expected a gradient"))?;
        gradient.into_data().try_into_vec::<f32>().map(drop).map_err(|error| anyhow!("{error:?}"))
    })?;
    Ok((SEGMENTS * BURN_SCORED) as f64 / step_s)
}

fn sound(samples: usize, speed: f32) -> Vec<f32> {
    (0..samples).map(|i| 0.5 * (i as f32 * speed).sin()).collect()
}

fn median(calls: usize, mut call: impl FnMut() -> Result<()>) -> Result<f64> {
    call()?;
    let mut times = Vec::with_capacity(calls);
    for _ in 0..calls {
        let start = Instant::now();
        call()?;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[calls / 2])
}
