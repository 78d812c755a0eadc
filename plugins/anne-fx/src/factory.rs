//! The factory presets, and the same as `.vstpreset` files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nfx_core::models::spectral::{DIRECTION_IDS, MAX_LATENTS};
use nfx_core::signal::random::Random;
use nfx_frame::Sentence;
use nfx_frame::model_slot::StoredModel;
use nfx_frame::presets::{FORMAT, Preset};
use nfx_frame::snapshot::{Snapshot, Value};
use nice_plug::prelude::Vst3Plugin;

use crate::Anne;
use crate::editor_model::Target;
use crate::models::EMBEDDED;
use crate::params::{AnneParams, KNOB_IDS, trim_id};

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
/// As [`nfx_frame::factory::read`].
pub fn all() -> Result<Vec<Preset>, Sentence> {
    nfx_frame::factory::read(&PRESETS, PLUGIN, &EMBEDDED)
}

/// The bytes of a `.vstpreset` file for a preset.
///
/// # Errors
/// A sentence; in practice never.
pub fn vst_preset(preset: &Preset) -> Result<Vec<u8>, Sentence> {
    let params = Arc::new(AnneParams::default());
    let session = params.session.clone();
    nfx_frame::factory::vst_preset(preset, &Anne::VST3_CLASS_ID, params, &*session)
}

/// Writes all factory presets as `.vstpreset` files into `folder` and returns their paths.
///
/// # Errors
/// A sentence; files that were written stay.
pub fn write_vst_presets(folder: &Path) -> Result<Vec<PathBuf>, Sentence> {
    nfx_frame::factory::write(&all()?, folder, vst_preset)
}

/// Writes the preset files of the folder `presets` as `.vstpreset` files into `folder` and returns
/// their paths.
///
/// # Errors
/// A sentence; files that were written stay.
pub fn write_from(presets: &Path, folder: &Path) -> Result<Vec<PathBuf>, Sentence> {
    let unread = |error| format!("{} could not be read ({error}).", presets.display());
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(presets).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            texts.push(std::fs::read_to_string(path).map_err(unread)?);
        }
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    nfx_frame::factory::write(
        &nfx_frame::factory::read(&texts, PLUGIN, &EMBEDDED)?,
        folder,
        vst_preset,
    )
}

/// How many settings [`chance`] draws.
const CHANCES: u64 = 24;

/// What *Randomise* draws from a fresh instance with the first model: macros, knobs and latents in
/// turn, the same each time. For the tests that hear whether chance keeps the level.
#[must_use]
pub fn chance() -> Vec<Preset> {
    let draw = |number: u64| {
        let (what, target) = [
            ("Macros", Target::Directions),
            ("Knobs", Target::Knobs),
            ("Latents", Target::Latents),
        ][number as usize % 3];
        let ids: Vec<String> = match target {
            Target::Directions => DIRECTION_IDS.iter().map(|id| (*id).to_owned()).collect(),
            Target::Knobs => KNOB_IDS.iter().map(|id| (*id).to_owned()).collect(),
            Target::Latents => (0..MAX_LATENTS).map(trim_id).collect(),
        };
        let mut snapshot = Snapshot {
            model: Some(Arc::new(StoredModel::embedded(&EMBEDDED[0]))),
            ..Snapshot::default()
        };
        let drawn = target.draws(ids.len(), false, &mut Random::new(number)).collect::<Vec<_>>();
        snapshot.params.extend(ids.into_iter().zip(drawn.into_iter().map(Value::Number)));
        Preset {
            format: FORMAT,
            plugin: PLUGIN.to_owned(),
            name: format!("{what} {number}"),
            category: String::new(),
            tags: Vec::new(),
            description: String::new(),
            shines: String::new(),
            snapshot,
        }
    };
    (0..CHANCES).map(draw).collect()
}

/// Writes [`chance`] as `.vstpreset` files into `folder` and returns their paths.
///
/// # Errors
/// A sentence; files that were written stay.
pub fn write_chance(folder: &Path) -> Result<Vec<PathBuf>, Sentence> {
    nfx_frame::factory::write(&chance(), folder, vst_preset)
}
