//! A small generator of our own, so that a seed gives the same music whatever happens to other crates.

/// SplitMix64 (Steele, Lea and Flood, 2014): one addition and two multiplications, every seed is a good seed.
#[derive(Clone, Debug)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// A generator that follows from `seed` alone.
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng { state: seed };
        // Seeds 1, 2, 3 lie close together; one step apart from the raw seed keeps their first draws unrelated.
        rng.state = rng.next_u64();
        rng
    }

    /// A generator for the `index`-th part of something seeded by `seed`.
    pub fn for_part(seed: u64, index: u64) -> Self {
        let mut first = Rng::new(seed);
        let a = first.next_u64();
        Rng::new(a ^ index.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in `0.0..1.0`.
    pub fn unit(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 * (1.0 / (1u64 << 24) as f32)
    }

    /// Uniform in `-1.0..1.0`: white noise.
    pub fn bipolar(&mut self) -> f32 {
        2.0 * self.unit() - 1.0
    }

    /// Uniform between `low` and `high`.
    pub fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Between `low` and `high`, uniform in the logarithm; both must be positive.
    pub fn log_range(&mut self, low: f32, high: f32) -> f32 {
        low * (high / low).powf(self.unit())
    }

    /// Uniform whole number in `0..n`; 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { ((self.next_u64() >> 32) as usize * n) >> 32 }
    }

    /// Whole number from `low` to `high`, both included.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1).max(1) as usize) as i32
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    /// One of `items`, which must not be empty.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// Puts `items` into random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}
