//! Files, folders and tables as people have them, through the trainer's own commands.

#[path = "../../audio/tests/maker/mod.rs"]
mod maker;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nfx_train::audio::{read_audio, write_wav};
use nfx_train::corpus::CorpusSpec;
use nfx_train::profile::folder::folder;
use nfx_train::profile::pairs::{Pairs, ReadOptions, load, parse_knob};

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
    let stft = nfx_core::stft::StftConfig::new(512, 256, nfx_core::window::Window::Hann).unwrap();
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
    let said =
        |corpus: &nfx_train::corpus::Corpus, name: &str| corpus.skipped.iter().filter(|s| s.contains(name)).count();
    for name in ["nan.wav", "page.wav", "empty.flac", "zeros.wav"] {
        assert_eq!(said(&made, name), 1, "{name}: {:?}", made.skipped);
    }
    assert!(
        made.skipped.iter().any(|s| s.contains("NaN or infinity"))
            && made.skipped.iter().any(|s| s.contains("web page"))
    );
    #[cfg(unix)]
    assert!(made.skipped.iter().any(|s| s.contains("link.wav") && s.contains("no such file")), "{:?}", made.skipped);
    assert!(made.description.starts_with("4 sound files"), "{}", made.description);
    // The others are divided as if it had never been there.
    let good = tempfile::tempdir().unwrap();
    sounds(good.path());
    let want = corpus(good.path(), "").unwrap();
    assert_eq!((&want.train, &want.validation, &want.test), (&made.train, &made.validation, &made.test));
    // Kept, and read again with the same list.
    assert_eq!(corpus(dir.path(), "").unwrap(), made);
    // One is mended, one goes, one comes: the list is that of the folder as it is.
    std::fs::remove_file(dir.path().join("page.wav")).unwrap();
    write("nan.wav", &floats(&tone(900.0, 1.0)));
    write("new.wav", b"{}");
    let again = corpus(dir.path(), "").unwrap();
    assert_eq!([said(&again, "page.wav"), said(&again, "nan.wav"), said(&again, "new.wav")], [0, 0, 1]);
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
    assert!(error.contains("expected sounds, but none could be used") && error.contains("more)"), "{error}");
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
            std::fs::set_permissions(dir.path().join(name), std::fs::Permissions::from_mode(mode)).unwrap();
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
        assert_eq!(corpus(dir.path(), "").unwrap().skipped, Vec::<String>::new(), "what may be read now is read");
    }
}

#[test]
fn the_folder_of_the_field_with_one_file_of_nan_trains() {
    let field = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/field/folder_one_nan_file");
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

/// A folder of four short recordings.
fn takes() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.flac", "b.flac", "c.flac", "d.flac", "#1 bright.wav", "input.flac"] {
        std::fs::write(dir.path().join(name), b"").unwrap();
    }
    dir
}

fn read_table(dir: &Path, bytes: &[u8], knobs: &[&str]) -> Result<Pairs, String> {
    std::fs::write(dir.join("knobs.csv"), bytes).unwrap();
    let knobs: Vec<_> = knobs.iter().map(|knob| parse_knob(knob).unwrap()).collect();
    folder(dir, (None, None), &knobs).map_err(|error| format!("{error:#}"))
}

#[test]
fn tables_are_read_as_spreadsheets_write_them() {
    let dir = takes();
    let utf16 = |text: &str| -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let latin = |text: &str| -> Vec<u8> { text.chars().map(|c| c as u32 as u8).collect() };
    let plain = "file,Drive\na.flac,0.0\nb.flac,2.5\nc.flac,5.0\nd.flac,10.0\n";
    let semicolons = "file;Drive\r\na.flac;0,0\r\nb.flac;2,5\r\nc.flac;5,0\r\nd.flac;10,0\r\n";
    let tables: Vec<(&str, Vec<u8>)> = vec![
        ("commas", plain.into()),
        ("semicolons and decimal commas", semicolons.into()),
        ("the same with a mark", format!("\u{feff}{semicolons}").into()),
        ("tabs in UTF-16", utf16(&semicolons.replace(';', "\t"))),
        ("semicolons in UTF-16", utf16(semicolons)),
        ("ends of lines of old", plain.replace('\n', "\r").into()),
        ("the line of Excel", format!("sep=;\r\n{semicolons}").into()),
        (
            "all in quotes",
            plain
                .replace(',', "\",\"")
                .replace('\n', "\"\n\"")
                .replacen("file", "\"file", 1)
                .trim_end_matches('"')
                .into(),
        ),
        (
            "quoted decimal commas",
            "file,Drive\na.flac,\"0,0\"\nb.flac,\"2,5\"\nc.flac,\"5,0\"\nd.flac,\"10,0\"\n".into(),
        ),
        (
            "blank rows and an empty column",
            "file,Drive,\na.flac,0.0,\n,,\nb.flac,2.5,\n\nc.flac,5.0,\nd.flac,10.0,\n,,\n,,\n".into(),
        ),
        (
            "a column of words",
            "file,Drive,Comment\na.flac,0.0,bright\nb.flac,2.5,bright\nc.flac,5.0,\nd.flac,10.0,12\n".into(),
        ),
        (
            "words under another heading",
            "file,Drive,Klang\na.flac,0,hell\nb.flac,2.5,dunkel\nc.flac,5,\nd.flac,10,hell\n".into(),
        ),
        (
            "Latin-1",
            latin("file;Drive;Gerät\na.flac;0,0;grün\nb.flac;2,5;süß\nc.flac;5,0;ärgerlich\nd.flac;10,0;schön\n"),
        ),
        ("a title above", "Mein Verstärker;;\n;;\nfile;Drive;\na.flac;0;\nb.flac;2,5;\nc.flac;5;\nd.flac;10;\n".into()),
        ("names in another case and without endings", "File,Drive\nA.FLAC,0\nb,2.5\nC,5\n d.flac ,10\n".into()),
        ("a row twice", "file,Drive\na.flac,0\nb.flac,2.5\nb.flac,2.5\nc.flac,5\nd.flac,10\n".into()),
        ("remarks", "# my pedal\nfile,Drive\n# first\na.flac,0\nb.flac,2.5\n#c2.flac,4\nc.flac,5\nd.flac,10\n".into()),
        ("another name for the first column", "Filename,Drive\na.flac,0\nb.flac,2.5\nc.flac,5\nd.flac,10\n".into()),
    ];
    for (what, bytes) in tables {
        let pairs = read_table(dir.path(), &bytes, &[]).unwrap_or_else(|error| panic!("{what}: {error}"));
        let values: Vec<f32> = pairs.files.iter().map(|f| f.values[0]).collect();
        assert_eq!(values, [0.0, 2.5, 5.0, 10.0], "{what}");
        assert_eq!((pairs.knobs.len(), pairs.knobs[0].name.as_str()), (1, "Drive"), "{what}");
        assert!(
            pairs.files.iter().zip(["a", "b", "c", "d"]).all(|(f, n)| f.target.ends_with(format!("{n}.flac"))),
            "{what}"
        );
    }
    let pairs = read_table(dir.path(), b"file,Drive\n#1 bright.wav,3\na.flac,1\n", &[]).unwrap();
    assert!(pairs.files.len() == 2 && pairs.files[0].target.ends_with("#1 bright.wav"));
    let pairs =
        read_table(dir.path(), "file;Mix;Level (dB)\na.flac;0 %;-6 dB\nb.flac;50 %;-3,5\n".as_bytes(), &[]).unwrap();
    assert_eq!(pairs.files[1].values, [50.0, -3.5]);
    assert_eq!(
        [pairs.knobs[0].unit.as_str(), pairs.knobs[1].unit.as_str(), &pairs.knobs[1].name],
        ["%", "dB", "Level"]
    );
    // A knob may have the name of another column, and the table itself may be named.
    let pairs = read_table(dir.path(), b"file,Input,Set\na.flac,1,0\nb.flac,2,10\n", &[]).unwrap();
    assert_eq!(pairs.knobs.iter().map(|k| k.name.as_str()).collect::<Vec<_>>(), ["Input", "Set"]);
    assert_eq!(folder(&dir.path().join("knobs.csv"), (None, None), &[]).unwrap(), pairs);
}

#[test]
fn played_sounds_whose_names_begin_with_digits_are_no_settings() {
    let dir = takes();
    std::fs::create_dir(dir.path().join("2024")).unwrap();
    for name in ["1.wav", "2.wav", "01_dry.wav", "02_dry.wav", "2024/1.wav", "2024/2.wav"] {
        std::fs::write(dir.path().join(name), b"").unwrap();
    }
    for names in [
        ["01_dry.wav", "02_dry.wav"],
        ["1.wav", "2.wav"],
        ["01_dry", "02_dry"],
        ["2024/1.wav", "2024\\2.wav"],
        ["2024/1", "2024/2"],
        ["01_dry.wav", "01_dry.wav"],
    ] {
        for heading in ["input", "Dry"] {
            let table = format!("file,{heading},Drive\na.flac,{},0\nb.flac,{},10\n", names[0], names[1]);
            let pairs = read_table(dir.path(), table.as_bytes(), &[]).unwrap_or_else(|e| panic!("{table}: {e}"));
            assert_eq!(pairs.knobs.iter().map(|k| k.name.as_str()).collect::<Vec<_>>(), ["Drive"], "{table}");
            for (file, name) in pairs.files.iter().zip(names) {
                let name = name.replace('\\', "/").to_lowercase().replace(".wav", "") + ".wav";
                assert!(file.input.ends_with(&name), "{table}: {}", file.input.display());
            }
        }
    }
    // A knob called Input beside the column of what was played, and a name where a number is expected.
    let table = b"file,Input,dry\na.flac,1,1.wav\nb.flac,2,2.wav\n";
    let pairs = read_table(dir.path(), table, &[]).unwrap();
    assert!(pairs.knobs[0].name == "Input" && pairs.files[1].input.ends_with("2.wav"));
    let error = read_table(dir.path(), b"file,Drive\na.flac,1\nb.flac,2.wav\n", &[]).unwrap_err();
    assert!(error.contains("row 3") && error.contains("2.wav") && error.contains("expected a number"), "{error}");
    // A file that is not there is missing, and no setting.
    let error = read_table(dir.path(), b"file,input,Drive\na.flac,03_dry.wav,1\n", &[]).unwrap_err();
    assert!(error.contains("03_dry.wav") && error.contains("found none"), "{error}");
}

#[test]
fn what_cannot_be_a_setting_is_refused_with_its_row() {
    let dir = takes();
    std::fs::create_dir(dir.path().join("sub.wav")).unwrap();
    let drive = ["Drive=0..10"];
    for (table, knobs, words) in [
        ("file,Drive\na.flac,0\nb.flac,nan\n", &[][..], "row 3|finite|nan"),
        ("file,Drive\na.flac,0\n\n,\nb.flac,inf\n", &[], "row 5|finite|inf"),
        ("file;Drive\na.flac;0,5\nb.flac;-Infinity\n", &[], "row 3|finite"),
        ("file,Drive\na.flac,0\nb.flac,1e99\n", &[], "row 3|finite"),
        ("file,Drive\na.flac,0\nb.flac,\n", &[], "row 3|empty cell"),
        ("file,Drive\na.flac,0\nb.flac,#DIV/0!\n", &[], "row 3|number|#DIV/0!"),
        ("file,Drive\na.flac,0\nb.flac,high\n", &[], "row 3|number|high"),
        ("file,Drive\na.flac,high\nb.flac,low\n", &[], "row 2|number|high"),
        ("file,Drive\na.flac,0\nb.flac,11\n", &drive, "row 3|0 to 10|11"),
        ("file,Drive\na.flac,-0.5\nb.flac,1\n", &drive, "row 2|0 to 10|-0.5"),
        ("file,Drive\na.flac,0\nb.flac,1\n", &["Drive=0..10", "Tone=0..1"], "column for the knob Tone"),
        ("file,Drive\na.flac,0\ne.flac,1\n", &[], "row 3|e.flac|found none"),
        ("file,Drive\na.flac,0\nsub.wav,1\n", &[], "row 3|folder"),
        ("file,Drive,input\na.flac,0,input.flac\nb.flac,1,other.flac\n", &[], "row 3|other.flac|found none"),
        ("file,Drive\na.flac,0\n,1\n", &[], "row 3|empty cell"),
        ("file,Drive\na.flac,0\nb.flac,1,5\n", &[], "row 3|decimal comma"),
        ("file,Drive\na.flac,0\nb.flac,1\na.flac,2\n", &[], "rows 2 and 4|different"),
        ("file,Drive,split\na.flac,0,train\nb.flac,1,later\n", &[], "row 3|train, validation or test"),
        ("file,Level\na.flac,3 dB\nb.flac,2 Hz\n", &[], "row 3|in dB"),
        ("name,Drive\na.flac,0\n", &[], "a column `file`"),
        ("file,Drive\n", &[], "rows with recordings"),
    ] {
        let error = read_table(dir.path(), table.as_bytes(), knobs).expect_err(table);
        assert!(words.split('|').all(|word| error.contains(word)) && error.contains("expected"), "{table}: {error}");
    }
    let error = read_table(dir.path(), b"PK\x03\x04\x14\0\x06\0", &[]).unwrap_err();
    assert!(error.contains("save it as CSV"), "{error}");
    assert!(folder(&dir.path().join("none"), (None, None), &[]).unwrap_err().to_string().contains("no such folder"));
}

#[test]
fn tables_of_the_field_are_read_and_the_one_with_nan_is_refused() {
    let field = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/field");
    for name in ["table_semicolon", "table_blank_rows", "table_comment_column"] {
        let dir = field.join(name);
        if dir.is_dir() {
            let pairs = folder(&dir, (None, None), &[]).unwrap_or_else(|error| panic!("{name}: {error:#}"));
            assert_eq!(pairs.files.iter().map(|f| f.values[0]).collect::<Vec<_>>(), [0.0, 2.5, 5.0, 10.0], "{name}");
        }
    }
    let dir = field.join("table_nan");
    if dir.is_dir() {
        let error = format!("{:#}", folder(&dir, (None, None), &[]).unwrap_err());
        assert!(error.contains("row 3") && error.contains("nan"), "{error}");
    }
}

#[test]
fn one_recording_that_cannot_be_read_does_not_end_a_training_on_others() {
    let dir = tempfile::tempdir().unwrap();
    let noise: Vec<f32> =
        (0..40_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 9) as f32 / 8_388_608.0 - 0.5).collect();
    let gain = |g: f32| noise.iter().map(|x| g * x).collect::<Vec<_>>();
    write_wav(&dir.path().join("input.wav"), std::slice::from_ref(&noise), 8_000.0).unwrap();
    for (name, g) in [("a.wav", 0.9), ("b.wav", 0.5)] {
        write_wav(&dir.path().join(name), &[gain(g)], 8_000.0).unwrap();
    }
    let mut bad = gain(0.7);
    bad[100] = f32::INFINITY;
    std::fs::write(dir.path().join("bad.wav"), floats(&bad)).unwrap();
    std::fs::write(dir.path().join("page.wav"), b"<html>").unwrap();
    let pairs = read_table(dir.path(), b"file,Drive\nbad.wav,1\na.wav,2\npage.wav,3\nb.wav,4\n", &[]).unwrap();
    let options = ReadOptions { force: true, ..ReadOptions::default() };
    let loaded = load(&pairs, &options).unwrap();
    assert_eq!(loaded.recordings.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["a.wav", "b.wav"]);
    let none = Pairs { files: vec![pairs.files[0].clone(), pairs.files[2].clone()], knobs: pairs.knobs };
    let error = format!("{:#}", load(&none, &options).unwrap_err());
    assert!(error.contains("NaN or infinity") && error.contains("web page"), "{error}");
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
        vec!["ir".to_owned(), "--sweep".to_owned(), at("in.wav"), "--recording".to_owned(), at("in.wav"), at("ir.ogg")],
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
    let field = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/field/ir_reflection_louder");
    if !field.is_dir() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("ir.wav").display().to_string();
    let of = |name: &str| -> PathBuf { field.join(name) };
    let make = |recording: &str, more: &[&str]| {
        let (sweep, recording) = (of("sweep.flac").display().to_string(), of(recording).display().to_string());
        let told = [&["ir", "--sweep", &sweep, "--recording", &recording, &out, "--seconds", "0.2"], more].concat();
        trainer(&told)
    };
    let (ok, said) = make("recording.flac", &[]);
    assert!(ok && !said.contains("warning"), "{said}");
    let ir = read_audio(Path::new(&out)).unwrap().channels.remove(0);
    let top = |range: std::ops::Range<usize>| range.max_by(|a, b| ir[*a].abs().total_cmp(&ir[*b].abs())).unwrap();
    let (direct, louder) = (top(0..200), top(200..ir.len()));
    assert_eq!(louder - direct, 400);
    assert!((ir[direct] - 0.39).abs() < 0.02 && (ir[louder] - 0.71).abs() < 0.02, "{} {}", ir[direct], ir[louder]);
    let (ok, said) = make("recording.flac", &["--normalise"]);
    let peak = read_audio(Path::new(&out)).unwrap().channels[0].iter().fold(0.0f32, |m, x| m.max(x.abs()));
    assert!(ok && said.contains("turned by") && (peak - 0.891_25).abs() < 1e-3, "{said} {peak}");
    let (ok, said) = make("recording_clipped.flac", &[]);
    assert!(ok && said.contains("clipped"), "{said}");
    let foreign = field.join("../recordings/control.flac");
    if foreign.exists() {
        let (ok, said) = make("../recordings/control.flac", &[]);
        assert!(!ok && said.contains("expected a recording of this sweep"), "{said}");
    }
}

/// An identity, as a capture.
const IDENTITY: &str = r#"{"version": "0.5.4", "architecture": "Linear", "config": {"receptive_field": 1, "bias": false}, "weights": [1.0], "sample_rate": 48000}"#;

/// Beginnings of lines that say nothing about what was wrong with a file.
const DULL: [&str; 13] = [
    "corpus:",
    "ok ",
    "file  ",
    "transform",
    "weights",
    "made by",
    "seed",
    "licence",
    "frames",
    "all  ",
    "sounds-",
    "folder_one_nan_file  ",
    "ESR",
];

/// The page of docs/results: what the field's files gave and give, and more files of each kind that were made to break the product.
struct Page {
    dir: tempfile::TempDir,
    text: String,
}

impl Page {
    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// What a command gives, in a line: its last words, or the samples that it wrote.
    fn gives(&self, arguments: &[&str]) -> String {
        let dir = self.dir.path().display().to_string();
        let out = self.dir.path().join("out.wav");
        let _ = std::fs::remove_file(&out);
        let told: Vec<String> = arguments.iter().map(|a| a.replace("DIR", &dir)).collect();
        let (ok, said) = trainer(&told.iter().map(String::as_str).collect::<Vec<_>>());
        let said = said.replace(&format!("{dir}/"), "").replace(&dir, "the folder");
        let field = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/field").display().to_string();
        let said = said.replace(&format!("{field}/"), "");
        let words: Vec<&str> = said
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !DULL.iter().any(|dull| line.starts_with(dull)))
            .collect();
        let mut parts: Vec<String> = Vec::new();
        if let Ok(sound) = read_audio(&out) {
            parts.push(format!("{} samples at {} Hz", sound.len(), sound.rate));
        }
        parts.extend(words.iter().take(6).map(|line| (*line).to_owned()));
        if parts.is_empty() && ok {
            parts.push("all is well".to_owned());
        }
        let parts = parts.join("; ").replace('|', "/");
        let parts: String = parts.chars().take(420).collect();
        if ok { parts } else { format!("exit 1: {}", parts.trim_start_matches("error: ")) }
    }

    fn heading(&mut self, title: &str, head: &str) {
        let _ = write!(self.text, "\n## {title}\n\n{head}\n");
        let columns = head.matches('|').count() - 1;
        let _ = writeln!(self.text, "|{}", "---|".repeat(columns));
    }

    fn row(&mut self, cells: &[&str]) {
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }
}

/// `cargo test --workspace --test files -- --ignored` writes docs/results/files.md.
#[test]
#[ignore = "writes a page of the documents"]
fn the_page_of_files_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let text = "# Files\n\nWritten by `cargo test --workspace --test files -- --ignored`: what `nfx-train` gives for the files of the field, and for more files of each \
        kind that were made to break it. *render* is `nfx-train render identity.nam FILE out.wav`.\n";
    let mut page = Page { dir, text: text.to_owned() };
    page.put("identity.nam", IDENTITY);
    rows_of_the_field(&mut page);
    rows_of_sounds(&mut page);
    rows_of_captures(&mut page);
    rows_of_folders(&mut page);
    rows_of_tables(&mut page);
    rows_of_responses(&mut page);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/results/files.md");
    std::fs::write(path, page.text).unwrap();
}

fn rows_of_the_field(page: &mut Page) {
    let field = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/field");
    let Ok(readme) = std::fs::read_to_string(field.join("README.md")) else { return };
    page.heading("The field's files", "| file | wanted | before | now |");
    let rows = readme.lines().filter(|line| line.starts_with("| "));
    for cells in rows.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect::<Vec<_>>()) {
        let [names, _, before, want] = cells[..] else { continue };
        let at = |name: &str| field.join(name).display().to_string();
        let mut folder = String::new();
        for name in names.split(',').map(|name| name.trim().trim_start_matches("and ")) {
            let name = match name.rsplit_once('/') {
                Some((dir, last)) => {
                    folder = dir.to_owned();
                    last
                }
                None => name,
            };
            let now = match folder.as_str() {
                "wav_headers" => {
                    page.gives(&["render", "DIR/identity.nam", &at(&format!("wav_headers/{name}.wav")), "DIR/out.wav"])
                }
                "nam_variants" => page.gives(&["inspect", &at(&format!("nam_variants/{name}.nam"))]),
                "ir_reflection_louder" => {
                    page.gives(&response(&at(""), "recording_clipped.flac").each_ref().map(String::as_str))
                }
                _ if name == "ir_reflection_louder" => {
                    page.gives(&response(&at(""), "recording.flac").each_ref().map(String::as_str))
                }
                _ if name == "proteus_sample_rate" => {
                    page.gives(&["inspect", &at("proteus_sample_rate/proteus_48k.json")])
                }
                _ if name.starts_with("table_") => page.gives(&["profile", "--pairs", &at(name), "--check"]),
                _ => continue,
            };
            page.row(&[name, want, before, &now]);
        }
    }
    let bad = field.join("folder_one_nan_file").display().to_string();
    let now = page.gives(&["corpus", "--source", &format!("folder:{bad}"), "--rate", "8000", "--cache", "DIR/cache"]);
    page.row(&["folder_one_nan_file", "the other files are used", "the corpus could not be made", &now]);
}

fn response(field: &str, recording: &str) -> [String; 8] {
    let of = |name: &str| format!("{field}ir_reflection_louder/{name}");
    ["ir", "--sweep", &of("sweep.flac"), "--recording", &of(recording), "DIR/out.wav", "--seconds", "0.2"]
        .map(str::to_owned)
}

fn rows_of_sounds(page: &mut Page) {
    use maker::{Aiff, Wav, aiff, chunk, extended, fmt, wav};
    let (w, a) = (Wav::default(), Aiff::default());
    let render = ["render", "DIR/identity.nam", "DIR/sound", "DIR/out.wav"];
    page.heading("Sound files of 20 samples", "| file | render |");
    let odd: Vec<u8> = [&b"LIST\x07\0\0\0"[..], b"INFOxyz"].concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("RF64 whose 64-bit size is 0", wav(&Wav { id: *b"RF64", long: Some(0), size: Some(u32::MAX), ..w.clone() })),
        (
            "RF64 that claims a terabyte",
            wav(&Wav { id: *b"RF64", long: Some(1 << 40), size: Some(u32::MAX), ..w.clone() }),
        ),
        ("BW64 without ds64", wav(&Wav { id: *b"BW64", size: Some(u32::MAX), ..w.clone() })),
        (
            "RIFX (big-endian WAV)",
            wav(&Wav { id: *b"RIFX", data: maker::ramp().iter().flat_map(|x| x.to_be_bytes()).collect(), ..w.clone() }),
        ),
        ("both sizes -1, as from a pipe", wav(&Wav { riff: Some(u32::MAX), size: Some(u32::MAX), ..w.clone() })),
        ("data 1 GB too long", wav(&Wav { size: Some(1 << 30), ..w.clone() })),
        ("an odd LIST without its padding", wav(&Wav { before: odd, ..w.clone() })),
        (
            "bext of 603 bytes and JUNK first",
            wav(&Wav { before: [chunk(b"bext", &[1; 603]), chunk(b"JUNK", &[0; 28])].concat(), ..w.clone() }),
        ),
        ("`fmt ` behind the sound", wav(&Wav { fmt_last: true, ..w.clone() })),
        (
            "24 of 32 bits, extensible",
            wav(&Wav { fmt: extended(1, (1, 48_000), (32, 24)), data: vec![0; 80], ..w.clone() }),
        ),
        (
            "24 bits in 4 bytes, not extensible",
            wav(&Wav { fmt: maker::aligned(fmt(1, (1, 48_000), 24), 4), data: vec![0; 80], ..w.clone() }),
        ),
        ("64 channels", wav(&Wav { fmt: fmt(1, (64, 48_000), 16), data: vec![0; 64 * 40], ..w.clone() })),
        ("0 channels", wav(&Wav { fmt: fmt(1, (0, 48_000), 16), ..w.clone() })),
        ("a rate of 0", wav(&Wav { fmt: fmt(1, (1, 0), 16), ..w.clone() })),
        ("GSM 6.10", wav(&Wav { fmt: fmt(0x31, (1, 8_000), 0), ..w.clone() })),
        (
            "a sound of no samples, and a LIST",
            wav(&Wav { data: Vec::new(), after: chunk(b"LIST", b"INFOwxyz"), ..w.clone() }),
        ),
        ("floats with NaN", wav(&Wav { fmt: fmt(3, (1, 48_000), 32), data: f32::NAN.to_le_bytes().repeat(20), ..w })),
        ("AIFF, FORM of -1", aiff(&Aiff { form: Some(u32::MAX), ..a.clone() })),
        ("AIFF, SSND of 0", aiff(&Aiff { size: Some(0), ..a.clone() })),
        ("AIFF, sound before COMM, offset 12", aiff(&Aiff { sound_first: true, offset: 12, ..a.clone() })),
        ("AIFF-C sowt of 24 bits", aiff(&Aiff { kind: Some(*b"sowt"), bits: 24, data: vec![0; 60], ..a.clone() })),
        ("AIFF-C fl64", aiff(&Aiff { kind: Some(*b"fl64"), bits: 64, data: vec![0; 160], ..a.clone() })),
        ("AIFF-C of QDesign", aiff(&Aiff { kind: Some(*b"QDMC"), ..a })),
        ("a web page", b"<!DOCTYPE html><html>".to_vec()),
        ("a video", b"\0\0\0\x20ftypisom\0\0\x02\0".to_vec()),
        ("a file of zeros", vec![0; 4_096]),
        ("nothing", Vec::new()),
        ("text", b"Lorem ipsum".to_vec()),
    ];
    for (what, bytes) in cases {
        page.put("sound", bytes);
        let gave = page.gives(&render);
        page.row(&[what, &gave]);
    }
    page.heading("Names of what is written", "| command | gives |");
    page.put("sound", wav(&Wav::default()));
    for arguments in [
        &["render", "DIR/identity.nam", "DIR/sound", "DIR/x.mp3"][..],
        &["render", "DIR/identity.nam", "DIR/sound", "DIR/x.aiff"],
        &["render", "DIR/identity.nam", "DIR", "DIR/out.wav"],
        &["signal", "DIR/x.flac"],
        &["nam", "DIR/identity.nam", "DIR/x.wav"],
        &["inspect", "DIR"],
    ] {
        let gave = page.gives(arguments);
        page.row(&[&format!("`{}`", arguments.join(" ").replace("DIR/", "").replace("DIR", "folder")), &gave]);
    }
}

fn rows_of_captures(page: &mut Page) {
    page.heading("Captures", "| file | inspect |");
    let with = |from: &str, to: &str| IDENTITY.replacen(from, to, 1).into_bytes();
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(IDENTITY.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (what, bytes) in [
        ("UTF-16 with a mark", utf16),
        ("512 zeros behind its end", [IDENTITY.as_bytes(), &[0; 512]].concat()),
        ("weights twice", with("\"weights\": [1.0]", "\"weights\": [2.0, 3.0], \"weights\": [1.0]")),
        ("a rate of `\"44100 Hz\"`", with("48000", "\"44100 Hz\"")),
        ("a rate of NaN", with("48000", "NaN")),
        ("a rate of `\"fast\"`", with("48000", "\"fast\"")),
        (
            "`input_level_dbu` of Infinity",
            with("\"config\"", "\"metadata\": {\"input_level_dbu\": Infinity}, \"config\""),
        ),
        ("a weight of NaN", with("[1.0]", "[NaN]")),
        ("a weight of null", with("[1.0]", "[null]")),
        ("a receptive field of 10^18", with("\"receptive_field\": 1", "\"receptive_field\": 1e18")),
        ("a ZIP archive", b"PK\x03\x04\x14\0\0\0\x08\0".to_vec()),
        ("a pointer of Git LFS", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n".to_vec()),
        ("a WAV file", maker::wav(&maker::Wav::default())),
        ("`{\"message\": \"Not Found\"}`", b"{\"message\": \"Not Found\"}".to_vec()),
        ("cut in the middle", IDENTITY.as_bytes()[..100].to_vec()),
    ] {
        page.put("model.nam", bytes);
        let gave = page.gives(&["inspect", "DIR/model.nam"]);
        page.row(&[what, &gave]);
    }
}

fn rows_of_folders(page: &mut Page) {
    page.heading("Folders of four good sounds and one more", "| the fifth | `nfx-train corpus` |");
    let mut bad = tone(200.0, 1.0);
    bad[4_000] = f32::INFINITY;
    let good = floats(&tone(500.0, 1.0));
    let mut unfinished = good.clone();
    unfinished[40..44].fill(0);
    for (i, (what, name, bytes)) in [
        ("infinity in the middle", "x.wav", floats(&bad)),
        ("a web page", "x.flac", b"<html>".to_vec()),
        ("cut after its header", "x.wav", good[..44].to_vec()),
        ("never finished", "x.wav", unfinished),
        ("empty", "x.ogg", Vec::new()),
        ("a folder named x.wav", "x.wav/readme.txt", b"x".to_vec()),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = format!("sounds-{i}");
        page.put(&format!("{folder}/{name}"), bytes);
        sounds(&page.dir.path().join(&folder));
        let source = format!("folder:DIR/{folder}");
        let gave = page.gives(&["corpus", "--source", &source, "--rate", "8000", "--cache", "DIR/cache"]);
        page.row(&[what, &gave]);
    }
}

fn rows_of_tables(page: &mut Page) {
    page.heading("Tables", "| `knobs.csv` | `nfx-train profile --pairs --check` |");
    let noise: Vec<f32> =
        (0..64_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 9) as f32 / 8_388_608.0 - 0.5).collect();
    let noise = |gain: f32| floats(&noise.iter().map(|x| gain * x).collect::<Vec<_>>());
    for (name, gain) in [("input", 1.0), ("a", 0.9), ("b", 0.6), ("c", 0.3)] {
        page.put(&format!("takes/{name}.wav"), noise(gain));
    }
    let mut bad = noise(0.5);
    bad[200..204].copy_from_slice(&f32::NAN.to_le_bytes());
    page.put("takes/bad.wav", bad);
    let utf16 = |text: &str| -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    for (what, bytes) in [
        ("tabs in UTF-16, decimal commas", utf16("file\tDrive\r\na.wav\t0,5\r\nb.wav\t2,5\r\nc.wav\t5\r\n")),
        (
            "`sep=;` first, names without endings in capitals",
            b"sep=;\r\nFile;Drive\r\nA;0,5\r\nB;2,5\r\nC;5\r\n".to_vec(),
        ),
        ("percent and units", b"file;Mix;Level (dB)\na.wav;0 %;-6 dB\nb.wav;50 %;-3\nc.wav;100 %;0\n".to_vec()),
        ("a recording with NaN among others", b"file,Drive\nbad.wav,1\na.wav,2\nb.wav,3\n".to_vec()),
        ("infinity", b"file,Drive\na.wav,1\nb.wav,inf\n".to_vec()),
        ("`#DIV/0!`", b"file,Drive\na.wav,1\nb.wav,#DIV/0!\n".to_vec()),
        ("a file that is not there", b"file,Drive\na.wav,1\nz.wav,2\n".to_vec()),
        ("a recording twice at two settings", b"file,Drive\na.wav,1\nb.wav,2\na.wav,3\n".to_vec()),
        ("a decimal comma without quotes", b"file,Drive\na.wav,1\nb.wav,2,5\n".to_vec()),
        ("an Excel workbook", b"PK\x03\x04\x14\0\x06\0".to_vec()),
    ] {
        page.put("takes/knobs.csv", bytes);
        let gave = page.gives(&["profile", "--pairs", "DIR/takes", "--check"]);
        page.row(&[what, &gave]);
    }
    page.put("takes/knobs.csv", "file,Drive\na.wav,1\nb.wav,11\n");
    let gave = page.gives(&["profile", "--pairs", "DIR/takes", "--check", "--knob", "Drive=0..10"]);
    page.row(&["a value off `--knob Drive=0..10`", &gave]);
    let gave = page.gives(&["profile", "--pairs", "DIR/takes", "--check", "--knob", "Tone=0..10"]);
    page.row(&["`--knob Tone=0..10` without such a column", &gave]);
}

fn rows_of_responses(page: &mut Page) {
    page.heading("Impulse responses of a sweep of three seconds", "| recording | `nfx-train ir` |");
    let rate = 48_000.0;
    let mut phase = 0.0f64;
    let sweep: Vec<f32> = (0..144_000)
        .map(|i| {
            phase += std::f64::consts::TAU * 20.0 * 1000f64.powf(f64::from(i) / 144_000.0) / rate;
            (0.7 * phase.sin()) as f32
        })
        .collect();
    let through = |taps: &[(usize, f32)]| -> Vec<f32> {
        let mut y = vec![0.0; sweep.len() + 24_000];
        for (delay, gain) in taps {
            sweep.iter().enumerate().for_each(|(i, x)| y[i + delay] += gain * x);
        }
        y
    };
    let put = |page: &Page, name: &str, sound: &[f32]| {
        write_wav(&page.dir.path().join(name), &[sound.to_vec()], rate).unwrap();
    };
    put(page, "sweep.wav", &sweep);
    let room = through(&[(480, 0.3), (2_880, 0.6), (9_600, 0.1)]);
    let noise = |i: usize| ((i as u32).wrapping_mul(2_654_435_761) >> 9) as f32 / 8_388_608.0 - 0.5;
    for (what, sound) in [
        ("direct sound 50 ms before a reflection of twice its height", room.clone()),
        ("the same in noise as loud", room.iter().enumerate().map(|(i, x)| x + noise(i)).collect()),
        ("through a hard clip", through(&[(480, 1.0)]).iter().map(|x| x.clamp(-0.3, 0.3)).collect()),
        ("upside down", through(&[(480, -0.5)])),
        ("noise alone", (0..150_000).map(noise).collect()),
        ("the sweep backwards", sweep.iter().rev().copied().collect()),
        ("silence", vec![0.0; 150_000]),
    ] {
        put(page, "recording.wav", &sound);
        let gave = page.gives(&[
            "ir",
            "--sweep",
            "DIR/sweep.wav",
            "--recording",
            "DIR/recording.wav",
            "DIR/out.wav",
            "--seconds",
            "0.3",
        ]);
        page.row(&[what, &gave]);
    }
    put(page, "recording.wav", &room);
    let sped = page.dir.path().join("sped.wav");
    write_wav(&sped, &[room], 44_100.0).unwrap();
    let gave = page.gives(&["ir", "--sweep", "DIR/sweep.wav", "--recording", "DIR/sped.wav", "DIR/out.wav"]);
    page.row(&["its rate wrongly labelled 44.1 kHz", &gave]);
    let gave = page.gives(&[
        "ir",
        "--sweep",
        "DIR/sweep.wav",
        "--recording",
        "DIR/recording.wav",
        "DIR/out.wav",
        "--normalise",
    ]);
    page.row(&["the first with `--normalise`", &gave]);
    let gave = page.gives(&["ir", "--sweep", "DIR/sweep.wav", "--recording", "DIR/recording.wav", "DIR/out.mp3"]);
    page.row(&["written as out.mp3", &gave]);
}
