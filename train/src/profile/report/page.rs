//! The report as one HTML page; the sounds lie beside it.

use std::fmt::Write;

use anyhow::Result;
use nfx_core::models::ModelFile;

use super::{Measured, Point, Run};
use crate::profile::check::Severity;
use crate::profile::fit::Look;
use crate::profile::measure::{ratio_text, verdict};
use crate::report::{Chart, Line, STYLE, escape};

const DEVICE: &str = "#333333";
const MODEL: &str = "#b3541e";
const BLUE: &str = "#1f5f8b";

/// The page.
///
/// # Errors
/// When the job cannot be written as JSON.
pub fn page(run: &Run<'_>, measured: &Measured, file: &ModelFile) -> Result<String> {
    let name = escape(&file.card.name);
    let f = &measured.figures;
    let mut out = String::new();
    let _ = write!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{name}</title><style>{STYLE}\
         audio{{width:100%}}.err{{color:#a00}}.warn{{color:#a60}}</style></head><body><h1>{name}</h1><p>{}</p>\
         <p><b>ESR {}: {}.</b> {} weights, {:.0} s of training.</p>",
        escape(&file.card.description),
        ratio_text(f.model.esr),
        verdict(f.model.esr),
        file.card.kind.parameters(),
        run.seconds
    );
    if let Some(advice) = &f.advice {
        let _ = write!(out, "<p class=\"warn\"><b>{}</b></p>", escape(advice));
    }
    out += "<h2>To listen to</h2><p>Sound that the training has not seen: the device, the model, what went in, and the \
            difference of device and model.</p>";
    for (title, file) in
        [("Device", "device"), ("Model", "model"), ("Input", "input"), ("Difference", "difference")]
    {
        let _ = write!(
            out,
            "<p>{title}<br><audio controls preload=\"none\" src=\"listen/{file}.wav\"></audio></p>"
        );
    }
    out += &figures(measured);
    out += &checks(run);
    out += &pictures(measured);
    out += &training(run);
    let _ = write!(
        out,
        "<h2>How it was made</h2><p><code>nfx-train {}</code></p><pre>{}</pre></body></html>",
        escape(&run.job.command),
        escape(&serde_json::to_string_pretty(run.job)?)
    );
    Ok(out)
}

fn figures(measured: &Measured) -> String {
    let f = &measured.figures;
    let (m, b) = (&f.model, &f.baselines);
    let mut out = "<h2>Figures</h2><p>Of the part that was neither learned from nor chosen by. ESR is the energy of the \
                   difference over that of the device, without pre-emphasis, as NAM counts it; ESRs of different recordings \
                   cannot be compared.</p><table><tr><th>answer<th>ESR<th>with pre-emphasis<th>MAE<th>MR-STFT<th>loudness</tr>"
        .to_owned();
    let _ = write!(
        out,
        "<tr><td>model<td>{}<td>{}<td>{:.5}<td>{:.4}<td>{:+.2} dB</tr>",
        ratio_text(m.esr),
        ratio_text(m.emphasised),
        m.mae,
        m.spectral,
        m.loudness_db
    );
    for (name, value) in [
        ("input as it is", Some(b.identity)),
        ("best static gain", Some(b.gain)),
        ("best straight line a·x + b", Some(b.affine)),
        ("best linear filter, 1024 taps", Some(b.linear)),
        ("the device against itself", f.floor),
    ] {
        if let Some(value) = value {
            let _ = write!(out, "<tr><td>{name}<td>{}<td><td><td><td></tr>", ratio_text(value));
        }
    }
    out += "</table>";
    if f.settings.len() > 1 {
        out += "<h2>By setting</h2><table><tr><th>recording<th>setting<th>ESR<th>with pre-emphasis<th>MR-STFT<th>loudness</tr>";
        for r in &f.settings {
            let _ = write!(
                out,
                "<tr><td>{}<td>{}{}<td>{}<td>{}<td>{:.4}<td>{:+.2} dB</tr>",
                escape(&r.name),
                escape(&r.setting),
                if r.seen { "" } else { " (never learned from)" },
                ratio_text(r.scores.esr),
                ratio_text(r.scores.emphasised),
                r.scores.spectral,
                r.scores.loudness_db
            );
        }
        out += "</table>";
    }
    out
}

fn checks(run: &Run<'_>) -> String {
    let mut out = "<h2>The recording</h2><ul>".to_owned();
    for (checked, r) in run.loaded.checks.iter().zip(&run.data.recordings) {
        let many = run.loaded.checks.len() > 1;
        for f in checked.findings.iter().filter(|f| !many || f.severity != Severity::Fine) {
            let class = match f.severity {
                Severity::Fine => "ok",
                Severity::Warning => "warn",
                Severity::Error => "err",
            };
            let name = if many { format!("{}: ", escape(&r.name)) } else { String::new() };
            let _ = write!(out, "<li class=\"{class}\">{name}{}</li>", escape(&f.sentence));
        }
    }
    out + "</ul>"
}

fn two(title: &str, x_name: &str, curves: &[Vec<Point>; 2]) -> String {
    Chart {
        title,
        x_name,
        log_y: false,
        lines: vec![
            Line { name: "device", colour: DEVICE, points: curves[0].clone() },
            Line { name: "model", colour: MODEL, points: curves[1].clone() },
        ],
    }
    .svg()
}

fn one(title: &str, x_name: &str, points: Vec<Point>) -> String {
    if points.is_empty() {
        return String::new();
    }
    Chart { title, x_name, log_y: true, lines: vec![Line { name: "ESR", colour: MODEL, points }] }
        .svg()
}

fn pictures(measured: &Measured) -> String {
    let c = &measured.curves;
    let mut out = "<h2>Curves</h2>".to_owned();
    out += &two("mean output for each value of the input (transfer curve)", "input", &c.transfer);
    out += &two("level of the output over 20 ms, dB", "level of the input, dB", &c.gain);
    let reduction =
        c.gain.clone().map(|curve| curve.into_iter().map(|(x, y)| (x, y - x)).collect());
    out += &two("gain over 20 ms, dB (gain reduction curve)", "level of the input, dB", &reduction);
    out += &one("ESR by level of the device", "level over 20 ms, dB", c.level.clone());
    let frequency = c.frequency.iter().map(|p| (p.0.log10(), p.1)).collect();
    out += &one("ESR by frequency", "log10 of the frequency in Hz", frequency);
    out += &one(
        "ESR over the time of the first recording, learned parts included",
        "seconds",
        c.time.clone(),
    );
    out
}

fn training(run: &Run<'_>) -> String {
    let mut out = "<h2>Training</h2>".to_owned();
    for (family, figure) in &run.choice.trials {
        let _ =
            write!(out, "<p>Trial of {}: held-out ESR {}.</p>", family.name(), ratio_text(*figure));
    }
    if run.looks.len() < 2 {
        return if run.choice.trials.is_empty() { String::new() } else { out };
    }
    // What was solved has no steps and no loss of theirs; the chart leaves out what is no number.
    let line =
        |f: fn(&Look) -> f64| run.looks.iter().map(|l| (l.seconds, f(l))).collect::<Vec<Point>>();
    out += &Chart {
        title: "error over the training",
        x_name: "seconds",
        log_y: true,
        lines: vec![
            Line {
                name: "loss of the steps",
                colour: BLUE,
                points: line(|l| if l.loss > 0.0 { l.loss } else { f64::NAN }),
            },
            Line { name: "held-out ESR", colour: MODEL, points: line(|l| l.esr) },
        ],
    }
    .svg();
    out
}
