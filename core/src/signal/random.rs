//! The suite's one generator of random numbers: what a seed gives is the same on every machine and
//! in every release.
//!
//! It is SplitMix64 (Steele, Lea and Flood, *Fast Splittable Pseudorandom Number Generators*, 2014): one addition and two
//! multiplications a number, 64 bits of state, every seed a good one. Corpora, factory sounds, models for tests and the noise of
//! notes follow from it, so its sequences never change.

/// What the state moves by: the golden ratio's part behind the point, as an odd number of 64 bits.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
/// Spreads the numbers of parts over all 64 bits.
const PARTS: u64 = 0xd6e8_feb8_6659_fd93;

/// A stream of random numbers. Nothing allocates: all of it is real-time safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The stream of a seed.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The stream of a seed that somebody counts up: those of 1, 2 and 3 have nothing to do with
    /// one another.
    pub const fn stirred(seed: u64) -> Self {
        Self { state: Self::new(seed).bits() }
    }

    /// The stream of the `index`-th part of something that is seeded by `seed`, for example of a
    /// corpus's clip.
    pub const fn for_part(seed: u64, index: u64) -> Self {
        Self::stirred(Self::stirred(seed).bits() ^ index.wrapping_mul(PARTS))
    }

    /// The next number, uniform in all 64 bits.
    #[inline]
    pub const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform from 0 to below 1. The upper 24 bits are a float's whole mantissa.
    #[inline]
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// Uniform from -1 to below 1: white noise.
    #[inline]
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

    /// A whole number below `n`, uniform; 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { ((self.bits() >> 32) as usize * n) >> 32 }
    }

    /// A whole number from `low` to `high`, both included.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1).max(1) as usize) as i32
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    /// One of `items`.
    ///
    /// # Panics
    /// When there are none.
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

/// The number from -1 to below 1 that belongs to `seed`: the first of its stream. Real-time safe.
#[inline]
pub fn hash(seed: u64) -> f32 {
    Random::new(seed).bipolar()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_splitmix64_and_stays() {
        let mut random = Random::new(1_234_567);
        let first =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(
            [random.bits(), random.bits(), random.bits()],
            first,
            "as its authors' program gives it"
        );
        // Corpora and factory sounds follow from these two.
        assert_eq!(Random::stirred(1).bits(), 6_791_897_765_849_424_158);
        assert_eq!(Random::for_part(1, 2).bits(), 102_085_606_958_170_859);
    }

    #[test]
    fn numbers_keep_to_their_ranges_and_fill_them() {
        let mut random = Random::new(5);
        let units: Vec<f32> = (0..10_000).map(|_| random.unit()).collect();
        assert!(units.iter().all(|u| (0.0..1.0).contains(u)));
        assert!((units.iter().sum::<f32>() / 10_000.0 - 0.5).abs() < 0.02);
        let noise: Vec<f32> = (0..10_000).map(|_| random.bipolar()).collect();
        assert!(
            noise.iter().all(|x| (-1.0..1.0).contains(x))
                && noise.iter().sum::<f32>().abs() < 200.0
        );
        let mut seen = [0; 7];
        (0..7_000).for_each(|_| seen[random.below(7)] += 1);
        assert!(seen.iter().all(|n| (850..1150).contains(n)), "{seen:?}");
        assert!((0..1000).all(|_| (-2..=3).contains(&random.between(-2, 3))));
        assert!((0..1000).all(|_| (20.0..=20_000.0).contains(&random.log_range(20.0, 20_000.0))));
        assert_eq!((random.below(0), random.between(4, 4)), (0, 4));
        let mut order: Vec<usize> = (0..100).collect();
        random.shuffle(&mut order);
        assert!(order.windows(2).any(|pair| pair[0] > pair[1]));
        order.sort_unstable();
        assert!(order.into_iter().eq(0..100));
    }

    #[test]
    fn neighbouring_seeds_and_parts_are_strangers() {
        let first = |of: &dyn Fn(u64) -> Random| -> Vec<f32> {
            (0..1000).map(|i| of(i).bipolar()).collect()
        };
        for values in [
            first(&Random::stirred),
            first(&|i| Random::for_part(3, i)),
            (0..1000).map(hash).collect(),
        ] {
            let products: f32 = values.windows(2).map(|pair| pair[0] * pair[1]).sum();
            assert!(products.abs() < 60.0, "{products}");
        }
    }
}
