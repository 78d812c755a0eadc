//! The checks of recordings, judged: good pairs must raise no alarm and give the true delay, bad
//! ones the right complaint.

pub(super) mod devices;
mod faults;
mod further;
pub(super) mod sounds;
mod write;

use std::path::{Path, PathBuf};

use anyhow::Result;
use rand::Rng;
use rayon::prelude::*;

use devices::DEVICES;
use nfx_train::audio::{Audio, write_float_wav};
use nfx_train::profile::check::{Checked, Finding, Severity};
use nfx_train::profile::pairs::{PairFiles, ReadOptions, examine};
use sounds::Sound;

/// The command line of `nfx-lab checks`.
#[derive(Clone, Debug, clap::Args)]
pub struct ChecksArgs {
    /// Folder with real sounds, in `notes/` and `sonic-pi/`; the built-in synthesizer's are taken
    /// unless given
    #[arg(long, value_name = "FOLDER")]
    pub sounds: Option<PathBuf>,
    /// The document to write
    #[arg(long, value_name = "FILE", default_value = "docs/results/checks.md")]
    pub doc: PathBuf,
    /// Decides delays and noises
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Only pairs whose kind or sound, device and rate hold this text
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub only: String,
}

/// A pair of sounds and what is true of it.
pub struct Case {
    /// What is tried.
    pub kind: &'static str,
    /// The sound, rate, device and figures of it.
    pub what: String,
    /// What was played.
    pub input: Audio,
    /// What was recorded.
    pub target: Audio,
    /// The delay in samples of the recording's rate, where there is one to be found.
    pub delay: Option<i64>,
    /// What the complaint is about and how bad it is at least; `None` where nothing is wrong.
    pub want: Option<(&'static str, Severity)>,
}

/// What the checks said of a case.
pub struct Answer {
    /// All of it.
    pub checked: Checked,
    /// Whether complaint and delay are right.
    pub right: bool,
    /// Seconds that it took.
    pub seconds: f64,
}

/// Checks a case just as `nfx-train profile --check` does, through files.
///
/// # Errors
/// When no file can be written or read.
pub fn answer(case: &Case, folder: &Path) -> Result<Answer> {
    let files = PairFiles {
        input: folder.join("in.wav"),
        target: folder.join("out.wav"),
        ..PairFiles::default()
    };
    for (path, audio) in [(&files.input, &case.input), (&files.target, &case.target)] {
        write_float_wav(path, &audio.channels, audio.rate)?;
    }
    let begun = std::time::Instant::now();
    let checked = examine(&files, &ReadOptions::default())?;
    let seconds = begun.elapsed().as_secs_f64();
    let timely = case
        .delay
        .is_none_or(|d| (checked.alignment.delay - d).abs() <= 1 && checked.alignment.is_known());
    let right = match case.want {
        None => checked.findings.iter().all(|f| !is_alarm(f)),
        Some((about, severity)) => {
            let said = |f: &Finding| f.about == about && f.severity >= severity;
            // Nothing may be forbidden but what is complained about.
            let only =
                checked.findings.iter().all(|f| f.severity < Severity::Error || f.about == about);
            checked.findings.iter().any(said) && only
        }
    };
    Ok(Answer { right: right && timely, checked, seconds })
}

/// Whether a finding would make somebody doubt a good recording. Flat tops are no alarm: they are
/// true of a clipper, and the sentence says so.
fn is_alarm(f: &Finding) -> bool {
    f.severity == Severity::Error || f.severity == Severity::Warning && f.about != "clipping"
}

/// Eight sounds through five devices, at delays of 0 to 20,000 samples.
fn good(sounds: &[Sound], seed: u64) -> Vec<Case> {
    let mut random = nfx_learn::rng(seed, 0x600D, 0);
    let mut out = Vec::new();
    for (i, sound) in sounds.iter().enumerate() {
        for (k, device) in DEVICES.iter().enumerate() {
            let delay = match (i + k) % 4 {
                0 => 0,
                1 => 137,
                _ => random.random_range(0..=20_000),
            };
            let y = (device.play)(&sound.samples, sound.rate_hz);
            out.push(Case {
                kind: "good",
                what: format!("{}, {}, {:.0} Hz", sound.name, device.name, sound.rate_hz),
                input: sounds::mono(sound.samples.clone(), sound.rate_hz),
                target: sounds::mono(
                    devices::hiss(&devices::late(&y, delay), &mut random),
                    sound.rate_hz,
                ),
                delay: Some(delay),
                want: None,
            });
        }
    }
    out
}

/// Does what `nfx-lab checks` is told.
///
/// # Errors
/// When a file cannot be read or written.
pub fn checks(args: &ChecksArgs) -> Result<()> {
    let sounds = sounds::sounds(args.sounds.as_deref(), args.seed)?;
    let judged = |cases: Vec<Case>| -> Result<Vec<(Case, Answer)>> {
        cases
            .into_par_iter()
            .filter(|case| case.kind.contains(&args.only) || case.what.contains(&args.only))
            .map(|case| {
                let folder = tempfile::tempdir()?;
                let answer = answer(&case, folder.path())?;
                Ok((case, answer))
            })
            .collect()
    };
    let good = judged(good(&sounds, args.seed))?;
    let bad = judged(faults::bad(&sounds, args.seed)?)?;
    let further_good =
        judged(further::good(&sounds::further(args.sounds.as_deref(), args.seed)?, args.seed)?)?;
    let further_bad = judged(further::bad(&sounds, args.seed)?)?;
    let tables = [good, bad, further_good, further_bad];
    write::write(args, &tables)?;
    let [good, bad, further_good, further_bad] = tables.each_ref().map(|of| write::share(of));
    println!(
        "good {good}, bad {bad}, further good {further_good}, further bad {further_bad}: {}",
        args.doc.display()
    );
    Ok(())
}
