//! The vectors of x86-64.

use std::arch::x86_64::*;

use half::f16;

use super::{Simd, Twice};

/// Sixteen floats at a time, fused multiply-add, 32 registers.
#[derive(Clone, Copy, Debug)]
pub struct Avx512;

/// Eight floats at a time, fused multiply-add, 16 registers.
#[derive(Clone, Copy, Debug)]
pub struct Avx2;

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
    type Sixteen = Self;
    const LANES: usize = 16;
    const REGISTERS: usize = 32;
    forward! {
        fn splat(x: f32) -> __m512 = _mm512_set1_ps(x);
        fn load(p: *const f32) -> __m512 = _mm512_loadu_ps(p);
        fn load_f16(p: *const f16) -> __m512 = _mm512_cvtph_ps(_mm256_loadu_si256(p.cast()));
        fn store(p: *mut f32, v: __m512) -> () = _mm512_storeu_ps(p, v);
        fn add(a: __m512, b: __m512) -> __m512 = _mm512_add_ps(a, b);
        fn sub(a: __m512, b: __m512) -> __m512 = _mm512_sub_ps(a, b);
        fn mul(a: __m512, b: __m512) -> __m512 = _mm512_mul_ps(a, b);
        fn div(a: __m512, b: __m512) -> __m512 = _mm512_div_ps(a, b);
        fn fma(a: __m512, b: __m512, c: __m512) -> __m512 = _mm512_fmadd_ps(a, b, c);
        // An estimate of 14 bits and one Newton step: half the latency of a division.
        fn recip(a: __m512) -> __m512 = {
            let r = _mm512_rcp14_ps(a);
            _mm512_fmadd_ps(_mm512_fnmadd_ps(a, r, _mm512_set1_ps(1.0)), r, r)
        };
        fn clamp(x: __m512, low: f32, high: f32) -> __m512 =
            _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(low)), _mm512_set1_ps(high));
        fn floor(x: __m512) -> __m512 =
            _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC }>(x);
        fn exp2_whole(n: __m512) -> __m512 = _mm512_scalef_ps(_mm512_set1_ps(1.0), n);
        // Scaling saturates by itself: only infinity has to be kept out, beside the chain of
        // dependent operations.
        fn split(x: __m512, slope: f32, _limit: f32) -> (__m512, __m512) = {
            let t = _mm512_mul_ps(x, _mm512_set1_ps(slope));
            let power = _mm512_scalef_ps(_mm512_set1_ps(1.0), t);
            (_mm512_min_ps(power, _mm512_set1_ps(1e30)), _mm512_reduce_ps::<0b0001>(t))
        };
        fn where_positive(x: __m512, a: __m512, b: __m512) -> __m512 =
            _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, _mm512_setzero_ps()), b, a);
        fn sum(a: __m512) -> f32 = _mm512_reduce_add_ps(a);
        fn prefetch(line: *const u8) -> () = _mm_prefetch::<_MM_HINT_T0>(line.cast());
    }
}

impl Simd for Avx2 {
    type V = __m256;
    type Sixteen = Twice<Self>;
    const LANES: usize = 8;
    const REGISTERS: usize = 16;
    forward! {
        fn splat(x: f32) -> __m256 = _mm256_set1_ps(x);
        fn load(p: *const f32) -> __m256 = _mm256_loadu_ps(p);
        fn load_f16(p: *const f16) -> __m256 = _mm256_cvtph_ps(_mm_loadu_si128(p.cast()));
        fn store(p: *mut f32, v: __m256) -> () = _mm256_storeu_ps(p, v);
        fn add(a: __m256, b: __m256) -> __m256 = _mm256_add_ps(a, b);
        fn sub(a: __m256, b: __m256) -> __m256 = _mm256_sub_ps(a, b);
        fn mul(a: __m256, b: __m256) -> __m256 = _mm256_mul_ps(a, b);
        fn div(a: __m256, b: __m256) -> __m256 = _mm256_div_ps(a, b);
        fn fma(a: __m256, b: __m256, c: __m256) -> __m256 = _mm256_fmadd_ps(a, b, c);
        fn recip(a: __m256) -> __m256 = _mm256_div_ps(_mm256_set1_ps(1.0), a);
        fn clamp(x: __m256, low: f32, high: f32) -> __m256 =
            _mm256_min_ps(_mm256_max_ps(x, _mm256_set1_ps(low)), _mm256_set1_ps(high));
        fn floor(x: __m256) -> __m256 = _mm256_floor_ps(x);
        fn exp2_whole(n: __m256) -> __m256 = {
            let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
            _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
        };
        fn split(x: __m256, slope: f32, limit: f32) -> (__m256, __m256) = {
            let t = _mm256_mul_ps(Self::clamp(x, -limit, limit), _mm256_set1_ps(slope));
            let n = _mm256_floor_ps(t);
            (Self::exp2_whole(n), _mm256_sub_ps(t, n))
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
