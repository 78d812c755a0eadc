//! What the tests of the instrument share.

use nfx_core::file::{Precision, file_hash};
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use nfx_tests::bundle;
use nfx_tests::clap_host::notes::{Note, Play, Played, held};
use nfx_tests::clap_host::{Event, Library, Plugin, Take};
use nfx_tests::state_file::StateFile;
use std::path::PathBuf;

pub use nfx_tests::judge::{assert_same, assert_sound};

/// The models inside the plugin, the default first.
pub const MODELS: [&str; 5] = ["Ensemble", "Keys", "Difference", "Cepstrum", "Thesis 2018"];
/// What no sample of the plugin exceeds: +12 dB above full scale, as the core states.
pub const CEILING: f32 = nfx_core::signal::level::CEILING;

/// The file of an embedded model.
pub fn model_path(name: &str) -> PathBuf {
    bundle::root().join("models").join(format!("{}.safetensors", name.to_lowercase().replace(' ', "-")))
}

/// The release bundle.
pub fn library() -> Library {
    Library::open(&bundle::clap("CANNe").unwrap()).unwrap()
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

/// An instance that plays an embedded model with parameters set as if their values had been typed.
pub fn playing(model: &str, rate_hz: f64, values: &[(&str, &str)]) -> Plugin {
    let mut plugin = fresh();
    plugin.load(&state_with(model)).unwrap();
    preset(&mut plugin, values);
    plugin.activate(rate_hz, 1024).unwrap();
    plugin
}

/// A model file that no plugin knows: random weights for five sliders and 61 notes.
pub fn user_model(seed: u64) -> Vec<u8> {
    let stft = StftConfig::new(2048, 512, Window::Hann).unwrap();
    let mut config = AutoencoderConfig::hybrid(stft.bins(), &[32, 5, 32]);
    config.condition = 61;
    ModelFile::random(config, stft, 44_100.0, seed).to_bytes(Precision::F32).unwrap()
}

/// An event that sets a parameter as if its value had been typed.
pub fn typed(plugin: &mut Plugin, at: usize, name: &str, text: &str) -> Event {
    let param = plugin.param(name).unwrap();
    let value = plugin.parse(param.id, text).unwrap_or_else(|| panic!("{name} does not understand `{text}`"));
    Event { at, param: param.id, value }
}

/// Sets parameters of an inactive plugin as if their values had been typed.
pub fn preset(plugin: &mut Plugin, values: &[(&str, &str)]) {
    let events: Vec<Event> = values.iter().map(|(name, text)| typed(plugin, 0, name, text)).collect();
    let values: Vec<(u32, f64)> = events.iter().map(|event| (event.param, event.value)).collect();
    plugin.flush(&values).unwrap();
}

/// An envelope that is as good as none: full at once, gone at once.
pub const GATE: [(&str, &str); 5] = [
    ("Amp attack", "2 ms"),
    ("Amp decay", "2 ms"),
    ("Amp sustain", "100 %"),
    ("Amp release", "5 ms"),
    // A note that lives would die away while it is measured.
    ("Pace", "0 %"),
];

/// A few notes that overlap, with a pedal and a bend: something of everything.
pub fn phrase(length: usize) -> Vec<Played> {
    let mut notes = Vec::new();
    for (step, key) in [48_u8, 60, 64, 67, 55, 72, 36, 84].into_iter().enumerate() {
        let from = step * length / 10;
        notes.extend(held(key, from, from + length / 6));
    }
    let midi = |at: usize, bytes: [u8; 3]| Played { at, what: Play::Midi(bytes) };
    notes.push(midi(length / 5, [0xB0, 64, 127]));
    notes.push(midi(length / 4, [0xE0, 0, 96]));
    notes.push(midi(length / 3, [0xB0, 1, 90]));
    notes.push(midi(length / 2, [0xB0, 64, 0]));
    notes.push(Played { at: length / 2, what: Play::Off(Note::key(99)) });
    notes
}

/// The sound of one key, held for all of it but the last tenth.
pub fn key(plugin: &mut Plugin, key: u8, length: usize) -> Vec<Vec<f32>> {
    plugin.play(&Take::notes(length, held(key, 0, length - length / 10).to_vec())).unwrap()
}
