//! What the card of a profile says.

use super::ProfileConfig;
use super::knob::{KnobInfo, MAX_KNOBS};
use crate::file::ModelError;
use serde::{Deserialize, Serialize};

/// The profile of an effect without its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The network.
    pub network: ProfileConfig,
    /// What is known of the device.
    #[serde(default)]
    pub info: ProfileInfo,
}

impl Effect {
    /// Whether this can be a model.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        self.network.validate()?;
        self.info.validate(self.network.knobs())
    }
}

/// What a profile says about the device that it stands for. Every field may be absent in a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileInfo {
    /// The knobs, in the order in which the network is conditioned on them; at most [`MAX_KNOBS`].
    pub knobs: Vec<KnobInfo>,
    /// How loud the model answers to a common signal, in dB: `20 log10` of the output's RMS, as
    /// `.nam` files say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loudness_db: Option<f32>,
    /// The level in dBu of a sine of 1 kHz at the device's input that is a peak of 0 dBFS at the
    /// model's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_level_dbu: Option<f32>,
    /// The same at the output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_level_dbu: Option<f32>,
    /// The error-to-signal ratio on the part of the recording that was held out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub esr: Option<f32>,
    /// Gain before the network, in dB.
    #[serde(skip_serializing_if = "is_zero")]
    pub input_gain_db: f32,
    /// Gain behind it, in dB.
    #[serde(skip_serializing_if = "is_zero")]
    pub output_gain_db: f32,
    /// Who recorded the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modeled_by: Option<String>,
    /// What kind of device it is: amp, pedal, pedal_amp, amp_cab, amp_pedal_cab, preamp, studio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gear_type: Option<String>,
    /// Who made the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gear_make: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gear_model: Option<String>,
    /// How it sounds: clean, overdrive, crunch, hi_gain, fuzz.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tone_type: Option<String>,
}

fn is_zero(value: &f32) -> bool {
    *value == 0.0
}

impl ProfileInfo {
    /// Whether this can belong to a network with `knobs` knobs.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self, knobs: usize) -> Result<(), ModelError> {
        if self.knobs.len() != knobs || knobs > MAX_KNOBS {
            return Err(ModelError::Config(format!(
                "expected a description of the network's {knobs} knobs (at most {MAX_KNOBS}), found {}",
                self.knobs.len()
            )));
        }
        self.knobs.iter().try_for_each(KnobInfo::validate)?;
        let numbers = [self.loudness_db, self.input_level_dbu, self.output_level_dbu, self.esr];
        let gains = [Some(self.input_gain_db), Some(self.output_gain_db)];
        match numbers
            .iter()
            .chain(&gains)
            .flatten()
            .find(|value| !value.is_finite() || value.abs() > 1e6)
        {
            Some(value) => Err(ModelError::Config(format!(
                "expected finite levels in the profile, found {value}"
            ))),
            None => Ok(()),
        }
    }
}
