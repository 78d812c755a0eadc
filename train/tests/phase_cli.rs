//! `nfx-train phase` as a user meets it.

use std::path::Path;
use std::process::{Command, Output};

use nfx_train::audio::{read_audio, write_wav};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nfx-train"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("nfx-train starts")
}

/// The figure of a line `SC -24.91 dB`.
fn convergence_db(output: &Output) -> f64 {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line = text.lines().find_map(|l| l.strip_prefix("SC ")?.strip_suffix(" dB"));
    line.unwrap_or_else(|| panic!("no figure in {text}")).parse().expect("a number")
}

fn sound(folder: &Path) {
    let saw = |hz: f64| -> Vec<f32> {
        let sample = |i: usize| {
            let turns = hz * i as f64 / 44_100.0;
            (1..30)
                .map(|k| (std::f64::consts::TAU * turns * f64::from(k)).sin() / f64::from(k))
                .sum::<f64>()
        };
        (0..40_000).map(|i| 0.3 * sample(i) as f32).collect()
    };
    write_wav(&folder.join("in.wav"), &[saw(220.0), saw(330.0)], 44_100.0).expect("a sound");
}

#[test]
fn a_sound_gets_other_phases_and_the_figure_is_printed() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    sound(dir);
    let mut found = Vec::new();
    for method in ["zero", "rtpghi0", "pghi", "rtisi3"] {
        let output =
            run(dir, &["phase", "--method", method, "--window", "gauss", "in.wav", "out.wav"]);
        assert!(String::from_utf8_lossy(&output.stdout).contains("% of its hop"));
        found.push(convergence_db(&output));
        let out = read_audio(&dir.join("out.wav")).expect("the result");
        assert_eq!((out.channels.len(), out.len(), out.rate), (2, 40_000, 44_100.0));
    }
    println!("{found:?}");
    assert!(
        found[0] > -12.0 && found[1] < -20.0 && found[2] < -25.0 && found[3] < -30.0,
        "{found:?}"
    );
    write_wav(&dir.join("silence.wav"), &[vec![0.0; 100]], 44_100.0).expect("a sound");
    let silent = run(dir, &["phase", "--method", "pghi+gl2", "silence.wav", "still.wav"]);
    assert!(convergence_db(&silent) == f64::NEG_INFINITY);
    assert!(
        read_audio(&dir.join("still.wav")).expect("the result").mono().iter().all(|&x| x == 0.0)
    );
    let again = |seed: &str| {
        let shape = ["--window", "root-hann", "--fft", "1024", "--hop", "128", "--seed", seed];
        convergence_db(&run(
            dir,
            &[&["phase", "--method", "rtpghi1"][..], &shape, &["in.wav", "out.wav"]].concat(),
        ));
        std::fs::read(dir.join("out.wav")).expect("the result")
    };
    let one = again("1");
    assert!(one == again("1"), "twice the same, two results");
    assert!(one != again("2"), "another seed, the same result");
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    sound(dir);
    for (arguments, sentence) in [
        (&["--method", "rtpghi7", "in.wav", "out.wav"][..], "expected a phase method out of"),
        (
            &["--method", "pghi", "--window", "kaiser", "in.wav", "out.wav"],
            "expected a window out of",
        ),
        (&["--method", "pghi", "--fft", "1000", "in.wav", "out.wav"], "the FFT size must be"),
        (&["--method", "pghi", "--hop", "100", "in.wav", "out.wav"], "the hop must be"),
        (&["--method", "pghi", "nothing.wav", "out.wav"], "nothing.wav"),
    ] {
        let output = run(dir, &[&["phase"][..], arguments].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(sentence), "{arguments:?}: {error}");
        assert!(!dir.join("out.wav").exists(), "{arguments:?}: something was written");
    }
}
