//! One frame through one model: magnitudes in, magnitudes out.

use std::sync::Arc;

use super::controls::{FrameControls, GainPosition};
use super::glide::Glide;
use super::held::HeldFrame;
use super::transfer::ratio;
use crate::Complex32;
use crate::models::spectral::{AnneModel, MAX_LATENTS, Scratch};
use crate::nn::MAX_COLUMNS;

/// Most channels of the main sound, and of the side chain.
pub(super) const MAX_CHANNELS: usize = 2;
/// A frame whose largest magnitude is below this (-200 dBFS for a sine) is silence: it has no shape
/// to speak of.
const SILENT: f32 = 1e-8;

/// What a frame is without its phase: each column divided by its maximum, the main sound's columns
/// first.
#[derive(Debug)]
pub(super) struct Analysis {
    bins: usize,
    /// `[column][bin]`, in 0..=1.
    shape: Vec<f32>,
    /// What each column was divided by; 0 for a silent column.
    pub maxima: [f32; MAX_COLUMNS],
    /// Columns of the main sound.
    pub main: usize,
    /// Columns of the side chain.
    pub side: usize,
}

impl Analysis {
    pub fn new(bins: usize) -> Self {
        Self {
            bins,
            shape: vec![0.0; bins * MAX_COLUMNS],
            maxima: [0.0; MAX_COLUMNS],
            main: 0,
            side: 0,
        }
    }

    /// Puts a held frame in the place of a frame of the main sound.
    pub fn restore(&mut self, held: &HeldFrame) {
        self.clear();
        self.main = held.channels;
        self.maxima[..held.channels].copy_from_slice(&held.maxima[..held.channels]);
        self.shape[..held.channels * self.bins]
            .copy_from_slice(&held.shape[..held.channels * self.bins]);
    }

    pub fn clear(&mut self) {
        self.maxima = [0.0; MAX_COLUMNS];
        (self.main, self.side) = (0, 0);
    }

    /// Takes a frame of the main sound and one of the side chain. With `linked`, the channels of
    /// each share a maximum. Both channels of a side chain beside a mono sound are heard as one.
    pub fn take(&mut self, main: &[Vec<Complex32>], side: &[Vec<Complex32>], linked: bool) {
        self.main = main.len().min(MAX_CHANNELS);
        self.side = side.len().min(self.main);
        let columns = main.iter().take(self.main).chain(side.iter().take(self.side));
        for ((spectrum, shape), maximum) in
            columns.zip(self.shape.chunks_exact_mut(self.bins)).zip(&mut self.maxima)
        {
            for (s, x) in shape.iter_mut().zip(spectrum) {
                *s = x.norm_sqr().sqrt();
            }
            *maximum = shape.iter().copied().fold(0.0, f32::max);
        }
        if let (1, [left, right]) = (self.main, side) {
            // A stereo side chain beside a mono sound: the mean power of both, which no phase
            // between them can cancel.
            let shape = &mut self.shape[self.bins..][..self.bins];
            for ((s, l), r) in shape.iter_mut().zip(left).zip(right) {
                *s = (0.5 * (l.norm_sqr() + r.norm_sqr())).sqrt();
            }
            self.maxima[1] = shape.iter().copied().fold(0.0, f32::max);
        }
        let end = self.main + self.side;
        if linked {
            for group in [0..self.main, self.main..end] {
                let most = self.maxima[group.clone()].iter().copied().fold(0.0, f32::max);
                self.maxima[group].fill(most);
            }
        }
        for (shape, maximum) in self.shape.chunks_exact_mut(self.bins).zip(&mut self.maxima[..end])
        {
            if *maximum < SILENT {
                *maximum = 0.0;
                shape.fill(0.0);
            } else {
                let scale = 1.0 / *maximum;
                shape.iter_mut().for_each(|s| *s *= scale);
            }
        }
    }

    /// A column's magnitudes divided by its maximum: `[bin]`, in 0..=1.
    pub fn column(&self, column: usize) -> &[f32] {
        &self.shape[column * self.bins..][..self.bins]
    }

    fn silent(&self) -> bool {
        self.maxima[..self.main].iter().all(|&m| m == 0.0)
    }
}

/// A model with the memory of one sound: made off the audio thread, handed over, cross-faded, and
/// handed back.
#[derive(Debug)]
pub struct Player {
    model: Arc<AnneModel>,
    scratch: Scratch,
    /// Activated latents before gains, `[column][latent]`.
    raw: Vec<f32>,
    /// Latents as decoded, `[main column][latent]`, which carry over to the next frame when slewed;
    /// behind them, for transfer, those without gains and morph.
    latents: Vec<f32>,
    /// Whether `latents` holds a frame to slew from.
    started: bool,
    /// The gains, the directions and the morph that frames are played with.
    glide: Glide,
    /// What the decoder gives, `[column][bin]` for the columns of `latents`.
    decoded: Vec<f32>,
    /// Magnitudes out, `[main column][bin]`.
    out: Vec<f32>,
    bins: usize,
    /// Means over the channels, for the editor: before and after gains.
    view: [[f32; MAX_LATENTS]; 2],
}

impl Player {
    /// Prepares a model for playing. Allocates: not for the audio thread.
    pub fn new(model: Arc<AnneModel>) -> Box<Self> {
        let (latents, bins) = (model.latents(), model.net().inputs());
        Box::new(Self {
            scratch: model.net().scratch(),
            raw: vec![0.0; latents * MAX_COLUMNS],
            latents: vec![0.0; latents * MAX_COLUMNS],
            started: false,
            glide: Glide::new(model.card().kind.stft.hop as f64 / model.card().sample_rate_hz),
            decoded: vec![0.0; bins * MAX_COLUMNS],
            out: vec![0.0; bins * MAX_CHANNELS],
            bins,
            view: [[0.0; MAX_LATENTS]; 2],
            model,
        })
    }

    /// The model being played.
    pub fn model(&self) -> &Arc<AnneModel> {
        &self.model
    }

    pub(super) fn reset(&mut self) {
        self.started = false;
        self.view = [[0.0; MAX_LATENTS]; 2];
    }

    /// Latents of the last frame, before and after gains, means over the channels: `[latents]`
    /// each.
    pub(super) fn view(&self) -> (&[f32], &[f32]) {
        let n = self.model.latents();
        (&self.view[0][..n], &self.view[1][..n])
    }

    /// Plays one frame. Real-time safe. The magnitudes out are [`Player::magnitudes`].
    pub(super) fn play(&mut self, analysis: &Analysis, controls: &FrameControls, frame_s: f32) {
        if analysis.silent() {
            self.out.fill(0.0);
            self.reset();
            return;
        }
        self.glide.step(controls, !self.started);
        self.encode(analysis, controls.position);
        let slew = if controls.slew_ms > 0.0 && self.started {
            1.0 - (-frame_s * 1e3 / controls.slew_ms).exp()
        } else {
            1.0
        };
        let moved = self.approach(analysis, slew);
        self.started = true;
        self.decode(analysis, controls.detail, moved);
    }

    /// The latents of every column, without gains behind those of the main sound's and with them in
    /// `raw`.
    fn encode(&mut self, analysis: &Analysis, position: GainPosition) {
        let (n, net) = (self.model.latents(), self.model.net());
        let (main, columns) = (analysis.main, analysis.main + analysis.side);
        let raw = &mut self.raw[..columns * n];
        net.encode(&mut self.scratch, columns, &analysis.shape[..columns * self.bins], raw);
        let plain = &mut self.latents[main * n..2 * main * n];
        let gains = &self.glide.gains()[..n];
        let directions = &self.model.card().kind.directions;
        let along = |raw: &mut [f32]| {
            for (direction, &amount) in
                directions.iter().zip(self.glide.directions()).filter(|(_, a)| **a != 0.0)
            {
                for z in raw.chunks_exact_mut(n) {
                    z.iter_mut().zip(&direction.latents).for_each(|(z, d)| *z += amount * d);
                }
            }
        };
        let gain = |raw: &mut [f32]| {
            raw.chunks_exact_mut(n)
                .for_each(|z| z.iter_mut().zip(gains).for_each(|(z, gain)| *z *= gain));
        };
        // A direction is a place in the learned space, so it is added to what the decoder gets, of
        // the main sound alone.
        match position {
            GainPosition::Before => {
                plain.copy_from_slice(&raw[..main * n]);
                net.activate(plain);
                gain(raw);
                net.activate(raw);
                along(&mut raw[..main * n]);
            }
            GainPosition::After => {
                net.activate(raw);
                plain.copy_from_slice(&raw[..main * n]);
                gain(raw);
                along(&mut raw[..main * n]);
            }
        }
        mean(plain, n, &mut self.view[0]);
    }

    /// Takes the main sound's latents to where gains and morph want them. Says whether any is not
    /// where it would be without.
    fn approach(&mut self, analysis: &Analysis, slew: f32) -> bool {
        let (main, side, n) = (analysis.main, analysis.side, self.model.latents());
        let (latents, plain) = self.latents[..2 * main * n].split_at_mut(main * n);
        for (column, latents) in latents.chunks_exact_mut(n).enumerate() {
            let one = &self.raw[column * n..][..n];
            let other = side.checked_sub(1).map_or(main, |last| main + column.min(last));
            let morph =
                if side > 0 && analysis.maxima[other] > 0.0 { self.glide.morph() } else { 0.0 };
            for (i, (z, &a)) in latents.iter_mut().zip(one).enumerate() {
                let target =
                    if morph > 0.0 { a + (self.raw[other * n + i] - a) * morph } else { a };
                *z = if slew < 1.0 { *z + (target - *z) * slew } else { target };
            }
        }
        mean(latents, n, &mut self.view[1]);
        latents != plain
    }

    /// The magnitudes of the latents. `detail` 1: by transfer; 0: by resynthesis.
    fn decode(&mut self, analysis: &Analysis, detail: f32, moved: bool) {
        let (main, side, n, bins) = (analysis.main, analysis.side, self.model.latents(), self.bins);
        // At rest there is nothing to transfer, and of transfer alone nothing to resynthesise.
        let columns = match (detail > 0.0 && moved, detail < 1.0) {
            (true, _) => 2 * main,
            (false, true) => main,
            (false, false) => 0,
        };
        if columns > 0 {
            let decoded = &mut self.decoded[..columns * bins];
            self.model.net().decode(
                &mut self.scratch,
                columns,
                &self.latents[..columns * n],
                decoded,
            );
        }
        for (column, out) in self.out.chunks_exact_mut(bins).take(main).enumerate() {
            let own = analysis.maxima[column];
            let scale = match side.checked_sub(1) {
                Some(last) if own > 0.0 => {
                    own + (analysis.maxima[main + column.min(last)] - own) * self.glide.morph()
                }
                _ => own,
            };
            let louder = if own > 0.0 { scale / own } else { 1.0 };
            let shape = analysis.column(column);
            let made = &self.decoded[column * bins..][..bins];
            let neutral = &self.decoded[(main + column).min(MAX_COLUMNS - 1) * bins..][..bins];
            // A linear output may dip below zero, which a magnitude cannot; and no frame is louder
            // than 36 dB over full scale.
            let most = bins as f32 * 64.0;
            for (((out, shape), made), neutral) in out.iter_mut().zip(shape).zip(made).zip(neutral)
            {
                let change = if columns == 2 * main {
                    ratio(*made, *neutral, louder)
                } else {
                    ratio(0.0, 0.0, louder)
                };
                let through = shape * own * change;
                *out = if detail < 1.0 {
                    through * detail + made.max(0.0) * scale * (1.0 - detail)
                } else {
                    through
                };
                *out = out.min(most);
            }
        }
    }

    /// Magnitudes of the last frame played, `[bin]` of one main column.
    pub(super) fn magnitudes(&self, column: usize) -> &[f32] {
        &self.out[column * self.bins..][..self.bins]
    }

    /// Mixes another player's magnitudes into this one's, by `share` of the other.
    pub(super) fn blend(&mut self, other: &Player, share: f32) {
        self.out.iter_mut().zip(&other.out).for_each(|(a, b)| *a += (b - *a) * share);
    }
}

/// Mean over the columns of `[column][n]`.
fn mean(values: &[f32], n: usize, out: &mut [f32; MAX_LATENTS]) {
    let columns = values.len() / n;
    for (i, o) in out[..n].iter_mut().enumerate() {
        *o = (0..columns).map(|c| values[c * n + i]).sum::<f32>() / columns as f32;
    }
}
