//! `nfx-train level`: how loud an instrument is, and the gain that its card asks for.

use std::path::Path;

use anyhow::{Result, ensure};
use nfx_core::engine::canne::{CanneControls, CanneEngine, Event, EventKind};
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::CanneModel;

/// Where a note of velocity 100 is to peak, dBFS: within 3 dB of -12, and rather below, for a
/// model's average note lasts, and its chords are louder than those of most presets that peak
/// alike.
const PEAK_DB: f32 = -14.1;
/// The notes that are played.
const NOTES: [u8; 3] = [48, 60, 72];
const RATE_HZ: f64 = 44_100.0;
/// Seconds of a note: by then it has had its loudest moment.
const SECONDS: f64 = 1.5;

/// The gain with which notes played by a fresh instance, one by one, peak where they should: the
/// loudest as far above as the quietest is below. In steps of 0.1 dB.
///
/// # Errors
/// When the file is no instrument, or is silent.
pub fn gain_db(file: &ModelFile) -> Result<f32> {
    let mut file = file.clone();
    file.card.spectral_mut()?.gain_db = 0.0;
    let model = CanneModel::from_file(&file)?;
    let mut engine = CanneEngine::new(model, RATE_HZ)?;
    let samples = (SECONDS * RATE_HZ) as usize;
    let (mut left, mut right) = (vec![0.0; samples], vec![0.0; samples]);
    let mut ends = (f32::INFINITY, f32::NEG_INFINITY);
    for note in NOTES {
        engine.reset();
        let on = EventKind::NoteOn { channel: 0, note, velocity: 100.0 / 127.0, id: -1 };
        engine.process(
            &CanneControls::default(),
            &[Event { at: 0, kind: on }],
            &mut left,
            &mut right,
        );
        let peak = left.iter().chain(&right).fold(0.0f32, |most, x| most.max(x.abs()));
        ensure!(peak > 1e-5, "expected a sound at note {note}, found silence");
        let db = 20.0 * peak.log10();
        ends = (ends.0.min(db), ends.1.max(db));
    }
    Ok(((PEAK_DB - 0.5 * (ends.0 + ends.1)) * 10.0).round() / 10.0)
}

/// Writes the gain into a file's card and says so. Weights stay as they are, in the precision that
/// they have.
///
/// # Errors
/// When the file cannot be read or written, or is no instrument.
pub fn write(path: &Path) -> Result<String> {
    let bytes = crate::files::read_named(path, "a model file")?;
    let mut file = ModelFile::from_bytes(&bytes)?;
    let gain_db = gain_db(&file)?;
    file.card.spectral_mut()?.gain_db = gain_db;
    crate::files::write_model(path, &file)?;
    Ok(format!("{}: {gain_db:+.1} dB", file.card.name))
}
