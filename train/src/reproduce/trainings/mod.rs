//! Trainings, judged: the same ones by another program and by this one, and pairs that are made to break what a training promises.
//!
//! Every training is a program of its own, started as somebody at a command line does; what it left is a cell, stored as JSON, so that a
//! run that was stopped goes on where it was.

mod attempts;
mod comparison;
pub mod devices;
mod material;
mod program;
mod write;

use std::path::PathBuf;

use anyhow::Result;

use super::profiler::store::Store;
use material::Material;
use program::Ended;

/// What cells of this program are called.
const THIS: &str = "this";

/// The command line of `nfx-train reproduce trainings`.
#[derive(Clone, Debug, clap::Args)]
pub struct TrainingsArgs {
    /// Folder with real sounds; where it is missing, the built-in synthesizer's are taken
    #[arg(long, value_name = "FOLDER", default_value = "../shared/data")]
    pub sounds: PathBuf,
    /// Where finished trainings are kept
    #[arg(long, value_name = "FOLDER", default_value = "runs/reproduce-trainings")]
    pub out: PathBuf,
    /// The document to write
    #[arg(long, value_name = "FILE", default_value = "docs/results/training.md")]
    pub doc: PathBuf,
    /// Another nfx-train to compare with; without one, nothing is compared
    #[arg(long, value_name = "PROGRAM")]
    pub before: Option<PathBuf>,
    /// What that program is: its commit
    #[arg(long, value_name = "COMMIT", default_value = "before")]
    pub before_name: String,
    /// Steps of each training
    #[arg(long, default_value_t = 200)]
    pub steps: u64,
    /// Decides starting weights, order and noises
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Train nothing: write the document from what is stored
    #[arg(long)]
    pub report: bool,
}

impl TrainingsArgs {
    /// What is stored of a training, else what it leaves now; `None` where nothing is stored and nothing is to be trained.
    fn ended(&self, store: &Store, cell: &str, train: impl FnOnce() -> Result<Ended>) -> Result<Option<Ended>> {
        if self.report { Ok(store.get(cell)) } else { store.kept(cell, train).map(Some) }
    }
}

/// Trains what is missing and writes the document.
///
/// # Errors
/// When a program cannot be started, or a file cannot be read or written.
pub fn trainings(args: &TrainingsArgs) -> Result<()> {
    let store = Store::open(&args.out)?;
    let material = Material::read(&args.sounds, args.seed)?;
    let rows = match &args.before {
        Some(other) => comparison::run(args, other, &store, &material)?,
        None => Vec::new(),
    };
    let attempts = attempts::run(args, &store, &material)?;
    write::write(args, &rows, &attempts)?;
    println!("{} written", args.doc.display());
    Ok(())
}
