//! One source for three instruction sets: the few vector operations that the profile kernels are
//! written with.
//!
//! A kernel is a generic `#[inline(always)]` function over [`Simd`]; `dispatch!` monomorphises it
//! inside a function with the target features switched on, so that the intrinsics are inlined
//! there. Register tiles are arrays of [`Simd::V`] with constant bounds: plain arrays of floats
//! would be kept in memory by LLVM.

/// The instruction set that evaluates a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isa {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl Isa {
    /// The fastest that this CPU runs.
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx512f") && has!("avx512dq") && has!("avx2") && has!("fma") {
                return Isa::Avx512;
            }
            if has!("avx2") && has!("fma") {
                return Isa::Avx2;
            }
        }
        Isa::Portable
    }

    /// Floats in a vector.
    pub(crate) fn lanes(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => Avx512::LANES,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => Avx2::LANES,
            Isa::Portable => Portable::LANES,
        }
    }

    /// All that this CPU runs, for tests.
    #[cfg(test)]
    pub(crate) fn available() -> Vec<Self> {
        let mut all = vec![Isa::Portable];
        #[cfg(target_arch = "x86_64")]
        match Self::detect() {
            Isa::Avx512 => all.extend([Isa::Avx2, Isa::Avx512]),
            Isa::Avx2 => all.push(Isa::Avx2),
            Isa::Portable => {}
        }
        all
    }
}

/// Vectors of one instruction set.
///
/// # Safety
/// Every method may only be called on a CPU with the set's features; `load` and `store` need
/// [`Simd::LANES`] floats behind the pointer, at any alignment.
pub(crate) trait Simd: Copy {
    /// A vector.
    type V: Copy;
    /// The floats in a vector.
    const LANES: usize;
    unsafe fn splat(x: f32) -> Self::V;
    unsafe fn load(p: *const f32) -> Self::V;
    unsafe fn store(p: *mut f32, v: Self::V);
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V;
    /// `a * b + c`, rounded once where the set can.
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// `1 / a` within 1.5 ulp, for `a` of 1e-37 to 1e37.
    unsafe fn recip(a: Self::V) -> Self::V;
    /// `2^n` and `f` in 0 to 1 with `n + f = x * slope`, `n` whole; `x` limited to `-limit..=limit`
    /// where that is needed to stay in range. A NaN may become the limit or stay one.
    unsafe fn split(x: Self::V, slope: f32, limit: f32) -> (Self::V, Self::V);
    /// `a` where `x > 0`, else `b` (also where `x` is not a number).
    unsafe fn where_positive(x: Self::V, a: Self::V, b: Self::V) -> Self::V;
    /// The sum of the lanes, always in the same order.
    unsafe fn sum(a: Self::V) -> f32;
}

/// Four floats at a time in plain Rust: SSE2, NEON, or whatever the compiler makes of it.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

impl Portable {
    #[inline(always)]
    fn zip(a: [f32; 4], b: [f32; 4], f: impl Fn(f32, f32) -> f32) -> [f32; 4] {
        [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
    }
}

impl Simd for Portable {
    type V = [f32; 4];
    const LANES: usize = 4;

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
    unsafe fn fma(a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
        Self::zip(Self::zip(a, b, |a, b| a * b), c, |ab, c| ab + c)
    }
    #[inline(always)]
    unsafe fn recip(a: [f32; 4]) -> [f32; 4] {
        a.map(|a| 1.0 / a)
    }
    #[inline(always)]
    unsafe fn split(x: [f32; 4], slope: f32, limit: f32) -> ([f32; 4], [f32; 4]) {
        let t = x
            .map(|x| (if x > -limit { if x < limit { x } else { limit } } else { -limit }) * slope);
        // Adding 1.5 * 2^23 to t - 1/2 rounds t down.
        let shifted = t.map(|t| (t - 0.5) + ROUND);
        let power = |s: f32| {
            f32::from_bits(s.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23)
        };
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

/// `1.5 * 2^23`: adding it rounds to the nearest integer.
const ROUND: f32 = 12_582_912.0;

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Simd;
    use std::arch::x86_64::*;

    /// Sixteen floats at a time, fused multiply-add, 32 registers.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx512;

    /// Eight floats at a time, fused multiply-add, 16 registers.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx2;

    macro_rules! forward {
        ($(fn $name:ident($($arg:ident: $ty:ty),*) -> $out:ty = $body:expr;)*) => {
            $(
                #[inline(always)]
                unsafe fn $name($($arg: $ty),*) -> $out {
                    // SAFETY: the CPU has the features and the pointers their floats: the trait's
                    // contract.
                    unsafe { $body }
                }
            )*
        };
    }

    impl Simd for Avx512 {
        type V = __m512;
        const LANES: usize = 16;
        forward! {
            fn splat(x: f32) -> __m512 = _mm512_set1_ps(x);
            fn load(p: *const f32) -> __m512 = _mm512_loadu_ps(p);
            fn store(p: *mut f32, v: __m512) -> () = _mm512_storeu_ps(p, v);
            fn add(a: __m512, b: __m512) -> __m512 = _mm512_add_ps(a, b);
            fn sub(a: __m512, b: __m512) -> __m512 = _mm512_sub_ps(a, b);
            fn mul(a: __m512, b: __m512) -> __m512 = _mm512_mul_ps(a, b);
            fn fma(a: __m512, b: __m512, c: __m512) -> __m512 = _mm512_fmadd_ps(a, b, c);
            // An estimate of 14 bits and one Newton step: half the latency of a division.
            fn recip(a: __m512) -> __m512 = {
                let r = _mm512_rcp14_ps(a);
                _mm512_fmadd_ps(_mm512_fnmadd_ps(a, r, _mm512_set1_ps(1.0)), r, r)
            };
            // Scaling saturates by itself: only infinity has to be kept out, beside the chain of
            // dependent operations.
            fn split(x: __m512, slope: f32, _limit: f32) -> (__m512, __m512) = {
                let t = _mm512_mul_ps(x, _mm512_set1_ps(slope));
                let scale = _mm512_min_ps(_mm512_scalef_ps(_mm512_set1_ps(1.0), t), _mm512_set1_ps(1e30));
                (scale, _mm512_reduce_ps::<0b0001>(t))
            };
            fn where_positive(x: __m512, a: __m512, b: __m512) -> __m512 =
                _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, _mm512_setzero_ps()), b, a);
            fn sum(a: __m512) -> f32 = _mm512_reduce_add_ps(a);
        }
    }

    impl Simd for Avx2 {
        type V = __m256;
        const LANES: usize = 8;
        forward! {
            fn splat(x: f32) -> __m256 = _mm256_set1_ps(x);
            fn load(p: *const f32) -> __m256 = _mm256_loadu_ps(p);
            fn store(p: *mut f32, v: __m256) -> () = _mm256_storeu_ps(p, v);
            fn add(a: __m256, b: __m256) -> __m256 = _mm256_add_ps(a, b);
            fn sub(a: __m256, b: __m256) -> __m256 = _mm256_sub_ps(a, b);
            fn mul(a: __m256, b: __m256) -> __m256 = _mm256_mul_ps(a, b);
            fn fma(a: __m256, b: __m256, c: __m256) -> __m256 = _mm256_fmadd_ps(a, b, c);
            fn recip(a: __m256) -> __m256 = _mm256_div_ps(_mm256_set1_ps(1.0), a);
            fn split(x: __m256, slope: f32, limit: f32) -> (__m256, __m256) = {
                let x = _mm256_min_ps(_mm256_max_ps(x, _mm256_set1_ps(-limit)), _mm256_set1_ps(limit));
                let t = _mm256_mul_ps(x, _mm256_set1_ps(slope));
                let n = _mm256_floor_ps(t);
                let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
                (_mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent)), _mm256_sub_ps(t, n))
            };
            fn where_positive(x: __m256, a: __m256, b: __m256) -> __m256 =
                _mm256_blendv_ps(b, a, _mm256_cmp_ps::<_CMP_GT_OQ>(x, _mm256_setzero_ps()));
            fn sum(a: __m256) -> f32 = {
                let four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps::<1>(a));
                let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
                _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
            };
        }
    }
}

/// Runs the kernel `unsafe fn f<S: Simd>(args)` under the instruction set `isa`, with the set's
/// features switched on around it: `dispatch!(isa, f(x: &[f32] = input, y: &mut [f32] = output))`.
///
/// The kernel must be `#[inline(always)]`. The call is unsafe: the CPU must have the set (as
/// [`Isa::detect`] says), and what the kernel asks for beyond that is the caller's to keep.
macro_rules! dispatch {
    ($isa:expr, $kernel:ident $(::<$($extra:tt),*>)? ($($arg:ident: $ty:ty = $value:expr),* $(,)?)) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
        unsafe fn avx512($($arg: $ty),*) {
            // SAFETY: the features are on; the rest is the caller's contract.
            unsafe { $kernel::<$crate::signal::simd::Avx512 $($(, $extra)*)?>($($arg),*) }
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn avx2($($arg: $ty),*) {
            // SAFETY: as above.
            unsafe { $kernel::<$crate::signal::simd::Avx2 $($(, $extra)*)?>($($arg),*) }
        }
        match $isa {
            #[cfg(target_arch = "x86_64")]
            $crate::signal::simd::Isa::Avx512 => avx512($($value),*),
            #[cfg(target_arch = "x86_64")]
            $crate::signal::simd::Isa::Avx2 => avx2($($value),*),
            $crate::signal::simd::Isa::Portable => $kernel::<$crate::signal::simd::Portable $($(, $extra)*)?>($($value),*),
        }
    }};
}
pub(crate) use dispatch;
