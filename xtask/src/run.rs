//! Running other programs: what is run is printed, and a failure says which command failed and how.

use anyhow::{Context, Result, bail};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Prints a heading for one step of a command.
pub fn heading(text: &str) {
    eprintln!("\n=== {text}");
}

/// The command as a person would type it, for messages.
pub fn describe(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        let argument = argument.to_string_lossy();
        if argument.contains(' ') {
            text.push_str(&format!(" '{argument}'"));
        } else {
            text.push_str(&format!(" {argument}"));
        }
    }
    text
}

/// Runs a command with its output shown.
///
/// # Errors
/// When the program cannot be started or ends with another status than success.
pub fn check(command: &mut Command) -> Result<()> {
    let text = describe(command);
    eprintln!("$ {text}");
    let start = Instant::now();
    let status = command.status().with_context(|| format!("`{text}` could not be started"))?;
    if !status.success() {
        bail!("`{text}` was expected to succeed, but ended with {status}");
    }
    eprintln!("  took {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Runs a command and hands back what it wrote to standard output; its errors are shown.
///
/// # Errors
/// When the program cannot be started, fails, or writes something that is not UTF-8.
pub fn output(command: &mut Command) -> Result<String> {
    let text = describe(command);
    let out = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("`{text}` could not be started"))?;
    if !out.status.success() {
        bail!("`{text}` was expected to succeed, but ended with {}", out.status);
    }
    String::from_utf8(out.stdout)
        .with_context(|| format!("`{text}` wrote something that is not UTF-8"))
}

/// Whether a program runs and ends with success; its output is thrown away.
pub fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// `cargo`, the very one that runs this program.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Set by `cargo run` for this program; a cargo below it must find its own.
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_PKG_NAME");
    command
}
