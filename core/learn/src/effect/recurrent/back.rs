//! The backward pass of recurrent layers, and the sums over time that are their weights' gradients.

use nfx_core::nn::CellKind as Cell;
use nfx_core::signal::simd::{Isa, Simd, dispatch};

use super::super::lanes::LANES;
use super::kernel::{Head, LayerWeights, PAD, Space, padded};

/// The gradients of one layer, padded: `[gate row][column]`.
#[derive(Clone, Debug, Default)]
pub struct LayerGradient {
    /// Towards the weights of the sound below, `[gate row][column]` (columns padded but for the
    /// first layer's one).
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

/// Vectors over time, `[time][row][lane]`.
#[derive(Clone, Copy)]
struct Series<'a> {
    /// The vectors of at least as many steps as are asked for.
    data: &'a [f32],
    /// Rows of one step, a multiple of eight.
    rows: usize,
}

/// Where one step of an LSTM finds and leaves the numbers of its way back.
struct LstmStep {
    /// The activated gates, `[gate row][lane]`; they become their gradients.
    gates: *mut f32,
    /// The cells before the step, `[unit][lane]`.
    c: *const f32,
    /// The tanh of the cells after the step.
    tanh_c: *const f32,
    /// The gradients towards the outputs.
    dh: *const f32,
    /// The gradients towards the cells after the step; they become those towards the cells before.
    dc: *mut f32,
}

/// The gradients of the pass that [`forward`] has just made, from `dy`. Everything in `out` is
/// overwritten.
pub fn backward(
    weights: &[LayerWeights],
    head: &Head,
    space: &mut Space,
    steps: usize,
    out: &mut Gradient,
) {
    assert!(steps <= space.steps && weights.len() == space.layers.len());
    out.layers.resize(weights.len(), LayerGradient::default());
    // SAFETY: the kernel asks for nothing beyond what was asserted and what `Space::new` made.
    unsafe {
        dispatch!(Isa::detect(), sixteen backward_with(
            weights: &[LayerWeights] = weights,
            head: &Head = head,
            space: &mut Space = space,
            steps: usize = steps,
            out: &mut Gradient = out,
        ));
    }
}

#[inline(always)]
unsafe fn backward_with<S: Simd>(
    weights: &[LayerWeights],
    head: &Head,
    space: &mut Space,
    steps: usize,
    out: &mut Gradient,
) {
    let (rows, units) = (padded(space.shape.gate_rows()), padded(space.shape.hidden));
    // SAFETY: the caller's contract; every array was made for all steps.
    unsafe { head_gradient::<S>(space, steps, out) };
    for l in (0..weights.len()).rev() {
        // SAFETY: as above.
        unsafe { through_time::<S>(&weights[l], head, space, l, steps) };
        let (below, layer) = space.layers.split_at_mut(l);
        let layer = &mut layer[0];
        let of = &mut out.layers[l];
        let gates = Series { data: &layer.gates, rows };
        let own =
            if space.shape.cell == Cell::Lstm { gates } else { Series { data: &layer.own, rows } };
        // SAFETY: as above; step t of arrays made for all steps; the output of a product may begin
        // as what is read as its start.
        unsafe {
            outer::<S>(own, Series { data: &layer.h, rows: units }, steps, &mut of.own);
            match below.last_mut() {
                Some(below) => {
                    let h = Series { data: &below.h[units * LANES..], rows: units };
                    outer::<S>(gates, h, steps, &mut of.input);
                    for t in 0..steps {
                        let to = below.from_above.as_mut_ptr().add(t * units * LANES);
                        let from = layer.gates.as_ptr().add(t * rows * LANES);
                        std::slice::from_raw_parts_mut(to, units * LANES).fill(0.0);
                        weights[l].input_back.product::<S>(from, to, to);
                    }
                }
                None => first_input::<S>(gates, &space.x, steps, &mut of.input),
            }
            sums::<S>(gates, steps, &mut of.bias);
            if space.shape.cell == Cell::Gru {
                sums::<S>(own, steps, &mut of.inner);
            }
        }
    }
}

/// Gradients of the output layer.
#[inline(always)]
unsafe fn head_gradient<S: Simd>(space: &Space, steps: usize, out: &mut Gradient) {
    let (hidden, units) = (space.shape.hidden, padded(space.shape.hidden) * LANES);
    out.head.clear();
    let Some(top) = space.layers.last() else { return };
    for j in 0..hidden {
        // SAFETY: the caller's contract; step t, unit j.
        unsafe {
            let mut sum = S::splat(0.0);
            for t in 0..steps {
                let h = S::load(top.h.as_ptr().add((t + 1) * units + j * LANES));
                sum = S::fma(S::load(space.dy.as_ptr().add(t * LANES)), h, sum);
            }
            out.head.push(S::sum_in_order(sum));
        }
    }
    out.head_bias = space.dy[..steps * LANES].iter().sum();
}

/// Back through the time of one layer: its gates become their gradients.
#[inline(always)]
unsafe fn through_time<S: Simd>(
    w: &LayerWeights,
    head: &Head,
    space: &mut Space,
    l: usize,
    steps: usize,
) {
    let (rows, units) =
        (padded(space.shape.gate_rows()) * LANES, padded(space.shape.hidden) * LANES);
    let hidden = space.shape.hidden;
    let lstm = space.shape.cell == Cell::Lstm;
    let top = l + 1 == space.layers.len();
    let layer = &mut space.layers[l];
    let mut dh = vec![0.0f32; units];
    let mut dc = vec![0.0f32; units];
    for t in (0..steps).rev() {
        // SAFETY: the caller's contract; step t of arrays made for all steps; `dh` and `dc` hold
        // the padded units.
        unsafe {
            if top {
                let dy = S::load(space.dy.as_ptr().add(t * LANES));
                for (j, w) in head.weights.iter().enumerate() {
                    let at = dh.as_mut_ptr().add(j * LANES);
                    S::store(at, S::fma(S::splat(*w), dy, S::load(at)));
                }
            } else {
                let above = layer.from_above.as_ptr().add(t * units);
                for j in 0..hidden {
                    let at = dh.as_mut_ptr().add(j * LANES);
                    S::store(at, S::add(S::load(at), S::load(above.add(j * LANES))));
                }
            }
            let gates = layer.gates.as_mut_ptr().add(t * rows);
            if lstm {
                let step = LstmStep {
                    gates,
                    c: layer.c.as_ptr().add(t * units),
                    tanh_c: layer.tanh_c.as_ptr().add(t * units),
                    dh: dh.as_ptr(),
                    dc: dc.as_mut_ptr(),
                };
                lstm_back::<S>(step, hidden);
                dh.fill(0.0);
                w.own_back.product::<S>(gates, dh.as_ptr(), dh.as_mut_ptr());
            } else {
                let own = layer.own.as_mut_ptr().add(t * rows);
                let h = layer.h.as_ptr().add(t * units);
                gru_back::<S>(gates, own, h, dh.as_mut_ptr(), hidden);
                w.own_back.product::<S>(own, dh.as_ptr(), dh.as_mut_ptr());
            }
        }
    }
}

/// The derivative of tanh where it is `y`.
#[inline(always)]
unsafe fn tanh_slope<S: Simd>(y: S::V) -> S::V {
    // SAFETY: the caller's contract.
    unsafe { S::sub(S::splat(1.0), S::mul(y, y)) }
}

/// The derivative of the sigmoid where it is `y`.
#[inline(always)]
unsafe fn sigmoid_slope<S: Simd>(y: S::V) -> S::V {
    // SAFETY: the caller's contract.
    unsafe { S::mul(y, S::sub(S::splat(1.0), y)) }
}

#[inline(always)]
unsafe fn lstm_back<S: Simd>(step: LstmStep, hidden: usize) {
    let LstmStep { gates, c, tanh_c, dh, dc } = step;
    for j in 0..hidden {
        // SAFETY: the caller's contract; unit j of four gates of `hidden` units, and of arrays of
        // padded units.
        unsafe {
            let at = |gate: usize| gates.add((gate * hidden + j) * LANES);
            let (i, f, g, o) = (S::load(at(0)), S::load(at(1)), S::load(at(2)), S::load(at(3)));
            let (dh, tc) = (S::load(dh.add(j * LANES)), S::load(tanh_c.add(j * LANES)));
            let c = S::load(c.add(j * LANES));
            let dc = dc.add(j * LANES);
            let d = S::fma(S::mul(dh, o), tanh_slope::<S>(tc), S::load(dc));
            S::store(at(0), S::mul(S::mul(d, g), sigmoid_slope::<S>(i)));
            S::store(at(1), S::mul(S::mul(d, c), sigmoid_slope::<S>(f)));
            S::store(at(2), S::mul(S::mul(d, i), tanh_slope::<S>(g)));
            S::store(at(3), S::mul(S::mul(dh, tc), sigmoid_slope::<S>(o)));
            S::store(dc, S::mul(d, f));
        }
    }
}

/// `dh` leaves as what reaches the step before directly; the product of the own weights is to be
/// added.
#[inline(always)]
unsafe fn gru_back<S: Simd>(
    gates: *mut f32,
    own: *mut f32,
    h: *const f32,
    dh: *mut f32,
    hidden: usize,
) {
    for j in 0..hidden {
        // SAFETY: the caller's contract; unit j of three gates of `hidden` units, and of arrays of
        // padded units.
        unsafe {
            let at = |gate: usize| (gate * hidden + j) * LANES;
            let (reset, update, new) = (gates.add(at(0)), gates.add(at(1)), gates.add(at(2)));
            let (r, z, n) = (S::load(reset), S::load(update), S::load(new));
            let (h, dh) = (S::load(h.add(j * LANES)), dh.add(j * LANES));
            let d = S::load(dh);
            let dn = S::mul(S::mul(d, S::sub(S::splat(1.0), z)), tanh_slope::<S>(n));
            let dz = S::mul(S::mul(d, S::sub(h, n)), sigmoid_slope::<S>(z));
            let dr = S::mul(S::mul(dn, S::load(own.add(at(2)))), sigmoid_slope::<S>(r));
            S::store(reset, dr);
            S::store(update, dz);
            S::store(new, dn);
            S::store(own.add(at(0)), dr);
            S::store(own.add(at(1)), dz);
            S::store(own.add(at(2)), S::mul(dn, r));
            S::store(dh, S::mul(d, z));
        }
    }
}

/// `out[row][column] = Σ over time and lanes of a[time][row] · b[time][column]`; rows and columns
/// are multiples of eight.
#[inline(always)]
unsafe fn outer<S: Simd>(a: Series<'_>, b: Series<'_>, steps: usize, out: &mut Vec<f32>) {
    const TILE: usize = 4;
    let Series { data: a, rows } = a;
    let Series { data: b, rows: columns } = b;
    assert!(a.len() >= steps * rows * LANES && b.len() >= steps * columns * LANES);
    out.clear();
    out.resize(rows * columns, 0.0);
    let stretch = (512 / columns).clamp(8, 64);
    let mut kept = vec![0.0f32; rows * columns * LANES];
    for from in (0..steps).step_by(stretch) {
        let until = (from + stretch).min(steps);
        let mut tile = kept.as_mut_ptr();
        for row in (0..rows).step_by(TILE) {
            for column in (0..columns).step_by(TILE) {
                // SAFETY: the caller's contract; TILE divides rows and columns, times lie below
                // `steps`, and `kept` has TILE² vectors for each tile.
                unsafe {
                    let mut sums = [[S::splat(0.0); TILE]; TILE];
                    for (i, row) in sums.iter_mut().enumerate() {
                        for (k, sum) in row.iter_mut().enumerate() {
                            *sum = S::load(tile.add((i * TILE + k) * LANES));
                        }
                    }
                    let mut pa = a.as_ptr().add((from * rows + row) * LANES);
                    let mut pb = b.as_ptr().add((from * columns + column) * LANES);
                    for _ in from..until {
                        let (mut x, mut y) = ([S::splat(0.0); TILE], [S::splat(0.0); TILE]);
                        for (i, (x, y)) in x.iter_mut().zip(&mut y).enumerate() {
                            (*x, *y) = (S::load(pa.add(i * LANES)), S::load(pb.add(i * LANES)));
                        }
                        for (row, x) in sums.iter_mut().zip(x) {
                            for (sum, y) in row.iter_mut().zip(y) {
                                *sum = S::fma(x, y, *sum);
                            }
                        }
                        pa = pa.wrapping_add(rows * LANES);
                        pb = pb.wrapping_add(columns * LANES);
                    }
                    for (i, row) in sums.iter().enumerate() {
                        for (k, sum) in row.iter().enumerate() {
                            S::store(tile.add((i * TILE + k) * LANES), *sum);
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
                out[(row + i / TILE) * columns + column + i % TILE] =
                    unsafe { S::sum_in_order(S::load(tile.add(i * LANES))) };
            }
            // SAFETY: one tile further, at most the end.
            tile = unsafe { tile.add(TILE * TILE * LANES) };
        }
    }
}

/// The same for the one column of the first layer's sound.
#[inline(always)]
unsafe fn first_input<S: Simd>(a: Series<'_>, x: &[f32], steps: usize, out: &mut Vec<f32>) {
    let Series { data: a, rows } = a;
    out.clear();
    for row in (0..rows).step_by(PAD) {
        // SAFETY: the caller's contract; step t; rows are a multiple of PAD.
        unsafe {
            let mut sums = [S::splat(0.0); PAD];
            for t in 0..steps {
                let x = S::load(x.as_ptr().add(t * LANES));
                for (r, sum) in sums.iter_mut().enumerate() {
                    *sum = S::fma(S::load(a.as_ptr().add((t * rows + row + r) * LANES)), x, *sum);
                }
            }
            for sum in sums {
                out.push(S::sum_in_order(sum));
            }
        }
    }
}

/// Sums over time, lanes apart.
#[inline(always)]
unsafe fn sums<S: Simd>(a: Series<'_>, steps: usize, out: &mut Vec<f32>) {
    let Series { data: a, rows } = a;
    out.clear();
    out.resize(rows * LANES, 0.0);
    for row in (0..rows).step_by(PAD) {
        // SAFETY: the caller's contract; step t; rows are a multiple of PAD; `out` has a vector for
        // each row.
        unsafe {
            let mut sums = [S::splat(0.0); PAD];
            for t in 0..steps {
                for (r, sum) in sums.iter_mut().enumerate() {
                    *sum = S::add(*sum, S::load(a.as_ptr().add((t * rows + row + r) * LANES)));
                }
            }
            for (r, sum) in sums.iter().enumerate() {
                S::store(out.as_mut_ptr().add((row + r) * LANES), *sum);
            }
        }
    }
}
