//! The factory presets, and the same as `.vstpreset` files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nfx_plugin::presets::Preset;
use nice_plug::prelude::Vst3Plugin;

use crate::Anne;
use crate::models::EMBEDDED;
use crate::params::AnneParams;

/// The id that presets and hosts know the plugin by.
pub const PLUGIN: &str = "works.latent.anne";

macro_rules! presets {
    ($($name:literal),* $(,)?) => { [$(include_str!(concat!("../presets/", $name, ".json"))),*] };
}

/// The texts of the factory presets, in the browser's order.
pub static PRESETS: [&str; 42] = presets![
    "init",
    "velvet-curtain",
    "open-window",
    "paper-cone",
    "cathedral-door",
    "small-mouth",
    "giants-throat",
    "gravel-road",
    "wrung-out",
    "sea-shell",
    "midnight-oil",
    "sparkler",
    "under-glass",
    "woodwork",
    "tin-roof",
    "breath-of-chalk",
    "long-exposure",
    "left-turn",
    "right-turn",
    "deep-field",
    "copper-wire",
    "dust-sheet",
    "box-amp",
    "gentle-bloom",
    "glass-lid",
    "warm-floor",
    "hollow-body",
    "tape-of-a-tape",
    "piano-to-kick",
    "snare-to-cowbell",
    "tin-robot",
    "broken-radio",
    "outside-the-cube",
    "choir-in-a-pipe",
    "slow-smear",
    "frozen-lake",
    "wide-ghost",
    "mono-thesis",
    "half-memory",
    "driven-latents",
    "sub-soil",
    "side-chain-morph",
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
    let params = Arc::new(AnneParams::default());
    let session = params.session.clone();
    nfx_plugin::factory::vst_preset(preset, &Anne::VST3_CLASS_ID, params, &*session)
}

/// Writes all factory presets as `.vstpreset` files into `folder` and returns their paths.
///
/// # Errors
/// A sentence; files that were written stay.
pub fn write_vst_presets(folder: &Path) -> Result<Vec<PathBuf>, String> {
    nfx_plugin::factory::write(&all()?, folder, vst_preset)
}
