//! Files that are there whole or not at all.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use nfx_core::file::Precision;
use nfx_core::models::ModelFile;

pub use nfx_audio::files::UNFINISHED;

/// What is written where sound is written, for [`can_write`].
pub const WAV: (&str, &[&str]) = ("a WAV file", &["wav", "wave"]);

/// That a file of a kind can be written under this name: `kind` in words and the endings that say
/// so. Asked before the work begins. A name without an ending is taken as it is.
///
/// # Errors
/// When the name's ending says another kind, or the name is a folder's.
pub fn can_write(path: &Path, kind: (&str, &[&str])) -> Result<()> {
    let (what, endings) = kind;
    ensure!(
        !path.is_dir(),
        "expected a name for {what} to write, found the folder {}",
        path.display()
    );
    if let Some(ending) = path.extension()
        && !endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
    {
        bail!(
            "expected a name that ends in .{} ({what} is what can be written), found {}; nothing was written",
            endings[0],
            path.display()
        );
    }
    Ok(())
}

/// Writes a model file whose card was changed, with its weights as they are, in the precision that
/// they have.
///
/// # Errors
/// When it cannot be written.
pub fn write_model(path: &Path, file: &ModelFile) -> Result<()> {
    let written = [Precision::F16, Precision::F32].into_iter().find_map(|precision| {
        let bytes = file.to_bytes(precision).ok()?;
        (ModelFile::from_bytes(&bytes).ok()? == *file).then_some(bytes)
    });
    let bytes = written.context("the file could not be written without a change of its weights")?;
    write_atomic(path, &bytes)
}

/// The bytes of a file that is expected to be `what`.
///
/// # Errors
/// When it is a folder, or cannot be read.
pub fn read_named(path: &Path, what: &str) -> Result<Vec<u8>> {
    ensure!(!path.is_dir(), "expected {what} at {}, found a folder", path.display());
    ensure!(path.exists(), "expected {what} at {}, but there is no such file", path.display());
    std::fs::read(path).with_context(|| format!("expected {what} at {}", path.display()))
}

/// Writes a file beside its target, on the disk for certain, and renames it: whenever the process
/// ends, the target holds either the old bytes or the new ones.
///
/// # Errors
/// When the folder cannot be written to; the target is then as it was.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    nfx_audio::files::write_atomically(path, bytes).with_context(|| {
        format!("{} could not be written; whatever was there before is unchanged", path.display())
    })
}
