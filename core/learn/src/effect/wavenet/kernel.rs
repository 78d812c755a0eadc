//! Convolutions over whole segments, sixteen samples of one channel in a vector.
//!
//! Channels are rows of one length ("stride"), `[channel][sample]`. Four outputs by sixty-four
//! samples stay in accumulators while taps and inputs go by. Ranges begin where the history is
//! complete and end at the segment's end; what is computed past the end (at most 63 samples, into
//! room that every row has) is never used.

use nfx_core::signal::simd::{Isa, Simd, dispatch};

use super::super::lanes::{LANES, tanh};
use super::shape::Act;

/// Outputs of a tile.
const OUT: usize = 4;
/// Vectors of a tile.
const VECTORS: usize = 4;
/// Samples of a tile, and the room that every row has behind its end.
pub const ROOM: usize = VECTORS * LANES;

/// Rows of a segment.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// `[channel][sample]`, each row `stride` long.
    pub data: Vec<f32>,
    /// Length of a row, its room included.
    pub stride: usize,
    /// Rows, a multiple of four; those that pad are zero.
    pub rows: usize,
}

impl Rows {
    /// Zeros for at least `channels` rows.
    pub fn new(channels: usize, stride: usize) -> Self {
        let rows = channels.next_multiple_of(OUT);
        Rows { data: vec![0.0; rows * stride], stride, rows }
    }

    /// One row.
    pub fn row(&self, channel: usize) -> &[f32] {
        &self.data[channel * self.stride..(channel + 1) * self.stride]
    }

    /// One row, to be written.
    pub fn row_mut(&mut self, channel: usize) -> &mut [f32] {
        &mut self.data[channel * self.stride..(channel + 1) * self.stride]
    }

    /// Zeros everywhere in some columns.
    pub fn clear(&mut self, from: usize, until: usize) {
        for r in 0..self.rows {
            self.data[r * self.stride + from..r * self.stride + until].fill(0.0);
        }
    }
}

/// A convolution's weights in blocks of four outputs: `[block][tap][input][output of the block]`.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    outputs: usize,
    inputs: usize,
    /// For each tap, how many samples it looks back (or ahead, going back through the network).
    shifts: Vec<usize>,
    data: Vec<f32>,
}

impl Packed {
    /// Packs weights given by `value(output, input, tap)`.
    pub fn fill(
        &mut self,
        outputs: usize,
        inputs: usize,
        shifts: &[usize],
        value: impl Fn(usize, usize, usize) -> f32,
    ) {
        self.outputs = outputs;
        self.inputs = inputs;
        self.shifts.clear();
        self.shifts.extend_from_slice(shifts);
        self.data.clear();
        for block in (0..outputs).step_by(OUT) {
            for tap in 0..shifts.len() {
                for input in 0..inputs {
                    for o in block..block + OUT {
                        self.data.push(if o < outputs { value(o, input, tap) } else { 0.0 });
                    }
                }
            }
        }
    }
}

impl Packed {
    /// How far each tap looks back.
    pub fn shifts(&self) -> &[usize] {
        &self.shifts
    }
}

/// What a convolution's sums begin with.
#[derive(Clone, Copy)]
pub enum Begin<'a> {
    /// A bias for each output.
    Bias(&'a [f32]),
    /// A bias for each output and a weight for each output of one row that is added.
    Mix(&'a [f32], &'a [f32], &'a [f32]),
    /// A bias for each output and rows that are added.
    Rows(&'a [f32], &'a Rows),
    /// What is there already.
    Own,
}

/// One convolution over the samples of a range.
pub struct Convolve<'a> {
    /// Weights.
    pub weights: &'a Packed,
    /// Input.
    pub x: &'a Rows,
    /// What the sums begin with.
    pub begin: Begin<'a>,
    /// What follows.
    pub act: Option<Act>,
    /// First sample of the range and the one after its last.
    pub range: (usize, usize),
    /// Whether taps look ahead instead of back.
    pub ahead: bool,
}

impl Convolve<'_> {
    /// Computes into `y`.
    pub fn run(&self, y: &mut Rows) {
        let most = self.weights.shifts.iter().copied().max().unwrap_or(0);
        let (from, until) = self.range;
        let end = until + ROOM - 1;
        assert!(self.ahead || from >= most, "a range that begins within its history");
        assert!(
            end <= y.stride && end + if self.ahead { most } else { 0 } <= self.x.stride,
            "a range beyond its rows"
        );
        assert!(self.weights.outputs <= y.rows && self.weights.inputs <= self.x.rows);
        match self.begin {
            Begin::Mix(_, _, row) => assert!(row.len() >= end),
            Begin::Rows(_, rows) => {
                assert!(rows.stride >= end && rows.rows >= y.rows.min(self.weights.outputs))
            }
            Begin::Bias(_) | Begin::Own => {}
        }
        // SAFETY: the asserts hold every tile at every shift within its rows.
        unsafe {
            dispatch!(
                Isa::detect(),
                sixteen convolve_with(job: &Convolve<'_> = self, y: &mut Rows = y)
            );
        }
    }
}

/// What is done to sums before they are stored.
trait Last {
    /// # Safety
    /// The contract of [`Simd`].
    unsafe fn apply<S: Simd>(&self, v: S::V) -> S::V;
}

struct Nothing;

impl Last for Nothing {
    #[inline(always)]
    unsafe fn apply<S: Simd>(&self, v: S::V) -> S::V {
        v
    }
}

struct Tanh;

impl Last for Tanh {
    #[inline(always)]
    unsafe fn apply<S: Simd>(&self, v: S::V) -> S::V {
        // SAFETY: the caller's contract.
        unsafe { tanh::<S>(v) }
    }
}

struct Leaky(f32);

impl Last for Leaky {
    #[inline(always)]
    unsafe fn apply<S: Simd>(&self, v: S::V) -> S::V {
        // SAFETY: the caller's contract.
        unsafe { S::where_positive(v, v, S::mul(v, S::splat(self.0))) }
    }
}

#[inline(always)]
unsafe fn convolve_with<S: Simd>(job: &Convolve<'_>, y: &mut Rows) {
    // SAFETY: the caller's contract.
    unsafe {
        match job.act {
            None => convolve::<S>(job, y, Nothing),
            Some(Act::Tanh) => convolve::<S>(job, y, Tanh),
            Some(Act::Leaky(slope)) => convolve::<S>(job, y, Leaky(slope)),
        }
    }
}

#[inline(always)]
unsafe fn convolve<S: Simd>(job: &Convolve<'_>, y: &mut Rows, act: impl Last) {
    let w = job.weights;
    let number = |list: &[f32], i: usize| list.get(i).copied().unwrap_or(0.0);
    let mut t = job.range.0;
    while t < job.range.1 {
        for block in 0..w.outputs.div_ceil(OUT) {
            let first = block * OUT;
            // SAFETY: the caller's contract; `run` has seen to it that every row has room for the
            // tile at every shift, and the packing has a number for each output of a block, input
            // and tap.
            unsafe {
                let mut sums = [[S::splat(0.0); VECTORS]; OUT];
                for (o, sums) in sums.iter_mut().enumerate() {
                    let out = first + o;
                    match job.begin {
                        Begin::Bias(bias) => *sums = [S::splat(number(bias, out)); VECTORS],
                        Begin::Mix(bias, mix, row) => {
                            let (b, m) = (S::splat(number(bias, out)), S::splat(number(mix, out)));
                            for (v, sum) in sums.iter_mut().enumerate() {
                                *sum = S::fma(S::load(row.as_ptr().add(t + v * LANES)), m, b);
                            }
                        }
                        Begin::Rows(bias, rows) => {
                            let b = S::splat(number(bias, out));
                            for (v, sum) in sums.iter_mut().enumerate() {
                                let at = out * rows.stride + t + v * LANES;
                                *sum = S::add(S::load(rows.data.as_ptr().add(at)), b);
                            }
                        }
                        Begin::Own => {
                            for (v, sum) in sums.iter_mut().enumerate() {
                                *sum = S::load(y.data.as_ptr().add(out * y.stride + t + v * LANES));
                            }
                        }
                    }
                }
                let mut from = w.data.as_ptr().add(block * w.shifts.len() * w.inputs * OUT);
                for &shift in &w.shifts {
                    let mut x =
                        job.x.data.as_ptr().add(if job.ahead { t + shift } else { t - shift });
                    for _ in 0..w.inputs {
                        let mut v = [S::splat(0.0); VECTORS];
                        for (i, v) in v.iter_mut().enumerate() {
                            *v = S::load(x.add(i * LANES));
                        }
                        for (o, sums) in sums.iter_mut().enumerate() {
                            let w = S::splat(*from.add(o));
                            for (sum, v) in sums.iter_mut().zip(v) {
                                *sum = S::fma(w, v, *sum);
                            }
                        }
                        from = from.add(OUT);
                        x = x.wrapping_add(job.x.stride);
                    }
                }
                for (o, sums) in sums.iter().enumerate() {
                    let to = y.data.as_mut_ptr().add((first + o) * y.stride + t);
                    for (v, sum) in sums.iter().enumerate() {
                        S::store(to.add(v * LANES), act.apply::<S>(*sum));
                    }
                }
            }
        }
        t += ROOM;
    }
}

/// `sums[a row][b row] += Σ a[row][t] · b[row][t − shift]` for `t` in a range, as sixteen partial
/// sums each. `a` must be zero past the range's end (up to its room).
pub struct Correlate<'a> {
    /// Gradients.
    pub a: &'a Rows,
    /// Inputs.
    pub b: &'a Rows,
    /// Samples that the tap looks back.
    pub shift: usize,
    /// First sample of the range and the one after its last.
    pub range: (usize, usize),
}

impl Correlate<'_> {
    /// Adds to `sums`, `[a row][b row]` by tiles of 4 × 4 with sixteen numbers each.
    pub fn run(&self, sums: &mut [f32]) {
        let (from, until) = self.range;
        assert!(
            from >= self.shift
                && until + LANES - 1 <= self.a.stride.min(self.b.stride + self.shift)
        );
        assert!(sums.len() == self.a.rows * self.b.rows * LANES);
        // SAFETY: the asserts hold every vector within its row and every tile within the sums.
        unsafe {
            dispatch!(
                Isa::detect(),
                sixteen correlate(job: &Correlate<'_> = self, sums: &mut [f32] = sums)
            );
        }
    }
}

#[inline(always)]
unsafe fn correlate<S: Simd>(job: &Correlate<'_>, sums: &mut [f32]) {
    let vectors = (job.range.1 - job.range.0).div_ceil(LANES);
    let mut tile = sums.as_mut_ptr();
    for row in (0..job.a.rows).step_by(OUT) {
        for column in (0..job.b.rows).step_by(OUT) {
            // SAFETY: the caller's contract; `run` has seen to it that rows are long enough; rows
            // come in fours.
            unsafe {
                let mut sums = [[S::splat(0.0); OUT]; OUT];
                for (i, row) in sums.iter_mut().enumerate() {
                    for (k, sum) in row.iter_mut().enumerate() {
                        *sum = S::load(tile.add((i * OUT + k) * LANES));
                    }
                }
                let mut a = job.a.data.as_ptr().add(row * job.a.stride + job.range.0);
                let mut b =
                    job.b.data.as_ptr().add(column * job.b.stride + job.range.0 - job.shift);
                for _ in 0..vectors {
                    let (mut x, mut y) = ([S::splat(0.0); OUT], [S::splat(0.0); OUT]);
                    for (i, (x, y)) in x.iter_mut().zip(&mut y).enumerate() {
                        *x = S::load(a.add(i * job.a.stride));
                        *y = S::load(b.add(i * job.b.stride));
                    }
                    for (row, x) in sums.iter_mut().zip(x) {
                        for (sum, y) in row.iter_mut().zip(y) {
                            *sum = S::fma(x, y, *sum);
                        }
                    }
                    a = a.add(LANES);
                    b = b.add(LANES);
                }
                for (i, row) in sums.iter().enumerate() {
                    for (k, sum) in row.iter().enumerate() {
                        S::store(tile.add((i * OUT + k) * LANES), *sum);
                    }
                }
                tile = tile.add(OUT * OUT * LANES);
            }
        }
    }
}

/// The whole sums of what [`Correlate`] has added up: `out(a row, b row, sum)` for each pair.
pub fn collect(sums: &[f32], rows: usize, columns: usize, mut out: impl FnMut(usize, usize, f32)) {
    let mut tiles = sums.chunks_exact(OUT * OUT * LANES);
    for row in (0..rows).step_by(OUT) {
        for column in (0..columns).step_by(OUT) {
            let Some(tile) = tiles.next() else { return };
            for (i, lanes) in tile.chunks_exact(LANES).enumerate() {
                out(row + i / OUT, column + i % OUT, lanes.iter().sum());
            }
        }
    }
}

/// Turns gradients towards activations into gradients towards what came before them: `da` becomes
/// `dz`.
pub fn unact(da: &mut Rows, a: &Rows, act: Act, range: (usize, usize)) {
    assert!(range.1 + ROOM - 1 <= da.stride.min(a.stride) && da.rows <= a.rows);
    // SAFETY: the assert holds every vector within its row.
    unsafe {
        dispatch!(Isa::detect(), sixteen unact_with(
            da: &mut Rows = da,
            a: &Rows = a,
            act: Act = act,
            range: (usize, usize) = range,
        ));
    }
}

#[inline(always)]
unsafe fn unact_with<S: Simd>(da: &mut Rows, a: &Rows, act: Act, range: (usize, usize)) {
    let (from, until) = range;
    for row in 0..da.rows {
        let mut t = from;
        while t < until {
            // SAFETY: the caller's contract; the rows have room for a whole vector behind the
            // range.
            unsafe {
                let to = da.data.as_mut_ptr().add(row * da.stride + t);
                let (d, y) = (S::load(to), S::load(a.data.as_ptr().add(row * a.stride + t)));
                let d = match act {
                    Act::Tanh => S::mul(d, S::sub(S::splat(1.0), S::mul(y, y))),
                    Act::Leaky(slope) => S::where_positive(y, d, S::mul(d, S::splat(slope))),
                };
                S::store(to, d);
            }
            t += LANES;
        }
    }
}

/// Adds rows to rows in a range.
pub fn add(to: &mut Rows, from: &Rows, range: (usize, usize)) {
    for row in 0..to.rows.min(from.rows) {
        let to = &mut to.data[row * to.stride + range.0..row * to.stride + range.1];
        let from = &from.data[row * from.stride + range.0..row * from.stride + range.1];
        for (t, f) in to.iter_mut().zip(from) {
            *t += f;
        }
    }
}

/// Sum of each row in a range.
pub fn row_sum(x: &Rows, row: usize, range: (usize, usize)) -> f32 {
    let (from, until) = range;
    let mut lanes = [0.0f32; LANES];
    let (chunks, rest) = x.row(row)[from..until].as_chunks::<LANES>();
    for chunk in chunks {
        for (l, v) in lanes.iter_mut().zip(chunk) {
            *l += v;
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

/// Sum of the products of a row with another signal in a range.
pub fn row_product(x: &Rows, row: usize, with: &[f32], range: (usize, usize)) -> f32 {
    let (from, until) = range;
    let mut lanes = [0.0f32; LANES];
    let (a, a_rest) = x.row(row)[from..until].as_chunks::<LANES>();
    let (b, b_rest) = with[from..until].as_chunks::<LANES>();
    for (a, b) in a.iter().zip(b) {
        for i in 0..LANES {
            lanes[i] += a[i] * b[i];
        }
    }
    lanes.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}
