//! Which trainings: rows of the tables, the figures' losses, and what goes beyond the thesis.

use anyhow::{Result, anyhow};
use nfx_core::models::spectral::{AutoencoderConfig, Features, InstrumentInfo};
use nfx_core::nn::Activation;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use nfx_learn::spectral::init::Init;
use nfx_learn::spectral::learner::Variational;
use nfx_learn::spectral::loss::Loss;
use nfx_train::corpus::{CorpusSpec, Limits};
use nfx_train::train::{Bias, FitConfig, NetworkShape, Schedule, SeenConfig, Start};

use super::super::cells::Cell;
use super::CanneArgs;
use super::cells::CanneCell;

/// Bins of CANNe's spectra.
pub(super) const BINS: usize = 2049;
/// Their sample rate.
pub(super) const RATE_HZ: f64 = 44_100.0;
/// Widths between input and output.
const HIDDEN: [usize; 15] = [1000, 512, 256, 128, 64, 32, 16, 8, 16, 32, 64, 128, 256, 512, 1024];
/// Widths of the suite's own instrument.
const KEYS: [usize; 5] = [512, 128, 8, 384, 512];

/// The corpora by their names in the document.
pub(super) const FIVE: &str = "five octaves";
/// As [`FIVE`].
pub(super) const ONE: &str = "one octave";
/// As [`FIVE`].
pub(super) const CHROMATIC: &str = "chromatic";

/// The thesis's figures: spectral convergence and minutes on a Titan V, in the order of
/// [`Features::ALL`].
pub(super) const TABLE_4_1: [(f64, u32); 5] =
    [(0.257, 25), (0.217, 51), (0.245, 46), (0.242, 69), (0.236, 29)];
/// As [`TABLE_4_1`], of table 4.2.
pub(super) const TABLE_4_2: [(f64, u32); 5] =
    [(0.212, 5), (0.172, 6), (0.178, 6), (0.188, 7), (0.208, 6)];

/// The thesis's own method.
pub(super) const THESIS: &str = "thesis";

/// The specification of a corpus.
pub(super) fn corpus(args: &CanneArgs, music: &str) -> Result<CorpusSpec> {
    let (source, most) = match music {
        FIVE => ("notes:seed=1,patches=80,scale=five_octaves", 79_000),
        ONE => ("notes:seed=1,patches=80,scale=one_octave", 17_000),
        _ => ("notes:seed=1,patches=80,scale=chromatic,seconds=0.6,harmonic=true", 79_000),
    };
    let stft = StftConfig::new(4096, 1024, Window::Hann).map_err(|e| anyhow!("{e}"))?;
    let mut spec = CorpusSpec::new(&[source.to_owned()], RATE_HZ, stft)?;
    let train = args.frames.min(most);
    let rest = (train * 6 / 79).max(50);
    spec.limits = Limits { train, validation: rest, test: rest };
    Ok(spec)
}

/// A cell by the thesis's recipe, to be changed.
struct Recipe<'a> {
    part: &'a str,
    row: &'a str,
    method: &'a str,
    music: &'a str,
    seen: SeenConfig,
    shape: NetworkShape,
    fit: FitConfig,
    init: Init,
}

fn thesis_shape() -> NetworkShape {
    NetworkShape {
        hidden: HIDDEN.to_vec(),
        activation: Activation::Relu,
        latent: Activation::Relu,
        output: Activation::Relu,
        bias: Bias::First,
        shortcut: false,
    }
}

/// Leaky ReLU inside, linear latents and output, biases everywhere: no unit can die for good.
fn live_shape(hidden: &[usize]) -> NetworkShape {
    NetworkShape {
        hidden: hidden.to_vec(),
        activation: Activation::LeakyRelu,
        latent: Activation::Linear,
        output: Activation::Linear,
        bias: Bias::All,
        shortcut: false,
    }
}

impl<'a> Recipe<'a> {
    fn thesis(part: &'a str, row: &'a str, music: &'a str, seed: u64) -> Self {
        Recipe {
            part,
            row,
            method: THESIS,
            music,
            seen: SeenConfig { sample_rate_hz: RATE_HZ, ..SeenConfig::default() },
            shape: thesis_shape(),
            fit: FitConfig::canne(seed),
            init: Init::THESIS,
        }
    }

    fn cell(mut self, args: &CanneArgs, epochs: usize, parts: &[&str]) -> Result<CanneCell> {
        self.fit.epochs = epochs;
        self.fit.validate_every = epochs.div_ceil(30).max(1);
        if !self.seen.is_plain() {
            self.fit.seen = self.seen;
        }
        let network: AutoencoderConfig = self.shape.network(BINS, &self.seen)?;
        let mut parts: Vec<String> = parts.iter().map(|p| (*p).to_owned()).collect();
        parts.push(self.part.to_owned());
        Ok(CanneCell {
            cell: Cell {
                part: self.part.into(),
                row: self.row.into(),
                method: self.method.into(),
                network,
                fit: self.fit,
                corpus: corpus(args, self.music)?,
                music: self.music.into(),
            },
            start: Start { init: self.init, pca: false },
            parts,
        })
    }
}

/// All cells.
pub(super) fn plan(args: &CanneArgs) -> Result<Vec<CanneCell>> {
    let mut cells = tables(args)?;
    cells.extend(convergence(args)?);
    cells.extend(beyond(args)?);
    Ok(cells)
}

/// Tables 4.1 and 4.2, figure 4.3's losses, and the biases.
fn tables(args: &CanneArgs) -> Result<Vec<CanneCell>> {
    let mut cells = Vec::new();
    for (part, music) in [("table4.1", FIVE), ("table4.2", ONE)] {
        for features in Features::ALL {
            let mut recipe = Recipe::thesis(part, features.name(), music, 1);
            recipe.seen.features = features;
            let also: &[&str] = if part == "table4.1" {
                &["figure4.3", "figure4.4", "bias", "beyond"]
            } else {
                &[]
            };
            cells.push(recipe.cell(args, args.epochs, also)?);
        }
    }
    for (row, loss) in [
        ("MSE", Loss::Mse),
        ("MAE", Loss::Mae),
        ("batch-wide, unrooted (the published code)", Loss::BatchConvergence),
    ] {
        let mut recipe = Recipe::thesis("figure4.3", row, FIVE, 1);
        recipe.fit.step.loss = loss;
        cells.push(recipe.cell(args, args.epochs, &[])?);
    }
    for (row, bias) in [("none", Bias::None), ("all layers", Bias::All)] {
        let mut recipe = Recipe::thesis("bias", row, FIVE, 1);
        recipe.shape.bias = bias;
        cells.push(recipe.cell(args, args.epochs, &[])?);
    }
    Ok(cells)
}

/// How many trainings converge: with and without L2, and the hybrid.
fn convergence(args: &CanneArgs) -> Result<Vec<CanneCell>> {
    let mut cells = Vec::new();
    let epochs = args.seed_epochs.unwrap_or(args.epochs);
    for seed in 1..=args.seeds {
        for row in ["SC with L2", "SC without L2", "MSE", "hybrid (sigmoid latents and output)"] {
            let mut recipe = Recipe::thesis("figure4.2", row, ONE, seed);
            match row {
                "SC without L2" => recipe.fit.step.l2 = 0.0,
                "MSE" => recipe.fit.step.loss = Loss::Mse,
                "SC with L2" => {}
                _ => {
                    (recipe.shape.latent, recipe.shape.output) =
                        (Activation::Sigmoid, Activation::Sigmoid)
                }
            }
            cells.push(recipe.cell(args, epochs, &[])?);
        }
    }
    Ok(cells)
}

/// What the thesis names as future work, and cures for dead latents.
fn beyond(args: &CanneArgs) -> Result<Vec<CanneCell>> {
    let mut cells = Vec::new();
    let steps = (args.epochs * args.frames / 200) as u64;
    let draw = |beta: f32| Some(Variational { beta, warmup: steps / 4 });
    let live = |fit: &mut FitConfig, rate: f64| {
        fit.rate = rate;
        fit.schedule = Schedule::Cosine;
        fit.step.l2 = 0.0;
    };
    for (row, beta) in [("live latents", 0.0), ("β-VAE, β 5e-4", 5e-4)] {
        let mut recipe = Recipe::thesis("beyond", row, FIVE, 1);
        recipe.method = "beyond";
        recipe.shape = live_shape(&HIDDEN);
        live(&mut recipe.fit, 1e-3);
        recipe.fit.step.variational = if beta > 0.0 { draw(beta) } else { None };
        cells.push(recipe.cell(args, args.epochs, &[])?);
    }
    for (row, told, (beta, swap)) in [
        ("chromatic, not told the note", false, (0.0, 0.0)),
        ("chromatic, told the note", true, (0.0, 0.0)),
        ("chromatic, told the note, β-VAE, β 5e-4", true, (5e-4, 0.0)),
        ("chromatic, told the note, β-VAE, other notes", true, (5e-4, 0.8)),
    ] {
        let mut recipe = Recipe::thesis("beyond", row, CHROMATIC, 1);
        recipe.method = "beyond";
        recipe.fit.swap = swap;
        recipe.seen.notes = told.then_some(InstrumentInfo::standing(36, 96));
        recipe.shape = live_shape(&KEYS);
        recipe.init = Init::He;
        live(&mut recipe.fit, 2e-3);
        recipe.fit.step.variational = if beta > 0.0 { draw(beta) } else { None };
        cells.push(recipe.cell(args, args.epochs, &[])?);
    }
    Ok(cells)
}
