//! What a spectral network looks like, without its weights.

use crate::file::ModelError;
use crate::models::count;
use crate::nn::Activation;
use serde::{Deserialize, Serialize};

/// The largest width of a layer, in units.
pub const MAX_WIDTH: usize = 65_536;
/// The largest number of layers.
pub const MAX_LAYERS: usize = 64;
/// The largest condition of a decoder: one number for each MIDI note.
pub const MAX_CONDITION: usize = 128;
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
/// The output of the layer `latent_layer` is the latent code: the layers up to it are the encoder,
/// those after it the decoder. Colonel, *Autoencoding Neural Networks as Musical Audio
/// Synthesizers* (2018) and *Conditioning Autoencoder Latent Spaces for Real-Time Timbre
/// Interpolation and Synthesis* (2020) use this form with 2 to 16 layers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoencoderConfig {
    /// The number of inputs, as a rule the bins of a spectrum.
    pub inputs: usize,
    /// The layers, from the input to the output. The last one's width is the number of outputs.
    pub layers: Vec<LayerConfig>,
    /// The index in `layers` of the layer whose output is the latent code. At least one layer
    /// follows it.
    pub latent_layer: usize,
    /// Whether two linear paths run beside the layers: from the input to the sums before the
    /// latent's activation, and from the latents to the sums before the output's activation. They
    /// let the network start as a principal component analysis.
    #[serde(default)]
    pub shortcut: bool,
    /// How many numbers the decoder is conditioned on beside the latents, 0 for none: its
    /// first layer and its linear path have as many more inputs. In a note-conditioned model one
    /// for each note, 1 for the note that sounds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub condition: usize,
}

/// Left out of a file when it is 0, so that a file without it is what it always was.
pub(super) fn is_zero(value: &usize) -> bool {
    *value == 0
}

impl AutoencoderConfig {
    /// One activation for all layers. `widths` is `[inputs, ..., outputs]`; the latent code is the
    /// first of the narrowest layers, the output layer apart. Not checked:
    /// [`AutoencoderConfig::validate`] says whether it can be used.
    pub fn uniform(widths: &[usize], activation: Activation, bias: bool) -> Self {
        let (inputs, outputs) =
            widths.split_first().map_or((0, widths), |(&first, rest)| (first, rest));
        let hidden = outputs.get(..outputs.len().saturating_sub(1)).unwrap_or_default();
        let latent_layer = (0..hidden.len()).min_by_key(|&i| hidden[i]).unwrap_or(0);
        let layers =
            outputs.iter().map(|&outputs| LayerConfig { outputs, activation, bias }).collect();
        Self { inputs, layers, latent_layer, shortcut: false, condition: 0 }
    }

    /// The thesis's hybrid net: ReLU, but sigmoid at the latents and at the output, no bias, as
    /// many outputs as inputs.
    ///
    /// `hidden` is the list of widths between them, 512, 256, 128, 64, 128, 256, 512 in the
    /// original.
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
        count(&self.tensor_shapes())
    }

    /// The width of what the decoder is given: the latents and the condition.
    pub fn code(&self) -> usize {
        self.latents().saturating_add(self.condition)
    }

    /// The decoder alone, for a file that is played and never asked to encode.
    pub fn decoder(&self) -> DecoderConfig {
        DecoderConfig {
            latents: self.latents(),
            layers: self.layers.get(self.latent_layer + 1..).unwrap_or_default().to_vec(),
            shortcut: self.shortcut,
            condition: self.condition,
        }
    }

    /// Whether a network of this form can be made: 2 to [`MAX_LAYERS`] layers, widths of 1 to
    /// [`MAX_WIDTH`], at least one layer after the latents, a condition of at most
    /// [`MAX_CONDITION`] numbers, and at most [`MAX_PARAMETERS`] weights.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        let count = self.layers.len();
        if !(2..=MAX_LAYERS).contains(&count) {
            return Err(ModelError::Config(format!(
                "expected 2 to {MAX_LAYERS} layers, found {count}"
            )));
        }
        if self.latent_layer >= count - 1 {
            return Err(ModelError::Config(format!(
                "expected the latents at the output of layer 0 to {}, so that a decoder follows, found {}",
                count - 2,
                self.latent_layer
            )));
        }
        check_widths(self.inputs, &self.layers)?;
        check_condition(self.condition)?;
        check_count(self.parameters())
    }

    /// The name and the shape of every tensor, in the order of the layers.
    ///
    /// `layers.{i}.weight` is `[inputs, outputs]` (`y = x W`, the layout of burn's `Linear`),
    /// `layers.{i}.bias` is `[outputs]`; with a shortcut, `encoder_shortcut.weight` is `[inputs,
    /// latents]` and `decoder_shortcut.weight` is `[latents, outputs]`. With a condition the
    /// decoder's first layer and its shortcut have as many more inputs, after those of the latents.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let mut shapes = layer_shapes(self.inputs, &self.layers, |i| {
            if i == self.latent_layer.saturating_add(1) { self.condition } else { 0 }
        });
        if self.shortcut {
            shapes.push(("encoder_shortcut.weight".to_owned(), vec![self.inputs, self.latents()]));
            shapes.push(("decoder_shortcut.weight".to_owned(), vec![self.code(), self.outputs()]));
        }
        shapes
    }
}

/// The second half of an autoencoder: what turns a latent code into a frame, in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecoderConfig {
    /// The number of latents.
    pub latents: usize,
    /// The layers, from the latents to the output. At least one.
    pub layers: Vec<LayerConfig>,
    /// Whether a linear path runs from the latents (and the condition) to the sums before the
    /// output's activation.
    #[serde(default)]
    pub shortcut: bool,
    /// As [`AutoencoderConfig::condition`].
    #[serde(default, skip_serializing_if = "is_zero")]
    pub condition: usize,
}

impl DecoderConfig {
    /// The number of outputs; 0 when there are no layers.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.outputs)
    }

    /// The width of the input: the latents and the condition.
    pub fn code(&self) -> usize {
        self.latents.saturating_add(self.condition)
    }

    /// The number of weights and biases; `usize::MAX` when it does not fit.
    pub fn parameters(&self) -> usize {
        count(&self.tensor_shapes())
    }

    /// Whether a network of this form can be made: 1 to [`MAX_LAYERS`] layers, the other limits as
    /// for an autoencoder.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        if !(1..=MAX_LAYERS).contains(&self.layers.len()) {
            return Err(ModelError::Config(format!(
                "expected 1 to {MAX_LAYERS} layers, found {}",
                self.layers.len()
            )));
        }
        check_widths(self.latents, &self.layers)?;
        check_condition(self.condition)?;
        check_count(self.parameters())
    }

    /// The name and the shape of every tensor: `layers.{i}.weight` and `layers.{i}.bias` counted
    /// from the decoder's first layer, which has `latents + condition` inputs; with a shortcut
    /// `decoder_shortcut.weight`, `[latents + condition, outputs]`.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let mut shapes =
            layer_shapes(self.latents, &self.layers, |i| if i == 0 { self.condition } else { 0 });
        if self.shortcut {
            shapes.push(("decoder_shortcut.weight".to_owned(), vec![self.code(), self.outputs()]));
        }
        shapes
    }
}

/// The tensors of a stack of layers, of which layer `i` has `more(i)` inputs beside those that the
/// layer before it gives.
fn layer_shapes(
    inputs: usize,
    layers: &[LayerConfig],
    more: impl Fn(usize) -> usize,
) -> Vec<(String, Vec<usize>)> {
    let mut shapes = Vec::with_capacity(2 * layers.len() + 2);
    let mut before = inputs;
    for (i, layer) in layers.iter().enumerate() {
        shapes.push((
            format!("layers.{i}.weight"),
            vec![before.saturating_add(more(i)), layer.outputs],
        ));
        if layer.bias {
            shapes.push((format!("layers.{i}.bias"), vec![layer.outputs]));
        }
        before = layer.outputs;
    }
    shapes
}

fn check_widths(inputs: usize, layers: &[LayerConfig]) -> Result<(), ModelError> {
    let widths = std::iter::once(inputs).chain(layers.iter().map(|layer| layer.outputs));
    for (place, width) in widths.enumerate() {
        if !(1..=MAX_WIDTH).contains(&width) {
            let place = if place == 0 {
                "at the input".to_owned()
            } else {
                format!("in layer {}", place - 1)
            };
            return Err(ModelError::Config(format!(
                "expected widths of 1 to {MAX_WIDTH} units, found {width} {place}"
            )));
        }
    }
    Ok(())
}

fn check_condition(condition: usize) -> Result<(), ModelError> {
    if condition > MAX_CONDITION {
        return Err(ModelError::Config(format!(
            "expected a condition of at most {MAX_CONDITION} numbers, one for each MIDI note, found {condition}"
        )));
    }
    Ok(())
}

fn check_count(parameters: usize) -> Result<(), ModelError> {
    if parameters > MAX_PARAMETERS {
        return Err(ModelError::Config(format!(
            "expected at most {MAX_PARAMETERS} weights, found {parameters}"
        )));
    }
    Ok(())
}
