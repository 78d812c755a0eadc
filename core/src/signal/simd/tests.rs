//! Every set against plain Rust.

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
        0u16, 0x8000, 1, 0x03ff, 0x0400, 0x3c00, 0xbc01, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x3555,
        0x8001, 0x1234, 0xabcd, 0x5555,
    ]
    .map(f16::from_bits);
    for isa in Isa::available() {
        let x = (&a, &b, &halves);
        // SAFETY: the kernel asks for nothing beyond the set.
        let found = unsafe { dispatch!(isa, operations(x: Numbers<'_> = x) -> Results) };
        // SAFETY: as above.
        let sixteen = unsafe { dispatch!(isa, sixteen operations(x: Numbers<'_> = x) -> Results) };
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
    assert_eq!(vectorised!(avx2: scale(x: &mut [f32] = &mut half, by: f32 = 1.7) -> f32), first);
    assert_eq!(vectorised!(avx512: scale(x: &mut [f32] = &mut full, by: f32 = 1.7) -> f32), first);
    assert!(plain == half && plain == full);
}
