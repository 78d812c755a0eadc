//! `nfx-train` as a child process: found, asked for its version, run at low priority, read line by
//! line.
//!
//! A plugin never waits for it: reading runs on threads of its own, and [`Run::progress`] hands out
//! the newest state. The child may end or die at any time; what is left then is a sentence. It is
//! stopped when its [`Run`] goes away.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::Sentence;
use crate::files;

mod progress;

pub use progress::{Check, Progress, Stage, Verdict};

/// Names the trainer's program, for a trainer that lies where nobody looks.
pub const VARIABLE: &str = "NFX_TRAIN";
/// The program's name.
const PROGRAM: &str = if cfg!(windows) { "nfx-train.exe" } else { "nfx-train" };
/// A program that does not say its version within this time is not the trainer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most of what the child may say about its end that is kept.
const LAST_WORDS: usize = 4096;

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
    let folder =
        installed().map_or_else(|| "a folder of the PATH".to_owned(), |at| files::for_people(&at));
    format!(
        "Training needs the program nfx-train, which is not on this computer. In the suite's \
         source folder, \u{201c}cargo xtask install\u{201d} builds it and puts it into {folder}; or \
         set {VARIABLE} to where it lies. Then look again: nothing else has to be done."
    )
}

/// Where `cargo xtask install` puts programs.
fn installed() -> Option<PathBuf> {
    if cfg!(windows) {
        Some(dirs::data_local_dir()?.join("Programs/Latent Works"))
    } else {
        Some(dirs::home_dir()?.join(".local/bin"))
    }
}

impl Trainer {
    /// Looks for the trainer: `$NFX_TRAIN`, then `bin` in the data folder, then where `cargo xtask
    /// install` puts it (a host that was started from a menu may not have that in its PATH), then
    /// the PATH. Starts it once, to ask for its version; takes a moment.
    ///
    /// # Errors
    /// A sentence with what to do.
    pub fn find() -> Result<Self, Sentence> {
        let named = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(path) = &named {
            return Self::at(path)
                .map_err(|why| format!("{VARIABLE} names {}, but {why}.", path.display()).into());
        }
        let places = std::env::var_os("PATH").unwrap_or_default();
        let beside = files::data_folder().map(|folder| folder.join("bin"));
        let mut why = None;
        for folder in beside.into_iter().chain(installed()).chain(std::env::split_paths(&places)) {
            let path = folder.join(PROGRAM);
            if !path.is_file() {
                continue;
            }
            match Self::at(&path) {
                Ok(trainer) => return Ok(trainer),
                Err(sentence) => {
                    why = why
                        .or_else(|| Some(format!("{} was found, but {sentence}.", path.display())))
                }
            }
        }
        Err(why.unwrap_or_else(how_to_install).into())
    }

    /// The trainer at `path`, if it is one.
    fn at(path: &Path) -> Result<Self, Sentence> {
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
                return Err("it does not say its version".into());
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
            None => Err("it is another program".into()),
        }
    }

    /// Starts the trainer in `folder`, which is made if need be. All that it is to say on its
    /// standard output is lines of JSON.
    ///
    /// # Errors
    /// A sentence.
    pub fn start<I: AsRef<OsStr>>(&self, arguments: &[I], folder: &Path) -> Result<Run, Sentence> {
        std::fs::create_dir_all(folder).map_err(|error| {
            format!("The folder {} could not be made ({error}).", folder.display())
        })?;
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // One core is left to the host's audio.
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        command.env("RAYON_NUM_THREADS", cores.saturating_sub(1).max(1).to_string());
        lower_priority(&mut command);
        let child = command.spawn().map_err(|error| {
            format!("The trainer {} could not be started ({error}).", self.path.display())
        })?;
        Ok(Run::new(child))
    }
}

#[cfg(unix)]
fn lower_priority(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    // SAFETY: between fork and exec only functions may be called that a signal handler may call;
    // `nice` and `signal` are such, and allocate nothing.
    unsafe {
        command.pre_exec(|| {
            libc::nice(10);
            // A host that a shell started in the background ignores interrupts, and its children
            // would: they could not be asked to end in good order.
            libc::signal(libc::SIGINT, libc::SIG_DFL);
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

struct Shared {
    progress: Mutex<Progress>,
    child: Mutex<Option<Child>>,
    stopped: std::sync::atomic::AtomicBool,
}

/// A running trainer. Dropping it ends the child, and the thread that listens to it.
pub struct Run {
    shared: Arc<Shared>,
    begun: Instant,
    listener: Option<std::thread::JoinHandle<()>>,
}

/// How long the end of the listening thread is waited for: a program that the child has started may
/// hold its output open.
const LEAVE: Duration = Duration::from_secs(2);

impl Run {
    fn new(mut child: Child) -> Self {
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let shared = Arc::new(Shared {
            progress: Mutex::new(Progress::default()),
            child: Mutex::new(Some(child)),
            stopped: std::sync::atomic::AtomicBool::new(false),
        });
        let reader = shared.clone();
        let listener = std::thread::spawn(move || {
            let words = std::thread::spawn(move || stderr.map(last_words).unwrap_or_default());
            if let Some(stdout) = stdout {
                // A line that is no text ends the reading of lines; the child's end is waited for
                // all the same.
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
        Self { shared, begun: Instant::now(), listener: Some(listener) }
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

    /// Asks the child to end in good order, with the best model so far; where that cannot be asked,
    /// ends it.
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
        let Some(listener) = self.listener.take() else { return };
        let asked = Instant::now();
        while !listener.is_finished() && asked.elapsed() < LEAVE {
            std::thread::sleep(Duration::from_millis(1));
        }
        if listener.is_finished() {
            // One that panicked has said so.
            let _ = listener.join();
        }
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
        (Some(line), _) => {
            format!("The trainer ended early: {line}{}", if line.ends_with('.') { "" } else { "." })
        }
        (None, Some(status)) => {
            format!("The trainer ended early and did not say why ({status}). Try again.")
        }
        (None, None) => "The trainer was lost. Try again.".to_owned(),
    }
}

/// Arguments from texts and paths.
#[must_use]
pub fn arguments(parts: &[&dyn AsRef<OsStr>]) -> Vec<OsString> {
    parts.iter().map(|part| part.as_ref().to_owned()).collect()
}

/// What every training is given: a name, its minutes, the folder of its run, and that it tells its
/// progress as [`Run`] reads it.
#[must_use]
pub fn training(name: &str, minutes: u32, out: &Path) -> Vec<OsString> {
    let minutes = minutes.to_string();
    let given: [&dyn AsRef<OsStr>; 8] =
        [&"--name", &name, &"--minutes", &minutes, &"--out", &out, &"--progress", &"json"];
    arguments(&given)
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
        assert_eq!(
            std::fs::read_to_string(folder.path().join("niceness")).unwrap_or_default().trim(),
            "10"
        );
    }

    #[test]
    fn a_child_that_dies_leaves_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let trainer = program(folder.path(), "echo 'error: the disk is full' >&2; exit 3");
        let run = trainer.start(&["x"], folder.path()).unwrap();
        assert_eq!(
            until_over(&run).stage,
            Stage::Failed("The trainer ended early: the disk is full.".to_owned())
        );
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
        assert!(
            Trainer::at(&folder.path().join("missing")).unwrap_err().contains("cannot be started")
        );
    }
}
