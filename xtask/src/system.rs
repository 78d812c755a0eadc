//! What a fresh machine lacks: looked for by what works, installed with apt-get when root, else
//! said in one line.

use crate::run;
use anyhow::{Result, bail};
use std::path::Path;
use std::process::Command;

/// Something that a command needs from the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// pkg-config and the headers of ALSA and JACK, for the standalone programs.
    Audio,
    /// A Python that can make virtual environments, for the VST3 host and the peers of the
    /// benchmark.
    Python,
    /// A display without a screen, and what a window on it needs: for the editors.
    Display,
    /// The Vulkan loader and Mesa's software device.
    SoftwareVulkan,
}

impl Need {
    /// The Debian packages that are missing for this need; empty when it is met.
    fn missing(self) -> Vec<&'static str> {
        let mut packages = Vec::new();
        let mut want = |met: bool, names: &[&'static str]| {
            if !met {
                packages.extend_from_slice(names);
            }
        };
        match self {
            Need::Audio => {
                want(run::succeeds("pkg-config", &["--version"]), &["pkg-config"]);
                want(run::succeeds("pkg-config", &["--exists", "alsa"]), &["libasound2-dev"]);
                want(run::succeeds("pkg-config", &["--exists", "jack"]), &["libjack-jackd2-dev"]);
            }
            Need::Python => {
                want(
                    run::succeeds("python3", &["-c", "import venv, ensurepip"]),
                    &["python3", "python3-venv"],
                );
            }
            Need::Display => {
                want(on_path("Xvfb"), &["xvfb"]);
                want(library("libGL.so.1"), &["libgl1", "libgl1-mesa-dri"]);
                want(library("libEGL.so.1"), &["libegl1"]);
                want(
                    library("libX11.so.6") && library("libX11-xcb.so.1"),
                    &["libx11-6", "libx11-xcb1"],
                );
                want(library("libXcursor.so.1"), &["libxcursor1"]);
                want(library("libxkbcommon-x11.so.0"), &["libxkbcommon-x11-0"]);
            }
            Need::SoftwareVulkan => {
                want(library("libvulkan.so.1"), &["libvulkan1"]);
                want(has_lavapipe(), &["mesa-vulkan-drivers"]);
            }
        }
        packages
    }
}

/// Makes sure that every need is met: installs what is missing when it may.
///
/// # Errors
/// When something is missing and cannot be installed from here; the message is the line that
/// installs it.
pub fn ensure(needs: &[Need]) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(()); // the other systems bring audio and graphics headers with their compilers
    }
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    if !on_path("apt-get") {
        bail!("these Debian packages, or what your system calls them, are missing: {packages}");
    }
    if !is_root() {
        bail!(
            "system packages are missing; install them with:\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends {packages}"
        );
    }
    run::heading(&format!("installing system packages: {packages}"));
    run::check(
        Command::new("apt-get").args(["update", "-qq"]).env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    run::check(
        Command::new("apt-get")
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(&missing)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    let still = self::missing(needs);
    if !still.is_empty() {
        bail!("apt-get ended well, but these are still not usable: {}", still.join(" "));
    }
    Ok(())
}

fn missing(needs: &[Need]) -> Vec<&'static str> {
    let mut all: Vec<_> = needs.iter().flat_map(|need| need.missing()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether a program of that name lies in a folder of PATH.
pub fn on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.trim_ascii() == b"0")
}

/// Whether the dynamic linker knows a library.
fn library(name: &str) -> bool {
    ["/sbin/ldconfig", "ldconfig"].iter().any(|ldconfig| {
        Command::new(ldconfig).arg("-p").output().is_ok_and(|out| {
            String::from_utf8_lossy(&out.stdout)
                .lines()
                .any(|line| line.trim_start().starts_with(name))
        })
    })
}

fn has_lavapipe() -> bool {
    ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"].iter().any(|folder| {
        Path::new(folder).read_dir().is_ok_and(|entries| {
            entries
                .flatten()
                .any(|entry| entry.file_name().to_string_lossy().starts_with("lvp_icd"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_on_the_path() {
        assert!(on_path(if cfg!(windows) { "cmd.exe" } else { "sh" }));
        assert!(!on_path("no-such-program-anywhere"));
    }

    #[test]
    fn missing_packages_are_listed_once() {
        let twice = missing(&[Need::Audio, Need::Audio, Need::Python]);
        let mut unique = twice.clone();
        unique.dedup();
        assert_eq!(twice, unique);
    }
}
