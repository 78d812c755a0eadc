//! Small profiles for tests, with random weights.

#![allow(dead_code)] // each test uses a part

use nfx_core::file::Precision;
use nfx_core::models::effect::{KnobInfo, ProfileConfig, ProfileInfo, RecurrentConfig};
use nfx_core::models::{ModelCard, ModelFile};
use nfx_core::nn::CellKind;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;

/// An LSTM with four units and no knob.
pub fn lstm() -> RecurrentConfig {
    RecurrentConfig::new(CellKind::Lstm, 4, 1, 0, true)
}

/// The file of a profile with random weights.
pub fn bytes_at(
    name: &str,
    rate_hz: f64,
    config: ProfileConfig,
    info: ProfileInfo,
    seed: u64,
) -> Vec<u8> {
    let stft = StftConfig::new(2048, 512, Window::Hann).unwrap();
    let mut file = ModelFile::random(config.clone(), stft, rate_hz, seed);
    file.card = ModelCard::for_profile(name, rate_hz, config, info);
    // Random weights of this size stay quiet beside the input that they are added to.
    file.tensors
        .values_mut()
        .for_each(|tensor| tensor.data.iter_mut().for_each(|weight| *weight *= 0.5));
    file.to_bytes(Precision::F32).unwrap()
}

/// The same at 48 kHz.
pub fn bytes(name: &str, config: ProfileConfig, info: ProfileInfo, seed: u64) -> Vec<u8> {
    bytes_at(name, 48_000.0, config, info, seed)
}

/// A capture without knobs at a rate.
pub fn capture_at(rate_hz: f64, seed: u64) -> Vec<u8> {
    bytes_at("Capture", rate_hz, ProfileConfig::Recurrent(lstm()), ProfileInfo::default(), seed)
}

/// A capture without knobs.
pub fn capture(seed: u64) -> Vec<u8> {
    capture_at(48_000.0, seed)
}

/// A pedal with two knobs.
pub fn pedal(seed: u64) -> Vec<u8> {
    let drive = KnobInfo { decimals: 1, ..KnobInfo::linear("Drive", 0.0, 10.0, 5.0) };
    let tone = KnobInfo {
        unit: "Hz".to_owned(),
        log: true,
        decimals: 0,
        ..KnobInfo::linear("Tone", 100.0, 10_000.0, 1000.0)
    };
    let info = ProfileInfo { knobs: vec![drive, tone], esr: Some(0.02), ..ProfileInfo::default() };
    bytes("Pedal", ProfileConfig::Recurrent(RecurrentConfig { knobs: 2, ..lstm() }), info, seed)
}
