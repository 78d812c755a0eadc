//! What `docs/results/sound.md` is made of: figures of ANNe and CANNe as they are heard through
//! their bundles, as JSON.
//!
//! The bundles and presets may be of another commit, so nothing here asks for more than a host can:
//! parameters by their names, states, and sound. What a bundle does not have is null.

use crate::clap_host::{Event, Library, Plugin, Take};
use crate::gates::{self, Figures, Heard, effect, instrument, materials, play};
use crate::measure::{power_db, rms};
use crate::{bundle, signal};
use anyhow::{Context, Result, ensure};
use nfx_core::models::ModelFile;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::path::Path;
use std::process::Command;

const RATE_HZ: f64 = materials::RATE_HZ;
/// The piano among the materials.
const PIANO: usize = 2;
/// Above this frequency a piano has next to nothing.
const HIGH_HZ: f64 = 2_500.0;

/// All figures. `python` has Zimtohrli in it; `models_folder` has the model files whose cards are
/// read.
///
/// # Errors
/// When bundles or presets are missing, a plugin refuses, or Python fails.
pub fn figures(python: &Path, models_folder: &Path) -> Result<Value> {
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
        "square": square(&library)?,
        "models": models(models_folder)?,
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
        let nearest =
            figures.iter().find(|figure| figure.name == one.name).map(|figure| &figure.nearest.0);
        heard.iter().find(|other| Some(&other.name) == nearest)
    };
    distances(python, heard, |one, take| {
        (&one.takes[take], twin(one).map_or(&one.takes[take], |twin| &twin.takes[take]))
    })
}

type Sound = Vec<Vec<f32>>;

/// The mean Zimtohrli distance of each preset's takes from what they are compared with, over the
/// first channels.
fn distances<'a>(
    python: &Path,
    heard: &'a [Heard],
    pair: impl Fn(&'a Heard, usize) -> (&'a Sound, &'a Sound),
) -> Result<Vec<f64>> {
    let folder = std::env::temp_dir().join(format!("nfx-sound-{}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    let mut pairs = Vec::new();
    for one in heard {
        for take in 0..one.takes.len() {
            let (a, b) = pair(one, take);
            let write = |sound: &Sound, side: &str| -> Result<String> {
                let path = folder.join(format!("{}-{side}.f32", pairs.len()));
                let channel = sound.first().map_or(&[][..], Vec::as_slice);
                let bytes: Vec<u8> =
                    channel.iter().flat_map(|sample| sample.to_le_bytes()).collect();
                std::fs::write(&path, bytes)
                    .with_context(|| format!("{} cannot be written", path.display()))?;
                Ok(path.to_string_lossy().into_owned())
            };
            pairs.push([write(a, "a")?, write(b, "b")?]);
        }
    }
    let job = folder.join("pairs.json");
    std::fs::write(&job, json!({ "rate_hz": RATE_HZ, "pairs": pairs }).to_string())?;
    let script = bundle::root().join("tests/python/zimtohrli_distances.py");
    let output =
        Command::new(python).arg(script).arg(&job).output().context("Python cannot be run")?;
    let _ = std::fs::remove_dir_all(&folder);
    ensure!(
        output.status.success(),
        "Zimtohrli failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let all: Vec<f64> = serde_json::from_slice(&output.stdout)
        .context("Zimtohrli was expected to print numbers")?;
    ensure!(
        all.len() == pairs.len(),
        "{} distances were expected, {} came",
        pairs.len(),
        all.len()
    );
    let mut rest = all.as_slice();
    let mean = |one: &Heard| {
        let (own, others) = rest.split_at(one.takes.len());
        rest = others;
        own.iter().sum::<f64>() / own.len().max(1) as f64
    };
    Ok(heard.iter().map(mean).collect())
}

/// A fresh ANNe with some controls set as if their values had been typed, by their names; those
/// that it does not have are left.
fn fresh(library: &Library, rate_hz: f64, set: &[(&str, &str)]) -> Result<Plugin> {
    let mut plugin = library.create()?;
    plugin.select_layout(2, true)?;
    let values: Vec<(u32, f64)> =
        set.iter().filter_map(|(name, text)| typed(&mut plugin, name, text)).collect();
    plugin.flush(&values)?;
    plugin.set_offline(true)?;
    plugin.activate(rate_hz, 512)?;
    Ok(plugin)
}

/// A control and the value that a host sends for a typed text, if the plugin has it.
fn typed(plugin: &mut Plugin, name: &str, text: &str) -> Option<(u32, f64)> {
    let id = plugin.param(name).ok()?.id;
    Some((id, plugin.parse(id, text)?))
}

/// Plays a sound with events and takes the latency away.
fn heard(plugin: &mut Plugin, sound: &Sound, events: Vec<Event>) -> Result<Sound> {
    let latency = plugin.latency() as usize;
    let padded = sound
        .iter()
        .map(|channel| channel.iter().copied().chain(vec![0.0; latency]).collect())
        .collect();
    let mut out = plugin.play(&Take::new(padded).events(events))?;
    out.iter_mut().for_each(|channel| drop(channel.drain(..latency)));
    Ok(out)
}

/// What a fresh instance makes of music, less the music, in decibels of it; "none" where not a bit
/// differs.
fn neutral(library: &Library, rate_hz: f64) -> Result<Value> {
    let sound = signal::spread(&signal::music(3, rate_hz, (2.0 * rate_hz) as usize), 2);
    let out = heard(&mut fresh(library, rate_hz, &[])?, &sound, Vec::new())?;
    let rest: Vec<f32> = out[0].iter().zip(&sound[0]).map(|(out, dry)| out - dry).collect();
    let rest = rms(&rest);
    Ok(if rest > 0.0 { json!(2.0 * power_db(rest / rms(&sound[0]))) } else { json!("none") })
}

/// Knob E at 2 on a piano: the share of the energy above 2.5 kHz in decibels, and the peak in dBFS,
/// dry and wet.
fn knob(library: &Library, piano: &Sound) -> Result<Value> {
    let out = heard(&mut fresh(library, RATE_HZ, &[("Knob E", "2")])?, piano, Vec::new())?;
    let high = |sound: &Sound| {
        let power = crate::measure::power_spectrum(&sound[0]);
        let above = (HIGH_HZ / RATE_HZ * sound[0].len() as f64) as usize;
        power_db(power[above..].iter().sum::<f64>() / power.iter().sum::<f64>())
    };
    let peak = |sound: &Sound| effect::peak_db(sound.iter());
    Ok(json!({ "high_db": [high(piano), high(&out)], "peak_db": [peak(piano), peak(&out)] }))
}

/// What a knob is moved between, and how often a second: sixteenths at 120 beats a minute.
const ENDS: [&str; 2] = ["0.5", "3"];
const SQUARE_HZ: f64 = 8.0;
/// Seconds of a take, and of its beginning that is not looked at.
const SQUARE_S: (f64, f64) = (4.0, 1.0);
/// Points and step of the transform by which the gain is followed: 23 ms, every 1.5 ms.
const FOLLOWED: (usize, usize) = (1_024, 64);

/// How much of its depth each knob reaches under a square automation at 8 Hz, at two settings of *Response* (which
/// earlier versions do not have): `[{"knob", "band_hz", "depth_db", "shortest", "default"}]`. The gain is followed in
/// the third of an octave that the knob changes most when it stands at either end; the sound is the same all the time,
/// so nothing else moves it.
fn square(library: &Library) -> Result<Value> {
    let length = (SQUARE_S.0 * RATE_HZ) as usize;
    let tone = |n: usize| -> f64 {
        let t = n as f64 / RATE_HZ;
        (1..=60).map(f64::from).map(|k| (TAU * 110.0 * k * t + k * k).sin() / k.sqrt()).sum::<f64>()
            * 0.02
    };
    let sound: Sound = vec![(0..length).map(|n| tone(n) as f32).collect(); 2];
    let mut rows = Vec::new();
    for knob in ["Knob A", "Knob B", "Knob C", "Knob D", "Knob E"] {
        let shortest = [("Level match", "Off"), ("Response", "5 ms")];
        let ends = ENDS.map(|end| -> Result<Sound> {
            heard(
                &mut fresh(library, RATE_HZ, &[&shortest[..], &[(knob, end)]].concat())?,
                &sound,
                Vec::new(),
            )
        });
        let [low, high] = ends;
        let (low, high) = (spectra(&low?, FOLLOWED.0), spectra(&high?, FOLLOWED.0));
        let bands: Vec<f64> =
            (0..14).map(|band| 400.0 * 2_f64.powf(f64::from(band) / 3.0)).collect();
        let between = |band: f64| mean(&levels(&high, band)) - mean(&levels(&low, band));
        let best = bands
            .iter()
            .copied()
            .max_by(|a, b| between(*a).abs().total_cmp(&between(*b).abs()))
            .unwrap_or(1e3);
        let depth_db = between(best);
        let reached = |response: &[(&str, &str)]| -> Result<f64> {
            let mut plugin =
                fresh(library, RATE_HZ, &[&[("Level match", "Off")], response].concat())?;
            let mut events = Vec::new();
            let half = RATE_HZ / (2.0 * SQUARE_HZ);
            for step in 0..(length as f64 / half) as usize {
                let (param, value) = typed(&mut plugin, knob, ENDS[step % 2])
                    .with_context(|| format!("{knob} cannot be set"))?;
                events.push(Event { at: (step as f64 * half) as usize, param, value });
            }
            let levels = levels(&spectra(&heard(&mut plugin, &sound, events)?, FOLLOWED.1), best);
            let reached_db = swing(&levels, RATE_HZ / SQUARE_HZ / FOLLOWED.1 as f64);
            Ok(reached_db / depth_db.abs().max(1e-9))
        };
        rows.push(json!({
            "knob": knob, "band_hz": best, "depth_db": depth_db,
            "shortest": reached(&[("Response", "5 ms")])?, "default": reached(&[])?,
        }));
    }
    Ok(Value::Array(rows))
}

/// The highest less the lowest of the mean course of a period of so many levels.
fn swing(levels: &[f64], period: f64) -> f64 {
    let mut course: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (frame, level) in levels.iter().enumerate() {
        course.entry((frame as f64 % period) as usize).or_default().push(*level);
    }
    let means = course.values().map(|levels| mean(levels));
    let (bottom, top) =
        means.fold((f64::MAX, f64::MIN), |(low, high), level| (low.min(level), high.max(level)));
    top - bottom
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Power spectra of a sound from moment to moment, without the beginning and the end.
fn spectra(sound: &Sound, step: usize) -> Vec<Vec<f64>> {
    let span = (SQUARE_S.1 * RATE_HZ) as usize..sound[0].len() - FOLLOWED.0;
    span.step_by(step)
        .map(|at| crate::measure::power_spectrum(&sound[0][at..at + FOLLOWED.0]))
        .collect()
}

/// The levels in the third of an octave around a frequency, in decibels.
fn levels(spectra: &[Vec<f64>], hz: f64) -> Vec<f64> {
    let bin = |octaves: f64| hz * 2_f64.powf(octaves) / RATE_HZ * FOLLOWED.0 as f64;
    let (low, high) = (bin(-1.0 / 6.0).floor() as usize, bin(1.0 / 6.0).ceil() as usize);
    spectra.iter().map(|power| power_db(power[low..=high].iter().sum())).collect()
}

/// The figures on the cards of all models of a folder: `{name: {figure: number}}`.
fn models(folder: &Path) -> Result<Value> {
    let mut all = Map::new();
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("{} cannot be read", folder.display()))?;
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        if path.extension().is_some_and(|extension| extension == "safetensors") {
            let file = ModelFile::from_bytes(&std::fs::read(&path)?)
                .with_context(|| format!("{} was expected to be a model file", path.display()))?;
            all.insert(file.card.name.clone(), json!(file.card.provenance.metrics));
        }
    }
    Ok(Value::Object(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone in one band that goes up and down by 20 dB eight times a second, arriving with this
    /// time constant, beside a loud tone in another.
    fn moved(time_s: f64) -> Sound {
        let mut gain_db = 0.0;
        let sample = |n: usize| {
            let t = n as f64 / RATE_HZ;
            let aim = if (t * SQUARE_HZ).fract() < 0.5 { 0.0 } else { 20.0 };
            gain_db += (aim - gain_db) * (1.0 / (time_s * RATE_HZ)).min(1.0);
            let small = 0.005 * 10_f64.powf(gain_db / 20.0) * (TAU * 2_000.0 * t).sin();
            (small + 0.4 * (TAU * 300.0 * t).sin()) as f32
        };
        vec![(0..(SQUARE_S.0 * RATE_HZ) as usize).map(sample).collect()]
    }

    #[test]
    fn the_depth_of_a_square_is_read_in_its_own_band() {
        let period = RATE_HZ / SQUARE_HZ / FOLLOWED.1 as f64;
        let reached =
            |time_s: f64, hz: f64| swing(&levels(&spectra(&moved(time_s), FOLLOWED.1), hz), period);
        let (fast, slow) = (reached(0.002, 2_000.0), reached(0.25, 2_000.0));
        println!("20 dB: {fast:.1} dB at 2 ms, {slow:.1} dB at 250 ms");
        assert!((fast - 20.0).abs() < 1.0, "{fast:.1} dB");
        // A glide of 250 ms: tanh(T / 4 tau) of the depth.
        assert!((1.5..4.0).contains(&slow), "{slow:.1} dB");
        assert!(reached(0.002, 300.0) < 1.0, "the loud tone beside it stands still");
    }
}
