//! How CANNe has an instrument trained.

use std::ffi::OsString;

use nfx_frame::trainer::arguments;
use nfx_frame::training::{Job, Recipe};

/// See the module's documentation.
pub(super) const RECIPE: Recipe = Recipe {
    folder: "canne",
    advice: "Single notes, one to a file, over the range that you want to play; a note's name in the file's name (\u{201c}Flute C#4.wav\u{201d}) \
             tells the network its pitch, else it listens. Many timbres make eight sliders worth turning.",
    arguments: command,
};

fn command(job: &Job<'_>) -> Vec<OsString> {
    let source = format!("folder:{},notes=true", job.sounds.display());
    let minutes = job.minutes.to_string();
    arguments(&[
        &"train",
        &"--recipe",
        &"keys",
        &"--source",
        &source,
        &"--name",
        &job.name,
        &"--minutes",
        &minutes,
        &"--out",
        &job.out.join("run"),
        &"--progress",
        &"json",
    ])
}
