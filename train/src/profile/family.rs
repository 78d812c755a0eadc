//! The families that a profile can be trained in.

use std::str::FromStr;

use anyhow::{Result, bail};
use nfx_core::models::effect::dynamics::DynamicsConfig;
use nfx_core::models::effect::signaltrain::SignalTrainConfig;
use nfx_core::models::effect::{
    KnobConfig, LayerArray, LinearConfig, PointActivation, ProfileConfig, RecurrentConfig,
    WaveNetConfig,
};
use nfx_core::nn::CellKind;
use nfx_learn::effect::loss::LossConfig;
use nfx_learn::effect::{ProfileLearner, families};
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

/// A family on the command line.
struct Row {
    family: Family,
    /// The word for it.
    name: &'static str,
    /// The network for so many knobs.
    config: fn(Size, usize) -> ProfileConfig,
}

/// One row a family, in the order in which they are listed.
const ROWS: [Row; 8] = [
    Row {
        family: Family::Lstm,
        name: "lstm",
        config: |size, knobs| recurrent(CellKind::Lstm, size, knobs),
    },
    Row {
        family: Family::Gru,
        name: "gru",
        config: |size, knobs| recurrent(CellKind::Gru, size, knobs),
    },
    Row {
        family: Family::WaveNet,
        name: "wavenet",
        config: |size, knobs| {
            let width = size.width.unwrap_or(16);
            with_knobs(WaveNetConfig::a1(width, (width / 2).max(1)), knobs)
        },
    },
    Row {
        family: Family::A2,
        name: "a2",
        config: |size, knobs| with_knobs(WaveNetConfig::a2(size.width.unwrap_or(8)), knobs),
    },
    Row { family: Family::Tcn, name: "tcn", config: |size, knobs| with_knobs(tcn(size), knobs) },
    Row {
        family: Family::Dynamics,
        name: "dynamics",
        config: |_, knobs| DynamicsConfig::with_knobs(knobs).into(),
    },
    Row {
        family: Family::Linear,
        name: "linear",
        config: |size, _| {
            LinearConfig { receptive_field: size.taps.unwrap_or(TAPS), bias: false }.into()
        },
    },
    Row {
        family: Family::SignalTrain,
        name: "signaltrain",
        config: |_, knobs| SignalTrainConfig::original(knobs).into(),
    },
];

impl Family {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Family> {
        ROWS.iter().map(|row| row.family)
    }

    fn row(self) -> &'static Row {
        // A test holds the rows to the order of the variants.
        &ROWS[self as usize]
    }

    /// The word of the command line.
    pub fn name(self) -> &'static str {
        self.row().name
    }
}

impl FromStr for Family {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self> {
        match Family::all().find(|family| family.name() == text) {
            Some(family) => Ok(family),
            None => {
                let names: Vec<&str> = Family::all().map(Family::name).collect();
                bail!("expected a family ({}), found {text:?}", names.join(", "))
            }
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
    loss: LossConfig,
    seed: u64,
) -> Result<Box<dyn ProfileLearner>> {
    let config = config(family, size, knobs);
    if family == Family::Linear && knobs > 0 {
        bail!("expected a family that can have knobs, found linear: an impulse response has none");
    }
    config.validate()?;
    Ok(families::learner(&config, loss, seed)?)
}

/// The network of a family.
pub fn config(family: Family, size: Size, knobs: usize) -> ProfileConfig {
    (family.row().config)(size, knobs)
}

fn recurrent(cell: CellKind, size: Size, knobs: usize) -> ProfileConfig {
    let (width, layers) = (size.width.unwrap_or(32), size.layers.unwrap_or(1));
    RecurrentConfig::new(cell, width, layers, knobs, size.skip).into()
}

fn tcn(size: Size) -> WaveNetConfig {
    let dilations = [1, 4, 16, 64, 256];
    let mut array = LayerArray::plain(1, size.width.unwrap_or(16), 7, &dilations);
    array.activations = vec![PointActivation::LeakyRelu { negative_slope: 0.2 }; dilations.len()];
    WaveNetConfig::new(vec![array])
}

fn with_knobs(mut config: WaveNetConfig, knobs: usize) -> ProfileConfig {
    if knobs > 0 {
        config.knobs = Some(KnobConfig { count: knobs, hidden: 16 });
    }
    config.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_stands_at_the_place_of_its_family() {
        for (place, row) in ROWS.iter().enumerate() {
            assert_eq!(row.family as usize, place, "{}", row.name);
            assert_eq!(row.name.parse::<Family>().unwrap(), row.family);
        }
    }
}
