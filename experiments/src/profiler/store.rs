//! Finished cells in files.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use nfx_train::files::write_atomic;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The folder of the experiment.
pub(crate) struct Store {
    folder: PathBuf,
}

impl Store {
    /// Makes the folder when it is not there.
    pub fn open(folder: &Path) -> Result<Store> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} could not be made", folder.display()))?;
        Ok(Store { folder: folder.to_owned() })
    }

    /// A place for files of a cell.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What is stored under a name.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_slice(&std::fs::read(self.folder.join(format!("{name}.json"))).ok()?).ok()
    }

    /// What is stored under a name, or is made now and stored.
    pub fn kept<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        if let Some(value) = self.get(name) {
            return Ok(value);
        }
        eprintln!("{name}");
        let value = make()?;
        write_atomic(
            &self.folder.join(format!("{name}.json")),
            &serde_json::to_vec_pretty(&value)?,
        )?;
        Ok(value)
    }
}

/// A title as a part of a file name.
pub(crate) fn slug(title: &str) -> String {
    let words: Vec<String> = title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}

/// Minutes as a part of a file name.
pub(crate) fn minutes_text(minutes: f64) -> String {
    format!("{minutes}min")
}
