//! The autoencoder's real-time form: [`AutoencoderConfig`](super::AutoencoderConfig) played without
//! allocation.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::decoder::{Decoder, Layer, dense, run, stack};
use super::{AutoencoderConfig, SpectralCard};
use crate::file::tensor::named;
use crate::file::{ModelError, Tensor};
use crate::models::ModelFile;
use crate::nn::{Activation, Dense, MAX_COLUMNS, dense::DenseScratch};

/// Most latents that a playable model has: one host parameter stands for each.
pub const MAX_LATENTS: usize = 64;

/// An immutable network, shared by every player of it.
///
/// `encode` gives the latents *before* their activation, so that a caller may scale them on either
/// side of [`Autoencoder::activate`]. Colonel, *Autoencoding Neural Networks as Musical Audio
/// Synthesizers*, 2018, ch. 3.
#[derive(Debug)]
pub struct Autoencoder {
    encoder: Vec<Layer>,
    encoder_shortcut: Option<Dense>,
    decoder: Decoder,
    latent_activation: Activation,
    widest: usize,
}

/// Buffers of one thread that evaluates an [`Autoencoder`]; made by [`Autoencoder::scratch`].
#[derive(Debug)]
pub struct Scratch {
    pub(super) dense: DenseScratch,
    pub(super) a: Vec<f32>,
    pub(super) b: Vec<f32>,
}

impl Scratch {
    /// For layers up to `widest` inputs or outputs and up to `columns` columns.
    pub(super) fn new(widest: usize, columns: usize) -> Self {
        let wide = vec![0.0; widest * columns];
        Self { dense: DenseScratch::for_columns(widest, columns), a: wide.clone(), b: wide }
    }
}

impl Autoencoder {
    /// Packs the weights of a configuration. Allocates.
    ///
    /// # Errors
    /// When the configuration is not valid or a tensor is missing or has another shape.
    pub fn new(
        config: &AutoencoderConfig,
        tensors: &BTreeMap<String, Tensor>,
    ) -> Result<Self, ModelError> {
        config.validate()?;
        let split = config.latent_layer + 1;
        let encoder = stack(tensors, 0, config.inputs, &config.layers[..split])?;
        let shortcut = if config.shortcut {
            let shape = [config.inputs, config.latents()];
            let weight = named(tensors, "encoder_shortcut.weight", &shape)?;
            Some(dense(shape[0], shape[1], weight, &[])?)
        } else {
            None
        };
        Ok(Self {
            encoder_shortcut: shortcut,
            latent_activation: encoder.last().map_or(Activation::Linear, |l| l.activation),
            decoder: Decoder::read(&config.decoder(), tensors, split)?,
            widest: config
                .layers
                .iter()
                .map(|l| l.outputs)
                .max()
                .unwrap_or(0)
                .max(config.inputs)
                .max(config.code()),
            encoder,
        })
    }

    /// Width of the input: bins of a frame.
    pub fn inputs(&self) -> usize {
        self.encoder.first().map_or(0, |l| l.dense.inputs())
    }

    /// Width of the latent space.
    pub fn latents(&self) -> usize {
        self.encoder.last().map_or(0, |l| l.dense.outputs())
    }

    /// Width of the output.
    pub fn outputs(&self) -> usize {
        self.decoder.outputs()
    }

    /// Width of what the decoder is given: the latents and the condition.
    pub fn code(&self) -> usize {
        self.decoder.code()
    }

    /// The second half.
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Bytes of weights that one frame reads, whatever its number of columns.
    pub fn weight_bytes(&self) -> usize {
        let layers = self.encoder.iter().map(|l| &l.dense).chain(&self.encoder_shortcut);
        layers.map(Dense::weight_bytes).sum::<usize>() + self.decoder.weight_bytes()
    }

    /// Buffers for evaluating up to [`MAX_COLUMNS`] columns. Allocates.
    pub fn scratch(&self) -> Scratch {
        Scratch::new(self.widest, MAX_COLUMNS)
    }

    /// From frames to latents before their activation. Real-time safe.
    ///
    /// # Shapes
    /// `x` `[column][inputs]`, `latents` `[column][latents]`; at most [`MAX_COLUMNS`] columns.
    pub fn encode(&self, scratch: &mut Scratch, columns: usize, x: &[f32], latents: &mut [f32]) {
        let Scratch { dense, a, b } = scratch;
        run(&self.encoder, dense, columns, x, (a, b), latents);
        if let Some(shortcut) = &self.encoder_shortcut {
            shortcut.forward(dense, columns, x, latents, true);
        }
    }

    /// The latent layer's activation, in place. Real-time safe.
    pub fn activate(&self, latents: &mut [f32]) {
        self.latent_activation.apply(latents);
    }

    /// The latent layer's activation.
    pub fn latent_activation(&self) -> Activation {
        self.latent_activation
    }

    /// From latents (after their activation) to frames. Real-time safe.
    ///
    /// # Shapes
    /// `code` `[column][latents and condition]`, `y` `[column][outputs]`; at most [`MAX_COLUMNS`]
    /// columns.
    pub fn decode(&self, scratch: &mut Scratch, columns: usize, code: &[f32], y: &mut [f32]) {
        self.decoder.decode(scratch, columns, code, y);
    }

    /// Encodes, activates and decodes a network without a condition. Real-time safe.
    ///
    /// # Shapes
    /// `x` `[column][inputs]`, `latents` `[column][latents]` (filled with the activated latents),
    /// `y` `[column][outputs]`.
    pub fn forward(&self, scratch: &mut Scratch, x: &[f32], latents: &mut [f32], y: &mut [f32]) {
        let columns = latents.len() / self.latents().max(1);
        self.encode(scratch, columns, x, latents);
        self.activate(latents);
        self.decode(scratch, columns, latents, y);
    }
}

/// A model that the ANNe engine can play: an autoencoder of spectra with at most [`MAX_LATENTS`]
/// latents.
#[derive(Debug)]
pub struct AnneModel {
    card: SpectralCard,
    net: Autoencoder,
}

impl AnneModel {
    /// Makes a model file playable. Allocates.
    ///
    /// # Errors
    /// When the file holds another architecture, its frames do not have the width of its STFT, or
    /// it has more latents than the host has parameters for.
    pub fn from_file(file: &ModelFile) -> Result<Arc<Self>, ModelError> {
        let spectral = file.card.spectral()?;
        let config = spectral.architecture.autoencoder()?;
        if config.condition > 0 {
            return Err(ModelError::Config(format!(
                "expected an autoencoder that needs nothing but sound, found one whose decoder is told {} notes: an \
                 instrument's model",
                config.condition
            )));
        }
        let net = Autoencoder::new(config, &file.tensors)?;
        let bins = spectral.stft.bins();
        if net.inputs() != bins || net.outputs() != bins {
            return Err(ModelError::Config(format!(
                "expected an autoencoder of {bins} magnitudes (its STFT has {} points), found {} inputs and {} outputs",
                spectral.stft.fft_size,
                net.inputs(),
                net.outputs()
            )));
        }
        if net.latents() > MAX_LATENTS {
            return Err(ModelError::Config(format!(
                "expected at most {MAX_LATENTS} latents, found {}",
                net.latents()
            )));
        }
        Ok(Arc::new(Self { card: file.card.with(spectral.clone()), net }))
    }

    /// What the model is and where it comes from.
    pub fn card(&self) -> &SpectralCard {
        &self.card
    }

    /// The network.
    pub fn net(&self) -> &Autoencoder {
        &self.net
    }

    /// Number of latents, 1 to [`MAX_LATENTS`].
    pub fn latents(&self) -> usize {
        self.net.latents()
    }
}
