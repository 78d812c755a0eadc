//! `cargo xtask bundle`: the files that hosts load, laid out as each system wants them.
//!
//! One call of cargo builds the libraries and every program that the command needs, so that no
//! crate is compiled twice. Only the standalone programs that ship have a call of their own: their
//! feature would otherwise end up inside the plugins. The libraries are copied between the calls
//! because both write the same file.

use crate::project::{Plugin, Project};
use crate::{demo, moduleinfo, run, system};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `cargo xtask bundle` is told.
#[derive(clap::Args)]
pub struct Options {
    /// Optimised and stripped, as it ships; without it, a debug bundle that aborts on an allocation
    /// in `process`
    #[arg(long)]
    release: bool,
    /// Leave the standalone programs out (they need the headers of ALSA and JACK)
    #[arg(long)]
    no_standalone: bool,
}

/// Runs the command and hands back the folder of the bundles.
pub fn run(project: &Project, options: &Options) -> Result<PathBuf> {
    let build = if options.release { Build::Release } else { Build::Debug };
    let folder = libraries(project, build, &[])?;
    if !options.no_standalone {
        system::ensure(&[system::Need::Audio])?;
        standalones(project, build)?;
    }
    println!("The bundles are in {}", folder.display());
    Ok(folder)
}

/// How things are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// As it ships.
    Release,
    /// With debug assertions.
    Debug,
    /// With debug assertions, every program and the features of the whole workspace, as the tests
    /// are: nothing is compiled twice.
    Tests,
}

impl Build {
    /// Whether this is what ships.
    pub fn is_release(self) -> bool {
        self == Build::Release
    }
}

/// The package of the hosts, which are written for Linux.
pub const HOSTS: &[&str] = if cfg!(target_os = "linux") { &["nfx-tests"] } else { &[] };

/// Leaves the hosts out of a whole workspace where they cannot be compiled.
pub fn without_hosts() -> &'static [&'static str] {
    if HOSTS.is_empty() { &["--exclude", "nfx-tests"] } else { &[] }
}

/// Builds the libraries, and `programs` with them, and lays out the CLAP and VST3 bundles.
///
/// # Errors
/// When cargo fails or a file cannot be written.
pub fn libraries(project: &Project, build: Build, programs: &[String]) -> Result<PathBuf> {
    if HOSTS.is_empty() && programs.iter().any(|program| program == demo::HOST) {
        bail!("the plugins were to be played by {}, which runs on Linux only", demo::HOST);
    }
    let release = build.is_release();
    run::heading(&format!("bundles: CLAP and VST3, {}", if release { "release" } else { "debug" }));
    let mut cargo = run::cargo();
    cargo.args(["build", "--locked", "--lib"]);
    if build == Build::Tests {
        cargo
            .args(["--workspace", "--bins", "--examples"])
            .args(without_hosts())
            .args(standalone_features(project));
    } else {
        // The same packages whatever is built of them: a package more would change features, and
        // compile crates anew.
        for package in project
            .plugins
            .iter()
            .map(|plugin| plugin.package.as_str())
            .chain(HOSTS.iter().copied())
        {
            cargo.args(["-p", package]);
        }
        for program in programs {
            cargo.args(["--bin", program]);
        }
    }
    if release {
        cargo.arg("--release");
    }
    run::check(&mut cargo)?;
    let folder = project.bundles(release);
    for plugin in &project.plugins {
        let library = built(project, release).join(library_file(&plugin.library(), Os::HERE));
        for file in [
            clap_path(&plugin.name, Os::HERE),
            vst3_path(&plugin.name, Os::HERE, std::env::consts::ARCH)?,
        ] {
            place(&library, &folder.join(&file))?;
            if file.starts_with(vst3_folder(&plugin.name)) {
                moduleinfo::write(&folder.join(vst3_folder(&plugin.name)), plugin)?;
            }
            finish_mac_bundle(&folder, &file, plugin, "BNDL")?;
        }
    }
    Ok(folder)
}

/// Builds the standalone programs and puts them beside the bundles.
///
/// # Errors
/// When cargo fails or a file cannot be written.
pub fn standalones(project: &Project, build: Build) -> Result<()> {
    run::heading("standalone programs");
    let release = build.is_release();
    // The tests' have been built with everything else.
    if build != Build::Tests {
        let mut cargo = run::cargo();
        cargo.args(["build", "--locked"]).args(standalone_features(project));
        for package in HOSTS {
            cargo.args(["-p", package]);
        }
        for plugin in &project.plugins {
            cargo.args(["-p", &plugin.package, "--bin", &plugin.package]);
        }
        if release {
            cargo.arg("--release");
        }
        run::check(&mut cargo)?;
    }
    let folder = project.bundles(release);
    for plugin in &project.plugins {
        let file = standalone_path(&plugin.name, Os::HERE);
        place(&program_path(project, build, &plugin.package), &folder.join(&file))?;
        finish_mac_bundle(&folder, &file, plugin, "APPL")?;
    }
    Ok(())
}

/// The features with which the plugins' packages hold standalone programs, as arguments for cargo.
pub fn standalone_features(project: &Project) -> Vec<String> {
    let features: Vec<String> =
        project.plugins.iter().map(|plugin| format!("{}/standalone", plugin.package)).collect();
    vec!["--features".to_owned(), features.join(",")]
}

/// A program that was built.
pub fn program(project: &Project, build: Build, name: &str) -> Command {
    Command::new(program_path(project, build, name))
}

/// The path of a program that was built.
pub fn program_path(project: &Project, build: Build, name: &str) -> PathBuf {
    built(project, build.is_release()).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The systems whose bundles look different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Os {
    /// Linux and its relatives.
    Linux,
    /// Bundles are folders with an Info.plist.
    Mac,
    /// Plain files for CLAP, a folder for VST3.
    Windows,
}

impl Os {
    /// The system that this program was compiled for.
    pub const HERE: Os = if cfg!(target_os = "macos") {
        Os::Mac
    } else if cfg!(windows) {
        Os::Windows
    } else {
        Os::Linux
    };
}

fn built(project: &Project, release: bool) -> PathBuf {
    project.target.join(if release { "release" } else { "debug" })
}

fn library_file(name: &str, os: Os) -> String {
    match os {
        Os::Linux => format!("lib{name}.so"),
        Os::Mac => format!("lib{name}.dylib"),
        Os::Windows => format!("{name}.dll"),
    }
}

/// The library's place in a CLAP bundle, relative to the folder of bundles.
pub fn clap_path(name: &str, os: Os) -> PathBuf {
    match os {
        Os::Mac => format!("{name}.clap/Contents/MacOS/{name}").into(),
        Os::Linux | Os::Windows => format!("{name}.clap").into(),
    }
}

/// The library's place in a VST3 bundle, relative to the folder of bundles.
///
/// # Errors
/// For a processor that VST3 has no folder name for.
pub fn vst3_path(name: &str, os: Os, arch: &str) -> Result<PathBuf> {
    let inner = match (os, arch) {
        (Os::Mac, _) => format!("MacOS/{name}"),
        (Os::Linux, "x86_64" | "aarch64" | "riscv64") => format!("{arch}-linux/{name}.so"),
        (Os::Linux, "x86") => format!("i386-linux/{name}.so"),
        (Os::Windows, "x86_64") => format!("x86_64-win/{name}.vst3"),
        (Os::Windows, "x86") => format!("x86-win/{name}.vst3"),
        (Os::Windows, "aarch64") => format!("arm64-win/{name}.vst3"),
        _ => {
            bail!("VST3 bundles have no folder for processor {arch}; x86_64 and aarch64 are known")
        }
    };
    Ok(vst3_folder(name).join("Contents").join(inner))
}

/// The VST3 bundle itself, relative to the folder of bundles.
fn vst3_folder(name: &str) -> PathBuf {
    format!("{name}.vst3").into()
}

/// The standalone program's place.
pub fn standalone_path(name: &str, os: Os) -> PathBuf {
    match os {
        Os::Linux => name.into(),
        Os::Mac => format!("{name}.app/Contents/MacOS/{name}").into(),
        Os::Windows => format!("{name}.exe").into(),
    }
}

/// Copies a file beside its target and renames it there, so that a host never sees half of it.
///
/// # Errors
/// When the source is missing or the target cannot be written.
pub fn place(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().context("a bundle file needs a folder")?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    let partial = to.with_extension("partial");
    std::fs::copy(from, &partial)
        .with_context(|| format!("{} cannot be copied to {}", from.display(), partial.display()))?;
    std::fs::rename(&partial, to)
        .with_context(|| format!("{} cannot be put in place", to.display()))
}

/// On macOS, writes Info.plist and PkgInfo and signs the bundle ad hoc; elsewhere nothing.
fn finish_mac_bundle(folder: &Path, file: &Path, plugin: &Plugin, kind: &str) -> Result<()> {
    if Os::HERE != Os::Mac {
        return Ok(());
    }
    let bundle = folder.join(file.components().next().context("a bundle needs a name")?);
    std::fs::write(bundle.join("Contents/PkgInfo"), format!("{kind}????"))?;
    std::fs::write(bundle.join("Contents/Info.plist"), info_plist(plugin, kind))?;
    if !run::succeeds("codesign", &["-f", "-s", "-", &bundle.to_string_lossy()]) {
        eprintln!(
            "warning: {} could not be signed; a host on an Apple processor may refuse it",
            bundle.display()
        );
    }
    Ok(())
}

fn info_plist(plugin: &Plugin, kind: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let keys = [
        ("CFBundleExecutable", plugin.name.as_str()),
        ("CFBundleIdentifier", &format!("works.latent.{}", plugin.package)),
        ("CFBundleName", &plugin.name),
        ("CFBundleDisplayName", &plugin.name),
        ("CFBundlePackageType", kind),
        ("CFBundleSignature", "????"),
        ("CFBundleShortVersionString", version),
        ("CFBundleVersion", version),
    ];
    let body: String = keys
        .iter()
        .map(|(key, value)| format!("    <key>{key}</key>\n    <string>{value}</string>\n"))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n  <dict>\n{body}    \
         <key>NSHighResolutionCapable</key>\n    <true/>\n  </dict>\n</plist>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_lie_as_the_formats_say() {
        assert_eq!(clap_path("ANNe", Os::Linux), Path::new("ANNe.clap"));
        assert_eq!(clap_path("ANNe", Os::Mac), Path::new("ANNe.clap/Contents/MacOS/ANNe"));
        assert_eq!(
            vst3_path("ANNe", Os::Linux, "x86_64").unwrap(),
            Path::new("ANNe.vst3/Contents/x86_64-linux/ANNe.so")
        );
        assert_eq!(
            vst3_path("ANNe", Os::Windows, "x86_64").unwrap(),
            Path::new("ANNe.vst3/Contents/x86_64-win/ANNe.vst3")
        );
        assert_eq!(
            vst3_path("ANNe", Os::Mac, "aarch64").unwrap(),
            Path::new("ANNe.vst3/Contents/MacOS/ANNe")
        );
        assert!(vst3_path("ANNe", Os::Linux, "vax").is_err());
    }

    #[test]
    fn the_plist_names_program_and_kind() {
        let plist = info_plist(&Plugin { package: "anne-fx".into(), name: "ANNe".into() }, "BNDL");
        assert!(
            plist.contains("<string>works.latent.anne-fx</string>")
                && plist.contains("<string>BNDL</string>")
        );
    }

    #[test]
    fn a_missing_source_leaves_the_old_file() {
        let folder = std::env::temp_dir().join(format!("xtask-place-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let target = folder.join("target");
        std::fs::write(&target, "old").unwrap();
        assert!(place(&folder.join("missing"), &target).is_err());
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "old");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
