//! `docs/results/canne.md`, from whatever cells are stored.

use std::fmt::Write as _;

use anyhow::Result;
use nfx_core::models::spectral::Features;

use super::super::cells::Store;
use super::cells::{Baselines, CanneCell, Done, LATENTS, known_baselines, put};
use super::plan::{TABLE_4_1, TABLE_4_2, plan};
use super::{CanneArgs, THESIS_ROW, figures};

/// A finished cell of the plan.
struct Row {
    done: Done,
    base: Option<Baselines>,
}

/// The finished cells of the plan of these options.
struct Found {
    rows: Vec<Row>,
    asked: usize,
}

impl Found {
    fn read(store: &Store, args: &CanneArgs) -> Result<Found> {
        let plan: Vec<CanneCell> = plan(args)?;
        let mut rows = Vec::new();
        for cell in &plan {
            if let Some(done) = store.known::<Done>(&format!("canne-cell-{}", cell.id()?)) {
                rows.push(Row { done, base: known_baselines(store, &cell.cell) });
            }
        }
        Ok(Found { rows, asked: plan.len() })
    }

    fn get(&self, part: &str, row: &str) -> Option<&Row> {
        self.rows.iter().find(|r| r.done.cell.cell.part == part && r.done.cell.cell.row == row)
    }

    fn all(&self, part: &str, row: &str) -> Vec<&Row> {
        self.rows
            .iter()
            .filter(|r| r.done.cell.cell.part == part && r.done.cell.cell.row == row)
            .collect()
    }
}

/// Writes the document beside its target and renames it.
pub(super) fn write(store: &Store, args: &CanneArgs) -> Result<()> {
    let found = Found::read(store, args)?;
    let mut text = head(&found, args);
    text.push_str(&without(&found));
    text.push_str(&table("4.1: five octaves", "table4.1", &TABLE_4_1, &found));
    text.push_str(&table("4.2: one octave", "table4.2", &TABLE_4_2, &found));
    text.push_str(&convergence(&found, args));
    text.push_str(&losses(&found, args));
    text.push_str(&mfcc(args));
    text.push_str(&biases(&found));
    text.push_str(&beyond(&found));
    put(&args.doc, &text)
}

/// The options that are not the defaults.
fn options(args: &CanneArgs) -> String {
    let mut out = String::new();
    if args.quick {
        out.push_str(" --quick");
    }
    if args.epochs != 300 {
        let _ = write!(out, " --epochs {}", args.epochs);
    }
    if args.frames != 79_000 {
        let _ = write!(out, " --frames {}", args.frames);
    }
    if args.seeds != 5 {
        let _ = write!(out, " --seeds {}", args.seeds);
    }
    if let Some(epochs) = args.seed_epochs.filter(|e| *e != args.epochs) {
        let _ = write!(out, " --seed-epochs {epochs}");
    }
    out
}

fn head(found: &Found, args: &CanneArgs) -> String {
    let mut machines: Vec<&str> = found.rows.iter().map(|r| r.done.machine.as_str()).collect();
    machines.sort_unstable();
    machines.dedup();
    let hours = found.rows.iter().map(|r| r.done.seconds).sum::<f64>() / 3600.0;
    let mut text = String::from("# CANNe: the thesis's experiments, remade\n\n");
    let _ = writeln!(
        text,
        "Written by `nfx-lab canne{}`, version {}; do not edit. Colonel, *Autoencoding Neural Networks as Musical \
         Audio Synthesizers*, The Cooper Union 2018, chapter 4.\n",
        options(args),
        env!("CARGO_PKG_VERSION")
    );
    let _ = writeln!(
        text,
        "- {} of {} trainings are done, {hours:.1} hours in all, on: {}.",
        found.rows.len(),
        found.asked,
        machines.join("; and on: ")
    );
    let (frames, epochs) = (args.frames, args.epochs);
    if frames < 79_000 || epochs < 300 {
        let _ = writeln!(
            text,
            "- **Cut short: {epochs} epochs of at most {frames} training frames.** The thesis trained 300 epochs of 79,000 frames (five \
             octaves) and 17,000 (one octave). The figures compare methods after equally short trainings and do not say where \
             training would end."
        );
    }
    text.push_str(
        "- The thesis's corpus (scales on 80 patches of a MicroKORG) was never published. Ours is the built-in virtual-analogue \
         synthesizer with time-varying timbre, overdrive and echo, split by patch, 70 / 5 / 5. **Figures are to be read against the \
         rows without a network on the same test frames, not against the thesis's digits.**\n\
         - SC is spectral convergence on the test frames of the weights with the best validation figure. *Rooted* is equation 4.1, per \
         frame, then the mean; *unrooted* is the ratio over the whole set that the published code trains on and prints. Which \
         of the two the thesis's tables hold is not known; their size speaks for the second.\n\
         - Unless a row says otherwise: 2049-1000-512-256-128-64-32-16-8-16-32-64-128-256-512-1024-2049, ReLU throughout, bias in the \
         first layer, truncated normal weights (0.15), SC rooted with a real L2 at 1e-10, Adam at 1e-3, batches of 200.\n\
         - *Live* counts the latents whose replacement by their mean makes the squared error at least 1 % larger.\n\n",
    );
    text
}

fn without(found: &Found) -> String {
    let mut text = String::from(
        "## Without a network\n\n| corpus | training frames | zero output: SC rooted, unrooted | mean frame | PCA-8 |\n|---|---|---|---|---|\n",
    );
    let mut all: Vec<&Baselines> = Vec::new();
    for base in found.rows.iter().filter_map(|r| r.base.as_ref()) {
        if !all.contains(&base) {
            all.push(base);
        }
    }
    for b in &all {
        let _ = writeln!(
            text,
            "| {} | {} | {:.3}, {:.3} | {:.3}, {:.3} | {:.3}, {:.3} |",
            b.music,
            b.train_frames,
            b.zero.rooted,
            b.zero.unrooted,
            b.mean.rooted,
            b.mean.unrooted,
            b.pca.rooted,
            b.pca.unrooted
        );
    }
    text.push('\n');
    for b in &all {
        let _ = writeln!(text, "- {}: {}.", b.music, b.description);
    }
    text.push('\n');
    text
}

/// Rooted SC over that of PCA-8 on the same frames.
fn against_pca(row: &Row) -> String {
    row.base
        .as_ref()
        .map_or("–".into(), |b| format!("{:.2}", row.done.test.rooted / b.pca.rooted))
}

fn figures_of(row: &Row) -> String {
    let d = &row.done;
    format!(
        "{:.3} | {:.3} | {} | {} of {LATENTS} | {:.1} | {} | {} × {}",
        d.test.rooted,
        d.test.unrooted,
        against_pca(row),
        d.live,
        d.seconds / 60.0,
        d.best_epoch,
        d.cell.cell.fit.epochs,
        d.train_frames
    )
}

const COLUMNS: &str =
    "SC rooted | SC unrooted | over PCA-8 (rooted) | live | minutes | best epoch | epochs × frames";

fn rule(columns: usize) -> String {
    format!("|{}\n", "---|".repeat(columns))
}

fn table(title: &str, part: &str, thesis: &[(f64, u32); 5], found: &Found) -> String {
    let mut text = format!(
        "## Table {title}\n\n| appended to the input | thesis: SC | thesis: minutes (Titan V) | {COLUMNS} |\n"
    );
    text.push_str(&rule(10));
    for (features, (sc, minutes)) in Features::ALL.iter().zip(thesis) {
        let ours = found
            .get(part, features.name())
            .map_or("not run | – | – | – | – | – | –".into(), figures_of);
        let _ = writeln!(text, "| {} | {sc:.3} | {minutes} | {ours} |", features.name());
    }
    text.push('\n');
    text
}

/// A training has converged when it does better than the mean frame.
fn converged(row: &Row) -> bool {
    row.base.as_ref().is_some_and(|b| row.done.test.rooted < b.mean.rooted)
}

fn picture(args: &CanneArgs, name: &str) -> String {
    let path = figures::path(args, name);
    match path.file_name().and_then(|n| n.to_str()) {
        Some(file) if path.exists() => format!("![Figure {name}]({file})\n\n"),
        _ => String::new(),
    }
}

fn convergence(found: &Found, args: &CanneArgs) -> String {
    let mut text = String::from(
        "## Figure 4.2: which trainings converge\n\nThe thesis: SC alone does not always converge, the hybrid does not at this depth. One \
         octave; a training counts as converged when its test SC is below that of the mean frame (a dead network puts out zeros: \
         SC 1).\n\n| cost | converged | SC rooted of each seed | live of each seed | epochs × frames |\n",
    );
    text.push_str(&rule(5));
    for row in ["SC with L2", "SC without L2", "MSE", "hybrid (sigmoid latents and output)"] {
        let all = found.all("figure4.2", row);
        if all.is_empty() {
            let _ = writeln!(text, "| {row} | not run | – | – | – |");
            continue;
        }
        let list =
            |f: &dyn Fn(&Row) -> String| all.iter().map(|r| f(r)).collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            text,
            "| {row} | {} of {} | {} | {} | {} × {} |",
            all.iter().filter(|r| converged(r)).count(),
            all.len(),
            list(&|r| format!("{:.3}", r.done.test.rooted)),
            list(&|r| r.done.live.to_string()),
            all[0].done.cell.cell.fit.epochs,
            all[0].done.train_frames
        );
    }
    text.push('\n');
    text.push_str(&picture(args, "4.2"));
    text
}

fn losses(found: &Found, args: &CanneArgs) -> String {
    let mut text = format!(
        "## Figure 4.3: the costs\n\nFive octaves, magnitudes alone.\n\n| cost (each with L2 at 1e-10) | MSE | MAE | {COLUMNS} |\n"
    );
    text.push_str(&rule(10));
    for (name, part, row) in [
        ("SC per frame, rooted", "table4.1", THESIS_ROW),
        (
            "SC batch-wide, unrooted (the published code)",
            "figure4.3",
            "batch-wide, unrooted (the published code)",
        ),
        ("MSE", "figure4.3", "MSE"),
        ("MAE", "figure4.3", "MAE"),
    ] {
        match found.get(part, row) {
            Some(r) => {
                let _ = writeln!(
                    text,
                    "| {name} | {:.2e} | {:.2e} | {} |",
                    r.done.test.mse,
                    r.done.test.mae.unwrap_or(f64::NAN),
                    figures_of(r)
                );
            }
            None => {
                let _ = writeln!(text, "| {name} | not run | – | – | – | – | – | – | – | – |");
            }
        }
    }
    text.push('\n');
    text.push_str(&picture(args, "4.3"));
    text
}

fn mfcc(args: &CanneArgs) -> String {
    let picture = picture(args, "4.4");
    if picture.is_empty() {
        return String::new();
    }
    format!(
        "## Figure 4.4: another palette\n\nThe same frame by the model with MFCCs and by the one without.\n\n{picture}"
    )
}

fn biases(found: &Found) -> String {
    let mut text =
        format!("## Biases\n\nFive octaves, magnitudes alone.\n\n| bias | {COLUMNS} |\n");
    text.push_str(&rule(8));
    for (name, part, row) in [
        ("none", "bias", "none"),
        ("first layer", "table4.1", THESIS_ROW),
        ("all layers", "bias", "all layers"),
    ] {
        let ours =
            found.get(part, row).map_or("not run | – | – | – | – | – | –".into(), figures_of);
        let _ = writeln!(text, "| {name} | {ours} |");
    }
    text.push('\n');
    text
}

fn beyond(found: &Found) -> String {
    let mut text = format!(
        "## Beyond the thesis\n\nLeaky ReLU inside, linear latents and output, biases in all layers, a cosine rate and no L2: no \
         unit can die for good. *β-VAE*: the latents are drawn while the network is trained, β rises over the first quarter of the \
         steps; tested with the means. *Chromatic*: every semitone from C2 to C7 on 80 harmonic patches, \
         2049-512-128-8-384-512-2049, He's initial weights, Adam at 2e-3; *told the note*: 61 more inputs of the decoder, one for each note. *Another note*: the SC when a test frame is encoded and \
         decoded as another note of its patch, which is what an instrument does; *learning from other notes* is trained on \
         that for four frames out of five.\n\n| form | corpus | another note | {COLUMNS} |\n"
    );
    text.push_str(&rule(10));
    let rows = [
        ("thesis", "table4.1", THESIS_ROW),
        ("live latents", "beyond", "live latents"),
        ("β-VAE, β 5e-4", "beyond", "β-VAE, β 5e-4"),
        ("not told the note", "beyond", "chromatic, not told the note"),
        ("told the note", "beyond", "chromatic, told the note"),
        ("told the note, β-VAE, β 5e-4", "beyond", "chromatic, told the note, β-VAE, β 5e-4"),
        (
            "the same, learning from other notes",
            "beyond",
            "chromatic, told the note, β-VAE, other notes",
        ),
    ];
    for (name, part, row) in rows {
        match found.get(part, row) {
            Some(r) => {
                let other = r.done.other_note.map_or("–".into(), |sc| format!("{sc:.3}"));
                let _ = writeln!(
                    text,
                    "| {name} | {} | {other} | {} |",
                    r.done.cell.cell.music,
                    figures_of(r)
                );
            }
            None => {
                let _ = writeln!(text, "| {name} | – | – | not run | – | – | – | – | – | – |");
            }
        }
    }
    text.push('\n');
    text
}
