//! Files, folders and tables as people have them, through the trainer's own commands.

#[path = "../../../audio/tests/maker/mod.rs"]
mod maker;
mod page;
mod tables;

use std::path::{Path, PathBuf};
use std::process::Command;

use nfx_train::audio::{read_audio, write_wav};
use nfx_train::corpus::CorpusSpec;

fn trainer(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_nfx-train")).args(arguments).output().unwrap();
    let text = [&output.stdout[..], &output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

fn tone(hz: f64, seconds: f64) -> Vec<f32> {
    (0..(seconds * 8_000.0) as usize)
        .map(|i| (0.5 * (std::f64::consts::TAU * hz * i as f64 / 8_000.0).sin()) as f32)
        .collect()
}

/// A WAV file of floats, whatever they are.
fn floats(samples: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x03\0\x01\0".to_vec();
    bytes.extend(8_000u32.to_le_bytes());
    bytes.extend(32_000u32.to_le_bytes());
    bytes.extend(b"\x04\0\x20\0data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

/// A folder with four good sounds.
fn sounds(dir: &Path) {
    for (i, hz) in [200.0, 300.0, 450.0, 700.0].into_iter().enumerate() {
        write_wav(&dir.join(format!("{i}.wav")), &[tone(hz, 1.0)], 8_000.0).unwrap();
    }
}

fn corpus(dir: &Path, more: &str) -> anyhow::Result<nfx_train::corpus::Corpus> {
    let stft =
        nfx_core::signal::stft::StftConfig::new(512, 256, nfx_core::signal::window::Window::Hann)
            .unwrap();
    let mut spec = CorpusSpec::new(&[format!("folder:{}{more}", dir.display())], 8_000.0, stft)?;
    spec.cache_dir = Some(dir.join(".cache"));
    spec.build(&|_, _| ())
}

#[test]
fn one_bad_file_never_ends_a_corpus_and_the_list_stays_true() {
    let dir = tempfile::tempdir().unwrap();
    sounds(dir.path());
    let mut bad = tone(200.0, 1.0);
    bad[4_000] = f32::NAN;
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
    write("nan.wav", &floats(&bad));
    write("page.wav", b"<!DOCTYPE html><html>");
    write("empty.flac", b"");
    write("zeros.wav", &[0; 1_000]);
    std::fs::create_dir(dir.path().join("folder.wav")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere.wav", dir.path().join("link.wav")).unwrap();
    let made = corpus(dir.path(), "").unwrap();
    let said = |corpus: &nfx_train::corpus::Corpus, name: &str| {
        corpus.skipped.iter().filter(|s| s.contains(name)).count()
    };
    for name in ["nan.wav", "page.wav", "empty.flac", "zeros.wav"] {
        assert_eq!(said(&made, name), 1, "{name}: {:?}", made.skipped);
    }
    assert!(
        made.skipped.iter().any(|s| s.contains("NaN or infinity"))
            && made.skipped.iter().any(|s| s.contains("web page"))
    );
    #[cfg(unix)]
    assert!(
        made.skipped.iter().any(|s| s.contains("link.wav") && s.contains("no such file")),
        "{:?}",
        made.skipped
    );
    assert!(made.description.starts_with("4 sound files"), "{}", made.description);
    // The others are divided as if it had never been there.
    let good = tempfile::tempdir().unwrap();
    sounds(good.path());
    let want = corpus(good.path(), "").unwrap();
    assert_eq!(
        (&want.train, &want.validation, &want.test),
        (&made.train, &made.validation, &made.test)
    );
    // Kept, and read again with the same list.
    assert_eq!(corpus(dir.path(), "").unwrap(), made);
    // One is mended, one goes, one comes: the list is that of the folder as it is.
    std::fs::remove_file(dir.path().join("page.wav")).unwrap();
    write("nan.wav", &floats(&tone(900.0, 1.0)));
    write("new.wav", b"{}");
    let again = corpus(dir.path(), "").unwrap();
    assert_eq!(
        [said(&again, "page.wav"), said(&again, "nan.wav"), said(&again, "new.wav")],
        [0, 0, 1]
    );
    assert!(again.description.starts_with("5 sound files"), "{}", again.description);
    // A file in parts is told once, and its notes are found without it.
    write("nan.wav", &floats(&bad));
    let parts = corpus(dir.path(), ",part_seconds=0.25").unwrap();
    assert_eq!(said(&parts, "nan.wav"), 1, "{:?}", parts.skipped);
    let notes = corpus(dir.path(), ",notes=true").unwrap();
    assert_eq!(said(&notes, "nan.wav"), 1, "{:?}", notes.skipped);
    // Nothing is left: the reasons are told.
    for name in ["0.wav", "1.wav", "2.wav", "3.wav"] {
        write(name, &floats(&bad));
    }
    let error = format!("{:#}", corpus(dir.path(), "").unwrap_err());
    assert!(
        error.contains("expected sounds, but none could be used") && error.contains("more)"),
        "{error}"
    );
}

#[test]
fn files_that_a_program_cannot_read_are_left_out_too() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        sounds(dir.path());
        std::fs::create_dir(dir.path().join("closed")).unwrap();
        write_wav(&dir.path().join("mine.wav"), &[tone(800.0, 1.0)], 8_000.0).unwrap();
        let close = |name: &str, mode: u32| {
            std::fs::set_permissions(dir.path().join(name), std::fs::Permissions::from_mode(mode))
                .unwrap();
        };
        close("mine.wav", 0);
        close("closed", 0);
        // Whoever may read everything sees no difference.
        let open = std::fs::File::open(dir.path().join("mine.wav")).is_ok();
        let made = corpus(dir.path(), "");
        close("closed", 0o755);
        close("mine.wav", 0o644);
        let made = made.unwrap();
        assert_eq!(made.skipped.len(), if open { 0 } else { 2 }, "{:?}", made.skipped);
        assert_eq!(
            corpus(dir.path(), "").unwrap().skipped,
            Vec::<String>::new(),
            "what may be read now is read"
        );
    }
}

#[test]
fn the_folder_of_the_field_with_one_file_of_nan_trains() {
    let field =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/field/folder_one_nan_file");
    if field.is_dir() {
        let dir = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(&field).unwrap().flatten() {
            let bytes = std::fs::read(entry.path()).unwrap();
            std::fs::write(dir.path().join(entry.file_name()), bytes).unwrap();
        }
        let made = corpus(dir.path(), "").unwrap();
        assert_eq!(made.skipped.len(), 1, "{:?}", made.skipped);
        assert!(made.skipped[0].contains("one_nan.wav") && !made.train.is_empty());
    }
}

#[test]
fn what_can_be_written_is_said_before_anything_is_rendered() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    let nam = r#"{"version": "0.5.4", "architecture": "Linear", "config": {"receptive_field": 1, "bias": false}, "weights": [1.0]}"#;
    std::fs::write(dir.path().join("id.nam"), nam).unwrap();
    write_wav(&dir.path().join("in.wav"), &[tone(200.0, 0.1)], 48_000.0).unwrap();
    let model = format!("{}/../models/compressor.safetensors", env!("CARGO_MANIFEST_DIR"));
    for arguments in [
        vec!["render".to_owned(), at("id.nam"), at("in.wav"), at("out.mp3")],
        vec!["render".to_owned(), model, at("in.wav"), at("out.flac")],
        vec!["signal".to_owned(), at("signal.aiff")],
        vec![
            "ir".to_owned(),
            "--sweep".to_owned(),
            at("in.wav"),
            "--recording".to_owned(),
            at("in.wav"),
            at("ir.ogg"),
        ],
    ] {
        let (ok, said) = trainer(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(!ok && said.contains("a WAV file is what can be written"), "{arguments:?}: {said}");
    }
    let (ok, said) = trainer(&["nam", &at("id.nam"), &at("out.wav")]);
    assert!(!ok && said.contains("ends in .nam"), "{said}");
    let (ok, said) = trainer(&["render", &at("id.nam"), &at("in.wav"), &at("out.WAV")]);
    assert!(ok, "{said}");
    assert_eq!(read_audio(&dir.path().join("out.WAV")).unwrap().len(), 800);
    // Paths of the wrong kind.
    for (arguments, word) in [
        (vec!["render", "FOLDER", "IN", "OUT"], "found a folder"),
        (vec!["render", "MODEL", "FOLDER", "OUT"], "found a folder"),
        (vec!["render", "MODEL", "IN", "FOLDER"], "found the folder"),
        (vec!["inspect", "FOLDER"], "found a folder"),
        (vec!["inspect", "NONE"], "no such file"),
        (vec!["inspect", "IN"], "found a WAV file"),
        (vec!["render", "IN", "IN", "OUT"], "found a WAV file"),
        (vec!["eval", "MODEL", "IN"], "found a file"),
        (vec!["profile", "--pairs", "NONE", "--check"], "no such folder"),
        (vec!["profile", "--pairs", "IN", "--check"], "found a file"),
        (vec!["corpus", "--source", "folder:IN"], "no such folder"),
    ] {
        let real: Vec<String> = arguments
            .iter()
            .map(|word| {
                word.replace("FOLDER", &dir.path().display().to_string())
                    .replace("MODEL", &at("id.nam"))
                    .replace("NONE", &at("none"))
                    .replace("OUT", &at("o.wav"))
                    .replace("IN", &at("in.wav"))
            })
            .collect();
        let (ok, said) = trainer(&real.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(!ok && said.contains("expected") && said.contains(word), "{arguments:?}: {said}");
    }
}

#[test]
fn an_unfinished_recording_is_read_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("take.wav");
    let mut bytes = floats(&tone(200.0, 0.5));
    bytes[40..44].fill(0);
    std::fs::write(&path, &bytes).unwrap();
    let nam = r#"{"version": "0.5.4", "architecture": "Linear", "config": {"receptive_field": 1, "bias": false}, "weights": [1.0]}"#;
    std::fs::write(dir.path().join("id.nam"), nam).unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    let (ok, said) = trainer(&["render", &at("id.nam"), &at("take.wav"), &at("out.wav")]);
    assert!(ok && said.contains("never finished") && said.contains("0.5 s"), "{said}");
    assert_eq!(read_audio(&dir.path().join("out.wav")).unwrap().len(), 4_000);
}

/// The response that the field's files give, where they are at hand.
#[test]
fn the_direct_sound_of_the_field_stays_before_its_louder_reflection() {
    let field =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/field/ir_reflection_louder");
    if !field.is_dir() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("ir.wav").display().to_string();
    let of = |name: &str| -> PathBuf { field.join(name) };
    let make = |recording: &str, more: &[&str]| {
        let (sweep, recording) =
            (of("sweep.flac").display().to_string(), of(recording).display().to_string());
        let told =
            [&["ir", "--sweep", &sweep, "--recording", &recording, &out, "--seconds", "0.2"], more]
                .concat();
        trainer(&told)
    };
    let (ok, said) = make("recording.flac", &[]);
    assert!(ok && !said.contains("warning"), "{said}");
    let ir = read_audio(Path::new(&out)).unwrap().channels.remove(0);
    let top = |range: std::ops::Range<usize>| {
        range.max_by(|a, b| ir[*a].abs().total_cmp(&ir[*b].abs())).unwrap()
    };
    let (direct, louder) = (top(0..200), top(200..ir.len()));
    assert_eq!(louder - direct, 400);
    assert!(
        (ir[direct] - 0.39).abs() < 0.02 && (ir[louder] - 0.71).abs() < 0.02,
        "{} {}",
        ir[direct],
        ir[louder]
    );
    let (ok, said) = make("recording.flac", &["--normalise"]);
    let peak =
        read_audio(Path::new(&out)).unwrap().channels[0].iter().fold(0.0f32, |m, x| m.max(x.abs()));
    assert!(ok && said.contains("turned by") && (peak - 0.891_25).abs() < 1e-3, "{said} {peak}");
    let (ok, said) = make("recording_clipped.flac", &[]);
    assert!(ok && said.contains("clipped"), "{said}");
    let foreign = field.join("../recordings/control.flac");
    if foreign.exists() {
        let (ok, said) = make("../recordings/control.flac", &[]);
        assert!(!ok && said.contains("expected a recording of this sweep"), "{said}");
    }
}
