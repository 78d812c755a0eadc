//! Every case of the strict CLAP host, for each plugin; each in a process of its own.

#![cfg(unix)]

use nfx_tests::{bundle, strict};
use std::time::Duration;

fn all(plugin: &str) {
    let bundle = bundle::clap(plugin).unwrap();
    let mut failed = Vec::new();
    for case in strict::cases("clap") {
        let ending = strict::run("clap", &bundle, case.name, Duration::from_secs(300)).unwrap();
        if ending.is_good() {
            println!("{plugin}: {}: {ending}", case.name);
        } else {
            failed.push(format!("{}: {}\n  {ending}", case.name, case.asks));
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
