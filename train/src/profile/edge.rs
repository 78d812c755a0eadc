//! The sample at which a device's answer begins, from any sound.
//!
//! A short causal model of the device is fitted at every delay near the one that is roughly known: taps of the sound itself, of
//! hinges at some of its levels, and of the static curve that fits best. Both sides are whitened by the predictor of the
//! sound, so that each tap counts as what it brings that was not known before. As long as the model hears the sound early
//! enough its error stays what it is; one sample later it misses the beginning of the answer and the error rises. Where it
//! rises first is the delay. A cross-correlation's peak would be the middle of the answer.

use nfx_learn::profile::linear::Transform;
use realfft::num_complex::Complex;

/// Seconds that are looked at: the liveliest ones.
const LOOK_S: f64 = 8.0;
/// Delays that are tried before the one that is roughly known, and after it.
const BEFORE: i64 = 96;
const AFTER: i64 = 40;
/// Taps of each part of the model.
const TAPS: usize = 24;
/// Order of the predictor that whitens.
const ORDER: usize = 16;
/// Bins of the static curve.
const BINS: usize = 256;
/// Samples that the static curve is looked for with.
const THIN: usize = 100_000;
/// The first rise of the error's logarithm of this share of the steepest one is the beginning.
const SHARE: f64 = 0.4;
/// A static curve that leaves no more than this is the device itself; one that leaves this much is where it is far better than
/// two samples beside it and the model is in doubt.
const EXACT: f64 = 1e-4;
const NEARLY: f64 = 2e-3;
const SHARPER: f64 = 1.5;
const DOUBT: f64 = 1.0;
/// Length of the transforms.
const SIZE: usize = 4_096;

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Edge {
    /// The delay in samples at which the answer begins.
    pub delay: i64,
    /// The delay at which the best static curve explains most.
    pub by_curve: i64,
    /// What that curve leaves, as a share of the recording's energy.
    pub left: f64,
    /// How steeply the error rises at the beginning: the logarithm's step.
    pub rise: f64,
}

/// Where the answer begins, near a delay that is roughly known.
pub fn edge(input: &[f32], target: &[f32], rate_hz: f64, roughly: i64) -> Edge {
    let (from, length) = lively(input, (LOOK_S * rate_hz) as usize);
    let x = centred(input[from..from + length].iter().map(|x| f64::from(*x)).collect());
    let y = centred(moved(target, from as i64 + roughly, length));
    if length < 4 * SIZE.min(1_000) || energy(&x) <= 0.0 || energy(&y) <= 0.0 {
        return Edge { delay: roughly, by_curve: roughly, left: 1.0, rise: 0.0 };
    }
    let curve = StaticCurve::new(&x);
    let lefts: Vec<f64> = (-BEFORE..=AFTER).map(|d| curve.left(&x, &y, d)).collect();
    let best = (0..lefts.len()).min_by(|a, b| lefts[*a].total_cmp(&lefts[*b])).unwrap_or(0);
    let (at, left) = (best as i64 - BEFORE, lefts[best]);
    let errors = model_errors(&x, &y, curve.played(&x, &y, at));
    let rises: Vec<f64> = errors.windows(2).map(|e| e[1].max(1e-9).ln() - e[0].max(1e-9).ln()).collect();
    let steepest = rises.iter().fold(0.0, |m: f64, r| m.max(*r));
    let first = rises.iter().position(|r| *r >= SHARE * steepest).unwrap_or(BEFORE as usize) as i64;
    let beside = |i: Option<usize>| i.and_then(|i| lefts.get(i)).is_none_or(|l| *l > SHARPER * left);
    let sharp = beside(best.checked_sub(2)) && beside(Some(best + 2));
    let curve_only = left < EXACT || left < NEARLY && sharp && steepest < DOUBT;
    let first = if curve_only { best as i64 } else { first };
    Edge { delay: roughly - BEFORE + first, by_curve: roughly + at, left, rise: steepest }
}

/// Errors of the model at each delay, as shares of the whitened recording's energy.
fn model_errors(x: &[f64], y: &[f64], shaped: Vec<f64>) -> Vec<f64> {
    let whitener = predictor(x);
    let mut parts = vec![x.to_vec(), shaped, x.iter().map(|x| x.abs()).collect()];
    for level in levels(x) {
        parts.push(x.iter().map(|x| (x - level).max(0.0)).collect());
        parts.push(x.iter().map(|x| (-x - level).max(0.0)).collect());
    }
    let parts: Vec<Vec<f64>> = parts.into_iter().map(|p| unit(filtered(&centred(p), &whitener))).collect();
    let heard = unit(filtered(y, &whitener));
    let (own, with) = correlations(&parts, &heard);
    let n = parts.len() * TAPS;
    let mut matrix = vec![0.0; n * n];
    for (row, line) in matrix.chunks_exact_mut(n).enumerate() {
        let (a, i) = (row / TAPS, row % TAPS);
        for (column, to) in line.iter_mut().enumerate() {
            let (b, j) = (column / TAPS, column % TAPS);
            let lag = i + TAPS - 1 - j;
            *to = if a <= b { own[a * parts.len() + b][lag] } else { own[b * parts.len() + a][2 * TAPS - 2 - lag] };
        }
        line[row] += 1e-7;
    }
    cholesky(&mut matrix, n);
    (0..=(BEFORE + AFTER) as usize)
        .map(|d| {
            let side: Vec<f64> = with.iter().flat_map(|c| c[d..d + TAPS].iter().copied()).collect();
            1.0 - explained(&matrix, side)
        })
        .collect()
}

/// Correlations of all pairs of parts (`a ≤ b`) at lags of less than [`TAPS`], and of all parts with what was heard, from
/// lag −[`BEFORE`] on.
fn correlations(parts: &[Vec<f64>], heard: &[f64]) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let (k, n) = (parts.len(), heard.len());
    let transform = Transform::new(SIZE);
    let bins = SIZE / 2 + 1;
    let mut own = vec![vec![Complex::<f64>::default(); bins]; k * k];
    let mut with = vec![vec![Complex::<f64>::default(); bins]; k];
    let longest = (BEFORE + AFTER) as usize + TAPS + 1;
    let block = SIZE - longest.max(2 * TAPS);
    let from = |x: &[f64], begin: i64| -> Vec<Complex<f64>> {
        transform.spectrum(
            (0..SIZE as i64).map(|i| usize::try_from(begin + i).ok().and_then(|at| x.get(at)).copied().unwrap_or(0.0)),
        )
    };
    for begin in (0..n).step_by(block) {
        let here: Vec<_> =
            parts.iter().map(|p| transform.spectrum(p[begin..(begin + block).min(n)].iter().copied())).collect();
        let later: Vec<_> = parts.iter().map(|p| from(p, begin as i64 - TAPS as i64 + 1)).collect();
        let sound = from(heard, begin as i64 - BEFORE);
        let add = |to: &mut Vec<Complex<f64>>, x: &[Complex<f64>], y: &[Complex<f64>]| {
            to.iter_mut().zip(x).zip(y).for_each(|((to, x), y)| *to += x.conj() * y);
        };
        for a in 0..k {
            add(&mut with[a], &here[a], &sound);
            for b in a..k {
                add(&mut own[a * k + b], &here[a], &later[b]);
            }
        }
    }
    let back = |s: Vec<Vec<Complex<f64>>>, lags: usize| -> Vec<Vec<f64>> {
        s.into_iter()
            .map(|s| {
                let mut out = transform.signal(s);
                out.truncate(lags);
                out
            })
            .collect()
    };
    (back(own, 2 * TAPS - 1), back(with, longest))
}

/// `L` of `A = L Lᵀ` in the lower triangle, row by row.
fn cholesky(a: &mut [f64], n: usize) {
    for i in 0..n {
        let (above, row) = a.split_at_mut(i * n);
        for j in 0..i {
            let other = &above[j * n..j * n + j];
            let sum: f64 = row[..j].iter().zip(other).map(|(x, y)| x * y).sum();
            row[j] = (row[j] - sum) / above[j * n + j];
        }
        let sum: f64 = row[..i].iter().map(|x| x * x).sum();
        row[i] = (row[i] - sum).max(1e-12).sqrt();
    }
}

/// `bᵀ A⁻¹ b` with the factor of [`cholesky`].
fn explained(factor: &[f64], mut side: Vec<f64>) -> f64 {
    let n = side.len();
    for i in 0..n {
        let row = &factor[i * n..i * n + i];
        let sum: f64 = row.iter().zip(&side).map(|(x, y)| x * y).sum();
        side[i] = (side[i] - sum) / factor[i * n + i];
    }
    side.iter().map(|x| x * x).sum()
}

/// The curve from a sample to a sample that is the best in the sense of least squares: straight in each of many bins that
/// hold equally many samples.
struct StaticCurve {
    bin: Vec<u16>,
    step: usize,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Sums {
    /// The slope, and what it leaves.
    fn line(&self) -> (f64, f64) {
        let n = self.n.max(1e-9);
        let xx = self.xx - self.x * self.x / n;
        let xy = self.xy - self.x * self.y / n;
        let yy = self.yy - self.y * self.y / n;
        let slope = if xx > 1e-12 * self.xx.max(1e-12) { xy / xx } else { 0.0 };
        (slope, (yy - slope * xy).max(0.0))
    }
}

impl StaticCurve {
    fn new(x: &[f64]) -> Self {
        let mut sorted: Vec<f64> = x.iter().step_by((x.len() / THIN).max(1)).copied().collect();
        sorted.sort_by(f64::total_cmp);
        let edges: Vec<f64> = (1..BINS).map(|b| sorted[b * sorted.len() / BINS]).collect();
        let bin = x.iter().map(|x| edges.partition_point(|e| e <= x) as u16).collect();
        Self { bin, step: (x.len() / THIN).max(1) }
    }

    fn sums(&self, x: &[f64], y: &[f64], (delay, step): (i64, usize)) -> Vec<Sums> {
        let mut sums = vec![Sums::default(); BINS];
        let begin = usize::try_from(-delay).unwrap_or(0);
        let end = x.len().min(usize::try_from(y.len() as i64 - delay).unwrap_or(0));
        for at in (begin..end).step_by(step) {
            let (x, y) = (x[at], y[(at as i64 + delay) as usize]);
            let s = &mut sums[usize::from(self.bin[at])];
            s.n += 1.0;
            s.x += x;
            s.y += y;
            s.xx += x * x;
            s.xy += x * y;
            s.yy += y * y;
        }
        sums
    }

    /// What the best curve at a delay leaves of the energy.
    fn left(&self, x: &[f64], y: &[f64], delay: i64) -> f64 {
        let sums = self.sums(x, y, (delay, self.step));
        let (n, y, yy) = sums.iter().fold((0.0, 0.0, 0.0), |a, s| (a.0 + s.n, a.1 + s.y, a.2 + s.yy));
        sums.iter().map(|s| s.line().1).sum::<f64>() / (yy - y * y / f64::max(n, 1.0)).max(1e-20)
    }

    /// What the best curve at a delay makes of the sound.
    fn played(&self, x: &[f64], y: &[f64], delay: i64) -> Vec<f64> {
        let lines: Vec<(f64, f64)> = self
            .sums(x, y, (delay, 1))
            .iter()
            .map(|s| {
                let slope = s.line().0;
                (slope, (s.y - slope * s.x) / s.n.max(1e-9))
            })
            .collect();
        x.iter()
            .zip(&self.bin)
            .map(|(x, bin)| {
                let (slope, offset) = lines[usize::from(*bin)];
                slope * x + offset
            })
            .collect()
    }
}

/// Three levels of the sound, where it is not quiet.
fn levels(x: &[f64]) -> [f64; 3] {
    let peak = x.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    let mut sizes: Vec<f64> =
        x.iter().step_by((x.len() / THIN).max(1)).map(|x| x.abs()).filter(|a| *a > 0.02 * peak).collect();
    sizes.sort_by(f64::total_cmp);
    [0.25, 0.6, 0.9].map(|q| sizes.get((q * sizes.len() as f64) as usize).copied().unwrap_or(0.0))
}

/// The part of a length in which the sound changes most.
fn lively(x: &[f32], length: usize) -> (usize, usize) {
    if x.len() <= length {
        return (0, x.len());
    }
    let step = (length / 8).max(1);
    let changes: Vec<f64> =
        x.chunks(step).map(|c| c.windows(2).map(|w| f64::from(w[1] - w[0]).powi(2)).sum::<f64>().sqrt()).collect();
    let most = x.len() - length;
    let best = (0..=most / step)
        .max_by(|a, b| changes[*a..*a + 8].iter().sum::<f64>().total_cmp(&changes[*b..*b + 8].iter().sum()))
        .unwrap_or(0);
    (best * step, length)
}

fn centred(mut x: Vec<f64>) -> Vec<f64> {
    let mean = x.iter().sum::<f64>() / x.len().max(1) as f64;
    x.iter_mut().for_each(|x| *x -= mean);
    x
}

fn energy(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}

fn unit(mut x: Vec<f64>) -> Vec<f64> {
    let scale = 1.0 / (energy(&x) + 1e-30).sqrt();
    x.iter_mut().for_each(|x| *x *= scale);
    x
}

/// The filter that predicts each sample from the ones before it and leaves the rest (Levinson and Durbin).
pub(super) fn predictor(x: &[f64]) -> Vec<f64> {
    let mut r: Vec<f64> =
        (0..=ORDER).map(|lag| x.iter().zip(&x[lag.min(x.len())..]).map(|(a, b)| a * b).sum()).collect();
    r[0] = r[0] * (1.0 + 1e-9) + 1e-20;
    let mut a = vec![1.0];
    let mut error = r[0];
    for i in 1..=ORDER {
        let gain = -a.iter().enumerate().map(|(j, a)| a * r[i - j]).sum::<f64>() / error;
        a.push(0.0);
        let turned: Vec<f64> = a.iter().rev().copied().collect();
        a.iter_mut().zip(turned).for_each(|(a, t)| *a += gain * t);
        error *= 1.0 - gain * gain;
    }
    a
}

pub(super) fn filtered(x: &[f64], filter: &[f64]) -> Vec<f64> {
    (0..x.len())
        .map(|i| filter[..=i.min(filter.len() - 1)].iter().enumerate().map(|(j, f)| f * x[i - j]).sum())
        .collect()
}

/// The liveliest part of a length of both sounds, the recording moved by a delay, behind the filter that whitens the first.
pub(super) fn whitened(input: &[f32], target: &[f32], length: usize, delay: i64) -> (Vec<f64>, Vec<f64>) {
    let (from, length) = lively(input, length);
    let x = centred(input[from..from + length].iter().map(|x| f64::from(*x)).collect());
    let y = centred(moved(target, from as i64 + delay, length));
    let filter = predictor(&x);
    (filtered(&x, &filter), filtered(&y, &filter))
}

/// So many samples of a sound from a place on; zeros where there are none.
fn moved(sound: &[f32], from: i64, length: usize) -> Vec<f64> {
    (0..length as i64)
        .map(|i| usize::try_from(from + i).ok().and_then(|at| sound.get(at)).map_or(0.0, |y| f64::from(*y)))
        .collect()
}

/// The liveliest part of a length of both sounds, the recording moved by a delay.
pub(super) fn lively_part(input: &[f32], target: &[f32], length: usize, delay: i64) -> (Vec<f32>, Vec<f32>) {
    let (from, length) = lively(input, length);
    let y = moved(target, from as i64 + delay, length).into_iter().map(|y| y as f32).collect();
    (input[from..from + length].to_vec(), y)
}
