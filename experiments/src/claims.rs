//! The thesis's claims in prose, each put to a measure.

use anyhow::Result;
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_core::nn::Activation;
use nfx_learn::spectral::learner::{Optimiser, StepConfig};
use nfx_train::corpus::CorpusSpec;
use nfx_train::frames::FrameSet;
use nfx_train::train::{FitConfig, Seen, evaluate};
use serde::{Deserialize, Serialize};

use super::anne::AnneArgs;
use super::cells::{Cell, Store, spec_hash};
use super::measure::{Looked, Side};
use super::tables::{ADAM, BINS, SEVEN, corpus, recipe};

/// Frames that a network is looked at with.
const FRAMES: usize = 300;
/// Input noise of the denoising network, as a share of a frame's maximum.
const NOISE: f32 = 0.02;

/// Variants of the hybrid network on the thesis's corpus.
const VARIANTS: [&str; 7] =
    ["plain", "bias", "dropout 0.2", "noise 0.02", "L2 1e-6", "L2 1e-4", "ReLU output"];
/// Kinds of music for the claim on one kind and many, and the kind that holds all.
const KINDS: [&str; 2] = ["melody", "drums"];
const MIXED: &str = "all";

/// One measured line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    /// The claim in words.
    pub claim: String,
    /// What is measured, with its unit.
    pub measure: String,
    /// What each figure belongs to, and the figure.
    pub figures: Vec<(String, f64)>,
    /// Whether the figures bear the claim out; `None` for a line that only informs.
    pub holds: Option<bool>,
}

/// The measured lines of one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Lines {
    pub seed: u64,
    pub epochs: usize,
    pub frames: usize,
    pub lines: Vec<Line>,
}

fn variant(name: &str, args: &AnneArgs, seed: u64) -> (AutoencoderConfig, FitConfig) {
    let mut network = AutoencoderConfig::hybrid(BINS, &SEVEN);
    // The rate of the thesis's published code; its text says 1e-4 for table 3.3.
    let mut fit = recipe(1e-3, Optimiser::Adam, args.claim_epochs, seed);
    let step = |l2: f32, dropout: f32| StepConfig { l2, dropout, ..fit.step };
    match name {
        "bias" => network.layers.iter_mut().for_each(|l| l.bias = true),
        "dropout 0.2" => fit.step = step(0.0, 0.2),
        "noise 0.02" => fit.noise = NOISE,
        "L2 1e-6" => fit.step = step(1e-6, 0.0),
        "L2 1e-4" => fit.step = step(1e-4, 0.0),
        "ReLU output" => {
            if let Some(last) = network.layers.last_mut() {
                last.activation = Activation::Relu;
            }
        }
        _ => {}
    }
    (network, fit)
}

fn cell(name: &str, args: &AnneArgs, music: &str, corpus: CorpusSpec, seed: u64) -> Cell {
    let (network, fit) = variant(name, args, seed);
    Cell {
        part: "claims".into(),
        row: name.into(),
        method: format!("{ADAM} {music}"),
        network,
        fit,
        corpus,
        music: music.into(),
    }
}

fn kind_corpus(args: &AnneArgs, kind: &str) -> Result<CorpusSpec> {
    // A third of the minutes is enough for one kind, and other seeds keep the kinds' clips apart
    // from each other.
    corpus(args, kind, 100 + kind.len() as u64)
}

/// All networks that the claims need.
pub(super) fn plan(args: &AnneArgs) -> Result<Vec<Cell>> {
    let mut cells = Vec::new();
    for seed in 1..=args.claim_seeds {
        for name in VARIANTS {
            cells.push(cell(name, args, "tonal", corpus(args, "tonal", 1)?, seed));
        }
        for kind in KINDS.iter().chain([&MIXED]) {
            cells.push(cell("plain", args, kind, kind_corpus(args, kind)?, seed));
        }
    }
    Ok(cells)
}

/// Measures whatever seeds are trained in full.
pub(super) fn measure_all(store: &Store, args: &AnneArgs) -> Result<()> {
    for seed in 1..=args.claim_seeds {
        let tonal = corpus(args, "tonal", 1)?;
        let name = format!("lines-s{seed}-e{}-{}", args.claim_epochs, spec_hash(&tonal)?);
        store.kept(&name, || {
            eprintln!("measuring the claims, seed {seed}");
            let mut lines = variants(store, args, &tonal, seed)?;
            lines.extend(kinds(store, args, seed)?);
            Ok(Lines { seed, epochs: args.claim_epochs, frames: args.frames, lines })
        })?;
    }
    Ok(())
}

fn line(claim: &str, measure: &str, figures: &[(&str, f64)], holds: Option<bool>) -> Line {
    let figures = figures.iter().map(|(n, v)| ((*n).to_owned(), *v)).collect();
    Line { claim: claim.into(), measure: measure.into(), figures, holds }
}

/// A trained variant, looked at, and its test error.
struct Variant {
    looked: Looked,
    mse: f64,
    weight_rms: f64,
}

fn look(store: &Store, cell: &Cell, test: &FrameSet) -> Result<Variant> {
    let weights = store.weights(cell)?.ok_or_else(|| {
        anyhow::anyhow!("expected the network `{}` to be trained, it is not", cell.title())
    })?;
    let looked = Looked::new(&cell.network, &weights, test, FRAMES)?;
    let mse = store.done(cell)?.map_or(f64::NAN, |d| d.test_mse);
    Ok(Variant { weight_rms: looked.weight_rms(&weights), looked, mse })
}

/// The claims about one network and its variants.
fn variants(store: &Store, args: &AnneArgs, tonal: &CorpusSpec, seed: u64) -> Result<Vec<Line>> {
    let test = store.corpus(tonal)?.test.clone();
    let get = |name: &str| look(store, &cell(name, args, "tonal", tonal.clone(), seed), &test);
    let plain = get("plain")?;
    let mut lines = Vec::new();

    let bias = get("bias")?;
    let rise = |v: &Variant| -> Result<(f64, f64)> {
        Ok((v.looked.floor_db(1.0)?, v.looked.floor_db(4.0)?))
    };
    let ((p1, p4), (b1, b4)) = (rise(&plain)?, rise(&bias)?);
    lines.push(line(
        "bias raises a noise floor in empty bins under gain",
        "level of the output's bins that are empty in the input (60 dB below the maximum), dB below the frame's maximum, latents ×1 and ×4",
        &[("no bias ×1", p1), ("no bias ×4", p4), ("bias ×1", b1), ("bias ×4", b4)],
        Some(b4 > p4 && b4 - b1 > p4 - p1),
    ));

    let dropout = get("dropout 0.2")?;
    let (s, d) = (plain.looked.sensitivity()?, dropout.looked.sensitivity()?);
    lines.push(line(
        "dropout makes the output ignore small latent changes",
        "change of the output when one latent grows by 10 %, percent of its norm, mean over latents and frames",
        &[("none", s), ("dropout 0.2", d), ("MSE none", plain.mse), ("MSE dropout 0.2", dropout.mse)],
        Some(d < s),
    ));

    let noise = get("noise 0.02")?;
    let (pn, nn) = (plain.looked.noisy_mse(NOISE)?, noise.looked.noisy_mse(NOISE)?);
    lines.push(line(
        "denoising: noise on the input while training",
        "test MSE on clean input, and against the clean frames on input with noise of 0.02",
        &[
            ("none, clean", plain.mse),
            ("noise, clean", noise.mse),
            ("none, noisy", pn),
            ("noise, noisy", nn),
        ],
        Some(nn < pn),
    ));

    let (weak, strong) = (get("L2 1e-6")?, get("L2 1e-4")?);
    lines.push(line(
        "L2 on the weights (it never reached them in the published code)",
        "test MSE and root mean square of the weights",
        &[
            ("MSE none", plain.mse),
            ("MSE 1e-6", weak.mse),
            ("MSE 1e-4", strong.mse),
            ("weights none", plain.weight_rms),
            ("weights 1e-6", weak.weight_rms),
            ("weights 1e-4", strong.weight_rms),
        ],
        Some(strong.weight_rms < plain.weight_rms),
    ));

    let relu = get("ReLU output")?;
    let ((full_s, input), (full_r, _)) = (plain.looked.fullness(1.0)?, relu.looked.fullness(1.0)?);
    lines.push(line(
        "a sigmoid output is fuller than a ReLU output",
        "bins within 60 dB of the output frame's maximum, percent",
        &[("sigmoid", full_s), ("ReLU", full_r), ("the input", input)],
        Some(full_s > full_r),
    ));
    lines.extend(gains(&plain)?);
    Ok(lines)
}

fn gains(plain: &Variant) -> Result<Vec<Line>> {
    let after = [1.5, 2.0, 4.0, 5.5].map(|g| (g, plain.looked.knob(g, Side::After)));
    let before = [10.0, 100.0].map(|g| (g, plain.looked.knob(g, Side::Before)));
    let mut all = Vec::new();
    for (gain, knob) in after {
        all.push((format!("after ×{gain}"), knob?));
    }
    for (gain, knob) in before {
        all.push((format!("before ×{gain}"), knob?));
    }
    let figures = |f: &dyn Fn(&super::measure::Knob) -> f64| -> Vec<(String, f64)> {
        all.iter().map(|(n, k)| (n.clone(), f(k))).collect()
    };
    let (x4, x100) = (all[2].1, all[5].1);
    let claim = "gains above 2 after the sigmoid leave the learned hypercube and sound harmonically distinct, gains of 100 before it stay similar";
    let make = |measure: &str, figures: Vec<(String, f64)>, holds: bool| Line {
        claim: claim.into(),
        measure: measure.into(),
        figures,
        holds: Some(holds),
    };
    Ok(vec![
        make(
            "latents of the moved knob (a fifth of them) outside 0..1, percent",
            figures(&|k| 100.0 * k.outside),
            x4.outside > 0.05 && x100.outside == 0.0,
        ),
        make(
            "cosine between the spectrum and the neutral one",
            figures(&|k| k.cosine),
            x4.cosine < x100.cosine,
        ),
        make(
            "of the ten strongest peaks of the neutral output, percent that stay among the ten strongest",
            figures(&|k| 100.0 * k.shared_peaks),
            x4.shared_peaks < x100.shared_peaks,
        ),
    ])
}

/// One kind of music against a mixture of the same size, both tested on that kind's test clips.
fn kinds(store: &Store, args: &AnneArgs, seed: u64) -> Result<Vec<Line>> {
    let mixed = cell("plain", args, MIXED, kind_corpus(args, MIXED)?, seed);
    let mut lines = Vec::new();
    for kind in KINDS {
        let own = cell("plain", args, kind, kind_corpus(args, kind)?, seed);
        let baselines = store.baselines(&own)?;
        let test = store.corpus(&own.corpus)?.test.clone();
        let mse = |cell: &Cell| -> Result<f64> {
            let weights = store.weights(cell)?.ok_or_else(|| {
                anyhow::anyhow!("expected the network `{}` to be trained", cell.title())
            })?;
            let mut learner = store.place.learner(&cell.network, &weights, cell.fit.step)?;
            Ok(evaluate(
                learner.as_mut(),
                &test,
                &Seen::new(&cell.fit.seen, test.bins),
                cell.fit.step.loss,
            )?
            .1)
        };
        let (one, many) = (mse(&own)?, mse(&mixed)?);
        let pca = baselines.pca.get(&64).copied().unwrap_or(f64::NAN);
        lines.push(line(
            "a corpus of one kind beats a mixed one",
            &format!("MSE on test clips of {kind}, training sets of equal size"),
            &[("one kind", one), ("mixed", many), ("PCA-64 of the one kind", pca)],
            Some(one < many),
        ));
    }
    Ok(lines)
}
