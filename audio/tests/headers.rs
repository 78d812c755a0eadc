//! What programs, recorders and mistakes make of the headers of sound files; the samples are known,
//! whatever stands around them.

mod maker;

use maker::{Aiff, Wav, aiff, chunk, extended, fmt, ramp, wav};
use nfx_audio::{Sound, is_audio_path, look, read_bytes, read_file};
use std::path::{Path, PathBuf};

fn read(bytes: &[u8]) -> Result<Sound, String> {
    read_bytes("take.wav", bytes.to_vec(), None).map_err(|error| error.to_string())
}

/// The ramp of 16-bit numbers that every file here holds.
#[track_caller]
fn holds_the_ramp(what: &str, bytes: &[u8]) -> Vec<String> {
    let sound = read(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
    let want: Vec<f32> = ramp().iter().map(|x| f32::from(*x) / 32_768.0).collect();
    assert_eq!((sound.rate_hz, sound.channels.len()), (48_000, 1), "{what}");
    assert_eq!(sound.channels[0], want, "{what}");
    // What is looked up is what is read.
    let path = tempfile::Builder::new().suffix(".wav").tempfile().unwrap();
    std::fs::write(path.path(), bytes).unwrap();
    let facts = look(path.path()).unwrap();
    assert_eq!(
        (facts.rate_hz, facts.channels, facts.frames),
        (48_000, 1, Some(want.len() as u64)),
        "{what}"
    );
    sound.notes
}

#[test]
fn wav_files_are_read_whatever_their_sizes_say() {
    let plain = Wav::default();
    let data = plain.data.len() as u32;
    let said = [
        ("plain", plain.clone()),
        ("RIFF 8 short", Wav { riff: Some(data + 28), ..plain.clone() }),
        ("RIFF 0", Wav { riff: Some(0), ..plain.clone() }),
        ("RIFF 1", Wav { riff: Some(1), ..plain.clone() }),
        ("RIFF too long", Wav { riff: Some(1 << 30), ..plain.clone() }),
        ("RIFF -1", Wav { riff: Some(u32::MAX), ..plain.clone() }),
        (
            "both -1, as ffmpeg writes to a pipe",
            Wav { riff: Some(u32::MAX), size: Some(u32::MAX), ..plain.clone() },
        ),
        (
            "as sox writes to a pipe",
            Wav { riff: Some(0x7fff_f024), size: Some(0x7fff_f000), ..plain.clone() },
        ),
        ("data a few bytes too long", Wav { size: Some(data + 8), ..plain.clone() }),
        (
            "RF64",
            Wav {
                id: *b"RF64",
                long: Some(u64::from(data)),
                size: Some(u32::MAX),
                ..plain.clone()
            },
        ),
        (
            "BW64",
            Wav {
                id: *b"BW64",
                long: Some(u64::from(data)),
                size: Some(u32::MAX),
                ..plain.clone()
            },
        ),
        (
            "RF64 that says its size twice",
            Wav { id: *b"RF64", long: Some(u64::from(data)), ..plain.clone() },
        ),
        (
            "RF64 a few bytes too long",
            Wav {
                id: *b"RF64",
                long: Some(u64::from(data) + 9),
                size: Some(u32::MAX),
                ..plain.clone()
            },
        ),
        ("RF64 without its ds64", Wav { id: *b"RF64", size: Some(u32::MAX), ..plain.clone() }),
    ];
    for (what, file) in said {
        assert_eq!(holds_the_ramp(what, &wav(&file)), Vec::<String>::new(), "{what}");
    }
    // What is missing or was never finished is told.
    for (what, file) in [
        ("sizes of 0", Wav { riff: Some(0), size: Some(0), ..plain.clone() }),
        ("data of 0", Wav { size: Some(0), ..plain.clone() }),
        ("RF64 of 0", Wav { id: *b"RF64", long: Some(0), size: Some(u32::MAX), ..plain.clone() }),
        (
            "RF64 of -1",
            Wav { id: *b"RF64", long: Some(u64::MAX), size: Some(u32::MAX), ..plain.clone() },
        ),
    ] {
        let notes = holds_the_ramp(what, &wav(&file));
        assert!(notes.len() == 1 && notes[0].contains("never finished"), "{what}: {notes:?}");
    }
    for (what, file) in [
        ("data far too long", Wav { size: Some(1 << 30), ..plain.clone() }),
        (
            "RF64 of a terabyte",
            Wav { id: *b"RF64", long: Some(1 << 40), size: Some(u32::MAX), ..plain.clone() },
        ),
    ] {
        let notes = holds_the_ramp(what, &wav(&file));
        assert!(notes.len() == 1 && notes[0].contains("cut short"), "{what}: {notes:?}");
    }
}

#[test]
fn wav_files_are_read_whatever_stands_between_their_chunks() {
    let plain = Wav::default();
    for size in [16, 17, 18, 20, 22, 24, 28, 40, 50] {
        let mut bytes = fmt(1, 1, 48_000, 16);
        bytes.resize(size, 0);
        holds_the_ramp(&format!("fmt of {size} bytes"), &wav(&Wav { fmt: bytes, ..plain.clone() }));
    }
    let odd = |padded: bool| {
        let mut bytes = chunk(b"LIST", b"INFOxyz");
        bytes.truncate(if padded { 16 } else { 15 });
        bytes
    };
    let before = [
        ("JUNK", chunk(b"JUNK", &[0; 28])),
        ("bext of an odd size", chunk(b"bext", &[1; 603])),
        ("an odd LIST with its padding", odd(true)),
        ("an odd LIST without its padding", odd(false)),
        ("an odd chunk of letters without its padding", [&b"iXML\x09\0\0\0<BWFXML/>"[..]].concat()),
        ("a picture of 100 KB", chunk(b"id3 ", &vec![0xff; 100_001])),
        (
            "fact, PEAK and cue",
            [chunk(b"fact", &[9, 0, 0, 0]), chunk(b"PEAK", &[0; 16]), chunk(b"cue ", &[0; 4])]
                .concat(),
        ),
        ("an empty chunk", chunk(b"FLLR", &[])),
    ];
    for (what, before) in before {
        holds_the_ramp(what, &wav(&Wav { before, ..plain.clone() }));
    }
    for (what, after) in [
        ("LIST behind", chunk(b"LIST", b"INFOwxyz")),
        ("rubbish behind", b"\0\0\0\0hello".to_vec()),
        ("more data behind", chunk(b"data", &[1; 40])),
    ] {
        holds_the_ramp(what, &wav(&Wav { after, ..plain.clone() }));
    }
    let late = Wav { fmt_last: true, ..plain.clone() };
    holds_the_ramp("fmt behind the sound", &wav(&late));
    let tag = [&b"ID3\x03\0\0\0\0\0\x0a"[..], &[0; 10], &wav(&plain)].concat();
    holds_the_ramp("an ID3 tag before it all", &tag);
    let big: Vec<u8> = ramp().iter().flat_map(|x| x.to_be_bytes()).collect();
    holds_the_ramp(
        "RIFX",
        &wav(&Wav { id: *b"RIFX", fmt: fmt(1, 1, 48_000, 16), data: big, ..plain.clone() }),
    );
    let odd_end = Wav { data: [plain.data.clone(), vec![7]].concat(), ..plain.clone() };
    holds_the_ramp("half a sample at the end", &wav(&odd_end));
    holds_the_ramp(
        "block align of 0",
        &wav(&Wav { fmt: maker::aligned(fmt(1, 1, 48_000, 16), 0), ..plain }),
    );
}

#[test]
fn samples_of_all_codings_are_exact() {
    let extensible = |tag: u16, bits: u16, valid: u16| extended(tag, 1, 48_000, bits, valid);
    let whole: Vec<i32> = ramp().iter().map(|x| i32::from(*x) << 16).collect();
    let top = |bytes: usize| -> Vec<u8> {
        whole.iter().flat_map(|x| x.to_le_bytes()[4 - bytes..].to_vec()).collect()
    };
    let floats: Vec<f32> = ramp().iter().map(|x| f32::from(*x) / 32_768.0).collect();
    let plain = Wav::default();
    for (what, fmt, data) in [
        ("24 bits", fmt(1, 1, 48_000, 24), top(3)),
        ("32 bits", fmt(1, 1, 48_000, 32), top(4)),
        ("16 bits in the extensible form", extensible(1, 16, 16), top(2)),
        ("24 of 32 bits in the extensible form", extensible(1, 32, 24), top(4)),
        ("20 of 24 bits in the extensible form", extensible(1, 24, 20), top(3)),
        ("valid bits of 0", extensible(1, 16, 0), top(2)),
        ("20 bits in 3 bytes", maker::aligned(fmt(1, 1, 48_000, 20), 3), top(3)),
        ("12 bits in 2 bytes", fmt(1, 1, 48_000, 12), top(2)),
        ("24 bits at the top of 4 bytes", maker::aligned(fmt(1, 1, 48_000, 24), 4), top(4)),
        (
            "16 bits at the bottom of 4 bytes",
            maker::aligned(fmt(1, 1, 48_000, 16), 4),
            whole.iter().flat_map(|x| (x >> 16).to_le_bytes()).collect(),
        ),
        ("floats", fmt(3, 1, 48_000, 32), floats.iter().flat_map(|x| x.to_le_bytes()).collect()),
        (
            "floats in the extensible form",
            extensible(3, 32, 32),
            floats.iter().flat_map(|x| x.to_le_bytes()).collect(),
        ),
        (
            "doubles",
            fmt(3, 1, 48_000, 64),
            floats.iter().flat_map(|x| f64::from(*x).to_le_bytes()).collect(),
        ),
    ] {
        holds_the_ramp(what, &wav(&Wav { fmt, data, ..plain.clone() }));
    }
    // At the bottom of 4 bytes, with bits that only stand there when nothing is above them.
    let low = whole.iter().flat_map(|x| ((x >> 8) + 5).to_le_bytes()).collect();
    let low =
        read(&wav(&Wav { fmt: maker::aligned(fmt(1, 1, 48_000, 24), 4), data: low, ..plain }))
            .unwrap();
    assert!(
        low.channels[0].iter().zip(&floats).all(|(x, y)| x - y == 5.0 / 8_388_608.0),
        "{low:?}"
    );
    // One byte: unsigned in WAV, signed in AIFF; the laws of G.711 by a few of their values.
    let byte = |tag: u16| {
        wav(&Wav { fmt: fmt(tag, 1, 48_000, 8), data: vec![0, 64, 128, 255], ..Wav::default() })
    };
    assert_eq!(read(&byte(1)).unwrap().channels[0], [-1.0, -0.5, 0.0, 127.0 / 128.0]);
    assert_eq!(
        read(&byte(6)).unwrap().channels[0],
        [-5504.0, -344.0, 5504.0, 848.0].map(|x: f32| x / 32_768.0)
    );
    assert_eq!(
        read(&byte(7)).unwrap().channels[0],
        [-32124.0, -1884.0, 32124.0, 0.0].map(|x: f32| x / 32_768.0)
    );
    // Above full scale and beside it.
    let loud: Vec<u8> = [1.5f32, -4.0, 1e-30].iter().flat_map(|x| x.to_le_bytes()).collect();
    let sound =
        read(&wav(&Wav { fmt: fmt(3, 1, 48_000, 32), data: loud, ..Wav::default() })).unwrap();
    assert_eq!(sound.channels[0], [1.5, -4.0, 1e-30]);
    // Channels, from two to many.
    for channels in [2u16, 3, 6, 8, 24, 64] {
        let data: Vec<u8> = (0..channels * 5).flat_map(|i| (i as i16).to_le_bytes()).collect();
        let sound =
            read(&wav(&Wav { fmt: fmt(1, channels, 44_100, 16), data, ..Wav::default() })).unwrap();
        assert_eq!((sound.channels.len(), sound.len()), (usize::from(channels), 5));
        assert_eq!(sound.channels[1][3], f32::from(channels as i16 * 3 + 1) / 32_768.0);
    }
}

#[test]
fn aiff_files_are_read_whatever_their_sizes_say() {
    let plain = Aiff::default();
    let size = plain.data.len() as u32 + 8;
    for (what, file) in [
        ("plain", plain.clone()),
        ("FORM too long", Aiff { form: Some(99_999), ..plain.clone() }),
        ("FORM too short", Aiff { form: Some(20), ..plain.clone() }),
        ("FORM 0", Aiff { form: Some(0), ..plain.clone() }),
        ("FORM -1", Aiff { form: Some(u32::MAX), ..plain.clone() }),
        ("SSND -1", Aiff { size: Some(u32::MAX), ..plain.clone() }),
        ("SSND a little long", Aiff { size: Some(size + 8), ..plain.clone() }),
        ("no count of frames", Aiff { frames: 0, ..plain.clone() }),
        ("a wrong count of frames", Aiff { frames: 7, ..plain.clone() }),
        ("an offset of 12", Aiff { offset: 12, ..plain.clone() }),
        ("the sound before what says its form", Aiff { sound_first: true, ..plain.clone() }),
        ("a name before", Aiff { before: maker::big_chunk(b"NAME", b"abc"), ..plain.clone() }),
        ("words behind", Aiff { after: maker::big_chunk(b"ANNO", b"abcd"), ..plain.clone() }),
    ] {
        assert_eq!(holds_the_ramp(what, &aiff(&file)), Vec::<String>::new(), "{what}");
    }
    for (what, file) in [
        ("SSND 0", Aiff { size: Some(0), ..plain.clone() }),
        ("SSND 8", Aiff { size: Some(8), ..plain.clone() }),
    ] {
        let notes = holds_the_ramp(what, &aiff(&file));
        assert!(notes.len() == 1 && notes[0].contains("never finished"), "{what}: {notes:?}");
    }
    let notes = holds_the_ramp("SSND far too long", &aiff(&Aiff { size: Some(99_999), ..plain }));
    assert!(notes[0].contains("cut short"), "{notes:?}");
}

#[test]
fn aiff_c_is_read_in_its_codings() {
    let whole: Vec<i32> = ramp().iter().map(|x| i32::from(*x) << 16).collect();
    let big = |bytes: usize| -> Vec<u8> {
        whole.iter().flat_map(|x| x.to_be_bytes()[..bytes].to_vec()).collect()
    };
    let little = |bytes: usize| -> Vec<u8> {
        whole.iter().flat_map(|x| x.to_le_bytes()[4 - bytes..].to_vec()).collect()
    };
    let floats: Vec<f32> = ramp().iter().map(|x| f32::from(*x) / 32_768.0).collect();
    for (kind, bits, data) in [
        (b"NONE", 16, big(2)),
        (b"twos", 16, big(2)),
        (b"twos", 24, big(3)),
        (b"sowt", 16, little(2)),
        (b"sowt", 24, little(3)),
        (b"in24", 24, big(3)),
        (b"in32", 32, big(4)),
        (b"42ni", 24, little(3)),
        (b"23ni", 32, little(4)),
        (b"fl32", 32, floats.iter().flat_map(|x| x.to_be_bytes()).collect()),
        (b"FL32", 16, floats.iter().flat_map(|x| x.to_be_bytes()).collect()),
        (b"fl64", 64, floats.iter().flat_map(|x| f64::from(*x).to_be_bytes()).collect()),
    ] {
        let what = String::from_utf8_lossy(kind).into_owned();
        holds_the_ramp(&what, &aiff(&Aiff { kind: Some(*kind), bits, data, ..Aiff::default() }));
    }
    for (bits, data) in [(12, big(2)), (20, big(3)), (24, big(3)), (32, big(4))] {
        holds_the_ramp(&format!("{bits} bits"), &aiff(&Aiff { bits, data, ..Aiff::default() }));
    }
    let bytes = |kind: Option<[u8; 4]>| {
        aiff(&Aiff { kind, bits: 8, data: vec![0, 64, 128, 255], ..Aiff::default() })
    };
    assert_eq!(read(&bytes(None)).unwrap().channels[0], [0.0, 0.5, -1.0, -1.0 / 128.0]);
    assert_eq!(read(&bytes(Some(*b"raw "))).unwrap().channels[0], [-1.0, -0.5, 0.0, 127.0 / 128.0]);
    assert_eq!(read(&bytes(Some(*b"ulaw"))).unwrap().channels[0][0], -32124.0 / 32_768.0);
    assert_eq!(read(&bytes(Some(*b"ALAW"))).unwrap().channels[0][0], -5504.0 / 32_768.0);
    for rate in [8_000.0, 22_254.0, 44_100.0, 96_000.0, 192_000.0, 768_000.0] {
        assert_eq!(
            f64::from(read(&aiff(&Aiff { rate, ..Aiff::default() })).unwrap().rate_hz),
            rate
        );
    }
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name)
}

/// Files that libsndfile wrote: a sine of 440 Hz at half of full scale, 2,000 samples at 8 kHz.
#[test]
fn packed_files_hold_the_sine_that_went_in() {
    for (name, worst, exact) in [
        ("ima.wav", 0.03, false),
        ("ms.wav", 0.03, true),
        ("ima4.aifc", 0.03, false),
        ("sine.flac", 1.0 / 32_768.0, true),
        ("sine.w64", 1e-6, true),
        ("sine.ogg", 0.05, true),
    ] {
        let sound = read_file(&file(name), None).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((sound.rate_hz, sound.channels.len()), (8_000, 1), "{name}");
        assert!(
            sound.len() == 2_000 || !exact && (2_000..2_064).contains(&sound.len()),
            "{name}: {}",
            sound.len()
        );
        let sine = |i: usize| 0.5 * (std::f64::consts::TAU * 440.0 * i as f64 / 8_000.0).sin();
        // The first block of ADPCM has to learn its step.
        let far = (100..1_900)
            .map(|i| (f64::from(sound.channels[0][i]) - sine(i)).abs())
            .fold(0.0, f64::max);
        assert!(far < worst, "{name}: {far}");
        assert!(sound.notes.is_empty(), "{name}: {:?}", sound.notes);
        let some = read_file(&file(name), Some(0.1)).unwrap();
        assert!((800..=2_048).contains(&some.len()), "{name}: {}", some.len());
    }
    let mp3 = read_file(&file("sine.mp3"), None).unwrap();
    let loud = mp3.channels[0].iter().fold(0.0f32, |m, x| m.max(x.abs()));
    assert!(
        mp3.rate_hz == 8_000 && mp3.len() >= 1_900 && (0.4..0.7).contains(&loud),
        "{} {loud}",
        mp3.len()
    );
    // MP3 in the place of the samples of a WAV file.
    let inside = Wav {
        fmt: fmt(0x55, 1, 8_000, 0),
        data: std::fs::read(file("sine.mp3")).unwrap(),
        ..Wav::default()
    };
    assert_eq!(read(&wav(&inside)).unwrap().channels, mp3.channels);
    // Cut in the middle: what is there is read, and FLAC says what is not.
    let flac = std::fs::read(file("sine.flac")).unwrap();
    if let Ok(half) = read_bytes("sine.flac", flac[..flac.len() - 20].to_vec(), None) {
        assert!(half.notes.iter().any(|note| note.contains("cut short")), "{:?}", half.notes);
    }
}

#[test]
fn what_is_no_sound_is_told_what_it_is() {
    let gsm = std::fs::read(file("gsm.wav")).unwrap();
    let odd = |fmt: Vec<u8>| wav(&Wav { fmt, ..Wav::default() });
    let cases: [(&[u8], &str); 18] = [
        (b"", "an empty file"),
        (&[0; 64], "zeros"),
        (b"this is not music", "a text"),
        (b"\n<!DOCTYPE html><html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\0\0\0\x20ftypisom\0\0\x02\0", "MP4"),
        (b"\0\0\0\x20ftypM4A \0\0\x02\0", "M4A"),
        (b"caff\0\x01\0\0", "a CAF file"),
        (b"RIFF\x10\0\0\0AVI LIST", "a video"),
        (&gsm, "GSM 6.10"),
        (&odd(fmt(1, 0, 48_000, 16)), "channels"),
        (&odd(fmt(1, 1, 0, 16)), "sample rate"),
        (&odd(fmt(1, 1, 48_000, 64)), "64 bits"),
        (&odd(fmt(3, 1, 48_000, 16)), "floats of 16 bits"),
        (&odd(vec![1, 0, 1, 0]), "`fmt ` chunk of 16 bytes"),
        (b"RIFF\x04\0\0\0WAVE", "no `fmt ` chunk"),
        (&wav(&Wav { no_data: true, ..Wav::default() }), "no `data` chunk"),
    ];
    for (bytes, word) in cases {
        let error = read(bytes).expect_err(word);
        assert!(error.contains("expected") && error.contains(word), "{word}: {error}");
    }
    let empty = Wav { data: Vec::new(), ..Wav::default() };
    assert!(read(&wav(&empty)).unwrap_err().contains("not a single sample"));
    let listed = Wav { after: chunk(b"LIST", b"INFOwxyz"), ..empty };
    assert!(
        read(&wav(&listed)).unwrap_err().contains("not a single sample"),
        "an empty sound is not a list"
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("x.wav")).unwrap();
    assert!(
        read_file(&folder.path().join("x.wav"), None).unwrap_err().to_string().contains("a folder")
    );
    assert!(
        read_file(&folder.path().join("y.wav"), None)
            .unwrap_err()
            .to_string()
            .contains("no such file")
    );
    assert!(
        is_audio_path(Path::new("a/TAKE.WAV"))
            && is_audio_path(Path::new("x.bwf"))
            && !is_audio_path(Path::new("wav"))
    );
}

/// Sizes near the end of all numbers, which honest files do not have.
#[test]
fn sizes_of_64_bits_that_reach_beyond_every_file_are_read_as_what_is_there() {
    let sine = read_file(&file("ms.wav"), None).unwrap();
    let whole = std::fs::read(file("ms.wav")).unwrap();
    let at = |id: &[u8; 4]| whole.windows(4).position(|four| four == id).unwrap();
    let body = |id: &[u8; 4]| {
        let size = u32::from_le_bytes(whole[at(id) + 4..at(id) + 8].try_into().unwrap()) as usize;
        whole[at(id) + 8..at(id) + 8 + size].to_vec()
    };
    let piece = |id: &[u8; 4], body: &[u8]| {
        let mut bytes = [&id[..], b"\xf3\xac\xd3\x11\x8c\xd1\0\xc0\x4f\x8e\xdb\x8a"].concat();
        bytes.extend((24 + body.len() as u64).to_le_bytes());
        bytes.extend(body);
        bytes.resize(bytes.len().div_ceil(8) * 8, 0);
        bytes
    };
    for frames in [u64::MAX, u64::MAX - 1, 1 << 63, 0] {
        let mut bytes = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0".to_vec();
        bytes.extend(u64::MAX.to_le_bytes());
        bytes.extend(b"wave\xf3\xac\xd3\x11\x8c\xd1\0\xc0\x4f\x8e\xdb\x8a");
        bytes.extend(piece(b"fmt ", &body(b"fmt ")));
        bytes.extend(piece(b"fact", &frames.to_le_bytes()));
        bytes.extend(piece(b"data", &body(b"data")));
        let sound = read(&bytes).unwrap_or_else(|error| panic!("{frames} frames: {error}"));
        assert!(
            sound.len() >= sine.len() && sound.channels[0][..sine.len()] == sine.channels[0],
            "{frames} frames"
        );
    }
    // The sound before what says its form, and a size behind which nothing is found.
    for long in [u64::MAX - 2, u64::MAX - 8, u64::MAX - 60, u64::MAX / 2 + 2, u64::MAX / 2] {
        let late = Wav {
            id: *b"RF64",
            long: Some(long),
            size: Some(u32::MAX),
            fmt_last: true,
            ..Wav::default()
        };
        let path = tempfile::Builder::new().suffix(".wav").tempfile().unwrap();
        std::fs::write(path.path(), wav(&late)).unwrap();
        for error in
            [read(&wav(&late)).unwrap_err(), read_file(path.path(), None).unwrap_err().to_string()]
        {
            assert!(error.contains("no `fmt ` chunk"), "{long}: {error}");
        }
    }
}

/// Whatever happens to its bytes, a file is read or refused: no panic, and no more memory than it
/// is worth.
#[test]
fn damaged_files_are_read_or_refused() {
    let mut seed = 12_345u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below.max(1)
    };
    let mut whole: Vec<Vec<u8>> =
        ["ima.wav", "ms.wav", "ima4.aifc", "sine.flac", "sine.ogg", "sine.mp3", "sine.w64"]
            .map(|name| std::fs::read(file(name)).unwrap())
            .to_vec();
    let rf64 = Wav { id: *b"RF64", long: Some(40), size: Some(u32::MAX), ..Wav::default() };
    whole.extend([wav(&Wav::default()), wav(&rf64), aiff(&Aiff::default())]);
    whole.push(wav(&Wav { fmt: extended(1, 2, 48_000, 24, 20), ..Wav::default() }));
    for bytes in &whole {
        for _ in 0..300 {
            let mut bytes = bytes.clone();
            for _ in 0..1 + random(6) {
                // Mostly in the header, where the harm is.
                let end = if random(4) > 0 { bytes.len().min(90) } else { bytes.len() };
                let at = random(end);
                bytes[at] = if random(3) == 0 {
                    [0, 0xff, 0x7f, 0x80][random(4)]
                } else {
                    random(256) as u8
                };
            }
            if random(3) == 0 {
                bytes.truncate(random(bytes.len()));
            }
            let len = bytes.len();
            if let Ok(sound) = read_bytes("x.wav", bytes, Some(60.0)) {
                let samples = sound.channels.iter().map(Vec::len).sum::<usize>();
                assert!(samples < 200 * len + 200_000, "{samples} samples of {len} bytes");
                assert!(sound.channels.iter().all(|channel| channel.len() == sound.len()));
            }
        }
    }
}

/// Headers of the field, where they are at hand.
#[test]
fn files_of_the_field_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/field/wav_headers");
    for name in [
        "control_plain",
        "rf64",
        "riff_size_8_short",
        "riff_size_zero",
        "fmt_20_bytes",
        "sizes_zero",
    ] {
        let path = folder.join(format!("{name}.wav"));
        if path.exists() {
            let sound = read_file(&path, None).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(sound.len(), 2_400, "{name}");
            assert_eq!(sound.notes.is_empty(), name != "sizes_zero", "{name}: {:?}", sound.notes);
        }
    }
}
