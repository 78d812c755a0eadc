//! The samples of a block through recurrent layers, one after the other.

use super::{Cell, Recurrent, RecurrentIo, RecurrentState, SLOT};
use crate::signal::simd::Simd;
use crate::signal::vector::{sigmoid, tanh};

/// A block in work.
pub(super) struct Run<'a, 'b> {
    pub net: &'a Recurrent,
    pub state: &'a mut RecurrentState,
    pub position: usize,
    pub frames: usize,
    pub channels: usize,
    pub io: RecurrentIo<'b>,
}

/// Where one sample of one layer finds and leaves its numbers.
struct Sample {
    /// What the gates' sums begin with, `[gate][padded]`.
    base: *const f32,
    /// The first input.
    x: *const f32,
    /// From one input to the next.
    x_stride: usize,
    /// The memory, `[2][padded]`: outputs, then an LSTM's cells.
    h: *mut f32,
    /// Room for new outputs, `[padded]`.
    next: *mut f32,
}

#[inline(always)]
pub(super) unsafe fn lstm_narrow<S: Simd>(run: &mut Run<'_, '_>) {
    // SAFETY: the caller's contract.
    unsafe { run_block::<S, 1, true>(run) }
}

#[inline(always)]
pub(super) unsafe fn lstm_wide<S: Simd>(run: &mut Run<'_, '_>) {
    // SAFETY: the caller's contract.
    unsafe { run_block::<S, 2, true>(run) }
}

#[inline(always)]
pub(super) unsafe fn gru_narrow<S: Simd>(run: &mut Run<'_, '_>) {
    // SAFETY: the caller's contract.
    unsafe { run_block::<S, 1, false>(run) }
}

#[inline(always)]
pub(super) unsafe fn gru_wide<S: Simd>(run: &mut Run<'_, '_>) {
    // SAFETY: the caller's contract.
    unsafe { run_block::<S, 2, false>(run) }
}

/// All samples of a block; tiles of `V` vectors of units.
#[inline(always)]
unsafe fn run_block<S: Simd, const V: usize, const LSTM: bool>(run: &mut Run<'_, '_>) {
    let net = run.net;
    let (padded, layers) = (net.padded, net.cells.len());
    let (inputs, outputs) = (net.inputs(), net.outputs());
    for frame in 0..run.frames {
        let mut base = run.state.to.as_ptr();
        if run.state.moving {
            let t = (run.position + frame + 1) as f32 / SLOT as f32;
            for ((now, &from), &to) in
                run.state.now.iter_mut().zip(run.state.from.iter()).zip(run.state.to.iter())
            {
                *now = from + (to - from) * t;
            }
            base = run.state.now.as_ptr();
        }
        for channel in 0..run.channels {
            let stride = run.io.stride;
            // SAFETY: `run` has checked that input, output and memory hold every channel and frame;
            // each layer's memory is `[2][padded]`, every packed weight has the shape that `Cell`
            // says.
            unsafe {
                let mut x = run.io.input.as_ptr().add(channel * inputs * stride + frame);
                let mut x_stride = stride;
                let mut layer_base = base;
                let mut h = run.state.memory.as_mut_ptr().add(channel * layers * 2 * padded);
                for (index, cell) in net.cells.iter().enumerate() {
                    if index > 0 {
                        x = h.cast_const();
                        x_stride = 1;
                        h = h.add(2 * padded);
                        layer_base = cell.base.as_ptr();
                    }
                    let next = run.state.next.as_mut_ptr();
                    let sample = Sample { base: layer_base, x, x_stride, h, next };
                    step::<S, V, LSTM>(cell, padded, net.hidden, sample);
                }
                for output in 0..outputs {
                    let weights = net.head.as_ptr().add(output * padded);
                    let mut sum = S::splat(0.0);
                    for i in (0..padded).step_by(S::LANES) {
                        sum = S::fma(S::load(h.add(i)), S::load(weights.add(i)), sum);
                    }
                    *run.io
                        .output
                        .as_mut_ptr()
                        .add((channel * outputs + output) * stride + frame) =
                        S::sum(sum) + net.head_bias[output];
                }
            }
        }
    }
}

/// One sample of one layer: reads the inputs and the memory, leaves the new memory there.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // register tiles: plain indices with constant bounds stay in registers
unsafe fn step<S: Simd, const V: usize, const LSTM: bool>(
    cell: &Cell,
    padded: usize,
    hidden: usize,
    sample: Sample,
) {
    let Sample { base, x, x_stride, h, next } = sample;
    let tile = V * S::LANES;
    // With one tile the new output may overwrite the old one at once; else it waits until every
    // tile has read the old.
    let target = if padded == tile { h } else { next };
    let gates = if LSTM { 4 } else { 3 };
    for unit in (0..padded).step_by(tile) {
        // SAFETY: unit + tile <= padded; the pointers hold what the caller says.
        unsafe {
            let input = cell.input.as_ptr().add(unit * cell.inputs * gates);
            let earlier = cell.hidden.as_ptr().add(unit * hidden * gates);
            let mut sums = [[S::splat(0.0); V]; 4];
            for (gate, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = S::load(base.add(gate * padded + unit + v * S::LANES));
                }
            }
            for i in 0..cell.inputs {
                let value = S::splat(*x.add(i * x_stride));
                let weights = input.add(i * gates * tile);
                for gate in 0..gates {
                    for v in 0..V {
                        sums[gate][v] = S::fma(
                            value,
                            S::load(weights.add(gate * tile + v * S::LANES)),
                            sums[gate][v],
                        );
                    }
                }
            }
            // A GRU keeps the recurrent part of its new gate apart: the reset gate multiplies it.
            let slot = |gate: usize| if LSTM || gate < 2 { gate } else { 3 };
            // A second set of sums halves the chain of additions where one tile has too few to fill
            // the pipeline.
            let mut other = [[S::splat(0.0); V]; 4];
            let mut j = 0;
            while V == 1 && j + 2 <= hidden {
                let weights = earlier.add(j * gates * tile);
                let (even, odd) = (S::splat(*h.add(j)), S::splat(*h.add(j + 1)));
                for gate in 0..gates {
                    for v in 0..V {
                        let at = weights.add(gate * tile + v * S::LANES);
                        sums[slot(gate)][v] = S::fma(even, S::load(at), sums[slot(gate)][v]);
                        other[slot(gate)][v] =
                            S::fma(odd, S::load(at.add(gates * tile)), other[slot(gate)][v]);
                    }
                }
                j += 2;
            }
            while j < hidden {
                let weights = earlier.add(j * gates * tile);
                let value = S::splat(*h.add(j));
                for gate in 0..gates {
                    for v in 0..V {
                        let at = weights.add(gate * tile + v * S::LANES);
                        sums[slot(gate)][v] = S::fma(value, S::load(at), sums[slot(gate)][v]);
                    }
                }
                j += 1;
            }
            for v in 0..V {
                let at = unit + v * S::LANES;
                let sum = |gate: usize| {
                    if V == 1 { S::add(sums[gate][v], other[gate][v]) } else { sums[gate][v] }
                };
                if LSTM {
                    let (input, forget) = (sigmoid::<S>(sum(0)), sigmoid::<S>(sum(1)));
                    let (new, out) = (tanh::<S>(sum(2)), sigmoid::<S>(sum(3)));
                    let c = S::fma(forget, S::load(h.add(padded + at)), S::mul(input, new));
                    S::store(h.add(padded + at), c);
                    S::store(target.add(at), S::mul(out, tanh::<S>(c)));
                } else {
                    let (reset, update) = (sigmoid::<S>(sum(0)), sigmoid::<S>(sum(1)));
                    let new = tanh::<S>(S::fma(reset, sum(3), sum(2)));
                    // (1 - z) n + z h
                    S::store(target.add(at), S::fma(update, S::sub(S::load(h.add(at)), new), new));
                }
            }
        }
    }
    if padded != tile {
        // SAFETY: both hold `padded` floats and do not overlap.
        unsafe { std::ptr::copy_nonoverlapping(next, h, padded) };
    }
}
