//! The map of an instrument's sounds.

use nfx_core::models::spectral::{LatentPlane, MAX_MAP_POINTS, MapPoint};

use super::{Seen, Slider};

impl Seen<'_> {
    /// The plane of the two directions in which the latents, each in units of its range, vary most.
    pub(super) fn plane(&self, sliders: &[Slider]) -> LatentPlane {
        let n = self.width;
        let scale: Vec<f64> =
            sliders.iter().map(|s| f64::from((s.info.p95 - s.info.p05).max(1e-6))).collect();
        let mean: Vec<f64> = (0..n)
            .map(|k| {
                self.latents.iter().skip(k).step_by(n).map(|z| f64::from(*z)).sum::<f64>()
                    / self.count() as f64
            })
            .collect();
        let mut covariance = vec![0.0f64; n * n];
        for row in self.latents.chunks(n) {
            let unit: Vec<f64> = (0..n).map(|k| (f64::from(row[k]) - mean[k]) / scale[k]).collect();
            for i in 0..n {
                for j in 0..n {
                    covariance[i * n + j] += unit[i] * unit[j];
                }
            }
        }
        let directions = leading(&covariance, n);
        let axis =
            |d: &[f64]| d.iter().zip(&scale).map(|(d, s)| (d / s) as f32).collect::<Vec<f32>>();
        let back =
            |d: &[f64]| d.iter().zip(&scale).map(|(d, s)| (d * s) as f32).collect::<Vec<f32>>();
        let mut plane = LatentPlane {
            mean: mean.iter().map(|m| *m as f32).collect(),
            axes: [axis(&directions[0]), axis(&directions[1])],
            back: [back(&directions[0]), back(&directions[1])],
            points: Vec::new(),
        };
        for row in self.some(MAX_MAP_POINTS) {
            // Four digits are more than a picture shows, and keep the card short.
            let latents: Vec<f32> =
                self.latents[row * n..(row + 1) * n].iter().map(|z| digits(*z)).collect();
            let [x, y] = plane.place(&latents).map(digits);
            plane.points.push(MapPoint { x, y, label: self.look.labels[row].clone(), latents });
        }
        plane
    }
}

fn digits(value: f32) -> f32 {
    (value * 1e4).round() / 1e4
}

/// The two leading eigenvectors of a symmetric matrix by orthogonal iteration; signs so that their
/// largest entry is positive.
fn leading(matrix: &[f64], n: usize) -> [Vec<f64>; 2] {
    let mut pair = [vec![0.0f64; n], vec![0.0f64; n]];
    for (i, v) in pair.iter_mut().enumerate() {
        v.iter_mut().enumerate().for_each(|(k, x)| *x = 1.0 / (1.0 + (k + 3 * i) as f64));
    }
    for _ in 0..500 {
        for v in &mut pair {
            *v = (0..n).map(|i| (0..n).map(|j| matrix[i * n + j] * v[j]).sum()).collect();
        }
        let [first, second] = &mut pair;
        unit(first, 0);
        let along: f64 = first.iter().zip(second.iter()).map(|(a, b)| a * b).sum();
        second.iter_mut().zip(first.iter()).for_each(|(b, a)| *b -= along * a);
        unit(second, 1);
    }
    for v in &mut pair {
        let largest = v.iter().fold(0.0f64, |m, x| if x.abs() > m.abs() { *x } else { m });
        v.iter_mut().for_each(|x| *x *= largest.signum());
    }
    pair
}

/// Makes a vector one of unit length; one of length 0 becomes the axis `otherwise`.
fn unit(v: &mut [f64], otherwise: usize) {
    let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
    if norm > 1e-12 {
        v.iter_mut().for_each(|x| *x /= norm);
    } else {
        v.fill(0.0);
        if let Some(x) = v.get_mut(otherwise) {
            *x = 1.0;
        }
    }
}
