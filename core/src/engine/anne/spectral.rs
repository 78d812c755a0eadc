//! The engine at the model's rate: short-time spectra, the model in between, the phase kept.
//!
//! What comes out is not the model's sound but the difference that the model makes: the input that
//! the host's side adds to it is then whole, beyond the model's band and to the last bit.

use std::sync::Arc;

use super::FrameView;
use super::controls::{FrameControls, StereoMode};
use super::held::{HeldFrame, unit};
use super::mending::Mending;
use super::player::{Analysis, Player};
use crate::Complex32;
use crate::engine::EngineError;
use crate::engine::timeline::Timeline;
use crate::models::spectral::AnneModel;
use crate::signal::MAX_CHANNELS;
use crate::signal::stft::{StreamingStft, Transform};

/// Below this nothing is changed, in Hz: nobody hears it, and the windows would make an offset of
/// what is changed in the first bin.
const LOWEST_HZ: f64 = 25.0;
/// Duration of a cross-fade between two models.
const FADE_S: f64 = 0.06;

/// Everything between resampler and resampler.
pub(super) struct Spectral {
    stft: StreamingStft,
    channels: usize,
    hop: usize,
    /// Samples since the last frame boundary.
    into_hop: usize,
    side: SideChain,
    frames: Frames,
}

/// The state of the frames themselves, apart from the sample buffers so that both can be borrowed
/// at once.
#[derive(Debug)]
struct Frames {
    current: Box<Player>,
    next: Option<Box<Player>>,
    retired: Option<Box<Player>>,
    fade_frames: u32,
    faded: u32,
    analysis: Analysis,
    frozen: Frozen,
    /// The frame that was frozen last, and what it is good for.
    held: HeldFrame,
    keep: Keep,
    /// Frames frozen so far.
    held_count: u64,
    /// The spectra of the input, while a frame is held, `[channel][bin]`.
    live: Vec<Vec<Complex32>>,
    mending: Mending,
    /// Live frames in a row that held sound, and how many a window spans.
    sounding: u32,
    window_frames: u32,
    frame_s: f32,
    /// The first bin that is changed, at least 1: bin 0 would be an offset.
    lowest: usize,
    count: u64,
    before: Vec<f32>,
    after: Vec<f32>,
}

/// What the held frame is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// Nothing: the next freeze takes the frame that sounds.
    Nothing,
    /// It is what sounds.
    Sounding,
    /// The sound began anew: it goes on if the first frame is frozen.
    Again,
    /// It was given: it sounds at the next freeze.
    Given,
}

/// Phase that runs on by itself while a frame is held.
#[derive(Debug)]
struct Frozen {
    active: bool,
    /// Spectra of the last live frame, `[channel][bin]`; while frozen, of unit size and turning.
    last: Vec<Vec<Complex32>>,
    /// Turn of each bin from one frame to the next, of unit size.
    turn: Vec<Vec<Complex32>>,
}

impl Spectral {
    pub fn new(model: Arc<AnneModel>, channels: usize) -> Result<Self, EngineError> {
        let card = model.card();
        let (stft, rate) = (card.kind.stft, card.sample_rate_hz);
        let bins = stft.bins();
        let spectra = vec![vec![Complex32::default(); bins]; MAX_CHANNELS];
        let frame_s = stft.hop as f64 / rate;
        Ok(Self {
            stft: StreamingStft::new(stft, channels)?,
            channels,
            hop: stft.hop,
            into_hop: 0,
            side: SideChain::new(stft)?,
            frames: Frames {
                current: Player::new(model),
                next: None,
                retired: None,
                fade_frames: (FADE_S / frame_s).ceil().max(4.0) as u32,
                faded: 0,
                analysis: Analysis::new(bins),
                frozen: Frozen { active: false, last: spectra.clone(), turn: spectra.clone() },
                held: HeldFrame::silent(bins),
                keep: Keep::Nothing,
                held_count: 0,
                live: spectra,
                mending: Mending::new(stft)?,
                frame_s: frame_s as f32,
                sounding: 0,
                window_frames: (stft.fft_size / stft.hop) as u32,
                lowest: (LOWEST_HZ * stft.fft_size as f64 / rate) as usize + 1,
                count: 0,
                before: vec![0.0; bins],
                after: vec![0.0; bins],
            },
        })
    }

    pub fn latency_samples(&self) -> usize {
        self.stft.latency_samples()
    }

    pub fn reset(&mut self) {
        self.stft.reset();
        self.into_hop = 0;
        self.side.reset();
        self.frames.reset();
    }

    pub fn model(&self) -> &Arc<AnneModel> {
        self.frames.next.as_ref().unwrap_or(&self.frames.current).model()
    }

    pub fn swap(&mut self, player: Box<Player>) -> Result<(), Box<Player>> {
        let f = &mut self.frames;
        if f.next.is_some() || f.retired.is_some() {
            return Err(player);
        }
        f.next = Some(player);
        f.faded = 0;
        Ok(())
    }

    pub fn take_retired(&mut self) -> Option<Box<Player>> {
        self.frames.retired.take()
    }

    /// Whether phases that say nothing are rebuilt; for comparisons.
    pub fn set_mending(&mut self, on: bool) {
        self.frames.mending.set_on(on);
    }

    /// Gives a frame for the next freeze. Says whether it is one of this model's spectra.
    pub fn hold(&mut self, frame: &HeldFrame) -> bool {
        let f = &mut self.frames;
        let fits = !frame.is_silent() && f.held.copy_from(frame);
        if fits {
            f.keep = Keep::Given;
            f.frozen.active = false;
        }
        fits
    }

    /// The frame that was frozen last, and how many were so far.
    pub fn held(&self) -> (&HeldFrame, u64) {
        (&self.frames.held, self.frames.held_count)
    }

    pub fn view(&self) -> FrameView<'_> {
        let f = &self.frames;
        let (raw_latents, latents) = f.current.view();
        FrameView {
            index: f.count,
            latents,
            raw_latents,
            before: &f.before,
            after: &f.after,
            sample_rate_hz: f.current.model().card().sample_rate_hz,
            input_peak: 0.0,
            output_peak: 0.0,
        }
    }

    /// Replaces `main` by what the model adds to it, late by the window. Real-time safe.
    ///
    /// # Shapes
    /// `main` `[channel][sample]` with as many channels as the engine has; `side` none, or 1 or 2
    /// of the same length.
    pub fn process(
        &mut self,
        main: &mut [Vec<f32>],
        side: &[Vec<f32>],
        samples: usize,
        timeline: &Timeline<FrameControls>,
    ) {
        let mut from = 0;
        while from < samples {
            // Frames fall only on the end of a stretch, when the side chain has been heard as far
            // as the main sound.
            let n = (samples - from).min(self.hop - self.into_hop);
            let stretch = from..from + n;
            self.side.push(side, stretch.clone());
            let (side, frames) = (&mut self.side, &mut self.frames);
            let on_frame = |index: u64, spectra: &mut [Vec<Complex32>]| {
                // A mono side chain is in the middle: turned to mid and side, it is needed on both
                // channels.
                let pair =
                    timeline.at_frame(index).stereo == StereoMode::MidSide && spectra.len() > 1;
                frames.play(spectra, side.spectra(pair), timeline, index);
            };
            if let ([a, b, ..], 2) = (&mut *main, self.channels) {
                self.stft.process(&mut [&mut a[stretch.clone()], &mut b[stretch]], on_frame);
            } else if let [a, ..] = main {
                self.stft.process(&mut [&mut a[stretch]], on_frame);
            }
            self.into_hop = (self.into_hop + n) % self.hop;
            from += n;
        }
    }
}

impl Frames {
    fn reset(&mut self) {
        // A fade that was running is finished at once: what sounds after a reset is the newest
        // model.
        if let Some(next) = self.next.take() {
            self.retired = Some(std::mem::replace(&mut self.current, next));
        }
        self.current.reset();
        self.analysis.clear();
        if self.frozen.active {
            self.keep = Keep::Again;
        }
        self.frozen.active = false;
        self.frozen.last.iter_mut().for_each(|s| s.fill(Complex32::default()));
        self.mending.reset();
        self.sounding = 0;
        self.count = 0;
        self.before.fill(0.0);
        self.after.fill(0.0);
    }

    fn play(
        &mut self,
        main: &mut [Vec<Complex32>],
        side: &mut [Vec<Complex32>],
        timeline: &Timeline<FrameControls>,
        index: u64,
    ) {
        let controls = timeline.at_frame(index);
        self.count = index + 1;
        let mid_side = controls.stereo == StereoMode::MidSide;
        if mid_side {
            rotate(main);
            if main.len() == side.len() {
                rotate(side);
            }
        }
        if controls.freeze && self.freeze(main.len()) {
            self.live.iter_mut().zip(&*main).for_each(|(live, now)| live.copy_from_slice(now));
            self.frozen.run(main);
        } else {
            if matches!(self.keep, Keep::Sounding | Keep::Again) {
                self.keep = Keep::Nothing;
            }
            self.frozen.follow(main);
            self.analysis.take(main, side, controls.stereo == StereoMode::Linked);
            let sounds = self.analysis.maxima[..main.len()].iter().any(|maximum| *maximum > 0.0);
            self.sounding = if sounds { self.sounding.saturating_add(1) } else { 0 };
        }
        self.current.play(&self.analysis, controls, self.frame_s);
        if let Some(next) = &mut self.next {
            next.play(&self.analysis, controls, self.frame_s);
            self.faded += 1;
            if self.faded >= self.fade_frames {
                if let Some(next) = self.next.take() {
                    self.retired = Some(std::mem::replace(&mut self.current, next));
                }
            } else {
                self.current.blend(next, self.faded as f32 / self.fade_frames as f32);
            }
        }
        self.note(main.len());
        let mends = !self.frozen.active && self.mending.begin(controls, self.analysis.side > 0);
        for (column, spectrum) in main.iter_mut().enumerate() {
            let magnitudes = self.current.magnitudes(column);
            if self.frozen.active {
                impose(spectrum, magnitudes, &self.live[column]);
                continue;
            }
            let (shape, maximum) = (self.analysis.column(column), self.analysis.maxima[column]);
            if mends {
                self.mending.change(column, spectrum, shape, maximum, magnitudes);
            } else {
                change(spectrum, shape, maximum, magnitudes);
            }
            let lowest = self.lowest.min(spectrum.len());
            spectrum[..lowest].fill(Complex32::default());
        }
        if mid_side {
            rotate(main);
        }
    }

    /// Sees to it that there is a frame to hold: the one that was, the one that was given, or the
    /// last that sounded. Says whether there is one.
    fn freeze(&mut self, channels: usize) -> bool {
        if self.frozen.active {
            return true;
        }
        if matches!(self.keep, Keep::Again | Keep::Given) {
            // A stereo frame in a mono engine: the first of its channels.
            self.held.channels = self.held.channels.min(channels);
            self.analysis.restore(&self.held);
            self.frozen.restore(&self.held);
        } else if self.sounding >= self.window_frames {
            // Not before the sound has filled a window: the edge of an attack is quiet, and no
            // sound of its own.
            self.frozen.begin();
            self.held.channels = channels;
            self.held_count += 1;
            for channel in 0..channels {
                self.held.maxima[channel] = self.analysis.maxima[channel];
                let bins = channel * self.held.bins()..(channel + 1) * self.held.bins();
                self.held.shape[bins.clone()].copy_from_slice(self.analysis.column(channel));
                let angles =
                    self.held.phase[bins.clone()].iter_mut().zip(&mut self.held.turn[bins]);
                for (bin, (phase, turn)) in angles.enumerate() {
                    *phase = self.frozen.last[channel][bin].arg();
                    *turn = self.frozen.turn[channel][bin].arg();
                }
            }
        } else {
            return false;
        }
        self.keep = Keep::Sounding;
        true
    }

    /// Keeps the frame for the editor: the larger of the channels, bin by bin.
    fn note(&mut self, channels: usize) {
        self.before.fill(0.0);
        self.after.fill(0.0);
        for column in 0..channels.min(self.analysis.main) {
            let scale = self.analysis.maxima[column];
            for (b, s) in self.before.iter_mut().zip(self.analysis.column(column)) {
                *b = b.max(s * scale);
            }
            for (a, m) in self.after.iter_mut().zip(self.current.magnitudes(column)) {
                *a = a.max(*m);
            }
        }
    }
}

/// Makes of a spectrum what new magnitudes on its own phase add to it. A bin of no phase stays
/// empty.
fn change(spectrum: &mut [Complex32], shape: &[f32], maximum: f32, magnitudes: &[f32]) {
    for ((x, &s), &m) in spectrum.iter_mut().zip(shape).zip(magnitudes) {
        let size = s * maximum;
        *x = if size > 1e-20 { *x * (m / size - 1.0) } else { Complex32::default() };
    }
}

/// Makes of a spectrum of unit size what it adds, with its magnitudes, to the live one. Bin 0,
/// which would be an offset, is taken away.
fn impose(spectrum: &mut [Complex32], magnitudes: &[f32], live: &[Complex32]) {
    for ((x, &m), live) in spectrum.iter_mut().zip(magnitudes).zip(live) {
        *x = *x * m - live;
    }
    spectrum[0] = -live[0];
}

impl Frozen {
    /// Notes a live frame.
    fn follow(&mut self, spectra: &[Vec<Complex32>]) {
        self.active = false;
        for ((turn, last), now) in self.turn.iter_mut().zip(&mut self.last).zip(spectra) {
            for ((t, l), &x) in turn.iter_mut().zip(last.iter_mut()).zip(now) {
                *t = x * l.conj();
                *l = x;
            }
        }
    }

    /// Holds from now on: what turns and what turned last become of unit size.
    fn begin(&mut self) {
        let unit = |x: &mut Complex32| {
            let size = x.norm_sqr().sqrt();
            *x =
                if size > 1e-18 && size.is_finite() { *x / size } else { Complex32::new(1.0, 0.0) };
        };
        self.last.iter_mut().chain(&mut self.turn).flatten().for_each(unit);
        self.active = true;
    }

    /// Holds a frame of before.
    fn restore(&mut self, held: &HeldFrame) {
        for (to, angles) in [(&mut self.last, &held.phase), (&mut self.turn, &held.turn)] {
            for (to, angles) in to.iter_mut().zip(angles.chunks_exact(held.bins())) {
                to.iter_mut().zip(angles).for_each(|(to, angle)| *to = unit(*angle));
            }
        }
        self.active = true;
    }

    /// Replaces a frame by one of unit magnitudes whose phase goes on turning as it last did.
    fn run(&mut self, spectra: &mut [Vec<Complex32>]) {
        for ((turn, last), out) in self.turn.iter().zip(&mut self.last).zip(spectra) {
            for ((t, l), x) in turn.iter().zip(last.iter_mut()).zip(out) {
                let next = *l * t;
                // Rounding would let the size wander.
                *l = next * (1.5 - 0.5 * next.norm_sqr());
                *x = *l;
            }
        }
    }
}

/// Left and right to mid and side and, being its own inverse, back.
fn rotate(spectra: &mut [Vec<Complex32>]) {
    if let [a, b, ..] = spectra {
        for (a, b) in a.iter_mut().zip(b) {
            let (l, r) = (*a, *b);
            *a = (l + r) * std::f32::consts::FRAC_1_SQRT_2;
            *b = (l - r) * std::f32::consts::FRAC_1_SQRT_2;
        }
    }
}

/// The second sound, of which only spectra are needed.
struct SideChain {
    transform: Transform,
    /// The last window of each channel, written twice so that it can always be read in one piece.
    rings: Vec<Vec<f32>>,
    spectra: Vec<Vec<Complex32>>,
    window: usize,
    at: usize,
    channels: usize,
}

impl SideChain {
    fn new(stft: crate::signal::stft::StftConfig) -> Result<Self, EngineError> {
        Ok(Self {
            transform: Transform::new(stft)?,
            rings: vec![vec![0.0; 2 * stft.fft_size]; MAX_CHANNELS],
            spectra: vec![vec![Complex32::default(); stft.bins()]; MAX_CHANNELS],
            window: stft.fft_size,
            at: 0,
            channels: 0,
        })
    }

    fn reset(&mut self) {
        self.rings.iter_mut().for_each(|r| r.fill(0.0));
        self.at = 0;
        self.channels = 0;
    }

    fn push(&mut self, side: &[Vec<f32>], stretch: std::ops::Range<usize>) {
        let channels = side.len().min(MAX_CHANNELS);
        if channels != self.channels {
            // Connected or disconnected: what the rings hold is of another time.
            self.rings.iter_mut().for_each(|r| r.fill(0.0));
            self.channels = channels;
        }
        if channels == 0 {
            return;
        }
        for i in stretch {
            for (ring, samples) in self.rings.iter_mut().zip(side) {
                ring[self.at] = samples[i];
                ring[self.at + self.window] = samples[i];
            }
            self.at = (self.at + 1) % self.window;
        }
    }

    /// Spectra of the last window; none when nothing is connected. With `pair`, those of one
    /// channel stand for both.
    fn spectra(&mut self, pair: bool) -> &mut [Vec<Complex32>] {
        for (ring, spectrum) in self.rings.iter().zip(&mut self.spectra).take(self.channels) {
            let heard = &ring[self.at..self.at + self.window];
            if heard.iter().all(|x| *x == 0.0) {
                spectrum.fill(Complex32::default());
            } else {
                self.transform.analyse(heard, spectrum);
            }
        }
        if let (true, 1, [left, right]) = (pair, self.channels, &mut self.spectra[..]) {
            right.copy_from_slice(left);
            return &mut self.spectra;
        }
        &mut self.spectra[..self.channels]
    }
}
