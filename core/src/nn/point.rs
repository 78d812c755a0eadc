//! The activations of profile networks, on rows of samples.

use crate::signal::simd::{Isa, Simd, dispatch};
use crate::signal::vector::{sigmoid, tanh};
use serde::{Deserialize, Serialize};

/// Why an activation cannot be applied: what was expected and found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ActivationError(String);

/// The function that each sum of a profile network passes: all those that `.nam` files name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PointActivation {
    /// `x`
    Linear,
    /// `tanh x`
    Tanh,
    /// `x` limited to -1 to 1
    Hardtanh,
    /// A rational function near tanh, as NAM has it.
    Fasttanh,
    /// `max(x, 0)`
    Relu,
    /// `x` above zero, `negative_slope x` below
    LeakyRelu {
        /// The slope below zero.
        negative_slope: f32,
    },
    /// The same with a slope for each channel, or one for all.
    Prelu {
        /// The slopes below zero.
        negative_slopes: Vec<f32>,
    },
    /// `1 / (1 + e^-x)`
    Sigmoid,
    /// `x / (1 + e^-x)`
    Silu,
    /// `x` limited to 0 to 1 after `x + 3` and division by 6, times `x`
    Hardswish,
    /// `x` between two values, other slopes outside
    LeakyHardtanh {
        /// The lower value.
        min_val: f32,
        /// The upper value.
        max_val: f32,
        /// The slope below the lower value.
        min_slope: f32,
        /// The slope above the upper value.
        max_slope: f32,
    },
    /// `x / (1 + |x|)`
    Softsign,
    /// `1/2 + x / (2 + 2 |x|)`
    Softsigmoid,
}

impl PointActivation {
    /// Whether it can be applied to `channels` channels.
    pub(crate) fn check(&self, channels: usize) -> Result<(), ActivationError> {
        let numbers: &[f32] = match self {
            PointActivation::LeakyRelu { negative_slope } => &[*negative_slope],
            PointActivation::LeakyHardtanh { min_val, max_val, min_slope, max_slope } => {
                if min_val > max_val {
                    return Err(ActivationError(format!(
                        "expected limits of LeakyHardtanh that ascend, found {min_val} and {max_val}"
                    )));
                }
                &[*min_val, *max_val, *min_slope, *max_slope]
            }
            PointActivation::Prelu { negative_slopes } => {
                if ![1, channels].contains(&negative_slopes.len()) {
                    return Err(ActivationError(format!(
                        "expected one slope of PReLU, or one for each of {channels} channels, found {}",
                        negative_slopes.len()
                    )));
                }
                negative_slopes
            }
            _ => &[],
        };
        match numbers.iter().find(|number| !number.is_finite()) {
            Some(number) => Err(ActivationError(format!(
                "expected finite numbers in an activation, found {number}"
            ))),
            None => Ok(()),
        }
    }

    /// Applies it in place. Real-time safe.
    ///
    /// # Shapes
    /// `rows` `[channel][stride]`; the first `frames` of each row, rounded up to 16, are changed.
    pub(crate) fn apply(&self, isa: Isa, rows: &mut [f32], stride: usize, frames: usize) {
        let frames = frames.next_multiple_of(16).min(stride);
        assert!(stride > 0 && stride.is_multiple_of(16) && rows.len().is_multiple_of(stride));
        match self {
            PointActivation::Linear => {}
            // SAFETY: the set was chosen by detection, the rows are whole vectors.
            PointActivation::Tanh => unsafe {
                dispatch!(isa, tanh_rows(
                    rows: &mut [f32] = rows,
                    stride: usize = stride,
                    frames: usize = frames,
                ));
            },
            // SAFETY: as above.
            PointActivation::Sigmoid => unsafe {
                dispatch!(isa, sigmoid_rows(
                    rows: &mut [f32] = rows,
                    stride: usize = stride,
                    frames: usize = frames,
                ));
            },
            // SAFETY: as above.
            PointActivation::Silu => unsafe {
                dispatch!(isa, silu_rows(
                    rows: &mut [f32] = rows,
                    stride: usize = stride,
                    frames: usize = frames,
                ));
            },
            PointActivation::LeakyRelu { negative_slope } => {
                let slope = *negative_slope;
                // SAFETY: as above.
                unsafe {
                    dispatch!(isa, leaky_rows(
                        rows: &mut [f32] = rows,
                        stride: usize = stride,
                        frames: usize = frames,
                        slope: f32 = slope,
                    ));
                }
            }
            PointActivation::Relu => each(rows, stride, frames, |x| x.max(0.0)),
            PointActivation::Hardtanh => each(rows, stride, frames, |x| x.clamp(-1.0, 1.0)),
            PointActivation::Fasttanh => each(rows, stride, frames, fast_tanh),
            PointActivation::Hardswish => {
                each(rows, stride, frames, |x| x * ((x + 3.0) * (1.0 / 6.0)).clamp(0.0, 1.0))
            }
            PointActivation::Softsigmoid => {
                each(rows, stride, frames, |x| 0.5 + 0.5 * x / (1.0 + x.abs()))
            }
            PointActivation::Softsign => each(rows, stride, frames, |x| x / (1.0 + x.abs())),
            PointActivation::LeakyHardtanh { min_val, max_val, min_slope, max_slope } => {
                let (low, high, below, above) = (*min_val, *max_val, *min_slope, *max_slope);
                each(rows, stride, frames, |x| {
                    let inside = x.max(low).min(high);
                    inside + (x - inside) * if x < low { below } else { above }
                });
            }
            PointActivation::Prelu { negative_slopes: slopes } => {
                for (channel, row) in rows_of(rows, stride).enumerate() {
                    let slope = slopes.get(channel).or(slopes.first()).copied().unwrap_or(0.0);
                    row[..frames]
                        .iter_mut()
                        .for_each(|x| *x = if *x > 0.0 { *x } else { *x * slope });
                }
            }
        }
    }
}

fn rows_of(rows: &mut [f32], stride: usize) -> impl Iterator<Item = &mut [f32]> {
    rows.chunks_exact_mut(stride)
}

fn each(rows: &mut [f32], stride: usize, frames: usize, f: impl Fn(f32) -> f32) {
    for row in rows_of(rows, stride) {
        row[..frames].iter_mut().for_each(|x| *x = f(*x));
    }
}

/// NAM's rational function near tanh.
fn fast_tanh(x: f32) -> f32 {
    let (a, x2) = (x.abs(), x * x);
    let over = x * (2.455_507_5 + 2.455_507_5 * a + (0.893_229_85 + 0.821_226_67 * a) * x2);
    let under = 2.445_066_3 + (2.445_066_3 + x2) * (x + 0.814_642_7 * x * a).abs();
    over / under
}

macro_rules! rows_kernel {
    ($name:ident($($arg:ident: $ty:ty),*), $x:ident => $body:expr) => {
        #[inline(always)]
        unsafe fn $name<S: Simd>(
            rows: &mut [f32],
            stride: usize,
            frames: usize,
            $($arg: $ty),*
        ) {
            for row in rows_of(rows, stride) {
                let row = row.as_mut_ptr();
                for i in (0..frames).step_by(S::LANES) {
                    // SAFETY: frames is a multiple of 16 and at most the row's length.
                    unsafe {
                        let $x = S::load(row.add(i));
                        S::store(row.add(i), $body);
                    }
                }
            }
        }
    };
}

rows_kernel!(tanh_rows(), x => tanh::<S>(x));
rows_kernel!(sigmoid_rows(), x => sigmoid::<S>(x));
rows_kernel!(silu_rows(), x => S::mul(x, sigmoid::<S>(x)));
rows_kernel!(leaky_rows(slope: f32), x => S::where_positive(x, x, S::mul(x, S::splat(slope))));
