//! The models inside the plugin: *Keys*, which is conditioned on the note, and the decoders of the
//! original's two other forms.

use std::sync::Arc;

use nfx_core::file::ModelError;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::CanneModel;
use nfx_frame::library::{Embedded, Library};

include!(concat!(env!("OUT_DIR"), "/models.rs"));

/// All models that CANNe can play.
pub static LIBRARY: Library<CanneModel> =
    Library::new(&EMBEDDED, decode, "The instrument is silent");

fn decode(bytes: &[u8]) -> Result<Arc<CanneModel>, ModelError> {
    CanneModel::from_file(&ModelFile::from_bytes(bytes)?)
}
