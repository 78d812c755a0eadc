//! Whether a recording is one of a sound at all, and how late it comes to within a millisecond.
//!
//! Both sounds are whitened and correlated over every lag there is. What chance makes of such a pair is measured with the
//! sound played backwards: it has the same spectrum and the same rhythm, and no recording is one of it. Three pairs are
//! looked at, for devices answer in three ways: sound with sound, the sound's size with sound (full-wave rectifiers, octave
//! fuzz), and size with size (ring modulators, what wanders in phase). Two halves of the sound, interleaved, must point at
//! the same lag.

use nfx_learn::profile::linear::Transform;
use realfft::num_complex::Complex;

type Bins = Vec<Complex<f64>>;

/// Rate in Hz below which sounds are not decimated any further.
const RATE_HZ: f64 = 10_000.0;
/// Seconds that are looked at first; all of it where that does not suffice.
const LOOK_S: f64 = 40.0;
/// Lags that are taken together: a sharp answer, in samples; a blurred one and a room's, in seconds.
const SHARP: usize = 5;
const BLUR_S: f64 = 0.02;
const ROOM_S: f64 = 0.3;
/// Blocks that make up the two interleaved halves.
const BLOCKS: usize = 8;
/// A score of a pair from which on no other is looked at.
const PLAIN: f64 = 30.0;
/// A score that is sure, and how many times as much another kind of answer must score then.
const SURE: f64 = 2.0;
const FAR: f64 = 3.0;
/// Seconds before the strongest answer in which an earlier one is looked for.
const EARLIER_S: f64 = 1.0;
/// Answers of less energy than this share of the strongest one's are no beginning.
const FAINT: f64 = 0.1;
/// Lags by which the windows of an answer and of its likeness with itself may be apart.
const APART: i64 = 8;
/// How far a sound must stand out against itself played backwards for a recording of it to be told from another.
const TELLING: f64 = 20.0;
/// What the score of one that hardly can is multiplied by.
const MILD: f64 = 1.6;

/// Which of the device's answers was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum By {
    /// The recording follows the sound.
    #[default]
    Sound,
    /// The recording follows the sound's size: a rectifier.
    Size,
    /// The recording's size follows the sound's.
    Sizes,
}

impl By {
    /// All three.
    pub const ALL: [By; 3] = [By::Sound, By::Size, By::Sizes];

    /// What chance gives at most in windows of the three widths, by pairs of another sound, of another take, and of a wrong
    /// rate.
    fn chance(self, width: usize) -> f64 {
        match self {
            By::Sound => [3.3, 3.3, 2.0][width],
            By::Size => [5.0, 5.0, 2.5][width],
            By::Sizes => [2.5, 2.5, 2.0][width],
        }
    }

    fn parts(self) -> (usize, usize) {
        match self {
            By::Sound => (0, 0),
            By::Size => (1, 0),
            By::Sizes => (1, 1),
        }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Likeness {
    /// Strength of the answer over what chance gives: above 1, the recording is one of this sound.
    pub score: f64,
    /// What answers.
    pub by: By,
    /// Lag in samples of the first answer, to within a millisecond.
    pub first: i64,
    /// Lag of the strongest.
    pub strongest: i64,
    /// Lags of sharp answers of all three kinds, where they are no chance.
    pub sharp: [Option<i64>; 3],
    /// Whether the sound could tell at all: a single hit or a steady tone hardly can.
    pub telling: bool,
}

/// Sound and its size at a low rate, and by what they were decimated.
struct Low {
    parts: [Vec<f64>; 2],
    by: usize,
}

impl Low {
    fn new(x: &[f32], rate_hz: f64) -> Low {
        let by = ((rate_hz / RATE_HZ) as usize).max(1);
        let filter = low_pass(by);
        let of = |f: &dyn Fn(f32) -> f64| {
            let lowered = decimated(&x.iter().map(|x| f(*x)).collect::<Vec<f64>>(), (&filter, by));
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
            let sinc =
                if i == 0 { 2.0 * cut } else { (std::f64::consts::TAU * cut * t).sin() / (std::f64::consts::PI * t) };
            sinc * (0.5 + 0.5 * (std::f64::consts::PI * t / (half + 1) as f64).cos())
        })
        .collect()
}

fn decimated(x: &[f64], (filter, by): (&[f64], usize)) -> Vec<f64> {
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
    let mut spectra: Vec<Bins> = parts.iter().map(|p| transform.spectrum(p.iter().copied())).collect();
    let bins = spectra[0].len();
    let power: Vec<f64> = (0..bins).map(|i| spectra.iter().map(|s| s[i]).sum::<Complex<f64>>().norm_sqr()).collect();
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
    let n = x.len();
    let mut sum: f64 = x[..w.min(n)].iter().map(|x| x * x).sum();
    (0..n)
        .map(|i| {
            let here = sum.max(0.0);
            sum += x[(i + w) % n].powi(2) - x[i].powi(2);
            here
        })
        .collect()
}

/// One pair's energies over lags, of one width.
struct Curve {
    by: By,
    width: usize,
    energy: Vec<f64>,
    /// The most that the sound backwards gives.
    chance: f64,
    best: usize,
}

impl Curve {
    fn score(&self) -> f64 {
        self.energy[self.best] / (self.chance.max(1e-30) * self.by.chance(self.width))
    }
}

/// Spectra of both sounds: of the played one its two halves.
struct Spectra {
    transform: Transform,
    played: [Vec<Bins>; 2],
    heard: [Bins; 2],
    size: usize,
    /// Lags that exist: from minus the played sound's length to the recording's.
    lags: (i64, i64),
    widths: [usize; 3],
}

impl Spectra {
    fn new(input: &Low, target: &Low, rate_hz: f64) -> Spectra {
        let (a, b) = (input.parts[0].len(), target.parts[0].len());
        let size = (a + b).next_power_of_two().max(1 << 10);
        let transform = Transform::new(size);
        let block = a.div_ceil(BLOCKS).max(1);
        let half = |x: &[f64], which: usize| -> Vec<f64> {
            x.iter().enumerate().map(|(i, x)| if (i / block) % 2 == which { *x } else { 0.0 }).collect()
        };
        let played = [0, 1].map(|p| flattened(&transform, &[half(&input.parts[p], 0), half(&input.parts[p], 1)]));
        let heard = [0, 1].map(|p| flattened(&transform, std::slice::from_ref(&target.parts[p])).remove(0));
        let lags = |s: f64| ((s * rate_hz / input.by as f64) as usize).max(SHARP + 1);
        let widths = [SHARP, lags(BLUR_S), lags(ROOM_S)];
        Spectra { transform, played, heard, size, lags: (-(a as i64) + 1, b as i64 - 1), widths }
    }

    /// The curves of a pair, the sharpest first.
    fn curves(&self, by: By) -> [Curve; 3] {
        let (i, j) = by.parts();
        let signals = |forward: bool| -> Vec<Vec<f64>> {
            self.played[i]
                .iter()
                .map(|x| {
                    let turn = |x: &Complex<f64>| if forward { x.conj() } else { *x };
                    self.transform.signal(x.iter().zip(&self.heard[j]).map(|(x, y)| turn(x) * y).collect())
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

    fn lag(&self, at: usize) -> i64 {
        let at = at as i64;
        if at > self.lags.1 { at - self.size as i64 } else { at }
    }

    /// How the played sound resembles itself, as energies of its sharp windows relative to that at no lag.
    fn own(&self, by: By) -> Vec<f64> {
        let x = &self.played[by.parts().0];
        let whole = x[0].iter().zip(&x[1]).map(|(a, b)| Complex::new((a + b).norm_sqr(), 0.0)).collect();
        let mut own = energies(&self.transform.signal(whole), SHARP);
        let top = own.iter().fold(1e-30, |m: f64, e| m.max(*e));
        own.iter_mut().for_each(|e| *e /= top);
        own
    }

    /// The lag at which the first answer begins: earlier than the strongest, no mere likeness of the sound with itself.
    fn first(&self, curve: &Curve, earlier: i64) -> i64 {
        let strongest = self.lag(curve.best);
        let own = self.own(curve.by);
        let top = curve.energy[curve.best];
        let least = (FAINT * top).max(3.0 * curve.chance);
        ((strongest - earlier).max(self.lags.0)..strongest - 3)
            .find(|l| {
                let energy = curve.energy[self.at(*l)];
                let itself = (-APART..=APART).map(|d| own[self.at(l - strongest + d)]).fold(0.0, f64::max);
                energy > least && energy > 3.0 * top * itself
            })
            .unwrap_or(strongest)
    }
}

/// Compares both sounds; where a delay in samples is known, only there.
pub fn likeness(input: &[f32], target: &[f32], rate_hz: f64, delay: Option<i64>) -> Likeness {
    let look = (LOOK_S * rate_hz) as usize;
    let reach = look + delay.map_or(0, |d| usize::try_from(d.abs()).unwrap_or(0).min(input.len()));
    let begin = |x: &[f32]| -> usize { x.len().min(reach) };
    let found = compare(&input[..begin(input)], &target[..begin(target)], rate_hz, delay);
    if found.score >= 1.0 || (input.len() <= reach && target.len() <= reach) {
        return found;
    }
    compare(input, target, rate_hz, delay)
}

fn compare(input: &[f32], target: &[f32], rate_hz: f64, delay: Option<i64>) -> Likeness {
    let (x, y) = (Low::new(input, rate_hz), Low::new(target, rate_hz));
    if x.parts[0].len() < 64 || y.parts[0].len() < 64 {
        return Likeness::default();
    }
    let spectra = Spectra::new(&x, &y, rate_hz);
    let mut best: Option<Curve> = None;
    let mut sharp = [None; 3];
    for by in By::ALL {
        for mut curve in spectra.curves(by) {
            if let Some(delay) = delay {
                let near = delay / x.by as i64;
                let around =
                    (near - spectra.widths[1] as i64 / 2 - 4).max(spectra.lags.0)..=(near + 2).min(spectra.lags.1);
                let Some(at) =
                    around.map(|l| spectra.at(l)).max_by(|a, b| curve.energy[*a].total_cmp(&curve.energy[*b]))
                else {
                    continue;
                };
                curve.best = at;
            }
            if curve.width == 0 && curve.score() >= 1.0 {
                sharp[by as usize] = Some(x.by as i64 * spectra.lag(curve.best));
            }
            // Where the sound itself answers, another kind must say far more: a recording that jumps is none of a rectifier.
            let more = |b: &Curve| if b.by != by && b.score() >= SURE { FAR } else { 1.0 };
            if best.as_ref().is_none_or(|b| curve.score() > more(b) * b.score()) {
                best = Some(curve);
            }
        }
        if by == By::Sound && best.as_ref().is_some_and(|b| b.score() >= PLAIN) {
            break;
        }
    }
    let Some(curve) = best else { return Likeness::default() };
    // A sound that tells little is judged the milder.
    let telling = curve.score() >= 1.0 || telling(&x, rate_hz);
    let mild = if telling { 1.0 } else { MILD };
    let by = x.by as i64;
    let earlier = (EARLIER_S * rate_hz / x.by as f64) as i64;
    Likeness {
        score: curve.score() * mild,
        by: curve.by,
        first: by * if delay.is_some() { spectra.lag(curve.best) } else { spectra.first(&curve, earlier) },
        strongest: by * spectra.lag(curve.best),
        sharp,
        telling,
    }
}

/// Whether a sound can be told from itself played backwards.
fn telling(x: &Low, rate_hz: f64) -> bool {
    let [own, _, _] = Spectra::new(x, x, rate_hz).curves(By::Sound);
    own.energy[own.best] > TELLING * own.chance
}
