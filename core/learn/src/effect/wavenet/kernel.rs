//! Convolutions over whole segments, sixteen samples of one channel in a vector.
//!
//! Channels are rows of one length ("stride"), `[channel][sample]`. Four outputs by sixty-four
//! samples stay in accumulators while taps and inputs go by. Ranges begin where the history is
//! complete and end at the segment's end; what is computed past the end (at most 63 samples, into
//! room that every row has) is never used.

use super::super::simd::{LANES, Lanes, dispatch, tanh};
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
        (outputs, inputs): (usize, usize),
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
        convolve_any(self, y);
    }
}

fn convolve_any(job: &Convolve<'_>, y: &mut Rows) {
    dispatch!(convolve_with(job: &Convolve<'_>, y: &mut Rows))
}

#[inline(always)]
fn convolve_with<V: Lanes>(job: &Convolve<'_>, y: &mut Rows) {
    match job.act {
        None => convolve::<V>(job, y, |v| v),
        Some(Act::Tanh) => convolve::<V>(job, y, tanh),
        Some(Act::Leaky(slope)) => convolve::<V>(job, y, |v| {
            let low = v * V::splat(slope);
            v.positive(v, low)
        }),
    }
}

#[inline(always)]
fn convolve<V: Lanes>(job: &Convolve<'_>, y: &mut Rows, act: impl Fn(V) -> V) {
    let w = job.weights;
    let number = |list: &[f32], i: usize| list.get(i).copied().unwrap_or(0.0);
    let mut t = job.range.0;
    while t < job.range.1 {
        for block in 0..w.outputs.div_ceil(OUT) {
            let first = block * OUT;
            // SAFETY: `run` has seen to it that every row has room for the tile at every shift, and
            // the packing has a number for each output of a block, input and tap.
            unsafe {
                let mut sums = [[V::splat(0.0); VECTORS]; OUT];
                for (o, sums) in sums.iter_mut().enumerate() {
                    let out = first + o;
                    match job.begin {
                        Begin::Bias(bias) => *sums = [V::splat(number(bias, out)); VECTORS],
                        Begin::Mix(bias, mix, row) => {
                            let (b, m) = (V::splat(number(bias, out)), V::splat(number(mix, out)));
                            for (v, sum) in sums.iter_mut().enumerate() {
                                *sum = V::load(row.as_ptr().add(t + v * LANES)).mul_add(m, b);
                            }
                        }
                        Begin::Rows(bias, rows) => {
                            let b = V::splat(number(bias, out));
                            for (v, sum) in sums.iter_mut().enumerate() {
                                *sum = V::load(
                                    rows.data.as_ptr().add(out * rows.stride + t + v * LANES),
                                ) + b;
                            }
                        }
                        Begin::Own => {
                            for (v, sum) in sums.iter_mut().enumerate() {
                                *sum = V::load(y.data.as_ptr().add(out * y.stride + t + v * LANES));
                            }
                        }
                    }
                }
                let mut from = w.data.as_ptr().add(block * w.shifts.len() * w.inputs * OUT);
                for &shift in &w.shifts {
                    let mut x =
                        job.x.data.as_ptr().add(if job.ahead { t + shift } else { t - shift });
                    for _ in 0..w.inputs {
                        let v: [V; VECTORS] = std::array::from_fn(|i| V::load(x.add(i * LANES)));
                        for (o, sums) in sums.iter_mut().enumerate() {
                            let w = V::splat(*from.add(o));
                            for (sum, v) in sums.iter_mut().zip(v) {
                                *sum = w.mul_add(v, *sum);
                            }
                        }
                        from = from.add(OUT);
                        x = x.wrapping_add(job.x.stride);
                    }
                }
                for (o, sums) in sums.iter().enumerate() {
                    let to = y.data.as_mut_ptr().add((first + o) * y.stride + t);
                    for (v, sum) in sums.iter().enumerate() {
                        act(*sum).store(to.add(v * LANES));
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
        correlate_any(self, sums);
    }
}

fn correlate_any(job: &Correlate<'_>, sums: &mut [f32]) {
    dispatch!(correlate(job: &Correlate<'_>, sums: &mut [f32]))
}

#[inline(always)]
fn correlate<V: Lanes>(job: &Correlate<'_>, sums: &mut [f32]) {
    let vectors = (job.range.1 - job.range.0).div_ceil(LANES);
    let mut tile = sums.as_mut_ptr();
    for row in (0..job.a.rows).step_by(OUT) {
        for column in (0..job.b.rows).step_by(OUT) {
            // SAFETY: `run` has seen to it that rows are long enough; rows come in fours.
            unsafe {
                let mut sums: [[V; OUT]; OUT] = std::array::from_fn(|i| {
                    std::array::from_fn(|k| V::load(tile.add((i * OUT + k) * LANES)))
                });
                let mut a = job.a.data.as_ptr().add(row * job.a.stride + job.range.0);
                let mut b =
                    job.b.data.as_ptr().add(column * job.b.stride + job.range.0 - job.shift);
                for _ in 0..vectors {
                    let x: [V; OUT] = std::array::from_fn(|i| V::load(a.add(i * job.a.stride)));
                    let y: [V; OUT] = std::array::from_fn(|k| V::load(b.add(k * job.b.stride)));
                    for (row, x) in sums.iter_mut().zip(x) {
                        for (sum, y) in row.iter_mut().zip(y) {
                            *sum = x.mul_add(y, *sum);
                        }
                    }
                    a = a.add(LANES);
                    b = b.add(LANES);
                }
                for (i, row) in sums.iter().enumerate() {
                    for (k, sum) in row.iter().enumerate() {
                        sum.store(tile.add((i * OUT + k) * LANES));
                    }
                }
                tile = tile.add(OUT * OUT * LANES);
            }
        }
    }
}

/// The whole sums of what [`Correlate`] has added up: `out(a row, b row, sum)` for each pair.
pub fn collect(
    sums: &[f32],
    (rows, columns): (usize, usize),
    mut out: impl FnMut(usize, usize, f32),
) {
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
    unact_any(da, a, act, range);
}

fn unact_any(da: &mut Rows, a: &Rows, act: Act, range: (usize, usize)) {
    dispatch!(unact_with(da: &mut Rows, a: &Rows, act: Act, range: (usize, usize)))
}

#[inline(always)]
fn unact_with<V: Lanes>(da: &mut Rows, a: &Rows, act: Act, (from, until): (usize, usize)) {
    let one = V::splat(1.0);
    for row in 0..da.rows {
        let mut t = from;
        while t < until {
            // SAFETY: the rows have room for a whole vector behind the range.
            unsafe {
                let to = da.data.as_mut_ptr().add(row * da.stride + t);
                let (d, y) = (V::load(to), V::load(a.data.as_ptr().add(row * a.stride + t)));
                match act {
                    Act::Tanh => (d * (one - y * y)).store(to),
                    Act::Leaky(slope) => y.positive(d, d * V::splat(slope)).store(to),
                }
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
pub fn row_sum(x: &Rows, row: usize, (from, until): (usize, usize)) -> f32 {
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
pub fn row_product(x: &Rows, row: usize, with: &[f32], (from, until): (usize, usize)) -> f32 {
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
