//! Whole runs of `nfx-train profile` on small recordings.

use std::path::Path;

use nfx_core::models::ModelFile;
use nfx_core::models::effect::{ProfileConfig, ProfileModel};
use nfx_learn::effect::export::play;
use nfx_learn::effect::loss::{LossConfig, esr};
use nfx_learn::effect::{PairBatch, ProfileLearner, SegmentPlan};
use nfx_learn::{LearnError, Tensors};
use nfx_train::profile::choose::Choice;
use nfx_train::profile::data::{Dataset, Recording};
use nfx_train::profile::family::{Family, Size, learner};
use nfx_train::profile::fit::{FitConfig, Position, Span, fit};
use nfx_train::profile::pairs::{PairFiles, Pairs, ReadOptions, parse_knob};
use nfx_train::profile::run::{Job, resume, start};
use nfx_train::profile::signal::test_signal;
use nfx_train::profile::watch::Checkpoint;
use nfx_train::training_loop::{Ending, Unwatched};

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
    nfx_audio::write_wav(path, &[x.to_vec()], RATE, nfx_audio::Samples::Float32).unwrap();
}

fn job(pairs: Pairs, families: &[Family], steps: u64) -> Job {
    Job {
        name: "Small".into(),
        description: String::new(),
        pairs,
        read: ReadOptions::default(),
        families: families.to_vec(),
        size: Size { width: Some(8), ..Default::default() },
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
        files: vec![PairFiles {
            input: dir.join("input.wav"),
            target: dir.join("target.wav"),
            ..Default::default()
        }],
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
        page.contains("transfer curve")
            && page.contains("listen/model.wav")
            && page.contains("best linear filter")
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
    let y: Vec<f32> =
        (0..x.len()).map(|i| 0.5 * x[i] + 0.6 * echo(i, 2_000) - 0.2 * echo(i, 4_000)).collect();
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
    assert!(
        start(&with_knobs, &dir.path().join("knobs")).unwrap_err().to_string().contains("linear")
    );
}

#[test]
fn a_network_that_is_behind_the_impulse_response_can_still_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let job = job(pair(dir.path()), &[Family::Lstm, Family::Linear], 20);
    let finished = start(&job, &run).unwrap();
    let family = |bytes: Vec<u8>| ProfileModel::from_bytes(&bytes).unwrap().family();
    let bytes = std::fs::read(&finished.model).unwrap();
    assert_eq!(family(bytes.clone()), "Linear");
    // Its card speaks of the response, not of the network that went on.
    let choice: Choice =
        serde_json::from_slice(&std::fs::read(run.join("state.json")).unwrap()).unwrap();
    let look = choice.looks.iter().find(|(family, _)| *family == Family::Linear).unwrap().1;
    let metrics = ModelFile::from_bytes(&bytes).unwrap().card.provenance.metrics;
    assert_eq!(metrics["validation_esr"], look.esr);
    // What the folder goes on with is the network.
    let network = || Checkpoint::read(&run.join("checkpoint.bin")).unwrap();
    assert!(matches!(network().config, ProfileConfig::Recurrent(_)));
    let again = resume(&run, None).unwrap();
    assert_eq!(again.figures.model.esr, finished.figures.model.esr);
    let config = std::fs::read_to_string(run.join("config.json")).unwrap();
    std::fs::write(run.join("config.json"), config.replace("\"steps\": 20", "\"steps\": 400"))
        .unwrap();
    let further = resume(&run, None).unwrap();
    assert!(
        further.figures.model.esr < finished.figures.model.esr,
        "it has overtaken the response"
    );
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
    let pairs = nfx_train::profile::pairs::folder(dir.path(), None, None, &[knob]).unwrap();
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

/// What the run has written of how it chose, and the model's family.
fn left(run: &Path) -> (String, &'static str) {
    let model =
        ProfileModel::from_bytes(&std::fs::read(run.join("model.safetensors")).unwrap()).unwrap();
    (std::fs::read_to_string(run.join("state.json")).unwrap_or_default(), model.family())
}

/// The test signal and what a device makes of it.
fn pair_with(dir: &Path, device: impl Fn(&[f32]) -> Vec<f32>) -> Pairs {
    let pairs = pair(dir);
    wav(&pairs.files[0].target, &device(&test_signal(20.0, RATE).unwrap()));
    pairs
}

#[test]
fn a_training_whose_network_becomes_unstable_still_ends_in_a_model() {
    let dir = tempfile::tempdir().unwrap();
    let pairs = pair(dir.path());
    for (i, (family, rate)) in
        [(Family::Lstm, 2.0), (Family::Gru, 2.0), (Family::Tcn, 10.0)].into_iter().enumerate()
    {
        let mut job = job(pairs.clone(), &[family], 30);
        (job.fit.rate, job.fit.looks, job.size.width) = (Some(rate), 30, Some(16));
        let run = dir.path().join(format!("run-{i}"));
        let finished = start(&job, &run).unwrap_or_else(|e| panic!("{family:?}: {e:#}"));
        assert!(finished.model.exists() && finished.figures.model.esr.is_finite(), "{family:?}");
        // What is on the disk before the end can be played, too.
        let best = run.join("best.safetensors");
        assert!(
            !best.exists()
                || ProfileModel::from_bytes(&std::fs::read(best).unwrap()).unwrap().name()
                    == "Small"
        );
    }
}

#[test]
fn what_comes_no_nearer_than_a_gain_says_so_and_gives_way_to_it() {
    // Half the sound, and noise that nobody can learn.
    let mut seed = 1u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        0.05 * ((seed >> 8) as f32 / (1 << 23) as f32 - 1.0)
    };
    let dir = tempfile::tempdir().unwrap();
    let x = test_signal(20.0, RATE).unwrap();
    let y: Vec<f32> = x.iter().map(|x| 0.5 * x + noise()).collect();
    let pairs = pair_with(dir.path(), |_| y.clone());
    // The family was given: it stays, and the sentence stands.
    let given = start(&job(pairs.clone(), &[Family::Lstm], 3), &dir.path().join("given")).unwrap();
    let advice = given.figures.advice.clone().unwrap();
    assert!(
        advice.contains("the best static gain") && advice.contains("holds the LSTM"),
        "{advice}"
    );
    assert_eq!(left(&dir.path().join("given")).1, "LSTM");
    let page = std::fs::read_to_string(&given.report).unwrap();
    assert!(page.contains(&advice) && given.figures.table().contains(&advice));
    // Left to the trainer: the gain is what the file holds.
    let free = start(&job(pairs, &[], 3), &dir.path().join("free")).unwrap();
    let f = &free.figures;
    assert!(f.model.esr <= 1.001 * f.baselines.gain, "{} beside {}", f.model.esr, f.baselines.gain);
    assert_eq!(left(&dir.path().join("free")).1, "Linear");
}

#[test]
fn a_gain_that_moves_a_little_is_never_left_with_less_than_the_best_gain() {
    let pump = |x: &[f32]| {
        let mut level = 0.0f32;
        let moved = |x: &f32| {
            level += 0.002 * (x.abs() - level);
            0.1 * x / (1.0 + 4.0 * level)
        };
        x.iter().map(moved).collect::<Vec<f32>>()
    };
    let dir = tempfile::tempdir().unwrap();
    let finished =
        start(&job(pair_with(dir.path(), pump), &[], 3), &dir.path().join("run")).unwrap();
    let f = &finished.figures;
    assert!(f.model.esr <= 1.001 * f.baselines.gain, "{} beside {}", f.model.esr, f.baselines.gain);
}

#[test]
fn one_hit_in_a_long_silence_ends_in_a_model_that_is_told_from_silence() {
    let dir = tempfile::tempdir().unwrap();
    let pairs = pair(dir.path());
    let mut x = vec![0.0f32; 160_000];
    for (i, x) in x[3_700..10_000].iter_mut().enumerate() {
        *x = 0.9 * (-(i as f32) / 2_000.0).exp() * (0.3 * i as f32).sin();
    }
    wav(&pairs.files[0].input, &x);
    wav(&pairs.files[0].target, &device(&x, 3.0));
    let finished = start(&job(pairs, &[Family::Lstm], 40), &dir.path().join("run")).unwrap();
    let model = ProfileModel::from_bytes(&std::fs::read(&finished.model).unwrap()).unwrap();
    assert!(model.info().esr.is_some_and(|esr| esr < 10.0), "{:?}", model.info().esr);
}

#[test]
fn what_is_trained_further_is_never_worse_than_it_began() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = job(pair(dir.path()), &[Family::Lstm], 200);
    let first = start(&job, &dir.path().join("first")).unwrap();
    job.from = Some(first.model.clone());
    (job.fit.steps, job.fit.rate) = (Some(5), Some(1.0));
    let again = start(&job, &dir.path().join("again")).unwrap();
    assert!(
        again.figures.model.esr <= 1.0001 * first.figures.model.esr,
        "{} after {}",
        again.figures.model.esr,
        first.figures.model.esr
    );
}

#[test]
fn a_disk_that_refuses_what_is_kept_on_the_way_ends_no_training() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    // Nothing can be put in the place of a folder that is not empty.
    for name in ["best.safetensors", "checkpoint.bin", "state.json", "trial-lstm.safetensors"] {
        std::fs::create_dir_all(run.join(name).join("in-the-way")).unwrap();
    }
    let pairs = pair(dir.path());
    let finished = start(&job(pairs.clone(), &[Family::Lstm, Family::Gru], 30), &run).unwrap();
    assert!(ProfileModel::from_bytes(&std::fs::read(&finished.model).unwrap()).is_ok());
    // Trained further without getting any better: what it began with is in memory.
    let further = dir.path().join("further");
    std::fs::create_dir_all(further.join("best.safetensors").join("in-the-way")).unwrap();
    let mut job = job(pairs, &[], 2);
    (job.from, job.fit.rate) = (Some(finished.model.clone()), Some(1.0));
    let again = start(&job, &further).unwrap();
    assert!(again.figures.model.esr <= 1.0001 * finished.figures.model.esr);
}

/// A network whose weights are no numbers any more after so many steps, and the loss that it says
/// then.
struct Breaks {
    network: Box<dyn ProfileLearner>,
    steps: u32,
    loss: f32,
}

impl ProfileLearner for Breaks {
    fn config(&self) -> ProfileConfig {
        self.network.config()
    }
    fn plan(&self) -> SegmentPlan {
        self.network.plan()
    }
    fn rate(&self) -> f64 {
        self.network.rate()
    }
    fn step(&mut self, rate: f64, batch: &PairBatch<'_>) -> Result<f32, LearnError> {
        let loss = self.network.step(rate, batch)?;
        if self.steps > 0 {
            self.steps -= 1;
            return Ok(loss);
        }
        let mut tensors = self.network.tensors()?;
        tensors.values_mut().for_each(|tensor| tensor.data.fill(f32::NAN));
        self.network.set_tensors(&tensors)?;
        Ok(self.loss)
    }
    fn predict(
        &mut self,
        input: &[f32],
        side: Option<&[f32]>,
        knobs: &[f32],
    ) -> Result<Vec<f32>, LearnError> {
        self.network.predict(input, side, knobs)
    }
    fn tensors(&self) -> Result<Tensors, LearnError> {
        self.network.tensors()
    }
    fn set_tensors(&mut self, tensors: &Tensors) -> Result<(), LearnError> {
        self.network.set_tensors(tensors)
    }
    fn state(&self) -> Vec<u8> {
        self.network.state()
    }
    fn restore(&mut self, state: &[u8]) -> Result<(), LearnError> {
        self.network.restore(state)
    }
    fn parameters(&self) -> usize {
        self.network.parameters()
    }
}

#[test]
fn a_training_that_loses_its_numbers_goes_back_to_the_best_weights_of_an_earlier_call() {
    let input = test_signal(20.0, RATE).unwrap();
    let recording =
        Recording { name: "r".into(), target: device(&input, 3.0), input, ..Recording::default() };
    let data = Dataset::new(vec![recording], Vec::new(), RATE, 0).unwrap();
    let network = |seed: u64| {
        learner(
            Family::Lstm,
            Size { width: Some(2), ..Size::default() },
            0,
            LossConfig::default(),
            seed,
        )
    };
    let best = network(1).unwrap().tensors().unwrap();
    // At once, again and again; and with the last step, when no more is tried.
    for (steps, loss, ending) in [(0, f32::NAN, Ending::Lost), (9, 0.5, Ending::Budget)] {
        let mut breaks = Breaks { network: network(2).unwrap(), steps, loss };
        let config = FitConfig { steps: Some(20), looks: 1, ..FitConfig::new(1e6) };
        let position = Position { steps: 10, ..Position::default() };
        let span = Span { position, best: Some(&best), until: None };
        let outcome = fit(&config, &data, &mut breaks, span, &mut Unwatched).unwrap();
        assert_eq!((outcome.ending, outcome.position.best), (ending, None));
        assert_eq!(breaks.tensors().unwrap(), best, "after {steps} steps");
    }
    // What cannot be gone on with is not begun with either.
    let mut broken = Breaks { network: network(2).unwrap(), steps: 100, loss: f32::NAN };
    let mut tensors = broken.tensors().unwrap();
    tensors.values_mut().for_each(|tensor| tensor.data.fill(f32::NAN));
    broken.set_tensors(&tensors).unwrap();
    let config = FitConfig { steps: Some(2), looks: 1, ..FitConfig::new(1e6) };
    let span = Span { best: Some(&best), ..Span::default() };
    let outcome = fit(&config, &data, &mut broken, span, &mut Unwatched).unwrap();
    assert_eq!(outcome.position.setbacks, 0);
    assert!(outcome.best.unwrap().values().all(|tensor| tensor.data.iter().all(|w| w.is_finite())));
}

#[test]
fn a_training_that_is_killed_leaves_a_model_that_plays() {
    let dir = tempfile::tempdir().unwrap();
    pair(dir.path());
    let train = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_nfx-train"));
        command
            .current_dir(dir.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        command.arg("profile").args(arguments).spawn().unwrap()
    };
    let sounds =
        ["--input", "input.wav", "--target", "target.wav", "--family", "lstm", "--width", "4"];
    let mut child =
        train(&[&sounds[..], &["--minutes", "0.3", "--name", "Killed", "--out", "run"]].concat());
    let best = dir.path().join("run").join("best.safetensors");
    let begin = std::time::Instant::now();
    while !(best.exists() && dir.path().join("run").join("checkpoint.bin").exists()) {
        assert!(
            begin.elapsed().as_secs() < 60 && child.try_wait().unwrap().is_none(),
            "no look was kept"
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let model = ProfileModel::from_bytes(&std::fs::read(&best).unwrap()).unwrap();
    assert_eq!((model.name(), model.sample_rate_hz()), ("Killed", RATE));
    assert!(train(&["--resume", "run", "--minutes", "0.0001"]).wait().unwrap().success());
    assert!(
        ProfileModel::from_bytes(&std::fs::read(dir.path().join("run/model.safetensors")).unwrap())
            .is_ok()
    );
}
