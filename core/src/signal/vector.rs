//! Exponential, sigmoid and tanh on vectors, accurate to the last digits of single precision; the
//! product of two vectors.

use super::simd::{EXP2, Simd};

/// Numbers that [`dot`] multiplies at a time.
pub(crate) const LANES: usize = 16;

/// The sum of products of whole lanes, as many as both have, in an order that depends on nothing
/// but their number. Real-time safe.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        for i in 0..LANES {
            sums[i] += a[i] * b[i];
        }
    }
    sums.iter().sum()
}

/// `1 + 2^(x * slope)`, which both functions below divide by.
///
/// `2^n 2^f` with whole `n` and `f` in 0 to 1; `2^f` by the polynomial [`EXP2`], its terms grouped so that the chain of dependent operations is
/// short.
///
/// # Safety
/// The contract of [`Simd`].
#[inline(always)]
unsafe fn one_plus_exp2<S: Simd>(x: S::V, slope: f32, limit: f32) -> S::V {
    const C: [f32; 6] = EXP2;
    // SAFETY: the caller's contract.
    unsafe {
        let (scale, f) = S::split(x, slope, limit);
        let f2 = S::mul(f, f);
        let f4 = S::mul(f2, f2);
        let low = S::fma(S::splat(C[0]), f, S::splat(1.0));
        let middle = S::fma(S::splat(C[2]), f, S::splat(C[1]));
        let high = S::fma(S::splat(C[5]), f2, S::fma(S::splat(C[4]), f, S::splat(C[3])));
        let power = S::fma(high, f4, S::fma(middle, f2, low));
        S::fma(power, scale, S::splat(1.0))
    }
}

/// `tanh x` within 2e-7, between -1 and 1.
///
/// # Safety
/// The contract of [`Simd`].
#[inline(always)]
pub(crate) unsafe fn tanh<S: Simd>(x: S::V) -> S::V {
    // SAFETY: the caller's contract.
    unsafe {
        let d = one_plus_exp2::<S>(x, 2.0 * std::f32::consts::LOG2_E, 12.0);
        S::fma(S::splat(-2.0), S::recip(d), S::splat(1.0))
    }
}

/// `1 / (1 + e^-x)` within 2e-7, between 0 and 1.
///
/// # Safety
/// The contract of [`Simd`].
#[inline(always)]
pub(crate) unsafe fn sigmoid<S: Simd>(x: S::V) -> S::V {
    // SAFETY: the caller's contract.
    unsafe { S::recip(one_plus_exp2::<S>(x, -std::f32::consts::LOG2_E, 80.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::simd::{Isa, dispatch};

    #[inline(always)]
    unsafe fn map<S: Simd>(x: &[f32], tanh_out: &mut [f32], sigmoid_out: &mut [f32]) {
        for i in (0..x.len()).step_by(S::LANES) {
            // SAFETY: the lengths are multiples of 16.
            unsafe {
                let v = S::load(x.as_ptr().add(i));
                S::store(tanh_out.as_mut_ptr().add(i), tanh::<S>(v));
                S::store(sigmoid_out.as_mut_ptr().add(i), sigmoid::<S>(v));
            }
        }
    }

    fn evaluate(isa: Isa, x: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (mut t, mut s) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        assert!(x.len().is_multiple_of(16));
        // SAFETY: only sets that the CPU has are asked for; the length was checked.
        unsafe {
            dispatch!(isa, map(x: &[f32] = x, t: &mut [f32] = &mut t, s: &mut [f32] = &mut s))
        };
        (t, s)
    }

    #[test]
    fn tanh_and_sigmoid_are_exact_to_two_in_ten_million() {
        let step = if cfg!(miri) { 1_000 } else { 1 };
        let mut x: Vec<f32> =
            (-160_000..=160_000).step_by(step).map(|i| i as f32 * 1.3e-4).collect();
        x.extend([
            0.0,
            -0.0,
            1e-30,
            1e30,
            -1e30,
            f32::MAX,
            f32::MIN,
            f32::INFINITY,
            f32::NEG_INFINITY,
        ]);
        x.resize(x.len().next_multiple_of(16), 0.0);
        for isa in Isa::available() {
            let (t, s) = evaluate(isa, &x);
            let mut worst = (0.0f64, 0.0f64);
            for ((&x, &t), &s) in x.iter().zip(&t).zip(&s) {
                let x = f64::from(x);
                worst.0 = worst.0.max((f64::from(t) - x.tanh()).abs());
                worst.1 = worst.1.max((f64::from(s) - 1.0 / (1.0 + (-x).exp())).abs());
                assert!(
                    (-1.0..=1.0).contains(&t) && (0.0..=1.0).contains(&s),
                    "{isa:?}: {x} {t} {s}"
                );
            }
            assert!(worst.0 <= 2e-7 && worst.1 <= 1.5e-7, "{isa:?}: {worst:?}");
        }
    }

    #[test]
    fn zero_stays_zero() {
        for isa in Isa::available() {
            let (t, s) = evaluate(
                isa,
                &[0.0, 0.0, -0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            );
            assert!(t.iter().all(|&t| t == 0.0) && s.iter().all(|&s| s == 0.5), "{isa:?}");
        }
    }
}
