//! Presets that a host loads: from a file, or one of the plugin's own by its name.

use std::ffi::{CStr, OsStr, c_char};
use std::path::{Path, PathBuf};

use clap_sys::ext::preset_load::clap_plugin_preset_load;
use clap_sys::factory::preset_discovery::{
    CLAP_PRESET_DISCOVERY_LOCATION_FILE, CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN,
    clap_preset_discovery_location_kind,
};
use clap_sys::plugin::clap_plugin;

use super::discovery::text;
use super::shield::{Shield, answer};
use crate::Sentence;
use crate::hosted::Preset;

pub(super) static PRESET_LOAD: clap_plugin_preset_load =
    clap_plugin_preset_load { from_location: Some(from_location) };

/// Which preset a host means, in its own words.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub kind: clap_preset_discovery_location_kind,
    pub location: *const c_char,
    pub key: *const c_char,
}

/// A path that a host hands over.
///
/// # Safety
/// `location` ends in a zero.
pub(super) unsafe fn path(location: *const c_char) -> PathBuf {
    // SAFETY: the caller says so.
    let bytes = unsafe { CStr::from_ptr(location) }.to_bytes();
    #[cfg(unix)]
    let path: &OsStr = std::os::unix::ffi::OsStrExt::from_bytes(bytes);
    #[cfg(not(unix))]
    let text = String::from_utf8_lossy(bytes);
    #[cfg(not(unix))]
    let path = OsStr::new(&*text);
    Path::new(path).to_owned()
}

impl Shield {
    /// # Safety
    /// The texts of `place` are null or end in a zero.
    unsafe fn load_preset(&self, place: Place) -> Result<(), Sentence> {
        let side = self.side().ok_or("The plugin has no presets.")?;
        // What was set in the editor before comes into force before.
        self.settle();
        match place.kind {
            CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN if !place.key.is_null() => {
                // SAFETY: the caller says so.
                let name = unsafe { CStr::from_ptr(place.key) }.to_string_lossy();
                side.load_preset(Preset::Factory(&name))
            }
            CLAP_PRESET_DISCOVERY_LOCATION_FILE if !place.location.is_null() => {
                // SAFETY: as above.
                side.load_preset(Preset::File(&unsafe { path(place.location) }))
            }
            _ => {
                Err("A preset is loaded from a file, or by its name from the plugin itself.".into())
            }
        }
    }
}

unsafe extern "C" fn from_location(
    plugin: *const clap_plugin,
    kind: clap_preset_discovery_location_kind,
    location: *const c_char,
    key: *const c_char,
) -> bool {
    // SAFETY: the host hands back what it was given, and texts that end in zeros, or nulls.
    unsafe {
        answer(plugin, false, |own| {
            let place = Place { kind, location, key };
            match own.load_preset(place) {
                Ok(()) => {
                    own.host().values_changed();
                    own.host().preset_loaded(place);
                    true
                }
                Err(sentence) => {
                    own.host().preset_failed(place, &text(&sentence));
                    false
                }
            }
        })
    }
}
