//! The release bundle's audio thread neither allocates, frees, locks, opens, writes nor sleeps, with sixteen voices and storms of
//! notes, at every rate.

use crate::common::{fresh, state_with, user_model};
use nfx_tests::state_file::StateFile;
use nfx_tests::{bundle, guard};

#[test]
fn nothing_forbidden_happens_in_process() {
    let folder = std::env::temp_dir().join(format!("nfx-guard-canne-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let user = StateFile::parse(&fresh().save().unwrap()).unwrap().with_user_model("user", &user_model(3)).to_bytes();
    let gone = StateFile::parse(&fresh().save().unwrap()).unwrap().with_embedded("Gone", &"ab".repeat(32)).to_bytes();
    let states = [("user", user), ("gone", gone), ("keys", state_with("Keys"))];
    let paths: Vec<_> = states.iter().map(|(name, state)| (folder.join(name), state)).collect();
    paths.iter().for_each(|(path, state)| std::fs::write(path, state).unwrap());
    let mut arguments: Vec<String> = paths.iter().map(|(path, _)| format!("--state={}", path.display())).collect();
    for rate in ["44100", "48000", "96000", "192000"] {
        arguments.push(format!("--rate={rate}"));
        let list: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let report = guard::run_host(&bundle::clap("CANNe").unwrap(), &list).unwrap();
        println!("{rate} Hz: {report}");
        assert_eq!(guard::total(&report), 0, "counted in process at {rate} Hz: {report:#}");
        assert!(report["blocks"].as_u64().unwrap() > 1000);
        // The states swap models; once is enough.
        arguments.clear();
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_debug_bundle_plays_without_its_allocation_alarm() {
    let debug = bundle::find(&bundle::debug_folder().unwrap(), "CANNe.clap").unwrap();
    let report = guard::run_host(&debug, &[]).unwrap();
    assert!(report["blocks"].as_u64().unwrap() > 1000);
}
