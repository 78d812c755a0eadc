//! Randomising, with locks.

use std::sync::atomic::Ordering;

use nfx_core::signal::random::Random;
use nfx_frame::random;
use nfx_frame::table::Sink;
use nice_plug::prelude::Param;

use super::EditorModel;
use crate::params::{KNOB_IDS, PositionChoice};

/// What [`EditorModel::randomise`] moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The macros and what was discovered.
    Directions,
    /// The five knobs (or drives, when they are the ones that act).
    Knobs,
    /// The trims of the latents that the model has.
    Latents,
}

/// Octaves by which a gain is moved, and decibels by which a drive is: the standard deviations of
/// what factory presets do.
const GAIN_OCTAVES: f32 = 0.65;
const DRIVE_DB: f32 = 8.0;
/// Units by which a macro is moved, likewise.
const DIRECTION_UNITS: f32 = 0.6;

/// A number of mean 0 and standard deviation 1, within ±3: presets stay near neutral, and corners
/// of many knobs are all alike.
fn normal(random: &mut Random) -> f32 {
    2.0 * (random.unit() + random.unit() + random.unit() - 1.5)
}

impl Target {
    /// Where chance moves each of `count` controls, in the control's own units: gains, units of a
    /// macro, or, of `drives`, decibels.
    pub fn draws(
        self,
        count: usize,
        drives: bool,
        random: &mut Random,
    ) -> impl Iterator<Item = f32> {
        (0..count).map(move |_| {
            let chance = normal(random);
            match self {
                Self::Directions => DIRECTION_UNITS * chance,
                Self::Knobs if drives => DRIVE_DB * chance.abs(),
                Self::Knobs | Self::Latents => (GAIN_OCTAVES * chance).exp2(),
            }
        })
    }
}

impl EditorModel {
    /// Puts all trims where they do nothing.
    pub fn reset_trims(&self, sink: &impl Sink) {
        for trim in &self.params.trims {
            let neutral = trim.default_normalized_value();
            if (trim.unmodulated_normalized_value() - neutral).abs() > 1e-6 {
                sink.set(trim.as_ptr(), neutral);
            }
        }
    }

    /// Moves what is not locked to a random place around neutral, by `amount` (0 leaves everything,
    /// 1 forgets where it was).
    pub fn randomise(&self, target: Target, amount: f32, sink: &impl Sink) {
        let mut random = random::from_clock();
        let (count, locks) = match target {
            // Directions have no locks.
            Target::Directions => {
                (self.model().map_or(0, |model| model.card().kind.directions.len()), 0)
            }
            Target::Knobs => (KNOB_IDS.len(), self.locks.load(Ordering::Relaxed)),
            Target::Latents => {
                let latents = self.model().map_or(0, |model| model.latents());
                (latents, self.locked_latents(latents))
            }
        };
        let drives = self.params.position.value() == PositionChoice::Before;
        // Drawn for locked ones too, so that a lock does not change what the others get.
        for (index, plain) in target.draws(count, drives, &mut random).enumerate() {
            if (locks >> index) & 1 == 1 {
                continue;
            }
            let param = match target {
                Target::Directions => &self.params.directions[index],
                Target::Knobs => self.params.active_knob(index),
                Target::Latents => &self.params.trims[index],
            };
            let (here, there) =
                (param.unmodulated_normalized_value(), param.preview_normalized(plain));
            sink.set(param.as_ptr(), here + (there - here) * amount.clamp(0.0, 1.0));
        }
        self.commit("Randomise");
    }

    /// The latents of locked knobs, one bit each.
    fn locked_latents(&self, latents: usize) -> u64 {
        let locks = self.locks.load(Ordering::Relaxed);
        let groups = self.params.group_lengths(latents).into_iter().enumerate();
        let locked =
            groups.flat_map(|(knob, length)| std::iter::repeat_n((locks >> knob) & 1, length));
        locked.take(64).enumerate().fold(0, |bits, (latent, locked)| bits | (locked << latent))
    }
}
