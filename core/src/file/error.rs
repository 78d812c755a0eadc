//! Why a model file cannot be read or written.

use super::container::{FORMAT_VERSION, MAX_HEADER_BYTES};
use crate::nn::ActivationError;
use crate::signal::stft::StftError;

/// Why a model cannot be read, written or built. Every message says what was expected, what was
/// found and what state things are in now; a failed read never leaves half a model behind.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The file ends before its header or its weights do.
    #[error(
        "expected a model file of {expected} bytes, found only {found}: it is cut short; no model was loaded"
    )]
    Truncated {
        /// The size that the part read so far asks for, in bytes.
        expected: u64,
        /// The size of the file, in bytes.
        found: u64,
    },
    /// The file goes on after its last tensor.
    #[error(
        "expected a model file of {expected} bytes, found {found}: something follows its last tensor; no model was loaded"
    )]
    TrailingBytes {
        /// The size that the header asks for, in bytes.
        expected: u64,
        /// The size of the file, in bytes.
        found: u64,
    },
    /// The header claims a size that no model file has.
    #[error(
        "expected a model file's header of 2 to {MAX_HEADER_BYTES} bytes, found a claim of {claimed}; no model was loaded"
    )]
    HeaderSize {
        /// The size that the first eight bytes of the file claim.
        claimed: u64,
    },
    /// The file is something else that is known.
    #[error(
        "expected a model file (.safetensors, .nam, AIDA-X or Proteus), found {found}; no model was loaded"
    )]
    NotAModelFile {
        /// What it is, in words.
        found: &'static str,
    },
    /// The header is not that of a safetensors file.
    #[error(
        "expected the header of a safetensors file, found something else ({reason}); no model was loaded"
    )]
    Header {
        /// What the parser says.
        reason: String,
    },
    /// A safetensors file, but none of ours.
    #[error(
        "expected a model file of the format \"latent-works-model\", found {}; no model was loaded",
        quoted(found)
    )]
    NotAModel {
        /// The `format` entry, where there is one.
        found: Option<String>,
    },
    /// The file was written by a newer version of the suite.
    #[error(
        "expected a model file of format version {FORMAT_VERSION} or older, found version {found}: it needs a newer release of this software; no model was loaded"
    )]
    NewerVersion {
        /// The version of the file.
        found: u64,
    },
    /// The version is not one that was ever written.
    #[error(
        "expected a model file of format version 1 to {FORMAT_VERSION}, found {}; no model was loaded",
        quoted(found)
    )]
    UnknownVersion {
        /// The `format_version` entry, where there is one.
        found: Option<String>,
    },
    /// The metadata lacks an entry.
    #[error(
        "expected an entry \"{key}\" in the model file's metadata, found none; no model was loaded"
    )]
    MissingMetadata {
        /// The entry's name.
        key: &'static str,
    },
    /// Config or weights are not those that were written.
    #[error(
        "expected a model file with the SHA-256 {expected}, found {found}: it was damaged or changed; no model was loaded"
    )]
    Checksum {
        /// What the file says its content sums to.
        expected: String,
        /// What its content sums to.
        found: String,
    },
    /// The kind, or the network of a kind, is not one that this version knows.
    #[error(
        "expected a model of the kind {known}, found {found:?}: it may need a newer release of this software; no model was loaded"
    )]
    UnknownKind {
        /// The kind in the file.
        found: String,
        /// The kinds that can be loaded.
        known: String,
    },
    /// The card cannot be read as JSON of the right form.
    #[error(
        "expected a model card in the file's config, found something else ({reason}); no model was loaded"
    )]
    Card {
        /// What the parser says.
        reason: String,
    },
    /// A file of other software cannot be opened, or a model not be written for other software. The
    /// text says what was expected and found.
    #[error("the file cannot be used: {0}; nothing was loaded or written")]
    Foreign(String),
    /// The config or the card asks for something that cannot be. The text says what was expected
    /// and found.
    #[error("the model's configuration cannot be used: {0}; no model was made")]
    Config(String),
    /// The STFT of the card cannot be made.
    #[error("the model's transform cannot be used: {0}; no model was made")]
    Stft(#[from] StftError),
    /// The card does not fit into a header.
    #[error(
        "expected a card that fits into a header of {MAX_HEADER_BYTES} bytes, found one that needs {needed}; nothing was written"
    )]
    CardTooLarge {
        /// The size that the header would have, in bytes.
        needed: u64,
    },
    /// A tensor that the config asks for is not there.
    #[error("expected a tensor \"{name}\", found none of that name; no model was made")]
    MissingTensor {
        /// The tensor's name.
        name: String,
    },
    /// A tensor that the config does not ask for is there.
    #[error(
        "expected only the tensors of the model's config, found another, {name:?}; no model was made"
    )]
    ExtraTensor {
        /// The tensor's name.
        name: String,
    },
    /// A tensor's shape is not that of the config, or its data do not fill its shape.
    #[error(
        "expected a tensor \"{name}\" of the shape {expected:?}, found {found:?}; no model was made"
    )]
    WrongShape {
        /// The tensor's name.
        name: String,
        /// The shape by the config.
        expected: Vec<usize>,
        /// The shape in the file, or the number of values when that does not fill the shape.
        found: Vec<usize>,
    },
    /// A tensor's numbers are of a type that model files do not use.
    #[error(
        "expected a tensor \"{name}\" of the type F32 or F16, found {found}; no model was loaded"
    )]
    WrongType {
        /// The tensor's name.
        name: String,
        /// The type in the file.
        found: String,
    },
    /// A weight is not a number.
    #[error(
        "expected finite weights in the tensor \"{name}\", found {value} at index {index}; no model was made"
    )]
    NotFinite {
        /// The tensor's name.
        name: String,
        /// The place of the first such weight.
        index: usize,
        /// What it is, in words.
        value: String,
    },
    /// A weight is too large for half precision.
    #[error(
        "expected weights of at most 65504 in the tensor \"{name}\" to write it in half precision, found {value} at index {index}; nothing was written"
    )]
    TooLargeForHalf {
        /// The tensor's name.
        name: String,
        /// The place of the first such weight.
        index: usize,
        /// The weight, as text.
        value: String,
    },
}

impl From<ActivationError> for ModelError {
    fn from(error: ActivationError) -> Self {
        ModelError::Config(error.to_string())
    }
}

/// An entry of the metadata for a message: quoted, or "none".
fn quoted(entry: &Option<String>) -> String {
    entry.as_ref().map_or_else(|| "none".to_owned(), |text| format!("{text:?}"))
}

/// The beginning of a text that came from a file: a message stays a sentence, whatever the file
/// says.
pub(crate) fn short(text: impl std::fmt::Display) -> String {
    text.to_string().chars().take(100).collect()
}
