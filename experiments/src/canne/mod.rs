//! CANNe's experiments, remade: Colonel, *Autoencoding Neural Networks as Musical Audio
//! Synthesizers* (2018), chapter 4, and what goes beyond it. `nfx-lab canne`.

mod cells;
mod figures;
mod plan;
mod write;

use std::path::PathBuf;

use anyhow::{Result, bail};
use nfx_train::device::{self, DeviceChoice};

use super::cells::{Store, machine};

/// Options of `nfx-lab canne`.
#[derive(Clone, Debug, clap::Args)]
pub struct CanneArgs {
    /// Where finished and half-finished cells are kept; the same folder again goes on where it was
    #[arg(long, value_name = "FOLDER", default_value = "runs/reproduce-canne")]
    pub out: PathBuf,
    /// The document that is written; the figures lie beside it
    #[arg(long, value_name = "FILE", default_value = "docs/results/canne.md")]
    pub doc: PathBuf,
    /// Epochs of every training (the thesis: 300)
    #[arg(long, default_value_t = 300)]
    pub epochs: usize,
    /// Most training frames (the thesis: 79,000 over five octaves, 17,000 over one); validation and
    /// test have 6/79 of it each
    #[arg(long, default_value_t = 79_000)]
    pub frames: usize,
    /// Seeds of the experiments on how many trainings converge
    #[arg(long, default_value_t = 5)]
    pub seeds: u64,
    /// Epochs of those experiments; as --epochs unless given
    #[arg(long)]
    pub seed_epochs: Option<usize>,
    /// Only these: table4.1, table4.2, figure4.2, figure4.3, figure4.4, bias, beyond
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    pub only: Vec<String>,
    /// A few minutes in all: 600 frames, 2 epochs, 2 seeds; says whether the machinery works, not
    /// what a method is worth
    #[arg(long)]
    pub quick: bool,
    /// Train nothing; write the document from the stored cells
    #[arg(long)]
    pub write_only: bool,
    /// Where to compute
    #[arg(long, value_enum, default_value = "auto")]
    pub device: DeviceChoice,
    /// Seconds between two checkpoints of a training, which is what a killed run loses at most
    #[arg(long, default_value_t = 60.0)]
    pub checkpoint_seconds: f64,
    /// Where built corpora are kept
    #[arg(long, value_name = "FOLDER", default_value = "runs/cache")]
    pub cache: PathBuf,
}

/// The row of the tables in which nothing is appended to the magnitudes.
const THESIS_ROW: &str = "none";

/// Names that `--only` knows.
const PARTS: [&str; 7] =
    ["table4.1", "table4.2", "figure4.2", "figure4.3", "figure4.4", "bias", "beyond"];

impl CanneArgs {
    /// With `--quick`, the values that make it quick.
    fn settled(&self) -> CanneArgs {
        let mut args = self.clone();
        if args.quick {
            args.epochs = args.epochs.min(2);
            args.frames = args.frames.min(600);
            args.seeds = args.seeds.min(2);
        }
        args.seed_epochs = Some(args.seed_epochs.unwrap_or(args.epochs).min(args.epochs));
        args
    }

    fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|o| o == part)
    }
}

/// Trains what is missing, every row once before any row twice, and writes the document after every
/// training.
///
/// # Errors
/// When a part is not known, a corpus cannot be made, or a file cannot be written; finished cells
/// stay.
pub fn canne(args: &CanneArgs) -> Result<()> {
    for part in &args.only {
        if !PARTS.contains(&part.as_str()) {
            bail!(
                "expected --only to name parts out of {}, found `{part}`; nothing was done",
                PARTS.join(", ")
            );
        }
    }
    let args = args.settled();
    let (place, why) = device::resolve(args.device)?;
    if let Some(why) = why {
        eprintln!("computing on the CPU: {why}");
    }
    let store = Store::open(&args.out, &args.cache, args.checkpoint_seconds, place)?;
    let mut plan = plan::plan(&args)?;
    plan.retain(|cell| cell.parts.iter().any(|p| args.wants(p)));
    // Every row once before any row twice; within that the tables first.
    plan.sort_by_key(|cell| cell.cell.fit.seed);
    let total: f64 = plan.iter().map(|c| c.cell.cost()).sum();
    let mut done = 0.0;
    for (i, cell) in plan.iter().enumerate() {
        if !args.write_only {
            eprintln!(
                "[{}/{}, {:.0} % of the work] {}",
                i + 1,
                plan.len(),
                100.0 * done / total,
                cell.cell.title()
            );
            if cells::train(&store, cell)? {
                write::write(&store, &args)?;
            }
        }
        done += cell.cell.cost();
    }
    if !args.write_only {
        figures::draw(&store, &args)?;
    }
    write::write(&store, &args)?;
    println!("{} written ({})", args.doc.display(), machine());
    Ok(())
}
