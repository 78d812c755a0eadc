//! For the build scripts of the plugins: embeds their models, with the hashes by which saved
//! projects name them, so that saving a project need not read megabytes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};

/// Writes `models.rs` into the build's folder: `EMBEDDED`, one entry for each name and the file of
/// that name in small letters, blanks as hyphens, in `models`, or in the folder named by
/// `NFX_MODELS`, for a trial of models that are not committed. `earlier.txt` beside them lists
/// hashes of files that a model stands for, a line each: the hash, a blank, the model's name.
pub fn models(names: &[&str]) {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=NFX_MODELS");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        // The standard library leaves each thread that called the plugin a destructor to run at the
        // thread's end; unmapped before, it would take the host down.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
    let folder = env::var_os("NFX_MODELS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models"), PathBuf::from);
    let mut source = format!(
        "/// The embedded models, the default first. One that was once released stays.\npub static EMBEDDED: [Embedded; {}] = [\n",
        names.len()
    );
    let earlier_path = folder.join("earlier.txt");
    println!("cargo::rerun-if-changed={}", earlier_path.display());
    let earlier = fs::read_to_string(&earlier_path).unwrap_or_default();
    for name in names {
        let path = folder.join(format!("{}.safetensors", name.to_lowercase().replace(' ', "-")));
        println!("cargo::rerun-if-changed={}", path.display());
        let bytes = fs::read(&path).unwrap_or_else(|error| {
            panic!(
                "the model {} is needed to build the plugin and could not be read: {error}",
                path.display()
            )
        });
        let hash: String =
            Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let stands_for: Vec<&str> = earlier
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(earlier, of)| (of.trim() == *name).then_some(earlier))
            .collect();
        let _ = writeln!(
            source,
            "    Embedded {{ name: {name:?}, hash: {hash:?}, earlier: &{stands_for:?}, bytes: include_bytes!({path:?}) }},"
        );
    }
    source += "];\n";
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    if let Err(error) = fs::write(Path::new(&out).join("models.rs"), source) {
        panic!("the list of models could not be written: {error}");
    }
}
