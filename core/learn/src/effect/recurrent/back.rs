//! The backward pass of recurrent layers, and the sums over time that are their weights' gradients.

use nfx_core::nn::CellKind as Cell;

use super::super::simd::{LANES, Lanes, dispatch};
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

/// The gradients of the pass that [`forward`] has just made, from `dy`. Everything in `out` is
/// overwritten.
pub fn backward(
    weights: &[LayerWeights],
    head: &Head,
    space: &mut Space,
    (steps, out): (usize, &mut Gradient),
) {
    assert!(steps <= space.steps && weights.len() == space.layers.len());
    out.layers.resize(weights.len(), LayerGradient::default());
    backward_any(weights, head, space, (steps, out));
}

fn backward_any(
    weights: &[LayerWeights],
    head: &Head,
    space: &mut Space,
    out: (usize, &mut Gradient),
) {
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
                outer::<V>(
                    (&layer.gates, rows),
                    (&below.h[units * LANES..], units),
                    steps,
                    &mut of.input,
                );
                for t in 0..steps {
                    // SAFETY: step t of arrays made for all steps; the output may begin as what is
                    // read as its start.
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
fn through_time<V: Lanes>(
    w: &LayerWeights,
    head: &Head,
    space: &mut Space,
    (l, steps): (usize, usize),
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
                let (c, tanh_c) =
                    (layer.c.as_ptr().add(t * units), layer.tanh_c.as_ptr().add(t * units));
                lstm_back::<V>(gates, (c, tanh_c), (dh.as_ptr(), dc.as_mut_ptr()), hidden);
                dh.fill(0.0);
                w.own_back.product::<V>(gates, dh.as_ptr(), dh.as_mut_ptr());
            } else {
                let own = layer.own.as_mut_ptr().add(t * rows);
                gru_back::<V>(
                    gates,
                    own,
                    (layer.h.as_ptr().add(t * units), dh.as_mut_ptr()),
                    hidden,
                );
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

/// `dh` leaves as what reaches the step before directly; the product of the own weights is to be
/// added.
#[inline(always)]
unsafe fn gru_back<V: Lanes>(
    gates: *mut f32,
    own: *mut f32,
    (h, dh): (*const f32, *mut f32),
    hidden: usize,
) {
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

/// `out[row][column] = Σ over time and lanes of a[time][row] · b[time][column]`; rows and columns
/// are multiples of eight.
#[inline(always)]
fn outer<V: Lanes>(
    (a, rows): (&[f32], usize),
    (b, columns): (&[f32], usize),
    steps: usize,
    out: &mut Vec<f32>,
) {
    const TILE: usize = 4;
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
                // SAFETY: TILE divides rows and columns, times lie below `steps`, and `kept` has
                // TILE² vectors for each tile.
                unsafe {
                    let mut sums: [[V; TILE]; TILE] = std::array::from_fn(|i| {
                        std::array::from_fn(|k| V::load(tile.add((i * TILE + k) * LANES)))
                    });
                    let mut pa = a.as_ptr().add((from * rows + row) * LANES);
                    let mut pb = b.as_ptr().add((from * columns + column) * LANES);
                    for _ in from..until {
                        let x: [V; TILE] = std::array::from_fn(|i| V::load(pa.add(i * LANES)));
                        let y: [V; TILE] = std::array::from_fn(|k| V::load(pb.add(k * LANES)));
                        for (row, x) in sums.iter_mut().zip(x) {
                            for (sum, y) in row.iter_mut().zip(y) {
                                *sum = x.mul_add(y, *sum);
                            }
                        }
                        pa = pa.wrapping_add(rows * LANES);
                        pb = pb.wrapping_add(columns * LANES);
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
                out[(row + i / TILE) * columns + column + i % TILE] =
                    unsafe { V::load(tile.add(i * LANES)).sum() };
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
