//! `cargo xtask dist`: the archive that a musician downloads. Linux alone so far.

use crate::bundle::{self, Build, Os};
use crate::project::Project;
use crate::{demo, install, run, system};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

mod licences;
mod trial;

/// What `cargo xtask dist` is told.
#[derive(clap::Args)]
pub struct Options {
    /// Build the trainer without its GPU part
    #[arg(long)]
    no_gpu: bool,
    /// Only make the archive: do not unpack, install and play it
    #[arg(long)]
    no_trial: bool,
}

/// Builds everything that ships, makes the archive in `target/dist` and tries it.
///
/// # Errors
/// When something cannot be built, written or played, or this is no Linux.
pub fn run(project: &Project, options: &Options) -> Result<()> {
    if Os::HERE != Os::Linux {
        bail!("an archive is made on Linux only; `cargo xtask install` installs from the sources");
    }
    system::ensure(&[system::Need::Audio])?;
    let mut programs = install::presets_names(project);
    programs.push(demo::HOST.to_owned());
    bundle::libraries(project, Build::Release, &programs)?;
    bundle::standalones(project, Build::Release)?;
    let trainer = install::build_trainer(project, options.no_gpu)?;
    let archive =
        make(project, Build::Release, &Trainer { program: trainer, no_gpu: options.no_gpu })?;
    if options.no_trial { Ok(()) } else { try_out(project, Build::Release, &archive) }
}

/// The archive of what the tests have built, made and tried like the one that ships.
///
/// # Errors
/// When something cannot be written or played.
pub fn of_tests(project: &Project) -> Result<()> {
    let program = bundle::program_path(project, Build::Tests, "nfx-train");
    let archive = make(project, Build::Tests, &Trainer { program, no_gpu: true })?;
    try_out(project, Build::Tests, &archive)
}

/// The trainer that goes into an archive.
struct Trainer {
    program: PathBuf,
    no_gpu: bool,
}

fn name(build: Build) -> String {
    let kind = if build.is_release() { "" } else { "-debug" };
    format!("latent-works-{}-linux-{}{kind}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH)
}

/// Gathers what has been built into one file.
fn make(project: &Project, build: Build, trainer: &Trainer) -> Result<PathBuf> {
    run::heading("the archive");
    let folder = project.target.join("dist").join(name(build));
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("the older {} stays", folder.display()))?;
    }
    for plugin in &project.plugins {
        install::write_presets(project, plugin, &folder.join("presets").join(&plugin.name), build)?;
    }
    gather(project, &project.bundles(build.is_release()), &trainer.program, &folder)?;
    papers(project, &folder, trainer.no_gpu)?;
    let archive = pack(project, &folder, build)?;
    println!("{} ({:.1} MB)", archive.display(), archive.metadata()?.len() as f64 / 1e6);
    Ok(archive)
}

fn try_out(project: &Project, build: Build, archive: &Path) -> Result<()> {
    let host = bundle::program(project, build, demo::HOST);
    trial::run(archive, &name(build), &host, &project.root.join("tests/sounds"))
}

/// Plugins and programs.
fn gather(project: &Project, bundles: &Path, trainer: &Path, folder: &Path) -> Result<()> {
    let (plugins, programs) = (folder.join("plugins"), folder.join("programs"));
    for plugin in &project.plugins {
        install::replace(&bundles.join(format!("{}.clap", plugin.name)), &plugins)?;
        install::replace(&bundles.join(format!("{}.vst3", plugin.name)), &plugins)?;
        let program = bundle::standalone_path(&plugin.name, Os::HERE);
        bundle::place(&bundles.join(&program), &programs.join(&program))?;
    }
    bundle::place(trainer, &programs.join("nfx-train"))
}

/// Installer, README, licences and notices.
fn papers(project: &Project, folder: &Path, no_gpu: bool) -> Result<()> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))
    };
    write("install.sh", include_str!("dist/install.sh"))?;
    let readme = include_str!("dist/README.md")
        .replace("{version}", env!("CARGO_PKG_VERSION"))
        .replace("{arch}", std::env::consts::ARCH)
        .replace("{glibc}", &newest_glibc(&folder.join("programs"))?)
        .replace("{gpu}", if no_gpu { "; this one was built without that part" } else { "" });
    write("README.md", &readme)?;
    for paper in ["LICENSE-MIT", "LICENSE-APACHE", "NOTICES.md"] {
        write(paper, &std::fs::read_to_string(project.root.join(paper))?)?;
    }
    let mut cargo = run::cargo();
    cargo.args(["metadata", "--format-version=1", "--locked", "--filter-platform"]);
    cargo.arg(format!("{}-unknown-linux-gnu", std::env::consts::ARCH));
    if !no_gpu {
        cargo.args(["--features", "nfx-train/gpu"]);
    }
    cargo.args(bundle::standalone_features(project));
    let metadata =
        serde_json::from_str(&run::output(&mut cargo)?).context("cargo metadata is not JSON")?;
    let mut roots: Vec<String> =
        project.plugins.iter().map(|plugin| plugin.package.clone()).collect();
    roots.push("nfx-train".to_owned());
    write("THIRD-PARTY.txt", &licences::text(&metadata, &roots)?)
}

/// The newest version of glibc that a program in `folder` asks for: they name the versions of the
/// functions that they call.
fn newest_glibc(folder: &Path) -> Result<String> {
    const MARK: &[u8] = b"GLIBC_2.";
    let mut newest = 0;
    for entry in folder.read_dir()? {
        let bytes = std::fs::read(entry?.path())?;
        for at in bytes
            .windows(MARK.len())
            .enumerate()
            .filter(|(_, window)| *window == MARK)
            .map(|(at, _)| at)
        {
            let digits = bytes[at + MARK.len()..].iter().take_while(|byte| byte.is_ascii_digit());
            let minor = digits
                .fold(0u32, |number, digit| number.saturating_mul(10) + u32::from(digit - b'0'));
            newest = newest.max(minor);
        }
    }
    Ok(format!("2.{newest}"))
}

/// One file of all, the same for the same content: names in order, no owner, the time of the last
/// commit.
fn pack(project: &Project, folder: &Path, build: Build) -> Result<PathBuf> {
    let name = name(build);
    let archive = folder.with_file_name(format!("{name}.tar.gz"));
    // Debug symbols are large, and nobody downloads them.
    let gzip = if build.is_release() { "gzip -9n" } else { "gzip -1n" };
    let time = run::output(Command::new("git").args(["log", "-1", "--format=%ct"]))
        .unwrap_or_else(|_| "0".to_owned());
    let mut tar = Command::new("tar");
    tar.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=go-w"])
        .arg(format!("--mtime=@{}", time.trim()))
        .arg("-C")
        .arg(project.target.join("dist"))
        .args(["--use-compress-program", gzip, "-cf"])
        .args([archive.as_os_str(), name.as_ref()]);
    run::check(&mut tar)?;
    Ok(archive)
}
