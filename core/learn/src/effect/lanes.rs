//! What the hand-written passes compute with, sixteen numbers at a time: one vector of AVX-512, two
//! of AVX2, four of other CPUs (`Simd::Sixteen` of [`nfx_core::signal::simd`]).

use nfx_core::signal::simd::{EXP2, Simd};

/// Numbers that the passes take at a time.
pub const LANES: usize = 16;

/// Hyperbolic tangent as Eigen approximates it: a quotient of polynomials of degrees 13 and 6,
/// exact to a few units of the last place.
///
/// # Safety
/// The contract of [`Simd`].
#[inline(always)]
pub unsafe fn tanh<S: Simd>(x: S::V) -> S::V {
    // SAFETY: the caller's contract.
    unsafe {
        let x = S::clamp(x, -7.905_311, 7.905_311);
        let s = S::mul(x, x);
        let mut p = S::splat(-2.760_768_5e-16);
        for c in [
            2.000_188e-13,
            -8.604_672e-11,
            5.122_297_1e-8,
            1.485_722_4e-5,
            6.372_619_3e-4,
            4.893_524_6e-3,
        ] {
            p = S::fma(p, s, S::splat(c));
        }
        let mut q = S::splat(1.198_258_4e-6);
        for c in [1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3] {
            q = S::fma(q, s, S::splat(c));
        }
        S::div(S::mul(x, p), q)
    }
}

/// Logistic function, `1 / (1 + 2^(-x log2 e))`: exact to the last place near 1, too.
///
/// A gate that hardly lets go is a memory of `1 / (1 - gate)` samples. By [`tanh`], whose error
/// near 1 leans to one side, a memory of a second was off by a hundredth from that of the real-time
/// form, whose formula this is.
///
/// # Safety
/// The contract of [`Simd`].
#[inline(always)]
pub unsafe fn sigmoid<S: Simd>(x: S::V) -> S::V {
    // SAFETY: the caller's contract.
    unsafe {
        let t = S::mul(S::clamp(x, -80.0, 80.0), S::splat(-std::f32::consts::LOG2_E));
        let n = S::floor(t);
        let (scale, f) = (S::exp2_whole(n), S::sub(t, n));
        let mut power = S::splat(EXP2[5]);
        for c in [EXP2[4], EXP2[3], EXP2[2], EXP2[1], EXP2[0], 1.0] {
            power = S::fma(power, f, S::splat(c));
        }
        S::div(S::splat(1.0), S::fma(power, scale, S::splat(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nfx_core::signal::simd::{Isa, dispatch};

    type Both = ([f32; LANES], [f32; LANES]);

    #[inline(always)]
    unsafe fn kernel<S: Simd>(x: [f32; LANES]) -> Both {
        let mut out = ([0.0; LANES], [0.0; LANES]);
        // SAFETY: the caller's contract; the arrays hold sixteen numbers.
        unsafe {
            let v = S::load(x.as_ptr());
            S::store(out.0.as_mut_ptr(), tanh::<S>(v));
            S::store(out.1.as_mut_ptr(), sigmoid::<S>(v));
        }
        out
    }

    fn apply(isa: Isa, x: [f32; LANES]) -> Both {
        // SAFETY: the kernel asks for nothing beyond the set.
        unsafe { dispatch!(isa, sixteen kernel(x: [f32; LANES] = x) -> Both) }
    }

    /// Every instruction set with every number of a range.
    fn sets(range: std::ops::Range<i32>) -> impl Iterator<Item = (Isa, i32)> {
        Isa::available().into_iter().flat_map(move |isa| range.clone().map(move |i| (isa, i)))
    }

    #[test]
    fn the_vector_functions_are_those_of_the_library() {
        let mut worst = 0.0f64;
        for (isa, i) in sets(-400..400) {
            let x: [f32; LANES] = std::array::from_fn(|l| (i as f32 + l as f32 / 16.0) * 0.03);
            let (t, s) = apply(isa, x);
            for l in 0..LANES {
                worst = worst.max((f64::from(t[l]) - f64::from(x[l]).tanh()).abs());
                worst = worst.max((f64::from(s[l]) - 1.0 / (1.0 + (-f64::from(x[l])).exp())).abs());
            }
        }
        assert!(worst < 4e-7, "expected the last places of f32, found {worst:e}");
    }

    #[test]
    fn a_gate_that_hardly_lets_go_lets_go_as_fast_as_the_librarys() {
        // Memories of 0.004 to 1.6 s at 48 kHz; the mean over 2,560 gates of each length, for
        // rounding itself evens out.
        for (isa, k) in sets(0..5) {
            let start = [5.0f32, 7.0, 9.0, 10.0, 11.0][k as usize];
            let (mut found, mut want) = (0.0f64, 0.0f64);
            for i in 0..160 {
                let x: [f32; LANES] =
                    std::array::from_fn(|l| start + (i * LANES + l) as f32 / 5120.0);
                let s = apply(isa, x).1;
                for l in 0..LANES {
                    found += 1.0 - f64::from(s[l]);
                    want += 1.0 / (1.0 + f64::from(x[l]).exp());
                }
            }
            assert!(
                (found / want - 1.0).abs() < 5e-4,
                "{isa:?}, {start}: {found:e} beside {want:e}"
            );
        }
    }
}
