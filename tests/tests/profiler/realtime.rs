//! The release bundle's audio thread neither allocates, frees, locks, opens, writes nor sleeps: with every knob moving, profiles
//! taking each other's place, and the capture page recording.

use crate::common::{fresh, klon, late, lstm, signaltrain, state_with, wavenet};
use nfx_tests::state_file::StateFile;
use nfx_tests::{bundle, guard};

#[test]
fn nothing_forbidden_happens_in_process() {
    let folder = std::env::temp_dir().join(format!("nfx-guard-profiler-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let gone = StateFile::parse(&fresh().save().unwrap()).unwrap().with_embedded("Gone", &"ab".repeat(32)).to_bytes();
    let states = [
        ("lstm", state_with("lstm", &lstm(3, 16, 48_000.0))),
        ("wavenet", state_with("wavenet", &wavenet(3, 48_000.0))),
        ("other-rate", state_with("late", &late(3, 0.5, 44_100.0))),
        ("signaltrain", state_with("signaltrain", &signaltrain(48_000.0))),
        ("klon", state_with("klon", klon())),
        ("gone", gone),
        ("compressor", fresh().save().unwrap()),
    ];
    let paths: Vec<_> = states.iter().map(|(name, state)| (folder.join(name), state)).collect();
    paths.iter().for_each(|(path, state)| std::fs::write(path, state).unwrap());
    let mut arguments: Vec<String> = paths.iter().map(|(path, _)| format!("--state={}", path.display())).collect();
    for rate in ["48000", "44100", "96000"] {
        arguments.push(format!("--rate={rate}"));
        let list: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let report = guard::run_host(&bundle::clap("Effect Profiler").unwrap(), &list).unwrap();
        println!("{rate} Hz: {report}");
        assert_eq!(guard::total(&report), 0, "counted in process at {rate} Hz: {report:#}");
        assert!(report["blocks"].as_u64().unwrap() > 1000);
        // The states swap models; once is enough.
        arguments.clear();
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn nothing_forbidden_happens_while_a_capture_records() {
    // The plugin then records a test signal of its own, as its capture page does when a person presses the button.
    let clap = bundle::clap("Effect Profiler").unwrap();
    let report = guard::run_host_with(&clap, &[], &[("LATENT_WORKS_REHEARSAL", "1")]).unwrap();
    println!("{report}");
    assert_eq!(guard::total(&report), 0, "counted in process: {report:#}");
    assert!(report["blocks"].as_u64().unwrap() > 1000);
}

#[test]
fn the_debug_bundle_plays_without_its_allocation_alarm() {
    let debug = bundle::find(&bundle::debug_folder().unwrap(), "Effect Profiler.clap").unwrap();
    let report = guard::run_host(&debug, &[]).unwrap();
    assert!(report["blocks"].as_u64().unwrap() > 1000);
}
