//! The factory presets, as files that VST3 hosts show.

use nfx_tests::bundle;
use std::path::PathBuf;

/// Where the test command had them written.
pub fn folder() -> PathBuf {
    bundle::presets("Effect Profiler").unwrap()
}

#[test]
fn at_least_sixteen_presets_are_well_formed() {
    let files: Vec<PathBuf> = folder()
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "vstpreset"))
        .collect();
    assert!(files.len() >= 16, "{} presets", files.len());
    for file in files {
        bundle::check_vst_preset(&file, b"LatentWorksProf1").unwrap();
    }
}
