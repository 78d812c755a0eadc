//! Reading a config out of JSON, with sentences for what is wrong.

use crate::file::ModelError;
use serde_json::Value;

/// The beginning of a text that came from a file: a message stays a sentence, whatever the file
/// says.
pub(super) fn short(text: impl std::fmt::Display) -> String {
    text.to_string().chars().take(80).collect()
}

pub(super) fn refuse<T>(sentence: impl Into<String>) -> Result<T, ModelError> {
    Err(ModelError::Foreign(sentence.into()))
}

/// A JSON object and what it is called in a sentence.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub value: &'a Value,
    pub place: &'a str,
}

impl<'a> Node<'a> {
    pub fn new(value: &'a Value, place: &'a str) -> Result<Self, ModelError> {
        if value.is_object() {
            return Ok(Self { value, place });
        }
        refuse(format!("expected an object as {place}, found {}", short(value)))
    }

    /// An entry that is there and not null.
    pub fn find(&self, key: &str) -> Option<&'a Value> {
        self.value.get(key).filter(|value| !value.is_null())
    }

    pub fn need(&self, key: &str) -> Result<&'a Value, ModelError> {
        match self.find(key) {
            Some(value) => Ok(value),
            None => refuse(format!("expected an entry \"{key}\" in {}, found none", self.place)),
        }
    }

    pub fn size(&self, key: &str) -> Result<usize, ModelError> {
        self.as_size(key, self.need(key)?)
    }

    pub fn size_or(&self, key: &str, default: usize) -> Result<usize, ModelError> {
        self.find(key).map_or(Ok(default), |value| self.as_size(key, value))
    }

    fn as_size(&self, key: &str, value: &Value) -> Result<usize, ModelError> {
        // Trainers write whole numbers as 8.0, too.
        let whole = value.as_u64().or_else(|| {
            let number = value.as_f64()?;
            ((0.0..=1e9).contains(&number) && number.fract() == 0.0).then_some(number as u64)
        });
        match whole.and_then(|n| usize::try_from(n).ok()) {
            Some(size) => Ok(size),
            None => refuse(format!(
                "expected a whole number as \"{key}\" in {}, found {}",
                self.place,
                short(value)
            )),
        }
    }

    pub fn sizes(&self, key: &str) -> Result<Vec<usize>, ModelError> {
        self.list(key)?.iter().map(|value| self.as_size(key, value)).collect()
    }

    pub fn list(&self, key: &str) -> Result<&'a [Value], ModelError> {
        match self.need(key)? {
            Value::Array(list) => Ok(list),
            other => refuse(format!(
                "expected a list as \"{key}\" in {}, found {}",
                self.place,
                short(other)
            )),
        }
    }

    /// A truth value, or 0 or 1.
    pub fn flag(&self, key: &str, default: Option<bool>) -> Result<bool, ModelError> {
        match (self.find(key), default) {
            (Some(Value::Bool(flag)), _) => Ok(*flag),
            (Some(value), _) => match value.as_f64() {
                Some(0.0) => Ok(false),
                Some(1.0) => Ok(true),
                _ => refuse(format!(
                    "expected true or false as \"{key}\" in {}, found {}",
                    self.place,
                    short(value)
                )),
            },
            (None, Some(default)) => Ok(default),
            (None, None) => {
                refuse(format!("expected an entry \"{key}\" in {}, found none", self.place))
            }
        }
    }

    /// A finite number.
    pub fn number_or(&self, key: &str, default: f64) -> Result<f64, ModelError> {
        match self.find(key) {
            None => Ok(default),
            Some(value) => match value.as_f64().filter(|n| n.is_finite()) {
                Some(number) => Ok(number),
                None => refuse(format!(
                    "expected a number as \"{key}\" in {}, found {}",
                    self.place,
                    short(value)
                )),
            },
        }
    }

    pub fn text(&self, key: &str) -> Option<String> {
        self.find(key)
            .and_then(Value::as_str)
            .map(str::trim)
            .filter(|t| !t.is_empty())
            .map(|t| t.chars().take(200).collect())
    }

    pub fn child(&self, key: &str, place: &'a str) -> Result<Option<Node<'a>>, ModelError> {
        self.find(key).map(|value| Node::new(value, place)).transpose()
    }
}

/// Numbers nested in lists up to two deep, row by row; finite all of them.
pub(super) fn numbers(value: &Value, what: &str) -> Result<Vec<f32>, ModelError> {
    let mut all = Vec::new();
    collect(value, what, 3, &mut all)?;
    Ok(all)
}

fn collect(value: &Value, what: &str, depth: usize, all: &mut Vec<f32>) -> Result<(), ModelError> {
    match value {
        Value::Array(list) if depth > 0 => {
            list.iter().try_for_each(|value| collect(value, what, depth - 1, all))
        }
        value => match value.as_f64().map(|n| n as f32).filter(|n| n.is_finite()) {
            Some(number) => {
                all.push(number);
                Ok(())
            }
            None => refuse(format!("expected finite numbers as {what}, found {}", short(value))),
        },
    }
}
