//! The project's commands. Each does its own set-up on a machine that has only rustup, git and a C
//! compiler.
//!
//! `cargo xtask demo` plays the plugins and draws what they did, `cargo xtask test` passes every
//! test, `cargo xtask bundle` makes CLAP, VST3 and standalone, `cargo xtask install` puts them
//! where hosts look, `cargo xtask dist` makes the archive to download, `cargo xtask bench` writes
//! the performance table, `cargo xtask shots` takes pictures of the editors and `cargo xtask sound`
//! measures what is heard.

mod bench;
mod bundle;
mod demo;
mod dist;
mod elsewhere;
mod install;
mod layers;
mod moduleinfo;
mod project;
mod report;
mod run;
mod shots;
mod sound;
mod suites;
mod system;
mod test;
mod venv;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The commands of the Latent Works suite", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Bundle the plugins, play three sounds through them and draw the spectrograms into
    /// target/demo
    Demo,
    /// Format, layers, lints, documentation, unit tests, bundles and the tests in real hosts
    Test(test::Options),
    /// Make the CLAP, VST3 and standalone of each plugin in bundler.toml, in target/bundled
    Bundle(bundle::Options),
    /// Put release bundles, presets and the trainer where hosts and the shell look for them
    Install(install::Options),
    /// Make the archive that a musician downloads, in target/dist, and try it in an empty home
    /// folder
    Dist(dist::Options),
    /// Measure the engine beside its peers; writes docs/performance.md and target/bench/report.json
    Bench(bench::Options),
    /// Take pictures of the editors in each of their states, at 1x and 2x, into target/shots
    Shots(shots::Options),
    /// Measure what ANNe and CANNe sound like, preset by preset; writes docs/results/sound.md
    Sound(sound::Options),
}

fn main() -> Result<()> {
    let project = project::Project::discover()?;
    match Cli::parse().command {
        Command::Demo => demo::run(&project),
        Command::Test(options) => test::run(&project, &options),
        Command::Bundle(options) => bundle::run(&project, &options).map(|_| ()),
        Command::Install(options) => install::run(&project, &options),
        Command::Dist(options) => dist::run(&project, &options),
        Command::Bench(options) => bench::run(&project, &options),
        Command::Shots(options) => shots::run(&project, &options),
        Command::Sound(options) => sound::run(&project, &options),
    }
}
