//! The factory presets, and the same as `.vstpreset` files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nfx_plugin::presets::Preset;
use nice_plug::prelude::Vst3Plugin;

use crate::Canne;
use crate::models::EMBEDDED;
use crate::params::CanneParams;

/// The id that presets and hosts know the plugin by.
pub const PLUGIN: &str = "works.latent.canne";

macro_rules! presets {
    ($($name:literal),* $(,)?) => { [$(include_str!(concat!("../presets/", $name, ".json"))),*] };
}

/// The texts of the factory presets, in the browser's order.
pub static PRESETS: [&str; 39] = presets![
    "init",
    "parlour-upright",
    "suitcase-nights",
    "porch-steel",
    "plucked-section",
    "round-wound",
    "cellar-bow",
    "trembling-veil",
    "night-alto",
    "wood-and-breath",
    "electric-parlour",
    "night-organ",
    "harpsi-wire",
    "felt-marimba",
    "slow-cathedral",
    "glass-choir",
    "tin-whistle-choir",
    "sunrise-over-tape",
    "tidal-strings",
    "neon-lead",
    "clay-flute",
    "crying-reed",
    "paper-saw",
    "rubber-bass",
    "cellar-sub",
    "hollow-motor",
    "thumb-piano",
    "rain-on-wires",
    "matchstick",
    "bell-of-wires",
    "iron-gamelan",
    "broken-modem",
    "two-rooms",
    "talking-static",
    "lost-signal",
    "difference-engine",
    "four-machines",
    "cepstral-weather",
    "formant-keys",
];

/// The factory presets.
///
/// # Errors
/// As [`nfx_plugin::factory::read`].
pub fn all() -> Result<Vec<Preset>, String> {
    nfx_plugin::factory::read(&PRESETS, PLUGIN, &EMBEDDED)
}

/// The bytes of a `.vstpreset` file for a preset.
///
/// # Errors
/// A sentence; in practice never.
pub fn vst_preset(preset: &Preset) -> Result<Vec<u8>, String> {
    let params = Arc::new(CanneParams::default());
    let session = params.session.clone();
    nfx_plugin::factory::vst_preset(preset, &Canne::VST3_CLASS_ID, params, &*session)
}

/// Writes all factory presets as `.vstpreset` files into `folder` and returns their paths.
///
/// # Errors
/// A sentence; files that were written stay.
pub fn write_vst_presets(folder: &Path) -> Result<Vec<PathBuf>, String> {
    nfx_plugin::factory::write(&all()?, folder, vst_preset)
}
