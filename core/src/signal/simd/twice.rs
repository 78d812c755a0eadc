//! Wider vectors than an instruction set has.

use std::marker::PhantomData;

use half::f16;

use super::Simd;

/// Two vectors of a set as one. Tuples, not arrays: their parts stay in registers.
#[derive(Clone, Copy, Debug)]
pub struct Twice<S>(PhantomData<S>);

type Pair<S> = (<S as Simd>::V, <S as Simd>::V);

macro_rules! both {
    ($(fn $name:ident($($arg:ident),*);)*) => {
        $(
            #[inline(always)]
            unsafe fn $name($($arg: Pair<S>),*) -> Pair<S> {
                // SAFETY: the trait's contract.
                unsafe { (S::$name($($arg.0),*), S::$name($($arg.1),*)) }
            }
        )*
    };
}

impl<S: Simd> Simd for Twice<S> {
    type V = Pair<S>;
    type Sixteen = S::Sixteen;
    const LANES: usize = 2 * S::LANES;
    const REGISTERS: usize = S::REGISTERS / 2;

    both! {
        fn add(a, b);
        fn sub(a, b);
        fn mul(a, b);
        fn div(a, b);
        fn fma(a, b, c);
        fn recip(a);
        fn floor(x);
        fn exp2_whole(n);
        fn where_positive(x, a, b);
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> Pair<S> {
        // SAFETY: the trait's contract.
        unsafe { (S::splat(x), S::splat(x)) }
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Pair<S> {
        // SAFETY: the trait's contract: there are twice as many.
        unsafe { (S::load(p), S::load(p.add(S::LANES))) }
    }
    #[inline(always)]
    unsafe fn load_f16(p: *const f16) -> Pair<S> {
        // SAFETY: as above.
        unsafe { (S::load_f16(p), S::load_f16(p.add(S::LANES))) }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: Pair<S>) {
        // SAFETY: as above.
        unsafe {
            S::store(p, v.0);
            S::store(p.add(S::LANES), v.1);
        }
    }
    #[inline(always)]
    unsafe fn clamp(x: Pair<S>, low: f32, high: f32) -> Pair<S> {
        // SAFETY: the trait's contract.
        unsafe { (S::clamp(x.0, low, high), S::clamp(x.1, low, high)) }
    }
    #[inline(always)]
    unsafe fn split(x: Pair<S>, slope: f32, limit: f32) -> (Pair<S>, Pair<S>) {
        // SAFETY: the trait's contract.
        unsafe {
            let (low, high) = (S::split(x.0, slope, limit), S::split(x.1, slope, limit));
            ((low.0, high.0), (low.1, high.1))
        }
    }
    #[inline(always)]
    unsafe fn sum(a: Pair<S>) -> f32 {
        // SAFETY: the trait's contract.
        unsafe { S::sum(S::add(a.0, a.1)) }
    }
    #[inline(always)]
    unsafe fn prefetch(line: *const u8) {
        // SAFETY: the trait's contract.
        unsafe { S::prefetch(line) }
    }
}
