//! What the checks know of a plugin, and the instances that they make of it.

use nfx_core::file::file_hash;
use nfx_tests::bundle;
use nfx_tests::clap_host::{Event, Library, Plugin, Take};
use nfx_tests::gates::promises::Kept;
use nfx_tests::gates::{Figures, Gate, Limits};
use nfx_tests::measure::ClickDetector;
use nfx_tests::signal;
use nfx_tests::state_file::StateFile;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::OnceLock;

pub use nfx_tests::judge::{assert_same, assert_sound};

/// What no sample of a plugin exceeds: +12 dB above full scale, as the core states.
pub const CEILING: f32 = nfx_core::signal::level::CEILING;
/// The rates that a plugin has to sound right at.
pub const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

/// Names of parameters, each with a value as it is typed.
pub type Settings = &'static [(&'static str, &'static str)];

/// What a plugin makes its sound of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of the sound that comes in; it has a side chain and an input selector.
    Effect,
    /// Of notes.
    Instrument,
}

/// What an instance plays.
#[derive(Clone)]
pub enum Model {
    /// What a fresh instance opens with.
    Default,
    /// A model inside the plugin, by its name.
    Embedded(&'static str),
    /// A file of the user's.
    User(Vec<u8>),
    /// One that this machine does not have.
    Missing,
}

/// Moves of parameters under a steady tone.
pub struct Moves {
    /// In words.
    pub what: &'static str,
    /// An instance that is ready to play.
    pub make: Box<dyn Fn() -> Plugin>,
    /// Hears what is no part of the tone.
    pub detector: ClickDetector,
    /// Less than this is expected off the tone's harmonics while something moves.
    pub limit_db: f64,
    /// Each is there for a second, and taken back.
    pub moves: Settings,
}

/// How factory presets are held against the gates.
pub struct Gates {
    /// The figures of every preset.
    pub figures: fn() -> anyhow::Result<Vec<Figures>>,
    /// What they are held against.
    pub limits: &'static Limits,
    /// What may fail.
    pub exceptions: &'static [(&'static str, Gate)],
    /// What the names promise, and whether it is kept.
    pub promises: fn() -> anyhow::Result<Vec<Kept>>,
}

/// A plugin: what is asked of all plugins is asked with what stands here.
pub struct Row {
    /// What a musician sees.
    pub name: &'static str,
    /// What it makes its sound of.
    pub kind: Kind,
    /// Its CLAP id.
    pub id: &'static str,
    /// Its VST3 class.
    pub class: &'static [u8; 16],
    /// Some of its CLAP features.
    pub features: &'static [&'static str],
    /// Parameters that hosts may automate.
    pub automatable: &'static [&'static str],
    /// A parameter, and two texts that it takes for one value.
    pub spellings: &'static [(&'static str, &'static str, &'static str)],
    /// Texts that a parameter refuses.
    pub refused: Settings,
    /// Something to play for so many samples: by a seed, at a rate.
    pub passage: fn(u64, f64, usize) -> Take,
    /// Models of every kind that it has, with their names.
    pub models: fn() -> Vec<(&'static str, Model)>,
    /// Effects: models that give the sound back as it was, but for a gain.
    pub linear: fn() -> Vec<(Model, f64)>,
    /// A user's model, drawn from a seed.
    pub user_model: fn(u64) -> Vec<u8>,
    /// A model inside it that is not the default.
    pub embedded: &'static str,
    /// Projects: their name, their model, and what was moved.
    pub projects: fn() -> Vec<(&'static str, Model, Settings)>,
    /// Effects: models that may take each other's place while sound plays.
    pub swaps: fn() -> Vec<[Model; 2]>,
    /// Effects: how far the sound may be off the new model's, a second after a swap.
    pub off_after_swap: f32,
    /// Effects: the RMS level of music through a fresh instance, at least.
    pub least_level: f64,
    /// Effects: two models of different latency.
    pub latencies: fn() -> [Model; 2],
    /// Models that are loaded while the audio thread is watched.
    pub watched: fn() -> Vec<Model>,
    /// Parameters that are moved while a passage plays.
    pub moves: Settings,
    /// What is set so that there is a tail.
    pub ringing: Settings,
    /// The longest tail in samples, by the latency and the rate.
    pub tail: fn(usize, f64) -> usize,
    /// Effects: from which sample on, and to what, parameters are driven while hostile sound comes
    /// in.
    pub extremes: (usize, &'static [Settings]),
    /// Effects: samples after which hostile sound is forgotten.
    pub forgets_after: usize,
    /// Effects: what makes the side chain heard.
    pub hears_side: Settings,
    /// Moves of levels, and tones at rest.
    pub levels: fn() -> Vec<Moves>,
    /// Moves of what the model offers.
    pub controls: fn() -> Vec<Moves>,
    /// Factory presets, at least.
    pub presets: usize,
    /// What the presets are held against, where there are gates for them.
    pub gates: Option<Gates>,
    /// The script that plays its VST3 bundle in pedalboard.
    pub script: &'static str,
    /// What it found there, once for all checks.
    pub found: OnceLock<Value>,
}

impl Row {
    /// Whether it is an effect.
    pub fn is_effect(&self) -> bool {
        self.kind == Kind::Effect
    }

    /// The bundle under test.
    pub fn library(&self) -> Library {
        Library::open(&bundle::clap(self.name).unwrap()).unwrap()
    }

    /// A fresh instance.
    pub fn fresh(&self) -> Plugin {
        self.library().create().unwrap()
    }

    /// A fresh instance that is ready to play.
    pub fn active(&self, rate_hz: f64, max_block: u32) -> Plugin {
        self.playing(&Model::Default, rate_hz, max_block)
    }

    /// The state of a fresh instance with this model chosen.
    pub fn state(&self, model: &Model) -> Vec<u8> {
        let state = self.fresh().save().unwrap();
        let parsed = StateFile::parse(&state).unwrap();
        match model {
            Model::Default => state,
            Model::Embedded(name) => {
                let bytes = std::fs::read(model_path(name)).unwrap();
                parsed.with_embedded(name, &file_hash(&bytes)).to_bytes()
            }
            Model::User(file) => parsed.with_user_model("my own", file).to_bytes(),
            Model::Missing => parsed.with_embedded("Elsewhere", &"ab".repeat(32)).to_bytes(),
        }
    }

    /// An instance with this model, not active yet.
    pub fn with(&self, model: &Model) -> Plugin {
        let mut plugin = self.fresh();
        if !matches!(model, Model::Default) {
            plugin.load(&self.state(model)).unwrap();
        }
        plugin
    }

    /// An instance that plays this model.
    pub fn playing(&self, model: &Model, rate_hz: f64, max_block: u32) -> Plugin {
        let mut plugin = self.with(model);
        plugin.activate(rate_hz, max_block).unwrap();
        plugin
    }

    /// A fresh instance with so many channels, with or without a side chain, ready to play.
    pub fn laid_out(&self, channels: u32, side: bool, rate_hz: f64) -> Plugin {
        let mut plugin = self.fresh();
        plugin.select_layout(channels, side).unwrap();
        plugin.activate(rate_hz, 512).unwrap();
        plugin
    }
}

/// A passage for effects: music on two channels.
pub fn music(seed: u64, rate_hz: f64, length: usize) -> Take {
    Take::new(signal::spread(&signal::music(seed, rate_hz, length), 2))
}

/// The file of a model that comes with a plugin.
pub fn model_path(name: &str) -> PathBuf {
    bundle::root()
        .join("models")
        .join(format!("{}.safetensors", name.to_lowercase().replace(' ', "-")))
}

/// An event that sets a parameter as if its value had been typed.
pub fn typed(plugin: &mut Plugin, at: usize, name: &str, text: &str) -> Event {
    let param = plugin.param(name).unwrap();
    let value = plugin
        .parse(param.id, text)
        .unwrap_or_else(|| panic!("{name} does not understand `{text}`"));
    Event { at, param: param.id, value }
}

/// Such an event for each setting.
pub fn typed_all(plugin: &mut Plugin, at: usize, settings: &[(&str, &str)]) -> Vec<Event> {
    settings.iter().map(|(name, text)| typed(plugin, at, name, text)).collect()
}

/// Sets parameters of an inactive plugin as if their values had been typed.
pub fn preset(plugin: &mut Plugin, settings: &[(&str, &str)]) {
    let events = typed_all(plugin, 0, settings);
    plugin
        .flush(&events.iter().map(|event| (event.param, event.value)).collect::<Vec<_>>())
        .unwrap();
}

/// The last samples of each channel, from one on.
pub fn from(sound: &[Vec<f32>], at: usize) -> Vec<Vec<f32>> {
    sound.iter().map(|channel| channel[at..].to_vec()).collect()
}

/// The same sound, so many samples later.
pub fn late_by(sound: &[Vec<f32>], samples: usize) -> Vec<Vec<f32>> {
    sound
        .iter()
        .map(|channel| [&vec![0.0; samples], &channel[..channel.len() - samples]].concat())
        .collect()
}
