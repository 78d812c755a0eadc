//! Randomising, with locks.

use std::sync::atomic::{AtomicU64, Ordering};

use nfx_plugin::dice::Dice;
use nfx_plugin::snapshot::Sink;
use nice_plug::prelude::Param;

use super::EditorModel;
use crate::params::{KNOB_IDS, PositionChoice};

/// One bit for each knob and latent that randomising leaves alone.
#[derive(Default)]
pub struct Locks {
    /// Bit 0 is knob A.
    pub knobs: AtomicU64,
    /// Bit 0 is latent 1.
    pub latents: AtomicU64,
}

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

/// Octaves by which a gain is moved, and decibels by which a drive is: the standard deviations of what factory presets do.
const GAIN_OCTAVES: f32 = 0.65;
const DRIVE_DB: f32 = 8.0;
/// Units by which a macro is moved, likewise.
const DIRECTION_UNITS: f32 = 0.6;

/// A number of mean 0 and standard deviation 1, within ±3: presets stay near neutral, and corners of many knobs are all alike.
fn bell(dice: &mut Dice) -> f32 {
    2.0 * (dice.throw() + dice.throw() + dice.throw() - 1.5)
}

impl EditorModel {
    /// Moves what is not locked to a random place around neutral, by `amount` (0 leaves everything, 1 forgets where it was).
    pub fn randomise(&self, target: Target, amount: f32, sink: &impl Sink) {
        let mut dice = Dice::from_clock();
        let (count, locks) = match target {
            // Directions have no locks.
            Target::Directions => (self.model().map_or(0, |model| model.card().directions.len()), 0),
            Target::Knobs => (KNOB_IDS.len(), self.locks.knobs.load(Ordering::Relaxed)),
            Target::Latents => {
                (self.model().map_or(0, |model| model.latents()), self.locks.latents.load(Ordering::Relaxed))
            }
        };
        let drives = self.params.position.value() == PositionChoice::Before;
        for index in 0..count {
            // Thrown for locked ones too, so that a lock does not change the others' luck.
            let chance = bell(&mut dice);
            if (locks >> index) & 1 == 1 {
                continue;
            }
            let gain = (GAIN_OCTAVES * chance).exp2();
            let (param, plain) = match target {
                Target::Directions => (&self.params.directions[index], DIRECTION_UNITS * chance),
                Target::Knobs if drives => (self.params.active_knob(index), DRIVE_DB * chance.abs()),
                Target::Knobs => (self.params.active_knob(index), gain),
                Target::Latents => (&self.params.trims[index], gain),
            };
            let (here, there) = (param.unmodulated_normalized_value(), param.preview_normalized(plain));
            sink.set(param.as_ptr(), here + (there - here) * amount.clamp(0.0, 1.0));
        }
        self.commit("Randomise");
    }
}
