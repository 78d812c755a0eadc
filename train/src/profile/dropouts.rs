//! Short holes in a recording: a few milliseconds that begin and end at once, as those of lost
//! buffers do.
//!
//! Their length forbids to look at frames of a grid, so windows of a millisecond are moved in small
//! steps. A hole is where the recording falls far below what stands on both sides of it while the
//! sound goes on; nothing else tells it from the sound's own rests. It can only be seen where the
//! recording stands well above the noise that fills the hole.

use super::gaps::{Gap, View};

/// Seconds of a window, and steps in it.
const WINDOW_S: f64 = 0.001;
const STEPS: usize = 2;
/// A hole is at least so many seconds long, and at most; longer ones begin and end like any others.
const SHORTEST_S: f64 = 0.002_4;
const LONGEST_S: f64 = 0.15;
/// Seconds beside a hole with which it is compared, and seconds between, in which it may be faded.
const BESIDE_S: f64 = 0.008;
const FADE_S: f64 = 0.001_5;
/// In it is less than this share of the power beside it, and of what its share of the played sound
/// would give.
const QUIETER: f64 = 1e-3;
const FALL: f64 = 3e-3;
/// Shares of the sound's greatest power, and of its greatest changes' power, that count as sound.
const SOUND: f64 = 1e-5;
const CHANGE: f64 = 1e-8;
/// Seconds by which a device may spread what it is given, and what a delay may be off.
const SPREAD_S: [f64; 3] = [0.0, 0.002, 0.005];
/// Where more than this share of the other windows with as much sound is as quiet, that is the
/// device.
const COMMON: f64 = 0.1;
/// Powers within this factor are as much.
const ALIKE: f64 = 3.0;
/// Held: its changes are at most this share of the greatest.
const HELD: f64 = 1e-4;

/// Powers of the windows of a sound, one for each step.
struct Powers<'a> {
    sound: &'a [f32],
    /// Energy of all samples before each step.
    sums: Vec<f64>,
    step: usize,
    window: usize,
}

fn energy(x: &[f32]) -> f64 {
    x.iter().map(|x| f64::from(*x).powi(2)).sum()
}

impl<'a> Powers<'a> {
    fn new(sound: &'a [f32], step: usize, window: usize) -> Self {
        let mut sum = 0.0;
        let mut sums = vec![0.0];
        sums.extend(sound.chunks_exact(step).map(|part| {
            sum += energy(part);
            sum
        }));
        Powers { sound, sums, step, window }
    }

    /// Energy of all samples before one.
    fn until(&self, at: usize) -> f64 {
        let k = at / self.step;
        self.sums[k] + energy(&self.sound[k * self.step..at])
    }

    /// Mean power of samples, as far as they are there.
    fn of(&self, from: i64, until: i64) -> f64 {
        let last = self.sound.len() as i64;
        let (a, b) = (from.clamp(0, last) as usize, until.clamp(0, last) as usize);
        if b > a { (self.until(b) - self.until(a)).max(0.0) / (b - a) as f64 } else { 0.0 }
    }

    fn at(&self, step: usize) -> f64 {
        let from = (step * self.step) as i64;
        self.of(from, from + self.window as i64)
    }

    fn len(&self) -> usize {
        (self.sound.len() + 1).saturating_sub(self.window) / self.step
    }
}

/// The short holes of a recording.
pub(super) fn dropouts(view: &View<'_>, rate_hz: f64, delay: i64) -> Vec<Gap> {
    let step = ((WINDOW_S * rate_hz) as usize / STEPS).max(2);
    let window = step * STEPS;
    let (x, y) = (Powers::new(&view.x, step, window), Powers::new(&view.y, step, window));
    let loudest = (0..x.len()).step_by(STEPS).map(|k| x.at(k)).fold(0.0, f64::max);
    let pair =
        Pair { x, y, rate_hz, delay, least: loudest * if view.changes { CHANGE } else { SOUND } };
    let mut found = pair.holes();
    if view.changes {
        let peak = view.y.iter().fold(0.0f32, |m, y| m.max(y.abs()));
        let still = (HELD * f64::from(peak)).powi(2);
        // The step to the value that is held, and the one from it, are changes.
        let edge = (step * STEPS) as i64;
        found.retain(|g| pair.y.of(g.at as i64 + edge, (g.at + g.length) as i64 - edge) <= still);
    }
    pair.uncommon(found)
}

struct Pair<'a> {
    x: Powers<'a>,
    y: Powers<'a>,
    rate_hz: f64,
    delay: i64,
    /// Least power that counts as sound.
    least: f64,
}

impl Pair<'_> {
    fn samples(&self, seconds: f64) -> i64 {
        (seconds * self.rate_hz) as i64
    }

    /// Where the recording falls and comes back, and the sound does not.
    fn holes(&self) -> Vec<Gap> {
        let (step, window) = (self.y.step, self.y.window);
        let (fade, beside) = (self.samples(FADE_S), self.samples(BESIDE_S));
        let longest = self.samples(LONGEST_S) as usize / step;
        let mut out = Vec::new();
        let mut i = 0;
        while i < self.y.len() {
            let at = (i * step) as i64;
            let before = self.y.of(at - fade - beside, at - fade);
            let quiet = |k: usize| self.y.at(k) < QUIETER * before;
            if !quiet(i) {
                i += 1;
                continue;
            }
            let mut end = i + 1;
            while end < self.y.len() && end - i <= longest && quiet(end) {
                end += 1;
            }
            let hole = (at, ((end - 1) * step + window) as i64);
            let long = hole.1 - hole.0 >= self.samples(SHORTEST_S);
            if end - i <= longest
                && end < self.y.len()
                && long
                && self.falls(hole.0, hole.1, before)
            {
                out.push(Gap { at: at as usize, length: (hole.1 - hole.0) as usize });
                i = end;
            } else {
                i += 1;
            }
        }
        out
    }

    fn falls(&self, from: i64, until: i64, before: f64) -> bool {
        let (fade, beside) = (self.samples(FADE_S), self.samples(BESIDE_S));
        let (inside, after) =
            (self.y.of(from, until), self.y.of(until + fade, until + fade + beside));
        if inside >= QUIETER * after {
            return false;
        }
        let x = |a: i64, b: i64| self.x.of(a - self.delay, b - self.delay);
        let (x_before, x_after) =
            (x(from - fade - beside, from - fade), x(until + fade, until + fade + beside));
        let sound = self.sound(from, until);
        let expected =
            (before * sound / x_before.max(1e-30)).min(after * sound / x_after.max(1e-30));
        sound > self.least && inside < FALL * expected
    }

    /// Power of the sound that a part of the recording answers to, the least of what it may be.
    fn sound(&self, from: i64, until: i64) -> f64 {
        let of = |s: f64| {
            self.x.of(from - self.delay - self.samples(s), until - self.delay - self.samples(s))
        };
        SPREAD_S.map(of).into_iter().fold(f64::MAX, f64::min)
    }

    /// Without those that the device makes itself: as quiet elsewhere at as much sound.
    fn uncommon(&self, holes: Vec<Gap>) -> Vec<Gap> {
        let in_hole = |at: i64| {
            holes
                .iter()
                .any(|g| at + self.y.window as i64 > g.at as i64 && at < (g.at + g.length) as i64)
        };
        if holes.is_empty() {
            return holes;
        }
        let elsewhere: Vec<(f64, f64)> = (0..self.y.len())
            .step_by(STEPS)
            .map(|k| (k * self.y.step) as i64)
            .filter(|at| !in_hole(*at))
            .map(|at| {
                (
                    self.sound(at, at + self.y.window as i64),
                    self.y.of(at, at + self.y.window as i64),
                )
            })
            .collect();
        let rare = |g: &Gap| {
            let (from, until) = (g.at as i64, (g.at + g.length) as i64);
            let (sound, inside) = (self.sound(from, until), self.y.of(from, until));
            let alike = elsewhere.iter().filter(|(x, _)| *x < ALIKE * sound && ALIKE * *x > sound);
            let (mut all, mut quiet) = (0usize, 0usize);
            alike.for_each(|(_, y)| {
                all += 1;
                quiet += usize::from(*y <= 4.0 * inside);
            });
            all >= 4 && (quiet as f64) < COMMON * all as f64
        };
        holes.iter().copied().filter(rare).collect()
    }
}
