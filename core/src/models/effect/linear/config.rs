//! The config of impulse responses.

use super::super::limits::within;
use crate::file::ModelError;
use serde::{Deserialize, Serialize};

/// An impulse response and perhaps an offset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearConfig {
    /// The taps, 1 to 2^17.
    pub receptive_field: usize,
    /// Whether an offset is added.
    pub bias: bool,
}

impl LinearConfig {
    /// The numbers in `weights`: the taps, the newest sample's first, and the offset.
    pub fn weights(&self) -> usize {
        self.receptive_field.saturating_add(usize::from(self.bias))
    }

    pub(super) fn validate(&self) -> Result<(), ModelError> {
        within("an impulse response", self.receptive_field, 1..=1 << 17)
    }
}
