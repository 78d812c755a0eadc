//! The table of families: one variant and one arm for each. Nothing else matches over them.
//!
//! A family is a folder beside this file. Its config implements [`Family`]; its network
//! [`Network`](super::network::Network).

use super::container::ContainerConfig;
use super::convnet::ConvNetConfig;
use super::dynamics::DynamicsConfig;
use super::linear::LinearConfig;
use super::network::{Network, Tensors};
use super::recurrent::RecurrentConfig;
use super::signaltrain::SignalTrainConfig;
use super::wavenet::WaveNetConfig;
use crate::file::{ModelError, Tensor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How deep networks may be nested: a container of networks whose conditions come from networks.
pub const MAX_NESTING: usize = 4;

/// The network of a profile. In JSON the config's fields stand beside `"family"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "family", rename_all = "snake_case")]
pub enum ProfileConfig {
    /// LSTM or GRU layers and a dense output.
    Recurrent(RecurrentConfig),
    /// Dilated causal convolutions with skip connections, in all forms that `.nam` files know, with
    /// knobs.
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

/// Evaluates an expression with the config of whatever family a [`ProfileConfig`] is of. A crate
/// that needs more of families than core says gives all configs a trait of its own and calls it
/// here: the compiler then asks for an `impl` where a family lacks one.
///
/// ```
/// use nfx_core::models::effect::{LinearConfig, ProfileConfig};
/// let network = ProfileConfig::from(LinearConfig { receptive_field: 64, bias: false });
/// let text = nfx_core::with_family!(&network, config => format!("{config:?}"));
/// assert_eq!(text, "LinearConfig { receptive_field: 64, bias: false }");
/// ```
#[macro_export]
macro_rules! with_family {
    ($network:expr, $config:pat => $value:expr) => {
        match $network {
            $crate::models::effect::ProfileConfig::Recurrent($config) => $value,
            $crate::models::effect::ProfileConfig::WaveNet($config) => $value,
            $crate::models::effect::ProfileConfig::ConvNet($config) => $value,
            $crate::models::effect::ProfileConfig::Linear($config) => $value,
            $crate::models::effect::ProfileConfig::Container($config) => $value,
            $crate::models::effect::ProfileConfig::Dynamics($config) => $value,
            $crate::models::effect::ProfileConfig::SignalTrain($config) => $value,
        }
    };
}

/// Names and shapes of tensors.
pub(super) type Shapes = Vec<(String, Vec<usize>)>;
/// A network without knobs: its config and weights.
pub(super) type Baked = (ProfileConfig, BTreeMap<String, Tensor>);

/// What core knows of a family, by its config.
pub(super) trait Family {
    /// The family in words: "LSTM", "WaveNet".
    fn name(&self) -> &'static str;

    /// What such a network is to a musician.
    fn words(&self) -> &'static str {
        self.name()
    }

    /// How many knobs the network is conditioned on.
    fn knobs(&self) -> usize {
        0
    }

    /// Signals that go in and come out.
    fn signals(&self) -> (usize, usize) {
        (1, 1)
    }

    /// Whether a network of this form can be made, `depth` networks deep.
    fn check(&self, depth: usize) -> Result<(), ModelError>;

    /// The name and the shape of every tensor.
    fn tensor_shapes(&self) -> Shapes;

    /// The real-time form.
    fn network(&self, tensors: Tensors<'_>, rate_hz: f64) -> Result<Arc<dyn Network>, ModelError>;

    /// The real-time form in all its sizes, the smallest first.
    fn sizes(
        &self,
        tensors: Tensors<'_>,
        rate_hz: f64,
    ) -> Result<Vec<Arc<dyn Network>>, ModelError> {
        Ok(vec![self.network(tensors, rate_hz)?])
    }

    /// Whether it may stand inside another network: as a size, or as what makes the condition.
    fn is_plain(&self) -> bool {
        true
    }

    /// Which of the sizes is played at a quality of 0 to 1; `None` for the largest.
    fn size_for(&self, _quality: f64) -> Option<usize> {
        None
    }

    /// The same network at a setting of its knobs (normalised).
    fn bake(
        &self,
        _tensors: &BTreeMap<String, Tensor>,
        _knobs: &[f32],
    ) -> Result<Baked, ModelError> {
        Err(ModelError::Foreign(format!(
            "expected a recurrent network or a WaveNet to bake at a setting, found the family {}, whose knobs are more \
             than weights",
            self.name()
        )))
    }
}

impl ProfileConfig {
    /// The families that this version can load, as they stand in a file.
    pub const NAMES: [&'static str; 7] =
        ["recurrent", "wavenet", "convnet", "linear", "container", "dynamics", "signaltrain"];

    fn as_family(&self) -> &dyn Family {
        with_family!(self, config => config)
    }

    /// The family in words, for a person: "LSTM", "WaveNet".
    pub fn family(&self) -> &'static str {
        self.as_family().name()
    }

    /// What such a network is to a musician: "impulse response", "dynamics processor", or its
    /// family.
    pub fn words(&self) -> &'static str {
        self.as_family().words()
    }

    /// How many knobs the network is conditioned on.
    pub fn knobs(&self) -> usize {
        self.as_family().knobs()
    }

    /// Signals that go in and come out.
    pub fn signals(&self) -> (usize, usize) {
        self.as_family().signals()
    }

    /// Whether a network of this form can be made and played on one signal.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        self.check(0)?;
        match self.signals() {
            (1, 1) => Ok(()),
            (inputs, outputs) => refuse(format!(
                "expected a network of one signal in and one out, found {inputs} in and {outputs} out"
            )),
        }
    }

    /// As [`ProfileConfig::validate`], `depth` networks deep, with any number of signals.
    pub(crate) fn check(&self, depth: usize) -> Result<(), ModelError> {
        if depth > MAX_NESTING {
            return refuse(format!(
                "expected networks at most {MAX_NESTING} deep inside each other, found more"
            ));
        }
        self.as_family().check(depth)
    }

    /// The name and the shape of every tensor.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        self.as_family().tensor_shapes()
    }

    /// Whether it may stand inside another network: as a size, or as what makes the condition.
    pub(super) fn is_plain(&self) -> bool {
        self.as_family().is_plain()
    }

    /// Which of the sizes is played at a quality of 0 to 1; `None` for the largest.
    pub(super) fn size_for(&self, quality: f64) -> Option<usize> {
        self.as_family().size_for(quality)
    }

    /// The real-time form.
    pub(super) fn network(
        &self,
        tensors: Tensors<'_>,
        rate_hz: f64,
    ) -> Result<Arc<dyn Network>, ModelError> {
        self.as_family().network(tensors, rate_hz)
    }

    /// The real-time form in all its sizes, the smallest first.
    pub(super) fn networks(
        &self,
        tensors: Tensors<'_>,
        rate_hz: f64,
    ) -> Result<Vec<Arc<dyn Network>>, ModelError> {
        self.as_family().sizes(tensors, rate_hz)
    }

    /// The same network at a setting of its knobs (normalised).
    pub(super) fn bake(
        &self,
        tensors: &BTreeMap<String, Tensor>,
        knobs: &[f32],
    ) -> Result<Baked, ModelError> {
        self.as_family().bake(tensors, knobs)
    }
}

/// A config as that of a network, for each family.
macro_rules! from_configs {
    ($($family:ident($config:ty)),*) => {
        $(impl From<$config> for ProfileConfig {
            fn from(config: $config) -> Self {
                ProfileConfig::$family(config)
            }
        })*
    };
}

from_configs!(
    Recurrent(RecurrentConfig),
    WaveNet(WaveNetConfig),
    ConvNet(ConvNetConfig),
    Linear(LinearConfig),
    Container(ContainerConfig),
    Dynamics(DynamicsConfig),
    SignalTrain(SignalTrainConfig)
);

/// A configuration that cannot be used.
pub(super) fn refuse<T>(sentence: String) -> Result<T, ModelError> {
    Err(ModelError::Config(sentence))
}
