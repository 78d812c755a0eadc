//! Eigenvectors of a symmetric matrix: Householder's reduction to three diagonals, then QL with implicit shifts
//! (Golub and Van Loan, *Matrix Computations*, 8.3). All inner loops run along rows, so a matrix of 1025 takes seconds.

/// Eigenvalues in descending order and the eigenvectors as rows, `[k][n]`, of the symmetric `n` by `n` matrix `a` (row-major).
///
/// `None` when the iteration does not end, which only happens with NaN or infinity in `a`.
pub fn symmetric_eigen(mut a: Vec<f64>, n: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    assert_eq!(a.len(), n * n, "a square matrix is expected");
    if n == 0 {
        return Some((Vec::new(), Vec::new()));
    }
    if a.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let (mut diagonal, mut off, reflectors) = tridiagonal(&mut a, n);
    // Row k of `q` becomes eigenvector k: rotations of columns of Q are rotations of rows here.
    let mut q = vec![0.0; n * n];
    (0..n).for_each(|i| q[i * n + i] = 1.0);
    ql(&mut diagonal, &mut off, &mut q, n)?;
    apply(&reflectors, &mut q, n);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| diagonal[j].total_cmp(&diagonal[i]));
    let mut vectors = Vec::with_capacity(n * n);
    order.iter().for_each(|&i| vectors.extend_from_slice(&q[i * n..(i + 1) * n]));
    Some((order.iter().map(|&i| diagonal[i]).collect(), vectors))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Eight sums let the compiler use vector registers; a single one must keep its order.
    let mut s = [0.0; 8];
    let (ca, cb) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f64 = ca.remainder().iter().zip(cb.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in ca.zip(cb) {
        for i in 0..8 {
            s[i] += x[i] * y[i];
        }
    }
    s.iter().sum::<f64>() + tail
}

/// Diagonal, the diagonal beside it, and reflectors, each with its first index.
type Reduced = (Vec<f64>, Vec<f64>, Vec<(usize, Vec<f64>)>);

/// Reduces `a` to a diagonal, the diagonal beside it, and the reflectors `I - v v'` (each with its first index) that did it.
fn tridiagonal(a: &mut [f64], n: usize) -> Reduced {
    let mut off = vec![0.0; n];
    let mut reflectors = Vec::new();
    for k in 0..n.saturating_sub(2) {
        let start = k + 1;
        let mut v: Vec<f64> = a[k * n + start..(k + 1) * n].to_vec();
        let norm = dot(&v, &v).sqrt();
        if norm == 0.0 {
            continue;
        }
        let alpha = if v[0] > 0.0 { -norm } else { norm };
        off[k] = alpha;
        v[0] -= alpha;
        let scale = (2.0 / dot(&v, &v)).sqrt();
        if !scale.is_finite() {
            // The column is already as it should be.
            continue;
        }
        v.iter_mut().for_each(|x| *x *= scale);
        // With H = I - v v': H A H = A - v w' - w v', w = A v - v (v' A v) / 2.
        let mut w: Vec<f64> = (start..n).map(|i| dot(&a[i * n + start..(i + 1) * n], &v)).collect();
        let half = 0.5 * dot(&v, &w);
        w.iter_mut().zip(&v).for_each(|(w, v)| *w -= half * v);
        for i in start..n {
            let (vi, wi) = (v[i - start], w[i - start]);
            let row = &mut a[i * n + start..(i + 1) * n];
            for ((x, v), w) in row.iter_mut().zip(&v).zip(&w) {
                *x -= vi * w + wi * v;
            }
        }
        reflectors.push((start, v));
    }
    if n >= 2 {
        off[n - 2] = a[(n - 2) * n + n - 1];
    }
    ((0..n).map(|i| a[i * n + i]).collect(), off, reflectors)
}

/// Diagonalises the three diagonals in place, rotating the rows of `q` along.
fn ql(d: &mut [f64], e: &mut [f64], q: &mut [f64], n: usize) -> Option<()> {
    for l in 0..n {
        for iteration in 0.. {
            let m = (l..n - 1).find(|&m| e[m].abs() <= f64::EPSILON * (d[m].abs() + d[m + 1].abs())).unwrap_or(n - 1);
            if m == l {
                break;
            }
            if iteration > 60 {
                return None;
            }
            let g = (d[l + 1] - d[l]) / (2.0 * e[l]);
            let r = g.hypot(1.0);
            let mut g = d[m] - d[l] + e[l] / (g + if g >= 0.0 { r } else { -r });
            let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
            let mut early = false;
            for i in (l..m).rev() {
                let (f, b) = (s * e[i], c * e[i]);
                let r = f.hypot(g);
                e[i + 1] = r;
                if r == 0.0 {
                    d[i + 1] -= p;
                    e[m] = 0.0;
                    early = true;
                    break;
                }
                s = f / r;
                c = g / r;
                g = d[i + 1] - p;
                let t = (d[i] - g) * s + 2.0 * c * b;
                p = s * t;
                d[i + 1] = g + p;
                g = c * t - b;
                rotate(q, n, (i, s, c));
            }
            if !early {
                d[l] -= p;
                e[l] = g;
                e[m] = 0.0;
            }
        }
    }
    Some(())
}

fn rotate(q: &mut [f64], n: usize, (i, s, c): (usize, f64, f64)) {
    let (low, high) = q[i * n..(i + 2) * n].split_at_mut(n);
    for (x, y) in low.iter_mut().zip(high) {
        let f = *y;
        *y = s * *x + c * f;
        *x = c * *x - s * f;
    }
}

/// Turns the eigenvectors of the three diagonals (rows of `q`) into those of the full matrix.
fn apply(reflectors: &[(usize, Vec<f64>)], q: &mut [f64], n: usize) {
    for row in q.chunks_exact_mut(n) {
        for (start, v) in reflectors.iter().rev() {
            let part = &mut row[*start..];
            let t = dot(part, v);
            part.iter_mut().zip(v).for_each(|(x, v)| *x -= t * v);
        }
    }
}
