//! What AIDA-X and Proteus files have in common: one recurrent layer, a dense output, and up to two
//! knobs from 0 to 1.

use super::json::refuse;
use crate::file::{ModelError, Tensor};
use crate::models::effect::{KnobInfo, ProfileConfig, ProfileInfo, RecurrentConfig};
use crate::models::{ModelCard, ModelFile};
use crate::nn::CellKind;
use std::collections::BTreeMap;

/// A recurrent layer and a dense output, weights as in [`RecurrentConfig::tensor_shapes`], the
/// knobs told as 0 to 1.
pub(super) struct Layers {
    pub cell: CellKind,
    pub hidden: usize,
    /// The signal and the knobs.
    pub inputs: usize,
    pub skip: bool,
    /// `[input][gate * unit]`
    pub input: Vec<f32>,
    /// `[unit][gate * unit]`
    pub recurrent: Vec<f32>,
    pub bias: Vec<f32>,
    /// GRU only.
    pub hidden_bias: Vec<f32>,
    pub head: Vec<f32>,
    pub head_bias: Vec<f32>,
}

impl Layers {
    /// The model. Knobs are told as -1 to 1 here: half the weight, and the other half in the bias.
    pub fn model(
        mut self,
        name: &str,
        rate_hz: f64,
        mut info: ProfileInfo,
    ) -> Result<ModelFile, ModelError> {
        let (wide, hidden) = (self.cell.gates() * self.hidden, self.hidden);
        let knobs = self.inputs.saturating_sub(1);
        if self.inputs == 0 || knobs > 2 {
            return refuse(format!("expected a network of 1 to 3 inputs, found {}", self.inputs));
        }
        let config = RecurrentConfig::new(self.cell, hidden, 1, knobs, self.skip);
        ProfileConfig::Recurrent(config.clone()).validate()?;
        let gru = self.cell == CellKind::Gru;
        let counts = [
            ("input weights", self.input.len(), self.inputs * wide),
            ("recurrent weights", self.recurrent.len(), hidden * wide),
            ("biases", self.bias.len(), wide),
            ("recurrent biases", self.hidden_bias.len(), if gru { hidden } else { 0 }),
            ("output weights", self.head.len(), hidden),
            ("output biases", self.head_bias.len(), 1),
        ];
        if let Some((what, found, expected)) =
            counts.into_iter().find(|(_, found, expected)| found != expected)
        {
            return refuse(format!("expected {expected} {what} for {hidden} units, found {found}"));
        }
        for row in self.input.chunks_exact_mut(wide).skip(1) {
            row.iter_mut().for_each(|w| *w *= 0.5);
            self.bias.iter_mut().zip(row).for_each(|(bias, w)| *bias += *w);
        }
        info.knobs =
            (1..=knobs).map(|i| KnobInfo::linear(&format!("Param {i}"), 0.0, 1.0, 0.5)).collect();
        let mut tensors = BTreeMap::new();
        let mut insert = |name: &str, shape: &[usize], data: Vec<f32>| {
            tensors.insert(name.to_owned(), Tensor { shape: shape.to_vec(), data });
        };
        insert("layers.0.input.weight", &[self.inputs, wide], self.input);
        insert("layers.0.hidden.weight", &[hidden, wide], self.recurrent);
        insert("layers.0.bias", &[wide], self.bias);
        if gru {
            insert("layers.0.hidden.bias", &[hidden], self.hidden_bias);
        }
        insert("head.weight", &[hidden, 1], self.head);
        insert("head.bias", &[1], self.head_bias);
        let card = ModelCard::for_profile(name, rate_hz, ProfileConfig::Recurrent(config), info);
        let file = ModelFile { card, tensors };
        file.validate()?;
        Ok(file)
    }
}

/// `[row][column]` as `[column][row]`.
pub(super) fn transposed(matrix: &[f32], columns: usize) -> Vec<f32> {
    (0..columns)
        .flat_map(|column| matrix.iter().skip(column).step_by(columns.max(1)).copied())
        .collect()
}
