//! The config of WaveNet-like networks: everything that `.nam` files can say, and knobs.

use super::super::knob::MAX_KNOBS;
use super::{MAX_MEMORY, MAX_RECEPTIVE_FIELD, ProfileConfig, is_one, one, product, refuse, total, within};
use crate::model::ModelError;
pub use crate::nn::PointActivation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the two halves of a layer's sums make its activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gating {
    /// There is one half: `activation(z)`.
    None,
    /// `activation(first) * secondary(second)`
    Gated,
    /// `a * activation(first) + (1 - a) * first` with `a = secondary(second)`.
    Blended,
}

/// Where in a layer the condition scales and shifts what flows, in the order of their weights in a `.nam` file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilmPlace {
    /// Before the convolution.
    ConvPre,
    /// Behind the convolution.
    ConvPost,
    /// The condition itself, before it is mixed in.
    InputMixinPre,
    /// The condition's part of the sums.
    InputMixinPost,
    /// The sums, before the activation.
    ActivationPre,
    /// Behind the activation.
    ActivationPost,
    /// Behind the residual's 1 x 1 convolution. Players apply it to blended layers only, so it does nothing in others.
    #[serde(rename = "layer1x1_post")]
    Layer1x1Post,
    /// Behind the skip path's 1 x 1 convolution.
    #[serde(rename = "head1x1_post")]
    Head1x1Post,
}

impl FilmPlace {
    /// All, in the order of their weights.
    pub const ALL: [FilmPlace; 8] = [
        FilmPlace::ConvPre,
        FilmPlace::ConvPost,
        FilmPlace::InputMixinPre,
        FilmPlace::InputMixinPost,
        FilmPlace::ActivationPre,
        FilmPlace::ActivationPost,
        FilmPlace::Layer1x1Post,
        FilmPlace::Head1x1Post,
    ];
}

/// A feature-wise linear modulation (Perez et al. 2018): `x * scale(condition) + shift(condition)`, both affine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Film {
    /// Whether there is a shift beside the scale.
    pub shift: bool,
    /// Groups of the affine map.
    pub groups: usize,
}

impl Film {
    /// What the affine map gives for `dim` channels.
    pub fn outputs(&self, dim: usize) -> usize {
        if self.shift { dim.saturating_mul(2) } else { dim }
    }
}

/// The convolution that makes a layer array's head output of the summed skip paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadConv {
    /// Channels that come out.
    pub outputs: usize,
    /// Taps.
    pub kernel_size: usize,
    /// Samples from one tap to the next.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub dilation: usize,
    /// Whether it adds a bias.
    pub bias: bool,
}

/// A 1 x 1 convolution of each layer's activation on its way to the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head1x1 {
    /// Channels that come out.
    pub outputs: usize,
    /// Groups.
    pub groups: usize,
}

/// Dilated layers of one width.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerArray {
    /// Channels that come in.
    pub inputs: usize,
    /// Channels of the condition: 1, the sound itself, without a network that makes it.
    pub condition: usize,
    /// Channels between the layers.
    pub channels: usize,
    /// Channels behind the activation.
    pub bottleneck: usize,
    /// Taps of each layer.
    pub kernel_sizes: Vec<usize>,
    /// Dilation of each layer, in samples.
    pub dilations: Vec<usize>,
    /// Activation of each layer.
    pub activations: Vec<PointActivation>,
    /// Gating of each layer.
    pub gating: Vec<Gating>,
    /// Activation of each layer's second half; without effect where there is none.
    pub secondary: Vec<PointActivation>,
    /// What the skip paths' sum passes.
    pub head: HeadConv,
    /// The skip path's 1 x 1 convolution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head1x1: Option<Head1x1>,
    /// Groups of the residual's 1 x 1 convolution; 0 without one: the layer's input then passes as it is.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub layer1x1: usize,
    /// Groups of the dilated convolutions.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub groups: usize,
    /// Groups of the condition's mixing-in.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub groups_mixin: usize,
    /// Modulations by the condition.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub films: BTreeMap<FilmPlace, Film>,
}

impl LayerArray {
    /// Layers of `channels` channels on one signal, conditioned on it, with one activation and no options.
    pub fn plain(inputs: usize, channels: usize, kernel_size: usize, dilations: &[usize]) -> Self {
        let layers = dilations.len();
        Self {
            inputs,
            condition: 1,
            channels,
            bottleneck: channels,
            kernel_sizes: vec![kernel_size; layers],
            dilations: dilations.to_vec(),
            activations: vec![PointActivation::Tanh; layers],
            gating: vec![Gating::None; layers],
            secondary: vec![PointActivation::Sigmoid; layers],
            head: HeadConv { outputs: 1, kernel_size: 1, dilation: 1, bias: true },
            head1x1: None,
            layer1x1: 1,
            groups: 1,
            groups_mixin: 1,
            films: BTreeMap::new(),
        }
    }

    /// The layers.
    pub fn layers(&self) -> usize {
        self.dilations.len()
    }

    /// Channels of the sums of a layer before its activation.
    pub fn sums(&self, layer: usize) -> usize {
        match self.gating.get(layer) {
            Some(Gating::Gated | Gating::Blended) => self.bottleneck.saturating_mul(2),
            _ => self.bottleneck,
        }
    }

    /// Channels of the skip paths' sum.
    pub fn skip(&self) -> usize {
        self.head1x1.map_or(self.bottleneck, |head| head.outputs)
    }

    /// The channels that a modulation of a layer works on.
    pub fn film_channels(&self, place: FilmPlace, layer: usize) -> usize {
        match place {
            FilmPlace::ConvPre | FilmPlace::Layer1x1Post => self.channels,
            FilmPlace::ConvPost | FilmPlace::InputMixinPost | FilmPlace::ActivationPre => self.sums(layer),
            FilmPlace::InputMixinPre => self.condition,
            FilmPlace::ActivationPost => self.bottleneck,
            FilmPlace::Head1x1Post => self.skip(),
        }
    }

    /// The numbers of the weights, in the order of a `.nam` file.
    pub fn weights(&self) -> usize {
        let layers = (0..self.layers()).map(|i| self.layer_weights(i));
        let head = product(&[self.head.outputs, self.skip(), self.head.kernel_size]);
        let bias = if self.head.bias { self.head.outputs } else { 0 };
        total(layers.chain([product(&[self.channels, self.inputs]), head, bias]))
    }

    fn layer_weights(&self, layer: usize) -> usize {
        let sums = self.sums(layer);
        let kernel = self.kernel_sizes.get(layer).copied().unwrap_or(usize::MAX);
        let conv = product(&[sums, self.channels / self.groups.max(1), kernel]).saturating_add(sums);
        let mixin = product(&[sums, self.condition / self.groups_mixin.max(1)]);
        let residual = match self.layer1x1 {
            0 => 0,
            groups => product(&[self.channels, self.bottleneck / groups]).saturating_add(self.channels),
        };
        let skip = self.head1x1.map_or(0, |head| {
            product(&[head.outputs, self.bottleneck / head.groups.max(1)]).saturating_add(head.outputs)
        });
        let films = self.films.iter().map(|(&place, film)| {
            let outputs = film.outputs(self.film_channels(place, layer));
            product(&[outputs, self.condition / film.groups.max(1)]).saturating_add(outputs)
        });
        total(films.chain([conv, mixin, residual, skip]))
    }

    /// The earlier samples that an output depends on.
    pub fn lookback(&self) -> usize {
        let taps = self.kernel_sizes.iter().zip(&self.dilations);
        total(taps.map(|(&k, &d)| product(&[k.saturating_sub(1), d])))
            .saturating_add(product(&[self.head.kernel_size.saturating_sub(1), self.head.dilation]))
    }

    fn check(&self) -> Result<(), ModelError> {
        within("a number of layers", self.layers(), 1..=256)?;
        for (what, width) in [
            ("a number of channels in", self.inputs),
            ("a number of channels of the condition", self.condition),
            ("a number of channels", self.channels),
            ("a bottleneck", self.bottleneck),
            ("a number of head channels", self.head.outputs),
            ("a number of skip channels", self.skip()),
            ("a number of taps in the head", self.head.kernel_size),
            ("a dilation of the head", self.head.dilation),
        ] {
            within(what, width, 1..=4096)?;
        }
        let lists = [self.kernel_sizes.len(), self.activations.len(), self.gating.len(), self.secondary.len()];
        if lists.iter().any(|&length| length != self.layers()) {
            return refuse(format!(
                "expected kernel sizes, activations and gating for each of the {} dilations, found {lists:?} of them",
                self.layers()
            ));
        }
        for layer in 0..self.layers() {
            within("a number of taps", self.kernel_sizes[layer], 1..=4096)?;
            within("a dilation", self.dilations[layer], 1..=MAX_RECEPTIVE_FIELD)?;
            self.activations[layer].check(self.bottleneck)?;
            if self.gating[layer] != Gating::None {
                self.secondary[layer].check(self.bottleneck)?;
            }
            self.check_groups("the convolution", self.groups, &[self.channels, self.sums(layer)])?;
            self.check_groups("the mixing-in", self.groups_mixin, &[self.condition, self.sums(layer)])?;
            for (&place, film) in &self.films {
                let outputs = film.outputs(self.film_channels(place, layer));
                self.check_groups("a modulation", film.groups, &[self.condition, outputs])?;
            }
        }
        if self.layer1x1 > 0 {
            self.check_groups("the residual", self.layer1x1, &[self.bottleneck, self.channels])?;
        } else if self.films.contains_key(&FilmPlace::Layer1x1Post) {
            return refuse("expected a residual's convolution where it is modulated, found none".to_owned());
        }
        match self.head1x1 {
            Some(head) => self.check_groups("the skip path", head.groups, &[self.bottleneck, head.outputs]),
            None if self.films.contains_key(&FilmPlace::Head1x1Post) => {
                refuse("expected a skip path's convolution where it is modulated, found none".to_owned())
            }
            None => Ok(()),
        }
    }

    fn check_groups(&self, what: &str, groups: usize, channels: &[usize]) -> Result<(), ModelError> {
        if groups == 0 || channels.iter().any(|channels| !channels.is_multiple_of(groups)) {
            return refuse(format!("expected groups of {what} that divide {channels:?} channels, found {groups}"));
        }
        Ok(())
    }
}

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
    /// Units of two tanh layers between knobs and modulations; 0 for modulations that are affine in the knobs.
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
/// Its weights are those of a `.nam` file, in that order, the last of them the scale of the output. Knobs modulate the sums of
/// every layer, `z = (1 + s(knobs)) * (convolution + mixing-in) + b(knobs)`, and the scale of the output, so that a setting of
/// the knobs can be written as a `.nam` file exactly.
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

    /// The first generation's shape: two arrays of `channels` and `head` channels, dilations 1 to 512 in each.
    /// NAM's "standard" is 16 and 8.
    pub fn a1(channels: usize, head: usize) -> Self {
        let dilations: Vec<usize> = (0..10).map(|i| 1 << i).collect();
        let mut first = LayerArray::plain(1, channels, 3, &dilations);
        first.head = HeadConv { outputs: head, kernel_size: 1, dilation: 1, bias: false };
        Self::new(vec![first, LayerArray::plain(channels, head, 3, &dilations)])
    }

    /// The second generation's shape: one array of 23 layers; NAM's "full" has 8 channels, its "lite" 3.
    pub fn a2(channels: usize) -> Self {
        const SPREAD: [usize; 7] = [1, 3, 7, 17, 41, 101, 239];
        let dilations = [&SPREAD[..], &SPREAD, &[1, 13], &SPREAD].concat();
        let mut array = LayerArray::plain(1, channels, 6, &dilations);
        array.kernel_sizes[14..16].fill(15);
        array.activations = vec![PointActivation::LeakyRelu { negative_slope: 0.01 }; dilations.len()];
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
        let head = self.head.iter().flat_map(|head| head.kernel_sizes.iter().map(|&taps| taps.saturating_sub(1)));
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

    pub(super) fn check(&self, depth: usize) -> Result<(), ModelError> {
        within("a number of layer arrays", self.arrays.len(), 1..=16)?;
        within("a number of signals in", self.inputs, 1..=64)?;
        let mut before = (self.inputs, None);
        for array in &self.arrays {
            array.check()?;
            if array.inputs != before.0 {
                return refuse(format!("expected an array of {} channels in, found {}", before.0, array.inputs));
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
            if matches!(**network, ProfileConfig::Container(_) | ProfileConfig::Dynamics(_)) {
                return refuse(format!("expected a plain network for the condition, found {}", network.family()));
            }
            if network.knobs() > 0 {
                return refuse("expected a plain network for the condition, found one with knobs".to_owned());
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
            Some(array) => {
                refuse(format!("expected arrays with a condition of {condition} channels, found {}", array.condition))
            }
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

    /// `weights` `[`[`WaveNetConfig::weights`]`]`; with a network for the condition its tensors with `condition.` before their names;
    /// with knobs `knobs.layers.{j}.weight` `[features, 2 * sums]` and `knobs.layers.{j}.bias` `[2 * sums]` for the
    /// layer `j` counted through all arrays (the first half is `s`, the second `b`), `knobs.output.weight` `[features, 1]` and
    /// `knobs.output.bias` `[1]` (the output's scale is multiplied by 1 + that), and with layers between knobs and
    /// modulations `knobs.mlp.0.weight` `[knobs, hidden]`, `knobs.mlp.0.bias`, `knobs.mlp.1.weight` `[hidden, hidden]` and
    /// `knobs.mlp.1.bias`, a tanh behind both.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let mut shapes = vec![("weights".to_owned(), vec![self.weights()])];
        if let Some(condition) = &self.condition {
            shapes.extend(condition.tensor_shapes().into_iter().map(|(name, s)| (format!("condition.{name}"), s)));
        }
        let Some(knobs) = &self.knobs else { return shapes };
        if knobs.hidden > 0 {
            for (i, inputs) in [knobs.count, knobs.hidden].into_iter().enumerate() {
                shapes.push((format!("knobs.mlp.{i}.weight"), vec![inputs, knobs.hidden]));
                shapes.push((format!("knobs.mlp.{i}.bias"), vec![knobs.hidden]));
            }
        }
        let sums = self.arrays.iter().flat_map(|array| (0..array.layers()).map(|layer| array.sums(layer)));
        for (j, sums) in sums.enumerate() {
            shapes.push((format!("knobs.layers.{j}.weight"), vec![knobs.features(), 2 * sums]));
            shapes.push((format!("knobs.layers.{j}.bias"), vec![2 * sums]));
        }
        shapes.push(("knobs.output.weight".to_owned(), vec![knobs.features(), 1]));
        shapes.push(("knobs.output.bias".to_owned(), vec![1]));
        shapes
    }
}
