//! Point-wise activations.

use serde::{Deserialize, Serialize};

use crate::signal::simd::vectorised;

/// Slope of [`Activation::LeakyRelu`] below zero.
pub const LEAKY_SLOPE: f32 = 0.01;

/// The function applied to each output of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `x`
    Linear,
    /// `max(x, 0)`
    Relu,
    /// `x` above zero, `0.01 x` below (Maas, Hannun & Ng 2013)
    LeakyRelu,
    /// `1 / (1 + e^-x)`, between 0 and 1
    Sigmoid,
    /// `tanh x`, between -1 and 1
    Tanh,
}

impl Activation {
    /// Every activation, in the order of the file format's documentation.
    pub const ALL: [Activation; 5] = [
        Activation::Linear,
        Activation::Relu,
        Activation::LeakyRelu,
        Activation::Sigmoid,
        Activation::Tanh,
    ];

    /// Applies the activation to every element in place. Finite input gives finite output.
    /// Real-time safe.
    ///
    /// Sigmoid and tanh are within 3e-7 of the exact functions; the sigmoid keeps its relative
    /// accuracy towards 0.
    pub fn apply(self, values: &mut [f32]) {
        match self {
            Activation::Linear => {}
            Activation::Relu => values.iter_mut().for_each(|v| *v = v.max(0.0)),
            Activation::LeakyRelu => values.iter_mut().for_each(|v| {
                if *v < 0.0 {
                    *v *= LEAKY_SLOPE;
                }
            }),
            Activation::Sigmoid => wide(values, |v| 1.0 / (1.0 + exp(-v))),
            Activation::Tanh => wide(values, |v| 1.0 - 2.0 / (exp(2.0 * v) + 1.0)),
        }
    }
}

/// Maps with the widest vectors that the CPU has. The closure must be straight-line arithmetic to
/// be vectorised.
fn wide(values: &mut [f32], f: impl Fn(f32) -> f32) {
    vectorised!(avx2: map(values: &mut [f32] = values, f: impl Fn(f32) -> f32 = f));
}

#[inline(always)]
fn map(values: &mut [f32], f: impl Fn(f32) -> f32) {
    for v in values {
        *v = f(*v);
    }
}

/// `e^x` in single precision, within 2 ulp between -87 and 88, clamped outside.
///
/// Range reduction by `ln 2` in two parts and a degree-6 polynomial: without table or branch, so
/// that loops over it are vectorised.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23: adding it rounds to the nearest integer
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * 0.693_359_4) - n * -2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 5.0e-1;
    let e = p * r * r + r + 1.0;
    let exponent = (shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127)) << 23;
    e * f32::from_bits(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(a: Activation, x: f64) -> f64 {
        match a {
            Activation::Linear => x,
            Activation::Relu => x.max(0.0),
            Activation::LeakyRelu => {
                if x < 0.0 {
                    x * f64::from(LEAKY_SLOPE)
                } else {
                    x
                }
            }
            Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Activation::Tanh => x.tanh(),
        }
    }

    #[test]
    fn every_activation_is_close_to_the_exact_function() {
        let mut grid: Vec<f32> = (-4000..=4000)
            .step_by(if cfg!(miri) { 100 } else { 1 })
            .map(|i| i as f32 * 0.0223)
            .collect();
        grid.extend([0.0, -0.0, 1e-30, -1e-30, 1e30, -1e30, f32::MAX, f32::MIN]);
        for a in Activation::ALL {
            let mut got = grid.clone();
            a.apply(&mut got);
            for (&x, &y) in grid.iter().zip(&got) {
                let want = exact(a, f64::from(x));
                let tolerance = if a == Activation::Sigmoid || a == Activation::Tanh {
                    3e-7
                } else {
                    want.abs() * 1e-6
                };
                assert!(
                    (f64::from(y) - want).abs() <= tolerance,
                    "{a:?}({x}) = {y}, expected {want}"
                );
                assert!(y.is_finite());
            }
        }
    }

    #[test]
    fn sigmoid_keeps_relative_accuracy_near_zero() {
        let mut v: Vec<f32> = (1..800).map(|i| -0.1 * i as f32).collect();
        let x = v.clone();
        Activation::Sigmoid.apply(&mut v);
        for (&x, &y) in x.iter().zip(&v) {
            let want = exact(Activation::Sigmoid, f64::from(x));
            assert!((f64::from(y) / want - 1.0).abs() < 1e-6, "{x}: {y} {want}");
        }
    }
}
