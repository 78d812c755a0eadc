//! What a person sees of long work: a line now and then, or one JSON object a line for a program
//! that started the trainer.

use std::io::{IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use serde_json::{Map, Value, json};

/// Who is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ProgressStyle {
    /// A person, by lines on the error output.
    #[default]
    Text,
    /// A program, by one JSON object a line on the standard output.
    Json,
}

/// Whether JSON is wanted; set once by the command line.
fn wanted() -> &'static AtomicBool {
    static WANTED: AtomicBool = AtomicBool::new(false);
    &WANTED
}

/// Sets who is told, for the whole process.
pub fn set(style: ProgressStyle) {
    wanted().store(style == ProgressStyle::Json, Ordering::SeqCst);
}

/// Whether a program is told.
pub fn is_json() -> bool {
    wanted().load(Ordering::SeqCst)
}

/// One line of JSON for a program; nothing for a person. `fields` beside `"stage"`.
pub fn tell(stage: &str, fields: Value) {
    if !is_json() {
        return;
    }
    let mut object = Map::new();
    object.insert("stage".to_owned(), json!(stage));
    if let Value::Object(fields) = fields {
        // JSON has no NaN: what is no number is left out.
        object.extend(fields.into_iter().filter(|(_, v)| !v.is_null()));
    }
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", Value::Object(object));
    let _ = out.flush();
}

/// A sentence for a person; for a program it is a message of a stage.
pub fn say(stage: &str, sentence: &str) {
    if is_json() {
        tell(stage, json!({ "message": sentence }));
    } else {
        eprintln!("{sentence}");
    }
}

/// Lets a line through at most so often.
#[derive(Debug)]
pub struct Throttle {
    last: Option<Instant>,
    every: Duration,
}

impl Throttle {
    /// For a terminal or a program twice a second, else every fifteen seconds.
    pub fn new() -> Self {
        let quick = is_json() || std::io::stderr().is_terminal();
        Throttle {
            last: None,
            every: if quick { Duration::from_millis(500) } else { Duration::from_secs(15) },
        }
    }

    /// Whether it is time again.
    pub fn due(&mut self) -> bool {
        if self.last.is_some_and(|l| l.elapsed() < self.every) {
            return false;
        }
        self.last = Some(Instant::now());
        true
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether the user has asked the training to stop.
pub fn asked_to_stop() -> bool {
    interrupted().load(Ordering::SeqCst)
}

/// Set by the first Ctrl-C; the second ends the process at once.
pub fn interrupted() -> &'static AtomicBool {
    static FLAG: OnceLock<AtomicBool> = OnceLock::new();
    FLAG.get_or_init(|| {
        let handler = || {
            if interrupted().swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
            eprintln!(
                "\nstopping after this step; the best weights are kept (Ctrl-C again ends at once)"
            );
        };
        // A program that embeds the trainer may have a handler of its own; it then decides.
        let _ = ctrlc::set_handler(handler);
        AtomicBool::new(false)
    })
}
