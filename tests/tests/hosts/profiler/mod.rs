//! Effect Profiler's row, and what only Effect Profiler has.

mod compressor;
mod files;
mod make;
mod own;

use crate::row::{Kind, Model, Moves, Row, Settings, music};
use make::{klon, late, lstm, signaltrain, wavenet};
use nfx_tests::measure::ClickDetector;
use std::sync::OnceLock;

/// The rate of the compressor that the plugin opens on.
const COMPRESSOR_HZ: f64 = 44_100.0;
/// That of most captures.
const CAPTURE_HZ: f64 = 48_000.0;

pub static ROW: Row = Row {
    name: "Effect Profiler",
    kind: Kind::Effect,
    id: "works.latent.profiler",
    class: b"LatentWorksProf1",
    features: &["audio-effect"],
    automatable: &[
        "Threshold",
        "Ratio",
        "Attack",
        "Release",
        "Make-up",
        "Knob 1",
        "Knob 8",
        "Stereo link",
        "Mix",
        "Gate",
    ],
    spellings: &[
        ("Threshold", "-18 dB", "-18"),
        ("Ratio", "4 : 1", "4"),
        ("Attack", "30 ms", "0.03 s"),
        ("Release", "1 s", "1000 ms"),
        ("Mix", "50 %", "50"),
        ("Make-up", "+6 dB", "6"),
    ],
    refused: &[("Mix", "loud"), ("Threshold", ""), ("Ratio", "NaN"), ("Attack", "soon")],
    passage: music,
    models: || {
        vec![
            ("the compressor", Model::Default),
            ("a delay at 48 kHz", Model::User(late(11, 0.8, CAPTURE_HZ))),
            ("an LSTM at 44.1 kHz", Model::User(lstm(1, 12, 44_100.0))),
            ("an LSTM at 48 kHz", Model::User(lstm(7, 16, CAPTURE_HZ))),
            ("a WaveNet at 48 kHz", Model::User(wavenet(2, CAPTURE_HZ))),
            ("a WaveNet at 44.1 kHz", Model::User(wavenet(5, 44_100.0))),
        ]
    },
    linear: || [CAPTURE_HZ, 44_100.0].map(|rate| (Model::User(late(0, 0.8, rate)), 0.8)).to_vec(),
    user_model: |seed| lstm(seed, 16, CAPTURE_HZ),
    embedded: "Klon",
    projects: || {
        let compressor = &[
            ("Threshold", "-40 dB"),
            ("Ratio", "6"),
            ("Attack", "30 ms"),
            ("Mix", "70 %"),
            ("Make-up", "9 dB"),
        ];
        // Its rate is the project's, so that it can be swapped in while the sound plays.
        let capture = Model::User(lstm(9, 16, CAPTURE_HZ));
        let moved = &[("Input", "6 dB"), ("Mix", "70 %"), ("Stereo", "Mid/side")];
        vec![("the compressor", Model::Default, compressor), ("a capture", capture, moved)]
    },
    swaps: || {
        let [first, second, third] =
            [lstm(2, 16, CAPTURE_HZ), late(0, 0.4, CAPTURE_HZ), lstm(5, 24, CAPTURE_HZ)]
                .map(Model::User);
        // Of another rate: the engine is exchanged, and the latency changes.
        let other = Model::User(late(0, 0.4, 44_100.0));
        vec![[first, second.clone()], [second.clone(), third], [second, other]]
    },
    off_after_swap: 1e-3,
    least_level: 0.003,
    latencies: || [CAPTURE_HZ, 44_100.0].map(|rate| Model::User(late(0, 0.5, rate))),
    watched: || {
        vec![
            Model::User(lstm(3, 16, CAPTURE_HZ)),
            Model::User(wavenet(3, CAPTURE_HZ)),
            Model::User(late(3, 0.5, 44_100.0)),
            Model::User(signaltrain(CAPTURE_HZ)),
            Model::User(klon().to_vec()),
            Model::Missing,
            Model::Default,
        ]
    },
    moves: &[
        ("Threshold", "-45 dB"),
        ("Input", "6 dB"),
        ("Ratio", "8"),
        ("Mix", "40 %"),
        ("Attack", "1 ms"),
        ("Gate", "On"),
        ("Release", "900 ms"),
    ],
    ringing: &[],
    tail: |_, rate_hz| (3.5 * rate_hz) as usize,
    extremes: (20_000, &[&[("Input", "24 dB"), ("Make-up", "24 dB"), ("Output", "24 dB")]]),
    forgets_after: 72_000,
    hears_side: &[("External side chain", "On")],
    levels: || {
        let moves = &[
            ("Mix", "0 %"),
            ("Input", "-24 dB"),
            ("Output", "-24 dB"),
            ("Make-up", "6 dB"),
            ("Bypass", "On"),
            ("Stereo", "Mono"),
            ("Stereo", "Mid/side"),
            ("Normalise", "Even loudness"),
            ("Gate", "On"),
        ];
        vec![under("an LSTM", Model::User(lstm(2, 16, CAPTURE_HZ)), CAPTURE_HZ, moves)]
    },
    controls: || {
        let compressor = &[
            ("Threshold", "-50 dB"),
            ("Threshold", "0 dB"),
            ("Ratio", "10"),
            ("Ratio", "1.5"),
            ("Attack", "1000 ms"),
            ("Release", "1 ms"),
            ("Make-up", "12 dB"),
            ("Stereo link", "0 %"),
        ];
        let pedal = &[("Knob 1", "100"), ("Knob 1", "0"), ("Knob 1", "60")];
        vec![
            under("the compressor", Model::Default, COMPRESSOR_HZ, compressor),
            under("a learned pedal", Model::User(klon().to_vec()), COMPRESSOR_HZ, pedal),
        ]
    },
    presets: 16,
    gates: None,
    script: "vst3_host.py",
    found: OnceLock::new(),
};

/// Moves under a tone that fits the rate twenty times: what a profile folds down from above half
/// the rate falls on the tone's harmonics, and is no click. Smooth moves have room around each
/// harmonic.
fn under(what: &'static str, model: Model, rate_hz: f64, moves: Settings) -> Moves {
    let detector =
        ClickDetector { rate_hz, harmonics_hz: (rate_hz / 20.0, 500.0), frames_hz: (rate_hz, 0.0) };
    let make = Box::new(move || ROW.playing(&model, rate_hz, 512));
    Moves { what, make, detector, limit_db: -60.0, moves }
}
