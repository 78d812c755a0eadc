//! Eigenvectors of a symmetric matrix, by nalgebra.

use nalgebra::DMatrix;

/// Steps of the iteration that an eigenvalue may take; two or three are usual.
const STEPS: usize = 60;

/// Eigenvalues in descending order and the eigenvectors as rows, `[k][n]`, of the symmetric `n` by
/// `n` matrix `a` (row-major).
///
/// `None` when the iteration does not end, which only happens with NaN or infinity in `a`.
///
/// # Panics
/// When `a` is not `n` by `n`.
pub fn symmetric_eigen(a: Vec<f64>, n: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    assert_eq!(a.len(), n * n, "a square matrix is expected");
    if n == 0 {
        return Some((Vec::new(), Vec::new()));
    }
    if a.iter().any(|x| !x.is_finite()) {
        return None;
    }
    // The matrix is its own transpose: rows may be read as columns.
    let found = DMatrix::from_vec(n, n, a).try_symmetric_eigen(f64::EPSILON, STEPS * n)?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| found.eigenvalues[j].total_cmp(&found.eigenvalues[i]));
    let columns = found.eigenvectors.as_slice();
    let vectors = order.iter().flat_map(|&i| &columns[i * n..(i + 1) * n]).copied().collect();
    Some((order.iter().map(|&i| found.eigenvalues[i]).collect(), vectors))
}
