//! `nfx-lab canne` on a tiny scale: the document holds every row, and nothing is made twice.

use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nfx-lab"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("nfx-lab starts")
}

fn good(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "nfx-lab {arguments:?}: {error}");
    error
}

#[test]
fn the_experiments_write_their_rows_and_do_nothing_twice() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    let options = ["canne", "--device", "cpu", "--epochs", "1", "--frames", "200", "--seeds", "1"];
    let said = good(dir, &[&options[..], &["--only", "bias"]].concat());
    assert!(said.contains("latents live"), "{said}");
    let page = || std::fs::read_to_string(dir.join("docs/results/canne.md")).expect("document");
    let text = page();
    for words in [
        "Cut short: 1 epochs of at most 200",
        "| five octaves |",
        "PCA-8",
        "Figure 4.2",
        "Beyond the thesis",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let baseline = text.lines().find(|l| l.starts_with("| five octaves |")).unwrap_or_default();
    assert!(baseline.contains("| 200 | 1.000, 1.000 |"), "{baseline}");
    let rows = |text: &str| text.lines().filter(|l| l.contains("1 × 200")).count();
    assert!(rows(&text) >= 7, "five rows of table 4.1 and two biases:\n{text}");
    assert!(!text.contains("NaN") && !text.contains(dir.to_str().expect("path")), "{text}");
    let said = good(dir, &[&options[..], &["--only", "bias"]].concat());
    assert!(!said.contains("latents live"), "{said}");
    assert_eq!(page(), text);
    let output = run(dir, &["canne", "--only", "table9"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("expected --only to name parts"));
}
