//! Profiles of effects, measured: PyPI's `pedalboard` as the device, NAM's own trainer beside ours,
//! the compressor and what else was tried for it. Written to `docs/results/profiler.md`.
//!
//! Every training is a cell, stored as JSON when it is done, so that a run that was stopped goes on
//! where it was.

mod attempts;
mod compressor;
mod devices;
mod quantised_wavenet;
mod rows;
mod seq2seq;
pub(super) mod store;
mod write;

use std::path::PathBuf;

use anyhow::Result;

use crate::effects::command::load_music;
use crate::effects::python::{Pedalboard, interpreter};
use store::Store;

/// The packages that devices and NAM's trainer need.
const REQUIREMENTS: &str = "tests/python/profiler.txt";

/// The command line of `nfx-lab profiler`.
#[derive(clap::Args, Clone, Debug)]
pub struct ProfilerArgs {
    /// Where finished trainings are kept
    #[arg(long, value_name = "FOLDER", default_value = "runs/reproduce-profiler")]
    pub out: PathBuf,
    /// The document to write
    #[arg(long, value_name = "FILE", default_value = "docs/results/profiler.md")]
    pub doc: PathBuf,
    /// Minutes of each training
    #[arg(long, default_value_t = 5.0)]
    pub minutes: f64,
    /// Minutes of the long training of the three hardest devices; 0 leaves it out
    #[arg(long, default_value_t = 60.0)]
    pub long_minutes: f64,
    /// Folder of recordings to play through the devices, beside improvisations of the synthesizer;
    /// those alone unless given
    #[arg(long, value_name = "FOLDER")]
    pub music: Option<PathBuf>,
    /// The compressor to measure
    #[arg(long, value_name = "FILE", default_value = "models/compressor.safetensors")]
    pub model: PathBuf,
    /// The profile of the Klon's gain stage to measure
    #[arg(long, value_name = "FILE", default_value = "models/klon.safetensors")]
    pub klon: PathBuf,
    /// Folder of the Klon's recordings; the part `klon` is left out unless given
    #[arg(long, value_name = "FOLDER")]
    pub klon_data: Option<PathBuf>,
    /// Decides starting weights and order
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// A Python interpreter with the packages of tests/python/profiler.txt
    #[arg(long, value_name = "FILE")]
    pub python: Option<PathBuf>,
    /// Parts to run, of devices, nam, compressor, rows, klon; all when none is named
    #[arg(long, value_name = "PART")]
    pub part: Vec<String>,
    /// Train nothing: write the document from what is stored
    #[arg(long)]
    pub report: bool,
}

impl ProfilerArgs {
    fn wants(&self, part: &str) -> bool {
        !self.report && (self.part.is_empty() || self.part.iter().any(|p| p == part))
    }
}

/// Trains what is missing and writes the document.
///
/// # Errors
/// When Python, its packages or the music are missing, or a training fails.
pub fn profiler(args: &ProfilerArgs) -> Result<()> {
    let store = Store::open(&args.out)?;
    // Both trainers compute on one thread, so that minutes of the processor are minutes of the
    // clock where nothing else runs.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).build_global();
    if !args.report {
        let python = match &args.python {
            Some(python) => python.clone(),
            None => interpreter(&args.out.join("venv"), REQUIREMENTS)?,
        };
        let music = load_music(args.music.as_deref())?;
        let start = || Pedalboard::start(&python);
        if args.wants("devices") || args.wants("nam") {
            devices::run(args, &store, &music, &python, start()?)?;
        }
        if args.wants("compressor") {
            compressor::run(args, &store, &music, start()?)?;
        }
        if args.wants("rows") {
            rows::run(args, &store, &music)?;
        }
        if args.wants("klon") {
            compressor::klon(args, &store)?;
        }
    }
    write::write(args, &store)?;
    println!("{} written", args.doc.display());
    Ok(())
}
