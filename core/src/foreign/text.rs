//! The text of a foreign file, read as the players of these files read it: with a byte-order mark,
//! with something behind its end, with keys that come twice (the last one counts), with numbers in
//! quotes, and with Python's `NaN`.

use super::MAX_BYTES;
use super::json::{refuse, short};
use super::nam::NamFile;
use crate::file::{ModelError, sniff};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// Whether bytes may be a foreign file: JSON, which none of our model files begins like.
pub fn is_foreign(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return sniff::utf16(&bytes[..bytes.len().min(1024)])
            .is_some_and(|text| text.trim_start().starts_with('{'));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // The first byte of ours is the low byte of a multiple of eight, which "{" is not.
    text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

/// The JSON in bytes, as UTF-8 without a mark. `what` is expected, in a sentence.
pub(super) fn clean<'a>(what: &str, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, ModelError> {
    if bytes.len() > MAX_BYTES {
        return refuse(format!("expected at most {MAX_BYTES} bytes, found {}", bytes.len()));
    }
    if !is_foreign(bytes) {
        let found = sniff::what_is(bytes).unwrap_or("other bytes, which no JSON begins with");
        return refuse(format!("expected a {what} in JSON, found {found}"));
    }
    if let Some(text) = sniff::utf16(bytes) {
        return Ok(Cow::Owned(text.into_bytes()));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    Ok(match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        // A name in Latin-1 is no reason to refuse a sound.
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    })
}

/// Reads cleaned JSON. What follows the value is not looked at, as players do not: some tools fill
/// files up with zeros.
pub(super) fn parse<T: for<'de> Deserialize<'de>>(
    what: &str,
    bytes: &[u8],
) -> Result<T, ModelError> {
    let read = |bytes: &[u8]| T::deserialize(&mut serde_json::Deserializer::from_slice(bytes));
    let error = match read(bytes) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    match quoted_literals(bytes) {
        Some(bytes) => read(&bytes).map_err(|error| json_error(what, &error)),
        None => Err(json_error(what, &error)),
    }
}

fn json_error(what: &str, error: &serde_json::Error) -> ModelError {
    let found = if error.is_eof() {
        "the end of the file: it is cut short".to_owned()
    } else {
        short(error)
    };
    ModelError::Foreign(format!("expected a {what} in JSON, found {found}"))
}

/// The same JSON with Python's words for NaN and infinity as texts, so that it can be read and each
/// of them named. `None` when there are none.
fn quoted_literals(bytes: &[u8]) -> Option<Vec<u8>> {
    const WORDS: [&str; 6] = ["-Infinity", "Infinity", "NaN", "-inf", "inf", "nan"];
    let mut out = Vec::new();
    let (mut copied, mut at, mut inside) = (0, 0, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => inside = !inside,
            b'\\' if inside => at += 1,
            b'-' | b'I' | b'N' | b'i' | b'n' if !inside => {
                if let Some(word) =
                    WORDS.iter().find(|word| bytes[at..].starts_with(word.as_bytes()))
                {
                    out.extend_from_slice(&bytes[copied..at]);
                    out.extend([b"\"", word.as_bytes(), b"\""].concat());
                    at += word.len();
                    copied = at;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    (copied > 0).then(|| {
        out.extend_from_slice(&bytes[copied..]);
        out
    })
}

/// A number, or a text that is one: "48000", "44,1 kHz" is not. NaN and infinity are numbers here.
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A sample rate in Hz. What is absent, null, NaN or not positive is not said.
pub(super) fn rate(value: &Value) -> Result<Option<f64>, ModelError> {
    if value.is_null() {
        return Ok(None);
    }
    let in_hz =
        |text: &str| text.trim().trim_end_matches(['H', 'h', 'Z', 'z']).trim().parse::<f64>().ok();
    match number(value).or_else(|| in_hz(value.as_str()?)) {
        Some(rate) => Ok(Some(rate).filter(|rate| rate.is_finite() && *rate > 0.0)),
        None => refuse(format!("expected a sample rate in Hz, found {}", short(value))),
    }
}

/// What a foreign file says outside its weights: all that a list of files shows, and what tells the
/// formats apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// The kind of the network, of `.nam` files.
    pub architecture: Option<String>,
    /// What its maker says of it; null when it says nothing.
    pub metadata: Value,
    /// It has weights as PyTorch keeps them, as Proteus files do.
    pub state_dict: bool,
    /// It has layers with weights, as AIDA-X files do.
    pub layers: bool,
}

impl Outline {
    /// Reads the outline of a file; `None` when it is no JSON object.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Self::of(&clean("model file", bytes).ok()?).ok()
    }

    pub(super) fn of(cleaned: &[u8]) -> Result<Self, ModelError> {
        parse("model file", cleaned)
    }

    /// The name of the format or of the network, where it is one that is known.
    pub fn family(&self) -> Option<&str> {
        match self {
            Self { architecture: Some(architecture), .. } => Some(architecture),
            Self { state_dict: true, .. } => Some("Proteus"),
            Self { layers: true, .. } => Some("AIDA-X"),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Outline;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outline, A::Error> {
                let mut outline = Outline::default();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    match key.as_ref() {
                        "architecture" => {
                            let value: Value = map.next_value()?;
                            outline.architecture =
                                Some(value.as_str().map_or_else(|| short(&value), str::to_owned));
                        }
                        "metadata" => outline.metadata = map.next_value()?,
                        other => {
                            outline.state_dict |= other == "state_dict";
                            outline.layers |= other == "layers";
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(outline)
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// A `.nam` file whose rate is still as it stands there.
pub(super) struct Raw {
    pub file: NamFile,
    pub rate: Value,
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
                let (mut version, mut architecture, mut config, mut weights) =
                    (None, None, None, None);
                let (mut metadata, mut sample_rate) = (Value::Null, Value::Null);
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    match key.as_ref() {
                        "version" => version = Some(map.next_value()?),
                        "architecture" => architecture = Some(map.next_value()?),
                        "config" => config = Some(map.next_value()?),
                        "weights" => weights = Some(map.next_value::<Weights>()?.0),
                        "metadata" => metadata = map.next_value()?,
                        "sample_rate" => sample_rate = map.next_value()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                let missing = A::Error::missing_field;
                let file = NamFile {
                    version: version.ok_or_else(|| missing("version"))?,
                    metadata,
                    architecture: architecture.ok_or_else(|| missing("architecture"))?,
                    config: config.ok_or_else(|| missing("config"))?,
                    weights: weights.ok_or_else(|| missing("weights"))?,
                    sample_rate: None,
                };
                Ok(Raw { file, rate: sample_rate })
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// The weights of a file, straight into floats. A text that is a number is one; whether it is
/// finite is seen later.
struct Weights(Vec<f32>);

impl<'de> Deserialize<'de> for Weights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Weights;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of numbers as weights")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Weights, A::Error> {
                let mut all = Vec::new();
                while let Some(Weight(weight)) = list.next_element()? {
                    all.push(weight);
                }
                Ok(Weights(all))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

struct Weight(f32);

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One;
        impl Visitor<'_> for One {
            type Value = Weight;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number as a weight")
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Weight, E> {
                // What a float cannot hold is told as what it was.
                match value as f32 {
                    narrow if narrow.is_finite() || !value.is_finite() => Ok(Weight(narrow)),
                    _ => Err(E::custom(format_args!("number out of range: {value}"))),
                }
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Weight, E> {
                Ok(Weight(value as f32))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Weight, E> {
                Ok(Weight(value as f32))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Weight, E> {
                let value = text
                    .trim()
                    .parse()
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))?;
                self.visit_f64(value)
            }
        }
        deserializer.deserialize_any(One)
    }
}
