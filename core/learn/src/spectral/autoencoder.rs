//! The autoencoder of `nfx_core::models::spectral::AutoencoderConfig` as a burn module.

use burn::module::{Module, Param, ParamId};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData, activation};
use nfx_core::engine::anne::GainPosition;
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_core::nn::Activation;

use crate::spectral::learner::{LOG_VARIANCE, SPREAD_BIAS, SPREAD_WEIGHT};
use crate::{LearnError, Tensors, named};

/// An autoencoder of frames, every topology that its configuration can say.
///
/// The parameters' ids follow from their place, so that an optimiser's state can be loaded for a
/// module that was built anew.
#[derive(Module, Debug)]
pub struct Autoencoder {
    /// The layers, weights `[inputs, outputs]`.
    pub layers: Vec<Linear>,
    /// Linear path from the input to the latent layer's sums.
    pub encoder_shortcut: Option<Linear>,
    /// Linear path from the latents to the output layer's sums.
    pub decoder_shortcut: Option<Linear>,
    /// What makes the log variances of the latents in a variational training.
    pub spread: Option<Linear>,
    #[module(skip)]
    config: AutoencoderConfig,
}

/// What may happen to the signal on its way through the network.
#[derive(Clone, Debug, Default)]
pub struct Passage {
    /// For each layer but the last a mask that its output is multiplied with, `[frame][output]`;
    /// empty: no dropout.
    pub masks: Vec<Tensor<2>>,
    /// Gain of each latent, `[1][latent]`, and on which side of the latent's activation it acts.
    pub gains: Option<(Tensor<2>, GainPosition)>,
    /// What the decoder is told beside the latents, `[frame][condition]`. A network that expects
    /// one and gets none is told zeros.
    pub condition: Option<Tensor<2>>,
    /// What the latents are drawn with in a variational training, `[frame][latent]`.
    pub noise: Option<Tensor<2>>,
}

impl Autoencoder {
    /// The module of a configuration with given weights.
    ///
    /// # Errors
    /// When the configuration is not valid, or a tensor is missing or has another shape.
    pub fn new(
        config: &AutoencoderConfig,
        tensors: &Tensors,
        device: &Device,
    ) -> Result<Self, LearnError> {
        config.validate()?;
        let mut next_id = 1u64;
        let mut linear =
            |weight: &str, bias: Option<&str>, shape: [usize; 2]| -> Result<Linear, LearnError> {
                let w = param::<2>(tensors, weight, &shape, next_id, device)?;
                let b = bias
                    .map(|b| param::<1>(tensors, b, &shape[1..], next_id + 1, device))
                    .transpose()?;
                next_id += 2;
                Ok(Linear { weight: w, bias: b })
            };
        let mut layers = Vec::with_capacity(config.layers.len());
        let mut inputs = config.inputs;
        for (i, layer) in config.layers.iter().enumerate() {
            let bias = format!("layers.{i}.bias");
            let more = if i == config.latent_layer + 1 { config.condition } else { 0 };
            let shape = [inputs + more, layer.outputs];
            layers.push(linear(&format!("layers.{i}.weight"), layer.bias.then_some(&bias), shape)?);
            inputs = layer.outputs;
        }
        let (latents, code) = (config.latents(), config.code());
        let (mut encoder_shortcut, mut decoder_shortcut) = (None, None);
        if config.shortcut {
            encoder_shortcut =
                Some(linear("encoder_shortcut.weight", None, [config.inputs, latents])?);
            decoder_shortcut = Some(linear("decoder_shortcut.weight", None, [code, inputs])?);
        }
        Ok(Autoencoder {
            layers,
            encoder_shortcut,
            decoder_shortcut,
            spread: None,
            config: config.clone(),
        })
    }

    /// Adds the layer of the log variances (`spread.weight`, `spread.bias`) for a variational
    /// training.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn add_spread(&mut self, tensors: &Tensors, device: &Device) -> Result<(), LearnError> {
        let latent = self.config.latent_layer;
        let inputs =
            if latent == 0 { self.config.inputs } else { self.config.layers[latent - 1].outputs };
        let shape = [inputs, self.config.latents()];
        // Ids that no layer of the network has.
        let first = 1 + 2 * (self.layers.len() as u64 + 2);
        self.spread = Some(Linear {
            weight: param::<2>(tensors, SPREAD_WEIGHT, &shape, first, device)?,
            bias: Some(param::<1>(tensors, SPREAD_BIAS, &shape[1..], first + 1, device)?),
        });
        Ok(())
    }

    /// What the module was built from.
    pub fn config(&self) -> &AutoencoderConfig {
        &self.config
    }

    /// From frames `[frame][input]` to the latent layer's sums `[frame][latent]`, before their
    /// activation.
    pub fn encode(&self, x: Tensor<2>) -> Tensor<2> {
        self.encode_masked(x, &[]).0
    }

    /// The latents' sums, and their log variances where the module has a layer for them.
    fn encode_masked(&self, x: Tensor<2>, masks: &[Tensor<2>]) -> (Tensor<2>, Option<Tensor<2>>) {
        let mut h = x.clone();
        let latent = self.config.latent_layer;
        let mut spread = None;
        for i in 0..=latent {
            if i == latent {
                spread = self
                    .spread
                    .as_ref()
                    .map(|s| s.forward(h.clone()).clamp(LOG_VARIANCE[0], LOG_VARIANCE[1]));
            }
            h = self.layers[i].forward(h);
            if i < latent {
                h = masked(activate(self.config.layers[i].activation, h), masks.get(i));
            }
        }
        let sums = match &self.encoder_shortcut {
            Some(shortcut) => h + shortcut.forward(x),
            None => h,
        };
        (sums, spread)
    }

    /// The latent layer's activation.
    pub fn activate_latents(&self, sums: Tensor<2>) -> Tensor<2> {
        activate(self.config.layers[self.config.latent_layer].activation, sums)
    }

    /// From latents after their activation, and the condition behind them, `[frame][latents +
    /// condition]`, to frames `[frame][output]`.
    pub fn decode(&self, code: Tensor<2>) -> Tensor<2> {
        self.decode_masked(code, &[])
    }

    /// The code of a decoder: latents `[frame][latent]` and what else it is told; zeros where
    /// nothing is said.
    fn code(&self, latents: Tensor<2>, condition: Option<&Tensor<2>>) -> Tensor<2> {
        match condition {
            _ if self.config.condition == 0 => latents,
            Some(condition) => Tensor::cat(vec![latents, condition.clone()], 1),
            None => {
                let zeros =
                    Tensor::zeros([latents.dims()[0], self.config.condition], &latents.device());
                Tensor::cat(vec![latents, zeros], 1)
            }
        }
    }

    fn decode_masked(&self, latents: Tensor<2>, masks: &[Tensor<2>]) -> Tensor<2> {
        let mut h = latents.clone();
        let last = self.layers.len() - 1;
        for i in self.config.latent_layer + 1..=last {
            h = self.layers[i].forward(h);
            if i < last {
                h = masked(activate(self.config.layers[i].activation, h), masks.get(i));
            }
        }
        if last == self.config.latent_layer {
            return h;
        }
        if let Some(shortcut) = &self.decoder_shortcut {
            h = h + shortcut.forward(latents);
        }
        activate(self.config.layers[last].activation, h)
    }

    /// Frames `[frame][input]` to their reconstructions `[frame][output]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.forward_with(x, &Passage::default())
    }

    /// As [`Autoencoder::forward`], with dropout masks and latent gains.
    pub fn forward_with(&self, x: Tensor<2>, passage: &Passage) -> Tensor<2> {
        self.forward_drawn(x, passage).0
    }

    /// As [`Autoencoder::forward_with`]; with noise and a layer for the log variances the latents
    /// are drawn, and the second result is the divergence of their distributions from the standard
    /// normal one: the mean over frames of the sum over latents.
    pub fn forward_drawn(&self, x: Tensor<2>, passage: &Passage) -> (Tensor<2>, Option<Tensor<1>>) {
        let (mut h, spread) = self.encode_masked(x, &passage.masks);
        if let Some((gains, GainPosition::Before)) = &passage.gains {
            h = h * gains.clone();
        }
        h = self.activate_latents(h);
        let mut divergence = None;
        if let (Some(spread), Some(noise)) = (spread, &passage.noise) {
            let terms = h.clone().square() + spread.clone().exp() - spread.clone() - 1.0;
            divergence = Some(terms.sum_dim(1).mean().mul_scalar(0.5));
            h = h + spread.mul_scalar(0.5).exp() * noise.clone();
        }
        h = masked(h, passage.masks.get(self.config.latent_layer));
        if let Some((gains, GainPosition::After)) = &passage.gains {
            h = h * gains.clone();
        }
        (self.decode_masked(self.code(h, passage.condition.as_ref()), &passage.masks), divergence)
    }

    /// Sum of the squares of all weights, biases left out: the `‖θ‖²` of Colonel 2018, equation 3.3.
    pub fn l2(&self) -> Tensor<1> {
        let weights = self
            .layers
            .iter()
            .chain(&self.encoder_shortcut)
            .chain(&self.decoder_shortcut)
            .chain(&self.spread);
        weights
            .map(|l| l.weight.val().square().sum())
            .reduce(|a, b| a + b)
            .unwrap_or_else(|| Tensor::zeros([1], &self.layers[0].weight.val().device()))
    }

    /// The weights under the names of `nfx-core`.
    ///
    /// # Errors
    /// When burn cannot hand out a tensor's values.
    pub fn tensors(&self) -> Result<Tensors, LearnError> {
        let mut out = Tensors::new();
        for (name, linear) in self.named() {
            out.insert(format!("{name}.weight"), plain(linear.weight.val())?);
            if let Some(bias) = &linear.bias {
                out.insert(format!("{name}.bias"), plain(bias.val())?);
            }
        }
        Ok(out)
    }

    /// The linear layers with their names in `nfx-core`, in the order of their parameters' ids.
    pub fn named(&self) -> Vec<(String, &Linear)> {
        let mut out: Vec<_> =
            self.layers.iter().enumerate().map(|(i, l)| (format!("layers.{i}"), l)).collect();
        out.extend(self.encoder_shortcut.iter().map(|l| ("encoder_shortcut".to_owned(), l)));
        out.extend(self.decoder_shortcut.iter().map(|l| ("decoder_shortcut".to_owned(), l)));
        out.extend(self.spread.iter().map(|l| ("spread".to_owned(), l)));
        out
    }
}

fn masked(h: Tensor<2>, mask: Option<&Tensor<2>>) -> Tensor<2> {
    match mask {
        Some(mask) => h * mask.clone(),
        None => h,
    }
}

/// Applies an activation of `nfx-core` to a burn tensor.
pub fn activate(activation: Activation, x: Tensor<2>) -> Tensor<2> {
    match activation {
        Activation::Linear => x,
        Activation::Relu => activation::relu(x),
        Activation::LeakyRelu => activation::leaky_relu(x, 0.01),
        Activation::Sigmoid => activation::sigmoid(x),
        Activation::Tanh => activation::tanh(x),
    }
}

fn param<const D: usize>(
    tensors: &Tensors,
    name: &str,
    shape: &[usize],
    id: u64,
    device: &Device,
) -> Result<Param<Tensor<D>>, LearnError> {
    let found = named(tensors, name, shape)?;
    let value = Tensor::<D>::from_data(TensorData::new(found.to_vec(), shape.to_vec()), device);
    let value = if device.is_autodiff() { value.require_grad() } else { value };
    Ok(Param::initialized(ParamId::from(id), value))
}

/// A burn tensor as plain numbers.
pub(crate) fn plain<const D: usize>(
    tensor: Tensor<D>,
) -> Result<nfx_core::file::Tensor, LearnError> {
    let shape = tensor.dims().to_vec();
    Ok(nfx_core::file::Tensor { shape, data: values(tensor)? })
}

/// The values of a burn tensor, row after row.
pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, LearnError> {
    tensor.into_data().try_into_vec::<f32>().map_err(|e| LearnError::Burn(format!("{e:?}")))
}

/// Plain numbers, row after row, as a burn tensor of two dimensions.
pub fn matrix(values: &[f32], columns: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(
        TensorData::new(values.to_vec(), vec![values.len() / columns.max(1), columns]),
        device,
    )
}
