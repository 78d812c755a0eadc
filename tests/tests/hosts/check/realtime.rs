//! What the audio thread must never do.

use crate::row::Row;
use nfx_tests::{bundle, guard};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Runs the guard and expects it to have counted nothing.
pub fn assert_nothing_counted(row: &Row, arguments: &[&str], variables: &[(&str, &str)]) -> Value {
    let report =
        guard::run_host_with(&bundle::clap(row.name).unwrap(), arguments, variables).unwrap();
    println!("{arguments:?}: {report}");
    assert_eq!(guard::total(&report), 0, "counted in process with {arguments:?}: {report:#}");
    assert!(report["blocks"].as_u64().unwrap() > 1000);
    report
}

pub fn nothing_forbidden_happens_in_process(row: &Row) {
    let folder = std::env::temp_dir().join(format!("nfx-guard-{}-{}", row.id, std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut arguments = vec!["--rate=48000".to_owned()];
    for (number, model) in (row.watched)().iter().enumerate() {
        let path = folder.join(number.to_string());
        std::fs::write(&path, row.state(model)).unwrap();
        arguments.push(format!("--state={}", path.display()));
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let report = assert_nothing_counted(row, &arguments, &[]);
    std::fs::remove_dir_all(&folder).unwrap();
    let restarts = report["restarts"].as_u64().unwrap();
    assert!(
        restarts > 0 || !row.is_effect(),
        "the model of another latency was expected to ask for a restart"
    );
    // The states swap models; once is enough.
    for rate in ["--rate=44100", "--rate=96000", "--rate=192000"] {
        assert_nothing_counted(row, &[rate], &[]);
    }
}

pub fn the_debug_bundle_plays_without_its_alarm(row: &Row) {
    let debug =
        bundle::find(&bundle::debug_folder().unwrap(), &format!("{}.clap", row.name)).unwrap();
    let report = guard::run_host(&debug, &[]).unwrap();
    assert!(report["blocks"].as_u64().unwrap() > 1000);
}

/// The detector of the check above fires.
#[test]
fn a_debug_build_aborts_on_an_allocation_in_process() {
    use std::os::unix::process::ExitStatusExt;
    let host = bundle::program("nfx-host").unwrap();
    let file =
        format!("{}planted_alarm{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let planted = host.parent().unwrap_or(Path::new(".")).join("examples").join(file);
    assert!(
        planted.exists(),
        "{} was expected; `cargo build --workspace --examples` builds it",
        planted.display()
    );
    let guard = bundle::native("rt_guard").unwrap();
    let out =
        Command::new(host).arg("guard").arg(planted).env("LD_PRELOAD", guard).output().unwrap();
    assert_eq!(
        out.status.signal(),
        Some(libc::SIGABRT),
        "{}: {}",
        out.status,
        String::from_utf8_lossy(&out.stderr)
    );
}
