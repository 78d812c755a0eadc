//! The config of WaveNet-like networks: everything that `.nam` files can say, and knobs.

use super::super::families::{ProfileConfig, refuse};
use super::super::knob::MAX_KNOBS;
use super::super::limits::{MAX_MEMORY, MAX_RECEPTIVE_FIELD, is_one, one, product, total, within};
use super::array::{HeadConv, LayerArray};
use crate::file::ModelError;
use crate::nn::PointActivation;
use serde::{Deserialize, Serialize};

/// Convolutions behind the last array, each after an activation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostHead {
    /// Channels between them.
    pub channels: usize,
    /// Channels that come out of the last.
    pub outputs: usize,
    /// Taps of each.
    pub kernel_sizes: Vec<usize>,
    /// What comes before each.
    pub activation: PointActivation,
}

impl PostHead {
    /// Channels in and out of each convolution.
    pub fn widths(&self, inputs: usize) -> Vec<(usize, usize)> {
        let count = self.kernel_sizes.len();
        let width = |i: usize| if i + 1 == count { self.outputs } else { self.channels };
        (0..count).map(|i| (if i == 0 { inputs } else { self.channels }, width(i))).collect()
    }

    fn weights(&self, inputs: usize) -> usize {
        let widths = self.widths(inputs).into_iter().zip(&self.kernel_sizes);
        total(widths.map(|((from, to), &taps)| product(&[from, to, taps]).saturating_add(to)))
    }
}

/// How the knobs act on the layers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnobConfig {
    /// Knobs, 1 to [`MAX_KNOBS`].
    pub count: usize,
    /// Units of two tanh layers between knobs and modulations; 0 for modulations that are affine in
    /// the knobs.
    pub hidden: usize,
}

impl KnobConfig {
    /// The numbers that the modulations are affine in.
    pub fn features(&self) -> usize {
        if self.hidden == 0 { self.count } else { self.hidden }
    }
}

/// A network of one or more layer arrays.
///
/// Its weights are those of a `.nam` file, in that order, the last of them the scale of the output.
/// Knobs modulate the sums of every layer, `z = (1 + s(knobs)) * (convolution + mixing-in) +
/// b(knobs)`, and the scale of the output, so that a setting of the knobs can be written as a
/// `.nam` file exactly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaveNetConfig {
    /// The arrays.
    pub arrays: Vec<LayerArray>,
    /// Convolutions behind them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<PostHead>,
    /// The network that makes the condition of the sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Box<ProfileConfig>>,
    /// The knobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knobs: Option<KnobConfig>,
    /// Signals in; 1 but for networks inside networks.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub inputs: usize,
}

impl WaveNetConfig {
    /// Arrays without further options.
    pub fn new(arrays: Vec<LayerArray>) -> Self {
        Self { arrays, head: None, condition: None, knobs: None, inputs: 1 }
    }

    /// The first generation's shape: two arrays of `channels` and `head` channels, dilations 1 to
    /// 512 in each. NAM's "standard" is 16 and 8.
    pub fn a1(channels: usize, head: usize) -> Self {
        let dilations: Vec<usize> = (0..10).map(|i| 1 << i).collect();
        let mut first = LayerArray::plain(1, channels, 3, &dilations);
        first.head = HeadConv { outputs: head, kernel_size: 1, dilation: 1, bias: false };
        Self::new(vec![first, LayerArray::plain(channels, head, 3, &dilations)])
    }

    /// The second generation's shape: one array of 23 layers; NAM's "full" has 8 channels, its
    /// "lite" 3.
    pub fn a2(channels: usize) -> Self {
        const SPREAD: [usize; 7] = [1, 3, 7, 17, 41, 101, 239];
        let dilations = [&SPREAD[..], &SPREAD, &[1, 13], &SPREAD].concat();
        let mut array = LayerArray::plain(1, channels, 6, &dilations);
        array.kernel_sizes[14..16].fill(15);
        array.activations =
            vec![PointActivation::LeakyRelu { negative_slope: 0.01 }; dilations.len()];
        array.head = HeadConv { outputs: 1, kernel_size: 16, dilation: 1, bias: true };
        Self::new(vec![array])
    }

    /// Signals that come out.
    pub fn outputs(&self) -> usize {
        match &self.head {
            Some(head) => head.outputs,
            None => self.arrays.last().map_or(0, |array| array.head.outputs),
        }
    }

    /// The numbers in `weights`, in the order of a `.nam` file.
    pub fn weights(&self) -> usize {
        let last = self.arrays.last().map_or(0, |array| array.head.outputs);
        let head = self.head.as_ref().map_or(0, |head| head.weights(last));
        total(self.arrays.iter().map(LayerArray::weights).chain([head, 1]))
    }

    /// The samples that an output depends on, a network that makes the condition aside.
    pub fn receptive_field(&self) -> usize {
        let head = self
            .head
            .iter()
            .flat_map(|head| head.kernel_sizes.iter().map(|&taps| taps.saturating_sub(1)));
        total(self.arrays.iter().map(LayerArray::lookback).chain(head)).saturating_add(1)
    }

    /// The numbers that are kept between samples.
    fn memory(&self) -> usize {
        let arrays = self.arrays.iter().flat_map(|array| {
            let taps = array.kernel_sizes.iter().zip(&array.dilations);
            let head = product(&[array.head.kernel_size, array.head.dilation, array.skip()]);
            taps.map(|(&k, &d)| product(&[k, d, array.channels])).chain([head])
        });
        total(arrays)
    }

    pub(super) fn validate(&self, depth: usize) -> Result<(), ModelError> {
        within("a number of layer arrays", self.arrays.len(), 1..=16)?;
        within("a number of signals in", self.inputs, 1..=64)?;
        let mut before = (self.inputs, None);
        for array in &self.arrays {
            array.check()?;
            if array.inputs != before.0 {
                return refuse(format!(
                    "expected an array of {} channels in, found {}",
                    before.0, array.inputs
                ));
            }
            if before.1.is_some_and(|head| head != array.skip()) {
                return refuse(format!(
                    "expected as many channels of the skip paths as the array before gives to them, {:?}, found {}",
                    before.1,
                    array.skip()
                ));
            }
            before = (array.channels, Some(array.head.outputs));
        }
        if let Some(head) = &self.head {
            within("a number of convolutions behind the arrays", head.kernel_sizes.len(), 1..=16)?;
            within("a number of channels", head.channels, 1..=4096)?;
            within("a number of signals out", head.outputs, 1..=64)?;
            for &taps in &head.kernel_sizes {
                within("a number of taps", taps, 1..=4096)?;
            }
            let inputs = before.1.unwrap_or(0);
            for (channels, _) in head.widths(inputs) {
                head.activation.check(channels)?;
            }
        }
        within("a receptive field", self.receptive_field(), 1..=MAX_RECEPTIVE_FIELD)?;
        within("a memory between samples", self.memory(), 0..=MAX_MEMORY)?;
        self.check_condition(depth)?;
        self.check_knobs()
    }

    fn check_condition(&self, depth: usize) -> Result<(), ModelError> {
        let mut condition = self.inputs;
        if let Some(network) = &self.condition {
            network.check(depth + 1)?;
            if !network.is_plain() {
                return refuse(format!(
                    "expected a plain network for the condition, found {}",
                    network.family()
                ));
            }
            if network.knobs() > 0 {
                return refuse(
                    "expected a plain network for the condition, found one with knobs".to_owned(),
                );
            }
            let (inputs, outputs) = network.signals();
            if inputs != self.inputs {
                return refuse(format!(
                    "expected a network for the condition of {} signals in, found {inputs}",
                    self.inputs
                ));
            }
            condition = outputs;
        }
        match self.arrays.iter().find(|array| array.condition != condition) {
            Some(array) => refuse(format!(
                "expected arrays with a condition of {condition} channels, found {}",
                array.condition
            )),
            None => Ok(()),
        }
    }

    fn check_knobs(&self) -> Result<(), ModelError> {
        let Some(knobs) = &self.knobs else { return Ok(()) };
        within("a number of knobs", knobs.count, 1..=MAX_KNOBS)?;
        within("a width of the knobs' layers", knobs.hidden, 0..=256)?;
        if self.head.is_some() || self.arrays.iter().any(|array| !array.films.is_empty()) {
            return refuse(
                "expected knobs only in a network without modulations and convolutions behind its arrays, found both"
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// `weights` `[`[`WaveNetConfig::weights`]`]`; with a network for the condition its tensors
    /// with `condition.` before their names; with knobs `knobs.layers.{j}.weight` `[features, 2 *
    /// sums]` and `knobs.layers.{j}.bias` `[2 * sums]` for the layer `j` counted through all arrays
    /// (the first half is `s`, the second `b`), `knobs.output.weight` `[features, 1]` and
    /// `knobs.output.bias` `[1]` (the output's scale is multiplied by 1 + that), and with layers
    /// between knobs and modulations `knobs.mlp.0.weight` `[knobs, hidden]`, `knobs.mlp.0.bias`,
    /// `knobs.mlp.1.weight` `[hidden, hidden]` and `knobs.mlp.1.bias`, a tanh behind both.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let mut shapes = vec![("weights".to_owned(), vec![self.weights()])];
        if let Some(condition) = &self.condition {
            shapes.extend(
                condition
                    .tensor_shapes()
                    .into_iter()
                    .map(|(name, s)| (format!("condition.{name}"), s)),
            );
        }
        let Some(knobs) = &self.knobs else { return shapes };
        if knobs.hidden > 0 {
            for (i, inputs) in [knobs.count, knobs.hidden].into_iter().enumerate() {
                shapes.push((format!("knobs.mlp.{i}.weight"), vec![inputs, knobs.hidden]));
                shapes.push((format!("knobs.mlp.{i}.bias"), vec![knobs.hidden]));
            }
        }
        let sums =
            self.arrays.iter().flat_map(|array| (0..array.layers()).map(|layer| array.sums(layer)));
        for (j, sums) in sums.enumerate() {
            shapes.push((format!("knobs.layers.{j}.weight"), vec![knobs.features(), 2 * sums]));
            shapes.push((format!("knobs.layers.{j}.bias"), vec![2 * sums]));
        }
        shapes.push(("knobs.output.weight".to_owned(), vec![knobs.features(), 1]));
        shapes.push(("knobs.output.bias".to_owned(), vec![1]));
        shapes
    }
}
