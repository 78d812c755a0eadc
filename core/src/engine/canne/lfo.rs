//! The low-frequency oscillators.

use super::SLIDERS;
use super::controls::within;

/// Shapes of the low-frequency oscillator; all go from -1 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LfoShape {
    /// Begins at 0, upwards.
    #[default]
    Sine,
    /// Begins at 0, upwards.
    Triangle,
    /// Begins at -1.
    SawUp,
    /// Begins at 1.
    SawDown,
    /// Begins at 1.
    Square,
    /// Another level in each period, always the same ones after a start.
    Random,
}

/// One of the two low-frequency oscillators.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lfo {
    /// Frequency, 0 to 40 Hz.
    pub hz: f32,
    /// Its shape.
    pub shape: LfoShape,
    /// How far it moves each slider, -1 to 1; the oscillator goes from -1 to 1.
    pub to: [f32; SLIDERS],
    /// Each note starts the oscillator anew; otherwise all voices share one.
    pub retrigger: bool,
}

impl Default for Lfo {
    fn default() -> Self {
        Self { hz: 2.0, shape: LfoShape::Sine, to: [0.0; SLIDERS], retrigger: false }
    }
}

impl Lfo {
    /// The same with every number finite and in its range. Real-time safe.
    pub(super) fn sane(&self) -> Self {
        Self {
            hz: within(self.hz, 0.0, 40.0, Self::default().hz),
            to: self.to.map(|amount| within(amount, -1.0, 1.0, 0.0)),
            ..*self
        }
    }
}

impl LfoShape {
    /// Every shape, in the order in which a menu shows them.
    pub const ALL: [LfoShape; 6] = [
        LfoShape::Sine,
        LfoShape::Triangle,
        LfoShape::SawUp,
        LfoShape::SawDown,
        LfoShape::Square,
        LfoShape::Random,
    ];

    /// The value at `phase`, in periods since the start. Real-time safe.
    pub fn at(self, phase: f64) -> f32 {
        let place = phase.rem_euclid(1.0) as f32;
        match self {
            LfoShape::Sine => (std::f32::consts::TAU * place).sin(),
            LfoShape::Triangle => 1.0 - 4.0 * ((place + 0.25).fract() - 0.5).abs(),
            LfoShape::SawUp => 2.0 * place - 1.0,
            LfoShape::SawDown => 1.0 - 2.0 * place,
            LfoShape::Square => {
                if place < 0.5 {
                    1.0
                } else {
                    -1.0
                }
            }
            LfoShape::Random => super::random::hash(phase.max(0.0) as u64 ^ 0x10f0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_stays_within_one_and_begins_where_it_says() {
        for shape in LfoShape::ALL {
            let values: Vec<f32> = (0..4000).map(|i| shape.at(f64::from(i) * 0.013)).collect();
            let (low, high) =
                values.iter().fold((2.0f32, -2.0f32), |(l, h), &v| (l.min(v), h.max(v)));
            assert!(
                (-1.0..-0.9).contains(&low) && (0.9..=1.0).contains(&high),
                "{shape:?} {low} {high}"
            );
        }
        let starts = LfoShape::ALL.map(|shape| shape.at(0.0));
        assert_eq!(starts[..5], [0.0, 0.0, -1.0, 1.0, 1.0]);
        assert!(LfoShape::Triangle.at(0.1) > 0.0 && LfoShape::Triangle.at(0.25) > 0.99);
    }
}
