//! The configs of the profile networks: what each looks like, without its weights.

mod array;
mod recurrent;
mod simple;
mod wavenet;

pub use array::{Film, FilmPlace, Gating, Head1x1, HeadConv, LayerArray};
pub use recurrent::RecurrentConfig;
pub use simple::{ContainerConfig, ConvNetConfig, LinearConfig, SizeConfig};
pub use wavenet::{KnobConfig, PointActivation, PostHead, WaveNetConfig};

use super::dynamics::DynamicsConfig;
use super::signaltrain::SignalTrainConfig;
use crate::file::ModelError;
use serde::{Deserialize, Serialize};

/// The most samples that an output of a convolutional network may depend on: 21 s at 48 kHz.
pub const MAX_RECEPTIVE_FIELD: usize = 1 << 20;
/// The most numbers that a network may keep between samples: 16 MiB.
pub const MAX_MEMORY: usize = 1 << 22;
/// How deep networks may be nested: a container of networks whose conditions come from networks.
pub const MAX_NESTING: usize = 4;

/// The network of a profile. In JSON the config's fields stand beside `"family"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "family", rename_all = "snake_case")]
pub enum ProfileConfig {
    /// LSTM or GRU layers and a dense output.
    Recurrent(RecurrentConfig),
    /// Dilated causal convolutions with skip connections, in all forms that `.nam` files know, with knobs.
    #[serde(rename = "wavenet")]
    WaveNet(WaveNetConfig),
    /// Dilated causal convolutions one after the other.
    #[serde(rename = "convnet")]
    ConvNet(ConvNetConfig),
    /// An impulse response.
    Linear(LinearConfig),
    /// The same sound in several sizes.
    Container(ContainerConfig),
    /// A level meter, a curve and memories: compressors, expanders, limiters.
    Dynamics(DynamicsConfig),
    /// Learned transforms and networks along time, late by 4,096 samples.
    #[serde(rename = "signaltrain")]
    SignalTrain(SignalTrainConfig),
}

impl ProfileConfig {
    /// The family in words, for a person.
    pub fn family(&self) -> &'static str {
        match self {
            ProfileConfig::Recurrent(config) => config.family(),
            ProfileConfig::WaveNet(_) => "WaveNet",
            ProfileConfig::ConvNet(_) => "ConvNet",
            ProfileConfig::Linear(_) => "Linear",
            ProfileConfig::Container(_) => "Slimmable",
            ProfileConfig::Dynamics(_) => "Dynamics",
            ProfileConfig::SignalTrain(_) => "SignalTrain",
        }
    }

    /// The knobs that the network is told.
    pub fn knobs(&self) -> usize {
        match self {
            ProfileConfig::Recurrent(config) => config.knobs,
            ProfileConfig::WaveNet(config) => config.knobs.as_ref().map_or(0, |knobs| knobs.count),
            ProfileConfig::ConvNet(_) | ProfileConfig::Linear(_) | ProfileConfig::Container(_) => 0,
            ProfileConfig::Dynamics(config) => config.knobs,
            ProfileConfig::SignalTrain(config) => config.knobs,
        }
    }

    /// Signals that go in and come out.
    pub fn signals(&self) -> (usize, usize) {
        match self {
            ProfileConfig::Recurrent(config) => (config.inputs, config.outputs),
            ProfileConfig::WaveNet(config) => (config.inputs, config.outputs()),
            ProfileConfig::ConvNet(config) => (config.inputs, config.outputs),
            ProfileConfig::Linear(_) | ProfileConfig::Container(_) => (1, 1),
            ProfileConfig::Dynamics(_) | ProfileConfig::SignalTrain(_) => (1, 1),
        }
    }

    /// Whether a network of this form can be made and played on one signal.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        self.check(0)?;
        match self.signals() {
            (1, 1) => Ok(()),
            (inputs, outputs) => {
                refuse(format!("expected a network of one signal in and one out, found {inputs} in and {outputs} out"))
            }
        }
    }

    /// As [`ProfileConfig::validate`], `depth` networks deep, with any number of signals.
    pub(crate) fn check(&self, depth: usize) -> Result<(), ModelError> {
        if depth > MAX_NESTING {
            return refuse(format!("expected networks at most {MAX_NESTING} deep inside each other, found more"));
        }
        match self {
            ProfileConfig::Recurrent(config) => config.check(),
            ProfileConfig::WaveNet(config) => config.check(depth),
            ProfileConfig::ConvNet(config) => config.check(),
            ProfileConfig::Linear(config) => config.check(),
            ProfileConfig::Container(config) => config.check(depth),
            ProfileConfig::Dynamics(config) => config.validate(),
            ProfileConfig::SignalTrain(config) => config.validate(),
        }
    }

    /// The name and the shape of every tensor.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        match self {
            ProfileConfig::Recurrent(config) => config.tensor_shapes(),
            ProfileConfig::WaveNet(config) => config.tensor_shapes(),
            ProfileConfig::ConvNet(config) => vec![("weights".to_owned(), vec![config.weights()])],
            ProfileConfig::Linear(config) => vec![("weights".to_owned(), vec![config.weights()])],
            ProfileConfig::Container(config) => config.tensor_shapes(),
            ProfileConfig::Dynamics(config) => config.tensor_shapes(),
            ProfileConfig::SignalTrain(config) => config.tensor_shapes(),
        }
    }
}

fn refuse<T>(sentence: String) -> Result<T, ModelError> {
    Err(ModelError::Config(sentence))
}

/// That `value` lies in `range`; `what` names it in the sentence.
fn within(what: &str, value: usize, range: std::ops::RangeInclusive<usize>) -> Result<(), ModelError> {
    if range.contains(&value) {
        return Ok(());
    }
    refuse(format!("expected {what} of {} to {}, found {value}", range.start(), range.end()))
}

fn product(sizes: &[usize]) -> usize {
    sizes.iter().fold(1, |product, &size| product.saturating_mul(size))
}

fn total(sizes: impl IntoIterator<Item = usize>) -> usize {
    sizes.into_iter().fold(0, usize::saturating_add)
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
fn is_one(value: &usize) -> bool {
    *value == 1
}

fn one() -> usize {
    1
}
