//! A host that does what hosts should not: each case is a process of its own, so that an abort fails that case alone.
//!
//! The program `strict_case FORMAT PLUGIN CASE` runs one; [`run`] starts it from a test and waits no longer than it may take.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One thing that a host does.
pub struct Case {
    /// Its name, as the program takes it.
    pub name: &'static str,
    /// What is asked of the plugin, and what it did before this was mended (or that it is a guard).
    pub asks: &'static str,
    /// Does it to the plugin in a file: figures when the plugin does well, else what it did.
    pub run: fn(&Path) -> Result<String, String>,
}

/// Does a case to the plugin in a file, in a process of its own; the figures it gives.
///
/// # Errors
/// What the case found, or how its process ended: a signal, or no end in time.
pub fn run(program: &Path, format: &str, plugin: &Path, case: &str, patience: Duration) -> Result<String, String> {
    let mut child = Command::new(program)
        .arg(format)
        .arg(plugin)
        .arg(case)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let out = std::thread::spawn(move || text(out));
    let err = std::thread::spawn(move || text(err));
    let begun = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if begun.elapsed() > patience => {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            Err(error) => return Err(format!("the process of the case cannot be waited for: {error}")),
        }
    };
    let (out, err) = (out.join().unwrap_or_default(), err.join().unwrap_or_default());
    let last = err.lines().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n");
    match status {
        Some(status) if status.success() => Ok(out.trim().to_owned()),
        Some(status) => Err(format!("{status}. {}\n{last}", out.trim())),
        None => Err(format!("did not end within {} s\n{last}", patience.as_secs())),
    }
}

fn text(stream: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        let _ = stream.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
