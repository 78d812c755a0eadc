//! Where things are: the workspace's root, cargo's target folder, the plugins to ship.

use crate::run;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A plugin that ships: an entry of `bundler.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// Cargo's package, for example `anne-fx`.
    pub package: String,
    /// The name that a musician sees, for example `ANNe`; also the bundle's file name.
    pub name: String,
}

impl Plugin {
    /// The library's name as cargo writes it, without prefix and ending: dashes become underscores.
    pub fn library(&self) -> String {
        self.package.replace('-', "_")
    }
}

/// The checkout that this program works on.
pub struct Project {
    /// The workspace's root folder.
    pub root: PathBuf,
    /// Cargo's target folder, wherever configuration or environment put it.
    pub target: PathBuf,
    /// What ships, in the order of `bundler.toml`'s names.
    pub plugins: Vec<Plugin>,
}

impl Project {
    /// Finds the workspace of this program and makes its root the current folder.
    ///
    /// # Errors
    /// When cargo cannot describe the workspace, or `bundler.toml` is missing or lists nothing.
    pub fn discover() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let mut command = run::cargo();
        command
            .args(["metadata", "--format-version=1", "--no-deps", "--manifest-path"])
            .arg(&manifest);
        let metadata: Value = serde_json::from_str(&run::output(&mut command)?)
            .context("cargo metadata is not JSON")?;
        let folder = |key: &str| -> Result<PathBuf> {
            Ok(PathBuf::from(
                metadata[key].as_str().with_context(|| format!("cargo metadata has no `{key}`"))?,
            ))
        };
        let root = folder("workspace_root")?;
        std::env::set_current_dir(&root)
            .with_context(|| format!("{} cannot be entered", root.display()))?;
        let listing =
            std::fs::read_to_string("bundler.toml").context("bundler.toml cannot be read")?;
        Ok(Self { plugins: parse_bundler(&listing)?, target: folder("target_directory")?, root })
    }

    /// The folder of finished bundles: `bundled` for a release, `bundled-debug` otherwise.
    pub fn bundles(&self, release: bool) -> PathBuf {
        self.target.join(if release { "bundled" } else { "bundled-debug" })
    }
}

/// Reads the list of plugins: tables named as packages, each with a `name`.
pub fn parse_bundler(text: &str) -> Result<Vec<Plugin>> {
    let tables: BTreeMap<String, toml::Table> = toml::from_str(text).context(
        "bundler.toml should hold a table [package] with `name = \"...\"` for each plugin",
    )?;
    let plugins: Vec<Plugin> = tables
        .into_iter()
        .map(|(package, keys)| {
            let name =
                keys.get("name").and_then(toml::Value::as_str).unwrap_or(&package).to_owned();
            Plugin { name, package }
        })
        .collect();
    if plugins.is_empty() {
        bail!("bundler.toml lists no plugin; at least one table like [anne-fx] was expected");
    }
    Ok(plugins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_falls_back_to_the_package() {
        let plugins = parse_bundler("[anne-fx]\nname = \"ANNe\"\n[other-synth]\n").unwrap();
        assert_eq!(plugins[0], Plugin { package: "anne-fx".into(), name: "ANNe".into() });
        assert_eq!(plugins[1].name, "other-synth");
        assert_eq!(plugins[1].library(), "other_synth");
    }

    #[test]
    fn an_empty_list_is_an_error() {
        assert!(parse_bundler("").is_err());
    }
}
