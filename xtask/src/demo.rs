//! `cargo xtask demo`: the plugins play a drum loop, a chord, a melody and a phrase in a host without a window.

use crate::bundle::Build;
use crate::project::Project;
use crate::{bundle, run, system};
use anyhow::Result;

/// Makes release bundles, then lets `nfx-host` render and draw into `target/demo`.
///
/// # Errors
/// When something cannot be installed, built or played.
pub fn run(project: &Project) -> Result<()> {
    system::ensure(&[system::Need::Audio])?;
    let bundles = bundle::libraries(project, Build::Release)?;
    bundle::standalones(project, Build::Release)?;
    let out = project.target.join("demo");
    run::heading("playing the plugins");
    let mut host = host();
    host.args(["demo", "--sounds", "tests/sounds", "--out"]).arg(&out).arg("--bundles").arg(&bundles);
    run::check(&mut host)?;
    println!("\nListen to and look at {}", out.display());
    Ok(())
}

/// `nfx-host`, the worker that loads the built bundles.
pub fn host() -> std::process::Command {
    let mut cargo = run::cargo();
    cargo.args(["run", "--quiet", "-p", "nfx-tests", "--bin", "nfx-host", "--"]);
    cargo
}
