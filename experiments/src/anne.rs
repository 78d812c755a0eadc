//! `nfx-lab anne`: which cells, in which order, into which document.

use std::path::PathBuf;

use anyhow::{Result, bail};
use nfx_train::device::{self, DeviceChoice};

use super::cells::{Store, machine};
use super::{between, claims, tables, write};

/// Options of `nfx-lab anne`.
#[derive(Clone, Debug, clap::Args)]
pub struct AnneArgs {
    /// Where finished and half-finished cells are kept; the same folder again goes on where it was
    #[arg(long, value_name = "FOLDER", default_value = "runs/reproduce-anne")]
    pub out: PathBuf,
    /// The document that is written
    #[arg(long, value_name = "FILE", default_value = "docs/results/anne.md")]
    pub doc: PathBuf,
    /// Epochs of tables 3.1 and 3.2 (the thesis: 300)
    #[arg(long, default_value_t = 300)]
    pub epochs: usize,
    /// Epochs of table 3.3 (the thesis: 500)
    #[arg(long, default_value_t = 500)]
    pub deep_epochs: usize,
    /// Epochs of the claims' networks
    #[arg(long, default_value_t = 100)]
    pub claim_epochs: usize,
    /// Most training frames; validation and test have a fifth of it each (the thesis: 50,000 and
    /// 10,000)
    #[arg(long, default_value_t = 50_000)]
    pub frames: usize,
    /// Seeds of networks below a million weights
    #[arg(long, default_value_t = 3)]
    pub seeds: u64,
    /// Seeds of larger networks
    #[arg(long, default_value_t = 1)]
    pub large_seeds: u64,
    /// Seeds of the claims
    #[arg(long, default_value_t = 3)]
    pub claim_seeds: u64,
    /// Minutes of synthesizer that the frames are taken from
    #[arg(long, default_value_t = 60.0)]
    pub minutes: f64,
    /// Folder of the shipped models, for the midpoints
    #[arg(long, value_name = "FOLDER", default_value = "models")]
    pub models: PathBuf,
    /// Where the midpoints' frames come from, as `train --source`; by default sound that no shipped
    /// model has heard
    #[arg(
        long = "midpoint-source",
        value_name = "SOURCE",
        default_value = "synth:seed=9,minutes=30"
    )]
    pub midpoint_sources: Vec<String>,
    /// Only these: table3.1, table3.2, table3.3, claims, midpoints
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    pub only: Vec<String>,
    /// A few minutes in all: 2,000 frames, few epochs, one seed; says whether the machinery works,
    /// not what a method is worth
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

/// Names that `--only` knows.
pub(super) const PARTS: [&str; 5] = ["table3.1", "table3.2", "table3.3", "claims", "midpoints"];

impl AnneArgs {
    /// With `--quick`, the values that make it quick.
    fn settled(&self) -> AnneArgs {
        let mut args = self.clone();
        if args.quick {
            args.epochs = args.epochs.min(4);
            args.deep_epochs = args.deep_epochs.min(6);
            args.claim_epochs = args.claim_epochs.min(6);
            args.frames = args.frames.min(2_000);
            args.minutes = args.minutes.min(4.0);
            (args.seeds, args.large_seeds, args.claim_seeds) = (1, 1, 1);
        }
        args
    }

    /// Whether a part is asked for.
    pub(super) fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|o| o == part)
    }
}

/// Trains what is missing, the first seed of everything first and the cheapest of it before the
/// rest, and writes the document after every cell.
///
/// # Errors
/// When a part is not known, a corpus cannot be made, or a file cannot be written; finished cells
/// stay.
pub fn anne(args: &AnneArgs) -> Result<()> {
    for part in &args.only {
        if !PARTS.contains(&part.as_str()) {
            bail!(
                "expected --only to name parts out of {}, found `{part}`; nothing was done",
                PARTS.join(", ")
            );
        }
    }
    let args = args.settled();
    if args.wants("midpoints") {
        between::write(&args)?;
    }
    if args.only == ["midpoints"] {
        // Nothing is trained for them, and the tables stay as they are.
        return Ok(());
    }
    let (place, why) = device::resolve(args.device)?;
    if let Some(why) = why {
        eprintln!("computing on the CPU: {why}");
    }
    let store = Store::open(&args.out, &args.cache, args.checkpoint_seconds, place)?;
    let mut plan = tables::plan(&args)?;
    plan.extend(claims::plan(&args)?);
    plan.retain(|cell| args.wants(&cell.part));
    // Every row once before any row twice.
    plan.sort_by(|a, b| a.fit.seed.cmp(&b.fit.seed).then(a.cost().total_cmp(&b.cost())));
    let total: f64 = plan.iter().map(super::cells::Cell::cost).sum();
    let mut done = 0.0;
    for (i, cell) in plan.iter().enumerate() {
        if !args.write_only {
            eprintln!(
                "[{}/{}, {:.0} % of the work] {}",
                i + 1,
                plan.len(),
                100.0 * done / total.max(1.0),
                cell.title()
            );
            let trained = store.train(cell)?;
            if trained {
                write::write(&store, &args)?;
            }
        }
        done += cell.cost();
    }
    if args.wants("claims") && !args.write_only {
        claims::measure_all(&store, &args)?;
    }
    write::write(&store, &args)?;
    println!("{} written ({})", args.doc.display(), machine());
    Ok(())
}
