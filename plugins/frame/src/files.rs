//! Where the suite keeps a user's files, and how it writes them: beside the target and renamed, so that nothing is ever half
//! written or lost.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Overrides the data folder, for tests and for a user who wants it elsewhere.
pub const DATA_FOLDER_VARIABLE: &str = "LATENT_WORKS_DATA";

/// The suite's data folder: `$LATENT_WORKS_DATA`, else `latent-works` in the platform's folder for a user's application data
/// (`$XDG_DATA_HOME` or `~/.local/share`, `~/Library/Application Support`, `%APPDATA%`). `None` when there is no home folder.
#[must_use]
pub fn data_folder() -> Option<PathBuf> {
    let named = std::env::var_os(DATA_FOLDER_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    named.or_else(|| Some(dirs::data_dir()?.join("latent-works")))
}

/// Writes `bytes` to `path` by way of a new file beside it, creating folders as needed. On error the old file is untouched.
///
/// # Errors
/// Whatever the file system says; the file beside the target is removed again.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut beside = OsString::from(".");
    beside.push(path.file_name().unwrap_or_default());
    beside.push(format!(".{}.part", std::process::id()));
    let beside = path.with_file_name(beside);
    let written = fs::File::create(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let moved = written.and_then(|()| fs::rename(&beside, path));
    if moved.is_err() {
        // The first error is the one worth telling.
        let _ = fs::remove_file(&beside);
    }
    moved
}

/// A file name made of `name`: what file systems refuse is replaced, length is cut, an empty name becomes `Unnamed`.
#[must_use]
pub fn safe_file_name(name: &str) -> String {
    let kept: String =
        name.chars()
            .map(|c| {
                if c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') {
                    '_'
                } else {
                    c
                }
            })
            .take(80)
            .collect();
    let kept = kept.trim().trim_matches('.').trim();
    if kept.is_empty() { "Unnamed".to_owned() } else { kept.to_owned() }
}

/// The files in `folder` whose extension is `extension` (without the dot, any case), sorted by name. A missing folder is empty.
#[must_use]
pub fn files_with_extension(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension)) && path.is_file())
        .collect();
    files.sort();
    files
}

/// A path with the home folder shortened to `~`, for people.
#[must_use]
pub fn for_people(path: &Path) -> String {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
    match home.as_deref().filter(|home| home.components().count() > 1).and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) => Path::new("~").join(rest).display().to_string(),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deeper/preset.json");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_the_old_state() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("taken");
        fs::create_dir_all(target.join("inside")).unwrap();
        assert!(write_atomically(&target, b"new").is_err());
        assert!(target.join("inside").is_dir());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn names_become_file_names() {
        assert_eq!(safe_file_name("Kick / Piano: 2"), "Kick _ Piano_ 2");
        assert_eq!(safe_file_name("  .. "), "Unnamed");
        assert_eq!(safe_file_name("Ümlaut"), "Ümlaut");
    }
}
