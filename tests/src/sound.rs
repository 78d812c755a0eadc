//! What `docs/results/sound.md` is made of: figures of ANNe and CANNe as they are heard through their bundles, as JSON.
//!
//! The bundles and presets may be of another commit, so nothing here asks for more than a host can: parameters by their names, states,
//! and sound. What a bundle does not have is null.

use crate::clap_host::{Library, Plugin, Take};
use crate::gates::{self, Figures, Heard, effect, instrument, materials, play};
use crate::measure::{power_db, rms};
use crate::{bundle, signal};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const RATE_HZ: f64 = materials::RATE_HZ;
/// The piano among the materials.
const PIANO: usize = 2;
/// Above this frequency a piano has next to nothing.
const HIGH_HZ: f64 = 2_500.0;

/// All figures. `python` has Zimtohrli in it.
///
/// # Errors
/// When bundles or presets are missing, a plugin refuses, or Python fails.
pub fn figures(python: &Path) -> Result<Value> {
    let dry = materials::all();
    let library = Library::open(&bundle::clap("ANNe")?)?;
    let (anne, canne) = (named("anne-fx", "ANNe")?, named("canne-synth", "CANNe")?);
    let heard = play::effect(&bundle::clap("ANNe")?, &anne)?;
    let effects = effect::measure(&dry, &heard);
    let to_dry = distances(python, &heard, |one, take| (&one.takes[take], &dry[take]))?;
    let to_twin = beside(python, &heard, &effects)?;
    let played = play::instrument(&bundle::clap("CANNe")?, &canne)?;
    let instruments = instrument::measure(&played);
    let to_other = beside(python, &played, &instruments)?;
    let chance = gates::chance().ok();
    let null_db = [44_100.0, 48_000.0, 96_000.0].map(|rate| neutral(&library, rate).ok());
    Ok(json!({
        "neutral_db": null_db,
        "knob": knob(&library, &dry[PIANO])?,
        "chance": chance,
        "anne": rows(&effects, &to_twin, Some(&to_dry)),
        "canne": rows(&instruments, &to_other, None),
    }))
}

/// A plugin's factory presets: with what their files say of them, or, of another commit, without.
fn named(folder: &str, name: &str) -> Result<Vec<play::Preset>> {
    play::presets(folder, name).or_else(|_| play::untagged(&bundle::presets(name)?))
}

fn rows(figures: &[Figures], to_twin: &[f64], to_dry: Option<&[f64]>) -> Vec<Value> {
    let row = |(place, one): (usize, &Figures)| {
        json!({
            "name": one.name, "tags": one.tags, "loudness_lu": one.loudness_lu, "peak_db": one.peak_db, "dc_db": one.dc_db,
            "whistle_db": one.whistle_db, "jump_db": one.jump_db, "nearest": one.nearest.0, "nearest_db": one.nearest.1,
            "moving_db": one.moving_db, "note_peak_db": one.note_peak_db, "nearest_zimtohrli": to_twin[place],
            "dry_zimtohrli": to_dry.map(|to_dry| to_dry[place]),
        })
    };
    figures.iter().enumerate().map(row).collect()
}

/// How far each preset is from the one nearest to it.
fn beside(python: &Path, heard: &[Heard], figures: &[Figures]) -> Result<Vec<f64>> {
    let twin = |one: &Heard| {
        let nearest = figures.iter().find(|figure| figure.name == one.name).map(|figure| &figure.nearest.0);
        heard.iter().find(|other| Some(&other.name) == nearest)
    };
    distances(python, heard, |one, take| {
        (&one.takes[take], twin(one).map_or(&one.takes[take], |twin| &twin.takes[take]))
    })
}

type Sound = Vec<Vec<f32>>;

/// The mean Zimtohrli distance of each preset's takes from what they are compared with, over the first channels.
fn distances<'a>(
    python: &Path,
    heard: &'a [Heard],
    pair: impl Fn(&'a Heard, usize) -> (&'a Sound, &'a Sound),
) -> Result<Vec<f64>> {
    let folder = std::env::temp_dir().join(format!("nfx-sound-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let mut pairs = Vec::new();
    for one in heard {
        for take in 0..one.takes.len() {
            let (a, b) = pair(one, take);
            let write = |sound: &Sound, side: &str| -> Result<String> {
                let path = folder.join(format!("{}-{side}.f32", pairs.len()));
                let channel = sound.first().map_or(&[][..], Vec::as_slice);
                let bytes: Vec<u8> = channel.iter().flat_map(|sample| sample.to_le_bytes()).collect();
                std::fs::write(&path, bytes).with_context(|| format!("{} cannot be written", path.display()))?;
                Ok(path.to_string_lossy().into_owned())
            };
            pairs.push([write(a, "a")?, write(b, "b")?]);
        }
    }
    let job = folder.join("pairs.json");
    std::fs::write(&job, json!({ "rate_hz": RATE_HZ, "pairs": pairs }).to_string())?;
    let script = bundle::root().join("tests/python/zimtohrli_distances.py");
    let output = Command::new(python).arg(script).arg(&job).output().context("Python cannot be run")?;
    let _ = std::fs::remove_dir_all(&folder);
    ensure!(output.status.success(), "Zimtohrli failed: {}", String::from_utf8_lossy(&output.stderr));
    let all: Vec<f64> = serde_json::from_slice(&output.stdout).context("Zimtohrli was expected to print numbers")?;
    ensure!(all.len() == pairs.len(), "{} distances were expected, {} came", pairs.len(), all.len());
    let mut rest = all.as_slice();
    let mean = |one: &Heard| {
        let (own, others) = rest.split_at(one.takes.len());
        rest = others;
        own.iter().sum::<f64>() / own.len().max(1) as f64
    };
    Ok(heard.iter().map(mean).collect())
}

/// A fresh ANNe with some controls set, by their names; those that it does not have are left.
fn fresh(library: &Library, rate_hz: f64, set: &[(&str, f64)]) -> Result<Plugin> {
    let mut plugin = library.create()?;
    plugin.select_layout(2, true)?;
    let values: Vec<(u32, f64)> =
        set.iter().filter_map(|(name, value)| Some((plugin.param(name).ok()?.id, *value))).collect();
    plugin.flush(&values)?;
    plugin.set_offline(true)?;
    plugin.activate(rate_hz, 512)?;
    Ok(plugin)
}

/// Plays a sound and takes the latency away.
fn heard(plugin: &mut Plugin, sound: &Sound) -> Result<Sound> {
    let latency = plugin.latency() as usize;
    let padded = sound.iter().map(|channel| channel.iter().copied().chain(vec![0.0; latency]).collect()).collect();
    let mut out = plugin.play(&Take::new(padded))?;
    out.iter_mut().for_each(|channel| drop(channel.drain(..latency)));
    Ok(out)
}

/// What a fresh instance makes of music, less the music, in decibels of it.
fn neutral(library: &Library, rate_hz: f64) -> Result<f64> {
    let sound = signal::spread(&signal::music(3, rate_hz, (2.0 * rate_hz) as usize), 2);
    let out = heard(&mut fresh(library, rate_hz, &[])?, &sound)?;
    let rest: Vec<f32> = out[0].iter().zip(&sound[0]).map(|(out, dry)| out - dry).collect();
    Ok(2.0 * power_db(rms(&rest) / rms(&sound[0])))
}

/// Knob E at 2 on a piano: the share of the energy above 2.5 kHz in decibels, and the peak in dBFS, dry and wet.
fn knob(library: &Library, piano: &Sound) -> Result<Value> {
    let out = heard(&mut fresh(library, RATE_HZ, &[("Knob E", 2.0)])?, piano)?;
    let high = |sound: &Sound| {
        let power = crate::measure::power_spectrum(&sound[0]);
        let above = (HIGH_HZ / RATE_HZ * sound[0].len() as f64) as usize;
        power_db(power[above..].iter().sum::<f64>() / power.iter().sum::<f64>())
    };
    let peak = |sound: &Sound| effect::peak_db(sound.iter());
    Ok(json!({ "high_db": [high(piano), high(&out)], "peak_db": [peak(piano), peak(&out)] }))
}
