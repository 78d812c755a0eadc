//! A capture from the test signal to the blind comparison, with a trainer and an audio thread that
//! are played by the test.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use effect_profiler::capture::{CaptureView, KnobDraft, Step, Studio, TakeState};
use effect_profiler::recorder::{Link, Recorder};
use nfx_frame::clip::Clip;
use nfx_frame::trainer::{Stage, Verdict};

#[path = "common/mod.rs"]
mod common;

const RATE: f64 = 48_000.0;

/// What the trainer of the test does.
const SCRIPT: &str = r#"#!/bin/sh
echo "$@" >> "$LOG"
case "$1" in
--version) echo "nfx-train 0.1.0" ;;
signal) cp "$SIGNAL" "$2" ;;
profile)
  case "$*" in
  *--check*)
    echo '{"stage":"check","message":"The delay is 1200 samples.","severity":"fine","ok":true}'
    echo '{"stage":"done"}' ;;
  *)
    if [ -n "$DIES" ]; then echo 'error: the disk is full' >&2; exit 1; fi
    echo '{"stage":"train","fraction":0.5,"eta_s":1,"esr":0.2}'
    mkdir -p profile
    cp "$MODEL" profile/model.safetensors
    echo '{"stage":"done","esr":0.012,"model":"profile/model.safetensors"}' ;;
  esac ;;
esac
"#;

/// The trainer is told where things are by the environment, which all tests of a process share: one
/// at a time.
static ENVIRONMENT: Mutex<()> = Mutex::new(());

/// An audio thread whose output comes back late and quieter, and a trainer.
struct Rig {
    folder: tempfile::TempDir,
    studio: Studio,
    ended: Arc<AtomicBool>,
    gain: Arc<std::sync::atomic::AtomicU32>,
    audio: Option<std::thread::JoinHandle<f32>>,
    /// Given back last.
    _alone: MutexGuard<'static, ()>,
}

/// The longest time that the audio thread took for a block, in seconds, comes back from its end.
fn audio(mut recorder: Recorder, gain: &std::sync::atomic::AtomicU32, ended: &AtomicBool) -> f32 {
    const DELAY: usize = 1200;
    let (mut line, mut at, mut longest) = (vec![0.0_f32; DELAY], 0, 0.0_f32);
    recorder.activate(RATE);
    while !ended.load(Ordering::Relaxed) {
        let gain = f32::from_bits(gain.load(Ordering::Relaxed));
        let (mut left, mut right) = ([0.0_f32; 480], [0.0_f32; 480]);
        left.iter_mut().enumerate().for_each(|(i, x)| *x = line[(at + i) % DELAY]);
        let begun = Instant::now();
        drop(recorder.begin(true));
        recorder.record(&[&mut left, &mut right]);
        recorder.mix(&mut [&mut left, &mut right]);
        longest = longest.max(begun.elapsed().as_secs_f32());
        left.iter().enumerate().for_each(|(i, x)| line[(at + i) % DELAY] = x * gain);
        at = (at + 480) % DELAY;
        // A hundred times as fast as a host.
        std::thread::sleep(Duration::from_micros(100));
    }
    longest
}

impl Rig {
    fn new(dies: bool) -> Self {
        // A test that failed has left nothing behind that another one would find.
        let alone = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let signal: Vec<f32> = (0..96_000)
            .map(|i| (i as f32 * 0.03 * (1.0 + i as f32 / 96_000.0)).sin() * 0.8)
            .collect();
        Clip { channels: vec![signal], rate_hz: RATE }.write_wav(&path("signal.wav")).unwrap();
        std::fs::write(path("model.safetensors"), common::capture(1)).unwrap();
        std::fs::write(path("nfx-train"), SCRIPT).unwrap();
        std::fs::set_permissions(path("nfx-train"), std::fs::Permissions::from_mode(0o755))
            .unwrap();
        let variables = [
            ("NFX_TRAIN", path("nfx-train")),
            ("LATENT_WORKS_DATA", path("data")),
            ("LOG", path("log")),
            ("SIGNAL", path("signal.wav")),
            ("MODEL", path("model.safetensors")),
            ("DIES", if dies { "yes".into() } else { std::path::PathBuf::new() }),
        ];
        for (name, value) in variables {
            // SAFETY: only one rig exists at a time, and nothing else in these tests touches the
            // environment but through the standard library.
            unsafe { std::env::set_var(name, value) };
        }
        let link = Arc::new(Link::default());
        let studio = Studio::new(link.clone(), Arc::default());
        let ended = Arc::new(AtomicBool::new(false));
        let gain = Arc::new(std::sync::atomic::AtomicU32::new(0.5_f32.to_bits()));
        let (told, loud) = (ended.clone(), gain.clone());
        let thread = std::thread::spawn(move || audio(Recorder::new(link), &loud, &told));
        Self { folder, studio, ended, gain, audio: Some(thread), _alone: alone }
    }

    fn view(&self) -> CaptureView {
        self.studio.view(Some(RATE), Some(&self.folder.path().join("models")))
    }

    fn until(&self, what: &str, holds: impl Fn(&CaptureView) -> bool) -> CaptureView {
        let begun = Instant::now();
        loop {
            let view = self.view();
            if holds(&view) {
                return view;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{what}: {view:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn found(&self) {
        self.until("finding the trainer", |view| {
            matches!(view.trainer, nfx_frame::training::Found::Here(_))
        });
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(longest) = self.audio.take().and_then(|thread| thread.join().ok()) {
            println!("the longest block took {:.0} us", longest * 1e6);
        }
    }
}

fn run_folder(rig: &Rig) -> PathBuf {
    let runs = rig.folder.path().join("data/training/profiler");
    std::fs::read_dir(&runs).unwrap().next().unwrap().unwrap().path()
}

fn take_file(rig: &Rig) -> Clip {
    Clip::decode("take", std::fs::read(run_folder(rig).join("take-01.wav")).unwrap(), 100.0)
        .unwrap()
}

#[test]
fn a_device_is_captured_from_the_signal_to_the_comparison() {
    let rig = Rig::new(false);
    rig.found();
    rig.studio.set_name("Echo");
    rig.studio.prepare(RATE);
    rig.until("the signal", |view| view.step == Step::Levels);
    rig.studio.set_level(0.0);
    rig.studio.listen(true);
    let view = rig.until("the level", |view| view.level.in_db() > -20.0);
    assert!(view.level.advice().0, "{:?}", view.level);
    rig.studio.go(Step::Record);
    rig.studio.record(0);
    rig.until("recording", |view| view.takes[0].state == TakeState::Recording);
    let view = rig.until("the take", |view| view.takes[0].is_kept);
    let TakeState::Kept(checks) = &view.takes[0].state else { panic!("{view:?}") };
    assert!(checks[0].text.contains("1200") && checks[0].verdict == Verdict::Good);
    // What was recorded is the signal, late and quieter, sample for sample.
    let (take, signal) =
        (take_file(&rig), std::fs::read(rig.folder.path().join("signal.wav")).unwrap());
    let signal = Clip::decode("signal", signal, 100.0).unwrap();
    assert_eq!(take.len(), 96_000);
    let worst = (2000..90_000)
        .map(|i| (take.channels[0][i + 1200] - 0.5 * signal.channels[0][i]).abs())
        .fold(0.0, f32::max);
    assert!(worst < 1e-6, "{worst}");
    rig.studio.set_minutes(1);
    rig.studio.train();
    let view = rig.until("the training", |view| view.model.is_some());
    assert_eq!(
        view.run.as_ref().map(|run| (run.stage.clone(), run.best)),
        Some((Stage::Done, Some(0.012)))
    );
    assert!(
        view.model
            .as_deref()
            .is_some_and(|path| path.ends_with("models/Echo.safetensors") && path.is_file())
    );
    assert_eq!(view.step, Step::Listen);
    let view = rig.until("the comparison", |view| view.blind_test.is_some());
    assert_eq!(view.problem, None);
    rig.studio.hear(Some(0));
    rig.until("playing", |view| {
        view.blind_test.as_ref().is_some_and(|blind_test| blind_test.playing == Some(0))
    });
    rig.studio.answer(1);
    assert_eq!(rig.view().blind_test.map(|blind_test| blind_test.rounds), Some(1));
    let log = rig.log();
    assert!(log.contains("signal input.wav --seconds 180 --rate 48000"), "{log}");
    assert!(
        log.contains("--input sent+0.00dB.wav --target take-01.wav --name Echo --minutes 15"),
        "{log}"
    );
}

#[test]
fn a_device_with_knobs_asks_for_every_corner_and_writes_a_table() {
    let rig = Rig::new(false);
    rig.found();
    rig.studio.set_knob(0, Some(KnobDraft::default()));
    rig.studio.prepare(RATE);
    let view = rig.until("the signal", |view| view.step == Step::Levels);
    let settings: Vec<&str> = view.takes.iter().map(|take| take.setting.as_str()).collect();
    assert_eq!(settings, ["Drive 0", "Drive 10", "Drive 5", "Drive 2.5"]);
    rig.studio.go(Step::Record);
    for index in 0..settings.len() {
        // One level is not the others'.
        rig.studio.set_level(if index == 2 { -20.0 } else { -6.0 });
        rig.studio.record(index);
        rig.until("the take", |view| view.takes[index].is_kept);
    }
    // A recording belongs to the signal as it was sent.
    rig.studio.set_level(-3.0);
    for (file, level_db) in [("sent-6.00dB.wav", -6.0_f32), ("sent-20.00dB.wav", -20.0)] {
        let sent =
            Clip::decode(file, std::fs::read(run_folder(&rig).join(file)).unwrap(), 100.0).unwrap();
        let signal = std::fs::read(rig.folder.path().join("signal.wav")).unwrap();
        let signal = Clip::decode("signal", signal, 100.0).unwrap();
        let gain = 10.0_f32.powf(level_db / 20.0);
        assert!(
            sent.channels[0]
                .iter()
                .zip(&signal.channels[0])
                .all(|(a, b)| (a - b * gain).abs() < 1e-6),
            "{file}"
        );
    }
    assert!(rig.view().is_recorded());
    rig.studio.train();
    rig.until("the training", |view| view.model.is_some());
    let log = rig.log();
    assert!(log.contains("profile --pairs . --knob Drive=0..10"), "{log}");
    assert!(log.contains("--input sent-20.00dB.wav --target"), "{log}");
    let table = std::fs::read_to_string(run_folder(&rig).join("knobs.csv")).unwrap();
    let rows = [
        "take-01.wav,sent-6.00dB.wav,0",
        "take-02.wav,sent-6.00dB.wav,10",
        "take-03.wav,sent-20.00dB.wav,5",
    ];
    assert_eq!(
        table,
        format!("file,input,Drive\n{}\ntake-04.wav,sent-6.00dB.wav,2.5\n", rows.join("\n"))
    );
}

#[test]
fn silence_and_clipping_are_said_at_once() {
    let rig = Rig::new(false);
    rig.found();
    rig.studio.prepare(RATE);
    rig.until("the signal", |view| view.step == Step::Levels);
    let failed = |view: &CaptureView| match &view.takes[0].state {
        TakeState::Failed(sentence) => sentence.clone(),
        _ => String::new(),
    };
    rig.gain.store(0.0_f32.to_bits(), Ordering::Relaxed);
    rig.studio.record(0);
    let view = rig.until("silence", |view| matches!(view.takes[0].state, TakeState::Failed(_)));
    assert!(failed(&view).contains("Nothing came back"), "{view:?}");
    rig.gain.store(4.0_f32.to_bits(), Ordering::Relaxed);
    rig.studio.record(0);
    rig.until("a new take", |view| view.takes[0].state == TakeState::Recording);
    let view = rig.until("clipping", |view| matches!(view.takes[0].state, TakeState::Failed(_)));
    assert!(failed(&view).contains("clipped"), "{view:?}");
}

#[test]
fn a_delay_that_is_known_is_told_to_the_checks_and_to_the_training() {
    let rig = Rig::new(false);
    rig.found();
    rig.studio.prepare(RATE);
    rig.until("the signal", |view| view.step == Step::Levels);
    rig.studio.record(0);
    rig.until("the take", |view| view.takes[0].is_kept);
    assert!(!rig.log().contains("--delay"), "{}", rig.log());
    rig.studio.set_delay(Some(-37));
    let view = rig.until("the second look", |view| view.takes[0].is_kept);
    assert_eq!(view.delay, Some(-37));
    let looks =
        rig.log().lines().filter(|l| l.contains("--check") && l.ends_with("--delay=-37")).count();
    assert_eq!(looks, 1, "{}", rig.log());
    rig.studio.train();
    rig.until("the training", |view| view.model.is_some());
    assert!(rig.log().contains("take-01.wav --delay=-37 --name"), "{}", rig.log());
    rig.studio.start_over();
    assert_eq!(rig.view().delay, None);
}

#[test]
fn the_trainers_death_is_survived() {
    let rig = Rig::new(true);
    rig.found();
    rig.studio.prepare(RATE);
    rig.until("the signal", |view| view.step == Step::Levels);
    rig.studio.record(0);
    rig.until("the take", |view| view.takes[0].is_kept);
    rig.studio.train();
    let view = rig.until("death", |view| view.run.as_ref().is_some_and(|run| run.is_over()));
    let Some(Stage::Failed(sentence)) = view.run.map(|run| run.stage) else { panic!() };
    assert!(sentence.contains("the disk is full"), "{sentence}");
    assert!(rig.view().is_recorded(), "the recordings are still there");
}
