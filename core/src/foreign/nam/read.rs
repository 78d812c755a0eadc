//! From a `.nam` file to a model of ours.

use super::{NamFile, check_version, profile_info, wavenet};
use crate::file::{ModelError, Provenance, Tensor};
use crate::foreign::DEFAULT_RATE_HZ;
use crate::foreign::json::{Node, numbers, refuse, short};
use crate::models::effect::{
    ContainerConfig, ConvNetConfig, LinearConfig, MAX_NESTING, ProfileConfig, RecurrentConfig,
    SizeConfig,
};
use crate::models::{ModelCard, ModelFile};
use crate::nn::CellKind;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

pub(super) type Tensors = BTreeMap<String, Tensor>;

/// A network and its tensors.
pub(super) struct Network {
    pub config: ProfileConfig,
    pub tensors: Tensors,
}

/// A `.nam` object, at the top of a file or inside another one.
struct Source<'a> {
    architecture: &'a str,
    config: &'a Value,
    weights: Cow<'a, [f32]>,
    sample_rate: Option<f64>,
}

/// The whole file as a model of ours.
pub(super) fn model(file: &NamFile) -> Result<ModelFile, ModelError> {
    let rate = file.sample_rate.filter(|rate| *rate > 0.0).unwrap_or(DEFAULT_RATE_HZ);
    let source = Source {
        architecture: &file.architecture,
        config: &file.config,
        weights: Cow::Borrowed(&file.weights),
        sample_rate: Some(rate),
    };
    let network = source.network(0)?;
    let metadata = if file.metadata.is_object() {
        file.metadata.clone()
    } else {
        Value::Object(Default::default())
    };
    let metadata = Node::new(&metadata, "the metadata")?;
    let (info, word) = profile_info(metadata);
    let name = metadata.text("name").or_else(|| {
        let gear: Vec<String> =
            [&info.gear_make, &info.gear_model].into_iter().flatten().cloned().collect();
        (!gear.is_empty()).then(|| gear.join(" "))
    });
    let mut card = ModelCard::for_profile(&name.unwrap_or_default(), rate, network.config, info);
    card.description = word;
    card.provenance = Provenance {
        trained_by: format!("a .nam file, version {}", file.version),
        ..Default::default()
    };
    let model = ModelFile { card, tensors: network.tensors };
    model.validate()?;
    Ok(model)
}

impl<'a> Source<'a> {
    /// A `.nam` object inside another.
    fn inner(value: &'a Value, place: &'a str) -> Result<Self, ModelError> {
        let node = Node::new(value, place)?;
        match node.need("version")?.as_str() {
            Some(version) => check_version(version)?,
            None => {
                return refuse(format!(
                    "expected a version in {place}, found {}",
                    short(node.need("version")?)
                ));
            }
        }
        let Some(architecture) = node.need("architecture")?.as_str() else {
            return refuse(format!(
                "expected an architecture in {place}, found {}",
                short(node.need("architecture")?)
            ));
        };
        let weights = numbers(node.need("weights")?, "weights")?;
        let sample_rate = node.find("sample_rate").map_or(Ok(None), crate::foreign::text::rate)?;
        Ok(Self {
            architecture,
            config: node.need("config")?,
            weights: Cow::Owned(weights),
            sample_rate,
        })
    }

    fn network(&self, depth: usize) -> Result<Network, ModelError> {
        if depth > MAX_NESTING {
            return refuse(format!(
                "expected models at most {MAX_NESTING} deep inside each other, found more"
            ));
        }
        let place = format!("the config of the {}", short(self.architecture));
        let config = Node::new(self.config, &place)?;
        match self.architecture {
            "WaveNet" => {
                let condition = match config.find("condition_dsp") {
                    Some(value) => Some(self.condition(value, depth)?),
                    None => None,
                };
                let (network, tensors) = wavenet::config(config, condition)?;
                let count = network.weights();
                let mut made = self.flat(ProfileConfig::WaveNet(network), count)?;
                made.tensors.extend(tensors);
                Ok(made)
            }
            "LSTM" => self.lstm(config),
            "ConvNet" => {
                let network = ConvNetConfig {
                    channels: config.size("channels")?,
                    dilations: config.sizes("dilations")?,
                    batchnorm: config.flag("batchnorm", None)?,
                    activation: wavenet::activation(config.need("activation")?)?,
                    groups: config.size_or("groups", 1)?,
                    inputs: config.size_or("in_channels", 1)?,
                    outputs: config.size_or("out_channels", 1)?,
                };
                let count = network.weights();
                self.flat(ProfileConfig::ConvNet(network), count)
            }
            "Linear" => {
                let channels =
                    (config.size_or("in_channels", 1)?, config.size_or("out_channels", 1)?);
                if channels != (1, 1) {
                    return refuse(format!(
                        "expected an impulse response of one channel, found {channels:?}"
                    ));
                }
                let network = LinearConfig {
                    receptive_field: config.size("receptive_field")?,
                    bias: config.flag("bias", None)?,
                };
                let count = network.weights();
                self.flat(ProfileConfig::Linear(network), count)
            }
            "SlimmableContainer" => self.container(config, depth),
            other => refuse(format!(
                "expected a model of the kind WaveNet, LSTM, ConvNet, Linear or SlimmableContainer, found {:?}",
                short(other)
            )),
        }
    }

    /// A network whose weights are one list: the count first, then the config, then a copy.
    fn flat(&self, config: ProfileConfig, count: usize) -> Result<Network, ModelError> {
        self.count(count)?;
        config.check(0)?;
        let tensor = Tensor { shape: vec![count], data: self.weights.to_vec() };
        Ok(Network { config, tensors: BTreeMap::from([("weights".to_owned(), tensor)]) })
    }

    fn count(&self, expected: usize) -> Result<(), ModelError> {
        let found = self.weights.len();
        if expected != found {
            return refuse(format!(
                "expected {expected} weights for this {}, found {found}",
                short(self.architecture)
            ));
        }
        Ok(())
    }

    /// The network that makes a WaveNet's condition. Players run the largest size of a container.
    fn condition(&self, value: &Value, depth: usize) -> Result<Network, ModelError> {
        let mut source = Source::inner(value, "the network of the condition")?;
        self.same_rate(&source)?;
        if source.architecture == "SlimmableContainer" {
            let config = Node::new(source.config, "the config of the container")?;
            let Some(last) = config.list("submodels")?.last() else {
                return refuse("expected sizes in the container, found none");
            };
            let model = Node::new(last, "a size of the container")?.need("model")?;
            source = Source::inner(model, "a size of the container")?;
            self.same_rate(&source)?;
        }
        source.network(depth + 1)
    }

    fn same_rate(&self, inner: &Source<'_>) -> Result<(), ModelError> {
        match (self.sample_rate, inner.sample_rate) {
            (Some(outer), Some(inner)) if outer != inner => refuse(format!(
                "expected a model of {outer} Hz inside the model, found one of {inner} Hz"
            )),
            _ => Ok(()),
        }
    }

    fn container(&self, config: Node<'_>, depth: usize) -> Result<Network, ModelError> {
        self.count(0)?;
        let list = config.list("submodels")?;
        if list.is_empty() || list.len() > 16 {
            return refuse(format!(
                "expected 1 to 16 sizes in the container, found {}",
                list.len()
            ));
        }
        let (mut sizes, mut tensors) = (Vec::with_capacity(list.len()), Tensors::new());
        for (i, entry) in list.iter().enumerate() {
            let entry = Node::new(entry, "a size of the container")?;
            let source = Source::inner(entry.need("model")?, "a size of the container")?;
            self.same_rate(&source)?;
            if source.architecture == "SlimmableContainer" {
                return refuse("expected plain models in the container, found another container");
            }
            let network = source.network(depth + 1)?;
            sizes.push(SizeConfig {
                max_value: entry.number_or("max_value", f64::NAN)?,
                network: network.config,
            });
            tensors.extend(
                network
                    .tensors
                    .into_iter()
                    .map(|(name, tensor)| (format!("sizes.{i}.{name}"), tensor)),
            );
        }
        let config = ProfileConfig::Container(ContainerConfig { sizes });
        config.check(0)?;
        Ok(Network { config, tensors })
    }

    fn lstm(&self, config: Node<'_>) -> Result<Network, ModelError> {
        let (hidden, layers) = (config.size("hidden_size")?, config.size("num_layers")?);
        let inputs = config.size("input_size")?;
        let outputs = config.size_or("out_channels", 1)?;
        if config.size_or("in_channels", inputs)? != inputs {
            return refuse(format!(
                "expected as many channels as the LSTM's {inputs} inputs, found others"
            ));
        }
        let network = RecurrentConfig {
            initial: true,
            inputs,
            outputs,
            ..RecurrentConfig::new(CellKind::Lstm, hidden, layers, 0, false)
        };
        let made = ProfileConfig::Recurrent(network.clone());
        // The config's limits keep the counts small enough to be multiplied.
        made.check(0)?;
        let wide = 4 * hidden;
        let layer = |i: usize| wide * (network.layer_inputs(i) + hidden) + wide + 2 * hidden;
        self.count((0..layers).map(layer).sum::<usize>() + hidden * outputs + outputs)?;
        let (mut rest, mut tensors) = (&self.weights[..], Tensors::new());
        let mut take = |count: usize| {
            let (head, tail) = rest.split_at(count.min(rest.len()));
            rest = tail;
            head
        };
        for i in 0..layers {
            let inputs = network.layer_inputs(i);
            let rows = take(wide * (inputs + hidden));
            let column = |from: usize, count: usize| -> Vec<f32> {
                let columns = from..from + count;
                columns
                    .flat_map(|c| rows.iter().skip(c).step_by(inputs + hidden).copied())
                    .collect()
            };
            let entries = [
                ("input.weight", vec![inputs, wide], column(0, inputs)),
                ("hidden.weight", vec![hidden, wide], column(inputs, hidden)),
                ("bias", vec![wide], take(wide).to_vec()),
                ("initial", vec![2, hidden], take(2 * hidden).to_vec()),
            ];
            for (name, shape, data) in entries {
                tensors.insert(format!("layers.{i}.{name}"), Tensor { shape, data });
            }
        }
        let rows = take(hidden * outputs);
        let data =
            (0..hidden).flat_map(|unit| rows.iter().skip(unit).step_by(hidden).copied()).collect();
        tensors.insert("head.weight".to_owned(), Tensor { shape: vec![hidden, outputs], data });
        tensors.insert(
            "head.bias".to_owned(),
            Tensor { shape: vec![outputs], data: take(outputs).to_vec() },
        );
        Ok(Network { config: made, tensors })
    }
}
