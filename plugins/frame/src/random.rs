//! Random numbers for the Randomise buttons.

use nfx_core::signal::random::Random;

/// A generator with other numbers each time: the clock is its seed.
#[must_use]
pub fn from_clock() -> Random {
    #[allow(clippy::cast_possible_truncation)]
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(1, |since| since.as_nanos() as u64);
    Random::new(now)
}
