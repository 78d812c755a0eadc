//! Zero output, mean frame and principal components against naive forms.

use nfx_core::signal::random::Random;
use nfx_train::baseline::{Pca, by_source, mean_frame_mse, symmetric_eigen, zero_output_mse};
use nfx_train::frames::FrameSet;

/// Frames on a plane of `rank` directions, and a little noise.
fn set(frames: usize, bins: usize, rank: usize, seed: u64) -> FrameSet {
    let mut directions = Random::stirred(99);
    let basis: Vec<f32> = (0..rank * bins).map(|_| directions.bipolar()).collect();
    let mut rng = Random::stirred(seed);
    let mut set = FrameSet::new(bins);
    for i in 0..frames {
        let weights: Vec<f32> = (0..rank).map(|r| rng.bipolar() * 2.0 / (r + 1) as f32).collect();
        let frame: Vec<f32> = (0..bins)
            .map(|b| {
                0.3 + (0..rank).map(|r| weights[r] * basis[r * bins + b]).sum::<f32>()
                    + 0.05 * rng.bipolar()
            })
            .collect();
        set.push(&frame, i as u32, (i % 2) as u16);
    }
    set
}

/// The covariance's largest eigenvectors one after the other by power iteration and deflation.
fn naive_components(set: &FrameSet, k: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let (n, bins) = (set.len(), set.bins);
    let mean: Vec<f64> = (0..bins)
        .map(|b| (0..n).map(|i| f64::from(set.frame(i)[b])).sum::<f64>() / n as f64)
        .collect();
    let mut covariance = vec![vec![0.0; bins]; bins];
    for i in 0..n {
        let x: Vec<f64> = set.frame(i).iter().zip(&mean).map(|(x, m)| f64::from(*x) - m).collect();
        for a in 0..bins {
            for b in 0..bins {
                covariance[a][b] += x[a] * x[b] / n as f64;
            }
        }
    }
    let mut found: Vec<Vec<f64>> = Vec::new();
    for c in 0..k {
        let mut v: Vec<f64> = (0..bins).map(|b| 1.0 + ((b * (c + 3)) % 7) as f64).collect();
        for _ in 0..3_000 {
            let mut w: Vec<f64> =
                covariance.iter().map(|row| row.iter().zip(&v).map(|(a, b)| a * b).sum()).collect();
            for u in &found {
                let dot: f64 = u.iter().zip(&w).map(|(a, b)| a * b).sum();
                w.iter_mut().zip(u).for_each(|(w, u)| *w -= dot * u);
            }
            let norm = w.iter().map(|x| x * x).sum::<f64>().sqrt();
            v = w.into_iter().map(|x| x / norm).collect();
        }
        found.push(v);
    }
    (mean, found)
}

fn naive_mse(set: &FrameSet, mean: &[f64], components: &[Vec<f64>]) -> f64 {
    let mut total = 0.0;
    for i in 0..set.len() {
        let mut rest: Vec<f64> =
            set.frame(i).iter().zip(mean).map(|(x, m)| f64::from(*x) - m).collect();
        for c in components {
            let dot: f64 = c.iter().zip(&rest).map(|(a, b)| a * b).sum();
            rest.iter_mut().zip(c).for_each(|(r, c)| *r -= dot * c);
        }
        total += rest.iter().map(|r| r * r).sum::<f64>();
    }
    total / (set.len() * set.bins) as f64
}

#[test]
fn components_are_those_of_power_iteration() {
    let (train, test) = (set(300, 23, 6, 1), set(100, 23, 6, 2));
    let pca = Pca::fit(&train, 8, 0).unwrap();
    let (mean, components) = naive_components(&train, 6);
    assert_eq!(pca.components().len(), 8 * 23);
    for (a, b) in pca.mean().iter().zip(&mean) {
        assert!((f64::from(*a) - b).abs() < 1.0e-6);
    }
    for k in 0..=6 {
        let want = naive_mse(&test, &mean, &components[..k]);
        let got = pca.mse(&test, k);
        assert!((got - want).abs() < 1.0e-5 * want.max(1.0e-3), "k {k}: {got} instead of {want}");
    }
    assert!(pca.variances().windows(2).all(|v| v[0] >= v[1]));
}

#[test]
fn all_components_leave_nothing_and_more_never_hurts() {
    let (train, test) = (set(200, 40, 10, 3), set(80, 40, 10, 4));
    let pca = Pca::fit(&train, 1_000, 0).unwrap();
    assert_eq!(pca.len(), 40);
    let errors: Vec<f64> = (0..=40).map(|k| pca.mse(&test, k)).collect();
    assert!(errors.windows(2).all(|e| e[1] <= e[0] + 1.0e-9));
    assert!(errors[40] < 1.0e-11, "{}", errors[40]);
    assert!((errors[0] - mean_frame_mse(&train, &test)).abs() < 1.0e-6);
    assert!(mean_frame_mse(&train, &test) < zero_output_mse(&test));
    let per_frame = pca.frame_errors(&test, 5).unwrap();
    let (sources, all) = by_source(&test, &per_frame, 3);
    assert!((all - pca.mse(&test, 5)).abs() < 1.0e-9);
    assert!((0.5 * (sources[0] + sources[1]) - all).abs() < 1.0e-9 && sources[2].is_nan());
}

#[test]
fn orthonormal_and_repeatable() {
    let train = set(150, 33, 5, 7);
    let pca = Pca::fit(&train, 12, 0).unwrap();
    for a in 0..12 {
        for b in 0..12 {
            let row = |k: usize| &pca.components()[k * 33..(k + 1) * 33];
            let dot: f32 = row(a).iter().zip(row(b)).map(|(x, y)| x * y).sum();
            assert!((dot - f32::from(u8::from(a == b))).abs() < 2.0e-6, "{a} {b} {dot}");
        }
    }
    assert_eq!(pca.components(), Pca::fit(&train, 12, 5).unwrap().components());
}

#[test]
fn eigenvectors_of_hard_matrices() {
    // Zeros, a diagonal, equal eigenvalues, sizes 1 and 2: what a covariance of few frames looks
    // like.
    let check = |a: Vec<f64>, n: usize| {
        let (values, vectors) = symmetric_eigen(a.clone(), n).unwrap();
        for k in 0..n {
            let v = &vectors[k * n..(k + 1) * n];
            for i in 0..n {
                let av: f64 = (0..n).map(|j| a[i * n + j] * v[j]).sum();
                assert!((av - values[k] * v[i]).abs() < 1.0e-9, "n {n}, value {k}");
            }
            assert!((v.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1.0e-9);
        }
    };
    check(vec![0.0; 25], 5);
    check(vec![3.0], 1);
    check(vec![1.0, 2.0, 2.0, -4.0], 2);
    let n = 6;
    check(
        (0..n * n).map(|i| if i % (n + 1) == 0 { ((i / n) % 3) as f64 } else { 0.0 }).collect(),
        n,
    );
    check(vec![1.0; n * n], n);
    let mut rng = Random::stirred(4);
    let n = 50;
    let mut a = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let x = f64::from(rng.bipolar()) * 10f64.powi(rng.between(-6, 2));
            a[i * n + j] = x;
            a[j * n + i] = x;
        }
    }
    check(a, n);
    assert!(symmetric_eigen(vec![f64::NAN; 4], 2).is_none());
}

#[test]
fn an_empty_set_and_other_bins_are_refused() {
    assert!(
        Pca::fit(&FrameSet::new(5), 3, 0).unwrap_err().to_string().starts_with("expected frames")
    );
    let pca = Pca::fit(&set(20, 8, 2, 1), 3, 0).unwrap();
    assert!(pca.frame_errors(&set(3, 9, 2, 1), 2).is_err());
    assert!(pca.mse(&set(3, 9, 2, 1), 2).is_nan());
    assert_eq!(zero_output_mse(&FrameSet::new(4)), 0.0);
}
