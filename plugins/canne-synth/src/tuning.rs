//! The tuning of the keys: Scala's files as a project keeps them, and the pitches that they give.

use std::path::Path;

use nfx_core::engine::canne::equal_temperament;
use nfx_core::foreign::scala::{KEYS, MOST_BYTES, Mapping, Scale, text};
use nfx_frame::Sentence;
use serde::{Deserialize, Serialize};

/// A file, with the whole of its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TuningFile {
    /// Its name, without folders.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The files of a tuning. Without any, keys are twelve equal steps apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tuning {
    /// The scale, `.scl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<TuningFile>,
    /// The keyboard mapping, `.kbm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<TuningFile>,
}

impl Tuning {
    /// Whether there is no file.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.scale.is_none() && self.mapping.is_none()
    }

    /// The pitch of every key in semitones, as MIDI counts them; a key without one is NaN.
    ///
    /// # Errors
    /// A sentence that names the file, and what is wrong with it.
    pub fn pitches(&self) -> Result<[f32; KEYS], String> {
        if self.is_plain() {
            return Ok(equal_temperament());
        }
        let named = |file: &TuningFile, error| format!("{}: {error}", file.name);
        let scale = match &self.scale {
            Some(file) => Scale::read(&file.text).map_err(|error| named(file, error))?,
            None => Scale::equal(),
        };
        let mapping = match &self.mapping {
            Some(file) => Mapping::read(&file.text).map_err(|error| named(file, error))?,
            None => Mapping::default(),
        };
        mapping.pitches(&scale).map_err(|error| match &self.mapping {
            Some(file) => named(file, error),
            None => error.to_string(),
        })
    }

    /// The same with a file from the disk: one whose name ends in `.kbm` is the mapping, any other
    /// the scale.
    ///
    /// # Errors
    /// A sentence; nothing has changed.
    pub fn with_file(&self, path: &Path) -> Result<Self, Sentence> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let unread = |error: std::io::Error| format!("{name} could not be read: {error}.");
        let size = std::fs::metadata(path).map_err(unread)?.len();
        if size > MOST_BYTES as u64 {
            return Err(format!(
                "{name}: a file of at most {MOST_BYTES} bytes was expected; this one has {size}."
            )
            .into());
        }
        let bytes = std::fs::read(path).map_err(unread)?;
        let file = Some(TuningFile { name, text: text(&bytes) });
        let is_mapping = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("kbm"));
        let tuning = if is_mapping {
            Self { mapping: file, ..self.clone() }
        } else {
            Self { scale: file, ..self.clone() }
        };
        tuning.pitches()?;
        Ok(tuning)
    }

    /// What it is called where there is little room.
    #[must_use]
    pub fn name(&self) -> String {
        match (&self.scale, &self.mapping) {
            (None, None) => "Twelve equal steps".to_owned(),
            (Some(file), None) | (None, Some(file)) => file.name.clone(),
            (Some(scale), Some(mapping)) => format!("{}, {}", scale.name, mapping.name),
        }
    }
}
