//! Two sounds correlated over every lag there is, at a low rate, both whitened, and beside it what
//! chance gives.

use nfx_learn::effect::linear::Transform;
use realfft::num_complex::Complex;

use super::likeness::By;

type Bins = Vec<Complex<f64>>;

/// Rate in Hz below which sounds are not decimated any further.
const RATE_HZ: f64 = 10_000.0;
/// Lags that are taken together: a sharp answer, in samples; a blurred one and a room's, in
/// seconds.
const SHARP: usize = 5;
const BLUR_S: f64 = 0.02;
const ROOM_S: f64 = 0.3;
/// Blocks that make up the two interleaved halves.
const BLOCKS: usize = 8;
/// Answers of less energy than this share of the strongest one's are no beginning.
const FAINT: f64 = 0.1;
/// Lags by which the windows of an answer and of its likeness with itself may be apart.
const APART: i64 = 8;

/// Sound and its size at a low rate, and by what they were decimated.
pub(super) struct Low {
    pub(super) parts: [Vec<f64>; 2],
    pub(super) by: usize,
}

impl Low {
    /// Of a sound at a rate.
    pub(super) fn new(x: &[f32], rate_hz: f64) -> Low {
        let by = ((rate_hz / RATE_HZ) as usize).max(1);
        let filter = low_pass(by);
        let of = |f: &dyn Fn(f32) -> f64| {
            let lowered = decimated(&x.iter().map(|x| f(*x)).collect::<Vec<f64>>(), &filter, by);
            let mean = lowered.iter().sum::<f64>() / lowered.len().max(1) as f64;
            lowered.into_iter().map(|x| x - mean).collect()
        };
        Low { parts: [of(&|x| f64::from(x)), of(&|x| f64::from(x.abs()))], by }
    }
}

/// A windowed sinc that leaves what `by` times fewer samples can hold.
fn low_pass(by: usize) -> Vec<f64> {
    if by == 1 {
        return vec![1.0];
    }
    let half = (8 * by) as i64;
    let cut = 0.45 / by as f64;
    (-half..=half)
        .map(|i| {
            let t = i as f64;
            let sinc = if i == 0 {
                2.0 * cut
            } else {
                (std::f64::consts::TAU * cut * t).sin() / (std::f64::consts::PI * t)
            };
            sinc * (0.5 + 0.5 * (std::f64::consts::PI * t / (half + 1) as f64).cos())
        })
        .collect()
}

fn decimated(x: &[f64], filter: &[f64], by: usize) -> Vec<f64> {
    let half = filter.len() / 2;
    (0..x.len())
        .step_by(by)
        .map(|at| {
            let from = half.saturating_sub(at);
            let begin = (at + from).saturating_sub(half);
            filter[from..].iter().zip(&x[begin.min(x.len())..]).map(|(h, x)| h * x).sum()
        })
        .collect()
}

/// The spectra of parts of a signal, flattened by the smoothed spectrum of the whole.
fn flattened(transform: &Transform, parts: &[Vec<f64>]) -> Vec<Bins> {
    let mut spectra: Vec<Bins> =
        parts.iter().map(|p| transform.spectrum(p.iter().copied())).collect();
    let bins = spectra[0].len();
    let power: Vec<f64> =
        (0..bins).map(|i| spectra.iter().map(|s| s[i]).sum::<Complex<f64>>().norm_sqr()).collect();
    let half = (bins / 1_000).max(2);
    let mut sums = vec![0.0; bins + 1];
    for (i, p) in power.iter().enumerate() {
        sums[i + 1] = sums[i] + p;
    }
    let smooth: Vec<f64> = (0..bins)
        .map(|i| {
            let (a, b) = (i.saturating_sub(half), (i + half + 1).min(bins));
            (sums[b] - sums[a]) / (b - a) as f64
        })
        .collect();
    let floor = 1e-6 * smooth.iter().fold(0.0, |m: f64, s| m.max(*s)) + 1e-30;
    for s in &mut spectra {
        s.iter_mut().zip(&smooth).for_each(|(s, p)| *s /= (p + floor).sqrt());
    }
    spectra
}

/// Energy in windows of `w` lags from each lag on, around the circle.
fn energies(x: &[f64], w: usize) -> Vec<f64> {
    let w = w.min(x.len());
    let mut sum: f64 = x[..w].iter().map(|x| x * x).sum();
    x.iter()
        .zip(x[w..].iter().chain(x))
        .map(|(leaves, enters)| {
            let here = sum.max(0.0);
            sum += enters * enters - leaves * leaves;
            here
        })
        .collect()
}

/// One pair's energies over lags, of one width.
pub(super) struct Curve {
    pub(super) by: By,
    pub(super) width: usize,
    pub(super) energy: Vec<f64>,
    /// The most that the sound backwards gives.
    pub(super) chance: f64,
    pub(super) best: usize,
}

impl Curve {
    /// Strength over what chance gives.
    pub(super) fn score(&self) -> f64 {
        self.energy[self.best] / (self.chance.max(1e-30) * self.by.chance(self.width))
    }
}

/// Spectra of both sounds: of the played one its two halves.
pub(super) struct Spectra {
    transform: Transform,
    played: [Vec<Bins>; 2],
    heard: [Bins; 2],
    size: usize,
    /// Lags that exist: from minus the played sound's length to the recording's.
    lags: (i64, i64),
    widths: [usize; 3],
}

impl Spectra {
    pub(super) fn new(input: &Low, target: &Low, rate_hz: f64) -> Spectra {
        let (a, b) = (input.parts[0].len(), target.parts[0].len());
        let size = (a + b).next_power_of_two().max(1 << 10);
        let transform = Transform::new(size);
        let block = a.div_ceil(BLOCKS).max(1);
        let half = |x: &[f64], which: usize| -> Vec<f64> {
            x.iter()
                .enumerate()
                .map(|(i, x)| if (i / block) % 2 == which { *x } else { 0.0 })
                .collect()
        };
        let played = [0, 1]
            .map(|p| flattened(&transform, &[half(&input.parts[p], 0), half(&input.parts[p], 1)]));
        let heard =
            [0, 1].map(|p| flattened(&transform, std::slice::from_ref(&target.parts[p])).remove(0));
        let lags = |s: f64| ((s * rate_hz / input.by as f64) as usize).max(SHARP + 1);
        let widths = [SHARP, lags(BLUR_S), lags(ROOM_S)];
        Spectra { transform, played, heard, size, lags: (-(a as i64) + 1, b as i64 - 1), widths }
    }

    /// The curves of a pair, the sharpest first.
    pub(super) fn curves(&self, by: By) -> [Curve; 3] {
        let (i, j) = by.parts();
        let signals = |forward: bool| -> Vec<Vec<f64>> {
            self.played[i]
                .iter()
                .map(|x| {
                    let turn = |x: &Complex<f64>| if forward { x.conj() } else { *x };
                    self.transform
                        .signal(x.iter().zip(&self.heard[j]).map(|(x, y)| turn(x) * y).collect())
                })
                .collect()
        };
        let (there, back) = (signals(true), signals(false));
        [0, 1, 2].map(|width| {
            let w = self.widths[width];
            let both = |s: &[Vec<f64>]| -> Vec<f64> {
                let (a, b) = (energies(&s[0], w), energies(&s[1], w));
                a.iter().zip(&b).map(|(a, b)| (a * b).sqrt()).collect()
            };
            let energy = both(&there);
            let chance = both(&back).into_iter().fold(0.0, f64::max);
            let best = (self.lags.0..=self.lags.1)
                .map(|l| self.at(l))
                .max_by(|a, b| energy[*a].total_cmp(&energy[*b]))
                .unwrap_or(0);
            Curve { by, width, energy, chance, best }
        })
    }

    fn at(&self, lag: i64) -> usize {
        lag.rem_euclid(self.size as i64) as usize
    }

    /// The lag of a place.
    pub(super) fn lag(&self, at: usize) -> i64 {
        let at = at as i64;
        if at > self.lags.1 { at - self.size as i64 } else { at }
    }

    /// The highest place of a curve where both sounds are in time.
    pub(super) fn best_near(&self, curve: &Curve) -> usize {
        let around = (-(self.widths[1] as i64) / 2 - 4).max(self.lags.0)..=2.min(self.lags.1);
        let places = around.map(|l| self.at(l));
        places.max_by(|a, b| curve.energy[*a].total_cmp(&curve.energy[*b])).unwrap_or(curve.best)
    }

    /// The lags of a curve's highest places, so many lags apart.
    pub(super) fn tops<const N: usize>(&self, curve: &Curve, apart: i64) -> [i64; N] {
        let mut tops: Vec<i64> = Vec::new();
        while tops.len() < N {
            let free = |l: &i64| tops.iter().all(|t| (l - t).abs() > apart);
            let energy = |l: &i64| curve.energy[self.at(*l)];
            let next = (self.lags.0..=self.lags.1)
                .filter(free)
                .max_by(|a, b| energy(a).total_cmp(&energy(b)));
            tops.push(next.unwrap_or(0));
        }
        std::array::from_fn(|i| tops[i])
    }

    /// How the played sound resembles itself, as energies of its sharp windows relative to that at
    /// no lag.
    fn own(&self, by: By) -> Vec<f64> {
        let x = &self.played[by.parts().0];
        let whole =
            x[0].iter().zip(&x[1]).map(|(a, b)| Complex::new((a + b).norm_sqr(), 0.0)).collect();
        let mut own = energies(&self.transform.signal(whole), SHARP);
        let top = own.iter().fold(1e-30, |m: f64, e| m.max(*e));
        own.iter_mut().for_each(|e| *e /= top);
        own
    }

    /// The lag at which the first answer begins: earlier than the strongest, no mere likeness of
    /// the sound with itself.
    pub(super) fn first(&self, curve: &Curve, earlier: i64) -> i64 {
        let strongest = self.lag(curve.best);
        let own = self.own(curve.by);
        let top = curve.energy[curve.best];
        let least = (FAINT * top).max(3.0 * curve.chance);
        ((strongest - earlier).max(self.lags.0)..strongest - 3)
            .find(|l| {
                let energy = curve.energy[self.at(*l)];
                let itself =
                    (-APART..=APART).map(|d| own[self.at(l - strongest + d)]).fold(0.0, f64::max);
                energy > least && energy > 3.0 * top * itself
            })
            .unwrap_or(strongest)
    }
}
