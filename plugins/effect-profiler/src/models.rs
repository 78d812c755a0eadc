//! The profiles inside the plugin, and which files of the user's may be profiles.

use nfx_core::models::effect::ProfileModel;
use nfx_frame::library::{Embedded, Files, Library};

include!(concat!(env!("OUT_DIR"), "/models.rs"));

/// What each of the profiles inside the plugin is, in a sentence.
pub const ABOUT: [&str; EMBEDDED.len()] = [
    "The learned compressor that comes with the plugin, with its four knobs.",
    "A learned drive pedal that comes with the plugin: the gain stage of the Klon Centaur, with its gain knob.",
];

/// Files that may be profiles: our own, captures of the `.nam` world, AIDA-X and Proteus.
pub const FILES: Files =
    Files { extensions: &["safetensors", "nam", "aidax", "json"], folder: "models/profiles" };

/// All profiles that the plugin can play.
pub static LIBRARY: Library<ProfileModel> =
    Library::of_files(&EMBEDDED, ProfileModel::from_bytes, FILES, "The sound passes dry");
