//! The vectors of arm64.

use std::arch::aarch64::*;

use half::f16;

use super::{Simd, Twice};

/// Four floats at a time, fused multiply-add, 32 registers.
#[derive(Clone, Copy, Debug)]
pub struct Neon;

macro_rules! forward {
    ($(fn $name:ident($($arg:ident: $ty:ty),*) -> $out:ty = $body:expr;)*) => {
        $(
            #[inline(always)]
            #[allow(unused_unsafe)] // without a pointer most are safe: every arm64 CPU has them
            unsafe fn $name($($arg: $ty),*) -> $out {
                // SAFETY: every arm64 CPU has the instructions; the pointers have their floats: the
                // trait's contract.
                unsafe { $body }
            }
        )*
    };
}

type V = float32x4_t;

impl Simd for Neon {
    type V = V;
    type Sixteen = Twice<Twice<Self>>;
    const LANES: usize = 4;
    const REGISTERS: usize = 32;
    forward! {
        fn splat(x: f32) -> V = vdupq_n_f32(x);
        fn load(p: *const f32) -> V = vld1q_f32(p);
        fn load_f16(p: *const f16) -> V = vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p.cast())));
        fn store(p: *mut f32, v: V) -> () = vst1q_f32(p, v);
        fn add(a: V, b: V) -> V = vaddq_f32(a, b);
        fn sub(a: V, b: V) -> V = vsubq_f32(a, b);
        fn mul(a: V, b: V) -> V = vmulq_f32(a, b);
        fn div(a: V, b: V) -> V = vdivq_f32(a, b);
        fn fma(a: V, b: V, c: V) -> V = vfmaq_f32(c, a, b);
        // The estimate has 8 bits: two Newton steps take as long as a division.
        fn recip(a: V) -> V = vdivq_f32(vdupq_n_f32(1.0), a);
        // The forms that take the number where the other is none.
        fn clamp(x: V, low: f32, high: f32) -> V =
            vminnmq_f32(vmaxnmq_f32(x, vdupq_n_f32(low)), vdupq_n_f32(high));
        fn floor(x: V) -> V = vrndmq_f32(x);
        fn exp2_whole(n: V) -> V =
            vreinterpretq_f32_s32(vshlq_n_s32::<23>(vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127))));
        fn split(x: V, slope: f32, limit: f32) -> (V, V) = {
            let t = vmulq_f32(Self::clamp(x, -limit, limit), vdupq_n_f32(slope));
            let n = vrndmq_f32(t);
            (Self::exp2_whole(n), vsubq_f32(t, n))
        };
        fn where_positive(x: V, a: V, b: V) -> V = vbslq_f32(vcgtzq_f32(x), a, b);
        // As the portable kernels add.
        fn sum(a: V) -> f32 = {
            let two = vadd_f32(vget_low_f32(a), vget_high_f32(a));
            vget_lane_f32::<0>(two) + vget_lane_f32::<1>(two)
        };
    }
}
