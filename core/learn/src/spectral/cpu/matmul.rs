//! Matrix products on slices, by the `gemm` crate.

use gemm::Parallelism;

/// From this many multiplications on, a product is worth more than one thread (burn-flex's
/// measure).
const PARALLEL: usize = 192 * 192 * 192;

/// A matrix in a slice: rows, columns, and whether the slice holds it transposed. Rows are
/// contiguous.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    pub values: &'a [f32],
    pub rows: usize,
    pub columns: usize,
    pub transposed: bool,
}

impl<'a> Matrix<'a> {
    pub(super) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        Matrix { values, rows, columns, transposed: false }
    }

    /// The same numbers, rows and columns exchanged.
    pub(super) fn transpose(self) -> Self {
        Matrix { rows: self.columns, columns: self.rows, transposed: !self.transposed, ..self }
    }

    /// Distances in the slice between neighbouring columns and neighbouring rows.
    fn strides(&self) -> (isize, isize) {
        if self.transposed { (self.rows as isize, 1) } else { (1, self.columns as isize) }
    }
}

/// `out = a·b`, or `out += a·b`; `out` is `[a.rows][b.columns]`.
///
/// The result does not depend on the number of threads: they share out tiles of `out`, never a sum.
pub(super) fn product(a: Matrix<'_>, b: Matrix<'_>, out: &mut [f32], add: bool) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    assert!(
        b.rows == k && out.len() == m * n && a.values.len() == m * k && b.values.len() == k * n
    );
    let threads = rayon::current_num_threads();
    let parallelism = if threads > 1 && m * n * k >= PARALLEL {
        Parallelism::Rayon(threads)
    } else {
        Parallelism::None
    };
    let ((a_cs, a_rs), (b_cs, b_rs)) = (a.strides(), b.strides());
    // SAFETY: the assertion above holds the three slices to the sizes that the strides reach, `out`
    // is borrowed exclusively, and f32 is one of the types that gemm implements.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            add,
            a.values.as_ptr(),
            a_cs,
            a_rs,
            b.values.as_ptr(),
            b_cs,
            b_rs,
            1.0f32,
            1.0f32,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_every_transposition_are_right() {
        let (m, k, n) = (3, 5, 4);
        let a: Vec<f32> = (0..m * k).map(|i| (i as f32 * 0.7).sin()).collect();
        let b: Vec<f32> = (0..k * n).map(|i| (i as f32 * 1.3).cos()).collect();
        let turn = |x: &[f32], r: usize, c: usize| -> Vec<f32> {
            (0..c).flat_map(|j| (0..r).map(move |i| x[i * c + j])).collect()
        };
        let (at, bt) = (turn(&a, m, k), turn(&b, k, n));
        let mut want = vec![0.0f32; m * n];
        for i in 0..m {
            for j in 0..n {
                want[i * n + j] = (0..k).map(|l| a[i * k + l] * b[l * n + j]).sum();
            }
        }
        let lefts = [Matrix::new(&a, m, k), Matrix::new(&at, k, m).transpose()];
        let rights = [Matrix::new(&b, k, n), Matrix::new(&bt, n, k).transpose()];
        for left in lefts {
            for right in rights {
                let mut out = vec![1.0f32; m * n];
                product(left, right, &mut out, true);
                assert!(out.iter().zip(&want).all(|(o, w)| (o - 1.0 - w).abs() < 1e-5));
                product(left, right, &mut out, false);
                assert!(out.iter().zip(&want).all(|(o, w)| (o - w).abs() < 1e-5));
            }
        }
    }
}
