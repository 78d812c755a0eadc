//! Whether a recording stays in time: jumps where buffers were lost or repeated, and clocks that run apart.

use nfx_learn::profile::linear::Transform;

use super::align::Alignment;
use super::edge::{filtered, predictor};
use super::likeness::By;

/// Seconds of a piece, and how far it is looked for.
const PIECE_S: f64 = 1.0;
const REACH_S: f64 = 0.5;
/// Most pieces.
const PIECES: usize = 90;
/// Less than this of a correlation tells nothing.
const TELLING: f64 = 0.12;
/// A piece that stands as well where the ones before it stood has not moved.
const MOVED: f64 = 0.5;
/// Pieces in a row at one place.
const STEADY: usize = 2;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// Jumps, in time.
    pub jumps: Vec<Jump>,
    /// Samples that the end comes later than the beginning, where the clocks run apart; `None` where nothing tells.
    pub drift: Option<f64>,
}

/// A place in a recording from which on it comes later or earlier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jump {
    /// The sample of the recording.
    pub at: usize,
    /// Samples that it comes later from there on.
    pub by: i64,
}

struct Piece {
    /// First sample of the sound.
    at: usize,
    lag: i64,
    height: f64,
    /// Correlations by lag.
    lags: Vec<f32>,
}

struct Whitened {
    x: Vec<f64>,
    y: Vec<f64>,
    delay: i64,
    reach: i64,
}

/// Follows the delay through a recording that is known to be one of the sound.
pub fn track(input: &[f32], target: &[f32], rate_hz: f64, found: &Alignment) -> Track {
    let (size_x, size_y) = (found.likeness.by != By::Sound, found.likeness.by == By::Sizes);
    let prepared = |x: &[f32], size: bool| -> Vec<f64> {
        let x: Vec<f64> = x.iter().map(|x| f64::from(if size { x.abs() } else { *x })).collect();
        let mean = x.iter().sum::<f64>() / x.len().max(1) as f64;
        x.into_iter().map(|x| x - mean).collect()
    };
    let (x, y) = (prepared(input, size_x), prepared(target, size_y));
    let filter = predictor(&x);
    let reach = (REACH_S * rate_hz) as i64;
    let sounds = Whitened { x: filtered(&x, &filter), y: filtered(&y, &filter), delay: found.delay, reach };
    let length = (PIECE_S * rate_hz) as usize;
    let pieces = sounds.pieces(length);
    if pieces.len() < 2 * STEADY {
        return Track::default();
    }
    let jumps: Vec<Jump> = sounds.jumps(&pieces, length);
    let (line, left) = line(&pieces);
    let total = line * (pieces[pieces.len() - 1].at - pieces[0].at) as f64;
    let steps = steps_left(&pieces, &jumps, found.delay);
    // Clocks that run apart move every piece a little: a line fits them better than few steps.
    if total.abs() >= 2.0 && left <= (0.02 * total.abs()).max(1.0) && (jumps.len() > 2 || left < steps) {
        return Track { jumps: Vec::new(), drift: Some(line * input.len() as f64) };
    }
    let wanders = jumps.len() > 3 && jumps.iter().map(|j| j.by.signum()).sum::<i64>().abs() < jumps.len() as i64 / 2;
    Track { jumps: if wanders { Vec::new() } else { jumps }, drift: (!wanders).then_some(0.0) }
}

impl Whitened {
    fn pieces(&self, length: usize) -> Vec<Piece> {
        let n = self.x.len();
        let hop = length.max(n / PIECES);
        let transform = Transform::new((length + 2 * self.reach as usize).next_power_of_two());
        let energy = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
        let mut out = Vec::new();
        for at in (0..n.saturating_sub(length / 2)).step_by(hop) {
            let piece = &self.x[at..(at + length).min(n)];
            let begin = at as i64 + self.delay - self.reach;
            let there: Vec<f64> = (begin..begin + (piece.len() as i64 + 2 * self.reach))
                .map(|i| usize::try_from(i).ok().and_then(|i| self.y.get(i)).copied().unwrap_or(0.0))
                .collect();
            let spectrum = transform.spectrum(piece.iter().copied());
            let other = transform.spectrum(there.iter().copied());
            let mut lags = transform.signal(spectrum.iter().zip(other).map(|(x, y)| x.conj() * y).collect());
            lags.truncate(2 * self.reach as usize + 1);
            let Some(best) = (0..lags.len()).max_by(|a, b| lags[*a].abs().total_cmp(&lags[*b].abs())) else { continue };
            let heard = &there[best.min(there.len())..(best + piece.len()).min(there.len())];
            let scale = (energy(piece) * energy(heard)).sqrt().max(1e-20);
            let height = lags[best].abs() / scale;
            if height >= TELLING {
                let lags = lags.iter().map(|c| (c.abs() / scale) as f32).collect();
                out.push(Piece { at, lag: best as i64 - self.reach, height, lags });
            }
        }
        out
    }

    /// Runs of pieces at one place, and the jumps between them.
    fn jumps(&self, pieces: &[Piece], length: usize) -> Vec<Jump> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        let mut from = 0;
        for i in 1..=pieces.len() {
            if i == pieces.len() || (pieces[i].lag - pieces[from].lag).abs() > 1 {
                if i - from >= STEADY {
                    runs.push((from, i));
                }
                from = i;
            }
        }
        let mut out = Vec::new();
        for pair in runs.windows(2) {
            let (before, after) = (pair[0], pair[1]);
            let (old, new) = (pieces[before.0].lag, pieces[after.0].lag);
            let old_place = (old + self.reach) as usize;
            let moved = pieces[after.0..after.1].iter().all(|p| {
                let near = &p.lags[old_place.saturating_sub(1)..(old_place + 2).min(p.lags.len())];
                f64::from(near.iter().copied().fold(0.0, f32::max)) < MOVED * p.height
            });
            let small = (new - old).abs() < 2;
            if !moved || small {
                continue;
            }
            let (a, b) = (pieces[before.1 - 1].at, pieces[after.0].at + length);
            out.push(Jump { at: self.place((a, b), (old, new)), by: new - old });
        }
        out
    }

    /// The sample of the recording up to which the old lag fits better than the new one.
    fn place(&self, (from, until): (usize, usize), (old, new): (i64, i64)) -> usize {
        let heard = |i: usize, lag: i64| {
            let at = usize::try_from(i as i64 + self.delay + lag);
            at.ok().and_then(|at| self.y.get(at)).copied().unwrap_or(0.0)
        };
        let range = from..until.min(self.x.len());
        let sign = |lag: i64| range.clone().map(|i| self.x[i] * heard(i, lag)).sum::<f64>().signum();
        let (a, b) = (sign(old), sign(new));
        let (mut sum, mut best) = (0.0, (0.0, from));
        for i in range {
            sum += self.x[i] * (a * heard(i, old) - b * heard(i, new));
            if sum > best.0 {
                best = (sum, i);
            }
        }
        usize::try_from(best.1 as i64 + self.delay + old).unwrap_or(0)
    }
}

/// The slope of the line through the lags, and the root of the mean square of what it leaves.
fn line(pieces: &[Piece]) -> (f64, f64) {
    let n = pieces.len() as f64;
    let mean = |f: &dyn Fn(&Piece) -> f64| pieces.iter().map(f).sum::<f64>() / n;
    let (t, l) = (mean(&|p| p.at as f64), mean(&|p| p.lag as f64));
    let tt = mean(&|p| (p.at as f64 - t).powi(2)).max(1e-9);
    let slope = mean(&|p| (p.at as f64 - t) * (p.lag as f64 - l)) / tt;
    (slope, mean(&|p| (p.lag as f64 - l - slope * (p.at as f64 - t)).powi(2)).sqrt())
}

/// The root of the mean square of what steps at the jumps leave of the lags.
fn steps_left(pieces: &[Piece], jumps: &[Jump], delay: i64) -> f64 {
    let step = |at: usize| jumps.iter().filter(|j| j.at as i64 <= at as i64 + delay).map(|j| j.by).sum::<i64>();
    let rest: Vec<f64> = pieces.iter().map(|p| (p.lag - step(p.at)) as f64).collect();
    let mean = rest.iter().sum::<f64>() / rest.len().max(1) as f64;
    (rest.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / rest.len().max(1) as f64).sqrt()
}
