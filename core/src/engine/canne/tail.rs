//! Where voices that are cut short fade out.

use super::timing::Timing;

/// What remains of stolen voices: their samples already made, the last hop of which fades out by
/// itself.
#[derive(Debug)]
pub(super) struct Tail {
    /// `[left, right][2 hops]`
    ring: [Vec<f32>; 2],
    at: usize,
    /// Samples until all is silent.
    left: usize,
}

impl Tail {
    pub fn new(timing: &Timing) -> Self {
        let ring = || vec![0.0; 2 * timing.hop];
        Self { ring: [ring(), ring()], at: 0, left: 0 }
    }

    pub fn clear(&mut self) {
        self.ring.iter_mut().for_each(|r| r.fill(0.0));
        (self.at, self.left) = (0, 0);
    }

    /// Adds the rest of a voice, `[left, right]`, each with its gain. Real-time safe.
    pub fn add(&mut self, rest: [&[f32]; 2], gains: [f32; 2]) {
        let size = self.ring[0].len();
        self.left = self.left.max(rest[0].len());
        for ((ring, rest), gain) in self.ring.iter_mut().zip(rest).zip(gains) {
            let (head, tail) = ring.split_at_mut(self.at);
            for (to, from) in tail.iter_mut().chain(head).zip(&rest[..rest.len().min(size)]) {
                *to += from * gain;
            }
        }
    }

    /// Adds the next samples to `out`, `[left, right]`. Real-time safe.
    pub fn play(&mut self, out: [&mut [f32]; 2]) {
        if self.left == 0 {
            return;
        }
        let (size, count) = (self.ring[0].len(), out[0].len());
        for (ring, out) in self.ring.iter_mut().zip(out) {
            let (head, tail) = ring.split_at_mut(self.at);
            for (from, to) in tail.iter_mut().chain(head).zip(out) {
                *to += *from;
                *from = 0.0;
            }
        }
        self.at = (self.at + count) % size;
        self.left = self.left.saturating_sub(count);
    }
}
