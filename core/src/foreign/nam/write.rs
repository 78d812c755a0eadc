//! From a model of ours to a `.nam` file.

use super::{NamFile, object, wavenet};
use crate::file::{ModelError, Tensor};
use crate::foreign::json::refuse;
use crate::models::effect::{ContainerConfig, ProfileConfig, ProfileInfo, RecurrentConfig};
use crate::models::{Architecture, ModelFile};
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
    let Architecture::Profile(config) = &file.card.architecture else {
        return refuse("expected the profile of an effect to write as .nam, found another model");
    };
    if config.knobs() > 0 {
        return refuse("expected a profile without knobs to write as .nam, found one with knobs: bake it at a setting");
    }
    let info = file.card.profile.clone().unwrap_or_default();
    let writer = Writer { tensors: &file.tensors, prefix: String::new(), rate: file.card.sample_rate_hz };
    let mut nam = writer.file(config, (info.input_gain_db, info.output_gain_db))?;
    nam.metadata = metadata(&file.card.name, &info);
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
    entries.extend(levels.into_iter().filter_map(|(key, level)| level.map(|level| (key, json!(level)))));
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
        Writer { tensors: self.tensors, prefix: format!("{}{prefix}", self.prefix), rate: self.rate }
    }

    /// A network with gains before and behind it, in dB.
    fn file(&self, config: &ProfileConfig, gains: (f32, f32)) -> Result<NamFile, ModelError> {
        if gains != (0.0, 0.0) && !matches!(config, ProfileConfig::Recurrent(_)) {
            return refuse("expected a network without gains around it to write as .nam, found gains");
        }
        let (architecture, version, json, weights) = match config {
            ProfileConfig::Recurrent(config) => {
                let (json, weights) = self.lstm(config, gains)?;
                ("LSTM", VERSION_PLAIN, json, weights)
            }
            ProfileConfig::WaveNet(config) => {
                let weights = self.get("weights")?.to_vec();
                let condition = match &config.condition {
                    Some(network) => Some(value(&self.inner("condition.").file(network, (0.0, 0.0))?)),
                    None => None,
                };
                let scale = weights.last().copied().unwrap_or(1.0);
                let (mut json, plain) = wavenet::config_json(config, scale, condition);
                if let (true, Some(map)) = (config.inputs != 1, json.as_object_mut()) {
                    map.insert("in_channels".to_owned(), json!(config.inputs));
                }
                ("WaveNet", if plain { VERSION_PLAIN } else { VERSION_NEW }, json, weights)
            }
            ProfileConfig::ConvNet(config) => {
                if (config.groups, config.inputs, config.outputs) != (1, 1, 1) {
                    return refuse("expected a ConvNet of one group and one channel to write as .nam, found more");
                }
                let activation = wavenet::activation_json(&config.activation);
                let activation = match activation.as_object() {
                    Some(map) if map.len() == 1 => map["type"].clone(),
                    _ => activation,
                };
                let json = json!({
                    "channels": config.channels, "dilations": config.dilations, "batchnorm": config.batchnorm,
                    "activation": activation,
                });
                ("ConvNet", VERSION_PLAIN, json, self.get("weights")?.to_vec())
            }
            ProfileConfig::Linear(config) => {
                let json = json!({ "receptive_field": config.receptive_field, "bias": config.bias });
                ("Linear", VERSION_PLAIN, json, self.get("weights")?.to_vec())
            }
            ProfileConfig::Container(config) => {
                ("SlimmableContainer", VERSION_NEW, self.container(config)?, Vec::new())
            }
            other => {
                return refuse(format!(
                    "expected an LSTM, a WaveNet, a ConvNet or an impulse response to write as .nam, found the family {}, \
                     which the format has no word for",
                    other.family()
                ));
            }
        };
        Ok(NamFile {
            version: version.to_owned(),
            metadata: Value::Null,
            architecture: architecture.to_owned(),
            config: json,
            weights,
            sample_rate: Some(self.rate),
        })
    }

    fn container(&self, config: &ContainerConfig) -> Result<Value, ModelError> {
        let mut submodels = Vec::with_capacity(config.sizes.len());
        for (i, size) in config.sizes.iter().enumerate() {
            let model = self.inner(&format!("sizes.{i}.")).file(&size.network, (0.0, 0.0))?;
            submodels.push(json!({ "max_value": size.max_value, "model": value(&model) }));
        }
        Ok(json!({ "submodels": submodels }))
    }

    fn lstm(&self, config: &RecurrentConfig, gains: (f32, f32)) -> Result<(Value, Vec<f32>), ModelError> {
        if config.cell != CellKind::Lstm {
            return refuse("expected an LSTM to write as .nam, found a GRU, which the format has no word for");
        }
        if config.skip {
            return refuse(
                "expected an LSTM without a skip path to write as .nam, found one that adds its input to its output",
            );
        }
        let gain = |db: f32| 10f32.powf(db / 20.0);
        let (hidden, wide) = (config.hidden, 4 * config.hidden);
        let mut weights = Vec::new();
        for i in 0..config.layers {
            let input = self.get(&format!("layers.{i}.input.weight"))?;
            let earlier = self.get(&format!("layers.{i}.hidden.weight"))?;
            let before = if i == 0 { gain(gains.0) } else { 1.0 };
            for row in 0..wide {
                weights.extend(input.iter().skip(row).step_by(wide).map(|w| w * before));
                weights.extend(earlier.iter().skip(row).step_by(wide));
            }
            weights.extend_from_slice(self.get(&format!("layers.{i}.bias"))?);
            if config.initial {
                weights.extend_from_slice(self.get(&format!("layers.{i}.initial"))?);
            } else {
                weights.resize(weights.len() + 2 * hidden, 0.0);
            }
        }
        let head = self.get("head.weight")?;
        for output in 0..config.outputs {
            weights.extend(head.iter().skip(output).step_by(config.outputs).map(|w| w * gain(gains.1)));
        }
        weights.extend(self.get("head.bias")?.iter().map(|b| b * gain(gains.1)));
        let mut json = json!({ "input_size": config.inputs, "hidden_size": hidden, "num_layers": config.layers });
        if let (true, Some(map)) = ((config.inputs, config.outputs) != (1, 1), json.as_object_mut()) {
            map.insert("in_channels".to_owned(), json!(config.inputs));
            map.insert("out_channels".to_owned(), json!(config.outputs));
        }
        Ok((json, weights))
    }
}

/// A file as a JSON value, to stand inside another one.
fn value(file: &NamFile) -> Value {
    serde_json::to_value(file).unwrap_or(Value::Null)
}
