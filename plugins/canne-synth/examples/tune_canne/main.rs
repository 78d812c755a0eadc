//! Writes the factory presets: each is described by how it should sound, and the slider positions
//! are found by a command.
//!
//! Run again after a model was trained anew, for its latents then mean something else:
//! `cargo run --release -p canne-synth --example tune_canne`. Among the sounds of the model's map (or 400 random slider
//! positions where it has none) the one is taken that comes closest to the wanted brightness, hollowness and breath, ranked
//! among all; and what an envelope or a hand is to change is given to the slider that changes it most. Sounds of real instruments are the middle of
//! theirs on the map. The outputs are set so that a note peaks at -12 dBFS and presets are about as loud. The result depends on the
//! models alone. With a folder as its argument it also writes the presets as VST3 hosts know them, for the gates to play.

mod level;
mod recipes;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use canne_synth::factory::{self, PLUGIN};
use canne_synth::models::{EMBEDDED, LIBRARY};
use canne_synth::params::{SLIDERS, slider_id};
use nfx_core::models::spectral::CanneModel;
use nfx_core::signal::random::Random;
use nfx_frame::Sentence;
use nfx_frame::files::write_atomically;
use nfx_frame::model_slot::StoredModel;
use nfx_frame::presets::{FORMAT, Preset};
use nfx_frame::snapshot::{Snapshot, Value};
use recipes::{Aim, Feature, Recipe, Set};

/// The note at which sounds are judged.
const NOTE: f32 = 57.0;
/// Positions that are tried where there is no map.
const TRIES: usize = 400;
/// How far a slider is moved to see what it does.
const STEP: f32 = 0.25;

/// What can be heard of a sound, in [`Feature`]'s order: the centre of its spectrum (octaves), how
/// much of its energy is not in the odd partials (negative), and how flat its spectrum is.
type Heard = [f32; 3];

/// A model and the sounds to choose from.
struct Palette {
    model: Arc<CanneModel>,
    sounds: Vec<[f32; SLIDERS]>,
    heard: Vec<Heard>,
    used: Vec<bool>,
}

impl Palette {
    fn new(name: &str) -> Result<Self, Sentence> {
        let entry = EMBEDDED
            .iter()
            .find(|entry| entry.name == name)
            .ok_or_else(|| format!("There is no model {name}."))?;
        let model = LIBRARY.embedded_model(entry)?;
        let mut random = Random::new(1);
        let sounds: Vec<[f32; SLIDERS]> = match &model.card().kind.plane {
            Some(plane) if !plane.points.is_empty() => {
                plane.points.iter().map(|point| positions(&model, &point.latents)).collect()
            }
            _ => (0..TRIES).map(|_| std::array::from_fn(|_| 0.1 + 0.8 * random.unit())).collect(),
        };
        let heard = sounds.iter().map(|sound| listen(&model, sound)).collect();
        Ok(Self { used: vec![false; sounds.len()], model, sounds, heard })
    }

    /// Where a value stands among all sounds, 0 to 1.
    fn rank(&self, feature: usize, value: f32) -> f32 {
        let below = self.heard.iter().filter(|heard| heard[feature] < value).count();
        below as f32 / self.heard.len() as f32
    }

    /// The sound that comes closest to `aim` and has not been taken yet.
    fn choose(&mut self, aim: Aim) -> [f32; SLIDERS] {
        let Aim { bright, hollow, breath } = aim;
        let wanted = [(bright, 1.0), (hollow, 0.7), (breath, 0.7)];
        let off = |index: usize| -> f32 {
            let ranks = (0..3).map(|feature| self.rank(feature, self.heard[index][feature]));
            ranks.zip(wanted).map(|(rank, (to, weight))| weight * (rank - to).powi(2)).sum()
        };
        let free = (0..self.sounds.len()).filter(|index| !self.used[*index]);
        let best = free.min_by(|a, b| off(*a).total_cmp(&off(*b))).unwrap_or(0);
        self.used[best] = true;
        self.sounds[best]
    }

    /// The middle of the map's sounds whose label begins with `name`; the middle of the sliders
    /// where there are none.
    fn like(&self, name: &str) -> [f32; SLIDERS] {
        let points = self.model.card().kind.plane.iter().flat_map(|plane| &plane.points);
        let own: Vec<[f32; SLIDERS]> = points
            .filter(|p| p.label.starts_with(name))
            .map(|p| positions(&self.model, &p.latents))
            .collect();
        if own.is_empty() {
            return [0.5; SLIDERS];
        }
        std::array::from_fn(|i| own.iter().map(|sound| sound[i]).sum::<f32>() / own.len() as f32)
    }

    /// The slider that changes a feature most from here, and which way.
    fn mover(&self, from: &[f32; SLIDERS], feature: Feature) -> (usize, f32) {
        let feature = feature as usize;
        let effect = |slider: usize| {
            let moved = |by: f32| {
                let mut there = *from;
                there[slider] = (there[slider] + by).clamp(0.0, 1.0);
                self.rank(feature, listen(&self.model, &there)[feature])
            };
            moved(STEP) - moved(-STEP)
        };
        let effects: Vec<f32> = (0..self.model.latents()).map(effect).collect();
        let best = (0..effects.len())
            .max_by(|a, b| effects[*a].abs().total_cmp(&effects[*b].abs()))
            .unwrap_or(0);
        (best, if effects[best] < 0.0 { -1.0 } else { 1.0 })
    }
}

fn positions(model: &CanneModel, latents: &[f32]) -> [f32; SLIDERS] {
    std::array::from_fn(|i| latents.get(i).map_or(0.5, |latent| model.range(i).position(*latent)))
}

fn listen(model: &CanneModel, sliders: &[f32; SLIDERS]) -> Heard {
    let latents: Vec<f32> =
        (0..model.latents()).map(|i| model.range(i).value(sliders[i])).collect();
    let (mut scratch, mut bins) = (model.scratch(), vec![0.0; model.bins()]);
    model.decode(&mut scratch, &latents, &[NOTE], &mut bins);
    let bin_hz = model.card().sample_rate_hz as f32 / model.card().kind.stft.fft_size as f32;
    let power: Vec<f32> = bins.iter().map(|bin| bin * bin).collect();
    let total: f32 = power.iter().sum::<f32>().max(1e-12);
    let centre =
        power.iter().enumerate().map(|(bin, p)| bin as f32 * bin_hz * p).sum::<f32>() / total;
    let f0 = 440.0 * 2.0_f32.powf((NOTE - 69.0) / 12.0);
    let odd: f32 = power
        .iter()
        .enumerate()
        .filter(|(bin, _)| ((*bin as f32 * bin_hz / f0).round() as usize) % 2 == 1)
        .map(|(_, p)| p)
        .sum();
    let audible = &bins[2..bins.len() / 2];
    let log_mean = audible.iter().map(|bin| (bin + 1e-5).ln()).sum::<f32>() / audible.len() as f32;
    let mean = audible.iter().map(|bin| bin + 1e-5).sum::<f32>() / audible.len() as f32;
    [centre.max(20.0).log2(), odd / total, log_mean - mean.ln()]
}

fn make(
    recipe: &Recipe,
    palettes: &mut BTreeMap<&'static str, Palette>,
) -> Result<Preset, Sentence> {
    if !palettes.contains_key(recipe.model) {
        palettes.insert(recipe.model, Palette::new(recipe.model)?);
    }
    let palette = palettes.get_mut(recipe.model).ok_or("There is no palette.")?;
    let mut params = BTreeMap::new();
    let rounded = |value: f32| (value * 1000.0).round() / 1000.0;
    let reach = recipe.params.iter().find_map(|(id, set)| match set {
        Set::N(reach) if *id == "reach" => Some(*reach),
        _ => None,
    });
    let reach = reach.unwrap_or(0.0);
    let sound = recipe
        .like
        .map(|name| palette.like(name))
        .or_else(|| recipe.aim.map(|aim| palette.choose(aim)));
    if let Some(sound) = sound {
        for (i, position) in sound.iter().enumerate().take(palette.model.latents()) {
            // With reach the learned range is a part of the sliders' travel.
            let place = (position + reach) / (1.0 + 2.0 * reach);
            params.insert(slider_id(i), Value::Number(rounded(place)));
        }
        for (letter, feature, amount) in recipe.moves {
            let (slider, sign) = palette.mover(&sound, *feature);
            // The second oscillator's depths are those of the first behind a prefix.
            let bank = if *letter == 'g' { "lfo2_f".to_owned() } else { letter.to_string() };
            params.insert(format!("{bank}{}", slider + 1), Value::Number(rounded(amount * sign)));
        }
    }
    for (id, set) in recipe.params {
        let value = match set {
            Set::N(number) => Value::Number(*number),
            Set::On => Value::Switch(true),
            Set::Off => Value::Switch(false),
            Set::C(name) => Value::Choice((*name).to_owned()),
        };
        params.insert((*id).to_owned(), value);
    }
    let mut extra = BTreeMap::new();
    if let Some(corners) = recipe.corners {
        let corners: Vec<Vec<f32>> = corners
            .iter()
            .map(|aim| palette.choose(*aim).iter().map(|x| rounded(*x)).collect())
            .collect();
        extra.insert("positions".to_owned(), serde_json::json!(corners));
    }
    if let Some(names) = recipe.pad {
        let corners: Vec<Vec<f32>> = names
            .iter()
            .map(|name| palette.like(name).iter().map(|x| rounded(*x)).collect())
            .collect();
        extra.insert("positions".to_owned(), serde_json::json!(corners));
    }
    let model = StoredModel {
        hash: recipe.model.to_owned(),
        name: recipe.model.to_owned(),
        bytes: None,
        other: BTreeMap::new(),
    };
    Ok(Preset {
        format: FORMAT,
        plugin: PLUGIN.to_owned(),
        name: recipe.name.to_owned(),
        category: recipe.category.to_owned(),
        tags: recipe.tags.iter().map(|tag| (*tag).to_owned()).collect(),
        description: recipe.description.to_owned(),
        shines: recipe.shines.to_owned(),
        snapshot: Snapshot { params, model: Some(Arc::new(model)), extra },
    })
}

fn main() -> Result<(), Sentence> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("presets");
    let mut palettes = BTreeMap::new();
    let mut presets =
        recipes::all().map(|recipe| make(recipe, &mut palettes)).collect::<Result<Vec<_>, _>>()?;
    level::level(&mut presets)?;
    let states = std::env::args_os().nth(1);
    for preset in &presets {
        let file = preset.name.to_lowercase().replace(' ', "-");
        let path = folder.join(format!("{file}.json"));
        let text = preset.to_json()?;
        write_atomically(&path, text.as_bytes()).map_err(|error| error.to_string())?;
        if let Some(states) = &states {
            // Read as the plugin reads it: that names the model by its hash.
            for preset in nfx_frame::factory::read(&[text.as_str()], PLUGIN, &EMBEDDED)? {
                let path = Path::new(states).join(format!("{}.vstpreset", preset.name));
                write_atomically(&path, &factory::vst_preset(&preset)?)
                    .map_err(|error| error.to_string())?;
            }
        }
        println!("    \"{file}\",");
    }
    Ok(())
}
