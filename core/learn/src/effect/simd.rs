//! Sixteen numbers at a time, on whatever vectors the CPU has.
//!
//! Kernels are written once over [`Lanes`] and instantiated for AVX-512, for AVX2 with FMA and for
//! plain arrays; [`dispatch!`] chooses at run time. Explicit vectors, because tiles of plain arrays
//! are kept in memory by the compiler, not in registers.

use std::ops::{Add, Mul, Sub};

/// Lanes of a vector.
pub const LANES: usize = 16;

/// Sixteen `f32`.
///
/// # Safety
/// The methods of an implementation may only be called on a CPU with its instructions;
/// [`dispatch!`] sees to that.
pub trait Lanes: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> {
    /// The same number in every lane.
    fn splat(x: f32) -> Self;
    /// The first sixteen of a slice.
    ///
    /// # Safety
    /// The pointer must be good for sixteen reads.
    unsafe fn load(from: *const f32) -> Self;
    /// Writes sixteen.
    ///
    /// # Safety
    /// The pointer must be good for sixteen writes.
    unsafe fn store(self, to: *mut f32);
    /// `self · a + b`, rounded once where the CPU can.
    fn mul_add(self, a: Self, b: Self) -> Self;
    /// Quotient.
    fn over(self, other: Self) -> Self;
    /// Every lane held within bounds.
    fn clamp(self, low: f32, high: f32) -> Self;
    /// `a` where `self` is greater than zero, else `b`.
    fn positive(self, a: Self, b: Self) -> Self;
    /// `2^n` and `f`, 0 to 1, with `n + f` the number and `n` whole; the number from -126 to 127.
    fn split(self) -> (Self, Self);
    /// The sum of all lanes, always added in the same order.
    fn sum(self) -> f32;
}

/// Plain arrays: any CPU.
#[derive(Clone, Copy)]
pub struct Plain([f32; LANES]);

macro_rules! each {
    ($a:expr, $b:expr, $f:expr) => {{
        let mut out = [0.0; LANES];
        for i in 0..LANES {
            out[i] = $f($a.0[i], $b.0[i]);
        }
        Plain(out)
    }};
}

impl Add for Plain {
    type Output = Self;
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        each!(self, o, |a, b| a + b)
    }
}

impl Sub for Plain {
    type Output = Self;
    #[inline(always)]
    fn sub(self, o: Self) -> Self {
        each!(self, o, |a, b| a - b)
    }
}

impl Mul for Plain {
    type Output = Self;
    #[inline(always)]
    fn mul(self, o: Self) -> Self {
        each!(self, o, |a, b| a * b)
    }
}

impl Lanes for Plain {
    #[inline(always)]
    fn splat(x: f32) -> Self {
        Plain([x; LANES])
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller promises sixteen readable numbers; an unaligned read asks for no more.
        Plain(unsafe { from.cast::<[f32; LANES]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller promises sixteen writable numbers.
        unsafe { to.cast::<[f32; LANES]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        // No fused instruction is promised here: two roundings instead of a library call.
        self * a + b
    }
    #[inline(always)]
    fn over(self, o: Self) -> Self {
        each!(self, o, |a, b| a / b)
    }
    #[inline(always)]
    fn clamp(self, low: f32, high: f32) -> Self {
        Plain(self.0.map(|x| x.max(low).min(high)))
    }
    #[inline(always)]
    fn positive(self, a: Self, b: Self) -> Self {
        Plain(std::array::from_fn(|i| if self.0[i] > 0.0 { a.0[i] } else { b.0[i] }))
    }
    #[inline(always)]
    fn split(self) -> (Self, Self) {
        // Adding 1.5 * 2^23 to x - 1/2 rounds x down.
        const ROUND: f32 = 12_582_912.0;
        let shifted = self.0.map(|x| (x - 0.5) + ROUND);
        let power = |s: f32| {
            f32::from_bits(s.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23)
        };
        (
            Plain(shifted.map(power)),
            Plain(std::array::from_fn(|i| self.0[i] - (shifted[i] - ROUND))),
        )
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        self.0.iter().sum()
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{LANES, Lanes};
    use std::arch::x86_64::*;
    use std::ops::{Add, Mul, Sub};

    /// One register of AVX-512.
    #[derive(Clone, Copy)]
    pub struct Wide(__m512);

    /// Two registers of AVX2.
    #[derive(Clone, Copy)]
    pub struct Pair(__m256, __m256);

    // SAFETY, for every block below: these types are made and used only in kernels that `dispatch!`
    // instantiates for a CPU that has the instructions; pointers are the caller's promise.
    macro_rules! wide_op {
        ($trait:ident, $name:ident, $f:ident, $g:ident) => {
            impl $trait for Wide {
                type Output = Self;
                #[inline(always)]
                fn $name(self, o: Self) -> Self {
                    // SAFETY: see above.
                    Wide(unsafe { $f(self.0, o.0) })
                }
            }
            impl $trait for Pair {
                type Output = Self;
                #[inline(always)]
                fn $name(self, o: Self) -> Self {
                    // SAFETY: see above.
                    unsafe { Pair($g(self.0, o.0), $g(self.1, o.1)) }
                }
            }
        };
    }
    wide_op!(Add, add, _mm512_add_ps, _mm256_add_ps);
    wide_op!(Sub, sub, _mm512_sub_ps, _mm256_sub_ps);
    wide_op!(Mul, mul, _mm512_mul_ps, _mm256_mul_ps);

    impl Lanes for Wide {
        #[inline(always)]
        fn splat(x: f32) -> Self {
            // SAFETY: see above.
            Wide(unsafe { _mm512_set1_ps(x) })
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: see above.
            Wide(unsafe { _mm512_loadu_ps(from) })
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: see above.
            unsafe { _mm512_storeu_ps(to, self.0) }
        }
        #[inline(always)]
        fn mul_add(self, a: Self, b: Self) -> Self {
            // SAFETY: see above.
            Wide(unsafe { _mm512_fmadd_ps(self.0, a.0, b.0) })
        }
        #[inline(always)]
        fn over(self, o: Self) -> Self {
            // SAFETY: see above.
            Wide(unsafe { _mm512_div_ps(self.0, o.0) })
        }
        #[inline(always)]
        fn clamp(self, low: f32, high: f32) -> Self {
            // SAFETY: see above.
            Wide(unsafe {
                _mm512_min_ps(_mm512_max_ps(self.0, _mm512_set1_ps(low)), _mm512_set1_ps(high))
            })
        }
        #[inline(always)]
        fn positive(self, a: Self, b: Self) -> Self {
            // SAFETY: see above.
            unsafe {
                let mask = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self.0, _mm512_setzero_ps());
                Wide(_mm512_mask_blend_ps(mask, b.0, a.0))
            }
        }
        #[inline(always)]
        fn split(self) -> (Self, Self) {
            // SAFETY: see above.
            unsafe {
                let n =
                    _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC }>(self.0);
                (Wide(_mm512_scalef_ps(_mm512_set1_ps(1.0), n)), Wide(_mm512_sub_ps(self.0, n)))
            }
        }
        #[inline(always)]
        fn sum(self) -> f32 {
            let mut lanes = [0.0; LANES];
            // SAFETY: see above; the array holds sixteen.
            unsafe { _mm512_storeu_ps(lanes.as_mut_ptr(), self.0) };
            lanes.iter().sum()
        }
    }

    impl Lanes for Pair {
        #[inline(always)]
        fn splat(x: f32) -> Self {
            // SAFETY: see above.
            unsafe { Pair(_mm256_set1_ps(x), _mm256_set1_ps(x)) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: see above.
            unsafe { Pair(_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: see above.
            unsafe {
                _mm256_storeu_ps(to, self.0);
                _mm256_storeu_ps(to.add(8), self.1);
            }
        }
        #[inline(always)]
        fn mul_add(self, a: Self, b: Self) -> Self {
            // SAFETY: see above.
            unsafe { Pair(_mm256_fmadd_ps(self.0, a.0, b.0), _mm256_fmadd_ps(self.1, a.1, b.1)) }
        }
        #[inline(always)]
        fn over(self, o: Self) -> Self {
            // SAFETY: see above.
            unsafe { Pair(_mm256_div_ps(self.0, o.0), _mm256_div_ps(self.1, o.1)) }
        }
        #[inline(always)]
        fn clamp(self, low: f32, high: f32) -> Self {
            // SAFETY: see above.
            unsafe {
                let (l, h) = (_mm256_set1_ps(low), _mm256_set1_ps(high));
                Pair(
                    _mm256_min_ps(_mm256_max_ps(self.0, l), h),
                    _mm256_min_ps(_mm256_max_ps(self.1, l), h),
                )
            }
        }
        #[inline(always)]
        fn positive(self, a: Self, b: Self) -> Self {
            // SAFETY: see above.
            unsafe {
                let zero = _mm256_setzero_ps();
                let m = (
                    _mm256_cmp_ps::<_CMP_GT_OQ>(self.0, zero),
                    _mm256_cmp_ps::<_CMP_GT_OQ>(self.1, zero),
                );
                Pair(_mm256_blendv_ps(b.0, a.0, m.0), _mm256_blendv_ps(b.1, a.1, m.1))
            }
        }
        #[inline(always)]
        fn split(self) -> (Self, Self) {
            #[inline(always)]
            unsafe fn half(x: __m256) -> (__m256, __m256) {
                // SAFETY: the caller's promise.
                unsafe {
                    let n = _mm256_floor_ps(x);
                    let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
                    (_mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent)), _mm256_sub_ps(x, n))
                }
            }
            // SAFETY: see above.
            let ((a, x), (b, y)) = unsafe { (half(self.0), half(self.1)) };
            (Pair(a, b), Pair(x, y))
        }
        #[inline(always)]
        fn sum(self) -> f32 {
            let mut lanes = [0.0; LANES];
            // SAFETY: see above; the array holds sixteen.
            unsafe { self.store(lanes.as_mut_ptr()) };
            lanes.iter().sum()
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub use x86::{Pair, Wide};

/// Hyperbolic tangent as Eigen approximates it: a quotient of polynomials of degrees 13 and 6,
/// exact to a few units of the last place.
#[inline(always)]
pub fn tanh<V: Lanes>(x: V) -> V {
    let x = x.clamp(-7.905_311, 7.905_311);
    let s = x * x;
    let mut p = V::splat(-2.760_768_5e-16);
    for c in [
        2.000_188e-13,
        -8.604_672e-11,
        5.122_297_1e-8,
        1.485_722_4e-5,
        6.372_619_3e-4,
        4.893_524_6e-3,
    ] {
        p = p.mul_add(s, V::splat(c));
    }
    let mut q = V::splat(1.198_258_4e-6);
    for c in [1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3] {
        q = q.mul_add(s, V::splat(c));
    }
    (x * p).over(q)
}

/// Logistic function, `1 / (1 + 2^(-x log2 e))`: exact to the last place near 1, too.
///
/// A gate that hardly lets go is a memory of `1 / (1 - gate)` samples. By [`tanh`], whose error
/// near 1 leans to one side, a memory of a second was off by a hundredth from that of the real-time
/// form, whose formula this is.
#[inline(always)]
pub fn sigmoid<V: Lanes>(x: V) -> V {
    // 2^f for f of 0 to 1, within 2e-9.
    const C: [f32; 6] = [
        0.693_147_06,
        0.240_229_31,
        0.055_485_282,
        0.009_675_452,
        0.001_246_784_6,
        0.000_216_129_19,
    ];
    let (scale, f) = (x.clamp(-80.0, 80.0) * V::splat(-std::f32::consts::LOG2_E)).split();
    let mut power = V::splat(C[5]);
    for c in [C[4], C[3], C[2], C[1], C[0], 1.0] {
        power = power.mul_add(f, V::splat(c));
    }
    V::splat(1.0).over(power.mul_add(scale, V::splat(1.0)))
}

/// Calls a kernel `$name::<V>(args)` with the widest vectors of this CPU. The kernel must be
/// `#[inline(always)]` and `unsafe` only for its pointers.
#[macro_export]
#[doc(hidden)]
macro_rules! profile_dispatch {
    ($name:ident ( $($arg:ident : $ty:ty),* $(,)? ) $(-> $ret:ty)?) => {{
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx512f")]
            fn wide($($arg: $ty),*) $(-> $ret)? {
                $name::<$crate::effect::simd::Wide>($($arg),*)
            }
            #[target_feature(enable = "avx2,fma")]
            fn pair($($arg: $ty),*) $(-> $ret)? {
                $name::<$crate::effect::simd::Pair>($($arg),*)
            }
            if std::arch::is_x86_feature_detected!("avx512f") {
                // SAFETY: the CPU has AVX-512.
                return unsafe { wide($($arg),*) };
            }
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                // SAFETY: the CPU has AVX2 and FMA.
                return unsafe { pair($($arg),*) };
            }
        }
        $name::<$crate::effect::simd::Plain>($($arg),*)
    }};
}

pub(crate) use crate::profile_dispatch as dispatch;

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(x: [f32; LANES]) -> ([f32; LANES], [f32; LANES]) {
        #[inline(always)]
        fn kernel<V: Lanes>(x: [f32; LANES]) -> ([f32; LANES], [f32; LANES]) {
            let mut out = ([0.0; LANES], [0.0; LANES]);
            // SAFETY: the arrays hold sixteen numbers.
            unsafe {
                let v = V::load(x.as_ptr());
                tanh(v).store(out.0.as_mut_ptr());
                sigmoid(v).store(out.1.as_mut_ptr());
            }
            out
        }
        dispatch!(kernel(x: [f32; LANES]) -> ([f32; LANES], [f32; LANES]))
    }

    #[test]
    fn the_vector_functions_are_those_of_the_library() {
        let mut worst = 0.0f64;
        for i in -400..400 {
            let x: [f32; LANES] = std::array::from_fn(|l| (i as f32 + l as f32 / 16.0) * 0.03);
            let (t, s) = apply(x);
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
        for start in [5.0f32, 7.0, 9.0, 10.0, 11.0] {
            let (mut found, mut want) = (0.0f64, 0.0f64);
            for i in 0..160 {
                let x: [f32; LANES] =
                    std::array::from_fn(|l| start + (i * LANES + l) as f32 / 5120.0);
                let s = apply(x).1;
                for l in 0..LANES {
                    found += 1.0 - f64::from(s[l]);
                    want += 1.0 / (1.0 + f64::from(x[l]).exp());
                }
            }
            assert!((found / want - 1.0).abs() < 5e-4, "{start}: {found:e} beside {want:e}");
        }
    }
}
