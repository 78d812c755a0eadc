//! Finding what was built: bundles, programs and models.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The workspace's root folder.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// Cargo's target folder, as cargo itself says.
///
/// # Errors
/// When cargo cannot be asked.
pub fn target() -> Result<PathBuf> {
    static TARGET: OnceLock<Option<PathBuf>> = OnceLock::new();
    TARGET
        .get_or_init(ask_cargo)
        .clone()
        .context("`cargo metadata` did not say where the target folder is")
}

fn ask_cargo() -> Option<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = root().join("Cargo.toml");
    let out = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--manifest-path"])
        .arg(manifest)
        .output()
        .ok()?;
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).ok()?;
    Some(metadata["target_directory"].as_str()?.into())
}

/// The folder of the release bundles: `NFX_BUNDLES`, else `bundled` in the target folder.
///
/// # Errors
/// When cargo cannot be asked.
pub fn folder() -> Result<PathBuf> {
    match std::env::var_os("NFX_BUNDLES") {
        Some(folder) => Ok(folder.into()),
        None => Ok(target()?.join("bundled")),
    }
}

/// The folder of the debug bundles: `NFX_DEBUG_BUNDLES`, else `bundled-debug` in the target folder.
///
/// # Errors
/// When cargo cannot be asked.
pub fn debug_folder() -> Result<PathBuf> {
    match std::env::var_os("NFX_DEBUG_BUNDLES") {
        Some(folder) => Ok(folder.into()),
        None => Ok(target()?.join("bundled-debug")),
    }
}

/// A bundle in a folder.
///
/// # Errors
/// When it is not there; the message names the command that makes it.
pub fn find(folder: &Path, file: &str) -> Result<PathBuf> {
    let path = folder.join(file);
    if !path.exists() {
        bail!(
            "{} was expected but is not there; `cargo xtask bundle --release` (debug: `cargo xtask bundle`) makes it",
            path.display()
        );
    }
    Ok(path)
}

/// The release CLAP bundle of a plugin, by the name that a musician sees.
///
/// # Errors
/// When it has not been made.
pub fn clap(name: &str) -> Result<PathBuf> {
    find(&folder()?, &format!("{name}.clap"))
}

/// A program of the workspace, of the same profile as the program that runs now.
///
/// # Errors
/// When it has not been built; the message names the command that builds it.
pub fn program(name: &str) -> Result<PathBuf> {
    let here = std::env::current_exe().context("this program does not know its own path")?;
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let found = here
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file());
    found.with_context(|| {
        format!(
            "{file} was expected beside {}; `cargo build --workspace` builds it",
            here.display()
        )
    })
}

/// A small C file of `tests/native` as a shared library, compiled when it is missing or older than
/// its source.
///
/// # Errors
/// When there is no C compiler, or it fails.
pub fn native(name: &str) -> Result<PathBuf> {
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("native").join(format!("{name}.c"));
    let folder = target()?.join("native");
    std::fs::create_dir_all(&folder)?;
    let library = folder.join(format!("{name}.so"));
    let age = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    if age(&library).is_some_and(|built| age(&source).is_some_and(|written| built > written)) {
        return Ok(library);
    }
    let partial = folder.join(format!("{name}-{}.partial", std::process::id()));
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let status = Command::new(&compiler)
        .args(["-std=gnu11", "-O1", "-Wall", "-Werror", "-fPIC", "-shared", "-pthread", "-o"])
        .arg(&partial)
        .arg(&source)
        .arg("-ldl")
        .status()
        .with_context(|| format!("the C compiler {} could not be started", compiler.display()))?;
    if !status.success() {
        bail!(
            "{} was expected to compile, but the C compiler ended with {status}",
            source.display()
        );
    }
    std::fs::rename(&partial, &library)?;
    Ok(library)
}

/// The folder of a plugin's factory presets as the test command had them written: in `NFX_PRESETS`,
/// else in `vstpresets` of the target folder.
///
/// # Errors
/// When it has not been made.
pub fn presets(name: &str) -> Result<PathBuf> {
    let folder = match std::env::var_os("NFX_PRESETS") {
        Some(folder) => PathBuf::from(folder),
        None => target()?.join("vstpresets"),
    };
    anyhow::ensure!(
        folder.is_dir(),
        "{} was expected to hold the factory presets; `cargo xtask test` writes them",
        folder.display()
    );
    Ok(folder.join(name))
}

/// Checks the frame of a `.vstpreset` file of a class.
///
/// # Errors
/// When the file is not what the format says.
pub fn check_vst_preset(file: &Path, class_id: &[u8; 16]) -> Result<()> {
    let bytes = std::fs::read(file)?;
    let class: String = class_id.iter().map(|byte| format!("{byte:02X}")).collect();
    let list = bytes
        .get(40..48)
        .and_then(|at| at.try_into().ok())
        .map_or(usize::MAX, |at| u64::from_le_bytes(at) as usize);
    let is_at = |at: usize, what: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(what));
    let good = is_at(0, b"VST3") && is_at(8, class.as_bytes()) && is_at(list, b"List");
    anyhow::ensure!(good, "{} was expected to be a preset of class {class}", file.display());
    Ok(())
}

/// Runs a script of `tests/python` on a plugin's VST3 bundle and its presets in pedalboard, and
/// reads the JSON on its last line.
///
/// # Errors
/// When the environment or the bundle is missing, or the script fails.
pub fn in_pedalboard(script: &str, name: &str, presets: &Path) -> Result<serde_json::Value> {
    let python = match std::env::var_os("NFX_PYTHON") {
        Some(python) => PathBuf::from(python),
        None => target()?.join("venv/bin/python"),
    };
    anyhow::ensure!(
        python.exists(),
        "{} was expected; `cargo xtask test` makes the environment with pedalboard in it",
        python.display()
    );
    let bundle = find(&folder()?, &format!("{name}.vst3"))?;
    let out = Command::new(python)
        .arg(root().join("tests/python").join(script))
        .arg(bundle)
        .arg(presets)
        .env_remove("DISPLAY")
        .output()?;
    let text = String::from_utf8_lossy(&out.stdout);
    if !out.status.success() {
        bail!("pedalboard ended with {}:\n{}", out.status, String::from_utf8_lossy(&out.stderr));
    }
    Ok(serde_json::from_str(text.lines().last().unwrap_or_default())?)
}

/// Starts a standalone program without a screen or sound card, waits, and ends it; hands back how
/// it ended if it did so by itself.
///
/// # Errors
/// When it cannot be started.
pub fn ends_within_seconds(
    program: &Path,
    seconds: u64,
) -> Result<Option<std::process::ExitStatus>> {
    use std::process::Stdio;
    let mut child = Command::new(program)
        .args(["--backend", "dummy"])
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("LATENT_WORKS_DATA", std::env::temp_dir().join("latent-works"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    std::thread::sleep(std::time::Duration::from_secs(seconds));
    let ended = child.try_wait()?;
    let _ = child.kill();
    let _ = child.wait();
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_bundle_names_its_command() {
        let error = find(Path::new("/nowhere"), "ANNe.clap").unwrap_err().to_string();
        assert!(error.contains("cargo xtask bundle"), "{error}");
    }

    #[test]
    fn cargo_says_where_things_are_built() {
        assert!(target().unwrap().is_absolute());
        assert!(root().join("bundler.toml").exists());
    }
}
