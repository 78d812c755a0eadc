//! Flat weights as the kernels want them, with the knobs folded in.

use super::kernel::Packed;
use super::shape::{Array, ArrayPlace, Shape};

/// One layer.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    pub conv: Packed,
    pub conv_back: Packed,
    pub out: Packed,
    pub out_back: Packed,
    pub bias: Vec<f32>,
    pub mixin: Vec<f32>,
    pub out_bias: Vec<f32>,
}

/// One array.
#[derive(Clone, Debug, Default)]
pub struct ArrayNet {
    pub rechannel: Packed,
    pub rechannel_back: Packed,
    pub layers: Vec<Layer>,
    pub head: Packed,
    pub head_back: Packed,
    pub head_bias: Vec<f32>,
}

/// The whole network at one setting of its knobs.
#[derive(Clone, Debug, Default)]
pub struct Net {
    pub arrays: Vec<ArrayNet>,
    /// The knobs' factor of the output.
    pub gain: f32,
}

/// How far each tap of a convolution looks back, the oldest first.
pub fn shifts(kernel: usize, dilation: usize) -> Vec<usize> {
    (0..kernel).map(|k| (kernel - 1 - k) * dilation).collect()
}

/// What the knobs' features make of one output of a layer: the factor of its weights and the
/// addition to its bias.
pub fn film(
    flat: &[f32],
    film: usize,
    channels: usize,
    features: &[f32],
    out: usize,
) -> (f32, f32) {
    let part = |at: usize| {
        features
            .iter()
            .enumerate()
            .map(|(k, x)| flat[film + k * 2 * channels + at] * x)
            .sum::<f32>()
    };
    (1.0 + part(out), part(channels + out))
}

impl Net {
    /// Packs the weights of a network at the features of a setting of its knobs.
    pub fn pack(&mut self, shape: &Shape, places: &[ArrayPlace], flat: &[f32], features: &[f32]) {
        let output = shape.knob_place().output;
        self.gain = 1.0 + features.iter().zip(&flat[output..]).map(|(x, w)| x * w).sum::<f32>();
        self.arrays.resize(shape.arrays.len(), ArrayNet::default());
        for ((net, a), p) in self.arrays.iter_mut().zip(&shape.arrays).zip(places) {
            net.pack(a, p, flat, features);
        }
    }
}

impl ArrayNet {
    fn pack(&mut self, a: &Array, p: &ArrayPlace, flat: &[f32], features: &[f32]) {
        let c = a.channels;
        self.rechannel.fill(c, a.inputs, &[0], |o, i, _| flat[p.rechannel + o * a.inputs + i]);
        self.rechannel_back.fill(a.inputs, c, &[0], |o, i, _| flat[p.rechannel + i * a.inputs + o]);
        self.layers.resize(a.layers.len(), Layer::default());
        for ((layer, conv), p) in self.layers.iter_mut().zip(&a.layers).zip(&p.layers) {
            let k = conv.kernel;
            let films: Vec<(f32, f32)> =
                (0..c).map(|o| film(flat, p.film, c, features, o)).collect();
            let shifts = shifts(k, conv.dilation);
            let weight =
                |o: usize, i: usize, tap: usize| films[o].0 * flat[p.conv + (o * c + i) * k + tap];
            layer.conv.fill(c, c, &shifts, weight);
            layer.conv_back.fill(c, c, &shifts, |o, i, tap| weight(i, o, tap));
            layer.out.fill(c, c, &[0], |o, i, _| flat[p.out + o * c + i]);
            layer.out_back.fill(c, c, &[0], |o, i, _| flat[p.out + i * c + o]);
            layer.bias.clear();
            layer.bias.extend((0..c).map(|o| flat[p.bias + o] + films[o].1));
            layer.mixin.clear();
            layer.mixin.extend((0..c).map(|o| films[o].0 * flat[p.mixin + o]));
            layer.out_bias.clear();
            layer.out_bias.extend_from_slice(&flat[p.out_bias..p.out_bias + c]);
        }
        let (h, k) = (a.head, a.head_kernel);
        let shifts = shifts(k, 1);
        self.head.fill(h, c, &shifts, |o, i, tap| flat[p.head + (o * c + i) * k + tap]);
        self.head_back.fill(c, h, &shifts, |o, i, tap| flat[p.head + (i * c + o) * k + tap]);
        self.head_bias.clear();
        self.head_bias
            .extend((0..h).map(|o| if a.head_bias { flat[p.head_bias + o] } else { 0.0 }));
    }
}
