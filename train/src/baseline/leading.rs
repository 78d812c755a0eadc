//! The few largest eigenvalues of a large symmetric matrix, as exact as all of them, in a fraction
//! of the time.

use rayon::prelude::*;

use super::eigen::symmetric_eigen;

/// Relative change of the wanted eigenvalues at which the iteration is done: far below what single
/// precision shows.
const SETTLED: f64 = 1e-12;
/// More rounds than any matrix of spectra needs.
const ROUNDS: usize = 600;

/// The `k` largest eigenvalues in descending order and their eigenvectors as rows, `[k][n]`, of a
/// symmetric matrix without negative eigenvalues: subspace iteration with Rayleigh-Ritz projection
/// (Golub and Van Loan, *Matrix Computations*, 8.2.4).
///
/// `None` when it does not settle.
pub(super) fn leading_eigen(a: &[f64], n: usize, k: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    let width = (2 * k + 16).min(n);
    // The start needs to be perpendicular to none of the wanted: nothing more.
    let mut rng = nfx_core::signal::random::Random::stirred(0x00e1_9e45);
    let mut basis: Vec<f64> = (0..width * n).map(|_| f64::from(rng.bipolar())).collect();
    orthonormalise(&mut basis, n);
    let mut before = vec![0.0f64; k];
    for _ in 0..ROUNDS {
        let image = multiply(a, n, &basis);
        // The matrix as the basis sees it.
        let mut small = vec![0.0; width * width];
        for (i, b) in basis.chunks_exact(n).enumerate() {
            for (j, c) in image.chunks_exact(n).enumerate() {
                small[i * width + j] = b.iter().zip(c).map(|(x, y)| x * y).sum();
            }
        }
        for i in 0..width {
            for j in 0..i {
                let mean = 0.5 * (small[i * width + j] + small[j * width + i]);
                (small[i * width + j], small[j * width + i]) = (mean, mean);
            }
        }
        let (values, turns) = symmetric_eigen(small, width)?;
        let scale = values.first().copied().unwrap_or(0.0).abs().max(1e-300);
        let change =
            values.iter().zip(&before).take(k).map(|(v, b)| (v - b).abs()).fold(0.0, f64::max);
        if change <= SETTLED * scale {
            let vectors = turned(&basis, &turns, n);
            return Some((values[..k].to_vec(), vectors[..k * n].to_vec()));
        }
        before.copy_from_slice(&values[..k]);
        basis = turned(&image, &turns, n);
        orthonormalise(&mut basis, n);
    }
    None
}

/// Each row of `basis` times the matrix.
fn multiply(a: &[f64], n: usize, basis: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; basis.len()];
    out.par_chunks_mut(n).zip(basis.par_chunks(n)).for_each(|(out, b)| {
        for (row, &weight) in a.chunks_exact(n).zip(b) {
            out.iter_mut().zip(row).for_each(|(o, x)| *o += weight * x);
        }
    });
    out
}

/// Combinations of rows: row `i` is the sum of `turns[i][j]` times row `j`.
fn turned(rows: &[f64], turns: &[f64], n: usize) -> Vec<f64> {
    let width = rows.len() / n;
    let mut out = vec![0.0; rows.len()];
    for (out, turn) in out.chunks_exact_mut(n).zip(turns.chunks_exact(width)) {
        for (row, &weight) in rows.chunks_exact(n).zip(turn) {
            out.iter_mut().zip(row).for_each(|(o, x)| *o += weight * x);
        }
    }
    out
}

/// Gram and Schmidt, twice, which is enough (Kahan).
fn orthonormalise(rows: &mut [f64], n: usize) {
    let count = rows.len() / n;
    let mut rng = nfx_core::signal::random::Random::stirred(0x000f_1e5b);
    for i in 0..count {
        let (done, rest) = rows.split_at_mut(i * n);
        let row = &mut rest[..n];
        while !apart(done, row) {
            // Nothing was left in this direction: another one takes its place.
            row.iter_mut().for_each(|x| *x = f64::from(rng.bipolar()));
        }
    }
}

/// Makes a row perpendicular to others and of unit length. False when it lay in their span.
fn apart(done: &[f64], row: &mut [f64]) -> bool {
    let norm = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>().sqrt();
    for _ in 0..2 {
        let before = norm(row);
        if before < 1e-150 {
            return false;
        }
        row.iter_mut().for_each(|x| *x /= before);
        for other in done.chunks_exact(row.len()) {
            let along: f64 = other.iter().zip(row.iter()).map(|(a, b)| a * b).sum();
            row.iter_mut().zip(other).for_each(|(r, o)| *r -= along * o);
        }
        if norm(row) < 1e-10 {
            return false;
        }
    }
    let left = norm(row);
    row.iter_mut().for_each(|x| *x /= left);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_those_of_the_whole() {
        let n = 120;
        let mut rng = nfx_core::signal::random::Random::stirred(3);
        let x: Vec<f64> =
            (0..60 * n).map(|i| f64::from(rng.bipolar()) / (1.0 + (i % n) as f64)).collect();
        let mut a = vec![0.0; n * n];
        for row in x.chunks_exact(n) {
            for i in 0..n {
                for j in 0..n {
                    a[i * n + j] += row[i] * row[j];
                }
            }
        }
        let (values, vectors) = leading_eigen(&a, n, 5).expect("settles");
        let (all, all_vectors) = symmetric_eigen(a, n).expect("converges");
        for k in 0..5 {
            assert!((values[k] / all[k] - 1.0).abs() < 1e-10, "{} {}", values[k], all[k]);
            let dot: f64 = vectors[k * n..(k + 1) * n]
                .iter()
                .zip(&all_vectors[k * n..(k + 1) * n])
                .map(|(a, b)| a * b)
                .sum();
            assert!((dot.abs() - 1.0).abs() < 1e-8, "{dot}");
        }
    }

    #[test]
    fn a_matrix_of_lower_rank_settles_too() {
        let n = 60;
        let mut a = vec![0.0; n * n];
        a[0] = 4.0;
        a[n + 1] = 1.0;
        let (values, _) = leading_eigen(&a, n, 8).expect("settles");
        assert!(
            (values[0] - 4.0).abs() < 1e-12
                && (values[1] - 1.0).abs() < 1e-12
                && values[5].abs() < 1e-12
        );
    }
}
