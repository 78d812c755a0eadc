//! What goes wrong, as the user reads it.

use std::fmt;
use std::ops::Deref;

/// A sentence to the user: what was expected, what was found, and what state things are in now.
///
/// It is the error of what nobody but the user can act on. Where a caller can, the error is an enum
/// of its own; its text becomes a sentence on the way to the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence(String);

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Sentence {}

impl Deref for Sentence {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Sentence(text)
    }
}

impl From<&str> for Sentence {
    fn from(text: &str) -> Self {
        Sentence(text.to_owned())
    }
}

impl From<Sentence> for String {
    fn from(sentence: Sentence) -> Self {
        sentence.0
    }
}
