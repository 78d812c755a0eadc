//! Projections in real time, over the frames that are not yet to be heard.

use super::griffin_lim::{go_on, impose, momentum};
use super::rtpghi::Rtpghi;
use crate::Complex32;
use crate::signal::stft::{StftConfig, StftError, Transform};

/// How often the pending frames are projected before the oldest of them is answered.
const PROJECTIONS: usize = 16;

/// The least part of the windows' squares that a sample's sum is divided by, so that the edge of
/// the newest frame, which nothing else covers yet, is not blown up.
const LEAST_COVER: f32 = 0.05;

/// A frame that waits to be answered.
#[derive(Clone)]
struct Pending {
    /// `[bin]`
    magnitudes: Vec<f32>,
    /// With these magnitudes, `[bin]`.
    spectrum: Vec<Complex32>,
    /// What its last analysis found, before it got its magnitudes again, `[bin]`.
    found: Vec<Complex32>,
}

/// Real-time iterative spectrogram inversion with look-ahead, started from RTPGHI.
///
/// The newest frame gets its phases from [`Rtpghi`]. Then the frames that still wait (`look_ahead` + 1 of them) are projected, one after the other and the
/// newest first: a frame is analysed out of the sum of all frames, moved on a little in the direction of its last step, and
/// given its magnitudes again. Where frames to come are
/// missing in that sum, it is divided by the windows that are there. Sources of the idea: Zhu, Beauregard, Wyse (2007);
/// Gnann & Spiertz (2010); Průša & Rajmic (2017), who start it from RTPGHI.
#[derive(Clone)]
pub(super) struct Rtisi {
    config: StftConfig,
    momentum: f32,
    rtpghi: Rtpghi,
    transform: Transform,
    /// The newest last.
    pending: Vec<Pending>,
    /// All frames together, over the span of the pending ones, `[N + look_ahead * hop]`, as is the
    /// next one.
    sum: Vec<f32>,
    /// What the sum is to be multiplied by, for the frames to come are missing in it.
    gain: Vec<f32>,
    time: Vec<f32>,
    spectrum: Vec<Complex32>,
    phases: Vec<f32>,
}

impl Rtisi {
    /// At rest, with 0 or more frames of look-ahead. Allocates.
    ///
    /// # Errors
    /// [`StftError`] when the config is not valid.
    pub(super) fn new(config: StftConfig, look_ahead: usize, seed: u64) -> Result<Self, StftError> {
        let (n, bins) = (config.fft_size, config.bins());
        let transform = Transform::new(config)?;
        let span = n + look_ahead * config.hop;
        let gain = gains(config, transform.window(), look_ahead);
        let pending = Pending {
            magnitudes: vec![0.0; bins],
            spectrum: vec![Complex32::default(); bins],
            found: vec![Complex32::default(); bins],
        };
        Ok(Self {
            config,
            momentum: momentum(config),
            rtpghi: Rtpghi::new(config, seed)?,
            transform,
            pending: vec![pending; look_ahead + 1],
            sum: vec![0.0; span],
            gain,
            time: vec![0.0; n],
            spectrum: vec![Complex32::default(); bins],
            phases: vec![0.0; bins],
        })
    }

    /// Frames by which answers come later.
    pub(super) fn look_ahead(&self) -> usize {
        self.pending.len() - 1
    }

    /// As right after [`Rtisi::new`]. Real-time safe.
    pub(super) fn reset(&mut self) {
        self.rtpghi.reset();
        for pending in &mut self.pending {
            pending.magnitudes.fill(0.0);
            pending.spectrum.fill(Complex32::default());
            pending.found.fill(Complex32::default());
        }
        self.sum.fill(0.0);
    }

    /// Takes the magnitudes of the next frame (finite, not negative), answers with the spectrum of
    /// the one `look_ahead` before. Both `[bin]`. Real-time safe.
    pub(super) fn push(&mut self, magnitudes: &[f32], answer: &mut [Complex32]) {
        let hop = self.config.hop;
        self.sum.copy_within(hop.., 0);
        let start = self.sum.len() - self.config.fft_size;
        let end = self.sum.len() - hop;
        self.sum[end..].fill(0.0);
        self.pending.rotate_left(1);
        if let Some(newest) = self.pending.last_mut() {
            self.rtpghi.push(magnitudes, &mut self.phases);
            newest.magnitudes.copy_from_slice(magnitudes);
            for ((out, &magnitude), &phase) in
                newest.spectrum.iter_mut().zip(magnitudes).zip(&self.phases)
            {
                let (sin, cos) = phase.sin_cos();
                *out = Complex32::new(magnitude * cos, magnitude * sin);
            }
            newest.found.copy_from_slice(&newest.spectrum);
            self.spectrum.copy_from_slice(&newest.spectrum);
            self.transform.synthesise_add(&mut self.spectrum, &mut self.sum[start..]);
        }
        for _ in 0..PROJECTIONS {
            for k in (0..self.pending.len()).rev() {
                self.project(k);
            }
        }
        if let Some(newest) = self.pending.last() {
            for (phase, value) in self.phases.iter_mut().zip(&newest.spectrum) {
                *phase = value.im.atan2(value.re);
            }
            self.rtpghi.replace(&self.phases);
        }
        if let Some(oldest) = self.pending.first() {
            answer.copy_from_slice(&oldest.spectrum);
        }
    }

    /// Gives one pending frame the phases that the sum of all has there.
    fn project(&mut self, k: usize) {
        let (n, start) = (self.config.fft_size, k * self.config.hop);
        let Some(pending) = self.pending.get_mut(k) else { return };
        let sum = &mut self.sum[start..start + n];
        for ((out, sum), gain) in self.time.iter_mut().zip(&*sum).zip(&self.gain[start..start + n])
        {
            *out = sum * gain;
        }
        self.transform.analyse(&self.time, &mut self.spectrum);
        go_on(&mut self.spectrum, &mut pending.found, self.momentum);
        impose(&mut self.spectrum, &pending.magnitudes, &mut pending.spectrum);
        self.transform.synthesise_add(&mut self.spectrum, sum);
    }
}

/// For each sample of the pending frames' span: the sum of the windows' squares with all frames,
/// over that with the frames so far.
fn gains(config: StftConfig, window: &[f32], look_ahead: usize) -> Vec<f32> {
    let (n, hop) = (config.fft_size, config.hop);
    let square = |at: usize, frame: usize| {
        at.checked_sub(frame * hop).and_then(|i| window.get(i)).map_or(0.0, |w| w * w)
    };
    let span = n + look_ahead * hop;
    let gains = (0..span).map(|i| {
        let all: f32 = (i % hop..n).step_by(hop).map(|i| window[i] * window[i]).sum();
        let to_come: f32 =
            (look_ahead + 1..=look_ahead + n / hop).map(|frame| square(i, frame)).sum();
        all / (all - to_come).max(LEAST_COVER * all)
    });
    gains.collect()
}
