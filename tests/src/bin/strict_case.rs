//! `strict_case FORMAT PLUGIN CASE`: one case of the strict host, in a process that may die of it.
//!
//! Without a case the names of all are listed, with what they ask.

use std::path::Path;
use std::process::ExitCode;

use nfx_tests::strict;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [format, rest @ ..] = args.as_slice() else {
        eprintln!("usage: strict_case vst3|clap PLUGIN CASE");
        return ExitCode::FAILURE;
    };
    let cases = strict::cases(format);
    let [plugin, name] = rest else {
        cases.iter().for_each(|case| println!("{}\t{}", case.name, case.asks));
        return ExitCode::SUCCESS;
    };
    let Some(case) = cases.iter().find(|case| case.name == name) else {
        eprintln!("there is no case {name} for {format}");
        return ExitCode::FAILURE;
    };
    match (case.run)(Path::new(plugin)) {
        Ok(found) => {
            println!("{}", found.replace('\n', " "));
            ExitCode::SUCCESS
        }
        Err(wrong) => {
            println!("{}", wrong.replace('\n', " "));
            ExitCode::from(strict::WRONG as u8)
        }
    }
}
