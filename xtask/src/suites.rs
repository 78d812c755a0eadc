//! Reads what `cargo test` prints: which suites ran, how many tests each, and which ran none.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::Command;

/// One test binary, or the documentation tests of one crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// As cargo names it, for example `tests/hosts.rs (hosts)` or `Doc-tests nfx_core`.
    pub name: String,
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed.
    pub failed: usize,
}

/// What several runs of `cargo test` came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// Every suite, in the order in which it ran.
    pub suites: Vec<Suite>,
    /// Steps that are no test suites (format, lints, a crashed binary), by name, that failed.
    pub failures: Vec<String>,
    /// Steps that are no test suites and passed.
    pub steps_passed: usize,
    /// What could not be checked here, as sentences.
    pub skipped: Vec<String>,
}

impl Tally {
    /// Tests and steps that passed.
    pub fn passed(&self) -> usize {
        self.steps_passed + self.suites.iter().map(|suite| suite.passed).sum::<usize>()
    }

    /// Tests and steps that failed.
    pub fn failed(&self) -> usize {
        self.failures.len() + self.suites.iter().map(|suite| suite.failed).sum::<usize>()
    }

    /// Notes a step as passed, or as failed with its reason.
    pub fn step(&mut self, name: &str, outcome: Result<()>) {
        match outcome {
            Ok(()) => self.steps_passed += 1,
            Err(error) => {
                eprintln!("FAILED {name}: {error:#}");
                self.failures.push(name.to_owned());
            }
        }
    }

    /// Runs a `cargo test` command, shows its output and adds its suites.
    ///
    /// A binary that dies without a result, and a `cargo test` that fails without a failed test,
    /// count as one failure.
    ///
    /// # Errors
    /// When cargo cannot be started or its output cannot be read.
    pub fn run(&mut self, mut command: Command) -> Result<()> {
        let text = crate::run::describe(&command);
        eprintln!("$ {text}");
        let (reader, writer) =
            std::io::pipe().context("a pipe for cargo's output could not be made")?;
        command.stdout(writer.try_clone()?).stderr(writer);
        let mut child =
            command.spawn().with_context(|| format!("`{text}` could not be started"))?;
        drop(command); // it holds the writing end, and the reader waits for the last of them
        let mut parser = Parser::default();
        for line in BufReader::new(reader).split(b'\n') {
            let line = String::from_utf8_lossy(&line.context("cargo's output could not be read")?)
                .into_owned();
            println!("{line}");
            parser.line(&line);
        }
        let status = child.wait()?;
        let (suites, unfinished) = parser.finish();
        let failed: usize = suites.iter().map(|suite| suite.failed).sum();
        self.suites.extend(suites);
        for name in &unfinished {
            self.failures.push(format!("{name} ended without a result"));
        }
        if !status.success() && failed == 0 && unfinished.is_empty() {
            self.failures.push(format!("`{text}` ended with {status}"));
        }
        Ok(())
    }

    /// Integration suites (and whole packages among `packages`) that ran no test at all.
    pub fn empty(&self, packages: &[String]) -> Vec<String> {
        let integration = self
            .suites
            .iter()
            .filter(|suite| suite.name.starts_with("tests/") && suite.passed + suite.failed == 0);
        let mut empty: Vec<String> = integration.map(|suite| suite.name.clone()).collect();
        for package in packages {
            let crate_name = package.replace('-', "_");
            let ran: usize = self
                .suites
                .iter()
                .filter(|suite| belongs(&suite.name, &crate_name))
                .map(|suite| suite.passed + suite.failed)
                .sum();
            if ran == 0 {
                empty.push(format!("package {package}"));
            }
        }
        empty
    }
}

fn belongs(suite: &str, crate_name: &str) -> bool {
    suite.ends_with(&format!("({crate_name})")) || suite == format!("Doc-tests {crate_name}")
}

/// Collects suites line by line.
#[derive(Default)]
struct Parser {
    current: Option<String>,
    suites: Vec<Suite>,
    unfinished: Vec<String>,
}

impl Parser {
    fn line(&mut self, line: &str) {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("Running ").filter(|rest| rest.ends_with(')')) {
            self.start(running_name(rest));
        } else if line.starts_with("Doc-tests ") {
            self.start(line.to_owned());
        } else if let Some(rest) = line.strip_prefix("test result: ") {
            let count = |word: &str| -> usize {
                rest.split([';', '.'])
                    .find_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok())
                    .unwrap_or(0)
            };
            if let Some(name) = self.current.take() {
                self.suites.push(Suite { name, passed: count("passed"), failed: count("failed") });
            } else if let Some(last) = self.suites.last_mut() {
                // Documentation tests of edition 2024 print a result for each of their groups.
                last.passed += count("passed");
                last.failed += count("failed");
            }
        }
    }

    fn start(&mut self, name: String) {
        if let Some(unfinished) = self.current.replace(name) {
            self.unfinished.push(unfinished);
        }
    }

    fn finish(mut self) -> (Vec<Suite>, Vec<String>) {
        // Documentation tests of a crate that has none may print nothing at all.
        self.unfinished.extend(self.current.take());
        self.unfinished.retain(|name| !name.starts_with("Doc-tests"));
        (self.suites, self.unfinished)
    }
}

/// `unittests src/lib.rs (target/debug/deps/nfx_core-0123456789abcdef)` becomes `unittests
/// src/lib.rs (nfx_core)`.
fn running_name(text: &str) -> String {
    let Some((source, path)) = text.trim_end_matches(')').rsplit_once(" (") else {
        return text.to_owned();
    };
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path).trim_end_matches(".exe");
    let stem = file.rsplit_once('-').map_or(file, |(stem, _)| stem);
    format!("{source} ({stem})")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "     Running unittests src/lib.rs (target/debug/deps/nfx_core-a1b2)
running 2 tests
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
     Running tests/hosts.rs (/t/debug/deps/hosts-99)
running 0 tests
test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
     Running tests/crash.rs (/t/debug/deps/crash-99)
   Doc-tests nfx_core
test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.50s
";

    fn tally() -> (Tally, Vec<String>) {
        let mut parser = Parser::default();
        OUTPUT.lines().for_each(|line| parser.line(line));
        let (suites, unfinished) = parser.finish();
        (Tally { suites, ..Tally::default() }, unfinished)
    }

    #[test]
    fn counts_suites_and_finds_crashes() {
        let (tally, unfinished) = tally();
        assert_eq!((tally.passed(), tally.failed()), (3, 2));
        assert_eq!(tally.suites[0].name, "unittests src/lib.rs (nfx_core)");
        assert_eq!(unfinished, ["tests/crash.rs (crash)"]);
    }

    #[test]
    fn names_suites_and_packages_without_tests() {
        let (tally, _) = tally();
        let empty = tally.empty(&["nfx-core".into(), "anne-fx".into()]);
        assert_eq!(empty, ["tests/hosts.rs (hosts)", "package anne-fx"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_failing_cargo_without_failed_tests_is_one_failure() {
        let mut tally = Tally::default();
        let mut command = Command::new("sh");
        command.args(["-c", "echo error: no; exit 101"]);
        tally.run(command).unwrap();
        assert_eq!((tally.passed(), tally.failed()), (0, 1));
    }
}
