//! The convolutional network as a burn module: any device, gradients by burn's autodiff. It is what
//! the hand-written pass is held to.

use burn::module::{Module, Param, ParamId};
use burn::tensor::module::conv1d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData, activation};

use super::shape::{Act, Shape};
use crate::LearnError;

/// A convolutional network whose weights are one flat tensor in the order of [`Shape::places`].
#[derive(Module, Debug)]
pub struct WaveNetModule {
    /// All weights.
    pub weights: Param<Tensor<1>>,
    #[module(skip)]
    shape: ShapeBox,
}

/// A shape as burn's derive wants it.
#[derive(Clone, Debug)]
struct ShapeBox(Shape);

impl WaveNetModule {
    /// The module of flat weights.
    ///
    /// # Errors
    /// When there are not as many as the shape has.
    pub fn new(shape: &Shape, flat: &[f32], device: &Device) -> Result<Self, LearnError> {
        if flat.len() != shape.parameters() {
            return Err(LearnError::Argument(format!(
                "expected {} weights, found {}",
                shape.parameters(),
                flat.len()
            )));
        }
        let tensor = Tensor::<1>::from_data(TensorData::new(flat.to_vec(), [flat.len()]), device);
        Ok(WaveNetModule {
            weights: Param::initialized(ParamId::from(1), tensor.require_grad()),
            shape: ShapeBox(shape.clone()),
        })
    }

    fn part<const D: usize>(&self, from: usize, dims: [usize; D]) -> Tensor<D> {
        self.weights.val().slice(from..from + dims.iter().product::<usize>()).reshape(dims)
    }

    /// The outputs `[segment][sample]` of sounds `[segment][sample]` with the knobs
    /// `[segment][knob]`; as many samples fewer as the network looks back.
    pub fn forward(&self, x: Tensor<2>, knobs: Option<&Tensor<2>>) -> Tensor<2> {
        let shape = &self.shape.0;
        let [segments, samples] = x.dims();
        let sound = x.reshape([segments, 1, samples]);
        let options = |dilation: usize| ConvOptions::new([1], [0], [dilation], 1);
        // The last samples of a tensor.
        let last = |x: &Tensor<3>, n: usize| {
            let [b, c, t] = x.dims();
            x.clone().slice([0..b, 0..c, t - n..t])
        };
        let features = knobs.map(|knobs| {
            if shape.hidden == 0 {
                return knobs.clone();
            }
            let (k, h) = (shape.knobs, shape.hidden);
            let [w0, b0, w1, b1] = super::knobs::places(shape);
            let first =
                (knobs.clone().matmul(self.part(w0, [k, h])) + self.part(b0, [1, h])).tanh();
            (first.matmul(self.part(w1, [h, h])) + self.part(b1, [1, h])).tanh()
        });
        let width = shape.features();
        let mut x = sound.clone();
        let mut before: Option<Tensor<3>> = None;
        for (a, p) in shape.arrays.iter().zip(shape.places()) {
            let c = a.channels;
            x = conv1d(x, self.part(p.rechannel, [c, a.inputs, 1]), None, options(1));
            let mut acts = Vec::new();
            for (layer, p) in a.layers.iter().zip(&p.layers) {
                let conv = self.part(p.conv, [c, c, layer.kernel]);
                let y = conv1d(x.clone(), conv, None, options(layer.dilation));
                let n = y.dims()[2];
                let y = y + last(&sound, n).mul(self.part(p.mixin, [1, c, 1]));
                let bias = self.part(p.bias, [1, c, 1]);
                let z = match &features {
                    None => y + bias,
                    Some(features) => {
                        let films = features.clone().matmul(self.part(p.film, [width, 2 * c]));
                        let film = |from: usize| {
                            films
                                .clone()
                                .slice([0..segments, from..from + c])
                                .reshape([segments, c, 1])
                        };
                        y * (film(0) + 1.0) + bias + film(c)
                    }
                };
                let act = match a.act {
                    Act::Tanh => z.tanh(),
                    Act::Leaky(slope) => activation::leaky_relu(z, f64::from(slope)),
                };
                let out = self.part(p.out, [c, c, 1]);
                x = last(&x, n)
                    + conv1d(act.clone(), out, Some(self.part(p.out_bias, [c])), options(1));
                acts.push(act);
            }
            let n = acts.last().map_or(0, |a| a.dims()[2]);
            let mut sum: Option<Tensor<3>> = before.take().map(|b| last(&b, n));
            for act in &acts {
                let act = last(act, n);
                sum = Some(match sum {
                    Some(sum) => sum + act,
                    None => act,
                });
            }
            let bias = a.head_bias.then(|| self.part(p.head_bias, [a.head]));
            before = sum.map(|sum| {
                conv1d(sum, self.part(p.head, [a.head, c, a.head_kernel]), bias, options(1))
            });
        }
        let y = before.unwrap_or(x);
        let n = y.dims()[2];
        let y = y.reshape([segments, n]).mul_scalar(shape.head_scale);
        match features {
            Some(features) => {
                y * (features.matmul(self.part(shape.knob_place().output, [width, 1])) + 1.0)
            }
            None => y,
        }
    }
}
