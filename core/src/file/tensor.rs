//! The arrays of a model file.

use super::ModelError;
use super::container::Section;
use half::f16;
use half::slice::HalfFloatSliceExt;
use safetensors::Dtype;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How the weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Single precision, exact.
    F32,
    /// Half precision, rounded to nearest even: half the size, and what the engine computes with
    /// anyway.
    F16,
}

/// The weights of one layer, or another array of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The size of each dimension, slowest first.
    pub shape: Vec<usize>,
    /// The values, row-major; as many as the product of `shape`.
    pub data: Vec<f32>,
}

/// The values of a tensor that has to be there in this shape.
pub(crate) fn named<'a>(
    tensors: &'a BTreeMap<String, Tensor>,
    name: &str,
    shape: &[usize],
) -> Result<&'a [f32], ModelError> {
    let found =
        tensors.get(name).ok_or_else(|| ModelError::MissingTensor { name: name.to_owned() })?;
    if found.shape != shape || found.data.len() != shape.iter().product::<usize>() {
        return Err(ModelError::WrongShape {
            name: name.to_owned(),
            expected: shape.to_vec(),
            found: found.shape.clone(),
        });
    }
    Ok(&found.data)
}

/// That every value is a number.
pub(crate) fn check_finite(name: &str, data: &[f32]) -> Result<(), ModelError> {
    match data.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(ModelError::NotFinite {
            name: name.to_owned(),
            index,
            value: data[index].to_string(),
        }),
        None => Ok(()),
    }
}

impl Section<'_> {
    /// The values, as many as the container has checked against the shape.
    pub(crate) fn decode(&self, name: &str) -> Result<Vec<f32>, ModelError> {
        match self.dtype {
            Dtype::F32 => {
                Ok(self.data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
            }
            Dtype::F16 => Ok(self
                .data
                .as_chunks()
                .0
                .iter()
                .map(|&bytes| f16::from_le_bytes(bytes).to_f32())
                .collect()),
            other => Err(ModelError::WrongType { name: name.to_owned(), found: other.to_string() }),
        }
    }

    /// A tensor as it is written.
    pub(crate) fn encode(
        name: &str,
        tensor: &Tensor,
        precision: Precision,
    ) -> Result<Self, ModelError> {
        let (dtype, data) = match precision {
            Precision::F32 => {
                (Dtype::F32, tensor.data.iter().flat_map(|value| value.to_le_bytes()).collect())
            }
            Precision::F16 => (Dtype::F16, halves(name, &tensor.data)?),
        };
        Ok(Section { dtype, shape: tensor.shape.clone(), data: Cow::Owned(data) })
    }
}

fn halves(name: &str, data: &[f32]) -> Result<Vec<u8>, ModelError> {
    let mut halves = vec![f16::ZERO; data.len()];
    halves.convert_from_f32_slice(data);
    match halves.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(ModelError::TooLargeForHalf {
            name: name.to_owned(),
            index,
            value: data[index].to_string(),
        }),
        None => Ok(halves.iter().flat_map(|value| value.to_le_bytes()).collect()),
    }
}
