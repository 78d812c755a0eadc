//! When a control is read, whatever the host's blocks and rate.

/// Remembers the controls at each hop boundary of the model-rate input, so that a frame can be
/// played with the values that held at its centre sample, half a window before it is complete,
/// whatever the host's blocks and rate.
#[derive(Debug)]
pub(super) struct Timeline<T> {
    ring: Vec<T>,
    taken: u64,
    host_position: u64,
    /// So many host samples last as long as so many of the model's.
    ratio: (u64, u64),
    hop: u64,
    /// Hops from a frame's centre to its end.
    half_window: u64,
}

impl<T: Copy> Timeline<T> {
    /// `frame` is (half the window, hop) in model samples; `ratio` is (host, model) samples of the
    /// same duration; `ahead` is by how many model samples the host may be ahead of the model;
    /// `neutral` stands in the ring until something is noted. Allocates.
    pub fn new(frame: (usize, usize), ratio: (usize, usize), ahead: usize, neutral: T) -> Self {
        let half_window = frame.0 / frame.1;
        let in_flight = ahead.div_ceil(frame.1);
        Self {
            ring: vec![neutral; half_window + in_flight + 4],
            taken: 0,
            host_position: 0,
            ratio: (ratio.0 as u64, ratio.1 as u64),
            hop: frame.1 as u64,
            half_window: half_window as u64,
        }
    }

    pub fn reset(&mut self) {
        self.taken = 0;
        self.host_position = 0;
    }

    /// The host sample at which the next boundary is passed.
    fn next_at(&self) -> u64 {
        self.taken * self.hop * self.ratio.0 / self.ratio.1
    }

    /// Notes the controls at every boundary that is due, and says how many host samples may pass
    /// until the next.
    pub fn due(&mut self, now: impl Fn() -> T) -> usize {
        while self.next_at() <= self.host_position {
            let at = (self.taken % self.ring.len() as u64) as usize;
            self.ring[at] = now();
            self.taken += 1;
        }
        (self.next_at() - self.host_position) as usize
    }

    pub fn advance(&mut self, host_samples: usize) {
        self.host_position += host_samples as u64;
    }

    /// What frame `index` is played with: frame `k` ends at hop boundary `k + 1`.
    pub fn at_frame(&self, index: u64) -> &T {
        self.at_boundary((index + 1).saturating_sub(self.half_window))
    }

    /// What was noted at hop boundary `index`, or at the last one before it.
    pub fn at_boundary(&self, index: u64) -> &T {
        let boundary = index.min(self.taken.saturating_sub(1));
        &self.ring[(boundary % self.ring.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Host sample `t` is given the value `t`, and the model's input is `ahead` of its samples
    /// late: the frame then tells when its controls were read.
    fn read_at(
        frame: (usize, usize),
        ratio: (usize, usize),
        ahead: usize,
        frames: u64,
    ) -> Vec<u64> {
        let mut t = Timeline::new(frame, ratio, ahead, 0);
        let mut seen = Vec::new();
        let (mut host, mut frame_index) = (0u64, 0u64);
        while frame_index < frames {
            t.due(|| host);
            t.advance(1);
            host += 1;
            let model = (host * ratio.1 as u64 / ratio.0 as u64).saturating_sub(ahead as u64);
            while (frame_index + 1) * frame.1 as u64 <= model {
                seen.push(*t.at_frame(frame_index));
                frame_index += 1;
            }
        }
        seen
    }

    #[test]
    fn a_frame_is_played_with_the_controls_at_its_centre_sample() {
        for (fft, hop) in [(1024, 512), (256, 32), (512, 128)] {
            for (k, at) in read_at((fft / 2, hop), (1, 1), 0, 30).into_iter().enumerate() {
                let centre = ((k as i64 + 1) * hop as i64 - fft as i64 / 2).max(0);
                assert_eq!(at, centre as u64, "{fft}/{hop} frame {k}");
            }
        }
    }

    #[test]
    fn under_another_host_rate_the_centre_is_found_in_host_samples() {
        for ((host, model), ahead) in [((160, 147), 34), ((1, 6), 300), ((35, 1), 64)] {
            for (k, at) in read_at((512, 256), (host, model), ahead, 40).into_iter().enumerate() {
                let centre = ((k as i64 + 1) * 256 - 512) * host as i64 / model as i64;
                assert_eq!(at, centre.max(0) as u64, "{host}:{model}, frame {k}");
            }
        }
    }
}
