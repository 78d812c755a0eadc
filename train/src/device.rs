//! Where a training computes.

use anyhow::Result;
use nfx_core::model::AutoencoderConfig;
use nfx_learn::Tensors;
use nfx_learn::cpu::CpuLearner;
use nfx_learn::learner::{BurnLearner, Learner, StepConfig};
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
    pub fn learner(&self, network: &AutoencoderConfig, weights: &Tensors, step: StepConfig) -> Result<Box<dyn Learner>> {
        Ok(match self {
            Place::Cpu => Box::new(CpuLearner::new(network, weights, step)?),
            Place::Burn(device, _) => Box::new(BurnLearner::new(network, weights, step, device.clone())?),
        })
    }

    /// Its name for people.
    pub fn name(&self) -> String {
        match self {
            Place::Cpu => format!("CPU, {} threads", rayon::current_num_threads()),
            Place::Burn(_, name) => name.clone(),
        }
    }

    /// Which learner a checkpoint was made by: the optimiser's state of one cannot be read by the other.
    pub fn kind(&self) -> &'static str {
        match self {
            Place::Cpu => "cpu",
            Place::Burn(..) => "burn",
        }
    }
}

/// Finds the place that was asked for. The second value says why a GPU was not taken when `auto` did not take one.
///
/// # Errors
/// When a GPU was asked for and there is none, or this build has no support for one.
pub fn resolve(choice: DeviceChoice) -> Result<(Place, Option<String>)> {
    match choice {
        DeviceChoice::Cpu => Ok((Place::Cpu, None)),
        DeviceChoice::CpuAutodiff => Ok((Place::Burn(burn::tensor::Device::flex(), "CPU, burn's autodiff".into()), None)),
        DeviceChoice::Gpu => Ok((gpu(true)?, None)),
        DeviceChoice::Auto => Ok(match gpu(false) {
            Ok(place) => (place, None),
            Err(why) => (Place::Cpu, Some(format!("{why}"))),
        }),
    }
}

/// The best adapter. Software rasterisers count as adapters, too, but are far slower than the CPU's own code: `software`
/// says whether one will do.
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
        None if seen > 0 => anyhow::bail!("expected a graphics adapter, found only software ones, which `--device gpu` would take"),
        None => anyhow::bail!("expected a graphics adapter that wgpu can use, found none"),
    }
}

#[cfg(not(feature = "gpu"))]
fn gpu(_software: bool) -> Result<Place> {
    anyhow::bail!("this build of nfx-train has no GPU support (it was built without the feature `gpu`)")
}
