//! `nfx-train directions`: looks for a model's macros again, and says what they do on sound that
//! they were not found with.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::MACRO_NAMES;

use super::{Effect, find, measure};
use crate::corpus::{Corpus, CorpusSpec, Limits, SourceSpec};
use crate::eval::read_model;
use crate::train::{midpoints, run::thin};

/// Frames that directions are found with, and frames that they are measured on.
pub const FRAMES: usize = 600;

/// Of fewer frames nothing can be said.
const LEAST_FRAMES: usize = 8;

/// Options of `directions`.
#[derive(Clone, Debug, Args)]
pub struct DirectionsArgs {
    /// A model of ANNe's
    model: PathBuf,
    /// Folders, or sources as for `train --source`
    #[arg(required = true)]
    sources: Vec<String>,
    /// Most frames of the training part
    #[arg(long, default_value_t = 50_000)]
    frames: usize,
    /// Decides which clip is measured on
    #[arg(long, default_value_t = 0)]
    split_seed: u64,
    /// Where built corpora are kept
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
    /// Look for directions anew, and write the model with them to this file; without, those that
    /// the model has are measured
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl DirectionsArgs {
    /// Does it.
    ///
    /// # Errors
    /// When the model or a source cannot be read, or the file cannot be written.
    pub fn run(&self) -> Result<()> {
        let mut file = read_model(&self.model)?;
        let corpus = self.corpus(&file)?;
        if let Some(out) = &self.out {
            fill(&mut file, &corpus)?;
            crate::files::write_atomic(out, &file.to_bytes(Precision::F16)?)?;
        }
        print!("{}", table(&measure(&file, &thin(&corpus.test, FRAMES))?));
        let network = file.card.spectral()?.architecture.autoencoder()?;
        let between = midpoints::measure(
            network,
            &file.tensors,
            &corpus.test,
            &corpus.train,
            self.split_seed,
        )?;
        println!(
            "midpoints: cosine to the cross-fade {:.3}; nearer to a real frame in {:.0} % of {} pairs (distance {:.3}, cross-fade {:.3})",
            between.cosine,
            100.0 * between.nearer,
            between.pairs,
            between.midpoint_distance,
            between.fade_distance
        );
        Ok(())
    }

    fn corpus(&self, file: &ModelFile) -> Result<Corpus> {
        let mut sources = Vec::new();
        for source in &self.sources {
            let spec = if Path::new(source).is_dir() {
                format!("folder:{source}")
            } else {
                source.clone()
            };
            sources.push(spec.parse::<SourceSpec>()?);
        }
        let spec = CorpusSpec {
            sources,
            sample_rate_hz: file.card.sample_rate_hz,
            stft: file.card.spectral()?.stft,
            limits: Limits::scaled(self.frames),
            split_seed: self.split_seed,
            cache_dir: self.cache.clone(),
        };
        spec.build(&crate::train::run::corpus_progress())
    }
}

/// Finds a model's directions in the training part of a corpus, and notes what they do on the test
/// part among its figures.
///
/// # Errors
/// As [`find`].
pub fn fill(file: &mut ModelFile, corpus: &Corpus) -> Result<()> {
    if corpus.train.len().min(corpus.test.len()) < LEAST_FRAMES {
        return Ok(());
    }
    let directions = find(file, &thin(&corpus.train, FRAMES))?;
    file.card.spectral_mut()?.directions = directions;
    for effect in measure(file, &thin(&corpus.test, FRAMES))? {
        let Some((own, other)) = effect.causal() else { continue };
        let name = effect.name.to_lowercase();
        file.card.provenance.metrics.insert(format!("macro_{name}_own"), own);
        file.card.provenance.metrics.insert(format!("macro_{name}_other"), other);
    }
    Ok(())
}

/// The effects as lines of text: what +1 moves, in standard deviations, by transfer (by
/// resynthesis).
pub fn table(effects: &[Effect]) -> String {
    let mut out = format!("{:<14}", "+1 moves (sd)");
    for name in MACRO_NAMES {
        let _ = write!(out, "{name:>15}");
    }
    out.push_str("   rises\n");
    for effect in effects {
        let _ = write!(out, "{:<14}", effect.name);
        for (transfer, resynthesis) in effect.transfer.iter().zip(effect.resynthesis) {
            let _ = write!(out, "{:>15}", format!("{transfer:.2} ({resynthesis:.2})"));
        }
        let _ = writeln!(out, "{:>7.0} %", 100.0 * effect.rises);
    }
    out
}
