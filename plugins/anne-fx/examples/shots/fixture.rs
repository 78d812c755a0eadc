//! States of the editor to draw: settings, presets and sounds as they come up in use, made from fixed formulas.

use std::sync::Arc;

use anne_fx::editor::face::Motion;
use anne_fx::editor::view::{Card, LatentCard, Message, ModelLine, PresetLine, Shelf, SourceView, Tone, View};
use anne_fx::params::AnneParams;

#[path = "../../../ui/testing/values.rs"]
mod values;
use values::values;

const BINS: usize = 1025;
const RATE: f64 = 44_100.0;
const LATENTS: usize = 64;
const BANDS: [&str; 7] = ["63 Hz", "180 Hz", "500 Hz", "1.4 kHz", "2.8 kHz", "4 kHz", "11 kHz"];

/// A number in 0..1 that looks random and is the same each time.
fn noise(seed: usize) -> f32 {
    let mut x = (seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (x >> 40) as f32 / (1u64 << 24) as f32
}

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
    let trims: Vec<String> = (0..LATENTS).map(|i| format!("l{}", i + 1)).collect();
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

fn shelf() -> Shelf {
    Shelf {
        values: values::<AnneParams>(&SETTING),
        preset: "Glass Choir".to_owned(),
        preset_changed: true,
        presets: preset_lines(),
        preset_at: Some(3),
        preset_folder: "~/.local/share/latent-works/presets/anne".to_owned(),
        model: "General".to_owned(),
        models: Arc::new(vec![
            ModelLine { name: "General".to_owned(), origin: "built in".to_owned() },
            ModelLine { name: "Tonal".to_owned(), origin: "built in".to_owned() },
            ModelLine { name: "Thesis".to_owned(), origin: "built in".to_owned() },
            ModelLine { name: "My voice".to_owned(), origin: "my-voice.safetensors".to_owned() },
        ]),
        model_at: Some(0),
        model_folder: "~/.local/share/latent-works/models".to_owned(),
        card: Some(card()),
        undo: Some("Knob C".to_owned()),
        running: true,
        latency_samples: 2048,
        host_rate_hz: RATE,
        ..Shelf::default()
    }
}

fn card() -> Arc<Card> {
    let latents = (0..LATENTS)
        .map(|i| LatentCard {
            words: format!("lifts {}, cuts {}", BANDS[i * BANDS.len() / LATENTS], BANDS[(5 * i + 3) % BANDS.len()]),
            centroid_hz: 90.0 * 1.082_f32.powi(i as i32),
            live: i % 11 != 7,
        })
        .collect();
    Arc::new(Card {
        description: "An all-round network: tones, chords, drums and noises.".to_owned(),
        learned_from: "A virtual synthesizer's improvisations, recorded loops and single-cycle waves; 3 hours"
            .to_owned(),
        licence: "CC0 1.0 and generated data".to_owned(),
        trained_by: "Latent Works".to_owned(),
        facts: vec![
            ("Sound".to_owned(), "44.1 kHz, window 2048, hop 512".to_owned()),
            ("Network".to_owned(), "1025–512–256–128–64–128–256–512–1025".to_owned()),
            ("Error".to_owned(), "test MSE 1.9e-4, PCA of the same size 3.2e-4".to_owned()),
        ],
        latents,
        directions: ["more weight, 80 to 350 Hz"; 10].map(str::to_owned).to_vec(),
    })
}

fn preset_lines() -> Arc<Vec<PresetLine>> {
    let lines = [
        (
            "As Learned",
            "start",
            "Every knob neutral: the network's own idea of your sound.",
            "On loops and held chords.",
        ),
        (
            "Piano to Kick",
            "drums keys wild",
            "Takes the strings out of a piano note until the hammer is a kick drum.",
            "On single low piano notes.",
        ),
        ("Snare to Cowbell", "drums", "The rattle goes, two hard tones stay.", "On loops and held chords."),
        (
            "Glass Choir",
            "pad",
            "Raises the voices between the partials; freeze it on a chord.",
            "On held chords and soft keys.",
        ),
        (
            "Rust Belt",
            "drive",
            "Pushes the middle past what was learned: metal without a clipper.",
            "On loops and held chords.",
        ),
        (
            "Night Radio",
            "lo-fi",
            "Only the nasal latents: a small speaker in another room.",
            "On loops and held chords.",
        ),
        ("Hollow Tree", "colour", "Takes the body and leaves the wood.", "On loops and held chords."),
        ("Breath Only", "colour", "The pitch sinks away, the air stays.", "On loops and held chords."),
        ("Subterranean", "bass", "The lowest group alone, doubled.", "On loops and held chords."),
        ("Bright Ideas", "colour", "Lifts the top latents in parallel at half mix.", "On loops and held chords."),
        ("Swarm", "pad", "A slow slew lets chords melt into each other.", "On strummed guitars and slow keys."),
        ("Broken Organ", "drive", "Random-looking trims with a stable tone.", "On loops and held chords."),
        ("Stained Glass", "pad", "Freeze-friendly: many narrow colours.", "On loops and held chords."),
        ("Paper Drum", "drums", "Dries out drums to their skins.", "On loops and held chords."),
        ("Morph Meeting", "morph motion", "Half way to the side chain.", "On loops and held chords."),
        ("Whisper Engine", "lo-fi", "Turns a groove into consonants.", "On loops and held chords."),
    ];
    let mut all: Vec<PresetLine> = lines
        .iter()
        .enumerate()
        .map(|(index, (name, tags, description, shines))| PresetLine {
            name: (*name).to_owned(),
            tags: tags.split(' ').map(str::to_owned).collect(),
            description: (*description).to_owned(),
            shines: (*shines).to_owned(),
            favourite: index % 3 == 1,
            own: false,
        })
        .collect();
    all.push(PresetLine { name: "Vocal wash 2".to_owned(), own: true, ..PresetLine::default() });
    Arc::new(all)
}

fn source_view(chosen: usize, playing: bool) -> SourceView {
    SourceView {
        names: ["Host", "Piano", "Strings", "Snare", "File"].map(str::to_owned).to_vec(),
        chosen,
        playing,
        looped: true,
        file: Some("amen-take-3.wav".to_owned()),
        exporting: false,
    }
}

/// No sound yet.
pub fn empty() -> View {
    let shelf =
        Shelf { undo: None, preset: "As Learned".to_owned(), preset_at: Some(0), preset_changed: false, ..shelf() };
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
    View { shelf: Shelf { loading: true, ..shelf() }, ..playing() }
}

/// The project's model is not there.
pub fn missing() -> View {
    let text = "The project uses the model “My voice” (3f6c2a91d04b), which this version does not contain and the project does not \
                carry. The sound passes dry until you choose a model; the project keeps its entry.";
    let model_problem = Some(text.to_owned());
    let shelf = Shelf { model: "My voice".to_owned(), model_at: None, card: None, model_problem, ..shelf() };
    View { shelf, ..playing() }
}

/// A file was refused.
pub fn error() -> View {
    let text = "“drums.safetensors” cannot be played: it ends after 1,024 bytes, its header promises 5,623,808. The model in use stays.";
    let message = Some(Message { tone: Tone::Error, text: text.to_owned() });
    View { shelf: Shelf { message, ..shelf() }, ..playing() }
}

/// Bypassed.
pub fn bypassed() -> View {
    set(&[("bypass", 1.0)])
}

/// The host renders.
pub fn offline() -> View {
    View { shelf: Shelf { offline: true, ..shelf() }, ..playing() }
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
                let level = 0.12 / (partial as f32).powf(1.3) * (1.0 + 0.1 * wobble(0.3 + voice as f32));
                tone += level * (-distance * distance * 0.9).exp();
            }
        }
        let air = 0.0006 * (0.4 + noise(bin + frame / 6 * 7)) / (1.0 + hz / 5000.0);
        let hump = |centre: f32, width: f32| (-((hz.max(1.0) / centre).log2() / width).powi(2)).exp();
        *dry = full * (tone + air);
        *wet = full
            * (tone * (0.35 + 1.1 * hump(700.0, 0.9) + 0.5 * hump(3200.0, 0.6))
                + air * (1.0 + 9.0 * hump(3600.0, 1.0))
                + 0.0002);
    }
    let gains = [1.79, 1.0, 2.93, 0.61, 1.43];
    let raw: Vec<f32> =
        (0..LATENTS)
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
    use nfx_frame::trainer::{Check, Progress, Stage, Trainer, Verdict};
    use nfx_frame::training::{Found, Sounds, TrainingView};
    let share = if finished { 1.0 } else { 0.46 };
    let curve: Vec<(f32, f64)> = (1..=60)
        .map(|i| i as f32 / 60.0)
        .filter(|at| *at <= share)
        .map(|at| (at, f64::from(0.004 * (0.12 + (-4.0 * at).exp() + 0.02 * noise((at * 997.0) as usize)))))
        .collect();
    let last = curve.last().map(|(_, error)| *error);
    let check = Check { verdict: Verdict::Good, text: "Enough sound, in enough files.".to_owned() };
    let run = Progress {
        stage: if finished { Stage::Done } else { Stage::Training },
        fraction: share,
        eta_s: (!finished).then_some(487.0),
        error: last,
        best: last,
        message: "Pass 41 over 50,000 frames.".to_owned(),
        curve,
        ..Progress::default()
    };
    let training = TrainingView {
        trainer: Found::Here(Trainer { path: "nfx-train".into(), version: "0.1.0".to_owned() }),
        advice: ADVICE.to_owned(),
        folder: "~/sounds/field recordings".to_owned(),
        sounds: Some(Sounds { files: 148, seconds: 1934.0, checks: vec![check] }),
        name: "Harbour".to_owned(),
        minutes: 1,
        run: Some(run),
        elapsed_s: 412.0,
        model: finished.then(|| "~/.local/share/latent-works/models/Harbour.safetensors".into()),
        ..TrainingView::default()
    };
    View { training, ..playing() }
}

/// The trainer is not installed.
pub fn no_trainer() -> View {
    use nfx_frame::training::{Found, TrainingView};
    let sentence = "Training needs the program nfx-train, which was not found. “cargo xtask install” in the suite's source folder builds and \
                    installs it; one that you have can be put into ~/.local/share/latent-works/bin, or be named by NFX_TRAIN. Then look \
                    again: nothing else has to be done.";
    View {
        training: TrainingView { trainer: Found::Missing(sentence.to_owned()), ..TrainingView::default() },
        ..playing()
    }
}
