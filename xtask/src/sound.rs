//! `cargo xtask sound`: what ANNe and CANNe sound like, beside what they sounded like before.

use crate::project::Project;
use crate::{bundle, demo, install, run, venv};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `cargo xtask sound` is told.
#[derive(clap::Args)]
pub struct Options {
    /// A folder with `bundles`, `vstpresets` and `models` of an earlier commit, for the columns
    /// "before", and a file `commit` that says which
    #[arg(long, value_name = "FOLDER")]
    before: Option<PathBuf>,
    /// A folder with `bundles` and `vstpresets` of this commit, built already; `nfx-host` beside
    /// this program plays them
    #[arg(long, value_name = "FOLDER")]
    built: Option<PathBuf>,
}

/// Runs the command.
pub fn run(project: &Project, options: &Options) -> Result<()> {
    let (bundles, presets) = match &options.built {
        Some(folder) => (folder.join("bundles"), folder.join("vstpresets")),
        None => build(project)?,
    };
    let python = venv::ensure(project, "zimtohrli.txt")?;
    run::heading("what is heard");
    let measure = |bundles: &Path, presets: &Path, models: &Path| -> Result<Value> {
        let mut host = host(project, options.built.is_some())?;
        host.arg("sound").arg("--python").arg(&python).arg("--models").arg(models);
        host.env("NFX_BUNDLES", bundles).env("NFX_PRESETS", presets);
        let text = run::output(&mut host)?;
        serde_json::from_str(&text).context("nfx-host was expected to print JSON")
    };
    let after = measure(&bundles, &presets, &project.root.join("models"))?;
    let before = match &options.before {
        Some(folder) => Some(measure(
            &folder.join("bundles"),
            &folder.join("vstpresets"),
            &folder.join("models"),
        )?),
        None => None,
    };
    let commit = options
        .before
        .as_ref()
        .and_then(|folder| std::fs::read_to_string(folder.join("commit")).ok());
    let document = document(before.as_ref(), commit.as_deref().unwrap_or_default().trim(), &after);
    let path = project.root.join("docs/results/sound.md");
    std::fs::write(&path, document)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    println!("{}", path.display());
    Ok(())
}

/// The program that plays: the one beside this program where bundles are built already, or the one
/// that was built with them.
fn host(project: &Project, is_built: bool) -> Result<Command> {
    if !is_built {
        return Ok(bundle::program(project, bundle::Build::Release, demo::HOST));
    }
    let path = std::env::current_exe()?.with_file_name(format!(
        "{}{}",
        demo::HOST,
        std::env::consts::EXE_SUFFIX
    ));
    if !path.is_file() {
        bail!("with --built, {} was expected beside this program: {}", demo::HOST, path.display());
    }
    Ok(Command::new(path))
}

fn build(project: &Project) -> Result<(PathBuf, PathBuf)> {
    let mut programs = install::presets_names(project);
    programs.push(demo::HOST.to_owned());
    let bundles = bundle::libraries(project, bundle::Build::Release, &programs)?;
    let presets = project.target.join("vstpresets");
    for plugin in &project.plugins {
        install::write_presets(
            project,
            plugin,
            &presets.join(&plugin.name),
            bundle::Build::Release,
        )?;
    }
    install::write_chance(project, &presets.join("ANNe chance"), bundle::Build::Release)?;
    Ok((bundles, presets))
}

/// A number with so many digits, or a word; a dash for nothing.
fn number(value: &Value, digits: usize) -> String {
    if let Some(word) = value.as_str() {
        return word.to_owned();
    }
    value.as_f64().map_or_else(|| "\u{2013}".to_owned(), |x| format!("{x:.digits$}"))
}

/// A distance of Zimtohrli's in thousandths.
fn heard(value: &Value) -> String {
    value.as_f64().map_or_else(|| "\u{2013}".to_owned(), |x| format!("{:.1}", x * 1e3))
}

fn document(before: Option<&Value>, commit: &str, after: &Value) -> String {
    let mut text = "# What is heard\n\nMade by `cargo xtask sound` (`--before FOLDER` measures bundles and presets of an earlier commit beside \
        today's): ANNe and CANNe through their built bundles, at 44.1 kHz. The dry sounds, notes and figures are those of the gates \
        ([preset-gates.md](preset-gates.md)). *Heard* is the distance by Zimtohrli in thousandths (PyPI `zimtohrli`, which hears at 48 kHz): 5 is a mean \
        opinion score of 4.1, 20 of 2.4.\n\n"
        .to_owned();
    // Writing to a string cannot fail.
    if !commit.is_empty() {
        let _ = writeln!(text, "*Before* is the state of commit {commit}.\n");
    }
    let _ = writeln!(text, "## ANNe\n\n| | before | after |\n|---|--:|--:|");
    let mut row = |what: &str, cell: &dyn Fn(&Value) -> String| {
        let before = before.map_or_else(|| "\u{2013}".to_owned(), cell);
        let _ = writeln!(text, "| {what} | {before} | {} |", cell(after));
    };
    row("a fresh instance less the dry music, dB, at 44.1 / 48 / 96 kHz", &|all| {
        [0, 1, 2].map(|rate| number(&all["neutral_db"][rate], 0)).join(" / ")
    });
    row("piano, knob E at 2: energy above 2.5 kHz, dB of the whole (dry, wet)", &|all| {
        [0, 1].map(|side| number(&all["knob"]["high_db"][side], 1)).join(", ")
    });
    row("the same: peak, dBFS (dry, wet)", &|all| {
        [0, 1].map(|side| number(&all["knob"]["peak_db"][side], 1)).join(", ")
    });
    row("*Randomise*: worst and median difference of loudness, LU", &|all| {
        let mut off: Vec<f64> = all["chance"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one[1].as_f64())
            .map(f64::abs)
            .collect();
        off.sort_unstable_by(f64::total_cmp);
        match off.last() {
            None => "\u{2013}".to_owned(),
            Some(worst) => format!("{worst:.1}, {:.1}", off[off.len() / 2]),
        }
    });
    for (place, knob) in after["square"].as_array().into_iter().flatten().enumerate() {
        let name = knob["knob"].as_str().unwrap_or_default();
        for (key, when) in [
            ("shortest", "at the shortest *Response*, 5 ms"),
            ("default", "at the default *Response*"),
        ] {
            row(
                &format!(
                    "{name}, a square automation at 8 Hz {when}: share of its depth (depth, dB, at Hz)"
                ),
                &|all| {
                    let knob = &all["square"][place];
                    let share = knob[key]
                        .as_f64()
                        .map_or_else(|| "\u{2013}".to_owned(), |x| format!("{:.0} %", x * 100.0));
                    format!(
                        "{share} ({} at {})",
                        number(&knob["depth_db"], 1),
                        number(&knob["band_hz"], 0)
                    )
                },
            );
        }
    }
    text.push_str(&models(before, after));
    for (title, key) in [("ANNe's presets", "anne"), ("CANNe's presets", "canne")] {
        let _ = writeln!(text, "\n## {title}\n");
        for (when, all) in [("after", Some(after)), ("before", before)] {
            let Some(rows) = all.and_then(|all| all[key].as_array()) else { continue };
            let _ = writeln!(text, "### {title}, {when}\n");
            text.push_str(&presets(rows));
        }
    }
    text
}

/// One table of presets.
fn presets(rows: &[Value]) -> String {
    let is_instrument = rows.iter().any(|row| row["note_peak_db"].is_number());
    let last = if is_instrument { "a note's peak, dBFS" } else { "from the dry sound, heard" };
    let mut text = format!(
        "| preset | loudness, LU | peak, dBFS | offset, dBFS | whatever goes in, dB | step, dB | nearest, dB | the same, heard | moves, dB | \
         {last} |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    );
    for row in rows {
        let whistle = match row["whistle_db"].as_f64() {
            Some(db) if db > -150.0 => format!("{db:.0}"),
            _ => "none".to_owned(),
        };
        let last = if is_instrument {
            number(&row["note_peak_db"], 1)
        } else {
            heard(&row["dry_zimtohrli"])
        };
        let cells = [
            row["name"].as_str().unwrap_or_default().to_owned(),
            number(&row["loudness_lu"], 1),
            number(&row["peak_db"], 1),
            number(&row["dc_db"], 0),
            whistle,
            number(&row["jump_db"], 1),
            format!(
                "{} ({})",
                number(&row["nearest_db"], 1),
                row["nearest"].as_str().unwrap_or_default()
            ),
            heard(&row["nearest_zimtohrli"]),
            number(&row["moving_db"], 1),
            last,
        ];
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text.push('\n');
    text
}

/// The figures on the cards of the models that are not of one source alone, of today's and of the
/// earlier ones.
fn models(before: Option<&Value>, after: &Value) -> String {
    let mut text = "\n## The models, as their cards say\n\nErrors, shares and levels of the held-out parts of each model's own corpus; \
        what they mean stands in the model's card in `models/`.\n\n| model | figure | before | after |\n|---|---|--:|--:|\n"
        .to_owned();
    let none = serde_json::Map::new();
    let of = |all: &Value, name: &str, figure: &str| -> String {
        all["models"][name][figure].as_f64().map_or_else(
            || "\u{2013}".to_owned(),
            |x| {
                if figure.ends_with("_db") {
                    format!("{x:.1}")
                } else if figure == "live_latents" {
                    format!("{x:.0}")
                } else if x.abs() < 0.01 {
                    format!("{x:.2e}")
                } else {
                    format!("{x:.3}")
                }
            },
        )
    };
    for (name, figures) in after["models"].as_object().unwrap_or(&none) {
        for figure in figures.as_object().unwrap_or(&none).keys().filter(|figure| is_told(figure)) {
            let earlier = before.map_or_else(|| "\u{2013}".to_owned(), |all| of(all, name, figure));
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "| {name} | {} | {earlier} | {} |",
                figure.replace('_', " "),
                of(after, name, figure)
            );
        }
    }
    text
}

/// Whether a figure is told: those of the whole corpus, and those of macros and sliders.
fn is_told(figure: &str) -> bool {
    let of_part = ["_synth", "_loops", "_notes", "_waves", "_recorded"]
        .iter()
        .any(|part| figure.ends_with(part));
    let kinds = [
        "test_",
        "pca_",
        "macro_",
        "slider_least",
        "sliders_",
        "latents_",
        "live_latents",
        "midpoint_",
    ];
    !of_part && kinds.iter().any(|kind| figure.starts_with(kind))
}
