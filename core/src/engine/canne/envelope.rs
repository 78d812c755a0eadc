//! The envelopes.

use super::controls::Adsr;

/// How far the release has fallen when it is cut to zero: e^-7, -61 dB; what remains is taken off
/// along the whole way.
const RELEASE_DEPTH: f64 = 7.0;

/// An [`Adsr`] in steps of one clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct EnvelopeRates {
    attack: f64,
    decay: f64,
    sustain: f64,
    release: f64,
}

impl EnvelopeRates {
    /// For a clock of `rate_hz`.
    pub fn new(adsr: &Adsr, rate_hz: f64) -> Self {
        let steps = |ms: f32| (f64::from(ms) * 1e-3 * rate_hz).max(1.0);
        Self {
            attack: 1.0 / steps(adsr.attack_ms),
            decay: 1.0 - (0.01f64.ln() / steps(adsr.decay_ms)).exp(),
            sustain: f64::from(adsr.sustain),
            release: (-RELEASE_DEPTH / steps(adsr.release_ms)).exp(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Idle,
    Attack,
    /// Decay and sustain.
    Hold,
    Release,
}

/// One envelope: a rise with neither corner at its ends, an exponential to the sustain level, and
/// an exponential that reaches zero exactly. Changed times act at once without a jump.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope {
    stage: Stage,
    /// In double precision, so that the last steps of a slow decay are not lost in rounding.
    level: f64,
    /// Level at which the stage began.
    from: f64,
    /// Way through the attack, 0 to 1.
    way: f64,
    /// The release's exponential, from 1 to e^-RELEASE_DEPTH.
    fall: f64,
}

impl Envelope {
    pub const IDLE: Self = Self { stage: Stage::Idle, level: 0.0, from: 0.0, way: 0.0, fall: 0.0 };

    /// The key goes down: rises from where it is.
    pub fn press(&mut self) {
        *self = Self { stage: Stage::Attack, from: self.level, way: 0.0, ..*self };
    }

    /// The key comes up.
    pub fn release(&mut self) {
        if self.stage != Stage::Idle && self.stage != Stage::Release {
            *self = Self { stage: Stage::Release, from: self.level, fall: 1.0, ..*self };
        }
    }

    pub fn is_idle(&self) -> bool {
        self.stage == Stage::Idle
    }

    pub fn level(&self) -> f32 {
        self.level as f32
    }

    /// One step of the clock, and the level after it.
    #[inline]
    pub fn step(&mut self, rates: &EnvelopeRates) -> f32 {
        match self.stage {
            Stage::Idle => self.level = 0.0,
            Stage::Attack => {
                self.way += rates.attack;
                if self.way >= 1.0 {
                    (self.stage, self.level) = (Stage::Hold, 1.0);
                } else {
                    let x = self.way;
                    self.level = self.from + (1.0 - self.from) * x * x * (3.0 - 2.0 * x);
                }
            }
            Stage::Hold => {
                let away = rates.sustain - self.level;
                self.level =
                    if away.abs() < 1e-6 { rates.sustain } else { self.level + away * rates.decay };
            }
            Stage::Release => {
                self.fall *= rates.release;
                let end = (-RELEASE_DEPTH).exp();
                if self.fall <= end {
                    (self.stage, self.level) = (Stage::Idle, 0.0);
                } else {
                    self.level = self.from * (self.fall - end) / (1.0 - end);
                }
            }
        }
        self.level as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(envelope: &mut Envelope, rates: &EnvelopeRates, steps: usize) -> Vec<f32> {
        (0..steps).map(|_| envelope.step(rates)).collect()
    }

    #[test]
    fn times_and_levels_are_what_the_adsr_says() {
        let adsr = Adsr { attack_ms: 10.0, decay_ms: 50.0, sustain: 0.4, release_ms: 20.0 };
        let rates = EnvelopeRates::new(&adsr, 48_000.0);
        let mut envelope = Envelope::IDLE;
        envelope.press();
        let rise = run(&mut envelope, &rates, 480);
        assert!(
            rise.windows(2).all(|w| w[1] >= w[0])
                && rise[479] > 0.999
                && rise[240] > 0.49
                && rise[240] < 0.51
        );
        let decay = run(&mut envelope, &rates, 2401);
        assert!((decay[2400] - 0.4).abs() < 0.0062, "{}", decay[2400]);
        let hold = run(&mut envelope, &rates, 48_000);
        assert_eq!(hold[47_999], 0.4);
        envelope.release();
        let fall = run(&mut envelope, &rates, 962);
        assert!(
            fall.windows(2).all(|w| w[1] <= w[0])
                && fall[900] > 0.0
                && fall[961] == 0.0
                && envelope.is_idle()
        );
    }

    #[test]
    fn pressing_and_releasing_on_the_way_does_not_jump() {
        let adsr = Adsr { attack_ms: 20.0, decay_ms: 100.0, sustain: 0.5, release_ms: 30.0 };
        let rates = EnvelopeRates::new(&adsr, 44_100.0);
        let mut envelope = Envelope::IDLE;
        let mut levels = vec![0.0];
        for round in 0..40 {
            envelope.press();
            levels.extend(run(&mut envelope, &rates, 97 * round % 1500));
            envelope.release();
            levels.extend(run(&mut envelope, &rates, 61 * round % 700));
        }
        assert!(levels.windows(2).all(|w| (w[1] - w[0]).abs() < 0.01));
        envelope.release();
        run(&mut envelope, &rates, 44_100);
        assert!(envelope.is_idle() && envelope.level() == 0.0);
    }
}
