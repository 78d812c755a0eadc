//! The archive, tried as a musician would: unpacked in an empty home folder, on a PATH without
//! compiler or cargo.

use crate::run;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What the installer and a musician's shell need, and no more.
const TOOLS: [&str; 15] = [
    "sh", "tar", "gzip", "cp", "mv", "rm", "mkdir", "rmdir", "dirname", "basename", "sed", "cat",
    "ls", "env", "uname",
];

/// A home folder with nothing in it, and a PATH with hardly anything.
struct Home {
    folder: PathBuf,
    path: PathBuf,
}

impl Home {
    fn new(folder: &Path) -> Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        let (home, path) = (folder.join("home"), folder.join("bin"));
        std::fs::create_dir_all(&home)?;
        std::fs::create_dir_all(&path)?;
        for tool in TOOLS {
            let places = ["/bin", "/usr/bin"].map(|folder| Path::new(folder).join(tool));
            let found = places.into_iter().find(|place| place.exists());
            let found =
                found.with_context(|| format!("{tool} was expected in /bin or /usr/bin"))?;
            #[cfg(unix)]
            std::os::unix::fs::symlink(found, path.join(tool))?;
            #[cfg(not(unix))]
            drop(found);
        }
        Ok(Self { folder: home, path })
    }

    /// A program that knows nothing of this machine but this home.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", &self.folder)
            .env("PATH", &self.path)
            .current_dir(&self.folder);
        command
    }

    fn shell(&self, line: &str) -> Result<()> {
        run::check(self.command(self.path.join("sh")).args(["-c", line]))
    }
}

/// Unpacks, installs, plays all three plugins with `host`, has the installed trainer make a profile
/// of one of them, and uninstalls.
///
/// # Errors
/// When a step fails, or something is left behind.
pub fn run(archive: &Path, name: &str, host: &Command, sounds: &Path) -> Result<()> {
    run::heading("the archive in an empty home folder, without a compiler");
    let start = Instant::now();
    let home = Home::new(&archive.with_file_name("trial"))?;
    home.shell(&format!("tar -xzf '{}'", archive.display()))?;
    home.shell(&format!("sh '{name}/install.sh'"))?;
    let (clap, programs) = (home.folder.join(".clap"), home.folder.join(".local/bin"));
    let sound = start.elapsed();
    let mut play = home.command(host.get_program());
    play.args(["demo", "--sounds"])
        .arg(sounds)
        .arg("--out")
        .arg(home.folder.join("demo"))
        .arg("--bundles")
        .arg(&clap);
    run::check(&mut play)?;
    let train = |arguments: &[&str]| {
        let mut command = home.command(programs.join("nfx-train"));
        command.args(arguments);
        run::check(&mut command)
    };
    train(&["--version"])?;
    let compressor = clap.join("Effect Profiler.clap");
    train(&[
        "profile",
        "--plugin",
        &compressor.to_string_lossy(),
        "--family",
        "lstm",
        "--minutes",
        "0.2",
        "--out",
        "runs/mine",
    ])?;
    let profile = home.folder.join("runs/mine/model.safetensors");
    if !profile.is_file() {
        bail!("{} was expected after the training, but is not there", profile.display());
    }
    println!(
        "From the archive to installed plugins: {:.1} s; to sound and a profile: {:.0} s",
        sound.as_secs_f64(),
        start.elapsed().as_secs_f64()
    );
    home.shell(&format!("sh '{name}/install.sh' --uninstall"))?;
    let left: Vec<_> = [clap, programs, home.folder.join(".vst3")]
        .iter()
        .flat_map(|folder| files(folder))
        .collect();
    if let Some(file) = left.first() {
        bail!("{} was expected to be gone after --uninstall", file.display());
    }
    Ok(())
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_is_replaced_whole_and_uninstalled() {
        let root = std::env::temp_dir().join(format!("xtask-dist-{}", std::process::id()));
        let home = Home::new(&root).unwrap();
        let archive = home.folder.join("an archive");
        for (file, text) in [
            ("install.sh", include_str!("install.sh")),
            ("plugins/A B.clap", "new"),
            ("plugins/A B.vst3/Contents/x/A B.so", "new"),
            ("presets/A B/One.vstpreset", "new"),
            ("programs/nfx-train", "new"),
        ] {
            std::fs::create_dir_all(archive.join(file).parent().unwrap()).unwrap();
            std::fs::write(archive.join(file), text).unwrap();
        }
        let old = home.folder.join(".vst3/A B.vst3/Contents/old");
        std::fs::create_dir_all(old.parent().unwrap()).unwrap();
        std::fs::write(&old, "old").unwrap();
        let others = home.folder.join(".clap/Another.clap");
        std::fs::create_dir_all(others.parent().unwrap()).unwrap();
        std::fs::write(&others, "another's").unwrap();
        let mine = home.folder.join(".vst3/presets/Latent Works/A B/Mine.vstpreset");
        std::fs::create_dir_all(mine.parent().unwrap()).unwrap();
        std::fs::write(&mine, "mine").unwrap();
        home.shell("sh 'an archive/install.sh'").unwrap();
        for file in [
            ".clap/A B.clap",
            ".vst3/A B.vst3/Contents/x/A B.so",
            ".vst3/presets/Latent Works/A B/One.vstpreset",
            ".local/bin/nfx-train",
        ] {
            assert_eq!(std::fs::read_to_string(home.folder.join(file)).unwrap(), "new", "{file}");
        }
        assert!(!old.exists(), "an older bundle was left inside the new one");
        assert!(home.shell("sh 'an archive/install.sh' --everything").is_err());
        home.shell("sh 'an archive/install.sh' --uninstall").unwrap();
        let left: Vec<_> = [".clap", ".vst3", ".local"]
            .iter()
            .flat_map(|name| files(&home.folder.join(name)))
            .collect();
        assert_eq!(left, [others, mine], "what is not ours stays, and nothing else");
        std::fs::remove_dir_all(&root).unwrap();
    }
}
