//! What `nfx-lab` cannot do it says in a sentence, before it has done anything; and it looks for
//! sounds only where it is told.

use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nfx-lab"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("nfx-lab starts")
}

#[test]
fn what_is_missing_is_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    for (arguments, sentence) in [
        (
            &["phase", "--data", "nowhere", "--doc", "page.md", "--no-peers"][..],
            "expected a recording loop_amen_full",
        ),
        (&["phase", "--doc", "page.md", "--no-peers"], "--data"),
        (&["samples", "--doc", "page.md"], "--data"),
        (&["checks", "--sounds", "nowhere", "--doc", "page.md"], "expected a folder nowhere"),
        (
            &["trainings", "--trainer", "nowhere", "--doc", "page.md"],
            "expected a trainer at nowhere",
        ),
        (&["trainings", "--trainer", ".", "--doc", "page.md"], "--trainer"),
        (
            &["effect", "comp_4c", "page.md", "--music", "nowhere"],
            "the folder nowhere could not be read",
        ),
    ] {
        let output = run(dir, arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(sentence), "{arguments:?}: {error}");
        assert!(!dir.join("page.md").exists(), "{arguments:?}: something was written");
    }
}

#[test]
fn the_built_in_sounds_are_written_by_name() {
    let folder = tempfile::tempdir().expect("folder");
    for (which, names) in [
        ("factory", ["piano", "strings", "snare"]),
        ("profiler", ["drums", "bass", "guitar"]),
        ("demo", ["drums", "chord", "melody"]),
    ] {
        let output = run(folder.path(), &["sounds", which, which]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for name in names {
            assert!(
                folder.path().join(which).join(name).with_extension("wav").is_file(),
                "{which}: {name}"
            );
        }
    }
}
