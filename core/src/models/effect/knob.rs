//! The knobs of a profile: names and ranges, and the numbers that the network is conditioned on.

use crate::file::ModelError;
use serde::{Deserialize, Serialize};

/// Most knobs of a profile.
pub const MAX_KNOBS: usize = 8;

/// One knob of a profiled device, in the device's own words and units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnobInfo {
    /// The name on the panel.
    pub name: String,
    /// The unit of the values, for example "dB"; may be empty.
    #[serde(default)]
    pub unit: String,
    /// The value at the lower end.
    pub min: f32,
    /// The value at the upper end, above `min`.
    pub max: f32,
    /// The value that a player starts with.
    pub default: f32,
    /// Whether equal turns of the knob are equal ratios; both ends are then above 0.
    #[serde(default)]
    pub log: bool,
    /// Digits behind the point in texts.
    #[serde(default)]
    pub decimals: u8,
}

impl KnobInfo {
    /// A knob without unit, turned evenly from `min` to `max`, with two digits behind the point.
    pub fn linear(name: &str, min: f32, max: f32, default: f32) -> Self {
        Self {
            name: name.to_owned(),
            unit: String::new(),
            min,
            max,
            default,
            log: false,
            decimals: 2,
        }
    }

    /// What the network is conditioned on for a value: -1 at `min`, 1 at `max`, limited to them;
    /// the default for NaN or infinity. Real-time safe.
    pub fn normalised(&self, value: f32) -> f32 {
        let value = if value.is_finite() { value } else { self.default };
        let (value, min, max) = if self.log {
            (value.max(f32::MIN_POSITIVE).ln(), self.min.ln(), self.max.ln())
        } else {
            (value, self.min, self.max)
        };
        let place = 2.0 * ((value - min) / (max - min)) - 1.0;
        if place > -1.0 { place.min(1.0) } else { -1.0 }
    }

    /// The value for what the network is conditioned on, -1 to 1 and limited to that. Real-time
    /// safe.
    pub fn value(&self, normalised: f32) -> f32 {
        let place = 0.5 * if normalised > -1.0 { normalised.min(1.0) } else { -1.0 } + 0.5;
        let value = if self.log {
            (self.min.ln() + place * (self.max.ln() - self.min.ln())).exp()
        } else {
            self.min + place * (self.max - self.min)
        };
        value.clamp(self.min, self.max)
    }

    /// A value as text, with its unit.
    pub fn text(&self, value: f32) -> String {
        let number = format!("{value:.*}", usize::from(self.decimals));
        if self.unit.is_empty() { number } else { format!("{number} {}", self.unit) }
    }

    /// The value that a text names, with or without unit, limited to the range; `None` when it
    /// names none.
    pub fn parse(&self, text: &str) -> Option<f32> {
        let text = text.trim();
        let number = text.strip_suffix(self.unit.as_str()).unwrap_or(text).trim();
        let value: f32 = number.replace(',', ".").parse().ok()?;
        value.is_finite().then(|| value.clamp(self.min, self.max))
    }

    /// Whether the knob can be turned.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        let finite = [self.min, self.max, self.default].iter().all(|v| v.is_finite());
        if !finite || self.min >= self.max || !(self.max - self.min).is_finite() {
            return Err(ModelError::Config(format!(
                "expected a knob {:?} from a lower to a higher number, found {} to {}",
                self.name, self.min, self.max
            )));
        }
        if !(self.min..=self.max).contains(&self.default) {
            return Err(ModelError::Config(format!(
                "expected the knob {:?} to start within {} to {}, found {}",
                self.name, self.min, self.max, self.default
            )));
        }
        if self.log && self.min <= 0.0 {
            return Err(ModelError::Config(format!(
                "expected a logarithmic knob {:?} to begin above 0, found {}",
                self.name, self.min
            )));
        }
        if self.decimals > 6 {
            return Err(ModelError::Config(format!(
                "expected at most 6 digits behind the point of knob {:?}, found {}",
                self.name, self.decimals
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_what_the_network_is_told_are_each_others_inverse() {
        let attack = KnobInfo {
            log: true,
            unit: "ms".to_owned(),
            ..KnobInfo::linear("Attack", 1.0, 1000.0, 10.0)
        };
        let drive = KnobInfo::linear("Drive", -10.0, 30.0, 0.0);
        for knob in [&attack, &drive] {
            knob.validate().unwrap();
            for i in 0..=20 {
                let place = i as f32 / 10.0 - 1.0;
                let value = knob.value(place);
                assert!((knob.normalised(value) - place).abs() < 1e-5, "{}: {value}", knob.name);
            }
            assert_eq!((knob.normalised(knob.min), knob.normalised(knob.max)), (-1.0, 1.0));
            assert_eq!((knob.normalised(f32::MAX), knob.normalised(f32::MIN)), (1.0, -1.0));
            assert_eq!(knob.normalised(f32::NAN), knob.normalised(knob.default));
            assert_eq!((knob.value(f32::NAN), knob.value(9.0)), (knob.min, knob.max));
        }
        assert!((attack.value(0.0) - 31.622_776).abs() < 1e-3);
    }

    #[test]
    fn texts_are_read_back() {
        let knob = KnobInfo {
            unit: "dB".to_owned(),
            decimals: 1,
            ..KnobInfo::linear("Threshold", -50.0, 0.0, -20.0)
        };
        assert_eq!(knob.text(-12.34), "-12.3 dB");
        assert_eq!(knob.parse("-12.3 dB"), Some(-12.3));
        assert_eq!(knob.parse(" -7,5 "), Some(-7.5));
        assert_eq!(knob.parse("-99"), Some(-50.0));
        assert_eq!((knob.parse("loud"), knob.parse("NaN")), (None, None));
    }

    #[test]
    fn impossible_knobs_are_refused() {
        let good = KnobInfo::linear("Drive", 0.0, 1.0, 0.5);
        for bad in [
            KnobInfo { min: 1.0, ..good.clone() },
            KnobInfo { max: f32::NAN, ..good.clone() },
            KnobInfo { default: 2.0, ..good.clone() },
            KnobInfo { log: true, ..good.clone() },
            KnobInfo { decimals: 9, ..good.clone() },
            KnobInfo { min: f32::MIN, max: f32::MAX, ..good.clone() },
        ] {
            assert!(bad.validate().is_err(), "{bad:?}");
        }
    }
}
