//! The models inside the plugin.

use nfx_core::model::AnneModel;
use nfx_plugin::library::{Embedded, Library};

include!(concat!(env!("OUT_DIR"), "/models.rs"));

/// All models that ANNe can play.
pub static LIBRARY: Library<AnneModel> = Library::new(&EMBEDDED, AnneModel::from_file, "The sound passes dry");
