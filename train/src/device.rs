//! Where a training computes.

use std::fmt::Write;

use anyhow::{Result, ensure};
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_learn::Tensors;
use nfx_learn::spectral::cpu::CpuLearner;
use nfx_learn::spectral::init::{Init, weights};
use nfx_learn::spectral::learner::{Batch, BurnLearner, Learner, Optimiser, StepConfig};
use nfx_learn::spectral::loss::Loss;
use rand::Rng;
use serde::{Deserialize, Serialize};

/// What `--device` may say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// The GPU when this build can use one and there is one, else the CPU.
    #[default]
    Auto,
    /// The CPU, with hand-written gradients.
    Cpu,
    /// The GPU through wgpu.
    Gpu,
    /// The CPU through burn's autodiff: slower, for comparisons.
    CpuAutodiff,
}

/// A place that exists.
#[derive(Clone, Debug)]
pub enum Place {
    /// The hand-written pass.
    Cpu,
    /// burn's autodiff on a device, and the device's name.
    Burn(burn::tensor::Device, String),
}

impl Place {
    /// A learner at this place.
    ///
    /// # Errors
    /// When the weights do not fit the network.
    pub fn learner(
        &self,
        network: &AutoencoderConfig,
        weights: &Tensors,
        step: StepConfig,
    ) -> Result<Box<dyn Learner>> {
        Ok(match self {
            Place::Cpu => Box::new(CpuLearner::new(network, weights, step)?),
            Place::Burn(device, _) => {
                Box::new(BurnLearner::new(network, weights, step, device.clone())?)
            }
        })
    }

    /// Its name for people.
    pub fn name(&self) -> String {
        match self {
            Place::Cpu => format!("CPU, {} threads", rayon::current_num_threads()),
            Place::Burn(_, name) => name.clone(),
        }
    }

    /// Which learner a checkpoint was made by: the optimiser's state of one cannot be read by the
    /// other.
    pub fn kind(&self) -> &'static str {
        match self {
            Place::Cpu => "cpu",
            Place::Burn(..) => "burn",
        }
    }
}

/// Finds the place that was asked for. The second value says why a GPU was not taken when `auto`
/// did not take one.
///
/// # Errors
/// When a GPU was asked for and there is none, or this build has no support for one.
pub fn resolve(choice: DeviceChoice) -> Result<(Place, Option<String>)> {
    match choice {
        DeviceChoice::Cpu => Ok((Place::Cpu, None)),
        DeviceChoice::CpuAutodiff => {
            Ok((Place::Burn(burn::tensor::Device::flex(), "CPU, burn's autodiff".into()), None))
        }
        DeviceChoice::Gpu => Ok((gpu(true)?, None)),
        DeviceChoice::Auto => Ok(match gpu(false) {
            Ok(place) => (place, None),
            Err(why) => (Place::Cpu, Some(format!("{why}"))),
        }),
    }
}

/// The best adapter. Software rasterisers count as adapters, too, but are far slower than the CPU's
/// own code: `software` says whether one will do.
#[cfg(feature = "gpu")]
fn gpu(software: bool) -> Result<Place> {
    use burn::tensor::{Device, DeviceType};
    // wgpu panics where a system has no graphics library at all; that is an answer, too.
    let found = std::panic::catch_unwind(|| {
        Device::enumerate(DeviceType::Wgpu)
            .into_vec()
            .into_iter()
            .map(|device| {
                let identity = device.identity();
                let real = identity.as_ref().is_some_and(|i| i.physical.is_some());
                (device, identity.map_or_else(|| "GPU".to_owned(), |i| i.name), real)
            })
            .collect::<Vec<_>>()
    })
    .unwrap_or_default();
    let seen = found.len();
    let mut found: Vec<_> = found.into_iter().filter(|(.., real)| *real || software).collect();
    found.sort_by_key(|(.., real)| !real);
    match found.into_iter().next() {
        Some((device, name, _)) => Ok(Place::Burn(device, format!("{name} through wgpu"))),
        None if seen > 0 => {
            anyhow::bail!(
                "expected a graphics adapter, found only software ones, which `--device gpu` would take"
            )
        }
        None => anyhow::bail!("expected a graphics adapter that wgpu can use, found none"),
    }
}

#[cfg(not(feature = "gpu"))]
fn gpu(_software: bool) -> Result<Place> {
    anyhow::bail!(
        "this build of nfx-train has no GPU support (it was built without the feature `gpu`)"
    )
}

/// The losses of the first steps of a small network at a place, the same everywhere but for
/// rounding.
///
/// # Errors
/// When the place fails.
pub fn first_losses(place: &Place, steps: usize) -> Result<Vec<f32>> {
    let network = AutoencoderConfig::hybrid(65, &[32, 8, 32]);
    let start = weights(&network, Init::He, 1)?;
    let step = StepConfig {
        loss: Loss::Mse,
        l2: 1e-6,
        dropout: 0.0,
        optimiser: Optimiser::Adam,
        variational: None,
    };
    let mut learner = place.learner(&network, &start, step)?;
    let mut losses = Vec::with_capacity(steps);
    for n in 0..steps as u64 {
        let mut random = nfx_learn::rng(1, 0xde_71ce, n);
        let x: Vec<f32> = (0..20 * 65).map(|_| random.random::<f32>().powi(3)).collect();
        losses.push(learner.step(
            1e-2,
            Batch { input: &x, target: &x, condition: &[], between: None, draw: (1, n) },
        )?);
    }
    Ok(losses)
}

/// Largest relative difference of the losses of two places that still counts as the same.
pub const SAME_LOSS: f32 = 1e-3;

/// Every place that this build and machine have, and the losses of the same steps on each, side by
/// side.
///
/// # Errors
/// When a place fails or comes to other losses than the CPU.
pub fn compare(steps: usize) -> Result<String> {
    ensure!((1..=1000).contains(&steps), "expected 1 to 1000 steps, found {steps}");
    let mut out = String::new();
    let (chosen, why) = resolve(DeviceChoice::Auto)?;
    let _ = writeln!(
        out,
        "--device auto takes: {}{}",
        chosen.name(),
        why.map_or(String::new(), |w| format!(" ({w})"))
    );
    let mut columns = Vec::new();
    for choice in [DeviceChoice::Cpu, DeviceChoice::CpuAutodiff, DeviceChoice::Gpu] {
        match resolve(choice) {
            Ok((place, _)) => columns.push((place.name(), first_losses(&place, steps)?)),
            Err(why) => {
                let _ = writeln!(out, "no GPU: {why}");
            }
        }
    }
    let _ = writeln!(
        out,
        "\nloss of the same step on\n step  {}",
        columns.iter().map(|c| c.0.as_str()).collect::<Vec<_>>().join("  |  ")
    );
    for n in 0..steps {
        let row: Vec<String> = columns
            .iter()
            .map(|(name, losses)| format!("{:<w$.7}", losses[n], w = name.chars().count()))
            .collect();
        let _ = writeln!(out, "{:>5}  {}", n + 1, row.join("  |  "));
    }
    for (name, losses) in &columns[1..] {
        let found = losses
            .iter()
            .zip(&columns[0].1)
            .map(|(a, b)| (a / b - 1.0).abs())
            .fold(0.0f32, f32::max);
        ensure!(
            found <= SAME_LOSS,
            "expected the losses of {name} to equal the CPU's to {SAME_LOSS}, found a difference of {found}\n{out}"
        );
    }
    Ok(out)
}

/// Seconds that this process has computed on all its cores since it began; where the system does
/// not say, seconds of the clock. Budgets in it do not depend on what else the machine does.
pub fn cpu_seconds() -> f64 {
    // Fields 14 and 15 of `proc(5)`'s stat: user and system time in ticks, a hundredth of a second
    // on every Linux of today.
    let ticks = std::fs::read_to_string("/proc/self/stat").ok().and_then(|text| {
        let fields: Vec<u64> = text
            .rsplit_once(')')?
            .1
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|f| f.parse().ok())
            .collect();
        (fields.len() == 2).then(|| fields[0] + fields[1])
    });
    match ticks {
        Some(ticks) => ticks as f64 / 100.0,
        None => wall_seconds(),
    }
}

/// Seconds of the clock since some moment that stays the same.
pub fn wall_seconds() -> f64 {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed().as_secs_f64()
}
