//! The models inside the plugin.

use std::sync::Arc;

use nfx_core::file::ModelError;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::AnneModel;
use nfx_frame::library::{Embedded, Library};

include!(concat!(env!("OUT_DIR"), "/models.rs"));

/// All models that ANNe can play.
pub static LIBRARY: Library<AnneModel> = Library::new(&EMBEDDED, decode, "The sound passes dry");

fn decode(bytes: &[u8]) -> Result<Arc<AnneModel>, ModelError> {
    AnneModel::from_file(&ModelFile::from_bytes(bytes)?)
}
