//! The card: what a model file says beside its weights.

use super::ModelError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The sample rates that a model may have, in Hz.
const SAMPLE_RATES_HZ: RangeInclusive<f64> = 1_000.0..=768_000.0;

/// Everything in a model file but the weights: a head that all kinds of models have, and what only
/// its own kind says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card<K> {
    /// The name that a menu shows.
    pub name: String,
    /// One or two sentences for the person who chooses it.
    #[serde(default)]
    pub description: String,
    /// The sample rate that the model was trained at, in Hz, 1,000 to 768,000. A host's rate is
    /// resampled to it.
    pub sample_rate_hz: f64,
    /// Where it comes from.
    #[serde(default)]
    pub provenance: Provenance,
    /// What only models of its kind say.
    #[serde(flatten)]
    pub kind: K,
}

impl<K> Card<K> {
    /// A card without words and history.
    pub fn new(name: &str, sample_rate_hz: f64, kind: K) -> Self {
        Self {
            name: name.to_owned(),
            description: String::new(),
            sample_rate_hz,
            provenance: Provenance::default(),
            kind,
        }
    }

    /// The same head on another kind.
    pub fn with<L>(&self, kind: L) -> Card<L> {
        Card {
            name: self.name.clone(),
            description: self.description.clone(),
            sample_rate_hz: self.sample_rate_hz,
            provenance: self.provenance.clone(),
            kind,
        }
    }

    /// Whether the head can be a model's.
    pub(crate) fn validate_head(&self) -> Result<(), ModelError> {
        if !SAMPLE_RATES_HZ.contains(&self.sample_rate_hz) {
            return Err(ModelError::Config(format!(
                "expected a sample rate of {} to {} Hz, found {}",
                SAMPLE_RATES_HZ.start(),
                SAMPLE_RATES_HZ.end(),
                self.sample_rate_hz
            )));
        }
        // JSON has no word for these numbers: a card that held one could be written, but not read
        // again.
        match self.provenance.metrics.iter().find(|(_, value)| !value.is_finite()) {
            Some((name, value)) => Err(ModelError::Config(format!(
                "expected a finite number as metric {name:?}, found {value}"
            ))),
            None => Ok(()),
        }
    }
}

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
