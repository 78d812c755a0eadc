//! `.nam` files, read and written.
//!
//! Where NAM's trainer and the core that its players run disagree, the players are followed: an
//! impulse response has the newest sample's tap first; the modulation behind a layer's 1 x 1
//! convolution acts in blended layers only; a layer without that convolution passes its input on as
//! it is.
//!
//! The counts of all weights are checked against the config before anything is built from them.

mod read;
mod wavenet;
mod write;

pub use write::write_nam;

use super::json::{Node, refuse, short};
use super::text;
use crate::file::ModelError;
use crate::models::ModelFile;
use crate::models::effect::ProfileInfo;
use serde::Serialize;
use serde_json::{Map, Value};

/// The content of a `.nam` file, as it stands there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NamFile {
    /// The version of the format, "0.5.0" to "0.7".
    pub version: String,
    /// What the model is, in words for a person.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub metadata: Value,
    /// The kind of the network: WaveNet, LSTM, ConvNet, Linear, SlimmableContainer.
    pub architecture: String,
    /// The form of the network.
    pub config: Value,
    /// Its weights, flat.
    pub weights: Vec<f32>,
    /// The rate that it was trained at, in Hz.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_rate: Option<f64>,
}

impl NamFile {
    /// Reads a file. Nothing is built yet: [`NamFile::to_model`] does that. Allocates in proportion
    /// to `bytes`.
    ///
    /// # Errors
    /// [`ModelError::Foreign`] with what was expected and found.
    pub fn parse(bytes: &[u8]) -> Result<NamFile, ModelError> {
        Self::of(&text::clean(".nam file", bytes)?)
    }

    pub(super) fn of(cleaned: &[u8]) -> Result<NamFile, ModelError> {
        let text::Raw { mut file, rate } = text::parse(".nam file", cleaned)?;
        file.sample_rate = text::rate(&rate)?;
        check_version(&file.version)?;
        if let Some(index) = file.weights.iter().position(|w| !w.is_finite()) {
            return refuse(format!(
                "expected finite weights, found {} at index {index}",
                file.weights[index]
            ));
        }
        Ok(file)
    }

    /// The text of the file.
    pub fn to_json(&self) -> String {
        // A file of plain numbers, texts and lists always has a text.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The model in our own form.
    ///
    /// # Errors
    /// [`ModelError::Foreign`] or [`ModelError::Config`] with what was expected and found.
    pub fn to_model(&self) -> Result<ModelFile, ModelError> {
        read::model(self)
    }
}

/// 0.5.0 to 0.7; later patches of 0.7 may say more than this code knows, and are read.
fn check_version(version: &str) -> Result<(), ModelError> {
    let parts: Vec<Option<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        [Some(0), Some(5..=7), Some(_)] => Ok(()),
        [Some(0), Some(0..=4), Some(_)] => refuse(format!(
            "expected a .nam file of version 0.5.0 to 0.7, found {}: it is older than any player of today reads",
            short(version)
        )),
        [Some(_), Some(_), Some(_)] => refuse(format!(
            "expected a .nam file of version 0.5.0 to 0.7, found {}: it needs a newer release of this software",
            short(version)
        )),
        _ => refuse(format!("expected a version like 0.5.4, found {:?}", short(version))),
    }
}

/// The entries of an object that are there.
fn object(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Object(
        entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>(),
    )
}

/// What `metadata` says of the device, and a word on what it says and cannot be meant, for the
/// model's description.
pub(super) fn profile_info(metadata: Node<'_>) -> (ProfileInfo, String) {
    let mut odd = Vec::new();
    let mut level = |name: &str, value: Option<&Value>| -> Option<f32> {
        let value = value.filter(|value| !value.is_null())?;
        let number =
            text::number(value).map(|v| v as f32).filter(|v| v.is_finite() && v.abs() < 1e4);
        if number.is_none() {
            odd.push(format!("`{name}` ({})", short(value).trim_matches('"')));
        }
        number
    };
    let info = ProfileInfo {
        loudness_db: level("loudness", metadata.find("loudness")),
        input_level_dbu: level("input_level_dbu", metadata.find("input_level_dbu")),
        output_level_dbu: level("output_level_dbu", metadata.find("output_level_dbu")),
        esr: level(
            "validation_esr",
            metadata.find("training").and_then(|training| training.get("validation_esr")),
        ),
        modeled_by: metadata.text("modeled_by"),
        gear_type: metadata.text("gear_type"),
        gear_make: metadata.text("gear_make"),
        gear_model: metadata.text("gear_model"),
        tone_type: metadata.text("tone_type"),
        ..Default::default()
    };
    let word = match odd.as_slice() {
        [] => String::new(),
        [one] => format!("Its {one} is no number and was passed over."),
        many => format!("Its {} are no numbers and were passed over.", many.join(", ")),
    };
    (info, word)
}
