//! The flat weights of a `.nam` file as packed convolutions.

use super::{FilmAt, FilmPlace, Gating, LayerArray, PostHead};
use crate::file::ModelError;
use crate::nn::PointActivation;
use crate::nn::conv::{Conv, Kernel};
use std::collections::BTreeMap;

/// A walk through the flat weights.
pub(in crate::models::effect) struct Weights<'a> {
    rest: &'a [f32],
}

impl<'a> Weights<'a> {
    pub fn new(all: &'a [f32]) -> Self {
        Self { rest: all }
    }

    /// The next `count` weights. Counts are checked against the config before; this only says so
    /// again.
    pub fn take(&mut self, count: usize) -> Result<&'a [f32], ModelError> {
        if count > self.rest.len() {
            return Err(ModelError::Config(format!(
                "expected {count} more weights, found {}: there are too few for the network",
                self.rest.len()
            )));
        }
        let (head, rest) = self.rest.split_at(count);
        self.rest = rest;
        Ok(head)
    }

    /// The next weights of a grouped convolution, `[group][output][input][tap]`, as a dense one,
    /// `[output][input][tap]`.
    pub fn dense(
        &mut self,
        kernel: Kernel,
        outputs: usize,
        groups: usize,
    ) -> Result<Vec<f32>, ModelError> {
        let (inputs, taps) = (kernel.inputs / groups, kernel.taps);
        let grouped = self.take(outputs * inputs * taps)?;
        if groups == 1 {
            return Ok(grouped.to_vec());
        }
        let mut dense = vec![0.0; outputs * kernel.inputs * taps];
        for (output, row) in grouped.chunks_exact(inputs * taps).enumerate() {
            let group = output / (outputs / groups);
            let at = (output * kernel.inputs + group * inputs) * taps;
            dense[at..at + row.len()].copy_from_slice(row);
        }
        Ok(dense)
    }

    /// The next 1 x 1 convolution with a bias.
    pub fn point(
        &mut self,
        inputs: usize,
        outputs: usize,
        groups: usize,
    ) -> Result<Conv, ModelError> {
        let kernel = Kernel::point(inputs);
        let dense = self.dense(kernel, outputs, groups)?;
        Ok(Conv::new(outputs, &[(kernel, dense)], self.take(outputs)?))
    }

    /// That nothing is left.
    pub fn end(&self) -> Result<(), ModelError> {
        match self.rest.len() {
            0 => Ok(()),
            more => Err(ModelError::Config(format!(
                "expected no more weights than the network's, found {more} more"
            ))),
        }
    }
}

/// A layer that is played.
#[derive(Debug)]
pub(super) struct Layer {
    pub kernel: Kernel,
    /// The dilated convolution and, unless a modulation keeps them apart, the condition's
    /// mixing-in.
    pub conv: Conv,
    pub mixin: Option<Conv>,
    pub gating: Gating,
    pub activation: PointActivation,
    pub secondary: PointActivation,
    pub residual: Option<Conv>,
    pub skip: Option<Conv>,
    pub films: BTreeMap<FilmPlace, FilmAt>,
    pub sums: usize,
    pub condition: usize,
    /// Where the layer's numbers begin among those that the knobs give.
    pub knobs_at: usize,
}

/// The layers of one width.
#[derive(Debug)]
pub(super) struct Array {
    pub rechannel: Conv,
    pub layers: Vec<Layer>,
    pub head_kernel: Kernel,
    pub head: Conv,
    pub channels: usize,
    pub bottleneck: usize,
    pub skip: usize,
}

impl Array {
    pub fn new(
        config: &LayerArray,
        weights: &mut Weights<'_>,
        knobs_at: &mut usize,
    ) -> Result<Self, ModelError> {
        let from = Kernel::point(config.inputs);
        let rechannel =
            Conv::new(config.channels, &[(from, weights.dense(from, config.channels, 1)?)], &[]);
        let mut layers = Vec::with_capacity(config.layers());
        for index in 0..config.layers() {
            layers.push(Layer::new(config, index, weights, *knobs_at)?);
            *knobs_at += 2 * config.sums(index);
        }
        let (head, skip) = (config.head, config.skip());
        let head_kernel = Kernel { inputs: skip, taps: head.kernel_size, dilation: head.dilation };
        let dense = weights.dense(head_kernel, head.outputs, 1)?;
        let bias = if head.bias { weights.take(head.outputs)? } else { &[] };
        Ok(Self {
            rechannel,
            layers,
            head_kernel,
            head: Conv::new(head.outputs, &[(head_kernel, dense)], bias),
            channels: config.channels,
            bottleneck: config.bottleneck,
            skip,
        })
    }
}

impl Layer {
    fn new(
        config: &LayerArray,
        index: usize,
        w: &mut Weights<'_>,
        knobs_at: usize,
    ) -> Result<Self, ModelError> {
        let (sums, condition) = (config.sums(index), config.condition);
        let kernel = Kernel {
            inputs: config.channels,
            taps: config.kernel_sizes[index],
            dilation: config.dilations[index],
        };
        let conv = w.dense(kernel, sums, config.groups)?;
        let bias = w.take(sums)?;
        let mix = Kernel::point(condition);
        let mixin = w.dense(mix, sums, config.groups_mixin)?;
        let residual = match config.layer1x1 {
            0 => None,
            groups => Some(w.point(config.bottleneck, config.channels, groups)?),
        };
        let skip = match config.head1x1 {
            Some(head) => Some(w.point(config.bottleneck, head.outputs, head.groups)?),
            None => None,
        };
        let mut films = BTreeMap::new();
        for place in FilmPlace::ALL {
            if let Some(film) = config.films.get(&place) {
                let channels = config.film_channels(place, index);
                let affine = w.point(condition, film.outputs(channels), film.groups)?;
                films.insert(place, FilmAt { affine, channels, shift: film.shift });
            }
        }
        let apart = [FilmPlace::ConvPost, FilmPlace::InputMixinPre, FilmPlace::InputMixinPost]
            .iter()
            .any(|p| films.contains_key(p));
        let (conv, mixin) = if apart {
            let mixin = Conv::new(sums, &[(mix, mixin)], &[]);
            (Conv::new(sums, &[(kernel, conv)], bias), Some(mixin))
        } else {
            (Conv::new(sums, &[(kernel, conv), (mix, mixin)], bias), None)
        };
        Ok(Self {
            kernel,
            conv,
            mixin,
            gating: config.gating[index],
            activation: config.activations[index].clone(),
            secondary: config.secondary[index].clone(),
            residual,
            skip,
            films,
            sums,
            condition,
            knobs_at,
        })
    }
}

/// A convolution behind the arrays.
#[derive(Debug)]
pub(super) struct Post {
    pub kernel: Kernel,
    pub conv: Conv,
    pub activation: PointActivation,
}

impl Post {
    pub fn all(
        config: &PostHead,
        inputs: usize,
        weights: &mut Weights<'_>,
    ) -> Result<Vec<Self>, ModelError> {
        let widths = config.widths(inputs).into_iter().zip(&config.kernel_sizes);
        widths
            .map(|((inputs, outputs), &taps)| {
                let kernel = Kernel { inputs, taps, dilation: 1 };
                let dense = weights.dense(kernel, outputs, 1)?;
                let conv = Conv::new(outputs, &[(kernel, dense)], weights.take(outputs)?);
                Ok(Self { kernel, conv, activation: config.activation.clone() })
            })
            .collect()
    }
}
