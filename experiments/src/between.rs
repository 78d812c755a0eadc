//! Part `midpoints` of `nfx-lab anne`: what the shipped models make of the place between two
//! sounds, beside the cross-fade of both (the thesis's figures 2.8 and 2.9).

use std::fmt::Write as _;

use anyhow::Result;
use nfx_train::corpus::{CorpusSpec, Limits};
use nfx_train::eval::read_model;
use nfx_train::files::write_atomic;
use nfx_train::report::chart::{Chart, Line};
use nfx_train::train::midpoints::{self, Figures, Middle};
use nfx_train::train::run::corpus_progress;

use super::anne::AnneArgs;

/// The shipped models of ANNe.
const MODELS: [&str; 3] = ["general", "tonal", "thesis"];
/// Which pairs are measured.
const SEED: u64 = 0;
/// Frames of the training part, to which midpoints may be near.
const FRAMES: usize = 50_000;
/// Highest frequency that is drawn.
const TOP_HZ: f64 = 5_000.0;

/// Measures and draws, and writes the document and a picture for each model beside the one of the
/// tables.
///
/// # Errors
/// When a model or a source cannot be read, or a file cannot be written.
pub(super) fn write(args: &AnneArgs) -> Result<()> {
    let mut rows = String::new();
    let mut pictures = String::new();
    for name in MODELS {
        let file = read_model(&args.models.join(format!("{name}.safetensors")))?;
        let spec = CorpusSpec {
            sources: args
                .midpoint_sources
                .iter()
                .map(|source| source.parse())
                .collect::<Result<_>>()?,
            sample_rate_hz: file.card.sample_rate_hz,
            stft: file.card.spectral()?.stft,
            limits: Limits::scaled(args.frames.min(FRAMES)),
            split_seed: SEED,
            cache_dir: Some(args.cache.clone()),
        };
        let corpus = spec.build(&corpus_progress())?;
        let network = file.card.spectral()?.architecture.autoencoder()?;
        row(
            &mut rows,
            &file.card.name,
            &midpoints::measure(network, &file.tensors, &corpus.test, &corpus.train, SEED)?,
        );
        if let Some(middle) = midpoints::example(network, &file.tensors, &corpus.test, SEED)? {
            let picture = format!("anne-midpoint-{name}.svg");
            let bin_hz = file.card.sample_rate_hz / file.card.spectral()?.stft.fft_size as f64;
            write_atomic(
                &args.doc.with_file_name(&picture),
                draw(&file.card.name, &middle, bin_hz).as_bytes(),
            )?;
            let _ = writeln!(pictures, "![{}]({picture})\n", file.card.name);
        }
    }
    let sources = args.midpoint_sources.join("`, `");
    let text = format!(
        "# Between two sounds\n\nMade by `nfx-lab anne --only midpoints`. Of pairs of frames from different clips of `{sources}` the latents are halved \
         between them and decoded (the thesis's figures 2.8 and 2.9), and held against the mean of both reconstructions, which is their cross-fade. \
         *Nearer*: the share of pairs whose midpoint has a larger cosine with the nearest of 10,000 real frames than the cross-fade has.\n\n\
         | model | pairs | cosine to the cross-fade | nearer | distance of midpoints | distance of cross-fades |\n|---|--:|--:|--:|--:|--:|\n{rows}\n\
         The first pair of each:\n\n{pictures}"
    );
    let document = args.doc.with_file_name("anne-midpoints.md");
    write_atomic(&document, (text.trim_end().to_owned() + "\n").as_bytes())?;
    println!("{} written", document.display());
    Ok(())
}

fn row(rows: &mut String, name: &str, figures: &Figures) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        rows,
        "| {name} | {} | {:.3} | {:.0} % | {:.3} | {:.3} |",
        figures.pairs,
        figures.cosine,
        100.0 * figures.nearer,
        figures.midpoint_distance,
        figures.fade_distance
    );
}

fn draw(name: &str, middle: &Middle, bin_hz: f64) -> String {
    let line = |name, colour, values: &[f32]| {
        let points =
            values.iter().enumerate().map(|(bin, value)| (bin as f64 * bin_hz, f64::from(*value)));
        Line { name, colour, points: points.take_while(|point| point.0 <= TOP_HZ).collect() }
    };
    let [one, other] = &middle.ends;
    let lines = vec![
        line("one", "#c9b8a8", one),
        line("other", "#a8b8c9", other),
        line("cross-fade", "#b3541e", &middle.fade),
        line("midpoint", "#1f5f8b", &middle.midpoint),
    ];
    let title = format!("{name}: two sounds and what lies between them (magnitude over Hz)");
    Chart { title: &title, x_name: "Hz", log_y: false, lines }.file()
}
