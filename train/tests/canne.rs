//! CANNe's side of the trainer: notes as a corpus, instruments trained from the command line.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{CanneModel, Part, Told};
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use nfx_train::audio::write_wav;
use nfx_train::corpus::{Corpus, CorpusSpec, Limits};
use nfx_train::synth::{Patch, scales};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nfx-train"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("nfx-train starts")
}

fn good(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = run(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "nfx-train {arguments:?}: {error}");
    (String::from_utf8_lossy(&output.stdout).into_owned(), error)
}

fn spec(source: &str, folder: &Path, frames: usize) -> CorpusSpec {
    let stft = StftConfig::new(1024, 256, Window::Hann).expect("stft");
    let mut spec = CorpusSpec::new(&[source.to_owned()], 16_000.0, stft).expect("spec");
    spec.limits = Limits::scaled(frames);
    spec.cache_dir = Some(folder.join("cache"));
    spec
}

fn groups(corpus: &Corpus, set: &nfx_train::frames::FrameSet) -> BTreeSet<String> {
    set.clip_of.iter().map(|&c| corpus.clips[c as usize].group.clone()).collect()
}

#[test]
fn scales_are_split_by_patch_with_the_note_of_every_frame() {
    let folder = tempfile::tempdir().expect("folder");
    let spec = spec("notes:seed=1,patches=80,scale=one_octave,seconds=0.2", folder.path(), 1_000);
    let corpus = spec.build(&|_, _| {}).expect("corpus");
    let parts = [&corpus.train, &corpus.validation, &corpus.test];
    let by_part: Vec<BTreeSet<String>> = parts.iter().map(|set| groups(&corpus, set)).collect();
    assert_eq!(
        by_part.iter().map(BTreeSet::len).collect::<Vec<_>>(),
        [70, 5, 5],
        "the thesis's proportions"
    );
    assert!(by_part[0].is_disjoint(&by_part[1]) && by_part[0].is_disjoint(&by_part[2]));
    assert!(by_part[1].is_disjoint(&by_part[2]));
    let bin_hz = 16_000.0 / 1024.0;
    let mut harmonic = 0;
    for set in parts {
        assert_eq!(set.note_of.len(), set.len());
        for (i, &note) in set.note_of.iter().enumerate() {
            assert!([60, 62, 64, 65, 67, 69, 71, 72].contains(&note));
            // The strongest bin of most notes is near a multiple of the note (or of its
            // sub-octave).
            let peak = (0..set.bins)
                .max_by(|&a, &b| set.frame(i)[a].total_cmp(&set.frame(i)[b]))
                .expect("bins");
            let half = 0.5 * 440.0 * ((f64::from(note) - 69.0) / 12.0).exp2() / bin_hz;
            let multiple = (peak as f64 / half).round().max(1.0) * half;
            harmonic += usize::from((peak as f64 - multiple).abs() < 1.6);
        }
    }
    let all: usize = parts.iter().map(|s| s.len()).sum();
    assert!(harmonic * 100 > 75 * all, "{harmonic} of {all}");
    assert!(corpus.description.contains("split by patch"), "{}", corpus.description);
    // From the cache the same comes back.
    let again = spec.build(&|what, _| assert!(what != "making frames")).expect("cached");
    assert!(again == corpus);
    let mut fewer = again;
    fewer.keep_notes(64, 67).expect("some notes");
    assert!(fewer.test.note_of.iter().all(|n| (64..=67).contains(n)));
    assert!(
        fewer.keep_notes(1, 2).expect_err("none").to_string().contains("expected single notes")
    );
}

const SOUND: [&str; 12] = [
    "--source",
    "notes:seed=1,patches=12,scale=chromatic,seconds=0.2,harmonic=true",
    "--rate",
    "16000",
    "--fft",
    "512",
    "--frames",
    "500",
    "--notes",
    "48-72",
    "--device",
    "cpu",
];

#[test]
fn an_instrument_is_trained_stopped_resumed_and_played() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    let small = [
        "--recipe",
        "keys",
        "--hidden",
        "40,4,40,48",
        "--batch",
        "50",
        "--name",
        "Small",
        "--epochs",
        "3",
    ];
    let (table, _) =
        good(dir, &[&["train"][..], &SOUND, &small, &["--out", "run", "--warmup", "10"]].concat());
    assert!(table.contains("PCA-4 SC"), "{table}");
    let read = |name: &str| {
        let bytes = std::fs::read(dir.join("run").join(name)).expect(name);
        CanneModel::from_file(&ModelFile::from_bytes(&bytes).expect(name)).expect(name)
    };
    let (whole, half) = (read("model.safetensors"), read("decoder.safetensors"));
    assert_eq!((whole.notes(), whole.latents(), whole.bins()), (Some((48, 72)), 4, 257));
    assert!(whole.can_encode() && !half.can_encode());
    let card = &whole.card().kind;
    assert!(
        card.plane.is_some() && card.latents.iter().all(|l| l.p05 < l.p95 && !l.label.is_empty())
    );
    assert!(whole.card().provenance.metrics.contains_key("slider_least_db"));
    let latents: Vec<f32> = (0..4).map(|k| whole.range(k).value(0.7)).collect();
    let (mut a, mut b) = (vec![0.0; 257], vec![0.0; 257]);
    whole.decode(&mut whole.scratch(), &latents, &[60.0], &mut a);
    half.decode(&mut half.scratch(), &latents, &[60.0], &mut b);
    assert!(a == b);
    let (_, said) = good(dir, &["train", "--resume", "run", "--epochs", "4"]);
    assert!(said.contains("continuing at epoch 4"), "{said}");
    let (text, _) = good(dir, &["inspect", "run/model.safetensors"]);
    assert!(text.contains("notes        MIDI 48 to 72") && text.contains("(+25 told)"), "{text}");
    let (text, _) = good(dir, &["inspect", "run/decoder.safetensors"]);
    assert!(text.contains("(a decoder)"), "{text}");
}

#[test]
fn the_thesis_recipe_takes_features_and_every_choice_of_biases() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    for (features, bias) in
        [("mfcc", "none"), ("first_difference", "first"), ("both_differences", "all")]
    {
        let options = [
            "--recipe", "canne", "--hidden", "30,8,30", "--epochs", "1", "--out", features,
            "--bias", bias,
        ];
        good(dir, &[&["train", "--features", features][..], &SOUND[..8], &options].concat());
        let bytes = std::fs::read(dir.join(features).join("model.safetensors")).expect("model");
        let model = CanneModel::from_file(&ModelFile::from_bytes(&bytes).expect("file"))
            .expect("an instrument");
        assert_eq!(model.notes(), None);
        assert!(model.encode(&vec![0.5; 257]).is_ok());
        let config = model.card().kind.architecture.autoencoder().expect("whole");
        let biases: Vec<bool> = config.layers.iter().map(|l| l.bias).collect();
        assert_eq!(biases, [bias != "none", bias == "all", bias == "all", bias == "all"]);
    }
    let output =
        run(dir, &[&["train", "--recipe", "keys", "--mixture", "0.5"][..], &SOUND].concat());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains("expected neither mixtures nor"), "{error}");
}

#[test]
fn a_folder_of_notes_is_read_by_name_and_by_ear() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path().join("sounds");
    std::fs::create_dir_all(&dir).expect("folder");
    let patches = scales::patches(1, 4, true);
    for (p, number) in patches.iter().enumerate() {
        for (name, note) in [("C3", 48u8), ("F#3", 54), ("A4", 69)] {
            let sound = scales::note(&Patch::numbered(*number), note, 0.4, 16_000.0);
            // Two instruments tell their notes; of the others the trainer has to listen.
            let file = if p < 2 {
                format!("tone{}_{name}.wav", p + 10)
            } else {
                format!("{}-take-{note}.wav", ["x", "y"][p - 2])
            };
            write_wav(&dir.join(file), &[sound], 16_000.0).expect("wav");
        }
    }
    std::fs::write(dir.join("readme.txt"), "no sound").expect("text");
    let source = format!("folder:{},notes=true", dir.display());
    let corpus = spec(&source, folder.path(), 300).build(&|_, _| {}).expect("corpus");
    assert!(corpus.clips.len() >= 10, "{:?}", corpus.skipped);
    let right = corpus.clips.iter().filter(|c| [48, 54, 69].contains(&c.note)).count();
    assert!(right * 10 >= corpus.clips.len() * 8, "{:?}", corpus.clips);
    let known: Vec<u8> =
        corpus.clips.iter().filter(|c| c.group.contains("tone")).map(|c| c.note).collect();
    assert_eq!(known, [69, 48, 54, 69, 48, 54]);
}

/// Notes of two instruments that die away at rates of their own, as `recorded:PATH` wants them;
/// `PATH/index.csv` lists them.
fn recordings(folder: &Path) {
    let rate = 16_000.0;
    let mut list = "instrument,midi,velocity,tune_cents,seconds\n".to_owned();
    for (name, fall_db_per_s) in [("bell", 10.0f64), ("wood", 50.0)] {
        std::fs::create_dir_all(folder.join(name)).expect("folder");
        for note in (48..=72).step_by(2) {
            let hz = 440.0 * ((f64::from(note) - 69.0) / 12.0).exp2();
            let sound: Vec<f32> = (0..(2.0 * rate) as usize)
                .map(|i| {
                    let t = f64::from(i as u32) / rate;
                    let tone = |h: f64| (std::f64::consts::TAU * h * hz * t).sin() / h;
                    (0.3 * (tone(1.0) + tone(2.0) + tone(3.0))
                        * 10f64.powf(-fall_db_per_s * t / 20.0)) as f32
                })
                .collect();
            write_wav(&folder.join(name).join(format!("{note:03}_127.wav")), &[sound], rate)
                .expect("a file");
            list += &format!("{name},{note},127,0,2.0\n");
        }
    }
    std::fs::write(folder.join("index.csv"), list).expect("a list");
}

#[test]
fn an_instrument_that_lives_learns_how_its_notes_die_away() {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    recordings(&dir.join("notes"));
    let sound = [
        "--source",
        "notes:seed=1,patches=6,scale=chromatic,seconds=0.3,harmonic=true",
        "--source",
        "recorded:notes,transpose=1",
        "--rate",
        "16000",
        "--fft",
        "512",
        "--frames",
        "2000",
        "--notes",
        "48-72",
        "--device",
        "cpu",
    ];
    let small = [
        "--recipe",
        "live",
        "--hidden",
        "40,4,40,48",
        "--batch",
        "50",
        "--epochs",
        "40",
        "--warmup",
        "10",
    ];
    let (table, error) =
        good(dir, &[&["train"][..], &sound, &small, &["--name", "Alive", "--out", "run"]].concat());
    assert!(
        table.contains("recorded")
            && error.contains("26 recorded notes of 2 instruments (bell, wood)"),
        "{table}{error}"
    );
    let path = dir.join("run/model.safetensors");
    let model = CanneModel::from_file(
        &ModelFile::from_bytes(&std::fs::read(&path).expect("a file")).expect("a model"),
    );
    let model = model.expect("an instrument");
    let level_db = model.card().provenance.metrics["test_level_db"];
    // A level that knew nothing of a note's course would be off by far more: these notes fall by up
    // to 60 dB.
    assert!(model.course().is_some() && level_db < 10.0, "{level_db} dB");
    // What stands at a map's point of an instrument falls.
    let fall = |name: &str| {
        let plane = model.card().kind.plane.as_ref().expect("a map");
        let point = plane.points.iter().find(|p| p.label.starts_with(name)).expect(name);
        let mut scratch = model.scratch();
        let (latents, mut frames) = (point.latents.repeat(2), vec![0.0; 2 * model.bins()]);
        let told = Told { notes: &[60.0; 2], ages_s: &[0.1, 0.9] };
        model.decode_part(&mut scratch, &latents, told, &mut frames, Part::WHOLE);
        scratch.level_db(0) - scratch.level_db(1)
    };
    let (bell, wood) = (fall("bell"), fall("wood"));
    // So small a network does not tell the two apart, but that notes die away it knows.
    assert!(
        [bell, wood].iter().all(|fall| (6.0..60.0).contains(fall)),
        "{bell} dB and {wood} dB in 0.8 s"
    );
    let (text, _) = good(dir, &["inspect", "run/model.safetensors", "--latents"]);
    assert!(text.contains("first principal component") && text.lines().count() > 8, "{text}");
    let (text, _) = good(dir, &["decays", "run/model.safetensors", "notes"]);
    assert!(text.contains("wood") && text.contains("all 6 notes"), "{text}");
}
