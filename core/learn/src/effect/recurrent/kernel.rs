//! Forward and backward pass of recurrent layers for sixteen sequences at once, one in each lane of
//! a vector.
//!
//! Arrays are `[time][unit][lane]`. Every sum over units runs in registers: sixteen (or eight) rows
//! of a matrix stay in accumulators while the columns go by. The weights' gradients are sums over
//! time and lanes; they are taken at the end, tile by tile, in stretches of time that stay in the
//! cache.

use super::super::lanes::{LANES, sigmoid, tanh};
use super::shape::Shape;
use nfx_core::nn::CellKind as Cell;
use nfx_core::signal::simd::{Isa, Simd, dispatch};

/// Rows are padded to a multiple of this.
pub(super) const PAD: usize = 8;

/// The next multiple of the padding.
pub fn padded(n: usize) -> usize {
    n.next_multiple_of(PAD)
}

/// A matrix in blocks of rows: `[block][column][row of the block]`.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    rows: usize,
    columns: usize,
    block: usize,
    data: Vec<f32>,
}

impl Packed {
    /// Packs `rows` × `columns` values given by `value(row, column)`; rows that pad are zero.
    pub fn fill(&mut self, rows: usize, columns: usize, value: impl Fn(usize, usize) -> f32) {
        self.rows = padded(rows);
        self.columns = columns;
        self.block = if self.rows.is_multiple_of(16) { 16 } else { 8 };
        self.data.clear();
        self.data.resize(self.rows * columns, 0.0);
        for (i, v) in self.data.iter_mut().enumerate() {
            let (block, rest) = (i / (columns * self.block), i % (columns * self.block));
            let (column, row) = (rest / self.block, block * self.block + rest % self.block);
            if row < rows {
                *v = value(row, column);
            }
        }
    }

    /// `out[row] = start[row] + Σ w[row][column] · x[column]`, every element a vector.
    ///
    /// # Safety
    /// The contract of [`Simd`]; `x` must hold `columns` vectors, `start` and `out` as many as there
    /// are padded rows; `start` may be `out`.
    #[inline(always)]
    pub(super) unsafe fn product<S: Simd>(&self, x: *const f32, start: *const f32, out: *mut f32) {
        // SAFETY: the caller's promise, and the packing has `columns · block` numbers for each
        // block of rows.
        unsafe {
            if self.block == 16 {
                self.blocks::<S, 16>(x, start, out);
            } else {
                self.blocks::<S, 8>(x, start, out);
            }
        }
    }

    #[inline(always)]
    unsafe fn blocks<S: Simd, const R: usize>(
        &self,
        x: *const f32,
        start: *const f32,
        out: *mut f32,
    ) {
        for block in 0..self.rows / R {
            // SAFETY: every offset lies below rows · LANES, columns · LANES or rows · columns.
            unsafe {
                let mut w = self.data.as_ptr().add(block * self.columns * R);
                let mut sums = [S::splat(0.0); R];
                for (r, sum) in sums.iter_mut().enumerate() {
                    *sum = S::load(start.add((block * R + r) * LANES));
                }
                for column in 0..self.columns {
                    let v = S::load(x.add(column * LANES));
                    for (r, sum) in sums.iter_mut().enumerate() {
                        *sum = S::fma(S::splat(*w.add(r)), v, *sum);
                    }
                    w = w.add(R);
                }
                for (r, sum) in sums.iter().enumerate() {
                    S::store(out.add((block * R + r) * LANES), *sum);
                }
            }
        }
    }
}

/// One layer's weights as the kernels want them.
#[derive(Clone, Debug, Default)]
pub struct LayerWeights {
    /// Gates from the sound below: one column for the first layer, else one for each unit below.
    pub input: Packed,
    /// Gates from the layer's own last output.
    pub own: Packed,
    /// The same two, transposed.
    pub input_back: Packed,
    /// See above.
    pub own_back: Packed,
    /// A GRU's bias within the reset gate, `[gate row][lane]`; zero but for the last third.
    pub inner: Vec<f32>,
}

/// What one layer keeps of one pass over sixteen sequences.
#[derive(Clone, Debug, Default)]
pub struct LayerSpace {
    /// Bias and knobs, `[gate row][lane]`.
    pub bias: Vec<f32>,
    /// Gates, later their gradients towards the input, `[time][gate row][lane]`.
    pub gates: Vec<f32>,
    /// A GRU's products of its own output, later their gradients.
    pub own: Vec<f32>,
    /// Output, one step more than time: the first is the state before.
    pub h: Vec<f32>,
    /// An LSTM's cells, likewise.
    pub c: Vec<f32>,
    /// Their hyperbolic tangents.
    pub(super) tanh_c: Vec<f32>,
    /// Gradient of the loss towards the outputs from above, `[time][unit][lane]`.
    pub from_above: Vec<f32>,
}

/// Everything that a pass over sixteen sequences needs.
#[derive(Clone, Debug)]
pub struct Space {
    pub(super) shape: Shape,
    pub(super) steps: usize,
    /// Input, `[time][lane]`.
    pub x: Vec<f32>,
    /// Output.
    pub y: Vec<f32>,
    /// Gradient of the loss towards the output.
    pub dy: Vec<f32>,
    /// The layers.
    pub layers: Vec<LayerSpace>,
}

impl Space {
    /// For at most `steps` steps, at rest.
    pub fn new(shape: Shape, steps: usize) -> Self {
        let (rows, units) = (padded(shape.gate_rows()), padded(shape.hidden));
        let lstm = shape.cell == Cell::Lstm;
        let layer = |l: usize| LayerSpace {
            bias: vec![0.0; rows * LANES],
            gates: vec![0.0; steps * rows * LANES],
            own: vec![0.0; if lstm { 0 } else { steps * rows * LANES }],
            h: vec![0.0; (steps + 1) * units * LANES],
            c: vec![0.0; if lstm { (steps + 1) * units * LANES } else { 0 }],
            tanh_c: vec![0.0; if lstm { steps * units * LANES } else { 0 }],
            from_above: vec![0.0; if l + 1 < shape.layers { steps * units * LANES } else { 0 }],
        };
        Space {
            shape,
            steps,
            x: vec![0.0; steps * LANES],
            y: vec![0.0; steps * LANES],
            dy: vec![0.0; steps * LANES],
            layers: (0..shape.layers).map(layer).collect(),
        }
    }

    /// Most steps of a pass.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Puts every layer at rest.
    pub fn rest(&mut self) {
        let width = padded(self.shape.hidden) * LANES;
        for layer in &mut self.layers {
            layer.h[..width].fill(0.0);
            if !layer.c.is_empty() {
                layer.c[..width].fill(0.0);
            }
        }
    }

    /// Makes the state after `steps` steps the one that the next pass begins with.
    pub fn carry(&mut self, steps: usize) {
        let width = padded(self.shape.hidden) * LANES;
        for layer in &mut self.layers {
            layer.h.copy_within(steps * width..(steps + 1) * width, 0);
            if !layer.c.is_empty() {
                layer.c.copy_within(steps * width..(steps + 1) * width, 0);
            }
        }
    }
}

/// The output layer.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// One weight for each unit.
    pub weights: Vec<f32>,
    /// Bias.
    pub bias: f32,
}

/// Runs `steps` steps from the state at the beginning of the space: `x` in, `y` out.
pub fn forward(weights: &[LayerWeights], head: &Head, space: &mut Space, steps: usize) {
    assert!(steps <= space.steps && weights.len() == space.layers.len());
    // SAFETY: the kernel asks for nothing beyond what was asserted and what `Space::new` made.
    unsafe {
        dispatch!(Isa::detect(), sixteen forward_with(
            weights: &[LayerWeights] = weights,
            head: &Head = head,
            space: &mut Space = space,
            steps: usize = steps,
        ));
    }
}

#[inline(always)]
unsafe fn forward_with<S: Simd>(
    weights: &[LayerWeights],
    head: &Head,
    space: &mut Space,
    steps: usize,
) {
    let (rows, units) =
        (padded(space.shape.gate_rows()) * LANES, padded(space.shape.hidden) * LANES);
    let hidden = space.shape.hidden;
    for (l, w) in weights.iter().enumerate() {
        let (below, layer) = space.layers.split_at_mut(l);
        let layer = &mut layer[0];
        for t in 0..steps {
            // SAFETY: every pointer is the beginning of a step's row in an array that `Space::new`
            // made for all steps.
            unsafe {
                let x = match below.last() {
                    Some(below) => below.h.as_ptr().add((t + 1) * units),
                    None => space.x.as_ptr().add(t * LANES),
                };
                let gates = layer.gates.as_mut_ptr().add(t * rows);
                let h = layer.h.as_mut_ptr().add(t * units);
                w.input.product::<S>(x, layer.bias.as_ptr(), gates);
                if space.shape.cell == Cell::Lstm {
                    w.own.product::<S>(h, gates, gates);
                    let c = layer.c.as_mut_ptr().add(t * units);
                    let tanh_c = layer.tanh_c.as_mut_ptr().add(t * units);
                    let step = LstmStep { gates, c, tanh_c, h: h.add(units) };
                    lstm_cell::<S>(step, hidden, units);
                } else {
                    let own = layer.own.as_mut_ptr().add(t * rows);
                    w.own.product::<S>(h, w.inner.as_ptr(), own);
                    gru_cell::<S>(gates, own, h, hidden, units);
                }
            }
        }
    }
    let Some(top) = space.layers.last() else { return };
    for t in 0..steps {
        // SAFETY: as above.
        unsafe {
            let h = top.h.as_ptr().add((t + 1) * units);
            let mut y = S::splat(head.bias);
            for (j, w) in head.weights.iter().enumerate() {
                y = S::fma(S::splat(*w), S::load(h.add(j * LANES)), y);
            }
            if space.shape.skip {
                y = S::add(y, S::load(space.x.as_ptr().add(t * LANES)));
            }
            S::store(space.y.as_mut_ptr().add(t * LANES), y);
        }
    }
}

/// Where one step of an LSTM finds and leaves its numbers.
struct LstmStep {
    /// The gates' sums, `[gate row][lane]`.
    gates: *mut f32,
    /// The cells before the step, `[unit][lane]`, and behind them those after it.
    c: *mut f32,
    /// Where the tanh of the cells after the step goes.
    tanh_c: *mut f32,
    /// Where the outputs go.
    h: *mut f32,
}

/// Gates of one step to cells and outputs; the gates are left activated. Order: i, f, g, o.
#[inline(always)]
unsafe fn lstm_cell<S: Simd>(step: LstmStep, hidden: usize, units: usize) {
    let LstmStep { gates, c, tanh_c, h } = step;
    for j in 0..hidden {
        // SAFETY: unit j of four gates of `hidden` units, and of arrays of padded units.
        unsafe {
            let at = |gate: usize| gates.add((gate * hidden + j) * LANES);
            let (i, f) = (sigmoid::<S>(S::load(at(0))), sigmoid::<S>(S::load(at(1))));
            let (g, o) = (tanh::<S>(S::load(at(2))), sigmoid::<S>(S::load(at(3))));
            let cell = S::fma(f, S::load(c.add(j * LANES)), S::mul(i, g));
            let t = tanh::<S>(cell);
            S::store(at(0), i);
            S::store(at(1), f);
            S::store(at(2), g);
            S::store(at(3), o);
            S::store(c.add(units + j * LANES), cell);
            S::store(tanh_c.add(j * LANES), t);
            S::store(h.add(j * LANES), S::mul(o, t));
        }
    }
}

/// The same for a GRU in PyTorch's form, gates r, z, n: `n = tanh(a + r · own)`, `h' = n + z (h −
/// n)`.
#[inline(always)]
unsafe fn gru_cell<S: Simd>(
    gates: *mut f32,
    own: *const f32,
    h: *mut f32,
    hidden: usize,
    units: usize,
) {
    for j in 0..hidden {
        // SAFETY: unit j of three gates of `hidden` units, and of arrays of padded units.
        unsafe {
            let at = |gate: usize| (gate * hidden + j) * LANES;
            let (reset, update, new) = (gates.add(at(0)), gates.add(at(1)), gates.add(at(2)));
            let r = sigmoid::<S>(S::add(S::load(reset), S::load(own.add(at(0)))));
            let z = sigmoid::<S>(S::add(S::load(update), S::load(own.add(at(1)))));
            let n = tanh::<S>(S::fma(r, S::load(own.add(at(2))), S::load(new)));
            S::store(reset, r);
            S::store(update, z);
            S::store(new, n);
            let before = S::load(h.add(j * LANES));
            S::store(h.add(units + j * LANES), S::fma(z, S::sub(before, n), n));
        }
    }
}
