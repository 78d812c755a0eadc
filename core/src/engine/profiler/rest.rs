//! Silence: what a model says when it hears nothing is taken away, and then nothing is left.

/// Time constants and lengths, in seconds.
const TRACK_S: f64 = 0.02;
const SETTLED_S: f64 = 0.02;
const LONGEST_WAIT_S: f64 = 2.0;
const FADE_S: f64 = 0.05;
/// A step that is bridged is gone, by 60 dB, after seven of these.
const BRIDGE_S: f64 = 0.01;
/// The output has come to rest when it stays this near to its mean: -80 dBFS.
const NEAR: f32 = 1e-4;

/// What the output does beyond the model's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There is, or was just now, something to be heard.
    Sounding,
    /// The input has been silent for longer than the model remembers, and what is left fades:
    /// samples since.
    Fading(u32),
    /// Exact silence.
    Silent,
}

/// One channel's way into exact silence and out of it.
///
/// A recurrent or convolutional model whose input is zero gives out a constant, or a slow drift, or
/// hums. The constant is measured beforehand and subtracted; once the input has been zero for
/// longer than the model remembers and the output has come to rest (or two seconds later, if it
/// never does), the remainder fades out within 50 ms. When the input returns, the model is heard at
/// once and whole: what differs from zero at that moment is carried over and dies away within 50
/// ms.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    /// The model's output at rest as measured when it was made ready, and as known now.
    first: f32,
    level: f32,
    /// The model's last output, and ours.
    last: f32,
    heard: f32,
    /// What bridges a step, dying away.
    bridge: f32,
    /// Samples for which the input has been zero.
    quiet: u32,
    settled: u32,
    mean: f32,
    stage: Stage,
    /// Silenced although it did not come to rest by itself, and nobody has asked yet.
    unsettled: bool,
    /// Samples: the model's memory, and the constants above.
    memory: u32,
    wait: u32,
    settle: u32,
    fade: u32,
    track: f32,
    die: f32,
}

impl Rest {
    /// For a model that remembers `memory` samples and gives out `level` when it has heard nothing.
    pub fn new(rate_hz: f64, memory: usize, level: f32) -> Self {
        let samples = |s: f64| (s * rate_hz) as u32;
        let level = if level.is_finite() { level.clamp(-1.0, 1.0) } else { 0.0 };
        Self {
            first: level,
            level,
            last: level,
            heard: 0.0,
            bridge: 0.0,
            quiet: 0,
            settled: 0,
            mean: level,
            stage: Stage::Silent,
            unsettled: false,
            memory: u32::try_from(memory).unwrap_or(u32::MAX / 2),
            wait: samples(LONGEST_WAIT_S),
            settle: samples(SETTLED_S),
            fade: samples(FADE_S).max(1),
            track: (1.0 - (-1.0 / (TRACK_S * rate_hz)).exp()) as f32,
            die: (-1.0 / (BRIDGE_S * rate_hz)).exp() as f32,
        }
    }

    /// As freshly made. Real-time safe.
    pub fn reset(&mut self) {
        let level = self.first;
        (self.level, self.last, self.mean) = (level, level, level);
        (self.heard, self.bridge) = (0.0, 0.0);
        (self.quiet, self.settled) = (0, 0);
        self.stage = Stage::Silent;
        self.unsettled = false;
    }

    /// Samples from the last input to exact silence, at the most.
    pub fn tail_samples(&self) -> usize {
        (self.memory + self.wait + self.fade + 1) as usize
    }

    /// Whether the model has been silenced although it did not come to rest by itself. The answer
    /// is given once.
    pub fn take_unsettled(&mut self) -> bool {
        std::mem::take(&mut self.unsettled)
    }

    /// Whether exact silence is given out.
    pub fn is_silent(&self) -> bool {
        self.stage == Stage::Silent
    }

    /// The model was started anew: what was heard is carried over into what will be.
    pub fn bridge_from(&mut self, heard: f32) {
        self.heard = heard;
        self.bridge = heard - (self.first - self.level);
        self.last = self.first;
    }

    /// Ours of the last sample.
    pub fn heard(&self) -> f32 {
        self.heard
    }

    /// Replaces the model's output to `input` by what is heard, `[sample]` each. Real-time safe.
    pub fn settle(&mut self, input: &[f32], output: &mut [f32]) {
        for (&x, y) in input.iter().zip(output) {
            let model = *y;
            if x != 0.0 {
                if self.stage != Stage::Sounding {
                    self.bridge = self.heard - (self.last - self.level);
                    self.stage = Stage::Sounding;
                }
                (self.quiet, self.settled) = (0, 0);
            } else {
                self.quiet = self.quiet.saturating_add(1);
            }
            let plain = model - self.level + self.bridge;
            self.bridge = if self.bridge.abs() > 1e-9 { self.bridge * self.die } else { 0.0 };
            *y = match self.stage {
                Stage::Sounding => {
                    if self.quiet > self.memory {
                        self.listen(model);
                    }
                    plain
                }
                Stage::Fading(done) => {
                    self.mean += (model - self.mean) * self.track;
                    self.stage =
                        if done + 1 >= self.fade { Stage::Silent } else { Stage::Fading(done + 1) };
                    let left = 1.0 - done as f32 / self.fade as f32;
                    let plain = plain * left * left * (3.0 - 2.0 * left);
                    if self.stage == Stage::Silent {
                        self.level = self.mean;
                        self.unsettled = self.settled < self.settle;
                    }
                    plain
                }
                Stage::Silent => {
                    self.level += (model - self.level) * self.track;
                    0.0
                }
            };
            self.last = model;
            self.heard = *y;
        }
    }

    /// Waits for the model to come to rest.
    fn listen(&mut self, model: f32) {
        if self.quiet == self.memory + 1 {
            self.mean = model;
        }
        self.mean += (model - self.mean) * self.track;
        self.settled = if (model - self.mean).abs() < NEAR { self.settled + 1 } else { 0 };
        if self.settled >= self.settle || self.quiet > self.memory + self.wait {
            self.stage = Stage::Fading(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays `input` through a model that adds `offset`, then through the rest.
    fn play(
        rest: &mut Rest,
        input: &[f32],
        offset: impl Fn(usize) -> f32,
        piece: usize,
    ) -> Vec<f32> {
        let mut out: Vec<f32> = input.iter().enumerate().map(|(i, x)| x + offset(i)).collect();
        for (x, y) in input.chunks(piece).zip(out.chunks_mut(piece)) {
            rest.settle(x, y);
        }
        out
    }

    fn burst(sounding: usize, silent: usize) -> Vec<f32> {
        (0..sounding + silent)
            .map(|i| if i < sounding { (i as f32 * 0.1).sin() * 0.5 + 1e-6 } else { 0.0 })
            .collect()
    }

    #[test]
    fn a_constant_is_taken_away_and_silence_is_exact() {
        let mut rest = Rest::new(48_000.0, 1000, 0.03);
        let tail = rest.tail_samples();
        let input = burst(4000, tail);
        let out = play(&mut rest, &input, |_| 0.03, 64);
        for (x, y) in input.iter().zip(&out).take(4000) {
            assert!((x - y).abs() < 1e-6, "{x} {y}");
        }
        assert!(out[4000 + 6000..].iter().all(|&y| y == 0.0));
        let mut again = Rest::new(48_000.0, 1000, 0.03);
        assert_eq!(out, play(&mut again, &input, |_| 0.03, 17));
    }

    #[test]
    fn a_model_that_hums_is_silenced_and_one_that_drifts_returns_without_a_step() {
        let mut rest = Rest::new(48_000.0, 1000, 0.0);
        let tail = rest.tail_samples();
        let out = play(&mut rest, &burst(4000, tail + 1), |i| 0.2 * (i as f32 * 0.3).sin(), 64);
        assert!(out[4000 + 90_000..4000 + 90_100].iter().any(|&y| y.abs() > 0.1));
        assert_eq!(out[4000 + tail], 0.0);
        assert!(rest.take_unsettled() && !rest.take_unsettled());

        // The rest moved to 0.1, which nobody had measured: no step when it is noticed, none when
        // sound returns.
        let mut rest = Rest::new(48_000.0, 1000, 0.0);
        let mut input = burst(3000, 20_000);
        input.extend(burst(3000, 0).iter().map(|x| x * 1e-3));
        let out = play(&mut rest, &input, |i| 0.1 * (i as f32 / 3000.0).min(1.0), 64);
        assert!(!rest.take_unsettled());
        let steps = out[3100..].windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0f32, f32::max);
        assert!(steps < 2e-3, "{steps}");
        assert!(out[22_000].abs() == 0.0 && out.last().is_some_and(|y| y.abs() < 2e-3));
    }
}
