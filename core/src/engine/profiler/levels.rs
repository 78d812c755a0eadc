//! Controls that are smoothed sample by sample at the host's rate.

use super::controls::{ProfilerControls, ProfilerStereo, gain, within};
use crate::signal::level::{Delay, Smooth};

/// Controls in here.
pub(super) const LEVELS: usize = 10;
/// Before the model: gain, share of the side chain, share of the mean of both channels, angle
/// towards mid/side.
pub(super) const INPUT: usize = 0;
pub(super) const EXTERNAL: usize = 1;
pub(super) const MONO: usize = 2;
pub(super) const ANGLE: usize = 3;
/// After it; these are read when the sound enters and wait for it.
pub(super) const MAKEUP: usize = 4;
pub(super) const IMPULSE: usize = 5;
pub(super) const IMPULSE_LEVEL: usize = 6;
pub(super) const MIX: usize = 7;
pub(super) const OUTPUT: usize = 8;
pub(super) const BYPASS: usize = 9;

/// The smoothed controls of one stretch.
#[derive(Debug)]
pub(super) struct Levels {
    smooth: [Smooth; LEVELS],
    late: [Delay; LEVELS],
    /// The angle as the sound enters: it waits too, for the way back.
    angle_now: Vec<f32>,
    now: [Vec<f32>; LEVELS],
    /// Whether the first values have been taken.
    primed: bool,
}

impl Levels {
    pub fn new(rate_hz: f64, latency: usize, longest: usize) -> Self {
        Self {
            smooth: [Smooth::new(rate_hz); LEVELS],
            late: std::array::from_fn(|_| Delay::new(latency)),
            angle_now: vec![0.0; longest],
            now: std::array::from_fn(|_| vec![0.0; longest]),
            primed: false,
        }
    }

    pub fn reset(&mut self) {
        self.primed = false;
    }

    /// What the controls say, `side` telling whether a side chain is connected.
    pub fn targets(controls: &ProfilerControls, side: bool) -> [f32; LEVELS] {
        let c = controls;
        let switch = |on: bool| if on { 1.0 } else { 0.0 };
        let mut targets = [0.0; LEVELS];
        targets[INPUT] = gain(c.input_db);
        targets[EXTERNAL] = switch(c.external_side_chain && side);
        targets[MONO] = switch(c.stereo == ProfilerStereo::Mono);
        targets[ANGLE] =
            if c.stereo == ProfilerStereo::MidSide { std::f32::consts::FRAC_PI_4 } else { 0.0 };
        targets[MAKEUP] = gain(c.makeup_db);
        targets[IMPULSE] = switch(c.ir_on);
        targets[IMPULSE_LEVEL] = gain(c.ir_level_db);
        targets[MIX] = within(c.mix, 0.0, 1.0, 1.0);
        targets[OUTPUT] = gain(c.output_db);
        targets[BYPASS] = switch(c.bypass);
        targets
    }

    /// Goes on by `n` samples. Real-time safe.
    pub fn advance(&mut self, targets: &[f32; LEVELS], n: usize) {
        if !self.primed {
            for ((smooth, late), target) in self.smooth.iter_mut().zip(&mut self.late).zip(targets)
            {
                smooth.jump(*target);
                late.fill(*target);
            }
            self.primed = true;
        }
        for ((smooth, target), now) in self.smooth.iter_mut().zip(targets).zip(&mut self.now) {
            smooth.fill(*target, &mut now[..n]);
        }
        self.angle_now[..n].copy_from_slice(&self.now[ANGLE][..n]);
    }

    /// Exchanges the levels that act after the model by those that entered with the sound that
    /// comes out.
    pub fn turn_late(&mut self, n: usize) {
        for level in [ANGLE, MAKEUP, IMPULSE, IMPULSE_LEVEL, MIX, OUTPUT, BYPASS] {
            self.late[level].swap(&mut self.now[level][..n]);
        }
    }

    /// One level of the stretch, `[sample]`.
    pub fn get(&self, level: usize, n: usize) -> &[f32] {
        &self.now[level][..n]
    }

    /// The angle as the sound enters, whatever [`Levels::turn_late`] has done.
    pub fn angle_in(&self, n: usize) -> &[f32] {
        &self.angle_now[..n]
    }
}

/// Turns a pair of channels by `angle`, sample by sample; at 45 degrees they are mid and side.
/// `sign` -1 turns back. Without an angle no bit changes.
pub(super) fn turn(channels: &mut [Vec<f32>], angle: &[f32], sign: f32) {
    let [a, b, ..] = channels else { return };
    if angle.iter().all(|&x| x == 0.0) {
        return;
    }
    for ((a, b), angle) in a.iter_mut().zip(b).zip(angle) {
        let (sin, cos) = (sign * angle).sin_cos();
        let (l, r) = (*a, *b);
        (*a, *b) = (l * cos + r * sin, r * cos - l * sin);
    }
}

/// Brings a pair of channels together by `mono`, sample by sample. Without it no bit changes.
pub(super) fn gather(channels: &mut [Vec<f32>], mono: &[f32]) {
    let [a, b, ..] = channels else { return };
    if mono.iter().all(|&x| x == 0.0) {
        return;
    }
    for ((a, b), mono) in a.iter_mut().zip(b).zip(mono) {
        let mean = 0.5 * (*a + *b);
        *a += (mean - *a) * mono;
        *b += (mean - *b) * mono;
    }
}
