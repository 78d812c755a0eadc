//! Trainings, judged: the same ones by another nfx-train and by today's, and pairs that are made to
//! break what a training promises.
//!
//! Every training is a program of its own, started as somebody at a command line does; what it left
//! is a cell, stored as JSON, so that a run that was stopped goes on where it was.

mod attempts;
mod comparison;
pub mod devices;
mod material;
mod program;
mod write;

use std::path::PathBuf;

use anyhow::{Result, ensure};

use super::profiler::store::Store;
use material::Material;
use program::Ended;

/// What cells of the nfx-train to try are called.
const THIS: &str = "this";

/// The command line of `nfx-lab trainings`.
#[derive(Clone, Debug, clap::Args)]
pub struct TrainingsArgs {
    /// Folder with real sounds, in `notes/` and `sonic-pi/`; the built-in synthesizer's are taken
    /// unless given
    #[arg(long, value_name = "FOLDER")]
    pub sounds: Option<PathBuf>,
    /// The nfx-train to try; the one beside this program unless given
    #[arg(long, value_name = "PROGRAM")]
    pub trainer: Option<PathBuf>,
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
    /// The program to try. Where nothing is trained, it need not be there.
    fn program(&self) -> Result<PathBuf> {
        let program = match &self.trainer {
            Some(program) => program.clone(),
            None => std::env::current_exe()?
                .with_file_name(format!("nfx-train{}", std::env::consts::EXE_SUFFIX)),
        };
        ensure!(
            self.report || program.is_file(),
            "expected a trainer at {}, found none; build nfx-train, or name one with --trainer; nothing was trained",
            program.display()
        );
        Ok(program)
    }

    /// What is stored of a training, else what it leaves now; `None` where nothing is stored and
    /// nothing is to be trained.
    fn ended(
        &self,
        store: &Store,
        cell: &str,
        train: impl FnOnce() -> Result<Ended>,
    ) -> Result<Option<Ended>> {
        if self.report { Ok(store.get(cell)) } else { store.kept(cell, train).map(Some) }
    }
}

/// Trains what is missing and writes the document.
///
/// # Errors
/// When a program cannot be started, or a file cannot be read or written.
pub fn trainings(args: &TrainingsArgs) -> Result<()> {
    let own = args.program()?;
    let store = Store::open(&args.out)?;
    let material = Material::read(args.sounds.as_deref(), args.seed)?;
    let rows = match &args.before {
        Some(other) => comparison::run(args, [other, &own], &store, &material)?,
        None => Vec::new(),
    };
    let attempts = attempts::run(args, &own, &store, &material)?;
    write::write(args, &rows, &attempts)?;
    println!("{} written", args.doc.display());
    Ok(())
}
