//! The document.

use std::fmt::Write;

use anyhow::Result;
use nfx_train::files::write_atomic;
use nfx_train::profile::measure::ratio_text;

use super::TrainingsArgs;
use super::attempts::{Promise, Tried};
use super::comparison::{Row, WIDTH, esr};
use super::program::Ended;
use crate::cells::machine;

pub(super) fn write(args: &TrainingsArgs, rows: &[Row], attempts: &[Tried]) -> Result<()> {
    let mut text = format!(
        "# Trainings\n\nWritten by `nfx-lab trainings --steps {} --seed {}`{}, version {}, on {}; do not edit. Each training is a run \
         of `nfx-train profile` on two files, with one thread and {0} steps.\n",
        args.steps,
        args.seed,
        if rows.is_empty() {
            String::new()
        } else {
            format!(" with `--before` a build of {}", args.before_name)
        },
        env!("CARGO_PKG_VERSION"),
        machine(),
    );
    if !rows.is_empty() {
        compared(&mut text, args, rows);
    }
    for promise in Promise::ALL {
        tried(&mut text, promise, attempts);
    }
    write_atomic(&args.doc, text.as_bytes())
}

fn compared(text: &mut String, args: &TrainingsArgs, rows: &[Row]) {
    let logs: f64 = rows.iter().map(|row| row.ratio().ln()).sum();
    let _ = writeln!(
        text,
        "\n## The same trainings before and after\n\n*Before* is {}. Both learn with `--width {WIDTH}` from the same 20 s (the test signal; or a guitar and drums, \
         at 44.1 kHz) with the same seed, and both models are judged by the same 10 s of a bass and a piano, which neither has heard: ESR, \
         no pre-emphasis. Where the new one was worse by a tenth, two more seeds say whether that was chance; their figures follow \
         one another. *Ratio* is after over before, the geometric mean over the seeds; that of the whole table is **{:.2}**.\n\n\
         | device | learned from | --family | before | after | ratio | left |\n|---|---|---|---:|---:|---:|---|",
        args.before_name,
        (logs / rows.len() as f64).exp()
    );
    for row in rows {
        let each = |of: &dyn Fn(&Ended) -> String, i: usize| {
            row.seeds.iter().map(|both| of(&both[i])).collect::<Vec<String>>().join(", ")
        };
        let figure = |ended: &Ended| match &ended.model {
            Some(_) => ratio_text(esr(ended)),
            None => format!("nothing: {}", sentence(ended)),
        };
        let family =
            |ended: &Ended| ended.model.as_ref().map_or("–".into(), |model| model.family.clone());
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:.2} | {} / {} |",
            row.device,
            row.sound.name(),
            row.family,
            each(&figure, 0),
            each(&figure, 1),
            row.ratio(),
            each(&family, 0),
            each(&family, 1),
        );
    }
}

fn tried(text: &mut String, promise: Promise, attempts: &[Tried]) {
    let of: Vec<&Tried> =
        attempts.iter().filter(|tried| tried.attempt.promise == promise).collect();
    let kept = |ended: &&Ended| promise.is_kept(ended);
    let _ = writeln!(
        text,
        "\n## {}\n\nKept on **{} of {}** pairs that were made to break it; before, on {} of {2}. ESR is that of the part of the pair that the \
         program holds out itself, *gain* that of the best static gain there.\n\n\
         | pair | options | program | left | tried | ESR | gain | said | kept |\n|---|---|---|---|---|---:|---:|---|---|",
        promise.sentence(),
        of.iter().map(|tried| &tried.after).filter(kept).count(),
        of.len(),
        of.iter().filter_map(|tried| tried.before.as_ref()).filter(kept).count(),
    );
    for tried in of {
        let programs = [("before", tried.before.as_ref()), ("now", Some(&tried.after))];
        for (program, ended) in
            programs.into_iter().filter_map(|(program, ended)| Some((program, ended?)))
        {
            let figures = ended.model.as_ref().map(|model| &model.figures);
            let figure = |esr: Option<f64>| esr.map_or("–".into(), ratio_text);
            let families: Vec<&str> = ended.tried.iter().map(|family| family.name()).collect();
            let _ = writeln!(
                text,
                "| {} | {} | {program} | {} | {} | {} | {} | {} | {} |",
                tried.attempt.what,
                tried.attempt.options,
                ended.model.as_ref().map_or("nothing", |model| &model.family),
                families.join(", "),
                figure(figures.map(|f| f.model.esr)),
                figure(figures.map(|f| f.baselines.gain)),
                sentence(ended),
                if promise.is_kept(ended) { "yes" } else { "**no**" }
            );
        }
    }
}

/// What the program said at the end.
fn sentence(ended: &Ended) -> String {
    let advice = ended.model.as_ref().and_then(|model| model.figures.advice.clone());
    advice
        .unwrap_or_else(|| if ended.said.is_empty() { "–".into() } else { ended.said.clone() })
        .replace('|', "/")
}
