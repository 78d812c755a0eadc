//! The document.

use std::fmt::Write;

use anyhow::Result;

use super::{Answer, Case, ChecksArgs};
use crate::files::write_atomic;
use crate::profile::check::Severity;

pub(super) fn write(args: &ChecksArgs, good: &[(Case, Answer)], bad: &[(Case, Answer)]) -> Result<()> {
    let mut text = String::from("# Checks of recordings\n\n");
    let slowest = good.iter().chain(bad).map(|(_, a)| a.seconds).fold(0.0, f64::max);
    let right = |of: &[(Case, Answer)]| of.iter().filter(|(_, a)| a.right).count();
    let _ = writeln!(
        text,
        "Written by `nfx-train reproduce checks --seed {}`, version {}; do not edit. Each pair is written to files and checked as \
         `nfx-train profile --check` does it. Sounds: `--sounds` ({}).\n\n\
         - Good pairs without a false alarm and with the true delay within one sample: **{} of {}**.\n\
         - Bad ones with the right complaint, no other error beside it, and the true delay where there is one: **{} of {}**.\n\
         - The slowest check took {slowest:.1} s, several at a time.\n\n\
         An alarm on a good pair is any error and any warning but the one about flat tops, which is true of a hard clipper and says so.\n",
        args.seed,
        env!("CARGO_PKG_VERSION"),
        if good.iter().any(|(c, _)| c.what.contains("synthetic")) {
            "synthetic ones, no folder was there"
        } else {
            "real ones"
        },
        right(good),
        good.len(),
        right(bad),
        bad.len()
    );
    text += "## Good pairs\n\n| pair | true delay | found | said beside that | right |\n|---|---:|---:|---|---|\n";
    for (case, answer) in good {
        row(&mut text, &case.what, case, answer);
    }
    text += "\n## Bad pairs\n\n| kind | pair | true delay | found | complaint | right |\n|---|---|---:|---:|---|---|\n";
    for (case, answer) in bad {
        row(&mut text, &format!("{} | {}", case.kind, case.what), case, answer);
    }
    write_atomic(&args.doc, text.as_bytes())
}

fn row(text: &mut String, name: &str, case: &Case, answer: &Answer) {
    let dash = "–".to_owned();
    let said: Vec<String> = answer
        .checked
        .findings
        .iter()
        .filter(|f| f.severity != Severity::Fine || case.want.is_some_and(|(about, _)| about == f.about))
        .map(|f| format!("{}{}", if f.severity == Severity::Error { "**error** " } else { "" }, f.sentence))
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
