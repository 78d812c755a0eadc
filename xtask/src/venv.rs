//! The Python environment of the tests and the benchmark: hosts and peers from PyPI, never part of
//! what ships.

use crate::{project::Project, run, system};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

/// The interpreter of the environment.
fn interpreter(project: &Project) -> PathBuf {
    let venv = project.target.join("venv");
    if cfg!(windows) { venv.join("Scripts/python.exe") } else { venv.join("bin/python") }
}

/// Makes `target/venv` if needed, with the packages of a requirements file in it, and hands back
/// its interpreter.
///
/// Nothing is done when the environment already holds that very list.
///
/// # Errors
/// When Python is missing or pip fails.
pub fn ensure(project: &Project, requirements: &str) -> Result<PathBuf> {
    system::ensure(&[system::Need::Python])?;
    let python = interpreter(project);
    let list = project.root.join("tests/python").join(requirements);
    let wanted = std::fs::read_to_string(&list)
        .with_context(|| format!("{} cannot be read", list.display()))?;
    let stamp = project.target.join("venv").join(format!("{requirements}.installed"));
    if python.exists() && std::fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(python);
    }
    run::heading(&format!("Python environment: {requirements}"));
    if !run::succeeds(&python.to_string_lossy(), &["-m", "pip", "--version"]) {
        run::check(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(project.target.join("venv")),
        )?;
    }
    run::check(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(&list),
    )?;
    std::fs::write(&stamp, wanted)
        .with_context(|| format!("{} cannot be written", stamp.display()))?;
    Ok(python)
}
