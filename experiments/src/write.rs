//! The document, from whatever cells are stored.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;
use nfx_train::files::write_atomic;

use super::anne::AnneArgs;
use super::cells::{Baselines, COMPONENTS, Done, Store};
use super::claims::Lines;
use super::tables::{ADAM, ADAM_SLOW, DEEP, EARLIER, Row, SINGLE, THREE};

/// Frames seen in training below which the claims' networks have hardly begun to learn.
const DECISIVE: usize = 400_000;

/// Finished cells of one row and method with the same number of epochs and frames, one for each
/// seed.
struct Group<'a> {
    cells: Vec<&'a Done>,
}

impl Group<'_> {
    fn mse(&self) -> Vec<f64> {
        self.cells.iter().map(|c| c.test_mse).collect()
    }

    /// `1.23e-3 ± 0.04e-3 (3)`.
    fn figure(&self) -> String {
        let all = self.mse();
        match all.as_slice() {
            [one] => format!("{one:.2e} (1 seed)"),
            _ => {
                let (mean, spread) = mean_and_spread(&all);
                format!("{mean:.2e} ± {spread:.0e} ({} seeds)", all.len())
            }
        }
    }

    fn size(&self) -> String {
        self.cells.first().map_or(String::new(), |c| format!("{} × {}", c.epochs, c.train_frames))
    }

    fn seconds(&self) -> f64 {
        self.cells.iter().map(|c| c.seconds).sum::<f64>() / self.cells.len().max(1) as f64
    }

    fn best_epoch(&self) -> String {
        let epochs: Vec<String> = self.cells.iter().map(|c| c.best_epoch.to_string()).collect();
        epochs.join(", ")
    }
}

fn mean_and_spread(all: &[f64]) -> (f64, f64) {
    let n = all.len().max(1) as f64;
    let mean = all.iter().sum::<f64>() / n;
    let variance = all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, variance.sqrt())
}

/// The group of a row and method that was trained the longest.
fn group<'a>(done: &'a [Done], part: &str, row: &str, method: &str) -> Option<Group<'a>> {
    let mut groups: BTreeMap<(usize, usize, usize), Vec<&Done>> = BTreeMap::new();
    for d in
        done.iter().filter(|d| d.cell.part == part && d.cell.row == row && d.cell.method == method)
    {
        groups.entry((d.epochs * d.train_frames, d.epochs, d.train_frames)).or_default().push(d);
    }
    groups.pop_last().map(|(_, mut cells)| {
        cells.sort_by_key(|d| d.cell.fit.seed);
        Group { cells }
    })
}

/// Writes the document beside its target and renames it.
pub(super) fn write(store: &Store, args: &AnneArgs) -> Result<()> {
    let done: Vec<Done> = store.all("cell-");
    let lines: Vec<Lines> = store.all("lines-");
    let mut text = head(&done, args);
    text.push_str(&corpora(store, &done));
    text.push_str(&table(
        "3.1: single layers, all sigmoid, no bias",
        "table3.1",
        &SINGLE,
        store,
        &done,
    ));
    text.push_str(&table(
        "3.2: three layers, all sigmoid, no bias",
        "table3.2",
        &THREE,
        store,
        &done,
    ));
    text.push_str(&deep(store, &done));
    text.push_str(&claims(&lines));
    text.push_str(&below());
    write_atomic(&args.doc, text.as_bytes())
}

/// The options of the run that wrote the document last, as far as they are not the defaults.
fn options(args: &AnneArgs) -> String {
    if args.quick {
        return " --quick".into();
    }
    let values = [
        ("epochs", args.epochs, 300),
        ("deep-epochs", args.deep_epochs, 500),
        ("claim-epochs", args.claim_epochs, 100),
        ("frames", args.frames, 50_000),
        ("seeds", args.seeds as usize, 3),
        ("large-seeds", args.large_seeds as usize, 1),
        ("claim-seeds", args.claim_seeds as usize, 3),
    ];
    values
        .iter()
        .filter(|(_, value, default)| value != default)
        .map(|(name, value, _)| format!(" --{name} {value}"))
        .collect()
}

fn head(done: &[Done], args: &AnneArgs) -> String {
    let mut machines: Vec<&str> = done.iter().map(|d| d.machine.as_str()).collect();
    machines.sort_unstable();
    machines.dedup();
    let hours = done.iter().map(|d| d.seconds).sum::<f64>() / 3600.0;
    let mut text = String::from("# ANNe: the thesis's experiments, remade\n\n");
    let _ = writeln!(
        text,
        "Written by `nfx-lab anne{}`, version {}; do not edit. Colonel, *Autoencoding Neural Networks as Musical Audio \
         Synthesizers*, The Cooper Union 2018, chapter 3.\n",
        options(args),
        env!("CARGO_PKG_VERSION")
    );
    let _ = writeln!(
        text,
        "- {} trainings, {hours:.1} hours in all, on: {}.",
        done.len(),
        machines.join("; and on: ")
    );
    text.push_str(
        "- The thesis's corpus (an hour of improvisation on a MicroKORG) was never published. Ours is the built-in synthesizer \
         without drums (`tonal` below), at most four voices, at 22,050 Hz, FFT 2048, hop 512, split by clip. **The figures are therefore to be read \
         against zero output, the mean frame and the principal components on the same test frames, not against the thesis's digits.**\n\
         - Every figure is the mean squared error on the test frames, each divided by its maximum, of the weights with the best \
         validation figure. Weights start as in the thesis (truncated normal, 0.15), batches of 100, no L2 (it never reached the \
         weights in the published code).\n\
         - The column *epochs × frames* says what each row was really trained with. The thesis: 300 epochs (table 3.3: 500) of 50,000 \
         frames. **Rows with less are cut short and say nothing about where training would end.**\n\n",
    );
    text
}

/// One line for each corpus that a stored cell was trained on.
fn corpora(store: &Store, done: &[Done]) -> String {
    let mut text = String::from(
        "## Without a network\n\nTest error on each corpus.\n\n| corpus | training frames | zero output | mean frame |",
    );
    COMPONENTS.iter().for_each(|k| {
        let _ = write!(text, " PCA-{k} |");
    });
    text.push_str("\n|---|---|---|---|");
    text.push_str(&"---|".repeat(COMPONENTS.len()));
    text.push('\n');
    let mut all: Vec<Baselines> = Vec::new();
    for b in done.iter().filter_map(|d| store.known_baselines(&d.cell)) {
        if !all.contains(&b) {
            all.push(b);
        }
    }
    all.sort_by(|a, b| (&a.music, a.train_frames).cmp(&(&b.music, b.train_frames)));
    for b in &all {
        let _ =
            write!(text, "| {} | {} | {:.2e} | {:.2e} |", b.music, b.train_frames, b.zero, b.mean);
        for k in COMPONENTS {
            let _ = write!(text, " {} |", b.pca.get(&k).map_or("–".into(), |e| format!("{e:.2e}")));
        }
        text.push('\n');
    }
    text.push('\n');
    for b in &all {
        let _ = writeln!(text, "- {}: {}.", b.music, b.description);
    }
    text.push('\n');
    text
}

/// Test error of `k` principal components on the corpus of a group, for a table.
fn pca(store: &Store, group: Option<&Group<'_>>, k: usize) -> String {
    let error = group
        .and_then(|g| store.known_baselines(&g.cells[0].cell))
        .and_then(|b| b.pca.get(&k).copied());
    error.map_or("–".into(), |e| format!("{e:.2e}"))
}

fn table(title: &str, part: &str, rows: &[Row], store: &Store, done: &[Done]) -> String {
    let mut text = format!(
        "## Table {title}\n\n| width | thesis: earlier method | thesis: ANNe | SGD 5e-3, momentum 0.5 | Adam 1e-3 | PCA of that width | \
         best epoch (Adam) | seconds (SGD, Adam) | epochs × frames (SGD; Adam) |\n|---|---|---|---|---|---|---|---|---|\n"
    );
    for row in rows {
        let (sgd, adam) = (group(done, part, row.name, EARLIER), group(done, part, row.name, ADAM));
        let narrowest = row.hidden.iter().copied().min().unwrap_or(0);
        let pca = pca(store, adam.as_ref().or(sgd.as_ref()), narrowest);
        let figure = |g: &Option<Group<'_>>| g.as_ref().map_or("not run".into(), Group::figure);
        let seconds = |g: &Option<Group<'_>>| {
            g.as_ref().map_or("–".into(), |g| format!("{:.0}", g.seconds()))
        };
        let size = |g: &Option<Group<'_>>| g.as_ref().map_or("–".into(), Group::size);
        let _ = writeln!(
            text,
            "| {} | {:.2e} | {:.2e} | {} | {} | {} | {} | {}, {} | {}; {} |",
            row.name,
            row.thesis.0,
            row.thesis.1,
            figure(&sgd),
            figure(&adam),
            pca,
            adam.as_ref().map_or("–".into(), Group::best_epoch),
            seconds(&sgd),
            seconds(&adam),
            size(&sgd),
            size(&adam)
        );
    }
    text.push('\n');
    text
}

fn deep(store: &Store, done: &[Done]) -> String {
    let mut text = String::from(
        "## Table 3.3: seven layers 512-256-128-64-128-256-512, no bias, Adam 1e-4\n\n| activations | thesis | thesis: minutes | ours | PCA-64 | \
         best epoch | minutes | epochs × frames |\n|---|---|---|---|---|---|---|---|\n",
    );
    for (name, mse, minutes) in DEEP {
        let found = group(done, "table3.3", name, ADAM_SLOW);
        let pca = pca(store, found.as_ref(), 64);
        let _ = writeln!(
            text,
            "| {name} | {mse:.2e} | {minutes:.0} | {} | {} | {} | {} | {} |",
            found.as_ref().map_or("not run".into(), Group::figure),
            pca,
            found.as_ref().map_or("–".into(), Group::best_epoch),
            found.as_ref().map_or("–".into(), |g| format!("{:.1}", g.seconds() / 60.0)),
            found.as_ref().map_or("–".into(), Group::size)
        );
    }
    text.push('\n');
    text
}

/// Digits that suit a figure's size.
fn short(x: f64) -> String {
    if x != 0.0 && x.abs() < 0.01 {
        format!("{x:.2e}")
    } else if x.abs() < 10.0 {
        format!("{x:.3}")
    } else {
        format!("{x:.1}")
    }
}

fn claims(all: &[Lines]) -> String {
    let mut text = String::from(
        "## The claims in prose\n\nThe hybrid network of table 3.3 with one thing changed, by Adam at 1e-3 (the rate of the published \
         code). Means over the seeds, on test frames; *holds* counts the seeds whose figures bear the claim out.\n\n",
    );
    // The longest training that is stored, all its seeds.
    let Some(best) = all.iter().map(|l| (l.epochs * l.frames, l.epochs, l.frames)).max() else {
        text.push_str("Not run.\n\n");
        return text;
    };
    let seeds: Vec<&Lines> =
        all.iter().filter(|l| (l.epochs * l.frames, l.epochs, l.frames) == best).collect();
    let _ = writeln!(text, "{} epochs of {} frames; seeds: {}.\n", best.1, best.2, seeds.len());
    if best.0 < DECISIVE {
        text.push_str(
            "**So short a training decides nothing: read these figures as a check of the machinery until longer ones replace them.**\n\n",
        );
    }
    text.push_str("| claim | measure | figures | holds |\n|---|---|---|---|\n");
    for (i, first) in seeds[0].lines.iter().enumerate() {
        let same: Vec<_> = seeds
            .iter()
            .filter_map(|s| s.lines.get(i))
            .filter(|l| l.measure == first.measure)
            .collect();
        let figures: Vec<String> = first
            .figures
            .iter()
            .enumerate()
            .map(|(k, (name, _))| {
                let all: Vec<f64> =
                    same.iter().filter_map(|l| l.figures.get(k).map(|f| f.1)).collect();
                format!("{name}: **{}**", short(mean_and_spread(&all).0))
            })
            .collect();
        let holds = same.iter().filter(|l| l.holds == Some(true)).count();
        let verdict = match holds {
            n if n == same.len() => format!("yes ({n} of {n})"),
            0 => format!("no (0 of {})", same.len()),
            n => format!("in part ({n} of {})", same.len()),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {verdict} |",
            first.claim,
            first.measure,
            figures.join("; ")
        );
    }
    text.push('\n');
    text
}

fn below() -> String {
    "## How to make it again\n\n\
     `nfx-lab anne` trains everything in full (about a day on two cores; a GPU is used when this build and machine have one), \
     `--quick` takes minutes, `--epochs`, `--deep-epochs`, `--claim-epochs`, `--frames` and the `--…seeds` options lie between. Finished \
     trainings are kept in `runs/reproduce-anne` and never made twice; a killed run goes on from its last checkpoint. Longer trainings \
     replace shorter ones in this document.\n"
        .into()
}
