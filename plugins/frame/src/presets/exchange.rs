//! One preset as one file: in from anywhere, out to anywhere.

use std::path::Path;

use super::{FORMAT, Preset, PresetId, PresetStore};
use crate::Sentence;
use crate::files;

/// The largest file that is read as a preset, in bytes: a model of the user's and a sound go with
/// it.
const LARGEST: u64 = 256 << 20;
/// How many presets of one name are told apart by a number.
const NAMESAKES: usize = 1000;

impl PresetStore {
    /// Copies the preset file at `path` among the user's presets, under its own name or, where that
    /// is taken, with a number behind it. Returns its place and the name that it has now.
    ///
    /// # Errors
    /// A sentence: what was expected and what was found. Nothing was written.
    pub fn import(&self, path: &Path) -> Result<(PresetId, String), Sentence> {
        let refused = |what: String| format!("{} was not imported: {what}", path.display());
        let size = std::fs::metadata(path)
            .map_err(|error| refused(format!("it could not be read ({error}).")))?
            .len();
        if size > LARGEST {
            return Err(refused(format!(
                "it holds {} MB, and a preset at most {}.",
                size >> 20,
                LARGEST >> 20
            ))
            .into());
        }
        let bytes = std::fs::read(path)
            .map_err(|error| refused(format!("it could not be read ({error}).")))?;
        let mut preset = Preset::from_json(&bytes, self.plugin)?;
        if preset.format < FORMAT {
            (self.bring_up)(&mut preset.snapshot);
            preset.format = FORMAT;
        }
        if preset.name.trim().is_empty() {
            preset.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        }
        let name = preset.name.trim().to_owned();
        let free = (1..NAMESAKES)
            .map(|number| if number == 1 { name.clone() } else { format!("{name} {number}") })
            .find(|name| {
                self.find(name).is_none() && self.path_for(name).is_ok_and(|path| !path.exists())
            })
            .ok_or_else(|| {
                refused(format!("there is no free name like \u{201c}{name}\u{201d}."))
            })?;
        preset.name = free;
        let id = self.save(&preset, false)?;
        Ok((id, preset.name))
    }

    /// Writes a preset as one file to `path`; one that is there is replaced whole.
    ///
    /// # Errors
    /// A sentence; a file that was there is as it was.
    pub fn export(preset: &Preset, path: &Path) -> Result<(), Sentence> {
        files::write_atomically(path, preset.to_json()?.as_bytes()).map_err(|error| {
            format!("The preset could not be written to {} ({error}).", path.display()).into()
        })
    }
}
