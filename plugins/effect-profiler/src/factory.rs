//! The factory presets, and the same as `.vstpreset` files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nfx_frame::Sentence;
use nfx_frame::presets::Preset;
use nice_plug::prelude::Vst3Plugin;

use crate::Profiler;
use crate::models::EMBEDDED;
use crate::params::ProfilerParams;

/// The id that presets and hosts know the plugin by.
pub const PLUGIN: &str = "works.latent.profiler";

macro_rules! presets {
    ($($name:literal),* $(,)?) => { [$(include_str!(concat!("../presets/", $name, ".json"))),*] };
}

/// The texts of the factory presets, in the browser's order.
pub static PRESETS: [&str; 20] = presets![
    "init",
    "gentle-glue",
    "mix-bus-whisper",
    "drum-room",
    "punch",
    "snare-snap",
    "parallel-crush",
    "pumping-loop",
    "vocal-rider",
    "radio-voice",
    "bass-anchor",
    "acoustic-polish",
    "clean-push",
    "glass-drive",
    "slow-leveller",
    "peak-catcher",
    "brick-and-mortar",
    "breathing-room",
    "side-chain-duck",
    "dual-mono",
];

/// The factory presets.
///
/// # Errors
/// As [`nfx_frame::factory::read`].
pub fn all() -> Result<Vec<Preset>, Sentence> {
    nfx_frame::factory::read(&PRESETS, PLUGIN, &EMBEDDED)
}

/// The bytes of a `.vstpreset` file for a preset.
///
/// # Errors
/// A sentence; in practice never.
pub fn vst_preset(preset: &Preset) -> Result<Vec<u8>, Sentence> {
    let params = Arc::new(ProfilerParams::default());
    let session = params.session.clone();
    nfx_frame::factory::vst_preset(preset, &Profiler::VST3_CLASS_ID, params, &*session)
}

/// Writes all factory presets as `.vstpreset` files into `folder` and returns their paths.
///
/// # Errors
/// A sentence; files that were written stay.
pub fn write_vst_presets(folder: &Path) -> Result<Vec<PathBuf>, Sentence> {
    nfx_frame::factory::write(&all()?, folder, vst_preset)
}
