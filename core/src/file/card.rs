//! What the card of every model says, whatever its kind.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a model comes from: enough to make it again, and to know whether it may be passed on.
///
/// Every field may be absent in a file, for a model made by hand has no history; it is then empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// The command that made it.
    pub command: String,
    /// The seed of that run.
    pub seed: u64,
    /// The sound it was trained on, in words.
    pub corpus: String,
    /// The licence of that sound, as an SPDX expression or in words.
    pub data_licence: String,
    /// The notices that the licences ask to be passed on, one each.
    pub notices: Vec<String>,
    /// The software and its version.
    pub trained_by: String,
    /// The figures of the run, by name (for example `test_mse`). All are finite.
    pub metrics: BTreeMap<String, f64>,
}
