//! From a model of ours to a `.nam` file.

use super::{NamFile, object, wavenet};
use crate::file::{ModelError, Tensor};
use crate::foreign::json::refuse;
use crate::models::ModelFile;
use crate::models::effect::dynamics::DynamicsConfig;
use crate::models::effect::signaltrain::SignalTrainConfig;
use crate::models::effect::{
    ContainerConfig, ConvNetConfig, Effect, LinearConfig, ProfileConfig, ProfileInfo,
    RecurrentConfig, WaveNetConfig,
};
use crate::nn::CellKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The version of files that players of the first generation read.
const VERSION_PLAIN: &str = "0.5.4";
/// The version of files with anything newer in them.
const VERSION_NEW: &str = "0.7.0";

/// A profile without knobs as a `.nam` file. (A profile with knobs is baked at a setting first:
/// [`ProfileModel::bake`](crate::models::effect::ProfileModel::bake).)
///
/// # Errors
/// [`ModelError::Foreign`] with the reason when the format has no word for the network.
pub fn write_nam(file: &ModelFile) -> Result<NamFile, ModelError> {
    file.validate()?;
    let Ok(Effect { network, info }) = file.card.effect() else {
        return refuse("expected the profile of an effect to write as .nam, found another model");
    };
    if network.knobs() > 0 {
        return refuse(
            "expected a profile without knobs to write as .nam, found one with knobs: bake it at a setting",
        );
    }
    let writer =
        Writer { tensors: &file.tensors, prefix: String::new(), rate: file.card.sample_rate_hz };
    let gains = Gains { before: info.input_gain_db, behind: info.output_gain_db };
    let mut nam = writer.file(network, gains)?;
    nam.metadata = metadata(&file.card.name, info);
    Ok(nam)
}

fn metadata(name: &str, info: &ProfileInfo) -> Value {
    let mut entries: Vec<(&'static str, Value)> = Vec::new();
    let texts = [
        ("name", Some(name.to_owned()).filter(|name| !name.is_empty())),
        ("modeled_by", info.modeled_by.clone()),
        ("gear_type", info.gear_type.clone()),
        ("gear_make", info.gear_make.clone()),
        ("gear_model", info.gear_model.clone()),
        ("tone_type", info.tone_type.clone()),
    ];
    entries.extend(texts.into_iter().filter_map(|(key, text)| text.map(|text| (key, json!(text)))));
    let levels = [
        ("loudness", info.loudness_db),
        ("input_level_dbu", info.input_level_dbu),
        ("output_level_dbu", info.output_level_dbu),
    ];
    entries.extend(
        levels.into_iter().filter_map(|(key, level)| level.map(|level| (key, json!(level)))),
    );
    if let Some(esr) = info.esr {
        entries.push(("training", json!({ "validation_esr": esr })));
    }
    object(entries)
}

struct Writer<'a> {
    tensors: &'a BTreeMap<String, Tensor>,
    prefix: String,
    rate: f64,
}

impl Writer<'_> {
    fn get(&self, name: &str) -> Result<&[f32], ModelError> {
        let name = format!("{}{name}", self.prefix);
        match self.tensors.get(&name) {
            Some(tensor) => Ok(&tensor.data),
            None => Err(ModelError::MissingTensor { name }),
        }
    }

    fn inner(&self, prefix: &str) -> Writer<'_> {
        Writer {
            tensors: self.tensors,
            prefix: format!("{}{prefix}", self.prefix),
            rate: self.rate,
        }
    }

    /// A network with gains before and behind it, in dB.
    fn file(&self, config: &ProfileConfig, gains: Gains) -> Result<NamFile, ModelError> {
        let has_gains = gains != Gains::default();
        if has_gains && !crate::with_family!(config, config => config.takes_gains()) {
            return refuse(
                "expected a network without gains around it to write as .nam, found gains",
            );
        }
        let form = crate::with_family!(config, config => config.form(self, gains))?;
        let Some(Form { architecture, version, config, weights }) = form else {
            return refuse(format!(
                "expected an LSTM, a WaveNet, a ConvNet or an impulse response to write as .nam, \
                 found the family {}, which the format has no word for",
                config.family()
            ));
        };
        Ok(NamFile {
            version: version.to_owned(),
            metadata: Value::Null,
            architecture: architecture.to_owned(),
            config,
            weights,
            sample_rate: Some(self.rate),
        })
    }
}

/// Gains around a network, in dB.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Gains {
    before: f32,
    behind: f32,
}

/// A network as `.nam` files have it.
struct Form {
    architecture: &'static str,
    version: &'static str,
    config: Value,
    weights: Vec<f32>,
}

/// A family that the format may have a word for.
trait Written {
    /// Whether gains around the network can be taken into its weights.
    fn takes_gains(&self) -> bool {
        false
    }

    /// The form of the network whose tensors the writer has; `None` where the format has no word
    /// for the family. `gains` are none where the network cannot take them.
    fn form(&self, _writer: &Writer<'_>, _gains: Gains) -> Result<Option<Form>, ModelError> {
        Ok(None)
    }
}

impl Written for WaveNetConfig {
    fn form(&self, writer: &Writer<'_>, _gains: Gains) -> Result<Option<Form>, ModelError> {
        let weights = writer.get("weights")?.to_vec();
        let condition = match &self.condition {
            Some(network) => {
                Some(value(&writer.inner("condition.").file(network, Gains::default())?))
            }
            None => None,
        };
        let scale = weights.last().copied().unwrap_or(1.0);
        let (mut config, plain) = wavenet::config_json(self, scale, condition);
        if let (true, Some(map)) = (self.inputs != 1, config.as_object_mut()) {
            map.insert("in_channels".to_owned(), json!(self.inputs));
        }
        let version = if plain { VERSION_PLAIN } else { VERSION_NEW };
        Ok(Some(Form { architecture: "WaveNet", version, config, weights }))
    }
}

impl Written for ConvNetConfig {
    fn form(&self, writer: &Writer<'_>, _gains: Gains) -> Result<Option<Form>, ModelError> {
        if (self.groups, self.inputs, self.outputs) != (1, 1, 1) {
            return refuse(
                "expected a ConvNet of one group and one channel to write as .nam, found more",
            );
        }
        let activation = wavenet::activation_json(&self.activation);
        let activation = match activation.as_object() {
            Some(map) if map.len() == 1 => map["type"].clone(),
            _ => activation,
        };
        let config = json!({
            "channels": self.channels, "dilations": self.dilations, "batchnorm": self.batchnorm,
            "activation": activation,
        });
        let weights = writer.get("weights")?.to_vec();
        Ok(Some(Form { architecture: "ConvNet", version: VERSION_PLAIN, config, weights }))
    }
}

impl Written for LinearConfig {
    fn form(&self, writer: &Writer<'_>, _gains: Gains) -> Result<Option<Form>, ModelError> {
        let config = json!({ "receptive_field": self.receptive_field, "bias": self.bias });
        let weights = writer.get("weights")?.to_vec();
        Ok(Some(Form { architecture: "Linear", version: VERSION_PLAIN, config, weights }))
    }
}

impl Written for ContainerConfig {
    fn form(&self, writer: &Writer<'_>, _gains: Gains) -> Result<Option<Form>, ModelError> {
        let mut submodels = Vec::with_capacity(self.sizes.len());
        for (i, size) in self.sizes.iter().enumerate() {
            let model =
                writer.inner(&format!("sizes.{i}.")).file(&size.network, Gains::default())?;
            submodels.push(json!({ "max_value": size.max_value, "model": value(&model) }));
        }
        let config = json!({ "submodels": submodels });
        Ok(Some(Form {
            architecture: "SlimmableContainer",
            version: VERSION_NEW,
            config,
            weights: Vec::new(),
        }))
    }
}

impl Written for DynamicsConfig {}

impl Written for SignalTrainConfig {}

impl Written for RecurrentConfig {
    fn takes_gains(&self) -> bool {
        true
    }

    fn form(&self, writer: &Writer<'_>, gains: Gains) -> Result<Option<Form>, ModelError> {
        if self.cell != CellKind::Lstm {
            return refuse(
                "expected an LSTM to write as .nam, found a GRU, which the format has no word for",
            );
        }
        if self.skip {
            return refuse(
                "expected an LSTM without a skip path to write as .nam, found one that adds its input to its output",
            );
        }
        let gain = |db: f32| 10f32.powf(db / 20.0);
        let (hidden, wide) = (self.hidden, 4 * self.hidden);
        let mut weights = Vec::new();
        for i in 0..self.layers {
            let input = writer.get(&format!("layers.{i}.input.weight"))?;
            let earlier = writer.get(&format!("layers.{i}.hidden.weight"))?;
            let before = if i == 0 { gain(gains.before) } else { 1.0 };
            for row in 0..wide {
                weights.extend(input.iter().skip(row).step_by(wide).map(|w| w * before));
                weights.extend(earlier.iter().skip(row).step_by(wide));
            }
            weights.extend_from_slice(writer.get(&format!("layers.{i}.bias"))?);
            if self.initial {
                weights.extend_from_slice(writer.get(&format!("layers.{i}.initial"))?);
            } else {
                weights.resize(weights.len() + 2 * hidden, 0.0);
            }
        }
        let head = writer.get("head.weight")?;
        for output in 0..self.outputs {
            weights.extend(
                head.iter().skip(output).step_by(self.outputs).map(|w| w * gain(gains.behind)),
            );
        }
        weights.extend(writer.get("head.bias")?.iter().map(|b| b * gain(gains.behind)));
        let mut config =
            json!({ "input_size": self.inputs, "hidden_size": hidden, "num_layers": self.layers });
        if let (true, Some(map)) = ((self.inputs, self.outputs) != (1, 1), config.as_object_mut()) {
            map.insert("in_channels".to_owned(), json!(self.inputs));
            map.insert("out_channels".to_owned(), json!(self.outputs));
        }
        Ok(Some(Form { architecture: "LSTM", version: VERSION_PLAIN, config, weights }))
    }
}

/// A file as a JSON value, to stand inside another one.
fn value(file: &NamFile) -> Value {
    serde_json::to_value(file).unwrap_or(Value::Null)
}
