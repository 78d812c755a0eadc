//! Proteus and NeuralPi files: a PyTorch state.

use super::json::{Node, numbers, refuse, short};
use super::recurrent::{Layers, transposed};
use crate::file::ModelError;
use crate::models::ModelFile;
use crate::models::effect::ProfileInfo;
use crate::nn::CellKind;
use serde_json::Value;

/// The rate that these captures are made at when they do not say one.
const RATE_HZ: f64 = 44_100.0;

pub(super) fn model(json: &Value) -> Result<ModelFile, ModelError> {
    let node = Node::new(json, "the Proteus file")?;
    let Some(data) = node.child("model_data", "model_data")? else {
        return refuse("expected an entry \"model_data\" in the Proteus file, found none");
    };
    let state = Node::new(node.need("state_dict")?, "state_dict")?;
    let cell = match data.text("unit_type").as_deref() {
        Some("LSTM") => CellKind::Lstm,
        Some("GRU") => CellKind::Gru,
        other => {
            return refuse(format!(
                "expected the unit type LSTM or GRU, found {}",
                short(other.unwrap_or("none"))
            ));
        }
    };
    let (hidden, inputs) = (data.size("hidden_size")?, data.size_or("input_size", 1)?);
    if data.size_or("num_layers", 1)? != 1 || data.size_or("output_size", 1)? != 1 {
        return refuse("expected one layer and one output in the Proteus file, found more");
    }
    if !(1..=512).contains(&hidden) || !(1..=3).contains(&inputs) {
        return refuse(format!(
            "expected 1 to 512 units and 1 to 3 inputs, found {hidden} and {inputs}"
        ));
    }
    let get = |key: &str| numbers(state.need(key)?, key);
    let wide = cell.gates() * hidden;
    let (input, recurrent) = (get("rec.weight_ih_l0")?, get("rec.weight_hh_l0")?);
    let (outer, inner) = (get("rec.bias_ih_l0")?, get("rec.bias_hh_l0")?);
    if input.len() != inputs * wide
        || recurrent.len() != hidden * wide
        || [outer.len(), inner.len()] != [wide; 2]
    {
        return refuse(format!(
            "expected weights of {hidden} units and {inputs} inputs, found {}, {}, {} and {} of them",
            input.len(),
            recurrent.len(),
            outer.len(),
            inner.len()
        ));
    }
    // The new gate of a GRU keeps the two biases apart.
    let both = if cell == CellKind::Gru { 2 * hidden } else { wide };
    let sum = outer[..both].iter().zip(&inner[..both]).map(|(a, b)| a + b);
    let head_bias = if state.find("lin.bias").is_some() { get("lin.bias")? } else { vec![0.0] };
    let said = data.find("sample_rate").or_else(|| node.find("sample_rate"));
    let rate_hz = said.map_or(Ok(None), super::text::rate)?.unwrap_or(RATE_HZ);
    let layers = Layers {
        cell,
        hidden,
        inputs,
        skip: data.flag("skip", Some(false))?,
        input: transposed(&input, inputs),
        recurrent: transposed(&recurrent, hidden),
        bias: sum.chain(outer[both..].iter().copied()).collect(),
        hidden_bias: inner[both..].to_vec(),
        head: get("lin.weight")?,
        head_bias,
    };
    layers.model(&node.text("name").unwrap_or_default(), rate_hz, ProfileInfo::default())
}
