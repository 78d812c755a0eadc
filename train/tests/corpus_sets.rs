//! Corpora: the split, odd folders, frames against the transform, the cache, files and resampling.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

use nfx_core::signal::stft::{StftConfig, analyse_signal};
use nfx_core::signal::window::Window;
use nfx_train::audio::{read_audio, resample, write_wav};
use nfx_train::corpus::{CorpusSpec, Limits, Part, SourceSpec, assign, quotas};
use nfx_train::frames::{FrameSet, Framer, Origin, Share};

fn stft() -> StftConfig {
    StftConfig::new(512, 128, Window::Hann).unwrap()
}

fn spec(sources: &[String], cache: &Path, train: usize) -> CorpusSpec {
    let mut spec = CorpusSpec::new(sources, 22_050.0, stft()).unwrap();
    spec.limits = Limits::scaled(train);
    spec.cache_dir = Some(cache.to_owned());
    spec
}

fn tone(hz: f64, rate: f64, seconds: f64) -> Vec<f32> {
    (0..(seconds * rate) as usize)
        .map(|i| (0.5 * (std::f64::consts::TAU * hz * i as f64 / rate).sin()) as f32)
        .collect()
}

fn clips(set: &FrameSet) -> BTreeSet<u32> {
    set.clip_of.iter().copied().collect()
}

#[test]
fn frames_are_those_of_the_transform_divided_by_their_maximum() {
    let signal = nfx_train::synth::improvise::improvise(
        1,
        2,
        nfx_train::synth::improvise::Kind::All,
        0.7,
        22_050.0,
    );
    for config in [
        stft(),
        StftConfig::new(1024, 128, Window::RootHann).unwrap(),
        StftConfig::new(256, 128, Window::Gauss).unwrap(),
    ] {
        let spectra = analyse_signal(config, &signal).unwrap();
        let mut framer = Framer::new(config).unwrap();
        let mut set = FrameSet::new(config.bins());
        framer.append(&signal, Share::ALL, Origin { clip: 0, source: 0 }, &mut set);
        let mut at = 0;
        for spectrum in &spectra {
            let maximum = spectrum.iter().fold(0.0f32, |m, c| m.max(c.norm()));
            if at < set.len() && maximum > 0.05 {
                // Silent frames are left out, so the next frame of the set is this one.
                let frame = set.frame(at);
                let worst = frame
                    .iter()
                    .zip(spectrum)
                    .map(|(a, c)| (a - c.norm() / maximum).abs())
                    .fold(0.0f32, f32::max);
                assert!(worst < 1.0e-5, "frame {at} of {config:?} differs by {worst}");
                assert!((frame.iter().fold(0.0f32, |m, x| m.max(*x)) - 1.0).abs() < 1.0e-6);
                at += 1;
            }
        }
        assert!(at > 30 && at + 8 >= set.len(), "{at} of {} frames compared", set.len());
    }
}

#[test]
fn a_tone_keeps_its_bin_and_silence_is_dropped() {
    let mut framer = Framer::new(stft()).unwrap();
    let mut set = FrameSet::new(stft().bins());
    let hz = 22_050.0 / 512.0 * 40.0;
    let mut signal = tone(hz, 22_050.0, 0.5);
    let sounding = framer.frames_in(signal.len());
    signal.extend(vec![0.0; 22_050]);
    assert_eq!(
        framer.append(&signal, Share::ALL, Origin { clip: 4, source: 2 }, &mut set),
        sounding
    );
    for i in 4..set.len() - 4 {
        assert_eq!(set.frame(i)[40], 1.0);
    }
    assert_eq!((set.clip_of[0], set.source_of[0]), (4, 2));
    let mut third = FrameSet::new(stft().bins());
    framer.append(&signal, Share { keep: 1, out_of: 3 }, Origin { clip: 0, source: 0 }, &mut third);
    assert!((third.len() as i64 - (sounding / 3) as i64).abs() <= 1);
}

#[test]
fn no_clip_is_in_two_sets_and_every_source_is_in_all() {
    let cache = tempfile::tempdir().unwrap();
    let sources = ["synth:seed=3,minutes=0.6,clip_seconds=2".to_owned()];
    let corpus = spec(&sources, cache.path(), 1_500).build(&|_, _| ()).unwrap();
    assert_eq!(corpus.sources, ["synth"]);
    let (a, b, c) = (clips(&corpus.train), clips(&corpus.validation), clips(&corpus.test));
    assert!(a.is_disjoint(&b) && a.is_disjoint(&c) && b.is_disjoint(&c));
    assert!(a.len() > b.len() && !b.is_empty() && !c.is_empty());
    assert!(corpus.train.len() <= 1_500 && corpus.train.len() > 1_000, "{}", corpus.train.len());
    assert!(corpus.validation.len() <= 300 && corpus.test.len() <= 300);
    assert!(corpus.train.data.iter().all(|x| (0.0..=1.0).contains(x)));
    let mut other = spec(&sources, cache.path(), 1_500);
    other.split_seed = 1;
    assert_ne!(
        clips(&other.build(&|_, _| ()).unwrap().test),
        c,
        "another split seed gave the same split"
    );
}

#[test]
fn the_split_is_disjoint_proportional_and_never_empty() {
    let limits = Limits::default();
    for seed in 0..20 {
        let lengths: Vec<f64> = (0..100).map(|i| 1.0 + (i % 7) as f64).collect();
        let parts = assign(&lengths, limits, seed);
        assert_eq!(parts, assign(&lengths, limits, seed));
        let share = |part| {
            lengths.iter().zip(&parts).filter(|(_, p)| **p == part).map(|(l, _)| l).sum::<f64>()
                / lengths.iter().sum::<f64>()
        };
        assert!((share(Part::Train) - 5.0 / 7.0).abs() < 0.05, "{}", share(Part::Train));
        assert!((share(Part::Test) - 1.0 / 7.0).abs() < 0.05, "{}", share(Part::Test));
        for n in 3..9 {
            let few = assign(&vec![1.0; n], limits, seed);
            assert!(Part::ALL.iter().all(|p| few.contains(p)), "{n} clips: {few:?}");
        }
        // One long loop among short notes does not swallow the test set.
        let mut long = vec![1.0; 30];
        long[7] = 100.0;
        assert_eq!(assign(&long, limits, seed)[7], Part::Train);
    }
}

#[test]
fn shares_are_equal_until_a_source_runs_dry() {
    assert_eq!(quotas(&[100, 100], 60), [30, 30]);
    assert_eq!(quotas(&[10, 100, 100], 90), [10, 40, 40]);
    assert_eq!(quotas(&[5, 5], 90), [5, 5]);
    assert_eq!(quotas(&[100, 100, 100], 100).iter().sum::<usize>(), 100);
    assert_eq!(quotas(&[], 100), Vec::<usize>::new());
}

#[test]
fn the_cache_gives_the_same_corpus_and_survives_damage() {
    let cache = tempfile::tempdir().unwrap();
    let spec = spec(&["synth:seed=8,minutes=0.3,clip_seconds=2".into()], cache.path(), 500);
    let made = spec.build(&|_, _| ()).unwrap();
    let said = Mutex::new(String::new());
    let read = spec.build(&|s, _| *said.lock().unwrap() = s.to_owned()).unwrap();
    assert_eq!(made, read);
    assert_eq!(*said.lock().unwrap(), "read from the cache");
    let file = std::fs::read_dir(cache.path()).unwrap().next().unwrap().unwrap().path();
    let bytes = std::fs::read(&file).unwrap();
    for damaged in [
        &bytes[..bytes.len() - 5],
        &bytes[..20],
        &b"NFXCORP2\xff\xff\xff\xff\xff\xff\xff\xff"[..],
        b"",
    ] {
        std::fs::write(&file, damaged).unwrap();
        assert_eq!(
            spec.build(&|_, _| ()).unwrap(),
            made,
            "a damaged cache of {} bytes",
            damaged.len()
        );
    }
}

#[test]
fn a_folder_with_odd_files_is_used_and_its_odd_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("sounds, odd=1");
    std::fs::create_dir_all(folder.join("deep/er")).unwrap();
    for (name, rate, hz) in [
        ("a.wav", 44_100.0, 300.0),
        ("b.wav", 48_000.0, 500.0),
        ("deep/c.wav", 8_000.0, 700.0),
        ("deep/er/d.WAV", 96_000.0, 900.0),
    ] {
        write_wav(&folder.join(name), &[tone(hz, rate, 0.6), tone(hz, rate, 0.6)], rate).unwrap();
    }
    std::fs::write(folder.join("empty.wav"), b"").unwrap();
    std::fs::write(folder.join("text.flac"), b"this is not music").unwrap();
    std::fs::write(folder.join("notes.txt"), b"not a sound file").unwrap();
    write_wav(&folder.join("blip.wav"), &[vec![0.5; 10]], 44_100.0).unwrap();
    let whole = std::fs::read(folder.join("a.wav")).unwrap();
    std::fs::write(folder.join("cut.wav"), &whole[..whole.len() / 2]).unwrap();
    let corpus = spec(&[format!("folder:{}", folder.display())], dir.path(), 2_000)
        .build(&|_, _| ())
        .unwrap();
    assert_eq!(corpus.sources, ["sounds, odd=1"]);
    for bad in ["empty.wav", "text.flac", "blip.wav"] {
        let said: Vec<&String> = corpus.skipped.iter().filter(|s| s.contains(bad)).collect();
        assert_eq!(said.len(), 1, "{bad}: {:?}", corpus.skipped);
        assert!(said[0].ends_with('.'));
    }
    assert!(!corpus.skipped.iter().any(|s| s.contains("notes.txt") || s.contains("d.WAV")));
    // The tones lie where they did, whatever the rate of their file.
    let bin = |hz: f32| (hz / 22_050.0 * 512.0).round() as usize;
    let peaks: BTreeSet<usize> = [&corpus.train, &corpus.validation, &corpus.test]
        .iter()
        .flat_map(|s| (0..s.len()).map(|i| s.frame(i).iter().position(|x| *x == 1.0).unwrap()))
        .collect();
    for hz in [300.0, 500.0, 700.0, 900.0] {
        assert!(peaks.iter().any(|p| p.abs_diff(bin(hz)) <= 1), "{hz} Hz: {peaks:?}");
    }
}

#[test]
fn hopeless_sources_are_refused_in_sentences() {
    let dir = tempfile::tempdir().unwrap();
    let build = |source: String| {
        format!("{:#}", spec(&[source], dir.path(), 100).build(&|_, _| ()).unwrap_err())
    };
    let missing = build(format!("folder:{}/none", dir.path().display()));
    assert!(missing.contains("there is no such folder"), "{missing}");
    std::fs::create_dir(dir.path().join("empty")).unwrap();
    let empty = build(format!("folder:{}/empty", dir.path().display()));
    assert!(empty.contains("found 0 such files"), "{empty}");
    std::fs::create_dir(dir.path().join("one")).unwrap();
    write_wav(&dir.path().join("one/a.wav"), &[tone(200.0, 8_000.0, 1.0)], 8_000.0).unwrap();
    let one = build(format!("folder:{}/one", dir.path().display()));
    assert!(one.contains("too few clips"), "{one}");
    let parts = format!("folder:{}/one,part_seconds=0.2", dir.path().display());
    assert!(spec(&[parts], dir.path(), 100).build(&|_, _| ()).is_ok());
}

#[test]
fn sources_are_parsed_printed_and_refused() {
    for text in [
        "synth:seed=4,minutes=2.5,clip_seconds=12,kind=drums",
        "folder:/a, b/c=d,kind=loops,label=mine,licence=CC0,part_seconds=30",
        "akwf:/waves,seed=3,seconds=0.5",
    ] {
        let source: SourceSpec = text.parse().unwrap();
        assert_eq!(source.to_string(), text);
        let json = serde_json::to_string(&source).unwrap();
        assert_eq!(serde_json::from_str::<SourceSpec>(&json).unwrap(), source);
    }
    assert!(
        matches!("folder:/a, b/c=d".parse::<SourceSpec>().unwrap(), SourceSpec::Folder { path, .. } if path == Path::new("/a, b/c=d"))
    );
    for bad in [
        "",
        "radio:x",
        "synth:seed=x",
        "synth:minutes=-1",
        "synth:kind=jazz",
        "synth:tempo=3",
        "folder:",
        "folder:/a,kind=jazz",
        "akwf:",
    ] {
        let said = bad.parse::<SourceSpec>().unwrap_err().to_string();
        assert!(said.starts_with("expected"), "{bad}: {said}");
    }
}

#[test]
fn files_keep_their_samples_and_resampling_keeps_pitch_and_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.wav");
    let x = tone(440.0, 44_100.0, 0.3);
    write_wav(&path, &[x.clone(), x.iter().map(|v| -v).collect()], 44_100.0).unwrap();
    let back = read_audio(&path).unwrap();
    assert_eq!((back.rate, back.len()), (44_100.0, x.len()));
    assert!(back.channels[0].iter().zip(&x).all(|(a, b)| (a - b).abs() < 4.0e-5));
    assert!(back.mono().iter().all(|v| v.abs() < 5.0e-5));
    for (from, to) in [
        (44_100.0, 22_050.0),
        (48_000.0, 44_100.0),
        (22_050.0, 44_100.0),
        (96_000.0, 44_100.0),
        (11_025.0, 48_000.0),
    ] {
        let x = tone(440.0, from, 0.5);
        let y = resample(&x, from, to).unwrap();
        assert_eq!(y.len(), (x.len() as f64 * to / from).ceil() as usize, "{from} to {to}");
        let want = tone(440.0, to, 0.5);
        let middle = y.len() / 4..3 * y.len() / 4;
        let worst = y[middle.clone()]
            .iter()
            .zip(&want[middle])
            .map(|(a, b)| (a - b).abs())
            .fold(0.0f32, f32::max);
        assert!(worst < 2.0e-3, "{from} to {to}: {worst}");
    }
    assert!(resample(&[0.0; 8], 0.0, 44_100.0).is_err());
    assert!(write_wav(&path, &[], 44_100.0).is_err());
}
