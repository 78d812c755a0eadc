//! The demo: each effect plays three sounds while one of its knobs moves, each instrument a phrase
//! while a slider moves and a held note through a morph; what they did is written and drawn.

use crate::clap_host::notes::held;
use crate::clap_host::{Event, Library, Param, Plugin, Take};
use crate::spectrogram::{self, Panel};
use crate::wav;
use anyhow::{Context, Result};
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

/// Where the demo finds and puts things.
pub struct Folders {
    /// Built bundles.
    pub bundles: PathBuf,
    /// The dry sounds.
    pub sounds: PathBuf,
    /// Where the results go.
    pub out: PathBuf,
}

/// The rate at which an instrument is heard.
const RATE_HZ: u32 = 44_100;
const SOUNDS: [&str; 3] = ["drums", "chord", "melody"];

/// Plays every CLAP bundle of the folder and writes WAVs and pictures.
///
/// # Errors
/// When there is no bundle, or something cannot be read, played or written.
pub fn run(folders: &Folders) -> Result<()> {
    std::fs::create_dir_all(&folders.out)
        .with_context(|| format!("{} cannot be made", folders.out.display()))?;
    let mut bundles: Vec<PathBuf> = folders
        .bundles
        .read_dir()
        .with_context(|| {
            format!(
                "{} cannot be listed; `cargo xtask bundle --release` fills it",
                folders.bundles.display()
            )
        })?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "clap"))
        .collect();
    bundles.sort();
    anyhow::ensure!(
        !bundles.is_empty(),
        "{} holds no CLAP bundle; `cargo xtask bundle --release` makes them",
        folders.bundles.display()
    );
    for bundle in &bundles {
        let library = Library::open(bundle)?;
        let is_instrument = library
            .descriptions()
            .first()
            .is_some_and(|plugin| plugin.features.iter().any(|f| f == "instrument"));
        if is_instrument {
            phrase(&library, &folders.out)?;
            morph(&library, &folders.out)?;
            continue;
        }
        for sound in SOUNDS {
            play(&library, &folders.sounds.join(format!("{sound}.wav")), &folders.out)?;
        }
    }
    Ok(())
}

fn play(library: &Library, sound: &Path, out: &Path) -> Result<()> {
    let (dry, rate) = wav::read(sound)?;
    let name = sound.file_stem().context("a sound needs a name")?.to_string_lossy();
    let mut plugin = library.create()?;
    let plugin_name = library
        .descriptions()
        .first()
        .map(|description| description.name.clone())
        .unwrap_or_default();
    plugin.activate(f64::from(rate), 512)?;
    let knob = moving_knob(&mut plugin)?;
    let channels = plugin.layout().inputs.first().copied().unwrap_or(1) as usize;
    let latency = plugin.latency() as usize;
    let mut input: Vec<Vec<f32>> =
        (0..channels).map(|channel| dry[channel % dry.len()].clone()).collect();
    let length = input.first().map_or(0, Vec::len);
    input.iter_mut().for_each(|channel| channel.resize(length + latency, 0.0));
    let events = sweep(&knob, length, rate);
    let mut wet = plugin.play(&Take::new(input).events(events))?;
    wet.iter_mut().for_each(|channel| drop(channel.drain(..latency.min(channel.len()))));
    let stem = format!("{}-{name}", plugin_name.to_lowercase().replace(' ', "-"));
    wav::write(&out.join(format!("{name}-before.wav")), &dry, rate)?;
    wav::write(&out.join(format!("{stem}-after.wav")), &wet, rate)?;
    let (least, most) =
        (plugin.text(knob.id, knob.default)?, plugin.text(knob.id, far_end(&knob))?);
    let picture = out.join(format!("{stem}.png"));
    let panels = [
        Panel { title: &format!("{name}: before"), samples: &dry[0] },
        Panel {
            title: &format!("after {plugin_name}: {} from {least} to {most} and back", knob.name),
            samples: &wet[0],
        },
    ];
    spectrogram::draw(&picture, &panels, f64::from(rate))?;
    println!("{}", picture.display());
    Ok(())
}

/// A phrase in two voices while the first slider moves from end to end and back.
fn phrase(library: &Library, out: &Path) -> Result<()> {
    let mut plugin = library.create()?;
    plugin.activate(f64::from(RATE_HZ), 512)?;
    let slider = moving_knob(&mut plugin)?;
    let second = RATE_HZ as usize;
    let tune: [(f64, f64, u8); 14] = [
        (0.0, 2.0, 36),
        (0.0, 0.5, 60),
        (0.5, 0.5, 67),
        (1.0, 0.5, 72),
        (1.5, 0.5, 75),
        (2.0, 2.0, 44),
        (2.0, 0.75, 74),
        (2.75, 0.75, 72),
        (3.5, 0.5, 68),
        (4.0, 2.0, 41),
        (4.0, 1.0, 69),
        (5.0, 1.0, 65),
        (6.0, 2.0, 36),
        (6.0, 2.0, 64),
    ];
    let at = |seconds: f64| (seconds * second as f64) as usize;
    let notes = tune
        .into_iter()
        .flat_map(|(from, length, key)| held(key, at(from), at(from + length * 0.95)))
        .collect();
    let length = at(9.0);
    let take = Take::notes(length, notes).events(sweep(&slider, length, RATE_HZ));
    let title = format!("a phrase, {} moving", slider.name);
    take_down(&mut plugin, &take, out, "phrase", &title)
}

/// One held note while the pad goes once round its four corners.
fn morph(library: &Library, out: &Path) -> Result<()> {
    let mut plugin = library.create()?;
    plugin.activate(f64::from(RATE_HZ), 512)?;
    let [amount, x, y] = ["Morph", "Morph X", "Morph Y"].map(|name| plugin.param(name));
    let (amount, x, y) = (amount?, x?, y?);
    let length = 8 * RATE_HZ as usize;
    let mut events = vec![Event { at: 0, param: amount.id, value: amount.max }];
    for at in (0..length).step_by(64) {
        let turn = TAU * at as f64 / length as f64;
        let round = |param: &Param, place: f64| Event {
            at,
            param: param.id,
            value: param.at(0.5 - 0.5 * place),
        };
        events.extend([round(&x, turn.cos()), round(&y, turn.sin())]);
    }
    let take = Take::notes(length, held(48, 0, length - length / 10).to_vec()).events(events);
    take_down(
        &mut plugin,
        &take,
        out,
        "morph",
        "a held note, once round the four corners of the pad",
    )
}

/// Plays a take and writes its sound and its picture.
fn take_down(plugin: &mut Plugin, take: &Take, out: &Path, stem: &str, title: &str) -> Result<()> {
    let sound = plugin.play(take)?;
    let stem = format!("canne-{stem}");
    wav::write(&out.join(format!("{stem}.wav")), &sound, RATE_HZ)?;
    let picture = out.join(format!("{stem}.png"));
    spectrogram::draw(
        &picture,
        &[Panel { title: &format!("CANNe: {title}"), samples: &sound[0] }],
        f64::from(RATE_HZ),
    )?;
    println!("{}", picture.display());
    Ok(())
}

/// The first knob of the plugin's main page: what its maker put first is what it is about.
fn moving_knob(plugin: &mut Plugin) -> Result<Param> {
    let knobs = plugin
        .params()
        .into_iter()
        .filter(|param| param.automatable && !param.stepped && !param.hidden && !param.bypass);
    knobs
        .into_iter()
        .next()
        .context("the plugin was expected to have a knob that a host can move, but has none")
}

/// The end of a knob's travel that is farther from its default.
fn far_end(knob: &Param) -> f64 {
    if knob.max - knob.default >= knob.default - knob.min { knob.max } else { knob.min }
}

/// From the default to the knob's farther end and back, twice, a value every 64 samples.
fn sweep(knob: &Param, length: usize, rate: u32) -> Vec<Event> {
    let period = f64::from(rate) * 3.0;
    (0..length)
        .step_by(64)
        .map(|at| {
            let place = 0.5 - 0.5 * (TAU * at as f64 / period).cos();
            Event {
                at,
                param: knob.id,
                value: knob.default + (far_end(knob) - knob.default) * place,
            }
        })
        .collect()
}
