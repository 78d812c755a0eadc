//! Foreign files as programs, editors and downloads leave them: what stock players read is read,
//! and what is no such file is called what it is.

use nfx_core::foreign::nam::NamFile;
use nfx_core::foreign::{Outline, is_foreign};
use nfx_core::models::effect::ProfileModel;
use serde_json::{Value, json};
use std::path::Path;

const PLAIN: &str = r#"{"version": "0.5.4", "metadata": {"name": "Clean", "loudness": -18.0}, "architecture": "Linear", "config": {"receptive_field": 1, "bias": false}, "weights": [1.0], "sample_rate": 48000}"#;

/// The plain file with something in it replaced.
fn with(from: &str, to: &str) -> Vec<u8> {
    assert!(PLAIN.contains(from), "{from}");
    PLAIN.replacen(from, to, 1).into_bytes()
}

fn sentence(bytes: &[u8]) -> String {
    ProfileModel::from_bytes(bytes).expect_err("a sentence").to_string()
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(unit).collect()
}

#[test]
fn files_that_stock_players_read_play() {
    let twice = with(
        "\"sample_rate\": 48000",
        "\"sample_rate\": 48000, \"metadata\": {\"name\": \"Clean\", \"loudness\": -18.0}",
    );
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("plain", PLAIN.into()),
        ("a byte-order mark", format!("\u{feff}{PLAIN}").into()),
        ("UTF-16, low byte first", utf16(PLAIN, u16::to_le_bytes)),
        ("UTF-16, high byte first", utf16(PLAIN, u16::to_be_bytes)),
        ("metadata twice", twice),
        (
            "weights twice, the last counts",
            with("\"weights\": [1.0]", "\"weights\": [7.0, 8.0], \"weights\": [1.0]"),
        ),
        ("a key twice inside", with("\"bias\": false", "\"bias\": true, \"bias\": false")),
        ("zeros behind", [PLAIN.as_bytes(), &[0; 512]].concat()),
        ("a line and words behind", format!("{PLAIN}\r\n\u{1a}end").into()),
        ("space around", format!("\r\n\t {PLAIN} \n").into()),
        ("the rate as text", with("48000", "\"48000\"")),
        ("the rate as text with its unit", with("48000", "\" 48000.0 Hz \"")),
        ("the rate as a float", with("48000", "48000.0")),
        ("no rate", with(", \"sample_rate\": 48000", "")),
        ("a rate of null", with("48000", "null")),
        ("a rate of NaN", with("48000", "NaN")),
        ("a size as a float", with("\"receptive_field\": 1", "\"receptive_field\": 1.0")),
        ("a weight as a whole number", with("[1.0]", "[1]")),
        ("a weight as text", with("[1.0]", "[\"1.0\"]")),
        ("a flag as a number", with("false", "0")),
        ("the loudness as text", with("-18.0", "\"-18.0\"")),
        (
            "a name in Latin-1",
            with("Clean", "Cl\u{7}an").iter().map(|b| if *b == 7 { 0xe9 } else { *b }).collect(),
        ),
        ("escapes in a key", with("\"weights\"", "\"w\\u0065ights\"")),
        (
            "entries nobody knows",
            with("\"version\"", "\"deck\": [NaN, {\"a\": -Infinity}], \"version\""),
        ),
    ];
    for (what, bytes) in cases {
        let model =
            ProfileModel::from_bytes(&bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(model.sample_rate_hz(), 48_000.0, "{what}");
        assert_eq!(model.info().loudness_db, Some(-18.0), "{what}");
        assert_eq!(model.description(), "", "{what}");
        assert_eq!(NamFile::parse(&bytes).unwrap().weights, [1.0], "{what}");
        let outline = Outline::read(&bytes).unwrap();
        assert_eq!((outline.family(), is_foreign(&bytes)), (Some("Linear"), true), "{what}");
    }
    assert_eq!(
        ProfileModel::from_bytes(&with("48000", "\"44100\"")).unwrap().sample_rate_hz(),
        44_100.0
    );
}

#[test]
fn metadata_that_is_no_number_is_passed_over_with_a_word() {
    for word in ["NaN", "Infinity", "-Infinity", "nan", "\"loud\"", "[]"] {
        let model = ProfileModel::from_bytes(&with("-18.0", word))
            .unwrap_or_else(|error| panic!("{word}: {error}"));
        assert_eq!(model.info().loudness_db, None, "{word}");
        assert!(model.description().contains("`loudness`"), "{word}: {}", model.description());
    }
    let two =
        with("-18.0", "NaN, \"input_level_dbu\": \"NaN\", \"training\": {\"validation_esr\": NaN}");
    let model = ProfileModel::from_bytes(&two).unwrap();
    let said = model.description();
    assert!(
        ["loudness", "input_level_dbu", "validation_esr"].iter().all(|name| said.contains(name)),
        "{said}"
    );
    assert_eq!(
        ProfileModel::from_bytes(&with("-18.0", "null")).unwrap().description(),
        "",
        "null says nothing"
    );
    // A word inside a text is a word.
    let name = ProfileModel::from_bytes(&with("Clean", "NaN, \\\"Infinity\\\" nan")).unwrap();
    assert_eq!((name.name(), name.info().loudness_db), ("NaN, \"Infinity\" nan", Some(-18.0)));
}

#[test]
fn weights_and_sizes_that_are_no_numbers_are_refused() {
    for (from, to, word) in [
        ("[1.0]", "[NaN]", "NaN at index 0"),
        ("[1.0]", "[-Infinity]", "-inf at index 0"),
        ("[1.0]", "[null]", "null"),
        ("[1.0]", "[1e39]", "out of range"),
        ("[1.0]", "[\"x\"]", "number as a weight"),
        ("[1.0]", "[1.0, 2.0]", "expected 1 weights"),
        ("\"receptive_field\": 1", "\"receptive_field\": NaN", "receptive_field"),
        ("\"receptive_field\": 1", "\"receptive_field\": 1e18", "receptive_field"),
        ("\"receptive_field\": 1", "\"receptive_field\": 999999999", "weights"),
        ("48000", "\"fast\"", "sample rate"),
        ("48000", "1e12", "rate"),
        ("\"version\": \"0.5.4\", ", "", "version"),
    ] {
        let error = sentence(&with(from, to));
        assert!(error.contains("expected") && error.contains(word), "{to}: {error}");
    }
}

#[test]
fn what_is_no_capture_is_called_what_it_is() {
    let cases: [(&[u8], &str); 14] = [
        (
            b"\n\n\n<!DOCTYPE html>\n<html><head><title>clean.nam</title>",
            "a web page, not the file itself: download it again",
        ),
        (b"<html>\n<body>404", "a web page"),
        (b"PK\x03\x04\x14\0\0\0\x08\0", "a ZIP archive"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip archive"),
        (b"Rar!\x1a\x07\x01\0", "a RAR archive"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "Git LFS"),
        (b"Not Found. This file has moved to another place.", "a text"),
        (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0", "a WAV file"),
        (b"{\"message\": \"Not Found\"}", "other JSON"),
        (b"[1, 2, 3] and more of it", "a list in JSON"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture"),
        (b"%PDF-1.4\n%\xe2\xe3", "a PDF document"),
        (&[0; 4096], "zeros"),
        (&PLAIN.as_bytes()[..150], "it is cut short"),
    ];
    for (bytes, word) in cases {
        let error = sentence(bytes);
        assert!(error.contains("expected") && error.contains(word), "{word}: {error}");
        assert!(!error.contains("a claim of"), "{error}");
    }
}

fn proteus(data: Value) -> Vec<u8> {
    let units = 2;
    let rows = |wide: usize| json!(vec![vec![0.1; wide]; 4 * units]);
    let state = json!({
        "rec.weight_ih_l0": rows(1), "rec.weight_hh_l0": rows(units),
        "rec.bias_ih_l0": vec![0.0; 4 * units], "rec.bias_hh_l0": vec![0.0; 4 * units],
        "lin.weight": [vec![0.5; units]], "lin.bias": [0.0],
    });
    let mut model =
        json!({ "unit_type": "LSTM", "hidden_size": units, "input_size": 1, "skip": 0 });
    model.as_object_mut().unwrap().extend(data.as_object().unwrap().clone());
    json!({ "model_data": model, "state_dict": state }).to_string().into_bytes()
}

#[test]
fn the_rate_of_proteus_and_aida_x_files_is_obeyed() {
    for (said, rate) in [
        (json!({}), 44_100.0),
        (json!({ "sample_rate": 48_000 }), 48_000.0),
        (json!({ "sample_rate": 48_000.0 }), 48_000.0),
        (json!({ "sample_rate": "96000" }), 96_000.0),
        (json!({ "sample_rate": null }), 44_100.0),
        (json!({ "sample_rate": 0 }), 44_100.0),
    ] {
        let model = ProfileModel::from_bytes(&proteus(said.clone()))
            .unwrap_or_else(|error| panic!("{said}: {error}"));
        assert_eq!(model.sample_rate_hz(), rate, "{said}");
    }
    let marked =
        [b"\xef\xbb\xbf".to_vec(), proteus(json!({ "sample_rate": 48_000 })), vec![0; 7]].concat();
    assert_eq!(ProfileModel::from_bytes(&marked).unwrap().sample_rate_hz(), 48_000.0);
    assert_eq!(Outline::read(&marked).unwrap().family(), Some("Proteus"));
    let aida = |metadata: &str| {
        format!(
            r#"{{"in_shape": [null, null, 1], "in_skip": 1, "in_gain": 0.0, "metadata": {metadata}, "layers": [
            {{"type": "lstm", "shape": [null, null, 1], "weights": [[[0.1, 0.1, 0.1, 0.1]], [[0.1, 0.1, 0.1, 0.1]], [0, 0, 0, 0]]}},
            {{"type": "dense", "shape": [null, null, 1], "weights": [[[0.5]], [0.0]]}}]}}"#
        )
    };
    for (metadata, rate) in [
        ("{}", 48_000.0),
        (r#"{"samplerate": "44100"}"#, 44_100.0),
        (r#"{"samplerate": 96000}"#, 96_000.0),
        (r#"{"samplerate": NaN, "loudness": NaN}"#, 48_000.0),
        (r#"{"samplerate": "auto"}"#, 48_000.0),
    ] {
        let model = ProfileModel::from_bytes(aida(metadata).as_bytes())
            .unwrap_or_else(|e| panic!("{metadata}: {e}"));
        assert_eq!(model.sample_rate_hz(), rate, "{metadata}");
        assert_eq!(
            model.description().contains("loudness"),
            metadata.contains("loudness"),
            "{metadata}"
        );
    }
    assert_eq!(Outline::read(aida("{}").as_bytes()).unwrap().family(), Some("AIDA-X"));
}

/// Files of the field, where they are at hand.
#[test]
fn variants_of_the_field_play_or_are_told_apart() {
    let field = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/field");
    let read = |name: &str| std::fs::read(field.join(name)).ok();
    for name in ["control", "bom", "duplicate_metadata", "nan_loudness", "rate_as_text"] {
        if let Some(bytes) = read(&format!("nam_variants/{name}.nam")) {
            let model =
                ProfileModel::from_bytes(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(model.sample_rate_hz(), 48_000.0, "{name}");
        }
    }
    if let Some(bytes) = read("nam_variants/web_page.nam") {
        assert!(sentence(&bytes).contains("a web page, not the file itself: download it again"));
    }
    if let Some(bytes) = read("nam_variants/cut_short.nam") {
        assert!(sentence(&bytes).contains("cut short"));
    }
    if let Some(bytes) = read("proteus_sample_rate/proteus_48k.json") {
        assert_eq!(ProfileModel::from_bytes(&bytes).unwrap().sample_rate_hz(), 48_000.0);
    }
}
