//! The models inside the plugin.

use nfx_core::model::AnneModel;
use nfx_plugin::library::{Embedded, Library};

// Hashes of the files below, worked out by the build script.
include!(concat!(env!("OUT_DIR"), "/model_hashes.rs"));

/// The embedded models, the default first. One that was once released stays.
pub static EMBEDDED: [Embedded; 3] = [
    Embedded { name: "General", hash: GENERAL_HASH, bytes: include_bytes!("../../../models/general.safetensors") },
    Embedded { name: "Tonal", hash: TONAL_HASH, bytes: include_bytes!("../../../models/tonal.safetensors") },
    Embedded { name: "Thesis", hash: THESIS_HASH, bytes: include_bytes!("../../../models/thesis.safetensors") },
];

/// All models that ANNe can play.
pub static LIBRARY: Library<AnneModel> = Library::new(&EMBEDDED, AnneModel::from_file);
