//! `strict_table`: runs the strict host's cases and makes the table of `docs/results/hosts.md`.
//!
//! `strict_table run FOLDER` runs every case of both formats with the bundles of a folder and
//! prints one line for each; `strict_table write NOW [BEFORE]` makes the table of files of such
//! lines. `NAME.vst3` and `NAME.clap` lie in the folder; other programs' lines may be added to the
//! files.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nfx_tests::strict::report::{Line, table};
use nfx_tests::strict::{self, Ending};

/// The bundles.
const PLUGINS: [&str; 3] = ["ANNe", "CANNe", "Effect Profiler"];
/// How long a case may take.
const LIMIT: Duration = Duration::from_secs(240);

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["run", folder] => run(Path::new(folder)),
        ["write", now] => write(now, None),
        ["write", now, before] => write(now, Some(before)),
        _ => bail!("usage: strict_table run FOLDER | strict_table write NOW [BEFORE]"),
    }
}

fn run(folder: &Path) -> Result<()> {
    for format in strict::FORMATS {
        for case in strict::cases(format) {
            for name in PLUGINS {
                let plugin = folder.join(format!("{name}.{format}"));
                let ending = if plugin.exists() {
                    strict::run(format, &plugin, case.name, LIMIT)?
                } else {
                    Ending::Wrong("the bundle is not there".into())
                };
                println!("{}", Line::new(format, name, case.name, &ending));
            }
        }
    }
    Ok(())
}

fn read(path: &str) -> Result<Vec<Line>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{path} cannot be read"))?;
    Ok(text.lines().filter_map(Line::parse).collect())
}

fn write(now: &str, before: Option<&str>) -> Result<()> {
    let now = read(now)?;
    let before = before.map_or(Ok(Vec::new()), read)?;
    println!("# Strict hosts\n");
    println!(
        "What `strict_table` asks of the bundles, case by case, each in a process of its own (`tests/src/strict`). An arrow goes \
         from what the bundles of before answered to what they answer now; one answer alone is the same in both.\n"
    );
    for format in strict::FORMATS {
        let lines = now.iter().filter(|line| line.format == format);
        let good = lines.clone().filter(|line| line.ending.starts_with("good")).count();
        let all = lines.count();
        if all == 0 {
            continue;
        }
        let cases = strict::cases(format);
        let asks = |name: &str| {
            cases
                .iter()
                .find(|case| case.name == name)
                .map_or_else(String::new, |case| case.asks.to_owned())
        };
        println!("## {}\n\n{good} of {all} as they should be.\n", format.to_uppercase());
        println!("{}", table(format, &before, &now, &asks));
    }
    Ok(())
}
