//! The page: loss curves, reconstructed frames, latents, figures beside their baselines.

use std::fmt::Write;

use anyhow::Result;
use nfx_core::models::ModelFile;

use super::chart::{Chart, Line, escape};
use super::{Figures, learner};
use crate::baseline::Pca;
use crate::corpus::Corpus;
use crate::train::{EpochRow, RunConfig, Seen};
use crate::training_loop::Ending;

/// Everything that the page shows.
pub struct Run<'a> {
    /// What the run was told.
    pub config: &'a RunConfig,
    /// Its metrics.
    pub rows: &'a [EpochRow],
    /// The model that came out.
    pub file: &'a ModelFile,
    /// Test figures.
    pub figures: &'a Figures,
    /// The frames.
    pub corpus: &'a Corpus,
    /// The principal components to compare with.
    pub pca: &'a Pca,
    /// Why the training ended.
    pub ending: Ending,
    /// How long it took.
    pub seconds: f64,
}

/// Frames whose reconstructions are drawn.
const DRAWN: usize = 3;

/// The page as one HTML file without anything outside it.
///
/// # Errors
/// When model and frames do not fit together.
pub fn page(run: &Run<'_>) -> Result<String> {
    let mut out = String::new();
    let name = escape(&run.file.card.name);
    let _ = write!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{name}</title><style>{STYLE}</style></head><body><h1>{name}</h1><p>{}</p>",
        escape(&run.file.card.description)
    );
    let _ = write!(
        out,
        "<p>{} epochs in {:.0} s; the training ended because {}. Best validation at epoch {}.</p>",
        run.rows.last().map_or(0, |r| r.epoch),
        run.seconds,
        run.ending.sentence("train"),
        run.rows.iter().rev().find(|r| r.best).map_or(0, |r| r.epoch)
    );
    out += &figures(run);
    out += &curves(run);
    out += &reconstructions(run)?;
    out += &latents(run);
    let _ = write!(
        out,
        "<h2>How it was made</h2><p>{}</p><p>Licence of the data: {}</p><p><code>nfx-train {}</code></p><pre>{}</pre></body></html>",
        escape(&run.corpus.description),
        escape(&run.corpus.licence),
        escape(&run.config.command),
        escape(&serde_json::to_string_pretty(run.config)?)
    );
    Ok(out)
}

fn figures(run: &Run<'_>) -> String {
    let mut out = format!(
        "<h2>Test figures</h2><table><tr><th>frames of<th>frames<th>MSE<th>PCA-{}<th>mean frame<th>zero output<th>spectral convergence</tr>",
        run.figures.latents
    );
    for r in &run.figures.rows {
        let _ = write!(
            out,
            "<tr><td>{}<td>{}<td>{:.3e}<td>{:.3e}<td>{:.3e}<td>{:.3e}<td>{:.4}</tr>",
            escape(&r.source),
            r.frames,
            r.mse,
            r.pca_mse,
            r.mean_frame_mse,
            r.zero_mse,
            r.spectral_convergence
        );
    }
    out + "</table>"
}

fn curves(run: &Run<'_>) -> String {
    let line = |f: fn(&EpochRow) -> f64| {
        run.rows.iter().map(|r| (r.epoch as f64, f(r))).collect::<Vec<_>>()
    };
    let name = run.config.fit.step.loss.name();
    let title = format!("{name} over the epochs");
    let mut lines = vec![
        Line { name: "training", colour: "#b3541e", points: line(|r| r.train_loss) },
        Line { name: "validation", colour: "#1f5f8b", points: line(|r| r.validation_loss) },
    ];
    if name == "MSE" {
        let validation = &run.corpus.validation;
        let pca = run.pca.mse(validation, run.figures.latents);
        let ends = [
            run.rows.first().map_or(0.0, |r| r.epoch as f64),
            run.rows.last().map_or(1.0, |r| r.epoch as f64),
        ];
        lines.push(Line {
            name: "PCA on validation",
            colour: "#7a7a7a",
            points: ends.iter().map(|x| (*x, pca)).collect(),
        });
    }
    let loss = Chart { title: &title, x_name: "epoch", log_y: true, lines }.svg();
    let rate = Chart {
        title: "learning rate",
        x_name: "epoch",
        log_y: true,
        lines: vec![Line { name: "rate", colour: "#4b7d3a", points: line(|r| r.rate) }],
    };
    format!(
        "<h2>Training</h2>{loss}{}",
        if run.rows.len() > 1 { rate.svg() } else { String::new() }
    )
}

fn reconstructions(run: &Run<'_>) -> Result<String> {
    let spectral = run.file.card.spectral()?;
    let network = spectral.architecture.autoencoder()?;
    let mut net = learner(network, &run.file.tensors)?;
    let test = &run.corpus.test;
    let seen = Seen::new(&run.config.fit.seen, test.bins);
    let bin_hz = run.file.card.sample_rate_hz / spectral.stft.fft_size as f64;
    let mut out =
        "<h2>Frames of the test set and their reconstructions (as figure 3.4 of the thesis)</h2>"
            .to_owned();
    for i in 0..DRAWN.min(test.len()) {
        let index = (2 * i + 1) * test.len() / (2 * DRAWN);
        let frame = test.frame(index);
        let mut told = Vec::new();
        seen.told(std::iter::once(test.told(index)), &mut told);
        let given = net.predict_told(&seen.input(frame), &told)?;
        let rebuilt = seen.magnitudes(&given);
        let points = |v: &[f32]| {
            v.iter()
                .enumerate()
                .skip(1)
                .map(|(b, m)| ((b as f64 * bin_hz).log10(), 20.0 * f64::from(m.max(1e-4)).log10()))
                .collect::<Vec<_>>()
        };
        let source =
            run.corpus.sources.get(usize::from(test.source_of[index])).map_or("", String::as_str);
        out += &Chart {
            title: &format!("frame {index} ({source}), dB below its maximum"),
            x_name: "log10 of the frequency in Hz",
            log_y: false,
            lines: vec![
                Line { name: "frame", colour: "#333333", points: points(frame) },
                Line { name: "reconstruction", colour: "#b3541e", points: points(&rebuilt) },
            ],
        }
        .svg();
    }
    Ok(out)
}

fn latents(run: &Run<'_>) -> String {
    let Ok(card) = run.file.card.spectral() else { return String::new() };
    let live = card.latents.iter().filter(|l| l.live).count();
    let mut out = format!(
        "<h2>Latents</h2><p>{live} of {} live: replacing one of them by its mean makes the error at least 1 % larger. The bar shows where 90 % of its values lie.</p><table><tr><th><th>what raising it does<th>5 %<th>median<th>95 %<th>range</tr>",
        card.latents.len()
    );
    let (low, high) =
        card.latents.iter().fold((0.0f32, 1.0f32), |(l, h), x| (l.min(x.p05), h.max(x.p95)));
    let place = |v: f32| 160.0 * (v - low) / (high - low).max(1e-9);
    for (i, l) in card.latents.iter().enumerate() {
        let _ = write!(
            out,
            "<tr{}><td>{}<td>{}<td>{:.3}<td>{:.3}<td>{:.3}<td><svg class=\"bar\" viewBox=\"0 0 160 10\"><rect x=\"{:.1}\" y=\"2\" width=\"{:.1}\" height=\"6\"/><rect x=\"{:.1}\" y=\"0\" width=\"2\" height=\"10\"/></svg></tr>",
            if l.live { "" } else { " class=\"dead\"" },
            i + 1,
            escape(&l.label),
            l.p05,
            l.p50,
            l.p95,
            place(l.p05),
            (place(l.p95) - place(l.p05)).max(1.0),
            place(l.p50)
        );
    }
    out + "</table>"
}

pub(crate) const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:760px;margin:2em auto;padding:0 1em;color:#222;background:#fff}\
h1{margin-bottom:0}h2{margin-top:2em}svg{width:100%;height:auto;display:block;margin:.6em 0}svg.bar{width:160px;margin:0}svg.bar rect{fill:#1f5f8b}\
.line{fill:none;stroke-width:1.4}.grid{stroke:#ddd}text{font-size:11px;fill:#444}.title{font-size:13px;font-weight:600}.y{text-anchor:end}.x{text-anchor:middle}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:2px 8px 2px 0;border-bottom:1px solid #eee;font-variant-numeric:tabular-nums}\
.dead td{color:#999}pre{background:#f5f5f5;padding:1em;overflow:auto}";
