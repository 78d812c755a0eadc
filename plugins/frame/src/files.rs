//! Where the suite keeps a user's files, and how it writes them: beside the target and renamed, so
//! that nothing is ever half written or lost.

use std::fs;
use std::path::{Path, PathBuf};

pub use nfx_audio::files::write_atomically;

/// Overrides the data folder, for tests and for a user who wants it elsewhere.
pub const DATA_FOLDER_VARIABLE: &str = "LATENT_WORKS_DATA";

/// The suite's data folder: `$LATENT_WORKS_DATA`, else `latent-works` in the platform's folder for
/// a user's application data (`$XDG_DATA_HOME` or `~/.local/share`, `~/Library/Application
/// Support`, `%APPDATA%`). `None` when there is no home folder.
#[must_use]
pub fn data_folder() -> Option<PathBuf> {
    let named =
        std::env::var_os(DATA_FOLDER_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    named.or_else(|| Some(dirs::data_dir()?.join("latent-works")))
}

/// A file name made of `name`: what file systems refuse is replaced, length is cut, an empty name
/// becomes `Unnamed`.
#[must_use]
pub fn safe_file_name(name: &str) -> String {
    let kept: String = name
        .chars()
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

/// The files in `folder` whose extension is `extension` (without the dot, any case), sorted by
/// name. A missing folder is empty.
#[must_use]
pub fn files_with_extension(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
                && path.is_file()
        })
        .collect();
    files.sort();
    files
}

/// A path with the home folder shortened to `~`, for people.
#[must_use]
pub fn for_people(path: &Path) -> String {
    let home =
        std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
    match home
        .as_deref()
        .filter(|home| home.components().count() > 1)
        .and_then(|home| path.strip_prefix(home).ok())
    {
        Some(rest) => Path::new("~").join(rest).display().to_string(),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_file_names() {
        assert_eq!(safe_file_name("Kick / Piano: 2"), "Kick _ Piano_ 2");
        assert_eq!(safe_file_name("  .. "), "Unnamed");
        assert_eq!(safe_file_name("Ümlaut"), "Ümlaut");
    }
}
