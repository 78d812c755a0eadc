//! `strict_case FORMAT PLUGIN CASE`: does one case to the plugin in a file and prints its figures; without a case, their names.

use nfx_tests::strict::Case;
use std::path::Path;
use std::process::ExitCode;

fn cases(format: &str) -> Option<&'static [&'static [Case]]> {
    match format {
        #[cfg(unix)]
        "clap" => Some(nfx_tests::clap_strict::CASES),
        _ => None,
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let known = words.first().and_then(|format| cases(format));
    let found = known.zip(words.get(2)).and_then(|(all, name)| all.iter().copied().flatten().find(|c| c.name == *name));
    match (known, found) {
        (_, Some(case)) => match (case.run)(Path::new(words[1])) {
            Ok(figures) => {
                println!("{figures}");
                ExitCode::SUCCESS
            }
            Err(what) => {
                println!("{what}");
                ExitCode::FAILURE
            }
        },
        (Some(all), None) => {
            all.iter().copied().flatten().for_each(|case| println!("{}\n    {}", case.name, case.asks));
            ExitCode::from(2)
        }
        (None, None) => {
            eprintln!("usage: strict_case FORMAT PLUGIN CASE; FORMAT is clap or vst3");
            ExitCode::from(2)
        }
    }
}
