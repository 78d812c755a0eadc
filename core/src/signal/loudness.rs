//! Bringing a mix to the loudness of the dry sound, and keeping its peaks near the dry sound's.

use std::f64::consts::PI;

use super::MAX_CHANNELS;

/// Time constant of the loudness: short, so that a knob that is turned up is followed before it is
/// loud.
const LOUDNESS_S: f64 = 0.1;
/// The level is moved by at most this much, linear: 36 dB.
const MOST_MATCH: f32 = 63.0;
/// Mean square of a sound so quiet (-80 dB) that the match fades to none: pauses are not raised.
const QUIET: f32 = 1e-8;
/// Peaks may be so many times the dry sound's: 3 dB, less what the meters of two programs may
/// differ by.
const PEAK: f32 = 1.4;
/// Time constants: how fast the dry sound's peak is forgotten, and how fast the gain comes back
/// after a peak.
const FORGET_S: f64 = 0.4;
const RECOVER_S: f64 = 0.25;

/// The weighting of ITU-R BS.1770-4, annex 1, for one channel: second-order sections in series, in
/// double precision (transposed direct form II).
#[derive(Clone, Copy, Debug)]
pub struct KWeighting {
    sections: [[f64; 5]; 2],
    state: [[f64; 2]; 2],
}

impl KWeighting {
    /// The weighting at a rate in Hz, before its first sample: a shelf of +4 dB above 1.7 kHz and
    /// a high-pass at 38 Hz, as the analogue prototypes from which the recommendation's
    /// coefficients at 48 kHz come.
    pub fn new(rate_hz: f64) -> Self {
        // A prototype near or beyond the Nyquist frequency has no digital form.
        let k = |hz: f64| (PI * (hz / rate_hz).min(0.49)).tan();
        let (shelf, gain, q) = (
            k(1_681.974_450_955_533),
            10f64.powf(3.999_843_853_973_347 / 20.0),
            0.707_175_236_955_42,
        );
        let middle = gain.powf(0.499_666_774_154_541_6);
        let a0 = 1.0 + shelf / q + shelf * shelf;
        let b0 = (gain + middle * shelf / q + shelf * shelf) / a0;
        let b1 = 2.0 * (shelf * shelf - gain) / a0;
        let b2 = (gain - middle * shelf / q + shelf * shelf) / a0;
        let first =
            [b0, b1, b2, 2.0 * (shelf * shelf - 1.0) / a0, (1.0 - shelf / q + shelf * shelf) / a0];
        let (high, q) = (k(38.135_470_876_024_44), 0.500_327_037_323_877_3);
        let a0 = 1.0 + high / q + high * high;
        let second =
            [1.0, -2.0, 1.0, 2.0 * (high * high - 1.0) / a0, (1.0 - high / q + high * high) / a0];
        Self { sections: [first, second], state: [[0.0; 2]; 2] }
    }

    /// The next sample, weighted. Real-time safe.
    pub fn next(&mut self, x: f32) -> f32 {
        let mut x = f64::from(x);
        for ([b0, b1, b2, a1, a2], [s1, s2]) in self.sections.iter().zip(&mut self.state) {
            let y = b0 * x + *s1;
            *s1 = b1 * x - a1 * y + *s2;
            *s2 = b2 * x - a2 * y;
            x = y;
        }
        x as f32
    }
}

/// Brings a mix to the loudness of the dry sound: the running form of the thesis's equation 3.4,
/// weighted as loudness is.
///
/// Equation 3.4 divides the mix by its norm over the whole file; here the K-weighted mean squares
/// run over the last tenth of a second and the dry sound's level is put back. A peak of the mix
/// that is still more than 3 dB above the dry sound's latest is turned down at once.
#[derive(Clone, Debug)]
pub(crate) struct LevelMatch {
    dry: [KWeighting; MAX_CHANNELS],
    mix: [KWeighting; MAX_CHANNELS],
    means: (f32, f32),
    coefficient: f32,
    /// The dry sound's peak, and the gain that holds the mix's near it.
    roof: f32,
    hold: f32,
    forget: f32,
    recover: f32,
    even: f32,
    /// Samples of silence so far.
    silent: u32,
    /// As many of them after which the filters have forgotten everything.
    patience: u32,
}

impl LevelMatch {
    pub fn new(rate_hz: f64) -> Self {
        let weighting = [KWeighting::new(rate_hz); MAX_CHANNELS];
        let coefficient = |seconds: f64| (1.0 - (-1.0 / (seconds * rate_hz)).exp()) as f32;
        Self {
            dry: weighting,
            mix: weighting,
            means: (0.0, 0.0),
            coefficient: coefficient(LOUDNESS_S),
            roof: 0.0,
            hold: 1.0,
            forget: 1.0 - coefficient(FORGET_S),
            recover: coefficient(RECOVER_S),
            even: 1.0,
            silent: 0,
            patience: rate_hz as u32,
        }
    }

    pub fn reset(&mut self) {
        self.dry.iter_mut().chain(&mut self.mix).for_each(|k| k.state = [[0.0; 2]; 2]);
        self.means = (0.0, 0.0);
        (self.roof, self.hold, self.even, self.silent) = (0.0, 1.0, 1.0, 0);
    }

    /// The gain for one sample of the mix, whose channels are `mix`, beside the dry sound's `dry`.
    /// While `held` nothing new is learned: the dry sound says nothing of a frame that is held.
    /// Real-time safe.
    pub fn gain(&mut self, dry: &[f32], mix: &[f32], held: bool) -> f32 {
        let largest = |sound: &[f32]| sound.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        let (dry_peak, mix_peak) = (largest(dry), largest(mix));
        if dry_peak == 0.0 && mix_peak == 0.0 {
            self.silent = self.silent.saturating_add(1);
            if self.silent >= self.patience {
                if self.silent == self.patience && !held {
                    self.reset();
                    self.silent = self.patience;
                }
                return self.even * self.hold;
            }
        } else {
            self.silent = 0;
        }
        if !held {
            self.follow(dry, mix);
            self.roof = dry_peak.max(self.roof * self.forget);
        }
        let loud = mix_peak * self.even;
        let most = PEAK * self.roof;
        self.hold += (1.0 - self.hold) * self.recover;
        // Of a frame that was held from the beginning there is no dry sound.
        if loud * self.hold > most && !(held && self.roof == 0.0) {
            self.hold = most / loud;
        }
        self.even * self.hold
    }

    fn follow(&mut self, dry: &[f32], mix: &[f32]) {
        let square = |weighting: &mut [KWeighting], sound: &[f32], gain: f32| {
            let sum: f32 =
                weighting.iter_mut().zip(sound).map(|(k, x)| k.next(gain * x).powi(2)).sum();
            sum / sound.len().max(1) as f32
        };
        let follow = |mean: f32, square: f32, coefficient: f32| {
            let next = mean + (square - mean) * coefficient;
            if next < 1e-20 { 0.0 } else { next }
        };
        self.means.0 = follow(self.means.0, square(&mut self.dry, dry, 1.0), self.coefficient);
        self.means.1 =
            follow(self.means.1, square(&mut self.mix, mix, self.hold), self.coefficient);
        self.even = ((self.means.0 + QUIET) / (self.means.1 + QUIET))
            .sqrt()
            .clamp(1.0 / MOST_MATCH, MOST_MATCH);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weighting's gain for a tone, in dB.
    fn weight_db(rate_hz: f64, hz: f64) -> f64 {
        let mut k = KWeighting::new(rate_hz);
        let n = rate_hz as usize;
        let tone = |i: usize| (std::f64::consts::TAU * hz * i as f64 / rate_hz).sin() as f32;
        let square = |x: f32| f64::from(x).powi(2);
        let out: f64 = (0..n).map(|i| square(k.next(tone(i)))).skip(n / 2).sum();
        let dry: f64 = (n / 2..n).map(|i| square(tone(i))).sum();
        10.0 * (out / dry).log10()
    }

    #[test]
    fn the_weighting_is_that_of_the_recommendation_at_every_rate() {
        // ITU-R BS.1770-4: a full-scale sine of 997 Hz reads -3.01 LKFS where the formula subtracts 0.691, so its weight is 0.691 dB.
        for rate_hz in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
            for (hz, db) in [(997.0, 0.691), (25.0, -10.4), (100.0, -1.1), (10_000.0, 4.0)] {
                assert!(
                    (weight_db(rate_hz, hz) - db).abs() < 0.2,
                    "{rate_hz} {hz}: {}",
                    weight_db(rate_hz, hz)
                );
            }
        }
        for rate_hz in [1_000.0, 8_000.0] {
            assert!(weight_db(rate_hz, 300.0).abs() < 6.0);
        }
    }

    #[test]
    fn a_mix_comes_to_the_level_of_the_dry_sound_and_its_peaks_stay_near() {
        let rate_hz = 48_000.0;
        for loudness in [0.03f32, 0.3, 40.0] {
            let mut level = LevelMatch::new(rate_hz);
            let mut worst = 0.0f32;
            let mut squares = (0.0f64, 0.0f64);
            for i in 0..96_000 {
                let dry = 0.2 * (i as f32 * 0.05).sin();
                // The same in bursts, each beginning with a peak.
                let mix = loudness * dry * if i % 12_000 < 200 { 8.0 } else { 1.0 };
                let out = mix * level.gain(&[dry], &[mix], false);
                if i > 48_000 {
                    worst = worst.max(out.abs());
                    squares =
                        (squares.0 + f64::from(dry).powi(2), squares.1 + f64::from(out).powi(2));
                }
            }
            assert!(worst <= 0.2 * 1.4126, "{loudness}: {worst}");
            let db = 10.0 * (squares.1 / squares.0).log10();
            assert!(db.abs() < 2.0, "{loudness}: {db}");
        }
    }

    #[test]
    fn a_held_sound_keeps_its_level_while_the_dry_sound_is_gone_and_silence_is_forgotten() {
        let mut level = LevelMatch::new(8_000.0);
        let tone = |i: usize| 0.3 * (i as f32 * 0.3).sin();
        (0..16_000).for_each(|i| assert!(level.gain(&[tone(i)], &[2.0 * tone(i)], false) > 0.0));
        let before = level.even;
        assert!((before - 0.5).abs() < 0.01);
        (0..16_000)
            .for_each(|i| assert_eq!(level.gain(&[0.0], &[tone(i)], true), before * level.hold));
        assert!(level.hold > 0.99);
        // Held from the beginning: there is nothing to match.
        let mut bounced = LevelMatch::new(8_000.0);
        (0..8_000).for_each(|i| assert_eq!(bounced.gain(&[0.0], &[tone(i)], true), 1.0));
        (0..9_000).for_each(|_| assert!(level.gain(&[0.0, 0.0], &[0.0, 0.0], false) > 0.0));
        assert_eq!(level.means, (0.0, 0.0));
        assert_eq!(level.dry[0].state, [[0.0; 2]; 2]);
    }
}
