//! A training that is killed at any moment goes on as if nothing had happened.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nfx_core::models::ModelFile;
use nfx_train::train::checkpoint::Checkpoint;

/// Starts a training of 8 epochs with a checkpoint after every step, or continues it.
fn start(dir: &Path, run: &str, resume: bool) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nfx-train"));
    command.current_dir(dir).stdout(Stdio::null()).stderr(Stdio::piped());
    if resume {
        command.args(["train", "--resume", run]);
    } else {
        command.args([
            "train",
            "--source",
            "synth:seed=6,minutes=0.6,clip_seconds=3",
            "--rate",
            "16000",
            "--fft",
            "512",
        ]);
        command.args([
            "--hop", "128", "--frames", "600", "--hidden", "64,12,64", "--epochs", "8", "--batch",
            "20",
        ]);
        command.args(["--device", "cpu", "--checkpoint-seconds", "0", "--out", run]);
    }
    command.spawn().expect("nfx-train starts")
}

fn finish(mut child: Child) -> String {
    let mut error = String::new();
    child.stderr.take().expect("stderr").read_to_string(&mut error).expect("text");
    assert!(child.wait().expect("exit").success(), "{error}");
    error
}

fn model(dir: &Path, name: &str) -> ModelFile {
    ModelFile::from_bytes(&std::fs::read(dir.join(name)).expect(name)).expect(name)
}

/// The metrics without their clock.
fn metrics(dir: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(dir.join("metrics.csv")).expect("metrics");
    text.lines()
        .map(|l| {
            l.split(',').enumerate().filter(|(i, _)| *i != 2).map(|(_, v)| v.to_owned()).collect()
        })
        .collect()
}

/// Waits until a condition holds while the child runs; false when the child ended first.
fn wait_until(child: &mut Child, condition: impl Fn() -> bool) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(120) {
        if condition() {
            return true;
        }
        if child.try_wait().expect("state").is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("the training did not get on");
}

fn steps(dir: &Path) -> u64 {
    Checkpoint::read(&dir.join("checkpoint.safetensors")).map_or(0, |c| c.position.steps)
}

#[test]
fn killing_and_resuming_ends_in_the_same_model() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    finish(start(dir, "whole", false));
    let want = model(&dir.join("whole"), "model.safetensors");

    // Killed before anything, early in the first epoch, late, and again in what is left.
    let run = dir.join("killed");
    let mut child = start(dir, "killed", false);
    assert!(wait_until(&mut child, || run.join("config.json").exists()));
    child.kill().expect("kill");
    child.wait().expect("exit");
    let mut last = 0;
    for target in [3u64, 40, 110, 200] {
        let mut child = start(dir, "killed", true);
        let running = wait_until(&mut child, || steps(&run) >= target);
        child.kill().expect("kill");
        child.wait().expect("exit");
        assert!(running, "the training was over before step {target}");
        // A checkpoint follows every step: the one on the disk is whole, and never older than what
        // was seen before.
        let now = steps(&run);
        assert!(now >= target && now >= last, "step {now} after {target}");
        last = now;
        if now >= 60 {
            // Two epochs are done, so there is a best model, and it is whole.
            let best = model(&run, "best.safetensors");
            assert!(best.card.provenance.metrics.contains_key("validation_loss"));
        }
    }
    let log = finish(start(dir, "killed", true));
    assert!(log.contains("continuing at epoch"), "{log}");
    assert_eq!(model(&run, "model.safetensors").tensors, want.tensors);
    assert_eq!(metrics(&run), metrics(&dir.join("whole")));
    assert_eq!(
        model(&run, "best.safetensors").tensors,
        model(&dir.join("whole"), "best.safetensors").tensors
    );
    let left: Vec<_> =
        std::fs::read_dir(&run).expect("folder").map(|e| e.expect("entry").file_name()).collect();
    assert!(
        left.iter().all(|n| !n.to_string_lossy().starts_with('.')),
        "half-written files are swept up: {left:?}"
    );

    // What is already done is not overwritten by mistake.
    let output = Command::new(env!("CARGO_BIN_EXE_nfx-train"))
        .current_dir(dir)
        .args(["train", "--out", "killed"])
        .output()
        .expect("starts");
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("--resume") && error.contains("expected a folder without a run"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_the_best_and_ends_well() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    let run = dir.join("stopped");
    let mut child = start(dir, "stopped", false);
    assert!(wait_until(&mut child, || run.join("best.safetensors").exists()));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    let log = finish(child);
    assert!(log.contains("stopping") || log.contains("all epochs"), "{log}");
    let early = model(&run, "model.safetensors");
    assert!(early.card.provenance.metrics["test_mse"].is_finite());
    finish(start(dir, "stopped", true));
    assert_eq!(metrics(&run).len(), 9, "a line for each epoch after it went on");
}
