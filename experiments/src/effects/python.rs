//! The effects of PyPI's `pedalboard` as devices: `tests/python/profiler_devices.py` in a process
//! of its own.
//!
//! pedalboard is under the GPL: it runs beside this program and is never part of it. A request is
//! one line of JSON and then the samples as little-endian floats; an answer likewise.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use nfx_core::models::effect::KnobInfo;
use nfx_train::files::write_atomic;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Device;
use super::compressor::compressor_knobs;

const SCRIPT: &str = "tests/python/profiler_devices.py";
/// The packages that the script needs.
pub const REQUIREMENTS: &str = "tests/python/profiler_devices.txt";

/// An interpreter with a list of packages, made in `folder` when it is not there.
///
/// # Errors
/// When there is no `python3`, or the packages cannot be installed.
pub fn interpreter(folder: &Path, requirements: &str) -> Result<PathBuf> {
    let wanted = std::fs::read_to_string(requirements).with_context(|| {
        format!("expected {requirements} in the current folder: start from the repository's root")
    })?;
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let stamp = folder.join("installed.txt");
    if python.is_file() && std::fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(python);
    }
    eprintln!("making a Python environment in {}", folder.display());
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let install =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
    run(Command::new(&python).args(install))?;
    write_atomic(&stamp, wanted.as_bytes())?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{name} could not be started"))?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("no message");
    ensure!(output.status.success(), "{name} failed: {last}");
    Ok(())
}

/// A process with pedalboard in it.
pub struct Pedalboard {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    /// What it says of itself: the versions of pedalboard and Python.
    pub version: String,
}

#[derive(Serialize)]
struct Request<'a> {
    effect: &'a str,
    settings: &'a Map<String, Value>,
    rate: f64,
    frames: usize,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    frames: usize,
    #[serde(default)]
    error: String,
}

impl Pedalboard {
    /// Starts the process.
    ///
    /// # Errors
    /// When it does not start or does not answer.
    pub fn start(python: &Path) -> Result<Self> {
        ensure!(
            Path::new(SCRIPT).is_file(),
            "expected {SCRIPT} in the current folder, found none: start from the repository's root"
        );
        let mut child = Command::new(python)
            .arg(SCRIPT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} could not be started", python.display()))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("the process with pedalboard has no output")?;
        let mut pedalboard =
            Pedalboard { child, stdin, stdout: BufReader::new(stdout), version: String::new() };
        pedalboard.stdout.read_line(&mut pedalboard.version)?;
        pedalboard.version = pedalboard.version.trim().to_owned();
        ensure!(
            !pedalboard.version.is_empty(),
            "{SCRIPT} ended before it said a word: is pedalboard installed?"
        );
        Ok(pedalboard)
    }

    /// What an effect makes of a sound.
    ///
    /// # Errors
    /// When the effect is unknown or the process has ended.
    pub fn render(
        &mut self,
        effect: &str,
        settings: &Map<String, Value>,
        rate: f64,
        input: &[f32],
    ) -> Result<Vec<f32>> {
        let stdin = self.stdin.as_mut().context("the process with pedalboard was closed")?;
        let mut line =
            serde_json::to_vec(&Request { effect, settings, rate, frames: input.len() })?;
        line.push(b'\n');
        input.iter().for_each(|x| line.extend_from_slice(&x.to_le_bytes()));
        stdin
            .write_all(&line)
            .and_then(|()| stdin.flush())
            .context("the process with pedalboard has ended")?;
        let mut text = String::new();
        self.stdout.read_line(&mut text)?;
        let answer: Answer =
            serde_json::from_str(&text).with_context(|| format!("{SCRIPT} answered {text:?}"))?;
        if !answer.error.is_empty() {
            bail!("pedalboard's {effect} failed: {}", answer.error);
        }
        ensure!(
            answer.frames == input.len(),
            "expected {} samples from {effect}, found {}",
            input.len(),
            answer.frames
        );
        let mut bytes = vec![0; 4 * answer.frames];
        self.stdout.read_exact(&mut bytes)?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }
}

impl Drop for Pedalboard {
    fn drop(&mut self) {
        // Its input ends, and so does the process.
        self.stdin = None;
        let _ = self.child.wait();
    }
}

/// One of pedalboard's effects, some of its parameters fixed and some of them knobs.
pub struct PedalboardEffect {
    process: Pedalboard,
    title: String,
    effect: String,
    fixed: Map<String, Value>,
    /// With the names of pedalboard's parameters.
    knobs: Vec<(String, KnobInfo)>,
}

impl PedalboardEffect {
    /// An effect with all parameters fixed.
    pub fn fixed(
        process: Pedalboard,
        title: &str,
        effect: &str,
        settings: &[(&str, Value)],
    ) -> Self {
        let fixed =
            settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        PedalboardEffect {
            process,
            title: title.to_owned(),
            effect: effect.to_owned(),
            fixed,
            knobs: Vec::new(),
        }
    }

    /// The Compressor over its four parameters, in the ranges of `comp_large`.
    pub fn compressor(process: Pedalboard) -> Self {
        let names = ["threshold_db", "ratio", "attack_ms", "release_ms"].map(str::to_owned);
        let knobs = compressor_knobs([-50.0, 0.0], [1.5, 10.0], [1.0, 1000.0]);
        PedalboardEffect {
            process,
            title: "pedalboard Compressor".to_owned(),
            effect: "Compressor".to_owned(),
            fixed: Map::new(),
            knobs: names.into_iter().zip(knobs).collect(),
        }
    }

    /// The version of pedalboard and Python.
    pub fn version(&self) -> &str {
        &self.process.version
    }

    /// The process, for the next effect.
    pub fn into_process(self) -> Pedalboard {
        self.process
    }
}

impl Device for PedalboardEffect {
    fn name(&self) -> String {
        self.title.clone()
    }

    fn knobs(&self) -> Vec<KnobInfo> {
        self.knobs.iter().map(|(_, knob)| knob.clone()).collect()
    }

    fn render(&mut self, input: &[f32], rate_hz: f64, values: &[f32]) -> Result<Vec<f32>> {
        let mut settings = self.fixed.clone();
        for ((name, _), value) in self.knobs.iter().zip(values) {
            settings.insert(name.clone(), Value::from(*value));
        }
        self.process.render(&self.effect, &settings, rate_hz, input)
    }
}
