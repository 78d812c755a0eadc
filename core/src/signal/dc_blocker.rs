//! Keeping offsets out of what an engine adds to a sound.

use std::f64::consts::TAU;

/// Corner of the high-pass, in Hz: below everything that is heard, and of all that turns a bass by
/// a few degrees only.
const CORNER_HZ: f64 = 5.0;
/// While nothing comes in, what is left is let go so many times as fast, so that the tail stays
/// short.
const LETTING_GO: f64 = 10.0;
/// -140 dBFS: what is left below this is let go at once.
const LEFT: f64 = 1e-7;
/// Nothing louder than this, +24 dBFS, is held on to, which bounds the tail.
const MOST: f64 = 16.0;

/// A DC blocker: a high-pass of first order at 5 Hz whose tail ends.
///
/// A gain that moves with a low note (a level match, a spectrum that changes from frame to frame)
/// makes an offset of it, as any modulator does. In double precision: at 768 kHz a step of the mean
/// is smaller than what single precision can add.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DcBlocker {
    mean: f64,
    coefficient: f64,
    let_go: f64,
}

impl DcBlocker {
    pub fn new(rate_hz: f64) -> Self {
        let coefficient = |hz: f64| 1.0 - (-TAU * hz / rate_hz).exp();
        Self {
            mean: 0.0,
            coefficient: coefficient(CORNER_HZ),
            let_go: coefficient(LETTING_GO * CORNER_HZ),
        }
    }

    /// Samples after the last one that is not zero until zeros come out, at most.
    pub fn tail_samples(rate_hz: f64) -> usize {
        ((MOST / LEFT).ln() / (TAU * LETTING_GO * CORNER_HZ) * rate_hz).ceil() as usize + 1
    }

    pub fn reset(&mut self) {
        self.mean = 0.0;
    }

    /// One sample without its offset. Zeros stay zeros. Real-time safe.
    pub fn next(&mut self, x: f32) -> f32 {
        if x == 0.0 {
            self.mean =
                if self.mean.abs() < LEFT { 0.0 } else { self.mean - self.mean * self.let_go };
            return -self.mean as f32;
        }
        let x = f64::from(x);
        self.mean = (self.mean + (x - self.mean) * self.coefficient).clamp(-MOST, MOST);
        (x - self.mean) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES_HZ: [f64; 4] = [8_000.0, 44_100.0, 192_000.0, 768_000.0];

    #[test]
    fn an_offset_goes_and_a_bass_stays() {
        for rate_hz in RATES_HZ {
            let mut blocker = DcBlocker::new(rate_hz);
            let n = rate_hz as usize;
            let tone = |i: usize| 0.3 * (TAU * 40.0 * i as f64 / rate_hz).sin();
            let out: Vec<f64> =
                (0..2 * n).map(|i| f64::from(blocker.next((tone(i) + 0.1) as f32))).collect();
            let last = &out[n..];
            let mean = last.iter().sum::<f64>() / n as f64;
            assert!(mean.abs() < 1e-5, "{rate_hz} {mean}");
            let power = last.iter().map(|x| x * x).sum::<f64>() / n as f64;
            let db = 10.0 * (power / 0.045).log10();
            assert!(db.abs() < 0.1, "{rate_hz} {db}");
        }
    }

    #[test]
    fn silence_follows_any_sound_within_the_tail_without_a_click() {
        for rate_hz in RATES_HZ {
            for size in [1e-30f32, 0.5, -4.0, f32::MAX] {
                let mut blocker = DcBlocker::new(rate_hz);
                assert_eq!(blocker.next(0.0), 0.0);
                (0..rate_hz as usize).for_each(|_| assert!(blocker.next(size).is_finite()));
                let mut before = blocker.next(0.0);
                for _ in 0..DcBlocker::tail_samples(rate_hz) {
                    let now = blocker.next(0.0);
                    assert!(
                        (now - before).abs() <= before.abs() * 0.1 + 2e-7,
                        "{rate_hz} {before} {now}"
                    );
                    before = now;
                }
                assert_eq!(before, 0.0, "{rate_hz} {size}");
            }
        }
    }
}
