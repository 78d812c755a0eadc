//! What the tests of this crate share.

#![allow(dead_code)] // each test binary uses a part

use std::sync::Arc;
use std::time::Duration;

use canne_synth::chosen::Handoff;
use canne_synth::editor_model::{EditorModel, Seen};
use canne_synth::notes::{self, Notes};
use canne_synth::params::CanneParams;
use canne_synth::scope;
use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{AutoencoderConfig, DecoderConfig};
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use nfx_frame::table::Direct;

#[path = "../../../frame/testing/presets.rs"]
#[macro_use]
pub mod checks;

/// An instance's editor side and the audio thread's end of its keyboard; the user's folder is one
/// for all tests of a file.
pub fn instance() -> (Arc<EditorModel>, Notes) {
    checks::data_folder();
    let (handoff, _) = Handoff::new();
    let seen = Seen { scope: scope::channel().1, heard: Arc::default() };
    let (keyboard, notes) = notes::channel(64);
    (EditorModel::new(Arc::new(CanneParams::default()), Arc::new(handoff), seen, keyboard), notes)
}

/// Waits until an edit has become a step.
pub fn settle(model: &EditorModel) {
    std::thread::sleep(Duration::from_millis(200));
    model.tick(&Direct);
}

/// A small model file with an encoder and 61 notes, or a decoder of six sliders without either.
pub fn model(whole: bool, seed: u64) -> Vec<u8> {
    let stft = StftConfig::new(1024, 256, Window::Hann).unwrap();
    let file = if whole {
        let mut config = AutoencoderConfig::hybrid(513, &[24, 8, 24]);
        config.condition = 61;
        ModelFile::random(config, stft, 44_100.0, seed)
    } else {
        let layers = AutoencoderConfig::hybrid(513, &[24, 6, 24]).layers[2..].to_vec();
        ModelFile::random(
            DecoderConfig { latents: 6, layers, shortcut: false, condition: 0 },
            stft,
            44_100.0,
            seed,
        )
    };
    file.to_bytes(Precision::F16).unwrap()
}
