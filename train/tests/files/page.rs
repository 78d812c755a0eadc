//! The page of docs/results, written by an ignored test.

use std::fmt::Write as _;
use std::path::Path;

use nfx_train::audio::{read_audio, write_wav};

use super::{floats, maker, sounds, tone, trainer};

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

/// The page of docs/results: what the field's files gave and give, and more files of each kind that
/// were made to break the product.
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
        let field =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/field").display().to_string();
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
    for cells in
        rows.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect::<Vec<_>>())
    {
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
                "wav_headers" => page.gives(&[
                    "render",
                    "DIR/identity.nam",
                    &at(&format!("wav_headers/{name}.wav")),
                    "DIR/out.wav",
                ]),
                "nam_variants" => {
                    page.gives(&["inspect", &at(&format!("nam_variants/{name}.nam"))])
                }
                "ir_reflection_louder" => page.gives(
                    &response(&at(""), "recording_clipped.flac").each_ref().map(String::as_str),
                ),
                _ if name == "ir_reflection_louder" => {
                    page.gives(&response(&at(""), "recording.flac").each_ref().map(String::as_str))
                }
                _ if name == "proteus_sample_rate" => {
                    page.gives(&["inspect", &at("proteus_sample_rate/proteus_48k.json")])
                }
                _ if name.starts_with("table_") => {
                    page.gives(&["profile", "--pairs", &at(name), "--check"])
                }
                _ => continue,
            };
            page.row(&[name, want, before, &now]);
        }
    }
    let bad = field.join("folder_one_nan_file").display().to_string();
    let now = page.gives(&[
        "corpus",
        "--source",
        &format!("folder:{bad}"),
        "--rate",
        "8000",
        "--cache",
        "DIR/cache",
    ]);
    page.row(&[
        "folder_one_nan_file",
        "the other files are used",
        "the corpus could not be made",
        &now,
    ]);
}

fn response(field: &str, recording: &str) -> [String; 8] {
    let of = |name: &str| format!("{field}ir_reflection_louder/{name}");
    [
        "ir",
        "--sweep",
        &of("sweep.flac"),
        "--recording",
        &of(recording),
        "DIR/out.wav",
        "--seconds",
        "0.2",
    ]
    .map(str::to_owned)
}

fn rows_of_sounds(page: &mut Page) {
    use maker::{Aiff, Wav, aiff, chunk, extended, fmt, wav};
    let (w, a) = (Wav::default(), Aiff::default());
    let render = ["render", "DIR/identity.nam", "DIR/sound", "DIR/out.wav"];
    page.heading("Sound files of 20 samples", "| file | render |");
    let odd: Vec<u8> = [&b"LIST\x07\0\0\0"[..], b"INFOxyz"].concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        (
            "RF64 whose 64-bit size is 0",
            wav(&Wav { id: *b"RF64", long: Some(0), size: Some(u32::MAX), ..w.clone() }),
        ),
        (
            "RF64 that claims a terabyte",
            wav(&Wav { id: *b"RF64", long: Some(1 << 40), size: Some(u32::MAX), ..w.clone() }),
        ),
        ("BW64 without ds64", wav(&Wav { id: *b"BW64", size: Some(u32::MAX), ..w.clone() })),
        (
            "RIFX (big-endian WAV)",
            wav(&Wav {
                id: *b"RIFX",
                data: maker::ramp().iter().flat_map(|x| x.to_be_bytes()).collect(),
                ..w.clone()
            }),
        ),
        (
            "both sizes -1, as from a pipe",
            wav(&Wav { riff: Some(u32::MAX), size: Some(u32::MAX), ..w.clone() }),
        ),
        ("data 1 GB too long", wav(&Wav { size: Some(1 << 30), ..w.clone() })),
        ("an odd LIST without its padding", wav(&Wav { before: odd, ..w.clone() })),
        (
            "bext of 603 bytes and JUNK first",
            wav(&Wav {
                before: [chunk(b"bext", &[1; 603]), chunk(b"JUNK", &[0; 28])].concat(),
                ..w.clone()
            }),
        ),
        ("`fmt ` behind the sound", wav(&Wav { fmt_last: true, ..w.clone() })),
        (
            "24 of 32 bits, extensible",
            wav(&Wav { fmt: extended(1, 1, 48_000, 32, 24), data: vec![0; 80], ..w.clone() }),
        ),
        (
            "24 bits in 4 bytes, not extensible",
            wav(&Wav {
                fmt: maker::aligned(fmt(1, 1, 48_000, 24), 4),
                data: vec![0; 80],
                ..w.clone()
            }),
        ),
        (
            "64 channels",
            wav(&Wav { fmt: fmt(1, 64, 48_000, 16), data: vec![0; 64 * 40], ..w.clone() }),
        ),
        ("0 channels", wav(&Wav { fmt: fmt(1, 0, 48_000, 16), ..w.clone() })),
        ("a rate of 0", wav(&Wav { fmt: fmt(1, 1, 0, 16), ..w.clone() })),
        ("GSM 6.10", wav(&Wav { fmt: fmt(0x31, 1, 8_000, 0), ..w.clone() })),
        (
            "a sound of no samples, and a LIST",
            wav(&Wav { data: Vec::new(), after: chunk(b"LIST", b"INFOwxyz"), ..w.clone() }),
        ),
        (
            "floats with NaN",
            wav(&Wav { fmt: fmt(3, 1, 48_000, 32), data: f32::NAN.to_le_bytes().repeat(20), ..w }),
        ),
        ("AIFF, FORM of -1", aiff(&Aiff { form: Some(u32::MAX), ..a.clone() })),
        ("AIFF, SSND of 0", aiff(&Aiff { size: Some(0), ..a.clone() })),
        (
            "AIFF, sound before COMM, offset 12",
            aiff(&Aiff { sound_first: true, offset: 12, ..a.clone() }),
        ),
        (
            "AIFF-C sowt of 24 bits",
            aiff(&Aiff { kind: Some(*b"sowt"), bits: 24, data: vec![0; 60], ..a.clone() }),
        ),
        (
            "AIFF-C fl64",
            aiff(&Aiff { kind: Some(*b"fl64"), bits: 64, data: vec![0; 160], ..a.clone() }),
        ),
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
        page.row(&[
            &format!("`{}`", arguments.join(" ").replace("DIR/", "").replace("DIR", "folder")),
            &gave,
        ]);
    }
}

fn rows_of_captures(page: &mut Page) {
    page.heading("Captures", "| file | inspect |");
    let with = |from: &str, to: &str| IDENTITY.replacen(from, to, 1).into_bytes();
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(IDENTITY.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (what, bytes) in [
        ("UTF-16 with a mark", utf16),
        ("512 zeros behind its end", [IDENTITY.as_bytes(), &[0; 512]].concat()),
        (
            "weights twice",
            with("\"weights\": [1.0]", "\"weights\": [2.0, 3.0], \"weights\": [1.0]"),
        ),
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
        (
            "a pointer of Git LFS",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n".to_vec(),
        ),
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
        let gave =
            page.gives(&["corpus", "--source", &source, "--rate", "8000", "--cache", "DIR/cache"]);
        page.row(&[what, &gave]);
    }
}

fn rows_of_tables(page: &mut Page) {
    page.heading("Tables", "| `knobs.csv` | `nfx-train profile --pairs --check` |");
    let noise: Vec<f32> = (0..64_000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 9) as f32 / 8_388_608.0 - 0.5)
        .collect();
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
        (
            "tabs in UTF-16, decimal commas",
            utf16("file\tDrive\r\na.wav\t0,5\r\nb.wav\t2,5\r\nc.wav\t5\r\n"),
        ),
        (
            "`sep=;` first, names without endings in capitals",
            b"sep=;\r\nFile;Drive\r\nA;0,5\r\nB;2,5\r\nC;5\r\n".to_vec(),
        ),
        (
            "percent and units",
            b"file;Mix;Level (dB)\na.wav;0 %;-6 dB\nb.wav;50 %;-3\nc.wav;100 %;0\n".to_vec(),
        ),
        (
            "a recording with NaN among others",
            b"file,Drive\nbad.wav,1\na.wav,2\nb.wav,3\n".to_vec(),
        ),
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
        (
            "through a hard clip",
            through(&[(480, 1.0)]).iter().map(|x| x.clamp(-0.3, 0.3)).collect(),
        ),
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
    let gave = page.gives(&[
        "ir",
        "--sweep",
        "DIR/sweep.wav",
        "--recording",
        "DIR/sped.wav",
        "DIR/out.wav",
    ]);
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
    let gave = page.gives(&[
        "ir",
        "--sweep",
        "DIR/sweep.wav",
        "--recording",
        "DIR/recording.wav",
        "DIR/out.mp3",
    ]);
    page.row(&["written as out.mp3", &gave]);
}
