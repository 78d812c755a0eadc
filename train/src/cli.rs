//! The command line of `nfx-train`.

mod profile_args;
mod train_args;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};

use crate::corpus::Limits;
use crate::directions::command::DirectionsArgs;
use crate::phase::PhaseArgs;
use crate::profile::{ir, progress, tools};
use crate::train::run;
use crate::training_loop::Ending;
use crate::{device, eval, inspect, level, phase, render, words};
use profile_args::{ProfileArgs, profile};
use train_args::{MakeArgs, TrainArgs};

/// Makes corpora, trains, evaluates and renders the models of the Latent Works plugins.
#[derive(Debug, Parser)]
#[command(name = "nfx-train", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a corpus (it stays in the cache) and say what is in it
    Corpus(Box<MakeArgs>),
    /// Look for a model's macros anew, or measure those that it has
    Directions(DirectionsArgs),
    /// Throw the phase of a sound away, make another, and print the spectral convergence
    Phase(PhaseArgs),
    /// Train a model, or continue a training
    Train(Box<TrainArgs>),
    /// Learn an effect from recordings before and after it
    Profile(Box<ProfileArgs>),
    /// Write the test signal that is played through a device to profile it
    Signal {
        /// The WAV file to write
        output: PathBuf,
        /// Its length, 20 to 180 seconds
        #[arg(long, default_value_t = 150.0)]
        seconds: f64,
        /// Its rate in Hz
        #[arg(long, default_value_t = 48_000.0)]
        rate: f64,
    },
    /// Write a profile as a `.nam` file, its knobs folded in
    Nam {
        /// A profile
        model: PathBuf,
        /// The `.nam` file to write
        output: PathBuf,
        /// Where a knob stands; at rest unless given
        #[arg(long = "set", value_name = "KNOB=VALUE")]
        set: Vec<String>,
    },
    /// Make an impulse response from a recorded sweep
    Ir {
        /// The sweep that was played
        #[arg(long, value_name = "FILE")]
        sweep: PathBuf,
        /// Its recording
        #[arg(long, value_name = "FILE")]
        recording: PathBuf,
        /// The WAV file to write
        output: PathBuf,
        /// Length of the response
        #[arg(long, default_value_t = 1.0)]
        seconds: f64,
        /// Bring its peak to -1 dBFS; as loud as the device is unless given
        #[arg(long)]
        normalise: bool,
    },
    /// Measure a model on a folder of sound files, beside a PCA of the same sound; a profile on a
    /// folder of pairs, or an input and its recording
    Eval {
        /// A model file
        model: PathBuf,
        /// Folders, or sources as for `train --source`; of a profile a folder of pairs, or two
        /// files
        #[arg(required = true)]
        sources: Vec<String>,
        /// Most frames of the training part (for the PCA); the test part has a fifth of it
        #[arg(long, default_value_t = 50_000)]
        frames: usize,
        /// Decides which clip is tested on
        #[arg(long, default_value_t = 0)]
        split_seed: u64,
        /// Print the figures as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print what a model file holds
    Inspect {
        /// A model file
        model: PathBuf,
        /// Print the card as JSON
        #[arg(long)]
        json: bool,
        /// Of an instrument: print how different its sliders are
        #[arg(long, conflicts_with = "json")]
        latents: bool,
    },
    /// Measure an instrument's level and write it into its card
    Level {
        /// The model file, which is written anew
        model: PathBuf,
    },
    /// Find what each latent of an effect's model does beside the others, and write it into its
    /// card
    Words {
        /// The model file, which is written anew
        model: PathBuf,
    },
    /// Compare how the notes of an instrument die away with the recordings it learned from, octave
    /// by octave
    Decays {
        /// A model file with its encoder
        model: PathBuf,
        /// The folder of recordings, as for recorded:PATH
        recordings: PathBuf,
        /// All notes, and not only those that no training hears
        #[arg(long)]
        every: bool,
    },
    /// List where trainings can compute, and compare a few steps of a small network on each
    Devices {
        /// Steps to compare
        #[arg(long, default_value_t = 8)]
        steps: usize,
    },
    /// Play a file through a model with the plugin's engine
    Render {
        /// A model of ANNe's, a profile of an effect, or a `.nam` file
        model: PathBuf,
        /// WAV, FLAC, MP3, Ogg or AIFF
        input: PathBuf,
        /// The WAV file to write
        output: PathBuf,
        #[arg(long = "set", value_name = "NAME=VALUE", help = format!("A setting. ANNe: {}. A profile: {}", render::NAMES, tools::NAMES))]
        set: Vec<String>,
        /// The second sound, which `--set morph=...` goes towards
        #[arg(long, value_name = "FILE")]
        morph: Option<PathBuf>,
        /// Run the engine at this host rate instead of the file's
        #[arg(long, value_name = "HZ")]
        rate: Option<f64>,
        /// Normalise the whole mix, the literal form of the thesis's equation 3.4, at the input's
        /// norm
        #[arg(long)]
        normalise: bool,
    },
}

/// Reads the command line and does what it says. A failure is printed as a sentence for each level
/// of its cause.
pub fn main() -> ExitCode {
    match dispatch(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            progress::tell("error", serde_json::json!({ "message": format!("{error:#}") }));
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Corpus(args) => args.make(),
        Command::Directions(args) => args.run(),
        Command::Phase(args) => phase::phase(&args),
        Command::Train(args) => train(&args),
        Command::Profile(args) => profile(&args),
        Command::Signal { output, seconds, rate } => tools::write_signal(&output, seconds, rate),
        Command::Nam { model, output, set } => tools::write_nam(&model, &output, &set),
        Command::Ir { sweep, recording, output, seconds, normalise } => {
            ir::write_response(&sweep, &recording, &output, seconds, normalise)
        }
        Command::Eval { model, sources, frames, split_seed, json } => {
            if let Some(profile) = tools::profile_of(&model)? {
                return eval_profile(&profile, &sources, json);
            }
            let (file, figures) = eval::eval(&model, &sources, Limits::scaled(frames), split_seed)?;
            if json {
                println!("{}", serde_json::to_string_pretty(&figures)?);
            } else {
                println!("{}\n{}", file.card.name, figures.table());
            }
            Ok(())
        }
        Command::Level { model } => {
            println!("{}", level::write(&model)?);
            Ok(())
        }
        Command::Words { model } => {
            println!("{}", words::write(&model)?);
            Ok(())
        }
        Command::Inspect { model, json, latents } => {
            let bytes = crate::files::read_named(&model, "a model file")?;
            let file = match tools::profile_of(&model)? {
                Some(profile) => profile.file().clone(),
                None => eval::read_model(&model)?,
            };
            if latents {
                print!("{}", inspect::latents(&file)?);
            } else if json {
                println!("{}", serde_json::to_string_pretty(&file.card)?);
            } else {
                print!("{}", inspect::inspect(&file, &bytes));
            }
            Ok(())
        }
        Command::Decays { model, recordings, every } => {
            let model =
                nfx_core::models::spectral::CanneModel::from_file(&eval::read_model(&model)?)?;
            print!("{}", crate::decays::decays(&model, &recordings, every)?);
            Ok(())
        }
        Command::Devices { steps } => {
            print!("{}", device::compare(steps)?);
            Ok(())
        }
        Command::Render { model, input, output, set, morph, rate, normalise } => {
            if let Some(profile) = tools::profile_of(&model)? {
                ensure!(
                    morph.is_none() && !normalise,
                    "expected --morph and --normalise with a model of ANNe's, found a profile"
                );
                return tools::render(&profile, &input, &output, &set, rate);
            }
            render::render(
                &model,
                &input,
                &output,
                &render::Job { settings: set, morph, rate_hz: rate, normalise },
            )
        }
    }
}

fn eval_profile(
    model: &std::sync::Arc<nfx_core::models::effect::ProfileModel>,
    sources: &[String],
    json: bool,
) -> Result<()> {
    let rows = tools::eval(model, sources)?;
    if json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(name, setting, scores)| serde_json::json!({ "name": name, "setting": setting, "scores": scores }))
            .collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    println!("{}", model.name());
    for (name, setting, s) in rows {
        println!(
            "{name} {setting}  ESR {:.5}  with pre-emphasis {:.5}  MAE {:.5}  MR-STFT {:.4}  loudness {:+.2} dB",
            s.esr, s.emphasised, s.mae, s.spectral, s.loudness_db
        );
    }
    Ok(())
}

fn train(args: &TrainArgs) -> Result<()> {
    progress::set(args.progress);
    let finished = match &args.resume {
        Some(folder) => run::resume(folder, args.changes())?,
        None => {
            let config = args.config()?;
            run::start(&config, &args.folder(&config))?
        }
    };
    if progress::is_json() {
        let done = serde_json::json!({
            "fraction": 1.0,
            "eta_s": 0.0,
            "model": finished.model.display().to_string(),
            "report": finished.report.display().to_string(),
        });
        progress::tell("done", done);
        return Ok(());
    }
    println!("{}", finished.figures.table());
    println!("model   {}", finished.model.display());
    println!("report  {}", finished.report.display());
    if finished.ending == Ending::Asked {
        println!("The training was stopped early; the model is of its best weights so far.");
    }
    Ok(())
}
