//! What stands beside the bundles: the standalone program and the preset files.

use crate::row::Row;
use nfx_tests::bundle;
use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;

pub fn starts_without_a_screen_and_stays(row: &Row) {
    let program =
        bundle::find(&bundle::debug_folder().unwrap(), &format!("{}{EXE_SUFFIX}", row.name))
            .unwrap();
    assert_eq!(
        bundle::ends_within_seconds(&program, 3).unwrap(),
        None,
        "the program was expected to stay, but ended"
    );
}

pub fn has_well_formed_presets(row: &Row) {
    let folder = bundle::presets(row.name).unwrap();
    let all = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> =
        all.filter(|path| path.extension().is_some_and(|is| is == "vstpreset")).collect();
    assert!(files.len() >= row.presets, "{} presets", files.len());
    for file in files {
        bundle::check_vst_preset(&file, row.class).unwrap();
    }
}
