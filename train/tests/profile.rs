//! Whole runs of `nfx-train profile` on small recordings.

use std::path::Path;

use nfx_core::profile::{ProfileConfig, ProfileModel};
use nfx_learn::profile::export::play;
use nfx_learn::profile::loss::esr;
use nfx_train::profile::family::Family;
use nfx_train::profile::fit::{Ending, FitConfig};
use nfx_train::profile::pairs::{PairFiles, Pairs, ReadOptions, parse_knob};
use nfx_train::profile::run::{Job, resume, start};
use nfx_train::profile::signal::test_signal;
use nfx_train::profile::watch::Checkpoint;

const RATE: f64 = 8_000.0;

fn device(x: &[f32], drive: f32) -> Vec<f32> {
    let mut y = 0.0;
    x.iter()
        .map(|x| {
            y += 0.6 * ((drive * x).tanh() - y);
            y
        })
        .collect()
}

fn wav(path: &Path, x: &[f32]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE as u32,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    x.iter().for_each(|x| writer.write_sample(*x).unwrap());
    writer.finalize().unwrap();
}

fn job(pairs: Pairs, families: &[Family], steps: u64) -> Job {
    Job {
        name: "Small".into(),
        description: String::new(),
        pairs,
        read: ReadOptions::default(),
        families: families.to_vec(),
        size: nfx_train::profile::family::Size { width: Some(8), ..Default::default() },
        fit: FitConfig { steps: Some(steps), looks: 5, ..FitConfig::new(1e6) },
        from: None,
        info: Default::default(),
        licence: "CC0".into(),
        command: "profile".into(),
    }
}

/// A pair of the test signal and a device, in a folder.
fn pair(dir: &Path) -> Pairs {
    let x = test_signal(20.0, RATE).unwrap();
    wav(&dir.join("input.wav"), &x);
    wav(&dir.join("target.wav"), &[vec![0.0; 25], device(&x, 3.0)].concat());
    Pairs {
        files: vec![PairFiles { input: dir.join("input.wav"), target: dir.join("target.wav"), ..Default::default() }],
        knobs: Vec::new(),
    }
}

#[test]
fn a_run_leaves_a_model_that_plays_what_was_learned_and_a_report() {
    let dir = tempfile::tempdir().unwrap();
    let pairs = pair(dir.path());
    let run = dir.path().join("run");
    let job = job(pairs, &[Family::Lstm], 800);
    let finished = start(&job, &run).unwrap();
    assert_eq!(finished.ending, Ending::Budget);
    let f = &finished.figures;
    assert!(f.model.esr < 0.25 * f.baselines.gain, "{} beside {}", f.model.esr, f.baselines.gain);
    let bytes = std::fs::read(&finished.model).unwrap();
    let model = ProfileModel::from_bytes(&bytes).unwrap();
    assert_eq!(model.info().esr, Some(f.model.esr as f32));
    let x: Vec<f32> = test_signal(21.0, RATE).unwrap()[40_000..60_000].to_vec();
    let heard = esr(&play(&model, &x, None, &[]), &device(&x, 3.0));
    assert!(heard < 0.3, "{heard}");
    let page = std::fs::read_to_string(&finished.report).unwrap();
    assert!(
        page.contains("transfer curve") && page.contains("listen/model.wav") && page.contains("best linear filter")
    );
    assert!(run.join("listen/device.wav").exists());
    assert!(start(&job, &run).unwrap_err().to_string().contains("--resume"));
    // Further on another recording.
    let mut further = job.clone();
    further.from = Some(finished.model.clone());
    further.fit.steps = Some(20);
    let again = start(&further, &dir.path().join("further")).unwrap();
    assert!(again.figures.model.esr < 2.0 * f.model.esr);
}

#[test]
fn two_families_are_tried_and_a_killed_run_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let job = job(pair(dir.path()), &[Family::Lstm, Family::Gru], 60);
    start(&job, &run).unwrap();
    let state = std::fs::read_to_string(run.join("state.json")).unwrap();
    assert!(state.contains("lstm") && state.contains("gru"), "{state}");
    // As if it had been killed before the end: the model is missing, the checkpoint is there.
    std::fs::remove_file(run.join("model.safetensors")).unwrap();
    let finished = resume(&run, None).unwrap();
    assert!(finished.model.exists() && finished.figures.model.esr.is_finite());
}

#[test]
fn an_echo_becomes_an_impulse_response_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let x = test_signal(20.0, RATE).unwrap();
    let echo = |i: usize, late: usize| if i < late { 0.0 } else { x[i - late] };
    let y: Vec<f32> = (0..x.len()).map(|i| 0.5 * x[i] + 0.6 * echo(i, 2_000) - 0.2 * echo(i, 4_000)).collect();
    let mut pairs = pair(dir.path());
    wav(&pairs.files[0].target, &y);
    let job = job(pairs.clone(), &[], 20);
    let finished = start(&job, &dir.path().join("run")).unwrap();
    assert_eq!(finished.ending, Ending::Solved);
    assert!(finished.figures.model.esr < 1e-4, "{}", finished.figures.model.esr);
    let model = ProfileModel::from_bytes(&std::fs::read(&finished.model).unwrap()).unwrap();
    assert_eq!(model.family(), "Linear");
    assert!(esr(&play(&model, &x, None, &[]), &y) < 1e-4);
    // It has no knobs to learn.
    pairs.knobs = vec![parse_knob("Time=0..1").unwrap()];
    pairs.files[0].values = vec![0.5];
    let with_knobs = Job { pairs, families: vec![Family::Linear], ..job };
    assert!(start(&with_knobs, &dir.path().join("knobs")).unwrap_err().to_string().contains("linear"));
}

#[test]
fn a_network_that_is_behind_the_impulse_response_can_still_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let job = job(pair(dir.path()), &[Family::Lstm, Family::Linear], 20);
    let finished = start(&job, &run).unwrap();
    let family = |bytes: Vec<u8>| ProfileModel::from_bytes(&bytes).unwrap().family();
    assert_eq!(family(std::fs::read(&finished.model).unwrap()), "Linear");
    // What the folder goes on with is the network.
    let network = || Checkpoint::read(&run.join("checkpoint.bin")).unwrap();
    assert!(matches!(network().config, ProfileConfig::Recurrent(_)));
    let again = resume(&run, None).unwrap();
    assert_eq!(again.figures.model.esr, finished.figures.model.esr);
    let config = std::fs::read_to_string(run.join("config.json")).unwrap();
    std::fs::write(run.join("config.json"), config.replace("\"steps\": 20", "\"steps\": 400")).unwrap();
    let further = resume(&run, None).unwrap();
    assert!(further.figures.model.esr < finished.figures.model.esr, "it has overtaken the response");
    assert_eq!(family(std::fs::read(&further.model).unwrap()), "LSTM");
    assert!(matches!(network().config, ProfileConfig::Recurrent(_)));
    assert!(resume(&run, Some(f64::NAN)).unwrap_err().to_string().contains("expected minutes"));
    assert!(resume(&run, None).is_ok(), "the run's configuration is as it was");
}

#[test]
fn knobs_are_learned_from_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let x = test_signal(20.0, RATE).unwrap();
    wav(&dir.path().join("input.wav"), &x);
    let mut table = String::from("file,Drive\n");
    for drive in [1.0f32, 3.0, 6.0] {
        wav(&dir.path().join(format!("d{drive}.wav")), &device(&x, drive));
        table += &format!("d{drive}.wav,{drive}\n");
    }
    std::fs::write(dir.path().join("knobs.csv"), table).unwrap();
    let knob = parse_knob("Drive=1..6").unwrap();
    let pairs = nfx_train::profile::pairs::folder(dir.path(), (None, None), &[knob]).unwrap();
    let mut job = job(pairs, &[Family::Lstm], 120);
    job.fit.rate = Some(1e-2);
    let finished = start(&job, &dir.path().join("run")).unwrap();
    let model = ProfileModel::from_bytes(&std::fs::read(&finished.model).unwrap()).unwrap();
    assert_eq!(model.info().knobs.len(), 1);
    assert_eq!(finished.figures.settings.len(), 3);
    let baked = model.bake(&[3.0]).unwrap();
    let plain = ProfileModel::from_bytes(baked.to_json().as_bytes()).unwrap();
    let part = &x[40_000..50_000];
    let (with, without) = (play(&model, part, None, &[3.0]), play(&plain, part, None, &[]));
    assert!(esr(&without, &with) < 1e-4, "{}", esr(&without, &with));
}
