//! `nfx-train eval`: how well a model reconstructs some sound, beside what a PCA of the same sound
//! would do.

use std::path::Path;

use anyhow::{Context, Result};
use nfx_core::models::ModelFile;

use crate::baseline::Pca;
use crate::corpus::{CorpusSpec, Limits, SourceSpec};
use crate::report::{Figures, learner};
use crate::train::{Seen, SeenConfig};

/// Reads a model file.
///
/// # Errors
/// When the file cannot be read or is not a model file.
pub fn read_model(path: &Path) -> Result<ModelFile> {
    let bytes = crate::files::read_named(path, "a model file")?;
    ModelFile::from_bytes(&bytes)
        .with_context(|| format!("expected a model file in {}", path.display()))
}

/// The figures of a model on sources, each a folder or written as for `train --source`. The sound
/// is split by clip: the PCA learns from the training part, and every figure is of the test part.
///
/// # Errors
/// When the model or the sources cannot be read, or there is too little sound to be split.
pub fn eval(
    model: &Path,
    sources: &[String],
    limits: Limits,
    seed: u64,
) -> Result<(ModelFile, Figures)> {
    let file = read_model(model)?;
    let spectral = file.card.spectral()?;
    let network = spectral.architecture.autoencoder()?;
    let mut parsed = Vec::new();
    for source in sources {
        let spec =
            if Path::new(source).is_dir() { format!("folder:{source}") } else { source.clone() };
        parsed.push(spec.parse::<SourceSpec>()?);
    }
    let spec = CorpusSpec {
        sources: parsed,
        sample_rate_hz: file.card.sample_rate_hz,
        stft: spectral.stft,
        limits,
        split_seed: seed,
        cache_dir: None,
    };
    let corpus = spec.build(&crate::train::run::corpus_progress())?;
    eprintln!("{}", corpus.description);
    let pca = Pca::fit(&corpus.train, network.latents(), seed)?;
    let seen =
        Seen::new(&SeenConfig::of_card(spectral, file.card.sample_rate_hz), corpus.test.bins);
    let figures = Figures::measure(
        network,
        &nfx_learn::spectral::export::rounded(&file.tensors)?,
        &corpus,
        &seen,
        &pca,
    )?;
    Ok((file, figures))
}

/// Mean squared error of a model over frames of its own width, as the trainer counts it.
///
/// # Errors
/// When the frames have another width.
pub fn mse(file: &ModelFile, frames: &crate::frames::FrameSet) -> Result<f64> {
    let spectral = file.card.spectral()?;
    let network = spectral.architecture.autoencoder()?;
    let mut net = learner(network, &file.tensors)?;
    let seen = Seen::new(&SeenConfig::of_card(spectral, file.card.sample_rate_hz), frames.bins);
    Ok(crate::train::evaluate(net.as_mut(), frames, &seen, nfx_learn::spectral::loss::Loss::Mse)?.1)
}
