//! The sizes of a stack of dilated convolutions, and where its weights lie in one flat array: the
//! order of `.nam` files.

use nfx_core::models::effect::{
    Gating, HeadConv, KnobConfig, LayerArray, PointActivation, WaveNetConfig,
};

use crate::LearnError;

/// What follows a convolution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act {
    /// Hyperbolic tangent.
    Tanh,
    /// The identity above zero, this slope below.
    Leaky(f32),
}

/// One dilated convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Taps.
    pub kernel: usize,
    /// Samples between taps.
    pub dilation: usize,
}

impl Conv {
    /// Samples that it looks back.
    pub fn reach(&self) -> usize {
        (self.kernel - 1) * self.dilation
    }
}

/// An array of layers of one width.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Channels that come in: 1 for the first array.
    pub inputs: usize,
    /// Channels of every layer.
    pub channels: usize,
    /// The layers.
    pub layers: Vec<Conv>,
    /// What follows each convolution.
    pub act: Act,
    /// Channels of its head: those of the next array, 1 for the last.
    pub head: usize,
    /// Taps of its head.
    pub head_kernel: usize,
    /// Whether its head has a bias.
    pub head_bias: bool,
}

/// The whole network.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Its arrays, in order.
    pub arrays: Vec<Array>,
    /// Knobs, which act on every layer's pre-activation and on the output.
    pub knobs: usize,
    /// Units of the two tanh layers between knobs and what they act on; 0 for none.
    pub hidden: usize,
    /// Factor of the output.
    pub head_scale: f32,
}

/// Where one layer's weights lie.
#[derive(Clone, Copy, Debug)]
pub struct LayerPlace {
    /// `[out][in][tap]`, the oldest tap first.
    pub conv: usize,
    /// `[out]`.
    pub bias: usize,
    /// `[out]`: the weight of the sound itself.
    pub mixin: usize,
    /// `[out][in]` of the 1×1 convolution.
    pub out: usize,
    /// `[out]`.
    pub out_bias: usize,
    /// `[feature][2 · out]`: what the knobs do to the scale and to the bias. Behind the plain
    /// weights.
    pub film: usize,
}

/// Where the weights lie that turn knobs into features.
#[derive(Clone, Copy, Debug)]
pub struct KnobPlace {
    /// `[feature]`: what they do to the output's scale.
    pub output: usize,
    /// `[knob][unit]`, `[unit]`, `[unit][unit]`, `[unit]` of the two layers, one after the other.
    pub layers: usize,
}

/// Where one array's weights lie.
#[derive(Clone, Debug)]
pub struct ArrayPlace {
    /// `[channel][input]`.
    pub rechannel: usize,
    /// Its layers'.
    pub layers: Vec<LayerPlace>,
    /// `[head][channel][tap]`.
    pub head: usize,
    /// `[head]`, when there is one.
    pub head_bias: usize,
}

impl Shape {
    /// Where everything lies: the plain weights first, in the order of `.nam` files without the
    /// closing head scale, then what the knobs do.
    pub fn places(&self) -> Vec<ArrayPlace> {
        let mut at = 0;
        let mut take = |n: usize| {
            at += n;
            at - n
        };
        let mut places = Vec::new();
        for a in &self.arrays {
            let c = a.channels;
            let rechannel = take(c * a.inputs);
            let layers = a
                .layers
                .iter()
                .map(|l| LayerPlace {
                    conv: take(c * c * l.kernel),
                    bias: take(c),
                    mixin: take(c),
                    out: take(c * c),
                    out_bias: take(c),
                    film: 0,
                })
                .collect();
            let head = take(a.head * c * a.head_kernel);
            let head_bias = take(if a.head_bias { a.head } else { 0 });
            places.push(ArrayPlace { rechannel, layers, head, head_bias });
        }
        for (place, a) in places.iter_mut().zip(&self.arrays) {
            for layer in &mut place.layers {
                layer.film = take(2 * a.channels * self.features());
            }
        }
        places
    }

    /// Numbers that the network is modulated by: the knobs, or what two layers make of them.
    pub fn features(&self) -> usize {
        if self.knobs == 0 || self.hidden == 0 { self.knobs } else { self.hidden }
    }

    /// Where the weights of the knobs lie, behind all others.
    pub fn knob_place(&self) -> KnobPlace {
        let films: usize =
            self.arrays.iter().map(|a| 2 * a.channels * self.features() * a.layers.len()).sum();
        let output = self.plain() + films;
        KnobPlace { output, layers: output + self.features() }
    }

    /// Number of weights without those of the knobs and the head scale.
    pub fn plain(&self) -> usize {
        self.arrays
            .iter()
            .map(|a| {
                let c = a.channels;
                let layers: usize = a.layers.iter().map(|l| c * c * l.kernel + 3 * c + c * c).sum();
                c * a.inputs
                    + layers
                    + a.head * c * a.head_kernel
                    + if a.head_bias { a.head } else { 0 }
            })
            .sum()
    }

    /// Number of all weights that are learned.
    pub fn parameters(&self) -> usize {
        let layers = if self.knobs == 0 || self.hidden == 0 {
            0
        } else {
            self.hidden * (self.knobs + 1) + self.hidden * (self.hidden + 1)
        };
        self.knob_place().layers + layers
    }

    /// Samples before the first output that the network looks at.
    pub fn history(&self) -> usize {
        self.arrays
            .iter()
            .map(|a| a.layers.iter().map(Conv::reach).sum::<usize>() + a.head_kernel - 1)
            .sum()
    }

    /// The widest shift of any convolution.
    pub fn widest(&self) -> usize {
        let layers = self.arrays.iter().flat_map(|a| &a.layers).map(Conv::reach);
        layers.chain(self.arrays.iter().map(|a| a.head_kernel - 1)).max().unwrap_or(0)
    }

    /// The shape of a config.
    ///
    /// # Errors
    /// When the config has what is not trained here: gates, modulations by the sound, groups,
    /// bottlenecks, other activations.
    pub fn of(config: &WaveNetConfig, head_scale: f32) -> Result<Self, LearnError> {
        let refuse = |what: &str| {
            Err(LearnError::Argument(format!(
                "expected a convolutional network that can be trained: tanh or leaky activations, and no gates, groups, \
                 bottlenecks or modulations by the sound; found {what}"
            )))
        };
        if config.head.is_some() || config.condition.is_some() || config.inputs != 1 {
            return refuse(
                "convolutions behind its arrays, a network for the condition or several signals",
            );
        }
        let mut arrays = Vec::new();
        for a in &config.arrays {
            let plain = a.condition == 1
                && a.bottleneck == a.channels
                && a.gating.iter().all(|g| *g == Gating::None)
                && a.head1x1.is_none()
                && [a.layer1x1, a.groups, a.groups_mixin] == [1, 1, 1]
                && a.films.is_empty()
                && a.head.dilation == 1;
            let act = a.activations.first().and_then(|first| {
                let one = a.activations.iter().all(|other| other == first);
                match first {
                    PointActivation::Tanh if one => Some(Act::Tanh),
                    PointActivation::LeakyRelu { negative_slope } if one => {
                        Some(Act::Leaky(*negative_slope))
                    }
                    PointActivation::Relu if one => Some(Act::Leaky(0.0)),
                    _ => None,
                }
            });
            let Some(act) = act.filter(|_| plain) else {
                return refuse("something else in an array");
            };
            arrays.push(Array {
                inputs: a.inputs,
                channels: a.channels,
                layers: a
                    .kernel_sizes
                    .iter()
                    .zip(&a.dilations)
                    .map(|(&kernel, &dilation)| Conv { kernel, dilation })
                    .collect(),
                act,
                head: a.head.outputs,
                head_kernel: a.head.kernel_size,
                head_bias: a.head.bias,
            });
        }
        let (knobs, hidden) = config.knobs.as_ref().map_or((0, 0), |k| (k.count, k.hidden));
        Ok(Shape { arrays, knobs, hidden, head_scale })
    }

    /// The config of the shape.
    pub fn config(&self) -> WaveNetConfig {
        let array = |a: &Array| {
            let dilations: Vec<usize> = a.layers.iter().map(|l| l.dilation).collect();
            let mut array = LayerArray::plain(a.inputs, a.channels, 1, &dilations);
            array.kernel_sizes = a.layers.iter().map(|l| l.kernel).collect();
            let act = match a.act {
                Act::Tanh => PointActivation::Tanh,
                Act::Leaky(negative_slope) => PointActivation::LeakyRelu { negative_slope },
            };
            array.activations = vec![act; dilations.len()];
            array.head = HeadConv {
                outputs: a.head,
                kernel_size: a.head_kernel,
                dilation: 1,
                bias: a.head_bias,
            };
            array
        };
        let mut config = WaveNetConfig::new(self.arrays.iter().map(array).collect());
        if self.knobs > 0 {
            config.knobs = Some(KnobConfig { count: self.knobs, hidden: self.hidden });
        }
        config
    }
}
