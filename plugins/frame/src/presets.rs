//! Factory presets from the binary and the user's own from a folder of plain files.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::Sentence;
use crate::files;
use crate::snapshot::Snapshot;

mod exchange;
mod favourites;
pub mod tags;

use favourites::Favourites;

/// The version of the preset file that this code writes.
pub const FORMAT: u32 = 2;

/// A preset file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// Version of the file's form.
    pub format: u32,
    /// The id of the plugin it is for, for example `works.latent.anne`.
    pub plugin: String,
    /// Its name in the browser.
    pub name: String,
    /// One word to group by.
    #[serde(default)]
    pub category: String,
    /// Words to group and filter by, from [`tags::TAGS`] or the user's own; in lower case. Files of
    /// earlier versions have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// A sentence on what it does to a sound.
    #[serde(default)]
    pub description: String,
    /// A sentence on what it does best: on which material, or played how. Files of earlier versions
    /// have none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub shines: String,
    /// The setting.
    #[serde(flatten)]
    pub snapshot: Snapshot,
}

impl Preset {
    /// Reads a preset file.
    ///
    /// # Errors
    /// A sentence: not a preset, of another plugin, or of a newer version.
    pub fn from_json(bytes: &[u8], plugin: &str) -> Result<Self, Sentence> {
        let preset: Self = serde_json::from_slice(bytes)
            .map_err(|error| format!("The file is not a preset ({error})."))?;
        if preset.plugin != plugin {
            return Err(format!("The preset is for {}, not for {plugin}.", preset.plugin).into());
        }
        if preset.format > FORMAT {
            return Err(format!(
                "The preset has form {}; this version reads up to {FORMAT}. A newer version of the plugin wrote it.",
                preset.format
            ).into());
        }
        Ok(preset)
    }

    /// The preset file's text.
    ///
    /// # Errors
    /// A sentence; in practice never.
    pub fn to_json(&self) -> Result<String, Sentence> {
        serde_json::to_string_pretty(self)
            .map(|text| text + "\n")
            .map_err(|error| format!("The preset could not be written ({error}).").into())
    }
}

/// Which preset: by its place among the factory's, or by its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PresetId {
    /// Place in the factory list.
    Factory(usize),
    /// A user's file.
    User(PathBuf),
}

/// A line of the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// To load it by.
    pub id: PresetId,
    /// Its name.
    pub name: String,
    /// Words to group by. A file of before tags has its category for one.
    pub tags: Vec<String>,
    /// What it does to a sound.
    pub description: String,
    /// On what it does that best.
    pub shines: String,
    /// Whether the user has starred it.
    pub favourite: bool,
}

impl Listed {
    fn of(id: PresetId, preset: &Preset, favourites: &Favourites) -> Self {
        Self {
            name: preset.name.clone(),
            tags: tags::of(preset),
            description: preset.description.clone(),
            shines: preset.shines.clone(),
            favourite: favourites.holds(&id, &preset.name),
            id,
        }
    }

    fn of_file(path: &Path, preset: &Preset, favourites: &Favourites) -> Self {
        Self::of(PresetId::User(path.to_owned()), preset, favourites)
    }

    /// Whether the user made it, and may rename and delete it.
    #[must_use]
    pub fn is_user(&self) -> bool {
        matches!(self.id, PresetId::User(_))
    }

    /// Whether every word of `search` stands in name, tags or sentences.
    #[must_use]
    pub fn matches(&self, search: &str) -> bool {
        let text = [&self.name, &self.tags.join(" "), &self.description, &self.shines]
            .map(String::as_str)
            .join(" ");
        let text = text.to_lowercase();
        search.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

/// The presets of one plugin. Not real-time safe.
pub struct PresetStore {
    plugin: &'static str,
    folder: Option<PathBuf>,
    factory: LazyLock<Vec<Preset>>,
    bring_up: fn(&mut Snapshot),
    /// Empty until somebody looks.
    listed: Mutex<Option<Vec<Listed>>>,
}

impl PresetStore {
    /// The presets that `factory` makes and those in `folder`, which need not exist. Both are read
    /// when somebody first looks: a host that only scans waits for nothing. `bring_up` gives
    /// parameters that a user's preset of an earlier form does not name the values that they had
    /// then.
    #[must_use]
    pub fn new(
        plugin: &'static str,
        factory: fn() -> Vec<Preset>,
        folder: Option<PathBuf>,
        bring_up: fn(&mut Snapshot),
    ) -> Self {
        Self { plugin, folder, factory: LazyLock::new(factory), bring_up, listed: Mutex::new(None) }
    }

    /// The folder of the user's presets.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The factory's presets.
    #[must_use]
    pub fn factory(&self) -> &[Preset] {
        &self.factory
    }

    /// Reads the folder again.
    pub fn refresh(&self) {
        *self.listed.lock() = Some(self.read());
    }

    /// The lines of the factory's presets. Reads none of the user's.
    #[must_use]
    pub fn list_factory(&self) -> Vec<Listed> {
        self.factory_lines(&self.favourites())
    }

    fn factory_lines(&self, favourites: &Favourites) -> Vec<Listed> {
        let factory = self.factory.iter().enumerate();
        factory
            .map(|(index, preset)| Listed::of(PresetId::Factory(index), preset, favourites))
            .collect()
    }

    fn read(&self) -> Vec<Listed> {
        let favourites = self.favourites();
        let mut listed = self.factory_lines(&favourites);
        let paths = self
            .folder
            .as_deref()
            .map(|folder| files::files_with_extension(folder, "json"))
            .unwrap_or_default();
        listed.extend(paths.iter().filter_map(|path| {
            Some(Listed::of_file(path, &self.read_file(path).ok()?, &favourites))
        }));
        listed
    }

    /// The browser's lines that match `search`; all for an empty one.
    #[must_use]
    pub fn list(&self, search: &str) -> Vec<Listed> {
        self.with_listed(|listed| {
            listed.iter().filter(|line| line.matches(search)).cloned().collect()
        })
    }

    /// The preset of this name; the factory's before the user's.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<PresetId> {
        self.with_listed(|listed| {
            listed.iter().find(|line| line.name == name).map(|line| line.id.clone())
        })
    }

    /// The factory's preset of this name.
    #[must_use]
    pub fn find_factory(&self, name: &str) -> Option<PresetId> {
        self.factory.iter().position(|preset| preset.name == name).map(PresetId::Factory)
    }

    /// What the browser would show of a preset file, wherever it is.
    ///
    /// # Errors
    /// A sentence.
    pub fn look_at(&self, path: &Path) -> Result<Listed, Sentence> {
        Ok(Listed::of_file(path, &self.read_file(path)?, &self.favourites()))
    }

    /// The preset `step` places after `current` in the whole list (negative: before it), round the
    /// end.
    #[must_use]
    pub fn neighbour(&self, current: Option<&PresetId>, step: isize) -> Option<PresetId> {
        self.with_listed(|listed| {
            let count = isize::try_from(listed.len()).ok().filter(|count| *count > 0)?;
            let place = current.and_then(|id| listed.iter().position(|line| line.id == *id));
            let place = match place.and_then(|place| isize::try_from(place).ok()) {
                Some(place) => (place + step).rem_euclid(count),
                None if step < 0 => count - 1,
                None => 0,
            };
            listed.get(usize::try_from(place).ok()?).map(|line| line.id.clone())
        })
    }

    fn with_listed<R>(&self, seen: impl FnOnce(&[Listed]) -> R) -> R {
        let mut listed = self.listed.lock();
        seen(listed.get_or_insert_with(|| self.read()))
    }

    fn with_listed_mut(&self, change: impl FnOnce(&mut Vec<Listed>)) {
        if let Some(listed) = &mut *self.listed.lock() {
            change(listed);
        }
    }

    fn read_file(&self, path: &Path) -> Result<Preset, Sentence> {
        let bytes = std::fs::read(path).map_err(|error| {
            format!("The preset {} could not be read ({error}).", path.display())
        })?;
        Preset::from_json(&bytes, self.plugin)
    }

    /// Reads a preset.
    ///
    /// # Errors
    /// A sentence.
    pub fn load(&self, id: &PresetId) -> Result<Preset, Sentence> {
        match id {
            PresetId::Factory(index) => self
                .factory
                .get(*index)
                .cloned()
                .ok_or_else(|| "There is no such factory preset.".into()),
            PresetId::User(path) => {
                let mut preset = self.read_file(path)?;
                if preset.format < FORMAT {
                    (self.bring_up)(&mut preset.snapshot);
                    preset.format = FORMAT;
                }
                Ok(preset)
            }
        }
    }

    /// Writes a user's preset under its name; one of the same name is replaced only if `replace`
    /// says so.
    ///
    /// # Errors
    /// A sentence; nothing was overwritten.
    pub fn save(&self, preset: &Preset, replace: bool) -> Result<PresetId, Sentence> {
        let path = self.path_for(&preset.name)?;
        if path.exists() && !replace {
            return Err(format!(
                "A preset named \u{201c}{}\u{201d} exists already. Nothing was written.",
                preset.name
            )
            .into());
        }
        files::write_atomically(&path, preset.to_json()?.as_bytes()).map_err(|error| {
            format!("The preset could not be written to {} ({error}).", path.display())
        })?;
        self.refresh();
        Ok(PresetId::User(path))
    }

    /// Deletes a user's preset.
    ///
    /// # Errors
    /// A sentence; factory presets stay.
    pub fn delete(&self, id: &PresetId) -> Result<(), Sentence> {
        let PresetId::User(path) = id else {
            return Err("Factory presets cannot be deleted.".into());
        };
        std::fs::remove_file(path).map_err(|error| {
            format!("The preset {} could not be deleted ({error}).", path.display())
        })?;
        // A star that stays behind marks nothing, and would mark a later preset of this name: that
        // it is gone counts for more.
        let _ = self.star(id, "", false);
        self.refresh();
        Ok(())
    }

    /// Gives a user's preset another name and other tags.
    ///
    /// # Errors
    /// A sentence; the preset is as it was.
    pub fn rename(&self, id: &PresetId, name: &str, tags: &[String]) -> Result<PresetId, Sentence> {
        let PresetId::User(path) = id else {
            return Err("Factory presets cannot be renamed.".into());
        };
        let mut preset = self.load(id)?;
        preset.name = name.trim().to_owned();
        preset.tags = tags.to_vec();
        let same_file = self.path_for(&preset.name)? == *path;
        let starred = self.favourites().holds(id, "");
        let renamed = self.save(&preset, same_file)?;
        if !same_file {
            if starred {
                self.star(&renamed, &preset.name, true)?;
            }
            self.delete(id)?;
        }
        Ok(renamed)
    }

    fn path_for(&self, name: &str) -> Result<PathBuf, Sentence> {
        let folder = self.folder.as_ref().ok_or("There is no home folder to keep presets in.")?;
        Ok(folder.join(files::safe_file_name(name)).with_extension_appended("json"))
    }
}

trait AppendExtension {
    fn with_extension_appended(self, extension: &str) -> PathBuf;
}

impl AppendExtension for PathBuf {
    // `with_extension` would cut a name like "Version 1.2".
    fn with_extension_appended(mut self, extension: &str) -> PathBuf {
        self.as_mut_os_string().push(format!(".{extension}"));
        self
    }
}

#[cfg(test)]
mod tests;
