//! The sliders without a note: decoded spectra as they are, with phases made by phase-gradient heap
//! integration.

use super::super::EngineError;
use super::controls::CanneControls;
use super::dress::{Source, wanted_level};
use super::engine::CanneEngine;
use super::player::CannePlayer;
use super::random::Random;
use super::timing::Timing;
use super::work::hz;
use crate::Complex32;
use crate::models::spectral::{CanneModel, Part, SETTLED_S};
use crate::signal::phase::Rtpghi;
use crate::signal::stft::{StftConfig, Transform};
use crate::signal::window::Window;

/// Time in which the drone comes and goes.
const FADE_S: f64 = 0.06;
/// The note that a decoder is conditioned on: the C below middle C.
const NOTE: f32 = 48.0;
/// Magnitudes this far below the loudest, -40 dB, are pulled down further, the more the quieter:
/// there lies what networks leave where they should leave nothing, a hiss over the whole spectrum.
const FLOOR: f32 = 0.01;
/// Seconds in which the drone, at a pace of 1, goes through a note's life and back. It goes from
/// where a note has settled to two thirds of the time that the model knows, evenly on the model's
/// own axis of time, and keeps its level.
const BREATH_S: f64 = 12.0;
const FARTHEST: f32 = 2.0 / 3.0;
/// Greatest turn in the stereo image, and the bins in which it goes once around.
const SPREAD: f32 = 0.5;
const SPREAD_BINS: f32 = 29.0;

/// The sound of the decoder's spectra without a note.
pub(super) struct Drone {
    transform: Transform,
    phase: Rtpghi,
    /// Slots between two frames.
    slots: usize,
    magnitudes: Vec<f32>,
    phases: Vec<f32>,
    spectrum: Vec<Complex32>,
    /// `[left, right][fft size]`
    ring: [Vec<f32>; 2],
    at: usize,
    /// Frames made since it began.
    frames: u64,
    /// Whether a frame is on its way.
    begun: bool,
    gain: f32,
    fade: f32,
    /// Gain that brought the last frame to its level; 0 before the first.
    level: f32,
    random: Random,
    bin_hz: f64,
    on: bool,
    /// How far it is through a note's life and back, 0 to 1.
    breath: f64,
}

impl Drone {
    pub fn new(timing: &Timing) -> Result<Self, EngineError> {
        let config = StftConfig::new(timing.drone, timing.drone / 4, Window::Hann)?;
        let bins = config.bins();
        let ring = || vec![0.0; config.fft_size];
        Ok(Self {
            transform: Transform::new(config)?,
            phase: Rtpghi::new(config, super::engine::SEED)?,
            slots: config.hop / timing.slot,
            magnitudes: vec![0.0; bins],
            phases: vec![0.0; bins],
            spectrum: vec![Complex32::default(); bins],
            ring: [ring(), ring()],
            at: 0,
            frames: 0,
            begun: false,
            gain: 0.0,
            fade: (1.0 / (FADE_S * timing.rate_hz)) as f32,
            level: 0.0,
            random: Random::new(super::engine::SEED),
            bin_hz: timing.rate_hz / config.fft_size as f64,
            on: false,
            breath: 0.0,
        })
    }

    pub fn reset(&mut self) {
        self.on = false;
        self.gain = 0.0;
        self.rest();
    }

    /// Silence, as before the first frame.
    fn rest(&mut self) {
        self.phase.reset();
        self.ring.iter_mut().for_each(|r| r.fill(0.0));
        (self.at, self.frames, self.level, self.begun, self.breath) = (0, 0, 0.0, false, 0.0);
        self.random = Random::new(super::engine::SEED);
    }

    /// Another model is played from now on, whose frames have a level of their own. Real-time safe.
    pub fn forget_level(&mut self) {
        self.level = 0.0;
    }

    /// The time of a note's life that is played now, seconds. Real-time safe.
    fn age_s(&self, model: &CanneModel) -> f32 {
        let Some(course) = model.course() else { return SETTLED_S };
        let (from, to) = (course.place(SETTLED_S), course.place(FARTHEST * course.end_s));
        let way = (1.0 - (2.0 * self.breath as f32 - 1.0).abs()).clamp(0.0, 1.0);
        course.time_s(from + (to - from) * way)
    }

    fn is_silent(&self) -> bool {
        !self.on && self.gain == 0.0
    }

    /// Adds the next samples times `gains` to `out`, all `[left, right]`. Real-time safe.
    pub fn play(&mut self, out: [&mut [f32]; 2], gains: [&[f32]; 2]) {
        if self.frames == 0 {
            return;
        }
        let [left, right] = out;
        let size = self.ring[0].len();
        let goal = if self.on { 1.0 } else { 0.0 };
        for ((left, right), (left_gain, right_gain)) in
            left.iter_mut().zip(right).zip(gains[0].iter().zip(gains[1]))
        {
            self.gain += (goal - self.gain).clamp(-self.fade, self.fade);
            let gain = self.gain * self.gain * (3.0 - 2.0 * self.gain);
            *left += std::mem::take(&mut self.ring[0][self.at]) * gain * left_gain;
            *right += std::mem::take(&mut self.ring[1][self.at]) * gain * right_gain;
            self.at = (self.at + 1) % size;
        }
    }

    /// Reads a decoded frame along frequency onto the drone's own bins. `warp` is the ratio of the
    /// pitch to the model's.
    fn read(
        &mut self,
        frame: &[f32],
        source: Source,
        controls: &CanneControls,
        warp: f64,
        shift_hz: f64,
    ) {
        let Source { bin_hz: model_bin_hz, gain, reach, .. } = source;
        let period = frame.len() as f64;
        let floor = FLOOR * frame.iter().copied().fold(0.0, f32::max);
        let nyquist_bins = frame.len() as f32;
        let mut power = 0.0;
        for (k, m) in self.magnitudes.iter_mut().enumerate() {
            let mut place = (k as f64 * self.bin_hz - shift_hz) / (model_bin_hz * warp);
            if controls.shift_circular {
                place = place.rem_euclid(period);
            }
            *m = 0.0;
            if place >= 0.0 && place + 1.0 < period {
                let at = place as usize;
                let between = (place - at as f64) as f32;
                let bin = (k as f64 * self.bin_hz / model_bin_hz) as f32;
                let tilt = (controls.bass_tilt * 0.95 * (1.0 - 2.0 * bin / nyquist_bins)).exp();
                let noise = 1.0 + controls.noise * self.random.bipolar();
                let own = frame[at] + (frame[at + 1] - frame[at]) * between;
                *m = own * (own / (floor + 1e-9)).min(1.0) * tilt * noise;
                power += *m * *m / 3.0;
            }
        }
        // Below 20 Hz there is nothing to hear.
        let low = ((20.0 / self.bin_hz) as usize).min(self.magnitudes.len());
        self.magnitudes[..low].fill(0.0);
        let power = power * (self.bin_hz / model_bin_hz) as f32;
        let wanted = wanted_level(power, controls.even_level, reach);
        self.level =
            if self.level > 0.0 { self.level * (wanted / self.level).powf(0.6) } else { wanted };
        // The model's own gain stands beside the level that is followed: a swap begins with the new
        // one's.
        let scale = gain * self.level * self.transform.config().fft_size as f32 / 4.0;
        self.magnitudes.iter_mut().for_each(|m| *m *= scale);
    }

    /// Adds the frame to the ring, from the present sample on.
    fn synthesise(&mut self, width: f32) {
        let time = self.frames as f32 * 0.0013;
        for channel in 0..2 {
            let side = if channel == 0 { 1.0 } else { -1.0 };
            for (k, (x, (m, phase))) in
                self.spectrum.iter_mut().zip(self.magnitudes.iter().zip(&self.phases)).enumerate()
            {
                let spread = SPREAD * width * (k as f32 / SPREAD_BINS).min(1.0);
                let turn = spread
                    * (std::f32::consts::TAU * (k as f32 / SPREAD_BINS + time).fract()).sin();
                let (sin, cos) = turn.sin_cos();
                let (im, re) = phase.sin_cos();
                let m = m * (cos + side * sin);
                *x = Complex32::new(m * re, m * im);
            }
            let (tail, head) = self.ring[channel].split_at_mut(self.at);
            self.transform.synthesise_add_parts(&mut self.spectrum, head, tail);
        }
        self.frames += 1;
    }
}

impl CanneEngine {
    /// The drone's share of a slot: decoding, phases and synthesis are done in different slots, so
    /// that none is long.
    pub(super) fn drone_slot(&mut self, controls: &CanneControls, slot: usize) {
        self.drone.on = controls.drone;
        if self.drone.is_silent() {
            if self.drone.begun {
                self.drone.rest();
            }
            return;
        }
        let left = self.drone.slots - slot % self.drone.slots;
        match left {
            3 => {
                self.drone.begun = true;
                let frame_s = (self.drone.slots * self.timing.slot) as f64 / self.timing.rate_hz;
                self.drone.breath =
                    (self.drone.breath + f64::from(controls.pace) * frame_s / BREATH_S).fract();
                let sliders = self.modulated(controls, None);
                let reached = self.reached(sliders);
                let tuning = self.tuning(controls) + f64::from(controls.fine_cents) * 0.01;
                let source = self.player.source(self.reach.now() as f32);
                let shift_hz = self.shift.now() * source.bin_hz;
                let CannePlayer { model, now, .. } = &mut *self.player;
                now.set(model, 0, &reached, NOTE, self.drone.age_s(model));
                now.decode(model, 1, Part::WHOLE);
                let frame = now.frame(model, 0);
                self.drone.read(frame, source, controls, hz(69.0 + tuning) / 440.0, shift_hz);
                if !self.voices.iter().any(|v| !v.is_free()) {
                    self.shown.spectrum[..frame.len()].copy_from_slice(frame);
                    self.shown.sliders = sliders;
                    self.shown.index += 1;
                }
            }
            2 if self.drone.begun => {
                let Drone { phase, magnitudes, phases, .. } = &mut self.drone;
                phase.push(magnitudes, phases);
            }
            1 if self.drone.begun => self.drone.synthesise(controls.width),
            _ => {}
        }
    }
}
