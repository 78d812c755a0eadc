//! The config of a layer array: the dilated layers of one width, with all their options.

use super::super::families::refuse;
use super::super::limits::{MAX_RECEPTIVE_FIELD, is_one, one, product, total, within};
use crate::file::ModelError;
use crate::nn::PointActivation;
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

/// Where in a layer the condition scales and shifts what flows, in the order of their weights in a
/// `.nam` file.
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
    /// Behind the residual's 1 x 1 convolution. Players apply it to blended layers only, so it does
    /// nothing in others.
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

/// A feature-wise linear modulation (Perez et al. 2018): `x * scale(condition) + shift(condition)`,
/// both affine.
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
    /// Groups of the residual's 1 x 1 convolution; 0 without one: the layer's input then passes as
    /// it is.
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
    /// Layers of `channels` channels on one signal, conditioned on it, with one activation and no
    /// options.
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
            Some(Gating::None) | None => self.bottleneck,
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
            FilmPlace::ConvPost | FilmPlace::InputMixinPost | FilmPlace::ActivationPre => {
                self.sums(layer)
            }
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
        let conv =
            product(&[sums, self.channels / self.groups.max(1), kernel]).saturating_add(sums);
        let mixin = product(&[sums, self.condition / self.groups_mixin.max(1)]);
        let residual = match self.layer1x1 {
            0 => 0,
            groups => {
                product(&[self.channels, self.bottleneck / groups]).saturating_add(self.channels)
            }
        };
        let skip = self.head1x1.map_or(0, |head| {
            product(&[head.outputs, self.bottleneck / head.groups.max(1)])
                .saturating_add(head.outputs)
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

    pub(super) fn check(&self) -> Result<(), ModelError> {
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
        let lists = [
            self.kernel_sizes.len(),
            self.activations.len(),
            self.gating.len(),
            self.secondary.len(),
        ];
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
            self.check_groups(
                "the mixing-in",
                self.groups_mixin,
                &[self.condition, self.sums(layer)],
            )?;
            for (&place, film) in &self.films {
                let outputs = film.outputs(self.film_channels(place, layer));
                self.check_groups("a modulation", film.groups, &[self.condition, outputs])?;
            }
        }
        if self.layer1x1 > 0 {
            self.check_groups("the residual", self.layer1x1, &[self.bottleneck, self.channels])?;
        } else if self.films.contains_key(&FilmPlace::Layer1x1Post) {
            return refuse(
                "expected a residual's convolution where it is modulated, found none".to_owned(),
            );
        }
        match self.head1x1 {
            Some(head) => {
                self.check_groups("the skip path", head.groups, &[self.bottleneck, head.outputs])
            }
            None if self.films.contains_key(&FilmPlace::Head1x1Post) => refuse(
                "expected a skip path's convolution where it is modulated, found none".to_owned(),
            ),
            None => Ok(()),
        }
    }

    fn check_groups(
        &self,
        what: &str,
        groups: usize,
        channels: &[usize],
    ) -> Result<(), ModelError> {
        if groups == 0 || channels.iter().any(|channels| !channels.is_multiple_of(groups)) {
            return refuse(format!(
                "expected groups of {what} that divide {channels:?} channels, found {groups}"
            ));
        }
        Ok(())
    }
}
