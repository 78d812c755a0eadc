//! Every factory preset through the built bundle.

use super::Heard;
use super::materials::{RATE_HZ, all, played};
use crate::bundle;
use crate::clap_host::notes::{Note, Play, Played};
use crate::clap_host::{Library, Plugin, Take};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The longest block, in samples.
const BLOCK: u32 = 512;

/// A factory preset.
#[derive(Debug, Clone)]
pub struct Preset {
    /// Its name.
    pub name: String,
    /// What it is listed under.
    pub tags: Vec<String>,
    /// The state that a CLAP host loads.
    pub state: Vec<u8>,
}

/// The factory presets of a plugin: name and tags from the files of the repository, the state from
/// the `.vstpreset` files that the plugin's own program wrote. `folder` is the plugin's below
/// `plugins`, `name` the plugin's own.
///
/// # Errors
/// When a file is missing or not what it should be.
pub fn presets(folder: &str, name: &str) -> Result<Vec<Preset>> {
    let files = bundle::root().join("plugins").join(folder).join("presets");
    let states = bundle::presets(name)?;
    let mut paths: Vec<_> = std::fs::read_dir(&files)
        .with_context(|| format!("{} was expected to hold the presets", files.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    paths.iter().map(|path| preset(path, &states)).collect()
}

/// The presets of a folder of `.vstpreset` files, without tags.
///
/// # Errors
/// When the folder or a file is not what it should be.
pub fn untagged(folder: &Path) -> Result<Vec<Preset>> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .with_context(|| format!("{} was expected to hold presets", folder.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    paths.sort();
    let preset = |path: &PathBuf| {
        let name =
            path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Preset { name, tags: Vec::new(), state: state(path)? })
    };
    paths.iter().map(preset).collect()
}

/// What a CLAP host loads of a `.vstpreset` file.
fn state(file: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(file)
        .with_context(|| format!("{} was expected to be there", file.display()))?;
    component(&bytes).with_context(|| format!("{} is no preset file of VST3", file.display()))
}

fn preset(path: &Path, states: &Path) -> Result<Preset> {
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(path)?)
        .with_context(|| format!("{} is no JSON", path.display()))?;
    let name = json["name"]
        .as_str()
        .with_context(|| format!("{} has no name", path.display()))?
        .to_owned();
    let tags = json["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tag| tag.as_str().map(str::to_owned))
        .collect();
    let state = state(&states.join(format!("{name}.vstpreset")))?;
    Ok(Preset { name, tags, state })
}

/// The component's state in a `.vstpreset` file, with the length before it that the CLAP side
/// writes.
fn component(file: &[u8]) -> Option<Vec<u8>> {
    let number = |at: usize| {
        usize::try_from(i64::from_le_bytes(file.get(at..at + 8)?.try_into().ok()?)).ok()
    };
    let list = number(40)?;
    let (offset, size) = (number(list + 12)?, number(list + 20)?);
    let state = file.get(offset..offset.checked_add(size)?)?;
    Some([&(size as u64).to_le_bytes(), state].concat())
}

/// What each preset of an effect makes of the six materials, with the next material in the side
/// chain.
///
/// # Errors
/// When the bundle is missing or refuses.
pub fn effect(bundle: &Path, presets: &[Preset]) -> Result<Vec<Heard>> {
    let dry = all();
    let library = Library::open(bundle)?;
    let heard = |preset: &Preset| -> Result<Heard> {
        let mut plugin = ready(&library, preset, true)?;
        let latency = plugin.latency() as usize;
        let take = |material: usize| -> Result<Vec<Vec<f32>>> {
            let padded = |sound: &Vec<Vec<f32>>| -> Vec<Vec<f32>> {
                sound
                    .iter()
                    .map(|channel| channel.iter().copied().chain(vec![0.0; latency]).collect())
                    .collect()
            };
            let side = padded(&dry[(material + 1) % dry.len()]);
            plugin.reset();
            let mut wet = plugin.play(&Take::new(padded(&dry[material])).side(side))?;
            wet.iter_mut().for_each(|channel| drop(channel.drain(..latency)));
            Ok(wet)
        };
        let takes = (0..dry.len()).map(take).collect::<Result<_>>()?;
        Ok(Heard { name: preset.name.clone(), tags: preset.tags.clone(), takes })
    };
    presets.iter().map(|preset| heard(preset).with_context(|| preset.name.clone())).collect()
}

/// What each preset of an instrument makes of the chord and the notes.
///
/// # Errors
/// As for [`effect`].
pub fn instrument(bundle: &Path, presets: &[Preset]) -> Result<Vec<Heard>> {
    let library = Library::open(bundle)?;
    let heard = |preset: &Preset| -> Result<Heard> {
        // A fresh instance for each take: wheels and pedals of the one before would last.
        let take =
            |(length, notes)| ready(&library, preset, false)?.play(&Take::notes(length, notes));
        let takes = played().into_iter().map(take).collect::<Result<_>>()?;
        Ok(Heard { name: preset.name.clone(), tags: preset.tags.clone(), takes })
    };
    presets.iter().map(|preset| heard(preset).with_context(|| preset.name.clone())).collect()
}

/// An instance with a preset loaded, which renders.
fn ready(library: &Library, preset: &Preset, is_effect: bool) -> Result<Plugin> {
    let mut plugin = library.create()?;
    if is_effect {
        plugin.select_layout(2, true)?;
    }
    plugin.load(&preset.state)?;
    plugin.set_offline(true)?;
    plugin.activate(RATE_HZ, BLOCK)?;
    Ok(plugin)
}

/// What a preset of an instrument makes of one key, held for so long with velocity 100.
///
/// # Errors
/// As for [`effect`].
pub fn key(
    library: &Library,
    preset: &Preset,
    key: u8,
    held_s: f64,
    seconds: f64,
) -> Result<Vec<Vec<f32>>> {
    let samples = |seconds: f64| (seconds * RATE_HZ) as usize;
    let notes = vec![
        Played { at: 0, what: Play::On(Note::key(key), 100.0 / 127.0) },
        Played { at: samples(held_s), what: Play::Off(Note::key(key)) },
    ];
    ready(library, preset, false)?
        .play(&Take::notes(samples(seconds), notes))
        .with_context(|| preset.name.clone())
}

/// What a preset of an effect makes of a sound, without latency.
///
/// # Errors
/// As for [`effect`].
pub fn through(library: &Library, preset: &Preset, dry: &[Vec<f32>]) -> Result<Vec<Vec<f32>>> {
    let mut plugin = ready(library, preset, true)?;
    let latency = plugin.latency() as usize;
    let padded: Vec<Vec<f32>> = dry
        .iter()
        .map(|channel| channel.iter().copied().chain(vec![0.0; latency]).collect())
        .collect();
    let side = vec![vec![0.0; padded[0].len()]; 2];
    let mut wet =
        plugin.play(&Take::new(padded).side(side)).with_context(|| preset.name.clone())?;
    wet.iter_mut().for_each(|channel| drop(channel.drain(..latency)));
    Ok(wet)
}
