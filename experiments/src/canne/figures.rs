//! Figures 4.2, 4.3 and 4.4: one frame of the test set and what the networks make of it, as SVG
//! files.

use std::path::PathBuf;

use anyhow::Result;
use nfx_train::report::chart::{Chart, Line};
use nfx_train::train::Seen;

use super::super::cells::{Store, plain};
use super::cells::{CanneCell, Done, put};
use super::plan::{BINS, RATE_HZ, plan};
use super::{CanneArgs, THESIS_ROW};

/// Lines after the frame itself.
const COLOURS: [&str; 4] = ["#b3541e", "#1f5f8b", "#4b7d3a", "#8a4b9c"];
/// Highest frequency that is drawn.
const TOP_HZ: f64 = 5_000.0;
/// A figure: its name, its title, and the cells that are drawn.
struct Figure {
    name: &'static str,
    title: &'static str,
    cells: Vec<(&'static str, CanneCell)>,
}

/// Where a figure lies: beside the document.
pub(super) fn path(args: &CanneArgs, name: &str) -> PathBuf {
    args.doc.with_file_name(format!("canne-figure-{name}.svg"))
}

/// Draws the figures whose cells are done.
pub(super) fn draw(store: &Store, args: &CanneArgs) -> Result<()> {
    for figure in figures(args)? {
        let mut lines: Vec<(String, Vec<f32>)> = Vec::new();
        let mut frame = Vec::new();
        for (name, cell) in &figure.cells {
            let id = cell.id()?;
            if store.known::<Done>(&format!("canne-cell-{id}")).is_none() {
                continue;
            }
            let corpus = store.corpus(&cell.cell.corpus)?;
            let seen = Seen::new(&cell.cell.fit.seen, corpus.test.bins);
            let index = chosen(corpus.test.len());
            frame = corpus.test.frame(index).to_vec();
            let mut told = Vec::new();
            seen.told(std::iter::once(corpus.test.told(index)), &mut told);
            let weights = store.kept_weights(&id)?;
            let mut learner =
                store.place.learner(&cell.cell.network, &weights, plain(cell.cell.fit.step))?;
            lines.push(((*name).to_owned(), learner.predict_told(&seen.input(&frame), &told)?));
        }
        if !lines.is_empty() {
            put(&path(args, figure.name), &picture(figure.title, &frame, &lines))?;
        }
    }
    Ok(())
}

/// The frame that is drawn: the middle one of the test set.
fn chosen(frames: usize) -> usize {
    frames / 2
}

fn figures(args: &CanneArgs) -> Result<Vec<Figure>> {
    let all = plan(args)?;
    let find = |part: &str, row: &str| {
        all.iter()
            .find(|c| c.cell.part == part && c.cell.row == row && c.cell.fit.seed == 1)
            .cloned()
    };
    let take = |wanted: &[(&'static str, &str, &str)]| {
        wanted
            .iter()
            .filter_map(|&(name, part, row)| Some((name, find(part, row)?)))
            .collect::<Vec<_>>()
    };
    Ok(vec![
        Figure {
            name: "4.2",
            title: "Figure 4.2: one octave, with and without L2 (magnitude over Hz)",
            cells: take(&[
                ("with L2", "figure4.2", "SC with L2"),
                ("without L2", "figure4.2", "SC without L2"),
            ]),
        },
        Figure {
            name: "4.3",
            title: "Figure 4.3: the same frame by three costs (magnitude over Hz)",
            cells: take(&[
                ("SC", "table4.1", THESIS_ROW),
                ("MSE", "figure4.3", "MSE"),
                ("MAE", "figure4.3", "MAE"),
            ]),
        },
        Figure {
            name: "4.4",
            title: "Figure 4.4: the model with MFCCs infers overtones of its own (magnitude over Hz)",
            cells: take(&[
                ("MFCC", "table4.1", "MFCC"),
                ("magnitudes alone", "table4.1", THESIS_ROW),
            ]),
        },
    ])
}

fn picture(title: &str, frame: &[f32], lines: &[(String, Vec<f32>)]) -> String {
    let bin_hz = RATE_HZ / (2 * (BINS - 1)) as f64;
    let points = |values: &[f32]| {
        values
            .iter()
            .enumerate()
            .map(|(b, v)| (b as f64 * bin_hz, f64::from(*v)))
            .take_while(|p| p.0 <= TOP_HZ)
            .collect::<Vec<_>>()
    };
    let mut drawn = vec![Line { name: "frame", colour: "#999999", points: points(frame) }];
    for ((name, values), colour) in lines.iter().zip(COLOURS) {
        drawn.push(Line { name, colour, points: points(values) });
    }
    Chart { title, x_name: "Hz", log_y: false, lines: drawn }.file()
}
