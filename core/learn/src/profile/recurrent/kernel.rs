//! Forward and backward pass of recurrent layers for sixteen sequences at once, one in each lane of a vector.
//!
//! Arrays are `[time][unit][lane]`. Every sum over units runs in registers: sixteen (or eight) rows of a matrix stay in
//! accumulators while the columns go by. The weights' gradients are sums over time and lanes; they are taken at the end, tile
//! by tile, in stretches of time that stay in the cache.

use super::super::simd::{LANES, Lanes, dispatch, sigmoid, tanh};
use super::shape::Shape;
use nfx_core::nn::CellKind as Cell;

/// Rows are padded to a multiple of this.
const PAD: usize = 8;

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
    pub fn fill(&mut self, (rows, columns): (usize, usize), value: impl Fn(usize, usize) -> f32) {
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
    /// `x` must hold `columns` vectors, `start` and `out` as many as there are padded rows; `start` may be `out`.
    #[inline(always)]
    unsafe fn product<V: Lanes>(&self, x: *const f32, start: *const f32, out: *mut f32) {
        // SAFETY: the caller's promise, and the packing has `columns · block` numbers for each block of rows.
        unsafe {
            if self.block == 16 {
                self.blocks::<V, 16>(x, start, out);
            } else {
                self.blocks::<V, 8>(x, start, out);
            }
        }
    }

    #[inline(always)]
    unsafe fn blocks<V: Lanes, const R: usize>(&self, x: *const f32, start: *const f32, out: *mut f32) {
        for block in 0..self.rows / R {
            // SAFETY: every offset lies below rows · LANES, columns · LANES or rows · columns.
            unsafe {
                let mut w = self.data.as_ptr().add(block * self.columns * R);
                let mut sums: [V; R] = std::array::from_fn(|r| V::load(start.add((block * R + r) * LANES)));
                for column in 0..self.columns {
                    let v = V::load(x.add(column * LANES));
                    for (r, sum) in sums.iter_mut().enumerate() {
                        *sum = V::splat(*w.add(r)).mul_add(v, *sum);
                    }
                    w = w.add(R);
                }
                for (r, sum) in sums.iter().enumerate() {
                    sum.store(out.add((block * R + r) * LANES));
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
    tanh_c: Vec<f32>,
    /// Gradient of the loss towards the outputs from above, `[time][unit][lane]`.
    pub from_above: Vec<f32>,
}

/// Everything that a pass over sixteen sequences needs.
#[derive(Clone, Debug)]
pub struct Space {
    shape: Shape,
    steps: usize,
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
    forward_any(weights, head, space, steps);
}

fn forward_any(weights: &[LayerWeights], head: &Head, space: &mut Space, steps: usize) {
    dispatch!(forward_with(weights: &[LayerWeights], head: &Head, space: &mut Space, steps: usize))
}

#[inline(always)]
fn forward_with<V: Lanes>(weights: &[LayerWeights], head: &Head, space: &mut Space, steps: usize) {
    let (rows, units) = (padded(space.shape.gate_rows()) * LANES, padded(space.shape.hidden) * LANES);
    let hidden = space.shape.hidden;
    for l in 0..weights.len() {
        let (below, layer) = space.layers.split_at_mut(l);
        let layer = &mut layer[0];
        let w = &weights[l];
        for t in 0..steps {
            // SAFETY: every pointer is the beginning of a step's row in an array that `Space::new` made for all steps.
            unsafe {
                let x = match below.last() {
                    Some(below) => below.h.as_ptr().add((t + 1) * units),
                    None => space.x.as_ptr().add(t * LANES),
                };
                let gates = layer.gates.as_mut_ptr().add(t * rows);
                let h = layer.h.as_mut_ptr().add(t * units);
                w.input.product::<V>(x, layer.bias.as_ptr(), gates);
                if space.shape.cell == Cell::Lstm {
                    w.own.product::<V>(h, gates, gates);
                    let c = layer.c.as_mut_ptr().add(t * units);
                    lstm_cell::<V>(gates, (c, layer.tanh_c.as_mut_ptr().add(t * units)), h.add(units), (hidden, units));
                } else {
                    let own = layer.own.as_mut_ptr().add(t * rows);
                    w.own.product::<V>(h, w.inner.as_ptr(), own);
                    gru_cell::<V>(gates, own, h, (hidden, units));
                }
            }
        }
    }
    let Some(top) = space.layers.last() else { return };
    for t in 0..steps {
        // SAFETY: as above.
        unsafe {
            let h = top.h.as_ptr().add((t + 1) * units);
            let mut y = V::splat(head.bias);
            for (j, w) in head.weights.iter().enumerate() {
                y = V::splat(*w).mul_add(V::load(h.add(j * LANES)), y);
            }
            if space.shape.skip {
                y = y + V::load(space.x.as_ptr().add(t * LANES));
            }
            y.store(space.y.as_mut_ptr().add(t * LANES));
        }
    }
}

/// Gates of one step to cells and outputs; the gates are left activated. Order: i, f, g, o.
#[inline(always)]
unsafe fn lstm_cell<V: Lanes>(
    gates: *mut f32,
    (c, tanh_c): (*mut f32, *mut f32),
    h: *mut f32,
    (hidden, units): (usize, usize),
) {
    for j in 0..hidden {
        // SAFETY: unit j of four gates of `hidden` units, and of arrays of padded units.
        unsafe {
            let at = |gate: usize| gates.add((gate * hidden + j) * LANES);
            let (i, f) = (sigmoid(V::load(at(0))), sigmoid(V::load(at(1))));
            let (g, o) = (tanh(V::load(at(2))), sigmoid(V::load(at(3))));
            let cell = f.mul_add(V::load(c.add(j * LANES)), i * g);
            let t = tanh(cell);
            i.store(at(0));
            f.store(at(1));
            g.store(at(2));
            o.store(at(3));
            cell.store(c.add(units + j * LANES));
            t.store(tanh_c.add(j * LANES));
            (o * t).store(h.add(j * LANES));
        }
    }
}

/// The same for a GRU in PyTorch's form, gates r, z, n: `n = tanh(a + r · own)`, `h' = n + z (h − n)`.
#[inline(always)]
unsafe fn gru_cell<V: Lanes>(gates: *mut f32, own: *const f32, h: *mut f32, (hidden, units): (usize, usize)) {
    for j in 0..hidden {
        // SAFETY: unit j of three gates of `hidden` units, and of arrays of padded units.
        unsafe {
            let at = |gate: usize| (gate * hidden + j) * LANES;
            let load = |gate: usize| V::load(gates.add(at(gate)));
            let r = sigmoid(load(0) + V::load(own.add(at(0))));
            let z = sigmoid(load(1) + V::load(own.add(at(1))));
            let n = tanh(r.mul_add(V::load(own.add(at(2))), load(2)));
            r.store(gates.add(at(0)));
            z.store(gates.add(at(1)));
            n.store(gates.add(at(2)));
            let before = V::load(h.add(j * LANES));
            z.mul_add(before - n, n).store(h.add(units + j * LANES));
        }
    }
}

/// The gradients of one layer, padded: `[gate row][column]`.
#[derive(Clone, Debug, Default)]
pub struct LayerGradient {
    /// Towards the weights of the sound below, `[gate row][column]` (columns padded but for the first layer's one).
    pub input: Vec<f32>,
    /// Towards the weights of the own output, `[gate row][padded unit]`.
    pub own: Vec<f32>,
    /// Sums over time towards the biases, `[gate row][lane]`; knobs get theirs from these.
    pub bias: Vec<f32>,
    /// The same towards a GRU's inner bias.
    pub inner: Vec<f32>,
}

/// The gradients of a pass.
#[derive(Clone, Debug, Default)]
pub struct Gradient {
    /// The layers'.
    pub layers: Vec<LayerGradient>,
    /// The output layer's weights.
    pub head: Vec<f32>,
    /// Its bias.
    pub head_bias: f32,
}

/// The gradients of the pass that [`forward`] has just made, from `dy`. Everything in `out` is overwritten.
pub fn backward(weights: &[LayerWeights], head: &Head, space: &mut Space, (steps, out): (usize, &mut Gradient)) {
    assert!(steps <= space.steps && weights.len() == space.layers.len());
    out.layers.resize(weights.len(), LayerGradient::default());
    backward_any(weights, head, space, (steps, out));
}

fn backward_any(weights: &[LayerWeights], head: &Head, space: &mut Space, out: (usize, &mut Gradient)) {
    dispatch!(backward_with(weights: &[LayerWeights], head: &Head, space: &mut Space, out: (usize, &mut Gradient)))
}

#[inline(always)]
fn backward_with<V: Lanes>(
    weights: &[LayerWeights],
    head: &Head,
    space: &mut Space,
    (steps, out): (usize, &mut Gradient),
) {
    let (rows, units) = (padded(space.shape.gate_rows()), padded(space.shape.hidden));
    head_gradient::<V>(space, steps, out);
    for l in (0..weights.len()).rev() {
        through_time::<V>(&weights[l], head, space, (l, steps));
        let (below, layer) = space.layers.split_at_mut(l);
        let layer = &mut layer[0];
        let of = &mut out.layers[l];
        let own = if space.shape.cell == Cell::Lstm { &layer.gates } else { &layer.own };
        outer::<V>((own, rows), (&layer.h, units), steps, &mut of.own);
        match below.last_mut() {
            Some(below) => {
                outer::<V>((&layer.gates, rows), (&below.h[units * LANES..], units), steps, &mut of.input);
                for t in 0..steps {
                    // SAFETY: step t of arrays made for all steps; the output may begin as what is read as its start.
                    unsafe {
                        let to = below.from_above.as_mut_ptr().add(t * units * LANES);
                        let from = layer.gates.as_ptr().add(t * rows * LANES);
                        std::slice::from_raw_parts_mut(to, units * LANES).fill(0.0);
                        weights[l].input_back.product::<V>(from, to, to);
                    }
                }
            }
            None => first_input::<V>((&layer.gates, rows), &space.x, steps, &mut of.input),
        }
        sums::<V>((&layer.gates, rows), steps, &mut of.bias);
        if space.shape.cell == Cell::Gru {
            sums::<V>((&layer.own, rows), steps, &mut of.inner);
        }
    }
}

/// Gradients of the output layer.
#[inline(always)]
fn head_gradient<V: Lanes>(space: &Space, steps: usize, out: &mut Gradient) {
    let (hidden, units) = (space.shape.hidden, padded(space.shape.hidden) * LANES);
    out.head.clear();
    let Some(top) = space.layers.last() else { return };
    for j in 0..hidden {
        let mut sum = V::splat(0.0);
        for t in 0..steps {
            // SAFETY: step t, unit j.
            unsafe {
                let h = V::load(top.h.as_ptr().add((t + 1) * units + j * LANES));
                sum = V::load(space.dy.as_ptr().add(t * LANES)).mul_add(h, sum);
            }
        }
        out.head.push(sum.sum());
    }
    out.head_bias = space.dy[..steps * LANES].iter().sum();
}

/// Back through the time of one layer: its gates become their gradients.
#[inline(always)]
fn through_time<V: Lanes>(w: &LayerWeights, head: &Head, space: &mut Space, (l, steps): (usize, usize)) {
    let (rows, units) = (padded(space.shape.gate_rows()) * LANES, padded(space.shape.hidden) * LANES);
    let hidden = space.shape.hidden;
    let lstm = space.shape.cell == Cell::Lstm;
    let top = l + 1 == space.layers.len();
    let layer = &mut space.layers[l];
    let mut dh = vec![0.0f32; units];
    let mut dc = vec![0.0f32; units];
    for t in (0..steps).rev() {
        // SAFETY: step t of arrays made for all steps; `dh` and `dc` hold the padded units.
        unsafe {
            if top {
                let dy = V::load(space.dy.as_ptr().add(t * LANES));
                for (j, w) in head.weights.iter().enumerate() {
                    let at = dh.as_mut_ptr().add(j * LANES);
                    V::splat(*w).mul_add(dy, V::load(at)).store(at);
                }
            } else {
                let above = layer.from_above.as_ptr().add(t * units);
                for j in 0..hidden {
                    let at = dh.as_mut_ptr().add(j * LANES);
                    (V::load(at) + V::load(above.add(j * LANES))).store(at);
                }
            }
            let gates = layer.gates.as_mut_ptr().add(t * rows);
            if lstm {
                let (c, tanh_c) = (layer.c.as_ptr().add(t * units), layer.tanh_c.as_ptr().add(t * units));
                lstm_back::<V>(gates, (c, tanh_c), (dh.as_ptr(), dc.as_mut_ptr()), hidden);
                dh.fill(0.0);
                w.own_back.product::<V>(gates, dh.as_ptr(), dh.as_mut_ptr());
            } else {
                let own = layer.own.as_mut_ptr().add(t * rows);
                gru_back::<V>(gates, own, (layer.h.as_ptr().add(t * units), dh.as_mut_ptr()), hidden);
                w.own_back.product::<V>(own, dh.as_ptr(), dh.as_mut_ptr());
            }
        }
    }
}

#[inline(always)]
unsafe fn lstm_back<V: Lanes>(
    gates: *mut f32,
    (c, tanh_c): (*const f32, *const f32),
    (dh, dc): (*const f32, *mut f32),
    hidden: usize,
) {
    let one = V::splat(1.0);
    for j in 0..hidden {
        // SAFETY: unit j of four gates of `hidden` units, and of arrays of padded units.
        unsafe {
            let at = |gate: usize| gates.add((gate * hidden + j) * LANES);
            let (i, f, g, o) = (V::load(at(0)), V::load(at(1)), V::load(at(2)), V::load(at(3)));
            let (dh, tc) = (V::load(dh.add(j * LANES)), V::load(tanh_c.add(j * LANES)));
            let d = (dh * o).mul_add(one - tc * tc, V::load(dc.add(j * LANES)));
            (d * g * (i * (one - i))).store(at(0));
            (d * V::load(c.add(j * LANES)) * (f * (one - f))).store(at(1));
            (d * i * (one - g * g)).store(at(2));
            (dh * tc * (o * (one - o))).store(at(3));
            (d * f).store(dc.add(j * LANES));
        }
    }
}

/// `dh` leaves as what reaches the step before directly; the product of the own weights is to be added.
#[inline(always)]
unsafe fn gru_back<V: Lanes>(gates: *mut f32, own: *mut f32, (h, dh): (*const f32, *mut f32), hidden: usize) {
    let one = V::splat(1.0);
    for j in 0..hidden {
        // SAFETY: unit j of three gates of `hidden` units, and of arrays of padded units.
        unsafe {
            let at = |gate: usize| (gate * hidden + j) * LANES;
            let load = |gate: usize| V::load(gates.add(at(gate)));
            let (r, z, n) = (load(0), load(1), load(2));
            let d = V::load(dh.add(j * LANES));
            let dn = d * (one - z) * (one - n * n);
            let dz = d * (V::load(h.add(j * LANES)) - n) * (z * (one - z));
            let dr = dn * V::load(own.add(at(2))) * (r * (one - r));
            dr.store(gates.add(at(0)));
            dz.store(gates.add(at(1)));
            dn.store(gates.add(at(2)));
            dr.store(own.add(at(0)));
            dz.store(own.add(at(1)));
            (dn * r).store(own.add(at(2)));
            (d * z).store(dh.add(j * LANES));
        }
    }
}

/// `out[row][column] = Σ over time and lanes of a[time][row] · b[time][column]`; rows and columns are multiples of eight.
#[inline(always)]
fn outer<V: Lanes>((a, rows): (&[f32], usize), (b, columns): (&[f32], usize), steps: usize, out: &mut Vec<f32>) {
    const TILE: usize = 4;
    debug_assert!(a.len() >= steps * rows * LANES && b.len() >= steps * columns * LANES);
    out.clear();
    out.resize(rows * columns, 0.0);
    let stretch = (512 / columns).clamp(8, 64);
    let mut kept = vec![0.0f32; rows * columns * LANES];
    for from in (0..steps).step_by(stretch) {
        let until = (from + stretch).min(steps);
        let mut tile = kept.as_mut_ptr();
        for row in (0..rows).step_by(TILE) {
            for column in (0..columns).step_by(TILE) {
                // SAFETY: TILE divides rows and columns, times lie below `steps`, and `kept` has TILE² vectors for each tile.
                unsafe {
                    let mut sums: [[V; TILE]; TILE] =
                        std::array::from_fn(|i| std::array::from_fn(|k| V::load(tile.add((i * TILE + k) * LANES))));
                    let mut pa = a.as_ptr().add((from * rows + row) * LANES);
                    let mut pb = b.as_ptr().add((from * columns + column) * LANES);
                    for _ in from..until {
                        let x: [V; TILE] = std::array::from_fn(|i| V::load(pa.add(i * LANES)));
                        for k in 0..TILE {
                            let y = V::load(pb.add(k * LANES));
                            for i in 0..TILE {
                                sums[i][k] = x[i].mul_add(y, sums[i][k]);
                            }
                        }
                        pa = pa.add(rows * LANES);
                        pb = pb.add(columns * LANES);
                    }
                    for (i, row) in sums.iter().enumerate() {
                        for (k, sum) in row.iter().enumerate() {
                            sum.store(tile.add((i * TILE + k) * LANES));
                        }
                    }
                    tile = tile.add(TILE * TILE * LANES);
                }
            }
        }
    }
    let mut tile = kept.as_ptr();
    for row in (0..rows).step_by(TILE) {
        for column in (0..columns).step_by(TILE) {
            for i in 0..TILE * TILE {
                // SAFETY: as above.
                out[(row + i / TILE) * columns + column + i % TILE] = unsafe { V::load(tile.add(i * LANES)).sum() };
            }
            // SAFETY: one tile further, at most the end.
            tile = unsafe { tile.add(TILE * TILE * LANES) };
        }
    }
}

/// The same for the one column of the first layer's sound.
#[inline(always)]
fn first_input<V: Lanes>((a, rows): (&[f32], usize), x: &[f32], steps: usize, out: &mut Vec<f32>) {
    out.clear();
    for row in (0..rows).step_by(PAD) {
        let mut sums = [V::splat(0.0); PAD];
        for t in 0..steps {
            // SAFETY: step t; rows are a multiple of PAD.
            unsafe {
                let x = V::load(x.as_ptr().add(t * LANES));
                for (r, sum) in sums.iter_mut().enumerate() {
                    *sum = V::load(a.as_ptr().add((t * rows + row + r) * LANES)).mul_add(x, *sum);
                }
            }
        }
        out.extend(sums.iter().map(|s| s.sum()));
    }
}

/// Sums over time, lanes apart.
#[inline(always)]
fn sums<V: Lanes>((a, rows): (&[f32], usize), steps: usize, out: &mut Vec<f32>) {
    out.clear();
    out.resize(rows * LANES, 0.0);
    for row in (0..rows).step_by(PAD) {
        let mut sums = [V::splat(0.0); PAD];
        for t in 0..steps {
            for (r, sum) in sums.iter_mut().enumerate() {
                // SAFETY: step t; rows are a multiple of PAD.
                *sum = *sum + unsafe { V::load(a.as_ptr().add((t * rows + row + r) * LANES)) };
            }
        }
        for (r, sum) in sums.iter().enumerate() {
            // SAFETY: `out` has a vector for each row.
            unsafe { sum.store(out.as_mut_ptr().add((row + r) * LANES)) };
        }
    }
}
