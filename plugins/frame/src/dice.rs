//! Chance for the Randomise buttons.

/// A small generator (splitmix64, Steele et al. 2014): chance need not be good here.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Other numbers each time.
    #[must_use]
    pub fn from_clock() -> Self {
        #[allow(clippy::cast_possible_truncation)]
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(1, |since| since.as_nanos() as u64);
        Self(now)
    }

    /// The same numbers each time.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to 1.
    pub fn throw(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
    }
}
