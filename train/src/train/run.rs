//! A whole run: corpus, training, model file, report, in a folder of its own.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use nfx_core::file::{Precision, Provenance};
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{Spectral, SpectralCard};
use nfx_learn::Tensors;
use nfx_learn::spectral::learner::spread;

use super::checkpoint::Checkpoint;
use super::config::RunConfig;
use super::fit::{Data, EpochRow, Position, fit};
use super::scores::{Scores, other_note_convergence};
use super::seen::Seen;
use super::start::starting_weights;
use super::watch::{Earlier, Watch, read_metrics};
use crate::baseline::Pca;
use crate::corpus::Corpus;
use crate::device::{self, DeviceChoice, Place};
use crate::eval::read_model;
use crate::files::write_atomic;
use crate::frames::FrameSet;
use crate::report;
use crate::training_loop::Ending;

/// Frames that the latents are described by.
const DESCRIBE_FRAMES: usize = 400;

/// What `--resume` may change.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changes {
    /// Another number of epochs.
    pub epochs: Option<usize>,
    /// Another limit in minutes.
    pub minutes: Option<f64>,
    /// Another device.
    pub device: Option<DeviceChoice>,
}

/// What a run has left behind.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The model file.
    pub model: PathBuf,
    /// The report.
    pub report: PathBuf,
    /// Its figures.
    pub figures: report::Figures,
    /// Why the training ended.
    pub ending: Ending,
}

/// Starts a run in a new or empty folder.
///
/// # Errors
/// When the configuration is not valid, the folder holds a run already, or something on the way
/// fails.
pub fn start(config: &RunConfig, folder: &Path) -> Result<Finished> {
    config.validate()?;
    if folder.join("config.json").exists() {
        bail!(
            "expected a folder without a run, found one in {}; continue it with --resume or choose another folder with --out",
            folder.display()
        );
    }
    let place = place(config.device)?;
    // A model or source that cannot be read must not leave a run behind.
    if let Some(path) = &config.from {
        weights_of(path, config)?;
    }
    let corpus = corpus(config)?;
    write_atomic(&folder.join("config.json"), serde_json::to_string_pretty(config)?.as_bytes())?;
    go(config, folder, &place, &corpus, None)
}

/// Continues the run in a folder from its checkpoint, or from the beginning when it was stopped
/// before the first.
///
/// # Errors
/// When the folder holds no run, its files cannot be read, or something on the way fails.
pub fn resume(folder: &Path, changes: Changes) -> Result<Finished> {
    let path = folder.join("config.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("expected a run with a config.json in {}", folder.display()))?;
    let mut config: RunConfig = serde_json::from_str(&text)
        .with_context(|| format!("expected the configuration of a run in {}", path.display()))?;
    let before = config.clone();
    config.fit.epochs = changes.epochs.unwrap_or(config.fit.epochs);
    config.fit.minutes = changes.minutes.or(config.fit.minutes);
    config.device = changes.device.unwrap_or(config.device);
    config.validate()?;
    if config != before {
        write_atomic(&path, serde_json::to_string_pretty(&config)?.as_bytes())?;
    }
    sweep(folder);
    let place = place(config.device)?;
    let checkpoint = folder.join("checkpoint.safetensors");
    let checkpoint = if checkpoint.exists() { Some(Checkpoint::read(&checkpoint)?) } else { None };
    go(&config, folder, &place, &corpus(&config)?, checkpoint)
}

/// Takes away what a killed process has left half written.
fn sweep(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in
        entries.filter(|e| e.file_name().to_string_lossy().starts_with(crate::files::UNFINISHED))
    {
        // One that cannot be removed does no harm.
        let _ = std::fs::remove_file(entry.path());
    }
}

fn place(choice: DeviceChoice) -> Result<Place> {
    let (place, why) = device::resolve(choice)?;
    match why {
        Some(why) => eprintln!("training on the {} ({why})", place.name()),
        None => eprintln!("training on the {}", place.name()),
    }
    Ok(place)
}

/// Says what building a corpus is at, once for each thing.
pub fn corpus_progress() -> impl Fn(&str, f32) {
    let last = std::cell::RefCell::new(String::new());
    move |what: &str, share: f32| {
        let line = format!("corpus: {what} ({:.0} %)", (share * 10.0).floor() * 10.0);
        if *last.borrow() != line {
            eprintln!("{line}");
            *last.borrow_mut() = line;
        }
    }
}

/// The frames of a run, and what is to be said about them.
fn corpus(config: &RunConfig) -> Result<Corpus> {
    let mut corpus = config.corpus.build(&corpus_progress())?;
    if let Some(notes) = config.fit.seen.notes {
        corpus.keep_notes(notes.note_low, notes.note_high)?;
    }
    for sentence in &corpus.skipped {
        eprintln!("{sentence}");
    }
    eprintln!("{}", corpus.description);
    Ok(corpus)
}

/// What the steps of a run share.
struct Run<'a> {
    config: &'a RunConfig,
    folder: &'a Path,
    corpus: &'a Corpus,
    pca: &'a Pca,
}

/// What the training of a run has left: why it ended, all metrics, and the seconds it took.
struct Trained {
    ending: Ending,
    rows: Vec<EpochRow>,
    seconds: f64,
}

fn go(
    config: &RunConfig,
    folder: &Path,
    place: &Place,
    corpus: &Corpus,
    checkpoint: Option<Checkpoint>,
) -> Result<Finished> {
    let latents = config.network.latents();
    eprintln!(
        "principal components of the training frames, for comparison{}",
        if config.start.pca { " and for the start" } else { "" }
    );
    let pca = &Pca::fit(&corpus.train, latents, config.corpus.split_seed)?;
    let run = Run { config, folder, corpus, pca };
    let trained = train(&run, place, checkpoint)?;
    eprintln!("the training ended: {}", trained.ending.sentence("train"));
    finish(&run, &trained)
}

/// The training itself.
fn train(run: &Run<'_>, place: &Place, checkpoint: Option<Checkpoint>) -> Result<Trained> {
    let &Run { config, folder, corpus, pca } = run;
    let weights = match &checkpoint {
        Some(checkpoint) => checkpoint.weights.clone(),
        None => {
            let mut weights = match &config.from {
                Some(path) => weights_of(path, config)?,
                None => starting_weights(&config.network, config.start, config.fit.seed, || {
                    Ok(pca.clone())
                })?,
            };
            if config.fit.step.variational.is_some() {
                weights.extend(spread(&config.network));
            }
            weights
        }
    };
    let mut learner = place.learner(&config.network, &weights, config.fit.step)?;
    let mut position = Position::default();
    let mut earlier = Earlier::default();
    if let Some(checkpoint) = checkpoint {
        if checkpoint.kind == place.kind() {
            learner.restore(&checkpoint.state)?;
        } else {
            eprintln!(
                "the checkpoint was made on another kind of device: the optimiser's moments begin anew"
            );
        }
        position = checkpoint.position;
        earlier.rows = read_metrics(&folder.join("metrics.csv"), position.epoch)?;
        eprintln!("continuing at epoch {}, step {}", position.epoch + 1, position.steps);
    }
    // The best model may be newer than the checkpoint; it must not give way to a worse one.
    earlier.survivor = if position.steps > 0 { best_so_far(folder) } else { None };
    let (card, every) = (card(config, corpus), config.checkpoint_seconds);
    let mut watch = Watch::new(folder, card, place.kind(), every, &earlier)?;
    let data = Data { train: &corpus.train, validation: &corpus.validation };
    let outcome = fit(&config.fit, data, learner.as_mut(), position, &mut watch);
    watch.finish();
    let outcome = outcome?;
    let mut rows = earlier.rows;
    rows.extend(outcome.rows);
    Ok(Trained { ending: outcome.ending, rows, seconds: outcome.seconds })
}

/// The weights of a model that a training goes on from.
fn weights_of(path: &Path, config: &RunConfig) -> Result<Tensors> {
    let file = read_model(path)?;
    let spectral = file.card.spectral()?;
    let same = spectral.architecture.autoencoder().is_ok_and(|network| *network == config.network)
        && spectral.stft == config.corpus.stft
        && file.card.sample_rate_hz == config.corpus.sample_rate_hz;
    ensure!(
        same,
        "expected a model of the network, rate and transform that is to be trained, found {} in {}; nothing was trained. Give \
         --hidden, --features, --rate, --fft, --hop and the activations as `nfx-train inspect` shows them",
        file.card.name,
        path.display()
    );
    Ok(file.tensors)
}

/// Validation figure of the best model that the folder holds.
fn best_so_far(folder: &Path) -> Option<f64> {
    let file = ModelFile::from_bytes(&std::fs::read(folder.join("best.safetensors")).ok()?).ok()?;
    file.card.provenance.metrics.get("validation_loss").copied()
}

/// The card of a model, its latents and test figures still missing.
fn card(config: &RunConfig, corpus: &Corpus) -> SpectralCard {
    SpectralCard {
        name: config.name.clone(),
        description: config.description.clone(),
        sample_rate_hz: config.corpus.sample_rate_hz,
        provenance: Provenance {
            command: config.command.clone(),
            seed: config.fit.seed,
            corpus: corpus.description.clone(),
            data_licence: corpus.licence.clone(),
            notices: corpus.notices.clone(),
            trained_by: format!("nfx-train {}", env!("CARGO_PKG_VERSION")),
            metrics: Default::default(),
        },
        kind: Spectral {
            features: config.fit.seen.features,
            instrument: config.fit.seen.notes,
            ..Spectral::new(config.network.clone(), config.corpus.stft)
        },
    }
}

/// Test figures, the model file and the report, from the best weights.
fn finish(run: &Run<'_>, trained: &Trained) -> Result<Finished> {
    let &Run { config, folder, corpus, pca } = run;
    let &Trained { ending, ref rows, seconds } = trained;
    let best_path = folder.join("best.safetensors");
    let bytes = std::fs::read(&best_path).with_context(|| {
        format!("the training ended before it had looked at the validation set once, so there is no model yet; `nfx-train train --resume {}` continues it", folder.display())
    })?;
    let best = ModelFile::from_bytes(&bytes)?;
    let mut card = best.card.with(best.card.spectral()?.clone());
    // What the model does after rounding is what the figures are about.
    let tensors = nfx_learn::spectral::export::rounded(&best.tensors)?;
    let seen = Seen::new(&config.fit.seen, corpus.test.bins);
    let figures = report::Figures::measure(&config.network, &tensors, corpus, &seen, pca)?;
    figures.note(&mut card.provenance.metrics);
    card.provenance.metrics.insert("training_seconds".into(), seconds);
    if seen.lives() {
        let scores = Scores::measure(
            report::learner(&config.network, &tensors)?.as_mut(),
            &corpus.test,
            &seen,
        )?;
        card.provenance.metrics.extend(scores.level_db.map(|db| ("test_level_db".to_owned(), db)));
    }
    if config.fit.seen.is_plain() && !config.instrument {
        let figures = super::midpoints::measure(
            &config.network,
            &tensors,
            &corpus.test,
            &corpus.train,
            config.fit.seed,
        );
        // A corpus of one clip has no midpoints, but a model.
        if let Ok(figures) = figures {
            card.provenance.metrics.insert("midpoint_cosine".into(), figures.cosine);
            card.provenance.metrics.insert("midpoint_nearer".into(), figures.nearer);
        }
    }
    if config.fit.seen.notes.is_some() && !corpus.test.group_of.is_empty() {
        let mut learner = report::learner(&config.network, &tensors)?;
        let value = other_note_convergence(learner.as_mut(), &corpus.test, &seen, config.fit.seed)?;
        card.provenance.metrics.insert("test_other_note_convergence".into(), value);
    }
    let file = if config.instrument {
        let mut file = super::instrument::model_file(card, &tensors, &corpus.train, corpus, &seen)?;
        file.card.spectral_mut()?.gain_db = crate::level::gain_db(&file)?;
        let half = nfx_learn::spectral::instrument::decoder_only(&file)?;
        write_atomic(&folder.join("decoder.safetensors"), &half.to_bytes(Precision::F16)?)?;
        file
    } else {
        let frames = thin(&corpus.train, DESCRIBE_FRAMES);
        let mut file =
            nfx_learn::spectral::export::model_file(card, &tensors, &seen.input(&frames))?;
        if config.fit.seen.is_plain() {
            eprintln!("macros: directions that do what their names say");
            crate::directions::command::fill(&mut file, corpus)?;
        }
        file
    };
    let model = folder.join("model.safetensors");
    write_atomic(&model, &file.to_bytes(Precision::F16)?)?;
    write_atomic(&folder.join("figures.json"), serde_json::to_string_pretty(&figures)?.as_bytes())?;
    let page = report::page(&report::Run {
        config,
        rows,
        file: &file,
        figures: &figures,
        corpus,
        pca,
        ending,
        seconds,
    })?;
    let report = folder.join("report.html");
    write_atomic(&report, page.as_bytes())?;
    Ok(Finished { model, report, figures, ending })
}

/// Some frames of a set, evenly spaced, `[frame][bin]`.
pub fn thin(set: &FrameSet, most: usize) -> Vec<f32> {
    let n = set.len().min(most);
    (0..n).flat_map(|i| set.frame(i * set.len() / n).iter().copied()).collect()
}
