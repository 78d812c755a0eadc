//! The factory presets, as files that VST3 hosts show.

use nfx_tests::bundle;
use std::path::PathBuf;

/// Where the test command had them written: `NFX_PRESETS`, else `vstpresets` in the target folder.
pub fn folder() -> PathBuf {
    let folder =
        std::env::var_os("NFX_PRESETS").map_or_else(|| bundle::target().unwrap().join("vstpresets"), PathBuf::from);
    assert!(
        folder.is_dir(),
        "{} was expected to hold the factory presets; `cargo xtask test` writes them",
        folder.display()
    );
    folder.join("ANNe")
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
        let bytes = std::fs::read(&file).unwrap();
        assert_eq!(&bytes[..4], b"VST3", "{}", file.display());
        let class: String = b"LatentWorksANNe1".iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(&bytes[8..40], class.as_bytes(), "{}", file.display());
        let list = u64::from_le_bytes(bytes[40..48].try_into().unwrap()) as usize;
        assert_eq!(&bytes[list..list + 4], b"List", "{}", file.display());
    }
}
