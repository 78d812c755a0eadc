//! `cargo xtask shots`: pictures of the editors in each of their states.

use crate::project::Project;
use crate::run;
use anyhow::Result;

/// What `cargo xtask shots` is told.
#[derive(clap::Args)]
pub struct Options {
    /// Where the pictures go, in place of target/shots
    #[arg(long, value_name = "FOLDER")]
    out: Option<std::path::PathBuf>,
}

/// Lets each plugin draw its editor in each state, at 1x and 2x, without a display.
///
/// # Errors
/// When a plugin cannot be built or drawn.
pub fn run(project: &Project, options: &Options) -> Result<()> {
    let out = options.out.clone().unwrap_or_else(|| project.target.join("shots"));
    std::fs::create_dir_all(&out)?;
    for plugin in &project.plugins {
        run::heading(&format!("pictures of {}", plugin.name));
        let mut cargo = run::cargo();
        let example = format!("{}-shots", plugin.package);
        cargo
            .args(["run", "--quiet", "-p", &plugin.package, "--example", &example, "--"])
            .arg(&out);
        run::check(&mut cargo)?;
    }
    println!("The pictures are in {}", out.display());
    Ok(())
}
