//! One setting of the knobs, as the recursion uses it: four rates, the curve's hinges, a gain.

use super::math::{DB_PER_NEPER, exp, ln};

/// The most hinges that a curve may have.
pub const MAX_HINGES: usize = 8;
/// Numbers of a setting beside its hinges: four times and the gain at rest.
pub const PLAIN: usize = 5;
/// Numbers of a hinge: place, slope, width.
pub const PER_HINGE: usize = 3;
/// The least level that the detector knows, as a factor: -100 dB. Silence is at this level, too.
pub const FLOOR: f32 = 1.0e-5;

/// The most gain or reduction that is ever applied, dB: a ceiling for a model that learned
/// nonsense.
pub const MOST_DB: f32 = 120.0;

/// Which number of a raw setting is which; [`Setting::from_raw`] says how each is used.
pub mod raw {
    /// Time of the memory before the curve while the level rises.
    pub const RISE: usize = 0;
    /// The same while the level falls.
    pub const FALL: usize = 1;
    /// Time of the memory after the curve while the gain goes down.
    pub const DOWN: usize = 2;
    /// The same while the gain goes up.
    pub const UP: usize = 3;
    /// The gain at rest.
    pub const BIAS: usize = 4;
    /// How far a raw time of 1 moves the logarithm of a time.
    pub const TIME_SCALE: f32 = 3.0;
    /// Decibels that a raw place or gain of 1 stands for.
    pub const PLACE_SCALE_DB: f32 = 30.0;
    /// Decibels of gain at rest for a raw 1.
    pub const BIAS_SCALE_DB: f32 = 6.0;
    /// The width of a hinge whose raw width is 0, in decibels.
    pub const WIDTH_DB: f32 = 6.0;
    /// The place of a hinge whose raw place is 0, in decibels.
    pub const PLACE_DB: f32 = -30.0;
}

/// A bend in the curve of gain over level: below `place_db` nothing, above it `slope` decibels for
/// each decibel, rounded over about `width_db`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hinge {
    /// Where it bends, dB.
    pub place_db: f32,
    /// What it adds to the slope, dB per dB.
    pub slope: f32,
    /// How wide the bend is, dB, above 0.
    pub width_db: f32,
}

/// Everything that the recursion needs at one setting of the knobs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Shares of the way that one sample goes: level up, level down, gain down, gain up; each above
    /// 0 and at most 1.
    pub rates: [f32; 4],
    /// The gain without any level, dB.
    pub bias_db: f32,
    /// The bends; those from [`Setting::count`] on are not used.
    pub hinges: [Hinge; MAX_HINGES],
    /// How many bends there are.
    pub count: usize,
}

impl Setting {
    /// From the numbers that the network of the knobs gives: [`PLAIN`] and then [`PER_HINGE`] for
    /// each hinge (place, slope, width). Missing numbers count as 0. Real-time safe.
    pub fn from_raw(values: &[f32]) -> Setting {
        let at = |i: usize| values.get(i).copied().unwrap_or(0.0);
        let count = (values.len().saturating_sub(PLAIN) / PER_HINGE).min(MAX_HINGES);
        let mut hinges = [Hinge::default(); MAX_HINGES];
        for (j, hinge) in hinges.iter_mut().enumerate().take(count) {
            let first = PLAIN + PER_HINGE * j;
            hinge.place_db = raw::PLACE_DB + raw::PLACE_SCALE_DB * at(first);
            hinge.slope = at(first + 1);
            hinge.width_db = raw::WIDTH_DB * exp(at(first + 2).clamp(-8.0, 3.0));
        }
        let rate = |i: usize| 1.0 / (1.0 + exp((raw::TIME_SCALE * at(i)).clamp(-20.0, 20.0)));
        Setting {
            rates: [rate(raw::RISE), rate(raw::FALL), rate(raw::DOWN), rate(raw::UP)],
            bias_db: raw::BIAS_SCALE_DB * at(raw::BIAS),
            hinges,
            count,
        }
    }

    /// The gain in dB that a steady level in dB leads to. Real-time safe.
    #[inline(always)]
    pub fn curve(&self, level_db: f32) -> f32 {
        let mut gain = self.bias_db;
        for hinge in self.hinges.iter().take(self.count) {
            gain += hinge.slope * bend(level_db - hinge.place_db, hinge.width_db);
        }
        gain
    }

    /// The way from one setting to another, `share` of it (0 to 1). Real-time safe.
    #[inline]
    pub fn towards(&self, other: &Setting, share: f32) -> Setting {
        let mix = |a: f32, b: f32| a + share * (b - a);
        let mut out = *self;
        for (a, b) in out.rates.iter_mut().zip(other.rates) {
            *a = mix(*a, b);
        }
        out.bias_db = mix(self.bias_db, other.bias_db);
        for (a, b) in out.hinges.iter_mut().zip(&other.hinges).take(self.count) {
            *a = Hinge {
                place_db: mix(a.place_db, b.place_db),
                slope: mix(a.slope, b.slope),
                width_db: mix(a.width_db, b.width_db),
            };
        }
        out
    }
}

/// `max(u, 0)`, rounded over `width`: `(u + √(u² + w²)) / 2`. Real-time safe.
#[inline(always)]
pub fn bend(u: f32, width: f32) -> f32 {
    0.5 * (u + (u * u + width * width).sqrt())
}

/// The measure of a sample that the memory before the curve keeps: `max(|x|, floor)^exponent`.
/// Real-time safe.
#[inline(always)]
pub fn measure(x: f32, exponent: f32) -> f32 {
    exp(exponent * ln(x.abs().clamp(FLOOR, 1.0e6)))
}

/// The level in dB of a measure. Real-time safe.
#[inline(always)]
pub fn level_db(measure: f32, exponent: f32) -> f32 {
    DB_PER_NEPER / exponent * ln(measure.max(1.0e-30))
}
