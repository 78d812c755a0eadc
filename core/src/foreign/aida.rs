//! AIDA-X files: layers with weights as Keras has them.

use super::DEFAULT_RATE_HZ;
use super::json::{Node, numbers, refuse, short};
use super::nam::profile_info;
use super::recurrent::Layers;
use crate::file::ModelError;
use crate::models::ModelFile;
use crate::nn::CellKind;
use serde_json::{Map, Value};

pub(super) fn model(json: &Value) -> Result<ModelFile, ModelError> {
    let node = Node::new(json, "the AIDA-X file")?;
    let [recurrent, dense] = node.list("layers")? else {
        return refuse(format!(
            "expected a recurrent and a dense layer in the AIDA-X file, found {} layers",
            node.list("layers")?.len()
        ));
    };
    let (recurrent, dense) =
        (Node::new(recurrent, "the first layer")?, Node::new(dense, "the last layer")?);
    let cell = match recurrent.text("type").as_deref() {
        Some("lstm") => CellKind::Lstm,
        Some("gru") => CellKind::Gru,
        other => {
            return refuse(format!(
                "expected a layer lstm or gru first, found {}",
                short(other.unwrap_or("none"))
            ));
        }
    };
    if dense.text("type").as_deref() != Some("dense") {
        return refuse(format!(
            "expected a dense layer last, found {}",
            short(dense.text("type").unwrap_or_default())
        ));
    }
    match dense.text("activation").as_deref() {
        None | Some("linear") => {}
        Some(other) => {
            return refuse(format!(
                "expected a dense layer without activation, found {}",
                short(other)
            ));
        }
    }
    let [kernel, inner, bias] = recurrent.list("weights")? else {
        return refuse(
            "expected kernel, recurrent kernel and bias in the first layer, found others",
        );
    };
    let [head, head_bias] = dense.list("weights")? else {
        return refuse("expected weights and bias in the dense layer, found others");
    };
    let (kernel, inner) = (numbers(kernel, "weights")?, numbers(inner, "weights")?);
    let bias = numbers(bias, "weights")?;
    let (head, head_bias) = (numbers(head, "weights")?, numbers(head_bias, "weights")?);
    let hidden = head.len();
    let wide = cell.gates() * hidden;
    if hidden == 0
        || hidden > 512
        || inner.len() != hidden * wide
        || !kernel.len().is_multiple_of(wide)
    {
        return refuse(format!(
            "expected weights of a layer of {hidden} units, found {} and {} of them",
            kernel.len(),
            inner.len()
        ));
    }
    let inputs = kernel.len() / wide;
    let (bias, hidden_bias) = match cell {
        CellKind::Lstm => (bias, Vec::new()),
        CellKind::Gru if bias.len() == 2 * wide => {
            let (outer, inner) = bias.split_at(wide);
            let (outer, inner) = (swap_gates(outer, hidden), swap_gates(inner, hidden));
            let both = 2 * hidden;
            let sum = outer[..both].iter().zip(&inner[..both]).map(|(a, b)| a + b);
            (sum.chain(outer[both..].iter().copied()).collect(), inner[both..].to_vec())
        }
        CellKind::Gru => {
            return refuse(format!("expected {} biases of a GRU, found {}", 2 * wide, bias.len()));
        }
    };
    let gates = |matrix: Vec<f32>| match cell {
        CellKind::Lstm => matrix,
        CellKind::Gru => {
            matrix.chunks_exact(wide).flat_map(|row| swap_gates(row, hidden)).collect()
        }
    };
    let empty = Value::Object(Map::new());
    let metadata = Node::new(node.find("metadata").unwrap_or(&empty), "the metadata")?;
    let (mut info, word) = profile_info(metadata);
    info.input_gain_db = number(&node, "in_gain").unwrap_or(0.0) as f32;
    info.output_gain_db = number(&node, "out_gain").unwrap_or(0.0) as f32;
    info.modeled_by = metadata.text("author");
    info.gear_model = metadata.text("source");
    info.esr = info.esr.or_else(|| number(&metadata, "esr").map(|esr| esr as f32));
    let places = [
        (metadata, "samplerate"),
        (node, "samplerate"),
        (metadata, "sample_rate"),
        (node, "sample_rate"),
    ];
    let mut rate = DEFAULT_RATE_HZ;
    for value in places.iter().rev().filter_map(|(place, key)| place.find(key)) {
        // Their player takes 48 kHz where it cannot read the number.
        rate = super::text::rate(value).ok().flatten().unwrap_or(rate);
    }
    let layers = Layers {
        cell,
        hidden,
        inputs,
        skip: node.flag("in_skip", Some(false))?,
        input: gates(kernel),
        recurrent: gates(inner),
        bias,
        hidden_bias,
        head,
        head_bias,
    };
    let mut file = layers.model(&metadata.text("name").unwrap_or_default(), rate, info)?;
    file.card.description = word;
    Ok(file)
}

/// Keras has a GRU's update gate first, we the reset gate.
fn swap_gates(row: &[f32], hidden: usize) -> Vec<f32> {
    let (update, rest) = row.split_at(hidden.min(row.len()));
    let (reset, new) = rest.split_at(hidden.min(rest.len()));
    [reset, update, new].concat()
}

/// A finite number, or a text that is one.
fn number(node: &Node<'_>, key: &str) -> Option<f64> {
    super::text::number(node.find(key)?).filter(|n| n.is_finite())
}
