//! The peers: `pghipy` and `librosa` from PyPI, run by `tests/python/phase_peer.py` on the same
//! sounds and measured by the same code.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use nfx_train::audio::read_audio;
use nfx_train::audio::write_float_wav;
use nfx_train::files::write_atomic;
use nfx_train::phase::Target;
use serde::{Deserialize, Serialize};

use super::signals::Signal;
use super::{Measured, PhaseResultArgs, TRANSFORMS, transform};
use crate::effects::python::interpreter;

const SCRIPT: &str = "tests/python/phase_peer.py";
const REQUIREMENTS: &str = "tests/python/phase.txt";

/// What the script is asked for: one sound with one transform.
#[derive(Serialize)]
struct Job {
    transform: usize,
    signal: usize,
    input: PathBuf,
    /// How the names of the results begin.
    output: PathBuf,
    fft: usize,
    hop: usize,
    window: &'static str,
    gamma: f64,
}

/// One line of its answer.
#[derive(Deserialize)]
struct Answer {
    transform: usize,
    signal: usize,
    method: String,
    file: PathBuf,
    seconds: f64,
}

/// Runs the peers and adds what they reach. Answers with their versions.
pub(super) fn run(
    args: &PhaseResultArgs,
    signals: &[Signal],
    measured: &mut Vec<Measured>,
) -> Result<String> {
    ensure!(
        Path::new(SCRIPT).is_file(),
        "expected {SCRIPT} in the current folder, found none: start from the repository's root"
    );
    let python = match &args.python {
        Some(python) => python.clone(),
        None => interpreter(&args.out.join("venv"), REQUIREMENTS)?,
    };
    let folder = args.out.join("peers");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    let (mut jobs, mut targets) = (Vec::new(), Vec::new());
    for (index, &(fft, hop, window)) in TRANSFORMS.iter().enumerate() {
        for (k, signal) in signals.iter().enumerate() {
            let target = Target::new(transform(index)?, &signal.samples)?;
            let input = folder.join(format!("{index}-{k}.wav"));
            write_float_wav(&input, std::slice::from_ref(&target.padded), signal.rate_hz)?;
            let output = folder.join(format!("{index}-{k}-"));
            let gamma = window.gamma(fft);
            jobs.push(Job {
                transform: index,
                signal: k,
                input,
                output,
                fft,
                hop,
                window: window.name(),
                gamma,
            });
            targets.push(target);
        }
    }
    let list = folder.join("jobs.json");
    write_atomic(&list, &serde_json::to_vec_pretty(&jobs)?)?;
    eprintln!("pghipy and librosa on the same sounds: some minutes");
    let output = Command::new(&python)
        .arg(SCRIPT)
        .arg(&list)
        // One core each, as ours.
        .envs([("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1"), ("NUMBA_NUM_THREADS", "1")])
        .output()
        .with_context(|| format!("{} could not be started", python.display()))?;
    if !output.status.success() {
        bail!("{SCRIPT} failed: {}", last_line(&output.stderr));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines();
    let versions = lines.next().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for line in lines {
        let answer: Answer =
            serde_json::from_str(line).with_context(|| format!("{SCRIPT} answered {line:?}"))?;
        let job = answer.transform * signals.len() + answer.signal;
        let target = targets
            .get(job)
            .with_context(|| format!("{SCRIPT} answered for a sound it was not asked for"))?;
        found.push(Measured {
            transform: answer.transform,
            signal: answer.signal,
            method: answer.method,
            convergence_db: target.convergence_db(&read_audio(&answer.file)?.mono())?,
            seconds: answer.seconds,
            frames: target.frames(),
        });
    }
    measured.extend(found);
    Ok(versions)
}

fn last_line(text: &[u8]) -> String {
    String::from_utf8_lossy(text)
        .lines()
        .rev()
        .find(|l| !l.trim().is_empty())
        .unwrap_or("no message")
        .to_owned()
}
