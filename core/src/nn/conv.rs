//! Dilated causal convolutions over rows of samples, one row for each channel.
//!
//! Samples stand in the lanes of the vectors, so that any number of channels fills them; the sums of four output channels over
//! four (AVX-512) or two vectors of samples stay in registers while all taps and inputs pass. Each output's sum has one order,
//! whatever its place in a block: any partition of the sound gives the same bits.

use super::simd::{Isa, Simd, dispatch};

/// Samples of a block; all rows are padded to hold whole blocks.
pub(crate) const BLOCK: usize = 64;
/// Output channels in a register tile.
const TILE: usize = 4;

/// Rows to read: channel `c` at time `t` of the block is `data[at + c * stride + t]`; earlier times are before that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'a> {
    pub data: &'a [f32],
    pub at: usize,
    pub stride: usize,
}

impl<'a> Rows<'a> {
    /// Rows of one block each.
    pub fn block(data: &'a [f32]) -> Self {
        Self { data, at: 0, stride: BLOCK }
    }
}

/// Rows to write. With a `mirror` everything is written twice, the second time that many places later.
#[derive(Debug)]
pub(crate) struct RowsMut<'a> {
    pub data: &'a mut [f32],
    pub at: usize,
    pub stride: usize,
    pub mirror: usize,
}

impl<'a> RowsMut<'a> {
    /// Rows of one block each.
    pub fn block(data: &'a mut [f32]) -> Self {
        Self { data, at: 0, stride: BLOCK, mirror: 0 }
    }
}

/// The past of some channels, so long that a block and everything that it looks back to lie in one piece.
///
/// A ring of `lookback` samples and a block, written twice: every window of it can be read without a seam, and no block costs more than another.
#[derive(Clone, Debug)]
pub(crate) struct History {
    data: Vec<f32>,
    rows: usize,
    ring: usize,
    stride: usize,
    position: usize,
}

impl History {
    /// Silence. Allocates `2 * rows * (lookback + block)` numbers and a little.
    pub fn new(rows: usize, lookback: usize) -> Self {
        let ring = (lookback + BLOCK).next_multiple_of(16);
        // Not a multiple of 4 KiB: rows would fight for the same places of the cache.
        let mut stride = 2 * ring + BLOCK + 16;
        if stride.is_multiple_of(256) {
            stride += 16;
        }
        Self { data: vec![0.0; rows * stride], rows, ring, stride, position: 0 }
    }

    /// Takes what another history of the same size holds. Real-time safe.
    pub fn copy_from(&mut self, other: &History) {
        if self.data.len() == other.data.len() {
            self.data.copy_from_slice(&other.data);
            self.position = other.position;
        }
    }

    /// Where the next block is written.
    pub fn writer(&mut self) -> RowsMut<'_> {
        RowsMut { at: self.position, stride: self.stride, mirror: self.ring, data: &mut self.data }
    }

    /// The block just written, with its past.
    pub fn rows(&self) -> Rows<'_> {
        Rows { data: &self.data, at: self.position + self.ring, stride: self.stride }
    }

    /// Writes a block of rows.
    pub fn write(&mut self, rows: Rows<'_>) {
        for c in 0..self.rows {
            let from = &rows.data[rows.at + c * rows.stride..][..BLOCK];
            let at = c * self.stride + self.position;
            self.data[at..at + BLOCK].copy_from_slice(from);
            self.data[at + self.ring..][..BLOCK].copy_from_slice(from);
        }
    }

    /// The first `frames` of the block become past.
    pub fn advance(&mut self, frames: usize) {
        self.position += frames;
        if self.position >= self.ring {
            self.position -= self.ring;
        }
    }
}

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
    weights: Vec<f32>,
    bias: Vec<f32>,
    isa: Isa,
}

impl Conv {
    /// Packs dense weights, for each kernel `[output][input][tap, oldest first]`, and a bias (empty for none).
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
                        let at = |output: usize| (output * kernel.inputs + input) * kernel.taps + tap;
                        weights.extend((first..last).map(|o| dense.get(at(o)).copied().unwrap_or(0.0)));
                    }
                }
            }
        }
        let mut padded = bias.to_vec();
        padded.resize(outputs, 0.0);
        Self { kernels: groups.iter().map(|(kernel, _)| *kernel).collect(), outputs, weights, bias: padded, isa }
    }

    /// Channels that come out.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// `out = bias + convolutions (+ add)` for the first `frames` of a block, rounded up to whole vectors. Real-time safe.
    ///
    /// # Shapes
    /// `sources` one group of rows for each kernel; `add` and `out` `[output]` rows.
    pub fn run(&self, sources: &[Rows<'_>], add: Option<Rows<'_>>, out: RowsMut<'_>, frames: usize) {
        let reach = |at: usize, rows: usize, stride: usize| at + rows.saturating_sub(1) * stride + BLOCK;
        assert!(sources.len() == self.kernels.len() && frames <= BLOCK);
        for (kernel, rows) in self.kernels.iter().zip(sources) {
            assert!(kernel.lookback() <= rows.at && reach(rows.at, kernel.inputs, rows.stride) <= rows.data.len());
        }
        assert!(add.is_none_or(|rows| reach(rows.at, self.outputs, rows.stride) <= rows.data.len()));
        assert!(reach(out.at + out.mirror, self.outputs, out.stride) <= out.data.len());
        let mut job = Job { conv: self, sources, add, out, frames };
        let job = &mut job;
        // SAFETY: the set was chosen by detection; the asserts above hold every row that is touched within its slice.
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
            weights = weights.add(rows * TILE);
        }
    }
}

#[inline(always)]
unsafe fn tile<S: Simd, const O: usize>(job: &mut Job<'_, '_>, first: usize, weights: *const f32) {
    let mut time = 0;
    // SAFETY: the caller's contract; a block holds whole vectors.
    unsafe {
        if S::LANES == 16 {
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
    // SAFETY: `Conv::run` has checked every row of every source, of `add` and of `out`; time + T * LANES is at most BLOCK.
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
                    x = x.add(rows.stride);
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

/// `sum[c] += rows[c]` for `channels` rows of a block.
pub(crate) fn add_rows(isa: Isa, sum: &mut [f32], rows: &[f32], channels: usize, frames: usize) {
    let frames = frames.next_multiple_of(16).min(BLOCK);
    assert!(sum.len() >= channels * BLOCK && rows.len() >= channels * BLOCK);
    let shape = (channels, frames);
    // SAFETY: the set was chosen by detection; the lengths were checked.
    unsafe { dispatch!(isa, add_kernel(sum: &mut [f32] = sum, rows: &[f32] = rows, shape: (usize, usize) = shape)) }
}

#[inline(always)]
unsafe fn add_kernel<S: Simd>(sum: &mut [f32], rows: &[f32], (channels, frames): (usize, usize)) {
    for c in 0..channels {
        for t in (0..frames).step_by(S::LANES) {
            // SAFETY: both hold `channels` rows of a block; frames is a multiple of 16 within it.
            unsafe {
                let place = sum.as_mut_ptr().add(c * BLOCK + t);
                S::store(place, S::add(S::load(place), S::load(rows.as_ptr().add(c * BLOCK + t))));
            }
        }
    }
}

/// A scale and a shift of each row that move in a straight line through a slot of 64 samples.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modulation<'a> {
    /// `[scale of each row, then shift of each row]` at the slot's beginning. The scale is added to 1.
    pub from: &'a [f32],
    /// The same at its end.
    pub to: &'a [f32],
    /// The block's place in the slot.
    pub position: usize,
}

/// `i / 64` for the samples of a slot, from 1 on, and beyond it for the lanes that nobody reads.
static RAMP: [f32; 2 * BLOCK] = {
    let mut ramp = [0.0; 2 * BLOCK];
    let mut i = 0;
    while i < ramp.len() {
        ramp[i] = (i + 1) as f32 / BLOCK as f32;
        i += 1;
    }
    ramp
};

/// `rows[c] = rows[c] * (1 + scale[c]) + shift[c]` for `channels` rows of a block.
pub(crate) fn modulate(isa: Isa, rows: &mut [f32], channels: usize, frames: usize, modulation: Modulation<'_>) {
    let frames = frames.next_multiple_of(16).min(BLOCK);
    let shape = (channels, frames);
    assert!(rows.len() >= channels * BLOCK && modulation.position < BLOCK);
    assert!(modulation.from.len() >= 2 * channels && modulation.to.len() >= 2 * channels);
    // SAFETY: the set was chosen by detection; the lengths were checked.
    unsafe {
        dispatch!(isa, modulate_kernel(rows: &mut [f32] = rows, shape: (usize, usize) = shape, m: Modulation<'_> = modulation));
    }
}

#[inline(always)]
unsafe fn modulate_kernel<S: Simd>(rows: &mut [f32], (channels, frames): (usize, usize), m: Modulation<'_>) {
    for c in 0..channels {
        let (scale, shift) = ((m.from[c], m.to[c]), (m.from[channels + c], m.to[channels + c]));
        // SAFETY: `rows` holds `channels` rows of a block, the ramp two blocks; frames is a multiple of 16 within one.
        unsafe {
            let line = |(from, to): (f32, f32), ramp: S::V| S::fma(S::splat(to - from), ramp, S::splat(from));
            for t in (0..frames).step_by(S::LANES) {
                let ramp = S::load(RAMP.as_ptr().add(m.position + t));
                let place = rows.as_mut_ptr().add(c * BLOCK + t);
                let scale = S::add(S::splat(1.0), line(scale, ramp));
                S::store(place, S::fma(S::load(place), scale, line(shift, ramp)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
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
        for (inputs, outputs, taps, dilation, condition) in
            [(1, 1, 1, 1, 0), (3, 3, 6, 7, 1), (16, 16, 3, 128, 1), (8, 5, 2, 33, 2), (2, 9, 15, 13, 1)]
        {
            let total = 900;
            let kernel = Kernel { inputs, taps, dilation };
            let (dense, mixin) = (noise(&mut rng, outputs * inputs * taps), noise(&mut rng, outputs * condition));
            let (bias, x, c) =
                (noise(&mut rng, outputs), noise(&mut rng, inputs * total), noise(&mut rng, condition * total));
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
                                rows[c * BLOCK..][..frames].copy_from_slice(&signal[c * total + at..][..frames]);
                            }
                            rows
                        };
                        let (rows, condition_rows) = (block(&x, inputs), block(&c, condition.max(1).min(condition)));
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
                            want += f64::from(mixin[o * condition + i]) * f64::from(c[i * total + t]);
                        }
                        assert!((f64::from(y) - want).abs() < 1e-5, "{isa:?} {kernel:?} {o} {t}: {y} {want}");
                    }
                }
                for sizes in [&[1][..], &[63, 2, 17], &[5]] {
                    assert!(whole == play(sizes), "{isa:?} {kernel:?} {sizes:?}");
                }
            }
        }
    }

    #[test]
    fn a_modulation_moves_in_a_straight_line_and_sums_are_sums() {
        for isa in Isa::available() {
            let mut rows = vec![2.0; 2 * BLOCK];
            let modulation = Modulation { from: &[0.0, 1.0, 0.5, 0.0], to: &[1.0, 1.0, 0.5, -1.0], position: 0 };
            modulate(isa, &mut rows, 2, 64, modulation);
            assert!((rows[31] - (2.0 * 1.5 + 0.5)).abs() < 1e-6 && (rows[63] - 4.5).abs() < 1e-6);
            assert!((rows[64 + 31] - 3.5).abs() < 1e-6 && (rows[64 + 63] - 3.0).abs() < 1e-6);
            let mut sum = vec![1.0; 2 * BLOCK];
            add_rows(isa, &mut sum, &rows, 2, 64);
            assert!(sum.iter().zip(&rows).all(|(s, r)| *s == 1.0 + r));
        }
    }
}
