//! The command line of `nfx-lab`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
use nfx_train::synth::factory;

use crate::anne::{AnneArgs, anne};
use crate::canne::{CanneArgs, canne};
use crate::checks::{ChecksArgs, checks};
use crate::effects::command::{EffectArgs, effect};
use crate::phase::{PhaseResultArgs, phase};
use crate::profiler::{ProfilerArgs, profiler};
use crate::samples::{SamplesArgs, samples};
use crate::trainings::{TrainingsArgs, trainings};

/// Runs the experiments behind docs/results again, and makes what ships with the Latent Works
/// suite. Start it from the repository's root.
#[derive(Debug, Parser)]
#[command(name = "nfx-lab", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tables 3.1, 3.2 and 3.3 and the claims in prose, written to docs/results/anne.md
    Anne(Box<AnneArgs>),
    /// Tables 4.1 and 4.2, figures 4.2 to 4.4 and what goes beyond the thesis, written to
    /// docs/results/canne.md
    Canne(Box<CanneArgs>),
    /// Phase reconstruction on recordings and synthetic sounds beside its peers, written to
    /// docs/results/phase.md
    Phase(PhaseResultArgs),
    /// Recorded notes as instruments, by how near what is played comes to them, written to
    /// docs/results/samples.md
    Samples(SamplesArgs),
    /// The checks of recordings on good ones and on bad ones, written to docs/results/checks.md
    Checks(ChecksArgs),
    /// Profiles of effects beside NAM's trainer, the compressor, its rivals, written to
    /// docs/results/profiler.md
    Profiler(Box<ProfilerArgs>),
    /// Trainings of nfx-train beside those of another build, and on pairs that are made to break
    /// them, written to docs/results/training.md
    Trainings(TrainingsArgs),
    /// Train a model of an effect that is at hand: SignalTrain's compressors, pedalboard's
    Effect(Box<EffectArgs>),
    /// Write sounds that the synthesizer makes beside corpora
    Sounds {
        /// Which ones
        which: Sounds,
        /// Folder to write into
        folder: PathBuf,
    },
}

/// Sounds that come with the suite.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sounds {
    /// ANNe's built-in ones: piano.wav, strings.wav and snare.wav
    Factory,
    /// The Effect Profiler's built-in ones: drums.wav, bass.wav and guitar.wav
    Profiler,
    /// Those of the demonstration: drums.wav, chord.wav and melody.wav
    Demo,
}

/// Reads the command line and does what it says. A failure is printed as a sentence for each level
/// of its cause.
pub fn main() -> ExitCode {
    match dispatch(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> Result<()> {
    match command {
        Command::Anne(args) => anne(&args),
        Command::Canne(args) => canne(&args),
        Command::Phase(args) => phase(&args),
        Command::Samples(args) => samples(&args),
        Command::Checks(args) => checks(&args),
        Command::Profiler(args) => profiler(&args),
        Command::Trainings(args) => trainings(&args),
        Command::Effect(args) => effect(&args),
        Command::Sounds { which: Sounds::Factory, folder } => factory::write(&folder),
        Command::Sounds { which: Sounds::Profiler, folder } => factory::profiler(&folder),
        Command::Sounds { which: Sounds::Demo, folder } => factory::demo(&folder),
    }
}
