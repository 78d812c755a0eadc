//! What is in a folder of sounds, before anything is trained on it.

use std::path::{Path, PathBuf};

use crate::trainer::{Check, Verdict};

/// Most files that are looked at one by one.
const MOST_FILES: usize = 20_000;
/// Whole files are kept aside for validation and test, so fewer than this cannot be divided.
const FEWEST_FILES: usize = 3;
/// Less sound than this teaches little.
const LITTLE_SECONDS: f64 = 60.0;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sounds {
    /// Files that can be read.
    pub files: usize,
    /// Their length together, where their headers tell it.
    pub seconds: f64,
    /// What is to be said of them.
    pub checks: Vec<Check>,
}

/// Looks at a folder and those in it: counts, adds up, and says what is wrong. Reads the beginning
/// of each file; not real-time safe.
#[must_use]
pub fn look(folder: &Path) -> Sounds {
    let mut sounds = Sounds::default();
    let mut say = |verdict, text: String| sounds.checks.push(Check { verdict, text });
    if !folder.is_dir() {
        say(Verdict::Bad, format!("There is no folder {}. Choose another.", folder.display()));
        return sounds;
    }
    if folder.to_string_lossy().contains(',') {
        say(
            Verdict::Bad,
            "The folder's path holds a comma, which the trainer takes for the end of it. Rename the folder.".to_owned(),
        );
        return sounds;
    }
    let mut paths = Vec::new();
    collect(folder, &mut paths, 0);
    let (mut seconds, mut unread, mut count) = (0.0, Vec::new(), 0);
    for path in &paths {
        match length(path) {
            Some(length) => {
                seconds += length;
                count += 1;
            }
            None => {
                unread.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned())
            }
        }
    }
    if !unread.is_empty() {
        let more = if unread.len() > 3 {
            format!(" and {} more", unread.len() - 3)
        } else {
            String::new()
        };
        let names = unread.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        say(Verdict::Doubtful, format!("{names}{more} cannot be read and will be passed over."));
    }
    if count < FEWEST_FILES {
        say(
            Verdict::Bad,
            format!(
                "{count} sound files are too few: whole files are kept aside to see what was learned, so at least {FEWEST_FILES} are needed. \
                 WAV, FLAC, MP3, Ogg and AIFF are read, in folders below, too."
            ),
        );
    } else if seconds < LITTLE_SECONDS {
        say(
            Verdict::Doubtful,
            format!(
                "{seconds:.0} s of sound is little to learn from. A few minutes make a better model."
            ),
        );
    } else {
        say(Verdict::Good, "Enough sound, in enough files.".to_owned());
    }
    (sounds.files, sounds.seconds) = (count, seconds);
    sounds
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>, depth: usize) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if found.len() >= MOST_FILES || name.to_string_lossy().starts_with('.') {
            continue;
        }
        // A link to a folder could lead round in a circle.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if depth < 16 {
                collect(&path, found, depth + 1);
            }
        } else if nfx_audio::is_audio_path(&path) {
            found.push(path);
        }
    }
}

/// The length of a sound file in seconds, from its header; 0 when the header does not tell. `None`
/// when it cannot be read.
fn length(path: &Path) -> Option<f64> {
    let facts = nfx_audio::look(path).ok()?;
    Some(facts.frames.unwrap_or(0) as f64 / f64::from(facts.rate_hz))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::Clip;

    #[test]
    fn a_folder_is_counted_and_judged() {
        let folder = tempfile::tempdir().unwrap();
        assert!(look(&folder.path().join("none")).is_refused());
        assert!(look(folder.path()).is_refused());
        let clip = Clip { channels: vec![vec![0.1; 44_100 * 30]], rate_hz: 44_100.0 };
        for name in ["a.wav", "deep/b.wav", "deep/er/c.wav"] {
            clip.write_wav(&folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
        let sounds = look(folder.path());
        assert_eq!(sounds.files, 3);
        assert!((sounds.seconds - 90.0).abs() < 0.1 && !sounds.is_refused(), "{sounds:?}");
        std::fs::write(folder.path().join("broken.wav"), [1, 2, 3]).unwrap();
        let sounds = look(folder.path());
        assert!(
            sounds.checks.iter().any(
                |check| check.verdict == Verdict::Doubtful && check.text.contains("broken.wav")
            )
        );
    }
}
