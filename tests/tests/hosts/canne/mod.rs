//! CANNe's row, and what only an instrument has.

mod clicks;
mod level;
mod midi;
mod notes;
mod sliders;
mod tuning;
mod vst3;

use crate::check::clicks::KEY;
use crate::row::{Gates, Kind, Model, Moves, Row, Settings, preset};
use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use nfx_tests::clap_host::notes::{Note, Play, Played, held};
use nfx_tests::clap_host::{Plugin, Take};
use nfx_tests::gates::{self, INSTRUMENT, exceptions};
use nfx_tests::measure::ClickDetector;
use std::sync::OnceLock;

/// The models inside the plugin, the default first.
pub const MODELS: [&str; 5] = ["Ensemble", "Keys", "Difference", "Cepstrum", "Thesis 2018"];

/// An envelope that is as good as none: full at once, gone at once.
pub const GATE: [(&str, &str); 5] = [
    ("Amp attack", "2 ms"),
    ("Amp decay", "2 ms"),
    ("Amp sustain", "100 %"),
    ("Amp release", "5 ms"),
    // A note that lives would die away while it is measured.
    ("Pace", "0 %"),
];

pub static ROW: Row = Row {
    name: "CANNe",
    kind: Kind::Instrument,
    id: "works.latent.canne",
    class: b"LatentWorksCANN1",
    features: &["instrument", "synthesizer", "stereo"],
    automatable: &[
        "Slider 1",
        "Slider 8",
        "Morph X",
        "Shift",
        "Drone",
        "LFO to slider 3",
        "Amp attack",
    ],
    spellings: &[
        ("Slider 1", "50 %", "50"),
        ("Shift", "-3 bins", "-3"),
        ("Output", "-6 dB", "-6"),
        ("Fine", "-30 ct", "-30"),
        ("Amp attack", "20 ms", "20"),
    ],
    refused: &[("Slider 1", "loud"), ("Output", ""), ("Slider 1", "NaN"), ("Output", "--6")],
    passage: |_, _, length| Take::notes(length, phrase(length)),
    models: || vec![("Ensemble", Model::Default), ("Keys", Model::Embedded("Keys"))],
    linear: Vec::new,
    user_model,
    embedded: "Keys",
    projects: || {
        let moved = &[
            ("Slider 1", "80 %"),
            ("Shift", "-3 bins"),
            ("Morph", "40 %"),
            ("Voice mode", "Legato"),
        ];
        vec![("a user's model", Model::User(user_model(5)), moved)]
    },
    swaps: Vec::new,
    off_after_swap: 0.0,
    least_level: 0.0,
    latencies: || [Model::Default, Model::Default],
    watched: || vec![Model::User(user_model(3)), Model::Missing, Model::Embedded("Keys")],
    moves: &[("Slider 1", "90 %"), ("Slider 2", "90 %"), ("Shift", "5 bins"), ("Output", "-6 dB")],
    ringing: &[],
    tail: |_, rate_hz| (0.75 * rate_hz) as usize,
    extremes: (0, &[]),
    forgets_after: 0,
    hears_side: &[],
    levels: || {
        vec![steady(
            "levels",
            &[],
            &[("Width", "0 %"), ("Output", "-24 dB"), ("Even level", "Off")],
        )]
    },
    controls: || {
        let moves = &[
            ("Slider 1", "100 %"),
            ("Slider 2", "0 %"),
            ("Slider 5", "100 %"),
            ("Slider 8", "0 %"),
            ("Morph", "100 %"),
            ("Bass", "100 %"),
        ];
        vec![steady("sliders", &[], moves)]
    },
    presets: 24,
    gates: Some(Gates {
        figures: gates::canne,
        limits: &INSTRUMENT,
        exceptions: exceptions::CANNE,
        promises: gates::promises_of_canne,
    }),
    script: "vst3_instrument.py",
    found: OnceLock::new(),
};

/// An instance that plays an embedded model with parameters set as if their values had been typed.
pub fn playing(model: &'static str, rate_hz: f64, settings: &[(&str, &str)]) -> Plugin {
    let mut plugin = ROW.with(&Model::Embedded(model));
    preset(&mut plugin, settings);
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

/// Moves under a note without noise: energy off its partials is heard, with room for smooth moves
/// around each.
fn steady(what: &'static str, settings: Settings, moves: Settings) -> Moves {
    let rate_hz = 44_100.0;
    let key_hz = 440.0 * 2_f64.powf((f64::from(KEY) - 69.0) / 12.0);
    let detector =
        ClickDetector { rate_hz, harmonics_hz: (key_hz, 500.0), frames_hz: (rate_hz, 0.0) };
    let make =
        move || playing("Keys", rate_hz, &[&GATE[..], &[("Noise", "0 %")], settings].concat());
    Moves { what, make: Box::new(make), detector, limit_db: -60.0, moves }
}

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

#[test]
fn it_has_notes_in_stereo_out_and_nothing_else() {
    let plugin = ROW.active(48_000.0, 512);
    assert!(plugin.layout().inputs.is_empty());
    assert_eq!(plugin.layout().outputs, [2]);
}
