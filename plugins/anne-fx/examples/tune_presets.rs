//! Finds the latents that make a piano a kick and a snare a cowbell, and writes the two presets.
//!
//! Run again after the General model was trained anew, for its latents then mean something else:
//! `cargo run --release -p anne-fx --example tune_presets`, with a model file as an optional
//! argument. One latent after the other takes the value that brings most of the sound's energy into
//! the wanted bands; the result depends on the model alone.

use std::path::Path;
use std::sync::Arc;

use anne_fx::factory::PLUGIN;
use anne_fx::models::{EMBEDDED, LIBRARY};
use anne_fx::params::{KNOB_IDS, SourceChoice, trim_id};
use anne_fx::source;
use nfx_core::engine::anne::{AnneControls, AnneEngine, KNOBS, Split, split};
use nfx_core::engine::render;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{AnneModel, MAX_LATENTS};
use nfx_core::signal::stft::{StftConfig, analyse_signal};
use nfx_core::signal::window::Window;
use nfx_frame::Sentence;
use nfx_frame::files::write_atomically;
use nfx_frame::model_slot::StoredModel;
use nfx_frame::presets::{FORMAT, Preset};
use nfx_frame::snapshot::{Snapshot, Value};

/// Points of the spectra by which a sound is judged.
const POINTS: usize = 4096;
/// What a knob and a trim may be.
const KNOB_VALUES: [f32; 7] = [0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.5];
const TRIM_VALUES: [f32; 5] = [0.0, 0.5, 1.0, 1.5, 2.0];
/// Rounds through all knobs and trims.
const ROUNDS: usize = 3;

/// A preset to be found.
struct Aim {
    file: &'static str,
    name: &'static str,
    tags: &'static [&'static str],
    description: &'static str,
    shines: &'static str,
    source: SourceChoice,
    split: (Split, &'static str),
    /// Worth of the energy in a band: from, to (Hz), worth.
    bands: &'static [(f64, f64, f64)],
    /// Loss for the energy above 3 kHz.
    hiss: f64,
    output_db: f32,
}

const AIMS: [Aim; 2] = [
    Aim {
        file: "piano-to-kick",
        name: "Piano to Kick",
        tags: &["drums", "keys"],
        shines: "On short, low piano notes in a steady beat.",
        description: "Feed it a piano note (input selector: Piano): its latents are turned until hardly anything above 125 Hz is left, \
                      and every note strikes a kick drum.",
        source: SourceChoice::Piano,
        split: (Split::Growing, "2 Growing"),
        bands: &[(0.0, 45.0, 0.5), (45.0, 125.0, 1.0), (125.0, 200.0, 0.3)],
        hiss: 0.5,
        output_db: 0.0,
    },
    Aim {
        file: "snare-to-cowbell",
        name: "Snare to Cowbell",
        tags: &["drums", "metal"],
        shines: "On dry snares, a hit at a time.",
        description: "Feed it a snare (input selector: Snare): its noise is drawn together around 540 and 800 Hz, the two tones of \
                      the cowbell in a well-known drum machine.",
        source: SourceChoice::Snare,
        split: (Split::Equal, "1 Equal"),
        bands: &[(500.0, 590.0, 1.0), (760.0, 880.0, 1.0), (1500.0, 1700.0, 0.3)],
        hiss: 0.3,
        output_db: 0.0,
    },
];

#[derive(Clone, Copy)]
struct Setting {
    knobs: [f32; KNOBS],
    trims: [f32; MAX_LATENTS],
}

struct Judge<'a> {
    aim: &'a Aim,
    model: Arc<AnneModel>,
    input: Vec<Vec<f32>>,
    rate_hz: f64,
}

impl Judge<'_> {
    /// The share of the energy that is where it should be, less the hiss.
    fn score(&self, setting: &Setting) -> Result<f64, Sentence> {
        let lengths = self.aim.split.0.lengths(self.model.latents());
        let latent_gains = split::gains(&setting.knobs, &lengths, &setting.trims);
        // A piano holds nothing that a kick could be filtered from: the network makes it.
        let controls = AnneControls { latent_gains, detail: 0.0, ..AnneControls::default() };
        let out = AnneEngine::with_channels(self.model.clone(), self.rate_hz, self.input.len())
            .and_then(|mut engine| render(&mut engine, |_| controls.clone(), &self.input, &[]))
            .map_err(|e| e.to_string())?;
        let stft = StftConfig::new(POINTS, POINTS / 2, Window::Hann).map_err(|e| e.to_string())?;
        let mut energy = vec![0.0; stft.bins()];
        for frame in analyse_signal(stft, &out[0]).map_err(|e| e.to_string())? {
            energy.iter_mut().zip(&frame).for_each(|(sum, bin)| *sum += f64::from(bin.norm_sqr()));
        }
        let whole = energy.iter().sum::<f64>().max(1e-12);
        let worth = |hz: f64| {
            let band = self.aim.bands.iter().find(|(from, to, _)| (*from..*to).contains(&hz));
            band.map_or(0.0, |(_, _, worth)| *worth) - if hz > 3000.0 { self.aim.hiss } else { 0.0 }
        };
        let spacing_hz = self.rate_hz / POINTS as f64;
        Ok(energy
            .iter()
            .enumerate()
            .map(|(bin, energy)| worth(bin as f64 * spacing_hz) * energy / whole)
            .sum())
    }

    /// Tries `value` in `setting` and keeps it when that is better by `least`.
    fn try_out(
        &self,
        best: &mut (f64, Setting),
        least: f64,
        change: impl Fn(&mut Setting),
    ) -> Result<(), Sentence> {
        let mut setting = best.1;
        change(&mut setting);
        let score = self.score(&setting)?;
        if score > best.0 + least {
            *best = (score, setting);
        }
        Ok(())
    }

    fn find(&self) -> Result<(f64, Setting), Sentence> {
        let start = Setting { knobs: [1.0; KNOBS], trims: [1.0; MAX_LATENTS] };
        let mut best = (self.score(&start)?, start);
        for _ in 0..ROUNDS {
            for knob in 0..KNOBS {
                for value in KNOB_VALUES {
                    self.try_out(&mut best, 1e-4, |setting| setting.knobs[knob] = value)?;
                }
            }
            for latent in 0..self.model.latents() {
                for value in TRIM_VALUES {
                    self.try_out(&mut best, 1e-3, |setting| setting.trims[latent] = value)?;
                }
            }
        }
        Ok(best)
    }
}

fn preset(aim: &Aim, setting: &Setting) -> Preset {
    let mut snapshot = Snapshot::default();
    let mut set = |id: String, value: Value| snapshot.params.insert(id, value);
    for (id, knob) in KNOB_IDS.iter().zip(setting.knobs) {
        set((*id).to_owned(), Value::Number(knob));
    }
    for (latent, trim) in setting.trims.iter().enumerate().filter(|(_, trim)| **trim != 1.0) {
        set(trim_id(latent), Value::Number(*trim));
    }
    set("split".to_owned(), Value::Choice(aim.split.1.to_owned()));
    set("detail".to_owned(), Value::Number(0.0));
    set("level".to_owned(), Value::Switch(true));
    set("out".to_owned(), Value::Number(aim.output_db));
    // In the hash's place the name: the factory puts the embedded model's hash there.
    let model =
        StoredModel { hash: EMBEDDED[0].name.to_owned(), ..StoredModel::embedded(&EMBEDDED[0]) };
    snapshot.model = Some(Arc::new(model));
    Preset {
        format: FORMAT,
        plugin: PLUGIN.to_owned(),
        name: aim.name.to_owned(),
        category: "Transform".to_owned(),
        tags: aim.tags.iter().map(|tag| (*tag).to_owned()).collect(),
        description: aim.description.to_owned(),
        shines: aim.shines.to_owned(),
        snapshot,
    }
}

fn main() -> Result<(), Sentence> {
    let model = match std::env::args_os().nth(1) {
        None => LIBRARY.embedded_model(&EMBEDDED[0])?,
        Some(path) => {
            let bytes = std::fs::read(&path).map_err(|error| {
                format!("{} could not be read ({error}).", Path::new(&path).display())
            })?;
            ModelFile::from_bytes(&bytes)
                .and_then(|file| AnneModel::from_file(&file))
                .map_err(|error| error.to_string())?
        }
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("presets");
    for aim in &AIMS {
        let clip = source::open(aim.source, None)?;
        let judge = Judge {
            aim,
            model: model.clone(),
            input: vec![clip.channels[0].clone()],
            rate_hz: clip.rate_hz,
        };
        let (score, setting) = judge.find()?;
        let path = folder.join(format!("{}.json", aim.file));
        write_atomically(&path, preset(aim, &setting).to_json()?.as_bytes())
            .map_err(|error| error.to_string())?;
        println!("{}: score {score:.3}, written to {}", aim.name, path.display());
    }
    Ok(())
}
