//! `cargo xtask test`: every check of the house, the cheapest first.

use crate::bundle::Build;
use crate::project::Project;
use crate::suites::Tally;
use crate::{bundle, dist, elsewhere, install, layers, run, system, venv};
use anyhow::{Context, Result, bail};
use std::process::Command;
use std::time::Instant;

/// What `cargo xtask test` is told.
#[derive(clap::Args)]
pub struct Options {
    /// Only train a tiny net on software Vulkan and on the CPU and compare the losses
    #[arg(long)]
    gpu: bool,
    /// Stop after format, layers, lints and unit tests: no bundles, no hosts
    #[arg(long)]
    quick: bool,
    /// Play what ships in the hosts: release bundles in the place of the debug ones, which compiles
    /// every crate once more
    #[arg(long)]
    release: bool,
}

/// Runs the checks; the last line says how many passed and failed.
///
/// # Errors
/// When a check failed, a suite ran no test, or set-up was not possible.
pub fn run(project: &Project, options: &Options) -> Result<()> {
    let start = Instant::now();
    let mut tally = Tally::default();
    let packages = if options.gpu {
        gpu(project, &mut tally)?;
        vec!["gpu".to_owned()]
    } else {
        all(project, options, &mut tally)?
    };
    for empty in tally.empty(&packages) {
        tally.failures.push(format!("{empty} ran no test"));
    }
    summary(&tally, start)
}

fn all(project: &Project, options: &Options, tally: &mut Tally) -> Result<Vec<String>> {
    let quick = options.quick;
    if !quick {
        system::ensure(&[system::Need::Audio, system::Need::Python, system::Need::Display])?;
    }
    run::heading("format");
    tally.step("cargo fmt", run::check(run::cargo().args(["fmt", "--all", "--check"])));
    run::heading("layers");
    let metadata: serde_json::Value = serde_json::from_str(&run::output(run::cargo().args([
        "metadata",
        "--format-version=1",
        "--locked",
    ]))?)?;
    let plugins: Vec<String> =
        project.plugins.iter().map(|plugin| plugin.package.clone()).collect();
    tally.step("layers", layers::check(&metadata, &plugins));
    tally.step("floors of core", layers::check_floors(&project.root.join("core/src")));
    tally.step("signatures", layers::check_signatures(&project.root));
    // One set of features for everything, so that no crate is compiled twice. The fast loop has
    // none: it needs no headers of ALSA and JACK.
    let features = if quick { Vec::new() } else { bundle::standalone_features(project) };
    run::heading("lints");
    let mut clippy = run::cargo();
    clippy
        .args(["clippy", "--workspace", "--all-targets", "--locked"])
        .args(bundle::without_hosts())
        .args(&features)
        .args(["--", "-D", "warnings"]);
    tally.step("cargo clippy", run::check(&mut clippy));
    run::heading("documentation");
    let mut doc = run::cargo();
    doc.args(["doc", "--workspace", "--no-deps", "--locked"])
        .args(bundle::without_hosts())
        .args(&features)
        .env("RUSTDOCFLAGS", "-D warnings");
    tally.step("cargo doc", run::check(&mut doc));
    run::heading("tests in the documentation, and unit tests when they are all");
    if quick {
        tally.run(cargo_test(&["--lib", "--bins"], &features))?;
    }
    tally.run(cargo_test(&["--doc"], &features))?;
    if !quick {
        in_hosts(project, &features, options.release, tally)?;
        if cfg!(target_os = "linux") {
            tally.step("the archive in an empty home folder", dist::of_tests(project));
        }
        elsewhere::check(project, tally);
        elsewhere::emulate(project, tally);
        elsewhere::interpret(project, tally);
    }
    members(&metadata)
}

/// Bundles, the hosts they are loaded in, and every integration test.
fn in_hosts(
    project: &Project,
    features: &[String],
    release: bool,
    tally: &mut Tally,
) -> Result<()> {
    let debug = bundle::libraries(project, Build::Tests, &[])?;
    let played =
        if release { bundle::libraries(project, Build::Release, &[])? } else { debug.clone() };
    tally.step("standalone programs", bundle::standalones(project, Build::Tests));
    let presets = project.target.join("vstpresets");
    for plugin in &project.plugins {
        tally.step(
            "factory presets",
            install::write_presets(project, plugin, &presets.join(&plugin.name), Build::Tests),
        );
    }
    tally.step(
        "what Randomise draws",
        install::write_chance(project, &presets.join("ANNe chance"), Build::Tests),
    );
    let python = venv::ensure(project, "hosts.txt")?;
    run::heading("unit and integration tests, with the bundles in real hosts");
    // Not `--test *`: that insists on tests whose features are off (the GPU's).
    let mut tests = cargo_test(&["--tests"], features);
    tests
        .env("NFX_BUNDLES", &played)
        .env("NFX_DEBUG_BUNDLES", &debug)
        .env("NFX_PRESETS", &presets)
        .env("NFX_PYTHON", &python);
    tally.run(tests)
}

/// One tiny training run on Mesa's software device beside the same on the CPU.
fn gpu(project: &Project, tally: &mut Tally) -> Result<()> {
    system::ensure(&[system::Need::SoftwareVulkan])?;
    run::heading("wgpu beside the CPU, on software Vulkan");
    let mut cargo = run::cargo();
    cargo
        .args([
            "test",
            "--release",
            "-p",
            "nfx-train",
            "--features",
            "nfx-train/gpu",
            "--test",
            "gpu",
        ])
        .args(["--no-fail-fast", "--target-dir"])
        .arg(project.target.join("trainer"))
        .args(["--", "--nocapture"])
        .env("CUBECL_AUTOTUNE_LEVEL", "minimal");
    tally.run(cargo)
}

fn cargo_test(which: &[&str], features: &[String]) -> Command {
    let mut cargo = run::cargo();
    cargo
        .args(["test", "--workspace", "--locked", "--no-fail-fast"])
        .args(bundle::without_hosts())
        .args(which)
        .args(features);
    cargo
}

/// The names of the workspace's packages.
fn members(metadata: &serde_json::Value) -> Result<Vec<String>> {
    let ids =
        metadata["workspace_members"].as_array().context("cargo metadata lists no members")?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    Ok(packages
        .iter()
        .filter(|package| ids.contains(&package["id"]))
        .filter_map(|package| package["name"].as_str().map(str::to_owned))
        .filter(|name| name != "nfx-tests" || !bundle::HOSTS.is_empty())
        .collect())
}

fn summary(tally: &Tally, start: Instant) -> Result<()> {
    run::heading(&format!("summary, after {:.0} s", start.elapsed().as_secs_f64()));
    for suite in tally.suites.iter().filter(|suite| suite.passed + suite.failed > 0) {
        println!("{:>5} passed {:>3} failed  {}", suite.passed, suite.failed, suite.name);
    }
    println!("{:>5} passed {:>3} failed  steps", tally.steps_passed, tally.failures.len());
    for failure in &tally.failures {
        println!("FAILED: {failure}");
    }
    for sentence in &tally.skipped {
        println!("SKIPPED: {sentence}");
    }
    println!(
        "\n{} passed, {} failed, {} skipped",
        tally.passed(),
        tally.failed(),
        tally.skipped.len()
    );
    if tally.failed() > 0 || tally.passed() == 0 {
        bail!("the tests were expected to pass; see the lines that begin with FAILED above");
    }
    Ok(())
}
