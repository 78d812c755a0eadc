//! The walls of the house, read from `cargo metadata`: what may never be found in a package's tree;
//! the floors inside core; and what no signature may hold.

mod floors;
mod signatures;

pub use floors::check as check_floors;
pub use signatures::check as check_signatures;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Fails when core's or a plugin's tree holds burn, a plugin depends on the trainer or another
/// plugin, core knows a host or an editor, the frame knows an editor, the host tests link a plugin,
/// or anything depends on the authors' experiments.
///
/// # Errors
/// With every breach as one sentence.
pub fn check(metadata: &Value, plugins: &[String]) -> Result<()> {
    let graph = Graph::read(metadata, is_used)?;
    let mut breaches = Vec::new();
    let mut forbid =
        |package: &str, what: &str, is_forbidden: &dyn Fn(&str) -> bool| -> Result<()> {
            for found in graph.tree(package)?.into_iter().filter(|name| is_forbidden(name)) {
                breaches.push(format!(
                    "{package} must not depend on {what}, but its tree holds {found}"
                ));
            }
            Ok(())
        };
    let is_burn =
        |name: &str| name == "burn" || name.starts_with("burn-") || name.starts_with("cubecl");
    forbid("nfx-core", "burn", &is_burn)?;
    for package in ["nfx-core", "nfx-audio"] {
        forbid(package, "a host's framework or an editor", &|name| {
            name.starts_with("nice-plug") || name == "egui"
        })?;
    }
    forbid("nfx-audio", "burn", &is_burn)?;
    forbid("nfx-frame", "an editor's widgets", &|name| name == "egui" || name == "nfx-ui")?;
    for plugin in plugins.iter().map(String::as_str).chain(["nfx-frame", "nfx-ui"]) {
        forbid(plugin, "burn", &is_burn)?;
        forbid(plugin, "the trainer", &|name| name == "nfx-train" || name == "nfx-learn")?;
        forbid(plugin, "another plugin", &|name| {
            name != plugin && plugins.iter().any(|other| other == name)
        })?;
    }
    forbid("nfx-tests", "a plugin (it loads the built bundles)", &|name| {
        plugins.iter().any(|plugin| plugin == name)
    })?;
    for package in graph.dependents("nfx-lab") {
        breaches.push(format!(
            "{package} must not depend on nfx-lab: what only authors run is in nobody's program"
        ));
    }
    none_of(breaches)
}

/// Fails with every breach as one sentence, if there is any.
fn none_of(mut breaches: Vec<String>) -> Result<()> {
    breaches.sort();
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

/// The Rust files below a folder, each with its path from there and its text; without those that
/// cargo makes and those in hidden folders.
fn sources(root: &Path) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in
            fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?
        {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            let is_foreign = name == "target" || name.to_string_lossy().starts_with('.');
            if entry.file_type()?.is_dir() && !is_foreign {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                let inside = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
                found.push((inside, text));
            }
        }
    }
    Ok(found)
}

/// Which package needs which.
pub(crate) struct Graph {
    names: BTreeMap<String, String>,
    edges: BTreeMap<String, Vec<String>>,
}

impl Graph {
    /// The edges that `follows` takes, which is asked with what cargo writes of each.
    ///
    /// # Errors
    /// When `metadata` is not what cargo writes.
    pub(crate) fn read(metadata: &Value, follows: fn(&Value) -> bool) -> Result<Self> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let packages = metadata["packages"].as_array().context("cargo metadata has no packages")?;
        let names =
            packages.iter().map(|package| (text(&package["id"]), text(&package["name"]))).collect();
        let nodes = metadata["resolve"]["nodes"]
            .as_array()
            .context("cargo metadata has no resolved graph")?;
        let edges = nodes.iter().map(|node| {
            let deps = node["deps"].as_array().into_iter().flatten();
            (
                text(&node["id"]),
                deps.filter(|dep| follows(dep)).map(|dep| text(&dep["pkg"])).collect(),
            )
        });
        Ok(Self { names, edges: edges.collect() })
    }

    /// The names of the packages that need `package` themselves.
    fn dependents<'a>(&'a self, package: &'a str) -> impl Iterator<Item = &'a str> {
        let is_it = move |id: &String| self.names.get(id).is_some_and(|name| name == package);
        let needing = self.edges.iter().filter(move |(_, needs)| needs.iter().any(is_it));
        needing.filter_map(|(id, _)| self.names.get(id).map(String::as_str))
    }

    /// The names of everything below a package.
    fn tree(&self, package: &str) -> Result<BTreeSet<&str>> {
        let below = self.below(package)?.into_iter();
        Ok(below.filter_map(|id| self.names.get(id).map(String::as_str)).collect())
    }

    /// The ids of everything below a package.
    ///
    /// # Errors
    /// When there is no such package.
    pub(crate) fn below(&self, package: &str) -> Result<BTreeSet<&str>> {
        let root = self
            .names
            .iter()
            .find(|(_, name)| *name == package)
            .with_context(|| format!("the workspace has no package {package}"))?
            .0;
        let mut seen = BTreeSet::new();
        let mut open = vec![root.as_str()];
        while let Some(id) = open.pop() {
            for next in self.edges.get(id).into_iter().flatten() {
                if seen.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        Ok(seen)
    }
}

/// Whether an edge is more than a dependency of tests.
fn is_used(dep: &Value) -> bool {
    dep["dep_kinds"].as_array().is_none_or(|kinds| kinds.iter().any(|kind| kind["kind"] != "dev"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A house in order, with one more edge.
    fn house(extra: (&str, &str), kind: Value) -> Value {
        let names = [
            "nfx-core",
            "nfx-audio",
            "nfx-learn",
            "nfx-train",
            "nfx-lab",
            "nfx-frame",
            "nfx-ui",
            "anne-fx",
            "canne-synth",
            "nfx-tests",
            "burn",
            "burn-flex",
            "egui",
        ];
        let mut edges = vec![
            ("nfx-learn", "nfx-core"),
            ("nfx-learn", "burn"),
            ("burn", "burn-flex"),
            ("nfx-audio", "nfx-core"),
            ("nfx-train", "nfx-audio"),
            ("nfx-frame", "nfx-audio"),
            ("nfx-train", "nfx-learn"),
            ("nfx-lab", "nfx-train"),
            ("nfx-frame", "nfx-core"),
            ("nfx-ui", "nfx-frame"),
            ("nfx-ui", "egui"),
            ("anne-fx", "nfx-ui"),
            ("canne-synth", "nfx-ui"),
            ("nfx-tests", "nfx-core"),
        ];
        edges.push(extra);
        let nodes: Vec<Value> = names
            .iter()
            .map(|name| {
                let deps: Vec<Value> = edges
                    .iter()
                    .filter(|edge| edge.0 == *name)
                    .map(|edge| json!({"pkg": edge.1, "dep_kinds": [{"kind": if *edge == extra { kind.clone() } else { Value::Null }}]}))
                    .collect();
                json!({"id": name, "deps": deps})
            })
            .collect();
        let packages: Vec<Value> =
            names.iter().map(|name| json!({"id": name, "name": name})).collect();
        json!({"packages": packages, "resolve": {"nodes": nodes}})
    }

    fn verdict(extra: (&str, &str), kind: Value) -> Result<()> {
        check(&house(extra, kind), &["anne-fx".into(), "canne-synth".into()])
    }

    #[test]
    fn a_house_in_order_passes() {
        verdict(("nfx-train", "nfx-core"), Value::Null).unwrap();
    }

    #[test]
    fn every_breach_is_found() {
        for extra in [
            ("nfx-core", "burn-flex"),
            ("nfx-core", "egui"),
            ("nfx-audio", "burn"),
            ("nfx-audio", "egui"),
            ("anne-fx", "burn"),
            ("nfx-frame", "burn"),
            ("nfx-frame", "egui"),
            ("nfx-ui", "nfx-train"),
            ("anne-fx", "nfx-train"),
            ("anne-fx", "canne-synth"),
            ("nfx-tests", "anne-fx"),
            ("nfx-train", "nfx-lab"),
            ("nfx-tests", "nfx-lab"),
            ("anne-fx", "nfx-lab"),
        ] {
            assert!(
                verdict(extra, Value::Null).is_err(),
                "{} -> {} went through",
                extra.0,
                extra.1
            );
        }
    }

    #[test]
    fn what_only_tests_need_is_no_breach() {
        verdict(("anne-fx", "nfx-train"), json!("dev")).unwrap();
    }
}
