//! The strict host: each case asks a plugin for something that hosts do, or must not do but do, in
//! a process of its own.
//!
//! A case that aborts, hangs or answers wrongly is one failed case; the others run on. The program
//! `strict_case` runs one, [`run`] starts it and says how it ended. The cases are in
//! [`crate::vst3_host`] and [`crate::clap_strict`].

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

pub mod display;
pub mod report;

/// Something that the strict host asks of a plugin.
#[derive(Clone, Copy)]
pub struct Case {
    /// Its name, of small letters, digits and underscores.
    pub name: &'static str,
    /// What is asked, in words for the table.
    pub asks: &'static str,
    /// Does it with a plugin file; answers what was found, or what was expected and found instead.
    pub run: fn(&Path) -> Result<String, String>,
}

/// The formats that have cases.
pub const FORMATS: [&str; 2] = ["vst3", "clap"];

/// All cases of a format.
#[must_use]
pub fn cases(format: &str) -> Vec<Case> {
    match format {
        "vst3" => crate::vst3_host::cases::all(),
        "clap" => crate::clap_strict::CASES.iter().copied().flatten().copied().collect(),
        _ => Vec::new(),
    }
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As it should; with what was found.
    Good(String),
    /// With a wrong answer: what was expected and what was found.
    Wrong(String),
    /// The process died, and with it the host.
    Died(String),
    /// Nothing came back in time.
    Hung,
}

impl Ending {
    /// Whether the case went as it should.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self, Ending::Good(_))
    }
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Ending::Good(text) if text.is_empty() => write!(f, "good"),
            Ending::Good(text) => write!(f, "good: {text}"),
            Ending::Wrong(text) => write!(f, "wrong: {text}"),
            Ending::Died(text) => write!(f, "host dead: {text}"),
            Ending::Hung => write!(f, "hangs"),
        }
    }
}

/// Runs a case with a plugin file in a process of its own.
///
/// # Errors
/// When the program cannot be started.
pub fn run(format: &str, plugin: &Path, case: &str, limit: Duration) -> Result<Ending> {
    let program = crate::bundle::program("strict_case")?;
    let mut child = Command::new(&program)
        .args([format])
        .arg(plugin)
        .arg(case)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} could not be started", program.display()))?;
    let out = drain(child.stdout.take());
    let errors = drain(child.stderr.take());
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() > limit {
            let _ = child.kill();
            let _ = child.wait();
            return Ok(Ending::Hung);
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let out = out.join().unwrap_or_default();
    let last = out.lines().last().unwrap_or_default();
    if status.success() {
        return Ok(Ending::Good(last.to_owned()));
    }
    if status.code() == Some(WRONG) {
        return Ok(Ending::Wrong(last.to_owned()));
    }
    let errors = errors.join().unwrap_or_default();
    let fault = errors.lines().find(|line| line.contains("panicked at '")).unwrap_or_default();
    // What was said, without the time before it and the place after it.
    let said = fault
        .split_once("panicked at '")
        .map_or("", |(_, said)| said.split_once("': ").map_or(said, |(said, _)| said));
    Ok(Ending::Died(format!("{status}; {}", shorten(said))))
}

/// What `strict_case` ends with after a wrong answer.
pub const WRONG: i32 = 3;

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// `Ok` when `holds`, else what was expected.
///
/// # Errors
/// The sentence, when it does not hold.
pub fn expect(holds: bool, sentence: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(sentence()) }
}
