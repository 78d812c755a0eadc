//! The licences of the libraries that are inside what ships.

use crate::layers::Graph;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// A text with the name, version and licence of every package below `roots`, and each text of a
/// licence once.
///
/// # Errors
/// When `metadata` is not what cargo writes.
pub fn text(metadata: &Value, roots: &[String]) -> Result<String> {
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let by_id: BTreeMap<&str, &Value> =
        packages.iter().filter_map(|package| Some((package["id"].as_str()?, package))).collect();
    let mut list =
        String::from("The libraries inside these programs and plugins, and their licences.\n\n");
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let graph = Graph::read(metadata, is_inside)?;
    let mut below = BTreeSet::new();
    for root in roots {
        below.extend(graph.below(root)?);
    }
    for id in below {
        let package = by_id[id];
        let part = |key: &str| package[key].as_str().unwrap_or_default();
        // Our own packages have no source.
        if package["source"].is_null() {
            continue;
        }
        let name = format!("{} {}", part("name"), part("version"));
        writeln!(list, "{name}: {}", part("license"))?;
        for licence in files(Path::new(part("manifest_path"))) {
            texts.entry(licence).or_default().push(name.clone());
        }
    }
    for (licence, names) in &texts {
        write!(list, "\n{}\nOf {}:\n\n{}\n", "-".repeat(78), names.join(", "), licence.trim_end())?;
    }
    Ok(list)
}

/// Whether an edge leads to what is compiled into a package: no tool of its build or tests.
fn is_inside(dep: &Value) -> bool {
    dep["dep_kinds"].as_array().is_none_or(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()))
}

/// The texts of the licences beside a package's manifest.
fn files(manifest: &Path) -> Vec<String> {
    let Some(entries) = manifest.parent().and_then(|folder| folder.read_dir().ok()) else {
        return Vec::new();
    };
    let is_licence = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        let starts = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];
        starts.iter().any(|start| name.starts_with(start))
            || name.contains("OFL")
            || name.contains("UFL")
    };
    let is_text = |path: &Path| path.extension().is_none_or(|kind| kind != "rs") && path.is_file();
    // Beside the manifest and one folder deeper: `LICENSES`, or where a font lies.
    let (folders, beside): (Vec<_>, Vec<_>) =
        entries.flatten().map(|entry| entry.path()).partition(|path| path.is_dir());
    let deeper = folders.iter().filter_map(|folder| folder.read_dir().ok()).flatten().flatten();
    let mut paths: Vec<_> = beside
        .into_iter()
        .chain(deeper.map(|entry| entry.path()))
        .filter(|path| is_licence(path) && is_text(path))
        .collect();
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_inside_is_listed_and_what_only_builds_it_is_not() {
        let package = |name: &str, source: Value| json!({"id": name, "name": name, "version": "1", "license": "MIT", "source": source, "manifest_path": "/nowhere/Cargo.toml"});
        let metadata = json!({
            "packages": [package("ours", Value::Null), package("inside", json!("registry")), package("builds", json!("registry")), package("other", json!("registry"))],
            "resolve": {"nodes": [
                {"id": "ours", "deps": [
                    {"pkg": "inside", "dep_kinds": [{"kind": null}]},
                    {"pkg": "builds", "dep_kinds": [{"kind": "build"}]}]},
                {"id": "inside", "deps": []}, {"id": "builds", "deps": []}, {"id": "other", "deps": []}]}
        });
        let text = text(&metadata, &["ours".to_owned()]).unwrap();
        assert!(
            text.contains("inside 1: MIT") && !text.contains("builds") && !text.contains("other"),
            "{text}"
        );
    }
}
