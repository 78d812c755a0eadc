//! Works out the hashes by which saved projects name the embedded models, so that saving one need not read 16 MB.

use std::path::Path;
use std::{env, fs};

use sha2::{Digest, Sha256};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        // The standard library leaves each thread that called the plugin a destructor to run at the thread's end; unmapped
        // before, it would take the host down.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
    let mut source = String::new();
    for name in ["general", "tonal", "thesis"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../models/{name}.safetensors"));
        println!("cargo::rerun-if-changed={}", path.display());
        let bytes = fs::read(&path).unwrap_or_else(|error| {
            panic!("the model {} is needed to build the plugin and could not be read: {error}", path.display())
        });
        let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        source += &format!("const {}_HASH: &str = \"{hash}\";\n", name.to_uppercase());
    }
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    if let Err(error) = fs::write(Path::new(&out).join("model_hashes.rs"), source) {
        panic!("the model hashes could not be written: {error}");
    }
}
