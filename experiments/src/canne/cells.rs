//! One training of CANNe and what is measured of it.

use anyhow::Result;
use burn::tensor::Device;
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_learn::Tensors;
use nfx_learn::spectral::autoencoder::{Autoencoder, matrix};
use nfx_learn::spectral::init::Init;
use nfx_train::baseline::{Pca, convergence, mean_frame_scores};
use nfx_train::files::write_atomic;
use nfx_train::frames::FrameSet;
use nfx_train::train::scores::other_note_convergence;
use nfx_train::train::{Scores, Seen, Start};
use serde::{Deserialize, Serialize};

use super::super::cells::{Cell, Store, machine, plain, spec_hash};

/// Components of the linear autoencoder beside every figure.
pub(super) const LATENTS: usize = 8;
/// Frames that latents are taken away from.
const LOOKED_AT: usize = 400;

/// A training that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CanneCell {
    pub cell: Cell,
    /// How the weights begin.
    pub start: Start,
    /// Parts of the document that need it; no part of its name.
    #[serde(skip)]
    pub parts: Vec<String>,
}

/// What a finished cell holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Done {
    pub cell: CanneCell,
    pub test: Scores,
    pub validation: Scores,
    /// Latents whose removal costs at least 1 % of the squared error.
    pub live: usize,
    /// SC, rooted, when a frame is decoded as another note of its patch; only for networks that are
    /// told the note.
    pub other_note: Option<f64>,
    pub best_epoch: usize,
    pub train_frames: usize,
    pub test_frames: usize,
    pub seconds: f64,
    pub machine: String,
    pub version: String,
}

/// What a corpus gives without a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Baselines {
    pub music: String,
    pub description: String,
    pub train_frames: usize,
    pub zero: Scores,
    pub mean: Scores,
    pub pca: Scores,
}

impl CanneCell {
    /// Its name among the files.
    pub fn id(&self) -> Result<String> {
        let start = match self.start.init {
            Init::TruncatedNormal { .. } => "normal",
            Init::Xavier => "xavier",
            Init::He => "he",
        };
        Ok(format!("canne-{start}-{}", self.cell.id()?))
    }
}

/// The baselines of a cell's corpus, made when they are not there yet.
pub(super) fn baselines(store: &Store, cell: &Cell) -> Result<Baselines> {
    store.kept(&format!("canne-corpus-{}-{}", cell.music, spec_hash(&cell.corpus)?), || {
        eprintln!("fitting principal components");
        let corpus = store.corpus(&cell.corpus)?;
        let pca = Pca::fit(&corpus.train, LATENTS, 0)?;
        Ok(Baselines {
            music: cell.music.clone(),
            description: corpus.description.clone(),
            train_frames: corpus.train.len(),
            zero: convergence(&corpus.test, |i| {
                corpus.test.frame(i).iter().map(|x| f64::from(x * x)).sum::<f64>()
                    / corpus.test.bins as f64
            }),
            mean: mean_frame_scores(&corpus.train, &corpus.test),
            pca: pca.scores(&corpus.test, LATENTS),
        })
    })
}

/// The stored baselines of a cell's corpus.
pub(super) fn known_baselines(store: &Store, cell: &Cell) -> Option<Baselines> {
    store.known(&format!("canne-corpus-{}-{}", cell.music, spec_hash(&cell.corpus).ok()?))
}

/// Trains a cell unless it is done. Says whether it was trained now.
pub(super) fn train(store: &Store, cell: &CanneCell) -> Result<bool> {
    let id = cell.id()?;
    let name = format!("canne-cell-{id}");
    if store.known::<Done>(&name).is_some() {
        return Ok(false);
    }
    baselines(store, &cell.cell)?;
    let (best, outcome) = store.fit_cell(&id, &cell.cell, cell.start)?;
    let corpus = store.corpus(&cell.cell.corpus)?;
    let seen = Seen::new(&cell.cell.fit.seen, corpus.test.bins);
    let mut learner = store.place.learner(&cell.cell.network, &best, plain(cell.cell.fit.step))?;
    let done = Done {
        cell: cell.clone(),
        test: Scores::measure(learner.as_mut(), &corpus.test, &seen)?,
        validation: Scores::measure(learner.as_mut(), &corpus.validation, &seen)?,
        live: live_latents(&cell.cell.network, &best, &corpus.test, &seen)?,
        other_note: if cell.cell.network.condition > 0 {
            Some(other_note_convergence(learner.as_mut(), &corpus.test, &seen, 1)?)
        } else {
            None
        },
        best_epoch: outcome.best_epoch,
        train_frames: corpus.train.len(),
        test_frames: corpus.test.len(),
        seconds: outcome.seconds,
        machine: format!("{}; {}", machine(), store.place.name()),
        version: env!("CARGO_PKG_VERSION").into(),
    };
    store.kept(&name, || Ok(done.clone()))?;
    store.forget_half(&id);
    eprintln!(
        "  test SC {:.4} (rooted), {:.4} (unrooted), {} of {LATENTS} latents live, best epoch {}, {:.0} s",
        done.test.rooted, done.test.unrooted, done.live, done.best_epoch, done.seconds
    );
    Ok(true)
}

/// Frames of a set, evenly taken, as the network is given them: target, input, condition.
pub(super) fn given(set: &FrameSet, seen: &Seen, most: usize) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let count = set.len().min(most);
    let rows: Vec<usize> = (0..count).map(|i| i * set.len() / count.max(1)).collect();
    let target: Vec<f32> = rows.iter().flat_map(|&i| set.frame(i).iter().copied()).collect();
    let mut told = Vec::new();
    seen.told(rows.iter().map(|&i| set.told(i)), &mut told);
    let input = seen.input(&target).into_owned();
    (target, input, told)
}

/// How many latents matter: replacing one by its mean makes the squared error at least 1 % larger.
fn live_latents(
    network: &AutoencoderConfig,
    weights: &Tensors,
    set: &FrameSet,
    seen: &Seen,
) -> Result<usize> {
    let (target, input, told) = given(set, seen, LOOKED_AT);
    let device = Device::flex();
    let net = Autoencoder::new(network, weights, &device)?;
    let numbers = |t: burn::tensor::Tensor<2>| {
        t.into_data()
            .try_to_vec::<f32>()
            .map_err(|e| anyhow::anyhow!("a tensor could not be read back: {e:?}"))
    };
    let latents =
        numbers(net.activate_latents(net.encode(matrix(&input, network.inputs, &device))))?;
    let (width, condition) = (network.latents(), network.condition);
    let error = |latents: &[f32]| -> Result<f64> {
        let mut code = Vec::with_capacity(latents.len() / width * (width + condition));
        for (i, z) in latents.chunks(width).enumerate() {
            code.extend_from_slice(z);
            code.extend_from_slice(&told[i * condition..(i + 1) * condition]);
        }
        let y = numbers(net.decode(matrix(&code, width + condition, &device)))?;
        Ok(y.iter().zip(&target).map(|(y, t)| f64::from((y - t) * (y - t))).sum())
    };
    let whole = error(&latents)?;
    let mut live = 0;
    for k in 0..width {
        let column = latents.iter().skip(k).step_by(width);
        let mean = column.sum::<f32>() / (latents.len() / width).max(1) as f32;
        let mut without = latents.clone();
        without.iter_mut().skip(k).step_by(width).for_each(|z| *z = mean);
        live += usize::from(error(&without)? >= 1.01 * whole);
    }
    Ok(live)
}

/// Writes a text beside its target and renames it.
pub(super) fn put(path: &std::path::Path, text: &str) -> Result<()> {
    write_atomic(path, text.as_bytes())
}
