//! Factory presets: texts in the binary, and the same as `.vstpreset` files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Sentence;
use crate::library::Embedded;
use crate::model_slot::StoredModel;
use crate::params::Parameters;
use crate::presets::Preset;
use crate::table::ParamTable;
use crate::{files, snapshot, vstpreset};

/// The presets that `texts` hold, of the plugin with the id `plugin`. A factory file names an
/// embedded model in the hash's place, so that it need not change with the model.
///
/// # Errors
/// A sentence on the first that cannot be read; a test of each plugin sees to it that there is
/// none.
pub fn read(
    texts: &[&str],
    plugin: &str,
    embedded: &'static [Embedded],
) -> Result<Vec<Preset>, Sentence> {
    let with_hash = |mut preset: Preset| {
        let named = preset
            .snapshot
            .model
            .as_ref()
            .and_then(|model| embedded.iter().find(|entry| entry.name == model.hash));
        if let Some(entry) = named {
            preset.snapshot.model = Some(Arc::new(StoredModel::embedded(entry)));
        }
        preset
    };
    texts.iter().map(|text| Preset::from_json(text.as_bytes(), plugin).map(with_hash)).collect()
}

/// The bytes of a `.vstpreset` file of the class `class_id` for a preset, made with the fresh
/// parameters `params` and what they keep beside them.
///
/// # Errors
/// A sentence; in practice never.
pub fn vst_preset<P: Parameters>(
    preset: &Preset,
    class_id: &[u8; 16],
    params: Arc<P>,
    session: &impl snapshot::Session,
) -> Result<Vec<u8>, Sentence> {
    session.restore(preset.snapshot.model.as_ref(), &preset.snapshot.extra);
    session.set_preset_name(&preset.name);
    let fields = params.serialize_fields();
    let table = ParamTable::new(params);
    let state = vstpreset::state(env!("CARGO_PKG_VERSION"), &table, &preset.snapshot, fields)?;
    Ok(vstpreset::write(class_id, &state))
}

/// Writes presets as `.vstpreset` files into `folder` and returns their paths.
///
/// # Errors
/// A sentence; files that were written stay.
pub fn write(
    presets: &[Preset],
    folder: &Path,
    bytes: impl Fn(&Preset) -> Result<Vec<u8>, Sentence>,
) -> Result<Vec<PathBuf>, Sentence> {
    presets
        .iter()
        .map(|preset| {
            let path = folder.join(format!("{}.vstpreset", files::safe_file_name(&preset.name)));
            files::write_atomically(&path, &bytes(preset)?)
                .map_err(|error| format!("{} could not be written ({error}).", path.display()))?;
            Ok(path)
        })
        .collect()
}

/// The program that writes presets into the folder named by its first argument: `write` does it,
/// `program` is its name.
#[must_use]
pub fn main(
    program: &str,
    write: impl FnOnce(&Path) -> Result<Vec<PathBuf>, Sentence>,
) -> std::process::ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("Usage: {program} FOLDER. Nothing was written.");
        return std::process::ExitCode::FAILURE;
    };
    match write(&folder) {
        Ok(paths) => {
            println!("{} presets written to {}.", paths.len(), folder.display());
            std::process::ExitCode::SUCCESS
        }
        Err(sentence) => {
            eprintln!("{sentence}");
            std::process::ExitCode::FAILURE
        }
    }
}
