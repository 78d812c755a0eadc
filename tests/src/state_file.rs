//! A saved state taken apart: eight bytes of length and JSON, in which tests exchange the model.

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

/// A plugin's state as the framework writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct StateFile(pub Value);

impl StateFile {
    /// Takes a saved state apart.
    ///
    /// # Errors
    /// When the bytes are not a length and JSON of that length.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let (length, json) = bytes
            .split_first_chunk::<8>()
            .context("a state was expected to begin with eight bytes of length")?;
        let length = u64::from_le_bytes(*length) as usize;
        anyhow::ensure!(
            length == json.len(),
            "the state says it has {length} bytes, but {} follow",
            json.len()
        );
        Ok(Self(serde_json::from_slice(json)?))
    }

    /// The bytes that a host stores.
    pub fn to_bytes(&self) -> Vec<u8> {
        let json = self.0.to_string().into_bytes();
        let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
        bytes.extend(json);
        bytes
    }

    /// The model's entry, as the plugin stored it.
    pub fn model(&self) -> Value {
        self.0["fields"]["model"]
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or(Value::Null)
    }

    /// The name of the preset that was loaded last.
    pub fn preset(&self) -> String {
        self.0["fields"]["preset"]
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// Puts an embedded model in, by its file's hash.
    pub fn with_embedded(mut self, name: &str, hash: &str) -> Self {
        self.0["fields"]["model"] = json!(json!({"hash": hash, "name": name}).to_string());
        self
    }

    /// Puts a user's model in, whole.
    pub fn with_user_model(mut self, name: &str, file: &[u8]) -> Self {
        let entry = json!({"hash": nfx_core::file::file_hash(file), "name": name, "bytes": BASE64.encode(file)});
        self.0["fields"]["model"] = json!(entry.to_string());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_taken_apart_and_put_together() {
        let state = StateFile(json!({"version": "1", "params": {}, "fields": {}}))
            .with_embedded("General", "00");
        let again = StateFile::parse(&state.to_bytes()).unwrap();
        assert_eq!(again, state);
        assert_eq!(again.model()["name"], "General");
        assert!(StateFile::parse(&state.to_bytes()[..20]).is_err());
    }
}
