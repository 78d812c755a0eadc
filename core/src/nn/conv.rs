//! Dilated causal convolutions over rows of samples, one row for each channel.
//!
//! Samples stand in the lanes of the vectors, so that any number of channels fills them; the sums
//! of four output channels over four (AVX-512) or two vectors of samples stay in registers while
//! all taps and inputs pass. Each output's sum has one order, whatever its place in a block: any
//! partition of the sound gives the same bits.

use super::rows::{BLOCK, Rows, RowsMut};
use crate::signal::aligned::Aligned;
use crate::signal::simd::{Isa, Simd, dispatch};

/// Output channels in a register tile.
const TILE: usize = 4;

/// What a convolution reads from one group of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kernel {
    pub inputs: usize,
    pub taps: usize,
    pub dilation: usize,
}

impl Kernel {
    /// A 1 x 1 convolution.
    pub fn point(inputs: usize) -> Self {
        Self { inputs, taps: 1, dilation: 1 }
    }

    /// How far it looks back.
    pub fn lookback(self) -> usize {
        (self.taps - 1) * self.dilation
    }
}

/// A convolution of one or two groups of rows, its weights packed for the register tiles.
#[derive(Debug)]
pub(crate) struct Conv {
    kernels: Vec<Kernel>,
    outputs: usize,
    /// `[tile of outputs][kernel][tap, oldest first][input][output in tile]`
    weights: Aligned<f32>,
    bias: Vec<f32>,
    isa: Isa,
}

impl Conv {
    /// Packs dense weights, for each kernel `[output][input][tap, oldest first]`, and a bias (empty
    /// for none).
    pub fn new(outputs: usize, groups: &[(Kernel, Vec<f32>)], bias: &[f32]) -> Self {
        Self::with_isa(outputs, groups, bias, Isa::detect())
    }

    fn with_isa(outputs: usize, groups: &[(Kernel, Vec<f32>)], bias: &[f32], isa: Isa) -> Self {
        let mut weights = Vec::new();
        for first in (0..outputs).step_by(TILE) {
            let last = (first + TILE).min(outputs);
            for (kernel, dense) in groups {
                for tap in 0..kernel.taps {
                    for input in 0..kernel.inputs {
                        let at =
                            |output: usize| (output * kernel.inputs + input) * kernel.taps + tap;
                        weights.extend(
                            (first..last).map(|o| dense.get(at(o)).copied().unwrap_or(0.0)),
                        );
                    }
                }
            }
        }
        let mut padded = bias.to_vec();
        padded.resize(outputs, 0.0);
        Self {
            kernels: groups.iter().map(|(kernel, _)| *kernel).collect(),
            outputs,
            weights: weights.into(),
            bias: padded,
            isa,
        }
    }

    /// Channels that come out.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// `out = bias + convolutions (+ add)` for the first `frames` of a block, rounded up to whole
    /// vectors. Real-time safe.
    ///
    /// # Shapes
    /// `sources` one group of rows for each kernel; `add` and `out` `[output]` rows.
    pub fn run(
        &self,
        sources: &[Rows<'_>],
        add: Option<Rows<'_>>,
        out: RowsMut<'_>,
        frames: usize,
    ) {
        let reach =
            |at: usize, rows: usize, stride: usize| at + rows.saturating_sub(1) * stride + BLOCK;
        assert!(sources.len() == self.kernels.len() && frames <= BLOCK);
        for (kernel, rows) in self.kernels.iter().zip(sources) {
            assert!(
                kernel.lookback() <= rows.at
                    && reach(rows.at, kernel.inputs, rows.stride) <= rows.data.len()
            );
        }
        assert!(
            add.is_none_or(|rows| reach(rows.at, self.outputs, rows.stride) <= rows.data.len())
        );
        assert!(reach(out.at + out.mirror, self.outputs, out.stride) <= out.data.len());
        let mut job = Job { conv: self, sources, add, out, frames };
        let job = &mut job;
        // SAFETY: the set was chosen by detection; the asserts above hold every row that is touched
        // within its slice.
        unsafe { dispatch!(self.isa, tiles(job: &mut Job<'_, '_> = job)) }
    }
}

struct Job<'a, 'b> {
    conv: &'a Conv,
    sources: &'a [Rows<'b>],
    add: Option<Rows<'b>>,
    out: RowsMut<'b>,
    frames: usize,
}

#[inline(always)]
unsafe fn tiles<S: Simd>(job: &mut Job<'_, '_>) {
    let conv = job.conv;
    let rows: usize = conv.kernels.iter().map(|kernel| kernel.taps * kernel.inputs).sum();
    let mut weights = conv.weights.as_ptr();
    for first in (0..conv.outputs).step_by(TILE) {
        // SAFETY: the caller's contract; each tile's weights follow those of the one before.
        unsafe {
            match conv.outputs - first {
                1 => tile::<S, 1>(job, first, weights),
                2 => tile::<S, 2>(job, first, weights),
                3 => tile::<S, 3>(job, first, weights),
                _ => tile::<S, 4>(job, first, weights),
            }
            // Behind a last tile of fewer outputs there is no memory to point into.
            weights = weights.wrapping_add(rows * TILE);
        }
    }
}

#[inline(always)]
unsafe fn tile<S: Simd, const O: usize>(job: &mut Job<'_, '_>, first: usize, weights: *const f32) {
    let mut time = 0;
    // SAFETY: the caller's contract; a block holds whole vectors.
    unsafe {
        if S::REGISTERS == 32 {
            while time + 3 * S::LANES < job.frames {
                block::<S, O, 4>(job, first, weights, time);
                time += 4 * S::LANES;
            }
        }
        while time + S::LANES < job.frames {
            block::<S, O, 2>(job, first, weights, time);
            time += 2 * S::LANES;
        }
        while time < job.frames {
            block::<S, O, 1>(job, first, weights, time);
            time += S::LANES;
        }
    }
}

/// The sums of `O` outputs over `T` vectors of samples, from `time` on.
#[inline(always)]
unsafe fn block<S: Simd, const O: usize, const T: usize>(
    job: &mut Job<'_, '_>,
    first: usize,
    mut weights: *const f32,
    time: usize,
) {
    // SAFETY: `Conv::run` has checked every row of every source, of `add` and of `out`; time + T *
    // LANES is at most BLOCK.
    unsafe {
        let mut sums = [[S::splat(0.0); T]; O];
        for (o, sums) in sums.iter_mut().enumerate() {
            let bias = S::splat(*job.conv.bias.get_unchecked(first + o));
            for (t, sum) in sums.iter_mut().enumerate() {
                *sum = match job.add {
                    Some(rows) => {
                        let at = rows.at + (first + o) * rows.stride + time + t * S::LANES;
                        S::add(S::load(rows.data.as_ptr().add(at)), bias)
                    }
                    None => bias,
                };
            }
        }
        for (kernel, rows) in job.conv.kernels.iter().zip(job.sources) {
            for tap in 0..kernel.taps {
                let back = (kernel.taps - 1 - tap) * kernel.dilation;
                let mut x = rows.data.as_ptr().add(rows.at - back + time);
                for _ in 0..kernel.inputs {
                    let mut values = [S::splat(0.0); T];
                    for (t, value) in values.iter_mut().enumerate() {
                        *value = S::load(x.add(t * S::LANES));
                    }
                    for (o, sums) in sums.iter_mut().enumerate() {
                        let w = S::splat(*weights.add(o));
                        for (sum, value) in sums.iter_mut().zip(&values) {
                            *sum = S::fma(*value, w, *sum);
                        }
                    }
                    weights = weights.add(O);
                    // Behind the last row there may be none.
                    x = x.wrapping_add(rows.stride);
                }
            }
        }
        let out = &mut job.out;
        for (o, sums) in sums.iter().enumerate() {
            let at = out.at + (first + o) * out.stride + time;
            for (t, sum) in sums.iter().enumerate() {
                let place = out.data.as_mut_ptr().add(at + t * S::LANES);
                S::store(place, *sum);
                if out.mirror > 0 {
                    S::store(place.add(out.mirror), *sum);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::History;
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn noise(rng: &mut StdRng, count: usize) -> Vec<f32> {
        (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
    }

    /// Every instruction set, shape and partition against the definition.
    #[test]
    fn convolutions_agree_with_the_definition_in_any_partition() {
        let mut rng = StdRng::seed_from_u64(1);
        for (inputs, outputs, taps, dilation, condition) in [
            (1, 1, 1, 1, 0),
            (3, 3, 6, 7, 1),
            (16, 16, 3, 128, 1),
            (8, 5, 2, 33, 2),
            (2, 9, 15, 13, 1),
        ] {
            // Miri is slow: for it one block and a little of the small shapes.
            if cfg!(miri) && inputs * outputs * taps > 60 {
                continue;
            }
            let total = if cfg!(miri) { BLOCK + 2 } else { 900 };
            let kernel = Kernel { inputs, taps, dilation };
            let (dense, mixin) =
                (noise(&mut rng, outputs * inputs * taps), noise(&mut rng, outputs * condition));
            let (bias, x, c) = (
                noise(&mut rng, outputs),
                noise(&mut rng, inputs * total),
                noise(&mut rng, condition * total),
            );
            for isa in Isa::available() {
                let groups = [(kernel, dense.clone()), (Kernel::point(condition), mixin.clone())];
                let conv = Conv::with_isa(outputs, &groups, &bias, isa);
                let play = |sizes: &[usize]| {
                    let mut history = History::new(inputs, kernel.lookback());
                    let mut out = vec![vec![]; outputs];
                    let (mut at, mut next) = (0, 0);
                    while at < total {
                        let frames = sizes[next % sizes.len()].min(total - at);
                        next += 1;
                        let block = |signal: &[f32], channels: usize| {
                            let mut rows = vec![f32::NAN; channels * BLOCK];
                            for c in 0..channels {
                                rows[c * BLOCK..][..frames]
                                    .copy_from_slice(&signal[c * total + at..][..frames]);
                            }
                            rows
                        };
                        let (rows, condition_rows) =
                            (block(&x, inputs), block(&c, condition.max(1).min(condition)));
                        history.write(Rows::block(&rows));
                        let mut y = vec![0.0; outputs * BLOCK];
                        let sources = [history.rows(), Rows::block(&condition_rows)];
                        if condition > 0 {
                            conv.run(&sources, None, RowsMut::block(&mut y), frames);
                        } else {
                            let alone = Conv::with_isa(outputs, &groups[..1], &bias, isa);
                            alone.run(&sources[..1], None, RowsMut::block(&mut y), frames);
                        }
                        for (o, out) in out.iter_mut().enumerate() {
                            out.extend_from_slice(&y[o * BLOCK..][..frames]);
                        }
                        history.advance(frames);
                        at += frames;
                    }
                    out
                };
                let whole = play(&[64]);
                for (o, row) in whole.iter().enumerate() {
                    for (t, &y) in row.iter().enumerate() {
                        let mut want = f64::from(bias[o]);
                        for i in 0..inputs {
                            for k in 0..taps {
                                let back = (taps - 1 - k) * dilation;
                                if back <= t {
                                    want += f64::from(dense[(o * inputs + i) * taps + k])
                                        * f64::from(x[i * total + t - back]);
                                }
                            }
                        }
                        for i in 0..condition {
                            want +=
                                f64::from(mixin[o * condition + i]) * f64::from(c[i * total + t]);
                        }
                        assert!(
                            (f64::from(y) - want).abs() < 1e-5,
                            "{isa:?} {kernel:?} {o} {t}: {y} {want}"
                        );
                    }
                }
                for sizes in [&[1][..], &[63, 2, 17], &[5]] {
                    assert!(whole == play(sizes), "{isa:?} {kernel:?} {sizes:?}");
                }
            }
        }
    }
}
