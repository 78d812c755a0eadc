//! Random phases that come out the same for the same seed.

use std::f32::consts::PI;

/// A stream of random phases that can begin anew.
#[derive(Clone, Debug)]
pub(super) struct Random {
    start: crate::signal::random::Random,
    stream: crate::signal::random::Random,
}

impl Random {
    /// A generator at the start of its sequence.
    pub(super) fn new(seed: u64) -> Self {
        let start = crate::signal::random::Random::new(seed);
        Self { stream: start.clone(), start }
    }

    /// Back to the start of the sequence. Real-time safe.
    pub(super) fn reset(&mut self) {
        self.stream = self.start.clone();
    }

    /// A phase from -pi to pi. Real-time safe.
    #[inline]
    pub(super) fn phase(&mut self) -> f32 {
        self.stream.bipolar() * PI
    }
}
