//! Batches through the kernels: sixteen segments to a group, a group to a thread.

use std::ops::Range;

use rayon::prelude::*;

use super::super::lanes::LANES;
use super::super::loss::{LossConfig, SegmentLoss};
use super::back::{Gradient, backward};
use super::kernel::{Head, LayerWeights, Space, forward, padded};
use super::shape::Shape;
use crate::effect::PairBatch;
use nfx_core::nn::CellKind as Cell;

/// The flat weights as the kernels want them.
#[derive(Clone, Debug, Default)]
pub struct Net {
    pub(super) layers: Vec<LayerWeights>,
    pub(super) head: Head,
}

impl Net {
    /// Packs flat weights.
    pub fn pack(&mut self, shape: &Shape, flat: &[f32]) {
        self.layers.resize(shape.layers, LayerWeights::default());
        let (rows, hidden) = (shape.gate_rows(), shape.hidden);
        for (l, layer) in self.layers.iter_mut().enumerate() {
            let p = shape.place(l);
            let below = if l == 0 { 1 } else { hidden };
            let input = |r: usize, c: usize| flat[p.input + r * p.columns + c];
            let own = |r: usize, c: usize| flat[p.own + r * hidden + c];
            layer.input.fill(rows, below, input);
            layer.own.fill(rows, hidden, own);
            layer.own_back.fill(hidden, rows, |r, c| own(c, r));
            if l > 0 {
                layer.input_back.fill(hidden, rows, |r, c| input(c, r));
            }
            layer.inner.clear();
            if shape.cell == Cell::Gru {
                layer.inner.resize(padded(rows) * LANES, 0.0);
                for j in 0..hidden {
                    let at = (2 * hidden + j) * LANES;
                    layer.inner[at..at + LANES].fill(flat[p.inner + j]);
                }
            }
        }
        let head = shape.head();
        self.head.weights.clear();
        self.head.weights.extend_from_slice(&flat[head..head + hidden]);
        self.head.bias = flat[head + hidden];
    }
}

/// One thread's sixteen segments.
pub struct Group {
    shape: Shape,
    /// Memory of a pass.
    pub space: Space,
    gradient: Gradient,
    loss: SegmentLoss,
    knobs: Vec<f32>,
    lines: [Vec<f32>; 3],
    /// Gradient in the order of the flat weights.
    pub flat: Vec<f32>,
    /// Loss of the last batch, this group's share.
    pub value: f64,
}

impl Group {
    /// For passes of at most `steps` scored samples.
    pub fn new(shape: Shape, steps: usize, loss: LossConfig) -> Self {
        Group {
            shape,
            space: Space::new(shape, steps),
            gradient: Gradient::default(),
            loss: SegmentLoss::new(loss),
            knobs: vec![0.0; shape.knobs * LANES],
            lines: std::array::from_fn(|_| Vec::new()),
            flat: vec![0.0; shape.parameters()],
            value: 0.0,
        }
    }

    /// Sets the knobs of each lane: bias and knobs are added once, not at every sample. `knobs` is
    /// `[lane][knob]`, missing lanes get the first's.
    pub fn set_knobs(&mut self, flat: &[f32], knobs: &[f32]) {
        let (count, rows) = (self.shape.knobs, self.shape.gate_rows());
        for lane in 0..LANES {
            let from = if (lane + 1) * count <= knobs.len() { lane * count } else { 0 };
            for k in 0..count {
                self.knobs[k * LANES + lane] = knobs[from + k];
            }
        }
        for (l, layer) in self.space.layers.iter_mut().enumerate() {
            let p = self.shape.place(l);
            for r in 0..rows {
                let lanes = &mut layer.bias[r * LANES..(r + 1) * LANES];
                lanes.fill(flat[p.bias + r]);
                if l == 0 {
                    for k in 0..count {
                        let w = flat[p.input + r * p.columns + 1 + k];
                        for (b, x) in lanes.iter_mut().zip(&self.knobs[k * LANES..]) {
                            *b += w * x;
                        }
                    }
                }
            }
        }
    }

    /// Writes some samples of the segments `first..` of a batch into the lanes; lanes without a
    /// segment get zeros.
    fn load(&mut self, batch: &PairBatch<'_>, first: usize, samples: Range<usize>) {
        let Range { start: from, end: until } = samples;
        for lane in 0..LANES {
            let segment = first + lane;
            if segment < batch.segments {
                let x =
                    &batch.input[segment * batch.samples + from..segment * batch.samples + until];
                for (t, x) in x.iter().enumerate() {
                    self.space.x[t * LANES + lane] = *x;
                }
            } else {
                for t in 0..until - from {
                    self.space.x[t * LANES + lane] = 0.0;
                }
            }
        }
    }

    /// Loss and gradient of the segments `first..first + 16` of a batch; the state is left at their
    /// end.
    pub fn learn(&mut self, net: &Net, flat: &[f32], batch: &PairBatch<'_>, first: usize) {
        let count = LANES.min(batch.segments - first);
        let knobs = &batch.knobs[first * self.shape.knobs..(first + count) * self.shape.knobs];
        self.set_knobs(flat, knobs);
        if !batch.continues {
            self.space.rest();
        }
        let most = self.space.steps();
        let mut from = 0;
        while from < batch.warm_up {
            let until = (from + most).min(batch.warm_up);
            self.load(batch, first, from..until);
            forward(&net.layers, &net.head, &mut self.space, until - from);
            self.space.carry(until - from);
            from = until;
        }
        let steps = (batch.samples - from).min(most);
        self.load(batch, first, from..from + steps);
        forward(&net.layers, &net.head, &mut self.space, steps);
        self.score(batch, first..first + count, from..from + steps);
        backward(&net.layers, &net.head, &mut self.space, steps, &mut self.gradient);
        self.space.carry(steps);
        self.flatten(flat.len());
    }

    /// Loss of some samples of the segments in the lanes, and its gradient towards the outputs.
    fn score(&mut self, batch: &PairBatch<'_>, segments: Range<usize>, samples: Range<usize>) {
        let (from, steps) = (samples.start, samples.len());
        self.value = 0.0;
        self.space.dy.fill(0.0);
        let [output, _, slope] = &mut self.lines;
        for (lane, segment) in segments.enumerate() {
            output.clear();
            output.extend((0..steps).map(|t| self.space.y[t * LANES + lane]));
            slope.clear();
            slope.resize(steps, 0.0);
            let target = &batch.target
                [segment * batch.samples + from..segment * batch.samples + from + steps];
            let share = 1.0 / batch.segments as f32;
            self.value += self.loss.of(output, target, batch.weights[segment], share, slope);
            for (t, g) in slope.iter().enumerate() {
                self.space.dy[t * LANES + lane] = *g;
            }
        }
    }

    fn flatten(&mut self, count: usize) {
        self.flat.clear();
        self.flat.resize(count, 0.0);
        let (rows, hidden, units) =
            (self.shape.gate_rows(), self.shape.hidden, padded(self.shape.hidden));
        for (l, g) in self.gradient.layers.iter().enumerate() {
            let p = self.shape.place(l);
            let below = if l == 0 { 1 } else { units };
            for r in 0..rows {
                let lanes = &g.bias[r * LANES..(r + 1) * LANES];
                self.flat[p.bias + r] = lanes.iter().sum();
                self.flat[p.own + r * hidden..p.own + (r + 1) * hidden]
                    .copy_from_slice(&g.own[r * units..r * units + hidden]);
                let input = &mut self.flat[p.input + r * p.columns..p.input + (r + 1) * p.columns];
                if l == 0 {
                    input[0] = g.input[r];
                    for (k, w) in input[1..].iter_mut().enumerate() {
                        *w = lanes.iter().zip(&self.knobs[k * LANES..]).map(|(g, x)| g * x).sum();
                    }
                } else {
                    input.copy_from_slice(&g.input[r * below..r * below + hidden]);
                }
            }
            if self.shape.cell == Cell::Gru {
                for j in 0..hidden {
                    let at = (2 * hidden + j) * LANES;
                    self.flat[p.inner + j] = g.inner[at..at + LANES].iter().sum();
                }
            }
        }
        let head = self.shape.head();
        self.flat[head..head + hidden].copy_from_slice(&self.gradient.head);
        self.flat[head + hidden] = self.gradient.head_bias;
    }

    /// What a lane remembers where the next pass begins: of each layer the outputs, then an LSTM's
    /// cells.
    pub fn state(&self, lane: usize) -> Vec<f32> {
        let one = |of: &[f32]| {
            of.iter()
                .skip(lane)
                .step_by(LANES)
                .take(self.shape.hidden)
                .copied()
                .collect::<Vec<f32>>()
        };
        self.space.layers.iter().flat_map(|layer| [one(&layer.h), one(&layer.c)].concat()).collect()
    }

    /// Lets a lane remember what [`Group::state`] gave.
    pub fn set_state(&mut self, lane: usize, state: &[f32]) {
        let mut values = state.iter();
        for layer in &mut self.space.layers {
            for to in [&mut layer.h, &mut layer.c] {
                let lanes = to.iter_mut().skip(lane).step_by(LANES).take(self.shape.hidden);
                lanes.zip(&mut values).for_each(|(to, value)| *to = *value);
            }
        }
    }

    /// The outputs of sixteen equally long sounds `[lane][sample]`, from what the lanes remember:
    /// `input(lane, i)` for `i` below `samples`. They remember the sounds' ends then.
    pub fn play(
        &mut self,
        net: &Net,
        samples: usize,
        input: impl Fn(usize, usize) -> f32,
    ) -> Vec<Vec<f32>> {
        let mut out: Vec<Vec<f32>> = (0..LANES).map(|_| Vec::with_capacity(samples)).collect();
        let most = self.space.steps();
        let mut from = 0;
        while from < samples {
            let until = (from + most).min(samples);
            for t in from..until {
                for lane in 0..LANES {
                    self.space.x[(t - from) * LANES + lane] = input(lane, t);
                }
            }
            forward(&net.layers, &net.head, &mut self.space, until - from);
            for t in 0..until - from {
                for (lane, out) in out.iter_mut().enumerate() {
                    out.push(self.space.y[t * LANES + lane]);
                }
            }
            self.space.carry(until - from);
            from = until;
        }
        out
    }
}

/// All groups through one batch. Gives the loss; the gradient is written to `into`. Sums run in the
/// order of the groups, so the result does not depend on the number of threads.
pub fn learn(
    net: &Net,
    flat: &[f32],
    groups: &mut [Group],
    batch: &PairBatch<'_>,
    into: &mut [f32],
) -> f64 {
    groups.par_iter_mut().enumerate().for_each(|(i, group)| {
        if i * LANES < batch.segments {
            group.learn(net, flat, batch, i * LANES);
        }
    });
    into.fill(0.0);
    let mut value = 0.0;
    for group in groups.iter().take(batch.segments.div_ceil(LANES)) {
        value += group.value;
        for (sum, g) in into.iter_mut().zip(&group.flat) {
            *sum += g;
        }
    }
    value
}
