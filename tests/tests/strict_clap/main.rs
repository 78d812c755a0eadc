//! Every case of the strict CLAP host, for each plugin; each in a process of its own.

#![cfg(unix)]

use nfx_tests::{bundle, clap_strict, strict};
use std::path::Path;
use std::time::Duration;

fn all(plugin: &str) {
    let bundle = bundle::clap(plugin).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_strict_case"));
    let mut failed = Vec::new();
    for case in clap_strict::CASES.iter().copied().flatten() {
        match strict::run(program, "clap", &bundle, case.name, Duration::from_secs(120)) {
            Ok(figures) => println!("{plugin}: {}: {figures}", case.name),
            Err(what) => failed.push(format!("{}: {}\n  {what}", case.name, case.asks)),
        }
    }
    assert!(failed.is_empty(), "{plugin}:\n{}", failed.join("\n"));
}

#[test]
fn anne_survives_a_host_that_does_what_hosts_should_not() {
    all("ANNe");
}

#[test]
fn canne_survives_a_host_that_does_what_hosts_should_not() {
    all("CANNe");
}

#[test]
fn effect_profiler_survives_a_host_that_does_what_hosts_should_not() {
    all("Effect Profiler");
}
