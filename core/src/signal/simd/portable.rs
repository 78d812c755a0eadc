//! Vectors in plain Rust.

use half::f16;

use super::{Simd, Twice};

/// Four floats at a time in plain Rust: SSE2, or whatever the compiler makes of it.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

/// `1.5 * 2^23`: adding it rounds to the nearest integer.
const ROUND: f32 = 12_582_912.0;

impl Portable {
    #[inline(always)]
    fn zip(a: [f32; 4], b: [f32; 4], f: impl Fn(f32, f32) -> f32) -> [f32; 4] {
        [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
    }
}

/// Whole `n + ROUND` to `2^n`: the last bits of the sum are `n`.
#[inline(always)]
fn power(shifted: f32) -> f32 {
    f32::from_bits(shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23)
}

impl Simd for Portable {
    type V = [f32; 4];
    type Sixteen = Twice<Twice<Self>>;
    const LANES: usize = 4;
    const REGISTERS: usize = 16;

    #[inline(always)]
    unsafe fn splat(x: f32) -> [f32; 4] {
        [x; 4]
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> [f32; 4] {
        // SAFETY: the caller has four floats there.
        unsafe { p.cast::<[f32; 4]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn load_f16(p: *const f16) -> [f32; 4] {
        // SAFETY: the caller has four numbers there.
        unsafe { p.cast::<[f16; 4]>().read_unaligned() }.map(f16::to_f32)
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: [f32; 4]) {
        // SAFETY: the caller has four floats there.
        unsafe { p.cast::<[f32; 4]>().write_unaligned(v) }
    }
    #[inline(always)]
    unsafe fn add(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        Self::zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn sub(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        Self::zip(a, b, |a, b| a - b)
    }
    #[inline(always)]
    unsafe fn mul(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        Self::zip(a, b, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn div(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        Self::zip(a, b, |a, b| a / b)
    }
    /// Two roundings: no fused instruction is promised here, and the library's call is slow.
    #[inline(always)]
    unsafe fn fma(a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
        Self::zip(Self::zip(a, b, |a, b| a * b), c, |ab, c| ab + c)
    }
    #[inline(always)]
    unsafe fn recip(a: [f32; 4]) -> [f32; 4] {
        a.map(|a| 1.0 / a)
    }
    #[inline(always)]
    unsafe fn clamp(x: [f32; 4], low: f32, high: f32) -> [f32; 4] {
        x.map(|x| x.max(low).min(high))
    }
    #[inline(always)]
    unsafe fn floor(x: [f32; 4]) -> [f32; 4] {
        // Adding 1.5 * 2^23 to x - 1/2 rounds x down.
        x.map(|x| ((x - 0.5) + ROUND) - ROUND)
    }
    #[inline(always)]
    unsafe fn exp2_whole(n: [f32; 4]) -> [f32; 4] {
        n.map(|n| power(n + ROUND))
    }
    #[inline(always)]
    unsafe fn split(x: [f32; 4], slope: f32, limit: f32) -> ([f32; 4], [f32; 4]) {
        let t = x
            .map(|x| (if x > -limit { if x < limit { x } else { limit } } else { -limit }) * slope);
        let shifted = t.map(|t| (t - 0.5) + ROUND);
        (shifted.map(power), Self::zip(t, shifted, |t, s| t - (s - ROUND)))
    }
    #[inline(always)]
    unsafe fn where_positive(x: [f32; 4], a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        let pick = |i: usize| if x[i] > 0.0 { a[i] } else { b[i] };
        [pick(0), pick(1), pick(2), pick(3)]
    }
    #[inline(always)]
    unsafe fn sum(a: [f32; 4]) -> f32 {
        (a[0] + a[2]) + (a[1] + a[3])
    }
}
