//! The factory presets, and the same as `.vstpreset` files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nfx_plugin::model_slot::StoredModel;
use nfx_plugin::presets::Preset;
use nfx_plugin::snapshot::ParamTable;
use nfx_plugin::{files, vstpreset};
use nice_plug::params::Params;
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
pub static PRESETS: [&str; 20] = presets![
    "init",
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
/// A sentence on the first that cannot be read; a test sees to it that there is none.
pub fn all() -> Result<Vec<Preset>, String> {
    PRESETS.iter().map(|text| Preset::from_json(text.as_bytes(), PLUGIN).map(with_model_hash)).collect()
}

/// A factory file names an embedded model in the hash's place, so that it need not change with the model.
fn with_model_hash(mut preset: Preset) -> Preset {
    let named = preset.snapshot.model.as_ref().and_then(|model| EMBEDDED.iter().find(|entry| entry.name == model.hash));
    if let Some(entry) = named {
        preset.snapshot.model = Some(Arc::new(StoredModel::embedded(entry)));
    }
    preset
}

/// The bytes of a `.vstpreset` file for a preset.
///
/// # Errors
/// A sentence; in practice never.
pub fn vst_preset(preset: &Preset) -> Result<Vec<u8>, String> {
    let params = Arc::new(AnneParams::default());
    nfx_plugin::snapshot::Session::restore(&*params.session, preset.snapshot.model.as_ref(), &preset.snapshot.extra);
    params.session.set_preset_name(&preset.name);
    let fields: BTreeMap<String, String> = params.session.serialize_fields();
    let table = ParamTable::new(params);
    let state = vstpreset::state(env!("CARGO_PKG_VERSION"), &table, &preset.snapshot, fields)?;
    Ok(vstpreset::write(&Anne::VST3_CLASS_ID, &state))
}

/// Writes all factory presets as `.vstpreset` files into `folder` and returns their paths.
///
/// # Errors
/// A sentence; files that were written stay.
pub fn write_vst_presets(folder: &Path) -> Result<Vec<PathBuf>, String> {
    all()?
        .iter()
        .map(|preset| {
            let path = folder.join(format!("{}.vstpreset", files::safe_file_name(&preset.name)));
            files::write_atomically(&path, &vst_preset(preset)?)
                .map_err(|error| format!("{} could not be written ({error}).", path.display()))?;
            Ok(path)
        })
        .collect()
}
