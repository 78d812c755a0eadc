//! The noise gate before the model.

use super::controls::{GateControls, within};

/// The side chain's band: hum and hiss do not open the gate.
const LOW_HZ: f64 = 100.0;
const HIGH_HZ: f64 = 5_000.0;
/// The measured level falls with this time constant.
const FALL_S: f64 = 0.005;
/// The gate opens with this time constant.
const OPEN_S: f64 = 0.000_5;
/// Closes this far below the threshold at which it opens, as a factor: 5 dB.
const HYSTERESIS: f32 = 0.562_341_3;
/// A gain nearer than this to open or closed, -100 dB, is there.
const NEAR: f32 = 1e-5;
/// A range of so many dB, and above, is silence.
const SILENT_DB: f32 = 100.0;

/// Passes what is above the threshold and turns down what is below: by the range, or to exact
/// silence. Both channels share one gain.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    rate_hz: f64,
    low: f32,
    high: f32,
    fall: f32,
    opening: f32,
    /// Of each channel: what both one-pole filters remember.
    bands: [[f32; 2]; 2],
    level: f32,
    open: bool,
    /// Samples since the level was last above the lower threshold.
    below: u32,
    gain: f32,
}

impl Gate {
    pub fn new(rate_hz: f64) -> Self {
        let pole = |hz: f64| {
            (1.0 - (-std::f64::consts::TAU * hz.min(0.45 * rate_hz) / rate_hz).exp()) as f32
        };
        Self {
            rate_hz,
            low: pole(LOW_HZ),
            high: pole(HIGH_HZ),
            fall: (-1.0 / (FALL_S * rate_hz)).exp() as f32,
            opening: (1.0 - (-1.0 / (OPEN_S * rate_hz)).exp()) as f32,
            bands: [[0.0; 2]; 2],
            level: 0.0,
            open: false,
            below: 0,
            gain: 1.0,
        }
    }

    pub fn reset(&mut self) {
        self.bands = [[0.0; 2]; 2];
        self.level = 0.0;
        self.open = false;
        self.below = 0;
        self.gain = 1.0;
    }

    /// The gain after the last sample: 1 is open.
    pub fn gain(&self) -> f32 {
        self.gain
    }

    /// Gates the first `n` samples of each channel. Real-time safe.
    pub fn process(&mut self, controls: &GateControls, channels: &mut [Vec<f32>], n: usize) {
        if !controls.on && self.gain == 1.0 {
            // Deaf while it is off: turned on, it listens for a moment before it may close.
            (self.open, self.below) = (true, 0);
            return;
        }
        let threshold = 10.0f32.powf(within(controls.threshold_db, -120.0, 24.0, -60.0) / 20.0);
        let samples = |ms: f32, most: f32, neutral: f32| {
            f64::from(within(ms, 1.0, most, neutral)) * self.rate_hz / 1e3
        };
        let hold = samples(controls.hold_ms, 5e3, 50.0) as u32;
        let closing = 0.001f64.powf(1.0 / samples(controls.release_ms, 1e4, 150.0)) as f32;
        let range_db = within(controls.range_db, 0.0, SILENT_DB, SILENT_DB);
        let closed = if range_db < SILENT_DB { 10.0f32.powf(-range_db / 20.0) } else { 0.0 };
        for i in 0..n {
            let mut heard = 0.0f32;
            for (channel, memory) in channels.iter().zip(&mut self.bands) {
                heard = heard.max(band(channel[i], self.high, self.low, memory).abs());
            }
            self.level = heard.max(self.level * self.fall);
            if self.level < 1e-12 {
                self.level = 0.0;
            }
            self.below =
                if self.level >= threshold * HYSTERESIS { 0 } else { self.below.saturating_add(1) };
            self.open = self.level >= threshold || (self.open && self.below <= hold);
            if self.open || !controls.on {
                self.gain += (1.0 - self.gain) * self.opening;
                if 1.0 - self.gain < NEAR {
                    self.gain = 1.0;
                }
            } else if self.gain > closed {
                let falling = if self.gain > NEAR { self.gain * closing } else { 0.0 };
                self.gain = falling.max(closed);
            } else {
                // The range has become smaller while it is closed.
                self.gain += (closed - self.gain) * self.opening;
            }
            for channel in channels.iter_mut() {
                channel[i] *= self.gain;
            }
        }
    }
}

/// One pole each way: what remains of `x` between both corners.
fn band(x: f32, high: f32, low: f32, memory: &mut [f32; 2]) -> f32 {
    let follow = |state: &mut f32, x: f32, pole: f32| {
        *state += (x - *state) * pole;
        // What is far below hearing would become subnormal.
        if state.abs() < 1e-20 {
            *state = 0.0;
        }
        *state
    };
    let [upper, lower] = memory;
    let smooth = follow(upper, x, high);
    smooth - follow(lower, smooth, low)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = 48_000.0;

    fn tone(level: f32, hz: f64, len: usize) -> Vec<f32> {
        (0..len)
            .map(|i| level * (std::f64::consts::TAU * hz * i as f64 / RATE).sin() as f32)
            .collect()
    }

    fn on() -> GateControls {
        GateControls {
            on: true,
            threshold_db: -40.0,
            hold_ms: 50.0,
            release_ms: 100.0,
            ..GateControls::default()
        }
    }

    #[test]
    fn what_is_below_is_exact_silence_and_what_is_above_passes_untouched() {
        let mut gate = Gate::new(RATE);
        let mut sound = tone(0.5, 440.0, 24_000);
        sound.extend(tone(0.002, 440.0, 24_000));
        sound.extend(tone(0.5, 440.0, 24_000));
        let mut gated = vec![sound.clone()];
        gate.process(&on(), &mut gated, 72_000);
        let out = &gated[0];
        assert_eq!(out[2_000..24_000], sound[2_000..24_000]);
        assert!(out[40_000..48_000].iter().all(|&y| y == 0.0));
        assert_eq!(out[50_000..], sound[50_000..]);
        // Hold and release: still open after 30 ms, gone by 60 dB a release after the hold.
        assert_eq!(out[24_000 + 1_440], sound[24_000 + 1_440]);
        let late = out[24_000 + 2_400 + 5_500..][..400].iter().fold(0.0f32, |a, x| a.max(x.abs()));
        assert!(late < 0.002 * 0.002, "{late}");
    }

    #[test]
    fn hysteresis_keeps_it_from_chattering_and_rumble_does_not_open_it() {
        let mut gate = Gate::new(RATE);
        // Between the thresholds: stays as it is.
        let mut between = vec![[tone(0.02, 800.0, 4_800), tone(0.0075, 800.0, 48_000)].concat()];
        gate.process(&on(), &mut between, 52_800);
        assert_eq!(gate.gain(), 1.0);
        let mut closed = Gate::new(RATE);
        let mut low = vec![tone(0.0, 100.0, 48_000)];
        closed.process(&on(), &mut low, 48_000);
        let mut between = vec![tone(0.0075, 800.0, 48_000)];
        closed.process(&on(), &mut between, 48_000);
        assert_eq!(closed.gain(), 0.0);
        let mut rumble = vec![tone(0.05, 12.0, 48_000)];
        closed.process(&on(), &mut rumble, 48_000);
        assert_eq!(closed.gain(), 0.0);
    }

    #[test]
    fn what_is_below_is_turned_down_by_the_range_and_a_new_range_does_not_jump() {
        // An offset does not open the gate, and shows its gain at every sample.
        let sound = vec![0.002; 48_000];
        let mut gate = Gate::new(RATE);
        let mut before = 1.0f32;
        let mut play = |range_db: f32| {
            let mut out = vec![sound.clone()];
            gate.process(&GateControls { range_db, ..on() }, &mut out, 48_000);
            let mut jump = 0.0f32;
            for (y, x) in out[0].iter().zip(&sound) {
                jump = jump.max((y / x - before).abs());
                before = y / x;
            }
            (20.0 * before.log10(), jump)
        };
        for range_db in [20.0, 40.0, 6.0, 0.0, 12.0] {
            let (closed_db, jump) = play(range_db);
            assert!((closed_db + range_db).abs() < 0.01, "{range_db}: {closed_db}");
            // One sample of the opening moves the gain by a 24th of its way.
            assert!(jump < 1.0 / 24.0, "{range_db}: {jump}");
        }
        assert_eq!(play(100.0).0, f32::NEG_INFINITY);
        assert_eq!(play(f32::NAN).0, f32::NEG_INFINITY);
    }

    #[test]
    fn off_is_untouched() {
        let mut gate = Gate::new(RATE);
        let sound = tone(1e-4, 440.0, 5_000);
        let mut out = vec![sound.clone()];
        gate.process(&GateControls::default(), &mut out, 5_000);
        assert_eq!(out[0], sound);
    }
}
