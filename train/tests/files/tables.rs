//! Tables of settings, as spreadsheets write them.

use std::path::Path;

use nfx_train::audio::write_wav;
use nfx_train::profile::folder::folder;
use nfx_train::profile::pairs::{Pairs, ReadOptions, load, parse_knob};

use super::floats;

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
    folder(dir, None, None, &knobs).map_err(|error| format!("{error:#}"))
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
        let pairs =
            read_table(dir.path(), &bytes, &[]).unwrap_or_else(|error| panic!("{what}: {error}"));
        let values: Vec<f32> = pairs.files.iter().map(|f| f.values[0]).collect();
        assert_eq!(values, [0.0, 2.5, 5.0, 10.0], "{what}");
        assert_eq!((pairs.knobs.len(), pairs.knobs[0].name.as_str()), (1, "Drive"), "{what}");
        assert!(
            pairs
                .files
                .iter()
                .zip(["a", "b", "c", "d"])
                .all(|(f, n)| f.target.ends_with(format!("{n}.flac"))),
            "{what}"
        );
    }
    let pairs = read_table(dir.path(), b"file,Drive\n#1 bright.wav,3\na.flac,1\n", &[]).unwrap();
    assert!(pairs.files.len() == 2 && pairs.files[0].target.ends_with("#1 bright.wav"));
    let pairs = read_table(
        dir.path(),
        "file;Mix;Level (dB)\na.flac;0 %;-6 dB\nb.flac;50 %;-3,5\n".as_bytes(),
        &[],
    )
    .unwrap();
    assert_eq!(pairs.files[1].values, [50.0, -3.5]);
    assert_eq!(
        [pairs.knobs[0].unit.as_str(), pairs.knobs[1].unit.as_str(), &pairs.knobs[1].name],
        ["%", "dB", "Level"]
    );
    // A knob may have the name of another column, and the table itself may be named.
    let pairs = read_table(dir.path(), b"file,Input,Set\na.flac,1,0\nb.flac,2,10\n", &[]).unwrap();
    assert_eq!(pairs.knobs.iter().map(|k| k.name.as_str()).collect::<Vec<_>>(), ["Input", "Set"]);
    assert_eq!(folder(&dir.path().join("knobs.csv"), None, None, &[]).unwrap(), pairs);
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
            let table =
                format!("file,{heading},Drive\na.flac,{},0\nb.flac,{},10\n", names[0], names[1]);
            let pairs = read_table(dir.path(), table.as_bytes(), &[])
                .unwrap_or_else(|e| panic!("{table}: {e}"));
            assert_eq!(
                pairs.knobs.iter().map(|k| k.name.as_str()).collect::<Vec<_>>(),
                ["Drive"],
                "{table}"
            );
            for (file, name) in pairs.files.iter().zip(names) {
                let name = name.replace('\\', "/").to_lowercase().replace(".wav", "") + ".wav";
                assert!(file.input.ends_with(&name), "{table}: {}", file.input.display());
            }
        }
    }
    // A knob called Input beside the column of what was played, and a name where a number is
    // expected.
    let table = b"file,Input,dry\na.flac,1,1.wav\nb.flac,2,2.wav\n";
    let pairs = read_table(dir.path(), table, &[]).unwrap();
    assert!(pairs.knobs[0].name == "Input" && pairs.files[1].input.ends_with("2.wav"));
    let error = read_table(dir.path(), b"file,Drive\na.flac,1\nb.flac,2.wav\n", &[]).unwrap_err();
    assert!(
        error.contains("row 3") && error.contains("2.wav") && error.contains("expected a number"),
        "{error}"
    );
    // A file that is not there is missing, and no setting.
    let error =
        read_table(dir.path(), b"file,input,Drive\na.flac,03_dry.wav,1\n", &[]).unwrap_err();
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
        (
            "file,Drive\na.flac,0\nb.flac,1\n",
            &["Drive=0..10", "Tone=0..1"],
            "column for the knob Tone",
        ),
        ("file,Drive\na.flac,0\ne.flac,1\n", &[], "row 3|e.flac|found none"),
        ("file,Drive\na.flac,0\nsub.wav,1\n", &[], "row 3|folder"),
        (
            "file,Drive,input\na.flac,0,input.flac\nb.flac,1,other.flac\n",
            &[],
            "row 3|other.flac|found none",
        ),
        ("file,Drive\na.flac,0\n,1\n", &[], "row 3|empty cell"),
        ("file,Drive\na.flac,0\nb.flac,1,5\n", &[], "row 3|decimal comma"),
        ("file,Drive\na.flac,0\nb.flac,1\na.flac,2\n", &[], "rows 2 and 4|different"),
        (
            "file,Drive,split\na.flac,0,train\nb.flac,1,later\n",
            &[],
            "row 3|train, validation or test",
        ),
        ("file,Level\na.flac,3 dB\nb.flac,2 Hz\n", &[], "row 3|in dB"),
        ("name,Drive\na.flac,0\n", &[], "a column `file`"),
        ("file,Drive\n", &[], "rows with recordings"),
    ] {
        let error = read_table(dir.path(), table.as_bytes(), knobs).expect_err(table);
        assert!(
            words.split('|').all(|word| error.contains(word)) && error.contains("expected"),
            "{table}: {error}"
        );
    }
    let error = read_table(dir.path(), b"PK\x03\x04\x14\0\x06\0", &[]).unwrap_err();
    assert!(error.contains("save it as CSV"), "{error}");
    assert!(
        folder(&dir.path().join("none"), None, None, &[])
            .unwrap_err()
            .to_string()
            .contains("no such folder")
    );
}

#[test]
fn tables_of_the_field_are_read_and_the_one_with_nan_is_refused() {
    let field = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/field");
    for name in ["table_semicolon", "table_blank_rows", "table_comment_column"] {
        let dir = field.join(name);
        if dir.is_dir() {
            let pairs =
                folder(&dir, None, None, &[]).unwrap_or_else(|error| panic!("{name}: {error:#}"));
            assert_eq!(
                pairs.files.iter().map(|f| f.values[0]).collect::<Vec<_>>(),
                [0.0, 2.5, 5.0, 10.0],
                "{name}"
            );
        }
    }
    let dir = field.join("table_nan");
    if dir.is_dir() {
        let error = format!("{:#}", folder(&dir, None, None, &[]).unwrap_err());
        assert!(error.contains("row 3") && error.contains("nan"), "{error}");
    }
}

#[test]
fn one_recording_that_cannot_be_read_does_not_end_a_training_on_others() {
    let dir = tempfile::tempdir().unwrap();
    let noise: Vec<f32> = (0..40_000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 9) as f32 / 8_388_608.0 - 0.5)
        .collect();
    let gain = |g: f32| noise.iter().map(|x| g * x).collect::<Vec<_>>();
    write_wav(&dir.path().join("input.wav"), std::slice::from_ref(&noise), 8_000.0).unwrap();
    for (name, g) in [("a.wav", 0.9), ("b.wav", 0.5)] {
        write_wav(&dir.path().join(name), &[gain(g)], 8_000.0).unwrap();
    }
    let mut bad = gain(0.7);
    bad[100] = f32::INFINITY;
    std::fs::write(dir.path().join("bad.wav"), floats(&bad)).unwrap();
    std::fs::write(dir.path().join("page.wav"), b"<html>").unwrap();
    let pairs =
        read_table(dir.path(), b"file,Drive\nbad.wav,1\na.wav,2\npage.wav,3\nb.wav,4\n", &[])
            .unwrap();
    let options = ReadOptions { force: true, ..ReadOptions::default() };
    let loaded = load(&pairs, &options).unwrap();
    assert_eq!(
        loaded.recordings.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(),
        ["a.wav", "b.wav"]
    );
    let none =
        Pairs { files: vec![pairs.files[0].clone(), pairs.files[2].clone()], knobs: pairs.knobs };
    let error = format!("{:#}", load(&none, &options).unwrap_err());
    assert!(error.contains("NaN or infinity") && error.contains("web page"), "{error}");
}
