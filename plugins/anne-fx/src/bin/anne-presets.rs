//! Writes the factory presets as `.vstpreset` files into the folder that is named, for hosts' own browsers.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("Usage: anne-presets FOLDER. Nothing was written.");
        return ExitCode::FAILURE;
    };
    match anne_fx::factory::write_vst_presets(&folder) {
        Ok(paths) => {
            println!("{} presets written to {}.", paths.len(), folder.display());
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}
