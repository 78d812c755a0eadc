//! Checks that need more than the toolchain that the project names: other systems' standard
//! libraries, an emulator of arm64, and Miri.
//!
//! Each is fetched by rustup where it can be; where it cannot, a sentence says what was not
//! checked.

use crate::project::Project;
use crate::run;
use crate::suites::Tally;
use std::path::Path;
use std::process::Command;

/// The systems beside Linux on x86-64 that the code is to compile for.
const TARGETS: [&str; 3] =
    ["x86_64-pc-windows-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin"];
/// What is checked for them: everything that needs no C library of theirs.
const PACKAGES: [&str; 2] = ["nfx-core", "nfx-audio"];
/// The system whose instruction set is emulated.
const ARM: &str = "aarch64-unknown-linux-gnu";
/// Its linker, as Debian's gcc-aarch64-linux-gnu brings it.
const ARM_LINKER: &str = "aarch64-linux-gnu-gcc";
/// Its emulator, as Debian's qemu-user brings it.
const EMULATOR: &str = "qemu-aarch64";
/// Where its C library lies, as Debian's libc6-dev-arm64-cross brings it.
const ARM_LIBRARIES: &str = "/usr/aarch64-linux-gnu";
/// The tests of core that are emulated: what has code of its own for NEON.
const EMULATED: [&str; 2] = ["nn::", "signal::"];
/// The toolchain that has Miri.
const NIGHTLY: &str = "nightly";
/// The tests of core that Miri runs: the kernels, where most of core's unsafe code is.
const INTERPRETED: [&str; 3] = ["nn::", "signal::resample", "signal::vector"];

/// Checks that the portable packages compile for the other systems.
pub fn check(project: &Project, tally: &mut Tally) {
    run::heading("other systems");
    for target in TARGETS {
        if !has_target(target) {
            tally.skipped.push(format!(
                "nothing was compiled for {target}: rustup cannot fetch its standard library from here"
            ));
            continue;
        }
        let mut cargo = run::cargo();
        cargo.args(["check", "--locked", "--lib", "--target", target, "--target-dir"]);
        cargo.arg(project.target.join("elsewhere"));
        for package in PACKAGES {
            cargo.args(["-p", package]);
        }
        tally.step(&format!("compiles for {target}"), run::check(&mut cargo));
    }
}

/// Runs the kernels' tests for arm64 in an emulator.
pub fn emulate(project: &Project, tally: &mut Tally) {
    run::heading("arm64");
    if cfg!(target_arch = "aarch64") {
        return; // the tests have run on it
    }
    let missing = [
        (has_target(ARM), "its standard library"),
        (run::succeeds(ARM_LINKER, &["--version"]), "the package gcc-aarch64-linux-gnu"),
        (run::succeeds(EMULATOR, &["--version"]), "the package qemu-user"),
        (Path::new(ARM_LIBRARIES).join("lib").exists(), "the package libc6-dev-arm64-cross"),
    ];
    let missing: Vec<&str> =
        missing.into_iter().filter(|(met, _)| !met).map(|(_, name)| name).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        tally.skipped.push(format!(
            "the kernels for arm64 did not run: {missing} (as Debian calls it) is missing"
        ));
        return;
    }
    let mut tests = run::cargo();
    tests
        .args(["test", "--locked", "-p", "nfx-core", "--lib", "--target", ARM, "--target-dir"])
        .arg(project.target.join("elsewhere"))
        .arg("--")
        .args(EMULATED)
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", ARM_LINKER)
        .env(
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER",
            format!("{EMULATOR} -L {ARM_LIBRARIES}"),
        );
    kernels(tally, tests, "arm64");
}

/// Has Miri run the kernels' tests: it finds what is undefined although it works.
pub fn interpret(project: &Project, tally: &mut Tally) {
    run::heading("undefined behaviour");
    let rustup = |arguments: &[&str]| run::succeeds("rustup", arguments);
    // The set-up compiles the standard library for it, and fails without its sources.
    let works = || rustup(&["run", NIGHTLY, "cargo", "miri", "setup"]);
    if !works() {
        rustup(&["component", "add", "--toolchain", NIGHTLY, "miri", "rust-src"]);
    }
    if !works() {
        tally.skipped.push(
            "Miri did not run: rustup has no nightly toolchain with it, and cannot fetch one from here"
                .to_owned(),
        );
        return;
    }
    let mut miri = Command::new("rustup");
    miri.args([
        "run",
        NIGHTLY,
        "cargo",
        "miri",
        "test",
        "--locked",
        "-p",
        "nfx-core",
        "--lib",
        "--target-dir",
    ])
    .arg(project.target.join("miri"))
    .arg("--")
    .args(INTERPRETED)
    .env_remove("RUSTUP_TOOLCHAIN")
    .env_remove("CARGO")
    // Tests read the clock and the environment.
    .env("MIRIFLAGS", "-Zmiri-disable-isolation");
    kernels(tally, miri, "Miri");
}

/// Runs the kernels' tests by `command`; `place` says in the summary where that was.
fn kernels(tally: &mut Tally, command: Command, place: &str) {
    let before = tally.suites.len();
    if let Err(error) = tally.run(command) {
        return tally.step(&format!("the kernels in {place}"), Err(error));
    }
    let ran = &mut tally.suites[before..];
    // Not to be taken for the package's own suite.
    ran.iter_mut().for_each(|suite| suite.name = format!("{place}: {}", suite.name));
    if ran.iter().all(|suite| suite.passed + suite.failed == 0) {
        tally.failures.push(format!("no test of the kernels ran in {place}"));
    }
}

/// Whether the toolchain compiles for a system, after rustup was asked for it.
fn has_target(target: &str) -> bool {
    run::succeeds("rustup", &["target", "add", target])
}
