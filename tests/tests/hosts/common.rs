//! What the tests of the plugin share.

use nfx_core::file::file_hash;
use nfx_core::models::ModelFile;
use nfx_tests::bundle;
use nfx_tests::clap_host::{Event, Library, Plugin};
use nfx_tests::state_file::StateFile;
use std::path::PathBuf;

pub use nfx_tests::judge::{assert_same, assert_sound};

/// The models inside the plugin, the default first.
pub const MODELS: [&str; 3] = ["General", "Tonal", "Thesis"];

/// The file of an embedded model.
pub fn model_path(name: &str) -> PathBuf {
    bundle::root().join("models").join(format!("{}.safetensors", name.to_lowercase()))
}

/// The release bundle.
pub fn library() -> Library {
    let path = bundle::clap("ANNe").unwrap();
    Library::open(&path).unwrap()
}

/// A fresh instance.
pub fn fresh() -> Plugin {
    library().create().unwrap()
}

/// A fresh instance that is ready to play.
pub fn active(rate_hz: f64, max_block: u32) -> Plugin {
    let mut plugin = fresh();
    plugin.activate(rate_hz, max_block).unwrap();
    plugin
}

/// The state of a fresh instance with an embedded model chosen.
pub fn state_with(model: &str) -> Vec<u8> {
    let bytes = std::fs::read(model_path(model)).unwrap();
    StateFile::parse(&fresh().save().unwrap()).unwrap().with_embedded(model, &file_hash(&bytes)).to_bytes()
}

/// An instance that plays an embedded model.
pub fn playing(model: &str, rate_hz: f64, max_block: u32) -> Plugin {
    let mut plugin = fresh();
    plugin.load(&state_with(model)).unwrap();
    plugin.activate(rate_hz, max_block).unwrap();
    plugin
}

/// A model file that no plugin knows: random weights for 9 latents, the windows and rate of the default models.
pub fn user_model(seed: u64) -> Vec<u8> {
    let general = ModelFile::from_bytes(&std::fs::read(model_path("General")).unwrap()).unwrap();
    let stft = general.card.spectral().unwrap().stft;
    let config = nfx_core::models::spectral::AutoencoderConfig::hybrid(stft.bins(), &[48, 9, 48]);
    ModelFile::random(config, stft, general.card.sample_rate_hz, seed).to_bytes(nfx_core::file::Precision::F32).unwrap()
}

/// An event that sets a parameter as if its value had been typed.
pub fn typed(plugin: &mut Plugin, at: usize, name: &str, text: &str) -> Event {
    let param = plugin.param(name).unwrap();
    let value = plugin.parse(param.id, text).unwrap_or_else(|| panic!("{name} does not understand `{text}`"));
    Event { at, param: param.id, value }
}

/// Sets parameters of an inactive plugin as if their values had been typed.
pub fn preset(plugin: &mut Plugin, values: &[(&str, &str)]) {
    let values: Vec<(u32, f64)> = values
        .iter()
        .map(|(name, text)| typed(plugin, 0, name, text))
        .map(|event| (event.param, event.value))
        .collect();
    plugin.flush(&values).unwrap();
}
