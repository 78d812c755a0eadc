//! Whether a recording stays in time: jumps where buffers were lost or repeated, and clocks that
//! run apart.
//!
//! Pieces of the sound are correlated with what was recorded near their place. The lags that they
//! stand at are those of the path through all pieces that is strongest in sum, where each jump has
//! its price: a steady tone, which fits at many lags, says nothing for or against one, and what the
//! others say adds up.

use std::ops::Range;

use nfx_learn::effect::linear::Transform;

use super::align::Alignment;
use super::edge::{both, energy, predictor, samples, settled};
use super::likeness::By;

/// Seconds of a piece, and how far it is looked for.
const PIECE_S: f64 = 0.5;
const REACH_S: f64 = 0.5;
/// Most pieces.
const PIECES: usize = 180;
/// Fewest pieces that tell anything.
const FEWEST: usize = 4;
/// Less than this of a correlation tells nothing.
const TELLING: f64 = 0.12;
/// Power beside the greatest near a piece below which there is silence.
const FAINT: f64 = 0.01;
/// A piece whose correlation at a place is this share of its highest may stand there as well as
/// anywhere.
const STANDS: f32 = 0.5;
/// What a jump costs, where a piece at its best lag gains one: more than one piece must speak for
/// it.
const JUMP: f32 = 1.2;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// Jumps, in time.
    pub jumps: Vec<Jump>,
    /// Samples that the end comes later than the beginning, where the clocks run apart; `None`
    /// where nothing tells.
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
    /// Where it stands by itself.
    lag: i64,
    /// Correlations by lag, as shares of the highest.
    lags: Vec<f32>,
}

/// Both sounds, or their sizes, behind the filter that whitens the first.
struct Whitened<'a> {
    input: &'a [f32],
    target: &'a [f32],
    /// Whether the size of each answers.
    sizes: (bool, bool),
    filter: Vec<f64>,
    delay: i64,
    reach: i64,
}

/// Follows the delay through a recording that is known to be one of the sound.
pub fn track(input: &[f32], target: &[f32], rate_hz: f64, found: &Alignment) -> Track {
    let sizes = (found.likeness.by != By::Sound, found.likeness.by == By::Sizes);
    let reach = (REACH_S * rate_hz) as i64;
    let mut sounds =
        Whitened { input, target, sizes, filter: vec![1.0], delay: found.delay, reach };
    let length = (PIECE_S * rate_hz) as usize;
    // Only what was recorded: what is missing stands nowhere.
    let there = both(input, target, found.delay);
    let last = there.end.saturating_sub(length / 2).max(there.start);
    let starts: Vec<usize> =
        (there.start..last).step_by(length.max(there.len() / PIECES)).collect();
    let all: Vec<f64> =
        starts.iter().flat_map(|at| sounds.played(*at..(at + length).min(there.end))).collect();
    sounds.filter = predictor(&all);
    let pieces: Vec<Piece> =
        starts.iter().filter_map(|at| sounds.piece(*at..(at + length).min(there.end))).collect();
    if pieces.len() < FEWEST {
        return Track::default();
    }
    let path = path(&pieces, reach);
    let jumps: Vec<Jump> = (1..pieces.len())
        .filter(|i| (path[*i] - path[i - 1]).abs() > 1)
        .map(|i| {
            let within = pieces[i - 1].at..(pieces[i].at + length).min(there.end);
            Jump { at: sounds.place(within, path[i - 1], path[i]), by: path[i] - path[i - 1] }
        })
        .collect();
    // Clocks that run apart move every piece a little: a line fits them better than steps, and no
    // step is great.
    let (slope, off_line) = line(&pieces);
    let off_path =
        median(pieces.iter().zip(&path).map(|(p, at)| (p.lag - at).abs() as f64).collect());
    let gradual = path.windows(2).all(|p| (p[1] - p[0]).abs() <= 2);
    let total = slope * (pieces[pieces.len() - 1].at - pieces[0].at) as f64;
    if total.abs() >= 2.0
        && (gradual && off_line <= 1.0
            || off_line < off_path && off_line <= (0.05 * total.abs()).max(1.0))
    {
        return Track { jumps: Vec::new(), drift: Some(slope * input.len() as f64) };
    }
    let wanders = jumps.len() > 3
        && jumps.iter().map(|j| j.by.signum()).sum::<i64>().abs() < jumps.len() as i64 / 2;
    Track { jumps: if wanders { Vec::new() } else { jumps }, drift: (!wanders).then_some(0.0) }
}

impl Whitened<'_> {
    fn played(&self, part: Range<usize>) -> Vec<f64> {
        self.whitened(self.input, self.sizes.0, part.start as i64, part.len())
    }

    fn heard(&self, from: i64, length: usize) -> Vec<f64> {
        self.whitened(self.target, self.sizes.1, from, length)
    }

    fn whitened(&self, sound: &[f32], size: bool, from: i64, length: usize) -> Vec<f64> {
        let before = self.filter.len() - 1;
        let mut x = samples(sound, from - before as i64, before + length);
        if size {
            x.iter_mut().for_each(|x| *x = x.abs());
        }
        // The filter takes the mean of a sound out, but not that of a size at once.
        let mean = if size { x.iter().sum::<f64>() / x.len().max(1) as f64 } else { 0.0 };
        x.iter_mut().for_each(|x| *x -= mean);
        settled(&x, &self.filter)
    }

    /// `None`: it tells nothing.
    fn piece(&self, part: Range<usize>) -> Option<Piece> {
        let (at, reach) = (part.start, self.reach as usize);
        let piece = self.played(part);
        let there = self.heard(at as i64 + self.delay - self.reach, piece.len() + 2 * reach);
        let transform = Transform::new(there.len().next_power_of_two());
        let spectrum = transform.spectrum(piece.iter().copied());
        let other = transform.spectrum(there.iter().copied());
        let mut lags =
            transform.signal(spectrum.iter().zip(other).map(|(x, y)| x.conj() * y).collect());
        lags.truncate(2 * reach + 1);
        // As shares of both energies: where the recording is louder it is not more alike.
        let mut sums = vec![0.0];
        sums.extend(there.iter().scan(0.0, |sum, y| {
            *sum += y * y;
            Some(*sum)
        }));
        let powers: Vec<f64> = (0..lags.len()).map(|l| sums[l + piece.len()] - sums[l]).collect();
        let least = FAINT * powers.iter().fold(1e-20, |m: f64, p| m.max(*p));
        let own = energy(&piece).max(1e-20);
        lags.iter_mut().zip(&powers).for_each(|(c, p)| *c = c.abs() / (own * p.max(least)).sqrt());
        let best = (0..lags.len()).max_by(|a, b| lags[*a].total_cmp(&lags[*b]))?;
        let top = lags[best];
        let lags = lags.iter().map(|c| (c / top) as f32).collect();
        (top >= TELLING).then_some(Piece { at, lag: best as i64 - self.reach, lags })
    }

    /// The sample of the recording up to which the old lag fits better than the new one.
    fn place(&self, within: Range<usize>, old: i64, new: i64) -> usize {
        let from = within.start;
        let x = self.played(within);
        let at = |lag: i64| from as i64 + self.delay + lag;
        let (before, after) = (self.heard(at(old), x.len()), self.heard(at(new), x.len()));
        let sign = |y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>().signum();
        let (a, b) = (sign(&before), sign(&after));
        let (mut sum, mut best) = (0.0, (0.0, 0));
        for (i, x) in x.iter().enumerate() {
            sum += x * (a * before[i] - b * after[i]);
            if sum > best.0 {
                best = (sum, i);
            }
        }
        usize::try_from(at(old) + best.1 as i64).unwrap_or(0)
    }
}

/// The lag of each piece on the path of the greatest sum. What may stand where it stood speaks for
/// no jump; of those that there are, all pieces tell where and how far.
fn path(pieces: &[Piece], reach: i64) -> Vec<i64> {
    let stands = |c: &f32| (c / STANDS).min(1.0);
    let mut sums: Vec<f32> = pieces[0].lags.iter().map(stands).collect();
    // For each piece: the lag that a jump to it comes from, and the lags at which it comes from
    // there.
    let mut came: Vec<(usize, Vec<bool>)> = Vec::new();
    for piece in &pieces[1..] {
        let from = highest(&sums);
        let least = sums[from] - JUMP;
        came.push((from, sums.iter().map(|sum| *sum < least).collect()));
        sums.iter_mut()
            .zip(&piece.lags)
            .for_each(|(sum, here)| *sum = sum.max(least) + stands(here));
    }
    // The pieces before which it jumps, from the last to the first.
    let mut at = highest(&sums);
    let mut bounds = vec![pieces.len()];
    for (i, (from, jumped)) in came.iter().enumerate().rev() {
        if jumped[at] {
            bounds.push(i + 1);
            at = *from;
        }
    }
    bounds.push(0);
    bounds.reverse();
    let mut runs = vec![(0, best_lag(&pieces[..bounds[1]]))];
    for until in &bounds[2..] {
        let (from, lag) = runs[runs.len() - 1];
        let (at, new) = step(&pieces[from..*until], lag);
        runs.push((from + at, new));
    }
    let lag =
        |i: usize| runs.iter().rev().find(|run| run.0 <= i).map_or(0, |run| run.1 as i64 - reach);
    (0..pieces.len()).map(lag).collect()
}

fn highest(x: &[f32]) -> usize {
    (0..x.len()).max_by(|a, b| x[*a].total_cmp(&x[*b])).unwrap_or(0)
}

/// The lag at which some pieces stand best in sum.
fn best_lag(pieces: &[Piece]) -> usize {
    let mut sums = vec![0.0; pieces[0].lags.len()];
    for piece in pieces {
        sums.iter_mut().zip(&piece.lags).for_each(|(sum, c)| *sum += c);
    }
    highest(&sums)
}

/// The piece from which on another lag is better than the one before, by the greatest sum there is,
/// and that lag.
fn step(pieces: &[Piece], old: usize) -> (usize, usize) {
    let mut sums = vec![0.0; pieces[0].lags.len()];
    let mut best = vec![(f32::MIN, 1); sums.len()];
    for (i, piece) in pieces.iter().enumerate().skip(1).rev() {
        for ((sum, best), c) in sums.iter_mut().zip(&mut best).zip(&piece.lags) {
            *sum += c - piece.lags[old];
            if *sum > best.0 {
                *best = (*sum, i);
            }
        }
    }
    let lag = highest(&best.iter().map(|b| b.0).collect::<Vec<f32>>());
    (best[lag].1, lag)
}

fn median(mut x: Vec<f64>) -> f64 {
    x.sort_by(f64::total_cmp);
    x.get(x.len() / 2).copied().unwrap_or(0.0)
}

/// The slope of the line through the lags, and the median of what it leaves of them: medians, for
/// single pieces may stand anywhere (Theil and Sen).
fn line(pieces: &[Piece]) -> (f64, f64) {
    let slope = |a: &Piece, b: &Piece| (b.lag - a.lag) as f64 / (b.at - a.at) as f64;
    let pairs = pieces
        .iter()
        .enumerate()
        .flat_map(|(i, a)| pieces[i + 1..].iter().map(move |b| slope(a, b)));
    let slope = median(pairs.collect());
    let rest: Vec<f64> = pieces.iter().map(|p| p.lag as f64 - slope * p.at as f64).collect();
    let middle = median(rest.clone());
    (slope, median(rest.into_iter().map(|r| (r - middle).abs()).collect()))
}
