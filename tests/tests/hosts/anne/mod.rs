//! ANNe's row, and what only ANNe has.

mod knobs;
mod morph;
mod render;
mod second;

use crate::row::{
    Gates, Kind, Model, Moves, Row, Settings, assert_same, model_path, music, preset, typed,
};
use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_core::signal::stft::StftConfig;
use nfx_tests::clap_host::{Plugin, Take};
use nfx_tests::gates::{self, EFFECT, exceptions};
use nfx_tests::measure::ClickDetector;
use std::sync::OnceLock;

/// The models inside the plugin, the default first.
pub const MODELS: [&str; 3] = ["General", "Tonal", "Thesis"];

const RATE_HZ: f64 = 44_100.0;
const FRAMES_HZ: f64 = RATE_HZ / 512.0;
/// A whole number of periods in a hop: a still plugin is still from frame to frame.
pub const TONE_HZ: f64 = 24.0 * FRAMES_HZ;
/// For moves of levels: what the network leaves between the harmonics hardly moves.
pub const DETECTOR: ClickDetector = ClickDetector {
    rate_hz: RATE_HZ,
    harmonics_hz: (TONE_HZ, 500.0),
    frames_hz: (FRAMES_HZ, 22.0),
};
/// For moves of the latents, with frames twice as often: what the network leaves between the
/// harmonics moves as much as the harmonics do (beyond 1 it is loud), and a smooth move of it has
/// room beside the lines of the frame rate.
const LATENT_DETECTOR: ClickDetector = ClickDetector {
    rate_hz: RATE_HZ,
    harmonics_hz: (TONE_HZ, 500.0),
    frames_hz: (2.0 * FRAMES_HZ, 60.0),
};

/// Moves that take their time, and nothing that brings the level back.
const SLOW: Settings = &[("Response", "200 ms"), ("Level match", "Off")];
/// Knobs that differ, so that a split that moves is heard.
const UNEVEN: Settings = &[("Knob A", "3"), ("Knob D", "0.5")];

pub static ROW: Row = Row {
    name: "ANNe",
    kind: Kind::Effect,
    id: "works.latent.anne",
    class: b"LatentWorksANNe1",
    features: &["audio-effect"],
    automatable: &[
        "Knob A",
        "Knob B",
        "Knob C",
        "Knob D",
        "Knob E",
        "Latent 1",
        "Latent 64",
        "Split",
        "Morph",
        "Mix",
    ],
    spellings: &[
        ("Knob A", "2.5", "2.50"),
        ("Mix", "50 %", "50%"),
        ("Mix", "50", "50 %"),
        ("Output", "-6 dB", "-6"),
        ("Input", "+3db", "3 dB"),
        ("Slew", "100 ms", "100"),
        ("Latent 7", "0.5", "0.5x"),
    ],
    refused: &[("Mix", "loud"), ("Output", ""), ("Knob A", "NaN"), ("Output", "--6")],
    passage: music,
    models: || MODELS.map(|name| (name, Model::Embedded(name))).to_vec(),
    linear: || MODELS.map(|name| (Model::Embedded(name), 1.0)).to_vec(),
    user_model,
    embedded: "Tonal",
    projects: || {
        let moved = &[("Knob A", "3"), ("Mix", "70 %"), ("Latent 3", "0"), ("Split", "2 Growing")];
        vec![("a user's model", Model::User(user_model(5)), moved)]
    },
    swaps: || vec![[Model::Embedded("General"), Model::Embedded("Tonal")]],
    off_after_swap: 1e-4,
    least_level: 0.01,
    latencies: || [Model::Embedded("General"), Model::Embedded("Thesis")],
    watched: || {
        let embedded = MODELS.map(Model::Embedded);
        [
            &[Model::User(user_model(3)), Model::Missing][..],
            &embedded,
            &[Model::Embedded("General")],
        ]
        .concat()
    },
    moves: &[
        ("Knob A", "3"),
        ("Knob B", "2"),
        ("Mix", "40 %"),
        ("Morph", "30 %"),
        ("Knob D", "0.5"),
    ],
    ringing: &[("Knob B", "5.5")],
    tail: |latency, _| 3 * latency,
    extremes: (
        0,
        &[
            &[("Knob A", "1"), ("Knob B", "1"), ("Knob C", "1"), ("Knob D", "1"), ("Knob E", "1")],
            &[
                ("Knob A", "5.5"),
                ("Knob B", "5.5"),
                ("Knob C", "5.5"),
                ("Knob D", "5.5"),
                ("Knob E", "5.5"),
            ],
        ],
    ),
    forgets_after: 48_000,
    hears_side: &[("Morph", "100 %")],
    levels: || {
        let moves = &[
            ("Mix", "0 %"),
            ("Input", "-24 dB"),
            ("Output", "-24 dB"),
            ("Output", "6 dB"),
            ("Bypass", "On"),
            ("Stereo", "Mid/side"),
            ("Level match", "Off"),
        ];
        let plays = |what, moves| Moves {
            what,
            make: Box::new(move || play(what)),
            detector: DETECTOR,
            limit_db: -60.0,
            moves,
        };
        // Not the Thesis model: its sigmoid output raises empty bins, whose phase is the rounding
        // noise of the input.
        vec![plays("General", moves), plays("Tonal", &[])]
    },
    controls: || {
        let moves = &[
            ("Knob A", "5.5"),
            ("Knob B", "3"),
            ("Knob B", "5.5"),
            ("Knob C", "0.5"),
            ("Knob C", "5.5"),
            ("Knob D", "5.5"),
            ("Knob E", "2"),
            ("Knob E", "3"),
            ("Knob E", "5.5"),
            ("Latent 20", "0"),
            ("Split", "2 Growing"),
            ("Morph", "100 %"),
            ("Gain position", "Before"),
            ("Detail", "0 %"),
            ("Freeze", "On"),
        ];
        let splits = &[("Split", "2 Growing"), ("Split", "3 Shrinking")];
        // Slow is smooth; what follows the beat, and the level that is brought back then, is less
        // so.
        vec![
            often("slow", &[SLOW], -60.0, moves),
            often("slow, uneven knobs", &[SLOW, UNEVEN], -60.0, splits),
            often("in tempo", &[], -45.0, moves),
            often("in tempo, uneven knobs", &[UNEVEN], -45.0, splits),
        ]
    },
    presets: 16,
    gates: Some(Gates {
        figures: gates::anne,
        limits: &EFFECT,
        exceptions: exceptions::ANNE,
        promises: gates::promises_of_anne,
    }),
    script: "vst3_host.py",
    found: OnceLock::new(),
};

/// A model file that no plugin knows: random weights for 9 latents, the windows and rate of the
/// default models.
fn user_model(seed: u64) -> Vec<u8> {
    let card = general().card;
    let stft = card.spectral().unwrap().stft;
    let config = AutoencoderConfig::hybrid(stft.bins(), &[48, 9, 48]);
    ModelFile::random(config, stft, card.sample_rate_hz, seed).to_bytes(Precision::F32).unwrap()
}

fn general() -> ModelFile {
    ModelFile::from_bytes(&std::fs::read(model_path("General")).unwrap()).unwrap()
}

/// An instance that plays an embedded model at 44.1 kHz.
fn play(model: &'static str) -> Plugin {
    ROW.playing(&Model::Embedded(model), RATE_HZ, 512)
}

/// Moves under the default model with a hop of 256, as a user's model, with these settings.
fn often(
    what: &'static str,
    settings: &'static [Settings],
    limit_db: f64,
    moves: Settings,
) -> Moves {
    let make = move || {
        let mut file = general();
        let spectral = file.card.spectral_mut().unwrap();
        spectral.stft = StftConfig::new(2048, 256, spectral.stft.window).unwrap();
        let mut plugin = ROW.with(&Model::User(file.to_bytes(Precision::F16).unwrap()));
        preset(&mut plugin, &settings.concat());
        plugin.activate(RATE_HZ, 512).unwrap();
        plugin
    };
    Moves { what, make: Box::new(make), detector: LATENT_DETECTOR, limit_db, moves }
}

#[test]
fn a_frozen_project_bounced_offline_sounds_frozen() {
    let mut plugin = ROW.active(48_000.0, 512);
    let freeze = typed(&mut plugin, 48_000, "Freeze", "On");
    let live = plugin.play(&music(11, 48_000.0, 96_000).events(vec![freeze])).unwrap();
    let state = plugin.save().unwrap();
    let mut bounce = ROW.fresh();
    bounce.load(&state).unwrap();
    assert_eq!(state, bounce.save().unwrap(), "saved again before anything played");
    bounce.set_offline(true).unwrap();
    bounce.activate(48_000.0, 512).unwrap();
    bounce.reset();
    let silence = Take::new(vec![vec![0.0; 96_000]; 2]);
    let out = bounce.play(&silence).unwrap();
    let level = |sound: &[Vec<f32>]| {
        let end = &sound[0][80_000..];
        10.0 * (end.iter().map(|x| x * x).sum::<f32>() / end.len() as f32 + 1e-20).log10()
    };
    assert!(
        level(&live) > -60.0 && (level(&live) - level(&out)).abs() < 1.5,
        "{} and {}",
        level(&live),
        level(&out)
    );
    // Playback begins anew, and it is frozen still.
    bounce.reset();
    assert_same(&out, &bounce.play(&silence).unwrap(), "from the beginning again");
    assert_eq!(state, bounce.save().unwrap(), "saved again after the bounce");
}

#[test]
fn chance_keeps_the_level() {
    let draws = gates::chance().unwrap();
    println!("{}", gates::table::chance(&draws, &EFFECT));
    assert!(draws.len() >= 20, "{draws:?}");
    let off: Vec<_> =
        draws.iter().filter(|(_, off)| off.is_nan() || off.abs() > EFFECT.loudness_lu).collect();
    assert!(
        off.is_empty(),
        "Randomise is to stay within {} LU of the dry sound: {off:?}",
        EFFECT.loudness_lu
    );
}
