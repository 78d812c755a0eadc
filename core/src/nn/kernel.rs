//! The inner loop of [`Dense`](super::Dense): one block of 64 outputs, up to four columns, over a
//! list of rows.
//!
//! Accumulators stay in registers while the rows go by, and each weight is loaded (and widened from
//! f16) once for all columns.

use half::f16;

use crate::signal::simd::{Isa, Simd, dispatch};

/// Outputs in a block: four AVX-512 registers, eight AVX2 registers, two cache lines of f16.
pub(crate) const BLOCK: usize = 64;

/// Rows between the one in work and the one asked for: the hardware's own prefetcher stops at every
/// page.
const AHEAD: usize = 24;

/// What a weight is stored as.
pub(crate) trait Weight: Copy {
    /// The lanes from memory.
    ///
    /// # Safety
    /// The contract of [`Simd::load`].
    unsafe fn load<S: Simd>(p: *const Self) -> S::V;
}

impl Weight for f32 {
    #[inline(always)]
    unsafe fn load<S: Simd>(p: *const Self) -> S::V {
        // SAFETY: the caller's contract.
        unsafe { S::load(p) }
    }
}

impl Weight for f16 {
    #[inline(always)]
    unsafe fn load<S: Simd>(p: *const Self) -> S::V {
        // SAFETY: the caller's contract.
        unsafe { S::load_f16(p) }
    }
}

/// `sums[column][output] = sum over k of values[k][column] * block[rows[k]][output]`. Real-time
/// safe.
///
/// # Shapes
/// `values` `[row][column]`, one to four columns; `block` `[input][BLOCK]`, every row below
/// `block.len() / BLOCK`.
///
/// # Panics
/// When the shapes are others.
pub(crate) fn accumulate<W: Weight>(
    isa: Isa,
    rows: &[u32],
    values: &[f32],
    block: &[W],
    sums: &mut [[f32; BLOCK]],
) {
    assert!((1..=4).contains(&sums.len()) && values.len() == rows.len() * sums.len());
    assert!(rows.iter().max().is_none_or(|&r| (r as usize) < block.len() / BLOCK));
    let job = Job { rows, values, block };
    // SAFETY: the asserts hold every row within the block and every value within its list.
    unsafe {
        dispatch!(isa, columns(job: Job<'_, impl Weight> = job, sums: &mut [[f32; BLOCK]] = sums))
    }
}

/// What the sums are made of.
#[derive(Clone, Copy)]
struct Job<'a, W> {
    rows: &'a [u32],
    values: &'a [f32],
    block: &'a [W],
}

/// # Safety
/// The contract of [`Simd`]; every row lies in the block; `values` is `[row][column]`.
#[inline(always)]
unsafe fn columns<S: Simd>(job: Job<'_, impl Weight>, sums: &mut [[f32; BLOCK]]) {
    // SAFETY: the caller's contract.
    unsafe {
        match sums {
            [a] => strips::<S, 1>(job, [a]),
            [a, b] => strips::<S, 2>(job, [a, b]),
            [a, b, c] => strips::<S, 3>(job, [a, b, c]),
            [a, b, c, d] => strips::<S, 4>(job, [a, b, c, d]),
            _ => {}
        }
    }
}

/// Takes the block in strips so wide that the sums of all columns fill half of the registers; eight
/// vectors are enough to fill the pipeline.
#[inline(always)]
unsafe fn strips<S: Simd, const C: usize>(
    job: Job<'_, impl Weight>,
    mut sums: [&mut [f32; BLOCK]; C],
) {
    let vectors = (S::REGISTERS / 2 / C).min(BLOCK / S::LANES).min(8);
    for at in (0..BLOCK).step_by((1 << vectors.ilog2()) * S::LANES) {
        // SAFETY: the caller's contract; strips of 2, 4 or 8 vectors divide the block.
        unsafe {
            match vectors {
                8 => strip::<S, C, 8>(job, &mut sums, at),
                4..8 => strip::<S, C, 4>(job, &mut sums, at),
                _ => strip::<S, C, 2>(job, &mut sums, at),
            }
        }
    }
}

/// The sums of `C` columns over the `V` vectors of outputs from `at` on.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // register tiles: plain indices with constant bounds stay in registers
unsafe fn strip<S: Simd, const C: usize, const V: usize>(
    job: Job<'_, impl Weight>,
    sums: &mut [&mut [f32; BLOCK]; C],
    at: usize,
) {
    // SAFETY: the row lies in the block, which holds BLOCK weights a row, of which the strip is a
    // part; k * C + c < rows.len() * C = values.len().
    unsafe {
        let mut acc = [[S::splat(0.0); V]; C];
        for (k, &row) in job.rows.iter().enumerate() {
            let weights = job.block.as_ptr().add(row as usize * BLOCK + at);
            prefetch::<S, _>(weights.wrapping_add(AHEAD * BLOCK), V * S::LANES);
            let mut w = [S::splat(0.0); V];
            for (j, w) in w.iter_mut().enumerate() {
                *w = Weight::load::<S>(weights.add(j * S::LANES));
            }
            for c in 0..C {
                let x = S::splat(*job.values.get_unchecked(k * C + c));
                for j in 0..V {
                    acc[c][j] = S::fma(x, w[j], acc[c][j]);
                }
            }
        }
        for (acc, sum) in acc.iter().zip(sums) {
            for (j, acc) in acc.iter().enumerate() {
                S::store(sum.as_mut_ptr().add(at + j * S::LANES), *acc);
            }
        }
    }
}

/// Asks for `count` weights.
#[inline(always)]
unsafe fn prefetch<S: Simd, W>(weights: *const W, count: usize) {
    for line in 0..size_of::<W>() * count / 64 {
        // SAFETY: the caller's contract; a prefetch reads nothing architecturally.
        unsafe { S::prefetch(weights.cast::<u8>().wrapping_add(line * 64)) };
    }
}
