//! Random phases that come out the same for the same seed.

use std::f32::consts::PI;

/// A small generator of random phases (SplitMix64): no allocation, no state outside.
#[derive(Clone, Debug)]
pub(super) struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    /// A generator at the start of its sequence.
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    /// Back to the start of the sequence. Real-time safe.
    pub(super) fn reset(&mut self) {
        self.state = self.seed;
    }

    /// A phase from -pi to pi. Real-time safe.
    #[inline]
    pub(super) fn phase(&mut self) -> f32 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        // 24 bits are what a f32 between 1 and 2 can tell apart.
        ((z >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * PI
    }
}
