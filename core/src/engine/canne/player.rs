//! A model with everything that depends on it: made off the audio thread, handed over, and handed back.

use std::sync::Arc;

use super::super::EngineError;
use super::reading::Reader;
use super::timing::Timing;
use super::{MAX_VOICES, SLIDERS};
use crate::model::{CanneModel, CanneScratch};

/// A model ready to be played at one host rate.
#[derive(Debug)]
pub struct CannePlayer {
    model: Arc<CanneModel>,
    rate_hz: f64,
    scratch: CanneScratch,
    pub(super) reader: Reader,
    latents: Vec<f32>,
    notes: [f32; MAX_VOICES],
    /// `[column][bin]`
    frames: Vec<f32>,
}

impl CannePlayer {
    /// Prepares a model for a host's rate. Allocates: not for the audio thread.
    ///
    /// # Errors
    /// When the host's rate is not between 1 kHz and 768 kHz.
    pub fn new(model: Arc<CanneModel>, host_rate_hz: f64) -> Result<Box<Self>, EngineError> {
        let timing = Timing::new(host_rate_hz)?;
        Ok(Box::new(Self {
            rate_hz: host_rate_hz,
            scratch: model.scratch(),
            reader: Reader::new(&model, timing.bin_hz()),
            latents: vec![0.0; model.latents() * MAX_VOICES],
            notes: [0.0; MAX_VOICES],
            frames: vec![0.0; model.bins() * MAX_VOICES],
            model,
        }))
    }

    /// The model being played.
    pub fn model(&self) -> &Arc<CanneModel> {
        &self.model
    }

    /// The host's rate that this was prepared for.
    pub(super) fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// Width of a bin of the model.
    pub(super) fn bin_hz(&self) -> f64 {
        let card = self.model.card();
        card.sample_rate_hz / card.stft.fft_size as f64
    }

    /// Fills in what a column is to be decoded from: sliders (0 to 1) and a note. Real-time safe.
    pub(super) fn set(&mut self, column: usize, sliders: &[f32; SLIDERS], note: f32) {
        let n = self.model.latents();
        for (i, latent) in self.latents[column * n..][..n].iter_mut().enumerate() {
            *latent = self.model.range(i).value(sliders[i]);
        }
        self.notes[column] = note;
    }

    /// Decodes the first `columns` columns in one pass over the weights. Real-time safe.
    pub(super) fn decode(&mut self, columns: usize) {
        let (n, bins) = (self.model.latents(), self.model.bins());
        self.model.decode(
            &mut self.scratch,
            &self.latents[..columns * n],
            &self.notes[..columns],
            &mut self.frames[..columns * bins],
        );
    }

    /// A decoded frame, and the reader for it.
    pub(super) fn frame(&mut self, column: usize) -> (&[f32], &mut Reader) {
        let bins = self.model.bins();
        (&self.frames[column * bins..][..bins], &mut self.reader)
    }
}
