//! Times one training step of profiles: the hand-written passes beside burn's autodiff over the
//! same network and batch.
//!
//! `cargo run --release -p nfx-learn --example profile_step_time [ours]`; with `ours` burn is left
//! out. The figure is the least of several steps; it says scored samples of sound a second.

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use nfx_core::models::effect::WaveNetConfig;
use nfx_core::nn::CellKind;
use nfx_learn::effect::loss::LossConfig;
use nfx_learn::effect::recurrent::{RecurrentLearner, RecurrentModule, Shape};
use nfx_learn::effect::wavenet::{Shape as WaveNetShape, WaveNetLearner, WaveNetModule};
use nfx_learn::effect::{PairBatch, ProfileLearner, SegmentPlan};

struct Sound {
    input: Vec<f32>,
    target: Vec<f32>,
    weights: Vec<f32>,
    segments: usize,
    samples: usize,
}

impl Sound {
    fn new(segments: usize, samples: usize) -> Self {
        let input: Vec<f32> =
            (0..segments * samples).map(|i| (i as f32 * 0.37).sin() * 0.5).collect();
        let target = input.iter().map(|x| (3.0 * x).tanh()).collect();
        Sound { input, target, weights: vec![1.0; segments], segments, samples }
    }

    fn batch(&self, warm_up: usize) -> PairBatch<'_> {
        PairBatch { warm_up, ..PairBatch::new(&self.input, &self.target, &[], &self.weights) }
    }

    fn tensor(&self, data: &[f32], device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(data.to_vec(), [self.segments, self.samples]), device)
    }
}

fn time(name: &str, repeats: usize, scored: usize, mut step: impl FnMut()) {
    let mut best = f64::MAX;
    for _ in 0..repeats {
        let start = Instant::now();
        step();
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{name:<44} {:8.2} ms  {:10.0} samples/s", 1e3 * best, scored as f64 / best);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ours = std::env::args().any(|a| a == "ours");
    println!("{} threads", rayon::current_num_threads());
    let loss = LossConfig::default();
    for (cell, hidden, layers) in [
        (CellKind::Lstm, 16, 1),
        (CellKind::Lstm, 32, 1),
        (CellKind::Lstm, 40, 2),
        (CellKind::Gru, 32, 1),
    ] {
        let shape = Shape { cell, hidden, layers, knobs: 0, skip: false };
        let sound = Sound::new(32, 1024);
        let mut learner = RecurrentLearner::new(shape, loss, 1);
        learner.set_plan(SegmentPlan { segments: 32, warm_up: 0, scored: 1024, run: 1 });
        let name = format!("{cell:?} {hidden} x {layers}, 32 segments of 1024");
        time(&name, 20, 32 * 1024, || {
            let _ = learner.step(1e-4, &sound.batch(0));
        });
        if !ours {
            let device = Device::flex().autodiff();
            let module = RecurrentModule::new(shape, learner.flat(), &device)?;
            time("  burn's autodiff", 2, 32 * 1024, || {
                let y = module.forward(sound.tensor(&sound.input, &device), None);
                let _ = (y - sound.tensor(&sound.target, &device)).powi_scalar(2).mean().backward();
            });
        }
    }
    for (name, config) in [
        ("WaveNet A1 standard", WaveNetConfig::a1(16, 8)),
        ("WaveNet A2 full", WaveNetConfig::a2(8)),
    ] {
        let shape = WaveNetShape::of(&config, 0.02)?;
        let (history, scored, segments) = (shape.history(), 4096, 4);
        let sound = Sound::new(segments, history + scored);
        let mut learner = WaveNetLearner::new(shape.clone(), loss, 1);
        learner.set_plan(segments, scored);
        time(&format!("{name}, {segments} segments of {scored}"), 5, segments * scored, || {
            let _ = learner.step(1e-4, &sound.batch(history));
        });
        if !ours {
            let device = Device::flex().autodiff();
            let module = WaveNetModule::new(&shape, learner.flat(), &device)?;
            time("  burn's autodiff", 2, segments * scored, || {
                let _ = module
                    .forward(sound.tensor(&sound.input, &device), None)
                    .powi_scalar(2)
                    .mean()
                    .backward();
            });
        }
    }
    Ok(())
}
