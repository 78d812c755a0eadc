//! Times one training step of the thesis's seven-layer network: burn's autodiff and optimiser, the
//! hand-written pass with burn's optimiser, and the hand-written pass with the fused optimiser.
//!
//! `cargo run --release -p nfx-learn --example step_time [batch] [steps] [ours]`; with `ours` burn
//! is left out.

use std::time::Instant;

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_learn::spectral::autoencoder::Autoencoder;
use nfx_learn::spectral::cpu::CpuLearner;
use nfx_learn::spectral::init::{Init, weights};
use nfx_learn::spectral::learner::{
    Batch, BurnLearner, Learner, Optimiser, StepConfig, burn_optimiser,
};
use nfx_learn::spectral::loss::Loss;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ours = std::env::args().nth(3).is_some_and(|a| a == "ours");
    let mut arguments = std::env::args().skip(1).take(2).map(|a| a.parse::<usize>());
    let batch = arguments.next().transpose()?.unwrap_or(100);
    let steps = arguments.next().transpose()?.unwrap_or(60);
    let config = AutoencoderConfig::hybrid(1025, &[512, 256, 128, 64, 128, 256, 512]);
    let start = weights(&config, Init::THESIS, 1)?;
    let step = StepConfig {
        loss: Loss::Mse,
        l2: 0.0,
        dropout: 0.0,
        optimiser: Optimiser::Adam,
        variational: None,
    };
    let x: Vec<f32> =
        (0..batch * 1025).map(|i| ((i as f32 * 0.37).sin() * 0.5 + 0.5).powi(4)).collect();
    let one = Batch { input: &x, target: &x, condition: &[], between: None, draw: (1, 0) };
    println!("{} threads, batch {batch}, median of {steps} steps", rayon::current_num_threads());

    let mut cpu = CpuLearner::new(&config, &start, step)?;
    let mut gradients_only = CpuLearner::new(&config, &start, step)?;
    time("hand-written pass alone", steps, batch, || gradients_only.gradients(&one).map(drop))?;
    time("hand-written pass, fused Adam", steps, batch, || cpu.step(1e-4, one).map(drop))?;
    if ours {
        return Ok(());
    }

    let device = Device::flex().autodiff();
    let mut module = Some(Autoencoder::new(&config, &start, &device)?);
    let mut optimiser = burn_optimiser(Optimiser::Adam);
    let mut pass = CpuLearner::new(&config, &start, step)?;
    time("hand-written pass, burn's Adam", steps, batch, || {
        pass.gradients(&one)?;
        let Some(net) = module.take() else { return Ok(()) };
        let mut gradients = GradientsParams::new();
        let ids: Vec<_> =
            net.named().iter().map(|(name, l)| (format!("{name}.weight"), l.weight.id)).collect();
        for p in pass.parameters() {
            if let Some((_, id)) = ids.iter().find(|(name, _)| *name == p.name) {
                let data = TensorData::new(p.gradient.clone(), p.shape.clone());
                gradients.register(*id, Tensor::<2>::from_data(data, &Device::flex()));
            }
        }
        module = Some(optimiser.step(1e-4, net, gradients));
        Ok(())
    })?;

    let mut burn = BurnLearner::new(&config, &start, step, Device::flex())?;
    time("burn's autodiff, burn's Adam", steps, batch, || burn.step(1e-4, one).map(drop))?;
    Ok(())
}

fn time(
    name: &str,
    steps: usize,
    batch: usize,
    mut f: impl FnMut() -> Result<(), nfx_learn::LearnError>,
) -> Result<(), nfx_learn::LearnError> {
    f()?;
    let mut times = Vec::with_capacity(steps);
    let cpu = cpu_seconds();
    for _ in 0..steps {
        let start = Instant::now();
        f()?;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    let median = times[steps / 2];
    let cpu = cpu_seconds().zip(cpu).map_or(String::new(), |(b, a)| {
        format!("  {:.2} ms of CPU time", (b - a) / steps as f64 * 1e3)
    });
    println!(
        "{name:<34} {:>7.2} ms (least {:.2})  {:>8.0} frames/s{cpu}",
        median * 1e3,
        times[0] * 1e3,
        batch as f64 / median
    );
    Ok(())
}

/// CPU time of this process so far, all threads, in hundredths of a second as Linux counts it;
/// `None` elsewhere.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}
