//! The figures of a run and its page.

pub mod chart;
mod page;

use std::collections::BTreeMap;

use anyhow::Result;
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_learn::Tensors;
use nfx_learn::spectral::cpu::CpuLearner;
use nfx_learn::spectral::learner::{Learner, Optimiser, StepConfig};
use nfx_learn::spectral::loss::Loss;
use serde::{Deserialize, Serialize};

use crate::baseline::{Pca, mean_frame_mse, zero_output_mse};
use crate::corpus::Corpus;
use crate::frames::FrameSet;
use crate::train::Seen;

pub(crate) use chart::{Chart, Line, escape};
pub(crate) use page::STYLE;
pub use page::{Run, page};

/// What a network does on one set of frames, beside what does without one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Which frames: a source's name, or `all`.
    pub source: String,
    /// How many.
    pub frames: usize,
    /// Mean squared error of the network.
    pub mse: f64,
    /// Its mean spectral convergence (Colonel 2018, equation 4.1, per frame and rooted).
    pub spectral_convergence: f64,
    /// Mean squared error of an output of zeros.
    pub zero_mse: f64,
    /// Mean squared error of the training set's mean frame.
    pub mean_frame_mse: f64,
    /// Mean squared error of a PCA of the training set with as many components as the network has
    /// latents.
    pub pca_mse: f64,
    /// Its mean spectral convergence, per frame and rooted.
    #[serde(default)]
    pub pca_convergence: f64,
}

/// The figures of a model on a test set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// The `k` of PCA-k.
    pub latents: usize,
    /// A row for each source and one for all frames, which is the last.
    pub rows: Vec<Row>,
}

impl Figures {
    /// Measures a network on the test set of a corpus. The PCA is fitted on the training set.
    ///
    /// # Errors
    /// When network and frames do not fit together.
    pub fn measure(
        network: &AutoencoderConfig,
        tensors: &Tensors,
        corpus: &Corpus,
        seen: &Seen,
        pca: &Pca,
    ) -> Result<Figures> {
        let mut learner = learner(network, tensors)?;
        let beside = Beside { train: &corpus.train, pca, k: network.latents() };
        let mut rows = Vec::new();
        for (index, name) in corpus.sources.iter().enumerate() {
            let set = corpus.test.of_source(index as u16);
            if !set.is_empty() {
                rows.push(row(name, &set, seen, learner.as_mut(), beside)?);
            }
        }
        rows.push(row("all", &corpus.test, seen, learner.as_mut(), beside)?);
        Ok(Figures { latents: network.latents(), rows })
    }

    /// The row of all frames.
    pub fn all(&self) -> Option<&Row> {
        self.rows.last()
    }

    /// Puts the figures among a card's metrics.
    pub fn note(&self, metrics: &mut BTreeMap<String, f64>) {
        for row in &self.rows {
            let end = if row.source == "all" { String::new() } else { format!("_{}", row.source) };
            for (name, value) in [
                ("test_mse", row.mse),
                ("test_spectral_convergence", row.spectral_convergence),
                ("zero_output_mse", row.zero_mse),
                ("mean_frame_mse", row.mean_frame_mse),
                ("pca_mse", row.pca_mse),
                ("pca_spectral_convergence", row.pca_convergence),
            ] {
                if value.is_finite() {
                    metrics.insert(format!("{name}{end}"), value);
                }
            }
        }
    }

    /// The figures as lines of text.
    pub fn table(&self) -> String {
        let pca = format!("PCA-{}", self.latents);
        let mut out = format!(
            "{:<16} {:>8} {:>10} {:>10} {:>10} {:>10} {:>8} {:>10}\n",
            "test frames of",
            "frames",
            "MSE",
            pca,
            "mean frame",
            "zero",
            "SC",
            format!("{pca} SC")
        );
        for r in &self.rows {
            out += &format!(
                "{:<16} {:>8} {:>10.3e} {:>10.3e} {:>10.3e} {:>10.3e} {:>8.4} {:>10.4}\n",
                r.source,
                r.frames,
                r.mse,
                r.pca_mse,
                r.mean_frame_mse,
                r.zero_mse,
                r.spectral_convergence,
                r.pca_convergence
            );
        }
        out
    }
}

/// A network that only predicts.
pub(crate) fn learner(network: &AutoencoderConfig, tensors: &Tensors) -> Result<Box<dyn Learner>> {
    let step = StepConfig {
        loss: Loss::Mse,
        l2: 0.0,
        dropout: 0.0,
        optimiser: Optimiser::Sgd { momentum: 0.0 },
        variational: None,
    };
    Ok(Box::new(CpuLearner::new(network, tensors, step)?))
}

/// What a network is compared with.
#[derive(Clone, Copy)]
struct Beside<'a> {
    /// The training set, for its mean frame.
    train: &'a FrameSet,
    /// Its principal components.
    pca: &'a Pca,
    /// How many of them.
    k: usize,
}

fn row(
    name: &str,
    set: &FrameSet,
    seen: &Seen,
    learner: &mut dyn Learner,
    beside: Beside<'_>,
) -> Result<Row> {
    let Beside { train, pca, k } = beside;
    let (spectral_convergence, mse) =
        crate::train::evaluate(learner, set, seen, Loss::SpectralConvergence)?;
    let pca_scores = pca.scores(set, k);
    Ok(Row {
        source: name.to_owned(),
        frames: set.len(),
        mse,
        spectral_convergence,
        zero_mse: zero_output_mse(set),
        mean_frame_mse: mean_frame_mse(train, set),
        pca_mse: pca_scores.mse,
        pca_convergence: pca_scores.rooted,
    })
}
