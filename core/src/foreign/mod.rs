//! Files of other software. Captures become the content of one of our model files (a
//! [`ModelFile`]), so that everything above knows one form only.
//!
//! | module | what it reads |
//! |---|---|
//! | [`nam`] | `.nam` files of the Neural Amp Modeler; it writes them, too |
//! | `aida`, `proteus` | AIDA-X files, Proteus and NeuralPi files: one recurrent layer |
//! | [`scala`] | scales and keyboard mappings of the Scala program |

mod aida;
mod json;
pub mod nam;
mod proteus;
mod recurrent;
pub mod scala;
mod text;

pub use text::{Outline, is_foreign};

use crate::file::ModelError;
use crate::models::ModelFile;
use crate::models::effect::ProfileModel;
use json::refuse;
use nam::NamFile;
use serde_json::Value;
use std::sync::Arc;

/// The largest file that is read: a hundred times the usual.
const MAX_BYTES: usize = 32 << 20;
/// The rate of a file that does not say one, as NAM's and AIDA-X's players have it.
const DEFAULT_RATE_HZ: f64 = 48_000.0;

/// A profile of any foreign format that is known: `.nam`, AIDA-X json, Proteus json.
///
/// # Errors
/// [`ModelError::Foreign`] or [`ModelError::Config`] with what was expected and found.
pub fn read_foreign(bytes: &[u8]) -> Result<ModelFile, ModelError> {
    let cleaned = text::clean("model file", bytes)?;
    // The large list of a .nam file goes straight into floats; all else is read as any JSON.
    let outline = Outline::of(&cleaned)?;
    if outline.architecture.is_some() {
        return NamFile::of(&cleaned)?.to_model();
    }
    let any = || text::parse::<Value>("model file", &cleaned);
    if outline.state_dict {
        return proteus::model(&any()?);
    }
    if outline.layers {
        return aida::model(&any()?);
    }
    refuse("expected a .nam, AIDA-X or Proteus file, found other JSON")
}

/// What a profile can do with the formats of this floor.
impl ProfileModel {
    /// From the bytes of a file: one of our model files, a `.nam` file, or a JSON file of AIDA-X or
    /// Proteus.
    ///
    /// # Errors
    /// [`ModelError`] with what was expected and found.
    pub fn from_bytes(bytes: &[u8]) -> Result<Arc<Self>, ModelError> {
        Self::from_owned(if is_foreign(bytes) {
            read_foreign(bytes)?
        } else {
            ModelFile::from_bytes(bytes)?
        })
    }

    /// A `.nam` file of this profile with its knobs at `knobs` (in their own units; missing ones at
    /// their defaults). The numbers are exact: the file sounds like the profile at rest.
    ///
    /// # Errors
    /// [`ModelError::Foreign`] with the reason when the format has no word for the network.
    pub fn bake(&self, knobs: &[f32]) -> Result<NamFile, ModelError> {
        nam::write_nam(&self.without_knobs(knobs)?)
    }
}
