//! Networks that are trained by burn's autodiff alone: named matrices, one optimiser over all of
//! them.

use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;

use super::optimiser::Adam;
use crate::{LearnError, Tensors, rng};

/// Weights and their optimiser.
pub struct Graph {
    /// The weights by name.
    pub weights: Tensors,
    /// The optimiser over all of them, in the order of their names.
    pub adam: Adam,
    device: Device,
}

/// The weights as variables of one step; vectors are matrices of one row.
pub struct Variables {
    all: std::collections::BTreeMap<String, Tensor<2>>,
    /// Where they lie; it records gradients while learning.
    pub device: Device,
}

impl Variables {
    /// A weight by name.
    ///
    /// # Panics
    /// When there is no weight of that name.
    pub fn get(&self, name: &str) -> Tensor<2> {
        self.all[name].clone()
    }

    /// `x W + b` with the weights `{name}.weight` and `{name}.bias`.
    ///
    /// # Panics
    /// When there are no weights of that name.
    pub fn linear(&self, x: Tensor<2>, name: &str) -> Tensor<2> {
        x.matmul(self.get(&format!("{name}.weight"))) + self.get(&format!("{name}.bias"))
    }
}

impl Graph {
    /// A gradient longer than `bound` is shortened to it.
    pub fn new(weights: Tensors, bound: f32) -> Self {
        let count = weights.values().map(|t| t.data.len()).sum();
        Graph { weights, adam: Adam::new(count, bound), device: Device::flex() }
    }

    /// Matrices uniform in `±√(6 / (inputs + outputs))` (Glorot & Bengio 2010), biases 0.
    pub fn xavier(shapes: &[(String, Vec<usize>)], seed: u64) -> Tensors {
        let mut out = Tensors::new();
        for (i, (name, shape)) in shapes.iter().enumerate() {
            let mut random = rng(seed, 0x6A4, i as u64);
            let count = shape.iter().product();
            let data = match shape.as_slice() {
                [inputs, outputs] => {
                    let limit = (6.0 / (inputs + outputs) as f32).sqrt();
                    (0..count).map(|_| random.random_range(-limit..=limit)).collect()
                }
                _ => vec![0.0; count],
            };
            out.insert(name.clone(), nfx_core::file::Tensor { shape: shape.clone(), data });
        }
        out
    }

    /// The variables of a step (with gradients) or of a prediction.
    pub fn variables(&self, learning: bool) -> Variables {
        let device = if learning { self.device.clone().autodiff() } else { self.device.clone() };
        let all = self.weights.iter().map(|(name, tensor)| {
            let columns = tensor.shape.last().copied().unwrap_or(1);
            let shape = [tensor.data.len() / columns.max(1), columns];
            let value =
                Tensor::<2>::from_data(TensorData::new(tensor.data.clone(), shape), &device);
            (name.clone(), if learning { value.require_grad() } else { value })
        });
        Variables { all: all.collect(), device: device.clone() }
    }

    /// Loss and gradients, named as the weights.
    ///
    /// # Errors
    /// When burn cannot give the numbers.
    pub fn gradients(
        &self,
        loss: impl FnOnce(&Variables) -> Tensor<1>,
    ) -> Result<(f32, Tensors), LearnError> {
        let variables = self.variables(true);
        let loss = loss(&variables);
        let value = numbers(loss.clone())?.first().copied().unwrap_or(f32::NAN);
        let gradients = loss.backward();
        let mut out = self.weights.clone();
        for (name, tensor) in &mut out {
            tensor.data = match variables.all[name].grad(&gradients) {
                Some(gradient) => numbers(gradient)?,
                None => vec![0.0; tensor.data.len()],
            };
        }
        Ok((value, out))
    }

    /// Moves the weights against their gradients.
    pub fn apply(&mut self, rate: f64, gradients: &Tensors) {
        let mut flat: Vec<f32> =
            self.weights.values().flat_map(|t| t.data.iter().copied()).collect();
        let gradient: Vec<f32> = gradients.values().flat_map(|t| t.data.iter().copied()).collect();
        self.adam.apply(&mut flat, &gradient, rate);
        let mut rest = flat.as_slice();
        for tensor in self.weights.values_mut() {
            let (now, later) = rest.split_at(tensor.data.len());
            tensor.data.copy_from_slice(now);
            rest = later;
        }
    }

    /// Number of weights.
    pub fn count(&self) -> usize {
        self.weights.values().map(|t| t.data.len()).sum()
    }
}

/// A tensor's numbers.
///
/// # Errors
/// When burn cannot give them.
pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, LearnError> {
    tensor.into_data().try_to_vec::<f32>().map_err(|e| LearnError::Burn(format!("{e:?}")))
}

/// Rows of a matrix.
pub fn rows(values: Vec<f32>, columns: usize, device: &Device) -> Tensor<2> {
    let count = values.len() / columns.max(1);
    Tensor::from_data(TensorData::new(values, [count, columns]), device)
}
