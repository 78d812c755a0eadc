//! Linear answers: correlations, convolutions, and the finite impulse response that is the best in
//! the sense of least squares.

use realfft::num_complex::Complex;

use super::transform::Transform;

/// White noise that is added to what a response is learned from, as a share of its power (−70 dB):
/// frequencies that it lacks stay unanswered.
const NOISE: f64 = 1e-7;
/// Steps of the conjugate gradients, at most, and the share of the error that one must take away
/// for another to follow.
const STEPS: usize = 60;
const WORTH: f64 = 2e-3;

/// `out[lag − low] = Σ x[n] · y[n + lag]` for the lags `low..=high`, by blocks of FFTs in double
/// precision. Samples outside a signal are zero.
pub fn correlation(x: &[f32], y: &[f32], low: i64, high: i64) -> Vec<f64> {
    let lags = (high - low + 1).max(0) as usize;
    let size = (x.len().max(1) + lags).min(4 * lags.max(4096)).next_power_of_two();
    let block = size - lags;
    let transform = Transform::new(size);
    let mut sum = vec![Complex::<f64>::default(); size / 2 + 1];
    for from in (0..x.len()).step_by(block) {
        let part = &x[from..(from + block).min(x.len())];
        let later = (0..size).map(|i| {
            let at = usize::try_from(from as i64 + low + i as i64);
            at.ok().and_then(|at| y.get(at)).map_or(0.0, |y| f64::from(*y))
        });
        let a = transform.spectrum(part.iter().map(|x| f64::from(*x)));
        for ((s, a), b) in sum.iter_mut().zip(a).zip(transform.spectrum(later)) {
            *s += a.conj() * b;
        }
    }
    let mut out = transform.signal(sum);
    out.truncate(lags);
    out
}

/// The sound of an impulse response whose first tap stands `before` samples ahead; as long as `x`.
pub fn convolve(x: &[f32], h: &[f64], before: usize) -> Vec<f32> {
    let size = (x.len().max(1) + h.len()).min(4 * h.len().max(1024)).next_power_of_two();
    let block = size - h.len();
    let transform = Transform::new(size);
    let answer = transform.spectrum(h.iter().copied());
    let mut out = vec![0.0f64; x.len() + h.len() + size];
    for from in (0..x.len()).step_by(block) {
        let part = &x[from..(from + block).min(x.len())];
        let mut f = transform.spectrum(part.iter().map(|x| f64::from(*x)));
        f.iter_mut().zip(&answer).for_each(|(f, a)| *f *= a);
        out[from..].iter_mut().zip(transform.signal(f)).for_each(|(o, t)| *o += t);
    }
    out[before..before + x.len()].iter().map(|v| *v as f32).collect()
}

/// A continuous sound before and after a device.
#[derive(Clone, Copy, Debug)]
pub struct Passage<'a> {
    /// What went in.
    pub input: &'a [f32],
    /// What came out, as long.
    pub target: &'a [f32],
    /// Leading samples that are heard and not judged by.
    pub lead: usize,
}

/// The impulse response of `taps` taps that makes of `x` what is nearest to `y` in the sense of
/// least squares; its first tap stands for the sample `before` samples ahead. A little white noise
/// (−70 dB) counts as part of the input, so that frequencies that it lacks stay unanswered. Both
/// begin and end in silence.
pub fn best_response(x: &[f32], y: &[f32], before: usize, taps: usize) -> Vec<f64> {
    let n = taps as i64;
    match Toeplitz::new(&own(x, taps)) {
        Some(matrix) => matrix.solve(&correlation(x, y, -(before as i64), n - 1 - before as i64)),
        None => vec![0.0; taps],
    }
}

/// As [`best_response`] from `start` on, of passages that begin and end anywhere: by conjugate
/// gradients, which the inverse for endless silence around the passages leads (preconditioned as
/// Hestenes and Stiefel 1952 have it).
pub fn best_response_of(passages: &[Passage<'_>], start: &[f64]) -> Vec<f64> {
    let taps = start.len();
    let mut row = vec![0.0; taps];
    for p in passages {
        row.iter_mut().zip(own(p.input, taps)).for_each(|(sum, r)| *sum += r);
    }
    let Some(matrix) = Toeplitz::new(&row) else { return vec![0.0; taps] };
    let normal = Normal { passages, quiet: NOISE * row[0] };
    let mut best = start.to_vec();
    let (mut energy, mut rest) = normal.left(&best);
    let mut guess = matrix.solve(&rest);
    let mut along = guess.clone();
    let mut gain = dot(&rest, &guess);
    for _ in 0..STEPS {
        let image = normal.apply(&along);
        let curve = dot(&along, &image);
        if gain <= 0.0 || curve <= 0.0 {
            break;
        }
        let step = gain / curve;
        best.iter_mut().zip(&along).for_each(|(h, p)| *h += step * p);
        rest.iter_mut().zip(&image).for_each(|(r, q)| *r -= step * q);
        let less = step * gain;
        energy -= less;
        if less <= WORTH * energy {
            break;
        }
        guess = matrix.solve(&rest);
        let next = dot(&rest, &guess);
        along.iter_mut().zip(&guess).for_each(|(p, z)| *p = z + next / gain * *p);
        gain = next;
    }
    best
}

/// The normal equations of passages: what a response makes of their inputs, judged where they are
/// judged, and correlated with the inputs again.
struct Normal<'a> {
    passages: &'a [Passage<'a>],
    /// Energy of the little white noise.
    quiet: f64,
}

impl Normal<'_> {
    /// What the response leaves: its energy, and what of it the input still explains.
    fn left(&self, h: &[f64]) -> (f64, Vec<f64>) {
        let mut energy = self.quiet * dot(h, h);
        let mut explained: Vec<f64> = h.iter().map(|h| -self.quiet * h).collect();
        for p in self.passages {
            let mut error = convolve(p.input, h, 0);
            error.iter_mut().zip(p.target).for_each(|(e, y)| *e = y - *e);
            energy += p.judged(&mut error);
            p.explain(&error, &mut explained);
        }
        (energy, explained)
    }

    fn apply(&self, h: &[f64]) -> Vec<f64> {
        let mut out: Vec<f64> = h.iter().map(|h| self.quiet * h).collect();
        for p in self.passages {
            let mut played = convolve(p.input, h, 0);
            p.judged(&mut played);
            p.explain(&played, &mut out);
        }
        out
    }
}

impl Passage<'_> {
    /// Silences what is not judged; the energy of the rest.
    fn judged(&self, x: &mut [f32]) -> f64 {
        let lead = self.lead.min(x.len());
        x[..lead].fill(0.0);
        x.iter().map(|x| f64::from(*x).powi(2)).sum()
    }

    /// Adds the correlation with the input.
    fn explain(&self, x: &[f32], to: &mut [f64]) {
        let found = correlation(self.input, x, 0, to.len() as i64 - 1);
        to.iter_mut().zip(found).for_each(|(sum, c)| *sum += c);
    }
}

/// The correlation of a sound with itself, with a little white noise in it.
fn own(x: &[f32], taps: usize) -> Vec<f64> {
    let mut row = correlation(x, x, 0, taps as i64 - 1);
    if let Some(power) = row.first_mut() {
        *power *= 1.0 + NOISE;
    }
    row
}

/// The inverse of a symmetric Toeplitz matrix, by the predictor that Durbin's recursion finds of
/// its first row (Durbin 1960) and the formula of Gohberg and Semencul (1972): `R⁻¹ = (A Aᵀ − B Bᵀ)
/// / E` with `A` and `B` lower triangular Toeplitz matrices whose first columns are the predictor
/// `1, a₁, …, aₙ₋₁` and `0, aₙ₋₁, …, a₁`, and `E` the power of its error. The triangular matrices
/// are applied by FFTs.
struct Toeplitz {
    taps: usize,
    /// Spectra of both first columns.
    columns: [Vec<Complex<f64>>; 2],
    error: f64,
    transform: Transform,
}

impl Toeplitz {
    /// `None` where the first row is that of silence.
    fn new(row: &[f64]) -> Option<Self> {
        if row.first().is_none_or(|power| *power <= 0.0) {
            return None;
        }
        let (predictor, error) = predictor(row);
        let taps = row.len();
        let transform = Transform::new((2 * taps).next_power_of_two());
        let mut second = vec![0.0; taps];
        second[1..].iter_mut().zip(predictor[1..].iter().rev()).for_each(|(b, a)| *b = *a);
        let columns = [predictor, second].map(|column| transform.spectrum(column));
        Some(Self { taps, columns, error, transform })
    }

    /// `R⁻¹ y`.
    fn solve(&self, y: &[f64]) -> Vec<f64> {
        let y = self.transform.spectrum(y.iter().copied());
        let first = |spectrum: Vec<Complex<f64>>| {
            self.transform.signal(spectrum).into_iter().take(self.taps)
        };
        let [a, b] = self.columns.each_ref().map(|column| {
            let across = first(y.iter().zip(column).map(|(y, c)| y * c.conj()).collect());
            let down = self.transform.spectrum(across);
            first(down.iter().zip(column).map(|(x, c)| x * c).collect())
        });
        a.zip(b).map(|(a, b)| (a - b) / self.error).collect()
    }
}

/// The predictor of a correlation, as long as it, and the power of its error.
fn predictor(r: &[f64]) -> (Vec<f64>, f64) {
    let n = r.len();
    let (mut a, mut back) = (vec![0.0; n], vec![0.0; n]);
    let reversed: Vec<f64> = r.iter().rev().copied().collect();
    a[0] = 1.0;
    let mut error = r[0];
    for m in 1..n {
        // r[m − i] for i in 0..m.
        let reflection = -dot(&a[..m], &reversed[n - 1 - m..n - 1]) / error;
        back[1..=m].iter_mut().zip(a[..m].iter().rev()).for_each(|(b, a)| *b = *a);
        a[1..=m].iter_mut().zip(&back[1..=m]).for_each(|(a, b)| *a += reflection * b);
        error *= 1.0 - reflection * reflection;
        if error <= r[0] * 1e-14 {
            break;
        }
    }
    (a, error)
}

/// Eight sums side by side: a processor adds as many at once.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for i in 0..8 {
            sums[i] += a[i] * b[i];
        }
    }
    sums.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::loss::esr;
    use rand::Rng;

    fn noise(n: usize) -> Vec<f32> {
        let mut random = crate::rng(3, 0, 0);
        (0..n).map(|_| random.random_range(-1.0..1.0)).collect()
    }

    #[test]
    fn correlations_are_sums_of_products() {
        let (x, y) = (noise(9_000), noise(9_500));
        let fast = correlation(&x, &y, -30, 700);
        for lag in [-30i64, -1, 0, 5, 700] {
            let slow: f64 = (0..x.len() as i64)
                .filter_map(|n| {
                    y.get(usize::try_from(n + lag).ok()?).map(|y| f64::from(x[n as usize] * y))
                })
                .sum();
            assert!((fast[(lag + 30) as usize] - slow).abs() < 1e-4 * 9_000.0, "lag {lag}");
        }
    }

    #[test]
    fn the_inverse_is_the_matrixs() {
        // Of a coloured noise: neighbours are alike.
        let x: Vec<f32> =
            noise(4_000).windows(4).map(|w| w[0] + 1.5 * w[1] + 1.2 * w[2] + 0.4 * w[3]).collect();
        for n in [1, 2, 7, 100] {
            let row = own(&x, n);
            let wanted: Vec<f64> = noise(n).into_iter().map(f64::from).collect();
            let y: Vec<f64> = (0..n)
                .map(|i| (0..n).map(|j| row[i.abs_diff(j)] * wanted[j]).sum::<f64>())
                .collect();
            let found = Toeplitz::new(&row).expect("no silence").solve(&y);
            for (a, b) in found.iter().zip(&wanted) {
                assert!((a - b).abs() < 1e-6, "{n}: {a} {b}");
            }
        }
        assert!(Toeplitz::new(&[0.0, 0.0]).is_none() && Toeplitz::new(&[]).is_none());
    }

    #[test]
    fn the_best_response_of_a_filter_is_the_filter() {
        let x = noise(40_000);
        let h = [0.5f64, -0.3, 0.2, 0.0, 0.1];
        let y = convolve(&x, &h, 0);
        assert!(
            (f64::from(y[100]) - (0..5).map(|k| h[k] * f64::from(x[100 - k])).sum::<f64>()).abs()
                < 1e-6
        );
        let found = best_response(&x, &y, 3, 16);
        for (i, h) in h.iter().enumerate() {
            assert!((found[3 + i] - h).abs() < 1e-3, "{found:?}");
        }
        assert!(found[..3].iter().all(|h| h.abs() < 1e-3));
        let again = convolve(&x, &found, 3);
        assert!(esr(&again, &y) < 1e-5);
    }

    #[test]
    fn passages_that_begin_and_end_anywhere_give_the_same_response() {
        let x = noise(30_000);
        let mut h = vec![0.0f64; 600];
        (h[0], h[90], h[400]) = (0.6, -0.3, 0.4);
        let y = convolve(&x, &h, 0);
        // The first begins with what came before it, the second in the middle of an echo that it
        // cannot explain.
        let cut = |from: usize, until: usize, lead: usize| Passage {
            input: &x[from..until],
            target: &y[from..until],
            lead,
        };
        let passages = [cut(0, 9_000, 0), cut(12_000, 21_000, 600)];
        let once = best_response_of(&passages, &vec![0.0; 700]);
        let apart = |a: &[f64]| {
            a.iter()
                .zip(h.iter().chain([0.0; 100].iter()))
                .map(|(a, h)| (a - h).powi(2))
                .sum::<f64>()
        };
        assert!(apart(&once) < 1e-6, "{}", apart(&once));
        assert!(apart(&best_response_of(&passages, &once)) <= apart(&once) * 1.01);
        assert!(best_response_of(&[], &[0.0; 4]).iter().all(|h| *h == 0.0));
    }
}
