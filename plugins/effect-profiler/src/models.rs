//! The profiles inside the plugin, and which files of the user's may be profiles.

use nfx_core::models::effect::ProfileModel;
use nfx_frame::library::{Embedded, Files, Library};

include!(concat!(env!("OUT_DIR"), "/models.rs"));

/// What each of the profiles inside the plugin is, in a sentence.
pub const ABOUT: [&str; EMBEDDED.len()] = [
    "Plays the learned compressor, with its four knobs.\nIt comes with the plugin.",
    "Plays a learned drive pedal, with its gain knob.\nIt is the gain stage of the Klon Centaur.",
];

/// Files that may be profiles: our own, captures of the `.nam` world, AIDA-X and Proteus.
pub const FILES: Files =
    Files { extensions: &["safetensors", "nam", "aidax", "json"], folder: "models/profiles" };

/// All profiles that the plugin can play.
pub static LIBRARY: Library<ProfileModel> =
    Library::of_files(&EMBEDDED, ProfileModel::from_bytes, FILES, "The sound passes dry");
