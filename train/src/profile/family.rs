//! The families that a profile can be trained in.

use std::str::FromStr;

use anyhow::{Result, bail};
use nfx_core::models::effect::dynamics::DynamicsConfig;
use nfx_core::models::effect::signaltrain::SignalTrainConfig;
use nfx_core::models::effect::{
    KnobConfig, LayerArray, LinearConfig, PointActivation, ProfileConfig, RecurrentConfig, WaveNetConfig,
};
use nfx_core::nn::CellKind;
use nfx_learn::profile::ProfileLearner;
use nfx_learn::profile::dynamics::DynamicsLearner;
use nfx_learn::profile::linear::LinearLearner;
use nfx_learn::profile::loss::LossConfig;
use nfx_learn::profile::recurrent::{RecurrentLearner, Shape as RecurrentShape};
use nfx_learn::profile::signaltrain::SignalTrainLearner;
use nfx_learn::profile::wavenet::{Shape as WaveNetShape, WaveNetLearner};
use serde::{Deserialize, Serialize};

/// A kind of network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Long short-term memory.
    Lstm,
    /// Gated recurrent units.
    Gru,
    /// Dilated convolutions in the shape of NAM's first generation.
    #[serde(rename = "wavenet")]
    WaveNet,
    /// The shape of NAM's second generation, which its players run fastest.
    A2,
    /// Few layers with long taps and leaky activations.
    Tcn,
    /// A gain that follows a level: compressors, limiters, gates.
    Dynamics,
    /// An impulse response: solved, not trained.
    Linear,
    /// Learned transforms with networks between them, late by 4,096 samples: to compare with.
    #[serde(rename = "signaltrain")]
    SignalTrain,
}

impl Family {
    /// All of them.
    pub const ALL: [Family; 8] = [
        Family::Lstm,
        Family::Gru,
        Family::WaveNet,
        Family::A2,
        Family::Tcn,
        Family::Dynamics,
        Family::Linear,
        Family::SignalTrain,
    ];

    /// The word of the command line.
    pub fn name(self) -> &'static str {
        match self {
            Family::Lstm => "lstm",
            Family::Gru => "gru",
            Family::WaveNet => "wavenet",
            Family::A2 => "a2",
            Family::Tcn => "tcn",
            Family::Dynamics => "dynamics",
            Family::Linear => "linear",
            Family::SignalTrain => "signaltrain",
        }
    }
}

impl FromStr for Family {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self> {
        match Family::ALL.into_iter().find(|f| f.name() == text) {
            Some(family) => Ok(family),
            None => bail!("expected a family ({}), found {text:?}", Family::ALL.map(Family::name).join(", ")),
        }
    }
}

/// Most taps of an impulse response: 1.4 s at 48 kHz.
const TAPS: usize = 1 << 16;

/// How large a network is to be; what is `None` has the family's own size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Units of a recurrent layer, or channels of a convolutional one.
    pub width: Option<usize>,
    /// Recurrent layers.
    pub layers: Option<usize>,
    /// Most taps of an impulse response.
    #[serde(default)]
    pub taps: Option<usize>,
    /// Whether a recurrent network adds its input to its output.
    pub skip: bool,
}

/// A starting network of a family for a device with `knobs` knobs.
///
/// # Errors
/// When the size is out of range.
pub fn learner(
    family: Family,
    size: Size,
    knobs: usize,
    (loss, seed): (LossConfig, u64),
) -> Result<Box<dyn ProfileLearner>> {
    let config = config(family, size, knobs);
    if family == Family::Linear && knobs > 0 {
        bail!("expected a family that can have knobs, found linear: an impulse response has none");
    }
    config.validate()?;
    fresh(&config, (loss, seed))
}

/// The network of a family.
pub fn config(family: Family, size: Size, knobs: usize) -> ProfileConfig {
    let recurrent = |cell: CellKind, width: usize| {
        let (width, layers) = (size.width.unwrap_or(width), size.layers.unwrap_or(1));
        ProfileConfig::Recurrent(RecurrentConfig::new(cell, width, layers, knobs, size.skip))
    };
    let told = |mut config: WaveNetConfig| {
        if knobs > 0 {
            config.knobs = Some(KnobConfig { count: knobs, hidden: 16 });
        }
        ProfileConfig::WaveNet(config)
    };
    match family {
        Family::Lstm => recurrent(CellKind::Lstm, 32),
        Family::Gru => recurrent(CellKind::Gru, 32),
        Family::WaveNet => {
            let width = size.width.unwrap_or(16);
            told(WaveNetConfig::a1(width, (width / 2).max(1)))
        }
        Family::A2 => told(WaveNetConfig::a2(size.width.unwrap_or(8))),
        Family::Tcn => {
            let dilations = [1, 4, 16, 64, 256];
            let mut array = LayerArray::plain(1, size.width.unwrap_or(16), 7, &dilations);
            array.activations = vec![PointActivation::LeakyRelu { negative_slope: 0.2 }; dilations.len()];
            told(WaveNetConfig::new(vec![array]))
        }
        Family::Dynamics => ProfileConfig::Dynamics(DynamicsConfig::with_knobs(knobs)),
        Family::Linear => {
            ProfileConfig::Linear(LinearConfig { receptive_field: size.taps.unwrap_or(TAPS), bias: false })
        }
        Family::SignalTrain => ProfileConfig::SignalTrain(SignalTrainConfig::original(knobs)),
    }
}

/// Scale of a convolutional network's output, as NAM has it; also how fast its output layers learn.
const HEAD_SCALE: f32 = 0.02;

/// A starting network of a config.
///
/// # Errors
/// When the config is of a kind, or has options, that are not trained here.
pub fn fresh(config: &ProfileConfig, (loss, seed): (LossConfig, u64)) -> Result<Box<dyn ProfileLearner>> {
    Ok(match config {
        ProfileConfig::Recurrent(config) => Box::new(RecurrentLearner::new(RecurrentShape::of(config)?, loss, seed)),
        ProfileConfig::WaveNet(config) => {
            Box::new(WaveNetLearner::new(WaveNetShape::of(config, HEAD_SCALE)?, loss, seed))
        }
        ProfileConfig::Dynamics(config) => Box::new(DynamicsLearner::new(config, seed)?),
        ProfileConfig::Linear(config) => Box::new(LinearLearner::new(config)?),
        ProfileConfig::SignalTrain(config) => Box::new(SignalTrainLearner::new(config, seed)?),
        other => bail!(
            "expected a profile that can be trained further (recurrent, WaveNet, dynamics, linear or SignalTrain), found one of the family {}",
            other.family()
        ),
    })
}
