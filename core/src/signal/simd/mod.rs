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

/// `2^f` for `f` of 0 to 1 within 2e-9 of itself: 1 and these factors of `f` to `f^6`. The polynomial
/// that is 1 at 0 and has the least relative error; the player's and the trainer's gates are made of
/// it.
pub const EXP2: [f32; 6] =
    [0.693_147_06, 0.240_229_31, 0.055_485_282, 0.009_675_452, 0.001_246_784_6, 0.000_216_129_19];

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
mod tests;
