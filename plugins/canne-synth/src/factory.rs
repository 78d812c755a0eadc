//! The factory presets, and the same as `.vstpreset` files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nfx_frame::Sentence;
use nfx_frame::presets::Preset;
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
pub static PRESETS: [&str; 76] = presets![
    "init",
    "parlour-upright",
    "one-note-upright",
    "one-note-tines",
    "suitcase-nights",
    "electric-parlour",
    "night-organ",
    "harpsi-wire",
    "felt-marimba",
    "formant-keys",
    "barroom-upright",
    "half-speed-upright",
    "music-box-tines",
    "pedal-organ",
    "porch-steel",
    "endless-steel",
    "plucked-section",
    "thumb-piano",
    "rain-on-wires",
    "matchstick",
    "twelve-strings",
    "double-time-banjo",
    "pizzicato-rain",
    "clockwork-garden",
    "glass-mallets",
    "round-wound",
    "rubber-bass",
    "cellar-sub",
    "hollow-motor",
    "fretless-midnight",
    "reese-floor",
    "acid-line",
    "cellar-bow",
    "one-note-contrabass",
    "trembling-veil",
    "bowed-section",
    "standing-strings",
    "night-alto",
    "one-note-alto",
    "reed-section",
    "bottle-band",
    "brass-swell",
    "neon-lead",
    "clay-flute",
    "crying-reed",
    "paper-saw",
    "whistler",
    "supersaw-dawn",
    "sliding-chords",
    "palette-knife",
    "slow-cathedral",
    "glass-choir",
    "tin-whistle-choir",
    "sunrise-over-tape",
    "tidal-strings",
    "four-machines",
    "warm-polysaw",
    "choir-of-air",
    "beyond-the-veil",
    "chalk-choir",
    "wood-and-breath",
    "two-rooms",
    "talking-static",
    "vowel-swing",
    "lighthouse",
    "lost-signal",
    "difference-engine",
    "cepstral-weather",
    "bell-of-wires",
    "iron-gamelan",
    "broken-modem",
    "steel-pan-alley",
    "temple-bowl",
    "frame-drum",
    "tabla-garden",
    "hollow-tom",
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
    let params = Arc::new(CanneParams::default());
    let session = params.session.clone();
    nfx_frame::factory::vst_preset(preset, &Canne::VST3_CLASS_ID, params, &*session)
}

/// Writes all factory presets as `.vstpreset` files into `folder` and returns their paths.
///
/// # Errors
/// A sentence; files that were written stay.
pub fn write_vst_presets(folder: &Path) -> Result<Vec<PathBuf>, Sentence> {
    nfx_frame::factory::write(&all()?, folder, vst_preset)
}
