//! A model that the CANNe engine can play: a decoder of spectra with one to eight latents.

use std::sync::Arc;

use super::autoencoder::Scratch;
use super::{
    Architecture, Autoencoder, Course, Decoder, FeatureBank, InstrumentInfo, LEVEL_UNIT_DB, Part,
    Scale, Spectral, SpectralCard,
};
use crate::file::ModelError;
use crate::models::ModelFile;
use crate::nn::{MAX_COLUMNS, MAX_WIDE_COLUMNS};

/// Most latents of a model that is played as an instrument: one slider stands for each.
pub const MAX_INSTRUMENT_LATENTS: usize = 8;

/// No decoded magnitude is greater than this: frames are trained to a maximum of 1.
const CEILING: f32 = 16.0;
/// Where a decoded level lies, in decibels.
const LEVELS_DB: (f32, f32) = (-120.0, 6.0);

/// The time of a note at which it stands when it does not live: behind the onset, before much of it
/// has died away. Seconds.
pub const SETTLED_S: f32 = 0.3;

/// What a decoder is conditioned on beside the latents.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told<'a> {
    /// MIDI notes, `[column]`; ignored, and may be empty, for a model without condition.
    pub notes: &'a [f32],
    /// Seconds since the onset, `[column]`; a column beyond the end stands at [`SETTLED_S`].
    /// Ignored by a model whose notes stand still.
    pub ages_s: &'a [f32],
}

/// Where a slider begins, ends and rests, in units of its latent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatentRange {
    /// The value with the slider at 0.
    pub low: f32,
    /// The value that is the middle of the corpus: the slider's default.
    pub neutral: f32,
    /// The value with the slider at 1; greater than `low`.
    pub high: f32,
}

impl LatentRange {
    /// The range of the original instrument: 0 to 4, resting at 1. For models that do not say
    /// theirs.
    pub const THESIS: LatentRange = LatentRange { low: 0.0, neutral: 1.0, high: 4.0 };

    /// The latent's value at a slider's position, 0 to 1 (beyond it goes on along the same line).
    /// Real-time safe.
    pub fn value(&self, position: f32) -> f32 {
        self.low + (self.high - self.low) * position
    }

    /// The slider's position for a latent's value, 0 to 1. Real-time safe.
    pub fn position(&self, value: f32) -> f32 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The slider's position at rest, 0 to 1.
    pub fn rest(&self) -> f32 {
        self.position(self.neutral)
    }
}

/// An immutable instrument: what its file says, and the network that plays it.
#[derive(Debug)]
pub struct CanneModel {
    card: SpectralCard,
    net: Net,
    bank: FeatureBank,
    ranges: Vec<LatentRange>,
    latents: usize,
}

#[derive(Debug)]
enum Net {
    Whole(Autoencoder),
    Half(Decoder),
}

/// Buffers of one thread that decodes a [`CanneModel`]; made by [`CanneModel::scratch`].
#[derive(Debug)]
pub struct CanneScratch {
    scratch: Scratch,
    code: Vec<f32>,
    /// `[column][outputs]` of a model that gives more than magnitudes; else empty.
    whole: Vec<f32>,
    /// `[column]`, decibels.
    levels_db: Vec<f32>,
}

impl CanneScratch {
    /// Level of a column that was decoded last, in dB below the note's loudest moment, -120 to 6; 0
    /// of a model whose notes stand still. Real-time safe.
    pub fn level_db(&self, column: usize) -> f32 {
        self.levels_db.get(column).copied().unwrap_or(0.0)
    }
}

impl CanneModel {
    /// Makes a model file playable as an instrument. Allocates.
    ///
    /// # Errors
    /// When the network has more than [`MAX_INSTRUMENT_LATENTS`] latents, its frames do not have
    /// the width of its STFT, its encoder takes another width than frames with the card's features
    /// have, or the card does not say which notes its condition stands for.
    pub fn from_file(file: &ModelFile) -> Result<Arc<Self>, ModelError> {
        file.card.validate()?;
        let card = file.card.with(file.card.spectral()?.clone());
        let Spectral { architecture, stft, instrument, features, .. } = &card.kind;
        let (latents, bins) = (architecture.latents(), stft.bins());
        if !(1..=MAX_INSTRUMENT_LATENTS).contains(&latents) {
            return Err(ModelError::Config(format!(
                "expected an instrument of 1 to {MAX_INSTRUMENT_LATENTS} latents, found {latents}"
            )));
        }
        let wanted = instrument.map_or(bins, |i| i.outputs(bins));
        if architecture.outputs() != wanted {
            let level = if wanted > bins { " and a level" } else { "" };
            return Err(ModelError::Config(format!(
                "expected frames of {bins} magnitudes{level} (the model's STFT has {} points), found {} outputs",
                stft.fft_size,
                architecture.outputs()
            )));
        }
        if architecture.condition() > 0 && instrument.is_none() {
            return Err(ModelError::Config(format!(
                "expected the notes that the decoder's {} conditions stand for, found none in the card",
                architecture.condition()
            )));
        }
        let bank = FeatureBank::new(*features, bins, card.sample_rate_hz);
        let net = match architecture {
            Architecture::Autoencoder(config) => {
                if config.inputs != bank.width() {
                    return Err(ModelError::Config(format!(
                        "expected an encoder of {} inputs ({bins} magnitudes, features: {}), found {}",
                        bank.width(),
                        features.name(),
                        config.inputs
                    )));
                }
                Net::Whole(Autoencoder::new(config, &file.tensors)?)
            }
            Architecture::Decoder(config) => Net::Half(Decoder::new(config, &file.tensors)?),
        };
        let ranges = (0..latents).map(|i| range(&card, i)).collect();
        Ok(Arc::new(Self { card, net, bank, ranges, latents }))
    }

    /// What the model is and where it comes from.
    pub fn card(&self) -> &SpectralCard {
        &self.card
    }

    /// Number of latents, 1 to [`MAX_INSTRUMENT_LATENTS`].
    pub fn latents(&self) -> usize {
        self.latents
    }

    /// Width of a decoded frame: bins of the model's STFT.
    pub fn bins(&self) -> usize {
        self.card.kind.stft.bins()
    }

    /// The range of a latent's slider. A latent that the model does not have gets
    /// [`LatentRange::THESIS`]. Real-time safe.
    pub fn range(&self, latent: usize) -> LatentRange {
        self.ranges.get(latent).copied().unwrap_or(LatentRange::THESIS)
    }

    /// The lowest and the highest MIDI note that the decoder was trained with; `None` when it is
    /// not conditioned on the note.
    pub fn notes(&self) -> Option<(u8, u8)> {
        self.card.kind.instrument.map(|i| (i.note_low, i.note_high))
    }

    /// How the decoder is conditioned on the time since a note's onset; `None` when its notes stand
    /// still. Real-time safe.
    pub fn course(&self) -> Option<Course> {
        self.card.kind.instrument.and_then(|i| i.course)
    }

    /// What the network sees and gives for a magnitude. Real-time safe.
    pub fn scale(&self) -> Scale {
        self.card.kind.instrument.map_or(Scale::Linear, |i| i.scale)
    }

    /// Bytes of weights that one [`CanneModel::decode`] reads, whatever its number of columns.
    pub fn weight_bytes(&self) -> usize {
        self.decoder().weight_bytes()
    }

    /// Buffers for one thread, for up to [`MAX_WIDE_COLUMNS`] columns. Allocates.
    pub fn scratch(&self) -> CanneScratch {
        let decoder = self.decoder();
        let whole =
            if decoder.outputs() > self.bins() { decoder.outputs() * MAX_WIDE_COLUMNS } else { 0 };
        CanneScratch {
            scratch: decoder.scratch(MAX_WIDE_COLUMNS),
            code: vec![0.0; decoder.code() * MAX_WIDE_COLUMNS],
            whole: vec![0.0; whole],
            levels_db: vec![0.0; MAX_WIDE_COLUMNS],
        }
    }

    fn decoder(&self) -> &Decoder {
        match &self.net {
            Net::Whole(net) => net.decoder(),
            Net::Half(decoder) => decoder,
        }
    }

    /// From latents to magnitudes, all columns in one pass over the weights. Real-time safe.
    ///
    /// A note counts as the nearest one of the model's range: between two notes lies no sound of
    /// the corpus, and a spectrum with the partials of both. The caller warps the magnitudes from
    /// that note to the exact pitch. Not-a-number latents count as 0. Magnitudes lie between 0 and
    /// 16, as a rule between 0 and about 1.
    ///
    /// # Shapes
    /// `latents` `[column][latents]`, `notes` `[column]` (MIDI; ignored, and may be empty, for a
    /// model without condition), `magnitudes` `[column][bins]`. As many columns as `magnitudes`
    /// holds, at most [`MAX_WIDE_COLUMNS`]; when an input is shorter than that, only the columns
    /// that all of them hold are decoded.
    pub fn decode(
        &self,
        scratch: &mut CanneScratch,
        latents: &[f32],
        notes: &[f32],
        magnitudes: &mut [f32],
    ) {
        self.decode_part(scratch, latents, Told { notes, ages_s: &[] }, magnitudes, Part::WHOLE);
    }

    /// One part of [`CanneModel::decode`], of notes at any time since their onset. The parts are of
    /// about the same cost. Real-time safe.
    ///
    /// The parts have to come in their order, with slices of the same lengths, and nothing else
    /// with this scratch in between. Latents, notes and times are taken with the first part; the
    /// magnitudes are whole after the last, and the same to the bit as those of one go. The levels
    /// then stand in the scratch.
    pub fn decode_part(
        &self,
        scratch: &mut CanneScratch,
        latents: &[f32],
        told: Told<'_>,
        magnitudes: &mut [f32],
        part: Part,
    ) {
        let decoder = self.decoder();
        let (code, bins, outputs) = (decoder.code(), self.bins(), decoder.outputs());
        let mut columns =
            (magnitudes.len() / bins).min(latents.len() / self.latents).min(MAX_WIDE_COLUMNS);
        if code > self.latents {
            columns = columns.min(told.notes.len());
        }
        if columns == 0 {
            return;
        }
        let begun = if part.index == 0 { columns } else { 0 };
        for (column, row) in scratch.code.chunks_exact_mut(code).take(begun).enumerate() {
            let (head, condition) = row.split_at_mut(self.latents);
            for (h, z) in head.iter_mut().zip(&latents[column * self.latents..]) {
                *h = if z.is_finite() { *z } else { 0.0 };
            }
            self.condition(condition, told, column);
        }
        let magnitudes = &mut magnitudes[..columns * bins];
        let code = &scratch.code[..columns * code];
        if outputs == bins {
            decoder.decode_part(&mut scratch.scratch, columns, code, magnitudes, part);
        } else {
            decoder.decode_part(
                &mut scratch.scratch,
                columns,
                code,
                &mut scratch.whole[..columns * outputs],
                part,
            );
        }
        if !part.is_last() {
            return;
        }
        if outputs > bins {
            let rows = scratch.whole.chunks_exact(outputs).zip(magnitudes.chunks_exact_mut(bins));
            for ((row, frame), level) in rows.zip(&mut scratch.levels_db) {
                frame.copy_from_slice(&row[..bins]);
                let db = LEVEL_UNIT_DB * row[bins];
                *level =
                    if db.is_finite() { db.clamp(LEVELS_DB.0, LEVELS_DB.1) } else { LEVELS_DB.0 };
            }
        }
        // Not-a-number becomes 0: `max` takes the number of the two, which `clamp` does not.
        let scale = self.scale();
        magnitudes.iter_mut().for_each(|m| *m = scale.magnitude(*m).min(CEILING));
    }

    /// Writes what the decoder is conditioned on in a column.
    fn condition(&self, out: &mut [f32], told: Told<'_>, column: usize) {
        out.fill(0.0);
        let (Some(info), Some(&note)) = (self.card.kind.instrument, told.notes.get(column)) else {
            return;
        };
        let (notes, knots) = out.split_at_mut(info.notes().min(out.len()));
        if let Some(one) = notes.get_mut(self.condition_of(note)) {
            *one = 1.0;
        }
        if let InstrumentInfo { course: Some(course), .. } = info {
            course.write(told.ages_s.get(column).copied().unwrap_or(SETTLED_S), knots);
        }
    }

    /// Which number of the condition stands for a note.
    fn condition_of(&self, note: f32) -> usize {
        let (low, high) = self.notes().unwrap_or((0, 0));
        // The cast takes not-a-number to 0.
        (note.round().clamp(f32::from(low), f32::from(high)) - f32::from(low)) as usize
    }

    /// The MIDI note whose spectrum [`CanneModel::decode`] gives when it is asked for `note`: the
    /// nearest one of the model's range. `None` when the model is not conditioned on the note.
    /// Real-time safe.
    pub fn nearest_note(&self, note: f32) -> Option<f32> {
        self.notes().map(|(low, _)| f32::from(low) + self.condition_of(note) as f32)
    }

    /// Whether the model holds an encoder: whether [`CanneModel::encode`] can work.
    pub fn can_encode(&self) -> bool {
        matches!(self.net, Net::Whole(_))
    }

    /// From one frame of magnitudes to latents, as they lie behind their activation. Allocates; not
    /// for the audio thread.
    ///
    /// # Shapes
    /// `magnitudes` `[bins]` of the model's STFT at the model's sample rate, on any scale. A silent
    /// frame is encoded as zeros.
    ///
    /// # Errors
    /// [`ModelError::Config`] when the model has no encoder, or the frame another width or a value
    /// that is not finite.
    pub fn encode(&self, magnitudes: &[f32]) -> Result<Vec<f32>, ModelError> {
        let Net::Whole(net) = &self.net else {
            return Err(ModelError::Config(
                "expected a model that can find a sound again, found a decoder without its encoder"
                    .to_owned(),
            ));
        };
        if magnitudes.len() != self.bins() {
            return Err(ModelError::Config(format!(
                "expected a frame of {} magnitudes to encode, found {}",
                self.bins(),
                magnitudes.len()
            )));
        }
        if let Some(value) = magnitudes.iter().find(|value| !value.is_finite()) {
            return Err(ModelError::Config(format!(
                "expected finite magnitudes to encode, found {value}"
            )));
        }
        let largest = magnitudes.iter().fold(0.0f32, |l, m| l.max(*m));
        let scale = if largest > 0.0 { 1.0 / largest } else { 0.0 };
        let coded = self.scale();
        let frame: Vec<f32> =
            magnitudes.iter().map(|m| coded.code((m * scale).clamp(0.0, 1.0))).collect();
        let mut input = vec![0.0; self.bank.width()];
        self.bank.write(&frame, &mut input);
        let mut latents = vec![0.0; self.latents * MAX_COLUMNS];
        net.encode(&mut net.scratch(), 1, &input, &mut latents[..self.latents]);
        latents.truncate(self.latents);
        net.activate(&mut latents);
        Ok(latents)
    }
}

/// The slider's range from the percentiles of the card.
fn range(card: &SpectralCard, latent: usize) -> LatentRange {
    let Some(info) = card.kind.latents.get(latent) else { return LatentRange::THESIS };
    let (low, high) = (info.p05.min(info.p95), info.p05.max(info.p95));
    // A latent that never moves still has a slider.
    let high =
        if high - low > 1e-4 * low.abs().max(1e-2) { high } else { low + low.abs().max(1.0) };
    LatentRange { low, neutral: info.p50.clamp(low, high), high }
}
