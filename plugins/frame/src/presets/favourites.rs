//! The user's stars: kept in a file of their own beside the user's presets, so that no preset file
//! changes with them.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{PresetId, PresetStore};
use crate::Sentence;
use crate::files;

/// A user's preset cannot take this name: a leading dot is cut off its file's.
const FILE: &str = ".favourites.json";

/// Which presets are starred: the factory's by name, so that a star survives another order, the
/// user's by file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Favourites {
    #[serde(default)]
    factory: BTreeSet<String>,
    #[serde(default)]
    own: BTreeSet<String>,
}

impl Favourites {
    /// The stars in `folder`; none when there is no such file, or none that can be read.
    pub(super) fn read(folder: Option<&Path>) -> Self {
        folder
            .and_then(|folder| std::fs::read(folder.join(FILE)).ok())
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Whether a preset is starred; `name` tells one of the factory's.
    pub(super) fn holds(&self, id: &PresetId, name: &str) -> bool {
        match id {
            PresetId::Factory(_) => self.factory.contains(name),
            PresetId::User(path) => self.own.contains(&file_of(path)),
        }
    }

    fn set(&mut self, id: &PresetId, name: &str, starred: bool) {
        let (set, key) = match id {
            PresetId::Factory(_) => (&mut self.factory, name.to_owned()),
            PresetId::User(path) => (&mut self.own, file_of(path)),
        };
        if starred {
            set.insert(key);
        } else {
            set.remove(&key);
        }
    }
}

fn file_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

impl PresetStore {
    /// The stars as they are on disk now: another instance may have changed them.
    pub(super) fn favourites(&self) -> Favourites {
        Favourites::read(self.folder())
    }

    /// Gives a preset the user's star, or takes it. `name` is its name.
    ///
    /// # Errors
    /// A sentence; the stars are as they were.
    pub fn star(&self, id: &PresetId, name: &str, starred: bool) -> Result<(), Sentence> {
        let mut favourites = self.favourites();
        if favourites.holds(id, name) == starred {
            return Ok(());
        }
        let path =
            self.folder().ok_or("There is no home folder to keep favourites in.")?.join(FILE);
        favourites.set(id, name, starred);
        let text = serde_json::to_string_pretty(&favourites)
            .map_err(|error| format!("The favourites could not be written ({error})."))?;
        files::write_atomically(&path, text.as_bytes()).map_err(|error| {
            format!("The favourites could not be written to {} ({error}).", path.display())
        })?;
        self.with_listed_mut(|listed| {
            listed
                .iter_mut()
                .filter(|line| line.id == *id)
                .for_each(|line| line.favourite = starred);
        });
        Ok(())
    }
}
