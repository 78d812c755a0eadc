//! Scala's files: scales (`.scl`) and keyboard mappings (`.kbm`), as the Scala program describes
//! them, and the pitch that they give each key of MIDI.
//!
//! The reading is strict: what is not understood is a fault with a sentence, for a wrong pitch is
//! heard and not seen.

mod mapping;
mod scale;

use std::fmt;

pub use mapping::{KEYS, Mapping};
pub use scale::Scale;

/// Longest file that is read, in bytes; the longest in Scala's archive has 30,000.
pub const MOST_BYTES: usize = 1 << 20;

/// What is wrong with a file, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalaError(String);

impl fmt::Display for ScalaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ScalaError {}

fn fault<T>(sentence: String) -> Result<T, ScalaError> {
    Err(ScalaError(sentence))
}

/// The text of a file: as UTF-8, and where it is none, as Latin-1, which the archive's older files
/// are. Nothing gets lost.
pub fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The lines of a file that say something, with their numbers.
struct Lines {
    list: std::vec::IntoIter<(usize, String)>,
    last: usize,
}

impl Lines {
    fn of(text: &str) -> Result<Self, ScalaError> {
        if text.len() > MOST_BYTES {
            return fault(format!(
                "A file of at most {MOST_BYTES} bytes was expected; this one has {}.",
                text.len()
            ));
        }
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines = text.trim_start_matches('\u{feff}').split('\n').map(str::to_owned).enumerate();
        let list: Vec<(usize, String)> = lines
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.starts_with('!'))
            .collect();
        Ok(Self { last: list.last().map_or(0, |(number, _)| *number), list: list.into_iter() })
    }

    /// The next line, which may be empty.
    fn any(&mut self, what: &str) -> Result<(usize, String), ScalaError> {
        let end = self.last;
        self.list
            .next()
            .map_or_else(|| fault(format!("The file ends at line {end}; {what} was expected.")), Ok)
    }

    /// The first word of the next line that has any, and the line's number.
    fn word(&mut self, what: &str) -> Result<(usize, String), ScalaError> {
        loop {
            let (number, line) = self.any(what)?;
            if let Some(word) = line.split_whitespace().next() {
                return Ok((number, word.to_owned()));
            }
        }
    }

    /// As [`Lines::word`], read as a number.
    fn number<N: std::str::FromStr>(&mut self, what: &str) -> Result<(usize, N), ScalaError> {
        let (line, word) = self.word(what)?;
        match word.parse() {
            Ok(number) => Ok((line, number)),
            Err(_) => fault(format!(
                "Line {line}: {what} was expected, found \u{201c}{}\u{201d}.",
                short(&word)
            )),
        }
    }
}

/// What may stand in a sentence of a hostile file's text.
fn short(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control()).take(24).collect();
    if text.chars().count() > 24 { clean + "…" } else { clean }
}
