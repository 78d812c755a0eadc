//! `cargo xtask bench`: the engines beside the same networks in burn, onnxruntime and PyTorch.

use crate::project::Project;
use crate::{bundle, demo, report, run, venv};
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// What `cargo xtask bench` is told.
#[derive(clap::Args)]
pub struct Options {
    /// Leave the peers from PyPI out (PyTorch is a download of some gigabytes on Linux)
    #[arg(long)]
    no_python: bool,
    /// Leave docs/performance.md as it is
    #[arg(long)]
    keep_document: bool,
}

/// Runs the command.
pub fn run(project: &Project, options: &Options) -> Result<()> {
    let bundles = bundle::libraries(project, bundle::Build::Release, &[demo::HOST.to_owned()])?;
    let host = || bundle::program(project, bundle::Build::Release, demo::HOST);
    run::heading("the plugin in its host");
    let plugin = json(host().arg("bench").arg(bundles.join("ANNe.clap")))?;
    run::heading("the instrument in its host");
    let instrument = json(host().arg("bench").arg(bundles.join("CANNe.clap")))?;
    run::heading("the profiler in its host");
    let profiler = json(host().arg("bench").arg(bundles.join("Effect Profiler.clap")))?;
    run::heading("profiles");
    let profiles = profiles(project)?;
    let profile_training = json(run::cargo().args([
        "run",
        "--quiet",
        "--release",
        "-p",
        "nfx-lab",
        "--bin",
        "profile_bench",
    ]))?;
    run::heading("burn");
    let burn = json(run::cargo().args([
        "run",
        "--quiet",
        "--release",
        "-p",
        "nfx-lab",
        "--bin",
        "anne_bench",
    ]))?;
    let peers = if options.no_python { Vec::new() } else { python_peers(project) };
    let figures = report::Figures {
        plugin,
        instrument,
        profiler,
        profiles,
        profile_training,
        burn,
        peers,
        machine: machine(),
    };
    let rows = report::rows(&figures)?;
    let folder = project.target.join("bench");
    write(&folder.join("report.json"), &serde_json::to_string_pretty(&rows)?)?;
    let document = report::document(&figures, &rows);
    println!("\n{document}");
    if !options.keep_document {
        write(&project.root.join("docs/performance.md"), &document)?;
    }
    Ok(())
}

/// What `profile_speed` measured of networks alone: a row for each line of its file.
fn profiles(project: &Project) -> Result<Vec<Value>> {
    let folder = project.target.join("bench");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("profiles.jsonl");
    let mut cargo = run::cargo();
    cargo
        .args([
            "run",
            "--quiet",
            "--release",
            "-p",
            "nfx-core",
            "--example",
            "profile_speed",
            "--",
            "--json",
        ])
        .arg(&file);
    run::check(&mut cargo)?;
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    text.lines()
        .map(|line| serde_json::from_str(line).context("profile_speed was expected to write JSON"))
        .collect()
}

/// Each peer that can be installed here; the others are said to be missing.
fn python_peers(project: &Project) -> Vec<Value> {
    ["onnxruntime", "pytorch"]
        .iter()
        .filter_map(|peer| {
            run::heading(peer);
            let measured = venv::ensure(project, &format!("{peer}.txt")).and_then(|python| {
                json(
                    Command::new(python)
                        .arg(project.root.join("tests/python/bench_peer.py"))
                        .arg(peer)
                        .arg("models/general.safetensors"),
                )
            });
            measured.map_err(|error| eprintln!("{peer} is left out: {error:#}")).ok()
        })
        .collect()
}

/// Runs a program whose last line is JSON.
fn json(command: &mut Command) -> Result<Value> {
    let text = run::output(command)?;
    let last = text
        .lines()
        .last()
        .with_context(|| format!("`{}` printed nothing", run::describe(command)))?;
    serde_json::from_str(last).with_context(|| {
        format!("`{}` was expected to end with a line of JSON", run::describe(command))
    })
}

/// The processor's name and how many of its cores are here.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let name = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    format!(
        "{}, {cores} cores, {}",
        name.unwrap_or_else(|| std::env::consts::ARCH.into()),
        std::env::consts::OS
    )
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let partial = path.with_extension("partial");
    std::fs::write(&partial, text)
        .with_context(|| format!("{} cannot be written", partial.display()))?;
    std::fs::rename(&partial, path)?;
    println!("{}", path.display());
    Ok(())
}
