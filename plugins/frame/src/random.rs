//! Chance for the Randomise buttons.

use nfx_core::signal::random::Random;

/// The suite's generator, seeded by the clock or by a number.
#[derive(Clone, Debug)]
pub struct Dice(Random);

impl Dice {
    /// Other numbers each time.
    #[must_use]
    pub fn from_clock() -> Self {
        #[allow(clippy::cast_possible_truncation)]
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(1, |since| since.as_nanos() as u64);
        Self(Random::new(now))
    }

    /// The same numbers each time.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    /// A number from 0 to 1.
    pub fn throw(&mut self) -> f32 {
        self.0.unit()
    }
}
