//! Against models that run away: a recurrent model may be unstable, and ears are not to pay for it.

/// Louder than this, +30 dBFS, no effect is.
const ABSURD: f32 = 32.0;
/// Beyond this, 120 dB above full scale, nothing that follows is worth waiting for.
const HOPELESS: f32 = 1e6;
/// A model that stays absurdly loud for this long is started anew.
const PATIENCE_S: f64 = 0.1;
/// How fast the level that counts as loud falls after a peak.
const RELEASE_S: f64 = 0.02;
/// What is heard in place of NaN or infinity falls by this factor with each sample.
const FALL: f32 = 0.97;

/// Watches one voice's output. What it finds bad is replaced at once, and the model started anew at
/// the chunk's end.
///
/// NaN, or anything beyond 120 dBFS, trips it immediately; staying above +30 dBFS, after a tenth of
/// a second.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    /// Tripped in this chunk: what the model says until its end is not heard.
    tripped: bool,
    /// The model is lost, but what it says is harmless.
    lost: bool,
    last: [f32; 2],
    level: f32,
    release: f32,
    loud: u32,
    patience: u32,
}

impl Guard {
    pub fn new(rate_hz: f64) -> Self {
        Self {
            tripped: false,
            lost: false,
            last: [0.0; 2],
            level: 0.0,
            release: (-1.0 / (RELEASE_S * rate_hz)).exp() as f32,
            loud: 0,
            patience: (PATIENCE_S * rate_hz) as u32,
        }
    }

    pub fn reset(&mut self) {
        self.tripped = false;
        self.lost = false;
        self.last = [0.0; 2];
        self.level = 0.0;
        self.loud = 0;
    }

    /// The model has given out NaN or infinity, heard as silence: it is to be started anew, too.
    pub fn give_up(&mut self) {
        self.lost = true;
    }

    /// Whether the model is to be started anew. Asked between chunks; the answer is given once.
    pub fn take_verdict(&mut self) -> bool {
        let tripped = self.tripped || self.lost;
        if tripped {
            let last = self.last;
            self.reset();
            self.last = last;
        }
        tripped
    }

    /// Looks at a piece of a chunk, `[channel][sample]`, and replaces what must not be heard.
    /// Real-time safe.
    pub fn watch(&mut self, channels: &mut [&mut [f32]]) {
        let samples = channels.iter().map(|c| c.len()).min().unwrap_or(0);
        for i in 0..samples {
            let mut largest = 0.0f32;
            for channel in channels.iter() {
                let size = channel[i].abs();
                if size.is_nan() || size > HOPELESS {
                    self.tripped = true;
                }
                largest = largest.max(size);
            }
            if self.tripped {
                for (channel, last) in channels.iter_mut().zip(&mut self.last) {
                    *last *= FALL;
                    channel[i] = *last;
                }
                continue;
            }
            self.level = largest.max(self.level * self.release);
            self.loud = if self.level > ABSURD { self.loud + 1 } else { 0 };
            for (channel, last) in channels.iter().zip(&mut self.last) {
                *last = channel[i];
            }
            self.tripped = self.loud > self.patience;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_numbers_trip_at_once_and_what_is_heard_falls() {
        let mut guard = Guard::new(48_000.0);
        let mut x = [0.5, 0.4, f32::NAN, 0.3, 0.3];
        guard.watch(&mut [&mut x]);
        assert_eq!(x[..2], [0.5, 0.4]);
        assert!(x[2..].iter().zip(&x[1..]).all(|(b, a)| b.abs() < a.abs()));
        assert!(guard.take_verdict() && !guard.take_verdict());
        guard.give_up();
        assert!(guard.take_verdict() && !guard.take_verdict());
    }

    #[test]
    fn only_lasting_loudness_trips() {
        let mut guard = Guard::new(48_000.0);
        let mut burst = vec![100.0; 2000];
        guard.watch(&mut [&mut burst]);
        assert!(!guard.take_verdict());
        let mut lasting = vec![100.0; 4000];
        guard.watch(&mut [&mut lasting]);
        assert!(guard.take_verdict());
    }
}
