//! Writes the factory presets as `.vstpreset` files into the folder that is named, for hosts' own
//! browsers.
//!
//! With `--chance` behind it, what *Randomise* draws instead, for the tests; with `--from` and
//! another folder, the preset files of that folder, for those who tune presets without building the
//! plugin anew.

use std::ffi::OsString;
use std::path::Path;

use anne_fx::factory;

fn main() -> std::process::ExitCode {
    let more: Vec<OsString> = std::env::args_os().skip(2).collect();
    nfx_frame::factory::main("anne-presets", |folder| match more.as_slice() {
        [] => factory::write_vst_presets(folder),
        [chance] if chance == "--chance" => factory::write_chance(folder),
        [from, presets] if from == "--from" => factory::write_from(Path::new(presets), folder),
        _ => Err(
            "Expected nothing, --chance, or --from FOLDER behind the folder. Nothing was written."
                .into(),
        ),
    })
}
