//! The test signal that is played through a device to learn it.
//!
//! Its layout follows from its length and rate alone, so that a recording of it can be read without
//! a file beside it:
//!
//! | from | what it is for |
//! |---|---|
//! | 0 s | silence: hiss and hum of the device |
//! | 0.5 s and 1 s | two blips: the delay, and whether it stays |
//! | 1.5 s | sweeps of sine at four levels, level ramps, steps between levels, noise, decaying tones, chords; each a few times in other orders and levels |
//! | 6 s before the end | the five seconds that followed the blips once more: what differs between the two is not the device's to learn |
//! | 1 s before the end | silence: the tail |

use std::f64::consts::TAU;

use anyhow::{Result, ensure};
use rand::Rng;

/// Longest signal, in seconds.
pub const LONGEST_S: f64 = 180.0;
/// Shortest signal, in seconds.
pub const SHORTEST_S: f64 = 20.0;
/// Seconds of the part that comes twice.
const REPEAT_S: f64 = 5.0;
/// When the blips come.
const BLIPS_S: [f64; 2] = [0.5, 1.0];
/// When the sound begins.
const BEGIN_S: f64 = 1.5;
/// Silence at the end.
const TAIL_S: f64 = 1.0;
/// Height of a blip.
const BLIP: f32 = 0.9;

/// Where things are in a test signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// First samples of the two blips.
    pub blips: [usize; 2],
    /// Where the part that comes twice begins first.
    pub first: usize,
    /// Where it begins again.
    pub again: usize,
    /// Its length.
    pub repeat: usize,
    /// Length of the whole.
    pub samples: usize,
}

impl Layout {
    /// The layout of a signal of a number of samples at a rate.
    pub fn new(samples: usize, rate_hz: f64) -> Layout {
        let at = |s: f64| (s * rate_hz).round() as usize;
        Layout {
            blips: BLIPS_S.map(at),
            first: at(BEGIN_S),
            again: samples.saturating_sub(at(REPEAT_S + TAIL_S)),
            repeat: at(REPEAT_S),
            samples,
        }
    }

    /// The same layout at another rate.
    pub fn at_rate(&self, from_hz: f64, to_hz: f64) -> Layout {
        let at = |n: usize| (n as f64 * to_hz / from_hz).round() as usize;
        Layout {
            blips: self.blips.map(at),
            first: at(self.first),
            again: at(self.again),
            repeat: at(self.repeat),
            samples: at(self.samples),
        }
    }

    /// The layout of an input, when it is a test signal: its blips and its repeated part are where
    /// they belong.
    pub fn recognise(input: &[f32], rate_hz: f64) -> Option<Layout> {
        let layout = Layout::new(input.len(), rate_hz);
        if layout.again <= layout.first + layout.repeat {
            return None;
        }
        // It may have been sent at any level.
        let level = peak(input);
        let blips = layout.blips.iter().all(|&b| {
            let quiet = input
                .get(b.saturating_sub(200)..b.saturating_sub(2))
                .is_some_and(|s| peak(s) < 1e-3 * level);
            quiet && input.get(b.saturating_sub(2)..b + 3).is_some_and(|s| peak(s) > 0.05 * level)
        });
        let once = input.get(layout.first..layout.first + layout.repeat)?;
        let again = input.get(layout.again..layout.again + layout.repeat)?;
        let same = once.iter().zip(again).all(|(a, b)| (a - b).abs() < 1e-3 * level);
        (blips && same && peak(once) > 0.0).then_some(layout)
    }
}

fn peak(x: &[f32]) -> f32 {
    x.iter().fold(0.0, |m, x| m.max(x.abs()))
}

/// The test signal of a length in seconds at a rate, mono, within ±0.95. The same arguments give
/// the same signal.
///
/// # Errors
/// When the length or the rate is out of range.
pub fn test_signal(seconds: f64, rate_hz: f64) -> Result<Vec<f32>> {
    ensure!(
        (SHORTEST_S..=LONGEST_S).contains(&seconds),
        "expected a test signal of {SHORTEST_S} to {LONGEST_S} seconds, found {seconds}"
    );
    ensure!(
        (8_000.0..=192_000.0).contains(&rate_hz),
        "expected a sample rate of 8 to 192 kHz for the test signal, found {rate_hz} Hz"
    );
    let samples = (seconds * rate_hz).round() as usize;
    let layout = Layout::new(samples, rate_hz);
    let mut out = vec![0.0f32; samples];
    for b in layout.blips {
        out[b] = BLIP;
    }
    let body = layout.again - layout.first;
    let mut maker = Maker { rate_hz, random: nfx_learn::rng(1, 0x516, 0), pink: [0.0; 3] };
    // The first five seconds hold a little of everything, for they are also the yardstick of the
    // noise floor.
    let mut at = layout.first;
    let mut round = 0usize;
    while at < layout.first + body {
        let left = layout.first + body - at;
        let length = if round == 0 { layout.repeat / KINDS } else { maker.length(round) }.min(left);
        let part = maker.part(round, length);
        out[at..at + length].copy_from_slice(&part);
        at += length;
        round += 1;
    }
    out.copy_within(layout.first..layout.first + layout.repeat, layout.again);
    fade(&mut out[layout.again - 1..layout.again + layout.repeat], (0.002 * rate_hz) as usize);
    for x in &mut out {
        *x = x.clamp(-0.95, 0.95);
    }
    let (first, again) = (layout.first, layout.again);
    // Both copies end alike.
    let head: Vec<f32> = out[again..again + layout.repeat].to_vec();
    out[first..first + layout.repeat].copy_from_slice(&head);
    Ok(out)
}

/// Kinds of sound in turn.
const KINDS: usize = 6;

struct Maker {
    rate_hz: f64,
    random: rand::rngs::StdRng,
    pink: [f64; 3],
}

impl Maker {
    /// Samples of the part in a round: sweeps are long, the rest is short.
    fn length(&mut self, round: usize) -> usize {
        let seconds = match round % KINDS {
            0 => 4.0,
            1 => 3.0,
            2 => 4.0,
            3 => 2.0,
            4 => 5.0,
            _ => 6.0,
        };
        (seconds * self.rate_hz) as usize
    }

    fn part(&mut self, round: usize, n: usize) -> Vec<f32> {
        let mut part = match round % KINDS {
            0 => self.sweep(n, round / KINDS),
            1 => self.ramp(n),
            2 => self.steps(n),
            3 => self.noise(n),
            4 => self.plucks(n, 1),
            _ => self.plucks(n, 4),
        };
        fade(&mut part, (0.002 * self.rate_hz) as usize);
        part
    }

    fn level(&mut self, low_db: f64, high_db: f64) -> f64 {
        10f64.powf(self.random.random_range(low_db..high_db) / 20.0)
    }

    /// A logarithmic sweep of sine, at a level of its own in each round.
    fn sweep(&mut self, n: usize, time: usize) -> Vec<f32> {
        let level =
            10f64.powf([-3.0, -20.0, -10.0, -32.0, 0.0, -26.0, -14.0][time % 7] / 20.0) * 0.9;
        let (low, high) = (20.0f64, (0.45 * self.rate_hz).min(20_000.0));
        let rising = time.is_multiple_of(2);
        let mut phase = 0.0;
        (0..n)
            .map(|i| {
                let place = i as f64 / n as f64;
                let f = low * (high / low).powf(if rising { place } else { 1.0 - place });
                phase += TAU * f / self.rate_hz;
                (level * phase.sin()) as f32
            })
            .collect()
    }

    /// Noise and a tone whose level rises from -60 dB and falls back.
    fn ramp(&mut self, n: usize) -> Vec<f32> {
        let f = self.random.random_range(60.0..900.0);
        let share = self.random.random_range(0.1..0.6);
        (0..n)
            .map(|i| {
                let place = 1.0 - (2.0 * i as f64 / n as f64 - 1.0).abs();
                let level = 10f64.powf((60.0 * place - 60.0) / 20.0) * 0.9;
                let tone = (TAU * f * i as f64 / self.rate_hz).sin();
                (level * ((1.0 - share) * tone + share * self.pink())) as f32
            })
            .collect()
    }

    /// A tone and noise that step between levels, some steps a few milliseconds apart and some half
    /// a second.
    fn steps(&mut self, n: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity(n);
        while out.len() < n {
            let seconds = 10f64.powf(self.random.random_range(-1.7..-0.2));
            let (level, f) =
                (self.level(-45.0, 0.0) * 0.9, self.random.random_range(80.0..2_000.0));
            let noisy = self.random.random_bool(0.3);
            let length = ((seconds * self.rate_hz) as usize).clamp(1, n - out.len());
            for i in 0..length {
                let x = if noisy { self.pink() } else { (TAU * f * i as f64 / self.rate_hz).sin() };
                out.push((level * x) as f32);
            }
        }
        out
    }

    fn noise(&mut self, n: usize) -> Vec<f32> {
        let level = self.level(-30.0, 0.0);
        let white = self.random.random_bool(0.4);
        (0..n)
            .map(|_| {
                let x = if white { 0.4 * self.random.random_range(-1.0..1.0) } else { self.pink() };
                (level * x) as f32
            })
            .collect()
    }

    /// Decaying tones of `voices` at once, with harmonics that decay the faster the higher they
    /// are.
    fn plucks(&mut self, n: usize, voices: usize) -> Vec<f32> {
        let mut out = vec![0.0f64; n];
        let mut at = 0;
        while at < n {
            let level = self.level(-24.0, 0.0) / (voices as f64).sqrt();
            for _ in 0..voices {
                let f = 40.0 * 2f64.powf(self.random.random_range(0.0..5.0));
                let decay = self.random.random_range(0.08..1.2);
                let bright = self.random.random_range(0.4..1.6);
                let start = at + (self.random.random_range(0.0..0.02) * self.rate_hz) as usize;
                for harmonic in 1..=24u32 {
                    let h = f64::from(harmonic);
                    if h * f > 0.45 * self.rate_hz {
                        break;
                    }
                    let (size, turn) =
                        (0.5 * level * h.powf(-bright), self.random.random_range(0.0..TAU));
                    let tau = decay / (1.0 + 0.25 * (h - 1.0)) * self.rate_hz;
                    let sounding = (6.0 * tau) as usize;
                    for (t, out) in out.iter_mut().skip(start).take(sounding).enumerate() {
                        let t = t as f64;
                        let attack = (t / (0.002 * self.rate_hz)).min(1.0);
                        *out += size
                            * attack
                            * (-t / tau).exp()
                            * (TAU * h * f * t / self.rate_hz + turn).sin();
                    }
                }
            }
            at += (self.random.random_range(0.12..0.9) * self.rate_hz) as usize;
        }
        out.into_iter().map(|x| x as f32).collect()
    }

    /// Noise whose power falls by about 3 dB each octave (Paul Kellet's economy filter), about
    /// ±0.5.
    fn pink(&mut self) -> f64 {
        let white: f64 = self.random.random_range(-1.0..1.0);
        let [a, b, c] = &mut self.pink;
        *a = 0.997_65 * *a + white * 0.099_046;
        *b = 0.963 * *b + white * 0.296_516_4;
        *c = 0.57 * *c + white * 1.052_691_3;
        (*a + *b + *c + white * 0.1848) * 0.25
    }
}

/// Fades both ends over `n` samples.
fn fade(x: &mut [f32], n: usize) {
    let n = n.min(x.len() / 2).max(1);
    let last = x.len() - 1;
    for i in 0..n {
        let g = i as f32 / n as f32;
        x[i] *= g;
        x[last - i] *= g;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signal_has_its_parts_where_its_layout_says() {
        for (seconds, rate) in [(20.0, 44_100.0), (40.0, 48_000.0), (21.3, 8_000.0)] {
            let x = test_signal(seconds, rate).expect("signal");
            let layout = Layout::recognise(&x, rate).expect("its own layout");
            let quiet: Vec<f32> = x.iter().map(|x| 0.01 * x).collect();
            assert_eq!(Layout::recognise(&quiet, rate), Some(layout));
            assert_eq!(x.len(), (seconds * rate).round() as usize);
            assert!(peak(&x) <= 0.95 && peak(&x) > 0.5);
            assert!(
                peak(&x[..layout.blips[0]]) == 0.0
                    && peak(&x[x.len() - (0.9 * rate) as usize..]) == 0.0
            );
            let body = &x[layout.first..layout.again];
            let rms = (body.iter().map(|x| x * x).sum::<f32>() / body.len() as f32).sqrt();
            assert!((0.03..0.5).contains(&rms), "{rms}");
            // Something of every level: a histogram of short-time levels has no hole between -50
            // and -10 dB.
            let mut levels = [0usize; 6];
            for part in body.chunks(512) {
                let rms = (part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32).sqrt();
                let db = 20.0 * rms.max(1e-9).log10();
                if (-60.0..0.0).contains(&db) {
                    levels[(-db / 10.0) as usize] += 1;
                }
            }
            assert!(levels[..5].iter().all(|n| *n > 0), "{levels:?}");
        }
        assert_eq!(test_signal(20.0, 44_100.0).unwrap(), test_signal(20.0, 44_100.0).unwrap());
        assert!(test_signal(200.0, 44_100.0).is_err() && test_signal(30.0, 1_000.0).is_err());
        assert!(Layout::recognise(&vec![0.1; 48_000 * 30], 48_000.0).is_none());
    }
}
