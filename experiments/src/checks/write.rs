//! The document.

use std::fmt::Write;

use anyhow::Result;
use nfx_train::files::write_atomic;
use nfx_train::profile::check::Severity;

use super::{Answer, Case, ChecksArgs};

/// How many of some cases were answered rightly.
pub(super) fn share(of: &[(Case, Answer)]) -> String {
    format!("{} of {}", of.iter().filter(|(_, a)| a.right).count(), of.len())
}

pub(super) fn write(args: &ChecksArgs, tables: &[Vec<(Case, Answer)>; 4]) -> Result<()> {
    let mut text = String::from("# Checks of recordings\n\n");
    let slowest = tables.iter().flatten().map(|(_, a)| a.seconds).fold(0.0, f64::max);
    let [good, bad, further_good, further_bad] = tables.each_ref().map(|of| share(of));
    let _ = writeln!(
        text,
        "Written by `nfx-lab checks --seed {}`, version {}; do not edit. Each pair is written to files and checked as \
         `nfx-train profile --check` does it. Sounds: `--sounds` ({}).\n\n\
         - Good pairs without a false alarm and with the true delay within one sample: **{good}**.\n\
         - Bad ones with the right complaint, no other error beside it, and the true delay where there is one: **{bad}**.\n\
         - Further ones that were made to break the checks, with other sounds, devices, rates and levels: **{further_good}** good \
         ones, **{further_bad}** bad ones.\n\
         - The slowest check took {slowest:.1} s, several at a time.\n\n\
         An alarm on a good pair is any error and any warning but the one about flat tops, which is true of a hard clipper and says so.\n",
        args.seed,
        env!("CARGO_PKG_VERSION"),
        if tables[0].iter().any(|(c, _)| c.what.contains("synthetic")) {
            "synthetic ones, no folder was given"
        } else {
            "real ones"
        },
    );
    for (table, title) in
        tables.iter().zip(["Good pairs", "Bad pairs", "Further good pairs", "Further bad pairs"])
    {
        let is_good = table.iter().all(|(c, _)| c.want.is_none());
        let _ = writeln!(text, "## {title}\n");
        text += if is_good {
            "| pair | true delay | found | said beside that | right |\n|---|---:|---:|---|---|\n"
        } else {
            "| kind | pair | true delay | found | complaint | right |\n|---|---|---:|---:|---|---|\n"
        };
        for (case, answer) in table {
            let name =
                if is_good { case.what.clone() } else { format!("{} | {}", case.kind, case.what) };
            row(&mut text, &name, case, answer);
        }
        text.push('\n');
    }
    write_atomic(&args.doc, (text.trim_end().to_owned() + "\n").as_bytes())
}

fn row(text: &mut String, name: &str, case: &Case, answer: &Answer) {
    let dash = "–".to_owned();
    let said: Vec<String> = answer
        .checked
        .findings
        .iter()
        .filter(|f| {
            f.severity != Severity::Fine || case.want.is_some_and(|(about, _)| about == f.about)
        })
        .map(|f| {
            format!(
                "{}{}",
                if f.severity == Severity::Error { "**error** " } else { "" },
                f.sentence
            )
        })
        .collect();
    let alignment = &answer.checked.alignment;
    let _ = writeln!(
        text,
        "| {name} | {} | {} | {} | {} |",
        case.delay.map_or(dash.clone(), |d| d.to_string()),
        if alignment.is_known() { alignment.delay.to_string() } else { dash.clone() },
        if said.is_empty() { dash } else { said.join(" ").replace('|', "/") },
        if answer.right { "yes" } else { "**no**" }
    );
}
