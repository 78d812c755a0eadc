//! One source for all instruction sets: the few vector operations that every kernel of the suite is
//! written with. Public for the trainer; no interface that others should build on.
//!
//! A kernel is a generic `#[inline(always)]` function over [`Simd`]. `dispatch!` compiles it once
//! for each set, inside a function with the set's target features switched on, so that the
//! intrinsics are inlined there, and picks at run time by an [`Isa`]. Register tiles are arrays of
//! [`Simd::V`] with constant bounds: LLVM would keep plain arrays of floats in memory.
//! `vectorised!` is for loops in plain Rust that the compiler makes vectors of by itself.
//!
//! Why not a crate: docs/decisions/own-simd.md.

mod portable;
mod twice;

#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
mod neon;
#[cfg(target_arch = "x86_64")]
mod x86;

use half::f16;

#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
pub use neon::Neon;
pub use portable::Portable;
pub use twice::Twice;
#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512};

pub use crate::simd_dispatch as dispatch;
pub use crate::simd_vectorised as vectorised;

/// An instruction set that this CPU has: there is no other way to one than to ask the CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(Set);

/// The instruction sets that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// 16 lanes, 32 registers: AVX-512 F and DQ.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 8 lanes, 16 registers: AVX2, FMA and F16C.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 4 lanes, 32 registers: what every arm64 CPU has.
    #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
    Neon,
    /// 4 lanes in plain Rust.
    Portable,
}

impl Isa {
    /// Plain Rust, which every CPU runs.
    pub const PORTABLE: Isa = Isa(Set::Portable);

    /// The fastest that this CPU runs. Real-time safe.
    ///
    /// The one AVX-512 CPU without DQ, Intel's Xeon Phi, counts as AVX2; every CPU with AVX2 and
    /// FMA has F16C. Miri interprets the portable kernels.
    pub fn detect() -> Self {
        if cfg!(miri) {
            return Isa::PORTABLE;
        }
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") && has!("f16c") {
                let widest = has!("avx512f") && has!("avx512dq");
                return Isa(if widest { Set::Avx512 } else { Set::Avx2 });
            }
        }
        #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
        return Isa(Set::Neon);
        #[allow(unreachable_code)] // arm64 has always NEON
        Isa::PORTABLE
    }

    /// All that this CPU runs, the portable first. Allocates.
    pub fn available() -> Vec<Self> {
        let mut all = vec![Isa::PORTABLE];
        let widest = Self::detect();
        #[cfg(target_arch = "x86_64")]
        if widest.0 == Set::Avx512 {
            all.push(Isa(Set::Avx2));
        }
        if widest != Isa::PORTABLE {
            all.push(widest);
        }
        all
    }

    /// Which set it is.
    pub fn set(self) -> Set {
        self.0
    }

    /// Floats in a vector.
    pub fn lanes(self) -> usize {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => Avx512::LANES,
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => Avx2::LANES,
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Set::Neon => Neon::LANES,
            Set::Portable => Portable::LANES,
        }
    }

    /// Whether [`Simd::load_f16`] is one instruction.
    pub fn widens_f16(self) -> bool {
        self.0 != Set::Portable
    }
}

/// Vectors of one instruction set.
///
/// # Safety
/// Every method may only be called on a CPU with the set's instructions, which is what an [`Isa`]
/// says, and inside a function with their target features, which is what `dispatch!` makes. Loads
/// and stores need [`Simd::LANES`] numbers behind the pointer, at any alignment.
#[allow(clippy::missing_safety_doc)] // said once, for all methods
pub trait Simd: Copy {
    /// A vector.
    type V: Copy;
    /// Sixteen lanes in vectors of this set.
    type Sixteen: Simd;
    /// The floats in a vector.
    const LANES: usize;
    /// The vectors that the CPU holds in registers.
    const REGISTERS: usize;

    /// `x` in every lane.
    unsafe fn splat(x: f32) -> Self::V;
    /// The lanes from memory.
    unsafe fn load(p: *const f32) -> Self::V;
    /// The lanes from half-precision numbers in memory, exactly.
    unsafe fn load_f16(p: *const f16) -> Self::V;
    /// The lanes to memory.
    unsafe fn store(p: *mut f32, v: Self::V);
    /// `a + b`
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
    /// `a - b`
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V;
    /// `a * b`
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V;
    /// `a / b`
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V;
    /// `a * b + c`, rounded once where the set can.
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// `1 / a` within 1.5 ulp, for `a` of 1e-37 to 1e37.
    unsafe fn recip(a: Self::V) -> Self::V;
    /// `x` held within `low` to `high`; a NaN becomes `low`.
    unsafe fn clamp(x: Self::V, low: f32, high: f32) -> Self::V;
    /// The next whole number down, for `x` of -2^21 to 2^21; of an odd number itself, plain Rust
    /// gives the one below.
    unsafe fn floor(x: Self::V) -> Self::V;
    /// `2^n` for whole `n` of -126 to 127.
    unsafe fn exp2_whole(n: Self::V) -> Self::V;
    /// `2^n` and `f` in 0 to 1 with `n + f = x * slope`, `n` whole; `x` limited to `-limit..=limit`
    /// where that is needed to stay in range, and `2^n` to 1e30 where it is not. A NaN may become
    /// the limit or stay one.
    unsafe fn split(x: Self::V, slope: f32, limit: f32) -> (Self::V, Self::V);
    /// `a` where `x > 0`, else `b` (also where `x` is not a number).
    unsafe fn where_positive(x: Self::V, a: Self::V, b: Self::V) -> Self::V;
    /// The sum of the lanes, halves upon halves: always in the same order, which is the set's own.
    unsafe fn sum(a: Self::V) -> f32;

    /// The sum of the lanes from the first to the last: the same for all sets.
    #[inline(always)]
    unsafe fn sum_in_order(a: Self::V) -> f32 {
        let mut lanes = [0.0; 16];
        const { assert!(Self::LANES <= 16) };
        // SAFETY: the caller's contract; the array holds sixteen.
        unsafe { Self::store(lanes.as_mut_ptr(), a) };
        lanes[..Self::LANES].iter().sum()
    }

    /// Asks for a cache line where kernels are faster for it. Never faults, wherever it points.
    #[inline(always)]
    unsafe fn prefetch(_line: *const u8) {}
}

/// Runs the kernel `unsafe fn f<S: Simd>(arguments) -> Out` under the instruction set `isa`, with
/// the set's features switched on around it: `dispatch!(isa, f(x: &[f32] = input) -> f32)`. With
/// `sixteen` before its name the kernel gets [`Simd::Sixteen`] of the set instead of the set.
///
/// The kernel must be `#[inline(always)]`. The call is unsafe because the kernel is: an [`Isa`]
/// says that the CPU has the set; what the kernel asks for beyond that is the caller's to keep.
#[doc(hidden)]
#[macro_export]
macro_rules! simd_dispatch {
    (@ $isa:expr, $kernel:ident, [$($arg:ident: $ty:ty = $value:expr),*], [$($out:tt)*],
        $avx512:ty, $avx2:ty, $neon:ty, $portable:ty) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512dq,avx2,fma,f16c")]
        unsafe fn avx512($($arg: $ty),*) $($out)* {
            // SAFETY: the features are on; the rest is the caller's contract.
            unsafe { $kernel::<$avx512>($($arg),*) }
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma,f16c")]
        unsafe fn avx2($($arg: $ty),*) $($out)* {
            // SAFETY: as above.
            unsafe { $kernel::<$avx2>($($arg),*) }
        }
        match $crate::signal::simd::Isa::set($isa) {
            #[cfg(target_arch = "x86_64")]
            $crate::signal::simd::Set::Avx512 => avx512($($value),*),
            #[cfg(target_arch = "x86_64")]
            $crate::signal::simd::Set::Avx2 => avx2($($value),*),
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            $crate::signal::simd::Set::Neon => $kernel::<$neon>($($value),*),
            $crate::signal::simd::Set::Portable => $kernel::<$portable>($($value),*),
        }
    }};
    ($isa:expr, $kernel:ident($($arg:ident: $ty:ty = $value:expr),* $(,)?) $(-> $out:ty)?) => {
        $crate::simd_dispatch!(
            @ $isa, $kernel, [$($arg: $ty = $value),*], [$(-> $out)?],
            $crate::signal::simd::Avx512,
            $crate::signal::simd::Avx2,
            $crate::signal::simd::Neon,
            $crate::signal::simd::Portable
        )
    };
    (
        $isa:expr,
        sixteen $kernel:ident($($arg:ident: $ty:ty = $value:expr),* $(,)?) $(-> $out:ty)?
    ) => {
        $crate::simd_dispatch!(
            @ $isa, $kernel, [$($arg: $ty = $value),*], [$(-> $out)?],
            <$crate::signal::simd::Avx512 as $crate::signal::simd::Simd>::Sixteen,
            <$crate::signal::simd::Avx2 as $crate::signal::simd::Simd>::Sixteen,
            <$crate::signal::simd::Neon as $crate::signal::simd::Simd>::Sixteen,
            <$crate::signal::simd::Portable as $crate::signal::simd::Simd>::Sixteen
        )
    };
}

/// Calls a function whose loops the compiler makes vectors of, compiled once more for wider
/// registers, where the CPU has them: `vectorised!(avx2: f(x: &mut [f32] = x) -> f32)`, or with
/// `avx512:` for loops that gain from sixteen lanes. The function must be `#[inline(always)]`.
///
/// Nothing is fused or reordered: the results are the same to the bit. A safe expression: features
/// are switched on only where the CPU has them.
#[doc(hidden)]
#[macro_export]
macro_rules! simd_vectorised {
    (
        @ [$($widest:tt)*], $($body:ident)::+,
        [$($arg:ident: $ty:ty = $value:expr),*], [$($out:tt)*]
    ) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = $($widest)*)]
        fn avx512($($arg: $ty),*) $($out)* {
            $($body)::+($($arg),*)
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2")]
        fn avx2($($arg: $ty),*) $($out)* {
            $($body)::+($($arg),*)
        }
        match $crate::signal::simd::Isa::detect().set() {
            // SAFETY: an `Isa` is a set that the CPU has.
            #[cfg(target_arch = "x86_64")]
            $crate::signal::simd::Set::Avx512 => unsafe { avx512($($value),*) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            $crate::signal::simd::Set::Avx2 => unsafe { avx2($($value),*) },
            // What every CPU of the architecture has is on anyway.
            _ => $($body)::+($($value),*),
        }
    }};
    (avx512: $($body:ident)::+($($arg:ident: $ty:ty = $value:expr),* $(,)?) $(-> $out:ty)?) => {
        $crate::simd_vectorised!(
            @ ["avx512f"], $($body)::+, [$($arg: $ty = $value),*], [$(-> $out)?]
        )
    };
    (avx2: $($body:ident)::+($($arg:ident: $ty:ty = $value:expr),* $(,)?) $(-> $out:ty)?) => {
        $crate::simd_vectorised!(@ ["avx2"], $($body)::+, [$($arg: $ty = $value),*], [$(-> $out)?])
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two vectors of sixteen and as many half-precision numbers.
    type Numbers<'a> = (&'a [f32; 16], &'a [f32; 16], &'a [f16; 16]);
    /// `[operation][lane]`
    type Results = Vec<[f32; 16]>;

    /// Every operation.
    #[inline(always)]
    unsafe fn operations<S: Simd>(numbers: Numbers<'_>) -> Results {
        let (a, b, halves) = numbers;
        let mut out = vec![[f32::NAN; 16]; 14];
        for i in (0..16).step_by(S::LANES) {
            // SAFETY: the caller's contract; arrays of sixteen are whole vectors.
            unsafe {
                let (x, y) = (S::load(a.as_ptr().add(i)), S::load(b.as_ptr().add(i)));
                let (power, rest) = S::split(x, 1.5, 40.0);
                let n = S::floor(x);
                let results = [
                    S::add(x, y),
                    S::sub(x, y),
                    S::mul(x, y),
                    S::div(x, y),
                    S::fma(x, y, x),
                    S::recip(y),
                    S::clamp(x, -1.5, 2.5),
                    n,
                    S::exp2_whole(n),
                    power,
                    rest,
                    S::where_positive(x, y, x),
                    S::load_f16(halves.as_ptr().add(i)),
                    S::splat(a[3]),
                ];
                for (out, result) in out.iter_mut().zip(results) {
                    S::store(out.as_mut_ptr().add(i), result);
                }
            }
        }
        out
    }

    #[inline(always)]
    unsafe fn sums<S: Simd>(a: &[f32; 16]) -> [f32; 2] {
        // SAFETY: the caller's contract; `S` has sixteen lanes.
        unsafe {
            let a = S::load(a.as_ptr());
            [S::sum(a), S::sum_in_order(a)]
        }
    }

    #[test]
    fn every_set_computes_what_plain_rust_does() {
        let a: [f32; 16] = std::array::from_fn(|i| (i as f32 - 7.3) * 3.7);
        let b: [f32; 16] =
            std::array::from_fn(|i| if i % 2 == 0 { 0.37 } else { -1.9 } * (i + 1) as f32);
        // Zeros, subnormals, the largest and the ends among them.
        let halves = [
            0u16, 0x8000, 1, 0x03ff, 0x0400, 0x3c00, 0xbc01, 0x7bff, 0xfbff, 0x7c00, 0xfc00,
            0x3555, 0x8001, 0x1234, 0xabcd, 0x5555,
        ]
        .map(f16::from_bits);
        for isa in Isa::available() {
            let x = (&a, &b, &halves);
            // SAFETY: the kernel asks for nothing beyond the set.
            let found = unsafe { dispatch!(isa, operations(x: Numbers<'_> = x) -> Results) };
            // SAFETY: as above.
            let sixteen =
                unsafe { dispatch!(isa, sixteen operations(x: Numbers<'_> = x) -> Results) };
            for i in 0..16 {
                let (x, y) = (a[i], b[i]);
                let t = f64::from(x.clamp(-40.0, 40.0)) * 1.5;
                let exact = [
                    x + y,
                    x - y,
                    x * y,
                    x / y,
                    x * y + x,
                    1.0 / y,
                    x.clamp(-1.5, 2.5),
                    x.floor(),
                    x.floor().exp2(),
                    t.floor().exp2() as f32,
                    (t - t.floor()) as f32,
                    if x > 0.0 { y } else { x },
                    halves[i].to_f32(),
                    a[3],
                ];
                for (k, want) in exact.into_iter().enumerate() {
                    let got = found[k][i];
                    assert_eq!(got.to_bits(), sixteen[k][i].to_bits(), "{isa:?}, operation {k}");
                    let tolerance = match k {
                        4 | 5 => want.abs() * 4e-7 + 1e-6,
                        10 => 5e-6,
                        _ => 0.0,
                    };
                    assert!(
                        got == want || (got - want).abs() <= tolerance,
                        "{isa:?}, operation {k}: {got}, expected {want}"
                    );
                }
            }
            // SAFETY: as above.
            let [sum, in_order] =
                unsafe { dispatch!(isa, sixteen sums(a: &[f32; 16] = &a) -> [f32; 2]) };
            assert_eq!(in_order, a.iter().sum::<f32>(), "{isa:?}");
            assert!((sum - in_order).abs() < 1e-4, "{isa:?}: {sum} {in_order}");
        }
    }

    #[test]
    fn a_clamp_and_a_choice_know_what_to_do_with_nan() {
        let (nan, one) = ([f32::NAN; 16], [1.0; 16]);
        let halves = [f16::ZERO; 16];
        for isa in Isa::available() {
            let x = (&nan, &one, &halves);
            // SAFETY: the kernel asks for nothing beyond the set.
            let found = unsafe { dispatch!(isa, operations(x: Numbers<'_> = x) -> Results) };
            assert_eq!(found[6], [-1.5; 16], "{isa:?}");
            assert!(found[11].iter().all(|x| x.is_nan()), "{isa:?}");
        }
    }

    #[test]
    fn a_vectorised_loop_is_the_loop() {
        #[inline(always)]
        fn scale(x: &mut [f32], by: f32) -> f32 {
            x.iter_mut().for_each(|x| *x = *x * by + 0.1);
            x[0]
        }
        let mut plain: Vec<f32> = (0..37).map(|i| i as f32 * 0.3).collect();
        let (mut half, mut full) = (plain.clone(), plain.clone());
        let first = scale(&mut plain, 1.7);
        assert_eq!(
            vectorised!(avx2: scale(x: &mut [f32] = &mut half, by: f32 = 1.7) -> f32),
            first
        );
        assert_eq!(
            vectorised!(avx512: scale(x: &mut [f32] = &mut full, by: f32 = 1.7) -> f32),
            first
        );
        assert!(plain == half && plain == full);
    }
}
