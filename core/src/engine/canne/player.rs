//! A model with everything that depends on it: made off the audio thread, handed over, and handed
//! back.

use std::sync::Arc;

use super::super::EngineError;
use super::dress::Source;
use super::reading::Reader;
use super::timing::Timing;
use super::{MAX_VOICES, SLIDERS, STARTS};
use crate::models::spectral::{CanneModel, CanneScratch, Part, Told};

/// A model ready to be played at one host rate.
#[derive(Debug)]
pub struct CannePlayer {
    pub(super) model: Arc<CanneModel>,
    rate_hz: f64,
    /// The gain of the model's card, linear.
    gain: f32,
    pub(super) reader: Reader,
    /// All sounding voices, in parts over some slots.
    pub(super) round: Batch,
    /// What is needed at once: starts, and the drone.
    pub(super) now: Batch,
}

/// Columns that pass the decoder together.
#[derive(Debug)]
pub(super) struct Batch {
    scratch: CanneScratch,
    latents: Vec<f32>,
    notes: Vec<f32>,
    ages_s: Vec<f32>,
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
            gain: (model.card().kind.gain_db * (std::f32::consts::LN_10 / 20.0)).exp(),
            reader: Reader::new(&model, timing.bin_hz()),
            round: Batch::new(&model, MAX_VOICES),
            now: Batch::new(&model, STARTS),
            model,
        }))
    }

    /// The model being played.
    pub fn model(&self) -> &Arc<CanneModel> {
        &self.model
    }

    /// The host's rate that this was prepared for.
    pub(in crate::engine) fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// Width of a bin of the model.
    pub(super) fn bin_hz(&self) -> f64 {
        let card = self.model.card();
        card.sample_rate_hz / card.kind.stft.fft_size as f64
    }

    /// What the dressing of a frame asks of the model.
    pub(super) fn source(&self, reach: f32) -> Source {
        Source {
            nyquist_hz: 0.5 * self.model.card().sample_rate_hz as f32,
            bin_hz: self.bin_hz(),
            gain: self.gain,
            reach,
        }
    }
}

impl Batch {
    fn new(model: &CanneModel, columns: usize) -> Self {
        Self {
            scratch: model.scratch(),
            latents: vec![0.0; model.latents() * columns],
            notes: vec![0.0; columns],
            ages_s: vec![0.0; columns],
            frames: vec![0.0; model.bins() * columns],
        }
    }

    /// Fills in what a column is to be decoded from: sliders (0 to 1), a note, and the seconds
    /// since its onset. Real-time safe.
    pub fn set(
        &mut self,
        model: &CanneModel,
        column: usize,
        sliders: &[f32; SLIDERS],
        note: f32,
        age_s: f32,
    ) {
        let n = model.latents();
        for (i, (latent, slider)) in
            self.latents[column * n..][..n].iter_mut().zip(sliders).enumerate()
        {
            *latent = model.range(i).value(*slider);
        }
        (self.notes[column], self.ages_s[column]) = (note, age_s);
    }

    /// Does a part of the decoding of the first `columns` columns, in one pass over the weights.
    /// Real-time safe.
    pub fn decode(&mut self, model: &CanneModel, columns: usize, part: Part) {
        let (n, bins) = (model.latents(), model.bins());
        let frames = &mut self.frames[..columns * bins];
        let told = Told { notes: &self.notes[..columns], ages_s: &self.ages_s[..columns] };
        model.decode_part(&mut self.scratch, &self.latents[..columns * n], told, frames, part);
    }

    /// The level that goes with a decoded frame, in dB below the note's loudest moment. Real-time
    /// safe.
    pub fn level_db(&self, column: usize) -> f32 {
        self.scratch.level_db(column)
    }

    /// A decoded frame, `[bin]`.
    pub fn frame(&self, model: &CanneModel, column: usize) -> &[f32] {
        &self.frames[column * model.bins()..][..model.bins()]
    }
}
