//! `cargo xtask install`: bundles, presets and the trainer, where hosts and the shell look for
//! them.

use crate::bundle::{self, Build, Os};
use crate::project::{Plugin, Project};
use crate::run;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `cargo xtask install` is told.
#[derive(clap::Args)]
pub struct Options {
    /// Install the trainer without its GPU part: minutes less to build, and it trains on the CPU
    /// only
    #[arg(long)]
    no_gpu: bool,
    /// Leave the trainer out
    #[arg(long)]
    no_trainer: bool,
    /// Leave the standalone programs out
    #[arg(long)]
    no_standalone: bool,
    /// A folder to use in place of the home folder
    #[arg(long, value_name = "FOLDER")]
    home: Option<PathBuf>,
}

/// Where things go below a home folder.
#[derive(Debug, PartialEq, Eq)]
struct Places {
    clap: PathBuf,
    vst3: PathBuf,
    vst3_presets: PathBuf,
    programs: PathBuf,
}

impl Places {
    fn new(home: &Path, os: Os) -> Self {
        let under = |path: &str| home.join(path);
        match os {
            Os::Linux => Self {
                clap: under(".clap"),
                vst3: under(".vst3"),
                vst3_presets: under(".vst3/presets"),
                programs: under(".local/bin"),
            },
            Os::Mac => Self {
                clap: under("Library/Audio/Plug-Ins/CLAP"),
                vst3: under("Library/Audio/Plug-Ins/VST3"),
                vst3_presets: under("Library/Audio/Presets"),
                programs: under(".local/bin"),
            },
            Os::Windows => Self {
                clap: under("AppData/Local/Programs/Common/CLAP"),
                vst3: under("AppData/Local/Programs/Common/VST3"),
                vst3_presets: under("Documents/VST3 Presets"),
                programs: under("AppData/Local/Programs/Latent Works"),
            },
        }
    }
}

/// Runs the command.
pub fn run(project: &Project, options: &Options) -> Result<()> {
    let home = options
        .home
        .clone()
        .or_else(std::env::home_dir)
        .context("the home folder is not known; give --home FOLDER")?;
    let places = Places::new(&std::path::absolute(home)?, Os::HERE);
    let bundled = bundle::libraries(project, Build::Release, &presets_names(project))?;
    if !options.no_standalone {
        crate::system::ensure(&[crate::system::Need::Audio])?;
        bundle::standalones(project, Build::Release)?;
    }
    run::heading("installing");
    for plugin in &project.plugins {
        replace(&bundled.join(format!("{}.clap", plugin.name)), &places.clap)?;
        replace(&bundled.join(format!("{}.vst3", plugin.name)), &places.vst3)?;
        if !options.no_standalone {
            install_standalone(&bundled, &plugin.name, &places)?;
        }
    }
    install_presets(project, &places)?;
    if !options.no_trainer {
        install_trainer(project, options.no_gpu, &places)?;
    }
    Ok(())
}

/// The factory presets as `.vstpreset` files, in `VENDOR/PLUGIN/` below the folder in which VST3
/// hosts look.
fn install_presets(project: &Project, places: &Places) -> Result<()> {
    for plugin in &project.plugins {
        let folder = places.vst3_presets.join("Latent Works").join(&plugin.name);
        write_presets(project, plugin, &folder, Build::Release)?;
        println!("presets: {}", folder.display());
    }
    Ok(())
}

/// The name of the program that writes a plugin's factory presets: `anne-presets` for ANNe.
pub fn presets_name(plugin: &Plugin) -> String {
    format!("{}-presets", plugin.name.to_lowercase().replace(' ', "-"))
}

/// Those of all plugins.
pub fn presets_names(project: &Project) -> Vec<String> {
    project.plugins.iter().map(presets_name).collect()
}

/// Runs the program that writes a plugin's factory presets into a folder; it has been built.
///
/// # Errors
/// When it cannot be started or fails.
pub fn write_presets(
    project: &Project,
    plugin: &Plugin,
    folder: &Path,
    build: Build,
) -> Result<()> {
    run::check(&mut presets_program(project, plugin, folder, build)?)
}

/// What a plugin's *Randomise* draws, as presets for the tests, in a folder. Only ANNe's program
/// knows how.
///
/// # Errors
/// As for [`write_presets`].
pub fn write_chance(project: &Project, folder: &Path, build: Build) -> Result<()> {
    let plugin = project
        .plugins
        .iter()
        .find(|plugin| plugin.name == "ANNe")
        .context("there is no plugin ANNe")?;
    run::check(presets_program(project, plugin, folder, build)?.arg("--chance"))
}

/// The program that writes a plugin's presets, told a folder, which is made.
fn presets_program(
    project: &Project,
    plugin: &Plugin,
    folder: &Path,
    build: Build,
) -> Result<Command> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    let mut command = bundle::program(project, build, &presets_name(plugin));
    command.arg(folder);
    Ok(command)
}

/// Builds `nfx-train` and returns its path. It has a target folder of its own because the GPU's
/// feature recompiles burn.
///
/// # Errors
/// When cargo fails.
pub fn build_trainer(project: &Project, no_gpu: bool) -> Result<PathBuf> {
    run::heading(if no_gpu {
        "the trainer, without its GPU part"
    } else {
        "the trainer, with its GPU part"
    });
    let target = project.target.join("trainer");
    let mut cargo = run::cargo();
    cargo
        .args([
            "build",
            "--release",
            "--locked",
            "-p",
            "nfx-train",
            "--bin",
            "nfx-train",
            "--target-dir",
        ])
        .arg(&target);
    if !no_gpu {
        cargo.args(["--features", "nfx-train/gpu"]);
    }
    run::check(&mut cargo)?;
    Ok(target.join("release").join(format!("nfx-train{}", std::env::consts::EXE_SUFFIX)))
}

fn install_trainer(project: &Project, no_gpu: bool, places: &Places) -> Result<()> {
    let built = build_trainer(project, no_gpu)?;
    let installed = places.programs.join(format!("nfx-train{}", std::env::consts::EXE_SUFFIX));
    bundle::place(&built, &installed)?;
    println!("trainer: {}", installed.display());
    if !std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder == places.programs))
    {
        println!(
            "  {} is not in PATH; add it to call nfx-train by its name",
            places.programs.display()
        );
    }
    Ok(())
}

fn install_standalone(bundled: &Path, name: &str, places: &Places) -> Result<()> {
    let file = bundle::standalone_path(name, Os::HERE);
    if Os::HERE == Os::Mac {
        return replace(&bundled.join(format!("{name}.app")), &places.programs);
    }
    let installed = places.programs.join(&file);
    bundle::place(&bundled.join(&file), &installed)?;
    println!("standalone: {}", installed.display());
    Ok(())
}

/// Puts a file or folder into a folder, in place of an older one of that name.
///
/// # Errors
/// When a file cannot be written.
pub fn replace(from: &Path, folder: &Path) -> Result<()> {
    let to = folder.join(from.file_name().context("a bundle needs a name")?);
    if from.is_file() {
        bundle::place(from, &to)?;
    } else {
        let partial = to.with_extension("partial");
        if partial.exists() {
            std::fs::remove_dir_all(&partial)?;
        }
        copy_folder(from, &partial)?;
        if to.exists() {
            std::fs::remove_dir_all(&to)
                .with_context(|| format!("the older {} cannot be removed", to.display()))?;
        }
        std::fs::rename(&partial, &to)
            .with_context(|| format!("{} cannot be put in place", to.display()))?;
    }
    println!("plugin: {}", to.display());
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("{} cannot be made", to.display()))?;
    for entry in from.read_dir().with_context(|| format!("{} cannot be listed", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)
                .with_context(|| format!("{} cannot be written", target.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_formats() {
        let linux = Places::new(Path::new("/h"), Os::Linux);
        assert_eq!(
            (linux.clap, linux.vst3),
            (PathBuf::from("/h/.clap"), PathBuf::from("/h/.vst3"))
        );
        let mac = Places::new(Path::new("/h"), Os::Mac);
        assert_eq!(mac.clap, Path::new("/h/Library/Audio/Plug-Ins/CLAP"));
    }

    #[test]
    fn a_newer_bundle_replaces_the_older_one_whole() {
        let root = std::env::temp_dir().join(format!("xtask-install-{}", std::process::id()));
        let (from, to) = (root.join("new/X.vst3"), root.join("installed"));
        std::fs::create_dir_all(from.join("Contents")).unwrap();
        std::fs::write(from.join("Contents/new"), "new").unwrap();
        std::fs::create_dir_all(to.join("X.vst3")).unwrap();
        std::fs::write(to.join("X.vst3/old"), "old").unwrap();
        replace(&from, &to).unwrap();
        assert!(to.join("X.vst3/Contents/new").exists() && !to.join("X.vst3/old").exists());
        assert!(!to.join("X.partial").exists());
        std::fs::remove_dir_all(&root).unwrap();
    }
}
