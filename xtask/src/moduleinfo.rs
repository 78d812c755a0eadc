//! `moduleinfo.json` of a VST3 bundle: what the factory would say, for hosts that scan without
//! loading the library.
//!
//! The facts are in `bundler.toml`; the strict host's case `moduleinfo_says_the_same` holds them
//! against the factory's.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::project::Plugin;

/// Of the factory.
const VENDOR: &str = "Latent Works";
const ADDRESS: &str = "https://latent.works";
const MAIL: &str = "hello@latent.works";
/// What the framework's class information says.
const SDK_VERSION: &str = "VST 3.6.14";

/// Writes the file into a bundle, given by its folder.
///
/// # Errors
/// When `bundler.toml` lacks the facts, or the file cannot be written.
pub fn write(bundle: &Path, plugin: &Plugin) -> Result<()> {
    let listing = std::fs::read_to_string("bundler.toml").context("bundler.toml cannot be read")?;
    let info = describe(&listing, plugin)?;
    let folder = bundle.join("Contents/Resources");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    let (partial, file) = (folder.join("moduleinfo.partial"), folder.join("moduleinfo.json"));
    std::fs::write(&partial, serde_json::to_vec_pretty(&info)?)?;
    std::fs::rename(&partial, &file)
        .with_context(|| format!("{} cannot be put in place", file.display()))
}

/// The file's content.
fn describe(listing: &str, plugin: &Plugin) -> Result<Value> {
    let tables: BTreeMap<String, toml::Table> =
        toml::from_str(listing).context("bundler.toml should hold tables")?;
    let table = tables
        .get(&plugin.package)
        .with_context(|| format!("bundler.toml lacks [{}]", plugin.package))?;
    let class = table.get("vst3_class").and_then(toml::Value::as_str).unwrap_or_default();
    ensure!(
        class.len() == 16,
        "[{}] needs `vst3_class`, 16 letters, but has `{class}`",
        plugin.package
    );
    let id: String = class.bytes().map(|byte| format!("{byte:02X}")).collect();
    let categories: Vec<&str> = table
        .get("vst3_categories")
        .and_then(toml::Value::as_array)
        .with_context(|| format!("[{}] needs `vst3_categories`", plugin.package))?
        .iter()
        .filter_map(toml::Value::as_str)
        .collect();
    let version = env!("CARGO_PKG_VERSION");
    Ok(json!({
        "Name": plugin.name,
        "Version": version,
        "Factory Info": {
            "Vendor": VENDOR,
            "URL": ADDRESS,
            "E-Mail": MAIL,
            "Flags": { "Unicode": true, "Classes Discardable": false, "Component Non Discardable": false },
        },
        "Compatibility": [],
        "Classes": [{
            "CID": id,
            "Category": "Audio Module Class",
            "Name": plugin.name,
            "Vendor": VENDOR,
            "Version": version,
            "SDKVersion": SDK_VERSION,
            "Sub Categories": categories,
            "Class Flags": 2,
            "Cardinality": i32::MAX,
            "Snapshots": [],
        }],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_class_and_categories() {
        let plugin = Plugin { package: "anne-fx".into(), name: "ANNe".into() };
        let listing = "[anne-fx]\nname = \"ANNe\"\nvst3_class = \"LatentWorksANNe1\"\nvst3_categories = [\"Fx\", \"Filter\"]\n";
        let info = describe(listing, &plugin).unwrap();
        assert_eq!(info["Classes"][0]["CID"], "4C6174656E74576F726B73414E4E6531");
        assert_eq!(info["Classes"][0]["Sub Categories"], json!(["Fx", "Filter"]));
        let error = describe("[anne-fx]\nname = \"ANNe\"\n", &plugin).unwrap_err().to_string();
        assert!(error.contains("vst3_class"), "{error}");
        assert!(describe("", &plugin).is_err());
    }
}
