//! States of the editor to draw: settings, presets and sounds as they come up in use, made from
//! fixed formulas.

use std::sync::Arc;

use anne_fx::editor::face::Motion;
use anne_fx::editor::view::{Card, LatentCard, Shelf, SourceView, Tone, View};
use anne_fx::params::{AnneParams, trim_id};

#[path = "../../../ui/testing/fixture.rs"]
mod common;
use common::{Line, MOST, noise, values};

const BINS: usize = 1025;
const RATE: f64 = 44_100.0;
const LATENTS: usize = 64;
const BANDS: [&str; 7] = ["63 Hz", "180 Hz", "500 Hz", "1.4 kHz", "2.8 kHz", "4 kHz", "11 kHz"];

/// The parameters of most pictures, but for defaults and trims.
const SETTING: [(&str, f32); 13] = [
    ("a", 0.52),
    ("c", 0.71),
    ("d", 0.16),
    ("e", 0.44),
    ("body", 0.62),
    ("air", 0.71),
    ("noise", 0.36),
    ("formant", 0.58),
    ("disc2", 0.66),
    ("disc4", 0.44),
    ("mix", 0.8),
    ("out", 0.44),
    ("slew", 0.2),
];

/// A setting with sound, as most users see the editor, and `more` of its parameters elsewhere.
pub fn set(more: &[(&str, f32)]) -> View {
    let mut set = SETTING.to_vec();
    let trims: Vec<String> = (0..LATENTS).map(trim_id).collect();
    set.extend((4..LATENTS).step_by(9).map(|i| (trims[i].as_str(), 0.3 + 0.5 * noise(i))));
    set.extend(more);
    let shelf = Shelf { values: values::<AnneParams>(&set), ..shelf() };
    View {
        names: ["".to_owned(), "Wood".to_owned(), "".to_owned(), "".to_owned()],
        sounds: (0..LATENTS).map(|i| i != 21 && i != 40).collect(),
        lengths: [13, 13, 13, 13, 12],
        locks: [false, false, true, false, false],
        source: source_view(0, false),
        hears: true,
        shelf,
        ..View::default()
    }
}

/// The same as it is.
pub fn playing() -> View {
    set(&[])
}

/// Some presets.
const PRESETS: [Line; 16] = [
    ["As Learned", "start", "Every knob neutral: the network's own idea of your sound.", MOST],
    [
        "Piano to Kick",
        "drums keys wild",
        "Takes the strings out of a piano note until the hammer is a kick drum.",
        "On single low piano notes.",
    ],
    ["Snare to Cowbell", "drums", "The rattle goes, two hard tones stay.", MOST],
    [
        "Glass Choir",
        "pad",
        "Raises the voices between the partials; freeze it on a chord.",
        "On held chords and soft keys.",
    ],
    [
        "Rust Belt",
        "drive",
        "Pushes the middle past what was learned: metal without a clipper.",
        MOST,
    ],
    ["Night Radio", "lo-fi", "Only the nasal latents: a small speaker in another room.", MOST],
    ["Hollow Tree", "colour", "Takes the body and leaves the wood.", MOST],
    ["Breath Only", "colour", "The pitch sinks away, the air stays.", MOST],
    ["Subterranean", "bass", "The lowest group alone, doubled.", MOST],
    ["Bright Ideas", "colour", "Lifts the top latents in parallel at half mix.", MOST],
    [
        "Swarm",
        "pad",
        "A slow slew lets chords melt into each other.",
        "On strummed guitars and slow keys.",
    ],
    ["Broken Organ", "drive", "Random-looking trims with a stable tone.", MOST],
    ["Stained Glass", "pad", "Freeze-friendly: many narrow colours.", MOST],
    ["Paper Drum", "drums", "Dries out drums to their skins.", MOST],
    ["Morph Meeting", "morph motion", "Half way to the side chain.", MOST],
    ["Whisper Engine", "lo-fi", "Turns a groove into consonants.", MOST],
];

fn shelf() -> Shelf {
    let shelf = common::shelf("anne", &PRESETS, 3, "Vocal wash 2");
    let own = Some(("My voice", "my-voice.safetensors"));
    Shelf {
        values: values::<AnneParams>(&SETTING),
        card: Some(card()),
        undo: Some("Knob C".to_owned()),
        latency_samples: 2048,
        host_rate_hz: RATE,
        ..common::models(shelf, &["General", "Tonal", "Thesis"], own)
    }
}

fn card() -> Arc<Card> {
    let latents = (0..LATENTS)
        .map(|i| LatentCard {
            words: format!(
                "lifts {}, cuts {}",
                BANDS[i * BANDS.len() / LATENTS],
                BANDS[(5 * i + 3) % BANDS.len()]
            ),
            centroid_hz: 90.0 * 1.082_f32.powi(i as i32),
            live: i % 11 != 7,
        })
        .collect();
    Arc::new(Card {
        description: "An all-round network: tones, chords, drums and noises.".to_owned(),
        learned_from:
            "A virtual synthesizer's improvisations, recorded loops and single-cycle waves; 3 hours"
                .to_owned(),
        licence: "CC0 1.0 and generated data".to_owned(),
        trained_by: "Latent Works".to_owned(),
        facts: common::facts(&[
            ("Sound", "44.1 kHz, window 2048, hop 512"),
            ("Network", "1025–512–256–128–64–128–256–512–1025"),
            ("Error", "test MSE 1.9e-4, PCA of the same size 3.2e-4"),
        ]),
        latents,
        directions: ["more weight, 80 to 350 Hz"; 10].map(str::to_owned).to_vec(),
    })
}

fn source_view(chosen: usize, playing: bool) -> SourceView {
    common::source(["Piano", "Strings", "Snare"], "amen-take-3.wav", chosen, playing)
}

/// No sound yet.
pub fn empty() -> View {
    let shelf = common::untouched(shelf());
    View { hears: false, shelf, ..playing() }
}

/// One of the user's own splits.
pub fn own_split() -> View {
    View { lengths: [6, 10, 20, 17, 11], ..set(&[("split", 0.75)]) }
}

/// A built-in sound plays.
pub fn source() -> View {
    View { source: source_view(1, true), ..playing() }
}

/// The browser.
pub fn presets() -> View {
    playing()
}

/// A model is being read.
pub fn loading() -> View {
    View { shelf: common::loading(shelf()), ..playing() }
}

/// The project's model is not there.
pub fn missing() -> View {
    let shelf = common::missing(shelf(), "My voice", "The sound passes dry");
    View { shelf, ..playing() }
}

/// A file was refused.
pub fn error() -> View {
    let text = "“drums.safetensors” cannot be played: it ends after 1,024 bytes, its header promises 5,623,808. The model in use stays.";
    View { shelf: common::says(shelf(), Tone::Error, text), ..playing() }
}

/// Bypassed.
pub fn bypassed() -> View {
    set(&[("bypass", 1.0)])
}

/// The host renders.
pub fn offline() -> View {
    View { shelf: common::offline(shelf()), ..playing() }
}

/// The moving picture of one frame.
pub struct Frame {
    raw: Vec<f32>,
    latents: Vec<f32>,
    before: Vec<f32>,
    after: Vec<f32>,
}

impl Frame {
    /// As the editor takes it.
    pub fn borrow(&self) -> Motion<'_> {
        Motion {
            fresh: true,
            raw_latents: &self.raw,
            latents: &self.latents,
            before: &self.before,
            after: &self.after,
            sample_rate_hz: RATE,
            input_peak: 0.42,
            output_peak: 0.63,
        }
    }
}

/// A chord and some air, moving a little from frame to frame.
pub fn motion(frame: usize) -> Frame {
    let bin_hz = RATE as f32 / (2 * (BINS - 1)) as f32;
    let full = (BINS - 1) as f32 / 2.0;
    let wobble = |rate: f32| (frame as f32 * rate).sin();
    let mut before = vec![0.0_f32; BINS];
    let mut after = vec![0.0_f32; BINS];
    for (bin, (dry, wet)) in before.iter_mut().zip(&mut after).enumerate() {
        let hz = bin as f32 * bin_hz;
        let mut tone = 0.0_f32;
        for (voice, root) in [110.0_f32, 164.8, 220.0, 277.2].into_iter().enumerate() {
            for partial in 1..=24 {
                let distance = (hz - root * partial as f32) / bin_hz;
                let level =
                    0.12 / (partial as f32).powf(1.3) * (1.0 + 0.1 * wobble(0.3 + voice as f32));
                tone += level * (-distance * distance * 0.9).exp();
            }
        }
        let air = 0.0006 * (0.4 + noise(bin + frame / 6 * 7)) / (1.0 + hz / 5000.0);
        let hump =
            |centre: f32, width: f32| (-((hz.max(1.0) / centre).log2() / width).powi(2)).exp();
        *dry = full * (tone + air);
        *wet = full
            * (tone * (0.35 + 1.1 * hump(700.0, 0.9) + 0.5 * hump(3200.0, 0.6))
                + air * (1.0 + 9.0 * hump(3600.0, 1.0))
                + 0.0002);
    }
    let gains = [1.79, 1.0, 2.93, 0.61, 1.43];
    let raw: Vec<f32> = (0..LATENTS)
        .map(|i| {
            if i % 11 == 7 {
                0.0
            } else {
                noise(i + 5).powf(1.4) * (0.9 + 0.1 * wobble(0.2 + 0.1 * (i % 5) as f32))
            }
        })
        .collect();
    let latents = raw.iter().enumerate().map(|(i, x)| x * gains[(i / 13).min(4)]).collect();
    Frame { raw, latents, before, after }
}

/// What the sounds should be.
const ADVICE: &str = "The network learns to rebuild these sounds with 64 numbers. Loops, single notes or whole songs: what it hears, it can sing. Ten minutes of sound and more are good.";

/// A view of the training page.
pub fn training(finished: bool) -> View {
    View { training: common::training(ADVICE, finished), ..playing() }
}

/// The trainer is not installed.
pub fn no_trainer() -> View {
    View { training: common::untrained(), ..playing() }
}
