//! How ANNe has a network trained.

use std::ffi::OsString;

use nfx_frame::trainer::arguments;
use nfx_frame::training::{Job, Recipe};

/// See the module's documentation.
pub(super) const RECIPE: Recipe = Recipe {
    folder: "anne",
    advice: "The network learns to rebuild these sounds with 64 numbers. Loops, single notes or whole songs: what it hears, it can \
             sing. Ten minutes of sound and more are good.",
    arguments: command,
};

fn command(job: &Job<'_>) -> Vec<OsString> {
    let source = format!("folder:{}", job.sounds.display());
    let minutes = job.minutes.to_string();
    arguments(&[
        &"train",
        &"--recipe",
        &"residual",
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
