//! Tables 3.1, 3.2 and 3.3: their networks, methods and the thesis's own figures.

use anyhow::Result;
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_core::nn::Activation;
use nfx_learn::spectral::learner::{Optimiser, StepConfig};
use nfx_learn::spectral::loss::Loss;
use nfx_train::corpus::{CorpusSpec, Limits};
use nfx_train::train::FitConfig;

use super::anne::AnneArgs;
use super::cells::Cell;

/// The earlier method (Sarroff): SGD at 5e-3 with momentum 0.5.
pub(super) const EARLIER: &str = "SGD 5e-3";
/// The thesis's method.
pub(super) const ADAM: &str = "Adam 1e-3";
/// The method of table 3.3.
pub(super) const ADAM_SLOW: &str = "Adam 1e-4";
/// Bins of the thesis's spectra.
pub(super) const BINS: usize = 1025;
/// Networks from this many weights on are large: they get fewer seeds.
const LARGE: usize = 1_000_000;

/// A row: name, widths of the hidden layers, the thesis's figures by the earlier method and by its
/// own.
pub(super) struct Row {
    pub name: &'static str,
    pub hidden: &'static [usize],
    pub thesis: (f64, f64),
}

const fn row(name: &'static str, hidden: &'static [usize], earlier: f64, anne: f64) -> Row {
    Row { name, hidden, thesis: (earlier, anne) }
}

/// Table 3.1: single layers.
pub(super) const SINGLE: [Row; 6] = [
    row("8", &[8], 4.40e-2, 5.30e-3),
    row("16", &[16], 4.14e-2, 5.28e-3),
    row("64", &[64], 2.76e-2, 7.10e-4),
    row("256", &[256], 1.87e-2, 1.64e-4),
    row("512", &[512], 1.98e-2, 9.62e-4),
    row("1024", &[1024], 3.52e-2, 7.13e-5),
];

/// Table 3.2: three layers.
pub(super) const THREE: [Row; 3] = [
    row("256-8-256", &[256, 8, 256], 1.84e-2, 1.91e-3),
    row("256-16-256", &[256, 16, 256], 1.84e-2, 1.19e-3),
    row("256-32-256", &[256, 32, 256], 1.84e-2, 7.30e-4),
];

/// Table 3.3: seven layers; name, the thesis's error and its minutes on a laptop's CPU.
pub(super) const DEEP: [(&str, f64, f64); 3] =
    [("all sigmoid", 1.72e-3, 20.0), ("all ReLU", 8.00e-2, 60.0), ("hybrid", 4.91e-4, 25.0)];

/// Hidden widths of the seven layers.
pub(super) const SEVEN: [usize; 7] = [512, 256, 128, 64, 128, 256, 512];

/// The thesis's corpus in the size that is asked for.
pub(super) fn corpus(args: &AnneArgs, kind: &str, seed: u64) -> Result<CorpusSpec> {
    let mut spec = CorpusSpec::thesis(1)?;
    spec.sources = vec![format!("synth:seed={seed},minutes={},kind={kind}", args.minutes).parse()?];
    spec.limits = Limits::scaled(args.frames);
    Ok(spec)
}

/// Batch 100, MSE and nothing else; a look at the validation set at most sixty times.
pub(super) fn recipe(rate: f64, optimiser: Optimiser, epochs: usize, seed: u64) -> FitConfig {
    FitConfig {
        step: StepConfig { loss: Loss::Mse, l2: 0.0, dropout: 0.0, optimiser, variational: None },
        rate,
        epochs,
        validate_every: epochs.div_ceil(60).max(1),
        ..FitConfig::thesis(seed)
    }
}

fn weights(network: &AutoencoderConfig) -> usize {
    network.tensor_shapes().iter().map(|(_, s)| s.iter().product::<usize>()).sum()
}

/// Widths from input to output.
pub(super) fn widths(hidden: &[usize]) -> Vec<usize> {
    let mut all = vec![BINS];
    all.extend_from_slice(hidden);
    all.push(BINS);
    all
}

/// The cells of all three tables.
pub(super) fn plan(args: &AnneArgs) -> Result<Vec<Cell>> {
    let corpus = corpus(args, "tonal", 1)?;
    let mut cells = Vec::new();
    let mut add = |part: &str,
                   row: &str,
                   method: &str,
                   network: &AutoencoderConfig,
                   fit: &dyn Fn(u64) -> FitConfig| {
        let seeds = if weights(network) < LARGE { args.seeds } else { args.large_seeds };
        for seed in 1..=seeds {
            cells.push(Cell {
                part: part.into(),
                row: row.into(),
                method: method.into(),
                network: network.clone(),
                fit: fit(seed),
                corpus: corpus.clone(),
                music: "tonal".into(),
            });
        }
    };
    for (part, rows) in [("table3.1", &SINGLE[..]), ("table3.2", &THREE[..])] {
        for row in rows {
            let network =
                AutoencoderConfig::uniform(&widths(row.hidden), Activation::Sigmoid, false);
            add(part, row.name, EARLIER, &network, &|s| {
                recipe(5e-3, Optimiser::Sgd { momentum: 0.5 }, args.epochs, s)
            });
            add(part, row.name, ADAM, &network, &|s| recipe(1e-3, Optimiser::Adam, args.epochs, s));
        }
    }
    for (name, _, _) in DEEP {
        let network = match name {
            "all sigmoid" => {
                AutoencoderConfig::uniform(&widths(&SEVEN), Activation::Sigmoid, false)
            }
            "all ReLU" => AutoencoderConfig::uniform(&widths(&SEVEN), Activation::Relu, false),
            _ => AutoencoderConfig::hybrid(BINS, &SEVEN),
        };
        add("table3.3", name, ADAM_SLOW, &network, &|s| {
            recipe(1e-4, Optimiser::Adam, args.deep_epochs, s)
        });
    }
    Ok(cells)
}
