//! The level that a model's card asks for.

use std::path::Path;

use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_train::level;

#[test]
fn the_gain_of_a_shipped_instrument_is_what_is_measured_and_is_written_without_a_change_of_its_weights()
 {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/ensemble.safetensors");
    let bytes = std::fs::read(path).unwrap();
    let mut file = ModelFile::from_bytes(&bytes).unwrap();
    // What ships may be of an older version of the format; what is written is of today's.
    let bytes = file.to_bytes(Precision::F16).unwrap();
    // What a card says already does not count twice.
    assert_eq!(level::gain_db(&file).unwrap(), file.card.spectral().unwrap().gain_db);
    assert!(
        (6.0..18.0).contains(&file.card.spectral().unwrap().gain_db),
        "{}",
        file.card.spectral().unwrap().gain_db
    );
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.safetensors");
    file.card.spectral_mut().unwrap().gain_db = 0.0;
    std::fs::write(&copy, file.to_bytes(Precision::F16).unwrap()).unwrap();
    assert!(level::write(&copy).unwrap().starts_with("Ensemble: +"));
    assert!(std::fs::read(&copy).unwrap() == bytes);
}
