//! The model file: container, checksum, versions, and what every card says whatever its kind.
//! `docs/model-format.md` has it to the last byte.
//!
//! This floor knows no network: [`crate::models`] says what the tensors are.

mod card;
pub(crate) mod container;
mod error;
pub(crate) mod migrate;
pub mod sniff;
pub(crate) mod tensor;

pub use card::{Card, Provenance};
pub use container::{FORMAT_VERSION, MAX_HEADER_BYTES, file_hash};
pub use error::ModelError;
pub(crate) use error::short;
pub use tensor::{Precision, Tensor};
