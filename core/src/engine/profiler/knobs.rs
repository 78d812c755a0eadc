//! The model's knobs on their way to where they were turned.

use crate::models::effect::{CHUNK, KnobInfo, MAX_KNOBS};
use crate::signal::level::Smooth;

/// Time constant of each of the glide's three stages. Half of it is enough for levels, but a knob
/// may do most of its work on a small part of its travel (a release that comes down to one period
/// of the sound), and passes that as quickly.
const STAGE_S: f64 = 0.02;

/// Follows the knobs in the model's own normalised range, so that a frequency glides in octaves and
/// a level in dB.
#[derive(Debug)]
pub(super) struct KnobGlide {
    smooth: [Smooth; MAX_KNOBS],
    /// Where each knob was turned to, normalised.
    targets: [f32; MAX_KNOBS],
    /// Where each stands at the end of the present chunk, normalised and in its own unit.
    places: [f32; MAX_KNOBS],
    values: [f32; MAX_KNOBS],
    primed: bool,
}

impl KnobGlide {
    pub fn new(rate_hz: f64) -> Self {
        let none = [0.0; MAX_KNOBS];
        Self {
            smooth: [Smooth::over(rate_hz, STAGE_S); MAX_KNOBS],
            targets: none,
            places: none,
            values: none,
            primed: false,
        }
    }

    pub fn reset(&mut self) {
        self.primed = false;
    }

    /// Goes on by one chunk towards `turned`, in the knobs' own units. The first chunk is there at
    /// once. Real-time safe.
    pub fn step(&mut self, infos: &[KnobInfo], turned: &[f32; MAX_KNOBS]) {
        let mut path = [0.0; CHUNK];
        for (i, info) in infos.iter().enumerate().take(MAX_KNOBS) {
            let value = if turned[i].is_finite() { turned[i] } else { info.default };
            self.targets[i] = info.normalised(value).clamp(-1.0, 1.0);
            let place = if self.primed {
                self.smooth[i].fill(self.targets[i], &mut path);
                path[CHUNK - 1]
            } else {
                self.smooth[i].jump(self.targets[i]);
                self.targets[i]
            };
            if place != self.places[i] || !self.primed {
                self.places[i] = place;
                self.values[i] = info.value(place);
            }
        }
        self.primed = true;
    }

    /// The values at the end of the present chunk, in the knobs' own units.
    pub fn values(&self) -> &[f32; MAX_KNOBS] {
        &self.values
    }
}
