//! `cargo xtask demo`: the plugins play a drum loop, a chord, a melody and a phrase in a host
//! without a window.

use crate::bundle::{self, Build};
use crate::project::Project;
use crate::run;
use anyhow::Result;

/// The program that loads the built bundles.
pub const HOST: &str = "nfx-host";

/// Makes release bundles and the host, then lets the host render and draw into `target/demo`.
///
/// # Errors
/// When something cannot be built or played.
pub fn run(project: &Project) -> Result<()> {
    let bundles = bundle::libraries(project, Build::Release, &[HOST.to_owned()])?;
    let out = project.target.join("demo");
    run::heading("playing the plugins");
    let mut host = bundle::program(project, Build::Release, HOST);
    host.args(["demo", "--sounds", "tests/sounds", "--out"])
        .arg(&out)
        .arg("--bundles")
        .arg(&bundles);
    run::check(&mut host)?;
    println!("\nListen to and look at {}", out.display());
    Ok(())
}
