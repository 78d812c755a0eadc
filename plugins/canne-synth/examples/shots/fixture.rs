//! States of the editor to draw: settings, presets and sounds as they come up in use, made from
//! fixed formulas.

use std::sync::Arc;

use canne_synth::editor::face::Motion;
use canne_synth::editor::view::{
    Card, Job, LatentCard, LoopChoice, SampleView, Shelf, Spot, Tone, View,
};
use canne_synth::params::{CanneParams, SLIDERS, slider_id};
use canne_synth::session::DEFAULT_POSITIONS;
use nfx_core::signal::random::Random;

#[path = "../../../ui/testing/fixture.rs"]
mod common;
use common::{Line, MOST, values};

const RATE: f64 = 48_000.0;
const BINS: usize = 2049;

const WORDS: [&str; 8] = [
    "hollower, brighter around 501 Hz",
    "thinner, brighter around 564 Hz",
    "brighter, noisier around 1.2 kHz",
    "rounder, fuller around 571 Hz",
    "nasal, louder around 2.1 kHz",
    "softer, darker around 682 Hz",
    "metallic, wider around 3.4 kHz",
    "warmer, hollower around 787 Hz",
];

/// The parameters of most pictures, but for defaults.
const SETTING: [(&str, f32); 23] = [
    ("l1", 0.62),
    ("l2", 0.31),
    ("l3", 0.78),
    ("l5", 0.22),
    ("l7", 0.12),
    ("morph", 0.35),
    ("mx", 0.68),
    ("my", 0.36),
    ("tilt", 0.25),
    ("shift", 0.53),
    ("amp_a", 0.32),
    ("amp_d", 0.52),
    ("amp_s", 0.64),
    ("amp_r", 0.55),
    ("env_d", 0.45),
    ("env_s", 0.2),
    ("e1", 0.82),
    ("e3", 0.31),
    ("f5", 0.64),
    ("v1", 0.70),
    ("p6", 0.90),
    ("w7", 1.0),
    ("frate", 0.4),
];

/// A setting with sound, as most users see the editor, and `more` of its parameters elsewhere.
pub fn set(more: &[(&str, f32)]) -> View {
    let mut set = SETTING.to_vec();
    set.extend(more);
    let values = values::<CanneParams>(&set);
    let morphed = std::array::from_fn(|i| {
        let here = values.normal(&slider_id(i));
        here + 0.35 * (DEFAULT_POSITIONS[1][i] - here)
    });
    View {
        sliders: SLIDERS,
        rests: [0.5, 0.42, 0.5, 0.55, 0.3, 0.5, 0.25, 0.5],
        locks: [false, false, true, false, false, false, false, false],
        morphed,
        corners: DEFAULT_POSITIONS,
        map: Some(Arc::new(spots())),
        place: Some([0.31, -0.22]),
        sample: SampleView::default(),
        notes: Some((36, 96)),
        heard: None,
        reach: 0.0,
        tuning: ("Twelve equal steps".to_owned(), false),
        loop_choice: LoopChoice::default(),
        job: Job::Idle,
        typing_plays: false,
        training: Default::default(),
        shelf: Shelf { values, ..shelf() },
    }
}

/// The same as it is.
pub fn playing() -> View {
    set(&[])
}

/// Some presets.
const PRESETS: [Line; 8] = [
    ["Init", "start", "Every slider in the middle: the network's average note.", ""],
    ["Tin Whistle Choir", "pad", "Thin and bright, with breath from the LFO.", MOST],
    ["Slow Cathedral", "pad", "Rises for two seconds and darkens as it fades.", MOST],
    [
        "Glass Choir",
        "pad",
        "The pad between glass and voices: hold a chord and wander.",
        "On held chords and soft keys.",
    ],
    [
        "Rubber Bass",
        "bass",
        "A short envelope on the brightness, legato with a quick glide.",
        "In short lines below C3.",
    ],
    ["Night Organ", "keys", "Even, odd-partialled and patient.", MOST],
    [
        "Lost Signal",
        "drone wild",
        "The original's way: no key, slow LFO, a shift of three bins.",
        MOST,
    ],
    ["Bell of Wires", "metal wild", "Shifted partials: every key is a different bell.", MOST],
];

fn shelf() -> Shelf {
    let shelf = common::shelf("canne", &PRESETS, 3, "My pluck 2");
    let own = Some(("My choir", "my-choir.safetensors"));
    Shelf {
        values: values::<CanneParams>(&SETTING),
        card: Some(card()),
        undo: Some("Slider 3".to_owned()),
        host_rate_hz: RATE,
        ..common::models(shelf, &["Keys", "Difference", "Cepstrum"], own)
    }
}

fn card() -> Arc<Card> {
    let latents = WORDS.iter().enumerate().map(|(i, words)| LatentCard {
        words: (*words).to_owned(),
        centroid_hz: 220.0 * 1.5_f32.powi(i as i32),
        live: true,
    });
    Arc::new(Card {
        description:
            "Eighty patches over five octaves; it is conditioned on the note, so every slider is timbre."
                .to_owned(),
        learned_from: "A virtual-analogue synthesizer's chromatic notes, C2 to C7, 80 patches"
            .to_owned(),
        licence: "Generated data, CC0 1.0".to_owned(),
        trained_by: "Latent Works".to_owned(),
        facts: common::facts(&[
            ("Sound", "44.1 kHz, window of 4096 samples, hop 1024"),
            ("Network", "2049–1000–512–256–128–64–32–16–8–16–32–64–128–256–512–1024–2049"),
        ]),
        latents: latents.collect(),
        directions: Vec::new(),
    })
}

/// Clouds of sounds, the same each time.
fn spots() -> Vec<Spot> {
    let mut random = Random::new(7);
    let clouds = [
        ([-0.6, 0.3], "Brass"),
        ([0.1, 0.55], "Strings"),
        ([0.5, -0.1], "Reed"),
        ([-0.2, -0.5], "Bell"),
        ([0.6, 0.5], "Lead"),
    ];
    (0..240)
        .map(|i| {
            let ([x, y], name) = clouds[i % clouds.len()];
            let mut near = || (random.unit() + random.unit() + random.unit() - 1.5) * 0.34;
            Spot {
                at: [x + near(), y + near()],
                label: format!("{name} {}, C{}", i / 5 % 16 + 1, i % 5 + 2),
            }
        })
        .collect()
}

/// No note yet.
pub fn empty() -> View {
    let plain = set(&[("morph", 0.0)]);
    let values = plain.values.clone();
    let morphed = std::array::from_fn(|i| values.normal(&slider_id(i)));
    let shelf = Shelf { values, ..common::untouched(shelf()) };
    View { morphed, shelf, ..plain }
}

/// The program of its own: the computer's keys play.
pub fn standalone() -> View {
    View { typing_plays: true, ..empty() }
}

/// Mono, synchronised LFO, MPE.
pub fn mono() -> View {
    let mut view =
        set(&[("mode", 1.0), ("fsync", 1.0), ("fdiv", 0.5), ("mpe", 1.0), ("fshape", 0.2)]);
    let zone = "channels 2 to 16 under 1, bend 48 st";
    view.heard = Some(format!("MIDI has switched MPE on: {zone}; until you move the switch."));
    view
}

/// Tuned by files, with the sliders' reach beyond what was learned.
pub fn tuned() -> View {
    View { tuning: ("meanquar.scl, whole.kbm".to_owned(), true), reach: 1.0, ..playing() }
}

/// A palette of fewer sliders, without map or encoder.
pub fn palette() -> View {
    let shelf = Shelf { model: "Difference".to_owned(), model_at: Some(1), ..shelf() };
    View { sliders: 6, map: None, place: None, notes: None, shelf, ..playing() }
}

/// The drone sounds.
pub fn drone() -> View {
    set(&[("drone", 1.0)])
}

/// A loop has been written.
pub fn written() -> View {
    let shelf =
        common::says(shelf(), Tone::Note, "The loop was written to ~/Music/glass-choir.wav.");
    View { shelf, ..playing() }
}

/// The ways to play a sound.
pub fn ways() -> View {
    let ways = [("As recorded", 3.8), ("In the palette", 9.2), ("Plucked", 10.4), ("Still", 12.7)];
    let sample = SampleView {
        name: Some("cello-g2.wav".to_owned()),
        key: Some(43),
        ways: ways.map(|(name, db)| (name.to_owned(), db)).to_vec(),
        chosen: Some(0),
        plays: true,
    };
    View { sample, ..playing() }
}

/// A project that was opened plays by a take.
pub fn taken() -> View {
    let sample =
        SampleView { name: Some("cello-g2.wav".to_owned()), plays: true, ..SampleView::default() };
    View { sample, ..playing() }
}

/// A sound is being listened to.
pub fn listening() -> View {
    View { job: Job::Listening("cello-g2.wav".to_owned()), ..playing() }
}

/// A model is being read.
pub fn loading() -> View {
    View { shelf: common::loading(shelf()), ..playing() }
}

/// The project's model is not there.
pub fn missing() -> View {
    let shelf = common::missing(shelf(), "My choir", "The instrument is silent");
    View { sliders: 0, map: None, place: None, shelf, ..playing() }
}

/// A file was refused.
pub fn error() -> View {
    let text = "“drums.safetensors” cannot be played: it has 64 latents, an instrument has 1 to 8. The model in use stays.";
    View { shelf: common::says(shelf(), Tone::Error, text), ..playing() }
}

/// The host renders.
pub fn offline() -> View {
    View { shelf: common::offline(shelf()), ..playing() }
}

/// The moving picture of one frame.
pub struct Frame {
    sliders: Vec<f32>,
    spectrum: Vec<f32>,
}

impl Frame {
    /// As the editor takes it.
    pub fn borrow(&self) -> Motion<'_> {
        Motion {
            fresh: true,
            sliders: &self.sliders,
            spectrum: &self.spectrum,
            sample_rate_hz: RATE,
            peak: 0.55,
        }
    }
}

/// A chord with a formant that moves a little from frame to frame.
pub fn motion(frame: usize) -> Frame {
    let bin_hz = RATE as f32 / (2 * (BINS - 1)) as f32;
    let full = (BINS - 1) as f32 / 2.0;
    let wobble = (frame as f32 * 0.05).sin();
    let hump =
        |hz: f32, centre: f32, width: f32| (-((hz.max(1.0) / centre).log2() / width).powi(2)).exp();
    let spectrum = (0..BINS)
        .map(|bin| {
            let hz = bin as f32 * bin_hz;
            let mut level = 0.00004_f32;
            for root in [130.8_f32, 196.0, 311.1, 466.2] {
                for partial in 1..=40 {
                    let distance = (hz - root * partial as f32) / bin_hz;
                    let strength = 0.16 / (partial as f32).powf(1.15);
                    let odd = if partial % 2 == 0 { 0.35 } else { 1.0 };
                    level += strength * odd * (-distance * distance * 0.9).exp();
                }
            }
            let shape =
                0.30 + 0.9 * hump(hz, 620.0 + 120.0 * wobble, 0.7) + 0.6 * hump(hz, 2600.0, 0.5);
            full * level * shape / (1.0 + (hz / 6500.0).powi(2))
        })
        .collect();
    let plain = playing();
    let sliders = (0..SLIDERS)
        .map(|i| (plain.morphed[i] + 0.05 * wobble * (i % 3) as f32).clamp(0.0, 1.0))
        .collect();
    Frame { sliders, spectrum }
}

/// What the sounds should be.
const ADVICE: &str = "Single notes, one to a file, over the range that you want to play; a note's name in the file's name (“Flute C#4.wav”) tells the network its pitch, else it listens. Many timbres make eight sliders worth turning.";

/// A view of the training page.
pub fn training(finished: bool) -> View {
    View { training: common::training(ADVICE, finished), ..playing() }
}

/// The trainer is not installed.
pub fn no_trainer() -> View {
    View { training: common::untrained(), ..playing() }
}
