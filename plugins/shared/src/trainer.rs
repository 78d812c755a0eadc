//! `nfx-train` as a child process: found, asked for its version, run at low priority, read line by line.
//!
//! A plugin never waits for it: reading runs on threads of its own, and [`Run::progress`] hands out the newest state. The child
//! may end or die at any time; what is left then is a sentence. It is stopped when its [`Run`] goes away.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::Deserialize;

use crate::files;

/// Names the trainer's program, for a trainer that lies where nobody looks.
pub const VARIABLE: &str = "NFX_TRAIN";
/// The program's name.
const PROGRAM: &str = if cfg!(windows) { "nfx-train.exe" } else { "nfx-train" };
/// A program that does not tell its version within this time is none of ours.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most of what the child may say about its end that is kept.
const LAST_WORDS: usize = 4096;
/// Most points of the curve that are kept; twice as many are thinned out.
const MOST_POINTS: usize = 400;

/// A trainer that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trainer {
    /// Where it lies.
    pub path: PathBuf,
    /// Its version, for example `0.1.0`.
    pub version: String,
}

/// What to do where there is none.
#[must_use]
pub fn how_to_install() -> String {
    let folder = files::data_folder()
        .map_or_else(|| "a folder of the PATH".to_owned(), |folder| crate::ui::dialog::for_people(&folder.join("bin")));
    format!(
        "Training needs the program nfx-train, which is not on this computer. In the suite's source folder, \u{201c}cargo xtask install\u{201d} \
         builds it and puts it into {folder}; or set {VARIABLE} to where it lies. Then look again: nothing else has to be done."
    )
}

impl Trainer {
    /// Looks for the trainer: `$NFX_TRAIN`, then `bin` in the data folder, then the PATH. Starts it once, to ask for its version;
    /// takes a moment.
    ///
    /// # Errors
    /// A sentence with what to do.
    pub fn find() -> Result<Self, String> {
        let named = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(path) = &named {
            return Self::at(path).map_err(|why| format!("{VARIABLE} names {}, but {why}.", path.display()));
        }
        let places = std::env::var_os("PATH").unwrap_or_default();
        let beside = files::data_folder().map(|folder| folder.join("bin"));
        let mut why = None;
        for folder in beside.into_iter().chain(std::env::split_paths(&places)) {
            let path = folder.join(PROGRAM);
            if !path.is_file() {
                continue;
            }
            match Self::at(&path) {
                Ok(trainer) => return Ok(trainer),
                Err(sentence) => why = why.or_else(|| Some(format!("{} was found, but {sentence}.", path.display()))),
            }
        }
        Err(why.unwrap_or_else(how_to_install))
    }

    /// The trainer at `path`, if it is one.
    fn at(path: &Path) -> Result<Self, String> {
        let mut child = Command::new(path)
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("it cannot be started ({error})"))?;
        let asked = Instant::now();
        while matches!(child.try_wait(), Ok(None)) {
            if asked.elapsed() > PATIENCE {
                // It may have ended by itself meanwhile.
                let _ = child.kill();
                let _ = child.wait();
                return Err("it does not say its version".to_owned());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let mut said = String::new();
        if let Some(stdout) = child.stdout.take() {
            // What cannot be read is no version.
            let _ = stdout.take(256).read_to_string(&mut said);
        }
        match said.trim().strip_prefix("nfx-train ") {
            Some(version) => Ok(Self { path: path.to_owned(), version: version.trim().to_owned() }),
            None => Err("it is another program".to_owned()),
        }
    }

    /// Starts the trainer in `folder`, which is made if need be. All that it is to say on its standard output is lines of JSON.
    ///
    /// # Errors
    /// A sentence.
    pub fn start<I: AsRef<OsStr>>(&self, arguments: &[I], folder: &Path) -> Result<Run, String> {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("The folder {} could not be made ({error}).", folder.display()))?;
        let mut command = Command::new(&self.path);
        command.args(arguments).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // One core is left to the host's audio.
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        command.env("RAYON_NUM_THREADS", cores.saturating_sub(1).max(1).to_string());
        lower_priority(&mut command);
        let child = command
            .spawn()
            .map_err(|error| format!("The trainer {} could not be started ({error}).", self.path.display()))?;
        Ok(Run::new(child))
    }
}

#[cfg(unix)]
fn lower_priority(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    // SAFETY: between fork and exec only functions may be called that a signal handler may call; `nice` is one, and allocates nothing.
    unsafe {
        command.pre_exec(|| {
            libc::nice(10);
            Ok(())
        });
    }
}

#[cfg(windows)]
fn lower_priority(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    // BELOW_NORMAL_PRIORITY_CLASS and CREATE_NO_WINDOW.
    command.creation_flags(0x0000_4000 | 0x0800_0000);
}

#[cfg(not(any(unix, windows)))]
fn lower_priority(_command: &mut Command) {}

/// How a check of the material came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It can be trained on, but will not be at its best.
    Doubtful,
    /// It cannot be trained on.
    Bad,
}

/// One check in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// How it came out.
    pub verdict: Verdict,
    /// What was found and what to do.
    pub text: String,
}

/// Where a run stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// The program starts.
    #[default]
    Starting,
    /// It looks at the material.
    Checking,
    /// It trains.
    Training,
    /// It writes the report and the model.
    Writing,
    /// All went well.
    Done,
    /// A sentence.
    Failed(String),
}

/// The newest of what the child said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Where it stands.
    pub stage: Stage,
    /// The share that is done, 0 to 1.
    pub fraction: f32,
    /// Seconds that are left, when it is known.
    pub eta_s: Option<f32>,
    /// The newest error on what it does not learn from: ESR of a profile, validation error of other models.
    pub error: Option<f64>,
    /// The best so far.
    pub best: Option<f64>,
    /// The error over the share that is done, oldest first.
    pub curve: Vec<(f32, f64)>,
    /// What it said last.
    pub message: String,
    /// What it says of the material.
    pub checks: Vec<Check>,
    /// The model, once it is written.
    pub model: Option<PathBuf>,
    /// The report, once it is written.
    pub report: Option<PathBuf>,
}

impl Progress {
    /// Whether nothing more will come.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Done | Stage::Failed(_))
    }

    /// Whether a check says that it cannot be trained on.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.checks.iter().any(|check| check.verdict == Verdict::Bad)
    }

    /// Takes in a line of the child's standard output; what is no progress is passed over.
    pub fn read(&mut self, line: &str) {
        let Ok(line) = serde_json::from_str::<Line>(line) else { return };
        self.stage = match line.stage.as_str() {
            "check" => Stage::Checking,
            "train" => Stage::Training,
            "report" => Stage::Writing,
            "done" => Stage::Done,
            "error" => Stage::Failed(line.message.clone().unwrap_or_else(|| "The trainer failed.".to_owned())),
            _ => self.stage.clone(),
        };
        if let Some(fraction) = line.fraction.filter(|fraction| fraction.is_finite()) {
            self.fraction = fraction.clamp(0.0, 1.0);
        }
        self.eta_s = line.eta_s.filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
        if let Some(error) = line.esr.or(line.validation).filter(|error| error.is_finite()) {
            self.error = Some(error);
            self.best = Some(self.best.map_or(error, |best| best.min(error)));
            self.curve.push((self.fraction, error));
            if self.curve.len() > 2 * MOST_POINTS {
                let mut keep = false;
                self.curve.retain(|_| {
                    keep = !keep;
                    keep
                });
            }
        }
        if let Some(message) = line.message.as_deref().filter(|message| !message.is_empty()) {
            if line.stage == "check" {
                self.note(line.verdict(), message);
            }
            message.clone_into(&mut self.message);
        }
        self.model = line.model.or_else(|| self.model.take());
        self.report = line.report.or_else(|| self.report.take());
        if self.stage == Stage::Done {
            self.fraction = 1.0;
            self.eta_s = None;
        }
    }

    fn note(&mut self, verdict: Option<Verdict>, text: &str) {
        // A check without a verdict only says what is being looked at.
        if let Some(verdict) = verdict
            && self.checks.len() < 200
        {
            self.checks.push(Check { verdict, text: text.to_owned() });
        }
    }
}

/// A line of the child's.
#[derive(Deserialize)]
struct Line {
    stage: String,
    fraction: Option<f32>,
    eta_s: Option<f32>,
    esr: Option<f64>,
    validation: Option<f64>,
    message: Option<String>,
    ok: Option<serde_json::Value>,
    severity: Option<String>,
    model: Option<PathBuf>,
    report: Option<PathBuf>,
}

impl Line {
    fn verdict(&self) -> Option<Verdict> {
        match self.severity.as_deref().map(str::to_lowercase).as_deref() {
            Some("fine") => return Some(Verdict::Good),
            Some("warning") => return Some(Verdict::Doubtful),
            Some("error") => return Some(Verdict::Bad),
            _ => {}
        }
        match self.ok.as_ref()? {
            serde_json::Value::Bool(true) => Some(Verdict::Good),
            serde_json::Value::Bool(false) => Some(Verdict::Bad),
            serde_json::Value::String(text) => match text.as_str() {
                "good" | "ok" | "yes" => Some(Verdict::Good),
                "bad" | "error" | "no" => Some(Verdict::Bad),
                _ => Some(Verdict::Doubtful),
            },
            _ => None,
        }
    }
}

struct Shared {
    progress: Mutex<Progress>,
    child: Mutex<Option<Child>>,
    stopped: std::sync::atomic::AtomicBool,
}

/// A running trainer. Dropping it stops the child.
pub struct Run {
    shared: Arc<Shared>,
    begun: Instant,
}

impl Run {
    fn new(mut child: Child) -> Self {
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let shared = Arc::new(Shared {
            progress: Mutex::new(Progress::default()),
            child: Mutex::new(Some(child)),
            stopped: std::sync::atomic::AtomicBool::new(false),
        });
        let reader = shared.clone();
        std::thread::spawn(move || {
            let words = std::thread::spawn(move || stderr.map(last_words).unwrap_or_default());
            if let Some(stdout) = stdout {
                // A line that is no text ends the reading of lines; the child's end is waited for all the same.
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    reader.progress.lock().read(&line);
                }
            }
            let words = words.join().unwrap_or_default();
            let status = loop {
                let tried = reader.child.lock().as_mut().map(Child::try_wait);
                match tried {
                    Some(Ok(None)) => std::thread::sleep(Duration::from_millis(20)),
                    Some(Ok(Some(status))) => break Some(status),
                    Some(Err(_)) | None => break None,
                }
            };
            *reader.child.lock() = None;
            let mut progress = reader.progress.lock();
            if progress.is_over() {
                return;
            }
            progress.stage = match status {
                Some(status) if status.success() => Stage::Done,
                _ if reader.stopped.load(std::sync::atomic::Ordering::Relaxed) => {
                    Stage::Failed("The training was stopped.".to_owned())
                }
                _ => Stage::Failed(ended(status, &words)),
            };
        });
        Self { shared, begun: Instant::now() }
    }

    /// The newest state.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.shared.progress.lock().clone()
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Asks the child to end in good order, with the best model so far; where that cannot be asked, ends it.
    pub fn stop(&self) {
        self.shared.stopped.store(true, std::sync::atomic::Ordering::Relaxed);
        if let Some(child) = &mut *self.shared.child.lock() {
            interrupt(child);
        }
    }

    /// Ends the child at once.
    pub fn kill(&self) {
        self.shared.stopped.store(true, std::sync::atomic::Ordering::Relaxed);
        if let Some(child) = &mut *self.shared.child.lock() {
            // It may have ended by itself meanwhile.
            let _ = child.kill();
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(unix)]
fn interrupt(child: &mut Child) {
    if let Ok(id) = libc::pid_t::try_from(child.id()) {
        // SAFETY: the child has not been waited for, so its id is still its own.
        unsafe { libc::kill(id, libc::SIGINT) };
    }
}

#[cfg(not(unix))]
fn interrupt(child: &mut Child) {
    // It may have ended by itself meanwhile.
    let _ = child.kill();
}

/// Reads to the end and keeps the last of it.
fn last_words(stream: impl Read) -> String {
    let mut kept: Vec<u8> = Vec::new();
    let mut reader = BufReader::new(stream);
    while let Ok(part) = reader.fill_buf() {
        if part.is_empty() {
            break;
        }
        kept.extend_from_slice(part);
        let count = part.len();
        reader.consume(count);
        if kept.len() > 2 * LAST_WORDS {
            kept.drain(..kept.len() - LAST_WORDS);
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// Why the child ended, from its last line on the standard error.
fn ended(status: Option<std::process::ExitStatus>, words: &str) -> String {
    let last = words.lines().rev().map(str::trim).find(|line| !line.is_empty());
    let last = last.map(|line| line.strip_prefix("error: ").unwrap_or(line));
    match (last, status) {
        (Some(line), _) => format!("The trainer ended early: {line}{}", if line.ends_with('.') { "" } else { "." }),
        (None, Some(status)) => format!("The trainer ended early and did not say why ({status}). Try again."),
        (None, None) => "The trainer was lost. Try again.".to_owned(),
    }
}

/// Arguments from texts and paths.
#[must_use]
pub fn arguments(parts: &[&dyn AsRef<OsStr>]) -> Vec<OsString> {
    parts.iter().map(|part| part.as_ref().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_move_the_progress_and_garbage_does_not() {
        let mut progress = Progress::default();
        for line in [
            "{\"stage\":\"check\",\"message\":\"The delay is 412 samples.\",\"ok\":true}",
            "not json",
            "{\"stage\":\"check\",\"message\":\"It clips.\",\"ok\":true,\"severity\":\"warning\"}",
            "{\"stage\":\"train\",\"fraction\":0.25,\"eta_s\":90.5,\"esr\":0.2}",
            "{\"stage\":\"train\",\"fraction\":0.5,\"eta_s\":60,\"esr\":0.05,\"new\":1}",
            "{\"stage\":\"train\",\"fraction\":0.6,\"esr\":0.08}",
        ] {
            progress.read(line);
        }
        assert_eq!((progress.stage.clone(), progress.fraction, progress.eta_s), (Stage::Training, 0.6, None));
        assert_eq!((progress.error, progress.best), (Some(0.08), Some(0.05)));
        assert_eq!(
            progress.checks.iter().map(|check| check.verdict).collect::<Vec<_>>(),
            [Verdict::Good, Verdict::Doubtful]
        );
        progress.read("{\"stage\":\"done\",\"esr\":0.05,\"model\":\"/x/model.nam\"}");
        assert!(progress.is_over() && progress.model == Some(PathBuf::from("/x/model.nam")) && !progress.is_refused());
        progress.read("{\"stage\":\"error\",\"message\":\"No.\"}");
        assert_eq!(progress.stage, Stage::Failed("No.".to_owned()));
    }

    #[test]
    fn a_long_curve_is_thinned() {
        let mut progress = Progress::default();
        for i in 0..5000 {
            progress.read(&format!("{{\"stage\":\"train\",\"fraction\":{},\"esr\":0.1}}", f64::from(i) / 5000.0));
        }
        assert!(progress.curve.len() <= 2 * MOST_POINTS);
        assert!(progress.curve.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }
}

#[cfg(all(test, unix))]
mod child_tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A program that does what a script says.
    fn program(folder: &Path, script: &str) -> Trainer {
        let path = folder.join("nfx-train");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Trainer { path, version: String::new() }
    }

    fn until_over(run: &Run) -> Progress {
        let begun = Instant::now();
        while !run.progress().is_over() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", run.progress());
            std::thread::sleep(Duration::from_millis(5));
        }
        run.progress()
    }

    #[test]
    fn a_child_reports_and_ends() {
        let folder = tempfile::tempdir().unwrap();
        let script = r#"if [ "$1" = --version ]; then echo "nfx-train 9.8.7"; exit; fi
echo '{"stage":"train","fraction":0.5,"esr":0.02}'
echo '{"stage":"done","esr":0.01,"model":"m.nam"}'
nice > niceness"#;
        let trainer = Trainer::at(&program(folder.path(), script).path).unwrap();
        assert_eq!(trainer.version, "9.8.7");
        let run = trainer.start(&["profile"], folder.path()).unwrap();
        let progress = until_over(&run);
        assert_eq!((progress.stage, progress.best), (Stage::Done, Some(0.01)));
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(std::fs::read_to_string(folder.path().join("niceness")).unwrap_or_default().trim(), "10");
    }

    #[test]
    fn a_child_that_dies_leaves_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let trainer = program(folder.path(), "echo 'error: the disk is full' >&2; exit 3");
        let run = trainer.start(&["x"], folder.path()).unwrap();
        assert_eq!(until_over(&run).stage, Stage::Failed("The trainer ended early: the disk is full.".to_owned()));
        let trainer = program(folder.path(), "kill -9 $$");
        let run = trainer.start(&["x"], folder.path()).unwrap();
        let Stage::Failed(sentence) = until_over(&run).stage else { panic!() };
        assert!(sentence.contains("did not say why"), "{sentence}");
    }

    #[test]
    fn a_child_is_stopped_when_asked_and_when_nobody_wants_it() {
        let folder = tempfile::tempdir().unwrap();
        let script = "trap 'echo \"{\\\"stage\\\":\\\"done\\\",\\\"esr\\\":0.5}\"; exit 0' INT; echo started > begun; while :; do sleep 0.01; done";
        let trainer = program(folder.path(), script);
        let run = trainer.start(&["x"], folder.path()).unwrap();
        while !folder.path().join("begun").is_file() {
            std::thread::sleep(Duration::from_millis(5));
        }
        run.stop();
        assert_eq!(until_over(&run).stage, Stage::Done);
        let run = program(folder.path(), "exec sleep 600").start(&["x"], folder.path()).unwrap();
        let shared = run.shared.clone();
        drop(run);
        let begun = Instant::now();
        while shared.child.lock().is_some() {
            assert!(begun.elapsed() < Duration::from_secs(10));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn another_program_is_no_trainer() {
        let folder = tempfile::tempdir().unwrap();
        let other = program(folder.path(), "echo something else");
        assert!(Trainer::at(&other.path).unwrap_err().contains("another program"));
        assert!(Trainer::at(&folder.path().join("missing")).unwrap_err().contains("cannot be started"));
    }
}
