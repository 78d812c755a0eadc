//! Files that are there whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// How the names of files begin that are still being written.
pub const UNFINISHED: &str = ".writing-";

/// Writes `bytes` to a new file beside `path`, on the disk for certain, and renames it, creating
/// folders as needed: whenever the process ends, `path` holds either the old bytes or the new ones.
///
/// # Errors
/// Whatever the file system says; the old file is untouched then, and nothing is left beside it.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_atomically_with(path, |file| file.write_all(bytes))
}

/// As [`write_atomically`], what is written being more than should lie in memory at once.
///
/// # Errors
/// As [`write_atomically`], or what `write` gives.
pub fn write_atomically_with(
    path: &Path,
    write: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> io::Result<()> {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // Several libraries of one process count for themselves, and a process that was killed may have
    // left a file of this name: the next number is free at some point.
    let (beside, mut file) = loop {
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let beside = folder.join(format!("{UNFINISHED}{}-{number}", std::process::id()));
        match fs::File::create_new(&beside) {
            Ok(file) => break (beside, file),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    };
    let written = write(&mut file).and_then(|()| file.sync_all());
    // Some systems rename no file that is open.
    drop(file);
    let moved = written.and_then(|()| fs::rename(&beside, path));
    if moved.is_err() {
        // The first error is the one worth telling.
        let _ = fs::remove_file(&beside);
    }
    moved
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
    fn the_unfinished_file_of_another_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..64 {
            let name = format!("{UNFINISHED}{}-{number}", std::process::id());
            fs::write(folder.path().join(name), b"theirs").unwrap();
        }
        let path = folder.path().join("preset.json");
        write_atomically(&path, b"ours").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"ours");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 65);
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
}
