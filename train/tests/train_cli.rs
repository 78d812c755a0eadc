//! The program as a user meets it: a small training, its files, and what is done with the model.

use std::path::Path;
use std::process::{Command, Output};

use nfx_core::models::ModelFile;
use nfx_train::audio::{read_audio, write_wav};
use nfx_train::train::RunConfig;

const SOUND: [&str; 10] = [
    "--source",
    "synth:seed=5,minutes=0.6,clip_seconds=3",
    "--rate",
    "16000",
    "--fft",
    "512",
    "--hop",
    "128",
    "--frames",
    "600",
];

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nfx-train"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("nfx-train starts")
}

fn good(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "nfx-train {arguments:?}: {error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "nfx-train {arguments:?} was not refused");
    assert!(!error.contains("panicked"), "{error}");
    error
}

#[test]
fn a_model_is_trained_reported_measured_inspected_and_played() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    let listing = good(dir, &[&["corpus"][..], &SOUND].concat());
    assert!(listing.contains("synth") && listing.contains("licence"), "{listing}");
    let clips =
        good(dir, &[&["corpus"][..], &SOUND, &["--clips", "2", "--clips-out", "clips"]].concat());
    assert_eq!(clips.matches(".wav").count(), 2, "{clips}");
    assert_eq!(read_audio(&dir.join("clips/all-5-1.wav")).expect("clip").rate, 16_000.0);
    let devices = good(dir, &["devices", "--steps", "3"]);
    assert!(devices.contains("--device auto takes") && devices.lines().count() >= 6, "{devices}");
    let options = [
        "--hidden",
        "48,10,48",
        "--epochs",
        "4",
        "--name",
        "Small <one>",
        "--out",
        "run",
        "--device",
        "cpu",
    ];
    let table = good(dir, &[&["train"][..], &SOUND, &options].concat());
    assert!(
        table.contains("PCA-10") && table.contains("mean frame") && table.contains("zero"),
        "{table}"
    );

    let config: RunConfig =
        serde_json::from_slice(&std::fs::read(dir.join("run/config.json")).expect("config"))
            .expect("config");
    assert_eq!(config.fit.epochs, 4);
    let metrics = std::fs::read_to_string(dir.join("run/metrics.csv")).expect("metrics");
    assert_eq!(metrics.lines().count(), 5, "{metrics}");
    assert!(
        metrics
            .starts_with("epoch,steps,seconds,rate,train_loss,validation_loss,validation_mse,best")
    );
    let page = std::fs::read_to_string(dir.join("run/report.html")).expect("report");
    for part in [
        "<svg",
        "PCA-10",
        "zero output",
        "mean frame",
        "Small &lt;one&gt;",
        "Latents",
        "reconstruction",
    ] {
        assert!(page.contains(part), "the report lacks {part}");
    }
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "the report needs nothing from elsewhere"
    );

    let file =
        ModelFile::from_bytes(&std::fs::read(dir.join("run/model.safetensors")).expect("model"))
            .expect("model");
    assert_eq!(file.card.spectral().unwrap().latents.len(), 10);
    let metrics = &file.card.provenance.metrics;
    assert!(
        metrics["test_mse"] < metrics["zero_output_mse"] && metrics["parity"] <= 1e-5,
        "{metrics:?}"
    );
    let live: Vec<_> = file
        .card
        .spectral()
        .unwrap()
        .latents
        .iter()
        .filter(|l| l.live)
        .map(|l| l.centroid_hz)
        .collect();
    assert!(live.is_sorted(), "{live:?}");

    let text = good(dir, &["inspect", "run/model.safetensors"]);
    assert!(
        text.contains("Small <one>") && text.contains("16000 Hz") && text.contains("latents live"),
        "{text}"
    );
    let card: serde_json::Value =
        serde_json::from_str(&good(dir, &["inspect", "run/model.safetensors", "--json"]))
            .expect("JSON");
    assert_eq!(card["name"], "Small <one>");

    let json = good(dir, &["eval", "run/model.safetensors", SOUND[1], "--frames", "600", "--json"]);
    let figures: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let mse = figures["rows"]
        .as_array()
        .and_then(|r| r.last())
        .and_then(|r| r["mse"].as_f64())
        .expect("mse");
    assert!(
        (mse / metrics["test_mse"] - 1.0).abs() < 1e-6,
        "the same clips give the same figure: {mse}"
    );

    plays(dir);
    goes_on(dir);
}

/// Trains on from the model that lies in the folder.
fn goes_on(dir: &Path) {
    let figures = |run: &str| -> Vec<f64> {
        let text = std::fs::read_to_string(dir.join(run).join("metrics.csv")).expect("metrics");
        let figure =
            |line: &str| line.split(',').nth(6).expect("a figure").parse().expect("a number");
        text.lines().skip(1).map(figure).collect()
    };
    let more = ["--from", "run/model.safetensors", "--epochs", "1", "--device", "cpu", "--out"];
    // With steps that are none, it is where the other training ended.
    let still = ["on", "--hidden", "48,10,48", "--learning-rate", "1e-12"];
    good(dir, &[&["train"][..], &SOUND, &more, &still].concat());
    let (on, best) = (figures("on")[0], figures("run").into_iter().fold(f64::MAX, f64::min));
    assert!((on / best - 1.0).abs() < 0.02, "{on}, the model itself {best}");
    let error =
        refused(dir, &[&["train"][..], &SOUND, &more, &["other", "--hidden", "48,12,48"]].concat());
    assert!(error.contains("Small <one>") && !dir.join("other").exists(), "{error}");
}

/// Renders through the model that lies in the folder.
fn plays(dir: &Path) {
    let tone = |hz: f32| {
        (0..22_050)
            .map(|i| 0.3 * (i as f32 * std::f32::consts::TAU * hz / 44_100.0).sin())
            .collect::<Vec<f32>>()
    };
    write_wav(&dir.join("in.wav"), &[tone(440.0), tone(660.0)], 44_100.0).expect("wav");
    write_wav(&dir.join("second.wav"), &[tone(220.0)], 44_100.0).expect("wav");
    let model = "run/model.safetensors";
    let render = |out: &str, more: &[&str]| {
        good(dir, &[&["render", model, "in.wav", out][..], more].concat());
        let audio = read_audio(&dir.join(out)).expect("rendered");
        assert!(audio.channels.iter().flatten().all(|x| x.is_finite()));
        audio
    };
    let neutral = render("neutral.wav", &[]);
    assert_eq!((neutral.channels.len(), neutral.rate), (2, 44_100.0));
    assert_eq!(neutral.channels[0].len(), 22_050);
    let loud = render("loud.wav", &["--set", "a=5.5", "--set", "e=0.5", "--set", "l3=0"]);
    assert_ne!(neutral.channels, loud.channels);
    let dry = render("dry.wav", &["--set", "mix=0"]);
    let input = read_audio(&dir.join("in.wav")).expect("input");
    let error = dry.channels[0][2000..20_000]
        .iter()
        .zip(&input.channels[0][2000..20_000])
        .map(|(a, b)| (a - b).abs())
        .fold(0.0f32, f32::max);
    assert!(error < 1e-4, "the dry sound comes back in time: {error}");
    assert_ne!(
        render("morph.wav", &["--set", "morph=1", "--morph", "second.wav"]).channels,
        neutral.channels
    );
    assert_eq!(render("rate.wav", &["--rate", "48000"]).rate, 48_000.0);
    let norm = |c: &[Vec<f32>]| c.iter().flatten().map(|x| f64::from(x * x)).sum::<f64>().sqrt();
    let normal = render("normal.wav", &["--normalise"]);
    assert!((norm(&normal.channels) / norm(&input.channels) - 1.0).abs() < 1e-2);
    for (arguments, word) in [
        (["render", model, "in.wav", "x.wav", "--set", "a=9"], "0.5"),
        (["render", model, "in.wav", "x.wav", "--set", "zz=1"], "expected one of"),
        (["render", model, "none.wav", "x.wav", "--set", "a=1"], "none.wav"),
        (["render", "in.wav", "in.wav", "x.wav", "--set", "a=1"], "expected a model file"),
    ] {
        let error = refused(dir, &arguments);
        assert!(error.contains(word), "{error}");
    }
    assert!(!dir.join("x.wav").exists());
}

#[test]
fn wrong_arguments_get_a_sentence() {
    const PROFILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/klon.safetensors");
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    std::fs::write(dir.join("notes.txt"), "not a model").expect("file");
    for (arguments, word) in [
        (vec!["train", "--fft", "1000"], "1000"),
        (vec!["train", "--rate", "10"], "10"),
        (vec!["train", "--epochs", "0"], "expected at least one epoch"),
        (vec!["train", "--learning-rate=-1"], "expected a learning rate"),
        (vec!["train", "--activation", "wobbly"], "wobbly"),
        (vec!["train", "--hidden", "0"], "0"),
        (vec!["train", "--recipe", "thesis", "--pca-start", "true"], "--shortcut"),
        (vec!["train", "--source", "radio:1"], "radio:1"),
        (vec!["train", "--source", "folder:nowhere"], "nowhere"),
        (vec!["train", "--optimiser", "magic"], "magic"),
        (vec!["train", "--resume", "nowhere"], "expected a run"),
        (vec!["inspect", "nothing.safetensors"], "nothing.safetensors"),
        (vec!["inspect", "notes.txt"], "expected a model file"),
        (vec!["eval", "notes.txt", "synth:seed=1"], "expected a model file"),
        (
            vec!["profile", "--input", "a.wav", "--target", "b.wav", "--minutes=nan"],
            "expected minutes",
        ),
        (
            vec!["profile", "--input", "a.wav", "--target", "b.wav", "--learning-rate=nan"],
            "expected a learning rate",
        ),
        (
            vec!["profile", "--input", "a.wav", "--target", "b.wav", "--stft=-1"],
            "expected a weight",
        ),
        (vec!["render", PROFILE, "in.wav", "out.wav", "--normalise"], "found a profile"),
    ] {
        let error = refused(dir, &arguments);
        assert!(error.contains(word), "{arguments:?}: {error}");
    }
    #[cfg(not(feature = "gpu"))]
    assert!(refused(dir, &["train", "--device", "gpu"]).contains("without the feature `gpu`"));
    assert!(good(dir, &["--version"]).starts_with("nfx-train 0."));
}
