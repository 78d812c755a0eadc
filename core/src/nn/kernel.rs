//! The inner loop of [`Dense`](super::Dense): one block of 64 outputs, up to four columns, over a
//! list of rows.
//!
//! Accumulators stay in registers for the whole block, and each weight is loaded (and widened from
//! f16) once for all columns. The register tiles are written with `std::arch` by hand because LLVM
//! keeps tiles of plain arrays in memory.

use half::f16;

/// Outputs in a block: four AVX-512 registers, eight AVX2 registers, two cache lines of f16.
pub(crate) const BLOCK: usize = 64;

/// Which instruction set evaluates the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kernel {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl Kernel {
    /// The fastest that this CPU runs.
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx512f") {
                return Kernel::Avx512;
            }
            if has!("avx2") && has!("fma") && has!("f16c") {
                return Kernel::Avx2;
            }
        }
        Kernel::Portable
    }

    pub(crate) fn converts_f16(self) -> bool {
        self != Kernel::Portable
    }

    /// All that this CPU runs, for tests.
    #[cfg(test)]
    pub(crate) fn available() -> Vec<Self> {
        let mut all = vec![Kernel::Portable];
        #[cfg(target_arch = "x86_64")]
        match Self::detect() {
            Kernel::Avx512 => all.extend([Kernel::Avx2, Kernel::Avx512]),
            Kernel::Avx2 => all.push(Kernel::Avx2),
            Kernel::Portable => {}
        }
        all
    }
}

macro_rules! entry {
    ($name:ident, $ty:ty, $avx512:ident, $avx2:ident) => {
        /// `sums[column][output] = sum over k of values[k][column] * block[rows[k]][output]`.
        /// Real-time safe.
        ///
        /// # Shapes
        /// `values` `[row][column]`, one to four columns; `block` `[input][BLOCK]`, every row below
        /// `block.len() / BLOCK`.
        ///
        /// # Panics
        /// When the shapes are others.
        pub(crate) fn $name(
            kernel: Kernel,
            rows: &[u32],
            values: &[f32],
            block: &[$ty],
            sums: &mut [[f32; BLOCK]],
        ) {
            assert!(values.len() == rows.len() * sums.len());
            assert!(rows.iter().max().is_none_or(|&r| (r as usize) < block.len() / BLOCK));
            match kernel {
                // SAFETY: the kernel was chosen by detection; the asserts above hold.
                #[cfg(target_arch = "x86_64")]
                Kernel::Avx512 => unsafe {
                    match sums {
                        [a] => $avx512(rows, values, block, [a]),
                        [a, b] => $avx512(rows, values, block, [a, b]),
                        [a, b, c] => $avx512(rows, values, block, [a, b, c]),
                        [a, b, c, d] => $avx512(rows, values, block, [a, b, c, d]),
                        _ => {}
                    }
                },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Kernel::Avx2 => unsafe {
                    match sums {
                        [a] => $avx2::<1, 8>(rows, values, block, [a]),
                        [a, b] => $avx2::<2, 4>(rows, values, block, [a, b]),
                        [a, b, c] => $avx2::<3, 2>(rows, values, block, [a, b, c]),
                        [a, b, c, d] => $avx2::<4, 2>(rows, values, block, [a, b, c, d]),
                        _ => {}
                    }
                },
                Kernel::Portable => portable(rows, values, block, sums),
            }
        }
    };
}

entry!(accumulate_f16, f16, avx512_f16, avx2_f16);
entry!(accumulate_f32, f32, avx512_f32, avx2_f32);

fn portable<W: Copy + Into<f32>>(
    rows: &[u32],
    values: &[f32],
    block: &[W],
    sums: &mut [[f32; BLOCK]],
) {
    let columns = sums.len();
    sums.iter_mut().for_each(|s| s.fill(0.0));
    for (row, values) in rows.iter().zip(values.chunks_exact(columns)) {
        let weights = &block[*row as usize * BLOCK..][..BLOCK];
        for (sum, &v) in sums.iter_mut().zip(values) {
            for (s, &w) in sum.iter_mut().zip(weights) {
                *s += v * w.into();
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
use x86::{avx2_f16, avx2_f32, avx512_f16, avx512_f32};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use half::f16;

    use super::BLOCK;

    /// Rows between the one in work and the one asked for: the hardware's own prefetcher stops at
    /// every page.
    const AHEAD: usize = 24;

    /// Asks for a row of weights. Never faults, wherever it points.
    #[inline(always)]
    fn prefetch<W>(row: *const W) {
        let lines = size_of::<W>() * BLOCK / 64;
        for line in 0..lines {
            // SAFETY: a prefetch reads nothing architecturally.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(row.cast::<i8>().wrapping_add(line * 64)) };
        }
    }

    macro_rules! avx512 {
        ($name:ident, $ty:ty, $features:literal, |$p:ident| $load:expr) => {
            /// # Safety
            /// Needs the CPU features; every row lies in `block`; `values` is `[row][C]`.
            #[target_feature(enable = $features)]
            pub(crate) unsafe fn $name<const C: usize>(
                rows: &[u32],
                values: &[f32],
                block: &[$ty],
                sums: [&mut [f32; BLOCK]; C],
            ) {
                let mut acc = [[_mm512_setzero_ps(); 4]; C];
                for (k, &row) in rows.iter().enumerate() {
                    // SAFETY: the row lies in the block, which holds BLOCK weights a row.
                    let p = unsafe { block.as_ptr().add(row as usize * BLOCK) };
                    prefetch(p.wrapping_add(AHEAD * BLOCK));
                    let mut w = [_mm512_setzero_ps(); 4];
                    for (j, w) in w.iter_mut().enumerate() {
                        // SAFETY: 16 weights at j * 16 < BLOCK.
                        *w = unsafe {
                            let $p = p.add(j * 16);
                            $load
                        };
                    }
                    for c in 0..C {
                        // SAFETY: k * C + c < rows.len() * C = values.len().
                        let x = _mm512_set1_ps(unsafe { *values.get_unchecked(k * C + c) });
                        for j in 0..4 {
                            acc[c][j] = _mm512_fmadd_ps(x, w[j], acc[c][j]);
                        }
                    }
                }
                for (acc, sum) in acc.iter().zip(sums) {
                    for (a, s) in acc.iter().zip(sum.chunks_exact_mut(16)) {
                        // SAFETY: the chunk holds 16 floats.
                        unsafe { _mm512_storeu_ps(s.as_mut_ptr(), *a) };
                    }
                }
            }
        };
    }

    avx512!(avx512_f16, f16, "avx512f", |p| _mm512_cvtph_ps(_mm256_loadu_si256(p.cast())));
    avx512!(avx512_f32, f32, "avx512f", |p| _mm512_loadu_ps(p));

    macro_rules! avx2 {
        ($name:ident, $ty:ty, $features:literal, |$p:ident| $load:expr) => {
            /// Takes the block in strips of `V * 8` outputs, so that `C * V` accumulators fit into
            /// sixteen registers.
            ///
            /// # Safety
            /// Needs the CPU features; every row lies in `block`; `values` is `[row][C]`; V divides 8.
            #[target_feature(enable = $features)]
            pub(crate) unsafe fn $name<const C: usize, const V: usize>(
                rows: &[u32],
                values: &[f32],
                block: &[$ty],
                mut sums: [&mut [f32; BLOCK]; C],
            ) {
                for strip in (0..BLOCK).step_by(V * 8) {
                    let mut acc = [[_mm256_setzero_ps(); V]; C];
                    for (k, &row) in rows.iter().enumerate() {
                        // SAFETY: the row lies in the block, which holds BLOCK weights a row.
                        let p = unsafe { block.as_ptr().add(row as usize * BLOCK + strip) };
                        let mut w = [_mm256_setzero_ps(); V];
                        for (j, w) in w.iter_mut().enumerate() {
                            // SAFETY: 8 weights at strip + j * 8 < BLOCK.
                            *w = unsafe {
                                let $p = p.add(j * 8);
                                $load
                            };
                        }
                        for c in 0..C {
                            // SAFETY: k * C + c < rows.len() * C = values.len().
                            let x = _mm256_set1_ps(unsafe { *values.get_unchecked(k * C + c) });
                            for j in 0..V {
                                acc[c][j] = _mm256_fmadd_ps(x, w[j], acc[c][j]);
                            }
                        }
                    }
                    for (acc, sum) in acc.iter().zip(sums.iter_mut()) {
                        for (a, s) in acc.iter().zip(sum[strip..].chunks_exact_mut(8)) {
                            // SAFETY: the chunk holds 8 floats.
                            unsafe { _mm256_storeu_ps(s.as_mut_ptr(), *a) };
                        }
                    }
                }
            }
        };
    }

    avx2!(avx2_f16, f16, "avx2,fma,f16c", |p| _mm256_cvtph_ps(_mm_loadu_si128(p.cast())));
    avx2!(avx2_f32, f32, "avx2,fma", |p| _mm256_loadu_ps(p));
}
