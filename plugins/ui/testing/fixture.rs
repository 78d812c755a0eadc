//! For the plugins' pictures and tests: what every editor shows, as it comes up in use, made from
//! fixed formulas.

#![allow(dead_code)] // each plugin uses a part

use std::sync::Arc;

use nfx_frame::params::Parameters;
use nfx_frame::table::{Direct, ParamTable, Sink};
use nfx_frame::trainer::{Check, Progress, Stage, Trainer, Verdict};
use nfx_frame::training::{Found, Sounds, TrainingView};
use nfx_ui::shelf::source::SourceView;
use nfx_ui::shelf::{Message, ModelLine, PresetLine, Shelf, Tone, Values};

/// Where a preset shines that works on most sounds.
pub const MOST: &str = "On loops and held chords.";

/// A preset: its name, its tags, what it does, on what it shines.
pub type Line = [&'static str; 4];

/// A number in 0..1 that looks random and is the same each time.
pub fn noise(seed: usize) -> f32 {
    let mut x = (seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (x >> 40) as f32 / (1u64 << 24) as f32
}

/// The values of fresh parameters `P`, some of them set to normalised values.
pub fn values<P: Parameters + Default>(set: &[(&str, f32)]) -> Values {
    let table = ParamTable::new(Arc::new(P::default()));
    for (id, normal) in set {
        Direct.set(table.entry(id).unwrap_or_else(|| panic!("there is no {id}")).ptr(), *normal);
    }
    Values::of(&table)
}

/// A shelf while sound runs, with these presets, a changed one in use, and one of the user's own;
/// `plugin` names its folder.
pub fn shelf(plugin: &str, lines: &[Line], at: usize, own: &str) -> Shelf {
    let line = |(index, [name, tags, description, shines]): (usize, &Line)| PresetLine {
        name: (*name).to_owned(),
        tags: tags.split(' ').map(str::to_owned).collect(),
        description: (*description).to_owned(),
        shines: (*shines).to_owned(),
        favourite: index % 3 == 1,
        own: false,
    };
    let mut presets: Vec<PresetLine> = lines.iter().enumerate().map(line).collect();
    presets.push(PresetLine { name: own.to_owned(), own: true, ..PresetLine::default() });
    Shelf {
        preset: lines[at][0].to_owned(),
        preset_changed: true,
        presets: Arc::new(presets),
        preset_at: Some(at),
        preset_folder: format!("~/.local/share/latent-works/presets/{plugin}"),
        model_folder: "~/.local/share/latent-works/models".to_owned(),
        model_at: Some(0),
        running: true,
        ..Shelf::default()
    }
}

/// Models are there: those that are built in, of which the first plays, and a file of the user's.
pub fn models(shelf: Shelf, built_in: &[&str], own: Option<(&str, &str)>) -> Shelf {
    let line =
        |name: &str, origin: &str| ModelLine { name: name.to_owned(), origin: origin.to_owned() };
    let lines = built_in.iter().map(|name| line(name, "built in"));
    let models = lines.chain(own.map(|(name, file)| line(name, file))).collect();
    Shelf { model: built_in[0].to_owned(), models: Arc::new(models), ..shelf }
}

/// The facts of a card.
pub fn facts(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// The first preset as it was loaded.
pub fn untouched(shelf: Shelf) -> Shelf {
    let preset = shelf.presets[0].name.clone();
    Shelf { undo: None, preset, preset_at: Some(0), preset_changed: false, ..shelf }
}

/// A model is being read.
pub fn loading(shelf: Shelf) -> Shelf {
    Shelf { loading: true, ..shelf }
}

/// The host renders.
pub fn offline(shelf: Shelf) -> Shelf {
    Shelf { offline: true, ..shelf }
}

/// The project's model is not there; `until` says what that does.
pub fn missing(shelf: Shelf, model: &str, until: &str) -> Shelf {
    let text = format!(
        "The project uses the model “{model}” (3f6c2a91d04b), which this version does not contain and the project does not carry. \
         {until} until you choose a model; the project keeps its entry."
    );
    Shelf {
        model: model.to_owned(),
        model_at: None,
        card: None,
        model_problem: Some(text),
        ..shelf
    }
}

/// Something is said.
pub fn says(shelf: Shelf, tone: Tone, text: &str) -> Shelf {
    Shelf { message: Some(Message { tone, text: text.to_owned() }), ..shelf }
}

/// An input selector: the host, three built-in sounds, and a file.
pub fn source(sounds: [&str; 3], file: &str, chosen: usize, playing: bool) -> SourceView {
    SourceView {
        names: ["Host"].into_iter().chain(sounds).chain(["File"]).map(str::to_owned).collect(),
        chosen,
        playing,
        looped: true,
        file: Some(file.to_owned()),
        exporting: false,
    }
}

/// The trainer is there.
pub fn trainer() -> Found {
    Found::Here(Trainer { path: "nfx-train".into(), version: "0.1.0".to_owned() })
}

/// The trainer is not installed.
pub fn no_trainer() -> Found {
    Found::Missing(nfx_frame::trainer::how_to_install())
}

/// Training while the trainer is not installed.
pub fn untrained() -> TrainingView {
    TrainingView { trainer: no_trainer(), ..TrainingView::default() }
}

/// Training on the user's sounds, half-way or done.
pub fn training(advice: &str, finished: bool) -> TrainingView {
    let share = if finished { 1.0 } else { 0.46 };
    let curve: Vec<(f32, f64)> = (1..=60)
        .map(|i| i as f32 / 60.0)
        .filter(|at| *at <= share)
        .map(|at| {
            (
                at,
                f64::from(0.004 * (0.12 + (-4.0 * at).exp() + 0.02 * noise((at * 997.0) as usize))),
            )
        })
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
    TrainingView {
        trainer: trainer(),
        advice: advice.to_owned(),
        folder: "~/sounds/field recordings".to_owned(),
        sounds: Some(Sounds { files: 148, seconds: 1934.0, checks: vec![check] }),
        name: "Harbour".to_owned(),
        minutes: 1,
        run: Some(run),
        elapsed_s: 412.0,
        model: finished.then(|| "~/.local/share/latent-works/models/Harbour.safetensors".into()),
        ..TrainingView::default()
    }
}
