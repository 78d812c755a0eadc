//! How a profile's knobs meet the host's parameters.

use std::sync::Arc;

use nfx_core::models::effect::{KnobInfo, MAX_KNOBS, ProfileModel};
use nfx_frame::text::{self, Format};
use parking_lot::RwLock;

/// The knobs of the profile in use, for the texts of *Knob 1* to *Knob 8*.
pub type Names = Arc<RwLock<Vec<KnobInfo>>>;

/// A parameter that a compressor has in real units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fixed {
    /// In dB.
    Threshold,
    /// To one.
    Ratio,
    /// In milliseconds.
    Attack,
    /// In milliseconds.
    Release,
}

impl Fixed {
    /// All four, as the row of knobs shows them.
    pub const ALL: [Self; 4] = [Self::Threshold, Self::Ratio, Self::Attack, Self::Release];

    /// The parameter's id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Threshold => "thr",
            Self::Ratio => "ratio",
            Self::Attack => "att",
            Self::Release => "rel",
        }
    }

    /// The name, which is the knob's name in a profile, too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Threshold => "Threshold",
            Self::Ratio => "Ratio",
            Self::Attack => "Attack",
            Self::Release => "Release",
        }
    }

    /// The range of the parameter.
    #[must_use]
    pub const fn range(self) -> (f32, f32) {
        match self {
            Self::Threshold => (-50.0, 0.0),
            Self::Ratio => (1.5, 10.0),
            Self::Attack | Self::Release => (1.0, 1000.0),
        }
    }

    pub(super) fn text(self) -> Format {
        match self {
            Self::Threshold => text::decibels(),
            Self::Ratio => ratio(),
            Self::Attack | Self::Release => text::duration(),
        }
    }

    /// Whether a knob is this one: named so, and within the parameter's range.
    fn is(self, knob: &KnobInfo) -> bool {
        let (least, most) = self.range();
        let (low, high) = (self.in_own_unit(knob, knob.min), self.in_own_unit(knob, knob.max));
        let slack = (most - least) * 1e-4;
        knob.name.eq_ignore_ascii_case(self.name()) && low >= least - slack && high <= most + slack
    }

    /// How many of the parameter's units are one of the knob's.
    fn unit(self, knob: &KnobInfo) -> f32 {
        match self {
            Self::Attack | Self::Release if knob.unit == "s" => 1000.0,
            _ => 1.0,
        }
    }

    fn in_own_unit(self, knob: &KnobInfo, value: f32) -> f32 {
        value * self.unit(knob)
    }

    /// The parameter's value in the knob's unit, within the knob's range. Real-time safe.
    #[must_use]
    pub fn in_unit_of(self, knob: &KnobInfo, value: f32) -> f32 {
        (value / self.unit(knob)).clamp(knob.min, knob.max.max(knob.min))
    }
}

/// Which parameter drives each knob of a profile. Cheap to copy, and read on the audio thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    fixed: Option<[Fixed; 4]>,
    count: usize,
}

impl Mapping {
    /// The mapping of a model: its first four knobs are the four of a compressor, or none is.
    #[must_use]
    pub fn of(model: &ProfileModel) -> Self {
        let knobs = &model.info().knobs;
        Self { fixed: compressor(knobs), count: knobs.len().min(MAX_KNOBS) }
    }

    /// Whether it has the four knobs of a compressor.
    #[must_use]
    pub fn is_compressor(&self) -> bool {
        self.fixed.is_some()
    }

    /// The real parameter that drives knob `index`, if one does.
    #[must_use]
    pub fn fixed(&self, index: usize) -> Option<Fixed> {
        self.fixed.and_then(|fixed| fixed.get(index).copied())
    }

    /// How many knobs there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }
}

fn compressor(knobs: &[KnobInfo]) -> Option<[Fixed; 4]> {
    let first = knobs.get(..4)?;
    let mut found = [Fixed::Threshold; 4];
    for (place, knob) in found.iter_mut().zip(first) {
        *place = Fixed::ALL.into_iter().find(|fixed| fixed.is(knob))?;
    }
    Fixed::ALL.into_iter().all(|fixed| found.contains(&fixed)).then_some(found)
}

/// "4.0 : 1"; reads it with and without what follows the number.
fn ratio() -> Format {
    Format::new(
        |value| format!("{} : 1", text::rounded(value, 1)),
        |typed| {
            let number = typed.split(':').next().unwrap_or_default();
            let quantity = text::quantity(number)?;
            quantity.unit.is_empty().then_some(quantity.value)
        },
    )
}

/// A text that never reads "-0.0".
fn positive_zero(text: String) -> String {
    let is_zero = text.starts_with('-') && !text.contains(|c: char| ('1'..='9').contains(&c));
    if is_zero { text[1..].to_owned() } else { text }
}

/// The texts of *Knob `index` + 1*: the profile's own where it has such a knob, a share of the
/// travel where not.
pub(super) fn text(index: usize, names: Names) -> Format {
    let share = text::percent();
    let reading = names.clone();
    Format::new(
        move |value| match names.read().get(index) {
            Some(knob) => positive_zero(knob.text(knob.value(2.0 * value - 1.0))),
            None => (share.to_text)(value),
        },
        move |typed| match reading.read().get(index) {
            Some(knob) => {
                knob.parse(typed).map(|value| (0.5 + 0.5 * knob.normalised(value)).clamp(0.0, 1.0))
            }
            None => (share.from_text)(typed),
        },
    )
}
