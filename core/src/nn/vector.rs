//! Exponential, sigmoid and tanh on vectors, accurate to the last digits of single precision.

use super::simd::{ROUND, Simd};

/// `1 + e^(x * slope)`, which both functions below divide by. A NaN in `x` is taken for the limit.
///
/// `2^n 2^f` with whole `n` and `f` in -0.5 to 0.5; `2^f` by a polynomial with the least relative error (2e-9), summed in pairs so that the
/// chain of dependent operations is short.
///
/// # Safety
/// The contract of [`Simd`].
#[inline(always)]
unsafe fn one_plus_exp<S: Simd>(x: S::V, log2_slope: f32, limit: f32) -> S::V {
    const C: [f32; 6] = [0.693_147_2, 0.240_226_48, 0.055_503_324, 0.009_618_437, 0.001_339_887_5, 0.000_153_533_62];
    // SAFETY: the caller's contract.
    unsafe {
        let x = S::clamp(x, limit);
        let slope = S::splat(log2_slope);
        let shifted = S::fma(x, slope, S::splat(ROUND));
        let n = S::sub(shifted, S::splat(ROUND));
        let f = S::fma(x, slope, S::sub(S::splat(0.0), n));
        let f2 = S::mul(f, f);
        let low = S::fma(S::splat(C[0]), f, S::splat(1.0));
        let middle = S::fma(S::splat(C[2]), f, S::splat(C[1]));
        let high = S::fma(S::splat(C[5]), f2, S::fma(S::splat(C[4]), f, S::splat(C[3])));
        let power = S::fma(S::fma(high, f2, middle), f2, low);
        S::add(S::scale(power, n, shifted), S::splat(1.0))
    }
}

/// `tanh x` within 2e-7; always a number between -1 and 1.
///
/// # Safety
/// The contract of [`Simd`].
#[inline(always)]
pub(crate) unsafe fn tanh<S: Simd>(x: S::V) -> S::V {
    // SAFETY: the caller's contract.
    unsafe {
        let d = one_plus_exp::<S>(x, 2.0 * std::f32::consts::LOG2_E, 12.0);
        S::fma(S::splat(-2.0), S::recip(d), S::splat(1.0))
    }
}

/// `1 / (1 + e^-x)` within 2e-7; always a number between 0 and 1.
///
/// # Safety
/// The contract of [`Simd`].
#[inline(always)]
pub(crate) unsafe fn sigmoid<S: Simd>(x: S::V) -> S::V {
    // SAFETY: the caller's contract.
    unsafe { S::recip(one_plus_exp::<S>(x, -std::f32::consts::LOG2_E, 80.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::simd::{Isa, dispatch};

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
        unsafe { dispatch!(isa, map(x: &[f32] = x, t: &mut [f32] = &mut t, s: &mut [f32] = &mut s)) };
        (t, s)
    }

    #[test]
    fn tanh_and_sigmoid_are_exact_to_two_in_ten_million() {
        let mut x: Vec<f32> = (-160_000..=160_000).map(|i| i as f32 * 1.3e-4).collect();
        x.extend([0.0, -0.0, 1e-30, 1e30, -1e30, f32::MAX, f32::MIN, f32::INFINITY, f32::NEG_INFINITY]);
        x.resize(x.len().next_multiple_of(16), 0.0);
        for isa in Isa::available() {
            let (t, s) = evaluate(isa, &x);
            let mut worst = (0.0f64, 0.0f64);
            for ((&x, &t), &s) in x.iter().zip(&t).zip(&s) {
                let x = f64::from(x);
                worst.0 = worst.0.max((f64::from(t) - x.tanh()).abs());
                worst.1 = worst.1.max((f64::from(s) - 1.0 / (1.0 + (-x).exp())).abs());
                assert!((-1.0..=1.0).contains(&t) && (0.0..=1.0).contains(&s), "{isa:?}: {x} {t} {s}");
            }
            assert!(worst.0 <= 2e-7 && worst.1 <= 1.5e-7, "{isa:?}: {worst:?}");
        }
    }

    #[test]
    fn a_nan_becomes_a_number_and_zero_stays_zero() {
        for isa in Isa::available() {
            let (t, s) =
                evaluate(isa, &[f32::NAN, 0.0, -0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
            assert!(t[0].is_finite() && s[0].is_finite(), "{isa:?}");
            assert!(t[1..].iter().all(|&t| t == 0.0) && s[1..].iter().all(|&s| s == 0.5), "{isa:?}");
        }
    }
}
