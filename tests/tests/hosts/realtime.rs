//! The release bundle's audio thread neither allocates, frees, locks, opens, writes nor sleeps.

use crate::common::{fresh, state_with, user_model};
use nfx_tests::state_file::StateFile;
use nfx_tests::{bundle, guard};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Runs `nfx-host guard` with the counting library preloaded and reads its report.
pub fn guarded(clap: &Path, arguments: &[&str]) -> Value {
    guard::run_host(clap, arguments).unwrap()
}

#[test]
fn nothing_forbidden_happens_in_process() {
    let folder = std::env::temp_dir().join(format!("nfx-guard-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let user = StateFile::parse(&fresh().save().unwrap()).unwrap().with_user_model("user", &user_model(3)).to_bytes();
    let states = [
        ("tonal", state_with("Tonal")),
        ("user", user),
        ("thesis", state_with("Thesis")),
        ("general", state_with("General")),
    ];
    let mut arguments = Vec::new();
    for (name, state) in &states {
        let path = folder.join(name);
        std::fs::write(&path, state).unwrap();
        arguments.push(format!("--state={}", path.display()));
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let report = guarded(&bundle::clap("ANNe").unwrap(), &arguments);
    println!("{report}");
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(guard::total(&report), 0, "counted in process: {report:#}");
    assert!(report["blocks"].as_u64().unwrap() > 1000);
    assert!(report["restarts"].as_u64().unwrap() > 0, "the model of another latency was expected to ask for a restart");
}

#[test]
fn the_debug_bundle_plays_without_its_allocation_alarm() {
    let debug = bundle::find(&bundle::debug_folder().unwrap(), "ANNe.clap").unwrap();
    let report = guarded(&debug, &[]);
    assert!(report["blocks"].as_u64().unwrap() > 1000);
}

#[cfg(unix)]
#[test]
fn a_debug_build_aborts_on_an_allocation_in_process() {
    use std::os::unix::process::ExitStatusExt;
    let host = bundle::program("nfx-host").unwrap();
    let file = format!("{}planted_alarm{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let planted = host.parent().unwrap().join("examples").join(file);
    assert!(planted.exists(), "{} was expected; `cargo build --workspace --examples` builds it", planted.display());
    let out = Command::new(host)
        .arg("guard")
        .arg(planted)
        .env("LD_PRELOAD", bundle::native("rt_guard").unwrap())
        .output()
        .unwrap();
    assert_eq!(out.status.signal(), Some(libc::SIGABRT), "{}: {}", out.status, String::from_utf8_lossy(&out.stderr));
}
