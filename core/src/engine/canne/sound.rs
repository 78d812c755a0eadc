//! The samples of one voice: amplitudes that glide from decoding to decoding, and phases that run
//! on.

use std::f64::consts::TAU;

use super::MAX_PARTIALS;
use super::grain::{Comb, Grain, Phasors};
use super::random::Random;
use super::timing::{HOPS_PER_ROUND, Timing};
use super::unison::{MAX_UNISON, Unison};
use crate::Complex32;

/// Below this nothing is sound; partials fade in up to twice as high.
const LOWEST_HZ: f64 = 10.0;
/// Share of the rate at which partials begin to fade out, below half of it.
const HIGHEST: f64 = 0.46;

/// Where the partials of a voice lie just now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pitch {
    /// Frequency of the first partial without shift, and the distance between two.
    pub f0_hz: f64,
    /// What every partial is moved by.
    pub shift_hz: f64,
    /// Period of a circular shift; 0 when it is not circular.
    pub period_hz: f64,
    /// The strings that all of this is played on.
    pub unison: Unison,
}

/// Amplitudes of partials and noise, as they are to sound.
#[derive(Debug)]
pub(super) struct Timbre {
    /// `[left, right][partial]`
    pub partials: [Vec<f32>; 2],
    /// `[synthesis bin]`, for [`Grain::add_noise`].
    pub noise: Vec<f32>,
    /// Partials beyond this many are silent.
    pub count: usize,
    /// Width of the noise, 0 to 1.
    pub width: f32,
}

impl Timbre {
    fn new(bins: usize) -> Self {
        let partials = || vec![0.0; MAX_PARTIALS];
        Self { partials: [partials(), partials()], noise: vec![0.0; bins], count: 0, width: 0.0 }
    }

    fn clear(&mut self) {
        self.partials.iter_mut().for_each(|p| p.fill(0.0));
        self.noise.fill(0.0);
        (self.count, self.width) = (0, 0.0);
    }

    fn is_noisy(&self) -> bool {
        self.noise.iter().any(|&n| n > 0.0)
    }

    fn lists(&mut self) -> [&mut [f32]; 3] {
        let [left, right] = &mut self.partials;
        [left, right, &mut self.noise]
    }
}

/// The sound of one voice before its envelope, made frame by frame on the voice's own grid of hops.
#[derive(Debug)]
pub(super) struct Sound {
    now: Timbre,
    /// What the amplitudes are on their way to.
    pub target: Timbre,
    /// Frames until they are there.
    frames_left: usize,
    /// Whether any noise is or will be heard.
    noisy: bool,
    /// Phases of the strings' fundamentals at the centre of the last frame, in turns.
    turns: [f64; MAX_UNISON],
    /// The same of the shift and of the period of the circular shift.
    shift_turns: [f64; 2],
    /// Strings of this note.
    strands: usize,
    pitch: Pitch,
    /// `[left, right][2 hops]`: a whole hop, then one that the next frame completes.
    ring: [Vec<f32>; 2],
    /// Samples of the first hop that were heard.
    at: usize,
    random: Random,
}

impl Sound {
    pub fn new(timing: &Timing) -> Self {
        let ring = || vec![0.0; 2 * timing.hop];
        let bins = timing.frame / 2 + 1;
        Self {
            now: Timbre::new(bins),
            target: Timbre::new(bins),
            frames_left: 0,
            noisy: false,
            turns: [0.0; MAX_UNISON],
            shift_turns: [0.0; 2],
            strands: 1,
            pitch: Pitch { f0_hz: 0.0, shift_hz: 0.0, period_hz: 0.0, unison: Unison::default() },
            ring: [ring(), ring()],
            at: 0,
            random: Random::new(0),
        }
    }

    /// Silence everywhere. Real-time safe.
    pub fn clear(&mut self) {
        self.now.clear();
        self.target.clear();
    }

    /// Begins with the target's amplitudes, `lead` samples behind the voice's grid: makes the two
    /// frames that overlap there. Every partial begins as a sine at its zero, those of further
    /// strings somewhere: all at once they would be a click. Real-time safe.
    pub fn start(
        &mut self,
        grain: &mut Grain,
        timing: &Timing,
        pitch: Pitch,
        lead: usize,
        seed: u64,
    ) {
        for (now, target) in self.now.lists().into_iter().zip(self.target.lists()) {
            now.copy_from_slice(target);
        }
        (self.now.count, self.now.width) = (self.target.count, self.target.width);
        self.noisy = self.now.is_noisy();
        self.frames_left = 0;
        self.random = Random::new(seed);
        self.pitch = pitch;
        let back = lead as f64 / timing.rate_hz;
        self.strands = pitch.unison.voices.clamp(1, MAX_UNISON);
        let hz = |strand: usize| pitch.f0_hz * pitch.unison.strand(strand, self.strands).ratio;
        self.turns = std::array::from_fn(|strand| match strand {
            0 => -hz(0) * back,
            _ if strand < self.strands => {
                f64::from(super::random::hash(seed ^ ((strand as u64) << 40))) - hz(strand) * back
            }
            _ => 0.0,
        });
        self.shift_turns = [-pitch.shift_hz * back, -pitch.period_hz * back];
        self.ring.iter_mut().for_each(|r| r.fill(0.0));
        self.at = lead;
        // The first half of the first frame lies before the start. It is made where the second half
        // will be and left there.
        self.frame(grain, timing, pitch, 0);
        self.shift(timing);
        self.frame(grain, timing, pitch, timing.hop);
    }

    /// The target has changed: go there within a round. Real-time safe.
    pub fn aim(&mut self) {
        self.frames_left = HOPS_PER_ROUND;
        self.noisy = self.now.is_noisy() || self.target.is_noisy();
    }

    /// Makes the next frame, at the end of a hop. Real-time safe.
    pub fn advance(&mut self, grain: &mut Grain, timing: &Timing, pitch: Pitch) {
        self.shift(timing);
        self.at = 0;
        self.glide();
        self.frame(grain, timing, pitch, timing.hop);
    }

    /// The samples from here to the end of what is certain, `[left, right]`. Real-time safe.
    pub fn ahead(&self) -> [&[f32]; 2] {
        let [left, right] = &self.ring;
        [&left[self.at..left.len() / 2], &right[self.at..right.len() / 2]]
    }

    /// As [`Sound::ahead`], with the hop after it, which fades to silence when no further frame is
    /// made.
    pub fn rest(&self) -> [&[f32]; 2] {
        let [left, right] = &self.ring;
        [&left[self.at..], &right[self.at..]]
    }

    /// `samples` were heard. Real-time safe.
    pub fn pass(&mut self, samples: usize) {
        self.at = (self.at + samples).min(self.ring[0].len() / 2);
    }

    fn shift(&mut self, timing: &Timing) {
        for ring in &mut self.ring {
            ring.copy_within(timing.hop.., 0);
            ring[timing.hop..].fill(0.0);
        }
    }

    /// One step towards the target.
    fn glide(&mut self) {
        if self.frames_left == 0 {
            return;
        }
        let share = 1.0 / self.frames_left as f32;
        self.frames_left -= 1;
        let arrived = self.frames_left == 0;
        for (now, target) in self.now.lists().into_iter().zip(self.target.lists()) {
            if arrived {
                now.copy_from_slice(target);
            } else {
                now.iter_mut()
                    .zip(target)
                    .for_each(|(now, target)| *now += (*target - *now) * share);
            }
        }
        self.now.width += (self.target.width - self.now.width) * share;
        self.now.count =
            if arrived { self.target.count } else { self.now.count.max(self.target.count) };
    }

    /// Adds a frame whose centre lies `hop` samples after that of the last one.
    fn frame(&mut self, grain: &mut Grain, timing: &Timing, pitch: Pitch, hop: usize) {
        let step = hop as f64 / timing.rate_hz;
        let old = std::mem::replace(&mut self.pitch, pitch);
        let [shift_turn, period_turn] = &mut self.shift_turns;
        *shift_turn = (*shift_turn + 0.5 * (old.shift_hz + pitch.shift_hz) * step).fract();
        *period_turn = (*period_turn + 0.5 * (old.period_hz + pitch.period_hz) * step).fract();
        let phasor = |turns: f64| {
            let (sin, cos) = (TAU * turns).sin_cos();
            Complex32::new(cos as f32, sin as f32)
        };
        let (start, down) = (phasor(*shift_turn - 0.25), phasor(-*period_turn));
        let bin = timing.bin_hz();
        grain.begin();
        for (index, turn) in self.turns.iter_mut().enumerate().take(self.strands) {
            let strand = pitch.unison.strand(index, self.strands);
            let f0_hz = pitch.f0_hz * strand.ratio;
            let old_hz = old.f0_hz * old.unison.strand(index, self.strands).ratio;
            *turn = (*turn + 0.5 * (old_hz + f0_hz) * step).fract();
            let comb = Comb {
                step: (f0_hz / bin) as f32,
                shift: (pitch.shift_hz / bin) as f32,
                period: (pitch.period_hz / bin) as f32,
                low: (LOWEST_HZ / bin) as f32,
                high: (HIGHEST * timing.frame as f64) as f32,
                gains: strand.gains,
            };
            // What goes around in a circular shift is what lies within its period, no partial that
            // was beyond it.
            let room = if comb.period > 0.0 {
                comb.period
            } else {
                timing.frame as f32 / 2.0 - comb.shift
            };
            let audible = (room / comb.step.max(1e-6)).max(0.0) as usize;
            let count = self.now.count.min(audible);
            let phasors = Phasors { step: phasor(*turn), start, down };
            grain.add_partials(
                &comb,
                &phasors,
                [&self.now.partials[0][..count], &self.now.partials[1][..count]],
            );
        }
        if self.noisy {
            grain.add_noise(&self.now.noise, &mut self.random, self.now.width);
        }
        let [left, right] = &mut self.ring;
        grain.finish([left, right]);
    }
}
