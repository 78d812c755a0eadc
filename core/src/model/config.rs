//! The configs of the architectures: what a network looks like, without its weights.

use super::ModelError;
use crate::nn::Activation;
use serde::{Deserialize, Serialize};

/// The largest width of a layer, in units.
pub const MAX_WIDTH: usize = 65_536;
/// The largest number of layers.
pub const MAX_LAYERS: usize = 64;
/// The largest number of weights in a model: 256 MiB in single precision.
pub const MAX_PARAMETERS: usize = 1 << 26;

/// One fully connected layer: `activation(x W + b)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerConfig {
    /// The number of units.
    pub outputs: usize,
    /// What each unit's sum passes.
    pub activation: Activation,
    /// Whether the layer adds a bias.
    pub bias: bool,
}

/// An autoencoder of fully connected layers, any list of widths.
///
/// The output of the layer `latent_layer` is the latent code: the layers up to it are the encoder, those after it the
/// decoder. Colonel, *Autoencoding Neural Networks as Musical Audio Synthesizers* (2018) and *Conditioning Autoencoder Latent
/// Spaces for Real-Time Timbre Interpolation and Synthesis* (2020) use this form with 2 to 16 layers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoencoderConfig {
    /// The number of inputs, as a rule the bins of a spectrum.
    pub inputs: usize,
    /// The layers, from the input to the output. The last one's width is the number of outputs.
    pub layers: Vec<LayerConfig>,
    /// The index in `layers` of the layer whose output is the latent code. At least one layer follows it.
    pub latent_layer: usize,
    /// Whether two linear paths run beside the layers: from the input to the sums before the latent's activation, and from
    /// the latents to the sums before the output's activation. They let the network start as a principal component analysis.
    #[serde(default)]
    pub shortcut: bool,
}

impl AutoencoderConfig {
    /// One activation for all layers. `widths` is `[inputs, ..., outputs]`; the latent code is the first of the narrowest
    /// layers, the output layer apart. Not checked: [`AutoencoderConfig::validate`] says whether it can be used.
    pub fn uniform(widths: &[usize], activation: Activation, bias: bool) -> Self {
        let (inputs, outputs) = widths.split_first().map_or((0, widths), |(&first, rest)| (first, rest));
        let hidden = outputs.get(..outputs.len().saturating_sub(1)).unwrap_or_default();
        let latent_layer = (0..hidden.len()).min_by_key(|&i| hidden[i]).unwrap_or(0);
        let layers = outputs.iter().map(|&outputs| LayerConfig { outputs, activation, bias }).collect();
        Self { inputs, layers, latent_layer, shortcut: false }
    }

    /// The thesis's hybrid net: ReLU, but sigmoid at the latents and at the output, no bias, as many outputs as inputs.
    ///
    /// `hidden` is the list of widths between them, 512, 256, 128, 64, 128, 256, 512 in the original.
    pub fn hybrid(inputs: usize, hidden: &[usize]) -> Self {
        let widths: Vec<usize> = [&[inputs], hidden, &[inputs]].concat();
        let mut config = Self::uniform(&widths, Activation::Relu, false);
        let output_layer = config.layers.len() - 1;
        for index in [config.latent_layer, output_layer] {
            config.layers[index].activation = Activation::Sigmoid;
        }
        config
    }

    /// The number of latents; 0 when `latent_layer` points beyond the layers.
    pub fn latents(&self) -> usize {
        self.layers.get(self.latent_layer).map_or(0, |layer| layer.outputs)
    }

    /// The number of outputs; 0 when there are no layers.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.outputs)
    }

    /// The number of weights and biases; `usize::MAX` when it does not fit.
    pub fn parameters(&self) -> usize {
        let count = |shape: &[usize]| shape.iter().fold(1usize, |product, &size| product.saturating_mul(size));
        self.tensor_shapes().iter().fold(0, |sum, (_, shape)| sum.saturating_add(count(shape)))
    }

    /// Whether a network of this form can be made: 2 to [`MAX_LAYERS`] layers, widths of 1 to [`MAX_WIDTH`], at least one
    /// layer after the latents, and at most [`MAX_PARAMETERS`] weights.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        let count = self.layers.len();
        if !(2..=MAX_LAYERS).contains(&count) {
            return Err(ModelError::Config(format!("expected 2 to {MAX_LAYERS} layers, found {count}")));
        }
        if self.latent_layer >= count - 1 {
            return Err(ModelError::Config(format!(
                "expected the latents at the output of layer 0 to {}, so that a decoder follows, found {}",
                count - 2,
                self.latent_layer
            )));
        }
        let widths = std::iter::once(self.inputs).chain(self.layers.iter().map(|layer| layer.outputs));
        for (place, width) in widths.enumerate() {
            if !(1..=MAX_WIDTH).contains(&width) {
                let place = if place == 0 { "at the input".to_owned() } else { format!("in layer {}", place - 1) };
                return Err(ModelError::Config(format!(
                    "expected widths of 1 to {MAX_WIDTH} units, found {width} {place}"
                )));
            }
        }
        let parameters = self.parameters();
        if parameters > MAX_PARAMETERS {
            return Err(ModelError::Config(format!("expected at most {MAX_PARAMETERS} weights, found {parameters}")));
        }
        Ok(())
    }

    /// The name and the shape of every tensor, in the order of the layers.
    ///
    /// `layers.{i}.weight` is `[inputs, outputs]` (`y = x W`, the layout of burn's `Linear`), `layers.{i}.bias` is
    /// `[outputs]`; with a shortcut, `encoder_shortcut.weight` is `[inputs, latents]` and `decoder_shortcut.weight` is
    /// `[latents, outputs]`.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let mut shapes = Vec::with_capacity(2 * self.layers.len() + 2);
        let mut inputs = self.inputs;
        for (i, layer) in self.layers.iter().enumerate() {
            shapes.push((format!("layers.{i}.weight"), vec![inputs, layer.outputs]));
            if layer.bias {
                shapes.push((format!("layers.{i}.bias"), vec![layer.outputs]));
            }
            inputs = layer.outputs;
        }
        if self.shortcut {
            shapes.push(("encoder_shortcut.weight".to_owned(), vec![self.inputs, self.latents()]));
            shapes.push(("decoder_shortcut.weight".to_owned(), vec![self.latents(), self.outputs()]));
        }
        shapes
    }
}

/// The kind of a network and its config. In JSON the config's fields stand beside `"kind"`.
///
/// A new architecture is a new variant with its own config; every `match` below then asks for its arm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Architecture {
    /// A fully connected autoencoder of magnitude spectra.
    Autoencoder(AutoencoderConfig),
}

impl Architecture {
    /// The kinds that this version can load, as they stand in a file.
    pub const KINDS: [&'static str; 1] = ["autoencoder"];

    /// The kind as it stands in a file.
    pub fn kind(&self) -> &'static str {
        match self {
            Architecture::Autoencoder(_) => Self::KINDS[0],
        }
    }

    /// Whether a network of this form can be made.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        match self {
            Architecture::Autoencoder(config) => config.validate(),
        }
    }

    /// The name and the shape of every tensor.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        match self {
            Architecture::Autoencoder(config) => config.tensor_shapes(),
        }
    }

    /// The number of latents; 0 for an architecture that has none.
    pub fn latents(&self) -> usize {
        match self {
            Architecture::Autoencoder(config) => config.latents(),
        }
    }
}
