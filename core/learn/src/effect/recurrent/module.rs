//! The recurrent networks as a burn module: any device, gradients by burn's autodiff. It is what
//! the hand-written pass is held to; for training it is many times slower.

use burn::module::{Module, Param, ParamId};
use burn::tensor::{Device, Tensor, TensorData, activation};

use super::shape::Shape;
use crate::LearnError;
use nfx_core::nn::CellKind as Cell;

/// A recurrent network whose weights are one flat tensor in the order of [`Shape::place`].
#[derive(Module, Debug)]
pub struct RecurrentModule {
    /// All weights.
    pub weights: Param<Tensor<1>>,
    #[module(skip)]
    shape: ShapeBox,
}

/// A shape as burn's derive wants it.
#[derive(Clone, Debug)]
struct ShapeBox(Shape);

impl RecurrentModule {
    /// The module of flat weights.
    ///
    /// # Errors
    /// When there are not as many as the shape has.
    pub fn new(shape: Shape, flat: &[f32], device: &Device) -> Result<Self, LearnError> {
        if flat.len() != shape.parameters() {
            return Err(LearnError::Argument(format!(
                "expected {} weights, found {}",
                shape.parameters(),
                flat.len()
            )));
        }
        let tensor = Tensor::<1>::from_data(TensorData::new(flat.to_vec(), [flat.len()]), device);
        Ok(RecurrentModule {
            weights: Param::initialized(ParamId::from(1), tensor.require_grad()),
            shape: ShapeBox(shape),
        })
    }

    fn matrix(&self, from: usize, rows: usize, columns: usize) -> Tensor<2> {
        self.weights.val().slice(from..from + rows * columns).reshape([rows, columns])
    }

    /// The outputs `[segment][sample]` of sounds `[segment][sample]` from rest, with the knobs
    /// `[segment][knob]`.
    pub fn forward(&self, x: Tensor<2>, knobs: Option<Tensor<2>>) -> Tensor<2> {
        let shape = self.shape.0;
        let [segments, samples] = x.dims();
        let device = x.device();
        let (rows, hidden) = (shape.gate_rows(), shape.hidden);
        let mut sequence: Vec<Tensor<2>> =
            (0..samples).map(|t| x.clone().slice([0..segments, t..t + 1])).collect();
        if let Some(knobs) = &knobs {
            sequence =
                sequence.into_iter().map(|x| Tensor::cat(vec![x, knobs.clone()], 1)).collect();
        }
        for l in 0..shape.layers {
            let p = shape.place(l);
            let input = self.matrix(p.input, rows, p.columns).transpose();
            let own = self.matrix(p.own, rows, hidden).transpose();
            let bias = self.matrix(p.bias, 1, rows);
            let inner = (shape.cell == Cell::Gru).then(|| self.matrix(p.inner, 1, hidden));
            let mut h = Tensor::<2>::zeros([segments, hidden], &device);
            let mut c = h.clone();
            for x in &mut sequence {
                let a = x.clone().matmul(input.clone()) + bias.clone();
                let b = h.clone().matmul(own.clone());
                let gate = |of: &Tensor<2>, i: usize| {
                    of.clone().slice([0..segments, i * hidden..(i + 1) * hidden])
                };
                match &inner {
                    None => {
                        let z = a + b;
                        let (i, f) =
                            (activation::sigmoid(gate(&z, 0)), activation::sigmoid(gate(&z, 1)));
                        let (g, o) = (gate(&z, 2).tanh(), activation::sigmoid(gate(&z, 3)));
                        c = f * c + i * g;
                        h = o * c.clone().tanh();
                    }
                    Some(inner) => {
                        let r = activation::sigmoid(gate(&a, 0) + gate(&b, 0));
                        let z = activation::sigmoid(gate(&a, 1) + gate(&b, 1));
                        let n = (gate(&a, 2) + r * (gate(&b, 2) + inner.clone())).tanh();
                        h = n.clone() + z * (h - n);
                    }
                }
                *x = h.clone();
            }
        }
        let head = shape.head();
        let weights = self.matrix(head, hidden, 1);
        let bias = self.matrix(head + hidden, 1, 1);
        let out = sequence.into_iter().map(|h| h.matmul(weights.clone()) + bias.clone()).collect();
        let y = Tensor::cat(out, 1);
        if shape.skip { y + x } else { y }
    }
}
