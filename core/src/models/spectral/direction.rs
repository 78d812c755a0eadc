//! Directions in a latent space that do something with a name.

use crate::file::ModelError;
use serde::{Deserialize, Serialize};

/// Most directions that a model has: six with a name of their own, four that were discovered.
pub const MAX_DIRECTIONS: usize = 10;
/// How many of them are named macros; those behind them were discovered.
pub const MACROS: usize = 6;
/// The names of the macros, in their order.
pub const MACRO_NAMES: [&str; MACROS] = ["Body", "Bright", "Air", "Noise", "Hollow", "Formant"];

/// What the directions are called where names are short: host parameters, settings of `nfx-train
/// render`.
pub const DIRECTION_IDS: [&str; MAX_DIRECTIONS] =
    ["body", "bright", "air", "noise", "hollow", "formant", "disc1", "disc2", "disc3", "disc4"];

/// A direction: what is added to the latents, after their activation, for one unit of its control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// Its name, "Body" or "Discovered 1".
    pub name: String,
    /// What turning it up does, in a few words.
    pub words: String,
    /// One number for each latent.
    pub latents: Vec<f32>,
}

impl Direction {
    /// Whether a list of directions can belong to a model of so many latents.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(directions: &[Self], latents: usize) -> Result<(), ModelError> {
        if directions.len() > MAX_DIRECTIONS {
            let found = directions.len();
            return Err(ModelError::Config(format!(
                "expected at most {MAX_DIRECTIONS} directions, found {found}"
            )));
        }
        for direction in directions {
            let (name, found) = (&direction.name, direction.latents.len());
            if found != latents {
                return Err(ModelError::Config(format!(
                    "expected {latents} numbers in the direction {name:?}, found {found}"
                )));
            }
            if let Some(value) = direction.latents.iter().find(|value| !value.is_finite()) {
                return Err(ModelError::Config(format!(
                    "expected finite numbers in the direction {name:?}, found {value}"
                )));
            }
        }
        Ok(())
    }
}
