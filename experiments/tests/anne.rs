//! `nfx-lab anne` on a tiny scale: every cell trains, the document holds every row, and nothing is
//! made twice.

use std::process::Command;

fn run(dir: &std::path::Path, more: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_nfx-lab"))
        .current_dir(dir)
        .args([
            "anne",
            "--device",
            "cpu",
            "--epochs",
            "1",
            "--deep-epochs",
            "1",
            "--claim-epochs",
            "1",
        ])
        .args([
            "--frames",
            "200",
            "--minutes",
            "1",
            "--seeds",
            "2",
            "--large-seeds",
            "1",
            "--claim-seeds",
            "1",
        ])
        .args(more)
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_tiny_run_writes_every_row_and_is_not_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let (ok, said) = run(dir.path(), &["--only", "table3.1,claims"]);
    assert!(ok, "{said}");
    let text = std::fs::read_to_string(dir.path().join("docs/results/anne.md")).unwrap();
    for width in ["8", "16", "64", "256", "512", "1024"] {
        let line =
            text.lines().find(|l| l.starts_with(&format!("| {width} |"))).unwrap_or_default();
        assert!(line.contains("seed") && !line.contains("not run"), "{width}: {line}");
    }
    assert!(
        text.contains("| all ReLU |") && text.contains("not run"),
        "table 3.3 was not asked for"
    );
    for claim in
        ["bias raises", "dropout makes", "denoising", "L2 on", "fuller", "one kind", "hypercube"]
    {
        assert!(text.contains(claim), "{claim} is missing");
    }
    for word in ["NaN", "inf |", dir.path().to_str().unwrap()] {
        assert!(!text.contains(word), "`{word}` stands in the document:\n{text}");
    }

    // Half-finished files of a killed run, and a damaged cell: made again; the others stay as they
    // are.
    let runs = dir.path().join("runs/reproduce-anne");
    let cells: Vec<_> = std::fs::read_dir(&runs)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.to_string_lossy().contains("cell-table3.1-8-SGD"))
        .collect();
    assert_eq!(cells.len(), 2);
    let before = std::fs::read(&cells[0]).unwrap();
    std::fs::write(&cells[1], b"{ cut").unwrap();
    let (ok, said) = run(dir.path(), &["--only", "table3.1"]);
    assert!(ok, "{said}");
    assert_eq!(said.matches("  test MSE").count(), 1, "{said}");
    assert_eq!(std::fs::read(&cells[0]).unwrap(), before);
    let again = std::fs::read_to_string(dir.path().join("docs/results/anne.md")).unwrap();
    assert!(again.contains("hypercube"), "stored lines of the claims were lost");
}

#[test]
fn an_unknown_part_is_refused_before_anything_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let (ok, said) = run(dir.path(), &["--only", "table9"]);
    assert!(!ok && said.contains("expected --only to name parts"), "{said}");
    assert!(!dir.path().join("runs").exists());
}

#[test]
fn a_killed_training_goes_on_and_ends_where_an_unbroken_one_does() {
    let arguments = [
        "anne",
        "--device",
        "cpu",
        "--only",
        "table3.3",
        "--deep-epochs",
        "3",
        "--frames",
        "400",
        "--minutes",
        "1",
    ];
    let start = |dir: &std::path::Path, checkpoint: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nfx-lab"));
        command.current_dir(dir).args(arguments).args(["--checkpoint-seconds", checkpoint]);
        command.stderr(std::process::Stdio::null()).stdout(std::process::Stdio::null());
        command.spawn().unwrap()
    };
    let errors = |dir: &std::path::Path| -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = std::fs::read_dir(dir.join("runs/reproduce-anne"))
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.file_name().unwrap().to_string_lossy().starts_with("cell-"))
            .map(|p| {
                let value: serde_json::Value =
                    serde_json::from_slice(&std::fs::read(&p).unwrap()).unwrap();
                (
                    p.file_name().unwrap().to_string_lossy().into_owned(),
                    value["test_mse"].to_string(),
                )
            })
            .collect();
        found.sort();
        found
    };
    let whole = tempfile::tempdir().unwrap();
    assert!(start(whole.path(), "1000").wait().unwrap().success());

    let broken = tempfile::tempdir().unwrap();
    let runs = broken.path().join("runs/reproduce-anne");
    let mut kills = 0;
    for _ in 0..4 {
        let mut child = start(broken.path(), "0");
        // A checkpoint of this process is on the disk some steps after its half-finished file has
        // changed.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        let newest = || {
            let entries = std::fs::read_dir(&runs).into_iter().flatten().filter_map(Result::ok);
            entries
                .filter(|e| e.file_name().to_string_lossy().starts_with("half-"))
                .filter_map(|e| e.metadata().ok()?.modified().ok())
                .max()
        };
        let before = newest();
        while newest() == before
            && std::time::Instant::now() < deadline
            && child.try_wait().unwrap().is_none()
        {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        std::thread::sleep(std::time::Duration::from_millis(150));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += 1;
        }
        child.wait().unwrap();
    }
    assert!(kills >= 2, "the training was over before it could be killed");
    assert!(start(broken.path(), "1000").wait().unwrap().success());
    assert_eq!(errors(broken.path()), errors(whole.path()));
    assert!(
        std::fs::read_dir(&runs).unwrap().all(|e| !e
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("half-"))
    );
}

#[test]
fn the_shipped_models_midpoints_are_measured_and_drawn_without_a_training() {
    let dir = tempfile::tempdir().unwrap();
    let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../models");
    let (ok, said) = run(
        dir.path(),
        &["--only", "midpoints", "--models", models, "--midpoint-source", "synth:seed=9,minutes=5"],
    );
    assert!(ok, "{said}");
    let folder = dir.path().join("docs/results");
    let text = std::fs::read_to_string(folder.join("anne-midpoints.md")).unwrap();
    for model in ["General", "Tonal", "Thesis"] {
        let row =
            text.lines().find(|line| line.starts_with(&format!("| {model} |"))).unwrap_or_default();
        let figures: Vec<f64> = row
            .split('|')
            .filter_map(|cell| cell.trim().trim_end_matches(" %").parse().ok())
            .collect();
        assert!(figures.len() == 5 && (0.3..1.0).contains(&figures[1]), "{model}: {row}");
        let picture = std::fs::read_to_string(
            folder.join(format!("anne-midpoint-{}.svg", model.to_lowercase())),
        )
        .unwrap();
        assert!(picture.contains("xmlns") && picture.contains("midpoint"), "{model}");
    }
    assert!(!folder.join("anne.md").exists(), "nothing else was asked for");
}
