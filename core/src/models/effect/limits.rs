//! What the configs of all families check, and what they leave out of a file.

use super::families::refuse;
use crate::file::ModelError;
pub(super) use crate::models::{product, total};

/// The most samples that an output of a convolutional network may depend on: 21 s at 48 kHz.
pub const MAX_RECEPTIVE_FIELD: usize = 1 << 20;
/// The most numbers that a network may keep between samples: 16 MiB.
pub const MAX_MEMORY: usize = 1 << 22;

/// That `value` lies in `range`; `what` names it in the sentence.
pub(super) fn within(
    what: &str,
    value: usize,
    range: std::ops::RangeInclusive<usize>,
) -> Result<(), ModelError> {
    if range.contains(&value) {
        return Ok(());
    }
    refuse(format!("expected {what} of {} to {}, found {value}", range.start(), range.end()))
}

/// Left out of a file when it is 1. serde asks for a reference.
pub(super) fn is_one(value: &usize) -> bool {
    *value == 1
}

pub(super) fn one() -> usize {
    1
}
