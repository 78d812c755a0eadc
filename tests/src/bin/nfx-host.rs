//! `nfx-host`: the host without a window, as a program. It renders files, makes the demo, measures,
//! and counts what a plugin does on the audio thread.

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use nfx_tests::clap_host::{Blocks, Event, Library, Take};
use nfx_tests::{bench, bundle, demo, gates, guard_run, sound, wav};
use std::path::PathBuf;

#[derive(Parser)]
#[command(
    about = "A CLAP host without a window, for the project's tests, demo and benchmark",
    version
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List what a bundle holds and the parameters of its first plugin
    List {
        /// The CLAP bundle
        bundle: PathBuf,
    },
    /// Play a WAV file through a bundle's first plugin
    Render {
        /// The CLAP bundle
        bundle: PathBuf,
        /// The dry sound
        input: PathBuf,
        /// Where the result goes
        output: PathBuf,
        /// A parameter's name and plain value, for example "Knob A=2.5"; may be given again
        #[arg(long = "set", value_name = "NAME=VALUE")]
        set: Vec<String>,
        /// The side chain's sound
        #[arg(long)]
        side: Option<PathBuf>,
        /// Samples in a block
        #[arg(long, default_value_t = 512)]
        block: usize,
    },
    /// Play three sounds through every effect and a phrase on every instrument, and draw what they
    /// became
    Demo {
        /// Folder of drums.wav, chord.wav and melody.wav
        #[arg(long)]
        sounds: PathBuf,
        /// Folder of the results
        #[arg(long)]
        out: PathBuf,
        /// Folder of the bundles
        #[arg(long)]
        bundles: Option<PathBuf>,
    },
    /// Measure a bundle; prints JSON
    Bench {
        /// The CLAP bundle
        bundle: PathBuf,
    },
    /// Measure every factory preset of ANNe and CANNe and print a table in Markdown (`cargo xtask
    /// test` writes the presets first)
    Gates {
        /// Only this plugin's
        #[arg(long)]
        only: Option<String>,
        /// Only ANNe, with the `.vstpreset` files of this folder (`anne-presets FOLDER --from`
        /// makes them of preset files)
        #[arg(long, value_name = "FOLDER")]
        anne: Option<PathBuf>,
        /// Only what names promise
        #[arg(long)]
        promises: bool,
    },
    /// Measure what ANNe and CANNe sound like; prints JSON (`cargo xtask sound` makes
    /// docs/results/sound.md of it)
    Sound {
        /// An interpreter with tests/python/zimtohrli.txt installed
        #[arg(long)]
        python: PathBuf,
        /// The folder of the model files whose cards are read, if not this repository's
        #[arg(long, value_name = "FOLDER")]
        models: Option<PathBuf>,
    },
    /// Count allocations, locks, files opened and the like in `process`; prints JSON (needs
    /// LD_PRELOAD of rt_guard)
    Guard {
        /// The CLAP bundle
        bundle: PathBuf,
        /// The plugin's id, if not the first
        #[arg(long)]
        id: Option<String>,
        /// A state to load while the sound plays; may be given again
        #[arg(long)]
        state: Vec<PathBuf>,
        /// Samples per second
        #[arg(long, default_value_t = 48_000.0)]
        rate: f64,
    },
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::List { bundle } => list(&bundle),
        Command::Render { bundle, input, output, set, side, block } => {
            let files = RenderFiles { input: &input, side: side.as_deref(), output: &output };
            render(&bundle, files, &set, block)
        }
        Command::Demo { sounds, out, bundles } => {
            let bundles = bundles.map_or_else(bundle::folder, Ok)?;
            demo::run(&demo::Folders { bundles, sounds, out })
        }
        Command::Bench { bundle } => {
            println!("{}", bench::run(&bundle)?);
            Ok(())
        }
        Command::Gates { promises: true, .. } => {
            println!("{}", gates::promises::markdown("ANNe", &gates::promises_of_anne()?));
            println!("{}", gates::promises::markdown("CANNe", &gates::promises_of_canne()?));
            Ok(())
        }
        Command::Gates { only, anne, promises: false } => {
            println!(
                "{}",
                anne.map_or_else(
                    || gates::tables(only.as_deref()),
                    |folder| gates::anne_table(&folder)
                )?
            );
            Ok(())
        }
        Command::Sound { python, models } => {
            let models = models.unwrap_or_else(|| bundle::root().join("models"));
            println!("{}", sound::figures(&python, &models)?);
            Ok(())
        }
        Command::Guard { bundle, id, state, rate } => {
            let run = guard_run::Run {
                bundle: &bundle,
                id: id.as_deref(),
                states: &state,
                rate_hz: rate,
            };
            println!("{}", guard_run::run(&run)?);
            Ok(())
        }
    }
}

fn list(bundle: &std::path::Path) -> Result<()> {
    let library = Library::open(bundle)?;
    for description in library.descriptions() {
        println!(
            "{} {} ({}, {}): {}",
            description.name,
            description.version,
            description.id,
            description.vendor,
            description.features.join(", ")
        );
    }
    let mut plugin = library.create()?;
    for param in plugin.params() {
        let text = plugin.text(param.id, param.default)?;
        println!(
            "{:>12}  {:<24} {:<16} {} to {}, at first {text}",
            param.id, param.name, param.module, param.min, param.max
        );
    }
    Ok(())
}

/// The WAV files of a rendering.
struct RenderFiles<'a> {
    input: &'a std::path::Path,
    /// The sound of the side chain.
    side: Option<&'a std::path::Path>,
    output: &'a std::path::Path,
}

fn render(
    bundle: &std::path::Path,
    files: RenderFiles<'_>,
    set: &[String],
    block: usize,
) -> Result<()> {
    let side = files.side.map(wav::read).transpose()?.map(|(side, _)| side);
    let (mut sound, rate) = wav::read(files.input)?;
    let mut plugin = Library::open(bundle)?.create()?;
    plugin.select_layout(sound.len() as u32, side.is_some()).or_else(|error| {
        if side.is_some() { Err(error) } else { plugin.select_layout(sound.len() as u32, true) }
    })?;
    plugin.activate(f64::from(rate), block as u32)?;
    plugin.set_offline(true)?;
    let mut events = Vec::new();
    for text in set {
        let (name, value) = text
            .split_once('=')
            .with_context(|| format!("`{text}` was expected to be NAME=VALUE"))?;
        let param = plugin.param(name.trim())?;
        let Some(value) = plugin.parse(param.id, value.trim()) else {
            bail!("{name} does not understand the value `{value}`")
        };
        events.push(Event { at: 0, param: param.id, value });
    }
    let latency = plugin.latency() as usize;
    let length = sound.first().map_or(0, Vec::len);
    sound.iter_mut().for_each(|channel| channel.resize(length + latency, 0.0));
    let side = side
        .unwrap_or_default()
        .into_iter()
        .map(|mut channel| {
            channel.resize(length + latency, 0.0);
            channel
        })
        .collect();
    let mut wet =
        plugin.play(&Take::new(sound).events(events).side(side).blocks(Blocks::Fixed(block)))?;
    wet.iter_mut().for_each(|channel| drop(channel.drain(..latency.min(channel.len()))));
    wav::write(files.output, &wet, rate)
}
