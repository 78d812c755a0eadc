//! The models inside the plugin: *Keys*, which is told the note, and the decoders of the original's two other forms.

use nfx_core::model::CanneModel;
use nfx_plugin::library::{Embedded, Library};

include!(concat!(env!("OUT_DIR"), "/models.rs"));

/// All models that CANNe can play.
pub static LIBRARY: Library<CanneModel> = Library::new(&EMBEDDED, CanneModel::from_file, "The instrument is silent");
